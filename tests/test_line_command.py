"""The line command: its length by oblast, and on every date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo import control
from tests.command_line import Run, run

__all__ = ["run"]


def test_line_gives_its_length_by_oblast(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "line.geojson"
    status, out, err = run("line", "--json", "--out", file)
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["control"]["date"] == "2025-12-14"
    lengths = [row["length_km"] for row in document["by_oblast"]]
    assert lengths == sorted(lengths, reverse=True)
    assert sum(lengths) == pytest.approx(document["control"]["line_km"], rel=0.01)
    assert document["sources"][0]["as_of"] == "2025-12-14"
    assert document["reservoir_shore_km"] > 100
    saved = json.loads(file.read_text("utf-8"))
    along = [feature["properties"]["along"] for feature in saved["features"]]
    assert along.count("front") == len(lengths)
    assert {"front", "shore of the former Kakhovka Reservoir"} == set(along)


def test_line_for_people(run: Run) -> None:
    status, out, _ = run("line", "--source", "owl")
    assert status == 0
    assert out.startswith("Line of contact on 14 December 2025 (Owl)\n")
    assert "Together" in out


def test_the_series_of_all_dates(run: Run) -> None:
    status, out, err = run("line", "--series", "--json")
    assert (status, err) == (0, "")
    rows = json.loads(out)["series"]
    assert [row["date"] for row in rows] == [str(day) for day in control.dates("deepstate")]
    today = next(row for row in rows if row["date"] == "2025-12-14")
    _, line, _ = run("line", "--json")
    assert today["line_km"] == json.loads(line)["control"]["line_km"]
    status, out, err = run("line", "--series", "--date", "2025-12-14")
    assert (status, out) == (2, "")
    assert "every date" in err
