"""The compare page: two to four scenarios beside each other, and what only one of them contains.

Each scenario is a fragment of its own: a control runs it and nothing else. The parts that follow
from all of them hear of it in the browser (`pages/rest.js`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import AtlasError, InputError
from data.language import _, translated
from geo import compare, control, counterparts, titles, webmap, words
from geo.compare import LETTERS, MOST
from geo.impact import Impact
from geo.scenario import Preset, Scenario, from_preset, preset_of, presets
from geo.style import Theme
from pages import compare_below as below
from pages import compared, ground, loaded, newer, question, reopening, widgets
from pages import scenario as scenario_page

# The maps of the page, which show the same ground.
_TOGETHER = "compare"
_SHOWN = ("area_km2", "residents_2022", "settlements")


def show() -> None:
    """Draw the page."""
    colours = widgets.theme()
    widgets.dress(colours, "compare.css", largest_mb=reopening.LARGEST_MB)
    compared.open_link()
    compared.drawn()
    with st.container(key="compare"):
        top = st.container(key="compare-top")
        _choices()
        _scenarios(colours)
        if compared.shown() == compared.DIFFERENCES:
            _difference_map(colours)
    with st.container(key="below"):
        below.show()
    # Last, since it needs every answer, while a scenario needs but its own.
    with top:
        _verdict()


@st.fragment
def _verdict() -> None:
    """What is compared, and how the second differs from the first, in words."""
    compared.catch_up()
    with st.container(key="part-verdict"):
        widgets.rest("verdict", question=compared.asked(), rest_ms=below.SOON_MS)
        for text in compared.link_said():
            widgets.notice(text)
        scenarios = compared.scenarios()
        widgets.headline(_title(scenarios), _subtitle(scenarios))
        answers = below.every_answer()
        if answers is not None and len(answers) == compare.FEWEST:
            widgets.paragraph(_difference(compare.figures(answers)))


def _title(scenarios: tuple[Scenario, ...]) -> str:
    return titles.of_comparison(
        scenarios,
        assessors=[below.assessor(each) for each in scenarios],
        names=[below.scenario_title(each) for each in scenarios],
    )


def _subtitle(scenarios: tuple[Scenario, ...]) -> str:
    return titles.on_maps([(below.assessor(each), each.date) for each in scenarios])


def _difference(figures: pd.DataFrame) -> list[str]:
    """How the second scenario differs from the first, a sentence a side."""
    first, second = (
        {
            (row["side"], row["measure"]): row
            for row in figures[figures["scenario"] == letter].to_dict("records")
        }
        for letter in LETTERS[:2]
    )
    told = _("{side}’s side, B against A: ground {ground}, residents of 2022 {residents}.")
    return [
        told.format(
            side=name,
            ground=_with_ratio(second[side, "area_km2"], first[side, "area_km2"]),
            residents=_with_ratio(second[side, "residents_2022"], first[side, "residents_2022"]),
        )
        for side, name in words.SIDES.items()
    ]


def _with_ratio(row: Mapping[Hashable, Any], first: Mapping[Hashable, Any]) -> str:
    difference = words.difference(row["measure"], row["value"], first["value"])
    ratio = below.times(row["ratio"])
    return f"{difference} ({ratio})" if ratio else difference


def _choices() -> None:
    """What stands beside the first scenario, what else may, and how it is shown."""
    with st.container(key="compare-choices", horizontal=True, gap="small"):
        _counterparts()
        _view()


@st.fragment
def _counterparts() -> None:
    """What may stand beside the first scenario as it is asked now."""
    compared.catch_up()
    with st.container(key="part-kinds", horizontal=True, gap="small"):
        widgets.rest("kinds", question=compared.asked(), rest_ms=below.SOON_MS)
        _kinds()
        if len(compared.scenarios()) < MOST:
            _add()


def _kinds() -> None:
    """The first scenario asked otherwise, a click each."""
    first, second, *_more = compared.scenarios()
    chosen = counterparts.kind_of(first, second)
    own = _on_own_map(first)
    with st.container(key="compare-kinds", horizontal=True, gap="xsmall"):
        widgets.small(_("B is A"))
        for kind in counterparts.KINDS:
            other = counterparts.counterpart(first, kind)
            st.button(
                widgets.plain(_kind_name(kind, first, other)),
                key=f"compare-{kind}",
                type="primary" if kind == chosen else "secondary",
                disabled=other is None,
                help=_kind_help(kind, other),
                on_click=compared.beside,
                args=(kind,),
            )
        if own is not None:
            st.button(
                widgets.plain(_by(first, own)),
                key="compare-own",
                type="primary" if second == own else "secondary",
                help=_("The map of yours that is nearest in date."),
                on_click=compared.put_second,
                args=(own,),
            )


def _on_own_map(first: Scenario) -> Scenario | None:
    """The same question on the loaded map nearest in date; None where it rests on one already."""
    if first.source not in control.SOURCES or not loaded.maps():
        return None
    near = min(loaded.maps().values(), key=lambda each: abs(each.date - first.date))
    return first.changed(source=near.source, date=near.date)


def _by(first: Scenario, other: Scenario) -> str:
    """By whom the other is, and on which date where that is another."""
    if other.date == first.date:
        return _("by {assessor}").format(assessor=below.assessor(other))
    return _("by {assessor}, {date}").format(
        assessor=below.assessor(other), date=words.day(other.date)
    )


def _kind_name(kind: str, first: Scenario, other: Scenario | None) -> str:
    if kind == counterparts.MIRROR:
        return _("with the sides swapped")
    if kind == counterparts.ASSESSOR:
        return _by(first, other) if other else _("by another")
    return _("on {date}").format(date=words.day(other.date)) if other else _("on another date")


def _kind_help(kind: str, other: Scenario | None) -> str | None:
    if kind == counterparts.MIRROR:
        if other is None:
            return _("Both sides do the same already: swapping them changes nothing.")
        return _("Each side pulls back, and leaves, what the other did.")
    if other is None and kind == counterparts.ASSESSOR:
        return _("No other assessor has a map of this date.")
    if other is None:
        return _("A map from a file has one date.")
    return None


def _add() -> None:
    """One more scenario: a counterpart of the first, or a proposal."""
    first = compared.scenarios()[0]
    offered: dict[str, str] = {}
    for kind in counterparts.KINDS:
        other = counterparts.counterpart(first, kind)
        if other is not None:
            offered[kind] = _("A {otherwise}").format(otherwise=_kind_name(kind, first, other))
    named = loaded.names()
    for source, own in loaded.maps().items():
        if source != first.source:
            told = _("A by {assessor}, {date}")
            offered[source] = told.format(assessor=named[source], date=words.day(own.date))
    offered |= {key: _proposal_name(preset) for key, preset in presets().items()}
    # Another one after each use: the one used may still send what was chosen in it.
    key = compared.control_key(0, "add", compared.letters())
    st.selectbox(
        _("Add a scenario"),
        list(offered),
        format_func=offered.__getitem__,
        key=key,
        index=None,
        placeholder=_("Add a scenario or a proposal"),
        label_visibility="collapsed",
        on_change=_added,
        args=(key,),
    )


def _added(key: str) -> None:
    chosen = st.session_state[key]
    first = compared.scenarios()[0]
    if chosen in counterparts.KINDS:
        other = counterparts.counterpart(first, chosen)
        if other is not None:
            compared.add(other)
    elif chosen in loaded.maps():
        compared.add(first.changed(source=chosen, date=loaded.maps()[chosen].date))
    elif chosen in presets():
        compared.add(from_preset(chosen, date=first.date, source=first.source))


def _view() -> None:
    named = {compared.MAPS: _("Maps"), compared.DIFFERENCES: _("Differences")}
    st.session_state["compare-view"] = compared.shown()
    st.segmented_control(
        _("Shown as"),
        list(named),
        format_func=named.__getitem__,
        required=True,
        key="compare-view",
        label_visibility="collapsed",
        on_change=_viewed,
    )


def _viewed() -> None:
    st.session_state["compared_shown"] = st.session_state["compare-view"]
    st.session_state["settled"] = True


def _scenarios(colours: Theme) -> None:
    """The scenarios beside each other."""
    count = len(compared.scenarios())
    maps = compared.shown() == compared.MAPS
    with st.container(key=f"panels-{count if maps else 'plain'}"):
        for place in range(count):
            with st.container(key=f"panel-{LETTERS[place]}"):
                _panel(place, maps, colours)


@st.fragment
def _panel(place: int, maps: bool, colours: Theme) -> None:
    """One scenario: its question, its answer, its map, its controls."""
    compared.catch_up(place)
    compared.drawn(place)
    scenario, letter = compared.scenarios()[place], LETTERS[place]
    impact = None
    try:
        impact = question.answer(scenario)
        st.html(_head(letter, scenario) + _brief(impact))
    except AtlasError as error:
        st.html(_head(letter, scenario))
        widgets.notice(words.sentence(error))
    for text in compared.said(place):
        widgets.notice(text)
    if maps and impact is not None:
        widgets.living_map(
            f"map-{letter}",
            webmap.layers(impact),
            colours,
            label=_("Map of scenario {letter}").format(letter=letter),
            together=_TOGETHER,
            linked=True,
        )
    with st.expander(_("Change {letter}").format(letter=letter)):
        _controls(place, scenario, colours)
    # After the controls: what follows from them is asked for when they are on screen.
    asked = compared.asked()
    widgets.rest(f"panel-{letter}", question=asked, leads=(asked,), rest_ms=below.SOON_MS)
    compared.write_link()


def _head(letter: str, scenario: Scenario) -> str:
    """The question, what it rests on, and whose proposal it is."""
    lines = [f"{below.assessor(scenario)}, {words.day(scenario.date)}"]
    preset = presets().get(preset_of(scenario) or "")
    if preset is not None:
        lines.append(
            _("proposal: {who}, {when}").format(
                who=translated(preset.put_forward_by), when=translated(preset.date_text)
            )
        )
    if name := ground.name_of(scenario):
        lines.append(name)
    return (
        f"<h2 class='atlas-scenario'>{below.badge(letter)}{widgets.escape(scenario.title())}</h2>"
        f"<p class='atlas-small'>{widgets.escape(' · '.join(lines))}</p>"
    )


def _brief(impact: Impact) -> str:
    """The answer in figures, a row a side."""
    head = "".join(f"<th scope='col'>{below.measure_name(key)}</th>" for key in _SHOWN)
    rows = ""
    for side, name in words.SIDES.items():
        values = impact.sides.loc[side].to_dict()
        cells = "".join(
            f"<td data-measure='{key}'>{words.measure(key, float(values[key]))}</td>"
            for key in _SHOWN
        )
        rows += (
            f"<tr data-side='{side}'><th scope='row'>{below.side_key(side)}{name}</th>{cells}</tr>"
        )
    return (
        f"<table class='atlas-table atlas-brief'><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _controls(place: int, scenario: Scenario, colours: Theme) -> None:
    """What changes a scenario, in the order in which one thinks."""
    letter = LETTERS[place]
    _proposal(place, scenario)
    widgets.distances(
        scenario.ukraine_km,
        scenario.russia_km,
        coupled=compared.coupled(place),
        colours=colours,
        on_change=partial(_moved, place),
        key=f"distances-{letter}",
    )
    for side, name in words.SIDES.items():
        left = getattr(scenario, f"{side}_leaves")
        if left:
            told = _("{side} leaves what it holds in {places}.")
            widgets.small(told.format(side=name, places=words.listed(map(words.place, left))))
    with st.container(key=f"controls-{letter}", horizontal=True, gap="small"):
        _where(place, scenario)
        days = sorted({*_dates(scenario.source), scenario.date}, reverse=True)
        _choose(_("Control on"), place, "date", days, scenario.date, newer.named(scenario.source))
        named = {**control.SOURCES, **loaded.names()}
        named.setdefault(scenario.source, below.source_name(scenario.source))
        _choose(_("Assessed by"), place, "source", list(named), scenario.source, named.__getitem__)
    if len(compared.scenarios()) > compare.FEWEST:
        st.button(
            _("Remove {letter}").format(letter=letter),
            key=f"remove-{letter}",
            on_click=compared.remove,
            args=(place,),
        )


def _dates(source: str) -> list[dt.date]:
    """Dates of a source; none of a map that is gone, of which its panel says so."""
    try:
        return control.dates(source)
    except InputError:
        return []


def _proposal(place: int, scenario: Scenario) -> None:
    """The proposals as a starting point, with the notes of the chosen one."""
    chosen = preset_of(scenario) or question.OWN
    known = presets()
    options = [*known, question.OWN] if chosen == question.OWN else list(known)
    _choose(
        _("Proposal"),
        place,
        "preset",
        options,
        chosen,
        lambda key: _("Own distances") if key == question.OWN else _proposal_name(known[key]),
    )
    widgets.small(_notes(known.get(chosen)))


def _proposal_name(preset: Preset) -> str:
    return _("{title} ({when})").format(
        title=translated(preset.title), when=translated(preset.date_text)
    )


def _notes(preset: Preset | None) -> str:
    """What is known of a proposal."""
    if preset is None:
        return _("Not a proposal that was reported: illustrative.")
    sentences = [
        _("{who}, {when}: {content}").format(
            who=translated(preset.put_forward_by),
            when=translated(preset.date_text),
            content=translated(preset.content),
        )
    ]
    if preset.left_open:
        sentences.append(_("Left open: {what}").format(what=translated(preset.left_open)))
    sentences.append(_("Reported in {where}.").format(where=translated(preset.reported_in)))
    sentences.append(_("No official geometry: illustrative."))
    return words.listed(sentences, between=" ")


def _where(place: int, scenario: Scenario) -> None:
    """Any oblast, raion or hromada, or what the reader drew or loaded."""
    shown = ground.key_of(scenario) or scenario.extent
    names = ground.offered() | scenario_page.extents()
    if shown == ground.OTHER:
        other = _("The area of the link") if scenario.line is None else _("The line of the link")
        names = {ground.OTHER: other} | names
    _choose(_("Where"), place, "extent", list(names), shown, names.__getitem__)


def _choose(label: str, place: int, field: str, options: list[Any], value: Any, named: Any) -> None:
    key = compared.control_key(place, field, value)
    st.session_state[key] = value
    st.selectbox(
        label,
        options,
        format_func=lambda one: str(named(one)),
        key=key,
        on_change=_picked,
        args=(place, field, key),
    )


def _picked(place: int, field: str, key: str) -> None:
    value = st.session_state[key]
    compared.picked(place, field, value)
    scenario = compared.scenarios()[place]
    if field == "preset":
        if value in presets():
            taken = from_preset(value, date=scenario.date, source=scenario.source)
            compared.take(place, taken)
            compared.couple(place, taken.ukraine_km == taken.russia_km)
    elif field == "extent" and value not in scenario_page.extents():
        if value != ground.OTHER:
            compared.attempt(place, lambda: ground.ask(scenario, value))
            asked = compared.scenarios()[place]
            compared.couple(place, asked.ukraine_km == asked.russia_km)
    elif field == "source":
        # An assessor has maps of his own dates.
        compared.attempt(
            place,
            lambda: scenario.changed(source=value, date=control.nearest_date(value, scenario.date)),
        )
    else:
        compared.change(place, **{field: value})


def _moved(place: int, value: dict[str, Any]) -> None:
    compared.change(place, ukraine_km=float(value["ukraine"]), russia_km=float(value["russia"]))
    compared.couple(place, bool(value["coupled"]))
    st.session_state["settled"] = bool(value["settled"])


@st.fragment
def _difference_map(colours: Theme) -> None:
    """Two scenarios on one map: the ground that only one of them contains."""
    compared.catch_up()
    with st.container(key="part-differences"):
        letters = compared.pair()
        if len(compared.scenarios()) > compare.FEWEST:
            _pairs(letters)
        known = dict(zip(LETTERS, compared.scenarios(), strict=False))
        found = below.comparison("differences", tuple(known[letter] for letter in letters))
        if found is None:
            return
        one, other = (question.answer(known[letter]) for letter in letters)
        widgets.living_map(
            "map-differences",
            webmap.differences(one, other, found.ground, names=(letters[0], letters[1])),
            colours,
            label=_("Map of the ground in only one of two scenarios"),
            together=_TOGETHER,
            linked=True,
        )
    compared.write_link()


def _pairs(letters: str) -> None:
    st.session_state["compare-pair"] = letters
    st.segmented_control(
        _("Differences between"),
        compared.pairs(),
        format_func=lambda pair: _("{one} and {other}").format(one=pair[0], other=pair[1]),
        required=True,
        key="compare-pair",
        on_change=_paired,
    )


def _paired() -> None:
    st.session_state["compared_pair"] = st.session_state["compare-pair"]
    st.session_state["settled"] = True


if __name__ == "__main__":
    widgets.through_the_door()
