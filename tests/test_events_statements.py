"""Statements as the code reads them; their table itself is tested in `test_statements`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from data import catalog
from data.errors import DataError
from events import statements


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
