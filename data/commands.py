"""``python cli.py data …``: the bundled tables, and fetching what is not bundled."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data import commands_cache, terminal
from data.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

    from data.fetch import Fetched

app = terminal.group("The bundled tables.")
app.add_typer(commands_cache.app, name="cache")


@app.command("list")
def list_tables(as_json: terminal.JsonOption = False) -> None:
    """The bundled tables: rows, date, terms."""
    from data import catalog

    entries = list(catalog.datasets().values())
    if as_json:
        terminal.print_json({"datasets": [dataclasses.asdict(entry) for entry in entries]})
        return
    rows = [(entry.id, f"{entry.rows:,}", entry.title, entry.as_of) for entry in entries]
    terminal.print_table(("Name", "Rows", "What", "As of"), rows, right=(1,))
    print("\nTerms, sources and checksums: data/README.md, or --json.")


@app.command("build")
def build_tables(
    source_dir: Annotated[
        Path, typer.Option("--from", metavar="DIR", help="The folder of source files.")
    ],
    notes: Annotated[
        bool, typer.Option("--notes", help="Print what was left out, joined or is doubtful.")
    ] = False,
) -> None:
    """Build the bundled tables from the source files."""
    from data import build, catalog

    noted: list[str] = []
    try:
        entries = build.build(source_dir, catalog.FOLDER, notes=noted)
    except OSError as fault:
        raise InputError(f"the tables could not be built: {fault}.") from fault
    folder = catalog.FOLDER
    rows = [
        (
            entry.file,
            f"{entry.rows:,} rows",
            f"{(folder / entry.file).stat().st_size / 1e3:,.0f} kB",
        )
        for entry in entries
    ]
    size_mb = build.total_bytes(entries, folder) / 1e6
    terminal.print_table(None, [*rows, ("together", "", f"{size_mb * 1e3:,.0f} kB")], right=(1, 2))
    if notes:
        print("\n" + "\n".join(noted))
    elif noted:
        print(f"\n{len(noted)} notes on what was left out, joined or is doubtful: see --notes.")


@app.command("fetch")
def fetch_from_source(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="deepstate, owl, airforce, boundaries, geoboundaries."),
    ],
    date: Annotated[
        str | None, typer.Option("--date", metavar="D", help="Fetch this day, YYYY-MM-DD.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="D", help="Fetch all days from this one on.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="D", help="The last of them, today by default.")
    ] = None,
    latest: Annotated[
        bool, typer.Option("--latest", help="Fetch the newest day that the source has.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="Check and keep a file that you downloaded yourself."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Accept the source's terms, which are printed.")
    ] = False,
    confirm_area: Annotated[
        bool,
        typer.Option(
            "--confirm-area",
            help="Take a day though its ground differs by more than 10 % from the last good one.",
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Fetch days that are there already, too.")
    ] = False,
    as_json: terminal.JsonOption = False,
) -> None:
    """Fetch full detail or newer days from their publishers, check them, and keep them."""
    from data import fetch as fetching
    from data import fetch_file, upstream

    source = upstream.upstream(name)
    daily = source.kind == upstream.CONTROL
    if file if daily else (date or from_ or to or latest):
        raise InputError(
            f"{name} has a file a day: give --date, --from or --latest, and no --file."
            if daily
            else f"{name} has no dates: leave out --date, --from, --to and --latest."
        )
    if file is None:
        fetching.require_allowed()
    asked = _days_to_fetch(date, from_, to, latest=latest) if daily else None
    _show_terms(name, yes=yes)
    if not daily:
        kept = fetch_file.fetch_file(name, file=file)
        if as_json:
            terminal.print_json({"source": name, "file": str(kept)})
        else:
            print(f"Saved {kept}")
        return
    days = asked if asked is not None else _latest(name)
    with terminal.can_go_on(), _days_bar(source.title) as tell:
        found = fetching.fetch(name, days, on_progress=tell, confirm_area=confirm_area, again=again)
    _report_fetched(name, found, as_json=as_json)


def _days_to_fetch(
    date: str | None, first: str | None, last: str | None, *, latest: bool
) -> list[dt.date] | None:
    """The days that the options name; None for the newest."""
    import datetime as dt

    from data import checked
    from data import fetch as fetching
    from data.days import day

    if (date is not None) + (first is not None) + latest != 1 or (last and first is None):
        raise InputError("give one of --date, --from (with --to) and --latest.")
    if latest:
        return None
    if date is not None:
        asked = day(date, name="--date")
        fetching.require_date(asked)
        return [asked]
    begin = day(str(first), name="--from")
    end = day(last, name="--to") if last else checked.today()
    for one in (begin, end):
        fetching.require_date(one)
    if end < begin:
        raise InputError("--to is before --from; give the older day first.")
    return [begin + dt.timedelta(days=n) for n in range((end - begin).days + 1)]


def _latest(name: str) -> list[dt.date]:
    from data import fetch as fetching

    day = fetching.latest(name)
    if day is None:
        raise InputError(f"{name} has no day of the last two weeks; give --date.")
    return [day]


def _show_terms(name: str, *, yes: bool) -> None:
    """Before the first fetch of a source: whose it is, under what terms, and whether they do."""
    from data import fetch as fetching
    from data import upstream

    if fetching.accepted(name):
        return
    source = upstream.upstream(name)
    for label, text in (
        (source.title, source.page),
        ("Attribution", source.attribution),
        ("Licence", source.licence),
        ("Terms", source.terms),
    ):
        print(f"{label}: {text}", file=sys.stderr)
    if not yes and not (sys.stdin.isatty() and _agreed("Fetch it under these terms?")):
        raise InputError(f"the terms of {name} were not accepted; read them and give --yes.")
    fetching.accept(name)


def _agreed(question: str) -> bool:
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextlib.contextmanager
def _days_bar(title: str) -> Iterator[Callable[[int, int, dt.date], None]]:
    """A bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, of, date: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TextColumn("days"), console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, of, date: bar.update(task, completed=done, total=of)


def _report_fetched(name: str, found: Fetched, *, as_json: bool) -> None:
    """What came of it; exit status 1 where a day was refused."""
    from data import cache, fetch

    if as_json:
        lists = {kind: [d.isoformat() for d in getattr(found, kind)] for kind in fetch.LISTS}
        told = {d.isoformat(): str(why) for d, why in found.refused.items()}
        notes = {d.isoformat(): [str(each) for each in said] for d, said in found.notes.items()}
        terminal.print_json(
            {
                "source": name,
                **lists,
                "refused": told,
                "notes": notes,
                "folder": str(cache.folder()),
            }
        )
    else:
        for label, days in (
            ("Fetched", found.taken),
            ("There already", found.there),
            ("Not published", found.missing),
        ):
            if days:
                print(f"{label}: {', '.join(day.isoformat() for day in days)}")
        terminal.print_warnings(
            f"{day.isoformat()}: {each}" for day, said in found.notes.items() for each in said
        )
    for day, why in found.refused.items():
        hint = "; give --confirm-area to take it" if day in found.unconfirmed else ""
        print(f"{day.isoformat()}: {str(why).rstrip('.')}{hint}.", file=sys.stderr)
    if found.refused:
        raise typer.Exit(1)
