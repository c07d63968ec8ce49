"""Which scenarios stand beside each other: kept in the session and in the address bar.

The first is the scenario on screen (`pages.question.current`); the others stand beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from data.errors import AtlasError
from data.language import _
from geo import counterparts, words
from geo.compare import LETTERS, MOST
from geo.scenario import Scenario
from pages import loaded, question
from pages.loaded import Loaded

MAPS, DIFFERENCES = "maps", "differences"
"""What is on screen: a map for each scenario, or one with the differences of two."""

_SHOWS = "show"
_PAIR = "pair"


def scenarios() -> tuple[Scenario, ...]:
    """The scenarios on screen, two to four."""
    return (question.current(), *st.session_state["compared"])


def letters() -> str:
    """What the scenarios on screen are called, in their order."""
    return LETTERS[: len(scenarios())]


def asked() -> str:
    """A name for all that is asked, the same for the same scenarios."""
    return digest(*scenarios())


def digest(*some: Scenario) -> str:
    """A short name for some scenarios in their order."""
    text = "\n".join(scenario.model_dump_json() for scenario in some)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def shown() -> str:
    """`MAPS` or `DIFFERENCES`."""
    return str(st.session_state["compared_shown"])


def pair() -> str:
    """Letters of the two scenarios whose differences a map shows."""
    chosen = str(st.session_state["compared_pair"])
    return chosen if chosen in pairs() else pairs()[0]


def pairs() -> list[str]:
    """Every two of the scenarios on screen, by their letters."""
    known = letters()
    return [one + other for i, one in enumerate(known) for other in known[i + 1 :]]


def open_link() -> None:
    """Take the scenarios from the address bar at the start, and when the reader goes back."""
    state = st.session_state
    query = st.query_params.to_dict()
    begun = "compared" in state
    was_read = question.open_link()
    first = question.current()
    if begun and not was_read:
        # The scenario was changed on another page, and what stands beside it was chosen for it.
        if state["compared_of"] not in (None, first):
            _set_beside(first)
        return
    state["compared_said"] = {}
    others, link_said = _from_query(query, first)
    state["compared_link_said"] = link_said
    state["compared_shown"] = DIFFERENCES if query.get(_SHOWS) == DIFFERENCES else MAPS
    state["compared_pair"] = query.get(_PAIR, "")[:2]
    state["compared_coupled"] = {}
    if others:
        state.update(compared=others, compared_of=None)
    else:
        _set_beside(first)


def write_link() -> None:
    """Keep the address bar on what is shown."""
    first, *others = scenarios()
    link = {
        letter.lower(): counterparts.pack(first, other, own=loaded.own_areas())
        for letter, other in zip(LETTERS[1:], others, strict=False)
    }
    if shown() == DIFFERENCES:
        link[_SHOWS] = DIFFERENCES
        if pair() != pairs()[0]:
            link[_PAIR] = pair()
    question.write_link(link)


def said(place: int) -> list[str]:
    """What was refused of the last change of a scenario, a sentence each."""
    return list(st.session_state["compared_said"].get(place, ()))


def link_said() -> list[str]:
    """What could not be used of the link, a sentence each."""
    return [*st.session_state["complaints"], *st.session_state["compared_link_said"]]


def coupled(place: int) -> bool:
    """Whether the two sides of a scenario move together."""
    scenario = scenarios()[place]
    known = st.session_state["compared_coupled"]
    return bool(known.get(place, scenario.ukraine_km == scenario.russia_km))


def couple(place: int, together: bool) -> None:
    """Have the two sides of a scenario move together, or not."""
    st.session_state["compared_coupled"][place] = together


def change(place: int, **changes: Any) -> None:
    """Change a scenario, or say in one sentence why that is refused."""
    if "extent" in changes:
        changes = {**_nowhere_else(), **changes}
    attempt(place, lambda: scenarios()[place].changed(**changes))


def attempt(place: int, make: Callable[[], Scenario]) -> None:
    """Put a scenario that is yet to be made into a place, or say why there is none."""
    try:
        take(place, make())
    except AtlasError as error:
        st.session_state["compared_said"] = {place: [words.sentence(error)]}


def take(place: int, scenario: Scenario) -> None:
    """Put another scenario into the place of one."""
    state = st.session_state
    _touched()
    if place == 0:
        question.take(scenario)
    else:
        others = list(state["compared"])
        others[place - 1] = scenario
        state["compared"] = tuple(others)


def beside(kind: str) -> None:
    """Make the second scenario the first's counterpart of some kind."""
    other = counterparts.counterpart(question.current(), kind)
    if other is not None:
        put_second(other)


def put_second(other: Scenario) -> None:
    """Put a scenario into the second place, with sides that move as it has them."""
    take(1, other)
    _forget(1)


def let_go(gone: Loaded) -> None:
    """Set on what everybody has what stands beside the first, and say so.

    Of the first that is said by `pages.question.let_go`.
    """
    state = st.session_state
    if "compared" not in state:
        return
    state.pop("compared_drawn", None)
    state["compared_controls"] = {}
    state["compared_said"] = {}
    first = question.current()
    if state["compared_of"] is not None:
        _set_beside(first)
        return
    others = list(state["compared"])
    for place, before in enumerate(others):
        after = loaded.without(before, gone)
        if after != before:
            # Beside itself it would say nothing.
            others[place] = counterparts.most_interesting(first) if after == first else after
            state["compared_said"][place + 1] = [loaded.instead(others[place], gone)]
    state["compared"] = tuple(others)


def open_beside(others: tuple[Scenario, ...]) -> None:
    """Put the scenarios of a file beside the first, a map each."""
    st.session_state.update(
        compared=others,
        compared_of=None,
        compared_said={},
        compared_link_said=[],
        compared_shown=MAPS,
        compared_pair="",
        compared_coupled={},
    )


def add(scenario: Scenario) -> None:
    """Put one more scenario beside the others."""
    if len(scenarios()) < MOST:
        _touched()
        st.session_state["compared"] = (*st.session_state["compared"], scenario)
        _forget(len(scenarios()) - 1)


def remove(place: int) -> None:
    """Take a scenario away; those after it move up."""
    left = [scenario for at, scenario in enumerate(scenarios()) if at != place]
    st.session_state["compared"] = tuple(left[1:])
    st.session_state["compared_coupled"] = {}
    if place == 0:
        question.take(left[0])
    _touched()


def control_key(place: int, field: str, value: Any) -> str:
    """The key of a control that shows a value: a new one where the value came from elsewhere.

    Until the browser has taken over what the server set, it goes on sending the value before, as if
    the reader had gone back to it. Of a control with another key it sends nothing.
    """
    known = st.session_state.setdefault("compared_controls", {})
    shown_value, number = known.get((place, field), (value, 0))
    if shown_value != value:
        number += 1
    known[place, field] = value, number
    return f"{field}-{LETTERS[place]}-{number}"


def picked(place: int, field: str, value: Any) -> None:
    """Note that the reader chose a value in a control."""
    known = st.session_state["compared_controls"]
    known[place, field] = value, known[place, field][1]


def drawn(place: int | None = None) -> None:
    """Note that a scenario (without a place: each of them) is what stands on screen."""
    if place is None:
        st.session_state["compared_drawn"] = dict(enumerate(scenarios()))
    else:
        st.session_state["compared_drawn"][place] = scenarios()[place]


def catch_up(place: int | None = None) -> None:
    """Draw the page anew where it does not show what is asked, but for one place.

    See `pages.question.catch_up`.
    """
    on_screen = dict(st.session_state.get("compared_drawn", {}))
    asked_now = dict(enumerate(scenarios()))
    if place is not None and place in asked_now:
        on_screen[place] = asked_now[place]
    if on_screen != asked_now:
        st.rerun()


def _touched() -> None:
    """What was said of the change before is over; what the reader chose stays beside the first."""
    st.session_state.update(
        compared_said={}, compared_link_said=[], compared_of=None, complaints=[], settled=True
    )


def _forget(place: int) -> None:
    st.session_state["compared_coupled"].pop(place, None)


def _set_beside(first: Scenario) -> None:
    """Begin with the scenario and what is most interesting beside it."""
    st.session_state.update(
        compared=(counterparts.most_interesting(first),),
        compared_of=first,
        compared_coupled={},
    )


def _nowhere_else() -> dict[str, None]:
    """What a scenario must let go of when another place is chosen."""
    return {name: None for name in ("area", "line") if name in Scenario.model_fields}


def _from_query(
    query: Mapping[str, str], first: Scenario
) -> tuple[tuple[Scenario, ...], list[str]]:
    """The scenarios beside the first in a link, and a sentence for each part it cannot use."""
    others, sentences = [], []
    for letter in LETTERS[1:]:
        text = query.get(letter.lower())
        if text is None:
            continue
        told = _("Scenario {letter}: {sentence}")
        try:
            scenario, complaints = counterparts.unpack(first, text, read=loaded.open_query)
            others.append(scenario)
        except AtlasError as error:
            complaints = [_("Left out of the link: {fault}").format(fault=error)]
        sentences += [told.format(letter=letter, sentence=each) for each in complaints]
    return tuple(others), sentences
