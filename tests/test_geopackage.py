"""GeoPackage: layers, descriptions, metadata, and the same bytes for the same answer."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from data.errors import InputError
from geo import export, geopackage, layers, passport
from tests import saved

SAVE = """
import sys
from pathlib import Path
from geo import export
from tests import saved
export.write(saved.of("mirror-5"), Path(sys.argv[1]))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "it.gpkg"
    export.write(saved.drawn(), file)
    return file


def rows(file: Path, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(file)) as base:
        return base.execute(query).fetchall()


def test_gdal_opens_every_layer_with_its_features(file: Path) -> None:
    expected = layers.of(saved.drawn())
    assert list(pyogrio.list_layers(file)[:, 0]) == [layer.name for layer in expected]
    for layer in expected:
        table = pyogrio.read_dataframe(file, layer=layer.name)
        assert len(table) == len(layer.rows)
        assert list(table.columns) == [*layer.fields, "geometry"]
        assert table.crs.to_epsg() == 4326
        info = pyogrio.read_info(file, layer=layer.name)
        assert info["layer_metadata"]["DESCRIPTION"] == str(layer.about)
    zones = pyogrio.read_dataframe(file, layer="zones")
    assert zones["illustrative"].tolist() == [True, True]
    assert zones["residents_2022"].dtype.kind in "if"


def test_the_file_says_what_it_is_and_where_it_comes_from(file: Path) -> None:
    told = pyogrio.read_info(file, layer="zones")["dataset_metadata"]
    assert told["TITLE"] == saved.drawn().first.scenario.title()
    assert told["ABSTRACT"].startswith("Illustrative:")
    sources = json.loads(told["SOURCES"])
    assert [row["sha256"] for row in sources] == [r["sha256"] for r in saved.drawn().sources]
    known = passport.of(saved.drawn()).to_json()
    assert told[passport.KEY] == known
    query = (
        f"SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = '{geopackage.PASSPORT_URI}'"
    )
    assert rows(file, query) == [(known,)]


def test_every_column_has_a_unit_and_a_description(file: Path) -> None:
    told = {
        (table, column): (title, about)
        for table, column, title, about in rows(
            file, "SELECT table_name, column_name, title, description FROM gpkg_data_columns"
        )
    }
    assert told["zones", "area_km2"] == (
        "area_km2 (km²)",
        "Area, of the equal-area projection",
    )
    assert set(told) == {
        (layer.name, name) for layer in layers.of(saved.drawn()) for name in layer.fields
    }
    assert all(about for _title, about in told.values())
    known = pyogrio.read_info(file, layer="zones")
    assert "area_km2" in known["fields"]


def test_the_database_is_sound_and_its_extensions_are_named(file: Path) -> None:
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
    assert rows(file, "PRAGMA foreign_key_check") == []
    assert rows(file, "PRAGMA application_id") == [(0x47504B47,)]
    names = {row[0] for row in rows(file, "SELECT extension_name FROM gpkg_extensions")}
    assert {"gpkg_schema", "gpkg_metadata", "gpkg_rtree_index"} <= names


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / "a.gpkg", tmp_path / "b.gpkg"]
    for number, file in enumerate(files):
        subprocess.run(
            [sys.executable, "-c", SAVE, str(file)],
            check=True,
            env={"PYTHONHASHSEED": str(number), "PYTHONPATH": ".", "PATH": "/usr/bin"},
        )
    assert files[0].read_bytes() == files[1].read_bytes()
    times = {row[0] for row in rows(files[0], "SELECT last_change FROM gpkg_contents")}
    assert times == {"2000-01-01T00:00:00.000Z"}


def test_no_room_to_make_it_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="no room to make a GeoPackage: no such file") as fault:
        export.to_bytes(saved.of("mirror-5"), "gpkg")
    assert "\n" not in str(fault.value)


def test_the_time_is_gdal_s_own_again_afterwards() -> None:
    export.to_bytes(saved.of("mirror-5"), "gpkg")
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_the_line_alone(tmp_path: Path) -> None:
    file = tmp_path / "line.gpkg"
    control = saved.impact_of("mirror-5").control
    file.write_bytes(export.line_to_bytes(control, "gpkg"))
    table = pyogrio.read_dataframe(file, layer="line")
    assert "Donetsk Oblast" in set(table["oblast"])
    assert "14 December 2025" in pyogrio.read_info(file)["dataset_metadata"]["TITLE"]
