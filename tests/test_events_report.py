"""The sums as documents and as text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import pandas as pd
import pytest

from data.errors import InputError
from events import cautions, counts, report, statements
from tests.invented_reports import DAY, MISSILE, NIGHT, UNTIL, on, over_night, table


def test_a_range_without_any_report_is_said_to_have_none() -> None:
    early = dt.date(2020, 1, 1)
    with pytest.raises(InputError, match="there is no national report from 2020-01-01 to 2020-01"):
        report.to_dict(table(NIGHT), since=early, until=dt.date(2020, 1, 31))
    with pytest.raises(InputError, match=r"2020-01-31\.$"):
        report.to_dict(table(), since=early, until=dt.date(2020, 1, 31))


def test_as_text_a_missing_report_is_not_a_nought() -> None:
    quiet = over_night(on("2025-12-12")) | {"class": "cruise missile"}
    frame = table(quiet, NIGHT, NIGHT | MISSILE | {"intercepted": ""})
    document = report.to_dict(frame, since=dt.date(2025, 12, 12), until=UNTIL)
    head, lines = report.plain(document)
    assert len({len(line) for line in (head, *lines)}) == 1
    found = {line[:2]: line[2:] for line in lines}
    assert found["2025-12-13", "no report"] == ("",) * 6
    assert found["2025-12-12", "attack drone"][0] == "0"
    assert found["2025-12-14", "attack drone"][-2:] == ("79.7 %", "138")
    assert found["2025-12-14", "ballistic missile"] == (
        *("4", "not known", "0", "not known", "", ""),
    )
    assert found["Total", "attack drone"] == ("138", "110", "0", "28", "79.7 %", "138")
    assert sum(line[1] == "no report" for line in lines) == 1
    one = report.to_dict(frame, since=UNTIL, until=UNTIL)
    assert not any(line[0] == "Total" for line in report.plain(one)[1])


def test_a_statement_as_text_names_who_said_it_when_and_the_sum(bundled: pd.DataFrame) -> None:
    document = report.to_dict(bundled, since=UNTIL, until=UNTIL, statements=statements.load())
    first = report.plain_statements(document)[0]
    assert first == (
        "Said: Russia launched 138 drones and ballistic missiles overnight (Ukrainian Air Force; "
        "Daily report of the Ukrainian Air Force, 2025-12-14). The reports add up to 138: both "
        "agree. The reports have 138 drones and 1 ballistic missile; the statement's figure is "
        "held against the drones alone."
    )


def test_the_document() -> None:
    frame = table(NIGHT, DAY | {"scope": "regional"})
    document = report.to_dict(
        frame, since=dt.date(2025, 12, 13), until=UNTIL, statements=statements.load()
    )
    assert list(document) == ["rows", "means", "statements", "sources", "warnings"]
    gap, night = document["rows"]
    assert list(gap) == list(counts.SUM_COLUMNS)
    assert (gap["from"], gap["launched"], gap["reports"]) == ("2025-12-13", None, 0)
    assert (night["launched"], night["rate"], night["rate_rests_on"]) == (138, 0.7971, 138)
    # Only what was said of these days, and what a report can be held against.
    assert [item["id"] for item in document["statements"]] == [
        *("night-drones-launched", "night-drones-intercepted", "night-hit-locations")
    ]
    assert document["statements"][0]["reports_sum"] == 138
    assert [set(source) for source in document["sources"]] == [
        *[{"title", "as_of", "licence", "url"}] * 2
    ]
    assert document["warnings"] == [
        cautions.NIGHT_RULE,
        cautions.GOT_THROUGH_RULE,
        cautions.DECOY_RULE,
        cautions.MERGED_RULE,
        "No national report for 1 of 2 dates: gaps, not noughts.",
        "Regional reports are not added to the national ones: 1.",
        "Hit locations are reported from 2025-12-14 on, and not by every report.",
    ]
    assert [(mean["date"], mean["nights"]) for mean in document["means"]] == [
        ("2025-12-14", 7),
        ("2025-12-14", 30),
    ]
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_users_own_sources_and_warnings_come_first() -> None:
    document = report.to_dict(
        table(NIGHT), since=UNTIL, until=UNTIL, sources=[{"title": "mine"}], warnings=["first"]
    )
    assert document["sources"] == [{"title": "mine"}]
    assert document["warnings"][0] == "first"


def test_the_csv_has_blanks_for_gaps_and_whole_numbers() -> None:
    text = report.to_csv(table(NIGHT), since=dt.date(2025, 12, 13), until=UNTIL)
    gap, night = csv.DictReader(io.StringIO(text))
    assert (gap["launched"], gap["reports"], gap["days"]) == ("", "0", "1")
    assert gap["cautions"].endswith("No report: a gap, not a nought.")
    assert cautions.GOT_THROUGH_RULE in night["cautions"]
    assert cautions.MERGED_RULE in night["cautions"]
    assert night["source"].startswith("Air Force reports of launches and interceptions, https://")
    assert night["licence"]
    assert (night["launched"], night["suppressed"], night["rate"]) == ("138", "0", "0.7971")


def test_the_csv_keeps_to_the_weapons_and_the_source_it_is_given() -> None:
    together = {"class": "ballistic missile + other", "launched": "9"}
    frame = table(NIGHT, NIGHT | together)
    text = report.to_csv(
        frame,
        since=UNTIL,
        until=UNTIL,
        classes=["other"],
        sources=[{"title": "=mine()", "licence": "none"}],
    )
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["class"], row["source"], row["licence"]) == (
        *("ballistic missile + other", "'=mine()", "none"),
    )
