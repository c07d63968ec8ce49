"""The scenario page: the question, its answer, the map, and the controls that change it."""

from __future__ import annotations

import math
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from data.errors import AtlasError
from events import airforce, counts
from geo import control, export, words
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.scenario import Scenario, from_preset, from_query, preset_of, presets
from geo.style import Theme
from pages import widgets

NIGHTS = 30
OWN = "own"
# Oblasts that the line of contact crosses or comes near to, from north to south.
EXTENTS = (
    "all",
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
    _open_link()
    _scene(colours)


@st.fragment
def _scene(colours: Theme) -> None:
    """Everything that a control changes; a step runs this and nothing else."""
    scenario = _current()
    with st.container(key="scene"):
        rail, main = st.columns([1, 4], gap=None)
        with main, st.container(key="answer"):
            impact = _main(scenario, colours)
        with rail, st.container(key="rail"):
            _rail(scenario, impact, colours)
    _write_link()


def _main(scenario: Scenario, colours: Theme) -> Impact | None:
    # Always there, so that a notice that comes or goes moves nothing below it.
    with st.container(key="notices"):
        for text in st.session_state["complaints"]:
            widgets.notice(text)
    try:
        impact = _answer(scenario)
    except AtlasError as error:
        widgets.headline(scenario.title(), "")
        widgets.notice(_sentence(error))
        return None
    control_map = impact.control
    widgets.headline(scenario.title(), words.subtitle(control_map.title, control_map.date))
    widgets.answer(impact)
    try:
        widgets.chart(impact, colours, tiles=st.session_state.get("tiles", False))
    except AtlasError as error:
        widgets.notice(_sentence(error))
    try:
        st.html(_last_night(scenario.date))
    except AtlasError as error:
        widgets.notice(_sentence(error))
    _by_oblast(impact)
    return impact


@st.cache_resource(
    show_spinner=False, max_entries=48, hash_funcs={Scenario: Scenario.model_dump_json}
)
def _answer(scenario: Scenario) -> Impact:
    ground = control.load(scenario.date, scenario.source)
    return assess(pull_back(ground, scenario), ground, scenario)


def _rail(scenario: Scenario, impact: Impact | None, colours: Theme) -> None:
    """The controls, in the order in which one thinks."""
    proposals = presets()
    chosen = _preset_shown(scenario)
    _choose(
        "Proposal",
        "preset",
        [*proposals, OWN] if chosen == OWN else list(proposals),
        chosen,
        lambda key: "Own distances" if key == OWN else proposals[key].title,
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
        st.html(f'<p class="atlas-small">{widgets.escape(note)}</p>')
    widgets.distances(
        scenario.ukraine_km,
        scenario.russia_km,
        coupled=st.session_state["coupled"],
        colours=colours,
        on_change=_moved,
    )
    for name, left in (("Ukraine", scenario.ukraine_leaves), ("Russia", scenario.russia_leaves)):
        if left:
            text = f"{name} leaves what it holds in {', '.join(left)}."
            st.html(f'<p class="atlas-small">{widgets.escape(text)}</p>')
    known = list(EXTENTS if scenario.extent in EXTENTS else (*EXTENTS, scenario.extent))
    _choose(
        "Where",
        "extent",
        known,
        scenario.extent,
        lambda name: "Whole line of contact" if name == "all" else name,
    )
    days = sorted({*control.dates(scenario.source), scenario.date}, reverse=True)
    _choose("Control on", "date", days, scenario.date, words.day)
    st.session_state["source"] = scenario.source
    st.segmented_control(
        "Assessed by",
        list(control.SOURCES),
        format_func=control.SOURCES.__getitem__,
        required=True,
        key="source",
        width="stretch",
        on_change=_picked,
        args=("source",),
    )
    st.toggle("Online background map", key="tiles")
    _save(impact)


def _choose(label: str, key: str, options: list[Any], value: Any, named: Any) -> None:
    st.session_state[key] = value
    st.selectbox(label, options, format_func=named, key=key, on_change=_picked, args=(key,))


def _save(impact: Impact | None) -> None:
    """Files of what is on screen, made when asked for; none of them reruns the page."""
    kinds = {"png": "Picture", "geojson": "GeoJSON", "csv": "CSV"}
    mimes = {"png": "image/png", "geojson": "application/geo+json", "csv": "text/csv"}
    st.html('<p class="atlas-small">Save</p>')
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


@st.cache_data(show_spinner=False, max_entries=64)
def _last_night(until: date) -> str:
    """The last reported night before the chosen date, and the thirty before it, as HTML."""
    reports = airforce.load()
    night = counts.last_night(reports, until=until)
    if night is None:
        return '<p class="atlas-small">No night was reported up to this date.</p>'
    nights = counts.nights(reports, until=night.date, count=NIGHTS)
    top = max(float(nights["launched"].max()), 1.0)
    bars = "".join(_bar(row, top) for row in nights.itertuples())
    figures = [(night.launched, f"drones launched {night.when}")]
    figures.append((night.intercepted, "intercepted"))
    if night.suppressed:
        figures.append((night.suppressed, "lost to jamming"))
    figures.append((night.hit_locations, "hit locations"))
    told = "".join(
        f"<p><b>{words.number(value)}</b>{widgets.escape(what)}</p>"
        for value, what in figures
        if value is not None
    )
    post = (
        f"<a href='{widgets.escape(night.source_url)}' target='_blank' rel='noopener'>"
        f"Ukrainian Air Force</a>, {words.day(night.date)}"
    )
    return (
        f"<div class='atlas-night'><div class='atlas-bars' role='img' aria-label='Attack drones "
        f"launched on each of {NIGHTS} dates, and how many were not intercepted'>{bars}</div>"
        f"<div><div class='atlas-told'>{told}</div>"
        f"<p class='atlas-src'>{post} · bars: {NIGHTS} nights, the lower part not intercepted"
        f"{_ending(until, night.date)}</p></div></div>"
    )


def _ending(until: date, newest: date) -> str:
    """That no report is newer, where the chosen date is well past the last one."""
    return " · no later report is bundled" if (until - newest).days > 2 else ""


def _bar(row: Any, top: float) -> str:
    """One night: what got through below, the rest above; a gap where nothing was reported."""
    if math.isnan(row.launched):
        return f"<i title='{words.day(row.Index)}: no figure'></i>"
    known = not math.isnan(row.got_through)
    through = row.got_through if known else 0.0
    told = f"{words.number(through)} not intercepted" if known else "interceptions not known"
    label = f"{words.day(row.Index)}: {words.number(row.launched)} launched, {told}"
    return (
        f"<i title='{label}'><b style='height:{44 * (row.launched - through) / top:.1f}px'></b>"
        f"<u style='height:{44 * through / top:.1f}px'></u></i>"
    )


def _by_oblast(impact: Impact) -> None:
    st.html('<h2 class="atlas-h2">By oblast</h2>')
    if impact.by_oblast.empty:
        st.html('<p class="atlas-small">Nothing lies inside the zones.</p>')
    else:
        widgets.by_oblast(impact.by_oblast)
    for text in impact.warnings:
        st.html(f'<p class="atlas-small">{widgets.escape(_sentence(text))}</p>')
    sources = "; ".join(
        f"{item['title']} ({words.as_of(item['as_of'])})" for item in impact.sources
    )
    st.html(f'<p class="atlas-small">Sources: {widgets.escape(sources)}.</p>')


def _current() -> Scenario:
    scenario: Scenario = st.session_state["scenario"]
    return scenario


def _set(**changes: Any) -> None:
    """Take changes over, or say in one sentence why they are refused."""
    state = st.session_state
    state["complaints"] = []
    try:
        state["scenario"] = _current().changed(**changes)
    except AtlasError as error:
        state["complaints"] = [_sentence(error)]


def _picked(key: str) -> None:
    value = st.session_state[key]
    st.session_state["settled"] = True
    if key != "preset":
        _set(**{key: value})
    elif value != OWN:
        kept = _current()
        _begin(from_preset(value, date=kept.date, source=kept.source), preset=value)


def _moved(value: dict[str, Any]) -> None:
    st.session_state["coupled"] = bool(value["coupled"])
    st.session_state["settled"] = bool(value["settled"])
    _set(ukraine_km=float(value["ukraine"]), russia_km=float(value["russia"]))


def _begin(scenario: Scenario, *, preset: str | None = None, complaints: Any = ()) -> None:
    """Start over from a scenario that came as a whole: a proposal or a link."""
    st.session_state.update(
        scenario=scenario,
        chosen=preset,
        complaints=[_sentence(text) for text in complaints],
        coupled=scenario.ukraine_km == scenario.russia_km,
        settled=True,
    )


def _preset_shown(scenario: Scenario) -> str:
    """The proposal that asks this question; of two with the same geometry, the one chosen."""
    chosen = st.session_state["chosen"]
    if chosen and from_preset(chosen, date=scenario.date, source=scenario.source) == scenario:
        return str(chosen)
    return preset_of(scenario) or OWN


def _sentence(text: object) -> str:
    words = str(text)
    return words[:1].upper() + words[1:]


def _open_link() -> None:
    """Take the scenario from the address bar at the start, and when the reader goes back."""
    asked = st.query_params.to_dict()
    begun = "scenario" in st.session_state
    if begun and (not asked or asked == st.session_state.get("link")):
        return
    scenario, complaints = from_query(asked)
    named = asked.get("preset")
    _begin(scenario, preset=named if named in presets() else None, complaints=complaints)


def _write_link() -> None:
    """Keep the address bar on what is shown; not while a thumb is being dragged."""
    if not st.session_state["settled"]:
        return
    link = _current().to_query()
    shown = _preset_shown(_current())
    if shown != OWN:
        link["preset"] = shown
    if link != st.query_params.to_dict():
        st.query_params.from_dict(link)
    st.session_state["link"] = link
