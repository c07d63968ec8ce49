"""Files of areas of every kind: read the same, and every trap is named."""

from __future__ import annotations

import io
import json
import resource
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.errors import InputError
from geo import readers, sandbox, upload
from geo.sandbox import Answer
from geo.upload import Found

SQUARE = shapely.box(37.0, 48.0, 38.0, 49.0)
TRIANGLE = shapely.Polygon([(35.0, 47.0), (36.0, 47.0), (36.0, 48.0)])
HELLO = "Привіт <img src=x onerror=alert(1)> ${alert(1)} `x` </script>"


@pytest.fixture(autouse=True, scope="module")
def worker_waits() -> Iterator[None]:
    sandbox.warm()
    yield
    sandbox.cool()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same tasks without a process of their own: for files that are no trap."""

    def run(task: str, given: dict[str, Any], *, files: dict[str, bytes], **_: Any) -> Answer:
        folder = tmp_path_factory.mktemp("here")
        for name, content in files.items():
            (folder / name).write_bytes(content)
        document, parts = getattr(readers, task.partition(":")[2])(folder, given, [])
        return Answer(json.loads(json.dumps(document)), tuple(parts))

    monkeypatch.setattr(sandbox, "run", run)


HERE = pytest.mark.usefixtures("here")


def frame(crs: object = 4326) -> gpd.GeoDataFrame:
    known = gpd.GeoDataFrame(
        {"label": [HELLO, "b"], "number": [1, 2]}, geometry=[SQUARE, TRIANGLE], crs=4326
    )
    return known.to_crs(crs) if crs is not None else known.set_crs(None, allow_override=True)


def zipped(folder: Path, pattern: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(folder.glob(pattern)):
            made.write(file, file.name)
    return target.getvalue()


def saved(folder: Path, kind: str, table: gpd.GeoDataFrame) -> bytes:
    """The bytes of a file of that kind, as other people's tools write it."""
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        # That it has no CRS is what the test is about.
        warnings.filterwarnings("ignore", "'crs' was not provided")
        return _saved(folder, kind, table)


def _saved(folder: Path, kind: str, table: gpd.GeoDataFrame) -> bytes:
    if kind == readers.SHAPEFILE:
        table.to_file(folder / "a.shp")
        return zipped(folder, "a.*")
    if kind == readers.GEOPARQUET:
        table.to_parquet(folder / "a.parquet")
        return (folder / "a.parquet").read_bytes()
    if kind == readers.KMZ:
        table.to_file(folder / "doc.kml", driver="LIBKML")
        return zipped(folder, "doc.kml")
    drivers = {
        readers.GEOJSON: ("a.geojson", "GeoJSON"),
        readers.KML: ("a.kml", "LIBKML"),
        readers.GEOPACKAGE: ("a.gpkg", "GPKG"),
        readers.FLATGEOBUF: ("a.fgb", "FlatGeobuf"),
    }
    name, driver = drivers[kind]
    table.to_file(folder / name, driver=driver)
    return (folder / name).read_bytes()


KINDS = (
    readers.GEOJSON,
    readers.KML,
    readers.KMZ,
    readers.GEOPACKAGE,
    readers.SHAPEFILE,
    readers.FLATGEOBUF,
    readers.GEOPARQUET,
)
WITH_CRS = (readers.GEOPACKAGE, readers.SHAPEFILE, readers.FLATGEOBUF, readers.GEOPARQUET)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_areas(tmp_path: Path, kind: str) -> None:
    found = upload.look(saved(tmp_path / "x", kind, frame()), name="a file")
    assert found.kind == kind
    assert found.rows == 2
    assert found.crs is not None
    assert found.crs.startswith("WGS 84")
    assert (found.is_reprojected, found.repairs) == (False, ())
    assert shapely.area(found.polygons).sum() == pytest.approx(1.5, rel=1e-6)
    assert shapely.is_valid(found.polygons).all()
    columns = {name: example for name, _kind, example in found.columns}
    assert columns["label"] == HELLO[: readers.LONGEST_EXAMPLE - 1] + "…"
    assert columns["number"] == "1"


@HERE
@pytest.mark.parametrize("kind", WITH_CRS)
@pytest.mark.parametrize("code", [32637, 3857, 5564])
def test_another_crs_is_reprojected_and_said(tmp_path: Path, kind: str, code: int) -> None:
    found = upload.look(saved(tmp_path / "x", kind, frame(code)), name="a file")
    assert found.is_reprojected
    assert str(code) in str(found.crs)
    assert shapely.area(found.polygons).sum() == pytest.approx(1.5, rel=1e-3)
    assert any(text.startswith("Reprojected from") for text in found.remarks)


@HERE
@pytest.mark.parametrize("kind", WITH_CRS)
def test_a_missing_crs_is_asked_for(tmp_path: Path, kind: str) -> None:
    content = saved(tmp_path / "x", kind, frame(32637).set_crs(None, allow_override=True))
    asked = upload.look(content, name="a file")
    assert asked.crs is None
    assert len(asked.polygons) == 0
    assert 32637 in asked.fitting
    assert 4326 not in asked.fitting
    found = upload.look(content, name="a file", crs=32637)
    assert str(found.crs).endswith("(EPSG:32637)")
    assert shapely.area(found.polygons).sum() == pytest.approx(1.5, rel=1e-3)
    # One that is stated is not talked over.
    told = upload.look(saved(tmp_path / "y", kind, frame()), name="a file", crs=32637)
    assert not told.is_reprojected


@HERE
def test_degrees_of_no_crs_fit_degrees(tmp_path: Path) -> None:
    content = saved(tmp_path / "x", readers.SHAPEFILE, frame(None))
    assert upload.look(content, name="a file").fitting[0] == 4326
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"states no CRS; name it .* with --crs"):
        upload.read_polygons(tmp_path / "a.zip")
    polygons, _ = upload.read_polygons(tmp_path / "a.zip", crs=4326)
    assert shapely.area(polygons).sum() == pytest.approx(1.5)


@HERE
def test_a_crs_that_does_not_fit_is_named(tmp_path: Path) -> None:
    content = saved(tmp_path / "x", readers.SHAPEFILE, frame(None))
    with pytest.raises(InputError, match=r"lies outside Ukraine|does not lie"):
        upload.look(content, name="a file", crs=32637)


@pytest.mark.parametrize(
    ("text", "code"),
    [("4326", 4326), (" EPSG:32637 ", 32637), ("epsg::3857", 3857)],
)
def test_an_epsg_code_is_understood(text: str, code: int) -> None:
    assert upload.epsg_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "99999",
        "4978",
        "5773",
        "+proj=longlat",
        "/vsicurl/http://192.0.2.1/x",
        "EPSG:1",
        "4326;",
    ],
)
def test_what_is_no_epsg_code_of_a_map_is_refused(text: str) -> None:
    assert upload.epsg_code(text) is None


@HERE
def test_layers_are_listed_and_chosen(tmp_path: Path) -> None:
    file = tmp_path / "a.gpkg"
    points = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(37, 48)], crs=4326)
    points.to_file(file, layer="points", driver="GPKG")
    frame().iloc[:1].to_file(file, layer="square", driver="GPKG")
    frame().iloc[1:].to_file(file, layer="triangle", driver="GPKG")
    first = upload.look(file.read_bytes(), name="a file")
    assert (first.layers, first.layer) == (("points", "square", "triangle"), "square")
    other = upload.look(file.read_bytes(), name="a file", layer="triangle")
    assert shapely.area(other.polygons).sum() == pytest.approx(0.5)
    with pytest.raises(InputError, match="holds no polygons in its layer points; choose another"):
        upload.look(file.read_bytes(), name="a file", layer="points")


@HERE
def test_shapefiles_of_one_archive_are_layers(tmp_path: Path) -> None:
    for name, rows in (("one", slice(0, 1)), ("two", slice(1, 2))):
        frame().iloc[rows].to_file(tmp_path / f"{name}.shp")
    content = zipped(tmp_path, "*")
    found = upload.look(content, name="a file", layer="two")
    assert found.layers == ("one", "two")
    assert shapely.area(found.polygons).sum() == pytest.approx(0.5)


@HERE
def test_folders_of_kml_are_read_together(tmp_path: Path) -> None:
    part = (
        "<Folder><name>{0}</name><Placemark><name>{0}</name><Polygon><outerBoundaryIs><LinearRing>"
        "<coordinates>{1},48,100 38,48,100 38,49,100 {1},48,100</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon></Placemark></Folder>"
    )
    text = f"<kml><Document>{part.format('a', 37)}{part.format('b', 36)}</Document></kml>"
    found = upload.look(text.encode(), name="a file")
    assert len(found.polygons) == 2
    assert found.left_out == ("Heights: areas are used without.",)
    assert [column[0] for column in found.columns] == ["Name"]


# --------------------------------------------------------------------- what is left out and said


def geojson(*shapes: Any, **members: Any) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"a": place},
            "geometry": shapely.geometry.mapping(shape) if hasattr(shape, "wkb") else shape,
        }
        for place, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


@HERE
def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    far = shapely.box(-100, 30, -90, 40)
    high = shapely.force_3d(TRIANGLE, 100)
    found = upload.look(
        geojson(SQUARE, SQUARE, shapely.Point(37, 48), TRIANGLE.exterior, None, far, high),
        name="a file",
    )
    assert found.left_out == (
        "1 row without a shape.",
        "2 points or lines: only areas are used.",
        "Heights: areas are used without.",
        "1 area that stands there twice.",
        "1 area outside Ukraine and its neighbours.",
    )
    assert found.rows == 7
    assert shapely.area(found.polygons).sum() == pytest.approx(1.5)
    assert not shapely.has_z(found.polygons).any()


@HERE
def test_a_repair_is_said() -> None:
    bow = shapely.Polygon([(37, 48), (38, 49), (38, 48), (37, 49)])
    found = upload.look(geojson(bow), name="a file")
    assert "repaired" in found.repairs[0]
    assert shapely.is_valid(found.polygons).all()


@HERE
def test_an_older_geojson_may_state_its_crs() -> None:
    moved = frame(32637).geometry.to_list()
    stated = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32637"}}
    found = upload.look(geojson(*moved, crs=stated), name="a file")
    assert found.is_reprojected
    assert shapely.area(found.polygons).sum() == pytest.approx(1.5, rel=1e-3)
    strange = {"type": "name", "properties": {"name": "/vsicurl/http://192.0.2.1/EPSG"}}
    with pytest.raises(InputError, match="states a CRS that is not known"):
        upload.look(geojson(SQUARE, crs=strange), name="a file")


@HERE
def test_a_geojson_in_metres_is_asked_for_its_crs() -> None:
    found = upload.look(geojson(*frame(32637).geometry), name="a file")
    assert found.crs is None
    assert 32637 in found.fitting


@HERE
@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("a.kml", readers.GEOJSON, "Its name ends in .kml, but it is GeoJSON"),
        ("a.geojson", readers.GEOPACKAGE, "Its name ends in .geojson, but it is GeoPackage"),
        ("a.zip", readers.FLATGEOBUF, "Its name ends in .zip, but it is FlatGeobuf"),
        ("a.zip", readers.SHAPEFILE, None),
        ("a.kmz", readers.KMZ, None),
        ("a", readers.KML, None),
    ],
)
def test_a_file_is_known_by_its_content(
    tmp_path: Path, name: str, kind: str, said: str | None
) -> None:
    found = upload.look(saved(tmp_path / "x", kind, frame()), name=name)
    assert found.kind == kind
    assert shapely.area(found.polygons).sum() == pytest.approx(1.5, rel=1e-6)
    assert [text.partition(",  ")[0][: len(said or "")] for text in found.notes] == (
        [said] if said else []
    )


@HERE
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251"])
def test_other_encodings_of_text_are_read(encoding: str) -> None:
    text = json.dumps(
        {
            "type": "Feature",
            "properties": {"назва": "Привіт"},
            "geometry": shapely.geometry.mapping(SQUARE),
        },
        ensure_ascii=False,
    )
    found = upload.look(text.encode(encoding), name="a file")
    assert ("назва", "text", "Привіт") in found.columns
    assert any("Windows-1251" in note for note in found.notes) == (encoding == "cp1251")


# ----------------------------------------------------------------------------------------- traps


def kml(body: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<kml><Document>{body}</Document></kml>'.encode()


LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
)
POLYGON = (
    "<Placemark><name>{0}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
    "37,48 38,48 38,49 37,48</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
)


def million() -> bytes:
    ring = "[37,48]," * 1_000_000 + "[38,49],[37,48]"
    return f'{{"type":"Polygon","coordinates":[[{ring}]]}}'.encode()


def tangled() -> bytes:
    ring = np.random.default_rng(1).uniform((36.5, 47.5), (39.5, 49.5), (500, 2))
    return geojson(shapely.Polygon(ring.round(5)))


def small_tangled() -> bytes:
    """The same within ten kilometres: its outlines are not long, but cross as often."""
    ring = np.random.default_rng(1).uniform(-0.05, 0.05, (500, 2)) + np.array([37.5, 48.5])
    return geojson(shapely.Polygon(ring.round(5)))


def coordinates(text: str) -> bytes:
    return f'{{"type":"Polygon","coordinates":[[{text}]]}}'.encode()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: kml(POLYGON.format("&l9;"), f"<!DOCTYPE kml [{LAUGHS}]>"), "declares entities"),
        (
            lambda: kml(
                POLYGON.format("&x;"), '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            ),
            "declares entities",
        ),
        (
            lambda: kml(POLYGON.format(""), '<!DOCTYPE kml SYSTEM "http://192.0.2.1/x.dtd">'),
            "declares entities",
        ),
        (
            lambda: (
                kml(POLYGON.format(""), '<!DOCTYPE kml [<!ENTITY % x SYSTEM "x"> %x;]>')
                .decode()
                .replace('<?xml version="1.0"?>', "")
                .encode("utf-16")
            ),
            "declares entities",
        ),
        (lambda: kml(POLYGON.format("&undeclared;")), "damaged KML"),
        (lambda: kml("<Folder>" * 200_000), "damaged KML"),
        (lambda: b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "XML, but not KML"),
        (lambda: b"<svg xmlns='x'/>", "XML, but not KML"),
        (lambda: kml("<Placemark><Point><coordinates>37,48</coordinates></Point></Placemark>"), ""),
        (lambda: kml("<NetworkLink><Link><href>http://192.0.2.1/</href></Link></NetworkLink>"), ""),
        (lambda: coordinates("[37,48],[1e999,48],[38,49],[37,48]"), "not finite"),
        (lambda: coordinates("[37,48],[Infinity,48],[38,49],[37,48]"), "not finite"),
        (lambda: coordinates("[37,48],[NaN,48],[38,49],[37,48]"), "not finite"),
        (lambda: coordinates(f"[37,48],[1{'0' * 400},48],[38,49],[37,48]"), "coordinates"),
        (lambda: coordinates(f"[37,48],[1{'0' * 9000},48],[38,49],[37,48]"), "JSON"),
        (lambda: coordinates("[48,37],[48,38],[49,38],[48,37]"), "swapped"),
        (lambda: coordinates("[37,48],[38],[38,49],[37,48]"), "damaged"),
        (lambda: coordinates('[37,48],["x",48],[38,49],[37,48]'), "damaged"),
        (million, "vertices"),
        (tangled, "outlines of some"),
        (small_tangled, "is a tangle"),
        (lambda: b'{"type":"FeatureCollection","features":' + b"[" * 100_000, "JSON"),
        (lambda: b"SQLite format 3\0" + b"\0" * 200, "no GeoPackage"),
        (lambda: b"PAR1" + b"\0" * 200 + b"PAR1", "damaged GeoParquet"),
        (lambda: b"fgb\x03fgb\x00" + b"\xff" * 200, "damaged FlatGeobuf|no polygons"),
        (lambda: b"\x00\x00\x27\x0a" + b"\0" * 200, "only one part of a Shapefile"),
        (lambda: b"%PDF-1.7\0\0", "none of the files that are read"),
        (lambda: bytes(range(256)) * 10, "none of the files that are read"),
        (lambda: b"", "is empty"),
    ],
)
def test_a_trap_is_named(make: Callable[[], bytes], words: str) -> None:
    content = make()
    assert len(content) <= upload.LARGEST_FILE_BYTES
    # Its own sentence, not that the time or the memory was over: what is refused is not worked on.
    with pytest.raises(InputError, match=words or "no polygons") as caught:
        upload.look(content, name="it.file")
    assert str(caught.value).startswith("it.file")
    assert "\n" not in str(caught.value)


def test_a_file_above_the_cap_is_not_even_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "run", lambda *_given, **_more: pytest.fail("handed over"))
    with pytest.raises(InputError, match="larger than 10 MB"):
        upload.look(b" " * (upload.LARGEST_FILE_BYTES + 1), name="a file")


@pytest.mark.parametrize("kind", [readers.GEOJSON, readers.KML, readers.GEOPACKAGE])
def test_a_text_of_ten_megabytes_is_cut(tmp_path: Path, kind: str) -> None:
    long = frame().assign(label=["я" * 4_500_000, "b"])
    content = saved(tmp_path / "x", kind, long)
    assert 9_000_000 < len(content) <= upload.LARGEST_FILE_BYTES
    found = upload.look(content, name="a file")
    assert ("label", "text", "я" * (readers.LONGEST_EXAMPLE - 1) + "…") in found.columns
    assert shapely.area(found.polygons).sum() == pytest.approx(1.5, rel=1e-6)


@HERE
def test_many_columns_with_long_names_are_cut() -> None:
    properties = {f"{n}" + "x" * 1000: "y" for n in range(2000)}
    document = {
        "type": "Feature",
        "properties": properties,
        "geometry": shapely.geometry.mapping(SQUARE),
    }
    found = upload.look(json.dumps(document).encode(), name="a file")
    assert len(found.columns) == readers.MOST_COLUMNS
    assert max(len(name) for name, _kind, _example in found.columns) <= readers.LONGEST_EXAMPLE


def test_a_bomb_of_parquet_is_refused(tmp_path: Path) -> None:
    """One shape of a megabyte, fifty thousand times: small in the file, large when it is read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    circle = shapely.to_wkb(shapely.Point(37.5, 48.5).buffer(0.5, quad_segs=15_000))
    rows = pa.DictionaryArray.from_arrays(np.zeros(50_000, "int32"), pa.array([circle]))
    table = pa.table({"geometry": rows})
    about = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
    }
    table = table.replace_schema_metadata({b"geo": json.dumps(about).encode()})
    pq.write_table(table, tmp_path / "a", compression="zstd", use_dictionary=True)
    content = (tmp_path / "a").read_bytes()
    assert len(content) < 2_000_000
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"512 MB of memory|unpacks to more|vertices|longer than"):
        upload.look(content, name="a file")
    # Gigabytes unpacked, and nothing of them here.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_an_answer_or_one_sentence(tmp_path: Path, kind: str) -> None:
    """Cut off, and with bytes changed: nothing else ever comes out."""
    content = saved(tmp_path / "x", kind, frame())
    random = np.random.default_rng(3)
    broken = [content[: len(content) * share // 100] for share in (50, 95)]
    for _ in range(2):
        noisy = bytearray(content)
        for place in random.integers(8, len(noisy), max(3, len(noisy) // 400)):
            noisy[place] = int(random.integers(256))
        broken.append(bytes(noisy))
    for each in broken:
        said = outcome(each)
        assert isinstance(said, Found) or ("\n" not in said and said.startswith("it.file"))


def outcome(content: bytes) -> Found | str:
    try:
        return upload.look(content, name="it.file")
    except InputError as fault:
        return str(fault)


def test_a_name_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = saved(tmp_path / "x", readers.GEOPACKAGE, frame())
    for name in ("/vsicurl/http://192.0.2.1/a.gpkg", "../../a.gpkg", "GPKG:/etc/passwd", "a\0b"):
        assert upload.look(content, name=name).rows == 2


def test_a_file_is_read_by_the_worker_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started for it while its reader waits."""
    sandbox.warm()
    monkeypatch.setattr(sandbox._spares, "wanted", False)
    monkeypatch.setattr(sandbox, "_Worker", lambda: pytest.fail("one was started"))
    assert upload.look(geojson(SQUARE), name="a file").rows == 1
