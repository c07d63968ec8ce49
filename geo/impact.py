"""What lies inside the zones: ground, residents of 2022, settlements and railways."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
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


@dataclasses.dataclass(frozen=True, eq=False)
class Impact:
    """The answer to a scenario.

    Attributes
    ----------
    scenario, control, zones
        What was asked, on which control map, and the two zones (metres).
    sides
        Indexed by side: ``area_km2``, ``residents_2022``, ``settlements``, ``rail_km``.
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
            "control": {
                "source": self.control.title,
                "date": self.control.date.isoformat(),
                "line_km": round(self.control.line_km, 1),
            },
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
        warnings=(*control.repairs, *_limits(zones, sum(i.uncounted_km2 for i in inside))),
        sources=_sources(control),
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
    shapely.prepare(zone)
    units = _shares(places.units(), zone)
    units["residents_2022"] *= units["share"]
    oblasts = units.groupby("oblast", as_index=False).agg(
        area_km2=("area_km2", "sum"),
        residents_2022=("residents_2022", lambda counts: counts.sum(min_count=1)),
    )
    oblasts = oblasts[oblasts["area_km2"] > _SLIVER_KM2]
    towns = _settlements_inside(zone, side, control)
    counts = towns["oblast"].value_counts()
    return _Inside(
        figures={
            "area_km2": zone.area / crs.KM2,
            "residents_2022": round(units["residents_2022"].sum()),
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


def _limits(zones: gpd.GeoDataFrame, uncounted_km2: float) -> list[str]:
    """What the figures leave out, a sentence each."""
    limits = []
    if uncounted_km2 > _UNCOUNTED_KM2:
        limits.append(
            f"Residents are known for nine oblasts only; {uncounted_km2:,.0f} km² of the zones lie "
            "in others and count as without residents."
        )
    limits.append(
        "Railways are the main and branch lines listed in OpenStreetMap in August 2026; lines "
        "near the front, most of which are out of service, are not among them."
    )
    filled = zones[~zones.geometry.is_empty]
    rail_map = shapely.box(*places.railways().total_bounds)
    if not all(rail_map.covers(shapely.envelope(zone)) for zone in filled.geometry):
        limits.append(
            "Railways are bundled around Donetsk Oblast only; the zones reach beyond, "
            "so their railways are not complete."
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
    return pd.DataFrame(found.drop(columns="geometry")).assign(
        area_km2=inside / crs.KM2, share=inside / areas
    )


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
    lines = np.asarray(places.railways().geometry.array)
    whole = shapely.contains_properly(zone, lines)
    partly = lines[~whole & shapely.intersects(zone, lines)]
    cut = shapely.length(shapely.intersection(partly, zone)).sum() if len(partly) else 0.0
    return float(shapely.length(lines[whole]).sum() + cut) / crs.KM


def _sources(control: ControlMap) -> tuple[dict[str, str], ...]:
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
    return (first, *(_credit(catalog.datasets()[name]) for name in _USED))


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
        if value is pd.NA or (isinstance(value, float) and np.isnan(value)):
            document[str(key)] = None
        elif key in ("area_km2", "rail_km"):
            document[str(key)] = round(float(value), 1)
        elif key in ("residents_2022", "settlements"):
            document[str(key)] = int(value)
        else:
            document[str(key)] = value
    return document
