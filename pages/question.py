"""What is asked: kept in the session and in the address bar, answered, changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data import language
from data.errors import AtlasError
from data.language import _
from geo import certainty, control, curve, explain, link, words
from geo.control import ControlMap
from geo.drawing import Drawing
from geo.impact import Impact, assess
from geo.keeping import kept
from geo.link import View
from geo.pullback import pull_back
from geo.scenario import Scenario, default, from_preset, preset_of, presets
from pages import later, loaded
from pages.loaded import Loaded

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
        Name of the other assessor; nothing where there is none.
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


def drawings() -> tuple[Drawing, ...]:
    """What the reader drew on the map."""
    drawn_by_hand: tuple[Drawing, ...] = st.session_state["drawings"]
    return drawn_by_hand


def shown_drawing() -> int | None:
    """Number of the drawing that the scenario on screen is, from 0; None where it is none."""
    asked = current()
    if asked.area is None and asked.line is None:
        return None
    for number, one in enumerate(drawings()):
        if one.to_scenario(asked) == asked:
            return number
    return None


def draw_anew(drawn_now: tuple[Drawing, ...], number: int) -> None:
    """Take other drawings, of a change with a number; the one that is on screen stays there."""
    state, shown = st.session_state, shown_drawing()
    is_edited = shown is not None and len(drawn_now) == len(drawings())
    state.update(drawings=drawn_now, drawings_n=number)
    if shown is not None and is_edited:
        state["scenario"] = drawn_now[shown].to_scenario(current())
        state["coupled"] &= current().ukraine_km == current().russia_km


def show_drawing(number: int, *, shown: bool) -> None:
    """Put a drawing on screen as the scenario, or go back to what was asked before."""
    state, asked = st.session_state, current()
    if shown:
        if shown_drawing() is None:
            state["asked_before"] = asked
        _begin(drawings()[number].to_scenario(asked))
        return
    before: Scenario = state.get("asked_before") or default()
    _begin(before.changed(date=asked.date, source=asked.source))


def both() -> bool:
    """Whether both assessors answer."""
    return bool(st.session_state["both"])


def answer(scenario: Scenario) -> Impact:
    """The answer, worked out once; what rests on a reader's own map or area is let go with it."""
    if loaded.is_own(scenario):
        loaded.tend()
        return _own_answer(scenario, control.edition(scenario.date))
    return _shared_answer(scenario, control.edition(scenario.date))


def _answer(scenario: Scenario, edition: str) -> Impact:
    """``edition`` is of the maps (`geo.control.edition`): of others, another answer is kept."""
    del edition
    ground = control.load(scenario.date, scenario.source)
    return assess(pull_back(ground, scenario), ground, scenario)


_own_answer = kept(48)(_answer)
_shared_answer = st.cache_resource(
    show_spinner=False, max_entries=48, hash_funcs={Scenario: Scenario.model_dump_json}
)(_answer)


def drawn(scenario: Scenario) -> None:
    """Note that a scenario, on the maps there are by now, is what stands on screen."""
    st.session_state["drawn"] = _on_screen(scenario)


def _on_screen(scenario: Scenario) -> tuple[Scenario, str]:
    return scenario, control.edition(scenario.date)


def catch_up() -> None:
    """Draw the page anew where the answer on screen is not to the scenario that is asked.

    That happens where a control is used in the very moment in which a part of the page asks to be
    drawn: Streamlit then takes over the control's value and draws the part alone. It happens too
    where the map on screen was fetched since, by whomever.
    """
    if st.session_state.get("drawn") != _on_screen(current()):
        st.rerun()


def let_go(gone: Loaded) -> None:
    """Ask on what everybody has, and say so, where the question rests on what is taken away."""
    state, asked = st.session_state, current()
    after = loaded.without(asked, gone)
    if after != asked:
        _begin(after, complaints=[loaded.instead(after, gone)])
    if "asked_before" in state:
        state["asked_before"] = loaded.without(state["asked_before"], gone)
    # What stood on screen, and what was waited for.
    for key in ("drawn", "waiting"):
        state.pop(key, None)


def other_source(scenario: Scenario) -> str:
    """Id of the other bundled assessor."""
    return next(source for source in control.SOURCES if source != scenario.source)


def has_other(scenario: Scenario) -> bool:
    """Whether both bundled assessors have a map of the date, and one of them is asked."""
    return scenario.source in control.SOURCES and scenario.date in control.dates(
        other_source(scenario)
    )


def beside(impact: Impact) -> Beside:
    """What stands beside an answer. Slow; knows nothing of the page."""
    other = certainty.other_answer(impact.scenario)
    plus_minus = certainty.sensitivity(impact)
    told = explain.account(impact, plus_minus=plus_minus, other=other)
    title = other.control.title if other else ""
    return Beside(title, other.sides if other else None, plus_minus, told)


def beside_name(scenario: Scenario) -> tuple[str, str, str]:
    """The name of the work that `beside` is (`pages.later`)."""
    return "beside", scenario.model_dump_json(), control.edition(scenario.date)


def told_beside(scenario: Scenario) -> str:
    """Whose map stands beside one that was loaded, in a sentence; nothing of bundled ones."""
    if not control.is_loaded(scenario.source):
        return ""
    other = certainty.other_question(scenario)
    if other is None:
        text = _(
            "No bundled map lies within half a year of {date}: none stands beside the figures."
        )
        return text.format(date=words.day(scenario.date))
    return _("Beside the figures: {assessor}’s map of {date}, the nearest in date.").format(
        assessor=control.title_of(other.source), date=words.day(other.date)
    )


def disputed(scenario: Scenario) -> tuple[ControlMap, certainty.Dispute]:
    """The other assessor's map, and where the two differ. Slow; knows nothing of the page."""
    one, other = (
        control.load(scenario.date, source) for source in (scenario.source, other_source(scenario))
    )
    return other, certainty.dispute(one, other)


def against_distance(impact: Impact) -> pd.DataFrame:
    """The figures for every distance. Slow; knows nothing of the page."""
    return curve.curve(impact.control, impact.scenario)


def work_out(name: tuple[Any, ...], work: Callable[[], Any]) -> None:
    """Begin some slow work for this reader, in place of what he waited for of the same kind."""
    waiting = st.session_state.setdefault("waiting", {})
    later.begin(name, work, instead_of=waiting.get(name[0]))
    waiting[name[0]] = name


def change(**changes: Any) -> None:
    """Take changes over, or say in one sentence why they are refused."""
    state = st.session_state
    state["complaints"] = []
    state["misplaced"] = ""
    distances = {key: value for key, value in changes.items() if key.endswith("_km")}
    moved = shown_drawing() if distances else None
    try:
        if "extent" in changes:
            changes = {"area": None, "line": None, **changes}
        state["scenario"] = current().changed(**changes)
        if moved is not None:
            drawn_now = list(drawings())
            drawn_now[moved] = dataclasses.replace(drawn_now[moved], **distances)
            state.update(drawings=tuple(drawn_now), drawings_n=state["drawings_n"] + 1)
    except AtlasError as error:
        # A place that is not known is said where it was typed.
        if "extent" in changes:
            state["misplaced"] = words.sentence(error)
        else:
            state["complaints"] = [words.sentence(error)]


def propose(preset: str) -> None:
    """Start over from a proposal, on the same date and by the same assessors."""
    kept = current()
    _begin(from_preset(preset, date=kept.date, source=kept.source), preset=preset)


def take(scenario: Scenario) -> None:
    """Put a scenario that came as a whole on screen."""
    _begin(scenario)


def open_file(scenario: Scenario, drawn_then: tuple[Drawing, ...], said: Iterable[str]) -> None:
    """Put on screen what a file holds, with what there is to be said of it."""
    # A number above those of the browser: the file counts.
    number = st.session_state["drawings_n"] + 1
    st.session_state.update(drawings=drawn_then, drawings_n=number, drawings_said=[])
    _begin(scenario, complaints=said)


def preset_shown(scenario: Scenario) -> str:
    """The proposal that asks this question; of two with the same geometry, the one chosen."""
    chosen = st.session_state["chosen"]
    if chosen and from_preset(chosen, date=scenario.date, source=scenario.source) == scenario:
        return str(chosen)
    return preset_of(scenario) or OWN


def brings_link() -> bool:
    """Whether there is a link to be opened: at the start, and when the reader goes back.

    Any other run may come with an address from before what was taken over since.
    """
    known, state = _without_view(st.query_params.to_dict()), st.session_state
    return "scenario" not in state or bool(known and known != state.get("link") and _went_back())


def open_link() -> bool:
    """Take the scenario from the address bar where that brings a link; whether it does."""
    if not brings_link():
        return False
    asked, state = st.query_params.to_dict(), st.session_state
    opened = link.read(asked, read=loaded.open_query)
    named = asked.get("preset")
    state["wanted"] = _not_here(asked)
    state["language"] = opened.language
    state["both"] = opened.both and not control.is_loaded(opened.scenario.source)
    # A number above those of the browser: the link counts.
    state.update(
        drawings=opened.drawings,
        drawings_n=state.get("drawings_n", -1) + 1,
        drawings_said=[],
        opened_view=opened.view,
    )
    _begin(
        opened.scenario,
        preset=named if named in presets() else None,
        complaints=opened.complaints,
    )
    return True


def _not_here(asked: Mapping[str, str]) -> tuple[str, dt.date] | None:
    """Source and date of a map that a link asks for and that would have to be fetched."""
    source = asked.get("source", next(iter(control.SOURCES)))
    try:
        date = dt.date.fromisoformat(asked.get("date", ""))
    except ValueError:
        return None
    return (source, date) if control.can_be_fetched(date, source) else None


def write_link(more: Mapping[str, str] = MappingProxyType({})) -> None:
    """Keep the address bar on what is shown; not while a thumb is being dragged.

    ``more`` is what a page keeps there besides the scenario.
    """
    if not st.session_state["settled"]:
        return
    shown = preset_shown(current())
    query = link.to_query(
        current(),
        drawings=drawings(),
        both=both(),
        preset=shown if shown != OWN else None,
        language=language.current(),
        own=loaded.own_areas(),
    )
    query |= more
    if query != _without_view(st.query_params.to_dict()):
        # The map reads it there as soon as it stands; from then on the browser keeps it.
        view: View | None = st.session_state.pop("opened_view", None)
        st.query_params.from_dict(query | ({"view": view.to_text()} if view else {}))
    st.session_state["link"] = query


def _went_back() -> bool:
    """Whether this run comes from the browser's own buttons for back and forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _without_view(query: Mapping[str, str]) -> dict[str, str]:
    """The parameters that the server writes: where the map looks is for the browser alone."""
    return {key: value for key, value in query.items() if key != "view"}


def _begin(
    scenario: Scenario, *, preset: str | None = None, complaints: Iterable[str] = ()
) -> None:
    """Start over from a scenario that came as a whole: a proposal or a link."""
    st.session_state.update(
        scenario=scenario,
        chosen=preset,
        complaints=[words.sentence(text) for text in complaints],
        misplaced="",
        coupled=scenario.ukraine_km == scenario.russia_km,
        settled=True,
    )
