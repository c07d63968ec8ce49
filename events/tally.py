"""Counts of events on some ground: of one table at a time, small, and such that they add up.

What lies on which side is told by `Ground`, which can be sent to another process; what lies there
is counted by `tally`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

from geo import crs, places
from geo.pullback import SIDES
from geo.shapes import own

MOST_POINTS = 3_000
"""So many events inside, or more, are shown as cells instead of points."""
NO_OBLAST = "in no oblast"
KINDS = ("class", "month", "oblast", "precision", "cell")
"""What the events of a side are counted by."""
COLUMNS = ("side", "oblast", "date", "class", "precision", "id", "lon", "lat")
"""Of the table of events inside, in their order."""

# A zone's share of an oblast that is less than this is the difference of two drawings.
_SLIVER_KM2 = 0.05
# Few enough to draw, however large the zones are.
_MOST_CELLS = 2_500
# Cells of some 0.7 km²: finer than that says more than an event's place does.
_FINEST_RESOLUTION = 8
_EDGE_STEP_M = 1_000.0
_EDGE_MARGIN_DEGREES = 1e-4


# ------------------------------------------------------------------------------------- the ground


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """The zones and the oblasts that they touch, as they are sent to whoever counts.

    Attributes
    ----------
    zones : tuple of Geometry
        In the order of `geo.pullback.SIDES`, metres.
    oblasts : tuple of str
        Names of the oblasts that a zone touches, in the order of the bundled table.
    shapes : tuple of Geometry
        Their polygons, metres.
    zone_km2 : ndarray
        What each zone takes of each oblast, a row a side.
    box : tuple of float
        West, south, east and north (degrees) of all this ground; NaN where there is none.
    resolution : int
        Of the H3 cells in which events are shown.
    """

    zones: tuple[shapely.Geometry, ...]
    oblasts: tuple[str, ...]
    shapes: tuple[shapely.Geometry, ...]
    zone_km2: np.ndarray
    box: tuple[float, float, float, float]
    resolution: int

    @classmethod
    def of(cls, zones: gpd.GeoDataFrame) -> Ground:
        """The ground of zones (metres) as `geo.pullback.pull_back` gives them."""
        crs.require_metres(np.asarray(zones.geometry.array))
        by_side = dict(zip(zones["side"], zones.geometry, strict=True))
        both = tuple(by_side[side] for side in SIDES)
        layer = places.oblasts()
        every = np.asarray(layer.geometry.array)
        km2 = np.array([shapely.area(shapely.intersection(every, zone)) / crs.KM2 for zone in both])
        met = km2.sum(axis=0) > 0
        total_km2 = float(shapely.area(both).sum()) / crs.KM2
        return cls(
            zones=both,
            oblasts=tuple(layer["name_en"][met]),
            shapes=tuple(every[met]),
            zone_km2=km2[:, met],
            box=_degrees_around([*both, *every[met]]),
            resolution=_resolution(total_km2),
        )

    @property
    def is_touched(self) -> np.ndarray:
        """Which oblasts each zone takes more than a sliver of, a row a side."""
        return self.zone_km2 > _SLIVER_KM2

    @property
    def rest_km2(self) -> np.ndarray:
        """What each oblast has outside both zones."""
        whole = shapely.area(np.array(self.shapes, dtype=object)) / crs.KM2
        return np.maximum(whole - self.zone_km2.sum(axis=0), 0.0)

    @property
    def names(self) -> np.ndarray:
        """Names by the numbers that `oblast` gives."""
        return np.array([*self.oblasts, NO_OBLAST], dtype=object)

    def near(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Numbers of the points (degrees) that may lie on this ground."""
        west, south, east, north = self.box
        return np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))

    def sides(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Whether points (metres) lie in each zone, a row a side."""
        return np.stack([_intersects(zone, x, y) for zone in self.zones])

    def oblast(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Number of the first oblast in which each point (metres) lies; their count for none."""
        number = np.full(len(x), len(self.shapes))
        for place, shape in enumerate(self.shapes):
            free = np.flatnonzero(number == len(self.shapes))
            number[free[_intersects(shape, x[free], y[free])]] = place
        return number


def _intersects(shape: shapely.Geometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether points lie in a shape, boundary included; as `geopandas.sjoin` has it, but faster."""
    west, south, east, north = shape.bounds
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    near = np.flatnonzero(inside)
    if len(near):
        inside[near] = shapely.intersects_xy(own(shape), x[near], y[near])
    return inside


def _degrees_around(shapes: list[shapely.Geometry]) -> tuple[float, float, float, float]:
    """A box in degrees that holds all of the shapes (metres)."""
    bounds = shapely.total_bounds(shapes)
    if np.isnan(bounds).any():
        return (math.nan, math.nan, math.nan, math.nan)
    # What is straight in metres is bent in degrees, and no farther out than between two corners.
    edge = shapely.segmentize(shapely.box(*bounds), _EDGE_STEP_M)
    west, south, east, north = crs.to_degrees(edge).bounds
    margin = _EDGE_MARGIN_DEGREES
    return (west - margin, south - margin, east + margin, north + margin)


def _metres(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points in metres. As the corners of one line, since a geometry for each takes far longer."""
    if not len(lon):
        return lon, lat
    # A line has two corners or more.
    corners = np.column_stack([np.append(lon, lon[-1]), np.append(lat, lat[-1])])
    x, y = shapely.get_coordinates(crs.to_metres(shapely.linestrings(corners)))[:-1].T
    return x, y


# --------------------------------------------------------------------------------------- counting


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of some events, small whatever their number; tallies are added with ``+``.

    Attributes
    ----------
    counts : mapping
        Side and one of class, month, oblast, precision and cell, to events by its values.
    rest : Counter
        Oblast to events outside both zones.
    points : DataFrame, optional
        The events inside, as long as they are fewer than `MOST_POINTS`.
    """

    counts: Mapping[tuple[str, str], Counter[Any]]
    rest: Counter[str]
    points: pd.DataFrame | None

    def __add__(self, other: Tally) -> Tally:
        # Not Counter's own plus, which looks for counts below nought.
        counts = {key: Counter(values) for key, values in self.counts.items()}
        for key, values in other.counts.items():
            counts[key].update(values)
        rest = Counter(self.rest)
        rest.update(other.rest)
        return Tally(counts, rest, _joined(self.points, other.points))

    def events(self, side: str) -> int:
        """Events in the zone of a side."""
        return self.counts[side, "oblast"].total()


def _joined(first: pd.DataFrame | None, second: pd.DataFrame | None) -> pd.DataFrame | None:
    """Points of two tallies; None where they are too many."""
    if first is None or second is None or len(first) + len(second) >= MOST_POINTS:
        return None
    if not len(first) or not len(second):
        return first if len(first) else second
    return pd.concat([first, second], ignore_index=True)


def nothing() -> Tally:
    """The tally of no events."""
    counts = {(side, kind): Counter[Any]() for side in SIDES for kind in KINDS}
    return Tally(counts, Counter(), pd.DataFrame())


def tally(table: pd.DataFrame, ground: Ground) -> Tally:
    """Count the events of a table (as in `events.points.Batch`) that lie on a ground."""
    found = _locate(table, ground)
    rest = _numbered(found.oblast[~found.sides.any(axis=0)], ground.names)
    del rest[NO_OBLAST]
    counts: dict[tuple[str, str], Counter[Any]] = {}
    for side, is_in in zip(SIDES, found.sides, strict=True):
        events = table.iloc[found.row[is_in]]
        counts |= {
            (side, "class"): _named(events["class"]),
            (side, "month"): _months(events["date"].to_numpy()),
            (side, "oblast"): _numbered(found.oblast[is_in], ground.names),
            (side, "precision"): _named(events["precision"]),
            (side, "cell"): _cells(found.lon[is_in], found.lat[is_in], ground.resolution),
        }
    if found.sides.sum() >= MOST_POINTS:
        return Tally(counts, rest, None)
    return Tally(counts, rest, _events(table, found, ground).drop(columns="id", errors="ignore"))


def events_inside(table: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """The rows of a table that lie in a zone, with ``side`` and ``oblast``, in their order.

    One that lies in both zones is there twice.
    """
    return _events(table, _locate(table, ground), ground)


@dataclass(frozen=True, eq=False)
class _Found:
    """Rows of a table that may lie on a ground: their numbers, degrees, sides and oblasts."""

    row: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    sides: np.ndarray
    oblast: np.ndarray


def _locate(table: pd.DataFrame, ground: Ground) -> _Found:
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    row = ground.near(lon, lat)
    lon, lat = lon[row], lat[row]
    x, y = _metres(lon, lat)
    return _Found(row, lon, lat, ground.sides(x, y), ground.oblast(x, y))


def _events(table: pd.DataFrame, found: _Found, ground: Ground) -> pd.DataFrame:
    number, side = np.nonzero(found.sides.T)
    events = table.iloc[found.row[number]].reset_index(drop=True)
    words = {name: events[name].astype("str") for name in ("class", "precision")}
    events = events.assign(
        side=pd.Series(np.array(SIDES, dtype=object)[side], dtype="str"),
        oblast=pd.Series(ground.names[found.oblast[number]], dtype="str"),
        **words,
    )
    return events[[name for name in COLUMNS if name in events]]


def _named(column: pd.Series) -> Counter[Any]:
    """How often each text of a categorical column occurs."""
    coded = column.astype("category").cat
    return _numbered(coded.codes.to_numpy(), coded.categories.astype("str"))


def _numbered(numbers: np.ndarray, names: Iterable[str]) -> Counter[Any]:
    """How often each name is meant by the numbers."""
    counts = np.bincount(numbers).tolist()
    return Counter({name: count for name, count in zip(names, counts, strict=False) if count})


def _months(days: np.ndarray) -> Counter[Any]:
    """How often each month occurs: ``2025-12``."""
    months, counts = np.unique(days.astype("datetime64[M]"), return_counts=True)
    return Counter(dict(zip(months.astype("str").tolist(), counts.tolist(), strict=True)))


# ------------------------------------------------------------------------------------------ cells


def _resolution(total_km2: float) -> int:
    """The finest resolution of H3 that covers so much ground with few enough cells."""
    fine = _FINEST_RESOLUTION
    while fine and total_km2 / h3.average_hexagon_area(fine) > _MOST_CELLS:
        fine -= 1
    return fine


def _cells(lon: np.ndarray, lat: np.ndarray, resolution: int) -> Counter[Any]:
    """How many points (degrees) lie in each H3 cell."""
    pairs = zip(lat.tolist(), lon.tolist(), strict=True)
    return Counter(h3.latlng_to_cell(*pair, resolution) for pair in pairs)


def hexagons(cells: Iterable[str]) -> np.ndarray:
    """Polygons (metres) of H3 cells."""
    rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(cell)] for cell in cells]
    return crs.to_metres(np.array([shapely.Polygon(ring) for ring in rings], dtype=object))
