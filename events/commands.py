"""``python cli.py events …``: attacks as reported, and those inside the zones of a scenario."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data import terminal
from data.errors import InputError
from geo import options

if TYPE_CHECKING:
    from events.inside import Inside

COUNTED_DATES = 30
"""Without ``--from``, so many dates up to the last are counted."""

app = terminal.group("Attacks, as reported.")


@app.command("counts")
def count_reported(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="The Air Force table as downloaded from Kaggle; by default the bundled one.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="D", help="The first date; by default 30 dates in all."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar="D", help="The last date; by default the newest reported."),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="day|week|month", help="Weeks run Monday to Sunday.")
    ] = "day",
    as_json: terminal.JsonOption = False,
    out: Annotated[
        list[Path] | None, typer.Option("--out", metavar="FILE", help="Save as .csv.")
    ] = None,
) -> None:
    """What the Air Force reported launched and stopped, by weapon class.

    A night belongs to the date on which it ends. Missing reports are gaps, not noughts.
    """
    from data.days import day
    from events import airforce, counts, report, statements
    from geo import export

    if by not in counts.PERIODS:
        raise InputError(f"--by is {by!r}; give {' or '.join(counts.PERIODS)}.")
    for path in out or []:
        export.format_of(path, ["csv"])
        _keep_apart(path, file)
    own = airforce.read(file) if file is not None else None
    reports = own.table if own is not None else airforce.load()
    first, last = counts.chosen(
        reports,
        since=day(since, name="--from") if since else None,
        until=day(until, name="--to") if until else None,
        days=COUNTED_DATES,
    )
    document = report.to_dict(
        reports,
        since=first,
        until=last,
        by=by,
        statements=statements.load(),
        sources=[own.source] if own is not None else None,
        warnings=own.warnings() if own is not None else (),
    )
    for path in out or []:
        table = report.to_csv(
            reports,
            since=first,
            until=last,
            by=by,
            sources=[own.source] if own is not None else None,
        )
        export.save(table.encode(), path)
    if as_json:
        terminal.print_json(document)
        return
    heads, rows = report.plain(document)
    terminal.print_table(heads, rows, right=range(2, len(heads)))
    for sentence in report.plain_statements(document):
        print(f"\n{sentence}")
    terminal.print_sources(document["sources"])
    terminal.print_saved(out or [])
    terminal.print_warnings(document["warnings"])


@app.command("inside")
def count_inside(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Events with a place: CSV, JSON or Parquet, or a folder of Parquet files.",
        ),
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="ROLE=NAME",
            help="The column of that name holds latitude, longitude, date, class, precision or id; "
            "repeatable. By default found by name.",
        ),
    ] = None,
    date: options.DateOption = None,
    source: options.SourceOption = "deepstate",
    ukraine_km: options.UkraineKmOption = None,
    russia_km: options.RussiaKmOption = None,
    preset: options.PresetOption = None,
    ukraine_leaves: options.UkraineLeavesOption = None,
    russia_leaves: options.RussiaLeavesOption = None,
    extent: options.ExtentOption = None,
    line: options.LineOption = None,
    crs: options.CrsOption = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="local|dask",
            help="Count on this machine's cores, or on the workers of a Dask cluster.",
        ),
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="The Dask cluster's scheduler, such as tcp://192.0.2.1:8786; without it workers "
            "are started on this machine.",
        ),
    ] = None,
    as_json: terminal.JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", metavar="FILE", help="Save the rows inside as .csv."),
    ] = None,
) -> None:
    """How many events of a file lie in each side's zone, and how densely.

    The scenario is asked as in the scenario command. Files may be larger than memory.
    """
    from events import inside
    from geo import asking, control, export
    from geo.pullback import pull_back

    for path in out or []:
        export.format_of(path, ["csv"])
        _keep_apart(path, file)
    remarks: list[str] = []
    known, code = asking.source(source, mark="--"), options.crs_code(crs)
    asked = asking.ask(
        {
            "date": date,
            "source": known,
            "ukraine_km": ukraine_km,
            "russia_km": russia_km,
            "ukraine_leaves": ukraine_leaves,
            "russia_leaves": russia_leaves,
            "extent": extent,
            "line": str(line) if line else None,
            "preset": preset,
        },
        remarks=remarks,
        crs=code,
        mark="--",
    )
    ground = control.load(asked.date, asked.source, crs_code=code)
    zones = pull_back(ground, asked)
    named = _columns(columns or [])
    with _progress("Counting") as tell:
        found = inside.count(
            file,
            zones,
            ground,
            asked,
            engine=engine,
            scheduler=scheduler,
            progress=tell,
            columns=named,
        )
    for path in out or []:
        with _progress("Writing") as tell:
            pieces = inside.rows_csv(file, zones, ground, asked, columns=named, progress=tell)
            export.save(pieces, path)
    if as_json:
        document = found.to_dict()
        document["warnings"] += remarks
        terminal.print_json(document)
        return
    _print_inside(found)
    terminal.print_saved(out or [])
    terminal.print_warnings([*found.warnings, *remarks])


def _keep_apart(out: Path, given: Path | None) -> None:
    """Refuse to write over what is read."""
    if given is None:
        return
    target, read = Path(os.path.realpath(out)), Path(os.path.realpath(given))
    if target == read or read in target.parents:
        raise InputError(f"--out {out} would change what is read; save under another name.")


def _columns(given: Iterable[str]) -> dict[str, str]:
    """Roles and the columns that are said to hold them."""
    columns: dict[str, str] = {}
    for text in given:
        role, equals, name = text.partition("=")
        if not equals or not name:
            raise InputError(f"--column is {text!r}; give ROLE=NAME, such as date=event_date.")
        columns[role.strip().lower()] = name
    return columns


@contextlib.contextmanager
def _progress(label: str) -> Iterator[Callable[[float, int], None]]:
    """A bar on a terminal, with the rows so far and their rate; nothing elsewhere."""
    began = time.monotonic()
    if not sys.stderr.isatty():
        yield lambda share, rows: None
        return
    steps = 1_000
    with typer.progressbar(length=steps, label=label, file=sys.stderr) as bar:

        def tell(share: float, rows: int) -> None:
            rate = rows / max(time.monotonic() - began, 1e-9)
            bar.label = f"{label}: {rows:,} rows, {rate:,.0f} a second"
            bar.update(round(share * steps) - bar.pos)

        yield tell


def _print_inside(found: Inside) -> None:
    """Counts by side, by oblast, by class and month."""
    from geo import words

    print(f"Events inside: {found.scenario.title()}")
    when = words.day(found.control.date)
    print(f"Line of contact on {when} ({found.control.title}) · illustrative\n")
    heads = {
        "events": "Events",
        "area_km2": "km²",
        "per_100_km2": "Per 100 km²",
        "rest_per_100_km2": "Rest of the oblasts, per 100 km²",
    }
    rows = [(words.SIDES[str(side)], *_figures(row, heads)) for side, row in found.sides.iterrows()]
    terminal.print_table(("Zone of", *heads.values()), rows)
    if len(found.by_oblast):
        rows = [
            (str(row["oblast"]), words.SIDES[str(row["side"])], *_figures(row, heads))
            for _, row in found.by_oblast.iterrows()
        ]
        print()
        terminal.print_table(("Oblast", "Zone of", *heads.values()), rows, right=range(2, 6))
    for kind, table in (("Class", found.by_class), ("Month", found.by_month)):
        known = table.pivot(index=kind.lower(), columns="side", values="events")
        known = known.reindex(columns=list(words.SIDES)).fillna(0)
        if kind == "Class":
            known = known.loc[known.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        rows = [
            (str(value), *(f"{events:,.0f}" for events in row))
            for value, *row in known.itertuples()
        ]
        print()
        terminal.print_table((kind, *words.SIDES.values()), rows)
    print(f"\nRead: {found.read:,} rows ({found.engine} engine)")
    for reason, left in found.left_out.items():
        print(f"Left out, {reason}: {left:,} (first: {found.first_at[str(reason)]})")
    terminal.print_sources(found.sources)


def _figures(row: Any, heads: Iterable[str]) -> list[str]:
    """A row's figures; densities with one decimal, a dash where there is no ground."""
    import math

    return [
        "–" if math.isnan(row[name]) else f"{row[name]:,.{1 if 'per_100' in name else 0}f}"
        for name in heads
    ]
