"""What is on screen as a printed page: title, map, key figures, legend, sources.

Nothing here touches pyplot or ``rcParams``, so that several sessions may draw at once. Places on
the page are millimetres from its upper left corner; the map's own coordinates are projected metres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from geo import credit, neatline, panels, papermap, printing, titles, words
from geo.block import Block, stacked
from geo.compare import LETTERS
from geo.impact import Impact
from geo.paper import DEFAULT, PAPERS, Look
from geo.sheet import POINTS_PER_MM, Box, Sheet, no_more
from geo.snapshot import MOST_PRINTED, Snapshot
from geo.style import THEMES

_GAP_MM = 6.0
_ROW_GAP_MM = 1.5  # between rows of maps
_LEAST_GAP_MM = 1.4  # between what stands in a column
_STRIP_MM = 24.0  # what stands below a map is at least so high, for the inset
_INSET_SHARE = 0.36  # at least, of what the table below a map leaves
_DEGREES_MM = 4.0  # below and to the left of a map, for the labels of its graticule
_LEAST_INSET_MM = 11.0
_INSET_GAP_MM = 2.5
_MOST_INSET_MM = 62.0  # wide


class Plan(NamedTuple):
    """How a page is laid out.

    ``scale`` makes type and lines larger than on A4; lengths are in millimetres before that.
    ``column_mm`` is the width of a column to the right of the map, 0 where the figures stand below
    it. ``brief`` pages say little: they are seen small or from afar.
    """

    scale: float
    margin_mm: float
    column_mm: float = 0.0
    brief: bool = False
    titles_pt: tuple[float, ...] = (19.0, 17.0, 15.5, 13.0)


PLANS = {
    "a4-landscape": Plan(1.0, 12.0, 60.0),
    "a4-portrait": Plan(1.0, 12.0),
    "a3-landscape": Plan(1.3, 12.0, 62.0),
    "a3-portrait": Plan(1.3, 12.0),
    "slide": Plan(1.5, 9.0, 60.0, True, (16.0, 14.0, 12.5, 11.0)),
    "square": Plan(1.17, 7.5, 0.0, True, (15.0, 13.0, 11.5, 10.0)),
    "social": Plan(1.17, 6.5, 56.0, True, (14.0, 12.0, 10.5, 9.5)),
}
"""Layout of each of `geo.paper.PAPERS`."""


def page(snapshot: Snapshot, *, look: Look = DEFAULT) -> Figure:
    """A laid-out page.

    Parameters
    ----------
    snapshot
        What is on screen (geometries in metres).
    look
        Size and colours.

    Returns
    -------
    Figure
        With an Agg canvas; the same snapshot gives the same page in a language.
    """
    plan = PLANS[look.paper]
    sheet = Sheet(PAPERS[look.paper], THEMES[look.theme], scale=plan.scale)
    sheet.margin_mm = plan.margin_mm
    left, _top, right, _bottom = sheet.inner
    body = left, _heading(sheet, snapshot, plan), right, _footer(sheet, snapshot, plan)
    if len(snapshot.answers) > 1 and snapshot.changed is None:
        _side_by_side(sheet, snapshot, plan, body)
    elif plan.column_mm:
        _with_column(sheet, snapshot, plan, body)
    else:
        _above(sheet, snapshot, plan, body)
    return sheet.figure


def render(snapshot: Snapshot, format: str, *, look: Look = DEFAULT) -> bytes:
    """`page` as a file; the same snapshot and language give the same bytes.

    Parameters
    ----------
    snapshot
        What is on screen.
    format
        ``"png"``, ``"pdf"`` or ``"svg"``.
    look
        Size, colours, and the dots per inch of a PNG.
    """
    return printing.to_bytes(page(snapshot, look=look), format, snapshot=snapshot, dpi=look.dpi)


def _heading(sheet: Sheet, snapshot: Snapshot, plan: Plan) -> float:
    """Title and subtitle; returns where the map may begin (mm from the top)."""
    left, top, right, _bottom = sheet.inner
    text, width_mm = str(titles.title(snapshot)), right - left
    # The questions of a comparison stand above its maps once more.
    sizes = plan.titles_pt[2 if plan.brief and len(snapshot.answers) > 1 else 0 :]
    for size in sizes:
        lines = sheet.balanced(text, size, width_mm, "bold")
        if len(lines) <= 2:
            break
    y_mm = top + size / POINTS_PER_MM * 0.6
    for line in no_more(lines, 4):
        sheet.write(left, y_mm, line, size, weight="bold", gid="title")
        y_mm += size / POINTS_PER_MM * 1.2
    small = 7.4 if plan.brief else 9.0
    y_mm += 2.4 + (1.1 * small - 1.2 * size) / POINTS_PER_MM
    for line in no_more(sheet.balanced(str(titles.subtitle(snapshot)), small, width_mm), 3):
        sheet.write(left, y_mm, line, small, color=sheet.colours.quiet, gid="subtitle")
        y_mm += small * 0.49
    return y_mm


def _footer(sheet: Sheet, snapshot: Snapshot, plan: Plan) -> float:
    """Sources and notes at the foot; returns where the map has to end (mm from the top)."""
    left, _top, right, bottom = sheet.inner
    size, step_mm = 6.0, 2.75
    if plan.brief:
        paragraphs = [str(credit.short_sources(snapshot))]
    else:
        paragraphs = [str(credit.sources(snapshot)), *credit.notes(snapshot)]
    lines = [line for text in paragraphs for line in sheet.wrapped(text, size, right - left)]
    lines = no_more(lines, 16)
    quiet = sheet.colours.quiet
    y_mm = bottom + min(3.0, 0.3 * plan.margin_mm) - step_mm * (len(lines) - 1)
    for number, line in enumerate(lines):
        sheet.write(left, y_mm + number * step_mm, line, size, color=quiet, gid="sources")
    y_mm -= 3.8
    # Ground that changed hands is no proposal.
    if snapshot.changed is None:
        sheet.write(left, y_mm, words.ILLUSTRATIVE, 7.6, weight="bold", gid="illustrative")
    style = {"weight": "bold", "ha": "right", "color": quiet, "gid": "made-by"}
    sheet.write(right, y_mm, "Pullback Atlas", 7.6, **style)
    return y_mm - 4.2


def _map(sheet: Sheet, snapshot: Snapshot, plan: Plan, edges: Box) -> Box:
    """The one map of a page; returns what it shows (metres)."""
    left, top, right, bottom = edges
    edges = left, top, right, bottom - _DEGREES_MM
    found = snapshot.changed
    if found is not None:
        view = snapshot.view or papermap.fitted(papermap.shapes_of_change(found))
        return papermap.change(sheet, edges, found, view=view)
    impact, drawn = snapshot.first, snapshot.drawn
    shapes = papermap.shapes_of(impact, drawn, whole=not plan.brief)
    view = snapshot.view or papermap.fitted(shapes)
    return papermap.answer(sheet, edges, impact, view=view, drawn=drawn)


def _figures(sheet: Sheet, snapshot: Snapshot, width_mm: float | None, **some: Any) -> Block:
    if snapshot.changed is not None:
        return panels.gained_figures(sheet, snapshot.changed, width_mm=width_mm)
    outlined = bool(snapshot.drawn)
    return panels.key_figures(sheet, snapshot.first, width_mm=width_mm, outlined=outlined, **some)


def _entries(sheet: Sheet, snapshot: Snapshot, plan: Plan) -> list[panels.Entry]:
    if snapshot.changed is not None:
        return panels.signs_of_change(sheet.colours, snapshot.changed, brief=plan.brief)
    return panels.signs(sheet.colours, snapshot.answers, snapshot.drawn, brief=plan.brief)


def _inset(sheet: Sheet, snapshot: Snapshot, view: Box, edges: Box) -> None:
    left, top, right, bottom = edges
    control = snapshot.first.control if snapshot.changed is None else snapshot.changed.after
    if bottom - top >= _LEAST_INSET_MM and right > left:
        left = max(left, right - _MOST_INSET_MM)
        neatline.inset(sheet, control, view, (left, top, right, bottom))


def _inset_in_column(
    sheet: Sheet, snapshot: Snapshot, view: Box, legend: Block, edges: Box
) -> None:
    """The inset below a legend that ends at the upper edge (mm); else to the right of it."""
    left, top, right, bottom = edges
    if bottom - top - _INSET_GAP_MM >= _LEAST_INSET_MM:
        _inset(sheet, snapshot, view, (left, top + _INSET_GAP_MM, right, bottom))
        return
    x_mm = left + legend.used_mm + _INSET_GAP_MM
    if right - x_mm >= _LEAST_INSET_MM:
        _inset(sheet, snapshot, view, (x_mm, top - legend.height_mm, right, bottom))


def _with_column(sheet: Sheet, snapshot: Snapshot, plan: Plan, body: Box) -> None:
    """The map, and to its right a column of figures, legend and inset."""
    left, top, right, bottom = body
    foot_mm = bottom - _DEGREES_MM
    drawn, crowded = snapshot.drawn, plan.brief or len(snapshot.drawn) > 2
    some: list[dict[str, Any]] = [{}]
    if plan.brief and drawn:
        # What was drawn needs the room of what the title says already.
        some = [{"measures": panels.FEW[:n], "told": False} for n in (2, 1)]
    for shown in some:
        figures = _figures(sheet, snapshot, None if crowded else plan.column_mm, **shown)
        width_mm = max(plan.column_mm, figures.width_mm)
        legend = panels.legend(sheet, width_mm, _entries(sheet, snapshot, plan))
        rest_mm = foot_mm - top - figures.height_mm - legend.height_mm
        gap_mm = min(3.0 if plan.brief else 5.0, max(rest_mm, _LEAST_GAP_MM))
        room_mm = rest_mm - 2 * gap_mm - (0.0 if plan.brief else _GAP_MM)
        listed = panels.drawings(
            sheet, width_mm, drawn, columns=1, room_mm=room_mm, brief=plan.brief
        )
        whole = panels.drawings(
            sheet, width_mm, drawn, columns=1, room_mm=math.inf, brief=plan.brief
        )
        if whole.height_mm <= room_mm:
            break
    x_mm = right - width_mm
    view = _map(sheet, snapshot, plan, (left, top, x_mm - _GAP_MM, bottom))
    y_mm = stacked(sheet, [figures, listed, legend], gap_mm).place(x_mm, top)
    _inset_in_column(sheet, snapshot, view, legend, (x_mm, y_mm, right, foot_mm))


def _above(sheet: Sheet, snapshot: Snapshot, plan: Plan, body: Box) -> None:
    """The map, and below it figures, legend and inset beside each other.

    A legend whose labels would be broken too often there has a row of its own below.
    """
    left, top, right, bottom = body
    bottom -= 1.5
    figures = _figures(sheet, snapshot, None)
    entries = _entries(sheet, snapshot, plan)
    rest_mm = right - left - figures.width_mm - 2 * _GAP_MM
    inset_mm = min(_INSET_SHARE * rest_mm, _MOST_INSET_MM)
    whole_mm = panels.legend_width_mm(sheet, entries)
    wide_mm = min(whole_mm, rest_mm - inset_mm)
    x_mm = left + figures.width_mm + _GAP_MM
    if panels.legend_fits(sheet, wide_mm, entries):
        beside, row = panels.legend(sheet, wide_mm, entries), Block(sheet, 0.0)
        inset_left = x_mm + wide_mm + _GAP_MM
    else:
        columns = min(max(int((right - left) / whole_mm), 1), len(entries))
        row = panels.legend(sheet, right - left, entries, columns=columns)
        beside, inset_left = Block(sheet, 0.0), x_mm
    listed = panels.drawings(
        sheet,
        right - left,
        snapshot.drawn,
        columns=2 if plan.brief else 3,
        room_mm=0.3 * (bottom - top),
        brief=plan.brief,
    )
    below = stacked(sheet, [row, listed], 3.0)
    foot_mm = bottom - (below.height_mm + 3.0 if below.height_mm else 0.0)
    strip_mm = max(figures.height_mm, beside.height_mm, _STRIP_MM)
    strip_top = foot_mm - strip_mm
    view = _map(sheet, snapshot, plan, (left, top, right, strip_top - 2.5))
    figures.place(left, strip_top)
    beside.place(x_mm, strip_top)
    _inset(sheet, snapshot, view, (inset_left, strip_top, right, foot_mm))
    below.place(left, foot_mm + 3.0)


def _side_by_side(sheet: Sheet, snapshot: Snapshot, plan: Plan, body: Box) -> None:
    """Maps of the answers beside each other, and one table of their figures."""
    left, top, right, bottom = body
    answers = snapshot.answers
    shapes = [
        shape for answer in answers for shape in papermap.shapes_of(answer, whole=not plan.brief)
    ]
    view = snapshot.view or papermap.fitted(shapes)
    if plan.brief and plan.column_mm:
        shown = answers if plan.scale > 1.4 else answers[:MOST_PRINTED]
        room_mm = bottom - _DEGREES_MM - top
        column, legend = _compared_column(sheet, snapshot, plan, len(shown), room_mm)
        x_mm = right - column.width_mm
        seen = _maps(sheet, shown, plan, view, (left, top, x_mm - _GAP_MM, bottom))
        y_mm = column.place(x_mm, top)
        edges = x_mm, y_mm, right, bottom - _DEGREES_MM
        _inset_in_column(sheet, snapshot, seen, legend, edges)
        return
    strip = _Strip(sheet, snapshot, plan, right - left)
    strip_top = bottom - 1.5 - strip.height_mm
    seen = _maps(sheet, answers, plan, view, (left, top, right, strip_top - 2.0))
    strip.place(left, strip_top, seen)


class _Grid(NamedTuple):
    """How maps of one view stand on a page: their size (mm), and what is written above each."""

    columns: int
    width_mm: float
    height_mm: float
    head_mm: float
    captions: list[Block]

    def scale(self, view: Box) -> float:
        """Millimetres of the page for a metre."""
        return min(self.width_mm / (view[2] - view[0]), self.height_mm / (view[3] - view[1]))


def _maps(sheet: Sheet, answers: Sequence[Impact], plan: Plan, view: Box, edges: Box) -> Box:
    """Maps of one view in the grid in which they are largest; returns what each shows."""
    left, top, _right, _bottom = edges
    possible = dict.fromkeys((len(answers), 2))
    grids = [_grid(sheet, answers, plan, columns, edges) for columns in possible]
    grid = max(grids, key=lambda one: one.scale(view))
    seen = view
    for number, (answer, caption) in enumerate(zip(answers, grid.captions, strict=True)):
        row, column = divmod(number, grid.columns)
        x_mm = left + column * (grid.width_mm + _GAP_MM)
        y_mm = top + row * (grid.height_mm + grid.head_mm + _DEGREES_MM + _ROW_GAP_MM)
        caption.place(x_mm, y_mm)
        y_mm += grid.head_mm
        box = x_mm, y_mm, x_mm + grid.width_mm, y_mm + grid.height_mm
        gid = "map" if number == 0 else f"map-{LETTERS[number]}"
        seen = papermap.answer(sheet, box, answer, view=view, gid=gid, beside=answers)
    return seen


def _grid(sheet: Sheet, answers: Sequence[Impact], plan: Plan, columns: int, edges: Box) -> _Grid:
    left, top, right, bottom = edges
    rows = math.ceil(len(answers) / columns)
    width_mm = (right - left - _GAP_MM * (columns - 1)) / columns
    # What all maps share stands in the subtitle.
    dated = not plan.brief or len({id(answer.control) for answer in answers}) > 1
    captions = [
        panels.caption(sheet, width_mm, letter, answer, 6.6 if plan.brief else 7.6, dated=dated)
        for letter, answer in zip(LETTERS, answers, strict=False)
    ]
    head_mm = max(block.height_mm for block in captions) + 1.4
    height_mm = (bottom - top - _ROW_GAP_MM * (rows - 1)) / rows - head_mm - _DEGREES_MM
    return _Grid(columns, width_mm, height_mm, head_mm, captions)


def _compared_column(
    sheet: Sheet, snapshot: Snapshot, plan: Plan, shown: int, room_mm: float
) -> tuple[Block, Block]:
    """Figures of a comparison, the questions of answers that have no map, and the legend; and the
    legend alone.

    Where there is no room for all, first the second measure goes, then the blocks move together and
    what is said of the questions twice goes, at last the legend's last entries.
    """
    entries, few = _entries(sheet, snapshot, plan), panels.FEW[:1]
    steps = [(panels.FEW, False, entries), (few, False, entries)]
    steps += [(few, True, entries[:kept]) for kept in range(len(entries), 0, -1)]
    for measures, terse, some in steps:
        table = panels.compared(
            sheet,
            plan.column_mm,
            snapshot.answers,
            differences=len(snapshot.answers) == 2,
            measures=measures,
        )
        others = _questions(sheet, table.width_mm, snapshot.answers, shown, terse=terse)
        legend = panels.legend(sheet, plan.column_mm, some)
        column = stacked(sheet, [table, *others, legend], _LEAST_GAP_MM if terse else 2.6)
        if column.height_mm <= room_mm:
            break
    return column, legend


def _questions(
    sheet: Sheet, width_mm: float, answers: Sequence[Impact], shown: int, *, terse: bool
) -> list[Block]:
    """Of the answers after the first `shown`; ``terse`` without a control map those all share."""
    shared = {id(answer.control) for answer in answers[:shown]}
    return [
        panels.caption(
            sheet,
            width_mm,
            letter,
            answer,
            6.2,
            dated=not terse or shared != {id(answer.control)},
            most=2 if terse else None,
        )
        for letter, answer in [*zip(LETTERS, answers, strict=False)][shown:]
    ]


class _Strip:
    """Table, legend and inset of a comparison from edge to edge, below its maps.

    Attributes
    ----------
    height_mm
        How high it is.
    """

    def __init__(self, sheet: Sheet, snapshot: Snapshot, plan: Plan, width_mm: float) -> None:
        self.sheet, self.snapshot, self.width_mm = sheet, snapshot, width_mm
        answers = snapshot.answers
        differences = len(answers) == 2 or not plan.brief
        columns = 2 * len(answers) - 1 if differences else len(answers)
        table_mm = (20.0 if plan.brief else 42.0) + 14.5 * columns
        entries = _entries(sheet, snapshot, plan)
        legend_mm = panels.legend_width_mm(sheet, entries)
        self.beside = table_mm + legend_mm + 2 * _GAP_MM + _LEAST_INSET_MM * 1.5 <= width_mm
        self.table = panels.compared(
            sheet,
            table_mm if self.beside else width_mm,
            answers,
            differences=differences,
            measures=panels.FEW if plan.brief else (),
        )
        self.legend = panels.legend(sheet, legend_mm, entries)
        if not self.beside:
            legend_mm = min(2 * legend_mm, width_mm - 50.0)
            self.legend = panels.legend(sheet, legend_mm, entries, columns=2)
        low_mm = max(self.legend.height_mm, 20.0)
        over_mm = self.table.height_mm
        self.height_mm = max(over_mm, low_mm) if self.beside else over_mm + 3.0 + low_mm

    def place(self, left: float, top: float, seen: Box) -> None:
        """Put it on the page; the inset is framed to what the maps show (metres)."""
        right, bottom = left + self.width_mm, top + self.height_mm
        self.table.place(left, top)
        x_mm, y_mm = left + self.table.width_mm + _GAP_MM, top
        if not self.beside:
            x_mm, y_mm = left, top + self.table.height_mm + 3.0
        self.legend.place(x_mm, y_mm)
        x_mm += self.legend.width_mm + _GAP_MM
        _inset(self.sheet, self.snapshot, seen, (x_mm, y_mm, right, bottom))
