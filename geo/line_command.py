"""``python cli.py line``: the line of contact on a date, or its length on all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data import terminal
from data.errors import InputError
from geo import options

SERIES_EXTENT = "Donetsk Oblast"
"""Where the series measures Kyiv-held ground."""


def run(
    date: options.DateOption = None,
    source: options.SourceOption = "deepstate",
    crs: options.CrsOption = None,
    series: Annotated[
        bool,
        typer.Option(
            "--series",
            help="Every bundled date: length, Russian-held ground, Kyiv-held Donetsk Oblast.",
        ),
    ] = False,
    as_json: terminal.JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", metavar="FILE", help="Save as .geojson, .gpkg or .kml; repeatable."),
    ] = None,
) -> None:
    """The line of contact and its length, by oblast."""
    from geo import asking, control, export, geojson, words

    formats = [export.format_of(path, export.LINE_FORMATS) for path in out or []]
    remarks: list[str] = []
    known = asking.source(source, mark="--")
    if series:
        if formats or date is not None:
            raise InputError("--series tells of every date; leave --date and --out away.")
        if known not in control.SOURCES:
            raise InputError("--series tells of a bundled source; give deepstate or owl.")
        _print_series(known, as_json=as_json)
        return
    day = asking.date(date, known, remarks, mark="--")
    ground = control.load(day, known, crs_code=options.crs_code(crs))
    parts = control.parts_of_line(ground)
    front = parts[parts["along"] == control.FRONT].sort_values("length_km", ascending=False)
    rows = list(zip(front["oblast"], front["length_km"].round(1), strict=True))
    sources = geojson.line_sources(ground)
    contents = [export.line_to_bytes(ground, name) for name in formats]
    for path, content in zip(out or [], contents, strict=True):
        export.save(content, path)
    if as_json:
        terminal.print_json(
            {
                "control": ground.to_dict(),
                "by_oblast": [{"oblast": oblast, "length_km": km} for oblast, km in rows],
                "reservoir_shore_km": round(ground.shore_km, 1),
                "sources": sources,
                "warnings": [*ground.repairs, *remarks],
            }
        )
        return
    print(f"Line of contact on {words.day(ground.date)} ({ground.title})\n")
    table = [(oblast, f"{km:,.0f} km") for oblast, km in rows]
    terminal.print_table(("Oblast", "Length"), [*table, ("Together", f"{ground.line_km:,.0f} km")])
    print(f"\nAnd {ground.shore_km:,.0f} km along the {control.SHORE}, not counted.")
    terminal.print_sources(sources)
    terminal.print_saved(out or [])
    terminal.print_warnings([*ground.repairs, *remarks])


def _print_series(source: str, *, as_json: bool) -> None:
    from geo import control, places, words

    table = control.series(source, places.find(SERIES_EXTENT).geometry)
    if as_json:
        rows = table.round(1).assign(date=table["date"].map(str)).to_dict(orient="records")
        terminal.print_json(
            {"source": control.SOURCES[source], "extent": SERIES_EXTENT, "series": rows}
        )
        return
    print(f"Line of contact by {control.SOURCES[source]}, every bundled date\n")
    head = (
        *("Date", "Length", "Shore of the former reservoir", "Russian-held in Ukraine"),
        f"Kyiv-held in {SERIES_EXTENT}",
    )
    lines = [
        (
            words.day(row["date"]),
            *(f"{row[name]:,.0f} km" for name in ("line_km", "shore_km")),
            *(f"{row[name]:,.0f} km²" for name in ("held_km2", "kyiv_km2")),
        )
        for row in table.to_dict(orient="records")
    ]
    terminal.print_table(head, lines)
