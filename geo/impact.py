"""What lies inside the zones: ground, residents of 2022, settlements and railways."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data import catalog
from geo import crs, places
from geo.control import SOURCES, ControlMap
from geo.scenario import Scenario

MEASURES = ("area_km2", "residents_2022", "settlements", "rail_km")
_USED = ("oblasts", "hromadas", "settlements", "railways")
# Ground of another layer's making; less than this is the difference of two drawings.
_UNCOUNTED_KM2 = 1.0
_SLIVER_KM2 = 0.05
_TOUCH_M2 = 1.0


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
    settlements
        Places of 500 or more residents inside, nearest to the line first: names, ``oblast``,
        ``raion``, ``hromada``, ``side``, ``population`` (GeoNames, undated), ``distance_km`` to the
        line of contact, ``lon``, ``lat``.
    warnings
        What the figures leave out, a sentence each.
    sources
        The datasets used: ``title``, ``as_of``, ``licence``, ``attribution``, ``url``.
    """

    scenario: Scenario
    control: ControlMap
    zones: gpd.GeoDataFrame
    sides: pd.DataFrame
    by_oblast: pd.DataFrame
    settlements: pd.DataFrame
    warnings: tuple[str, ...]
    sources: tuple[dict[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """The document that ``scenario --json`` prints."""
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "control": self.control.to_dict(),
            "sides": {
                str(side): _row(figures)
                for side, figures in self.sides.to_dict(orient="index").items()
            },
            "by_oblast": [_row(figures) for figures in self.by_oblast.to_dict(orient="records")],
            "sources": [
                {key: source[key] for key in ("title", "as_of", "licence", "url")}
                for source in self.sources
            ],
            "warnings": list(self.warnings),
        }


def assess(zones: gpd.GeoDataFrame, control: ControlMap, scenario: Scenario) -> Impact:
    """Measure what lies inside each side's zone.

    Areas are those of the equal-area projection. Residents are the hromadas' counts of 1 January
    2022, each spread evenly over its hromada. Settlements count where their point lies inside.
    Railways are measured by route, parallel tracks counted once.

    Parameters
    ----------
    zones
        As `geo.pullback.pull_back` gives them (metres).
    """
    # The sides at once: GEOS works without holding Python's lock.
    with ThreadPoolExecutor(len(zones)) as pool:
        inside = list(pool.map(_inside, zones.geometry, zones["side"], repeat(control)))
    return Impact(
        scenario=scenario,
        control=control,
        zones=zones,
        sides=pd.DataFrame([i.figures for i in inside], index=pd.Index(zones["side"], name="side")),
        by_oblast=pd.concat([i.by_oblast for i in inside]).sort_values(
            "area_km2", ascending=False, ignore_index=True
        ),
        settlements=pd.concat([i.settlements for i in inside]).sort_values(
            "distance_km", ignore_index=True
        ),
        warnings=(*control.repairs, *_limits(inside)),
        sources=credits(control, _USED),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Inside:
    """What lies in the zone of one side."""

    figures: dict[str, float]
    by_oblast: pd.DataFrame
    settlements: pd.DataFrame
    uncounted_km2: float


@functools.lru_cache(maxsize=128)
def _inside(zone: shapely.Geometry, side: str, control: ControlMap) -> _Inside:
    """Measure one side's zone, once: a side that does not move costs nothing."""
    # Preparing is not safe on a geometry that other sessions hold: work on a copy.
    zone = shapely.from_wkb(shapely.to_wkb(zone))
    shapely.prepare(zone)
    units = _shares(places.units(), zone)
    units["residents_2022"] *= units["share"]
    oblasts = units.groupby("oblast", as_index=False).agg(
        area_km2=("area_km2", "sum"),
        residents_2022=("residents_2022", _total),
    )
    oblasts = oblasts[oblasts["area_km2"] > _SLIVER_KM2]
    towns = _settlements_inside(zone, side, control)
    counts = towns["oblast"].value_counts()
    return _Inside(
        figures={
            "area_km2": zone.area / crs.KM2,
            "residents_2022": _total(units["residents_2022"]),
            "settlements": len(towns),
            "rail_km": _rail_km(zone),
        },
        by_oblast=pd.DataFrame(
            {
                "oblast": oblasts["oblast"],
                "side": side,
                "area_km2": oblasts["area_km2"],
                "residents_2022": oblasts["residents_2022"].round().astype("Int64"),
                "settlements": oblasts["oblast"].map(counts).fillna(0).astype(int),
            }
        ),
        settlements=towns,
        uncounted_km2=units.loc[units["residents_2022"].isna(), "area_km2"].sum(),
    )


def _total(counts: pd.Series) -> float:
    """The sum of what is known; blank where nothing is known, 0 of nothing."""
    return 0.0 if counts.empty else float(counts.sum(min_count=1))


def _limits(inside: list[_Inside]) -> list[str]:
    """What the figures leave out, a sentence each."""
    limits = []
    uncounted_km2 = sum(i.uncounted_km2 for i in inside)
    if uncounted_km2 > _UNCOUNTED_KM2:
        limits.append(
            f"Residents are known for nine oblasts only; {uncounted_km2:,.0f} km² of the zones lie "
            "in others, and whoever lived there is not in the figures."
        )
    limits.append(
        "Railways are the main and branch lines listed in OpenStreetMap in August 2026, around "
        "Donetsk Oblast only. Lines near the front and in Kyiv-held Donetsk Oblast are not among "
        "them: where none is listed, and beyond that ground, there is no figure."
    )
    return limits


def _shares(units: gpd.GeoDataFrame, zone: shapely.Geometry) -> pd.DataFrame:
    """Units that the zone touches, with ``area_km2`` inside it and ``share`` of the unit's area."""
    near = np.sort(units.sindex.query(zone))
    near = near[shapely.intersects(zone, np.asarray(units.geometry.array)[near])]
    found = units.iloc[near]
    shapes = np.asarray(found.geometry.array)
    whole = shapely.contains_properly(zone, shapes)
    areas = shapely.area(shapes)
    inside = areas.copy()
    inside[~whole] = shapely.area(shapely.intersection(shapes[~whole], zone))
    table = pd.DataFrame(found.drop(columns="geometry")).assign(
        area_km2=inside / crs.KM2, share=inside / areas
    )
    # Neighbours touch along their edges.
    return table[inside > _TOUCH_M2]


def _settlements_inside(zone: shapely.Geometry, side: str, control: ControlMap) -> pd.DataFrame:
    towns = places.settlements()
    points = np.asarray(towns.geometry.array)
    found = shapely.intersects_xy(zone, shapely.get_x(points), shapely.get_y(points))
    table = pd.DataFrame(towns.loc[found].drop(columns=["geometry", "geonameid"]))
    _, distances = _line_index(control).query_nearest(
        points[found], return_distance=True, all_matches=False
    )
    return table.assign(side=side, distance_km=distances / crs.KM)


@functools.lru_cache(maxsize=16)
def _line_index(control: ControlMap) -> shapely.STRtree:
    """The segments of the line of contact, indexed."""
    corners, part = shapely.get_coordinates(shapely.get_parts(control.line), return_index=True)
    joined = part[1:] == part[:-1]
    segments = np.stack([corners[:-1][joined], corners[1:][joined]], axis=1)
    return shapely.STRtree(shapely.linestrings(segments))


def _rail_km(zone: shapely.Geometry) -> float:
    """Length of the railways inside (km).

    Blank where the zone leaves the ground they cover, and where none is listed: the source has no
    line at all in Kyiv-held Donetsk Oblast, so that none in it is not none on the ground.
    """
    if zone.is_empty:
        return 0.0
    if not _rail_map().covers(shapely.envelope(zone)):
        return float("nan")
    lines = np.asarray(places.railways().geometry.array)
    whole = shapely.contains_properly(zone, lines)
    partly = lines[~whole & shapely.intersects(zone, lines)]
    cut = shapely.length(shapely.intersection(partly, zone)).sum() if len(partly) else 0.0
    length_km = float(shapely.length(lines[whole]).sum() + cut) / crs.KM
    return length_km or float("nan")


@functools.cache
def _rail_map() -> shapely.Geometry:
    """The ground (metres) around Donetsk Oblast for which railways are bundled."""
    return shapely.buffer(shapely.box(*places.railways().total_bounds), 1000.0, join_style="mitre")


def credits(control: ControlMap, names: Iterable[str]) -> tuple[dict[str, str], ...]:
    """The control map and other datasets as sources: title, date, terms, attribution, address."""
    if control.source in SOURCES:
        dataset = catalog.datasets()[f"control_{control.source}"]
        first = _credit(dataset) | {
            "title": f"{dataset.title}, generalised",
            "as_of": control.date.isoformat(),
        }
    else:
        first = {
            "title": f"Control map from the file {control.title}",
            "as_of": control.date.isoformat(),
            "licence": "of the file's publisher",
            "attribution": control.title,
            "url": "",
        }
    return (first, *(_credit(catalog.datasets()[name]) for name in names))


def _credit(dataset: catalog.Dataset) -> dict[str, str]:
    return {
        "title": dataset.title,
        "as_of": dataset.as_of,
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        "url": dataset.url,
    }


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of figures with the digits that are true."""
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
