"""The scenario page: the question, its answer, the map, and the controls that change it."""

from __future__ import annotations

import functools
from functools import partial
from typing import Any

import streamlit as st

from data.errors import AtlasError
from data.language import UKRAINIAN, _, current, translated
from geo import control, places, words
from geo.control import ControlMap
from geo.impact import Impact
from geo.scenario import EXTENT_AREA, Scenario, presets
from geo.snapshot import Snapshot
from geo.style import Theme
from pages import (
    below,
    drawings,
    later,
    loaded,
    newer,
    question,
    reopening,
    saving,
    speech,
    widgets,
)

OWN_MAP = "own-map"
"""Stands for the control maps that the reader has loaded."""

# Oblasts that the line of contact crosses or comes near to, from north to south.
FRONT = (
    "Chernihiv Oblast",
    "Sumy Oblast",
    "Kharkiv Oblast",
    "Luhansk Oblast",
    "Donetsk Oblast",
    "Dnipropetrovsk Oblast",
    "Zaporizhzhia Oblast",
    "Kherson Oblast",
    "Mykolaiv Oblast",
)

PATH = "start"
"""By which Streamlit knows this page; as the first one it stands at the root all the same."""

# Stands in the list of places for what was drawn.
_DRAWN = "drawn"


def show() -> None:
    """Draw the page."""
    colours = widgets.theme()
    widgets.dress(colours, largest_mb=reopening.LARGEST_MB)
    question.open_link()
    with st.container(key="page"):
        _scene(colours)
        below.show(colours)


@st.fragment
@speech.one_language
def _scene(colours: Theme) -> None:
    """Everything that a control changes at once; a step runs this and nothing else."""
    scenario = question.current()
    question.drawn(scenario)
    # First: what is asked is known, and a run may be cut short.
    question.write_link()
    with later.answering(), st.container(key="scene"):
        rail = st.container(key="rail")
        with st.container(key="answer"):
            impact, answered = _main(scenario, colours)
        with rail:
            _rail(scenario, impact, colours)
            _save(impact, answered)
            reopening.panel("scenario")


def _main(scenario: Scenario, colours: Theme) -> tuple[Impact | None, list[drawings.Answer]]:
    """The answer; what it is, and what each drawing gives."""
    # Always there, so that a notice that comes or goes moves nothing below it.
    with st.container(key="notices"):
        for text in st.session_state["complaints"]:
            widgets.notice(text)
    try:
        impact = question.answer(scenario)
    except AtlasError as error:
        widgets.headline(scenario.title(), "")
        widgets.notice(words.sentence(error))
        return None, []
    both = question.both() and question.has_other(scenario)
    titles = impact.control.title
    if both:
        titles = words.listed(control.SOURCES.values(), between=_(" and "))
    widgets.headline(scenario.title(), words.subtitle(titles, scenario.date))
    if question.both() and not both and scenario.source in control.SOURCES:
        other = control.SOURCES[question.other_source(scenario)]
        widgets.small(
            _("{other} has no control map of {day}: {assessor} alone.").format(
                other=other, day=words.day(scenario.date), assessor=impact.control.title
            )
        )
    _figures(impact, both)
    answered = drawings.answers()
    try:
        widgets.chart(
            impact,
            colours,
            tiles=st.session_state.get("tiles", False),
            other=_disputed(scenario) if both else None,
            drawn=[(one.drawing.name, one.impact) for one in answered if one.impact],
        )
        drawings.show(answered, colours)
    except AtlasError as error:
        widgets.notice(words.sentence(error))
    return impact, answered


@st.fragment
@speech.one_language
def _figures(impact: Impact, both: bool) -> None:
    """The answer in figures. What stands beside them comes when it is worked out."""
    question.catch_up()
    if impact.scenario != question.current():
        # Asked for together with the step that has just replaced what it was given.
        try:
            impact = question.answer(question.current())
        except AtlasError:
            return  # The page says why, above.
        both = question.both() and question.has_other(question.current())
    name = question.beside_name(impact.scenario)
    with st.container(key="part-figures"):
        beside, fault = later.found(name)
        if fault:
            widgets.notice(words.sentence(fault))
        widgets.answer(impact, beside, both=both)
        if told := question.told_beside(impact.scenario):
            widgets.small(told)
        widgets.rest(
            "figures",
            question=name[1],
            wait_ms=None if beside or fault else later.wait_ms(name),
            on_due=partial(question.work_out, name, partial(question.beside, impact)),
            leads=(name[1], impact.scenario.date.isoformat()),
            told=widgets.answer_told(impact),
        )


def _disputed(scenario: Scenario) -> Any:
    """The other assessor's map and the ground in dispute, once they are worked out."""
    name = ("disputed", scenario.date, scenario.source, control.edition(scenario.date))
    found, fault = later.found(name)
    with st.container(key="part-dispute"):
        widgets.rest(
            "dispute",
            question=scenario.model_dump_json(),
            wait_ms=None if found or fault else later.wait_ms(name),
            on_due=partial(question.work_out, name, partial(question.disputed, scenario)),
            leads=(scenario.model_dump_json(), scenario.date.isoformat()),
        )
    return found


def _rail(scenario: Scenario, impact: Impact | None, colours: Theme) -> None:
    """The controls, in the order in which one thinks."""
    proposals = presets()
    chosen = question.preset_shown(scenario)
    _choose(
        _("Proposal"),
        "preset",
        [*proposals, question.OWN] if chosen == question.OWN else list(proposals),
        chosen,
        lambda key: _("Own distances") if key == question.OWN else translated(proposals[key].title),
    )
    if chosen in proposals:
        proposal = proposals[chosen]
        notes = [
            _("{who}, {when}. No official geometry: illustrative.").format(
                who=translated(proposal.put_forward_by), when=translated(proposal.date_text)
            ),
            _("Reported in {where}.").format(where=translated(proposal.reported_in)),
        ]
    else:
        notes = [_("Not a proposal that was reported: illustrative.")]
    for note in notes:
        widgets.small(note)
    widgets.distances(
        scenario.ukraine_km,
        scenario.russia_km,
        coupled=st.session_state["coupled"],
        colours=colours,
        on_change=_moved,
    )
    for side, name in words.SIDES.items():
        left = getattr(scenario, f"{side}_leaves")
        if left:
            told = _("{side} leaves what it holds in {places}.")
            widgets.small(told.format(side=name, places=words.listed(map(words.place, left))))
    _where(scenario)
    own = loaded.maps()
    if scenario.source in own:
        _choose(_("Control on"), "own-map", list(own), scenario.source, partial(_own_title, own))
    else:
        days = sorted({*control.dates(scenario.source), scenario.date}, reverse=True)
        _choose(_("Control on"), "date", days, scenario.date, newer.named(scenario.source))
        newer.panel(tuple(control.SOURCES) if question.both() else (scenario.source,))
    _assessed_by(scenario, own)
    st.toggle(_("Online background map"), key="tiles")


def _where(scenario: Scenario) -> None:
    """Any oblast, raion or hromada, chosen from the list or typed."""
    names = extents() | loaded.area_names()
    shown = scenario.extent
    of_file = [key for key, area in loaded.areas().items() if area.area == scenario.area]
    if of_file:
        shown = of_file[0]
    elif shown == EXTENT_AREA or scenario.line is not None:
        label = _("The area drawn") if scenario.line is None else _("Along the line drawn")
        names, shown = {_DRAWN: label, **names}, _DRAWN
    key = _where_key(shown)
    st.session_state[key] = shown
    st.selectbox(
        _("Where"),
        list(names),
        format_func=lambda place: str(names.get(place, place)),
        key=key,
        accept_new_options=True,
        filter_mode="contains",
        on_change=_picked,
        args=("extent", key),
    )
    if st.session_state["misplaced"]:
        widgets.notice(st.session_state["misplaced"])


def _where_key(shown: str) -> str:
    """The key of the box: a new one where what it shows was not chosen in it.

    The browser may send once more what the box showed before, as if the reader had gone back to
    it; of a box with another key it sends nothing.
    """
    state = st.session_state
    before, number = state.get("where_shown", (shown, 0))
    was_chosen = state.pop("where_chosen", False)
    state["where_shown"] = shown, number if was_chosen or before == shown else number + 1
    return f"extent-{state['where_shown'][1]}"


def extents() -> dict[str, str]:
    """Extent -> how it stands in the list: the oblasts of the front first, then ever smaller."""
    return _extents(current())


@functools.cache
def _extents(language: str) -> dict[str, str]:
    known = places.all_places()
    oblast_of = places.hromadas().set_index("code")["oblast"].to_dict()

    def order(place: places.Place) -> tuple[int, str]:
        if place.label in FRONT:
            return 0, str(FRONT.index(place.label))
        return 1 + ("oblast", "raion", "hromada").index(place.level), place.label

    listed = {"all": str(_("Whole line of contact"))}
    for place in sorted(known, key=order):
        around = [oblast_of[place.code]] if place.code in oblast_of else []
        if language == UKRAINIAN:
            listed[place.label] = str(words.listed([place.name_uk, *map(words.place, around)]))
        else:
            listed[place.label] = f"{', '.join([place.label, *around])} · {place.name_uk}"
    return listed


def _own_title(own: dict[str, ControlMap], source: str) -> str:
    return f"{words.day(own[source].date)} · {own[source].title}"


def _assessed_by(scenario: Scenario, own: dict[str, ControlMap]) -> None:
    mine = OWN_MAP if scenario.source in own else scenario.source
    st.session_state["assessed"] = question.BOTH if question.both() else mine
    named = {**control.SOURCES, question.BOTH: _("Both")}
    if own:
        named[OWN_MAP] = _("Yours")
    st.segmented_control(
        _("Assessed by"),
        list(named),
        format_func=lambda source: str(named[source]),
        required=True,
        key="assessed",
        width="stretch",
        on_change=_picked,
        args=("assessed",),
    )


def _choose(label: str, key: str, options: list[Any], value: Any, named: Any) -> None:
    st.session_state[key] = value
    st.selectbox(
        label,
        options,
        format_func=lambda one: str(named(one)),
        key=key,
        on_change=_picked,
        args=(key,),
    )


def _save(impact: Impact | None, answered: list[drawings.Answer]) -> None:
    told = _("Save")
    if impact and question.both():
        told = _("Save, on {assessor}’s map").format(assessor=impact.control.title)
    shown = None
    if impact is not None:
        shown = Snapshot(
            answers=(impact,),
            drawn=tuple((one.drawing, one.impact) for one in answered if one.impact),
            night=below.night_told(impact.scenario.date, current()),
            address=saving.address(),
        )
    saving.panel(shown, asked=question.current().model_dump_json(), told=told)


def _picked(key: str, widget: str | None = None) -> None:
    value = st.session_state[widget or key]
    st.session_state["where_chosen"] = key == "extent"
    if value == _DRAWN:
        return
    st.session_state["settled"] = True
    if key == "assessed":
        st.session_state["both"] = value == question.BOTH
        kept = question.current()
        if value == OWN_MAP:
            newest = list(loaded.maps().values())[-1]
            question.change(source=newest.source, date=newest.date)
        elif control.is_loaded(kept.source):
            source = next(iter(control.SOURCES)) if value == question.BOTH else value
            question.change(source=source, date=control.nearest_date(source, kept.date))
        elif value != question.BOTH:
            question.change(source=value)
    elif key == ("date" if control.is_loaded(question.current().source) else "own-map"):
        # The list of dates that has just been replaced: Streamlit hands in what it showed.
        return
    elif key == "own-map":
        question.change(source=value, date=loaded.maps()[value].date)
    elif key == "extent" and value in loaded.areas():
        question.change(extent=EXTENT_AREA, area=loaded.areas()[value].area)
    elif key != "preset":
        question.change(**{key: value})
    elif value != question.OWN:
        question.propose(value)


def _moved(value: dict[str, Any]) -> None:
    st.session_state["coupled"] = bool(value["coupled"])
    st.session_state["settled"] = bool(value["settled"])
    question.change(ukraine_km=float(value["ukraine"]), russia_km=float(value["russia"]))


if __name__ == "__main__":
    widgets.through_the_door()
