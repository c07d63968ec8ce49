"""What is on screen, as one thing that can be printed, saved and sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import shapely

from data.language import _, translated
from geo import crs, timeline, words
from geo.compare import LETTERS
from geo.control import ControlMap
from geo.drawing import Drawing
from geo.impact import Impact, credits
from geo.timeline import Changed

MOST_PRINTED = 2
"""Scenarios of a comparison whose maps stand beside each other on a printed page."""


# Residents are spread over towns and hromadas; the former reservoir is told apart.
_OF_A_CHANGE = ("oblasts", "hromadas", "towns", "lakes", "settlements")

# Beyond these degrees the web map does not go, save for its margins.
_LARGEST = (0.0, 35.0, 65.0, 62.0)

# What the map itself is drawn from.
_BELOW = ("rivers", "lakes", "countries")

Box = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """One answer, two to four answers beside each other, or the ground that changed hands.

    Attributes
    ----------
    answers
        The answers to the scenarios on screen, in their order; one where none is compared. Beside
        ``changed``, the scenario's own.
    drawn
        What was drawn on the map, with its answer; only beside a single answer.
    changed
        Ground that changed hands between two maps, where that is what the map shows.
    view
        What the map shows (west, south, east, north; projected metres); None for all that the
        answers hold, with a margin.
    night
        A sentence about the last reported night of attacks, with its source, where it is shown.
    address
        Where the dashboard is, for the link back; None where nobody said.
    """

    answers: tuple[Impact, ...]
    drawn: tuple[tuple[Drawing, Impact], ...] = ()
    changed: Changed | None = None
    view: Box | None = None
    night: str | None = None
    address: str | None = None

    @property
    def first(self) -> Impact:
        """The answer to the scenario itself."""
        return self.answers[0]

    @property
    def lettered(self) -> tuple[tuple[str, Impact], ...]:
        """The answers, each with its letter of `geo.compare.LETTERS`; "" where there is but one."""
        if len(self.answers) == 1:
            return (("", self.first),)
        return tuple(zip(LETTERS, self.answers, strict=False))

    @property
    def sources(self) -> tuple[dict[str, str], ...]:
        """The datasets that the figures rest on, each once, as `geo.impact.Impact.sources`."""
        if self.changed is not None:
            return change_sources(self.changed)
        return _each_once(row for answer in self._all_answers for row in answer.sources)

    @property
    def map_sources(self) -> tuple[dict[str, str], ...]:
        """As `sources`, with the datasets of the map below the figures."""
        return _each_once((*self.sources, *credits(self.first.control, _BELOW)[1:]))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the figures leave out; where there are several maps, what was mended on which."""
        if self.changed is not None:
            return change_warnings(self.changed)
        maps = [answer.control for answer in self._all_answers]
        mended = {text for one in maps for text in one.repairs}
        told = [text for answer in self._all_answers for text in answer.warnings]
        return _repairs(maps, [text for text in told if text not in mended])

    @property
    def _all_answers(self) -> tuple[Impact, ...]:
        return (*self.answers, *(answer for _drawing, answer in self.drawn))


def change_sources(found: Changed) -> tuple[dict[str, str], ...]:
    """The datasets that ground that changed hands and its figures rest on, each once."""
    return _each_once((*credits(found.before, ()), *credits(found.after, _OF_A_CHANGE)))


def change_warnings(found: Changed) -> tuple[str, ...]:
    """What the figures of ground that changed hands leave out, a sentence each."""
    return _repairs([found.before, found.after], [timeline.left_out(found)])


def _each_once(rows: Iterable[Mapping[str, str]]) -> tuple[dict[str, str], ...]:
    """Datasets by what they are, and in the language spoken wherever they are told."""
    kept: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        told = {key: translated(row[key]) for key in ("title", "licence")}
        kept.setdefault((row["id"], row["as_of"]), {**row, **told})
    return tuple(kept.values())


def _repairs(maps: Sequence[ControlMap], more: Iterable[str]) -> tuple[str, ...]:
    """What was mended on which of some maps, and more, each sentence once."""
    several = len({(one.source, one.date) for one in maps}) > 1
    told: dict[str, str] = {}
    for one in maps:
        for text in one.repairs:
            of_one = _("{assessor}, {day}: {text}").format(
                assessor=one.title, day=words.day(one.date), text=text
            )
            told.setdefault(str(of_one if several else text), of_one if several else text)
    for text in more:
        told.setdefault(str(text), text)
    return tuple(told.values())


def view_of(west: float, south: float, east: float, north: float) -> Box | None:
    """What a map in degrees shows, in projected metres; None where that is no map of Ukraine."""
    if not (_LARGEST[0] <= west < east <= _LARGEST[2] and _LARGEST[1] <= south < north):
        return None
    if north > _LARGEST[3]:
        return None
    edges = shapely.segmentize(shapely.box(west, south, east, north), 0.5)
    left, low, right, high = crs.to_metres(edges).bounds
    return left, low, right, high
