"""Through time: ground that changed hands between two maps, and all maps of a source as a film.

What is lost by one side is gained by the other: of two maps of one country, the ground that passed
to Russian forces, less the ground that passed back, is the difference of what they held. A patch
nowhere wider than `REDRAWN_M` is counted apart: the assessor may only have drawn the same edge
again. With it, the sums are exact.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import itertools
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.errors import InputError
from data.language import _
from data.projection import MEASURING_CRS
from geo import control as control_maps
from geo import crs, impact, parallel, places, words
from geo.control import ControlMap
from geo.shapes import own, polygonal

SIDES = ("russia", "ukraine")
"""Who gained ground, in the order in which it is told."""

OBLAST = "Donetsk Oblast"
"""Whose Kyiv-held share is followed."""

# The bundled maps are generalised to 150 m: a patch nowhere wider may be nothing but that.
REDRAWN_M = 150.0
# Maps that differ by less show the same.
SAME_KM2 = 0.01
_CRUMB_M2 = 1.0
_SLIVER_KM2 = 0.05
# Of a frame: what a screen shows of the front, and of coast and border behind it.
_FRONT_M = 75.0
_OUTLINE_M = 250.0
_ON_OUTLINE_M = 2.5
_A_DEGREE = 5000  # steps of a frame's grid: 22 m from south to north
_COLUMNS = (
    "name_en",
    "name_uk",
    "oblast",
    "raion",
    "hromada",
    "to",
    "residents_2022",
    "population",
    "lon",
    "lat",
)


@dataclasses.dataclass(frozen=True, eq=False)
class Changed:
    """What passed from one side to the other between two maps.

    Attributes
    ----------
    before, after
        The two control maps.
    ground
        Indexed by the side that gained it (`SIDES`), geometry in metres, without what was redrawn.
    sides
        Indexed the same: ``area_km2``, ``redrawn_km2`` (patches nowhere wider than `REDRAWN_M`,
        not in ``area_km2``), ``settlements``, ``residents_2022`` (of the ground, spread as
        everywhere; blank where nothing is known).
    by_oblast
        ``oblast``, ``to`` (the side that gained), ``area_km2``, ``settlements``; largest first.
    settlements
        Places of 500 or more residents in that ground, largest first: names, ``oblast``,
        ``raion``, ``hromada``, ``to``, ``residents_2022`` (blank where the place has no count of
        its own), ``population`` (GeoNames, undated), ``lon``, ``lat``.
    """

    before: ControlMap
    after: ControlMap
    ground: gpd.GeoDataFrame
    sides: pd.DataFrame
    by_oblast: pd.DataFrame
    settlements: pd.DataFrame

    @property
    def net_km2(self) -> float:
        """By how much Russian-held ground grew (km²; below 0 where it shrank)."""
        whole = self.sides["area_km2"] + self.sides["redrawn_km2"]
        return float(whole["russia"] - whole["ukraine"])

    @property
    def is_none(self) -> bool:
        """Whether the two maps show the same."""
        return float(self.sides[["area_km2", "redrawn_km2"]].to_numpy().sum()) < SAME_KM2

    def to_dict(self) -> dict[str, Any]:
        """The change as members of a JSON document."""
        settlements = self.settlements.astype({"residents_2022": object})
        return {
            "from": self.before.to_dict(),
            "to": self.after.to_dict(),
            "net_km2": round(self.net_km2, 1),
            "passed_to": {
                side: impact.true_digits(row) | {"redrawn_km2": round(row["redrawn_km2"], 2)}
                for side, row in self.sides.to_dict(orient="index").items()
            },
            "by_oblast": [impact.true_digits(row) for row in self.by_oblast.to_dict("records")],
            "settlements": [
                impact.true_digits(row)
                for row in settlements.drop(columns=["lon", "lat"]).to_dict("records")
            ],
        }


def changed(before: ControlMap, after: ControlMap) -> Changed:
    """The ground that passed to each side between two maps.

    Of the same assessor and two dates, what changed hands as he saw it; of two assessors, in part
    how they differ.

    Raises
    ------
    InputError
        Where the maps are not of the same country.
    """
    if abs(_whole_m2(before) - _whole_m2(after)) > SAME_KM2 * crs.KM2:
        raise InputError(_("the two control maps are not of one country; compare maps of one."))
    pairs = {"russia": (after.held, before.held), "ukraine": (before.held, after.held)}
    parted = parallel.each(lambda side: _parted(*pairs[side]), SIDES)
    ground = gpd.GeoDataFrame(
        geometry=[wide for wide, _narrow in parted],
        index=pd.Index(SIDES, name="to"),
        crs=MEASURING_CRS,
    )
    settlements = _settlements(ground)
    losers = {"russia": ("ukraine", before), "ukraine": ("russia", before)}
    figures = [impact.figures(ground.geometry[side], *losers[side]) for side in SIDES]
    sides = pd.DataFrame(
        {
            "area_km2": ground.area / crs.KM2,
            "redrawn_km2": [narrow_km2 for _wide, narrow_km2 in parted],
            "settlements": [int((settlements["to"] == side).sum()) for side in SIDES],
            "residents_2022": [found["residents_2022"] for found in figures],
        },
        index=ground.index,
    )
    return Changed(before, after, ground, sides, _by_oblast(ground, settlements), settlements)


def passed_to(side: str) -> str:
    """What ground that a side gained is called."""
    return {"russia": _("Became Russian-held"), "ukraine": _("Became Kyiv-held")}[side]


def left_out(found: Changed) -> str:
    """What the figures of a change leave out, in a sentence."""
    text = _(
        "Patches nowhere wider than {width} m are left out, since the assessor may only have "
        "drawn the same edge again: {russia} km² Russian-held, {ukraine} km² Kyiv-held since."
    )
    redrawn = {
        str(side): words.number(km2, decimals=1) for side, km2 in found.sides["redrawn_km2"].items()
    }
    return text.format(width=words.number(REDRAWN_M), **redrawn)


def before_of(date: dt.date, dates: Sequence[dt.date]) -> dt.date:
    """What a map is first set against: of some dates the one nearest to a year before it."""
    earlier = [day for day in dates if day < date] or list(dates)
    return min(earlier, key=lambda day: abs((date - day).days - 365))


def figures(control: ControlMap) -> dict[str, float]:
    """A map in figures: ``line_km``, ``held_km2``, ``kyiv_km2`` and ``kyiv_share`` of `OBLAST`."""
    oblast = places.find(OBLAST).geometry
    found = control_maps.figures(control, oblast)
    del found["shore_km"]
    return found | {"kyiv_share": found["kyiv_km2"] / (oblast.area / crs.KM2)}


def series(source: str) -> pd.DataFrame:
    """All bundled maps of a source in figures, oldest first. Slow: it loads every map.

    Returns
    -------
    DataFrame
        ``date``, as in `figures`, and ``changed`` (whether the map differs from the one before; the
        first does not).

    Raises
    ------
    InputError
        Where the source is not one of `geo.control.SOURCES`.
    """
    dates = control_maps.bundled_dates(source)
    maps = parallel.each(lambda date: control_maps.load_bundled(date, source), dates)
    table = pd.DataFrame(parallel.each(figures, maps))
    table.insert(0, "date", pd.Series(dates, dtype=object))
    pairs = list(itertools.pairwise(maps))
    table["changed"] = [False, *parallel.each(lambda pair: not _same(*pair), pairs)]
    return table


def unchanged(table: pd.DataFrame) -> list[tuple[dt.date, dt.date]]:
    """First and last date of each run of maps that show the same, from a table of `series`."""
    runs = table.groupby(table["changed"].cumsum())["date"].agg(["first", "last", "size"])
    return [(row["first"], row["last"]) for row in runs.to_dict("records") if row["size"] > 1]


def film(source: str) -> dict[str, Any]:
    """All bundled maps of a source as a JSON document for a screen. Slow: it loads every map.

    ``grid`` (steps a degree), ``outline`` (the country's rings, simplified, corners as `_packed`
    writes them), ``frames`` (see `frame`) and ``series`` (the table of that name, a row a frame).
    """
    table = series(source)
    maps = (control_maps.load_bundled(date, source) for date in table["date"])
    return {
        "grid": _A_DEGREE,
        "outline": [_packed(corners) for corners in _outline().rings],
        "frames": [frame(control) for control in maps],
        "series": table.assign(date=table["date"].map(str)).to_dict("records"),
    }


def series_of(document: dict[str, Any]) -> pd.DataFrame:
    """The table of `series` that a document of `film` has."""
    table = pd.DataFrame(document["series"])
    table["date"] = table["date"].map(dt.date.fromisoformat).astype(object)
    return table


def still_there(before: shapely.Geometry, after: shapely.Geometry) -> float:
    """Share of a zone (metres) that lies in another, 0 to 1; blank where the first is empty."""
    if before.is_empty:
        return float("nan")
    return float(shapely.intersection(before, after).area / before.area)


def frame(control: ControlMap) -> list[list[list[int] | str]]:
    """A map as a picture: the rings of Russian-held ground, simplified for a screen.

    A ring is a list of parts, one after the other: a string is a stretch of the line of contact
    (corners as `_packed` writes them), two numbers are a stretch of the country's outline, from one
    of its corners to another, forwards or backwards.
    """
    country = _outline()
    along = own(country.border)
    return [_ring_parts(ring, country, along) for ring in _rings(control.held)]


def name(found: Changed) -> str:
    """What was compared, in words."""
    one, other = found.before, found.after
    titles = ", ".join(dict.fromkeys((one.title, other.title)))
    return _("Ground that changed hands, {first} to {last} ({titles})").format(
        first=words.day(one.date), last=words.day(other.date), titles=titles
    )


def _whole_m2(control: ControlMap) -> float:
    return float(control.held.area + control.kyiv.area)


def _same(one: ControlMap, other: ControlMap) -> bool:
    if shapely.equals_identical(one.held, other.held):
        return True
    return shapely.symmetric_difference(one.held, other.held).area < SAME_KM2 * crs.KM2


def _parted(more: shapely.Geometry, less: shapely.Geometry) -> tuple[shapely.Geometry, float]:
    """What only the first has: patches wide enough to be ground, and the area (km²) of others."""
    patches = shapely.get_parts(polygonal(shapely.difference(more, less)))
    narrow = shapely.is_empty(shapely.buffer(patches, -REDRAWN_M / 2, quad_segs=2))
    redrawn_km2 = float(shapely.area(patches[narrow]).sum()) / crs.KM2
    return shapely.multipolygons(patches[~narrow]), redrawn_km2


def _settlements(ground: gpd.GeoDataFrame) -> pd.DataFrame:
    known = places.settlements()
    x, y = (getattr(known.geometry, axis).to_numpy() for axis in ("x", "y"))
    tables = [
        known[shapely.intersects_xy(own(ground.geometry[side]), x, y)].assign(to=side)
        for side in SIDES
    ]
    # Of a town with a count of its own that; elsewhere what GeoNames has, which is undated.
    whole = pd.DataFrame(pd.concat(tables))
    size = whole["residents_2022"].astype("Float64").fillna(whole["population"])
    order = size.sort_values(ascending=False, kind="stable").index
    return whole.loc[order, list(_COLUMNS)].reset_index(drop=True)


def _by_oblast(ground: gpd.GeoDataFrame, settlements: pd.DataFrame) -> pd.DataFrame:
    oblasts = places.oblasts()
    shapes = np.asarray(oblasts.geometry.array)
    count = settlements.groupby(["oblast", "to"]).size()
    tables = []
    for side in SIDES:
        gained = own(ground.geometry[side])
        near = np.flatnonzero(shapely.intersects(gained, shapes))
        area_km2 = shapely.area(shapely.intersection(shapes[near], gained)) / crs.KM2
        names = oblasts["name_en"].to_numpy()[near]
        table = {"oblast": names, "to": side, "area_km2": area_km2}
        table["settlements"] = [int(count.get((name, side), 0)) for name in names]
        tables.append(pd.DataFrame(table)[area_km2 > _SLIVER_KM2])
    return pd.concat(tables).sort_values("area_km2", ascending=False, ignore_index=True)


@dataclasses.dataclass(frozen=True, eq=False)
class _Outline:
    """The country's outline: its rings simplified (metres), and where each true corner is in them.

    ``place`` has, by a corner's coordinates in centimetres, its number among all kept corners, or
    -1 where it was simplified away. ``border`` is what lies on its edge (metres).
    """

    rings: list[np.ndarray]
    place: dict[tuple[int, int], int]
    border: shapely.Geometry


@functools.cache
def _outline() -> _Outline:
    rings, place, kept_before = [], {}, 0
    for ring in _rings(places.land()):
        simple = shapely.get_coordinates(shapely.simplify(shapely.linearrings(ring), _OUTLINE_M))
        kept = {_key(corner): kept_before + n for n, corner in enumerate(simple[:-1])}
        place.update({_key(corner): kept.get(_key(corner), -1) for corner in ring})
        rings.append(simple[:-1])
        kept_before += len(simple) - 1
    edge = shapely.boundary(places.land())
    return _Outline(rings, place, shapely.buffer(edge, _ON_OUTLINE_M, quad_segs=1))


def _rings(polygons: shapely.Geometry) -> list[np.ndarray]:
    """Corners of every ring, the last one the first."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    return [shapely.get_coordinates(ring) for ring in rings]


def _key(corner: np.ndarray) -> tuple[int, int]:
    return round(float(corner[0]) * 100), round(float(corner[1]) * 100)


def _ring_parts(
    corners: np.ndarray, country: _Outline, along: shapely.Geometry
) -> list[list[int] | str]:
    """A ring as stretches of the line of contact and of the country's outline."""
    edges = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1))
    front = ~shapely.covers(along, edges)
    if front.all():
        return [_packed(_simple(corners))]
    if front.any():
        # Begin where a stretch begins, so that none is cut in two.
        first = int(np.flatnonzero(front & ~np.roll(front, 1))[0])
        corners = np.concatenate([corners[first:-1], corners[: first + 1]])
        front = np.roll(front, -first)
    starts = np.flatnonzero(np.diff(front, prepend=~front[0]))
    parts: list[list[int] | str] = []
    for start, end in zip(starts, [*starts[1:], len(front)], strict=True):
        run = corners[start : end + 1]
        if front[start]:
            parts.append(_packed(_simple(run)))
        else:
            parts += _stretches([country.place.get(_key(corner), -1) for corner in run])
    return parts


def _stretches(numbers: Sequence[int]) -> list[list[int]]:
    """Numbers of corners, in their order, as stretches that go up or down by one."""
    stretches: list[list[int]] = []
    for number in (number for number in numbers if number >= 0):
        if stretches:
            first, last = stretches[-1]
            step = (last > first) - (last < first)
            if abs(number - last) == 1 and step in (0, number - last):
                stretches[-1][1] = number
                continue
            if number == last:
                continue
        stretches.append([number, number])
    return stretches


def _simple(corners: np.ndarray) -> np.ndarray:
    return shapely.get_coordinates(shapely.simplify(shapely.linestrings(corners), _FRONT_M))


def _packed(corners: np.ndarray) -> str:
    """Corners (metres) as text: latitude and longitude on a grid, each less the one before.

    Google's encoded polyline, with another grid: five bits a letter, the lowest first.
    """
    degrees = shapely.get_coordinates(crs.to_degrees(shapely.linestrings(corners)))
    steps = np.round(degrees[:, ::-1] * _A_DEGREE).astype(int)
    letters = []
    for value in np.diff(steps, axis=0, prepend=0).ravel().tolist():
        rest = ~(value << 1) if value < 0 else value << 1
        while rest >= 32:
            letters.append(chr((32 | rest & 31) + 63))
            rest >>= 5
        letters.append(chr(rest + 63))
    return "".join(letters)
