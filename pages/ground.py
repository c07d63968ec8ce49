"""The ground that a reader drew or loaded: by which names it is offered and shown."""

from __future__ import annotations

from collections.abc import Mapping

from data.errors import InputError
from data.language import _
from geo.drawing import Drawing
from geo.scenario import EXTENT_AREA, Scenario
from pages import loaded, question

OTHER = "other-ground"
"""Stands for an area or a line that is neither drawn nor loaded in this session."""


def offered() -> dict[str, str]:
    """The drawings that can be used and the loaded areas: a key that no place has -> a name."""
    drawn = {
        key: _("{name} · drawn").format(name=drawing.name) for key, drawing in _drawings().items()
    }
    return loaded.distinct(drawn) | loaded.area_names()


def key_of(scenario: Scenario) -> str | None:
    """The key of what a scenario is about, or `OTHER`; None where it is about a place."""
    if scenario.area is None and scenario.line is None:
        return None
    for key, drawing in _drawings().items():
        drawn = drawing.to_scenario(scenario)
        if (drawn.area, drawn.line) == (scenario.area, scenario.line):
            return key
    return next((key for key, area in loaded.areas().items() if area.area == scenario.area), OTHER)


def name_of(scenario: Scenario) -> str:
    """What the reader calls the drawing or the loaded area; nothing where there is none."""
    key = key_of(scenario) or ""
    if key in loaded.areas():
        return loaded.areas()[key].title
    drawing = _drawings().get(key)
    return drawing.name if drawing else ""


def ask(scenario: Scenario, key: str) -> Scenario:
    """The question on other ground: of a drawing with its own distances.

    Raises
    ------
    InputError
        Where there is nothing by that key any more.
    """
    drawings: Mapping[str, Drawing] = _drawings()
    if key in drawings:
        return drawings[key].to_scenario(scenario)
    area = loaded.areas().get(key)
    if area is None:
        raise InputError(_("what was drawn or loaded there is gone; choose another place."))
    return scenario.changed(extent=EXTENT_AREA, area=area.area, line=None)


def _drawings() -> dict[str, Drawing]:
    """What the reader drew, but for what nothing can be computed from."""
    found = {}
    for number, drawing in enumerate(question.drawings()):
        try:
            drawing.check()
        except InputError:
            continue  # The scenario page says why, where it can be mended.
        found[f"drawn-{number}"] = drawing
    return found
