"""The ZIP of everything."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from data import catalog, language
from geo import bundle, export, layers, passport
from geo.snapshot import Snapshot
from tests import saved
from tests.saved import no_pictures

__all__ = ["no_pictures"]
pytestmark = pytest.mark.usefixtures("no_pictures")


def opened(snapshot: Snapshot, *, excel: bool = False) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(export.to_bytes(snapshot, "zip", excel=excel)))


@pytest.mark.parametrize("kind", saved.KINDS)
def test_it_holds_every_other_format_as_it_is_saved_alone(kind: str) -> None:
    snapshot = saved.KINDS[kind]()
    archive = opened(snapshot)
    assert archive.testzip() is None
    files = {export.file_name(snapshot, name): name for name in export.FORMATS if name != "zip"}
    assert set(archive.namelist()) == {*files, "README.txt", "sources.json", "passport.json"}
    for name, format in files.items():
        assert archive.read(name) == export.to_bytes(snapshot, format)
    assert archive.read("passport.json").decode().strip() == passport.of(snapshot).to_json()


def test_its_sources_can_be_checked_against_the_tables() -> None:
    rows = json.loads(opened(saved.of("mirror-5")).read("sources.json"))
    wanted = {"title", "as_of", "licence", "attribution", "url", "sha256"}
    assert all(wanted <= row.keys() for row in rows)
    for row in rows:
        assert row["sha256"] == catalog.digest(catalog.path(row["id"]))


def test_the_readme_tells_of_every_file_and_every_field() -> None:
    snapshot = saved.drawn()
    archive = opened(snapshot)
    text = archive.read("README.txt").decode()
    assert text.startswith("Both sides pull back 5 km in Donetsk Oblast\n")
    assert max(map(len, text.splitlines())) <= max(88, *map(len, archive.namelist()))
    for name in set(archive.namelist()) - {"README.txt"}:
        assert f"\n{name}\n    " in text
    fields = {name for layer in layers.of(snapshot) for name in layer.fields}
    for format in ("csv", "figures.csv"):
        table = archive.read(export.file_name(snapshot, format)).decode()
        fields |= set(next(csv.reader(io.StringIO(table))))
    for name in fields:
        assert f"\n{name}\n    " in text, name
    assert "\narea_km2\n    Area, of the equal-area projection (km²)\n" in text
    assert "scenario --from FILE" in text
    for row in snapshot.sources:
        assert str(row["title"]) in " ".join(text.split())


def test_the_readme_speaks_the_language_in_use() -> None:
    with language.using("uk"):
        text = opened(saved.of("mirror-5")).read("README.txt").decode()
    assert text.startswith("Обидві сторони відходять на 5 км")


def test_nothing_in_it_tells_when_or_where_it_was_made() -> None:
    archive = opened(saved.of("mirror-5"))
    for entry in archive.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert entry.create_system == 3
        assert entry.external_attr >> 16 == 0o100644
    assert archive.namelist() == sorted(archive.namelist())


def test_its_tables_may_be_for_excel() -> None:
    snapshot = saved.of("mirror-5")
    archive = opened(snapshot, excel=True)
    for format in ("csv", "figures.csv"):
        assert archive.read(export.file_name(snapshot, format)).startswith(b"\xef\xbb\xbf")


def test_every_format_has_a_line_of_its_own() -> None:
    assert tuple(bundle.ABOUT) == export.FORMATS
