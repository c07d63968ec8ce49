"""Copies that are prepared, and what an overlay leaves."""

from __future__ import annotations

import shapely

from geo.shapes import own, polygonal

SQUARE = shapely.box(0, 0, 10, 10)


def test_a_copy_is_prepared_and_the_original_is_not() -> None:
    copy = own(SQUARE)
    assert copy is not SQUARE
    assert shapely.equals(copy, SQUARE)
    assert shapely.is_prepared(copy)
    assert not shapely.is_prepared(SQUARE)


def test_only_polygons_above_an_area_are_left() -> None:
    crumb = shapely.box(20, 0, 20.5, 1)
    mixed = shapely.GeometryCollection([SQUARE, crumb, shapely.LineString([(0, 0), (50, 50)])])
    assert polygonal(mixed).area == 100.5
    assert polygonal(mixed, above_m2=1.0).area == 100
    assert polygonal(shapely.Point(1, 1)).is_empty
