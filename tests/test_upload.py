"""Files from outside: each fault gets a sentence that names it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

import cli
from data import language
from data.errors import InputError
from geo import control, crs, impact, pullback, scenario, upload

SQUARE = [[37.0, 48.0], [38.0, 48.0], [38.0, 49.0], [37.0, 49.0], [37.0, 48.0]]


def polygon(ring: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def write(folder: Path, content: object) -> Path:
    file = folder / "file.geojson"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("document", "remarks"),
    [
        (polygon(SQUARE), ()),
        ({"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)}, ()),
        ({"type": "GeometryCollection", "geometries": [polygon(SQUARE)]}, ()),
        (
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
            ("Left out: 1 row without a shape.", "Left out: 1 point or line: only areas are used."),
        ),
    ],
)
def test_forms_of_geojson(tmp_path: Path, document: object, remarks: tuple[str, ...]) -> None:
    polygons, repairs = upload.read_polygons(write(tmp_path, document))
    assert shapely.area(polygons).sum() == pytest.approx(1.0)
    assert repairs == remarks


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
    with pytest.raises(InputError, match="is a folder"):
        upload.read_polygons(tmp_path)


def test_a_bow_tie_is_repaired_and_said(tmp_path: Path) -> None:
    bow = polygon([[37, 48], [38, 49], [38, 48], [37, 49], [37, 48]])
    polygons, repairs = upload.read_polygons(write(tmp_path, bow))
    assert shapely.is_valid(polygons).all()
    assert "repaired" in repairs[0]


def test_figures_of_what_was_done_are_those_of_the_language() -> None:
    # A spike of no width is cut off: nothing of the area goes with it.
    spike = [[37.5, 49.0], [37.5, 49.5], [37.5, 49.0]]
    spiked = [[37.0, 48.0], [38.0, 48.0], [38.0, 49.0], *spike, [37.0, 49.0], [37.0, 48.0]]
    _polygons, repairs = upload.parse_polygons(json.dumps(polygon(spiked)), name="x")
    assert repairs == ("Invalid polygons repaired: 1 (area +0.00%).",)
    far = json.dumps(polygon([[2.5, 48], [3.5, 48], [3.5, 49], [2.5, 48]]))
    with pytest.raises(InputError, match=r"longitude 2\.5 to 3\.5") as caught:
        upload.parse_polygons(far, name="x")
    with language.using("uk"):
        assert "(площа +0,00%)" in str(repairs[0])
        assert "2,5" in str(caught.value)


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


# Whatever a file holds: an answer or a sentence --------------------------------------------------

MIDDLE = np.array([37.5, 48.5])


def outline(corners: np.ndarray) -> dict[str, Any]:
    """A polygon of one ring, closed, rounded to a metre."""
    return polygon(np.round(np.vstack([corners, corners[:1]]), 5).tolist())


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return json.loads(json.dumps(shapely.geometry.mapping(shapely.box(west, south, east, north))))


def together(*shapes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "GeometryCollection", "geometries": list(shapes)}


def star(points: int) -> dict[str, Any]:
    """A ring around its middle some hundred times."""
    turn = 2 * np.pi * (points // 2 - 1) * np.arange(points) / points
    return outline(MIDDLE + np.column_stack([np.cos(turn), 0.7 * np.sin(turn)]))


def tangle(points: int) -> dict[str, Any]:
    random = np.random.default_rng(1)
    return outline(MIDDLE + random.uniform(-1, 1, (points, 2)) * [1.5, 1.0])


def noisy_front(vertices: int) -> dict[str, Any]:
    """A front across the country, drawn with a corner every two metres, some 30 m off."""
    random = np.random.default_rng(1)
    south_north = np.linspace(46.5, 50.5, vertices)
    front = 37.5 + 0.3 * np.sin(6 * south_north) + random.normal(0, 3e-4, vertices)
    return outline(np.vstack([np.column_stack([front, south_north]), [[41, 50.5], [41, 46.5]]]))


def spikes(vertices: int, depth: float) -> dict[str, Any]:
    """A disc whose edge goes in and out."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = np.where(np.arange(vertices) % 2, 1.0, 1.0 - depth)
    return outline(MIDDLE + np.column_stack([1.5 * radius * np.cos(turn), radius * np.sin(turn)]))


def saw(teeth: int) -> dict[str, Any]:
    """Teeth that grow from one end to the other: no simplifying takes any away."""
    tooth = np.arange(teeth)
    height = np.where(tooth % 2, 1 + tooth / teeth, 0.0)
    edge = np.column_stack([36 + 2 * tooth / teeth, 47 + height])
    return outline(np.vstack([edge, [[38, 46], [36, 46]]]))


def squares(across: int, apart: float) -> dict[str, Any]:
    size = 4 / across
    return together(
        *(
            box(35 + i * size, 47 + j * size, 35 + (i + apart) * size, 47 + (j + apart) * size)
            for i in range(across)
            for j in range(across // 2)
        )
    )


def nested_holes() -> dict[str, Any]:
    boxes = [shapely.box(35, 46, 40, 50)]
    boxes += [shapely.box(36 + k, 47 + k, 39 - k, 49.5 - k) for k in np.arange(0, 0.8, 0.02)]
    rings = [np.array(each.exterior.coords).tolist() for each in boxes]
    return {"type": "Polygon", "coordinates": rings}


def repeated(times: int) -> dict[str, Any]:
    corners = np.array([[36, 46], [40, 46], [40, 50], [38, 48], [36, 50]], dtype=float)
    return outline(np.repeat(corners, times, axis=0))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: together(), "no polygons"),
        (lambda: {"type": "Polygon", "coordinates": []}, "no polygons"),
        (lambda: box(20, 43, 42, 54), "no line of contact"),
        (lambda: box(41, 48, 43, 50), "no Russian-held ground"),
        (lambda: box(18.5, 50, 20, 52), "no Russian-held ground"),
        (lambda: star(500), "outlines of some"),
        (lambda: tangle(500), "outlines of some"),
        (lambda: tangle(5000), "outlines of some"),
        (lambda: spikes(199_000, 0.3), "vertices even when simplified"),
        (lambda: spikes(9_000, 0.3), "outlines of some"),
        # Left to itself, GEOS overflows its stack here and takes the process with it.
        (lambda: saw(100_000), "vertices even when simplified"),
        (lambda: squares(150, 0.5), "vertices even when simplified"),
    ],
)
def test_what_cannot_be_measured_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[], Any], words: str
) -> None:
    file = write(tmp_path, make())
    status = cli.main(["scenario", "--source", str(file), "--date", "2025-12-14"])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    # Its own sentence, not that the time was over: what is refused is not worked on.
    assert words in err


@pytest.mark.parametrize(
    "make",
    [
        lambda: noisy_front(199_000),
        lambda: spikes(199_000, 0.0005),
        lambda: spikes(6_000, 0.02),
        lambda: squares(50, 0.5),
        lambda: squares(40, 0.99),
        lambda: tangle(100),
        lambda: tangle(180),
        lambda: nested_holes(),
        lambda: repeated(30_000),
        lambda: together(*[box(36, 46, 40, 50)] * 2000),
    ],
)
def test_what_is_taken_is_measured(tmp_path: Path, make: Callable[[], Any]) -> None:
    file = write(tmp_path, make())
    made = control.load(dt.date(2025, 12, 14), str(file))
    asked = scenario.make(date=made.date, source=str(file), ukraine_km=10, russia_km=10)
    found = impact.assess(pullback.pull_back(made, asked), made, asked)
    assert made.line_km > 100
    assert (found.sides["area_km2"] > 100).all()


def test_a_front_drawn_too_finely_is_simplified_and_said(tmp_path: Path) -> None:
    polygons, repairs = upload.read_polygons(write(tmp_path, noisy_front(199_000)))
    assert shapely.get_num_coordinates(polygons).sum() <= upload.MOST_CORNERS
    assert "199,003 vertices" in repairs[0]
    assert shapely.is_valid(polygons).all()
    smooth = np.linspace(46.5, 50.5, 5000)
    curve = shapely.LineString(np.column_stack([37.5 + 0.3 * np.sin(6 * smooth), smooth]))
    edge = crs.to_metres(shapely.union_all(polygons)).boundary
    away = shapely.distance(shapely.points(shapely.get_coordinates(crs.to_metres(curve))), edge)
    # The noise reaches 100 m; simplifying adds no more than it says.
    assert np.quantile(away, 0.99) < 100 + upload.FARTHEST_MOVED_M


def test_simplifying_moves_no_edge_farther_than_it_says() -> None:
    random = np.random.default_rng(2)
    turn = np.linspace(0, 2 * np.pi, 30_000, endpoint=False)
    radius = 1 + 0.1 * np.sin(40 * turn) + random.normal(0, 1e-4, len(turn))
    ring = MIDDLE + radius[:, None] * np.column_stack([np.cos(turn), 0.7 * np.sin(turn)])
    hole = MIDDLE + 0.3 * np.column_stack([np.cos(turn), np.sin(turn)])
    before = shapely.Polygon(ring, [hole])
    after, moved_m = upload._thinned(np.array([before]), "x")
    assert len(after) == 1
    assert len(after[0].interiors) == 1
    one, other = crs.to_metres(np.array([before, after[0]]))
    apart_m = shapely.hausdorff_distance(shapely.boundary(one), shapely.boundary(other))
    assert 0 < apart_m <= moved_m
    assert other.area == pytest.approx(one.area, rel=1e-3)


def test_what_is_too_small_to_draw_is_dropped_with_its_holes() -> None:
    east = MIDDLE[0] + np.arange(400) / 1000
    rings = shapely.buffer(shapely.points(east, MIDDLE[1]), 1e-4).tolist()
    crumbs = [ring.difference(ring.buffer(-2e-5)) for ring in rings]
    kept, _ = upload._thinned(np.array([*crumbs, shapely.box(36, 47, 37, 48)]), "x")
    assert kept.tolist() == [shapely.box(36, 47, 37, 48)]


def test_a_repair_that_guesses_says_so(tmp_path: Path) -> None:
    _, repairs = upload.read_polygons(
        write(tmp_path, polygon([[37, 48], [38, 49], [38, 48], [37, 49], [37, 48]]))
    )
    assert "guess" in repairs[0]
    loop = [[37.5, 49], [37.5, 49.01], [37.51, 48.995]]
    nearly = polygon([[37, 48], [38, 48], [38, 49], *loop, [37, 49], [37, 48]])
    _, repairs = upload.read_polygons(write(tmp_path, nearly))
    assert repairs[0].startswith("Invalid polygons repaired: 1 (area ")


def test_the_files_of_the_assessors_are_read_as_they_are(shared_data: Path) -> None:
    for source in control.SOURCES:
        for file in sorted((shared_data / "control" / source).glob("*.geojson"))[::7]:
            polygons, repairs = upload.read_polygons(file)
            assert not any("simplified" in repair for repair in repairs)
            assert shapely.is_valid(polygons).all()
