"""Files from outside: each fault gets a sentence that names it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from data.errors import InputError
from geo import upload

SQUARE = [[37.0, 48.0], [38.0, 48.0], [38.0, 49.0], [37.0, 49.0], [37.0, 48.0]]


def polygon(ring: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def write(folder: Path, content: object) -> Path:
    file = folder / "file.geojson"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "document",
    [
        polygon(SQUARE),
        {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)},
        {"type": "GeometryCollection", "geometries": [polygon(SQUARE)]},
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": None, "geometry": polygon(SQUARE)},
                {"type": "Feature", "properties": None, "geometry": None},
                {
                    "type": "Feature",
                    "properties": {},
                    "geometry": {"type": "Point", "coordinates": [37, 48]},
                },
            ],
        },
    ],
)
def test_forms_of_geojson(tmp_path: Path, document: object) -> None:
    polygons, repairs = upload.read_polygons(write(tmp_path, document))
    assert shapely.area(polygons).sum() == pytest.approx(1.0)
    assert repairs == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("lon,lat\n37,48\n", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[1, 2]", "is not GeoJSON"),
        ({"type": "FeatureCollection"}, "is not GeoJSON"),
        ({"type": "FeatureCollection", "features": []}, "no polygons"),
        ({"type": "Point", "coordinates": [37, 48]}, "no polygons"),
        (polygon([[37, 48], ["a", "b"], [38, 49], [37, 48]]), "coordinates"),  # type: ignore[list-item]
        (polygon([[y, x] for x, y in SQUARE]), "swapped"),
        (polygon([[x * 1e5, y * 1e5] for x, y in SQUARE]), "not in degrees"),
        (polygon([[x - 120, y] for x, y in SQUARE]), "outside Ukraine"),
        ('{"type":"Polygon","coordinates":[[[37,48],[NaN,48],[38,49],[37,48]]]}', "finite"),
        ('{"type":"Polygon","coordinates":[[[37,48],[1e999,48],[38,49],[37,48]]]}', "finite"),
        (polygon([[37, 48], [38, 48], [37, 48], [37, 48]]), "area"),
    ],
)
def test_faults_are_named(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        upload.read_polygons(write(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        upload.read_polygons(tmp_path / "nothing.geojson")
    with pytest.raises(InputError, match="there is no file"):
        upload.read_polygons(tmp_path)


def test_a_bow_tie_is_repaired_and_said(tmp_path: Path) -> None:
    bow = polygon([[37, 48], [38, 49], [38, 48], [37, 49], [37, 48]])
    polygons, repairs = upload.read_polygons(write(tmp_path, bow))
    assert shapely.is_valid(polygons).all()
    assert "repaired" in repairs[0]


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "large.geojson"
    file.write_bytes(b" " * (upload.LARGEST_FILE_BYTES + 1))
    with pytest.raises(InputError, match="10 MB"):
        upload.read_polygons(file)


def test_too_many_vertices_are_refused(tmp_path: Path) -> None:
    angles = np.linspace(0, 2 * np.pi, upload.MOST_VERTICES + 2)
    ring = np.round(np.column_stack([37 + np.cos(angles), 48 + np.sin(angles)]), 6).tolist()
    with pytest.raises(InputError, match="vertices"):
        upload.read_polygons(write(tmp_path, polygon(ring)))
