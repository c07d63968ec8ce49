"""``python cli.py batch``: many scenarios at once (`geo.batch`)."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from data import terminal

QUIET_S = 10.0
"""Where there is no bar, a line as often as this tells how far it got."""


def run(
    table: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="A table with a scenario a row: CSV with a header."),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder that takes everything.")
    ],
    formats: Annotated[
        str | None,
        typer.Option("--formats", metavar="NAME,…", help="Save only these; by default all."),
    ] = None,
    jobs: Annotated[
        str | None,
        typer.Option("--jobs", metavar="N", help="How many processes; by default one a core."),
    ] = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Many scenarios at once: every format of each, an index page and a table of all figures.

    What is finished is left as it is, so that the same command goes on where it was stopped.
    """
    from geo import batch, export

    wanted = export.FORMATS if formats is None else formats.split(",")
    processes = None if jobs is None else terminal.whole(jobs, "--jobs")
    with terminal.can_go_on(), _rows_bar() as tell:
        report = batch.run(table, out, formats=wanted, jobs=processes, tell=tell)
    if as_json:
        terminal.print_json(batch.summary(report))
    else:
        before = len(report.done) - report.made
        print(f"{report.made} rows made, {before} were there, {len(report.faults)} left out.")
        terminal.print_saved([report.index])
        terminal.print_warnings(report.notes)
    for fault in report.faults:
        print(f"line {fault.line}: {fault.reason}", file=sys.stderr)
    if report.faults:
        raise typer.Exit(1)


@contextlib.contextmanager
def _rows_bar() -> Iterator[Callable[[int, int, int], None]]:
    """A bar on a terminal, elsewhere a line now and then, on standard error."""
    if not sys.stderr.isatty():
        next_at = time.monotonic() + QUIET_S

        def line(done: int, of: int, broken: int) -> None:
            nonlocal next_at
            if time.monotonic() >= next_at:
                next_at = time.monotonic() + QUIET_S
                print(f"{done} of {of} rows, {broken} left out", file=sys.stderr, flush=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows{task.fields[broken]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, broken="")

        def tell(done: int, of: int, broken: int) -> None:
            told = f", {broken} left out" if broken else ""
            bar.update(task, completed=done, total=of, broken=told)

        yield tell
