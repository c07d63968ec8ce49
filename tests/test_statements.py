"""The authored table of statements."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parent.parent / "data" / "statements.csv"
COLUMNS = [
    "id",
    "text",
    "subject",
    "qualifier",
    "value",
    "unit",
    "from",
    "to",
    "said_by",
    "reported_in",
    "reported_on",
]


@pytest.fixture(scope="module")
def statements() -> dict[str, dict[str, str]]:
    with PATH.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == COLUMNS
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def test_every_statement_says_who_said_it_where_and_when(
    statements: dict[str, dict[str, str]],
) -> None:
    for row in statements.values():
        first, last, told = (
            dt.date.fromisoformat(row[name]) for name in ("from", "to", "reported_on")
        )
        assert first <= last
        assert first <= told
        for name in ("text", "subject", "said_by", "reported_in"):
            assert row[name], (row["id"], name)
        assert row["value"] == "" or int(row["value"]) > 0
        assert bool(row["value"]) <= bool(row["unit"])


@pytest.mark.parametrize(
    ("name", "qualifier", "value", "last", "said_by"),
    [
        ("week-attack-drones", "more than", "1500", "2025-12-14", "Volodymyr Zelenskyy"),
        ("week-guided-bombs", "nearly", "900", "2025-12-14", "Volodymyr Zelenskyy"),
        ("week-missiles", "", "46", "2025-12-14", "Volodymyr Zelenskyy"),
        (
            "russia-drones-shot-down",
            "within a few hours",
            "235",
            "2025-12-14",
            "Russian Defence Ministry",
        ),
        (
            "donetsk-civilians",
            "",
            "196200",
            "2025-12-04",
            "Donetsk Regional Military Administration",
        ),
        (
            "families-without-power",
            "hundreds of thousands of",
            "",
            "2025-12-14",
            "Volodymyr Zelenskyy",
        ),
    ],
)
def test_statements_keep_their_qualifier(
    statements: dict[str, dict[str, str]],
    name: str,
    qualifier: str,
    value: str,
    last: str,
    said_by: str,
) -> None:
    row = statements[name]
    assert [row[key] for key in ("qualifier", "value", "to", "said_by")] == [
        qualifier,
        value,
        last,
        said_by,
    ]


def test_the_file_has_plain_line_ends() -> None:
    assert b"\r" not in PATH.read_bytes()
