"""Snapshots to print, and the boxes of what is on a printed page; shared by the figure's tests."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import itertools
from collections.abc import Iterable
from typing import Any

import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from data.language import using
from geo import control, figure, panels, timeline
from geo.drawing import Drawing
from geo.impact import Impact, assess
from geo.paper import Look
from geo.pullback import pull_back
from geo.scenario import Scenario, default, from_preset
from geo.sheet import typesetting
from geo.snapshot import Snapshot
from geo.style import THEMES

ON_MAP = ("town", "oblast", "country", "sea", "river", "drawn-name", "scale", "north-letter")
AROUND = (
    "title",
    "subtitle",
    "sources",
    "illustrative",
    "made-by",
    "head",
    "heading",
    "deed",
    "figure",
    "legend",
    "caption",
    "letter",
    "drawing",
    "degrees",
)
NIGHT = "138 drones launched, 110 intercepted or suppressed (Air Force, 14 December 2025)."

DRAWINGS = (
    Drawing(
        "area",
        "Buffer around Pokrovsk and Myrnohrad",
        ((36.9, 48.1), (37.5, 48.1), (37.5, 48.45), (36.9, 48.45)),
        10,
        5,
    ),
    Drawing("line", "Лінія вздовж річки", ((37.2, 48.6), (37.6, 48.9), (38.0, 49.1)), 5, 5),
    Drawing("area", "", ((37.6, 47.6), (37.9, 47.6), (37.9, 47.9)), 5, 5),
)


@functools.cache
def answer(scenario: Scenario) -> Impact:
    """The answer to a scenario on its bundled map."""
    ground = control.load(scenario.date, scenario.source)
    return assess(pull_back(ground, scenario), ground, scenario)


def impact_of(preset: str, **changes: Any) -> Impact:
    return answer(from_preset(preset, **changes))


def one(preset: str = "mirror-5", **changes: Any) -> Snapshot:
    """A snapshot of one answer."""
    return Snapshot(answers=(impact_of(preset, **changes),))


def _drawn(*drawings: Drawing) -> Snapshot:
    base = default()
    pairs = tuple((drawing, answer(drawing.to_scenario(base))) for drawing in drawings)
    return Snapshot(answers=(answer(base),), drawn=pairs)


def _changed() -> Snapshot:
    before, after = (
        control.load(date, "deepstate") for date in (dt.date(2024, 12, 1), dt.date(2025, 12, 14))
    )
    return Snapshot(answers=(answer(default()),), changed=timeline.changed(before, after))


def _changed_near() -> Snapshot:
    """Around the largest ground that became Kyiv-held."""
    found = _changed()
    assert found.changed is not None
    parts = shapely.get_parts(found.changed.ground.geometry["ukraine"])
    view = shapely.buffer(max(parts, key=lambda part: part.area), 12_000.0).bounds
    return dataclasses.replace(found, view=view)


def _compared(*scenarios: Scenario) -> Snapshot:
    return Snapshot(answers=tuple(map(answer, scenarios)))


def _long() -> Scenario:
    leaves = ("Kharkiv", "Sumy", "Mykolaiv", "Dnipropetrovsk", "Zaporizhzhia", "Kherson")
    return default().changed(
        ukraine_km=7.5,
        extent="all",
        ukraine_leaves=("Donetsk Oblast", "Luhansk Oblast"),
        russia_leaves=tuple(f"{name} Oblast" for name in leaves),
    )


def _others() -> tuple[Scenario, ...]:
    base = default()
    return (
        base,
        base.changed(ukraine_km=10, russia_km=10),
        from_preset("free-economic-zone"),
        base.changed(source="owl", date=dt.date(2025, 12, 24)),
    )


@functools.cache
def snapshot(kind: str) -> Snapshot:
    """What is on screen, by what is particular about it: one of `KINDS`."""
    return _MADE[kind]()


_MADE: dict[str, Any] = {
    "one": one,
    "whole-line": lambda: one("mirror-10", extent="all"),
    "tiny": lambda: one(extent="Lymanska urban hromada"),
    "long": lambda: _compared(_long()),
    "two": lambda: _compared(*_others()[:2]),
    "three": lambda: _compared(*_others()[:3]),
    "four": lambda: _compared(*_others()),
    "drawn": lambda: _drawn(*DRAWINGS[:2]),
    "many-drawn": lambda: _drawn(*DRAWINGS * 4),
    "change": _changed,
    "change-near": _changed_near,
    "four-long": lambda: _compared(*_others()[:2], _long(), _long().changed(ukraine_km=12.5)),
}
KINDS = tuple(kind for kind in _MADE if kind not in ("change-near", "four-long"))


@functools.cache
def page(
    kind: str, paper: str = "a4-landscape", theme: Any = "light", language: str = "en"
) -> Figure:
    """The page of a snapshot by its kind."""
    with using(language):
        return figure.page(snapshot(kind), look=Look(paper=paper, theme=theme))


def labels(kind: str, *, brief: bool, language: str) -> list[str]:
    """What the legend of a page has to say."""
    shown, colours = snapshot(kind), THEMES["light"]
    with using(language):
        if shown.changed is not None:
            entries = panels.signs_of_change(colours, shown.changed, brief=brief)
        else:
            entries = panels.signs(colours, shown.answers, shown.drawn, brief=brief)
        return [str(label) for label, _marks in entries]


def texts(page: Figure, *gids: str) -> list[Text]:
    return [text for text in page.findobj(Text) if text.get_gid() in gids and text.get_text()]


def boxes(page: Figure, found: Iterable[Any]) -> list[Bbox]:
    """Where artists stand on a page (pixels)."""
    renderer = FigureCanvasAgg(page).get_renderer()
    with typesetting():
        return [artist.get_window_extent(renderer) for artist in found]


def maps_of(page: Figure) -> list[Axes]:
    return [axes for axes in page.axes if str(axes.get_gid()).startswith("map")]


def inset_of(page: Figure) -> Axes | None:
    return next((axes for axes in page.axes if axes.get_gid() == "inset"), None)


def overlapping(page: Figure) -> list[str]:
    """What lies on something else, in words; nothing where the page is well laid out."""
    faults: list[str] = []
    for axes in maps_of(page):
        named = [text for text in axes.findobj(Text) if text.get_gid() in ON_MAP]
        faults += _pairs(
            [(t.get_text(), box) for t, box in zip(named, boxes(page, named), strict=True)]
        )
    around = texts(page, *AROUND)
    placed = [
        # Lines of a paragraph may touch by a pixel or two; columns and blocks may not.
        (text.get_text(), box.padded(-1.0, -0.12 * box.height))
        for text, box in zip(around, boxes(page, around), strict=True)
    ]
    keys = [artist for artist in page.artists if isinstance(artist, Rectangle)]
    placed += [("a key", box.padded(-1.0)) for box in boxes(page, keys)]
    placed += [(f"the {axes.get_gid()}", axes.bbox) for axes in page.axes]
    return faults + _pairs(placed)


def _pairs(named: list[tuple[str, Bbox]]) -> list[str]:
    return [
        f"{name} and {other}"
        for (name, box), (other, second) in itertools.combinations(named, 2)
        if box.overlaps(second)
    ]


def cut_off(page: Figure) -> list[str]:
    """What reaches beyond the page, or a name beyond the frame of its map."""
    faults = []
    for axes in maps_of(page):
        named = [text for text in axes.findobj(Text) if text.get_gid() in ON_MAP]
        faults += _beyond(axes.bbox, named, boxes(page, named))
    around = texts(page, *AROUND)
    return faults + _beyond(page.bbox, around, boxes(page, around))


def _beyond(frame: Any, found: list[Text], placed: list[Bbox]) -> list[str]:
    return [
        text.get_text()
        for text, box in zip(found, placed, strict=True)
        if box.x0 < frame.x0 or box.y0 < frame.y0 or box.x1 > frame.x1 or box.y1 > frame.y1
    ]
