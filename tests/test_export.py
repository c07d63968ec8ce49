"""The one door to every file: formats, names, and that a failing one leaves nothing behind."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import InputError
from geo import export, geopackage
from geo.snapshot import Snapshot
from tests import saved
from tests.saved import impact_of, no_pictures

__all__ = ["no_pictures"]

KNOWN = (
    *("png", "pdf", "svg", "html", "geojson", "gpkg", "kml", "csv", "figures.csv", "parquet"),
    "zip",
)
ENDLESS = """
import sys, time
from pathlib import Path
from geo import export

def pieces():
    yield b"half a file"
    print("begun", flush=True)
    time.sleep(600)

export.save(pieces(), Path(sys.argv[1]))
"""


def test_the_formats_there_are() -> None:
    assert export.FORMATS == KNOWN


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("kind", saved.KINDS)
@pytest.mark.parametrize("format", KNOWN)
def test_the_same_gives_the_same_bytes(kind: str, format: str) -> None:
    snapshot = saved.KINDS[kind]()
    # Everything worked out again, not merely kept.
    again = dataclasses.replace(
        snapshot,
        answers=tuple(saved.answer(one.scenario) for one in snapshot.answers),
        drawn=tuple((one, saved.answer(each.scenario)) for one, each in snapshot.drawn),
    )
    content = export.to_bytes(snapshot, format)
    assert content
    assert export.to_bytes(again, format) == content


@pytest.mark.usefixtures("no_pictures")
def test_write_takes_the_format_from_the_suffix(tmp_path: Path) -> None:
    snapshot = saved.of("mirror-5")
    for name in export.FORMATS:
        file = tmp_path / f"result.{name.upper()}"
        export.write(snapshot, file)
        assert file.read_bytes() == export.to_bytes(snapshot, name)
    assert len(list(tmp_path.iterdir())) == len(export.FORMATS)


def test_a_file_may_be_read_by_others_as_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    export.save(b"x", tmp_path / "saved.csv")
    modes = [stat.S_IMODE(file.stat().st_mode) for file in (plain, tmp_path / "saved.csv")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("name", ["x", "x.xlsx", "x.geojson.gz", ".png"])
def test_an_unknown_suffix_is_answered_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"\.png, \.pdf, .*\.parquet or \.zip\.$"):
        export.write(saved.of("mirror-5"), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_unknown_format_is_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"choose png, pdf, .* or zip"):
        export.to_bytes(saved.of("mirror-5"), "xlsx")
    with pytest.raises(InputError, match="choose geojson, gpkg or kml"):
        export.line_to_bytes(impact_of("mirror-5").control, "png")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "results.csv"
    folder.mkdir()
    with pytest.raises(InputError, match="is a folder"):
        export.write(saved.of("mirror-5"), folder)
    with pytest.raises(InputError, match="no folder"):
        export.write(saved.of("mirror-5"), tmp_path / "missing" / "x.csv")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    owner = os if step == "fsync" else Path
    monkeypatch.setattr(owner, step, full)
    with pytest.raises(InputError, match=r"could not be written: no space left on device\.$"):
        export.save(b"new", file)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert file.read_text(encoding="utf-8") == "old"


def test_an_interrupted_save_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        export.save(b"new", tmp_path / "x.csv")
    assert not list(tmp_path.iterdir())


def test_a_process_that_is_ended_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    command = [sys.executable, "-c", ENDLESS, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not file.exists()
    export.save(b"whole", file)
    assert file.read_bytes() == b"whole"


def test_a_format_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.gpkg"
    file.write_text("old", encoding="utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(geopackage, "_write", full)
    with pytest.raises(InputError, match=r"no room to make a GeoPackage: no space left"):
        export.write(saved.of("mirror-5"), file)
    assert [path.name for path in tmp_path.iterdir()] == ["x.gpkg"]
    assert file.read_text(encoding="utf-8") == "old"


def test_a_folder_that_takes_no_files_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Who runs the tests may be allowed everything.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"x\.kml could not be written: permission denied\.$"):
        export.save(b"x", tmp_path / "x.kml")
    assert not list(tmp_path.iterdir())


def test_a_place_that_takes_no_files_is_one_sentence() -> None:
    with pytest.raises(InputError, match="could not be written") as fault:
        export.save(b"x", Path("/proc/x.csv"))
    assert "\n" not in str(fault.value)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    export.save(b"new", link)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_file_names_tell_what_is_inside() -> None:
    assert export.file_name(saved.of("mirror-5"), "png") == (
        "pullback-atlas_2025-12-14_deepstate_ukraine-5_russia-5_donetsk-oblast.png"
    )
    assert export.file_name(saved.of("free-economic-zone"), "csv") == (
        "pullback-atlas_2025-12-14_deepstate_ukraine-0_ukraine-leaves-donetsk-oblast_russia-0"
        "_donetsk-oblast.csv"
    )


def test_file_names_tell_comparisons_drawings_and_changes_apart() -> None:
    assert export.file_name(saved.changed(), "figures.csv") == (
        "pullback-atlas_changed_2024-12-01_2025-12-14_deepstate.figures.csv"
    )
    assert export.file_name(saved.compared(), "zip").startswith(
        "pullback-atlas_compared_2025-12-14_deepstate_ukraine-5_russia-5_2025-12-14_owl_ukraine-10"
    )
    assert export.file_name(saved.drawn(), "kml").endswith("_donetsk-oblast_with-drawings.kml")


def test_file_names_are_safe_whatever_the_source_is_called() -> None:
    impact = impact_of("mirror-5")
    scenario = impact.scenario.changed(source="/somewhere/a file.geojson")
    for title in ("../../etc/passwd", 'a"b<c>|d?*:e.geojson', "Їжак.geojson", "x" * 300, "…"):
        ground = dataclasses.replace(impact.control, title=title)
        hostile = dataclasses.replace(impact, scenario=scenario, control=ground)
        name = export.file_name(Snapshot(answers=(hostile,)), "png")
        assert re.fullmatch(r"[a-z0-9._-]{1,150}\.png", name)
        assert ".." not in name
