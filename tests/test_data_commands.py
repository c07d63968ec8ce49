"""The data commands: the bundled tables, listed and built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data import build, catalog
from tests.command_line import Run, run

__all__ = ["run"]


def test_data_list_names_every_table(run: Run) -> None:
    status, out, _ = run("data", "list")
    assert status == 0
    assert all(name in out for name in catalog.datasets())
    status, out, _ = run("data", "list", "--json")
    listed = json.loads(out)["datasets"]
    assert [entry["id"] for entry in listed] == list(catalog.datasets())
    assert all(entry["sha256"] and entry["licence"] for entry in listed)


def test_data_build_tells_what_it_wrote(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def pretend(source_dir: Path, out_dir: Path, *, notes: list[str]) -> list[catalog.Dataset]:
        assert (source_dir, out_dir) == (Path("somewhere"), catalog.FOLDER)
        notes += ["Row 7: no date.", "Row 9: no model."]
        return list(catalog.datasets().values())

    monkeypatch.setattr(build, "build", pretend)
    status, out, _ = run("data", "build", "--from", "somewhere")
    assert status == 0
    assert all(entry.file in out for entry in catalog.datasets().values())
    assert "2 notes" in out
    status, out, _ = run("data", "build", "--from", "somewhere", "--notes")
    assert "Row 7: no date.\nRow 9: no model." in out


def test_data_build_without_its_sources_writes_nothing(run: Run, tmp_path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in catalog.FOLDER.iterdir()}
    for folder in (tmp_path, tmp_path / "missing"):
        status, out, err = run("data", "build", "--from", folder)
        assert (status, out) == (2, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
    names = [file for file in before if file.suffix in (".parquet", ".csv", ".toml", ".md")]
    assert all(file.stat().st_mtime_ns == before[file] for file in names)
