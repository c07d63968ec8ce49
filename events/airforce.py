"""Readers of Ukrainian Air Force reports: the bundled table, and the same kinds from outside."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data import airforce_source, build_airforce, catalog, delimited, weapons
from data.delimited import Delimited
from data.errors import DataError, InputError
from data.moments import Moments
from events import schema

CATEGORIES = Path(build_airforce.CATEGORIES).name
_MOMENTS = ("date", "period_start", "period_end")


@dataclass(frozen=True)
class Reports:
    """A table of reports, and what its file held besides.

    Attributes
    ----------
    table
        Columns and types of `events.schema.typed`.
    left_out
        ``line`` in the file and ``reason`` of every row that could not be read.
    notes
        A sentence for each thing joined, re-classed, guessed or doubtful, and for models that are
        not in the vocabulary.
    source
        ``title``, ``as_of``, ``licence`` and ``url`` of the file.
    """

    table: pd.DataFrame
    left_out: pd.DataFrame
    notes: tuple[str, ...]
    source: dict[str, str]

    def warnings(self) -> list[str]:
        """The notes, after a sentence for each row that was left out."""
        lost = zip(self.left_out["line"], self.left_out["reason"], strict=True)
        return [*(f"Left out, line {line:,}: {reason}" for line, reason in lost), *self.notes]


def load() -> pd.DataFrame:
    """Read the bundled table of reports.

    Returns
    -------
    DataFrame
        A row a reporting period, weapon class, scope and post, columns and types of
        `events.schema.typed`, by date. The caller's own copy.

    Raises
    ------
    DataError
        If the table is missing, damaged, or not what the schema says.
    """
    path = catalog.path("airforce")
    return _read(str(path), path.stat().st_mtime_ns).copy()


def read(path: Path) -> Reports:
    """Read a user's file: the upstream table as downloaded from Kaggle, or the bundled table.

    The upstream table is ``missile_attacks_daily.csv`` of
    https://www.kaggle.com/datasets/piterfm/massive-missile-attacks-on-ukraine; its
    ``missiles_and_uavs.csv`` is asked for the class of unknown models where it lies beside it.

    Parameters
    ----------
    path : Path
        A local file: comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1251; dates in any of
        the forms of `data.moments.read`, with a time zone brought to Kyiv time.

    Returns
    -------
    Reports
        Rows that cannot be read are in ``left_out``, never dropped in silence.

    Raises
    ------
    InputError
        One sentence, if the file cannot be read, is no such table, or has no readable row.
    """
    rows = delimited.read(path, error=InputError)
    if "period_end" in rows.header:
        rows.require(schema.COLUMNS, error=InputError)
        return _from_tidy(rows)
    rows.require(airforce_source.NEEDED, error=InputError)
    return _from_upstream(rows, path.with_name(CATEGORIES))


def to_csv(table: pd.DataFrame) -> str:
    """A table of reports as text that `read` gives back unchanged, formulas neutralised."""
    text = schema.as_text(table)
    return text.map(delimited.guarded).to_csv(index=False, lineterminator="\n")


def _from_upstream(rows: Delimited, beside: Path) -> Reports:
    known = build_airforce.categories(beside, error=InputError) if beside.is_file() else {}
    reading = airforce_source.tidy(rows, known)
    cells = [report.cells for report in reading.reports]
    text = pd.DataFrame(cells, columns=list(schema.COLUMNS), dtype="str")
    return _reports(text, reading.left_out, reading.notes, rows.name)


def _from_tidy(rows: Delimited) -> Reports:
    rows = rows.without_repeats()
    moments = Moments(row[name] for _, row in rows.rows for name in _MOMENTS)
    lines: list[int] = []
    cells: list[dict[str, str]] = []
    left_out = list(rows.left_out)
    for line, row in rows.rows:
        try:
            cells.append(_plain(row, moments))
            lines.append(line)
        except ValueError as fault:
            left_out.append((line, str(fault)))
    text = pd.DataFrame(cells, columns=list(schema.COLUMNS), dtype="str")
    faults = schema.faults(text)
    wrong = (faults != "").to_numpy()
    left_out += [
        (line, f"{fault}.") for line, fault in zip(lines, faults, strict=True) if fault != ""
    ]
    text = text[~wrong]
    models = {model for cell in text["models"] for model in schema.items(cell)}
    strange = [model for model in models if model not in weapons.NAMES]
    notes = (*rows.notes, *moments.notes, *airforce_source.unknown_models(strange))
    return _reports(text, sorted(left_out), notes, rows.name)


def _plain(row: dict[str, str], moments: Moments) -> dict[str, str]:
    """A row with its dates and counts as the schema writes them."""
    plain = {name: row[name] for name in schema.COLUMNS}
    for name in _MOMENTS:
        plain[name] = moments[row[name]].text
    for name in schema.COUNTS:
        value = airforce_source.count(row[name], name)
        plain[name] = "" if value is None else str(value)
    return plain


def _reports(
    text: pd.DataFrame,
    left_out: list[tuple[int, str]] | tuple[tuple[int, str], ...],
    notes: tuple[str, ...],
    name: str,
) -> Reports:
    if text.empty and left_out:
        line, reason = left_out[0]
        raise InputError(f"no row of {name} can be read: line {line}: {reason}")
    if text.empty:
        raise InputError(f"{name} has a header and no rows.")
    table = schema.typed(text, error=InputError)
    upstream = catalog.datasets()["airforce"]
    first, last = (day.date().isoformat() for day in (table["date"].min(), table["date"].max()))
    return Reports(
        table=table,
        left_out=pd.DataFrame(left_out, columns=["line", "reason"]),
        notes=notes,
        source={
            "title": f"Air Force reports, from the file {name}",
            "as_of": f"{first} to {last}",
            "licence": upstream.licence,
            "url": upstream.url,
        },
    )


@functools.lru_cache(maxsize=2)
def _read(path: str, _changed: int) -> pd.DataFrame:
    try:
        text = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except (ValueError, OSError) as fault:
        raise DataError(f"{path} cannot be read as a table: {fault}.") from fault
    return schema.typed(text.map(delimited.unguarded))
