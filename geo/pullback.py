"""Zones: the ground that each side would pull back from or leave."""

from __future__ import annotations

import functools
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from data.errors import InputError
from data.language import _
from data.projection import MEASURING_CRS
from geo import crs, lines, parallel, places, upload, words
from geo.control import ControlMap
from geo.keeping import kept
from geo.scenario import EXTENT_ALL, EXTENT_AREA, Scenario, area_name
from geo.shapes import polygonal

SIDES = ("ukraine", "russia")
# A circle of 128 corners lies at most 0.03 % inside the true one.
QUAD_SEGS = 32
CORNERS_A_PIECE = 16
PIECES_FROM_M = 2000.0
_CRUMB_M2 = 1.0


def pull_back(control: ControlMap, scenario: Scenario) -> gpd.GeoDataFrame:
    """The zone of each side.

    A side's zone is the ground it holds within its distance of the line of contact, or of the line
    given instead, cut to the extent, together with the ground that it leaves. Distance is measured
    from the whole line, also from its parts outside the extent, and to either side of it.

    Returns
    -------
    GeoDataFrame
        Two rows, ``side`` "ukraine" then "russia", geometry in metres (empty where nothing is).

    Raises
    ------
    InputError
        Where the extent or the line given cannot be used or does not touch Ukraine.
    """
    geometries = [_kept_zone(*_asked(control, scenario, side)) for side in SIDES]
    return gpd.GeoDataFrame({"side": SIDES}, geometry=geometries, crs=MEASURING_CRS)


def zone(control: ControlMap, scenario: Scenario, side: str) -> shapely.Geometry:
    """The zone of one side (metres), as in `pull_back`; for many distances: nothing is kept."""
    return _zone(*_asked(control, scenario, side))


def split(
    zones: gpd.GeoDataFrame, scenario: Scenario, side: str
) -> tuple[shapely.Geometry, shapely.Geometry]:
    """A side's zone as what it pulls back from and what lies in the places it leaves (metres)."""
    zone = zones.loc[zones["side"] == side, "geometry"].iloc[0]
    leaves = getattr(scenario, f"{side}_leaves")
    if not leaves or zone.is_empty:
        return zone, shapely.MultiPolygon()
    if not getattr(scenario, f"{side}_km"):
        return shapely.MultiPolygon(), zone
    left = _places(leaves)
    return (
        polygonal(shapely.difference(zone, left), above_m2=_CRUMB_M2),
        polygonal(shapely.intersection(zone, left), above_m2=_CRUMB_M2),
    )


def line_from(control: ControlMap, given: str | None) -> shapely.Geometry:
    """The line from which distances are measured (metres): the one given, else that of contact.

    Raises
    ------
    InputError
        Where the line given (`geo.scenario.Scenario.line`) cannot be used.
    """
    return control.line if given is None else lines.in_metres(given)


@kept(64)
def extent_geometry(extent: str, area: str | None) -> shapely.Geometry | None:
    """Where a scenario applies (metres); None for everywhere.

    Raises
    ------
    InputError
        Where a drawn or loaded area cannot be used.
    """
    if extent == EXTENT_ALL:
        return None
    if extent == EXTENT_AREA:
        shape = crs.to_metres(shapely.union_all(_given_area(area or "")[0]))
        if not shape.intersects(places.land()):
            raise InputError(
                _("the area of the extent lies outside Ukraine; move it over Ukraine.")
            )
        return shape
    return places.find(extent).geometry


def repairs(scenario: Scenario) -> list[str]:
    """What was done to the area that a scenario applies in, a sentence each."""
    if scenario.area is None:
        return []
    return [
        _("In the area of the extent: {repair}").format(repair=words.lower(repair))
        for repair in _given_area(scenario.area)[1]
    ]


@kept(64)
def _given_area(area: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The polygons of a drawn or loaded area (degrees), and what was repaired."""
    return upload.parse_polygons(area, name=area_name())


def _asked(control: ControlMap, scenario: Scenario, side: str) -> tuple[Any, ...]:
    """What a side's zone depends on; a side that does not move asks the same again."""
    return (
        control,
        side,
        getattr(scenario, f"{side}_km"),
        getattr(scenario, f"{side}_leaves"),
        scenario.extent,
        scenario.area,
        scenario.line,
    )


def _zone(
    control: ControlMap,
    side: str,
    distance_km: float,
    leaves: tuple[str, ...],
    extent: str,
    area: str | None,
    line: str | None,
) -> shapely.Geometry:
    parts = []
    if distance_km > 0:
        ground = _ground(control, side, extent, area)
        band = _band(control, distance_km, extent, area, line)
        parts.append(shapely.intersection(band, ground))
    if leaves:
        held = control.kyiv if side == "ukraine" else control.held
        parts.append(shapely.intersection(held, _places(leaves)))
    # Joining one part alone would only cost time.
    whole = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return polygonal(whole, above_m2=_CRUMB_M2)


_kept_zone = kept(128)(_zone)


@kept(16)
def _band(
    control: ControlMap, distance_km: float, extent: str, area: str | None, given: str | None
) -> shapely.Geometry:
    """What lies within a distance of the line, complete within the extent.

    Parts of the line farther from the extent than the distance reach nothing in it.
    """
    distance = distance_km * crs.KM
    line = line_from(control, given)
    where = extent_geometry(extent, area)
    if where is not None:
        reach = shapely.buffer(shapely.box(*where.bounds), distance, join_style="mitre")
        line = shapely.intersection(line, reach)
    return _within(line, distance)


def _within(line: shapely.Geometry, distance: float) -> shapely.Geometry:
    """All ground within a distance of a line (metres), as the union of buffers of its pieces.

    A long and winding line is buffered several times faster in pieces, even on one core: the curve
    that GEOS draws around the whole of it crosses itself at every turn. At short distances there
    is little to cross, and joining the pieces would cost more than it saves.
    """
    if distance < PIECES_FROM_M:
        return shapely.buffer(line, distance, quad_segs=QUAD_SEGS)
    bands = parallel.slices(
        lambda some: shapely.union_all(shapely.buffer(some, distance, quad_segs=QUAD_SEGS)),
        _pieces(line),
    )
    return shapely.union_all(bands)


def _pieces(line: shapely.Geometry) -> np.ndarray:
    """A line cut after every so many corners; each piece begins where the one before it ends."""
    pieces = []
    for part in shapely.get_parts(line):
        corners = shapely.get_coordinates(part)
        for start in range(0, len(corners) - 1, CORNERS_A_PIECE):
            pieces.append(shapely.linestrings(corners[start : start + CORNERS_A_PIECE + 1]))
    return np.array(pieces, dtype=object)


@functools.lru_cache(maxsize=32)
def _places(names: tuple[str, ...]) -> shapely.Geometry:
    return shapely.union_all([places.find(name).geometry for name in names])


@kept(64)
def _ground(control: ControlMap, side: str, extent: str, area: str | None) -> shapely.Geometry:
    """The ground that a side holds within the extent; the same for every distance."""
    held = control.kyiv if side == "ukraine" else control.held
    where = extent_geometry(extent, area)
    return held if where is None else shapely.intersection(held, where)
