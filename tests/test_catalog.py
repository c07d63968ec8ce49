"""The catalogue: every entry is whole, every file is the one it names."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from data import build, catalog
from data.errors import DataError

LARGEST_BYTES = 8_000_000


def test_every_entry_is_whole() -> None:
    entries = catalog.datasets()
    assert {"control_deepstate", "control_owl", "oblasts", "hromadas", "airforce"} <= set(entries)
    for entry in entries.values():
        for field in ("title", "url", "licence", "attribution", "as_of", "derived", "generalised"):
            assert getattr(entry, field).strip(), f"{entry.id} has no {field}"


def test_every_file_is_intact_and_has_its_rows() -> None:
    for entry in catalog.datasets().values():
        file = catalog.path(entry.id)
        if file.suffix == ".parquet":
            assert len(gpd.read_parquet(file)) == entry.rows
        elif file.suffix == ".csv":
            assert len(pd.read_csv(file)) == entry.rows


def test_the_tables_are_small() -> None:
    assert sum(catalog.path(name).stat().st_size for name in catalog.datasets()) < LARGEST_BYTES


def test_the_readme_is_that_of_the_catalogue() -> None:
    readme = (catalog.FOLDER / "README.md").read_text(encoding="utf-8")
    assert readme == build.readme(list(catalog.datasets().values()))


def test_tables_from_openstreetmap_are_under_the_odbl() -> None:
    boundaries = ("oblasts", "raions", "hromadas", "countries", "regions")
    for name in (*boundaries, "railways", "settlements", "towns"):
        entry = catalog.datasets()[name]
        assert "OpenStreetMap" in entry.attribution
        assert "ODbL 1.0" in entry.licence


def test_missing_and_damaged_tables_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(catalog.FOLDER, tmp_path / "data")
    monkeypatch.setattr(catalog, "FOLDER", tmp_path / "data")
    (tmp_path / "data/rivers.parquet").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"rivers\.parquet is damaged.*data build"):
        catalog.path("rivers")
    (tmp_path / "data/rivers.parquet").unlink()
    with pytest.raises(DataError, match=r"rivers\.parquet is missing.*git checkout"):
        catalog.path("rivers")


def test_a_damaged_catalogue_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "catalog.toml"
    broken.write_text("[rivers\n", encoding="utf-8")
    monkeypatch.setattr(catalog, "CATALOG", broken)
    catalog.datasets.cache_clear()
    try:
        with pytest.raises(DataError, match=r"catalog\.toml is missing or damaged"):
            catalog.datasets()
    finally:
        catalog.datasets.cache_clear()
