"""Air Force reports as one tidy table: a row a reporting period, weapon class and post."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from data import airforce_source, delimited
from data.airforce_source import COLUMNS, Report
from data.errors import AtlasError, DataError

REPORTS = "events/missile_attacks_daily.csv"
CATEGORIES = "events/missiles_and_uavs.csv"
TABLE = "airforce.csv"


def write_table(source_dir: Path, out_dir: Path) -> tuple[int, list[str]]:
    """Write ``airforce.csv`` from the upstream tables.

    Parameters
    ----------
    source_dir : Path
        Holds ``events/missile_attacks_daily.csv`` and ``events/missiles_and_uavs.csv``.
    out_dir : Path
        Where the table is written (UTF-8, ``\n``, the same bytes for the same sources).

    Returns
    -------
    tuple of int and list of str
        Rows written, and one sentence for each thing left out, joined, re-classed or doubtful.

    Raises
    ------
    DataError
        If a source file is missing, unreadable or without the columns expected.
    """
    rows = delimited.read(source_dir / REPORTS)
    rows.require(airforce_source.NEEDED)
    reading = airforce_source.tidy(rows, categories(source_dir / CATEGORIES))
    _write(reading.reports, out_dir / TABLE)
    left_out = [f"Line {line} left out: {reason}" for line, reason in reading.left_out]
    return len(reading.reports), [*left_out, *reading.notes]


def categories(path: Path, *, error: type[AtlasError] = DataError) -> dict[str, tuple[str, str]]:
    """Model -> (category, type), as ``missiles_and_uavs.csv`` gives them.

    Raises
    ------
    AtlasError
        If the file is missing, unreadable or without the columns expected.
    """
    rows = delimited.read(path, error=error)
    rows.require(("model", "category", "type"), error=error)
    return {row["model"]: (row["category"], row["type"]) for _, row in rows.rows}


def _write(reports: Sequence[Report], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(delimited.guarded, report.cells) for report in reports)
