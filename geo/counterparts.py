"""What a scenario may stand beside: the same question asked otherwise; and both in one link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from urllib.parse import quote, unquote

from data.errors import InputError
from data.language import _
from geo import control
from geo.scenario import EXTENT_AREA, LONGEST_LINKED_AREA, Scenario, from_preset, from_query

ASSESSOR, DATE, MIRROR = "assessor", "date", "mirror"
"""Kinds of counterpart: by a bundled assessor, on another date, with the sides swapped."""

KINDS = (ASSESSOR, DATE, MIRROR)

SAME = "same"
"""Stands in a link for a scenario that is the same as the first."""

# What a link may say of a scenario (`Scenario.to_query`), with what is drawn.
_EVERY = frozenset(
    {"date", "source", "ukraine", "russia", "extent", "ukraine_leaves", "russia_leaves"}
    | {"area", "line"}
)
_YEAR = dt.timedelta(days=365)
# Nobody moves in it: what it is set against is the smallest distance that was ever proposed.
_MOVES = "mirror-5"
# No address needs to write it otherwise.
_BETWEEN = "~"
_Read = tuple[Scenario, list[str]]
_Reader = Callable[[Mapping[str, str]], _Read]
_LONGEST_LINK = LONGEST_LINKED_AREA + 2000


def counterpart(scenario: Scenario, kind: str) -> Scenario | None:
    """The same question asked otherwise; None where that is not possible or changes nothing.

    Parameters
    ----------
    kind
        `ASSESSOR`: on the bundled map that stands beside its own (`geo.control.beside`): the other
        assessor's of the same date; where its own was loaded, the one nearest in date, whose date
        it then has. `DATE`: on the newest map
        of the same assessor up to `geo.control.DEFAULT_DATE`, or, where that is asked already, on
        his map nearest to a year before. `MIRROR`: each side does what the other did, distances and
        places left alike.
    """
    other = {ASSESSOR: _by_other, DATE: _on_other_date, MIRROR: _mirrored}[kind](scenario)
    return None if other == scenario else other


def most_interesting(scenario: Scenario) -> Scenario:
    """What to set a scenario beside unasked.

    Where nobody moves, both sides 5 km; where the sides do different things, the mirror; else the
    other assessor, or where he has no such map another date.
    """
    leaves = scenario.ukraine_leaves or scenario.russia_leaves
    if not leaves and scenario.ukraine_km == scenario.russia_km == 0:
        moves = from_preset(_MOVES)
        return scenario.changed(ukraine_km=moves.ukraine_km, russia_km=moves.russia_km)
    for kind in (MIRROR, ASSESSOR, DATE):
        other = counterpart(scenario, kind)
        if other is not None:
            return other
    return scenario.changed(ukraine_km=0.0)


def kind_of(first: Scenario, other: Scenario) -> str | None:
    """Which counterpart of the first the other is; None where it is another question."""
    return next((kind for kind in KINDS if counterpart(first, kind) == other), None)


def pack(first: Scenario, other: Scenario, *, own: Collection[str] = ()) -> str:
    """What a link says of a scenario that stands beside another: where the two differ.

    Names and values in turns: ``source~owl~ukraine~10``. No area of ``own`` goes into it
    (`geo.scenario.Scenario.to_query`).
    """
    asked, known = other.to_query(own=own), first.to_query(own=own)
    if other.area != first.area:
        # Two that are in no link are called the same there.
        known["extent"] = first.extent
    changes = {key: asked.get(key, "") for key in {**known, **asked}}
    changes = {key: value for key, value in changes.items() if value != known.get(key, "")}
    parts = [_escaped(part) for pair in changes.items() for part in pair]
    return _BETWEEN.join(parts) or SAME


def unpack(first: Scenario, text: str, *, read: _Reader = from_query) -> _Read:
    """The scenario that `pack` wrote, and a sentence about each part that could not be used.

    Parameters
    ----------
    read
        What makes a scenario of the parameters of a link.

    Raises
    ------
    InputError
        Where the text is none of `pack`'s.
    """
    changes = _changes(text)
    known = first.to_query()
    strange = sorted(changes.keys() - known.keys() - _EVERY)
    asked = known | {key: value for key, value in changes.items() if key not in strange}
    if asked["extent"] != EXTENT_AREA and "area" not in changes:
        # The first's may have been left out of the link, and its end with it.
        asked["area"] = ""
    scenario, complaints = read({key: value for key, value in asked.items() if value})
    complaints += [
        _("Left out of the link: a scenario has no part {name}.").format(name=repr(key[:40]))
        for key in strange
    ]
    return scenario, complaints


def _escaped(part: str) -> str:
    return quote(part, safe=" ,").replace(_BETWEEN, f"%{ord(_BETWEEN):X}")


def _changes(text: str) -> Mapping[str, str]:
    if text == SAME:
        return {}
    parts = [unquote(part) for part in text.split(_BETWEEN)]
    if len(text) > _LONGEST_LINK or len(parts) % 2:
        raise InputError(_("it is cut off or damaged; copy the link again, whole."))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _by_other(scenario: Scenario) -> Scenario | None:
    found = control.beside(scenario.date, scenario.source)
    return None if found is None else scenario.changed(date=found[0], source=found[1])


def _on_other_date(scenario: Scenario) -> Scenario | None:
    if scenario.source not in control.SOURCES:
        return None
    newest = control.newest_date(scenario.source)
    if scenario.date != newest:
        return scenario.changed(date=newest)
    wanted = newest - _YEAR
    return scenario.changed(
        date=min(control.dates(scenario.source), key=lambda day: abs(day - wanted))
    )


def _mirrored(scenario: Scenario) -> Scenario:
    return scenario.changed(
        ukraine_km=scenario.russia_km,
        russia_km=scenario.ukraine_km,
        ukraine_leaves=scenario.russia_leaves,
        russia_leaves=scenario.ukraine_leaves,
    )
