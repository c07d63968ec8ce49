"""Control maps: who held what, generalised to what may be passed on."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.build_boundaries import round_coordinates
from data.errors import DataError
from data.projection import MEASURING_CRS, STORED_CRS
from data.source_files import read_shapes

TOLERANCE_M = 150.0
LARGEST_AREA_CHANGE = 0.001
LARGEST_SHIFT_M = 200.0


def table(source_dir: Path, source: str) -> tuple[gpd.GeoDataFrame, float]:
    """All dates of one assessor, a row per date and polygon set.

    Parameters
    ----------
    source
        Name of the folder below ``control/``: ``deepstate`` or ``owl``.

    Returns
    -------
    GeoDataFrame
        Columns ``date`` (ISO) and geometry (Russian-held MultiPolygon, `STORED_CRS`).
    float
        The largest distance in metres by which generalising moved an edge.
    """
    files = sorted((source_dir / "control" / source).glob("????????.geojson"))
    if not files:
        raise DataError(f"{source_dir / 'control' / source} holds no YYYYMMDD.geojson files.")
    rows, shifts = [], []
    for file in files:
        detailed = read_polygons(file)
        general, shift = generalise(detailed, label=f"{source} {file.stem}")
        stored = gpd.GeoSeries(general, crs=MEASURING_CRS).to_crs(STORED_CRS).array
        rows.append(
            {
                "date": pd.Timestamp(file.stem).date().isoformat(),
                "geometry": _joined(round_coordinates(stored)),
            }
        )
        shifts.append(shift)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=STORED_CRS), max(shifts)


def read_polygons(file: Path) -> np.ndarray:
    """The polygons of one source file, valid, in `MEASURING_CRS`."""
    return shapely.get_parts(np.asarray(read_shapes(file).geometry.array))


def _joined(polygons: np.ndarray) -> shapely.MultiPolygon:
    """One valid MultiPolygon; rounding can make the two sides of a hair-thin seam touch."""
    whole = shapely.make_valid(
        shapely.multipolygons(polygons), method="structure", keep_collapsed=False
    )
    return shapely.multipolygons(shapely.get_parts(whole))


def generalise(polygons: np.ndarray, *, label: str = "") -> tuple[np.ndarray, float]:
    """Fewer corners, the same ground: nothing crosses, no seam opens or closes.

    All edges are simplified together (Douglas-Peucker that keeps topology), so that two edges
    which do not touch, such as the two sides of a seam, cannot come to cross.

    Returns
    -------
    tuple
        The polygons (metres), and how far the farthest edge moved (metres).
    """
    ground = shapely.union_all(polygons)
    simple = shapely.simplify(ground, TOLERANCE_M, preserve_topology=True)
    change = simple.area / ground.area - 1.0
    shift = float(shapely.hausdorff_distance(shapely.boundary(ground), shapely.boundary(simple)))
    if not simple.is_valid or abs(change) > LARGEST_AREA_CHANGE or shift > LARGEST_SHIFT_M:
        raise DataError(
            f"generalising {label} moves an edge by {shift:.0f} m and the area by {change:.3%}; "
            "lower the tolerance of the build."
        )
    return shapely.get_parts(simple), shift
