"""The one projection: degrees to metres and back, and measures on the ellipsoid to check it by."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pyproj
import shapely

from data.projection import MEASURING_CRS, STORED_CRS

GEOD = pyproj.Geod(ellps="WGS84")
KM = 1000.0
KM2 = 1e6
# One degree of longitude at the equator is 111 km: no projected front fits between these numbers.
_LARGEST_DEGREES = 360.0


def to_metres(geometry: Any) -> Any:
    """Longitude and latitude on WGS 84 (`STORED_CRS`) to metres (`MEASURING_CRS`)."""
    return _transformed(geometry, _forward())


def to_degrees(geometry: Any) -> Any:
    """Metres (`MEASURING_CRS`) to longitude and latitude on WGS 84 (`STORED_CRS`)."""
    return _transformed(geometry, _backward())


def require_metres(geometry: shapely.Geometry | np.ndarray) -> None:
    """Refuse a geometry whose coordinates are degrees.

    Raises
    ------
    ValueError
        Where all coordinates lie within the range of degrees.
    """
    bounds = shapely.total_bounds(geometry)
    if np.isfinite(bounds).all() and np.abs(bounds).max() <= _LARGEST_DEGREES:
        raise ValueError("geometry is in degrees; project it with geo.crs.to_metres first.")


def geodesic_area_km2(geometry: shapely.Geometry, *, step_m: float = 1000.0) -> float:
    """Area of a geometry in metres, measured on the WGS 84 ellipsoid (Karney 2013, by pyproj).

    Edges are densified to `step_m` first, since a straight edge of the projection is no geodesic.
    """
    require_metres(geometry)
    dense = to_degrees(shapely.segmentize(geometry, step_m))
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(dense))[0]) / KM2


def geodesic_length_km(geometry: shapely.Geometry, *, step_m: float = 1000.0) -> float:
    """Length of a line in metres, measured on the WGS 84 ellipsoid (Karney 2013, by pyproj)."""
    require_metres(geometry)
    return GEOD.geometry_length(to_degrees(shapely.segmentize(geometry, step_m))) / KM


@functools.lru_cache(maxsize=1)
def _forward() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(STORED_CRS, MEASURING_CRS, always_xy=True)


@functools.lru_cache(maxsize=1)
def _backward() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(MEASURING_CRS, STORED_CRS, always_xy=True)


def _transformed(geometry: Any, transformer: pyproj.Transformer) -> Any:
    return shapely.transform(geometry, lambda x, y: transformer.transform(x, y), interleaved=False)
