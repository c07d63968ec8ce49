"""``python cli.py scenario``: what lies in the zones of one scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from data import terminal
from data.errors import AtlasError, InputError
from geo import options

if TYPE_CHECKING:
    from geo.link import Opened
    from geo.passport import Passport
    from geo.scenario import Scenario
    from geo.style import ThemeName

BOTH = "both"
"""The ``--source`` that asks every assessor."""


def run(
    date: options.DateOption = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="deepstate|owl|both|FILE",
            help="Who assessed control, both side by side, or a file of Russian-held polygons "
            "(GeoJSON, KML, KMZ, GeoPackage, zipped Shapefile, FlatGeobuf, GeoParquet); the date "
            "is then the one in the file's name, else --date.",
            show_default="deepstate",
        ),
    ] = None,
    ukraine_km: options.UkraineKmOption = None,
    russia_km: options.RussiaKmOption = None,
    preset: options.PresetOption = None,
    ukraine_leaves: options.UkraineLeavesOption = None,
    russia_leaves: options.RussiaLeavesOption = None,
    extent: options.ExtentOption = None,
    line: options.LineOption = None,
    from_link: Annotated[
        str | None,
        typer.Option(
            "--from-link",
            metavar="URL",
            help="Start from a link of the dashboard, with what was drawn there.",
        ),
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Start from a file saved by the atlas (any format but .csv), with what was drawn "
            "in it.",
        ),
    ] = None,
    with_link: Annotated[
        bool,
        typer.Option("--link", help="Print the link that opens this in the dashboard, only."),
    ] = False,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="URL",
            help="Where the dashboard is, for --link.",
            show_default="http://localhost:8501",
        ),
    ] = None,
    crs: options.CrsOption = None,
    with_curve: Annotated[
        bool,
        typer.Option(
            "--curve",
            help="The figures for every distance from 0 to 40 km, and which distances are equal; "
            "a .csv then holds the curve.",
        ),
    ] = False,
    with_account: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="How every figure was computed, what an error of 1 km in the line does to it, and "
            "what the other assessor says.",
        ),
    ] = False,
    as_json: terminal.JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Save as .png, .pdf, .svg, .html, .geojson, .gpkg, .kml, .csv (settlements), "
            ".figures.csv, .parquet or .zip (everything); repeatable.",
        ),
    ] = None,
    paper: options.PaperOption = "a4-landscape",
    theme: options.ThemeOption = "light",
    dpi: options.DpiOption = "150",
    excel: options.ExcelOption = False,
) -> None:
    """What lies in the zones that the two sides pull back from or leave.

    Without options both sides pull back 5 km in Donetsk Oblast (mirror-5). An option changes its
    part of that, or of the --preset. Where only places that a side leaves are given, with neither a
    distance nor a --preset, nobody pulls back, and everywhere counts.
    """
    from geo import (
        asking,
        certainty,
        control,
        curve,
        explain,
        export,
        impact,
        link,
        reopen,
        scenario_terminal,
        tables,
    )
    from geo.paper import Look
    from geo.snapshot import Snapshot

    formats = [export.format_of(path) for path in out or []]
    look = Look(paper=paper, theme=cast("ThemeName", theme), dpi=terminal.whole(dpi, "--dpi"))
    if with_link and not as_json and (formats or with_curve or with_account):
        raise InputError(
            "--link prints the link alone; leave --out, --curve and --explain away, or add --json."
        )
    if sum(start is not None for start in (from_link, preset, from_file)) > 1:
        raise InputError("give one of --from, --from-link and --preset: each is a whole scenario.")
    remarks: list[str] = []
    passport, opened = None, None
    if from_link is not None:
        opened = link.from_address(from_link)
        remarks += opened.complaints
    elif from_file is not None:
        passport, opened = _reopened(from_file, source, remarks)
    both = opened is not None and opened.both if source is None else source.lower() == BOTH
    first = next(iter(control.SOURCES))
    known = None if source is None else first if both else asking.source(source, mark="--")
    code = options.crs_code(crs)
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
        start=opened.scenario if opened else None,
        crs=code,
        mark="--",
    )
    url = _link(asked, opened, both=both, address=address) if with_link else ""
    if with_link and not as_json:
        print(url)
        terminal.print_warnings(remarks)
        return
    answer = impact.answer(asked, crs_code=code)
    if both and (formats or with_curve or with_account):
        raise InputError(
            "--source both only compares; give one source with --out, --curve or --explain."
        )
    drawn = scenario_terminal.drawn(opened.drawings if opened else (), asked)
    if both:
        scenario_terminal.print_both(answer, drawn, as_json=as_json, remarks=remarks, url=url)
        return
    snapshot = Snapshot(
        answers=(answer,),
        drawn=tuple((one.drawing, one.impact) for one in drawn if one.impact is not None),
        address=address,
    )
    remarks += reopen.told(passport, snapshot) if passport else []
    # Everything is made before anything is saved: a fault then leaves no half of the files.
    contents = [
        tables.curve_csv(answer, excel=excel)
        if with_curve and name == "csv"
        else export.to_bytes(snapshot, name, look=look, excel=excel)
        for name in formats
    ]
    for path, content in zip(out or [], contents, strict=True):
        export.save(content, path)
    other = None
    if with_account or not as_json:
        try:
            other = certainty.other_answer(asked)
        except AtlasError as fault:
            remarks.append(f"the other assessor's map cannot be used: {fault}")
    plus_minus = certainty.sensitivity(answer) if with_account else None
    account = explain.account(answer, plus_minus=plus_minus, other=other) if with_account else []
    if as_json:
        document = answer.to_dict() | ({"link": url} if with_link else {})
        document["warnings"] += remarks
        if drawn:
            document["drawings"] = scenario_terminal.drawn_json(drawn)
        if with_curve:
            document |= curve.to_dict(answer)
        if plus_minus is not None:
            document["explanation"] = [{"about": about, "told": told} for about, told in account]
            document |= certainty.to_dict(plus_minus, other)
        terminal.print_json(document)
        return
    scenario_terminal.print_impact(answer, other)
    if drawn:
        scenario_terminal.print_drawn(drawn)
    if with_curve:
        scenario_terminal.print_curve(answer)
    for about, told in account:
        print(f"\n{about}\n  " + "\n  ".join(told))
    terminal.print_saved(out or [])
    terminal.print_warnings([*answer.warnings, *remarks])


def _reopened(file: Path, source: str | None, remarks: list[str]) -> tuple[Passport, Opened]:
    """What a saved file asks; where a source is given, on whatever map that is."""
    from data import language
    from geo import reopen, upload
    from geo.link import Opened

    # One more than may be: what reads it says that it is too large.
    content = upload.start_of(file, reopen.LARGEST_BYTES + 1)
    found = reopen.read(content, name=str(file))
    asked, told = reopen.shown(found)
    if source is None:
        asked, more = reopen.answerable(asked)
        told = [*told, *more]
    remarks += reopen.damage(content) + told
    return found, Opened(asked, found.drawings, None, False, language.current(), ())


def _link(asked: Scenario, opened: Opened | None, *, both: bool, address: str | None) -> str:
    """The address that opens a scenario, with what else stood in the link that it began with."""
    from data import language
    from geo import control, link

    if asked.source not in control.SOURCES:
        raise InputError("a link cannot hold a file; give a bundled --source with --link.")
    query = link.to_query(
        asked,
        drawings=opened.drawings if opened else (),
        view=opened.view if opened else None,
        both=both,
        language=opened.language if opened else language.ENGLISH,
    )
    if {field for field in ("area", "line") if getattr(asked, field)} - query.keys():
        raise InputError("the area or line has too many corners for a link; simplify it first.")
    return link.to_address(query, base=address or link.DEFAULT_ADDRESS)
