"""A stranger's file of events: read apart, and the same events come out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from events import apart, inside, points
from geo import control, pullback, sandbox
from geo.scenario import default

CSV = (
    "date,lat,lon,type,note\n"
    "2025-11-01,48.3,37.6,shelling,a\n"
    "2025-11-02,48.4,37.7,air strike,b\n"
    "2025-11-03,,,shelling,c\n"
)


@pytest.fixture(autouse=True, scope="module")
def worker_waits() -> Iterator[None]:
    sandbox.warm()
    yield
    sandbox.cool()


def test_the_same_events_as_when_they_are_read_here(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(CSV, encoding="utf-8")
    here = points.read(file)
    outcome = apart.read(CSV.encode(), name="own.csv")
    assert outcome.problem == ""
    assert outcome.columns == ("date", "lat", "lon", "type", "note")
    there = outcome.points
    assert there is not None
    for name in ("table", "coarse"):
        one, other = getattr(here, name), getattr(there, name)
        texts = {"class": "str", "precision": "str"}
        pd.testing.assert_frame_equal(one.astype(texts), other.astype(texts), check_dtype=False)
    assert there.left_out.to_dict() == here.left_out.to_dict() == {"no place": 1}
    assert there.first_at.to_dict() == here.first_at.to_dict()
    told = ("read", "as_of", "format", "title", "licence", "attribution", "notes")
    assert [getattr(there, key) for key in told] == [getattr(here, key) for key in told]


def test_they_are_counted_the_same(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(CSV, encoding="utf-8")
    asked = default()
    ground = control.load(asked.date, asked.source)
    zones = pullback.pull_back(ground, asked)
    found = apart.read(CSV.encode(), name="own.csv").points
    assert found is not None
    one = inside.count(file, zones, ground, asked)
    other = inside.count(found, zones, ground, asked)
    assert other.to_dict() == one.to_dict()
    rows = [b"".join(inside.rows_csv(source, zones, ground, asked)) for source in (file, found)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("content", "words", "columns"),
    [
        (b" ", "own.csv is empty", ()),
        (b"a,b\n1,2\n", "own.csv has no column that is known", ("a", "b")),
        (b"PAR1" + b"\0" * 99, "own.csv", ()),
        (b"\x1f\x8b" + b"\0" * 99, "own.csv is compressed with gzip", ()),
        (b'date,lat,lon\n2025-01-01,48,"37\n', "own.csv, line 2", ("date", "lat", "lon")),
        (json.dumps({"a": 1}).encode(), "own.csv", ()),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_own_name(
    content: bytes, words: str, columns: tuple[str, ...]
) -> None:
    outcome = apart.read(content, name="own.csv")
    assert outcome.points is None
    assert outcome.problem.startswith(words)
    assert "\n" not in outcome.problem
    assert outcome.columns == columns


def test_what_a_column_is_can_be_told() -> None:
    content = CSV.replace("lat,lon", "y1,x1").encode()
    assert "latitude" in apart.read(content, name="own.csv").problem
    named = {"latitude": "y1", "longitude": "x1"}
    found = apart.read(content, name="own.csv", columns=named).points
    assert found is not None
    assert len(found.table) == 2


def test_a_bomb_of_parquet_is_refused(tmp_path: Path) -> None:
    """A text of a megabyte in every row: small in the file, large when it is read."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 20_000
    long = pa.DictionaryArray.from_arrays(np.zeros(rows, "int32"), pa.array(["x" * 1_000_000]))
    table = pa.table(
        {"date": ["2025-01-01"] * rows, "lat": [48.0] * rows, "lon": [37.0] * rows, "class": long}
    )
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd", store_schema=False)
    content = (tmp_path / "a.parquet").read_bytes()
    assert len(content) < 1_000_000
    outcome = apart.read(content, name="own.parquet")
    assert outcome.points is None
    assert outcome.problem.startswith("own.parquet")
