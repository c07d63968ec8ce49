"""What lies inside the zones: ground, residents of 2022, settlements and railways."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data import catalog, upstream
from data.language import _, spoken, translated
from geo import crs, parallel, places, words
from geo.control import SOURCES, ControlMap, load
from geo.keeping import kept
from geo.pullback import line_from, pull_back, repairs
from geo.scenario import Scenario
from geo.shapes import own

MEASURES = ("area_km2", "residents_2022", "settlements", "rail_km")
LOADED = "control_loaded"
_USED = ("oblasts", "hromadas", "towns", "lakes", "settlements", "railways")
# Ground of another layer's making; less than this is the difference of two drawings.
_UNCOUNTED_KM2 = 1.0
_SLIVER_KM2 = 0.05
_MARGIN_M = 10.0
_TOUCH_M2 = 1.0
_HAIR_M = 0.01


@dataclasses.dataclass(frozen=True, eq=False)
class Impact:
    """The answer to a scenario.

    Attributes
    ----------
    scenario, control, zones
        What was asked, on which control map, and the two zones (metres).
    sides
        Indexed by side: ``area_km2``, ``residents_2022`` and ``rail_km`` (blank where the tables
        know nothing of the zone's ground), ``settlements``.
    by_oblast
        ``oblast``, ``side``, ``area_km2``, ``residents_2022``, ``settlements``; largest area first.
    railways
        ``side``, ``class`` (main or branch), ``length_km``; no row where none is listed.
    settlements
        Places of 500 or more residents inside, nearest to the line first: names, ``oblast``,
        ``raion``, ``hromada``, ``side``, ``held_by`` on the control map, ``residents_2022`` (blank
        where the town has no count of its own), ``population`` (GeoNames, undated),
        ``distance_km`` to the line that the scenario measures from, ``lon``, ``lat``.
    residents_from
        Indexed by side, what the residents are made of: ``towns`` that the zone touches and
        ``in_towns``, the residents they give; ``hromadas`` and ``on_land``, those outside towns.
    warnings
        What the figures leave out, a sentence each.
    sources
        The datasets used: ``id`` in the catalogue (``control_loaded`` for a map that somebody
        loaded), ``sha256``, ``title``, ``as_of``, ``licence``, ``attribution``, ``url``.
    """

    scenario: Scenario
    control: ControlMap
    zones: gpd.GeoDataFrame
    sides: pd.DataFrame
    by_oblast: pd.DataFrame
    railways: pd.DataFrame
    settlements: pd.DataFrame
    residents_from: pd.DataFrame
    warnings: tuple[str, ...]
    sources: tuple[dict[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """The document that ``scenario --json`` prints."""
        document = {
            "scenario": self.scenario.model_dump(mode="json"),
            "control": self.control.to_dict(),
            **self._given_line(),
            "sides": by_side(self.sides),
            "by_oblast": [true_digits(row) for row in self.by_oblast.to_dict(orient="records")],
            "sources": [
                {key: source[key] for key in ("title", "as_of", "licence", "url")}
                for source in self.sources
            ],
            "warnings": list(self.warnings),
        }
        told: dict[str, Any] = spoken(document)
        return told

    def _given_line(self) -> dict[str, float]:
        if self.scenario.line is None:
            return {}
        line = line_from(self.control, self.scenario.line)
        return {"line_drawn_km": round(line.length / crs.KM, 1)}


def answer(scenario: Scenario, *, crs_code: int | None = None) -> Impact:
    """The answer to a scenario, on the control map of its date and source.

    Parameters
    ----------
    crs_code
        EPSG code that counts where a file of control states no CRS.

    Raises
    ------
    InputError, DataError
        As of `geo.control.load` and `geo.pullback.pull_back`.
    """
    control = load(scenario.date, scenario.source, crs_code=crs_code)
    return assess(pull_back(control, scenario), control, scenario)


def assess(zones: gpd.GeoDataFrame, control: ControlMap, scenario: Scenario) -> Impact:
    """Measure what lies inside each side's zone.

    Areas are those of the equal-area projection. Residents are the counts of 1 January 2022 as
    `geo.places.units` spreads them: even over each town and over the rest of each hromada's land.
    Settlements count where their point lies inside. Railways are measured by route, parallel
    tracks counted once.

    Parameters
    ----------
    zones
        As `geo.pullback.pull_back` gives them (metres): each on the ground its side holds.
    """
    with ThreadPoolExecutor(parallel.threads(len(zones))) as pool:
        asked = (zones.geometry, zones["side"], repeat(control), repeat(scenario.area))
        measured = list(pool.map(_inside, *asked))
    inside = dict(zip(zones["side"], measured, strict=True))
    sides = pd.Index(zones["side"], name="side")
    return Impact(
        scenario=scenario,
        control=control,
        zones=zones,
        sides=pd.DataFrame([found.figures() for found in measured], index=sides),
        by_oblast=_by_oblast(inside),
        railways=_railways(inside),
        settlements=_settlements(inside, control, scenario),
        residents_from=pd.DataFrame([_residents_from(found) for found in measured], index=sides),
        warnings=(
            *control.repairs,
            *repairs(scenario),
            *_missed(zones, control, scenario),
            *_limits(measured),
        ),
        sources=credits(control, _USED),
    )


def figures(zone: shapely.Geometry, side: str, control: ControlMap) -> dict[str, float]:
    """The `MEASURES` of one side's zone (metres), as `assess` gives them; nothing is kept."""
    return _measure(zone, side, control).figures()


@dataclasses.dataclass(frozen=True, eq=False)
class _Measured:
    """What a zone takes: of each unit that it touches, of the settlements and of the railways."""

    area_km2: float
    unit: np.ndarray
    unit_m2: np.ndarray
    unit_residents: np.ndarray
    towns: np.ndarray
    rail_km: dict[str, float] | None

    def figures(self) -> dict[str, float]:
        return {
            "area_km2": self.area_km2,
            "residents_2022": _total(self.unit_residents),
            "settlements": len(self.towns),
            "rail_km": float("nan") if self.rail_km is None else sum(self.rail_km.values()),
        }


def _measure(zone: shapely.Geometry, side: str, control: ControlMap) -> _Measured:
    zone = own(zone)
    ground = _ground(control, side)
    near, area_m2 = _areas(zone, ground)
    return _Measured(
        area_km2=zone.area / crs.KM2,
        unit=ground.unit[near],
        unit_m2=area_m2,
        unit_residents=area_m2 * ground.residents_per_m2[near],
        towns=np.flatnonzero(shapely.intersects_xy(zone, *_settlement_points())),
        rail_km=_rail_km(zone),
    )


# What is measured once is kept: a side that does not move costs nothing.
@kept(128)
def _inside(zone: shapely.Geometry, side: str, control: ControlMap, _area: str | None) -> _Measured:
    """What a zone takes; kept under the area it is cut to as well, so as to go with that."""
    return _measure(zone, side, control)


@dataclasses.dataclass(frozen=True, eq=False)
class _Ground:
    """What a side holds of each unit of `geo.places.units`, and the same less a hair, indexed."""

    tree: shapely.STRtree
    shapes: np.ndarray
    cores: np.ndarray
    area_m2: np.ndarray
    unit: np.ndarray
    residents_per_m2: np.ndarray


@kept(32)
def _ground(control: ControlMap, side: str) -> _Ground:
    """The units cut by the line of contact, once for a control map."""
    units = places.units()
    shapes = np.asarray(units.geometry.array)
    per_m2 = units["residents_2022"].to_numpy() / shapely.area(shapes)
    held = own(control.kyiv if side == "ukraine" else control.held)
    whole = np.flatnonzero(shapely.contains(held, shapes))
    touched = np.flatnonzero(shapely.intersects(held, shapes))
    cut = np.setdiff1d(touched, whole)
    partly = parallel.slices(lambda some: shapely.intersection(some, held), shapes[cut])
    pieces = np.concatenate([np.empty(0, dtype=object), *partly])
    parts, unit = np.concatenate([shapes[whole], pieces]), np.concatenate([whole, cut])
    return _Ground(
        tree=shapely.STRtree(parts),
        shapes=parts,
        cores=np.concatenate([_unit_cores()[whole], _less_a_hair(pieces)]),
        area_m2=shapely.area(parts),
        unit=unit,
        residents_per_m2=per_m2[unit],
    )


@functools.cache
def _unit_cores() -> np.ndarray:
    return _less_a_hair(np.asarray(places.units().geometry.array))


def _less_a_hair(shapes: np.ndarray) -> np.ndarray:
    return np.concatenate(
        parallel.slices(
            lambda some: shapely.buffer(some, -_HAIR_M, join_style="mitre", quad_segs=1), shapes
        )
    )


def _areas(zone: shapely.Geometry, ground: _Ground) -> tuple[np.ndarray, np.ndarray]:
    """Which parts of the ground a prepared zone takes something of, and how much (m²)."""
    near = np.sort(ground.tree.query(zone, predicate="intersects"))
    # A part along the line of contact shares its edge with the zone; without a hair it lies inside.
    whole = shapely.contains_properly(zone, ground.cores[near])
    area_m2 = ground.area_m2[near]
    cut = ground.shapes[near[~whole]]
    area_m2[~whole] = np.concatenate(parallel.slices(lambda some: _shared_m2(some, zone), cut))
    # Neighbours touch along their edges.
    taken = area_m2 > _TOUCH_M2
    return near[taken], area_m2[taken]


def _shared_m2(shapes: np.ndarray, zone: shapely.Geometry) -> np.ndarray:
    """Area (m²) that each shape shares with a zone of many more corners."""
    # Cutting the zone to the surroundings of each shape first halves the time.
    around = shapely.bounds(shapes) + _MARGIN_M * np.array([-1, -1, 1, 1])
    near = np.array([_clipped(zone, box) for box in around], dtype=object)
    return shapely.area(shapely.intersection(shapes, near))


def _clipped(zone: shapely.Geometry, box: np.ndarray) -> shapely.Geometry:
    # The fast way stumbles, or gives what is no valid area, where a box cuts off hardly anything.
    with contextlib.suppress(shapely.errors.GEOSException):
        fast = shapely.clip_by_rect(zone, *box)
        if shapely.is_valid(fast):
            return fast
    return shapely.intersection(zone, shapely.box(*box))


def _by_oblast(inside: Mapping[str, _Measured]) -> pd.DataFrame:
    """The figures in each oblast that a side's zone takes more than a sliver of."""
    names, of_unit = _oblasts_of_units()
    of_town = _oblasts_of_settlements()
    tables = []
    for side, found in inside.items():
        member, count = of_unit[found.unit], len(names)
        known = ~np.isnan(found.unit_residents)
        area_km2 = np.bincount(member, found.unit_m2, count) / crs.KM2
        residents = np.bincount(member[known], found.unit_residents[known], count)
        residents = residents.astype(float).round()
        residents[np.bincount(member[known], minlength=count) == 0] = np.nan
        settlements = np.bincount(of_town[found.towns], minlength=count)
        some = area_km2 > _SLIVER_KM2
        table = {"oblast": names, "side": side, "area_km2": area_km2}
        table |= {"residents_2022": residents, "settlements": settlements}
        tables.append(pd.DataFrame(table)[some])
    whole = pd.concat(tables).astype({"residents_2022": "Int64"})
    return whole.sort_values("area_km2", ascending=False, ignore_index=True)


@functools.cache
def _oblasts_of_units() -> tuple[np.ndarray, np.ndarray]:
    """Names of the oblasts, and for each unit the number of its own."""
    return np.unique(places.units()["oblast"].to_numpy(str), return_inverse=True)


@functools.cache
def _oblasts_of_settlements() -> np.ndarray:
    names, _ = _oblasts_of_units()
    return pd.Index(names).get_indexer(pd.Index(places.settlements()["oblast"]))


def _railways(inside: Mapping[str, _Measured]) -> pd.DataFrame:
    rows = [
        (side, kind, length_km)
        for side, found in inside.items()
        for kind, length_km in (found.rail_km or {}).items()
    ]
    return pd.DataFrame(rows, columns=["side", "class", "length_km"])


def _total(counts: np.ndarray) -> float:
    """The sum of what is known; blank where nothing is known, 0 of nothing."""
    return float("nan") if len(counts) and np.isnan(counts).all() else float(np.nansum(counts))


def _missed(zones: gpd.GeoDataFrame, control: ControlMap, scenario: Scenario) -> list[str]:
    """Which side was asked to give up ground and has none there, a sentence each."""
    told = []
    for side, zone in zip(zones["side"], zones.geometry, strict=True):
        name, held = words.SIDES[side], words.HELD[side]
        distance_km = getattr(scenario, f"{side}_km")
        if zone.is_empty and distance_km > 0:
            told.append(
                _(
                    "{side}’s zone is empty: no {held} ground {where}lies within {km} km of {line}."
                ).format(
                    side=name,
                    held=held,
                    where=_of_extent(scenario),
                    km=words.short(distance_km),
                    line=scenario.measured_from(),
                )
            )
        ground = control.kyiv if side == "ukraine" else control.held
        told += [
            _("{side} leaves nothing in {place}: none of it is {held} on this map.").format(
                side=name, place=words.place(place), held=held
            )
            for place in getattr(scenario, f"{side}_leaves")
            if not shapely.intersects(ground, places.find(place).geometry)
        ]
    return told


def _of_extent(scenario: Scenario) -> str:
    where = scenario.where() if scenario.line is None else scenario.within()
    return f"{where} " if where else ""


def _limits(measured: list[_Measured]) -> list[str]:
    """What the figures leave out, a sentence each."""
    limits: list[str] = []
    uncounted_km2 = sum(
        found.unit_m2[np.isnan(found.unit_residents)].sum() / crs.KM2 for found in measured
    )
    if uncounted_km2 > _UNCOUNTED_KM2:
        limits.append(
            _(
                "Residents are known for nine oblasts only; {km2} km² of the zones lie in others, "
                "and whoever lived there is not in the figures."
            ).format(km2=words.number(uncounted_km2))
        )
    limits.append(
        _(
            "Railways are the main and branch lines listed in OpenStreetMap in August 2026, around "
            "Donetsk Oblast only. Lines near the front and in Kyiv-held Donetsk Oblast are not "
            "among them: where none is listed, and beyond that ground, there is no figure."
        )
    )
    return limits


def _residents_from(found: _Measured) -> dict[str, float]:
    units = places.units()
    kind = units["kind"].to_numpy(str)[found.unit]
    hromada = units["hromada"].to_numpy(str)[found.unit]
    in_town = kind == "town"
    return {
        "towns": int(in_town.sum()),
        "in_towns": _total(found.unit_residents[in_town]),
        "hromadas": len(set(hromada[hromada != ""])),
        "on_land": _total(found.unit_residents[~in_town & (hromada != "")]),
    }


def _settlements(
    inside: Mapping[str, _Measured], control: ControlMap, scenario: Scenario
) -> pd.DataFrame:
    """The settlements inside, nearest to the line first, largest first at one distance."""
    distance_km, is_held = _settlements_away(control, scenario.line), _settlements_held(control)
    towns = np.concatenate([found.towns for found in inside.values()])
    side = np.repeat(list(inside), [len(found.towns) for found in inside.values()])
    order = np.lexsort((towns, distance_km[towns]))
    towns = towns[order]
    return (
        _settlement_table()
        .take(towns)
        .reset_index(drop=True)
        .assign(
            side=side[order],
            held_by=np.where(is_held[towns], "Russian-held", "Kyiv-held"),
            distance_km=distance_km[towns],
        )
    )


@functools.cache
def _settlement_table() -> pd.DataFrame:
    return pd.DataFrame(places.settlements().drop(columns=["geometry", "geonameid"]))


@functools.cache
def _settlement_points() -> tuple[np.ndarray, np.ndarray]:
    points = np.asarray(places.settlements().geometry.array)
    return shapely.get_x(points), shapely.get_y(points)


@kept(32)
def _settlements_away(control: ControlMap, line: str | None) -> np.ndarray:
    """Distance (km) of every settlement to the line of contact, or to the line given instead."""
    points = np.asarray(places.settlements().geometry.array)
    index = _line_index(line_from(control, line))
    _, distance_m = index.query_nearest(points, return_distance=True, all_matches=False)
    return distance_m / crs.KM


@kept(32)
def _settlements_held(control: ControlMap) -> np.ndarray:
    """Whether every settlement is Russian-held."""
    return shapely.intersects_xy(own(control.held), *_settlement_points())


def _line_index(line: shapely.Geometry) -> shapely.STRtree:
    """The segments of a line, indexed."""
    corners, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    joined = part[1:] == part[:-1]
    segments = np.stack([corners[:-1][joined], corners[1:][joined]], axis=1)
    return shapely.STRtree(shapely.linestrings(segments))


def _rail_km(zone: shapely.Geometry) -> dict[str, float] | None:
    """Length of the railways inside (km) by class.

    None where the zone leaves the ground they cover, and where none is listed: the source has no
    line at all in Kyiv-held Donetsk Oblast, so that none in it is not none on the ground.
    """
    if zone.is_empty:
        return {}
    if not _rail_map().covers(shapely.envelope(zone)):
        return None
    railways = places.railways()
    lines = np.asarray(railways.geometry.array)
    length_m = np.where(shapely.contains_properly(zone, lines), shapely.length(lines), 0.0)
    partly = (length_m == 0) & shapely.intersects(zone, lines)
    length_m[partly] = shapely.length(shapely.intersection(lines[partly], zone))
    by_class = pd.Series(length_m / crs.KM).groupby(railways["class"].to_numpy()).sum()
    return {str(kind): float(km) for kind, km in by_class[by_class > 0].items()} or None


@functools.cache
def _rail_map() -> shapely.Geometry:
    """The ground (metres) around Donetsk Oblast for which railways are bundled."""
    return shapely.buffer(shapely.box(*places.railways().total_bounds), 1000.0, join_style="mitre")


def credits(control: ControlMap, names: Iterable[str]) -> tuple[dict[str, str], ...]:
    """The control map and other datasets as sources: title, date, terms, attribution, address."""
    if control.fetched_sha256:
        first = _fetched(control)
    elif control.source in SOURCES:
        dataset = catalog.datasets()[f"control_{control.source}"]
        first = _credit(dataset) | {
            "title": _("{title}, generalised").format(title=translated(dataset.title)),
            "as_of": control.date.isoformat(),
        }
    else:
        first = {
            "id": LOADED,
            "sha256": hashlib.sha256(control.held.wkb).hexdigest(),
            "title": _("Control map from the file {name}").format(name=control.title),
            "as_of": control.date.isoformat(),
            "licence": _("of the file's publisher"),
            "attribution": control.title,
            "url": "",
        }
    return (first, *(_credit(catalog.datasets()[name]) for name in names))


def _fetched(control: ControlMap) -> dict[str, str]:
    """A day that was fetched, as a source: the stored file's hash, the terms of its publisher."""
    dataset = catalog.datasets()[f"control_{control.source}"]
    terms = upstream.upstreams()[control.source]
    return _credit(dataset) | {
        "sha256": control.fetched_sha256,
        "title": _("{title}, full detail, fetched").format(title=translated(dataset.title)),
        "as_of": control.date.isoformat(),
        "licence": terms.licence,
        "attribution": terms.attribution,
    }


def _credit(dataset: catalog.Dataset) -> dict[str, str]:
    return {
        "id": dataset.id,
        "sha256": dataset.sha256,
        "title": dataset.title,
        "as_of": dataset.as_of,
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        "url": dataset.url,
    }


def by_side(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """A table of figures indexed by side, for a JSON document."""
    return {str(side): true_digits(row) for side, row in table.to_dict(orient="index").items()}


def true_digits(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of figures with the digits that are true, for a JSON document; null where unknown."""
    document: dict[str, Any] = {}
    for key, value in row.items():
        if pd.isna(value):
            document[str(key)] = None
        elif key in ("area_km2", "rail_km"):
            document[str(key)] = round(float(value), 1)
        elif key in ("residents_2022", "settlements"):
            document[str(key)] = round(value)
        else:
            document[str(key)] = value
    return document
