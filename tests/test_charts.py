"""Figures against distance: what the charts hold and say."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd
import pytest

from geo import charts, control, curve, scenario
from geo.impact import Impact, assess
from geo.pullback import SIDES, pull_back
from geo.style import DARK, LIGHT, Theme


@pytest.fixture(scope="module")
def answer() -> Impact:
    asked = scenario.default().changed(ukraine_km=5.0, russia_km=12.5, extent="Pokrovskyi Raion")
    ground = control.load(asked.date, asked.source)
    return assess(pull_back(ground, asked), ground, asked)


@pytest.fixture(scope="module")
def table(answer: Impact) -> pd.DataFrame:
    return curve.curve(answer.control, answer.scenario)


@pytest.mark.parametrize("measure", charts.SHOWN)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_chart_is_valid_and_has_both_sides_and_marks(
    table: pd.DataFrame, answer: Impact, measure: str, theme: Theme
) -> None:
    spec = charts.against_distance(table, answer, measure, theme)
    assert isinstance(alt.Chart.from_dict(spec), alt.LayerChart)
    points = spec["datasets"]["curve"]
    for side in SIDES:
        drawn = {p["distance_km"]: p["value"] for p in points if p["side"] == side}
        of_side = table[table["side"] == side]
        assert drawn == pytest.approx(
            dict(zip(of_side["distance_km"], of_side[measure], strict=True))
        )
    marks = {mark["side"]: mark for mark in spec["datasets"]["marks"]}
    assert {side: mark["distance_km"] for side, mark in marks.items()} == {
        "ukraine": 5.0,
        "russia": 12.5,
    }
    for side in SIDES:
        assert marks[side]["value"] == pytest.approx(float(answer.sides[measure][side]))
    top = spec["params"][0]["value"]
    assert top >= max(p["value"] for p in points)
    text = str(spec)
    assert theme.ukraine in text
    assert theme.russia in text


def test_the_sides_differ_by_more_than_colour(table: pd.DataFrame, answer: Impact) -> None:
    spec = charts.against_distance(table, answer, "area_km2", LIGHT)
    lines, _, marks, names = spec["layer"]
    assert len({str(dash) for dash in lines["encoding"]["strokeDash"]["scale"]["range"]}) == 2
    assert len(set(marks["encoding"]["shape"]["scale"]["range"])) == 2
    assert {end["name"] for end in spec["datasets"]["ends"]} == {"Ukraine", "Russia"}
    assert names["encoding"]["text"]["field"] == "name"


def test_names_at_the_ends_never_cover_each_other(answer: Impact) -> None:
    for high in (1000.0, 1001.0, 1090.0, 2000.0):
        flat = pd.DataFrame(
            {
                "distance_km": [0.0, 40.0] * 2,
                "side": ["ukraine"] * 2 + ["russia"] * 2,
                "area_km2": [0.0, 1000.0, 0.0, high],
            }
        )
        spec = charts.against_distance(flat, answer, "area_km2", LIGHT)
        one, two = (end["value"] for end in spec["datasets"]["ends"])
        assert abs(one - two) >= 0.084 * spec["params"][0]["value"]


def test_what_is_not_known_is_left_out(table: pd.DataFrame, answer: Impact) -> None:
    unknown = table.assign(residents_2022=math.nan)
    spec = charts.against_distance(unknown, answer, "residents_2022", LIGHT)
    assert spec["datasets"]["curve"] == []
    assert spec["datasets"]["ends"] == []
    assert charts.told(unknown, answer, "residents_2022").endswith("No data.")
    half = table.assign(residents_2022=table["residents_2022"].where(table["side"] == "russia"))
    told = charts.told(half, answer, "residents_2022")
    assert "Russia’s side, 40 km" in told
    assert "Ukraine’s side, 40 km" not in told


@pytest.mark.parametrize("measure", charts.SHOWN)
def test_the_summary_says_nothing_twice(table: pd.DataFrame, answer: Impact, measure: str) -> None:
    told = charts.told(table, answer, measure)
    assert "marked: Ukraine’s side, 5 km: " in told
    assert told.count("Ukraine’s side, 5 km: ") == told.count("Russia’s side, 5 km: ") == 1


def test_the_summary_names_the_marks_and_round_distances(
    table: pd.DataFrame, answer: Impact
) -> None:
    told = charts.told(table, answer, "area_km2")
    assert told.startswith("Area against distance.")
    area = float(answer.sides["area_km2"]["russia"])
    assert f"marked: Russia’s side, 12.5 km: {area:,.0f} km²" in told
    for km in (5, 10, 20, 40):
        assert f"Ukraine’s side, {km} km: " in told
