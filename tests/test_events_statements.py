"""Statements as they are read, and beside the reports; `test_statements` tests their table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from data import catalog
from data.errors import DataError, InputError
from events import statements
from tests.invented_reports import MISSILE, NIGHT, WEEK, table


def test_every_row_is_read() -> None:
    found = {item.id: item for item in statements.load()}
    assert len(found) == catalog.datasets()["statements"].rows
    assert found["families-without-power"].value is None
    week = found["week-attack-drones"]
    assert (week.value, week.qualifier, week.reported_on) == (
        *(1500, "more than", dt.date(2025, 12, 14)),
    )


@pytest.mark.parametrize(
    ("name", "said", "first_night"),
    [
        ("week-attack-drones", "more than 1,500 drones", dt.date(2025, 12, 8)),
        ("week-guided-bombs", "nearly 900 guided bombs", dt.date(2025, 12, 8)),
        ("week-missiles", "46 missiles", dt.date(2025, 12, 8)),
        # The evening of the 13th and the morning of the 14th are one night.
        ("night-drones-launched", "138 drones", dt.date(2025, 12, 14)),
    ],
)
def test_a_figure_in_words_and_its_first_night(name: str, said: str, first_night: dt.date) -> None:
    statement = next(item for item in statements.load() if item.id == name)
    assert statement.said == said
    assert statement.first_night == first_night
    assert statement.until == dt.date(2025, 12, 14)


def test_a_row_that_is_no_statement_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "statements.csv"
    path.write_text(catalog.path("statements").read_text(encoding="utf-8") + "x,,,,many,,,,,,\n")
    monkeypatch.setattr(catalog, "path", lambda dataset: path)
    with pytest.raises(DataError, match=r"^data/statements\.csv holds a row .*many.*\.$"):
        statements.load()


def statement(subject: str, value: int | None, qualifier: str = "") -> statements.Statement:
    return statements.Statement(
        id="said",
        text="said",
        subject=subject,
        qualifier=qualifier,
        value=value,
        unit="drones",
        since=WEEK[0],
        until=WEEK[1],
        said_by="somebody",
        reported_in="a paper",
        reported_on=WEEK[1],
    )


@pytest.mark.parametrize(
    ("qualifier", "value", "agrees"),
    [
        *(("", 138, True), ("", 139, False)),
        *(("more than", 137, True), ("more than", 138, False)),
        *(("nearly", 140, True), ("nearly", 137, False), ("nearly", 160, False)),
        ("hundreds of", None, None),
    ],
)
def test_a_statement_agrees_by_its_qualifier(
    qualifier: str, value: int | None, agrees: bool | None
) -> None:
    found = statements.beside(statement("attack drones launched", value, qualifier), table(NIGHT))
    assert (found.summed, found.agrees) == (138, agrees)
    assert bool(found.why) is not bool(agrees)


def test_a_statement_that_no_report_counts_the_like_of() -> None:
    bombs = statements.beside(statement("guided bombs launched", 900, "nearly"), table(NIGHT))
    assert (bombs.summed, bombs.agrees) == (None, None)
    assert bombs.why.startswith("The nightly reports of the Air Force say nothing of guided bombs")
    nothing = statements.beside(statement("attack drones launched", 900), table())
    assert nothing.why == "There is no report for this time to compare with."
    with pytest.raises(InputError, match=r"no report counts .*: families without power"):
        statements.beside(statement("families without power", None), table(NIGHT))


def test_missiles_of_a_regional_command_are_named_and_not_added() -> None:
    frame = table(
        *(NIGHT, NIGHT | MISSILE, NIGHT | MISSILE | {"class": "cruise missile", "launched": "2"}),
        NIGHT | {"class": "other", "models": "S-300", "launched": "1"},
        NIGHT | {"class": "other", "models": "Unknown drone", "launched": "70"},
        NIGHT | MISSILE | {"scope": "regional", "launched": "3"},
    )
    found = statements.beside(statement("missiles launched", 46), frame)
    assert found.summed == 4 + 2 + 1
    assert "7 nights, 6 of which have none, add up to 7" in found.why
    assert "that only a regional command reported (3 here)" in found.why


def test_a_report_that_names_no_model_counts_for_drones_only() -> None:
    frame = table(NIGHT | {"models": ""}, NIGHT | MISSILE | {"class": "other", "models": ""})
    assert statements.beside(statement("attack drones launched", 138), frame).summed == 138
    assert statements.beside(statement("guided bombs launched", 4), frame).summed is None
    assert statements.beside(statement("missiles launched", 4), frame).summed is None


def test_bundled_reports_beside_what_was_said(bundled: pd.DataFrame) -> None:
    found = {
        item.id: statements.beside(item, bundled)
        for item in statements.load()
        if statements.is_counted(item)
    }
    assert {name: (item.summed, item.agrees) for name, item in found.items()} == {
        "night-drones-launched": (138, True),
        "night-drones-intercepted": (110, True),
        "night-hit-locations": (6, True),
        "week-attack-drones": (1173, False),
        "week-guided-bombs": (None, None),
        "week-missiles": (34, False),
    }
