"""``python cli.py timeline``: what changed hands between two dates."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from data import terminal
from data.errors import InputError
from geo import options

if TYPE_CHECKING:
    from geo.style import ThemeName


def run(
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="D", help="The older map; by default a year before --to."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="D", help="The newer map; by default the newest up to 2025-12-14."
        ),
    ] = None,
    source: Annotated[
        str, typer.Option("--source", metavar="deepstate|owl", help="Who assessed control.")
    ] = "deepstate",
    as_json: terminal.JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Save the changed ground in any format of the scenario command; every date of "
            "both assessors as .csv; repeatable.",
        ),
    ] = None,
    paper: options.PaperOption = "a4-landscape",
    theme: options.ThemeOption = "light",
    dpi: options.DpiOption = "150",
    excel: options.ExcelOption = False,
) -> None:
    """What changed hands between two dates, by oblast and settlement."""
    from data.days import day
    from geo import control, export, geojson, impact, scenario, tables, timeline, words
    from geo.paper import Look
    from geo.snapshot import Snapshot

    formats = [export.format_of(path) for path in out or []]
    look = Look(paper=paper, theme=cast("ThemeName", theme), dpi=terminal.whole(dpi, "--dpi"))
    dates = control.dates(source)
    last = control.newest_date(source) if until is None else day(until, name="--to")
    first = timeline.before_of(last, dates) if since is None else day(since, name="--from")
    if first > last:
        raise InputError(f"--from {first} comes after --to {last}; give the older date first.")
    found = timeline.changed(control.load(first, source), control.load(last, source))
    snapshot = None
    contents = []
    for name in formats:
        if name == "csv":
            series = {title: timeline.series(key) for key, title in control.SOURCES.items()}
            contents.append(tables.series_csv(series, excel=excel))
            continue
        if snapshot is None:
            asked = scenario.from_preset(scenario.DEFAULT_PRESET, source=source, date=last)
            snapshot = Snapshot(answers=(impact.answer(asked),), changed=found)
        contents.append(export.to_bytes(snapshot, name, look=look, excel=excel))
    for path, content in zip(out or [], contents, strict=True):
        export.save(content, path)
    if as_json:
        terminal.print_json(found.to_dict() | {"sources": geojson.change_sources(found)})
        return
    print(f"{timeline.name(found)}\n")
    areas = {
        (row["oblast"], row["to"]): words.measure("area_km2", row["area_km2"])
        for row in found.by_oblast.to_dict(orient="records")
    }
    rows = [
        (oblast, *(areas.get((oblast, side), "–") for side in timeline.SIDES))
        for oblast in dict.fromkeys(found.by_oblast["oblast"])
    ]
    whole = (words.measure("area_km2", km2) for km2 in found.sides["area_km2"])
    head = ("Oblast", *(timeline.passed_to(side) for side in timeline.SIDES))
    terminal.print_table(head, [*rows, ("Together", *whole)])
    for side in timeline.SIDES:
        names = found.settlements.loc[found.settlements["to"] == side, "name_en"]
        if len(names):
            print(f"\n{timeline.passed_to(side)}, settlements of 500+, largest first:")
            print(textwrap.fill(", ".join(names), 100, initial_indent="  ", subsequent_indent="  "))
    terminal.print_sources(geojson.change_sources(found))
    terminal.print_saved(out or [])
    terminal.print_warnings([timeline.left_out(found)])
