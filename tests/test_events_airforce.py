"""Reading the bundled Air Force table."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import catalog
from data.errors import DataError
from events import airforce, schema


def test_load_is_typed_and_the_callers_own() -> None:
    frame = airforce.load()
    assert list(frame.columns) == list(schema.COLUMNS)
    assert len(frame) == catalog.datasets()["airforce"].rows
    frame["launched"] = 0
    night = airforce.load()
    night = night[(night["date"] == "2025-12-14") & (night["scope"] == "national")]
    assert night["launched"].tolist() == [138, 1]


def test_bundled_periods_are_in_order() -> None:
    frame = airforce.load()
    assert frame["date"].is_monotonic_increasing
    assert (schema.begins(frame) <= schema.ends(frame)).all()


def test_a_damaged_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "airforce.csv"
    monkeypatch.setattr(catalog, "path", lambda dataset: path)
    path.write_text("")
    with pytest.raises(DataError, match=r"airforce\.csv cannot be read as a table"):
        airforce.load()
    path.write_bytes(b"date,\xff\xfe\n")
    with pytest.raises(DataError, match=r"airforce\.csv cannot be read as a table"):
        airforce.load()
