"""The command-line door: ``python cli.py COMMAND``; the same engine as the dashboard.

Everything heavy is imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import AtlasError, InputError

if TYPE_CHECKING:
    import datetime as dt

    from events.inside import Inside
    from geo.drawing import Drawing
    from geo.impact import Impact
    from geo.link import Opened
    from geo.scenario import Scenario

ROOT = Path(__file__).resolve().parent
MISTAKE = 2
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
        typer.Option("--out", metavar="FILE", help="Save as .png, .geojson or .csv; repeatable."),
    ] = None,
) -> None:
    """What lies in the zones that the two sides pull back from or leave.

    Without options both sides pull back 5 km in Donetsk Oblast (mirror-5). An option changes its
    part of that, or of the --preset. Where only places that a side leaves are given, with neither a
    distance nor a --preset, nobody pulls back, and everywhere counts.
    """
    from geo import certainty, control, curve, explain, export

    formats = [export.format_of(path) for path in out or []]
    if with_link and not as_json and (formats or with_curve or with_account):
        raise InputError(
            "--link prints the link alone; leave --out, --curve and --explain away, or add --json."
        )
    remarks: list[str] = []
    opened = _opened(from_link, preset, remarks)
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
    if both:
        if formats or with_curve or with_account:
            raise InputError(
                "--source both only compares; give one source with --out, --curve or --explain."
            )
        drawings = opened.drawings if opened else ()
        _print_both(impact, as_json=as_json, remarks=remarks, url=url, drawings=drawings)
        return
    # Everything is made before anything is saved: a fault then leaves no half of the files.
    contents = [
        export.curve_to_csv(impact)
        if with_curve and name == "csv"
        else export.to_bytes(impact, name)
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
        if opened and opened.drawings:
            document["drawings"] = _drawings_json(opened.drawings, asked)
        if with_curve:
            document |= curve.to_dict(impact)
        if plus_minus is not None:
            document["explanation"] = [{"about": about, "told": told} for about, told in account]
            document |= certainty.to_dict(plus_minus, other)
        _print_json(document)
        return
    _print_impact(impact, other)
    if opened and opened.drawings:
        _print_drawings(opened.drawings, asked)
    if with_curve:
        _print_curve(impact)
    for about, told in account:
        print(f"\n{about}\n  " + "\n  ".join(told))
    _print_saved(out or [])
    _print_warnings([*impact.warnings, *remarks])


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
        list[Path] | None, typer.Option("--out", metavar="FILE", help="Save as .geojson.")
    ] = None,
) -> None:
    """The line of contact and its length, by oblast."""
    from geo import control, export, words

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
    sources = export.line_sources(ground)
    for path, name in zip(out or [], formats, strict=True):
        export.save(export.line_to_bytes(ground, name), path)
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
            help="Save the changed ground as .geojson, or every date of both assessors as .csv.",
        ),
    ] = None,
) -> None:
    """What changed hands between two dates, by oblast and settlement."""
    from geo import control, export, timeline, words

    formats = [export.format_of(path, ("geojson", "csv")) for path in out or []]
    dates = control.dates(source)
    last = control.newest_date(source) if until is None else _day("--to", until)
    first = timeline.before_of(last, dates) if since is None else _day("--from", since)
    if first > last:
        raise InputError(f"--from {first} comes after --to {last}; give the older date first.")
    found = timeline.changed(control.load(first, source), control.load(last, source))
    for path, name in zip(out or [], formats, strict=True):
        if name == "geojson":
            export.save(export.changed_to_geojson(found), path)
        else:
            tables = {title: timeline.series(key) for key, title in control.SOURCES.items()}
            export.save(export.series_to_csv(tables), path)
    if as_json:
        _print_json(found.to_dict() | {"sources": export.changed_sources(found)})
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
    _print_sources(export.changed_sources(found))
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
    import dataclasses

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
            "scenario, line, check, events counts, events inside, data list, data build, timeline "
            "or serve"
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
    from geo import control, lines, scenario

    if source is None:
        source = start.source if start else next(iter(control.SOURCES))
    changes: dict[str, Any] = {"source": source}
    if start is None or date is not None or source != start.source:
        text = date if date or start is None else start.date.isoformat()
        changes["date"] = _date(text, source, remarks)
    for field, text in given.items():
        if text is None:
            continue
        if field.endswith("_leaves"):
            changes[field] = tuple(name.strip() for name in text.split(",") if name.strip())
        else:
            changes[field] = text
    leaves = any(changes.get(field) for field in ("ukraine_leaves", "russia_leaves"))
    begun = preset is not None or start is not None
    if leaves and not begun and not {"ukraine_km", "russia_km"} & changes.keys():
        changes |= {"ukraine_km": 0.0, "russia_km": 0.0, "extent": scenario.EXTENT_ALL}
    if extent is not None:
        changes |= {"area": None} | _extent(extent, crs, remarks)
    if line is not None:
        changes["line"] = lines.read(line)
    if start is not None:
        return start.changed(**changes)
    return scenario.from_preset(scenario.DEFAULT_PRESET if preset is None else preset, **changes)


def _opened(address: str | None, preset: str | None, remarks: list[str]) -> Opened | None:
    """What a link holds, with a remark on what of it could not be used."""
    from geo import link

    if address is None:
        return None
    if preset is not None:
        raise InputError("give --from-link or --preset: each is a whole scenario.")
    opened = link.from_address(address)
    remarks += opened.complaints
    return opened


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


def _extent(text: str, crs: str | None, remarks: list[str]) -> dict[str, str]:
    """An extent as the fields of a scenario: everywhere, a place, or a file's polygons."""
    import shapely

    from geo import scenario, upload

    file = Path(text)
    if text.strip().lower() == scenario.EXTENT_ALL:
        return {"extent": scenario.EXTENT_ALL}
    if not file.suffix and not _is_file(text):
        if text == scenario.EXTENT_AREA:
            raise InputError("--extent wants all, a place, or a file of the area.")
        return {"extent": text}
    polygons, repairs = upload.read_polygons(file, crs=_crs(crs))
    remarks += repairs
    area = shapely.geometry.mapping(shapely.union_all(polygons))
    return {"extent": scenario.EXTENT_AREA, "area": scenario.area_from_geojson(area)}


def _source(text: str) -> str:
    """The id of a bundled source, or the path of a file that is there."""
    from geo import control

    if text.lower() in control.SOURCES:
        return text.lower()
    if not _is_file(text):
        known = ", ".join(control.SOURCES)
        raise InputError(f"--source is {text!r}; give {known} or the path of a file.")
    return text


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # a name that no file system takes
        return False


def _date(text: str | None, source: str, remarks: list[str]) -> dt.date:
    """The day asked for; with a file, the one in its name, which describes it better."""

    from geo import control

    asked = None if text is None else _day("--date", text)
    if source in control.SOURCES:
        return asked or control.newest_date(source)
    named = control.date_of_file(source)
    if asked and named and asked != named:
        remarks.append(f"--date {asked} left aside: the name of {source} says {named}.")
    return named or asked or control.DEFAULT_DATE


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
    import datetime as dt

    from geo import control

    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as fault:
        raise InputError(
            f"{option} is {text!r}; give a day as YYYY-MM-DD, such as {control.DEFAULT_DATE}."
        ) from fault


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
