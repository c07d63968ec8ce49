"""Counting nights: hand-made reports, then the bundled table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from data import build_airforce
from data.errors import InputError
from events import counts, schema

ROOT = Path(__file__).resolve().parent.parent


def table(*rows: dict[str, str]) -> pd.DataFrame:
    """Reports from a few named cells; the rest is a national report of attack drones."""
    default = {
        "scope": "national",
        "class": "attack drone",
        "models": "Shahed-136/131",
        "source": "kpszsu/posts/a",
        "region": "Ukraine",
    }
    full = []
    for row in rows:
        cells = dict.fromkeys(schema.COLUMNS, "") | default | row
        cells["period_start"] = cells["period_start"] or cells["period_end"]
        full.append(cells | {"date": cells["period_end"][:10]})
    return schema.typed(pd.DataFrame(full, columns=list(schema.COLUMNS), dtype="str"))


NIGHT = {
    "period_start": "2025-12-13T19:00",
    "period_end": "2025-12-14T08:30",
    "launched": "138",
    "intercepted": "110",
    "suppressed": "0",
    "hit_locations": "6",
}
DAY = {
    "period_start": "2025-12-14T09:00",
    "period_end": "2025-12-14T18:00",
    "launched": "20",
    "intercepted": "12",
    "suppressed": "3",
    "source": "kpszsu/posts/b",
}
UNTIL = dt.date(2025, 12, 14)


def test_a_night_belongs_to_the_date_on_which_it_ends() -> None:
    result = counts.nights(table(NIGHT), until=UNTIL, count=2)
    assert list(result.index) == [pd.Timestamp("2025-12-13"), pd.Timestamp("2025-12-14")]
    assert list(result.columns) == list(counts.NIGHT_COLUMNS)
    assert result["launched"].isna().tolist() == [True, False]
    assert result.iloc[1].tolist() == [138, 110, 0, 6, 28, 1]
    assert result["reports"].tolist() == [0, 1]


def test_night_and_day_of_one_date_are_added() -> None:
    row = counts.nights(table(NIGHT, DAY), until=UNTIL, count=1).iloc[0]
    assert row.tolist() == [158, 122, 3, 6, 28 + 5, 2]


def test_regional_rows_other_classes_and_front_line_drones_are_not_added() -> None:
    frame = table(
        NIGHT,
        NIGHT | {"scope": "regional", "source": "PvKPivden/posts/c"},
        NIGHT | {"class": "ballistic missile", "models": "Iskander-M"},
        {"period_end": "2025-12-14", "models": "Lancet; Molniya", "launched": "7"},
    )
    assert counts.nights(frame, until=UNTIL, count=1)["launched"].tolist() == [138]


def test_a_blank_is_a_gap_and_nought_is_nought() -> None:
    silent = counts.nights(table(NIGHT, DAY | {"launched": ""}), until=UNTIL, count=1).iloc[0]
    assert pd.isna(silent["launched"])
    assert pd.isna(silent["got_through"])
    assert silent["intercepted"] == 122
    nought = {"period_end": "2025-12-14T08:00", "launched": "0", "intercepted": "0"}
    quiet = counts.nights(table(nought), until=UNTIL, count=1).iloc[0]
    assert quiet["launched"] == 0
    assert quiet["got_through"] == 0
    assert pd.isna(quiet["suppressed"])


def test_a_report_that_contradicts_itself_tells_nothing_of_what_got_through() -> None:
    frame = table(NIGHT | {"launched": "16", "intercepted": "15", "suppressed": "11"})
    assert counts.nights(frame, until=UNTIL, count=1)["got_through"].isna().all()
    night = counts.last_night(frame, until=UNTIL)
    assert night is not None
    assert night.got_through is None


def test_no_reports_at_all_are_gaps() -> None:
    result = counts.nights(table(), until=UNTIL, count=3)
    assert result["launched"].isna().all()
    assert result["reports"].tolist() == [0, 0, 0]
    assert counts.last_night(table(), until=UNTIL) is None


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_a_senseless_number_of_nights_is_refused(count: int) -> None:
    with pytest.raises(InputError, match="can be 1 to 10,000"):
        counts.nights(table(NIGHT), until=UNTIL, count=count)


def test_last_night_with_the_missiles_beside_it() -> None:
    missile = {"class": "ballistic missile", "models": "Iskander-M/KN-23", "suppressed": ""}
    frame = table(
        NIGHT | {"launch_places": "Kursk Oblast; Chauda, Crimea"},
        NIGHT | missile | {"launched": "1", "intercepted": "0", "hit_locations": ""},
        # Of the same time but another post; of another time; of a region.
        NIGHT
        | missile
        | {"launched": "2", "intercepted": "1", "source": "kpszsu/posts/d", "models": "KN-23"},
        missile | {"period_end": "2025-12-14T12:00", "launched": "9", "source": "kpszsu/posts/e"},
        NIGHT | missile | {"scope": "regional", "launched": "9", "source": "PvKPivden/posts/f"},
    )
    night = counts.last_night(frame, until=dt.date(2025, 12, 20))
    assert night is not None
    assert (night.date, night.launched, night.intercepted) == (UNTIL, 138, 110)
    assert (night.suppressed, night.hit_locations, night.got_through) == (0, 6, 28)
    assert night.when == "in the night to 14 December 2025"
    assert list(night.by_class) == ["attack drone", "ballistic missile"]
    assert night.by_class["attack drone"].launched == 138
    assert night.by_class["ballistic missile"] == counts.ClassCount(
        3, 1, None, ("Iskander-M/KN-23", "KN-23")
    )
    assert night.launch_places == ("Kursk Oblast", "Chauda, Crimea")
    assert night.source_url == "https://www.facebook.com/kpszsu/posts/a"
    assert night.other_reports == 0


def test_last_night_is_the_newest_report_up_to_the_date() -> None:
    later = NIGHT | {"period_start": "2025-12-14T18:00", "period_end": "2025-12-15T09:00"}
    frame = table(later, DAY, NIGHT)
    night = counts.last_night(frame, until=UNTIL)
    assert night is not None
    assert (night.launched, night.when) == (20, "by day on 14 December 2025")
    assert night.other_reports == 1
    assert counts.last_night(frame, until=dt.date(2025, 12, 13)) is None


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2025-12-14", "2025-12-14", "on 14 December 2025"),
        ("2025-12-14", "2025-12-14T08:00", "in the night to 14 December 2025"),
        ("2025-12-13T07:00", "2025-12-14T07:00", "in the 24 hours to 14 December 2025"),
        ("2025-12-14T01:40", "2025-12-14T03:45", "in the night to 14 December 2025"),
    ],
)
def test_periods_in_words(start: str, end: str, words: str) -> None:
    frame = table(NIGHT | {"period_start": start, "period_end": end})
    night = counts.last_night(frame, until=UNTIL)
    assert night is not None
    assert night.when == words


@pytest.fixture(scope="module")
def bundled() -> pd.DataFrame:
    path = ROOT / "data" / build_airforce.TABLE
    return schema.typed(pd.read_csv(path, dtype="str", keep_default_na=False))


def test_bundled_night_of_14_december(bundled: pd.DataFrame) -> None:
    night = counts.last_night(bundled, until=UNTIL)
    assert night is not None
    assert (night.launched, night.intercepted, night.hit_locations) == (138, 110, 6)
    assert list(night.by_class) == ["attack drone", "ballistic missile"]
    assert night.by_class["ballistic missile"].launched == 1
    week = counts.nights(bundled, until=UNTIL, count=7)
    assert week["reports"].tolist() == [1] * 7
    assert week["launched"].iloc[-3:].tolist() == [80, 465, 138]


def test_bundled_dates_with_a_day_report(bundled: pd.DataFrame) -> None:
    row = counts.nights(bundled, until=dt.date(2026, 5, 13), count=1).iloc[0]
    assert (row["launched"], row["hit_locations"], row["reports"]) == (139 + 753, 13 + 27, 2)
    night = counts.last_night(bundled, until=dt.date(2026, 5, 13))
    assert night is not None
    assert (night.launched, night.when) == (753, "by day on 13 May 2026")


def test_bundled_front_line_report_is_no_night(bundled: pd.DataFrame) -> None:
    night = counts.last_night(bundled, until=dt.date(2024, 7, 26))
    assert night is not None
    assert night.launched == 22
