"""The command-line door: ``python cli.py COMMAND``; the same engine as the dashboard.

Everything heavy is imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from data.errors import AtlasError, InputError

if TYPE_CHECKING:
    import datetime as dt

    from data.fetch import Fetched
    from events.inside import Inside
    from geo.drawing import Drawing
    from geo.impact import Impact
    from geo.link import Opened
    from geo.paper import Look
    from geo.passport import Passport
    from geo.scenario import Scenario
    from geo.snapshot import Snapshot
    from geo.style import ThemeName
    from geo.timeline import Changed

ROOT = Path(__file__).resolve().parent
MISTAKE = 2
STOPPED = 130
QUIET_S = 10.0
BOTH = "both"
SERIES_EXTENT = "Donetsk Oblast"
COUNTED_DATES = 30
_SETTINGS = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    help="What a pullback from the line of contact would mean on the ground, and for whom.",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
)
data_app = typer.Typer(
    help="The bundled tables.", rich_markup_mode=None, context_settings=_SETTINGS
)
app.add_typer(data_app, name="data")
cache_app = typer.Typer(
    help="What was fetched, in the cache folder.",
    rich_markup_mode=None,
    context_settings=_SETTINGS,
)
data_app.add_typer(cache_app, name="cache")
events_app = typer.Typer(
    help="Attacks, as reported.", rich_markup_mode=None, context_settings=_SETTINGS
)
app.add_typer(events_app, name="events")

DateOption = Annotated[
    str | None,
    typer.Option(
        "--date",
        metavar="D",
        help="Control map of this day, YYYY-MM-DD. By default the newest bundled one up to "
        "2025-12-14.",
    ),
]
SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="deepstate|owl|FILE",
        help="Who assessed control, or a file of Russian-held polygons (GeoJSON, KML, KMZ, "
        "GeoPackage, zipped Shapefile, FlatGeobuf, GeoParquet); the date is then the one in the "
        "file's name, else --date.",
    ),
]
CrsOption = Annotated[
    str | None,
    typer.Option(
        "--crs",
        metavar="EPSG",
        help="The EPSG code of the files given, where they state no CRS themselves.",
    ),
]
UkraineKmOption = Annotated[
    str | None,
    typer.Option("--ukraine-km", metavar="N", help="Ukraine pulls back N km, 0 to 40."),
]
RussiaKmOption = Annotated[
    str | None,
    typer.Option("--russia-km", metavar="N", help="Russia pulls back N km, 0 to 40."),
]
PresetOption = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="Start from a reported proposal, such as mirror-10 or free-economic-zone.",
    ),
]
UkraineLeavesOption = Annotated[
    str | None,
    typer.Option(
        "--ukraine-leaves",
        metavar="PLACE,…",
        help="Ukraine leaves what it holds in these oblasts, raions or hromadas; '' for none.",
    ),
]
RussiaLeavesOption = Annotated[
    str | None,
    typer.Option(
        "--russia-leaves",
        metavar="PLACE,…",
        help="Russia leaves what it holds in these oblasts, raions or hromadas; '' for none.",
    ),
]
ExtentOption = Annotated[
    str | None,
    typer.Option(
        "--extent",
        metavar="all|PLACE|FILE",
        help="Where it applies: everywhere, a place, or the polygons of a file.",
    ),
]
LineOption = Annotated[
    Path | None,
    typer.Option(
        "--line",
        metavar="FILE",
        help="Measure from the lines of a GeoJSON file instead of the line of contact.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.")
]
PaperOption = Annotated[
    str,
    typer.Option(
        "--paper",
        metavar="NAME",
        help="Of pictures: a4-landscape, a4-portrait, a3-landscape, a3-portrait, slide, square or "
        "social.",
    ),
]
ThemeOption = Annotated[
    str, typer.Option("--theme", metavar="NAME", help="Colours of pictures: light, dark or grey.")
]
DpiOption = Annotated[
    int, typer.Option("--dpi", metavar="N", help="Dots per inch of a .png, 100 to 600.")
]
ExcelOption = Annotated[
    bool,
    typer.Option("--excel", help="Begin a .csv with the mark by which Excel knows UTF-8."),
]


@app.command("scenario")
def scenario_command(
    date: DateOption = None,
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
    ukraine_km: UkraineKmOption = None,
    russia_km: RussiaKmOption = None,
    preset: PresetOption = None,
    ukraine_leaves: UkraineLeavesOption = None,
    russia_leaves: RussiaLeavesOption = None,
    extent: ExtentOption = None,
    line: LineOption = None,
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
    crs: CrsOption = None,
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
    as_json: JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Save as .png, .pdf, .svg, .html, .geojson, .gpkg, .kml, .csv (settlements), "
            ".figures.csv, .parquet or .zip (everything); repeatable.",
        ),
    ] = None,
    paper: PaperOption = "a4-landscape",
    theme: ThemeOption = "light",
    dpi: DpiOption = 150,
    excel: ExcelOption = False,
) -> None:
    """What lies in the zones that the two sides pull back from or leave.

    Without options both sides pull back 5 km in Donetsk Oblast (mirror-5). An option changes its
    part of that, or of the --preset. Where only places that a side leaves are given, with neither a
    distance nor a --preset, nobody pulls back, and everywhere counts.
    """
    from geo import certainty, control, curve, explain, export, tables

    formats = [export.format_of(path) for path in out or []]
    look = _look(paper, theme, dpi)
    if with_link and not as_json and (formats or with_curve or with_account):
        raise InputError(
            "--link prints the link alone; leave --out, --curve and --explain away, or add --json."
        )
    remarks: list[str] = []
    opened = _opened(from_link, preset, from_file, remarks)
    saved = _reopened(from_file, source, remarks) if from_file else None
    opened = saved.opened if saved else opened
    both = opened is not None and opened.both if source is None else source.lower() == BOTH
    first = next(iter(control.SOURCES))
    asked = _scenario(
        ukraine_km=ukraine_km,
        russia_km=russia_km,
        ukraine_leaves=ukraine_leaves,
        russia_leaves=russia_leaves,
        extent=extent,
        line=line,
        preset=preset,
        source=None if source is None else first if both else _source(source),
        date=date,
        crs=crs,
        remarks=remarks,
        start=opened.scenario if opened else None,
    )
    url = _link(asked, opened, both=both, address=address) if with_link else ""
    if with_link and not as_json:
        print(url)
        _print_warnings(remarks)
        return
    impact = _answer(asked, crs)
    drawings = opened.drawings if opened else ()
    if both:
        if formats or with_curve or with_account:
            raise InputError(
                "--source both only compares; give one source with --out, --curve or --explain."
            )
        _print_both(impact, as_json=as_json, remarks=remarks, url=url, drawings=drawings)
        return
    snapshot = _snapshot(impact, drawings, address)
    remarks += saved.differences(snapshot) if saved else []
    # Everything is made before anything is saved: a fault then leaves no half of the files.
    contents = [
        tables.curve_csv(impact, excel=excel)
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
    plus_minus = certainty.sensitivity(impact) if with_account else None
    account = explain.account(impact, plus_minus=plus_minus, other=other) if with_account else []
    if as_json:
        document = impact.to_dict() | ({"link": url} if with_link else {})
        document["warnings"] += remarks
        if drawings:
            document["drawings"] = _drawings_json(drawings, asked)
        if with_curve:
            document |= curve.to_dict(impact)
        if plus_minus is not None:
            document["explanation"] = [{"about": about, "told": told} for about, told in account]
            document |= certainty.to_dict(plus_minus, other)
        _print_json(document)
        return
    _print_impact(impact, other)
    if drawings:
        _print_drawings(drawings, asked)
    if with_curve:
        _print_curve(impact)
    for about, told in account:
        print(f"\n{about}\n  " + "\n  ".join(told))
    _print_saved(out or [])
    _print_warnings([*impact.warnings, *remarks])


@app.command("batch")
def batch_command(
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
        int | None,
        typer.Option(
            "--jobs", metavar="N", min=1, help="How many processes; by default one a core."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Many scenarios at once: every format of each, an index page and a table of all figures.

    What is finished is left as it is, so that the same command goes on where it was stopped.
    """
    from geo import batch, export

    wanted = export.FORMATS if formats is None else formats.split(",")
    try:
        with _rows_bar() as tell:
            report = batch.run(table, out, formats=wanted, jobs=jobs, tell=tell)
    except KeyboardInterrupt as stop:
        print("stopped: the same command goes on where this one was.", file=sys.stderr)
        raise typer.Exit(STOPPED) from stop
    if as_json:
        _print_json(batch.summary(report))
    else:
        before = len(report.done) - report.made
        print(f"{report.made} rows made, {before} were there, {len(report.faults)} left out.")
        _print_saved([report.index])
        _print_warnings(report.notes)
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


@app.command("line")
def line_command(
    date: DateOption = None,
    source: SourceOption = "deepstate",
    crs: CrsOption = None,
    series: Annotated[
        bool,
        typer.Option(
            "--series",
            help="Every bundled date: length, Russian-held ground, Kyiv-held Donetsk Oblast.",
        ),
    ] = False,
    as_json: JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", metavar="FILE", help="Save as .geojson, .gpkg or .kml; repeatable."),
    ] = None,
) -> None:
    """The line of contact and its length, by oblast."""
    from geo import control, export, geojson, words

    formats = [export.format_of(path, export.LINE_FORMATS) for path in out or []]
    remarks: list[str] = []
    known = _source(source)
    if series:
        if formats or date is not None:
            raise InputError("--series tells of every date; leave --date and --out away.")
        if known not in control.SOURCES:
            raise InputError("--series tells of a bundled source; give deepstate or owl.")
        _print_series(known, as_json=as_json)
        return
    ground = control.load(_date(date, known, remarks), known, crs_code=_crs(crs))
    parts = control.parts_of_line(ground)
    front = parts[parts["along"] == control.FRONT].sort_values("length_km", ascending=False)
    rows = list(zip(front["oblast"], front["length_km"].round(1), strict=True))
    sources = geojson.line_sources(ground)
    contents = [export.line_to_bytes(ground, name) for name in formats]
    for path, content in zip(out or [], contents, strict=True):
        export.save(content, path)
    if as_json:
        _print_json(
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
    _print_table(("Oblast", "Length"), [*table, ("Together", f"{ground.line_km:,.0f} km")])
    print(f"\nAnd {ground.shore_km:,.0f} km along the {control.SHORE}, not counted.")
    _print_sources(sources)
    _print_saved(out or [])
    _print_warnings([*ground.repairs, *remarks])


@app.command("timeline")
def timeline_command(
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
    as_json: JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Save the changed ground in any format of the scenario command; every date of "
            "both assessors as .csv; repeatable.",
        ),
    ] = None,
    paper: PaperOption = "a4-landscape",
    theme: ThemeOption = "light",
    dpi: DpiOption = 150,
    excel: ExcelOption = False,
) -> None:
    """What changed hands between two dates, by oblast and settlement."""
    from geo import control, export, geojson, scenario, tables, timeline, words

    formats = [export.format_of(path) for path in out or []]
    look = _look(paper, theme, dpi)
    dates = control.dates(source)
    last = control.newest_date(source) if until is None else _day("--to", until)
    first = timeline.before_of(last, dates) if since is None else _day("--from", since)
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
            snapshot = _snapshot(_answer(asked), changed=found)
        contents.append(export.to_bytes(snapshot, name, look=look, excel=excel))
    for path, content in zip(out or [], contents, strict=True):
        export.save(content, path)
    if as_json:
        _print_json(found.to_dict() | {"sources": geojson.change_sources(found)})
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
    _print_table(head, [*rows, ("Together", *whole)])
    for side in timeline.SIDES:
        names = found.settlements.loc[found.settlements["to"] == side, "name_en"]
        if len(names):
            print(f"\n{timeline.passed_to(side)}, settlements of 500+, largest first:")
            print(textwrap.fill(", ".join(names), 100, initial_indent="  ", subsequent_indent="  "))
    _print_sources(geojson.change_sources(found))
    _print_saved(out or [])
    print(f"note: {timeline.left_out(found)}", file=sys.stderr)


@app.command("check")
def check_command(
    date: DateOption = None,
    extent: Annotated[
        str,
        typer.Option("--extent", metavar="all|PLACE", help="Where the figures are compared."),
    ] = "Donetsk Oblast",
    detail: Annotated[
        Path | None,
        typer.Option(
            "--detail", metavar="DIR", help="A folder of source files to compare the tables with."
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Save the method's figure as .png."),
    ] = None,
) -> None:
    """How far the figures hold: what docs/method.md quotes, computed again."""
    from geo import check, check_figure, control, export

    if figure is not None:
        export.format_of(figure, ["png"])
    day = _date(date, next(iter(control.SOURCES)), [])
    print(check.text(check.report(day, extent=extent, detail_dir=detail)))
    if figure is not None:
        export.save(check_figure.png(day), figure)
        _print_saved([figure])


def _print_series(source: str, *, as_json: bool) -> None:
    from geo import control, places, words

    table = control.series(source, places.find(SERIES_EXTENT).geometry)
    if as_json:
        rows = table.round(1).assign(date=table["date"].map(str)).to_dict(orient="records")
        _print_json({"source": control.SOURCES[source], "extent": SERIES_EXTENT, "series": rows})
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
    _print_table(head, lines)


@events_app.command("counts")
def events_counts(
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
    as_json: JsonOption = False,
    out: Annotated[
        list[Path] | None, typer.Option("--out", metavar="FILE", help="Save as .csv.")
    ] = None,
) -> None:
    """What the Air Force reported launched and stopped, by weapon class.

    A night belongs to the date on which it ends. Missing reports are gaps, not noughts.
    """

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
        since=_day("--from", since) if since else None,
        until=_day("--to", until) if until else None,
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
        _print_json(document)
        return
    heads, rows = report.plain(document)
    _print_table(heads, rows, right=range(2, len(heads)))
    for sentence in report.plain_statements(document):
        print(f"\n{sentence}")
    _print_sources(document["sources"])
    _print_saved(out or [])
    _print_warnings(document["warnings"])


@events_app.command("inside")
def events_inside(
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
    date: DateOption = None,
    source: SourceOption = "deepstate",
    ukraine_km: UkraineKmOption = None,
    russia_km: RussiaKmOption = None,
    preset: PresetOption = None,
    ukraine_leaves: UkraineLeavesOption = None,
    russia_leaves: RussiaLeavesOption = None,
    extent: ExtentOption = None,
    line: LineOption = None,
    crs: CrsOption = None,
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
    as_json: JsonOption = False,
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", metavar="FILE", help="Save the rows inside as .csv."),
    ] = None,
) -> None:
    """How many events of a file lie in each side's zone, and how densely.

    The scenario is asked as in the scenario command. Files may be larger than memory.
    """
    from events import inside
    from geo import control, export
    from geo.pullback import pull_back

    for path in out or []:
        export.format_of(path, ["csv"])
        _keep_apart(path, file)
    remarks: list[str] = []
    asked = _scenario(
        ukraine_km=ukraine_km,
        russia_km=russia_km,
        ukraine_leaves=ukraine_leaves,
        russia_leaves=russia_leaves,
        extent=extent,
        line=line,
        preset=preset,
        source=_source(source),
        date=date,
        crs=crs,
        remarks=remarks,
    )
    ground = control.load(asked.date, asked.source, crs_code=_crs(crs))
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
        _print_json(document)
        return
    _print_inside(found)
    _print_saved(out or [])
    _print_warnings([*found.warnings, *remarks])


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
    _print_table(("Zone of", *heads.values()), rows)
    if len(found.by_oblast):
        rows = [
            (str(row["oblast"]), words.SIDES[str(row["side"])], *_figures(row, heads))
            for _, row in found.by_oblast.iterrows()
        ]
        print()
        _print_table(("Oblast", "Zone of", *heads.values()), rows, right=range(2, 6))
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
        _print_table((kind, *words.SIDES.values()), rows)
    print(f"\nRead: {found.read:,} rows ({found.engine} engine)")
    for reason, left in found.left_out.items():
        print(f"Left out, {reason}: {left:,} (first: {found.first_at[str(reason)]})")
    _print_sources(found.sources)


def _figures(row: Any, heads: Iterable[str]) -> list[str]:
    """A row's figures; densities with one decimal, a dash where there is no ground."""
    import math

    return [
        "–" if math.isnan(row[name]) else f"{row[name]:,.{1 if 'per_100' in name else 0}f}"
        for name in heads
    ]


@data_app.command("list")
def data_list(as_json: JsonOption = False) -> None:
    """The bundled tables: rows, date, terms."""
    from data import catalog

    entries = list(catalog.datasets().values())
    if as_json:
        _print_json({"datasets": [dataclasses.asdict(entry) for entry in entries]})
        return
    rows = [(entry.id, f"{entry.rows:,}", entry.title, entry.as_of) for entry in entries]
    _print_table(("Name", "Rows", "What", "As of"), rows, right=(1,))
    print("\nTerms, sources and checksums: data/README.md, or --json.")


@data_app.command("build")
def data_build(
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
    _print_table(None, [*rows, ("together", "", f"{size_mb * 1e3:,.0f} kB")], right=(1, 2))
    if notes:
        print("\n" + "\n".join(noted))
    elif noted:
        print(f"\n{len(noted)} notes on what was left out, joined or is doubtful: see --notes.")


@data_app.command("fetch")
def data_fetch(
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
    as_json: JsonOption = False,
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
            _print_json({"source": name, "file": str(kept)})
        else:
            print(f"Saved {kept}")
        return
    days = asked if asked is not None else _latest(name)
    try:
        with _days_bar(source.title) as tell:
            found = fetching.fetch(
                name, days, on_progress=tell, confirm_area=confirm_area, again=again
            )
    except KeyboardInterrupt as stop:
        print("stopped: the same command goes on where this one was.", file=sys.stderr)
        raise typer.Exit(STOPPED) from stop
    _report_fetched(name, found, as_json=as_json)


def _days_to_fetch(
    date: str | None, first: str | None, last: str | None, *, latest: bool
) -> list[dt.date] | None:
    """The days that the options name; None for the newest."""
    import datetime as dt

    from data import checked

    if (date is not None) + (first is not None) + latest != 1 or (last and first is None):
        raise InputError("give one of --date, --from (with --to) and --latest.")
    if latest:
        return None
    if date is not None:
        return [_day("--date", date)]
    begin = _day("--from", str(first))
    end = _day("--to", last) if last else checked.today()
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
        _print_json(
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
        _print_warnings(
            f"{day.isoformat()}: {each}" for day, said in found.notes.items() for each in said
        )
    for day, why in found.refused.items():
        hint = "; give --confirm-area to take it" if day in found.unconfirmed else ""
        print(f"{day.isoformat()}: {str(why).rstrip('.')}{hint}.", file=sys.stderr)
    if found.refused:
        raise typer.Exit(1)


@cache_app.command("list")
def data_cache_list(as_json: JsonOption = False) -> None:
    """What was fetched: days, size, and what did not pass."""
    from data import cache, upstream

    rows = [_cached(name) for name in sorted(upstream.upstreams())]
    aside = {label: str(told.get("reason", "")) for label, told in cache.quarantined().items()}
    if as_json:
        _print_json({"folder": str(cache.folder()), "sources": rows, "quarantine": aside})
        return
    print(f"{cache.folder()}\n")
    cells = [
        (
            str(row["source"]),
            f"{row['files']:,}",
            f"{row['first']} to {row['last']}" if row["first"] else "–",
            f"{row['bytes'] / 1e3:,.0f} kB",
        )
        for row in rows
    ]
    _print_table(("Name", "Files", "Days", "Size"), cells, right=(1, 3))
    if aside:
        print("\nDid not pass")
        for label, why in aside.items():
            print(f"  {label}: {why}")


def _cached(name: str) -> dict[str, Any]:
    """One row of `data cache list`."""
    from data import cache, fetch_file, stored, upstream

    if upstream.upstream(name).kind == upstream.CONTROL:
        days = [day.isoformat() for day in stored.days(name)]
        folder, count = cache.folder() / "control" / name, len(days)
    else:
        days, folder = [], fetch_file.path(name).parent
        count = int(fetch_file.path(name).exists())
    return {
        "source": name,
        "files": count,
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
        "bytes": cache.size(folder),
    }


@cache_app.command("check")
def data_cache_check(as_json: JsonOption = False) -> None:
    """Whether everything fetched is still what was checked; exit status 1 where it is not."""
    from data import fetch_file, stored, upstream

    checked, damaged = 0, []
    for source in upstream.upstreams().values():
        if source.kind == upstream.CONTROL:
            days = stored.days(source.id)
            checked += len(days)
            damaged += [
                f"{source.id} {day.isoformat()}"
                for day in days
                if not stored.intact(source.id, day)
            ]
        elif fetch_file.path(source.id).exists():
            checked += 1
            damaged += [] if fetch_file.intact(source.id) else [source.id]
    if as_json:
        _print_json({"checked": checked, "damaged": damaged})
    else:
        print(f"Checked: {checked:,} files, {len(damaged):,} damaged")
        for each in damaged:
            print(f"  {each}: damaged; fetch it again")
    if damaged:
        raise typer.Exit(1)


@cache_app.command("clear")
def data_cache_clear(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of this source only.")] = None,
) -> None:
    """Remove what was fetched, of one source or of all, and forget that its terms were accepted."""
    from data import cache, upstream

    gone = cache.clear(upstream.upstream(name).id if name else None)
    print(f"Removed {gone / 1e3:,.0f} kB from {cache.folder()}")


@app.command("serve")
def serve_command(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where it listens.")] = 8501,
) -> None:
    """The web dashboard, at http://localhost:8501."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as fault:
            reason = (fault.strerror or str(fault)).lower()
            raise InputError(f"port {port} cannot be used ({reason}); try another.") from fault
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    os.chdir(ROOT)
    # Not a child: whoever ends this process ends the server.
    os.execv(sys.executable, command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; a mistake is one line on stderr and status 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(args=given or ["--help"], prog_name="cli.py", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read this has seen enough; Python must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except typer.TyperException as mistake:
        return _complain(_with_choices(mistake.format_message()))
    except AtlasError as mistake:
        return _complain(str(mistake))
    return int(status or 0)


def _complain(sentence: str) -> int:
    print(f"error: {' '.join(sentence.split())}", file=sys.stderr)
    return MISTAKE


def _with_choices(sentence: str) -> str:
    """The parser's complaint, with the commands there are where one was misspelt or left out."""
    if sentence.startswith(("No such command", "Missing command")):
        known = (
            "scenario, line, check, events counts, events inside, data list, data build, "
            "data fetch, data cache list, data cache check, data cache clear, timeline, "
            "batch or serve"
        )
        return f"{sentence.rstrip('.')}; choose {known}."
    return sentence


def _scenario(
    *,
    extent: str | None,
    preset: str | None,
    source: str | None,
    date: str | None,
    crs: str | None,
    remarks: list[str],
    line: Path | None = None,
    start: Scenario | None = None,
    **given: str | None,
) -> Scenario:
    """The scenario that the options ask for; each changes its part of a preset or of a start.

    ``given`` are distances and places by field.
    """
    from geo import asking

    texts = given | {"extent": extent, "preset": preset, "source": source, "date": date}
    texts["line"] = None if line is None else str(line)
    return asking.ask(texts, remarks=remarks, start=start, crs=_crs(crs), mark="--")


def _opened(
    address: str | None, preset: str | None, file: Path | None, remarks: list[str]
) -> Opened | None:
    """What a link holds, with a remark on what of it could not be used."""
    from geo import link

    if sum(start is not None for start in (address, preset, file)) > 1:
        raise InputError("give one of --from, --from-link and --preset: each is a whole scenario.")
    if address is None:
        return None
    opened = link.from_address(address)
    remarks += opened.complaints
    return opened


@dataclasses.dataclass(frozen=True)
class _Saved:
    """A file that was saved, and what of it is asked again."""

    passport: Passport
    opened: Opened

    def differences(self, now: Snapshot) -> list[str]:
        """What differs between the file and the answer now."""
        from geo import reopen

        return reopen.told(self.passport, now)


def _reopened(file: Path, source: str | None, remarks: list[str]) -> _Saved:
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
    remarks += told
    return _Saved(found, Opened(asked, found.drawings, None, False, language.current(), ()))


def _look(paper: str, theme: str, dpi: int) -> Look:
    from geo.paper import Look

    return Look(paper=paper, theme=cast("ThemeName", theme), dpi=dpi)


def _snapshot(
    impact: Impact,
    drawings: Iterable[Drawing] = (),
    address: str | None = None,
    *,
    changed: Changed | None = None,
) -> Snapshot:
    """What a file of an answer shows, with those of the drawings that can be answered."""
    from geo.snapshot import Snapshot

    answered = [(one, _drawing_answer(one, impact.scenario)[0]) for one in drawings]
    return Snapshot(
        answers=(impact,),
        drawn=tuple((one, answer) for one, answer in answered if answer is not None),
        changed=changed,
        address=address,
    )


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


def _drawings_json(drawings: Iterable[Drawing], base: Scenario) -> list[dict[str, Any]]:
    """What was drawn and what it gives, for a JSON document."""
    from geo.impact import by_side

    rows = []
    for drawing in drawings:
        impact, fault = _drawing_answer(drawing, base)
        size = {"length_km": round(drawing.length_km, 1)}
        if drawing.kind == "area":
            size["area_km2"] = round(drawing.area_km2, 1)
        rows.append(
            {"name": drawing.name, "kind": drawing.kind, **size}
            | {f"{side}_km": getattr(drawing, f"{side}_km") for side in ("ukraine", "russia")}
            | {"points": drawing.points, "sides": by_side(impact.sides) if impact else None}
            | ({"fault": fault} if fault else {})
        )
    return rows


def _print_drawings(drawings: Iterable[Drawing], base: Scenario) -> None:
    from geo import words

    rows: list[Sequence[str]] = []
    for drawing in drawings:
        impact, fault = _drawing_answer(drawing, base)
        size = words.number(drawing.length_km, digits=3) + " km"
        if drawing.kind == "area":
            size = words.number(drawing.area_km2, digits=3) + " km²"
        rows.append((f"{drawing.name} ({drawing.kind}, {size})", "", "", "", ""))
        if impact is None:
            rows[-1] = (f"{rows[-1][0]}: {fault}", "", "", "", "")
            continue
        for side, name in words.SIDES.items():
            deed = words.deed(getattr(drawing, f"{side}_km"), ())
            rows.append((f"  {name} {deed}", *_told(impact, side)))
    print()
    _print_table(("Drawn", *words.MEASURES.values()), rows)


def _drawing_answer(drawing: Drawing, base: Scenario) -> tuple[Impact | None, str]:
    try:
        drawing.check()
        return _answer(drawing.to_scenario(base)), ""
    except InputError as fault:
        return None, str(fault)


def _source(text: str) -> str:
    """The id of a bundled source, or the path of a file that is there."""
    from geo import asking

    return asking.source(text, mark="--")


def _date(text: str | None, source: str, remarks: list[str]) -> dt.date:
    """The day asked for; with a file, the one in its name, which describes it better."""
    from geo import asking

    return asking.date(text, source, remarks, mark="--")


def _crs(text: str | None) -> int | None:
    """The EPSG code that an option names."""
    from geo import upload

    code = None if text is None else upload.epsg_code(text)
    if text is not None and code is None:
        raise InputError(f"--crs is {text!r}; give a known EPSG code, such as 32637.")
    return code


def _answer(asked: Scenario, crs: str | None = None) -> Impact:
    from geo import control
    from geo.impact import assess
    from geo.pullback import pull_back

    ground = control.load(asked.date, asked.source, crs_code=_crs(crs))
    return assess(pull_back(ground, asked), ground, asked)


def _day(option: str, text: str) -> dt.date:
    from geo import asking

    return asking.day(text, name=option)


def _print_impact(impact: Impact, other: Impact | None) -> None:
    """The answer; under each side's figures those on the other assessor's map."""
    from geo import words

    print(impact.scenario.title())
    print(words.subtitle(impact.control.title, impact.control.date) + "\n")
    rows: list[Sequence[str]] = []
    for side, name in words.SIDES.items():
        rows.append((f"{name} {words.deed(*_asked(impact.scenario, side))}", *_told(impact, side)))
        if other is not None:
            rows.append((f"  by {other.control.title}", *_told(other, side)))
    _print_table(("", *words.MEASURES.values()), rows)
    if len(impact.by_oblast):
        columns = ("area_km2", "residents_2022", "settlements")
        rows = [
            (
                row["oblast"],
                words.SIDES[row["side"]],
                *(words.measure(key, _known(row[key])) for key in columns),
            )
            for row in impact.by_oblast.to_dict("records")
        ]
        print()
        heads = (words.MEASURES[key] for key in columns)
        _print_table(("Oblast", "Side", *heads), rows, right=(2, 3, 4))
    _print_sources(impact.sources)


def _told(impact: Impact, side: str) -> list[str]:
    from geo import words

    return [words.measure(key, float(impact.sides[key][side])) for key in words.MEASURES]


def _print_both(
    impact: Impact,
    *,
    as_json: bool,
    remarks: list[str],
    url: str = "",
    drawings: Sequence[Drawing] = (),
) -> None:
    """One question on both assessors' maps, with the range of each figure."""
    from geo import certainty, words

    other = certainty.other_answer(impact.scenario)
    if other is None:
        raise InputError(f"only one assessor has a control map of {impact.control.date}.")
    differing = certainty.dispute(impact.control, other.control)
    repairs = [
        f"{by.control.title}: {text}" for by in (impact, other) for text in by.control.repairs
    ]
    shared = [
        text for by in (impact, other) for text in by.warnings if text not in by.control.repairs
    ]
    notes = [*repairs, *dict.fromkeys(shared), *remarks]
    if as_json:
        answers = {answer.scenario.source: answer.to_dict() for answer in (impact, other)}
        _print_json(
            {
                "by_source": answers,
                "range": certainty.ranges(impact, other),
                "dispute": differing.to_dict(),
                "warnings": notes,
            }
            | ({"link": url} if url else {})
            | ({"drawings": _drawings_json(drawings, impact.scenario)} if drawings else {})
        )
        return
    print(impact.scenario.title())
    print(
        f"{impact.control.title} and {other.control.title}, {words.day(impact.control.date)} · "
        "residents as counted on 1 January 2022 · illustrative\n"
    )
    rows: list[Sequence[str]] = []
    for side, name in words.SIDES.items():
        rows.append((f"{name} {words.deed(*_asked(impact.scenario, side))}", "", "", "", ""))
        for answer in (impact, other):
            rows.append((f"  {answer.control.title}", *_told(answer, side)))
    _print_table(("", *words.MEASURES.values()), rows)
    for row in differing.to_dict()["ground"]:
        print(
            f"\nRussian-held by {row['held_by']} only: {row['area_km2']:,.0f} km² in the country."
        )
    if drawings:
        _print_drawings(drawings, impact.scenario)
    _print_sources([*impact.sources[:1], *other.sources])
    _print_warnings(notes)


def _print_curve(impact: Impact) -> None:
    from geo import curve, words

    known = curve.curve(impact.control, impact.scenario).set_index(["distance_km", "side"])
    heads = ("area_km2", "residents_2022", "settlements")
    rows = [
        (
            f"{distance_km:g} km",
            *(
                words.measure(key, float(known[key][(distance_km, side)]))
                for side in words.SIDES
                for key in heads
            ),
        )
        for distance_km in known.index.unique("distance_km")
    ]
    titles = [
        f"{name}: {words.MEASURES[key].lower()}" for name in words.SIDES.values() for key in heads
    ]
    print()
    _print_table(("Distance", *titles), rows)
    print()
    balance = curve.balance(impact, curve.curve(impact.control, impact.scenario))
    for sentence in words.balance(balance, impact.control.title):
        print(sentence)


def _asked(scenario: Scenario, side: str) -> tuple[float, tuple[str, ...]]:
    return getattr(scenario, f"{side}_km"), getattr(scenario, f"{side}_leaves")


def _known(value: Any) -> float:
    import pandas as pd

    return float("nan") if pd.isna(value) else float(value)


def _print_sources(sources: Iterable[dict[str, str]]) -> None:
    print("\nSources")
    for source in sources:
        print(f"  {source['title']}: {source['as_of']}; {source['licence']}")


def _print_saved(paths: Iterable[Path]) -> None:
    for number, path in enumerate(paths):
        print(f"{'' if number else chr(10)}Saved {path}")


def _print_warnings(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"note: {sentence}", file=sys.stderr)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def _print_table(
    head: Sequence[str] | None,
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] | None = None,
) -> None:
    """Aligned columns; those of `right` flush right, by default all but the first."""
    lines = [head, *rows] if head else list(rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    flush_right = range(1, len(widths)) if right is None else right
    for line in lines:
        cells: list[str] = []
        for column, (text, width) in enumerate(zip(line, widths, strict=True)):
            align: Callable[[int], str] = text.rjust if column in flush_right else text.ljust
            cells.append(align(width))
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    sys.exit(main())
