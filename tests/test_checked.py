"""What a fetched map must be, on shapes whose answer is known by hand; and its readers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from data import (
    checked,
    read_airforce,
    read_boundaries,
    read_control,
    read_deepstate,
    read_owl,
    upstream,
)
from data.checked import Good
from data.errors import RefusedError
from data.language import UKRAINIAN, using
from data.read_control import Areas

DAY = dt.date(2025, 12, 14)
SQUARE = shapely.box(36.0, 48.0, 37.0, 49.0)
# On the ellipsoid (Karney 2013), which the project's projection is measured against.
SQUARE_KM2 = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(SQUARE)[0]) / 1e6
BOW_TIE = shapely.Polygon([(36, 48), (37, 49), (37, 48), (36, 49)])


def areas(*polygons: Any, stated: dt.date | None = None) -> Areas:
    return Areas(np.array(polygons, dtype=object), stated)


def circle(corners: int) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, corners)
    return shapely.Polygon(np.column_stack([36.5 + 0.2 * np.cos(turn), 48.5 + 0.2 * np.sin(turn)]))


def check(found: Areas, *, near: Good | None = None, confirm: bool = False) -> checked.Ground:
    return checked.check(found, DAY, near=near, confirm_area=confirm)


def test_a_square_of_a_degree_is_as_large_as_it_is() -> None:
    ground = check(areas(SQUARE, SQUARE))
    assert ground.area_km2 == pytest.approx(SQUARE_KM2, rel=1e-3)
    assert ground.notes == ()


def test_what_crosses_itself_is_repaired_and_said_and_the_rest_is_left_alone() -> None:
    fine = shapely.Polygon([(38.123456789, 48), (38.5, 48), (38.5, 48.7)])
    ground = check(areas(fine, BOW_TIE))
    assert list(ground.notes) == [("repaired", 1)]
    assert shapely.is_valid(ground.polygons).all()
    assert any(shapely.equals_exact(each, fine) for each in ground.polygons)
    # The two triangles of the bow tie, half of the square.
    rest = [each for each in ground.polygons if not shapely.equals_exact(each, fine)]
    assert checked.measure_km2(np.array(rest)) == pytest.approx(SQUARE_KM2 / 2, rel=0.02)
    assert str(checked.said("repaired", 1)) == "1 area that crossed itself was repaired."
    assert "2 features that are no areas" in checked.said("left_out", 2)
    with using(UKRAINIAN):
        assert "%" in checked.said("confirmed", -0.2)


@pytest.mark.parametrize(
    ("polygons", "why"),
    [
        ([], "no areas can be read"),
        ([shapely.box(48, 36, 49, 37)], "axes are swapped"),
        ([SQUARE, shapely.box(2, 48, 3, 49)], r"beyond Ukraine: 2\.0 to 37\.0°E"),
        ([shapely.box(36, 48, 37, 54)], "beyond Ukraine"),
        ([shapely.Polygon([(36, 48), (37, 48), (36, 48)])], "nothing is left"),
        ([circle(60_000)], "more than 50000 corners"),
    ],
)
def test_what_is_no_ground_of_ukraine_is_refused(polygons: list[Any], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        check(areas(*polygons))


def test_a_tangle_is_refused_before_anything_repairs_it() -> None:
    scattered = np.random.default_rng(7).random((40_000, 2)) + np.array([36, 48])
    teeth = np.column_stack([np.tile([36.0, 37.0], 5_000), np.linspace(48, 49, 10_000)])
    comb = shapely.Polygon([*teeth, (37.5, 49), (37.5, 48)])
    across = shapely.Polygon([(x - 12, y + 12) for y, x in comb.exterior.coords])
    for tangle in ([shapely.Polygon(scattered)], [comb, across]):
        with pytest.raises(RefusedError, match="cross each other too often"):
            check(areas(*tangle))


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (0.92, True), (1.09, True),
                                                (1.12, False), (0.88, False)])  # fmt: skip
def test_ground_is_measured_by_the_last_good_day(factor: float, passes: bool) -> None:
    near = Good(dt.date(2025, 12, 13), SQUARE_KM2 / factor)
    if passes:
        assert check(areas(SQUARE), near=near).notes == ()
        return
    with pytest.raises(checked.AreaChangedError, match="2025-12-13, the nearest good day"):
        check(areas(SQUARE), near=near)
    ((kind, change),) = check(areas(SQUARE), near=near, confirm=True).notes
    assert kind == "confirmed"
    assert change == pytest.approx(factor - 1, abs=1e-3)


def test_a_file_of_another_day_is_refused() -> None:
    assert len(check(areas(SQUARE, stated=DAY)).polygons) == 1
    with pytest.raises(RefusedError, match="the map of 2025-12-13, not of 2025-12-14"):
        check(areas(SQUARE, stated=dt.date(2025, 12, 13)))


# --- readers ------------------------------------------------------------------------------------

RING = [[36, 48], [37, 48], [37, 49], [36, 48]]


def collection(*geometries: Any, **members: Any) -> bytes:
    features = [{"type": "Feature", "geometry": each} for each in geometries]
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_deepstate_is_read_with_its_date_and_without_what_is_no_area() -> None:
    hole = [[36.5, 48.1], [36.6, 48.1], [36.6, 48.2], [36.5, 48.1]]
    body = collection(
        polygon(RING, hole),
        {"type": "MultiPolygon", "coordinates": [[RING], [[[*point, 7.0] for point in RING]]]},
        {"type": "Point", "coordinates": [36, 48]},
        name="deepstatemap_data_20251214",
        crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    )
    found = read_deepstate.read(body)
    assert (len(found.polygons), found.stated, found.left_out) == (3, DAY, 1)
    assert [len(each.interiors) for each in found.polygons] == [1, 0, 0]
    assert not shapely.has_z(found.polygons).any()


def test_owl_is_turned_and_nothing_else_of_it_is_read() -> None:
    rings = [[[y, x] for x, y in RING]]
    body = json.dumps({"areas": rings, "areas_ua": [[[1, 2]]], "units": {"ru": [[1, [37, 48]]]}})
    found = read_owl.read(body.encode())
    assert shapely.equals(found.polygons[0], shapely.Polygon(RING))
    assert found.left_out == 0


@pytest.mark.parametrize(
    "areas_text",
    ["[]", "{}", "null", "7", "[7]", "[[]]", "[[[48,36],[49,37]]]", '[[["a",1],[2,3],[4,5]]]',
     "[[[48],[49],[48]]]", "[[[48,36],[49,37],[48,null]]]", "[[[48,36],[49,37],[48,1e999]]]",
     "[[[48,36],[49,37],[48,[1]]]]", "[[[48,36],[49,37],[48,38]], {}]"],
)  # fmt: skip
def test_areas_of_another_form_are_refused(areas_text: str) -> None:
    with pytest.raises(RefusedError):
        read_owl.read(f'{{"areas": {areas_text}, "units": {{}}}}'.encode())


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"7", b"null", b"{}", b"\xff\xfe", b'{"features": 7}', b'{"features": [7]}',
     b'{"features": [{}]}', b'{"features": [{"geometry": null}]}', b"[" * 100_000,
     collection({"type": "Polygon"}), collection(polygon()), collection(polygon([[1, 2]])),
     collection(polygon(["abc", "def", "ghi"])),
     collection(polygon(RING), crs={"properties": {"name": "EPSG:3857"}}),
     collection(polygon(RING), crs={"properties": None})],
)  # fmt: skip
def test_files_of_another_form_are_refused(body: bytes) -> None:
    with pytest.raises(RefusedError):
        read_deepstate.read(body)
    with pytest.raises(RefusedError):
        read_owl.read(body)


def test_a_file_cut_after_its_areas_is_noticed() -> None:
    whole = json.dumps({"areas": [[[y, x] for x, y in RING]], "units": {}}).encode()
    read_owl.read(whole)
    with pytest.raises(RefusedError, match="not all of it"):
        read_owl.read(whole[:-1])


def test_too_many_corners_are_refused_while_reading() -> None:
    ring = [[48.0, 36.0]] * (read_control.MOST_VERTICES * 5 // 8 + 1)
    with pytest.raises(RefusedError, match="more than 50000 corners"):
        read_owl.read(json.dumps({"areas": [ring, ring]}).encode())


def test_what_is_kept_comes_back_to_the_last_digit() -> None:
    drawn = shapely.Polygon(
        [(36.1234567890123, 48), (37, 48.000000000001), (36, 49)],
        [[(36.3, 48.2), (36.4, 48.2), (36.3, 48.3)]],
    )
    (back,) = read_control.from_geojson(read_control.to_geojson(np.array([drawn])))
    assert shapely.equals_exact(back, drawn, tolerance=0.0)


def test_boundaries_are_those_of_ukraine(shared_data: Path) -> None:
    body = (shared_data / "boundaries/oblasts.geojson").read_bytes()
    assert read_boundaries.read(body) == body
    document = json.loads(body)
    few = {**document, "features": document["features"][:9]}
    with pytest.raises(RefusedError, match="9 units with areas"):
        read_boundaries.read(json.dumps(few).encode())
    same = {**document, "features": document["features"][:1] * 25}
    with pytest.raises(RefusedError, match="its units cover"):
        read_boundaries.read(json.dumps(same).encode())


def test_the_air_force_table_is_known_by_its_columns(shared_data: Path) -> None:
    body = (shared_data / "events/missile_attacks_daily.csv").read_bytes()
    assert read_airforce.read(body) == body
    with pytest.raises(RefusedError, match="lacks the columns launched"):
        read_airforce.read(body.replace(b"launched", b"fired", 1))
    with pytest.raises(RefusedError, match="has 9 rows"):
        read_airforce.read(b"\n".join(body.splitlines()[:10]))
    for broken in (b"\xff\xfe", b"PK\x03\x04 no archive"):
        with pytest.raises(RefusedError):
            read_airforce.read(broken)


def test_every_reader_is_one_of_a_source() -> None:
    assert {each.reader for each in upstream.upstreams().values()} == {
        "read_airforce", "read_boundaries", "read_deepstate", "read_owl"
    }  # fmt: skip
