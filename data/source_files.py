"""Reading the source files: what is missing or damaged is named in one sentence."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from pyogrio.errors import DataSourceError

from data.errors import DataError
from data.projection import MEASURING_CRS


def read_shapes(path: Path) -> gpd.GeoDataFrame:
    """A GeoJSON source file in `MEASURING_CRS`, its polygons repaired where they are invalid.

    Raises
    ------
    DataError
        Where the file is missing or cannot be read.
    """
    _require(path)
    try:
        frame = gpd.read_file(path)
    except (DataSourceError, ValueError) as fault:
        raise DataError(f"{path} is damaged: it cannot be read as GeoJSON.") from fault
    frame["geometry"] = shapely.make_valid(
        frame.geometry.array, method="structure", keep_collapsed=False
    )
    return frame.to_crs(MEASURING_CRS)


def read_table(path: Path) -> pd.DataFrame:
    """A CSV source file.

    Raises
    ------
    DataError
        Where the file is missing or cannot be read.
    """
    _require(path)
    try:
        return pd.read_csv(path)
    except (ValueError, UnicodeDecodeError) as fault:
        raise DataError(f"{path} is damaged: it cannot be read as CSV.") from fault


def _require(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"{path} is missing; --from needs the folder of source files.")
