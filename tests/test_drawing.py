"""What is drawn: what can be answered, how it is packed, and how it travels in a link."""

from __future__ import annotations

import dataclasses
import json
import string
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from data import language
from data.errors import InputError
from geo import control, crs, drawing, lines, link, packing, scenario
from geo.control import ControlMap
from geo.drawing import Drawing
from geo.impact import assess
from geo.pullback import pull_back
from tests.invented import DAY as DATE

SQUARE = ((37.2, 48.0), (38.0, 48.0), (38.0, 48.6), (37.2, 48.6))
LINE = ((37.0, 48.2), (37.4, 48.5), (37.7, 49.0))

POINTS = st.tuples(st.floats(-180, 180, allow_nan=False), st.floats(-90, 90, allow_nan=False))
DISTANCES = st.floats(0, 40, allow_nan=False)
DRAWINGS = st.builds(
    Drawing,
    kind=st.sampled_from(drawing.KINDS),
    name=st.text(max_size=60),
    points=st.lists(POINTS, min_size=3, max_size=30).map(tuple),
    ukraine_km=DISTANCES,
    russia_km=DISTANCES,
)


def area(points: Any = SQUARE, **changes: Any) -> Drawing:
    fields: dict[str, Any] = {"name": "Area 1", "ukraine_km": 5.0, "russia_km": 5.0}
    return Drawing(kind="area", points=points, **(fields | changes))


def line(points: Any = LINE, **changes: Any) -> Drawing:
    fields: dict[str, Any] = {"name": "Line 1", "ukraine_km": 10.0, "russia_km": 2.5}
    return Drawing(kind="line", points=points, **(fields | changes))


def answered(asked: scenario.Scenario) -> Any:
    ground = control.load(asked.date, asked.source)
    return assess(pull_back(ground, asked), ground, asked)


# What is drawn


def test_sizes_are_geodesic() -> None:
    lons, lats = zip(*SQUARE, strict=True)
    measured, _length = crs.GEOD.polygon_area_perimeter(lons, lats)
    # The edges drawn are straight on the map's projection, not geodesics.
    assert area().area_km2 == pytest.approx(measured / 1e6, rel=2e-4)
    length_m = crs.GEOD.geometry_length(shapely.LineString(LINE))
    assert line().length_km == pytest.approx(length_m / 1e3, rel=2e-4)
    assert line().area_km2 == 0


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (area(((33.0, 43.0), (33.4, 43.0), (33.4, 42.8))), "lies off Ukraine; move it"),
        (area(((2.0, 48.0), (2.4, 48.0), (2.4, 48.8))), "lies off Ukraine; move it"),
        (line(((2.0, 48.0), (2.4, 48.0))), "lies off Ukraine; move it"),
        (area((SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3])), "crosses itself; move a point"),
        (line(((37.0, 48.0), (37.4, 48.4), (37.4, 48.0), (37.0, 48.4))), "crosses itself"),
        (area(((37.0, 48.0), (37.005, 48.0), (37.005, 48.005))), "smaller than 1 km²; draw"),
        (line(((37.0, 48.0), (37.005, 48.0))), "shorter than 1 km; draw it longer"),
        (area(((22.0, 44.0), (41.0, 44.0), (41.0, 52.5), (22.0, 52.5))), "draw it smaller"),
        (line(tuple((22 + 18 * (i % 2), 45 + i / 4) for i in range(9))), "draw it shorter"),
        (area(((37.0, 48.0),) * 3), "lie on each other"),
        (line(tuple((37 + i / 1000, 48.0) for i in range(201))), "201 points; delete some"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(drawn: Drawing, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        drawn.check()
    assert "\n" not in str(caught.value)


def test_what_can_be_answered_passes() -> None:
    area().check()
    line().check()
    area(SQUARE[::-1]).check()
    line(tuple((37 + i / 1000, 48.0) for i in range(200))).check()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"points": ()}, "a drawing has 0 points"),
        ({"points": SQUARE[:2]}, "a drawing has 2 points"),
        ({"points": SQUARE * 300}, "a drawing has 1,200 points"),
        ({"points": (*SQUARE, (float("nan"), 48.0))}, "off the globe"),
        ({"points": (*SQUARE, (37.0, float("inf")))}, "off the globe"),
        ({"points": (*SQUARE, (37.0, 48.0, 1.0))}, "no pairs of numbers"),
        ({"points": (*SQUARE, ("a", "b"))}, "no pairs of numbers"),
        ({"points": (*SQUARE, 7)}, "no pairs of numbers"),
        ({"ukraine_km": 41}, "give 0 to 40 km"),
        ({"russia_km": -1}, "give 0 to 40 km"),
        ({"russia_km": float("nan")}, "give 0 to 40 km"),
        ({"russia_km": float("inf")}, "give 0 to 40 km"),
        ({"russia_km": 10**400}, "give 0 to 40 km"),
        ({"russia_km": True}, "give 0 to 40 km"),
        ({"russia_km": "5"}, "give 0 to 40 km"),
        ({"name": 5}, "name of a drawing is a text"),
    ],
)
def test_what_is_no_drawing_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        area(**changes)


def test_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="an area or a line"):
        dataclasses.replace(area(), kind="circle")  # type: ignore[arg-type]


def test_names_are_one_line_of_printable_text() -> None:
    assert area(name=" a\n\tb\u2028c\x00 ").name == "a b c"
    assert area(name="Ї" * 99).name == "Ї" * drawing.LONGEST_NAME


# What it asks


def test_an_area_asks_for_its_inside_and_nothing_else() -> None:
    base = scenario.from_preset("asymmetric-2026")
    asked = area(ukraine_km=7.0).to_scenario(base)
    assert (asked.ukraine_km, asked.russia_km, asked.extent) == (7, 5, "area")
    assert (asked.ukraine_leaves, asked.line, asked.date) == ((), None, base.date)
    found = answered(asked)
    inside = area().shape.buffer(1.0)
    assert all(inside.covers(zone) for zone in found.zones.geometry)
    assert asked.title() == "Ukraine pulls back 7 km and Russia 5 km in the area given"


def test_a_line_takes_what_a_side_holds_on_either_side_of_it() -> None:
    asked = line().to_scenario(scenario.default())
    assert (asked.extent, asked.area) == ("all", None)
    assert asked.title() == "Ukraine pulls back 10 km and Russia 2.5 km from the line drawn"
    found = answered(asked)
    ground, shape = found.control, line().shape
    for side, held, distance_km in (
        ("ukraine", ground.kyiv, 10.0),
        ("russia", ground.held, 2.5),
    ):
        zone = found.zones.set_index("side").geometry[side]
        whole = shapely.intersection(shape.buffer(distance_km * 1e3, quad_segs=64), held)
        assert zone.area == pytest.approx(whole.area, rel=2e-3)
        assert shapely.symmetric_difference(zone, whole).area < 5e-3 * whole.area


def test_a_line_is_measured_from_on_a_tiny_map() -> None:
    """A country of 100 by 100 km, its west Russian-held; a line across it, 20 km long."""
    west, east = shapely.box(0, 0, 5e4, 1e5), shapely.box(5e4, 0, 1e5, 1e5)
    front = shapely.LineString([(5e4, 0), (5e4, 1e5)])
    ground = ControlMap("tiny", "Tiny", DATE, west, east, front, ())
    text = lines.as_text(crs.to_degrees(shapely.LineString([(4e4, 5e4), (6e4, 5e4)])))
    asked = scenario.make(date=DATE, ukraine_km=3, russia_km=1, line=text)
    zones = pull_back(ground, asked).set_index("side").geometry
    # A strip of 10 km, and half a disc at its end.
    assert zones["ukraine"].area == pytest.approx(10e3 * 6e3 + 3.14159 * 3e3**2 / 2, rel=1e-3)
    assert zones["russia"].area == pytest.approx(10e3 * 2e3 + 3.14159 * 1e3**2 / 2, rel=1e-3)
    half = crs.to_degrees(shapely.box(5.5e4, 0, 1e5, 1e5))
    clipped = asked.changed(extent="area", area=shapely.to_geojson(half))
    zones = pull_back(ground, clipped).set_index("side").geometry
    assert zones["ukraine"].area == pytest.approx(5e3 * 6e3 + 3.14159 * 3e3**2 / 2, rel=2e-3)
    assert zones["russia"].is_empty


def test_settlements_are_as_far_as_the_line_drawn() -> None:
    found = answered(line().to_scenario(scenario.default()))
    rows = found.settlements
    shape = line().shape
    points = crs.to_metres(shapely.points(rows["lon"], rows["lat"]))
    away = shapely.distance(shape, points) / 1e3
    assert rows["distance_km"].to_numpy() == pytest.approx(away, abs=1e-6)
    assert rows.loc[rows["side"] == "ukraine", "distance_km"].max() <= 10
    assert found.to_dict()["line_drawn_km"] == pytest.approx(line().length_km, abs=0.2)
    assert found.to_dict()["control"]["line_km"] > 1000


# A line from a file


def test_a_line_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "line.geojson"
    shape = {"type": "LineString", "coordinates": [[*point, 12.5] for point in LINE]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert json.loads(lines.read(file)) == {
        "type": "LineString",
        "coordinates": [list(point) for point in LINE],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid GeoJSON"),
        ("[1, 2]", "not valid GeoJSON"),
        ("null", "not valid GeoJSON"),
        ('{"type": "Nonsense"}', "holds no line"),
        ('{"type": "LineString"}', "not valid GeoJSON"),
        ('{"type": "LineString", "coordinates": []}', "holds no line"),
        ('{"type": "LineString", "coordinates": [[37, 48]]}', "not valid GeoJSON"),
        ('{"type": "LineString", "coordinates": [[37, 48], ["a", 49]]}', "not valid GeoJSON"),
        ('{"type": "LineString", "coordinates": [[37, 48], [37, Infinity]]}', "not finite"),
        ('{"type": "LineString", "coordinates": [[48, 37], [49, 37.5]]}', "swapped"),
        ('{"type": "LineString", "coordinates": [[500000, 48], [37, 49]]}', "not in degrees"),
        ('{"type": "LineString", "coordinates": [[37, 48], [37, 48]]}', "no longer than a point"),
        ('{"type": "LineString", "coordinates": [[28, 43], [33, 43]]}', "outside Ukraine"),
        ('{"type": "LineString", "coordinates": [[19, 54], [19, 54.5]]}', "outside Ukraine"),
        ('{"type": "Polygon", "coordinates": [[[37, 48], [38, 48], [38, 49], [37, 48]]]}', "no l"),
        ("[" * 100_000, "not valid GeoJSON"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "line.geojson"
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        lines.read(file)
    assert len(str(caught.value)) < 300


def test_too_many_corners_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "line.geojson"
    coordinates = [[36 + i / 1e4, 48] for i in range(lines.MOST_CORNERS + 1)]
    file.write_text(json.dumps({"type": "LineString", "coordinates": coordinates}))
    with pytest.raises(InputError, match="10,001 corners"):
        lines.read(file)


# Packed


@given(st.lists(DRAWINGS, max_size=drawing.MOST_DRAWINGS))
def test_what_is_packed_comes_back(drawings: list[Drawing]) -> None:
    text = drawing.pack(drawings)
    assert set(text) <= set(string.ascii_letters + string.digits + "-_.")
    assert drawing.unpack(text) == (tuple(drawings), [])


@given(st.lists(DRAWINGS, min_size=1, max_size=4), st.data())
def test_damage_is_noticed_and_takes_one_drawing_only(
    drawings: list[Drawing], data: st.DataObject
) -> None:
    text = drawing.pack(drawings)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda c: c != text[place]))
    damaged = text[:place] + letter + text[place + 1 :]
    found, complaints = drawing.unpack(damaged)
    # The last letter of base64 may hold bits that mean nothing.
    assert complaints or found == tuple(drawings)
    assert all(one in drawings for one in found)
    assert len(found) >= len(drawings) - 2


@given(st.lists(DRAWINGS, min_size=1, max_size=4), st.data())
def test_a_link_cut_short_is_noticed(drawings: list[Drawing], data: st.DataObject) -> None:
    text = drawing.pack(drawings)
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    found, complaints = drawing.unpack(cut)
    assert complaints
    assert found == tuple(drawings[: len(found)])


@given(st.text(max_size=200) | st.binary(max_size=100).map(repr))
def test_any_text_is_unpacked_without_a_fault(text: str) -> None:
    found, complaints = drawing.unpack(text)
    assert found == ()
    assert bool(complaints) == (text not in ("", "0", "00", "000"))


@given(st.binary(max_size=80))
def test_bytes_with_a_true_checksum_are_read_without_a_fault(content: bytes) -> None:
    packer = packing.Packer()
    packer._bytes = bytearray(content)
    found, complaints = drawing.unpack(f"1.{packer.text()}")
    assert len(found) + bool(complaints) == 1


@given(st.integers(0, 2**34), st.text(max_size=20), st.lists(POINTS, max_size=9))
def test_numbers_words_and_points_come_back(
    number: int, text: str, points: list[packing.Point]
) -> None:
    text = text.encode("utf-8", "ignore").decode()
    packer = packing.Packer()
    packer.number(number)
    packer.words(text)
    packer.points(points)
    back = packing.Unpacker(packer.text())
    assert (back.number(), back.words(), back.points()) == (number, text, packing.rounded(points))
    back.end()


def test_twenty_points_take_less_than_a_tenth_of_a_link() -> None:
    ring = tuple((37 + i / 10, 48 + (i % 3) / 7) for i in range(20))
    assert len(drawing.pack([area(ring)])) < 200


@pytest.mark.parametrize("index", [-1, 2, 7, "1", None, 1.0])
def test_a_drawing_that_is_not_there_is_not_put_above(index: object) -> None:
    page = _page_that_puts_above({"n": 3, "index": index, "shown": True})
    assert page.session_state["scenario"] == scenario.default()


@pytest.mark.parametrize("asked", [None, 5, [], {}, {"n": 2, "index": 1, "shown": True}])
def test_what_is_no_wish_of_now_puts_nothing_above(asked: object) -> None:
    assert _page_that_puts_above(asked).session_state["scenario"] == scenario.default()


def test_a_drawing_that_is_there_is_put_above() -> None:
    page = _page_that_puts_above({"n": 3, "index": 1, "shown": True})
    assert page.session_state["scenario"] == line().to_scenario(scenario.default())


def _page_that_puts_above(asked: object) -> AppTest:
    def put(asked: object) -> None:
        from pages import drawings

        drawings.put_above(asked)

    page = AppTest.from_function(put, args=(asked,))
    page.session_state["scenario"] = scenario.default()
    page.session_state["drawings"] = (area(), line())
    page.session_state["drawings_n"] = 3
    assert not page.run().exception
    return page


# The link


def view() -> st.SearchStrategy[link.View | None]:
    return st.none() | st.builds(
        link.View,
        st.floats(42, 54.5).map(lambda value: round(value, 4)),
        st.floats(18, 45.5).map(lambda value: round(value, 4)),
        st.floats(5, 13).map(lambda value: round(value, 2)),
    )


@given(
    st.lists(DRAWINGS, max_size=3).map(tuple),
    view(),
    st.booleans(),
    st.sampled_from(sorted(language.LANGUAGES)),
)
def test_a_link_gives_back_what_it_was_made_of(
    drawings: tuple[Drawing, ...], looks: link.View | None, both: bool, spoken: str
) -> None:
    asked = scenario.default().changed(ukraine_km=12.5, russia_leaves=("Sumy Oblast",))
    query = link.to_query(asked, drawings=drawings, view=looks, both=both, language=spoken)
    address = link.to_address(query, base="https://atlas.example/app/")
    assert link.from_address(address) == link.Opened(asked, drawings, looks, both, spoken, ())


@pytest.mark.parametrize("drawn", [area(), line()])
def test_what_is_drawn_travels_as_the_scenario_too(drawn: Drawing) -> None:
    asked = drawn.to_scenario(scenario.default())
    assert scenario.from_query(asked.to_query()) == (asked, [])


def test_holes_and_parts_travel_too() -> None:
    ring = shapely.box(37, 48, 38, 49).difference(shapely.box(37.4, 48.4, 37.6, 48.6))
    shape = shapely.union_all([ring, shapely.box(39, 48, 39.5, 48.5)])
    text = scenario.area_from_geojson(shapely.geometry.mapping(shape))
    asked = scenario.default().changed(extent="area", area=text)
    back, complaints = scenario.from_query(asked.to_query())
    assert complaints == []
    assert shapely.equals(shapely.from_geojson(back.area), shape)


def test_a_plain_link_is_short() -> None:
    for name in scenario.presets():
        query = link.to_query(
            scenario.from_preset(name), view=link.View(48.3, 37.4, 8.25), preset=name, both=True
        )
        assert len(link.to_address(query)) < 600


def test_an_area_too_long_for_an_address_is_left_out_and_said() -> None:
    circle = shapely.Point(37.5, 48.5).buffer(1, quad_segs=2000)
    text = scenario.area_from_geojson(shapely.geometry.mapping(circle))
    query = scenario.default().changed(extent="area", area=text).to_query()
    assert "area" not in query
    assert "too many corners for a link" in scenario.from_query(query)[1][0]


def test_links_without_a_version_open() -> None:
    text = json.dumps({"type": "Polygon", "coordinates": [[*SQUARE, SQUARE[0]]]})
    opened = link.read({"ukraine": "7", "extent": "area", "area": text})
    assert opened.complaints == ()
    assert (opened.scenario.ukraine_km, opened.scenario.extent) == (7, "area")


def _feature(shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": shape}


def _square(west: float, south: float, size: float) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


_CORNER = st.tuples(st.floats(36, 38), st.floats(47.5, 49)).map(list)
_SQUARES = st.builds(_square, st.floats(36, 38), st.floats(47.5, 49), st.floats(0.1, 0.5))
_SHAPES = st.one_of(
    st.builds(lambda rings: {"type": "Polygon", "coordinates": rings}, _SQUARES),
    st.builds(
        lambda parts: {"type": "MultiPolygon", "coordinates": parts},
        st.lists(_SQUARES, min_size=1, max_size=3),
    ),
    # Of three corners it may cross itself or enclose nothing.
    st.builds(
        lambda ring: {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        st.lists(_CORNER, min_size=3, max_size=5),
    ),
    st.builds(
        lambda points: {"type": "LineString", "coordinates": points},
        st.lists(_CORNER, min_size=2, max_size=4),
    ),
    st.builds(lambda point: {"type": "Point", "coordinates": point}, _CORNER),
)
"""Shapes of GeoJSON, and what people nest them in, as RFC 7946 has it and as it does not."""
_GEOJSON = st.recursive(
    _SHAPES | _SHAPES.map(_feature),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(
        lambda features: {"type": "FeatureCollection", "features": features}
    ),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(_GEOJSON, st.sampled_from(["area", "line"]))
def test_a_link_opened_again_shows_the_same(document: dict[str, Any], key: str) -> None:
    query = {"extent": "area" if key == "area" else "all", key: json.dumps(document)}
    first, _complaints = scenario.from_query(query)
    assert scenario.from_query(first.to_query()) == (first, [])


_POLYGON = {"type": "Polygon", "coordinates": _square(37, 48, 0.5)}
_LINE = {"type": "LineString", "coordinates": [[37.0, 48.0], [37.7, 49.0]]}


@pytest.mark.parametrize(
    "members",
    [
        # Neither is GeoJSON by the letter, and both are read.
        [_POLYGON],
        [{"type": "FeatureCollection", "features": [_feature(_POLYGON)]}],
        [_feature(_POLYGON), _feature({"type": "Point", "coordinates": [37.0, 48.0]})],
        [_feature({"type": "MultiPolygon", "coordinates": [_POLYGON["coordinates"]]})],
    ],
)
def test_of_an_area_in_a_link_its_polygons_travel(members: list[Any]) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": members})
    opened, complaints = scenario.from_query({"extent": "area", "area": text})
    assert complaints == []
    assert json.loads(opened.area or "") == _POLYGON
    assert scenario.from_query(opened.to_query()) == (opened, [])


def test_of_a_line_in_a_link_no_outline_travels() -> None:
    members = [_feature(_LINE), _feature(_POLYGON)]
    text = json.dumps({"type": "FeatureCollection", "features": members})
    opened, complaints = scenario.from_query({"line": text})
    assert complaints == []
    assert json.loads(opened.line or "") == _LINE
    assert scenario.from_query(opened.to_query()) == (opened, [])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"v": "2"}, "newer version"),
        ({"v": "x"}, "its version, 'x', is none"),
        ({"v": "1", "view": "48.3_37.4"}, "view cannot be used"),
        ({"v": "1", "view": "48.3_37.4_99"}, "view cannot be used"),
        ({"v": "1", "view": "nan_37.4_8"}, "view cannot be used"),
        ({"v": "1", "drawn": "1"}, "1 drawing, which is damaged"),
        ({"v": "1", "drawn": "3.abc.def"}, "3 drawings, which are damaged"),
        ({"v": "1", "extent": "area", "area": "abcdef"}, "is damaged"),
        ({"v": "1", "extent": "area", "area": '{"type": "Polygon"}'}, "not GeoJSON"),
        ({"v": "1", "line": "abcdef"}, "is damaged"),
        ({"v": "1", "line": '{"type":"LineString","coordinates":[[2,48],[3,48]]}'}, "outside"),
    ],
)
def test_a_damaged_link_opens_with_the_rest(query: dict[str, str], words: str) -> None:
    opened = link.read(query | {"ukraine": "7"})
    assert opened.scenario.ukraine_km == 7
    assert len(opened.complaints) == 1
    assert words in opened.complaints[0]


KEYS = st.sampled_from(sorted(link._KNOWN))
VALUES = st.text(max_size=40) | st.sampled_from(
    ["1", "area", "all", "2025-12-14", "NaN", "-1", "1e9", "{", "[]", "{}", "null", "2.", "a_b_c"]
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, VALUES))
def test_any_parameters_open_something(query: dict[str, str]) -> None:
    opened = link.read(query)
    assert all("\n" not in text and len(text) < 500 for text in opened.complaints)
    again = link.read(link.to_query(opened.scenario, drawings=opened.drawings, view=opened.view))
    assert again.scenario == opened.scenario


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_link_damaged_anywhere_still_opens(data: st.DataObject) -> None:
    asked = area().to_scenario(scenario.default())
    query = link.to_query(asked, drawings=(area(), line()), view=link.View(48.3, 37.4, 8.0))
    address = link.to_address(query)
    start = data.draw(st.integers(address.index("?") + 1, len(address)))
    end = data.draw(st.integers(start, min(start + 30, len(address))))
    damaged = address[:start] + data.draw(st.text(max_size=5)) + address[end:]
    try:
        opened = link.from_address(damaged)
    except InputError:
        return  # nothing in it is known any more
    assert opened.scenario.date
    assert all(one in (area(), line()) for one in opened.drawings)


@pytest.mark.parametrize(
    "address", ["", "nonsense", "http://localhost:8501", "http://x/?foo=1", "http://[::1/?v=1"]
)
def test_what_is_no_link_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="link"):
        link.from_address(address)


@pytest.mark.parametrize("base", ["", "atlas.example", "ftp://x", "http://", "http://x/?y=1"])
def test_what_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(InputError, match="address"):
        link.to_address({"v": "1"}, base=base)
