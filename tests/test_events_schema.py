"""The schema of attack reports on tables of one row."""

from __future__ import annotations

import pandas as pd
import pytest

from data import weapons
from data.errors import DataError, InputError
from events import schema

ROW = {
    "date": "2025-12-14",
    "period_start": "2025-12-13T19:00",
    "period_end": "2025-12-14T08:30",
    "scope": "national",
    "class": "attack drone",
    "models": "Shahed-136/131",
    "launched": "138",
    "intercepted": "110",
    "suppressed": "",
    "hit_locations": "6",
    "debris_locations": "",
    "launch_places": "Chauda, Crimea; Millerovo",
    "region": "Ukraine",
    "source": "kpszsu/posts/a",
}


def test_types() -> None:
    frame = schema.typed(pd.DataFrame([ROW]))
    assert list(frame.columns) == list(schema.COLUMNS)
    assert frame["date"].iloc[0] == pd.Timestamp("2025-12-14")
    assert {str(frame[name].dtype) for name in schema.COUNTS} == {"Int64"}
    assert frame["launched"].iloc[0] == 138
    assert frame["suppressed"].isna().all()


def test_a_day_without_a_minute_lasts_the_whole_day() -> None:
    frame = schema.typed(
        pd.DataFrame([ROW | {"period_start": "2025-12-14", "period_end": "2025-12-14"}, ROW])
    )
    assert list(schema.begins(frame)) == [
        pd.Timestamp("2025-12-14 00:00"),
        pd.Timestamp("2025-12-13 19:00"),
    ]
    assert list(schema.ends(frame)) == [
        pd.Timestamp("2025-12-14 23:59"),
        pd.Timestamp("2025-12-14 08:30"),
    ]


def test_an_empty_table_is_fine() -> None:
    frame = schema.typed(pd.DataFrame(columns=list(schema.COLUMNS), dtype="str"))
    assert frame.empty
    assert str(frame["launched"].dtype) == "Int64"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"date": "14.12.2025"}, "'14.12.2025' is not a date"),
        ({"date": "2025-12-13"}, "'2025-12-13' is not the day its period ends"),
        ({"date": "2025-02-30", "period_end": "2025-02-30"}, "no calendar has"),
        ({"period_start": "yesterday"}, "'yesterday' is neither a date nor a minute"),
        ({"period_start": "2025-12-15"}, "is before the period starts"),
        ({"scope": "local"}, "'local' is no scope"),
        ({"class": "bomb"}, "'bomb' is no weapon class"),
        ({"class": "ballistic missile + cruise missile"}, "is no weapon class"),
        ({"launched": "1.5"}, "'1.5' is no count of launched"),
        ({"launched": "-1"}, "'-1' is no count of launched"),
        ({"source": ""}, "'' is no source"),
    ],
)
@pytest.mark.parametrize("error", [DataError, InputError])
def test_a_fault_is_one_sentence(
    change: dict[str, str], sentence: str, error: type[DataError]
) -> None:
    with pytest.raises(error, match=r"^[^\n]*\.$") as caught:
        schema.typed(pd.DataFrame([ROW, ROW | change]), error=error)
    assert sentence in str(caught.value)


def test_each_row_has_its_own_first_fault() -> None:
    rows = [ROW, ROW | {"launched": "-1", "scope": "local"}, ROW | {"intercepted": "9999999"}]
    found = schema.faults(pd.DataFrame(rows, dtype="str"))
    assert found.tolist() == ["", "'local' is no scope", "'9999999' is no count of intercepted"]


def test_text_and_types_are_two_forms_of_one_table() -> None:
    text = pd.DataFrame([ROW, ROW | {"suppressed": "0", "launched": ""}], dtype="str")
    table = schema.typed(text)
    pd.testing.assert_frame_equal(schema.as_text(table), text)
    pd.testing.assert_frame_equal(schema.typed(schema.as_text(table)), table)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="no column launched, region"):
        schema.typed(pd.DataFrame([ROW]).drop(columns=["region", "launched"]))


def test_combined_classes_are_known() -> None:
    combined = "cruise missile + ballistic missile"
    assert schema.typed(pd.DataFrame([ROW | {"class": combined}]))["class"].iloc[0] == combined


def test_lists_and_addresses() -> None:
    assert schema.items("Chauda, Crimea; Millerovo") == ("Chauda, Crimea", "Millerovo")
    assert schema.items("") == ()
    for names in (("a; b", "c"), ("a;", "b"), ("a\\", "b"), (";", "\\;")):
        assert schema.items(weapons.listed(names)) == names
    assert schema.source_url("kpszsu/posts/a") == "https://www.facebook.com/kpszsu/posts/a"
    assert schema.source_url("t.me/kpszsu/9") == "https://t.me/kpszsu/9"
