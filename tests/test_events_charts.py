"""Attack reports as charts: hand-made nights whose bars, gaps and words are known."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import altair as alt
import pandas as pd
import pytest

from events import airforce, chart_rows, charts, counts, schema
from events.chart_rows import TITLES
from geo.scenario import presets
from geo.style import DARK, LIGHT, Theme

CLASSES = tuple(TITLES)
DAY_MS = 86_400_000
MONDAY = dt.date(2025, 12, 8)
SUNDAY = dt.date(2025, 12, 14)


def table(*rows: dict[str, str]) -> pd.DataFrame:
    """Reports from a few named cells; the rest is a national report of attack drones."""
    usual = {"scope": "national", "class": "attack drone", "source": "kpszsu/posts/a"}
    full = []
    for row in rows:
        cells = dict.fromkeys(schema.COLUMNS, "") | usual | row
        full.append(cells | {"period_start": cells["date"], "period_end": cells["date"]})
    return schema.typed(pd.DataFrame(full, columns=list(schema.COLUMNS), dtype="str"))


def night(day: int, launched: str, intercepted: str, **more: str) -> dict[str, str]:
    return {
        "date": f"2025-12-{day:02}",
        "launched": launched,
        "intercepted": intercepted,
    } | more


# The 9th is a gap; on the 10th nothing is said of interceptions; the 12th counts missiles too, and
# two classes as one figure.
REPORTS = table(
    night(8, "100", "80", hit_locations="3"),
    night(10, "50", ""),
    night(12, "40", "40"),
    night(12, "10", "4", **{"class": "cruise missile"}),
    night(12, "7", "1", **{"class": "ballistic missile + other"}),
    night(14, "0", "0"),
)


def sums(by: str = "day", classes: tuple[str, ...] = CLASSES) -> pd.DataFrame:
    table = counts.sums(REPORTS, since=MONDAY, until=SUNDAY, by=by)
    return charts.of_classes(table, classes)


def at(day: int) -> int:
    return int(pd.Timestamp(2025, 12, day).timestamp() * 1000)


def drawn(by: str = "day", theme: Theme = LIGHT, **more: Any) -> dict[str, Any]:
    means = counts.rolling(REPORTS, days=7)
    marks = chart_rows.talks(presets().values(), MONDAY, SUNDAY)
    totals = {days: total(REPORTS, days) for days in counts.MEAN_WINDOWS}
    return charts.series(sums(by), means, marks, theme, by=by, totals=totals, **more)


def total(reports: pd.DataFrame, days: int) -> pd.Series:
    return counts.rolling_total(reports, days=days, classes=CLASSES)


def bars(spec: dict[str, Any], day: int) -> list[tuple[str, int, int]]:
    """Fill, foot and top of the bars that begin on a day."""
    return [
        (bar["fill"], bar["y0"], bar["y1"])
        for bar in spec["datasets"]["bars"]
        if at(day) <= bar["start"] < at(day + 1)
    ]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("by", list(counts.PERIODS))
def test_every_chart_is_a_valid_specification(by: str, theme: Theme) -> None:
    strip = charts.overview(sums("week"), MONDAY, SUNDAY, theme)
    calendar = charts.calendar(charts.by_night(sums()), MONDAY, SUNDAY, theme)
    for spec in (drawn(by, theme), strip, calendar):
        alt.Chart.from_dict(spec)
        json.dumps(spec, allow_nan=False)
        assert spec["width"] == "container"


def test_bars_stand_on_each_other_with_what_got_through_at_the_foot_of_each() -> None:
    spec = drawn()
    assert bars(spec, 8) == [("got through", 0, 20), ("attack drone", 20, 100)]
    assert bars(spec, 12) == [
        ("attack drone", 0, 40),
        ("got through", 40, 46),
        ("cruise missile", 46, 50),
        ("got through", 50, 56),
        ("ballistic missile + other", 56, 57),
    ]


def test_what_no_report_tells_the_fate_of_is_marked_as_unknown() -> None:
    assert bars(drawn(), 10) == [("fate unknown", 0, 50)]
    assert bars(drawn("week"), 8)[:3] == [
        *(("got through", 0, 20), ("attack drone", 20, 140), ("fate unknown", 140, 190)),
    ]
    assert chart_rows.unknown(sums()) == 50
    assert chart_rows.unknown(sums(classes=("cruise missile",))) == 0


def test_a_gap_is_a_gap_and_nought_is_none() -> None:
    spec = drawn()
    days = [9, 11, 13]
    expected = [{"start": at(day), "end": at(day + 1)} for day in days]
    assert spec["datasets"]["gaps"] == expected
    assert bars(spec, 9) == bars(spec, 14) == []
    told = {row["start"]: row for row in spec["datasets"]["hovers"]}
    assert told[at(9)]["when"] == "9 December 2025: no report"
    assert told[at(9)]["c0"] == "–"
    assert told[at(14)]["c0"].startswith("0 launched")
    assert told[at(10)]["c0"] == "50 launched, interceptions not known"
    assert told[at(8)]["c0"] == "100 launched, 20 got through (80 % stopped or lost)"


def test_neighbouring_gaps_are_one() -> None:
    few = table(night(8, "1", "1"), night(14, "1", "1"))
    found = chart_rows.gaps(counts.sums(few, since=MONDAY, until=SUNDAY))
    assert found == [{"start": at(9), "end": at(14)}]


def test_a_week_is_one_bar_that_says_how_many_dates_were_reported() -> None:
    spec = drawn("week")
    for bar in spec["datasets"]["bars"]:
        assert at(8) < bar["start"] < at(9)
        assert at(14) < bar["end"] < at(15)
    assert bars(spec, 8)[-1][2] == 100 + 50 + 40 + 10 + 7
    assert spec["datasets"]["hovers"][0]["when"].endswith("(4 of 7 dates reported)")
    assert spec["datasets"]["means"] == []


def test_the_mean_breaks_where_too_little_is_known() -> None:
    over_night = REPORTS.assign(
        period_start=[f"{date.date() - dt.timedelta(days=1)}T19:00" for date in REPORTS["date"]],
        period_end=[f"{date.date()}T08:00" for date in REPORTS["date"]],
    )
    totals = {days: total(over_night, days) for days in counts.MEAN_WINDOWS}
    end = pd.Timestamp(SUNDAY) + pd.Timedelta(days=1)
    means = chart_rows.mean_lines(totals, pd.Timestamp(MONDAY), end)
    assert {row["nights"] for row in means} == {7, 30}
    values = [row["value"] for row in means if row["nights"] == 7]
    # 4 of the 7 nights to 14 December are known, and fewer of those before.
    assert values[:-1] == [None] * 6
    assert values[-1:] == [pytest.approx((100 + 50 + 40 + 10 + 7 + 0) / 4, abs=0.01)]
    assert all(row["value"] is None for row in means if row["nights"] == 30)


def test_a_week_that_the_range_cuts_says_so() -> None:
    cut = counts.sums(REPORTS, since=dt.date(2025, 12, 9), until=SUNDAY, by="week")
    told = chart_rows.hovers(cut, "week")[0]["when"]
    assert told.startswith("9 December 2025 to 14 December 2025, part of the week (")
    assert "part of" not in drawn("week")["datasets"]["hovers"][0]["when"]
    month = {"from": pd.Timestamp(2025, 12, 1), "to": pd.Timestamp(2025, 12, 31)}
    assert not chart_rows.is_part(month, "month")
    assert chart_rows.is_part(month | {"to": pd.Timestamp(2025, 12, 14)}, "month")


@pytest.mark.parametrize(("by", "lines"), [("day", 3), ("week", 1), ("month", 1)])
def test_the_lines_of_the_rate_are_those_that_are_named(by: str, lines: int) -> None:
    reports = table(
        night(8, "9", "8"),
        *(
            night(8, "9", "8", **{"class": name})
            for name in ("cruise missile", "ballistic missile")
        ),
    )
    result = counts.sums(reports, since=MONDAY, until=SUNDAY, by=by)
    drawn_ = chart_rows.rate_lines(result, counts.rolling(reports, days=7), by)
    assert chart_rows.rated(result, by) == list(dict.fromkeys(row["class"] for row in drawn_))
    assert len(chart_rows.rated(result, by)) == lines


def test_suppressed_is_never_drawn() -> None:
    rows = table(night(8, "10", "4", suppressed="5"), night(10, "10", "9", suppressed="0"))
    spec = charts.series(
        counts.sums(rows, since=MONDAY, until=SUNDAY),
        counts.rolling(rows, days=7),
        [],
        LIGHT,
        by="day",
    )
    assert "suppressed" not in json.dumps(spec)
    assert bars(spec, 8)[0] == bars(spec, 10)[0] == ("got through", 0, 1)


def test_proposals_of_one_day_are_one_mark_and_labels_keep_apart() -> None:
    marks = chart_rows.talks(presets().values(), dt.date(2025, 12, 1), dt.date(2025, 12, 31))
    assert [(mark.number, mark.label) for mark in marks] == [
        (1, "11 Dec"),
        (2, "14 Dec"),
        (3, "15 Dec"),
        (4, "24 Dec"),
    ]
    assert any("Both sides pull back 10 km" in text for text in marks[1].what)
    labels = chart_rows.labels(marks, [at(1), at(32 - 1)])
    for one, two in itertools.combinations(labels, 2):
        near = abs(one["start"] - two["start"]) < 0.075 * 30 * DAY_MS
        assert not near or one["row"] != two["row"]


def test_a_month_without_a_day_is_labelled_as_a_month() -> None:
    marks = chart_rows.talks(presets().values(), dt.date(2025, 11, 1), dt.date(2025, 11, 30))
    assert [mark.label for mark in marks] == ["Nov 2025"]


def test_a_figure_for_several_classes_belongs_to_each_and_is_neutral() -> None:
    joint = "ballistic missile + other"
    for name in ("ballistic missile", "other"):
        assert set(sums(classes=(name,))["class"]) == {joint}
    assert charts.colour(joint, LIGHT) not in {charts.colour(name, LIGHT) for name in TITLES}
    assert chart_rows.title(joint) == "Ballistic missiles + other weapons"


def test_a_class_that_was_not_reported_has_dates_and_no_figure() -> None:
    rows = sums(classes=("reconnaissance drone",))
    assert set(rows["class"]) == {"reconnaissance drone"}
    assert rows["launched"].isna().all()
    assert rows["days_reported"].sum() == 4
    means = charts.of_classes(counts.rolling(REPORTS, days=7), ("reconnaissance drone",))
    totals = {7: counts.rolling_total(REPORTS, days=7, classes=["reconnaissance drone"])}
    spec = charts.series(rows, means, [], LIGHT, by="day", totals=totals)
    assert spec["datasets"]["bars"] == spec["datasets"]["means"] == []
    assert charts.by_night(rows)["launched"].isna().all()
    assert not any(charts.by_night(rows)["note"].str.contains("launched"))
    assert len(spec["datasets"]["gaps"]) == 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_classes_differ_in_colour_and_their_rates_in_dash(theme: Theme) -> None:
    colours = {charts.colour(name, theme) for name in TITLES} | {theme.got_through}
    assert len(colours) == len(TITLES) + 1
    spec = drawn(theme=theme)
    dashes = json.dumps(chart_rows.RATED["cruise missile"])
    assert dashes in json.dumps(spec)
    assert len({tuple(dash) for dash in chart_rows.RATED.values()}) == len(chart_rows.RATED)


def test_the_strip_shows_the_range_and_can_be_brushed() -> None:
    weeks = counts.sums(airforce.load(), since=dt.date(2025, 11, 3), until=SUNDAY, by="week")
    spec = charts.overview(weeks, MONDAY, SUNDAY, LIGHT)
    dark = [row["start"] for row in spec["datasets"]["strip"] if row["colour"] == LIGHT.quiet]
    assert dark == [at(8)]
    assert [param["name"] for param in spec["params"]] == [charts.BRUSH]
    # Streamlit hands back what was brushed on a chart of one view alone.
    assert not {"layer", "vconcat", "hconcat"} & spec.keys()


def test_the_calendar_leaves_nights_without_report_blank() -> None:
    spec = charts.calendar(charts.by_night(sums()), dt.date(2025, 12, 10), SUNDAY, LIGHT)
    days = {row["when"]: row for row in spec["datasets"]["days"]}
    assert list(days) == [f"{day} December 2025" for day in (8, 10, 12, 14)]
    # A night outside the range is small: a paler shade would be that of fewer launched.
    widths = {day["when"][:2]: day["week_end"] - day["week"] for day in days.values()}
    assert widths["8 "] < 0.5 < widths["10"] == widths["14"] == 1
    # 8 December 2025 is a Monday: the top row of its block, and all are of one week.
    assert 0 < days["8 December 2025"]["y"] < 1
    assert days["14 December 2025"]["y"] == 6
    assert {int(day["week"]) for day in days.values()} == {49}
    assert days["14 December 2025"]["colour"] == LIGHT.paper


def test_the_more_were_launched_the_darker_the_night() -> None:
    launched = [1.0, 50.0, 199.0, 200.0, 500.0]
    dates = pd.date_range("2025-12-08", periods=5)
    nights = pd.DataFrame({"launched": launched, "got_through": 0.0, "reported": True}, dates)
    nights["note"] = ""
    spec = charts.calendar(nights, MONDAY, SUNDAY, LIGHT)
    shades = charts.shades_of(LIGHT)
    fills = [shades.index(day["colour"]) for day in spec["datasets"]["days"]]
    assert charts.limits_of(nights) == (50, 100, 200, 400)
    assert fills == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_shades_go_steadily_from_paper_to_ink(theme: Theme) -> None:
    def light(colour: str) -> int:
        return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5))

    steps = [light(colour) for colour in (theme.paper, *charts.shades_of(theme), theme.ink)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert min(abs(one - two) for one, two in itertools.pairwise(steps[:-1])) > 40


def test_the_summary_says_what_the_chart_shows() -> None:
    largest = counts.largest_nights(REPORTS, count=1)
    told = charts.told(counts.compare(REPORTS, MONDAY, SUNDAY), largest, by="day")
    assert told.startswith("Launched from 8 December 2025 to 14 December 2025, night by night.")
    assert (
        "Attack drones: 190 launched, of 140 whose fate is known 20 got through (86 % stopped or "
        "lost)." in told
    )
    assert "Cruise missiles: 10 launched, 6 got through (40 % stopped or lost)." in told
    assert "Largest night: 100 on 8 December 2025." in told
    assert told.endswith("Reports for 4 of 7 dates; the others are gaps.")


def test_the_summary_says_what_is_reported_together_and_only_shot_down() -> None:
    reports = table(
        night(12, "7", "1", **{"class": "ballistic missile + other"}),
        night(12, "2", "1", **{"class": "ballistic missile"}),
        night(12, "3", "3", **{"class": "reconnaissance drone"}),
    )
    totals = counts.compare(reports, MONDAY, SUNDAY)
    told = charts.told(totals, counts.largest_nights(reports, count=1), by="day")
    assert (
        "Ballistic missiles: 2 launched, 1 got through (50 % stopped or lost), and up to 7 more, "
        "reported together with other weapons." in told
    )
    assert "Reconnaissance drones: 3 shot down, launched not reported." in told
    assert chart_rows.classes_with_figures(counts.sums(reports, since=MONDAY, until=SUNDAY)) == [
        *("ballistic missile", "ballistic missile + other")
    ]


def test_a_night_whose_report_lacks_a_figure_says_of_which_class() -> None:
    missiles = {"class": "cruise missile"}
    frame = table(
        *(night(8, "100", "80"), night(8, "35", "", **missiles)),
        *(night(9, "100", "80"), night(9, "", "5", **missiles)),
        *(night(10, "100", "80"), night(10, "3", "3", **{"class": "reconnaissance drone"})),
        night(11, "5", "4", **missiles),
    )
    found = charts.by_night(counts.sums(frame, since=MONDAY, until=dt.date(2025, 12, 12)))
    assert found["launched"].tolist() == pytest.approx(
        [135, float("nan"), 100, 5, float("nan")], nan_ok=True
    )
    assert found["got_through"].tolist() == pytest.approx(
        [float("nan"), float("nan"), 20, 1, float("nan")], nan_ok=True
    )
    told = [chart_rows.night_told(row) for row in found.to_dict("records")]
    assert told[0] == (
        "135 launched; how many cruise missiles got through is not known, of the other 100 it is 20"
    )
    assert told[1] == "launched not known; no report says how many cruise missiles were launched"
    assert told[2].startswith("100 launched, 20 got through")
    assert told[3] == (
        "5 launched, 1 got through; no report covers the night, so that other weapons are not known"
    )
    spec = charts.calendar(found, MONDAY, SUNDAY, LIGHT)
    edges = [day["edge"] for day in spec["datasets"]["days"]]
    assert edges == [LIGHT.paper, LIGHT.quiet, LIGHT.paper, LIGHT.paper]


def test_the_bundled_nights_with_a_missing_figure_tell_no_sum_of_it() -> None:
    reports = airforce.load()
    for day in ("2025-02-01", "2025-02-11", "2025-02-20", "2024-02-12", "2024-02-27", "2024-02-28"):
        date = dt.date.fromisoformat(day)
        night_ = charts.by_night(counts.sums(reports, since=date, until=date)).iloc[0]
        assert pd.isna(night_["got_through"]), day
        assert pd.isna(night_["launched"]) == day.startswith("2024"), day
        assert "no" in night_["note"], day


def test_the_whole_table_is_drawn_with_everything_launched() -> None:
    reports = airforce.load()
    first, last = reports["date"].min().date(), reports["date"].max().date()
    whole = counts.sums(reports, since=first, until=last)
    spec = charts.series(whole, counts.rolling(reports, days=7), [], LIGHT, by="day")
    heights = sum(bar["y1"] - bar["y0"] for bar in spec["datasets"]["bars"])
    assert heights == whole["launched"].sum()
    through = sum(
        bar["y1"] - bar["y0"] for bar in spec["datasets"]["bars"] if bar["fill"] == "got through"
    )
    assert through == whole["got_through"].sum()
    assert spec["usermeta"]["embedOptions"]["renderer"] == "canvas"
    reported = set(whole.loc[whole["days_reported"] > 0, "from"])
    blank = sum((gap["end"] - gap["start"]) // DAY_MS for gap in spec["datasets"]["gaps"])
    assert blank == (last - first).days + 1 - len(reported)
