"""GeoPackage: the layers of a result with what they are, what their fields say, and the passport.

GDAL writes the layers; what it has no way to write (the schema extension's descriptions of columns,
and metadata in JSON) is put in with SQL as the standard has it (OGC 12-128r18, F.9 and F.8).
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyogrio

from data.errors import InputError
from data.language import _
from geo import geojson, layers, passport, tables, titles, words
from geo.control import ControlMap
from geo.layers import FIELDS, Layer
from geo.snapshot import Snapshot

SCHEMA = "http://www.geopackage.org/spec121/#extension_schema"
PASSPORT_URI = f"urn:{passport.KEY}:passport"
"""Standard by which the passport is written: its row in ``gpkg_metadata`` has this URI."""

# The format wants to know when it was changed. It was not: the same result gives the same bytes.
_ALWAYS = "2000-01-01T00:00:00.000Z"
_lock = threading.Lock()


def document(snapshot: Snapshot) -> bytes:
    """What is on screen: a layer each of `geo.layers.of`, in longitude and latitude (EPSG:4326).

    Raises
    ------
    InputError
        Where there is no room to make it.
    """
    return _document(
        layers.of(snapshot),
        title=titles.title(snapshot),
        about=words.listed([words.ILLUSTRATIVE, *snapshot.warnings], between=" "),
        sources=tables.sources_json(snapshot).decode(),
        passport_json=passport.of(snapshot).to_json(),
    )


def line(control: ControlMap) -> bytes:
    """The line of contact: a feature for each oblast it runs through."""
    named = [f"{row['title']} ({row['as_of']})" for row in geojson.line_sources(control)]
    return _document(
        [layers.parts_of_line(control)],
        title=f"Line of contact on {words.day(control.date)} ({control.title})",
        about=words.listed(control.repairs, between=" "),
        sources=words.listed(named, between="; "),
    )


def _document(
    found: Iterable[Layer], *, title: str, about: str, sources: str, passport_json: str = ""
) -> bytes:
    found = list(found)
    told = {"TITLE": str(title), "ABSTRACT": str(about), "SOURCES": str(sources)}
    if passport_json:
        told[passport.KEY] = passport_json
    try:
        with tempfile.TemporaryDirectory(prefix="atlas-") as folder:
            file = Path(folder) / "made.gpkg"
            with _timeless():
                for number, layer in enumerate(found):
                    _write(layer, file, told if number == 0 else None)
            _describe(file, found, passport_json=passport_json)
            return file.read_bytes()
    except (OSError, sqlite3.Error, pyogrio.errors.DataSourceError) as fault:
        raise InputError(
            _("there is no room to make a GeoPackage: {why}.").format(
                why=(getattr(fault, "strerror", None) or str(fault)).lower().rstrip(".")
            )
        ) from fault


@contextlib.contextmanager
def _timeless() -> Iterator[None]:
    """Have GDAL write the same time always; one at a time, since it is GDAL's for all threads."""
    with _lock:
        before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _ALWAYS})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write(layer: Layer, file: Path, told: dict[str, str] | None) -> None:
    pyogrio.write_dataframe(
        layer.table(),
        file,
        layer=layer.name,
        driver="GPKG",
        append=file.exists(),
        geometry_type=layer.shape,
        promote_to_multi=layer.shape.startswith("Multi"),
        dataset_metadata=told,
        layer_options={"DESCRIPTION": str(layer.about), "IDENTIFIER": str(layer.title)},
    )


def _describe(file: Path, found: Iterable[Layer], *, passport_json: str) -> None:
    """Descriptions of the columns, the passport, and the times taken out."""
    with contextlib.closing(sqlite3.connect(file)) as base, base:
        base.execute(
            "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
            "name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT, "
            "CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), "
            "CONSTRAINT gdc_tn UNIQUE (table_name, name))"
        )
        base.execute(
            "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, "
            "constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, "
            "max NUMERIC, max_is_inclusive BOOLEAN, description TEXT, "
            "CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))"
        )
        for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
            base.execute(
                "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
                (table, SCHEMA),
            )
        base.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
            [
                (layer.name, name, name, _titled(name), str(FIELDS[name].about))
                for layer in found
                for name in layer.fields
            ],
        )
        if passport_json:
            _put_metadata(base, passport_json)
        base.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (_ALWAYS,))
        base.execute("UPDATE gpkg_contents SET last_change = ?", (_ALWAYS,))
    # What was written over may hold anything; this writes the whole anew.
    with contextlib.closing(sqlite3.connect(file)) as base:
        base.execute("VACUUM")


def _titled(name: str) -> str:
    unit = str(FIELDS[name].unit)
    return f"{name} ({unit})" if unit else name


def _put_metadata(base: sqlite3.Connection, text: str) -> None:
    """A JSON document about the whole file, beside the metadata that GDAL wrote."""
    found = base.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata) "
        "VALUES ('dataset', ?, 'application/json', ?)",
        (PASSPORT_URI, text),
    )
    base.execute(
        "INSERT INTO gpkg_metadata_reference "
        "(reference_scope, timestamp, md_file_id) VALUES ('geopackage', ?, ?)",
        (_ALWAYS, found.lastrowid),
    )
