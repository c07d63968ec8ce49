"""Marks, named areas and cells on the map: what is written, and that nothing in it can run."""

from __future__ import annotations

import json
import re

import pytest
import shapely

from geo import crs, webmap
from geo.webmap import Area, Spot

BAD = "</script><img src=x onerror=alert(1)>${alert(1)}`{{ 7 }}\u2028"
SQUARE = shapely.box(100_000, 100_000, 120_000, 120_000)


def page(**more: object) -> str:
    chart = webmap.base_map("light", leaflet_url="vendor", base_url="base.js", label="Places")
    given = {"spots": {}, "legend": [], "credit": "Air Force"} | more
    webmap.marked(**given).add_to(chart)  # type: ignore[arg-type]
    return str(chart.get_root().render())


def test_marks_stand_at_their_place() -> None:
    spots = [Spot(lon=36.58123, lat=50.6, radius_px=4.5, tip="Belgorod")]
    text = page(spots={"launch": spots, "incident": []})
    assert 'pullbackAtlas.spots("launch", [[50.6, 36.5812, 4.5, "Belgorod"]])' in text
    assert '"incident"' not in text
    assert '"label": "Places"' in text


def test_areas_and_cells_are_drawn_in_degrees() -> None:
    area = Area(shape=SQUARE, share=0.5, tip="Kherson Oblast: 3 nights")
    text = page(areas=[area], cells=[(SQUARE, 0.25, "5 events")])
    assert text.count('"Polygon"') == 2
    assert ',0.500,"Kherson Oblast: 3 nights",null]' in text
    assert ',0.250,"5 events"]' in text
    west, south = map(float, re.findall(r"\[\[\[([\d.]+),([\d.]+)\]", text)[0])
    assert 36 < west < 38
    assert 49 < south < 50


def test_neighbouring_areas_share_one_outline() -> None:
    beside = shapely.box(120_000, 100_000, 140_000, 120_000)
    areas = [Area(shape=shape, share=0.0, tip="") for shape in (SQUARE, beside)]
    text = page(areas=areas)
    outline = json.loads(re.findall(r'pullbackAtlas\.ground\("region", (\{.*?\}), ""\)', text)[0])
    drawn = shapely.from_geojson(json.dumps(outline))
    length_m = crs.to_metres(drawn).length
    assert length_m == pytest.approx(7 * 20_000, rel=0.001)


def test_an_area_bears_its_name_well_inside() -> None:
    text = page(areas=[Area(shape=SQUARE, share=1.0, tip="", name="Kursk 81")])
    latitude, longitude = map(float, re.findall(r'\["Kursk 81", ([\d.]+), ([\d.]+)\]', text)[0])
    inside = crs.to_metres(shapely.Point(longitude, latitude))
    assert inside.distance(SQUARE.centroid) < 5000


@pytest.mark.parametrize("credit", ["Air Force", ""])
def test_the_legend_replaces_or_goes_on(credit: str) -> None:
    text = page(legend=[("event", "Event")], credit=credit, view=("v", [[44, 30], [54, 44]]))
    state = json.loads(re.findall(r"pullbackAtlas\.state\((\{.*?\})\);\n", text)[-1])
    assert state["view"]["bounds"] == [[44, 30], [54, 44]]
    # Of a name from a file, the map need not know more than whether it is another one.
    assert re.fullmatch("[0-9a-f]{16}", state["view"]["key"])
    assert state["legend" if credit else "more"] == [["event", "Event"]]
    assert ("credit" in state) is bool(credit)


def test_no_text_can_run() -> None:
    spot = Spot(lon=36.0, lat=50.0, radius_px=4, tip=BAD)
    text = page(
        spots={"event": [spot]},
        areas=[Area(shape=SQUARE, share=1.0, tip=BAD, name=BAD)],
        cells=[(SQUARE, 1.0, BAD)],
        legend=[("event", BAD)],
        credit=BAD,
        view=(BAD, [[44, 30], [54, 44]]),
    )
    for part in ("<img", "${alert", "{{", "`", "\u2028"):
        assert part not in text
    assert len(re.findall(r"(?:&|\\u0026)lt;img", text)) == 6
