"""Below the maps of the compare page: every figure, and what only one scenario contains."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import AtlasError, InputError
from data.language import _
from geo import compare, control, words
from geo.compare import BOTH, LETTERS, LINE, Comparison
from geo.impact import MEASURES, Impact
from geo.pullback import SIDES
from geo.scenario import Scenario
from geo.snapshot import Snapshot
from pages import compared, ground, later, question, reopening, saving, widgets

SOON_MS = 60
"""How long nothing new must have been asked before what is soon drawn is drawn again."""


def show() -> None:
    """Draw what is below the maps."""
    _figures()
    _only()


@st.fragment
def _figures() -> None:
    """Every figure of each scenario, its difference from the first and its ratio to it."""
    compared.catch_up()
    with st.container(key="part-compared"):
        widgets.rest("compared", question=compared.asked(), rest_ms=SOON_MS)
        answers = every_answer()
        if answers is None:
            return
        figures = compare.figures(answers)
        widgets.heading(_("Every figure"))
        st.html(_table(figures, len(answers)))
        st.download_button(
            _("Figures as CSV"),
            data=partial(_csv, figures, _titles()),
            file_name="comparison.csv",
            mime="text/csv",
            key="save-figures",
            on_click="ignore",
        )
        with st.container(key="compare-save", horizontal=True):
            with st.container():
                saving.panel(
                    Snapshot(answers=tuple(answers), address=saving.address()),
                    asked=compared.asked(),
                    told=_("Save the maps and figures"),
                    catch_up=compared.catch_up,
                )
            with st.container():
                reopening.panel("comparison")


def _table(figures: pd.DataFrame, count: int) -> str:
    """A row for each measure and side; of all but the first also difference and ratio."""
    letters, first = LETTERS[:count], LETTERS[0]
    known = {
        (row["measure"], row["side"], row["scenario"]): row for row in figures.to_dict("records")
    }
    top = f"<th scope='col'>{badge(first)}</th>" + "".join(
        f"<th scope='col'>{badge(letter)}</th><th scope='col'>{letter} − {first}</th>"
        f"<th scope='col'>{letter} ÷ {first}</th>"
        for letter in letters[1:]
    )
    body = ""
    for measure in (*MEASURES, LINE):
        rows = [side for side in (*SIDES, BOTH) if (measure, side, first) in known]
        if all(
            math.isnan(known[measure, side, letter]["value"]) for side in rows for letter in letters
        ):
            rows = [BOTH]
        for side in rows:
            label = ""
            if side == rows[0]:
                label = (
                    f"<th scope='rowgroup' class='m' rowspan='{len(rows)}'>"
                    f"{measure_name(measure)}</th>"
                )
            cells = "".join(
                _cells(measure, known[measure, side, letter], known[measure, side, first], place)
                for place, letter in enumerate(letters)
            )
            body += (
                f"<tr data-measure='{measure}' data-side='{side}'>{label}"
                f"<th scope='row'>{side_key(side)}{_side_name(measure, side)}</th>{cells}</tr>"
            )
    return (
        f"<div class='atlas-scroll'><table class='atlas-table atlas-compared atlas-of-{count}' "
        f"style='--n:{count}'><thead><tr><td colspan='2'></td>{top}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(
    measure: str, row: Mapping[Hashable, Any], first: Mapping[Hashable, Any], place: int
) -> str:
    """A figure, and of all but the first scenario's how it differs from that."""
    shown = "rail_km" if measure == LINE else measure
    value = f"<td class='n' style='--c:{place + 1}'>{words.measure(shown, row['value'])}</td>"
    if place == 0:
        return value
    difference = words.difference(shown, row["value"], first["value"])
    return (
        value
        + f"<td class='n d' style='--c:{place + 1}'>{difference}</td>"
        + f"<td class='n r' style='--c:{place + 1}'>{times(row['ratio']) or '–'}</td>"
    )


def _titles() -> dict[str, str]:
    """The question of each scenario by its letter, for a file."""
    return {
        letter: f"{scenario_title(each)} ({assessor(each)}, {each.date.isoformat()})"
        for letter, each in zip(LETTERS, compared.scenarios(), strict=False)
    }


def _csv(figures: pd.DataFrame, titles: Mapping[str, str]) -> bytes:
    """The figures as a file; made outside the run of the page, which has the scenarios."""
    table = figures.assign(question=figures["scenario"].map(titles))
    return table.round(3).to_csv(index=False).encode("utf-8-sig")


@st.fragment
def _only() -> None:
    """The ground and the settlements that only one scenario contains."""
    compared.catch_up()
    with st.container(key="part-only"):
        found = comparison("only", compared.scenarios())
        if found is None:
            return
        widgets.heading(_("Ground that only one contains, and ground they share"))
        st.html(_ground(found.ground, len(compared.scenarios())))
        widgets.heading(_("Settlements that only one contains"))
        table = found.settlements
        if table.empty:
            widgets.small(_("Every settlement of 500 or more residents lies in several, or none."))
        else:
            _settlements(table)


def _ground(ground: pd.DataFrame, count: int) -> str:
    """A row for each set of scenarios that share some ground, the sides beside each other."""
    head = "".join(
        f"<th scope='colgroup' colspan='2'>{measure_name(key)}</th>" for key in compare.ADDED_UP
    )
    sides = "".join(
        f"<th scope='col'>{side_key(side)}{name}</th>" for side, name in words.SIDES.items()
    )
    known = {(row["scenarios"], row["side"]): row for row in ground.to_dict("records")}
    body = ""
    for letters in dict.fromkeys(row["scenarios"] for row in known.values()):
        none = not any(known[letters, side]["area_km2"] > 0 for side in SIDES)
        if none and 1 < len(letters) < count:
            continue
        cells = "".join(
            f"<td>{words.measure(key, known[letters, side][key])}</td>"
            for key in compare.ADDED_UP
            for side in SIDES
        )
        body += f"<tr><th scope='row'>{_those(letters, count)}</th>{cells}</tr>"
    return (
        "<div class='atlas-scroll'><table class='atlas-table atlas-pairs'><thead>"
        f"<tr><td></td>{head}</tr><tr><td></td>{sides * len(compare.ADDED_UP)}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _those(letters: str, count: int) -> str:
    """Which scenarios, in words."""
    if len(letters) == 1:
        return _("Only in {letter}").format(letter=letters)
    if len(letters) == 2 < count:
        return _("Only in {one} and {other}").format(one=letters[0], other=letters[1])
    if len(letters) < count:
        return _("Only in {first}, {second} and {third}").format(
            first=letters[0], second=letters[1], third=letters[2]
        )
    return _("In both") if count == compare.FEWEST else _("In all of them")


def _settlements(table: pd.DataFrame) -> None:
    """Every settlement that only one scenario contains: largest first, to be sorted, searched."""
    config = st.column_config
    text, whole = config.TextColumn, partial(config.NumberColumn, format="localized", step=1)
    columns = {
        **widgets.settlement_names(),
        "scenario": text(_("Only in")),
        "side": text(_("Side")),
        "residents_2022": whole(_("Residents of 2022")),
        "population": whole(_("GeoNames, undated")),
        "distance_km": config.NumberColumn(_("To the line, km"), format="localized", step=0.1),
        "elsewhere": text(_("On the other side in another")),
        "oblast": text(_("Oblast")),
        "raion": text(_("Raion")),
        "hromada": text(_("Hromada")),
    }
    sides = {side: str(name) for side, name in words.SIDES.items()} | {"": ""}
    named = {side: table[side].map(sides) for side in ("side", "elsewhere")}
    st.container(key="settlements").dataframe(
        widgets.in_words(table[list(columns)]).assign(**named),
        column_config=columns,
        hide_index=True,
        height=320,
        placeholder="–",
        alt=_("Settlements that only one of the scenarios contains, largest first"),
    )


def every_answer() -> list[Impact] | None:
    """The answers on screen; None where one cannot be given (its panel says why)."""
    try:
        return [question.answer(scenario) for scenario in compared.scenarios()]
    except AtlasError:
        return None


def comparison(part: str, scenarios: Sequence[Scenario]) -> Comparison | None:
    """The comparison of some scenarios once it is worked out; till then the browser asks again."""
    asked = compared.asked()
    try:
        answers = [question.answer(scenario) for scenario in scenarios]
    except AtlasError:
        # Its panel says why.
        widgets.rest(part, question=asked)
        return None
    # By the scenarios themselves: what rests on a reader's own file can then be let go with it.
    editions = (control.edition(scenario.date) for scenario in scenarios)
    name = ("compared", *scenarios, *editions)
    found, fault = later.found(name)
    widgets.rest(
        part,
        question=asked,
        wait_ms=None if found is not None or fault else later.wait_ms(name),
        on_due=partial(later.begin, name, partial(compare.compare, answers)),
        rest_ms=SOON_MS,
    )
    if fault:
        widgets.notice(words.sentence(fault))
    elif found is None:
        widgets.pending()
    return found


def times(ratio: float) -> str:
    """A ratio: ``×0.85``; "" where it is not known."""
    if math.isnan(ratio):
        return ""
    if ratio == 0:
        return "×0"
    if ratio < 0.01:
        return f"×<{words.number(0.01, decimals=2)}"
    return f"×{words.number(ratio, decimals=2) if ratio < 10 else words.number(ratio, digits=3)}"


def measure_name(measure: str) -> str:
    return _("Line of contact") if measure == LINE else words.MEASURES[measure]


def _side_name(measure: str, side: str) -> str:
    if side == BOTH:
        return _("Whole country") if measure == LINE else _("Both sides")
    return _("{side}’s side").format(side=words.SIDES[side])


def badge(letter: str) -> str:
    return f"<b class='atlas-letter'>{letter}</b>"


def side_key(side: str) -> str:
    return f"<i class='atlas-key atlas-key-{side}'></i>" if side in words.SIDES else ""


def assessor(scenario: Scenario) -> str:
    return source_name(scenario.source)


def source_name(source: str) -> str:
    try:
        return control.title_of(source)
    except InputError:
        return _("a map that is gone")


def scenario_title(scenario: Scenario) -> str:
    """The question in words, with the name of what was drawn or loaded."""
    name = ground.name_of(scenario)
    return f"{scenario.title()} ({name})" if name else scenario.title()
