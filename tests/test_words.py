"""Dates, figures and deeds as they are written."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest

from geo import words


def test_a_day_has_no_leading_nought() -> None:
    assert words.day(dt.date(2026, 1, 2)) == "2 January 2026"


@pytest.mark.parametrize(
    ("text", "written"),
    [("2025-12-14", "14 December 2025"), ("August 2026", "August 2026"), ("", "")],
)
def test_a_date_of_a_table_is_written_in_words(text: str, written: str) -> None:
    assert words.as_of(text) == written


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("area_km2", 1457.28, "1,457 km²"),
        ("area_km2", 0.3, "under 1 km²"),
        ("area_km2", 0.0, "0 km²"),
        ("residents_2022", 132_488, "132,000"),
        ("residents_2022", 96, "96"),
        ("residents_2022", 0, "0"),
        ("residents_2022", float("nan"), "no data"),
        ("settlements", 1022, "1,022"),
        ("rail_km", 173.6, "174 km"),
        ("rail_km", 0.0, "0 km"),
        ("rail_km", float("nan"), "no data"),
    ],
)
def test_measures_carry_their_unit_and_the_digits_that_are_true(
    name: str, value: float, written: str
) -> None:
    assert words.measure(name, value) == written


@pytest.mark.parametrize(
    ("km", "leaves", "written"),
    [
        (0.0, (), "stays"),
        (7.5, (), "pulls back 7.5 km"),
        (0.0, ("Donetsk Oblast",), "leaves"),
        (10.0, ("Donetsk Oblast",), "leaves, pulls back 10 km"),
    ],
)
def test_a_deed_says_what_a_side_does(km: float, leaves: tuple[str, ...], written: str) -> None:
    assert words.deed(km, leaves) == written


@pytest.mark.parametrize(
    ("name", "one", "other", "written"),
    [
        ("area_km2", 1457.2, 1245.4, "1,245–1,457 km²"),
        ("area_km2", 1457.2, 1457.4, "1,457 km²"),
        ("area_km2", 0.4, 12.0, "under 1–12 km²"),
        ("residents_2022", 132_488, 112_345, "112,000–132,000"),
        ("residents_2022", float("nan"), 112_345, "112,000"),
        ("rail_km", float("nan"), float("nan"), "no data"),
        ("settlements", 14, 19, "14–19"),
    ],
)
def test_two_answers_are_a_range(name: str, one: float, other: float, written: str) -> None:
    assert words.span(name, one, other) == written
    assert words.span(name, other, one) == written


@pytest.mark.parametrize(
    ("name", "value", "first", "written"),
    [
        ("residents_2022", 118_120.0, 121_840.0, "−4,000"),
        ("residents_2022", 119_910.0, 114_590.0, "+5,000"),
        ("residents_2022", 238_030.0, 236_430.0, "+2,000"),
        ("residents_2022", 1_234_400.0, 1_049.0, "+1,228,950"),
        ("residents_2022", 121_900.0, 122_100.0, "0"),
        ("residents_2022", 12.34, 0.0, "+12"),
        ("area_km2", 1_243.4, 1_456.6, "−214 km²"),
        ("area_km2", 3.0, 3.4, "0 km²"),
        ("area_km2", 0.4, 0.0, "± under 1 km²"),
        ("rail_km", math.nan, 4.0, "–"),
    ],
)
def test_a_difference_is_that_of_the_figures_as_they_are_printed(
    name: str, value: float, first: float, written: str
) -> None:
    assert str(words.difference(name, value, first)) == written


def test_a_bare_figure_has_no_unit() -> None:
    assert words.bare("area_km2", 1457.2) == "1,457"
    assert words.bare("rail_km", 12.0) == "12"
    assert words.bare("rail_km", float("nan")) == "no data"
    assert words.bare("residents_2022", 1234) == "1,230"


def test_railways_by_class_and_side() -> None:
    table = pd.DataFrame(
        {"side": ["russia", "russia"], "class": ["main", "branch"], "length_km": [120.4, 54.0]}
    )
    assert words.railways(table) == "Railways: Russia’s side: main 120 km, branch 54 km."
    assert words.railways(table[:0]) == ""


def balance(**changed: dict[str, float]) -> pd.DataFrame:
    """A table as `geo.curve.balance` gives it."""
    row = {
        "ukraine": 1457.0,
        "russia": 1530.0,
        "ratio": 1.05,
        "ukraine_equal_km": 5.3,
        "russia_equal_km": 4.7,
    }
    rows = {"area_km2": row, "residents_2022": row | {"ratio": 0.94}}
    return pd.DataFrame.from_dict(
        {key: rows[key] | changed.get(key, {}) for key in rows}, orient="index"
    )


def test_who_gives_up_what() -> None:
    assert words.balance(balance(), "DeepState") == [
        "On DeepState’s map Russia’s side gives up 1.05 times as much ground and 0.94 times as "
        "many residents of 2022 as Ukraine’s.",
        "Ukraine’s side would give up as much as Russia’s: ground at 5.3 km, residents at 5.3 km.",
        "Russia’s side would give up as much as Ukraine’s: ground at 4.7 km, residents at 4.7 km.",
    ]


def test_nothing_is_said_where_a_side_gives_up_nothing() -> None:
    nothing = {"russia": 0.0, "ratio": 0.0, "ukraine_equal_km": 0.0, "russia_equal_km": 4.0}
    assert words.balance(balance(area_km2=nothing), "DeepState") == []


def test_only_what_is_true_is_said_of_who_gives_up_what() -> None:
    nan = float("nan")
    unknown = {"ukraine": nan, "ratio": nan, "ukraine_equal_km": nan, "russia_equal_km": nan}
    told = " ".join(words.balance(balance(residents_2022=unknown), "DeepState"))
    assert "1.05 times as much ground as Ukraine’s." in told
    assert "residents" not in told
    nobody = {"russia": 0.0, "ratio": 0.0, "ukraine_equal_km": 0.0, "russia_equal_km": 40.0}
    told = " ".join(words.balance(balance(residents_2022=nobody), "DeepState"))
    assert "residents" not in told
    # No distance would do.
    beyond = {"ukraine_equal_km": nan, "russia_equal_km": nan}
    told = " ".join(words.balance(balance(area_km2=beyond), "DeepState"))
    assert "ground at" not in told
    assert "residents at 5.3 km" in told
    even = {"russia": 1457.0, "ratio": 1.0}
    assert "gives up as much ground and" in words.balance(balance(area_km2=even), "DeepState")[0]
    little = {"russia": 0.1, "ratio": 0.0001}
    told = words.balance(balance(area_km2=little), "DeepState")[0]
    assert "less than 0.01 times as much ground" in told
