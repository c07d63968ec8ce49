"""The parts of a printed page around its map: tables, legend, captions, sources."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from data.language import _, ngettext
from geo import compare, timeline, words
from geo.block import Block, Mark
from geo.compare import LETTERS, LINE
from geo.drawing import Drawing
from geo.impact import MEASURES, Impact
from geo.ink import (
    Fill,
    drawn_stroke,
    extent_stroke,
    gained_style,
    held_style,
    line_stroke,
    older_stroke,
    outline_stroke,
    zone_style,
)
from geo.papermap import Drawn, called
from geo.pullback import SIDES, split
from geo.scenario import EXTENT_ALL
from geo.sheet import POINTS_PER_MM, Sheet, no_more
from geo.style import Theme
from geo.timeline import Changed

FEW = ("area_km2", "residents_2022")
# Between columns, of the height of their type.
_COLUMN_GAP_EM = 1.5
_GAINED = ("area_km2", "residents_2022", "settlements")


class _Head(NamedTuple):
    """Of a column: its sign, its name, what is said below it."""

    marks: Sequence[Mark]
    name: str
    note: str


class _Row(NamedTuple):
    heading: str
    values: Sequence[str]


def key_figures(
    sheet: Sheet,
    impact: Impact,
    *,
    width_mm: float | None,
    outlined: bool = False,
    measures: Sequence[str] = MEASURES,
    told: bool = True,
) -> Block:
    """Measures of an answer, a column a side.

    Parameters
    ----------
    width_mm
        Of a table with a heading above each row of figures; None for one of lines, as wide as
        it has to be.
    outlined
        Whether the zones are outlines on the map, below those of drawings; the table then says that
        its figures are the scenario's own.
    measures
        Of `geo.impact.MEASURES`.
    told
        Whether what a side does stands below its name.
    """
    heads = []
    for side in SIDES:
        km = getattr(impact.scenario, f"{side}_km")
        leaves = getattr(impact.scenario, f"{side}_leaves")
        marks: list[Mark] = []
        if km or not leaves:
            style = zone_style(sheet.colours, side)
            marks.append(outline_stroke(sheet.colours, side) if outlined else style)
        if leaves:
            marks.append(zone_style(sheet.colours, side, left=True))
        heads.append(_Head(marks, words.SIDES[side], words.deed(km, leaves) if told else ""))
    rows = [
        _Row(heading, [words.measure(name, float(impact.sides[name][side])) for side in SIDES])
        for name, heading in words.MEASURES.items()
        if name in measures
    ]
    return _table(sheet, width_mm, heads, rows, _("The scenario itself") if outlined else "")


def _table(
    sheet: Sheet,
    width_mm: float | None,
    heads: Sequence[_Head],
    rows: Sequence[_Row],
    title: str = "",
) -> Block:
    if width_mm is None:
        return _lines(sheet, heads, rows, title)
    return _tall(sheet, width_mm, heads, rows, title)


def gained_figures(sheet: Sheet, found: Changed, *, width_mm: float | None) -> Block:
    """What passed to each side, and by how much Russian-held ground grew; as `key_figures`."""
    heads = [
        _Head([gained_style(sheet.colours, side)], timeline.passed_to(side), "")
        for side in timeline.SIDES
    ]
    rows = [
        _Row(
            words.MEASURES[name],
            [words.measure(name, float(found.sides[name][side])) for side in timeline.SIDES],
        )
        for name in _GAINED
    ]
    block = _table(sheet, width_mm, heads, rows)
    net = words.signed("area_km2", found.net_km2)
    told = _("Russian-held ground in all: {change}.").format(change=net)
    return _with_text(block, told)


def _with_text(block: Block, text: str) -> Block:
    for line in block.sheet.wrapped(str(text), 6.8, block.width_mm):
        block.write(0.0, block.height_mm + 4.0, line, 6.8, color=block.sheet.colours.quiet)
        block.height_mm += 3.2
    block.height_mm += 1.0
    return block


def _tall(
    sheet: Sheet, width_mm: float, heads: Sequence[_Head], rows: Sequence[_Row], title: str
) -> Block:
    """A heading above each row of figures: for a column of its own."""
    block, quiet = Block(sheet, width_mm), sheet.colours.quiet
    step_mm = width_mm / len(heads)
    top_mm, foot_mm = (4.4 if title else 0.0), 0.0
    if title:
        block.write(0.0, 2.6, title, 6.8, weight="bold", gid="heading")
    for number, head in enumerate(heads):
        left_mm, y_mm = number * step_mm, top_mm + 3.4
        block.key(left_mm, top_mm + 0.6, head.marks, (3.6, 3.2))
        for line in sheet.wrapped(str(head.name), 8.6, step_mm - 6.0, "bold"):
            block.write(left_mm + 5.0, y_mm, line, 8.6, weight="bold", gid="head")
            y_mm += 3.6
        for line in sheet.wrapped(str(head.note), 6.8, step_mm - _gap_mm(6.8)):
            block.write(left_mm, y_mm, line, 6.8, color=quiet, gid="deed")
            y_mm += 3.0
        foot_mm = max(foot_mm, y_mm - 0.6)
    widest_mm = max(sheet.width_mm(str(v), 11.0, "bold") for row in rows for v in row.values)
    size = 11.0 * min(step_mm / (widest_mm + _gap_mm(11.0)), 1.0)
    for row in rows:
        block.rule(foot_mm)
        block.write(0.0, foot_mm + 3.4, row.heading, 6.8, color=quiet, gid="heading")
        for number, value in enumerate(row.values):
            at_mm = number * step_mm, foot_mm + 8.3
            block.write(*at_mm, value, size, weight="bold", gid="figure")
        foot_mm += 10.4
    block.rule(foot_mm)
    block.height_mm = foot_mm
    return block


def _gap_mm(size: float) -> float:
    """What lies between columns of a size of type (points)."""
    return _COLUMN_GAP_EM * size / POINTS_PER_MM


def _lines(sheet: Sheet, heads: Sequence[_Head], rows: Sequence[_Row], title: str) -> Block:
    """A line a row, its heading at the left and its figures at the right."""
    quiet = sheet.colours.quiet
    label_mm = max(sheet.width_mm(str(row.heading), 6.4) for row in rows)
    if title:
        label_mm = max(label_mm, _two_lines_mm(sheet, title))
    # As wide as a figure or the longest word of a heading, with its sign.
    figures = [sheet.width_mm(str(value), 7.4, "bold") for row in rows for value in row.values]
    names = [_two_lines_mm(sheet, head.name) + 4.6 for head in heads]
    step_mm = max(*figures, *names) + _gap_mm(7.4)
    block = Block(sheet, label_mm + step_mm * len(heads))
    foot_mm, y_mm = 0.0, 3.2
    for line in sheet.wrapped(str(title), 7.2, label_mm, "bold"):
        block.write(0.0, y_mm, line, 7.2, weight="bold", gid="heading")
        y_mm += 3.1
        foot_mm = y_mm - 1.6
    for number, head in enumerate(heads):
        right_mm, y_mm = label_mm + (number + 1) * step_mm, 3.2
        lines = sheet.wrapped(str(head.name), 7.2, step_mm - 4.4 - _gap_mm(4.0), "bold")
        wide_mm = max(sheet.width_mm(line, 7.2, "bold") for line in lines)
        block.key(right_mm - wide_mm - 4.2, 0.7, head.marks, (3.2, 2.8))
        for line in lines:
            block.write(right_mm, y_mm, line, 7.2, weight="bold", ha="right", gid="head")
            y_mm += 3.1
        for line in sheet.wrapped(str(head.note), 6.0, step_mm - _gap_mm(6.0)):
            block.write(right_mm, y_mm, line, 6.0, color=quiet, ha="right", gid="deed")
            y_mm += 2.7
        foot_mm = max(foot_mm, y_mm - 1.6)
    for row in rows:
        block.rule(foot_mm)
        block.write(0.0, foot_mm + 3.5, row.heading, 6.4, color=quiet, gid="heading")
        for number, value in enumerate(row.values):
            right_mm = label_mm + (number + 1) * step_mm
            style: dict[str, Any] = {"weight": "bold", "ha": "right", "gid": "figure"}
            block.write(right_mm, foot_mm + 3.5, value, 7.4, **style)
        foot_mm += 5.0
    block.rule(foot_mm)
    block.height_mm = foot_mm
    return block


def _two_lines_mm(sheet: Sheet, name: object) -> float:
    """How wide a column is in which a name takes no more than two lines."""
    name = str(name)
    whole_mm = sheet.width_mm(name, 7.2, "bold")
    least_mm = max(sheet.width_mm(word, 7.2, "bold") for word in name.split())
    widths = (max(share * whole_mm, least_mm) for share in (0.5, 0.6, 0.7, 0.8))
    fits = (mm for mm in widths if len(sheet.wrapped(name, 7.2, mm, "bold")) <= 2)
    return next(fits, whole_mm)


def drawings(
    sheet: Sheet,
    width_mm: float,
    drawn: Drawn,
    *,
    columns: int,
    room_mm: float,
    brief: bool = False,
) -> Block:
    """What was drawn: names, distances and figures, ``brief`` ones or not; what finds room."""
    whole = Block(sheet, width_mm)
    gap_mm = 5.0
    each_mm = (width_mm - gap_mm * (columns - 1)) / columns
    blocks = [
        _drawing(sheet, each_mm, called(one, n), one, answer, brief=brief)
        for n, (one, answer) in enumerate(drawn, start=1)
    ]
    for first in range(0, len(blocks), columns):
        row = blocks[first : first + columns]
        height_mm = max(block.height_mm for block in row)
        rest = len(blocks) - first
        more_mm = 4.0 if rest > columns else 0.0
        if whole.height_mm + height_mm + more_mm > room_mm:
            told = ngettext("and {n} more drawing", "and {n} more drawings", rest).format(n=rest)
            return _with_text(whole, told)
        foot_mm = whole.height_mm
        for number, block in enumerate(row):
            whole.add(block, number * (each_mm + gap_mm), foot_mm)
        whole.height_mm = foot_mm + height_mm + 1.8
    return whole


def _drawing(
    sheet: Sheet, width_mm: float, name: str, drawing: Drawing, impact: Impact, *, brief: bool
) -> Block:
    """A drawing's name, its distances and what its answer says of each side."""
    block, colours = Block(sheet, width_mm), sheet.colours
    block.key(0.0, 0.4, [drawn_stroke(colours, 1.4)], (7.0, 3.0))
    y_mm = 2.9
    lines = sheet.wrapped(str(name), 6.8, width_mm - 9.4, "bold")
    for line in no_more(lines, 1 if brief else 2):
        block.write(9.4, y_mm, line, 6.8, weight="bold", gid="drawing")
        y_mm += 3.0
    for side in SIDES:
        area = words.measure("area_km2", float(impact.sides["area_km2"][side]))
        residents = words.measure("residents_2022", float(impact.sides["residents_2022"][side]))
        km = getattr(drawing, f"{side}_km")
        told = (
            _("{side} {km} km: {area}, {residents} residents").format(
                side=words.SIDES[side], km=words.short(km), area=area, residents=residents
            )
            if brief
            else _("{side} {deed}: {area}, {residents} residents of 2022").format(
                side=words.SIDES[side], deed=words.deed(km, ()), area=area, residents=residents
            )
        )
        block.key(5.2, y_mm - 2.3, [zone_style(colours, side)], (3.0, 2.5))
        for line in sheet.wrapped(str(told), 6.2, width_mm - 9.4):
            block.write(9.4, y_mm, line, 6.2, gid="figure")
            y_mm += 2.8
    block.height_mm = y_mm - 2.0
    return block


def compared(
    sheet: Sheet,
    width_mm: float,
    answers: Sequence[Impact],
    *,
    differences: bool,
    measures: Sequence[str] = (),
) -> Block:
    """A row a measure and side, a column an answer.

    Parameters
    ----------
    width_mm
        At least; it is wider where the figures are.
    differences
        Whether those from the first answer stand beside.
    measures
        Of `geo.impact.MEASURES`; by default all, and the length of the line.
    """
    table = compare.figures(answers)
    known = {
        (row["measure"], row["side"], row["scenario"]): row for row in table.to_dict("records")
    }
    letters = LETTERS[: len(answers)]
    heads = [letters[0]]
    for letter in letters[1:]:
        heads += [letter, f"{letter} − {letters[0]}"] if differences else [letter]
    colours, brief = sheet.colours, bool(measures)
    rows = [(measure, side) for measure in measures or MEASURES for side in SIDES]
    rows += [] if brief else [(LINE, compare.BOTH)]
    rows = [key for key in rows if not math.isnan(known[*key, letters[0]]["value"])]
    labels = [str(words.SIDES[side] if brief else _label(name, side)) for name, side in rows]
    label_mm = 4.4 + max(sheet.width_mm(label, 6.4) for label in labels)
    cells = [_compared_values(known, key, letters, differences=differences) for key in rows]
    figures = [
        sheet.width_mm(str(value), 6.6, "normal" if is_difference else "bold")
        for row in cells
        for value, is_difference in row
    ]
    step_mm = max((width_mm - label_mm) / len(heads), max(figures) + _gap_mm(6.6))
    block = Block(sheet, label_mm + step_mm * len(heads))
    for number, head in enumerate(heads, start=1):
        style = {"weight": "bold", "ha": "right", "gid": "head"}
        block.write(label_mm + number * step_mm, 3.2, head, 7.2, **style)
    foot_mm = 4.6
    for key, label, values in zip(rows, labels, cells, strict=True):
        block.rule(foot_mm)
        if brief and key[1] == SIDES[0]:
            name = words.sentence(_with_unit(key[0]))
            block.write(0.0, foot_mm + 3.2, name, 6.4, color=colours.quiet, gid="heading")
            foot_mm += 4.2
        if key[1] in SIDES:
            block.key(0.0, foot_mm + 1.0, [zone_style(colours, key[1])], (3.0, 2.6))
        block.write(4.2, foot_mm + 3.2, label, 6.4, color=colours.quiet, gid="heading")
        for number, (value, is_difference) in enumerate(values, start=1):
            style = {"weight": "normal" if is_difference else "bold", "ha": "right"}
            style["color"] = colours.quiet if is_difference else colours.ink
            block.write(
                label_mm + number * step_mm, foot_mm + 3.2, value, 6.6, gid="figure", **style
            )
        foot_mm += 4.4
    block.rule(foot_mm)
    block.height_mm = foot_mm
    return block


def _label(measure: str, side: str) -> str:
    """A row of a comparison: ``Ukraine: area, km²``."""
    if measure == LINE:
        return _("Line of contact, km")
    return _("{side}: {measure}").format(side=words.SIDES[side], measure=_with_unit(measure))


def _with_unit(measure: str) -> str:
    units = {"area_km2": _("{measure}, km²"), "rail_km": _("{measure}, km")}
    name = words.lower(words.MEASURES[measure])
    return units[measure].format(measure=name) if measure in units else name


def _compared_values(
    known: dict[Any, Any], key: tuple[str, str], letters: str, *, differences: bool
) -> list[tuple[str, bool]]:
    """Figures of a row, and whether each is a difference."""
    shown = "rail_km" if key[0] == LINE else key[0]
    values: list[tuple[str, bool]] = []
    for letter in letters:
        row = known[*key, letter]
        values.append((words.bare(shown, row["value"]), False))
        if differences and letter != letters[0]:
            first = known[*key, letters[0]]["value"]
            values.append((words.difference(shown, row["value"], first, unit=False), True))
    return values


def caption(
    sheet: Sheet,
    width_mm: float,
    letter: str,
    answer: Impact,
    size: float,
    *,
    dated: bool = True,
    most: int | None = None,
) -> Block:
    """Letter and question of one answer among several.

    Parameters
    ----------
    dated
        Whether its control map is named as well.
    most
        Lines of the question; by default as many as it takes.
    """
    block = Block(sheet, width_mm)
    y_mm = size * 0.42
    indent_mm = sheet.width_mm("A", size + 1.0, "bold") + 2.0
    block.write(0.0, y_mm, letter, size + 1.0, weight="bold", gid="letter")
    lines = sheet.wrapped(str(answer.scenario.title()), size, width_mm - indent_mm, "bold")
    for line in lines if most is None else no_more(lines, most):
        block.write(indent_mm, y_mm, line, size, weight="bold", gid="caption")
        y_mm += size * 0.43
    told = words.listed([answer.control.title, words.day(answer.control.date)])
    small = max(size - 0.8, 6.0)
    lines = sheet.wrapped(str(told), small, width_mm - indent_mm) if dated else []
    for line in lines:
        block.write(indent_mm, y_mm, line, small, color=sheet.colours.quiet, gid="caption")
        y_mm += small * 0.43
    block.height_mm = y_mm - size * 0.2
    return block


Entry = tuple[str, Sequence[Mark]]


def legend_width_mm(sheet: Sheet, entries: Sequence[Entry]) -> float:
    """How wide a legend is where no label is broken."""
    return max(sheet.width_mm(str(label), 7.0) for label, _marks in entries) + 10.6


def legend_fits(sheet: Sheet, width_mm: float, entries: Sequence[Entry]) -> bool:
    """Whether each label of a legend is whole in one line or two."""
    for label, _marks in entries:
        lines = _label_lines(sheet, width_mm, label)
        if len(lines) > 2 or " ".join(lines) != " ".join(str(label).split()):
            return False
    return True


def _label_lines(sheet: Sheet, width_mm: float, label: str) -> list[str]:
    return sheet.wrapped(str(label), 7.0, width_mm - 10.4)


def legend(sheet: Sheet, width_mm: float, entries: Sequence[Entry], *, columns: int = 1) -> Block:
    """What the map's signs mean."""
    block = Block(sheet, width_mm)
    each_mm = width_mm / columns
    rows = math.ceil(len(entries) / columns)
    for column in range(columns):
        y_mm = 0.0
        for label, marks in entries[column * rows : (column + 1) * rows]:
            left_mm = column * each_mm
            block.key(left_mm, y_mm, marks)
            for line in _label_lines(sheet, each_mm, label):
                block.write(left_mm + 9.2, y_mm + 2.6, line, 7.0, gid="legend")
                y_mm += 3.2
            y_mm += 1.5
        block.height_mm = max(block.height_mm, y_mm - 1.0)
    return block


def signs(
    colours: Theme, answers: Sequence[Impact], drawn: Drawn = (), *, brief: bool = False
) -> list[Entry]:
    """What stands for what on the maps of some answers; ``brief`` without what tables have."""
    entries: list[Entry] = [(_("Line of contact"), [line_stroke(colours)])]
    if not brief:
        for side in SIDES:
            entries += _zone_signs(colours, answers, side, is_drawn=bool(drawn))
    if drawn and not brief:
        entries.append((_("Drawn"), [drawn_stroke(colours, 1.4)]))
        edges = [outline_stroke(colours, side) for side in SIDES]
        entries.append((_("The scenario itself"), edges))
    held = words.sentence(words.HELD["russia"])
    entries.append((held, [held_style(colours)]))
    if not (brief and drawn):
        entries += _extent_signs(colours, answers)
    if any(answer.scenario.line is not None for answer in answers):
        entries.append((_("Line drawn"), [drawn_stroke(colours)]))
    if any((answer.sides["rail_km"] > 0).any() for answer in answers):
        rail = line_stroke(colours, 0.8)._replace(colour=colours.ink)
        entries.append((_("Railway in a zone"), [rail]))
    return entries


def _zone_signs(
    colours: Theme, answers: Sequence[Impact], side: str, *, is_drawn: bool
) -> list[Entry]:
    parts = [split(answer.zones, answer.scenario, side) for answer in answers]
    name = words.SIDES[side]
    back = _("{side} pulls back").format(side=name)
    distances = {getattr(answer.scenario, f"{side}_km") for answer in answers} - {0.0}
    if len(distances) == 1 and not is_drawn:
        (km,) = distances
        back = _("{side} pulls back {km} km").format(side=name, km=words.short(km))
    entries: list[Entry] = []
    if is_drawn or not all(zone.is_empty for zone, _left in parts):
        entries.append((back, [zone_style(colours, side)]))
    if not all(left.is_empty for _zone, left in parts):
        leaves = _("{side} leaves").format(side=name)
        entries.append((leaves, [zone_style(colours, side, left=True)]))
    return entries


def _extent_signs(colours: Theme, answers: Sequence[Impact]) -> list[Entry]:
    entries: dict[str, Entry] = {}
    for scenario in (answer.scenario for answer in answers):
        if scenario.area is not None:
            entries["area"] = (_("Area given"), [drawn_stroke(colours, 1.2)])
        elif scenario.extent != EXTENT_ALL:
            entries[scenario.extent] = (words.place(scenario.extent), [extent_stroke(colours)])
    if len(entries) > 2:
        return [(_("Where it applies"), [extent_stroke(colours)])]
    return list(entries.values())


def signs_of_change(colours: Theme, found: Changed, *, brief: bool = False) -> list[Entry]:
    """What stands for what on a map of ground that changed hands; ``brief`` as in `signs`."""
    line = _("Line of contact, {date}")
    entries: list[Entry] = [
        (line.format(date=words.day(found.after.date)), [line_stroke(colours)]),
        (line.format(date=words.day(found.before.date)), [older_stroke(colours)]),
    ]
    for side in timeline.SIDES:
        if not brief and found.sides["area_km2"].to_dict()[side] > 0:
            entries.append((timeline.passed_to(side), [gained_style(colours, side)]))
    held: Fill = held_style(colours)
    return [*entries, (words.sentence(words.HELD["russia"]), [held])]
