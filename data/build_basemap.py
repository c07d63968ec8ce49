"""The layers behind the zones: neighbours, water and railways."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.build_boundaries import round_coordinates
from data.projection import MEASURING_CRS, STORED_CRS
from data.source_files import read_shapes

TOLERANCE_M = 150.0
RAIL_TOLERANCE_M = 30.0
SAME_ROUTE_M = 60.0
SHORTEST_ROUTE_M = 300.0
# Two publishers' drawings of Ukraine's border lie up to some kilometres apart.
BORDER_GAP_M = 4000.0
CRIMEA = "Crimea"
# The reservoir ran dry after the Kakhovka dam was destroyed on 6 June 2023.
DRAINED = {"Kakhovka Reservoir"}
RIVER_FILES = ("ne_10m_rivers_lake_centerlines", "ne_10m_rivers_europe")
LAKE_FILES = ("ne_10m_lakes", "ne_10m_lakes_europe")


def countries(source_dir: Path, oblasts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Neighbouring countries, cut along Ukraine's border as the oblasts draw it.

    Natural Earth's default world draws Crimea inside Russia: what it draws there is left out.
    """
    world = _read(source_dir, "ne_50m_countries_clip")
    ukraine = oblasts.to_crs(MEASURING_CRS)
    land = shapely.union_all(ukraine.geometry.array)
    crimea = shapely.union_all(ukraine.geometry.array[ukraine["name_en"] == CRIMEA])
    world = world[world["ADM0_A3"] != "UKR"]
    shapes = world.geometry.difference(land).difference(crimea.buffer(5 * BORDER_GAP_M)).array

    everything = shapely.union_all([land, *shapes])
    closed = everything.buffer(BORDER_GAP_M / 2).buffer(-BORDER_GAP_M / 2)
    gaps = shapely.get_parts(closed.difference(everything).difference(crimea.buffer(60_000.0)))
    taken: list[list[shapely.Geometry]] = [[shape] for shape in shapes]
    for gap in gaps[shapely.dwithin(gaps, land, 1.0)]:
        distances = shapely.distance(gap, np.asarray(shapes))
        if distances.min() <= 1.0:
            taken[int(distances.argmin())].append(gap)
    joined = gpd.GeoSeries([shapely.union_all(s) for s in taken], crs=MEASURING_CRS)
    table = gpd.GeoDataFrame(
        {"name": world["NAME"].to_numpy(), "iso3": world["ADM0_A3"].to_numpy()}, geometry=joined
    )
    table["geometry"] = table.geometry.simplify(TOLERANCE_M)
    return _finish(table, ["name"])


def lakes(source_dir: Path) -> gpd.GeoDataFrame:
    """Lakes, lagoons and reservoirs, ``rank`` 0 the most prominent, ``drained`` where now dry."""
    water = pd.concat([_read(source_dir, f"{name}_ukr_bbox") for name in LAKE_FILES])
    table = gpd.GeoDataFrame(
        {
            "name": water["name"].fillna(""),
            "rank": water["scalerank"].astype(float).astype(int),
            "drained": water["name"].isin(DRAINED),
        },
        geometry=water.geometry.simplify(TOLERANCE_M),
        crs=MEASURING_CRS,
    )
    return _finish(table, ["rank", "name"])


def rivers(source_dir: Path) -> gpd.GeoDataFrame:
    """Rivers as lines, ``rank`` 0 the largest."""
    water = pd.concat([_read(source_dir, f"{name}_ukr_bbox") for name in RIVER_FILES])
    table = gpd.GeoDataFrame(
        {"name": water["name"].fillna(""), "rank": water["scalerank"].astype(float).astype(int)},
        geometry=water.geometry.simplify(TOLERANCE_M),
        crs=MEASURING_CRS,
    )
    return _finish(table, ["rank", "name"])


def railways(source_dir: Path) -> gpd.GeoDataFrame:
    """Main and branch railway routes around Donetsk Oblast, ``class`` as OpenStreetMap's usage.

    The source holds a line from station to station, so that most of the 1,280 lie on one another,
    and each track of a double line by itself: their lengths add up to 19,870 km where about
    1,700 km of railway lie. What runs within `SAME_ROUTE_M` of a line already kept is that line.
    """
    segments = _read(source_dir, "osm_rail_main_branch_donetsk_bbox")
    segments["km"] = segments.length / 1000
    segments["wkb"] = shapely.to_wkb(segments.geometry.array, hex=True)
    segments = segments.sort_values(["usage", "km", "wkb"], ascending=[False, False, True])
    rows: list[dict[str, object]] = []
    kept: shapely.Geometry = shapely.Polygon()
    for usage, line in segments[["usage", "geometry"]].itertuples(index=False):
        fresh = shapely.get_parts(shapely.line_merge(line.difference(kept)))
        fresh = fresh[shapely.length(fresh) >= SHORTEST_ROUTE_M]
        if len(fresh):
            kept = shapely.union_all([kept, *shapely.buffer(fresh, SAME_ROUTE_M)])
            rows.extend({"class": usage, "geometry": part} for part in fresh)
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=MEASURING_CRS)
    table["geometry"] = table.geometry.simplify(RAIL_TOLERANCE_M)
    return _finish(table, ["class"])


def _read(source_dir: Path, name: str) -> gpd.GeoDataFrame:
    return read_shapes(source_dir / "basemap" / f"{name}.geojson")


def _finish(table: gpd.GeoDataFrame, keys: list[str]) -> gpd.GeoDataFrame:
    """Rounded degrees, nothing empty, in an order that does not depend on the run."""
    stored = table.to_crs(STORED_CRS)
    stored["geometry"] = round_coordinates(stored.geometry.array)
    # Rounding can make a hair's breadth of a polygon touch itself.
    stored["geometry"] = shapely.make_valid(
        stored.geometry.array, method="structure", keep_collapsed=False
    )
    stored = stored[~stored.geometry.is_empty]
    order = stored.assign(_wkb=shapely.to_wkb(stored.geometry.array, hex=True))
    order = order.sort_values([*keys, "_wkb"], kind="stable", ignore_index=True)
    return order.drop(columns="_wkb")
