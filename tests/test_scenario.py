"""Scenarios: what may be asked, how it is said, and how it travels in a link."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from geo import scenario

DAY = dt.date(2025, 12, 14)
HALF_KM = st.integers(0, 80).map(lambda halves: halves / 2)


def test_what_one_sees_first() -> None:
    first = scenario.default()
    assert (first.date, first.source) == (DAY, "deepstate")
    assert first.title() == "Both sides pull back 5 km in Donetsk Oblast"
    assert scenario.preset_of(first) == "mirror-5"


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"ukraine_km": 10, "russia_km": 10}, "Both sides pull back 10 km"),
        ({"ukraine_km": 7.5}, "Ukraine pulls back 7.5 km"),
        ({"ukraine_km": 5, "russia_km": 10}, "Ukraine pulls back 5 km and Russia 10 km"),
        ({"russia_km": 10}, "Russia pulls back 10 km"),
    ],
)
def test_titles_of_pullbacks(fields: dict[str, Any], title: str) -> None:
    whole = scenario.make(date=DAY, **fields)
    assert whole.title() == f"{title} along the whole line of contact"
    assert whole.changed(extent="donetsk").title() == f"{title} in Donetsk Oblast"


def test_titles_of_leaving_and_standing() -> None:
    assert scenario.from_preset("free-economic-zone").title() == "Ukraine leaves Donetsk Oblast"
    assert scenario.from_preset("freeze").title() == "Both sides stay where they stand"
    assert (
        scenario.from_preset("line-20").title()
        == "Russia leaves Dnipropetrovsk, Mykolaiv, Sumy and Kharkiv oblasts"
    )
    assert (
        scenario.from_preset("asymmetric-2026").title()
        == "Ukraine leaves Donetsk Oblast; Russia pulls back 10 km in Donetsk Oblast"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ukraine_km": -1}, "give 0 to 40 km"),
        ({"russia_km": 40.5}, "give 0 to 40 km"),
        ({"ukraine_km": float("nan")}, "give 0 to 40 km"),
        ({"ukraine_km": float("inf")}, "give 0 to 40 km"),
        ({"russia_km": "far"}, "give 0 to 40 km"),
        ({"extent": "Atlantis"}, "no place called 'Atlantis'"),
        ({"ukraine_leaves": ("Donesk Oblast",)}, "Donetsk Oblast"),
        ({"extent": "area"}, "go together"),
        ({"date": "yesterday"}, "YYYY-MM-DD"),
        ({"date": "1765670400"}, "YYYY-MM-DD"),
        ({"speed": 3}, "no field 'speed'"),
    ],
)
def test_bad_fields_are_refused_in_a_sentence(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        scenario.make(**({"date": DAY} | fields))
    assert "\n" not in str(caught.value)


def test_every_preset_is_a_scenario() -> None:
    for name, preset in scenario.presets().items():
        made = scenario.from_preset(name)
        assert made.ukraine_km == preset.ukraine_km
        assert made.title()
    with pytest.raises(InputError, match="mirror-5"):
        scenario.from_preset("mirror-6")


@given(HALF_KM, HALF_KM, st.sampled_from(["all", "Donetsk Oblast", "Kramatorskyi Raion"]))
def test_a_link_brings_the_same_scenario_back(ukraine: float, russia: float, extent: str) -> None:
    asked = scenario.make(
        date=DAY,
        source="owl",
        ukraine_km=ukraine,
        russia_km=russia,
        extent=extent,
        russia_leaves=("Sumy Oblast", "Kharkiv Oblast"),
    )
    back, complaints = scenario.from_query(asked.to_query())
    assert back == asked
    assert complaints == []


def test_a_damaged_link_opens_with_what_is_valid() -> None:
    back, complaints = scenario.from_query(
        {"date": "2025-12-15", "source": "/etc/passwd", "ukraine": "99", "russia": "10"}
    )
    assert (back.date, back.source, back.russia_km) == (dt.date(2025, 12, 15), "deepstate", 10)
    assert back.ukraine_km == 5
    assert len(complaints) == 2


def test_a_link_names_the_proposal_that_was_chosen() -> None:
    back, complaints = scenario.from_query({"preset": "full-donetsk", "date": "2025-12-15"})
    assert scenario.preset_of(back) in ("full-donetsk", "free-economic-zone")
    assert back.date == dt.date(2025, 12, 15)
    assert complaints == []
    back, complaints = scenario.from_query({"preset": "mirror-6"})
    assert back == scenario.default()
    assert "mirror-6" in complaints[0]


def test_a_link_that_only_leaves_pulls_nobody_back() -> None:
    back, _ = scenario.from_query({"ukraine_leaves": "Donetsk Oblast"})
    assert (back.ukraine_km, back.russia_km, back.extent) == (0, 0, "all")


def test_a_line_is_said_and_makes_it_no_preset() -> None:
    line = '{"coordinates":[[37.0,48.2],[37.7,49.0]],"type":"LineString"}'
    asked = scenario.default().changed(extent="all", line=line)
    assert asked.title() == "Both sides pull back 5 km from the line drawn"
    assert asked.changed(extent="Donetsk Oblast").title() == (
        "Both sides pull back 5 km from the line drawn, in Donetsk Oblast"
    )
    assert scenario.preset_of(scenario.default().changed(line=line)) is None
    assert scenario.from_query(asked.to_query()) == (asked, [])


def test_what_a_link_carries_is_bounded() -> None:
    back, complaints = scenario.from_query({"extent": "area", "area": "[" * 7000})
    assert back == scenario.default()
    assert "too many corners" in complaints[0]
    _, complaints = scenario.from_query({"ukraine": "9" * 5000})
    assert len(complaints[0]) < 200


def test_a_scenario_is_immutable_and_reopens_from_json() -> None:
    asked = scenario.default()
    with pytest.raises(Exception, match="frozen"):
        asked.ukraine_km = 3
    assert scenario.Scenario.model_validate_json(asked.model_dump_json()) == asked
