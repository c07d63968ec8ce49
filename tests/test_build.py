"""Building: from the source files, the same bytes as those committed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import shapely

from data import build, build_control, build_settlements, catalog
from data.errors import DataError
from data.names import romanise
from geo import crs


def test_building_gives_what_is_committed(shared_data: Path, tmp_path: Path) -> None:
    entries = build.build(shared_data, tmp_path)
    for entry in entries:
        assert entry == catalog.datasets()[entry.id], f"{entry.file} differs from the committed one"
        assert (tmp_path / entry.file).read_bytes() == (catalog.FOLDER / entry.file).read_bytes()
    for name in ("catalog.toml", "README.md"):
        assert (tmp_path / name).read_bytes() == (catalog.FOLDER / name).read_bytes()


def test_a_build_without_sources_leaves_what_was_there(tmp_path: Path) -> None:
    kept = tmp_path / "out"
    kept.mkdir()
    (kept / "catalog.toml").write_text("before", encoding="utf-8")
    with pytest.raises(DataError, match="there is no folder"):
        build.build(tmp_path / "nowhere", kept)
    with pytest.raises(DataError, match="is missing"):
        build.build(tmp_path, kept)
    assert (kept / "catalog.toml").read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize("source", ["deepstate", "owl"])
def test_generalised_control_maps_keep_their_ground(source: str, shared_data: Path) -> None:
    table, shift_m = build_control.table(shared_data, source)
    assert len(table) == 29
    assert shift_m <= 200
    for date, general in zip(table["date"], table.geometry, strict=True):
        stem = dt.date.fromisoformat(date).strftime("%Y%m%d")
        file = shared_data / "control" / source / f"{stem}.geojson"
        detailed = shapely.union_all(build_control.read_polygons(file))
        assert general.is_valid
        assert crs.to_metres(general).area == pytest.approx(detailed.area, rel=0.001)


def test_generalising_two_sides_of_a_seam_does_not_cross_them() -> None:
    wiggle = np.linspace(0, 50_000, 200)
    low = [(x, 1e5 + 90 * np.sin(x / 700)) for x in wiggle]
    high = [(x, 1e5 + 60 + 90 * np.sin(x / 700)) for x in wiggle]
    polygons = np.array(
        [
            shapely.Polygon([(0, 5e4), *low, (50_000, 5e4)]),
            shapely.Polygon([(0, 2e5), *high, (50_000, 2e5)]),
        ]
    )
    simple, shift_m = build_control.generalise(polygons)
    assert len(simple) == 2
    assert shapely.intersection(simple[0], simple[1]).area == 0
    assert shift_m <= build_control.TOLERANCE_M


@pytest.mark.parametrize(
    ("uk", "latin"),
    [
        ("Часів Яр", "Chasiv Yar"),
        ("Слов’янськ", "Sloviansk"),
        ("Згурівка", "Zghurivka"),
        ("Єнакієве", "Yenakiieve"),
        ("Щастя", "Shchastia"),
        ("Нью-Йорк", "Niu-York"),
    ],
)
def test_romanisation(uk: str, latin: str) -> None:
    assert romanise(uk) == latin


@pytest.mark.parametrize(
    ("names", "is_part"),
    [
        (["Kyivskyi", "Київський район"], True),
        (["Сонячний мікрорайон"], True),
        (["Donetsk", "Донецьк"], False),
    ],
)
def test_other_names_tell_a_district(names: list[str], is_part: bool) -> None:
    assert build_settlements._is_called_part(names) is is_part
