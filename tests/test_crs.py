"""Degrees, metres, and measures against the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs

LONGITUDES = st.floats(31.0, 40.3)
LATITUDES = st.floats(45.5, 52.5)


def test_centre_of_the_projection_is_zero() -> None:
    assert crs.to_metres(shapely.Point(36, 48.5)).distance(shapely.Point(0, 0)) < 1e-6


@given(LONGITUDES, LATITUDES)
def test_there_and_back(lon: float, lat: float) -> None:
    there = shapely.Point(lon, lat)
    assert crs.to_degrees(crs.to_metres(there)).distance(there) < 1e-7


@given(LONGITUDES, LATITUDES, st.floats(0, 360))
def test_ten_kilometres_are_ten_kilometres_on_the_front(
    lon: float, lat: float, azimuth: float
) -> None:
    lon2, lat2, _ = crs.GEOD.fwd(lon, lat, azimuth, 10_000)
    start, end = crs.to_metres(np.array([shapely.Point(lon, lat), shapely.Point(lon2, lat2)]))
    assert start.distance(end) == pytest.approx(10_000, rel=0.002)


def test_areas_agree_with_the_ellipsoid() -> None:
    cell = crs.to_metres(shapely.segmentize(shapely.box(37, 47.5, 38, 48.5), 0.01))
    assert cell.area / crs.KM2 == pytest.approx(crs.geodesic_area_km2(cell), rel=1e-5)


def test_lengths_agree_with_the_ellipsoid() -> None:
    line = crs.to_metres(shapely.LineString([(36.5, 47.5), (38, 49)]))
    assert line.length / crs.KM == pytest.approx(crs.geodesic_length_km(line), rel=0.002)


def test_degrees_are_refused_where_metres_are_meant() -> None:
    with pytest.raises(ValueError, match="degrees"):
        crs.geodesic_area_km2(shapely.box(37, 47, 38, 48))
