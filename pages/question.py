"""What is asked: kept in the session and in the address bar, answered, changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import AtlasError
from geo import certainty, control, curve, explain
from geo.control import ControlMap
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.scenario import Scenario, from_preset, from_query, preset_of, presets

OWN = "own"
"""Stands for a scenario that is no proposal."""

BOTH = "both"
"""Stands for both assessors, side by side."""


@dataclasses.dataclass(frozen=True, eq=False)
class Beside:
    """What stands beside an answer.

    Attributes
    ----------
    other_title
        Name of the other assessor.
    other
        The other assessor's figures, as in `geo.impact.Impact.sides`; None where he has no such
        map.
    plus_minus
        What one kilometre of error in the line does to each figure.
    account
        How the answer was computed.
    """

    other_title: str
    other: pd.DataFrame | None
    plus_minus: pd.DataFrame
    account: explain.Account


def current() -> Scenario:
    """The scenario on screen."""
    scenario: Scenario = st.session_state["scenario"]
    return scenario


def both() -> bool:
    """Whether both assessors answer."""
    return bool(st.session_state["both"])


@st.cache_resource(
    show_spinner=False, max_entries=48, hash_funcs={Scenario: Scenario.model_dump_json}
)
def answer(scenario: Scenario) -> Impact:
    """The answer, worked out once."""
    ground = control.load(scenario.date, scenario.source)
    return assess(pull_back(ground, scenario), ground, scenario)


def drawn(scenario: Scenario) -> None:
    """Note that a scenario is what stands on screen."""
    st.session_state["drawn"] = scenario


def catch_up() -> None:
    """Draw the page anew where the answer on screen is not to the scenario that is asked.

    That happens where a control is used in the very moment in which a part of the page asks to be
    drawn: Streamlit then takes over the control's value and draws the part alone.
    """
    if st.session_state.get("drawn") != current():
        st.rerun()


def other_source(scenario: Scenario) -> str:
    """Id of the other assessor."""
    return next(source for source in control.SOURCES if source != scenario.source)


def has_other(scenario: Scenario) -> bool:
    """Whether the other assessor has a map of the same date."""
    return scenario.date in control.dates(other_source(scenario))


def beside(impact: Impact) -> Beside:
    """What stands beside an answer. Slow; knows nothing of the page."""
    other = certainty.other_answer(impact.scenario)
    plus_minus = certainty.sensitivity(impact)
    told = explain.account(impact, plus_minus=plus_minus, other=other)
    title = control.SOURCES[other_source(impact.scenario)]
    return Beside(title, other.sides if other else None, plus_minus, told)


def disputed(scenario: Scenario) -> tuple[ControlMap, certainty.Dispute]:
    """The other assessor's map, and where the two differ. Slow; knows nothing of the page."""
    one, other = (
        control.load(scenario.date, source) for source in (scenario.source, other_source(scenario))
    )
    return other, certainty.dispute(one, other)


def against_distance(impact: Impact) -> pd.DataFrame:
    """The figures for every distance. Slow; knows nothing of the page."""
    return curve.curve(impact.control, impact.scenario)


def change(**changes: Any) -> None:
    """Take changes over, or say in one sentence why they are refused."""
    state = st.session_state
    state["complaints"] = []
    state["misplaced"] = ""
    try:
        if "extent" in changes:
            changes = {"area": None, **changes}
        state["scenario"] = current().changed(**changes)
    except AtlasError as error:
        # A place that is not known is said where it was typed.
        if "extent" in changes:
            state["misplaced"] = sentence(error)
        else:
            state["complaints"] = [sentence(error)]


def propose(preset: str) -> None:
    """Start over from a proposal, on the same date and by the same assessors."""
    kept = current()
    _begin(from_preset(preset, date=kept.date, source=kept.source), preset=preset)


def preset_shown(scenario: Scenario) -> str:
    """The proposal that asks this question; of two with the same geometry, the one chosen."""
    chosen = st.session_state["chosen"]
    if chosen and from_preset(chosen, date=scenario.date, source=scenario.source) == scenario:
        return str(chosen)
    return preset_of(scenario) or OWN


def open_link() -> None:
    """Take the scenario from the address bar at the start, and when the reader goes back."""
    asked = st.query_params.to_dict()
    begun = "scenario" in st.session_state
    if begun and (not asked or asked == st.session_state.get("link")):
        return
    scenario, complaints = from_query(asked)
    named = asked.get("preset")
    st.session_state["both"] = asked.get(BOTH) == "1"
    _begin(scenario, preset=named if named in presets() else None, complaints=complaints)


def write_link(more: Mapping[str, str] = MappingProxyType({})) -> None:
    """Keep the address bar on what is shown; not while a thumb is being dragged.

    ``more`` is what a page keeps there besides the scenario.
    """
    if not st.session_state["settled"]:
        return
    link = current().to_query()
    if both():
        link[BOTH] = "1"
    shown = preset_shown(current())
    if shown != OWN:
        link["preset"] = shown
    link |= more
    if link != st.query_params.to_dict():
        st.query_params.from_dict(link)
    st.session_state["link"] = link


def sentence(text: object) -> str:
    """A text with a capital letter at its beginning."""
    words = str(text)
    return words[:1].upper() + words[1:]


def _begin(
    scenario: Scenario, *, preset: str | None = None, complaints: Iterable[str] = ()
) -> None:
    """Start over from a scenario that came as a whole: a proposal or a link."""
    st.session_state.update(
        scenario=scenario,
        chosen=preset,
        complaints=[sentence(text) for text in complaints],
        misplaced="",
        coupled=scenario.ukraine_km == scenario.russia_km,
        settled=True,
    )
