"""Dates, figures and deeds as they are written."""

from __future__ import annotations

import datetime as dt

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
