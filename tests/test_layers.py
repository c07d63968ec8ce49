"""Layers of features: what every format has in common, and that it opens where GIS programs do."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from data import language
from geo import crs, export, layers
from geo.pullback import SIDES
from tests import saved

# Rounding to 0.000001° moves a corner by less than a decimetre.
FARTHEST_M = 0.2
GIS = {"geojson": "zones", "gpkg": "zones", "kml": "Zones", "parquet": None}


def test_every_layer_of_a_scenario_with_drawings() -> None:
    found = {layer.name: layer for layer in layers.of(saved.drawn())}
    inside = len(saved.drawn().first.settlements)
    names = ("zones", "line", "extent", "drawn", "drawn_zones", "settlements")
    assert [len(found[name].rows) for name in names] == [2, 1, 1, 2, 4, inside]
    assert tuple(found) == names
    assert [row["side"] for row in found["drawn_zones"].rows] == [*SIDES, *SIDES]


def test_settlements_of_a_comparison_are_those_of_each_scenario() -> None:
    snapshot = saved.compared()
    table = next(layer for layer in layers.of(snapshot) if layer.name == "settlements").table()
    count = table.groupby("scenario").size().to_dict()
    assert count == {letter: len(answer.settlements) for letter, answer in snapshot.lettered}


def test_changed_ground_comes_with_both_lines_and_its_settlements() -> None:
    found = {layer.name: layer for layer in layers.of(saved.changed())}
    assert list(found) == ["changed", "line", "settlements"]
    assert [row["date"] for row in found["line"].rows] == ["2024-12-01", "2025-12-14"]
    changed = saved.changed().changed
    assert changed is not None
    assert len(found["settlements"].rows) == len(changed.settlements)


@pytest.mark.parametrize("kind", saved.KINDS)
def test_the_lengths_of_a_line_add_up_to_its_geometry(kind: str) -> None:
    line = next(layer for layer in layers.of(saved.KINDS[kind]()) if layer.name == "line")
    for row, shape in zip(line.rows, line.shapes, strict=True):
        length_km = crs.to_metres(shape).length / crs.KM
        assert row["length_km"] + row["shore_km"] == pytest.approx(length_km, abs=0.2)
        assert row["shore_km"] > 100
    assert "shore_km" in layers.FIELDS["length_km"].about


@pytest.mark.parametrize("kind", saved.KINDS)
def test_zones_and_lines_have_a_name_in_words(kind: str) -> None:
    for layer in layers.of(saved.KINDS[kind]()):
        if layer.name != "settlements":
            assert all(row["name"] for row in layer.rows), layer.name
    with language.using("uk"):
        zones = next(one for one in layers.of(saved.of("mirror-5")) if one.name == "zones")
        assert str(zones.rows[1]["name"]) == "Росія відходить на 5 км"


@pytest.mark.parametrize("kind", saved.KINDS)
def test_every_field_is_described_in_both_languages(kind: str) -> None:
    for layer in layers.of(saved.KINDS[kind]()):
        for name in layer.fields:
            assert layers.FIELDS[name].about
            numeric = layers.FIELDS[name].kind in ("whole", "number")
            assert bool(layers.FIELDS[name].unit) >= numeric
        assert str(layer.title)
        assert str(layer.about)


@pytest.mark.parametrize("kind", saved.KINDS)
def test_what_is_written_is_valid_rounded_and_right_handed(kind: str) -> None:
    for layer in layers.of(saved.KINDS[kind]()):
        shapes = np.array([shape for shape in layer.shapes if shape is not None])
        assert shapely.is_valid(shapes).all()
        corners = shapely.get_coordinates(shapes)
        assert (corners == corners.round(layers.DECIMALS)).all()
        polygons = [
            part
            for part in shapely.get_parts(shapes)
            if shapely.get_type_id(part) == shapely.GeometryType.POLYGON
        ]
        assert all(part.exterior.is_ccw for part in polygons)


def zones_of(file: Path, format: str) -> gpd.GeoDataFrame:
    """The zones of a file, as GDAL and a reader of Parquet give them."""
    if format == "parquet":
        return gpd.read_parquet(file)
    options = {} if format == "geojson" else {"layer": GIS[format]}
    table = pyogrio.read_dataframe(file, **options)
    return table[table["kind"] == "zone"]


@pytest.mark.parametrize("format", GIS)
@pytest.mark.parametrize(
    ("preset", "changes"), [("mirror-5", {}), ("mirror-40", {"extent": "all"}), ("freeze", {})]
)
def test_coordinates_go_round(
    tmp_path: Path, format: str, preset: str, changes: dict[str, str]
) -> None:
    snapshot = saved.of(preset, **changes)
    file = tmp_path / f"it.{format}"
    export.write(snapshot, file)
    read = zones_of(file, format)
    assert read.crs is not None
    assert read.crs.to_epsg() == 4326
    assert list(read["side"]) == list(SIDES)
    for shape, metres in zip(read.geometry, snapshot.first.zones.geometry, strict=True):
        if metres.is_empty:
            assert shape is None or shape.is_empty
            continue
        back = crs.to_metres(shapely.force_2d(shape))
        assert back.area == pytest.approx(metres.area, rel=1e-5)
        corners = shapely.points(shapely.get_coordinates(back))
        assert shapely.distance(corners, metres.boundary).max() < FARTHEST_M
        # A spike narrower than the grid goes; nowhere else is the edge another.
        differing = shapely.symmetric_difference(metres, back)
        assert shapely.buffer(differing, -FARTHEST_M / 2).is_empty
    assert [float(km2) for km2 in read["area_km2"]] == [
        figures["area_km2"] for figures in snapshot.first.to_dict()["sides"].values()
    ]


@pytest.mark.parametrize("format", ["geojson", "gpkg", "kml", "parquet"])
def test_a_kept_answer_is_written_in_the_language_of_whoever_saves_it(format: str) -> None:
    english = export.to_bytes(saved.of("mirror-5"), format)
    with language.using("uk"):
        ukrainian = export.to_bytes(saved.of("mirror-5"), format)
    title = "Обидві сторони відходять на 5 км".encode()
    assert title in ukrainian
    assert title not in english
    assert export.to_bytes(saved.of("mirror-5"), format) == english
