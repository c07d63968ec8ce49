"""GeoJSON of results: as RFC 7946 wants it, and what stands in it."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import shapely

from data import language
from data.language import spoken
from geo import control, crs, export, geojson
from geo.passport import KEY
from geo.pullback import extent_geometry
from geo.scenario import from_preset
from geo.snapshot import Snapshot
from tests import saved
from tests.saved import impact_of

POSITION = {
    "type": "array",
    "minItems": 2,
    "maxItems": 2,
    "prefixItems": [
        {"type": "number", "minimum": -180, "maximum": 180},
        {"type": "number", "minimum": -90, "maximum": 90},
    ],
}
LINE = {"type": "array", "items": POSITION, "minItems": 2}
POLYGON = {"type": "array", "items": {"type": "array", "items": POSITION, "minItems": 4}}


def shaped(kind: str, coordinates: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"type": {"const": kind}, "coordinates": coordinates},
        "required": ["type", "coordinates"],
        "additionalProperties": False,
    }


RFC_7946 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "type": {"const": "FeatureCollection"},
        # Section 4: no other reference system than degrees on WGS 84.
        "crs": False,
        # Section 7.1: a collection must not have what defines other objects.
        **dict.fromkeys(("coordinates", "geometries", "geometry", "properties"), False),
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "type": {"const": "Feature"},
                    "properties": {"type": ["object", "null"]},
                    "geometry": {
                        "oneOf": [
                            {"type": "null"},
                            shaped("Point", POSITION),
                            shaped("LineString", LINE),
                            shaped("MultiLineString", {"type": "array", "items": LINE}),
                            shaped("Polygon", POLYGON),
                            shaped("MultiPolygon", {"type": "array", "items": POLYGON}),
                        ]
                    },
                },
                "required": ["type", "properties", "geometry"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["type", "features"],
}
"""What the standard says of a collection of features, as a schema."""


def geojson_of(snapshot: Snapshot) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(export.to_bytes(snapshot, "geojson"))
    return document


def kinds_of(document: dict[str, Any]) -> list[str]:
    return [feature["properties"]["kind"] for feature in document["features"]]


def test_geojson_holds_both_zones_and_the_line_with_their_figures() -> None:
    impact = impact_of("mirror-5")
    document = geojson_of(Snapshot(answers=(impact,)))
    ukraine, russia, line, extent = (feature["properties"] for feature in document["features"])
    assert (ukraine["side"], russia["side"]) == ("ukraine", "russia")
    for properties in (ukraine, russia):
        figures = impact.to_dict()["sides"][properties["side"]]
        assert {key: properties[key] for key in figures} == figures
        assert properties["illustrative"] is True
        assert properties["title"] == "Both sides pull back 5 km in Donetsk Oblast"
    assert line["kind"] == "line of contact"
    assert line["date"] == "2025-12-14"
    assert extent == {"kind": "extent", "name": "Donetsk Oblast"}


def test_geojson_says_what_was_asked_and_where_it_comes_from() -> None:
    impact = impact_of("mirror-5")
    document = geojson_of(Snapshot(answers=(impact,)))
    assert document["name"] == impact.scenario.title()
    assert document["scenario"] == impact.scenario.model_dump(mode="json")
    assert document["sources"] == impact.to_dict()["sources"]
    assert all(source["as_of"] and source["licence"] for source in document["sources"])
    assert document["warnings"] == spoken(impact.warnings)


@pytest.mark.parametrize(
    ("preset", "changes"),
    [("mirror-5", {}), ("mirror-40", {"extent": "all"}), ("buffer-28", {}), ("line-20", {})],
)
def test_geojson_is_as_rfc_7946_wants_it(preset: str, changes: dict[str, str]) -> None:
    impact = impact_of(preset, **changes)
    document = geojson_of(Snapshot(answers=(impact,)))
    assert "crs" not in document
    shapes = [*impact.zones.geometry, impact.control.line]
    extent = extent_geometry(impact.scenario.extent, impact.scenario.area)
    shapes += [] if extent is None else [extent]
    for feature, metres in zip(document["features"], shapes, strict=True):
        if feature["geometry"] is None:
            assert metres.is_empty
            continue
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        west, south, east, north = shape.bounds
        assert 22 < west < east < 41
        assert 44 < south < north < 53
        for polygon in shapely.get_parts(shape):
            if polygon.geom_type == "Polygon":
                assert polygon.exterior.is_ccw
                assert not any(hole.is_ccw for hole in polygon.interiors)
        back = crs.to_metres(shape)
        assert back.area == pytest.approx(metres.area, rel=1e-5)
        edge = metres.boundary if metres.area else metres
        assert shapely.distance(shapely.points(shapely.get_coordinates(back)), edge).max() < 0.2
    text = export.to_bytes(Snapshot(answers=(impact,)), "geojson").decode()
    geometries = re.findall(r'"coordinates":(\[[^{}]*\])', text)
    assert geometries
    assert not any(re.search(r"\.\d{7}", part) for part in geometries)


@pytest.mark.parametrize("kind", saved.KINDS)
def test_geojson_keeps_to_the_schema(kind: str) -> None:
    jsonschema.Draft202012Validator(RFC_7946).validate(geojson_of(saved.KINDS[kind]()))


def test_the_schema_notices_what_is_wrong() -> None:
    document = geojson_of(saved.of("mirror-5"))
    valid = jsonschema.Draft202012Validator(RFC_7946).is_valid
    assert valid(document)
    assert not valid(document | {"crs": {}})
    document["features"][0]["geometry"]["coordinates"][0][0][0][0] = 181
    assert not valid(document)


def test_drawings_stand_beside_the_scenario() -> None:
    document = geojson_of(saved.drawn())
    assert kinds_of(document) == [
        *("zone", "zone", "line of contact", "extent", "drawing", "drawing"),
        *["zone of a drawing"] * 4,
    ]
    area, line = document["features"][4:6]
    assert area["properties"]["name"] == saved.AREA.name
    assert shapely.geometry.shape(area["geometry"]).equals(
        shapely.Polygon([(37, 48), (38, 48), (38, 48.6), (37, 48.6)])
    )
    assert line["geometry"]["type"] == "LineString"
    named = [feature["properties"]["drawing"] for feature in document["features"][6:]]
    assert named == [saved.AREA.name] * 2 + [saved.LINE.name] * 2
    (_one, impact), *_rest = saved.drawn().drawn
    figures = impact.to_dict()["sides"]["russia"]
    told = document["features"][7]["properties"]
    assert {key: told[key] for key in figures} == figures


def test_a_comparison_says_whose_each_feature_is() -> None:
    document = geojson_of(saved.compared())
    assert document["scenarios"].keys() == {"A", "B", "C"}
    assert document["scenarios"]["B"]["control"]["source"] == "Owl"
    told = [
        (row["kind"], row["scenario"]) for row in (f["properties"] for f in document["features"])
    ]
    assert told == [
        *[("zone", letter) for letter in "AABBCC"],
        ("line of contact", "A, C"),
        ("line of contact", "B"),
        ("extent", "A, B"),
        ("extent", "C"),
    ]
    assert [f["properties"]["title"] for f in document["features"][:6:2]] == [
        answer.scenario.title() for answer in saved.compared().answers
    ]


def test_changed_ground_is_what_changed_with_its_passport() -> None:
    snapshot = saved.changed()
    document = geojson_of(snapshot)
    assert document.pop(KEY)["kind"] == "change"
    assert snapshot.changed is not None
    assert document == json.loads(geojson.changed(snapshot.changed))


def test_an_empty_zone_has_no_geometry() -> None:
    features = geojson_of(saved.of("freeze", extent="all"))["features"]
    assert [feature["geometry"] is None for feature in features] == [True, True, False]


def test_the_line_of_contact_is_labelled_by_oblast() -> None:
    ground = impact_of("mirror-5").control
    document = json.loads(export.line_to_bytes(ground, "geojson"))
    lengths = {
        feature["properties"]["oblast"]: feature["properties"]["length_km"]
        for feature in document["features"]
        if feature["properties"]["along"] == control.FRONT
    }
    assert "Donetsk Oblast" in lengths
    assert sum(lengths.values()) == pytest.approx(ground.line_km, rel=0.01)
    assert document["control"]["date"] == "2025-12-14"
    assert document["sources"][0]["as_of"] == "2025-12-14"
    for feature in document["features"]:
        shape = crs.to_metres(shapely.geometry.shape(feature["geometry"]))
        named = feature["properties"]
        measured = named["length_km"] + named["shore_km"]
        assert shape.length / 1000 == pytest.approx(measured, abs=0.2)
    total = sum(feature["properties"]["length_km"] for feature in document["features"])
    assert total == pytest.approx(ground.line_km, rel=0.001)


def test_a_kept_result_is_saved_in_the_language_of_whoever_saves_it() -> None:
    scenario = from_preset("mirror-5", extent="all", ukraine_leaves=("Lviv Oblast",), russia_km=7)
    with language.using("uk"):
        impact = saved.answer(scenario)
        ukrainian = geojson_of(Snapshot(answers=(impact,)))
    english = geojson_of(Snapshot(answers=(impact,)))
    assert "Railways are the main and branch lines" in english["warnings"][-1]
    assert "generalised" in english["sources"][0]["title"]
    assert not re.search("[а-яіїєґ]", json.dumps(english, ensure_ascii=False))
    assert len(ukrainian["warnings"]) == len(english["warnings"])
    titles = [row["title"] for row in ukrainian["sources"]]
    for text in (*ukrainian["warnings"], ukrainian["note"], *titles):
        assert re.search("[а-яіїєґ]{3}", text)
    with language.using("uk"):
        assert geojson_of(Snapshot(answers=(impact,))) == ukrainian
        assert json.loads(json.dumps(impact.to_dict()))["warnings"] == ukrainian["warnings"]
