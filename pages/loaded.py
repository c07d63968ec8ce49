"""What a reader has loaded: control maps and areas, theirs alone and gone when they go.

They live in the reader's session. What is worked out from them is kept like everything else, and
let go of when the reader takes them away, leaves, or loses the connection; whoever comes back to
the same session has them again.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
import streamlit as st

from data.language import _
from geo import control, crs, keeping, words
from geo.control import ControlMap
from geo.scenario import (
    EXTENT_ALL,
    EXTENT_AREA,
    LINKED,
    Scenario,
    area_from_geojson,
    from_query,
)
from pages import later

MOST = 8
"""So many things a session may have loaded."""

_DECIMALS = 6  # of a degree: 0.1 m

# Of each thing, how many sessions have it: an area is known by its text, to two who loaded the
# same as one.
_holders: Counter[str] = Counter()
_holders_lock = threading.Lock()


@dataclasses.dataclass(frozen=True, eq=False)
class Loaded:
    """A control map or an area that was loaded.

    Attributes
    ----------
    id
        Of a control map, its ``source``; of an area, a name that cannot be guessed.
    title
        What the reader calls it.
    map, area
        The one that it is; the area as a scenario carries it.
    km2
        How much ground it marks.
    """

    id: str
    title: str
    map: ControlMap | None
    area: str | None
    km2: float


def everything() -> tuple[Loaded, ...]:
    """What this session has loaded, oldest first."""
    found: tuple[Loaded, ...] = st.session_state.get("loaded", ())
    return found


def maps() -> dict[str, ControlMap]:
    """The control maps by id, the oldest date first."""
    tend()
    found = [each.map for each in everything() if each.map is not None]
    return {each.source: each for each in sorted(found, key=lambda each: each.date)}


def names() -> dict[str, str]:
    """The control maps by id, as a list names them: no two alike, and none like a bundled one."""
    named = {source: each.title for source, each in maps().items()}
    return distinct(
        {source: _("{title} · your file").format(title=t) for source, t in named.items()}
    )


def distinct(named: Mapping[str, str]) -> dict[str, str]:
    """The same names, numbered where several are alike: a list tells them apart by their names."""
    found: dict[str, str] = {}
    for key, name in named.items():
        numbered = itertools.chain([name], (f"{name} ({n})" for n in itertools.count(2)))
        found[key] = next(each for each in numbered if each not in found.values())
    return found


def area_names() -> dict[str, str]:
    """The areas by id, as a list names them."""
    return distinct(
        {key: _("{title} · your file").format(title=each.title) for key, each in areas().items()}
    )


def without(scenario: Scenario, gone: Loaded) -> Scenario:
    """The same question on what everybody has, where it rests on something that is taken away.

    In place of a map stands the bundled one nearest in date, in place of an area the whole line.
    """
    if gone.map is not None and scenario.source == gone.id:
        beside = control.beside(scenario.date, scenario.source)
        if beside is not None:
            scenario = scenario.changed(date=beside[0], source=beside[1])
    if gone.area is not None and scenario.area == gone.area:
        scenario = scenario.changed(extent=EXTENT_ALL, area=None)
    return scenario


def instead(scenario: Scenario, gone: Loaded) -> str:
    """What stands in the place of something that was taken away, in a sentence."""
    if gone.map is None:
        told = _("{title} was taken away: the scenario now applies along the whole line.")
        return told.format(title=gone.title)
    return _("{title} was taken away: {assessor}’s map of {date} stands in its place.").format(
        title=gone.title,
        assessor=control.title_of(scenario.source),
        date=words.day(scenario.date),
    )


def areas() -> dict[str, Loaded]:
    """The areas by id."""
    return {each.id: each for each in everything() if each.area is not None}


def own_areas() -> set[str]:
    """The areas as a scenario carries them: they go into no link."""
    return {each.area for each in everything() if each.area is not None}


def add_map(made: ControlMap) -> Loaded:
    """Take a control map in; it is then a source like any other, in this session."""
    source = control.hold(made)
    known = dataclasses.replace(made, source=source)
    return _add(Loaded(source, made.title, known, None, known.held.area / crs.KM2))


def add_area(title: str, polygons: np.ndarray) -> Loaded:
    """Take an area (polygons in degrees) in."""
    whole = shapely.set_precision(shapely.union_all(polygons), 10.0**-_DECIMALS)
    text = area_from_geojson(json.loads(shapely.to_geojson(whole)))
    km2 = crs.to_metres(whole).area / crs.KM2
    return _add(Loaded(secrets.token_urlsafe(12), title, None, text, km2))


def remove(loaded: Loaded) -> None:
    """Let go of something, and of all that was worked out from it."""
    st.session_state["loaded"] = tuple(each for each in everything() if each.id != loaded.id)
    if _thing(loaded) in _shelf():
        _shelf().discard(_thing(loaded))
        _let_go({_thing(loaded)})


def is_own(scenario: Scenario) -> bool:
    """Whether a scenario rests on what one reader alone has."""
    return control.is_loaded(scenario.source) or scenario.area is not None


def tend() -> None:
    """See that what is loaded is known, also after a lost connection."""
    if not everything():
        return
    shelf = _shelf()
    for each in everything():
        if _thing(each) not in shelf:
            shelf.add(_thing(each))
            with _holders_lock:
                _holders[_thing(each)] += 1
                keeping.admit(_thing(each))
            if each.map is not None:
                control.hold(each.map)


def open_query(asked: Mapping[str, str]) -> tuple[Scenario, list[str]]:
    """As `geo.scenario.from_query`; what a link cannot hold is taken from the session."""
    query, own = dict(asked), dict[str, Any]()
    if query.get("source") == LINKED:
        of_date = [each for each in maps().values() if each.date.isoformat() == query.get("date")]
        for each in of_date[-1:]:
            own |= {"source": each.source, "date": each.date}
            del query["source"], query["date"]
    if query.get("extent") == LINKED:
        for area in list(areas().values())[-1:]:
            own |= {"extent": EXTENT_AREA, "area": area.area}
            del query["extent"]
    scenario, complaints = from_query(query)
    return scenario.changed(**own) if own else scenario, complaints


def _add(loaded: Loaded) -> Loaded:
    st.session_state["loaded"] = (*everything(), loaded)
    tend()
    return loaded


def _thing(loaded: Loaded) -> str:
    """By which `geo.keeping` knows it."""
    return loaded.id if loaded.area is None else loaded.area


def _let_go(shelf: set[str]) -> None:
    """Let go of what no other session has; called by Streamlit too, when a session goes."""
    while shelf:
        thing = shelf.pop()
        with _holders_lock:
            _holders[thing] -= 1
            if _holders[thing] > 0:
                continue
            del _holders[thing]
            control.release(thing)
        later.forget(thing)


@st.cache_resource(scope="session", on_release=_let_go, show_spinner=False)
def _shelf() -> set[str]:
    """What is known outside of the session because this session has it."""
    return set()
