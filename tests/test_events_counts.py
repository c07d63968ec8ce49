"""Counting nights: hand-made reports, then the bundled table."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from events import counts, schema
from tests.invented_reports import DAY, MISSILE, NIGHT, UNTIL, WEEK, on, over_night, table


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
        ("2025-12-14T05:59", "2025-12-14T09:00", "in the night to 14 December 2025"),
        ("2025-12-14T06:00", "2025-12-14T12:00", "by day on 14 December 2025"),
        ("2025-12-14T16:59", "2025-12-14T22:00", "by day on 14 December 2025"),
        ("2025-12-14T17:00", "2025-12-14T23:30", "in the night to 14 December 2025"),
        ("2025-12-14T23:00", "2025-12-14T23:50", "in the night to 14 December 2025"),
    ],
)
def test_periods_in_words(start: str, end: str, words: str) -> None:
    frame = table(NIGHT | {"period_start": start, "period_end": end})
    night = counts.last_night(frame, until=UNTIL)
    assert night is not None
    assert night.when == words


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


def sums(frame: pd.DataFrame, by: str = "day", since: str = "2025-12-13") -> pd.DataFrame:
    return counts.sums(frame, since=dt.date.fromisoformat(since), until=UNTIL, by=by)


def test_a_row_for_every_date_and_class() -> None:
    result = sums(table(NIGHT, NIGHT | MISSILE | {"intercepted": "1", "suppressed": ""}))
    assert list(result.columns) == list(counts.SUM_COLUMNS)
    keys = [(str(row["from"].date()), row["class"]) for _, row in result.iterrows()]
    assert keys == [
        ("2025-12-13", "attack drone"),
        ("2025-12-13", "ballistic missile"),
        ("2025-12-14", "attack drone"),
        ("2025-12-14", "ballistic missile"),
    ]
    assert (result["from"] == result["to"]).all()
    # The 13th is a gap and no nought.
    assert result.loc[:1, [*counts.MEASURES, "rate", "rate_rests_on"]].isna().to_numpy().all()
    assert result["reports"].tolist() == [0, 0, 1, 1]
    assert result["days_reported"].tolist() == [0, 0, 1, 1]
    drones = result.iloc[2]
    assert drones[list(counts.MEASURES)].tolist() == [138, 110, 0, 28, 6]
    assert drones["rate"] == pytest.approx(110 / 138)
    assert result.iloc[3]["rate"] == pytest.approx(1 / 4)


def test_sums_of_a_date_are_those_of_nights() -> None:
    frame = table(NIGHT, DAY, NIGHT | {"scope": "regional", "source": "x/y"})
    night = counts.nights(frame, until=UNTIL, count=1).iloc[0]
    row = sums(frame).iloc[1]
    assert row[list(counts.NIGHT_COLUMNS)].tolist() == night.tolist()


def test_weeks_run_from_monday_to_sunday_within_the_range() -> None:
    frame = table(on("2025-12-07"), on("2025-12-08"), on("2025-12-14"))
    result = counts.sums(frame, since=dt.date(2025, 12, 6), until=dt.date(2025, 12, 16), by="week")
    spans = [(str(row["from"].date()), str(row["to"].date())) for _, row in result.iterrows()]
    assert spans == [
        ("2025-12-06", "2025-12-07"),
        ("2025-12-08", "2025-12-14"),
        ("2025-12-15", "2025-12-16"),
    ]
    assert result["launched"].iloc[:2].tolist() == [10, 20]
    assert pd.isna(result["launched"].iloc[2])
    assert result["days"].tolist() == [2, 7, 2]
    assert result["days_known"].tolist() == [1, 2, 0]


def test_months() -> None:
    frame = table(on("2025-11-30"), on("2025-12-01"), on("2025-12-14"))
    result = sums(frame, "month", since="2025-11-30")
    assert result["launched"].tolist() == [10, 20]
    assert [str(day.date()) for day in result["to"]] == ["2025-11-30", "2025-12-14"]


def test_the_rate_rests_on_reports_that_give_both_and_do_not_contradict_themselves() -> None:
    frame = table(
        on("2025-12-11", "100", "60", suppressed="20"),
        on("2025-12-12", "50", ""),
        on("2025-12-13", "", "7"),
        on("2025-12-14", "16", "15", suppressed="11"),
    )
    row = sums(frame, "month", since="2025-12-11").iloc[0]
    assert (row["launched"], row["intercepted"], row["suppressed"]) == (166, 82, 31)
    assert (row["rate"], row["rate_rests_on"], row["got_through"]) == (pytest.approx(0.8), 100, 20)
    assert (row["days"], row["days_reported"], row["days_known"]) == (4, 4, 3)


def test_a_rate_of_nothing_launched_is_blank() -> None:
    row = sums(table(on("2025-12-14", "0", "0"))).iloc[1]
    assert (row["launched"], row["got_through"], row["rate_rests_on"]) == (0, 0, 0)
    assert pd.isna(row["rate"])


def test_a_date_on_which_one_report_is_silent_is_not_in_the_sum_of_the_week() -> None:
    frame = table(on("2025-12-13"), NIGHT, DAY | {"launched": ""})
    row = sums(frame, "week").iloc[0]
    assert row["launched"] == 10
    assert row["intercepted"] == 8 + 122
    assert (row["days_reported"], row["days_known"]) == (2, 1)


def test_classes_reported_together_are_a_class_of_their_own() -> None:
    together = {"class": "ballistic missile + other", "models": "Iskander-M; S-300"}
    frame = table(NIGHT, NIGHT | MISSILE, NIGHT | together | {"launched": "9"})
    result = sums(frame, since="2025-12-14")
    assert result.set_index("class")["launched"].to_dict() == {
        "attack drone": 138,
        "ballistic missile": 4,
        "ballistic missile + other": 9,
    }


@pytest.mark.parametrize(
    ("since", "until", "by", "sentence"),
    [
        (WEEK[1], WEEK[0], "day", "begins on 2025-12-14 and ends before, on 2025-12-08."),
        (dt.date(1, 1, 1), WEEK[0], "day", "days; it can have up to 10,000."),
        (*WEEK, "year", "sums cannot be made by 'year'; choose day, week or month."),
    ],
)
def test_a_senseless_range_or_period_is_refused(
    since: dt.date, until: dt.date, by: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=r"^[^\n]*\.$") as caught:
        counts.sums(table(NIGHT), since=since, until=until, by=by)
    assert sentence in str(caught.value)


FIGURE = st.none() | st.integers(0, 900)
A_REPORT = st.builds(
    lambda day, weapon, launched, intercepted, suppressed, scope: {
        "period_end": str(day),
        "class": weapon,
        "scope": scope,
        "launched": "" if launched is None else str(launched),
        "intercepted": "" if intercepted is None else str(intercepted),
        "suppressed": "" if suppressed is None else str(suppressed),
    },
    st.dates(dt.date(2025, 11, 20), dt.date(2026, 1, 12)),
    st.sampled_from(["attack drone", "cruise missile", "ballistic missile + other"]),
    *(FIGURE, FIGURE, FIGURE),
    st.sampled_from(schema.SCOPES),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(A_REPORT, min_size=1, max_size=25), st.integers(0, 20), st.integers(21, 60))
def test_sums_by_day_week_and_month_agree(
    reports: list[dict[str, str]], first: int, last: int
) -> None:
    frame = table(*reports)
    start = dt.date(2025, 11, 18)
    since, until = (start + dt.timedelta(days=shift) for shift in (first, last))
    added = [*counts.MEASURES, "rate_rests_on", "reports", "days", "days_reported", "days_known"]
    totals = []
    for by in counts.PERIODS:
        found = counts.sums(frame, since=since, until=until, by=by)
        assert found["days"].sum() == (until - since).days * found["class"].nunique() + (
            found["class"].nunique()
        )
        totals.append(found.groupby("class")[added].sum(min_count=1))
    pd.testing.assert_frame_equal(totals[0], totals[1])
    pd.testing.assert_frame_equal(totals[0], totals[2])
    whole = counts.compare(frame, since, until).set_index("class")[added]
    pd.testing.assert_frame_equal(totals[0], whole.loc[totals[0].index], check_dtype=False)


def test_a_report_that_names_no_model_is_counted() -> None:
    frame = table(NIGHT | {"models": ""}, NIGHT | MISSILE | {"class": "other", "models": ""})
    assert sums(frame, since="2025-12-14")["launched"].tolist() == [138, 4]


def test_a_range_beside_the_one_before_it() -> None:
    frame = table(on("2025-12-11", "5", "5"), on("2025-12-13"), NIGHT, on("2025-12-10", **MISSILE))
    found = counts.compare(frame, dt.date(2025, 12, 13), UNTIL).set_index("class")
    assert list(found.index) == ["attack drone"]
    drones = found.loc["attack drone"]
    assert (drones["launched"], drones["launched_before"]) == (148, 5)
    assert (str(drones["from_before"])[:10], str(drones["to_before"])[:10]) == (
        *("2025-12-11", "2025-12-12"),
    )
    assert (drones["days_known"], drones["days_known_before"]) == (2, 1)
    wider = counts.compare(frame, dt.date(2025, 12, 12), UNTIL).set_index("class")
    assert wider["launched"].tolist() == [148, 0]
    assert wider.loc["ballistic missile", "launched_before"] == 4
    with pytest.raises(InputError, match=r"there is no range before 0001-01-01\.$"):
        counts.compare(frame, dt.date(1, 1, 1), dt.date(1, 1, 2))


def test_a_rolling_mean_leaves_gaps_out_and_counts_what_a_report_does_not_name() -> None:
    frame = table(
        on("2025-12-10", "30", "30"),
        on("2025-12-10", **MISSILE),
        # The 11th has no report.
        over_night(on("2025-12-12", "60", "30")),
        over_night(on("2025-12-13", "", "1")),
    )
    found = counts.rolling(frame, days=3)
    drones = found[found["class"] == "attack drone"].set_index("date")
    assert drones["launched"].tolist()[:3] == [
        pytest.approx(float("nan"), nan_ok=True),
        *[pytest.approx(float("nan"), nan_ok=True), 45],
    ]
    assert drones["nights"].tolist() == [1, 1, 2, 1]
    assert drones["rate"].iloc[2] == pytest.approx(60 / 90)
    missiles = found[found["class"] == "ballistic missile"].set_index("date")
    # Four on the 10th, none named on the 12th and the 13th.
    assert missiles["nights"].tolist() == [1, 1, 2, 2]
    assert missiles["launched"].iloc[2] == 2
    assert missiles["launched"].iloc[3] == 0


def test_a_night_that_counts_a_class_only_with_another_is_no_nought_of_it() -> None:
    together = {"class": "ballistic missile + other", "launched": "9"}
    frame = table(
        over_night(on("2025-12-13", **MISSILE)),
        *(over_night(on("2025-12-14", **together)), over_night(on("2025-12-14"))),
    )
    found = counts.rolling(frame, days=2).set_index(["class", "date"])
    assert list(found.loc[("ballistic missile", "2025-12-14"), ["launched", "nights"]]) == [4, 1]
    assert list(found.loc[("attack drone", "2025-12-14"), ["launched", "nights"]]) == [5, 2]


@pytest.mark.parametrize(
    ("start", "end", "known"),
    [
        ("2025-12-13T19:00", "2025-12-14T08:00", True),
        ("2025-12-14T02:00", "2025-12-14T05:00", True),
        ("2025-12-14", "2025-12-14T08:00", True),
        ("2025-12-14T05:00", "2025-12-14T07:00", False),
        ("2025-12-13T19:00", "2025-12-14T04:59", False),
        ("2025-12-14T09:00", "2025-12-14T18:00", False),
        ("2025-12-14", "2025-12-14", False),
    ],
)
def test_only_a_report_on_the_night_makes_a_nought(start: str, end: str, known: bool) -> None:
    frame = table(on("2025-12-14", **MISSILE) | {"period_start": start, "period_end": end})
    drones = sums(frame, since="2025-12-14").set_index("class").loc["attack drone"]
    mean = counts.rolling(frame, days=1).set_index("class").loc["attack drone"]
    night = counts.nights(frame, until=UNTIL, count=1).iloc[0]
    total = counts.rolling_total(frame, days=1, classes=["attack drone", "ballistic missile"])
    for figures in (drones, mean, night):
        assert figures["launched"] == 0 if known else pd.isna(figures["launched"])
        assert figures["got_through"] == 0 if known else pd.isna(figures["got_through"])
    assert total.iloc[0] == 4 if known else pd.isna(total.iloc[0])
    assert (drones["days_reported"], drones["days_known"]) == (1, int(known))


def test_noughts_of_other_nights_do_not_make_known_what_a_report_leaves_out() -> None:
    frame = table(
        over_night(on("2025-12-12")),
        *(over_night(on("2025-12-13")), over_night(on("2025-12-13", **MISSILE | {"launched": ""}))),
        NIGHT | {"class": "cruise missile", "launched": "35", "intercepted": ""},
    )
    week = sums(frame, "week", since="2025-12-12").set_index("class")
    assert week.loc[["ballistic missile"], "launched"].isna().all()
    cruise = week.loc["cruise missile"]
    assert cruise["launched"] == 35
    assert cruise[["intercepted", "got_through", "rate_rests_on", "rate"]].isna().all()


def test_a_shared_figure_is_part_of_the_mean_of_all() -> None:
    together = {"class": "ballistic missile + other", "launched": "9"}
    frame = table(
        *(over_night(on("2025-12-13", **MISSILE)), over_night(on("2025-12-14", **together))),
        *(over_night(on("2025-12-13")), over_night(on("2025-12-14"))),
    )
    total = counts.rolling_total(frame, days=2, classes=schema.CLASSES)
    assert total.iloc[-1] == (4 + 10 + 9 + 10) / 2
    of_one = counts.rolling_total(frame, days=2, classes=["ballistic missile"])
    assert of_one.iloc[-1] == (4 + 9) / 2
    assert counts.rolling_total(frame, days=2, classes=["reconnaissance drone"]).empty


@pytest.mark.parametrize("days", [0, 367])
def test_a_senseless_window_is_refused(days: int) -> None:
    with pytest.raises(InputError, match="is over 1 to 366 days"):
        counts.rolling(table(NIGHT), days=days)
    with pytest.raises(InputError, match="is over 1 to 366 days"):
        counts.rolling_total(table(NIGHT), days=days, classes=schema.CLASSES)


def test_nothing_rolls_over_nothing() -> None:
    assert counts.rolling(table(), days=7).empty
    assert counts.rolling_total(table(), days=7, classes=schema.CLASSES).empty


def test_reconnaissance_drones_are_listed_as_shot_down_and_not_as_launched() -> None:
    listed = {"class": "reconnaissance drone", "models": "Orlan-10"}
    frame = table(NIGHT, NIGHT | listed | {"launched": "3", "intercepted": "3"})
    row = sums(frame, since="2025-12-14").set_index("class").loc["reconnaissance drone"]
    assert row["intercepted"] == 3
    assert row[["launched", "got_through", "rate", "rate_rests_on"]].isna().all()
    assert counts.largest_nights(frame, count=1, weapon="reconnaissance drone").empty
    # A report that gives both is taken at its word, and none says nothing.
    both = table(NIGHT, DAY | listed, NIGHT | {"period_end": "2025-12-13T20:00"})
    days = sums(both).set_index("class").loc["reconnaissance drone"]
    assert days["launched"].tolist() == [pytest.approx(float("nan"), nan_ok=True), 20]


def test_what_is_reported_together_stands_beside_each() -> None:
    together = {"class": "ballistic missile + other", "launched": "9", "intercepted": "1"}
    frame = table(NIGHT, NIGHT | MISSILE, over_night(on("2025-12-13", **together)))
    week = sums(frame, "week").set_index("class")["together"]
    assert week["ballistic missile"] == 9
    assert week[["attack drone", "ballistic missile + other"]].isna().all()
    beside = counts.compare(frame, UNTIL, UNTIL)
    row = beside[beside["class"] == "ballistic missile"].iloc[0]
    assert row[["together", "together_before"]].fillna(0).tolist() == [0, 9]


def test_hit_locations_say_on_how_many_dates_they_rest() -> None:
    frame = table(on("2025-12-13"), on("2025-12-14", hit_locations="6"))
    row = sums(frame, "week").iloc[0]
    assert (row["hit_locations"], row["days_with_hit_locations"], row["days_reported"]) == (6, 1, 2)


def test_a_range_is_refused_in_the_same_words_wherever_it_is_asked() -> None:
    frame = table(on("2025-12-01"), NIGHT)
    assert counts.chosen(frame, since=None, until=None, days=30) == (dt.date(2025, 12, 1), UNTIL)
    assert counts.chosen(frame, since=None, until=None, days=2)[0] == dt.date(2025, 12, 13)
    beyond = r"^the reports run from 2025-12-01 to 2025-12-14; choose dates between them, not .*\.$"
    for since, until in (
        *((None, dt.date(1, 1, 5)), (None, dt.date(9999, 12, 31))),
        *((dt.date(2020, 1, 1), UNTIL), (dt.date(2020, 1, 1), dt.date(2021, 1, 1))),
    ):
        with pytest.raises(InputError, match=beyond):
            counts.chosen(frame, since=since, until=until, days=30)
    with pytest.raises(InputError, match="ends before, on 2025-12-08"):
        counts.chosen(frame, since=UNTIL, until=dt.date(2025, 12, 8), days=30)


def test_the_largest_nights() -> None:
    frame = table(
        *(on("2025-12-10", "90"), on("2025-12-11", "138"), on("2025-12-12", "")),
        *(NIGHT, DAY, on("2025-12-13", **MISSILE)),
    )
    found = counts.largest_nights(frame, count=2)
    assert [str(day.date()) for day in found["date"]] == ["2025-12-14", "2025-12-11"]
    assert found["launched"].tolist() == [158, 138]
    assert found["rate"].iloc[1] == pytest.approx(8 / 138)
    assert len(counts.largest_nights(frame, count=9)) == 3
    assert counts.largest_nights(frame, count=1, weapon="ballistic missile")["launched"][0] == 4
    with pytest.raises(InputError, match="is 0; it can be 1 or more"):
        counts.largest_nights(frame, count=0)


def test_bundled_week_to_14_december(bundled: pd.DataFrame) -> None:
    week = counts.sums(bundled, since=WEEK[0], until=WEEK[1], by="week").set_index("class")
    assert week["launched"].to_dict() == {
        "attack drone": 1173,
        "cruise missile": 21,
        "ballistic missile": 13,
    }
    drones = week.loc["attack drone"]
    assert (drones["intercepted"], drones["got_through"], drones["hit_locations"]) == (939, 234, 93)
    assert (drones["days_known"], drones["rate"]) == (7, pytest.approx(0.8005, abs=1e-4))


def test_bundled_sums_count_each_national_figure_once(bundled: pd.DataFrame) -> None:
    first, last = (day.date() for day in (bundled["date"].min(), bundled["date"].max()))
    counted = counts.national(bundled)
    # Of reconnaissance drones only those shot down are reported.
    counted = counted[counted["class"] != "reconnaissance drone"]
    for by in counts.PERIODS:
        found = counts.sums(bundled, since=first, until=last, by=by)
        # The three reports that leave out how many were launched stand alone on their dates.
        assert found["launched"].sum() == counted["launched"].sum()
        of_launched = found[found["class"] != "reconnaissance drone"]
        assert of_launched["reports"].sum() == len(counted)
    assert bundled.loc[bundled["scope"] == "regional", "launched"].sum() > 0
    largest = counts.largest_nights(bundled, count=1).iloc[0]
    assert (str(largest["date"].date()), largest["launched"]) == ("2026-03-24", 948)
