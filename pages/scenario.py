"""The scenario page: the question, its answer, the map, and the controls that change it."""

from __future__ import annotations

import functools
from functools import partial
from typing import Any

import streamlit as st

from data.errors import AtlasError
from geo import control, export, places, words
from geo.impact import Impact
from geo.scenario import Scenario, presets
from geo.style import Theme
from pages import below, later, question, widgets

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


def show() -> None:
    """Draw the page."""
    colours = widgets.theme()
    widgets.dress(colours)
    question.open_link()
    with st.container(key="page"):
        _scene(colours)
        below.show(colours)


@st.fragment
def _scene(colours: Theme) -> None:
    """Everything that a control changes at once; a step runs this and nothing else."""
    scenario = question.current()
    question.drawn(scenario)
    with st.container(key="scene"):
        rail = st.container(key="rail")
        with st.container(key="answer"):
            impact = _main(scenario, colours)
        with rail:
            _rail(scenario, impact, colours)
    question.write_link()


def _main(scenario: Scenario, colours: Theme) -> Impact | None:
    # Always there, so that a notice that comes or goes moves nothing below it.
    with st.container(key="notices"):
        for text in st.session_state["complaints"]:
            widgets.notice(text)
    try:
        impact = question.answer(scenario)
    except AtlasError as error:
        widgets.headline(scenario.title(), "")
        widgets.notice(question.sentence(error))
        return None
    both = question.both() and question.has_other(scenario)
    titles = " and ".join(control.SOURCES.values()) if both else impact.control.title
    widgets.headline(scenario.title(), words.subtitle(titles, scenario.date))
    if question.both() and not both:
        other = control.SOURCES[question.other_source(scenario)]
        widgets.small(
            f"{other} has no control map of {words.day(scenario.date)}: "
            f"{impact.control.title} alone."
        )
    _figures(impact, both)
    try:
        widgets.chart(
            impact,
            colours,
            tiles=st.session_state.get("tiles", False),
            other=_disputed(scenario) if both else None,
        )
    except AtlasError as error:
        widgets.notice(question.sentence(error))
    return impact


@st.fragment
def _figures(impact: Impact, both: bool) -> None:
    """The answer in figures. What stands beside them comes when it is worked out."""
    question.catch_up()
    name = ("beside", impact.scenario.model_dump_json())
    with st.container(key="part-figures"):
        beside, fault = later.found(name)
        if fault:
            widgets.notice(question.sentence(fault))
        widgets.answer(impact, beside, both=both)
        widgets.rest(
            "figures",
            question=name[1],
            wait_ms=None if beside or fault else later.wait_ms(name),
            on_due=partial(later.begin, name, partial(question.beside, impact)),
            leads=(name[1], impact.scenario.date.isoformat()),
        )


def _disputed(scenario: Scenario) -> Any:
    """The other assessor's map and the ground in dispute, once they are worked out."""
    name = ("disputed", scenario.date, scenario.source)
    found, fault = later.found(name)
    with st.container(key="part-dispute"):
        widgets.rest(
            "dispute",
            question=scenario.model_dump_json(),
            wait_ms=None if found or fault else later.wait_ms(name),
            on_due=partial(later.begin, name, partial(question.disputed, scenario)),
            leads=(scenario.model_dump_json(), scenario.date.isoformat()),
        )
    return found


def _rail(scenario: Scenario, impact: Impact | None, colours: Theme) -> None:
    """The controls, in the order in which one thinks."""
    proposals = presets()
    chosen = question.preset_shown(scenario)
    _choose(
        "Proposal",
        "preset",
        [*proposals, question.OWN] if chosen == question.OWN else list(proposals),
        chosen,
        lambda key: "Own distances" if key == question.OWN else proposals[key].title,
    )
    if chosen in proposals:
        proposal = proposals[chosen]
        notes = [
            f"{proposal.put_forward_by}, {proposal.date_text}. No official geometry: illustrative.",
            f"Reported in {proposal.reported_in}.",
        ]
    else:
        notes = ["Not a proposal that was reported: illustrative."]
    for note in notes:
        widgets.small(note)
    widgets.distances(
        scenario.ukraine_km,
        scenario.russia_km,
        coupled=st.session_state["coupled"],
        colours=colours,
        on_change=_moved,
    )
    for name, left in (("Ukraine", scenario.ukraine_leaves), ("Russia", scenario.russia_leaves)):
        if left:
            widgets.small(f"{name} leaves what it holds in {', '.join(left)}.")
    _where(scenario)
    days = sorted({*control.dates(scenario.source), scenario.date}, reverse=True)
    _choose("Control on", "date", days, scenario.date, words.day)
    _assessed_by(scenario)
    st.toggle("Online background map", key="tiles")
    _save(impact)


def _where(scenario: Scenario) -> None:
    """Any oblast, raion or hromada, chosen from the list or typed."""
    names = _extents()
    st.session_state["extent"] = scenario.extent
    st.selectbox(
        "Where",
        list(names),
        format_func=lambda place: names.get(place, place),
        key="extent",
        accept_new_options=True,
        filter_mode="contains",
        on_change=_picked,
        args=("extent",),
    )
    if st.session_state["misplaced"]:
        widgets.notice(st.session_state["misplaced"])


@functools.cache
def _extents() -> dict[str, str]:
    """Extent -> how it stands in the list: the oblasts of the front first, then ever smaller."""
    known = places.all_places()
    oblast_of = places.hromadas().set_index("code")["oblast"].to_dict()

    def order(place: places.Place) -> tuple[int, str]:
        if place.label in FRONT:
            return 0, str(FRONT.index(place.label))
        return 1 + ("oblast", "raion", "hromada").index(place.level), place.label

    listed = {"all": "Whole line of contact"}
    for place in sorted(known, key=order):
        where = f", {oblast_of[place.code]}" if place.code in oblast_of else ""
        listed[place.label] = f"{place.label}{where} · {place.name_uk}"
    return listed


def _assessed_by(scenario: Scenario) -> None:
    st.session_state["assessed"] = question.BOTH if question.both() else scenario.source
    named = {**control.SOURCES, question.BOTH: "Both"}
    st.segmented_control(
        "Assessed by",
        list(named),
        format_func=named.__getitem__,
        required=True,
        key="assessed",
        width="stretch",
        on_change=_picked,
        args=("assessed",),
    )


def _choose(label: str, key: str, options: list[Any], value: Any, named: Any) -> None:
    st.session_state[key] = value
    st.selectbox(label, options, format_func=named, key=key, on_change=_picked, args=(key,))


def _save(impact: Impact | None) -> None:
    """Files of what is on screen, made when asked for; none of them reruns the page."""
    kinds = {"png": "Picture", "geojson": "GeoJSON", "csv": "CSV"}
    mimes = {"png": "image/png", "geojson": "application/geo+json", "csv": "text/csv"}
    of_one = f", on {impact.control.title}’s map" if impact and question.both() else ""
    widgets.small(f"Save{of_one}")
    with st.container(key="save", horizontal=True, gap="xsmall"):
        for kind, label in kinds.items():
            st.download_button(
                label,
                data=partial(export.to_bytes, impact, kind) if impact else b"",
                file_name=export.file_name(impact, kind) if impact else None,
                mime=mimes[kind],
                key=f"save-{kind}",
                on_click="ignore",
                type="primary" if kind == "png" else "secondary",
                disabled=impact is None,
            )


def _picked(key: str) -> None:
    value = st.session_state[key]
    st.session_state["settled"] = True
    if key == "assessed":
        st.session_state["both"] = value == question.BOTH
        if value != question.BOTH:
            question.change(source=value)
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
