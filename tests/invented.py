"""Small invented countries whose answers are known by hand; all in metres."""

from __future__ import annotations

import datetime as dt
import functools
import json

import numpy as np
import shapely

from geo import control, crs
from geo.control import ControlMap

# Far from zero, so that no coordinate can be taken for a degree; on Ukraine's ground, so that an
# extent can be drawn over it.
COUNTRY = shapely.box(100_000, 100_000, 300_000, 200_000)
EAST = shapely.box(200_000, 100_000, 300_000, 200_000)
DAY = dt.date(2025, 12, 14)

SALIENT = shapely.box(180_000, 140_000, 200_001, 160_000)
ISLAND = shapely.box(140_000, 140_000, 150_000, 150_000)
POCKET = shapely.box(240_000, 140_000, 260_000, 160_000)
EXCLAVE = shapely.box(270_000, 100_000, 300_000, 130_000)
# A gulf, 2 km wide, between the sides in the south: no country, and no line of contact.
GULF = shapely.box(199_000, 100_000, 201_000, 140_000)
OFF_SHORE = shapely.box(140_000, 60_000, 260_000, 80_000)
OFF_SHORE_HELD = shapely.box(200_000, 60_000, 260_000, 80_000)


def control_map(
    *held: shapely.Geometry, country: shapely.Geometry = COUNTRY, source: str = "invented"
) -> ControlMap:
    """A control map of an invented country; by default the east is held, the front straight."""
    polygons = np.array(held or (EAST,), dtype=object)
    return control.derive(polygons, source=source, title="Invented", date=DAY, land=country)


# Name -> Russian-held polygons and country; what each is particular about.
_DRAWN = {
    "straight": ([EAST], COUNTRY),
    "salient": ([EAST, SALIENT], COUNTRY),
    "held island": ([EAST, ISLAND], COUNTRY),
    "pocket": ([EAST.difference(POCKET)], COUNTRY),
    "exclave": ([EAST.difference(EXCLAVE)], COUNTRY),
    "gulf": ([EAST.difference(GULF)], COUNTRY.difference(GULF)),
    "islands": ([EAST, OFF_SHORE_HELD], shapely.union(COUNTRY, OFF_SHORE)),
}
NAMES = tuple(_DRAWN)


@functools.cache
def named(name: str) -> ControlMap:
    """A control map by what is particular about it, one of `NAMES`."""
    held, country = _DRAWN[name]
    return control_map(*held, country=country)


@functools.cache
def swapped(name: str) -> ControlMap:
    """The map of that name with the sides changed over."""
    held, country = _DRAWN[name]
    return control_map(country.difference(shapely.union_all(held)), country=country)


def moved(name: str, by_m: tuple[float, float]) -> ControlMap:
    """The map of that name elsewhere."""
    held, country = _DRAWN[name]
    return control_map(*(shift(part, by_m) for part in held), country=shift(country, by_m))


def shift(geometry: shapely.Geometry, by: tuple[float, float]) -> shapely.Geometry:
    """The geometry moved east and north."""
    return shapely.transform(geometry, lambda corners: corners + np.array(by))


def country_of(name: str) -> shapely.Geometry:
    """The country of the map of that name."""
    return _DRAWN[name][1]


def drawn(polygon: shapely.Geometry) -> str:
    """A polygon (metres) as the text of a drawn extent.

    With a corner each kilometre, so that its edges stay straight in metres.
    """
    dense = shapely.segmentize(polygon, 1000.0)
    return json.dumps(shapely.geometry.mapping(crs.to_degrees(dense)))
