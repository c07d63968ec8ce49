"""The events commands: counts of reports, and events of a file inside the zones."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.command_line import Run, run

__all__ = ["run"]


def test_the_night_to_14_december(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    night = ("--from", "2025-12-14", "--to", "2025-12-14")
    status, out, err = run("events", "counts", *night, "--json", "--out", file)
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert set(document) == {"rows", "means", "statements", "sources", "warnings"}
    drones = next(row for row in document["rows"] if row["class"] == "attack drone")
    assert (drones["launched"], drones["intercepted"], drones["hit_locations"]) == (138, 110, 6)
    assert len(pd.read_csv(file)) == len(document["rows"])


def test_counts_for_people(run: Run) -> None:
    status, out, err = run("events", "counts", "--to", "2025-12-14", "--by", "week")
    assert status == 0
    assert out.startswith("Date ")
    assert "note: " in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "year"), "--by is 'year'"),
        (("--from", "14.12.2025"), "--from is '14.12.2025'; give a day"),
        (("--from", "2025-12-14", "--to", "2025-12-01"), "2025-12-01"),
    ],
)
def test_counts_that_cannot_be_made(run: Run, options: tuple[str, ...], words: str) -> None:
    status, out, err = run("events", "counts", *options)
    assert (status, out) == (2, "")
    assert words in err


def test_counts_of_a_file_as_downloaded(run: Run, shared_data: Path, tmp_path: Path) -> None:
    upstream = shared_data / "events" / "missile_attacks_daily.csv"
    night = ("--from", "2025-12-14", "--to", "2025-12-14", "--json")
    _, bundled, _ = run("events", "counts", *night)
    own = tmp_path / "mine.csv"
    lines = upstream.read_text("utf-8").splitlines()
    own.write_text("\n".join([*lines, lines[1].replace(lines[1].split(",")[0], "soon")]), "utf-8")
    status, out, _ = run("events", "counts", own, *night)
    assert status == 0
    assert json.loads(out)["rows"] == json.loads(bundled)["rows"]
    (source,) = json.loads(out)["sources"]
    assert source["title"] == "Air Force reports, from the file mine.csv"
    lost = [text for text in json.loads(out)["warnings"] if text.startswith("Left out, line ")]
    assert len(lost) == 1
    assert f"line {len(lines) + 1:,}: " in lost[0]


EVENTS = """lat,lon,date,kind
48.74,37.58,2025-12-01,shelling
48.74,37.58,2025-11-01,shelling
50.45,30.52,2025-12-01,drone
55.75,37.61,2025-12-01,drone
48.74,37.58,someday,drone
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    return file


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_events_inside_as_json(run: Run, events: Path, engine: str) -> None:
    status, out, err = run(
        "events", "inside", events, "--preset", "free-economic-zone", "--engine", engine, "--json"
    )
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["engine"] == engine
    assert document["read"] == 5
    assert sum(document["left_out"].values()) == 2
    ukraine = document["sides"]["ukraine"]
    assert ukraine["events"] == 2
    assert ukraine["by_month"] == {"2025-11": 1, "2025-12": 1}
    assert ukraine["per_100_km2"] == pytest.approx(200 / ukraine["area_km2"], abs=0.001)
    assert document["sides"]["russia"]["events"] == 0


def test_events_inside_for_people_and_as_a_file(run: Run, events: Path, tmp_path: Path) -> None:
    kept = tmp_path / "inside.csv"
    asked_for = ("--preset", "free-economic-zone", "--column", "class=kind", "--out", kept)
    status, out, err = run("events", "inside", events, *asked_for)
    assert status == 0
    assert "shelling        2       0" in out
    assert "Left out, no date: 1 (first: line 6)" in out
    assert "note: " in err
    assert "█" not in err
    assert len(pd.read_csv(kept)) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--engine", "spark"), "there is no engine 'spark'"),
        (("--scheduler", "tcp://192.0.2.1:1"), "a scheduler goes with the dask engine"),
        (("--column", "date"), "--column is 'date'; give ROLE=NAME"),
        (("--column", "date=day"), "day"),
        (("--ukraine-km", "50"), "give 0 to 40 km"),
        (("--out", "inside.png"), ".csv"),
    ],
)
def test_events_that_cannot_be_counted(
    run: Run, events: Path, options: tuple[str, ...], words: str
) -> None:
    status, out, err = run("events", "inside", events, *options)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_what_is_read_is_not_written_over(run: Run, events: Path) -> None:
    for command in ("inside", "counts"):
        status, out, err = run("events", command, events, "--out", events)
        assert (status, out) == (2, "")
        assert "would change what is read" in err
    status, _, err = run("events", "inside", events.parent, "--out", events.parent / "more.csv")
    assert status == 2
    assert "would change what is read" in err
    assert events.read_text(encoding="utf-8") == EVENTS
