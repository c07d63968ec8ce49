"""What is saved in tests, of real data: an answer with drawings, a comparison, changed ground."""

from __future__ import annotations

import datetime as dt
import functools
import sys
import types
from typing import Any

import pytest

from geo import control, figure, timeline
from geo.drawing import Drawing
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.scenario import Scenario, from_preset
from geo.snapshot import Snapshot

AREA = Drawing("area", "Мій <край> & “ost”", ((37, 48), (38, 48), (38, 48.6), (37, 48.6)), 3, 4)
LINE = Drawing("line", "=line", ((37.0, 48.2), (37.4, 48.5), (37.7, 49.0)), 2, 2.5)
PIXEL = b"a picture"
PAGE = b"<!doctype html>"


def answer(scenario: Scenario) -> Impact:
    ground = control.load(scenario.date, scenario.source)
    return assess(pull_back(ground, scenario), ground, scenario)


@functools.cache
def impact_of(preset: str, **changes: Any) -> Impact:
    return answer(from_preset(preset, **changes))


def of(preset: str, **changes: Any) -> Snapshot:
    return Snapshot(answers=(impact_of(preset, **changes),))


@functools.cache
def drawn() -> Snapshot:
    """An answer with an area and a line drawn beside it."""
    asked = impact_of("mirror-5").scenario
    beside = tuple((one, answer(one.to_scenario(asked))) for one in (AREA, LINE))
    return Snapshot(answers=(impact_of("mirror-5"),), drawn=beside)


@functools.cache
def compared() -> Snapshot:
    """Three answers: A and C on one map, B on the other assessor's; A and B in one extent."""
    return Snapshot(
        answers=(
            impact_of("mirror-5"),
            impact_of("mirror-10", source="owl"),
            impact_of("mirror-5", extent="Luhansk Oblast"),
        )
    )


@functools.cache
def changed() -> Snapshot:
    """What changed hands in a year."""
    first = impact_of("mirror-5")
    before = control.load(dt.date(2024, 12, 1), "deepstate")
    return Snapshot(answers=(first,), changed=timeline.changed(before, first.control))


KINDS = {"scenario": drawn, "comparison": compared, "change": changed}
"""Kind of a passport -> what it is of."""


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures and pages cost seconds, and are tested where they are made."""
    page = types.ModuleType("geo.webpage")
    page.__dict__["html"] = lambda snapshot, *, theme="light": PAGE
    monkeypatch.setitem(sys.modules, "geo.webpage", page)
    monkeypatch.setattr("geo.webpage", page, raising=False)
    monkeypatch.setattr(
        figure, "render", lambda snapshot, format, *, look=None: PIXEL, raising=False
    )
