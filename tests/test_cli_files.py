"""The command line and files: saving in every format, and opening what was saved."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from geo import export, figure, geopackage, passport
from geo import link as links
from geo.paper import Look
from geo.scenario import from_preset
from geo.snapshot import Snapshot
from tests import saved
from tests.command_line import Run, polygon_file, run
from tests.saved import no_pictures

__all__ = ["no_pictures", "run"]
pytestmark = pytest.mark.usefixtures("no_pictures")

HELD = [[37.5, 47.5], [39.0, 47.5], [39.0, 49.0], [37.5, 49.0], [37.5, 47.5]]
EACH = [*export.FORMATS]


def told(err: str) -> list[str]:
    """The notes that are not about what the figures leave out."""
    usual = ("Bays, lagoons", "Seams between", "Railways are", "Residents are known", "Patches")
    notes = [line.removeprefix("note: ") for line in err.splitlines()]
    return [note for note in notes if not note.startswith(usual)]


def answer(run: Run, *arguments: object) -> tuple[dict[str, Any], list[str]]:
    status, out, err = run("scenario", "--json", *arguments)
    assert (status, err) == (0, "")
    document = json.loads(out)
    return document, told("\n".join(document["warnings"]))


def test_a_scenario_is_saved_in_every_format(run: Run, tmp_path: Path) -> None:
    options = [part for name in EACH for part in ("--out", tmp_path / f"it.{name}")]
    status, out, _err = run("scenario", "--ukraine-km", 6, *options)
    assert status == 0
    assert re.findall(r"^Saved .*/it\.(.*)$", out, re.MULTILINE) == EACH
    snapshot = saved.of("mirror-5", ukraine_km=6)
    for name in EACH:
        assert (tmp_path / f"it.{name}").read_bytes() == export.to_bytes(snapshot, name)


@pytest.mark.parametrize("name", ["geojson", "gpkg", "kml", "parquet", "zip"])
def test_what_was_saved_opens_again(run: Run, tmp_path: Path, name: str) -> None:
    options = ("--preset", "line-20", "--date", "2025-11-01", "--source", "owl")
    file = tmp_path / f"it.{name}"
    assert run("scenario", *options, "--out", file)[0] == 0
    renamed = file.rename(tmp_path / "renamed")
    asked, notes = answer(run, "--from", renamed)
    assert notes == []
    assert asked == answer(run, *options)[0]
    changed, _notes = answer(run, "--from", renamed, "--russia-km", 3, "--extent", "all")
    assert changed["scenario"]["russia_km"] == 3
    assert changed["scenario"]["extent"] == "all"
    assert changed["scenario"]["date"] == "2025-11-01"


def test_drawings_go_into_files_and_come_back(run: Run, tmp_path: Path) -> None:
    query = links.to_query(from_preset("mirror-5"), drawings=(saved.AREA, saved.LINE))
    first, second = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    status, *_ = run("scenario", "--from-link", links.to_address(query), "--out", first)
    assert status == 0
    assert first.read_bytes() == export.to_bytes(saved.drawn(), "gpkg")
    document, _notes = answer(run, "--from", first)
    assert [row["name"] for row in document["drawings"]] == [saved.AREA.name, saved.LINE.name]
    assert run("scenario", "--from", first, "--out", second)[0] == 0
    assert second.read_bytes() == first.read_bytes()
    status, link, _err = run("scenario", "--from", first, "--link")
    assert status == 0
    assert links.from_address(link.strip()).drawings == (saved.AREA, saved.LINE)


def test_what_differs_since_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "it.gpkg"
    assert run("scenario", "--out", file)[0] == 0
    with sqlite3.connect(file) as base:
        where = "WHERE md_standard_uri = ?"
        (text,) = base.execute(
            f"SELECT metadata FROM gpkg_metadata {where}", (geopackage.PASSPORT_URI,)
        ).fetchone()
        document = json.loads(text)
        document["figures"][0]["ukraine"]["settlements"] = 10
        document["sources"][0]["sha256"] = "0" * 64
        base.execute(
            f"UPDATE gpkg_metadata SET metadata = ? {where}",
            (json.dumps(document), geopackage.PASSPORT_URI),
        )
    base.close()
    status, _out, err = run("scenario", "--from", file)
    assert status == 0
    now = saved.impact_of("mirror-5").sides["settlements"]["ukraine"]
    assert told(err) == [
        "The table “Control maps: DeepState” has changed since.",
        f"Ukraine, settlements of 500+: 10 in the file, {now} now (+{now * 10 - 100}.00%).",
    ]
    # Asked otherwise, the figures are of another question.
    assert told(run("scenario", "--from", file, "--ukraine-km", 6)[2]) == []


def test_a_comparison_and_a_change_open_one_scenario(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "it.kml"
    export.write(saved.compared(), file)
    document, notes = answer(run, "--from", file)
    assert document["scenario"] == from_preset("mirror-5").model_dump(mode="json")
    assert notes == ["The file compares 3 scenarios; the first is opened."]
    export.write(saved.changed(), file)
    document, notes = answer(run, "--from", file)
    assert document["scenario"] == from_preset("mirror-5").model_dump(mode="json")
    assert notes == ["The file shows what changed hands; the scenario on its newer date is opened."]


def test_a_map_from_a_file_is_given_again(run: Run, tmp_path: Path) -> None:
    held = polygon_file(tmp_path, "held_2025-11-20.geojson", HELD)
    file = tmp_path / "it.zip"
    assert run("scenario", "--source", held, "--ukraine-km", 7, "--out", file)[0] == 0
    document, notes = answer(run, "--from", file)
    assert document["scenario"]["ukraine_km"] == 7
    assert document["scenario"]["source"] == "deepstate"
    assert len(notes) == 1
    assert "20 November 2025 came from somebody’s file" in notes[0]
    document, notes = answer(run, "--from", file, "--source", held)
    assert notes == []
    assert document["control"]["source"] == held.name
    assert document["scenario"]["date"] == "2025-11-20"
    again = tmp_path / "again.zip"
    assert run("scenario", "--from", file, "--source", held, "--out", again)[0] == 0
    assert again.read_bytes() == file.read_bytes()
    # Another map of that date is another one.
    smaller = [[x, y + 0.2 * (y == 47.5)] for x, y in HELD]
    other = polygon_file(tmp_path, "other_2025-11-20.geojson", smaller)
    _document, notes = answer(run, "--from", file, "--source", other)
    assert any("changed since" in note for note in notes)


def test_a_date_that_is_gone_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "passport.json"
    document = passport.of(saved.of("mirror-5")).to_dict()
    document["scenarios"][0]["date"] = "2025-11-20"
    file.write_text(json.dumps(document), encoding="utf-8")
    found, notes = answer(run, "--from", file)
    assert found["scenario"]["date"] == "2025-12-01"
    assert notes == [
        "The control map of 20 November 2025 by DeepState is not here; that of 1 December 2025 "
        "stands in for it."
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "none.gpkg"), "there is no file none.gpkg."),
        (("--from", "README.md"), "README.md holds no scenario of this atlas; give a picture"),
        (("--from", "README.md", "--preset", "mirror-5"), "give one of --from, --from-link and"),
        (("--from", "README.md", "--from-link", "x"), "give one of --from, --from-link and"),
        (("--paper", "letter"), "there is no paper 'letter'; choose one of a4-landscape"),
        (("--theme", "red"), "there is no theme 'red'; choose one of light"),
        (("--dpi", "99"), "99 dpi cannot be made; give 100 to 600."),
        (("--out", "x.xlsx"), "x.xlsx cannot be saved: its name has to end in .png, .pdf"),
    ],
)
def test_a_mistake_is_one_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    status, out, err = run("scenario", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"error: {sentence}")


def test_pictures_are_made_as_asked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Look] = []

    def render(snapshot: Snapshot, format: str, *, look: Look) -> bytes:
        looks.append(look)
        return b"x"

    monkeypatch.setattr(figure, "render", render, raising=False)
    options = ("--paper", "a3-portrait", "--theme", "dark", "--dpi", 300)
    for command in (("scenario",), ("timeline", "--from", "2025-11-01")):
        assert run(*command, *options, "--out", tmp_path / "it.pdf")[0] == 0
    assert looks == [Look(paper="a3-portrait", theme="dark", dpi=300)] * 2


def test_tables_for_excel_begin_with_its_mark(run: Run, tmp_path: Path) -> None:
    for command in (("scenario",), ("scenario", "--curve"), ("timeline",)):
        file = tmp_path / "it.csv"
        assert run(*command, "--excel", "--out", file)[0] == 0
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
        assert run(*command, "--out", file)[0] == 0
        assert not file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_line_is_saved_for_every_gis(run: Run, tmp_path: Path) -> None:
    for name in export.LINE_FORMATS:
        file = tmp_path / f"line.{name}"
        assert run("line", "--out", file)[0] == 0
        assert file.read_bytes() == export.line_to_bytes(saved.impact_of("mirror-5").control, name)
    status, _out, err = run("line", "--out", tmp_path / "line.png")
    assert status == 2
    assert "its name has to end in .geojson, .gpkg or .kml." in err


def test_changed_ground_is_saved_in_every_format(run: Run, tmp_path: Path) -> None:
    names = [name for name in EACH if name != "csv"]
    options = [part for name in names for part in ("--out", tmp_path / f"it.{name}")]
    status, *_ = run("timeline", "--from", "2024-12-01", "--to", "2025-12-14", *options)
    assert status == 0
    for name in names:
        assert (tmp_path / f"it.{name}").read_bytes() == export.to_bytes(saved.changed(), name)


@pytest.mark.parametrize("name", ["geojson", "gpkg", "zip"])
def test_a_full_disk_leaves_no_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    file = tmp_path / f"it.{name}"
    status, out, err = run("scenario", "--out", file)
    assert (status, out) == (2, "")
    assert err == f"error: {file} could not be written: no space left on device.\n"
    assert not list(tmp_path.iterdir())
