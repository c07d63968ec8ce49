"""Figures against distance, and the balance between the sides."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

from geo import control, impact, pullback, scenario
from geo.curve import EQUALLED, balance, curve
from geo.impact import MEASURES
from geo.scenario import Scenario
from tests.invented import DAY, named

DONETSK = scenario.from_preset("mirror-10")
WHOLE = DONETSK.changed(extent="all")
LEAVING = DONETSK.changed(ukraine_leaves=("Donetsk Oblast",), russia_leaves=("Sumy Oblast",))


@functools.cache
def asked_and_curve(asked: Scenario) -> pd.DataFrame:
    return curve(control.load(asked.date, asked.source), asked)


def answer(made: control.ControlMap, asked: Scenario) -> impact.Impact:
    return impact.assess(pullback.pull_back(made, asked), made, asked)


def balanced(found: impact.Impact) -> pd.DataFrame:
    return balance(found, curve(found.control, found.scenario))


@pytest.mark.parametrize("asked", [DONETSK, WHOLE, LEAVING, WHOLE.changed(source="owl")])
@pytest.mark.parametrize("km", [0, 1, 2, 5, 10, 27, 40])
def test_its_points_are_single_scenarios_exactly(asked: Scenario, km: int) -> None:
    points = asked_and_curve(asked).query("distance_km == @km").set_index("side")
    single = answer(
        control.load(asked.date, asked.source), asked.changed(ukraine_km=km, russia_km=km)
    ).sides
    for side in pullback.SIDES:
        for measure in MEASURES:
            one, other = float(points[measure][side]), float(single[measure][side])
            assert one == other or (np.isnan(one) and np.isnan(other))


def test_its_distances_are_0_to_40_by_side() -> None:
    table = asked_and_curve(DONETSK)
    assert list(table.columns) == ["distance_km", "side", *MEASURES]
    for side in pullback.SIDES:
        distances = table.loc[table["side"] == side, "distance_km"]
        assert distances.tolist() == list(range(41))


@pytest.mark.parametrize("asked", [DONETSK, WHOLE, LEAVING])
def test_it_begins_at_nothing_or_what_is_left_and_never_falls(asked: Scenario) -> None:
    for side, table in asked_and_curve(asked).groupby("side"):
        first = table.iloc[0]
        if getattr(asked, f"{side}_leaves"):
            assert first["area_km2"] > 0
        else:
            assert first[["area_km2", "settlements"]].eq(0).all()
        for measure in ("area_km2", "residents_2022", "settlements"):
            steps = table[measure].astype(float).diff().dropna()
            assert (steps >= -1e-6 * table[measure].max()).all()


def test_its_own_distances_do_not_matter() -> None:
    made = control.load(DAY, "deepstate")
    one, other = (curve(made, DONETSK.changed(ukraine_km=km)) for km in (3.5, 40))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_what_a_caller_does_to_it_stays_with_the_caller() -> None:
    made = control.load(DAY, "deepstate")
    table = curve(made, DONETSK)
    table["area_km2"] = -1.0
    assert (curve(made, DONETSK)["area_km2"] >= 0).all()


def test_on_a_straight_front_it_is_straight() -> None:
    asked = scenario.make(date=DAY)
    for _, table in curve(named("straight"), asked).groupby("side"):
        np.testing.assert_allclose(table["area_km2"], 100 * table["distance_km"], rtol=5e-4)


def test_on_a_straight_front_equal_areas_mean_equal_distances() -> None:
    asked = scenario.make(date=DAY, ukraine_km=7.5, russia_km=7.5)
    row = balanced(answer(named("straight"), asked)).loc["area_km2"]
    assert row["ukraine"] == pytest.approx(750, rel=5e-4)
    assert row["ratio"] == pytest.approx(1, rel=1e-4)
    assert row["ukraine_equal_km"] == pytest.approx(7.5, rel=1e-3)
    assert row["russia_equal_km"] == pytest.approx(7.5, rel=1e-3)


def test_on_a_straight_front_twice_the_distance_is_twice_the_area() -> None:
    asked = scenario.make(date=DAY, ukraine_km=6, russia_km=12)
    row = balanced(answer(named("straight"), asked)).loc["area_km2"]
    assert row["ratio"] == pytest.approx(2, rel=1e-3)
    assert row["ukraine_equal_km"] == pytest.approx(12, rel=1e-3)
    assert row["russia_equal_km"] == pytest.approx(6, rel=1e-3)


@pytest.mark.parametrize("asked", [DONETSK, WHOLE.changed(ukraine_km=5, russia_km=12.5)])
@pytest.mark.parametrize("measure", EQUALLED)
def test_the_equal_distance_gives_the_equal_figure(asked: Scenario, measure: str) -> None:
    made = control.load(asked.date, asked.source)
    row = balanced(answer(made, asked)).loc[measure]
    assert row["ratio"] == pytest.approx(row["russia"] / row["ukraine"])
    for side, wanted in (("ukraine", row["russia"]), ("russia", row["ukraine"])):
        distance_km = row[f"{side}_equal_km"]
        found = answer(made, asked.changed(**{f"{side}_km": distance_km})).sides[measure][side]
        # Straight between whole kilometres, where the true curve bends.
        assert found == pytest.approx(wanted, rel=0.02)


def test_where_no_distance_would_do_it_is_blank() -> None:
    asked = scenario.make(date=DAY, ukraine_km=0, russia_km=40)
    row = balanced(answer(named("straight"), asked)).loc["area_km2"]
    assert np.isnan(row["ratio"])
    assert row["russia_equal_km"] == 0
    far = scenario.make(date=DAY, ukraine_km=1, russia_leaves=("Luhansk Oblast",))
    row = balanced(answer(named("straight"), far)).loc["area_km2"]
    assert row["russia"] > 4000
    assert np.isnan(row["ukraine_equal_km"])
    # Before it takes a step, a side that leaves a place gives up more than the other.
    assert np.isnan(row["russia_equal_km"])
