"""KML: styled as the map, safe whatever a name holds, and read by GDAL."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pyogrio
import pytest

from geo import export, kml, layers, passport, words
from geo.snapshot import Snapshot
from tests import saved

NAMES = {"k": kml.NAMESPACE}


def document_of(snapshot: Snapshot) -> Xml.Element:
    root = Xml.fromstring(export.to_bytes(snapshot, "kml"))
    assert root.tag == f"{{{kml.NAMESPACE}}}kml"
    return root


def text(element: Xml.Element, path: str) -> str:
    return element.findtext(path, namespaces=NAMES) or ""


@pytest.mark.parametrize("kind", saved.KINDS)
def test_gdal_reads_a_layer_for_each_folder(tmp_path: Path, kind: str) -> None:
    snapshot = saved.KINDS[kind]()
    file = tmp_path / "it.kml"
    export.write(snapshot, file)
    expected = layers.of(snapshot)
    assert list(pyogrio.list_layers(file)[:, 0]) == [str(layer.title) for layer in expected]
    for layer in expected:
        table = pyogrio.read_dataframe(file, layer=str(layer.title))
        assert len(table) == len(layer.rows)
        known = {name for row in layer.rows for name, value in row.items() if value is not None}
        # Of a feature's name GDAL knows the element, which has it too.
        assert known - {"name"} <= set(table.columns)


def test_the_sides_have_their_colours() -> None:
    root = document_of(saved.drawn())
    styles = {style.get("id"): style for style in root.iterfind(".//k:Style", NAMES)}
    # Opacity, blue, green, red: #0072B2 and #D55E00 with 30 % of fill.
    assert text(styles["ukraine"], "k:LineStyle/k:color") == "ffb27200"
    assert text(styles["ukraine"], "k:PolyStyle/k:color") == "4db27200"
    assert text(styles["russia"], "k:PolyStyle/k:color") == "4d005ed5"
    assert text(styles["extent"], "k:PolyStyle/k:fill") == "0"
    used = {mark.text.lstrip("#") for mark in root.iterfind(".//k:styleUrl", NAMES) if mark.text}
    assert used == {"ukraine", "russia", "line", "extent", "drawn", "settlements"}
    assert used <= styles.keys()
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_changed_ground_has_the_colour_of_who_gained_it() -> None:
    marks = document_of(saved.changed()).findall(".//k:Placemark", NAMES)[:2]
    assert [text(mark, "k:styleUrl") for mark in marks] == ["#russia", "#ukraine"]
    assert [text(mark, "k:name") for mark in marks] == ["Became Russian-held", "Became Kyiv-held"]
    assert text(marks[0], "k:description").endswith("DeepState, 1 December 2024, 14 December 2025")


def test_figures_stand_beside_their_units() -> None:
    mark = document_of(saved.of("mirror-5")).find(".//k:Placemark", NAMES)
    assert mark is not None
    assert text(mark, "k:name") == "Ukraine pulls back 5 km"
    data = {entry.get("name"): entry for entry in mark.iterfind(".//k:Data", NAMES)}
    km2 = saved.of("mirror-5").first.to_dict()["sides"]["ukraine"]["area_km2"]
    assert text(data["area_km2"], "k:value") == str(km2)
    assert text(data["area_km2"], "k:displayName").endswith("(km²)")
    assert text(data["illustrative"], "k:value") == "1"


def test_a_mark_tells_its_figures_source_and_date() -> None:
    marks = document_of(saved.drawn()).findall(".//k:Placemark", NAMES)
    named = {text(mark, "k:name"): text(mark, "k:description") for mark in marks}
    zone = named["Russia pulls back 5 km"].split("<br>\n")
    area_km2 = float(saved.drawn().first.sides["area_km2"].to_dict()["russia"])
    assert zone[0] == f"Area: {area_km2:,.1f} km²"
    assert zone[-2:] == ["DeepState, 14 December 2025", str(words.ILLUSTRATIVE)]
    control = saved.drawn().first.control
    assert named["Line of contact, 14 December 2025"].split("<br>\n") == [
        f"Line of contact: {control.line_km:,.1f} km",
        "along the shore of the former Kakhovka Reservoir, not counted: "
        f"{control.shore_km:,.1f} km",
        "DeepState, 14 December 2025",
    ]
    assert "=line: Ukraine pulls back 2 km" in named


def test_the_document_says_where_it_comes_from() -> None:
    root = document_of(saved.compared())
    about = text(root, "k:Document/k:description")
    assert about.startswith(str(words.ILLUSTRATIVE))
    assert "Project Owl" in about or "Owl" in about
    value = text(root, f"k:Document/k:ExtendedData/k:Data[@name='{passport.KEY}']/k:value")
    assert json.loads(value) == passport.of(saved.compared()).to_dict()


def test_names_are_no_markup(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>\x00\x08]]>&amp; ]]> “ї”"
    (one, impact), *_rest = saved.drawn().drawn
    control = dataclasses.replace(impact.control, title=name)
    hostile = dataclasses.replace(
        saved.drawn(),
        answers=(dataclasses.replace(saved.drawn().first, control=control),),
        drawn=((dataclasses.replace(one, name="<b>&\x07"), impact),),
    )
    root = document_of(hostile)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} & {"script", "b"} == set()
    marks = root.findall(".//k:Placemark", NAMES)
    assert not any("<script" in text(mark, "k:description") for mark in marks)
    file = tmp_path / "it.kml"
    export.write(hostile, file)
    line = pyogrio.read_dataframe(file, layer="Line of contact")
    assert line["source"][0] == "<script>alert(1)</script>  ]]>&amp; ]]> “ї”"


def test_an_empty_zone_is_told_without_a_shape() -> None:
    marks = document_of(saved.of("freeze")).findall(".//k:Placemark", NAMES)
    assert [mark.find("k:MultiGeometry", NAMES) for mark in marks[:2]] == [None, None]
    assert [text(mark, "k:name") for mark in marks[:2]] == ["Ukraine stays", "Russia stays"]


def test_the_line_alone() -> None:
    content = export.line_to_bytes(saved.impact_of("mirror-5").control, "kml")
    names = [
        text(mark, "k:name") for mark in Xml.fromstring(content).iterfind(".//k:Placemark", NAMES)
    ]
    assert "Line of contact, 14 December 2025: Donetsk Oblast" in names
    assert "Shore of the former Kakhovka Reservoir: Kherson Oblast" in names
    assert b": 0.0 km" not in content
