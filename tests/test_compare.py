"""Scenarios beside each other: by hand on invented countries, and on the real front."""

from __future__ import annotations

import datetime as dt
import functools
import json
import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as some

from data.errors import InputError
from data.projection import MEASURING_CRS
from geo import compare, control, impact, pullback, scenario, webmap
from geo.compare import BOTH, LETTERS, LINE
from geo.control import ControlMap
from geo.impact import Impact
from geo.pullback import SIDES
from geo.scenario import Scenario
from tests import invented

DAY = dt.date(2025, 12, 14)
KM2 = 1e6


def answered(made: ControlMap, asked: Scenario) -> Impact:
    return impact.assess(pullback.pull_back(made, asked), made, asked)


@functools.cache
def real(**changes: object) -> Impact:
    asked = scenario.default().changed(**changes)
    return answered(control.load(asked.date, asked.source), asked)


def on_invented(ukraine_km: float, russia_km: float, name: str = "straight") -> Impact:
    asked = scenario.make(date=DAY, ukraine_km=ukraine_km, russia_km=russia_km)
    return answered(invented.named(name), asked)


def boxes(ukraine: shapely.Geometry, russia: shapely.Geometry) -> Impact:
    """An answer with zones given by hand, on the straight front."""
    zones = gpd.GeoDataFrame({"side": SIDES}, geometry=[ukraine, russia], crs=MEASURING_CRS)
    return impact.assess(zones, invented.named("straight"), scenario.make(date=DAY))


def value(table: pd.DataFrame, letter: str, measure: str, side: str, column: str) -> float:
    row = table[
        (table["scenario"] == letter) & (table["measure"] == measure) & (table["side"] == side)
    ]
    assert len(row) == 1
    return float(row[column].iloc[0])


def area(ground: gpd.GeoDataFrame, side: str, letters: str) -> float:
    row = ground[(ground["side"] == side) & (ground["scenarios"] == letters)]
    assert len(row) == 1
    return float(row["area_km2"].iloc[0])


def test_differences_and_ratios_by_hand() -> None:
    # A front of 100 km, straight: 5 km of it are 500 km², 10 km are 1,000 km².
    table = compare.figures([on_invented(5, 0), on_invented(10, 2)])
    assert value(table, "A", "area_km2", "ukraine", "value") == pytest.approx(500, rel=1e-3)
    assert value(table, "B", "area_km2", "ukraine", "value") == pytest.approx(1000, rel=1e-3)
    assert value(table, "B", "area_km2", "ukraine", "difference") == pytest.approx(500, rel=1e-3)
    assert value(table, "B", "area_km2", "ukraine", "ratio") == pytest.approx(2, rel=1e-3)
    assert value(table, "B", "area_km2", BOTH, "value") == pytest.approx(1200, rel=1e-3)
    assert value(table, "B", "area_km2", BOTH, "ratio") == pytest.approx(2.4, rel=1e-3)
    # There is no ratio to nothing, and none of the first to itself.
    assert math.isnan(value(table, "B", "area_km2", "russia", "ratio"))
    assert math.isnan(value(table, "A", "area_km2", "ukraine", "ratio"))
    assert math.isnan(value(table, "A", "area_km2", "ukraine", "difference"))
    assert value(table, "B", LINE, BOTH, "difference") == 0
    assert value(table, "B", LINE, BOTH, "ratio") == 1


def test_the_ground_of_two_by_hand() -> None:
    one = boxes(shapely.box(160_000, 120_000, 190_000, 150_000), shapely.MultiPolygon())
    other = boxes(
        shapely.box(180_000, 140_000, 200_000, 160_000),
        shapely.box(200_000, 140_000, 210_000, 150_000),
    )
    ground = compare.ground([one, other])
    # 30 by 30 km and 20 by 20 km share 10 by 10 km.
    assert area(ground, "ukraine", "A") == pytest.approx(800)
    assert area(ground, "ukraine", "B") == pytest.approx(300)
    assert area(ground, "ukraine", "AB") == pytest.approx(100)
    assert area(ground, "russia", "A") == 0
    assert area(ground, "russia", "B") == pytest.approx(100)
    assert ground.crs == MEASURING_CRS
    for _at, row in ground.iterrows():
        assert row["geometry"].area / KM2 == pytest.approx(row["area_km2"])


def test_the_ground_of_four_by_hand() -> None:
    # Each 10 km farther: overlapping strips of 40 km.
    strips = [
        boxes(shapely.box(110_000 + at, 120_000, 150_000 + at, 121_000), shapely.MultiPolygon())
        for at in (0, 10_000, 20_000, 30_000)
    ]
    ground = compare.ground(strips)
    found = {
        row["scenarios"]: round(row["area_km2"], 6)
        for _at, row in ground[ground["side"] == "ukraine"].iterrows()
        if row["area_km2"]
    }
    assert found == {"A": 10, "AB": 10, "ABC": 10, "ABCD": 10, "BCD": 10, "CD": 10, "D": 10}
    assert len(ground) == 2 * 15


@settings(max_examples=15, deadline=None)
# A box around a hromada cuts off hardly anything of the second zone.
@example([(0.0, 1.0, "pocket"), (0.0, 1.0, "gulf"), (0.0, 1e-05, "pocket")])
@given(
    asked=some.lists(
        some.tuples(some.floats(0, 40), some.floats(0, 40), some.sampled_from(invented.NAMES)),
        min_size=2,
        max_size=4,
    )
)
def test_parts_add_up_on_any_map(asked: list[tuple[float, float, str]]) -> None:
    answers = [on_invented(*each) for each in asked]
    adds_up(answers, compare.ground(answers))


def adds_up(answers: list[Impact], ground: gpd.GeoDataFrame) -> None:
    """The parts of each zone are together the zone, measure by measure, and share nothing."""
    for letter, answer in zip(LETTERS, answers, strict=False):
        for side in SIDES:
            of_both = (ground["side"] == side) & ground["scenarios"].str.contains(letter)
            parts = ground[of_both]
            sums = parts[list(compare.ADDED_UP)].sum()
            whole = {key: float(answer.sides[key][side]) for key in compare.ADDED_UP}
            assert sums["area_km2"] == pytest.approx(whole["area_km2"], rel=1e-9, abs=1e-3)
            assert sums["settlements"] == whole["settlements"]
            if not math.isnan(whole["residents_2022"]):
                assert sums["residents_2022"] == pytest.approx(
                    whole["residents_2022"], rel=1e-6, abs=0.5
                )
            zone = answer.zones.set_index("side").geometry[side]
            joined = shapely.union_all(parts.geometry.to_numpy())
            assert joined.area == pytest.approx(parts.area.sum(), rel=1e-9, abs=1)
            assert shapely.symmetric_difference(joined, zone).area < 1000


REAL: dict[str, tuple[dict[str, object], ...]] = {
    "assessors": ({}, {"source": "owl"}),
    "dates": ({}, {"date": dt.date(2024, 12, 1)}),
    "sides": ({"ukraine_km": 10.0, "russia_km": 0.0}, {"ukraine_km": 0.0, "russia_km": 10.0}),
    "whole line": (
        {"extent": "all", "ukraine_km": 20.0, "russia_km": 20.0},
        {"extent": "all", "ukraine_km": 20.0, "russia_km": 20.0, "source": "owl"},
    ),
    "four": (
        {},
        {"source": "owl"},
        {"date": dt.date(2024, 12, 1)},
        {"extent": "all", "ukraine_km": 10.0, "russia_km": 0.0},
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_parts_add_up_on_the_real_front(name: str) -> None:
    answers = [real(**changes) for changes in REAL[name]]
    found = compare.compare(answers)
    adds_up(answers, found.ground)
    # What the lists name is what the figures count.
    for letter in LETTERS[: len(answers)]:
        for side in SIDES:
            listed = found.settlements[
                (found.settlements["scenario"] == letter) & (found.settlements["side"] == side)
            ]
            counted = found.ground[
                (found.ground["side"] == side) & (found.ground["scenarios"] == letter)
            ]
            assert len(listed) == counted["settlements"].iloc[0]


def test_settlements_of_only_one_by_name() -> None:
    found = compare.settlements([real(), real(date=dt.date(2024, 12, 1))])
    assert found["residents_2022"].dropna().is_monotonic_decreasing
    rows = {(row["name_en"], row["side"]): row for row in found.to_dict("records")}
    # A town that the front passed: within 5 km on the one side then, on the other now.
    changed = [row for row in rows.values() if row["elsewhere"]]
    assert changed
    for row in changed:
        assert row["elsewhere"] != row["side"]
        assert (row["name_en"], row["elsewhere"]) in rows
    assert rows["Kurakhove", "ukraine"]["scenario"] == "B"
    assert rows["Kurakhove", "ukraine"]["residents_2022"] == 18_220


def test_a_scenario_beside_itself_differs_in_nothing() -> None:
    found = compare.compare([real(), real()])
    others = found.figures[found.figures["scenario"] == "B"]
    known = others.dropna(subset=["value"])
    assert (known["difference"] == 0).all()
    assert (known["ratio"] == 1).all()
    alone = found.ground[found.ground["scenarios"] != "AB"]
    assert (alone["area_km2"] == 0).all()
    assert alone.geometry.is_empty.all()
    assert found.settlements.empty


def test_changing_the_order_changes_the_sign() -> None:
    one = compare.figures([real(), real(source="owl")])
    other = compare.figures([real(source="owl"), real()])
    for side in SIDES:
        for column, expected in (("difference", -1.0), ("ratio", None)):
            here = value(one, "B", "residents_2022", side, column)
            there = value(other, "B", "residents_2022", side, column)
            assert there == pytest.approx(here * expected if expected else 1 / here)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_fewer_than_two_or_more_than_four_are_refused(count: int) -> None:
    for function in (compare.compare, compare.figures, compare.ground, compare.settlements):
        with pytest.raises(InputError, match="give 2 to 4"):
            function([on_invented(5, 5)] * count)


def test_two_scenarios_on_one_map() -> None:
    one, other = real(), real(source="owl")
    below, scene = webmap.differences(
        one, other, compare.ground([one, other]), names=("A", "<img onerror=x>${1}")
    )
    chart = webmap.base_map()
    for group in (below, scene):
        group.add_to(chart)
    page = chart.get_root().render()
    for kind in ("first", "second", "shared"):
        for side in SIDES:
            assert page.count(f'pullbackAtlas.ground("{kind}-{side}"') == 1
    assert page.count('pullbackAtlas.ground("line-other"') == 1
    assert "only in A" in page
    assert "onerror=x>" not in page
    assert "${1}" not in page
    told = page.split("pullbackAtlas.state(")[-1].split(");")[0]
    west_south, east_north = json.loads(told)["view"]["bounds"]
    assert west_south[0] < east_north[0]
    assert west_south[1] < east_north[1]


def test_what_neither_contains_is_not_on_the_map() -> None:
    one, other = on_invented(5, 0), on_invented(10, 0)
    groups = webmap.differences(one, other, compare.ground([one, other]), names=("A", "B"))
    chart = webmap.base_map()
    for group in groups:
        group.add_to(chart)
    page = chart.get_root().render()
    drawn = {kind for kind in ("first", "second", "shared") if f'ground("{kind}-ukraine"' in page}
    assert drawn == {"second", "shared"}
    assert "-russia" not in "".join(
        line for line in page.splitlines() if "pullbackAtlas.ground(" in line
    )
    # One control map, one line.
    assert "line-other" not in "".join(
        line for line in page.splitlines() if "pullbackAtlas.ground(" in line
    )
