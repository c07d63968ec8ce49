"""A file that the atlas saved, opened again: what was asked, and what differs since.

The file may come from anybody. It is read in a process of its own (`geo.sandbox`), and what it
says of itself is checked like a link.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from data.errors import InputError
from data.language import _
from geo import control, passport, sandbox, words
from geo.passport import Passport
from geo.reopen_apart import FILE
from geo.scenario import LINKED, Scenario
from geo.snapshot import Snapshot

LARGEST_MB = 64
LARGEST_BYTES = LARGEST_MB * 1024 * 1024
_PNG, _END_OF_PNG = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


def read(content: bytes, *, name: str) -> Passport:
    """The passport of a file: PNG, PDF, SVG, HTML, GeoJSON, GeoPackage, KML, GeoParquet or ZIP.

    Parameters
    ----------
    name
        What the user calls it, for messages alone: what it is, its content tells.

    Raises
    ------
    InputError
        One sentence: it is no file of this atlas, damaged, hostile or too large.
    """
    if len(content) > LARGEST_BYTES:
        raise InputError(
            _("{name} is larger than {n} MB; give a smaller file that was saved with it.").format(
                name=name, n=LARGEST_MB
            )
        )
    answer = sandbox.run("geo.reopen_apart:find", {"name": name}, name=name, files={FILE: content})
    return passport.from_json(answer.document["passport"])


def damage(content: bytes) -> list[str]:
    """Sentences on what of a file that was read is missing beside its question.

    A picture whose end is missing still has its question, which stands before its pixels.
    """
    if content.startswith(_PNG) and _END_OF_PNG not in content:
        return [_("The picture is damaged: its end is missing. Its question is whole.")]
    return []


def shown(file: Passport) -> tuple[Scenario, list[str]]:
    """The one scenario that stands for a file where only one can be asked.

    Of a comparison the first, of ground that changed hands the newer date's; a sentence says so.
    """
    if file.kind == "comparison":
        told = _("The file compares {n} scenarios; the first is opened.")
        return file.scenarios[0], [told.format(n=len(file.scenarios))]
    if file.kind == "change":
        newer = file.scenarios[-1]
        told = _("The file shows what changed hands; the scenario on its newer date is opened.")
        return newer, [told]
    return file.scenarios[0], []


def answerable(scenario: Scenario) -> tuple[Scenario, list[str]]:
    """A scenario of a file as it can be asked here, with a sentence on what had to be changed.

    One on a control map that somebody loaded is asked on the bundled map nearest in date, as is one
    on a date that is neither bundled nor fetched here.
    """
    if scenario.source == LINKED:
        source = next(iter(control.SOURCES))
        nearest = control.nearest_date(source, scenario.date)
        told = _(
            "Its control map of {day} came from somebody’s file, which is not in this one; give "
            "that file again. Until then the map of {nearest} by {assessor} stands in for it."
        )
        return scenario.changed(source=source, date=nearest), [
            _told(told, scenario.date, nearest, source)
        ]
    try:
        control.require_known(scenario.date, scenario.source)
    except InputError:
        nearest = control.nearest_date(scenario.source, scenario.date)
        told = _(
            "The control map of {day} by {assessor} is not here; that of {nearest} stands in "
            "for it."
        )
        return scenario.changed(date=nearest), [
            _told(told, scenario.date, nearest, scenario.source)
        ]
    return scenario, []


def told(file: Passport, now: Snapshot) -> list[str]:
    """What differs between a file and the same question answered now, a sentence each.

    Nothing where another question is answered, since its figures say nothing of the file's.
    """
    known = passport.of(now)
    if known.kind == file.kind and known.scenarios == file.scenarios:
        return passport.differences(file, known)
    scenario, _sentences = shown(file)
    if known.kind != "scenario" or known.scenarios != (scenario,):
        return []
    if file.kind == "comparison":
        return passport.differences(dataclasses.replace(file, figures=file.figures[:1]), known)
    # Of ground that changed hands the figures are none of a scenario's: only tables are compared.
    shared = {(row["id"], row["as_of"]) for row in file.sources}
    tables = tuple(row for row in known.sources if (row["id"], row["as_of"]) in shared)
    return passport.differences(
        dataclasses.replace(file, figures=()), dataclasses.replace(known, sources=tables)
    )


def _told(text: str, day: dt.date, nearest: dt.date, source: str) -> str:
    return text.format(
        day=words.day(day), nearest=words.day(nearest), assessor=control.SOURCES[source]
    )
