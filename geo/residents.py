"""Residents spread over the ground: first the towns with a known count, then the other land.

A hromada's count spread evenly over its area puts townspeople on fields and lakes. Here the towns
keep their own, nobody lives on water, and the rest is even over the rest of the land.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.shapes import polygonal

DENSITY_PER_KM2 = 1500.0
"""Residents per km² of a town's ground.

Of the hromadas of 20,000 to 110,000 residents of which over 99 % are urban, which are all but a
town, half hold 1,240 to 1,940 per km² (middle: 1,680; computed from ``hromadas_all_pop2022.csv``),
larger ones more. Most towns along the front are smaller: hence the looser side of that half.
Between 1,000 and 2,500 the residents of Donetsk Oblast within 5 and 10 km of the line (14 December
2025) differ from these by about 3 % at the most.
"""

# Of less, clipping, water and larger towns have left too little to hold a town's residents.
SMALLEST_SHARE = 0.1
QUAD_SEGS = 6
# Less is what rounding leaves of an overlay.
_CRUMB_M2 = 1.0
# A disc of that many corners, of radius 1, has this area.
_UNIT_DISC = 2 * QUAD_SEGS * math.sin(math.pi / (2 * QUAD_SEGS))


def spread(
    hromadas: gpd.GeoDataFrame,
    towns: gpd.GeoDataFrame,
    water: shapely.Geometry,
    *,
    density_per_km2: float = DENSITY_PER_KM2,
) -> gpd.GeoDataFrame:
    """Cut hromadas into towns, water and land, and give each piece its residents.

    A town's ground is a disc around its point that holds its residents at the density, clipped to
    its hromada and without water; where discs overlap, the larger town keeps the ground. A town of
    whose disc less than `SMALLEST_SHARE` is left is left out, its residents spread with the rest.
    The rest of a hromada's residents is spread evenly over the rest of its land; if it would be
    denser there than in a town, over all its land; if there is no land at all, over the water.

    Parameters
    ----------
    hromadas
        ``code``, ``residents_2022``, polygons (metres) that do not overlap.
    towns
        ``hromada`` (a code; others are left out), ``residents_2022``, points (metres). Where a
        hromada's towns have more residents than it has, each is counted in proportion.
    water
        Where nobody lives (metres).

    Returns
    -------
    GeoDataFrame
        ``hromada`` (its code), ``kind`` ("town", "water" or "land"), ``residents_2022`` (float),
        geometry (metres): a partition of the hromadas, whose pieces have their hromada's residents.

    Raises
    ------
    ValueError
        Where a geometry is in degrees.
    """
    crs.require_metres(hromadas.geometry.array)
    ground = np.asarray(hromadas.geometry.array)
    wet, dry = _cut(ground, water)
    known = (towns["residents_2022"] > 0) & towns["hromada"].isin(hromadas["code"])
    towns = towns[known].sort_values("residents_2022", ascending=False, kind="stable")
    home = pd.Index(hromadas["code"]).get_indexer(pd.Index(towns["hromada"]))
    built = _built_up(towns, dry[home], home, density_per_km2)
    kept = ~shapely.is_empty(built)
    built, home, counts = built[kept], home[kept], towns["residents_2022"].to_numpy(float)[kept]
    every = np.arange(len(ground))
    pieces = pd.DataFrame(
        {
            "home": np.concatenate([home, every, every]),
            "kind": np.repeat(["town", "water", "land"], [len(home), len(every), len(every)]),
            "own": np.concatenate([counts, np.zeros(2 * len(every))]),
            "geometry": np.concatenate([built, wet, _without(dry, built, home)]),
        }
    )
    pieces["area"] = shapely.area(pieces["geometry"].to_numpy())
    total = hromadas["residents_2022"].to_numpy(float)
    pieces["residents_2022"] = _count(pieces, total, density_per_km2)
    pieces["hromada"] = hromadas["code"].to_numpy()[pieces["home"]]
    pieces = pieces[pieces["area"] > _CRUMB_M2].sort_values("home", kind="stable")
    columns = ["hromada", "kind", "residents_2022", "geometry"]
    return gpd.GeoDataFrame(
        pieces[columns].reset_index(drop=True), geometry="geometry", crs=hromadas.crs
    )


def _cut(ground: np.ndarray, water: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """The wet and the dry part of each polygon."""
    wet = np.full(len(ground), shapely.MultiPolygon())
    dry = ground.copy()
    # Water is in many pieces: each polygon meets a few.
    waters = shapely.get_parts(water)
    near, piece = shapely.STRtree(waters).query(ground, predicate="intersects")
    for unit in np.unique(near):
        here = shapely.multipolygons(waters[piece[near == unit]])
        wet[unit] = polygonal(shapely.intersection(ground[unit], here))
        dry[unit] = polygonal(shapely.difference(ground[unit], here))
    return wet, dry


def _built_up(
    towns: gpd.GeoDataFrame, dry: np.ndarray, home: np.ndarray, density_per_km2: float
) -> np.ndarray:
    """The ground of each town, largest first; empty where too little is left of its disc.

    `dry` is the land of each town's hromada, `home` a number of that hromada.
    """
    areas = towns["residents_2022"].to_numpy(float) / density_per_km2 * crs.KM2
    discs = shapely.buffer(towns.geometry.array, np.sqrt(areas / _UNIT_DISC), quad_segs=QUAD_SEGS)
    built = np.array([polygonal(part) for part in shapely.intersection(discs, dry)], dtype=object)
    first, second = shapely.STRtree(built).query(built, predicate="intersects")
    rival = (second < first) & (home[first] == home[second])
    first, second = first[rival], second[rival]
    nothing = shapely.MultiPolygon()
    for town in range(len(built)):
        larger = built[second[first == town]]
        if len(larger):
            built[town] = polygonal(shapely.difference(built[town], shapely.union_all(larger)))
        if built[town].area < SMALLEST_SHARE * areas[town]:
            built[town] = nothing
    return built


def _without(dry: np.ndarray, built: np.ndarray, home: np.ndarray) -> np.ndarray:
    """The land of each hromada less its towns."""
    land = dry.copy()
    for unit in np.unique(home):
        taken = shapely.union_all(built[home == unit])
        land[unit] = polygonal(shapely.difference(dry[unit], taken))
    return land


def _count(pieces: pd.DataFrame, total: np.ndarray, density_per_km2: float) -> np.ndarray:
    """The residents of each piece: its own, if it is a town, and its share of the rest."""
    home, own = pieces["home"].to_numpy(), pieces["own"].to_numpy()
    in_towns = np.bincount(home, weights=own, minlength=len(total))
    fit = np.minimum(1.0, total / np.maximum(in_towns, 1.0))
    rest = np.maximum(total - in_towns, 0.0)
    return own * fit[home] + rest[home] * _shares(pieces, rest, density_per_km2)


def _shares(pieces: pd.DataFrame, rest: np.ndarray, density_per_km2: float) -> np.ndarray:
    """Each piece's share of what its hromada's towns leave of its residents."""
    home, kind, area = (pieces[column].to_numpy() for column in ("home", "kind", "area"))

    def total(of: np.ndarray) -> np.ndarray:
        return np.bincount(home, weights=np.where(of, area, 0.0), minlength=len(rest))

    open_land = total(kind == "land")
    crowded = rest > density_per_km2 * open_land / crs.KM2
    no_land = total(kind != "water") <= _CRUMB_M2
    takes = np.where(crowded[home], kind != "water", kind == "land") | no_land[home]
    takes &= area > _CRUMB_M2
    return np.where(takes, area, 0.0) / np.maximum(total(takes), _CRUMB_M2)[home]
