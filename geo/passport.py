"""Where a file comes from, carried inside it: the question, the version, the data, the figures.

With it a file can be opened again (`geo.reopen`), and it can be said what has changed since. It
holds no time of making: the same question, version and data give the same text. It speaks no
language either, so that it can be read whatever the file's is.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from data import catalog
from data.errors import InputError
from data.language import _
from geo import control, drawing, impact, words
from geo.drawing import Drawing
from geo.scenario import LINKED, Scenario, make
from geo.snapshot import Snapshot

KEY = "pullback_atlas"
"""What it is called in every file: a member, a metadata key, the id of an element."""

FORMAT = 1
LONGEST = 4_000_000
"""Characters of a passport that are read."""

Kind = Literal["scenario", "comparison", "change"]
KINDS: tuple[Kind, ...] = ("scenario", "comparison", "change")
_MOST_SCENARIOS = 4
# A share that is shown has two decimals of a per cent.
_LEAST_SHARE = 0.00005
_DECIMAL = ("area_km2", "rail_km")
_LARGEST_FIGURE = 1e9


@dataclasses.dataclass(frozen=True)
class Passport:
    """What a file says of itself.

    Attributes
    ----------
    kind
        ``scenario``; ``comparison`` of two to four; ``change``: ground that changed hands between
        two dates, whose scenarios are the older and the newer.
    version
        Of the project that made the file.
    scenarios
        What was asked. A control map that somebody loaded is called `geo.scenario.LINKED`.
    drawings
        What was drawn on the map.
    sources
        ``id``, ``as_of`` and ``sha256`` of every dataset used.
    figures
        Of each scenario, side -> measure -> figure, as ``scenario --json`` prints them; of a
        change, the same for the side that ground passed to.
    """

    kind: Kind
    version: str
    scenarios: tuple[Scenario, ...]
    drawings: tuple[Drawing, ...]
    sources: tuple[Mapping[str, str], ...]
    figures: tuple[Mapping[str, Mapping[str, float | None]], ...]

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a JSON document, under `KEY`."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            "version": self.version,
            "scenarios": [one.model_dump(mode="json") for one in self.scenarios],
            "drawings": drawing.pack(self.drawings),
            "sources": [dict(source) for source in self.sources],
            "figures": [dict(one) for one in self.figures],
        }

    def to_json(self) -> str:
        """As text of ASCII letters, which every kind of file can hold."""
        return json.dumps(self.to_dict(), separators=(",", ":"), sort_keys=True)


def of(snapshot: Snapshot) -> Passport:
    """The passport of what is on screen."""
    changed = snapshot.changed
    if changed is not None:
        first = snapshot.first.scenario
        scenarios = tuple(
            first.changed(date=ground.date, source=ground.source)
            for ground in (changed.before, changed.after)
        )
        figures: tuple[Any, ...] = (changed.to_dict()["passed_to"],)
        kind: Kind = "change"
    else:
        scenarios = tuple(answer.scenario for answer in snapshot.answers)
        figures = tuple(impact.by_side(answer.sides) for answer in snapshot.answers)
        kind = "scenario" if len(scenarios) == 1 else "comparison"
    keys = ("id", "as_of", "sha256")
    return Passport(
        kind=kind,
        version=catalog.version(),
        scenarios=tuple(map(without_file, scenarios)),
        drawings=tuple(one for one, _answer in snapshot.drawn),
        sources=tuple({key: str(row[key]) for key in keys} for row in snapshot.sources),
        figures=figures,
    )


def without_file(scenario: Scenario) -> Scenario:
    """The scenario with nothing in it that is of one session or one computer alone."""
    if scenario.source in control.SOURCES:
        return scenario
    return scenario.changed(source=LINKED)


def from_json(text: str) -> Passport:
    """The passport that a file holds.

    Raises
    ------
    InputError
        One sentence: where it is damaged, of a newer version, or asks what cannot be asked.
    """
    if len(text) > LONGEST:
        raise InputError(_damaged())
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InputError(_damaged()) from fault
    return from_dict(document)


def from_dict(document: Any) -> Passport:
    """As `from_json`, of what was read already."""
    try:
        if document["format"] != FORMAT:
            raise InputError(
                _("it was made by a newer version of the atlas; update this one to open it.")
            )
        drawings, lost = drawing.unpack(document["drawings"])
        if lost or document["kind"] not in KINDS:
            raise InputError(_damaged())
        scenarios = tuple(map(_scenario, document["scenarios"]))
        figures = tuple(
            {
                str(side): {str(name): None if n is None else _figure(n) for name, n in row.items()}
                for side, row in one.items()
            }
            for one in document["figures"]
        )
        sources = tuple(
            {key: str(row[key])[:200] for key in ("id", "as_of", "sha256")}
            for row in document["sources"]
        )
        version = str(document["version"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as fault:
        raise InputError(_damaged()) from fault
    if not re.fullmatch(r"[\w.+-]{1,40}", version):
        raise InputError(_damaged())
    wanted = {"scenario": (1, 1), "comparison": (2, _MOST_SCENARIOS), "change": (2, 2)}
    least, most = wanted[document["kind"]]
    if not least <= len(scenarios) <= most:
        raise InputError(_damaged())
    return Passport(document["kind"], version, scenarios, drawings, sources, figures)


def _scenario(fields: Mapping[str, Any]) -> Scenario:
    """A scenario as a file has it: on a bundled map, or on one that has to be given again."""
    scenario = make(**fields)
    # Any other source would be the path of a file here, or a map that somebody else loaded.
    if scenario.source not in (*control.SOURCES, LINKED):
        raise InputError(_damaged())
    return scenario


def _figure(given: Any) -> float:
    """A figure as a file has it: none is below nothing or beyond all measure."""
    value = round(float(given), 6)
    if not 0 <= value <= _LARGEST_FIGURE:
        raise InputError(_damaged())
    return value


def _damaged() -> str:
    return _("what it says of itself is damaged; save it again, or open another file.")


def differences(then: Passport, now: Passport) -> list[str]:
    """What differs between a file and the same question asked now, a sentence each.

    Nothing where both say the same, or where the question is another.
    """
    told: list[str] = []
    before = {(row["id"], row["as_of"]): row["sha256"] for row in then.sources}
    titles = catalog.datasets()
    for row in now.sources:
        old = before.get((row["id"], row["as_of"]))
        if old != row["sha256"]:
            name = titles[row["id"]].title if row["id"] in titles else row["id"]
            told.append(_("The table “{title}” has changed since.").format(title=name))
    for number, (old_one, new_one) in enumerate(zip(then.figures, now.figures, strict=False)):
        for side, row_now in new_one.items():
            for measure, value in row_now.items():
                was = old_one.get(side, {}).get(measure)
                if was != value:
                    told.append(_difference(number, len(now.figures), side, measure, was, value))
    if told and then.version != now.version:
        told.append(
            _("The file was made by version {then}, this is {now}.").format(
                then=then.version, now=now.version
            )
        )
    return told


def _difference(
    number: int, of_how_many: int, side: str, measure: str, was: float | None, value: float | None
) -> str:
    name = words.SIDES.get(side, side)
    if of_how_many > 1:
        name = f"{'ABCD'[number]}, {name}"
    told = [str(words.measure(measure, _known(n))) for n in (was, value)]
    if told[0] == told[1]:
        # They differ by less than is shown elsewhere.
        decimals = 1 if measure in _DECIMAL else 0
        told = [str(words.number(_known(n), decimals=decimals)) for n in (was, value)]
    sentence = _("{side}, {measure}: {then} in the file, {now} now.").format(
        side=name,
        measure=words.lower(words.MEASURES.get(measure, measure)),
        then=told[0],
        now=told[1],
    )
    share = value / was - 1 if was and value is not None else 0.0
    if abs(share) < _LEAST_SHARE:
        return sentence
    return _("{told} ({share})").format(told=sentence.rstrip("."), share=words.change(share)) + "."


def _known(value: float | None) -> float:
    return float("nan") if value is None else value
