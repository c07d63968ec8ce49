"""Zones: known answers by hand, properties, and the real front against the ellipsoid."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data import language
from data.errors import InputError
from geo import control, crs, places, pullback, scenario
from tests.invented import (
    COUNTRY,
    DAY,
    GULF,
    NAMES,
    control_map,
    country_of,
    drawn,
    moved,
    named,
    shift,
    swapped,
)

MAPS = st.sampled_from(NAMES)
KM = st.integers(0, 80).map(lambda halves: halves / 2)
SOME_KM = st.integers(1, 80).map(lambda halves: halves / 2)
# Closing gaps rounds corners by a metre or two, on fronts of 60 to 180 km.
KM2 = 0.3


def zones(
    made: control.ControlMap, ukraine_km: float, russia_km: float, area: str | None = None
) -> list[shapely.Geometry]:
    asked = scenario.make(
        date=DAY,
        ukraine_km=ukraine_km,
        russia_km=russia_km,
        extent="area" if area else "all",
        area=area,
    )
    return list(pullback.pull_back(made, asked).geometry)


def shared(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return one.intersection(other).area


def apart(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return one.symmetric_difference(other).area


# Known answers -----------------------------------------------------------------------------------


def under_arc(radius: float, width: float) -> float:
    """The part of a disc (its middle at 0) over an interval from 0, on one side."""
    if radius <= width:
        return math.pi * radius**2 / 4
    high = math.sqrt(radius**2 - width**2)
    return (width * high + radius**2 * math.asin(width / radius)) / 2


def band_inside(side: float, km: float) -> float:
    """What lies within a distance of the edge of a square, inside."""
    return side**2 - max(side - 2 * km, 0.0) ** 2


# The front is 100 km long, straight, far from the other borders; `named` says what is beside it.
BY_HAND: dict[str, tuple[float, Callable[[float], float], Callable[[float], float]]] = {
    # Name: up to which distance the formulae hold (km); Ukraine's zone and Russia's (km²).
    "straight": (40, lambda d: 100 * d, lambda d: 100 * d),
    # 20 km square: outside, two sides less what the front's band has, the tip, two round corners;
    # inside, the whole of it once the bands of its sides meet, and an arc from each foot behind.
    "salient": (
        20,
        lambda d: 100 * d + 40 * d - 2 * d**2 + math.pi * d**2 / 2,
        lambda d: 80 * d + (400 if d >= 10 else 40 * d + (20 - 2 * d) * d) + 2 * under_arc(d, 10),
    ),
    "held island": (
        25,
        lambda d: 100 * d + 40 * d + math.pi * d**2,
        lambda d: 100 * d + band_inside(10, d),
    ),
    "pocket": (
        20,
        lambda d: 100 * d + band_inside(20, d),
        lambda d: 100 * d + 80 * d + math.pi * d**2,
    ),
    # 30 km square in the corner of the country: two of its edges are borders.
    "exclave": (
        30,
        lambda d: 100 * d + 900 - (30 - d) ** 2,
        lambda d: 100 * d + 60 * d + math.pi * d**2 / 4,
    ),
    # The line ends at the head of the gulf: a quarter of a disc there, less the gulf's half.
    "gulf": (
        40,
        lambda d: 60 * d + math.pi * d**2 / 4 - under_arc(d, 1),
        lambda d: 60 * d + math.pi * d**2 / 4 - under_arc(d, 1),
    ),
    # Over the water nothing is nearer to the mainland's line than to the island's own.
    "islands": (40, lambda d: 120 * d, lambda d: 120 * d),
}


def test_every_invented_map_has_known_answers() -> None:
    assert set(BY_HAND) == set(NAMES)


@settings(max_examples=100, deadline=None)
@given(MAPS, SOME_KM)
def test_areas_known_by_hand(name: str, km: float) -> None:
    farthest, *expected = BY_HAND[name]
    assume(km <= farthest)
    for zone, known in zip(zones(named(name), km, km), expected, strict=True):
        assert zone.area / crs.KM2 == pytest.approx(known(km), rel=5e-4, abs=KM2)


def test_a_straight_front_gives_rectangles() -> None:
    ukraine, russia = zones(named("straight"), 5, 10)
    assert apart(ukraine, shapely.box(195e3, 100e3, 200e3, 200e3)) / crs.KM2 < KM2
    assert apart(russia, shapely.box(200e3, 100e3, 210e3, 200e3)) / crs.KM2 < KM2


@pytest.mark.parametrize("name", NAMES)
def test_nothing_at_zero(name: str) -> None:
    table = pullback.pull_back(named(name), scenario.make(date=DAY))
    assert list(table["side"]) == ["ukraine", "russia"]
    assert table.geometry.is_empty.all()
    assert (table.area == 0).all()


# Properties --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(MAPS, KM, KM)
def test_zones_lie_on_their_side_and_do_not_overlap(
    name: str, ukraine_km: float, russia_km: float
) -> None:
    made = named(name)
    ukraine, russia = zones(made, ukraine_km, russia_km)
    assert shared(ukraine, russia) < 1
    assert ukraine.difference(made.kyiv).area < 1
    assert russia.difference(made.held).area < 1
    assert shapely.union(ukraine, russia).difference(country_of(name)).area < 1
    assert shared(shapely.union(ukraine, russia), GULF) < 1 or name != "gulf"


@settings(max_examples=80, deadline=None)
@given(
    MAPS,
    SOME_KM,
    st.lists(st.tuples(st.floats(100e3, 300e3), st.floats(60e3, 200e3)), min_size=50, max_size=50),
)
def test_a_zone_is_the_ground_within_the_distance(
    name: str, km: float, places_there: list[tuple[float, float]]
) -> None:
    made = named(name)
    points = shapely.points(places_there)
    away = shapely.distance(points, made.line) / 1000
    ukraine, russia = zones(made, km, km)
    for zone, ground in ((ukraine, made.kyiv), (russia, made.held)):
        # Points on an edge are neither in nor out.
        clear = shapely.distance(points, shapely.boundary(ground)) > 5
        on_side = shapely.contains(ground, points)
        inside = shapely.contains(zone, points)
        assert inside[clear & on_side & (away < km * 0.9995 - 0.005)].all()
        assert not inside[clear & (~on_side | (away > km + 0.005))].any()


@settings(max_examples=80, deadline=None)
@given(MAPS, st.integers(1, 79))
def test_zones_grow_with_every_half_kilometre(name: str, halves: int) -> None:
    made = named(name)
    near, far = (zones(made, km, km) for km in (halves / 2, halves / 2 + 0.5))
    for small, large, ground in zip(near, far, (made.kyiv, made.held), strict=True):
        assert small.difference(large).area < 1
        assert small.area < large.area
        assert large.area <= ground.area + 1


@settings(max_examples=40, deadline=None)
@given(MAPS, KM, KM)
def test_the_distance_of_one_side_is_nothing_to_the_other(
    name: str, one: float, other: float
) -> None:
    made = named(name)
    ukraine, russia = zones(made, one, other)
    assert ukraine.equals_exact(zones(made, one, 0)[0])
    assert russia.equals_exact(zones(made, 0, other)[1])


@settings(max_examples=60, deadline=None)
@given(MAPS, SOME_KM)
def test_in_pieces_or_whole_a_line_reaches_as_far(name: str, km: float) -> None:
    line = named(name).line
    whole = shapely.buffer(line, km * 1000, quad_segs=pullback.QUAD_SEGS)
    assert apart(pullback._within(line, km * 1000), whole) <= 2e-4 * whole.area


@pytest.mark.parametrize("source", list(control.SOURCES))
@pytest.mark.parametrize("km", [0.5, 1.5, 2, 10, 40])
def test_in_pieces_or_whole_the_real_line_reaches_as_far(source: str, km: float) -> None:
    line = control.load(DAY, source).line
    whole = shapely.buffer(line, km * 1000, quad_segs=pullback.QUAD_SEGS)
    pieces = pullback._within(line, km * 1000)
    assert pieces.is_valid
    assert apart(pieces, whole) <= 2e-4 * whole.area


# Extents -----------------------------------------------------------------------------------------

# Over the front, and never beyond Ukraine's own border.
BOXES = st.builds(
    lambda west, south, wide, high: shapely.box(
        west * 1e3, south * 1e3, (west + wide) * 1e3, (south + high) * 1e3
    ),
    st.integers(130, 230),
    st.integers(100, 140),
    st.integers(10, 120),
    st.integers(10, 60),
)


@settings(max_examples=60, deadline=None)
@given(MAPS, SOME_KM, BOXES)
def test_an_extent_clips_the_zone_and_nothing_else(
    name: str, km: float, extent: shapely.Geometry
) -> None:
    made = named(name)
    for whole, part in zip(zones(made, km, km), zones(made, km, km, drawn(extent)), strict=True):
        # Where the band is made of fewer pieces its arcs begin elsewhere.
        assert apart(part, whole.intersection(extent)) <= 1e-3 * whole.area + 1


def test_an_extent_that_cuts_the_line_keeps_its_own_edge_straight() -> None:
    ukraine, russia = zones(
        named("straight"), 10, 10, drawn(shapely.box(150e3, 120e3, 250e3, 130e3))
    )
    assert apart(ukraine, shapely.box(190e3, 120e3, 200e3, 130e3)) / crs.KM2 < KM2
    assert apart(russia, shapely.box(200e3, 120e3, 210e3, 130e3)) / crs.KM2 < KM2


def test_an_extent_that_misses_the_line_is_empty_until_the_zone_reaches_it() -> None:
    extent = drawn(shapely.box(150e3, 120e3, 180e3, 130e3))
    near, _ = zones(named("straight"), 19.5, 19.5, extent)
    assert near.is_empty
    far, other = zones(named("straight"), 25, 25, extent)
    assert far.area / crs.KM2 == pytest.approx(5 * 10, abs=KM2)
    assert other.is_empty


def test_an_extent_that_touches_the_line_has_one_side() -> None:
    ukraine, russia = zones(named("straight"), 5, 5, drawn(shapely.box(200e3, 120e3, 250e3, 130e3)))
    assert ukraine.area / crs.KM2 < KM2
    assert russia.area / crs.KM2 == pytest.approx(5 * 10, abs=KM2)


def test_a_hole_in_the_extent_is_left_out() -> None:
    hole = shapely.box(190e3, 140e3, 210e3, 160e3)
    extent = shapely.box(150e3, 110e3, 250e3, 190e3).difference(hole)
    ukraine, russia = zones(named("straight"), 10, 5, drawn(extent))
    assert ukraine.area / crs.KM2 == pytest.approx(10 * (80 - 20), abs=KM2)
    assert russia.area / crs.KM2 == pytest.approx(5 * (80 - 20), abs=KM2)
    assert shared(shapely.union(ukraine, russia), hole) < 1000


def test_extents_that_divide_the_country_divide_the_zone() -> None:
    made = named("salient")
    strips = [
        shapely.box(100e3, south * 1e3, 300e3, (south + 25) * 1e3) for south in (100, 125, 150, 175)
    ]
    parts = [drawn(strip) for strip in strips]
    whole = zones(made, 10, 10)
    divided = [zones(made, 10, 10, part) for part in parts]
    for side in (0, 1):
        joined = shapely.union_all([zone[side] for zone in divided])
        assert apart(joined, whole[side]) <= 1e-4 * whole[side].area
        assert sum(zone[side].area for zone in divided) == pytest.approx(whole[side].area, rel=1e-4)


@pytest.mark.parametrize(
    "area", ["", "{}", "no json", '{"type": "Point", "coordinates": [37, 48]}']
)
def test_a_damaged_area_is_refused(area: str) -> None:
    asked = scenario.make(date=DAY, ukraine_km=10, extent="area", area=area)
    with pytest.raises(InputError):
        pullback.pull_back(control_map(), asked)


def test_what_an_area_is_called_is_said_in_the_language_spoken() -> None:
    asked = scenario.make(date=DAY, ukraine_km=10, extent="area", area="{}")
    with pytest.raises(InputError, match="the area of the extent is not GeoJSON") as caught:
        pullback.pull_back(control_map(), asked)
    with language.using("uk"):
        assert str(caught.value).startswith("намальована ділянка ")


def test_an_area_outside_ukraine_is_refused() -> None:
    area = json.dumps(shapely.geometry.mapping(shapely.box(25, 53, 26, 54)))
    asked = scenario.make(date=DAY, ukraine_km=10, extent="area", area=area)
    with pytest.raises(InputError, match="outside Ukraine"):
        pullback.pull_back(control_map(), asked)


# Metamorphic -------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(MAPS, KM, KM)
def test_swapping_the_sides_swaps_the_zones(name: str, one: float, other: float) -> None:
    ukraine, russia = zones(named(name), one, other)
    their_ukraine, their_russia = zones(swapped(name), other, one)
    assert apart(their_russia, ukraine) / crs.KM2 < KM2
    assert apart(their_ukraine, russia) / crs.KM2 < KM2


@settings(max_examples=20, deadline=None)
@given(MAPS, SOME_KM, st.integers(-300, 300), st.integers(-300, 300))
def test_moving_a_map_changes_nothing_but_the_place(
    name: str, km: float, east_km: int, north_km: int
) -> None:
    by_m = (east_km * 1e3, north_km * 1e3)
    there = moved(name, by_m)
    assert there.line.length == pytest.approx(named(name).line.length, rel=1e-5)
    for before, after in zip(zones(named(name), km, km), zones(there, km, km), strict=True):
        back = shift(after, (-by_m[0], -by_m[1]))
        assert apart(back, before) <= 1e-4 * before.area


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_moving_the_real_map_by_a_degree_changes_nothing_but_the_place(source: str) -> None:
    # Along a parallel the ellipsoid is the same everywhere: only the projection differs.
    made = control.load(DAY, source)
    there = _a_degree_east(made)
    assert there.line.length == pytest.approx(made.line.length, rel=0.002)
    for before, after in zip(zones(made, 10, 10), zones(there, 10, 10), strict=True):
        assert after.area == pytest.approx(before.area, rel=0.002)


def _a_degree_east(made: control.ControlMap) -> control.ControlMap:
    def there(geometry: shapely.Geometry) -> shapely.Geometry:
        dense = crs.to_degrees(shapely.segmentize(geometry, 5000.0))
        return crs.to_metres(shift(dense, (1.0, 0.0)))

    return control.derive(
        shapely.get_parts(there(made.held)),
        source=made.source,
        title=made.title,
        date=made.date,
        land=there(places.land()),
        abroad=there(places.abroad()),
    )


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_the_zones_of_all_oblasts_are_the_zone_of_all(source: str) -> None:
    made = control.load(DAY, source)
    asked = scenario.make(date=DAY, source=source, ukraine_km=10, russia_km=10)
    whole = pullback.pull_back(made, asked).geometry
    by_oblast = [
        pullback.pull_back(made, asked.changed(extent=name)).geometry
        for name in places.oblasts()["name_en"]
    ]
    for side in (0, 1):
        parts = [zone[side] for zone in by_oblast]
        assert apart(shapely.union_all(parts), whole[side]) <= 1e-4 * whole[side].area
        # They meet in borders, not in ground.
        assert sum(part.area for part in parts) == pytest.approx(whole[side].area, rel=1e-4)


# The real front ----------------------------------------------------------------------------------


def test_an_extent_cuts_the_zone_but_not_the_distance() -> None:
    made = control.load(DAY, "deepstate")
    asked = scenario.make(date=DAY, ukraine_km=10, russia_km=10)
    whole = pullback.pull_back(made, asked).geometry
    part = pullback.pull_back(made, asked.changed(extent="Donetsk Oblast")).geometry
    oblast = places.find("Donetsk Oblast").geometry
    for all_of_it, in_oblast in zip(whole, part, strict=True):
        assert in_oblast.area == pytest.approx(shared(all_of_it, oblast), rel=1e-4)


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


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_real_zones_keep_to_their_side_and_grow(source: str) -> None:
    made = control.load(DAY, source)
    before = [shapely.Polygon(), shapely.Polygon()]
    for km in (0.5, 1, 1.5, 2, 2.5, 10, 10.5, 39.5, 40):
        found = zones(made, km, km)
        assert shared(*found) < 1
        for small, zone, ground in zip(before, found, (made.kyiv, made.held), strict=True):
            assert zone.is_valid
            assert zone.difference(ground).area < 10
            assert small.difference(zone).area < 10
            assert small.area < zone.area
        before = found


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


# Against the ellipsoid ---------------------------------------------------------------------------

EDGE_POINTS = 300


@pytest.mark.parametrize("source", list(control.SOURCES))
@pytest.mark.parametrize("km", [5, 10, 40])
def test_outer_edges_lie_at_the_geodesic_distance(source: str, km: float) -> None:
    made = control.load(DAY, source)
    line = shapely.get_coordinates(shapely.segmentize(made.line, 100.0))
    tree = shapely.STRtree(shapely.points(line))
    line_degrees = shapely.get_coordinates(crs.to_degrees(shapely.points(line)))
    for zone in zones(made, km, km):
        edge = _outer_edge(zone, made)
        assert len(edge) == EDGE_POINTS
        # In the projection all distances are within 0.2 % of true: nothing farther can be nearest.
        point, near = tree.query(
            shapely.points(edge), predicate="dwithin", distance=km * 1000 * 1.004
        )
        lon, lat = shapely.get_coordinates(crs.to_degrees(shapely.points(edge))).T
        _, _, metres = crs.GEOD.inv(lon[point], lat[point], *line_degrees[near].T)
        nearest = np.full(len(edge), np.inf)
        np.minimum.at(nearest, point, metres)
        np.testing.assert_allclose(nearest / (km * 1000), 1.0, atol=0.002)


def _outer_edge(zone: shapely.Geometry, made: control.ControlMap) -> np.ndarray:
    """Points all along a zone's edge where it is neither the line nor the border."""
    given_edges = shapely.union(made.line, shapely.boundary(places.land()))
    edge = shapely.difference(shapely.boundary(zone), shapely.buffer(given_edges, 20.0))
    points = shapely.get_coordinates(shapely.segmentize(edge, edge.length / EDGE_POINTS / 4))
    return points[np.linspace(0, len(points) - 1, EDGE_POINTS).astype(int)]


@pytest.mark.parametrize("source", list(control.SOURCES))
@pytest.mark.parametrize("km", [5, 10, 40])
def test_areas_are_geodesic(source: str, km: float) -> None:
    for zone in zones(control.load(DAY, source), km, km):
        assert zone.area / crs.KM2 == pytest.approx(crs.geodesic_area_km2(zone), rel=0.0005)


@pytest.mark.parametrize("source", list(control.SOURCES))
@pytest.mark.parametrize("km", [5, 10, 40])
def test_round_corners_cost_no_area(source: str, km: float) -> None:
    made = control.load(DAY, source)
    round_band = shapely.buffer(made.line, km * 1000, quad_segs=256)
    for zone, ground in zip(zones(made, km, km), (made.kyiv, made.held), strict=True):
        assert zone.area == pytest.approx(shared(round_band, ground), rel=0.0005)


def test_the_country_is_as_large_as_it_is() -> None:
    assert COUNTRY.area / crs.KM2 == pytest.approx(crs.geodesic_area_km2(COUNTRY), rel=1e-5)
