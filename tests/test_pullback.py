"""Zones: squares and straight fronts by hand, properties, and the real front."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from geo import control, crs, places, pullback, scenario
from tests.invented import COUNTRY, DAY, EAST, control_map

STRAIGHT = control_map()
SALIENT = control_map(EAST, shapely.box(180_000, 140_000, 200_001, 160_000))
ISLAND = control_map(EAST, shapely.box(140_000, 140_000, 150_000, 150_000))
POCKET = control_map(EAST.difference(shapely.box(240_000, 140_000, 260_000, 160_000)))
MAPS = st.sampled_from([STRAIGHT, SALIENT, ISLAND, POCKET])
KM = st.integers(0, 80).map(lambda halves: halves / 2)


def zones(made: control.ControlMap, ukraine_km: float, russia_km: float) -> list[shapely.Geometry]:
    asked = scenario.make(date=DAY, ukraine_km=ukraine_km, russia_km=russia_km)
    return list(pullback.pull_back(made, asked).geometry)


def test_a_straight_front_gives_rectangles() -> None:
    ukraine, russia = zones(STRAIGHT, 5, 10)
    assert ukraine.area / crs.KM2 == pytest.approx(5 * 100, rel=0.001)
    assert russia.area / crs.KM2 == pytest.approx(10 * 100, rel=0.001)
    assert ukraine.bounds == pytest.approx((195_000, 100_000, 200_000, 200_000), abs=1)


def test_nothing_at_zero() -> None:
    table = pullback.pull_back(STRAIGHT, scenario.make(date=DAY))
    assert list(table["side"]) == ["ukraine", "russia"]
    assert table.geometry.is_empty.all()
    assert (table.area == 0).all()


def test_an_island_is_left_whole_and_ringed() -> None:
    far, _ = zones(ISLAND, 1, 0)
    ring = 4 * 10 * 1 + 3.14159
    assert far.area / crs.KM2 == pytest.approx(100 + ring, rel=0.002)
    _, inner = zones(ISLAND, 0, 10)
    assert inner.intersection(shapely.box(140_000, 140_000, 150_000, 150_000)).area == (
        pytest.approx(100 * crs.KM2, rel=0.001)
    )


def test_an_extent_cuts_the_zone_but_not_the_distance() -> None:
    made = control.load(DAY, "deepstate")
    asked = scenario.make(date=DAY, ukraine_km=10, russia_km=10)
    whole = pullback.pull_back(made, asked).geometry
    part = pullback.pull_back(made, asked.changed(extent="Donetsk Oblast")).geometry
    oblast = places.find("Donetsk Oblast").geometry
    for all_of_it, in_oblast in zip(whole, part, strict=True):
        assert in_oblast.area == pytest.approx(all_of_it.intersection(oblast).area, rel=1e-6)


def test_what_a_side_leaves_is_joined_to_its_pullback() -> None:
    made = control.load(DAY, "deepstate")
    asked = scenario.from_preset("asymmetric-2026")
    ukraine, russia = pullback.pull_back(made, asked).geometry
    oblast = places.find("Donetsk Oblast").geometry
    assert ukraine.area == pytest.approx(made.kyiv.intersection(oblast).area)
    assert russia.area / crs.KM2 == pytest.approx(2684, rel=0.02)


def test_a_drawn_area_is_an_extent() -> None:
    made = control.load(DAY, "deepstate")
    area = json.dumps(shapely.geometry.mapping(shapely.box(37, 48, 38, 49)))
    asked = scenario.make(date=DAY, ukraine_km=10, russia_km=10, extent="area", area=area)
    west, south, east, north = crs.to_degrees(
        shapely.union_all(pullback.pull_back(made, asked).geometry.array)
    ).bounds
    assert (west >= 36.98, south >= 47.98, east <= 38.02, north <= 49.02) == (True,) * 4


@pytest.mark.parametrize(
    "area", ["", "{}", "no json", '{"type": "Point", "coordinates": [37, 48]}']
)
def test_a_damaged_area_is_refused(area: str) -> None:
    asked = scenario.make(date=DAY, ukraine_km=10, extent="area", area=area)
    with pytest.raises(InputError):
        pullback.pull_back(control_map(), asked)


def test_an_area_outside_ukraine_is_refused() -> None:
    area = json.dumps(shapely.geometry.mapping(shapely.box(25, 53, 26, 54)))
    asked = scenario.make(date=DAY, ukraine_km=10, extent="area", area=area)
    with pytest.raises(InputError, match="outside Ukraine"):
        pullback.pull_back(control_map(), asked)


@settings(max_examples=40, deadline=None)
@given(MAPS, KM, KM)
def test_zones_lie_on_their_side_and_do_not_overlap(
    made: control.ControlMap, ukraine_km: float, russia_km: float
) -> None:
    ukraine, russia = zones(made, ukraine_km, russia_km)
    assert ukraine.intersection(russia).area < 1
    assert ukraine.difference(made.kyiv).area < 1
    assert russia.difference(made.held).area < 1
    assert shapely.union(ukraine, russia).difference(COUNTRY).area < 1
    for zone, km in ((ukraine, ukraine_km), (russia, russia_km)):
        if not zone.is_empty:
            corners = shapely.points(shapely.get_coordinates(zone))
            assert shapely.distance(corners, made.line).max() <= km * 1000 + 1


@settings(max_examples=40, deadline=None)
@given(MAPS, KM, KM)
def test_zones_grow_with_the_distance(
    made: control.ControlMap, one_km: float, other_km: float
) -> None:
    near, far = sorted((one_km, other_km))
    for small, large in zip(zones(made, near, near), zones(made, far, far), strict=True):
        assert small.area <= large.area + 1
        # Two arcs of different radius are chords of different circles.
        assert small.difference(shapely.buffer(large, 15)).area < 1


@settings(max_examples=15, deadline=None)
@given(KM, KM)
def test_swapping_the_sides_of_a_mirrored_map_swaps_the_zones(one: float, other: float) -> None:
    west = control_map(shapely.box(100_000, 100_000, 200_000, 200_000))
    ukraine, russia = zones(STRAIGHT, one, other)
    mirrored_ukraine, mirrored_russia = zones(west, other, one)
    assert mirrored_russia.area == pytest.approx(ukraine.area, abs=1)
    assert mirrored_ukraine.area == pytest.approx(russia.area, abs=1)


# Figures of the source files; see docs of the data for how they were made.
@pytest.mark.parametrize(
    ("source", "km", "ukraine_km2", "russia_km2"),
    [
        ("deepstate", 5, 1456, 1530),
        ("deepstate", 10, 2461, 2684),
        ("owl", 5, 1245, 1480),
        ("owl", 10, 2170, 2720),
    ],
)
def test_areas_in_donetsk_oblast(
    source: str, km: float, ukraine_km2: float, russia_km2: float
) -> None:
    made = control.load(dt.date(2025, 12, 14), source)
    asked = scenario.from_preset("mirror-5", source=source, ukraine_km=km, russia_km=km)
    ukraine, russia = pullback.pull_back(made, asked).area / crs.KM2
    assert ukraine == pytest.approx(ukraine_km2, rel=0.02)
    assert russia == pytest.approx(russia_km2, rel=0.02)


def test_the_zone_on_the_real_front_is_geodesic() -> None:
    made = control.load(DAY, "deepstate")
    asked = scenario.from_preset("mirror-10")
    ukraine, russia = pullback.pull_back(made, asked).geometry
    for zone in (ukraine, russia):
        assert zone.area / crs.KM2 == pytest.approx(crs.geodesic_area_km2(zone), rel=0.0005)
