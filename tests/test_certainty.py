"""What an error in the line does, and what the other assessor says: by hand and both ways round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geo import certainty, control, crs, impact, places, pullback, scenario
from geo.impact import MEASURES
from geo.scenario import Scenario
from tests.invented import DAY, control_map, named

MIRROR = scenario.from_preset("mirror-10")


def answer(made: control.ControlMap, asked: Scenario) -> impact.Impact:
    return impact.assess(pullback.pull_back(made, asked), made, asked)


def residents_in(ground: shapely.Geometry) -> float:
    """Residents of 2022 in some ground, unit by unit."""
    units = places.units()
    shapes = np.asarray(units.geometry.array)
    share = shapely.area(shapely.intersection(shapes, ground)) / shapely.area(shapes)
    return float(np.nansum(share * units["residents_2022"].to_numpy()))


def test_an_error_leaves_the_area_behind_a_straight_front_as_it_is() -> None:
    asked = scenario.make(date=DAY, ukraine_km=10, russia_km=10)
    found = certainty.sensitivity(answer(named("straight"), asked))
    assert list(found.index) == list(pullback.SIDES)
    assert list(found.columns) == list(MEASURES)
    # Of 1,000 km²: the ends of the line lie two metres before the border.
    assert (found["area_km2"] < 0.5).all()


def test_an_error_changes_who_lives_behind_a_straight_front_by_the_strips() -> None:
    asked = scenario.make(date=DAY, ukraine_km=10, russia_km=10)
    found = certainty.sensitivity(answer(named("straight"), asked))["residents_2022"]

    def between(west_km: float, east_km: float) -> float:
        return residents_in(shapely.box(west_km * 1e3, 100e3, east_km * 1e3, 200e3))

    for side, west, east in (("ukraine", 190, 200), ("russia", 200, 210)):
        known = between(west, east)
        changes = [abs(between(west + by, east + by) - known) for by in (-1, 1)]
        assert max(changes) > 100
        assert found[side] == pytest.approx(max(changes), rel=0.01)


def test_an_error_changes_the_area_around_an_island_by_its_edge() -> None:
    # A ring 2 km wide around a square of 10 km, within 25 km of nothing else.
    asked = scenario.make(date=DAY, ukraine_km=2)
    made = named("held island")
    moved = control.shifted(made, 1.0)
    assert moved.held.area / crs.KM2 == pytest.approx(
        made.held.area / crs.KM2 + 100 + 40 + np.pi, rel=1e-3
    )
    found = certainty.sensitivity(answer(made, asked)).loc["ukraine", "area_km2"]
    # Pushed out by a kilometre the ring is 2πd longer; pushed in, 8 km of each edge are left.
    ring, out = 40 * 2 + np.pi * 4, 40 * 2 + np.pi * (9 - 1)
    inner = 32 * 2 + np.pi * 4
    assert found == pytest.approx(max(out - ring, ring - inner), rel=0.02)


@pytest.mark.parametrize("distance_km", [0.5, 1.0, -0.5, -1.0])
def test_a_straight_line_moves_as_far_as_asked(distance_km: float) -> None:
    made = control.shifted(named("straight"), distance_km)
    x = 200e3 - distance_km * 1e3
    there = shapely.LineString([(x, 100e3), (x, 200e3)])
    assert shapely.hausdorff_distance(made.line, there) < 10
    assert made.held.area / crs.KM2 == pytest.approx(10_000 + 100 * distance_km, abs=0.5)


@pytest.mark.parametrize("distance_km", [1.0, -1.0])
@pytest.mark.parametrize("source", list(control.SOURCES))
def test_the_real_line_moves_as_far_as_asked(source: str, distance_km: float) -> None:
    made = control.load(DAY, source)
    moved = control.shifted(made, distance_km)
    assert moved.held.is_valid
    assert moved.kyiv.is_valid
    assert moved.held.area + moved.kyiv.area == pytest.approx(places.land().area, rel=1e-6)
    points = shapely.points(shapely.get_coordinates(shapely.segmentize(moved.line, 500)))
    away = shapely.distance(points, made.line) / 1000
    assert away == pytest.approx(1.0, abs=0.02)
    side = made.kyiv if distance_km > 0 else made.held
    assert shapely.dwithin(points, side, 5).all()


@pytest.mark.parametrize("asked", [MIRROR, MIRROR.changed(extent="all", ukraine_km=5)])
def test_the_error_is_the_larger_of_both_directions(asked: Scenario) -> None:
    made = control.load(asked.date, asked.source)
    base = answer(made, asked)
    changes = [
        (answer(control.shifted(made, by), asked).sides - base.sides).astype(float).abs()
        for by in (1.0, -1.0)
    ]
    expected = pd.concat(changes).groupby(level="side").max().loc[list(pullback.SIDES)]
    pd.testing.assert_frame_equal(
        certainty.sensitivity(base), expected, check_names=False, rtol=1e-9
    )


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_the_other_answer_is_that_of_the_other_map(source: str) -> None:
    asked = MIRROR.changed(source=source)
    (other,) = set(control.SOURCES) - {source}
    found = certainty.other_answer(asked)
    assert found is not None
    assert found.scenario == asked.changed(source=other)
    directly = answer(control.load(asked.date, other), asked.changed(source=other))
    pd.testing.assert_frame_equal(found.sides, directly.sides, check_exact=True)
    pd.testing.assert_frame_equal(found.settlements, directly.settlements, check_exact=True)


def test_a_file_has_no_other_answer() -> None:
    assert certainty.other_answer(MIRROR.changed(source="/some/file.geojson")) is None


def test_two_maps_dispute_what_lies_between_their_lines() -> None:
    farther = control_map(shapely.box(195e3, 100e3, 300e3, 200e3))
    found = certainty.dispute(farther, named("straight"))
    assert found.ground["area_km2"].tolist() == [pytest.approx(500, rel=1e-3), 0]
    assert found.median_km == pytest.approx(5, rel=1e-3)
    assert found.most_km == pytest.approx(5, rel=1e-3)


def test_the_disputed_ground_is_the_difference_of_the_areas() -> None:
    one, other = (control.load(DAY, source) for source in control.SOURCES)
    found = certainty.dispute(one, other)
    assert found.ground["held_by"].tolist() == [one.title, other.title]
    by_one, by_other = found.ground["area_km2"]
    assert by_one - by_other == pytest.approx((one.held.area - other.held.area) / crs.KM2, abs=5)
    assert 0 < found.median_km < found.most_km
    round_again = certainty.dispute(other, one)
    assert round_again.ground["area_km2"].tolist() == [by_other, by_one]
