"""KML 2.2: a styled folder a layer, as Google Earth and GIS programs open it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as Xml

import shapely

from data.language import _, spoken
from geo import geojson, layers, markup, passport, titles, words
from geo.control import ControlMap
from geo.layers import FIELDS, HELD_BY, Layer
from geo.snapshot import Snapshot
from geo.style import LIGHT

NAMESPACE = "http://www.opengis.net/kml/2.2"
_FILL, _SOLID = 0x4D, 0xFF  # 30 % of the side's colour, as on the map
_DOT = "http://maps.google.com/mapfiles/kml/shapes/shaded_dot.png"
# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(snapshot: Snapshot) -> bytes:
    """What is on screen: a folder a layer of `geo.layers.of`, the passport in the document."""
    return _document(
        layers.of(snapshot),
        title=titles.title(snapshot),
        about=[
            words.ILLUSTRATIVE,
            *snapshot.warnings,
            words.sources(snapshot.sources),
        ],
        data={passport.KEY: passport.of(snapshot).to_json()},
    )


def line(control: ControlMap) -> bytes:
    """The line of contact: a placemark for each oblast it runs through."""
    return _document(
        [layers.parts_of_line(control)],
        title=f"Line of contact on {words.day(control.date)} ({control.title})",
        about=[*control.repairs, words.sources(geojson.line_sources(control))],
        data={},
    )


def _document(
    found: Iterable[Layer], *, title: str, about: Iterable[str], data: Mapping[str, str]
) -> bytes:
    root = Xml.Element("kml", xmlns=NAMESPACE)
    top = Xml.SubElement(root, "Document")
    _add(top, "name", title)
    _add(top, "open", "1")
    _add(top, "description", "\n".join(map(str, about)))
    for name, style in _STYLES.items():
        _add_style(top, name, **style)
    if data:
        _add_data(top, data)
    for layer in found:
        _add_folder(top, layer)
    text: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _colour(code: str, opacity: int = _SOLID) -> str:
    """``#rrggbb`` as KML writes it: opacity, blue, green, red."""
    red, green, blue = code[1:3], code[3:5], code[5:7]
    return f"{opacity:02x}{blue}{green}{red}".lower()


# Name -> colour of the edge, its width, and of the fill where there is one.
_STYLES: dict[str, dict[str, Any]] = {
    "ukraine": {"edge": LIGHT.ukraine, "width": 1.5, "fill": LIGHT.ukraine},
    "russia": {"edge": LIGHT.russia, "width": 1.5, "fill": LIGHT.russia},
    "line": {"edge": LIGHT.line, "width": 2.2},
    "extent": {"edge": LIGHT.extent, "width": 1.6},
    "drawn": {"edge": LIGHT.drawn, "width": 2.0},
    "settlements": {"edge": LIGHT.ink, "width": 1.0, "is_dot": True},
}
_STYLE_OF = {"line_drawn": "drawn"}
_LENGTHS = {
    "length_km": _("Line of contact"),
    "shore_km": _("along the shore of the former Kakhovka Reservoir, not counted"),
}


def _add_style(
    top: Xml.Element, name: str, *, edge: str, width: float, fill: str = "", is_dot: bool = False
) -> None:
    style = Xml.SubElement(top, "Style", id=name)
    if is_dot:
        icon = Xml.SubElement(style, "IconStyle")
        _add(icon, "color", _colour(edge))
        _add(icon, "scale", "0.5")
        _add(Xml.SubElement(icon, "Icon"), "href", _DOT)
        _add(Xml.SubElement(style, "LabelStyle"), "scale", "0.7")
        return
    line = Xml.SubElement(style, "LineStyle")
    _add(line, "color", _colour(edge))
    _add(line, "width", f"{width:g}")
    inside = Xml.SubElement(style, "PolyStyle")
    _add(inside, "color", _colour(fill or edge, _FILL if fill else 0))
    _add(inside, "fill", "1" if fill else "0")


def _add_folder(top: Xml.Element, layer: Layer) -> None:
    folder = Xml.SubElement(top, "Folder", id=f"layer-{layer.name}")
    _add(folder, "name", layer.title)
    _add(folder, "description", layer.about)
    for row, shape in zip(layer.rows, layer.shapes, strict=True):
        _add_placemark(folder, layer, spoken(row), shape)


def _add_placemark(
    folder: Xml.Element, layer: Layer, row: Mapping[str, Any], shape: shapely.Geometry | None
) -> None:
    mark = Xml.SubElement(folder, "Placemark")
    _add(mark, "name", _name(layer, row))
    if layer.shape != "Point" and "source" in row:
        _add(mark, "description", _about(row))
    _add(mark, "styleUrl", f"#{_style(layer, row)}")
    _add_data(mark, {name: row[name] for name in layer.fields if row.get(name) is not None})
    if shape is not None:
        _add_shape(mark, shape)


def _style(layer: Layer, row: Mapping[str, Any]) -> str:
    """Zones are their side's colour; ground that changed hands, of whoever gained it."""
    if layer.name in ("zones", "drawn_zones"):
        return str(row["side"])
    if layer.name == "changed":
        return "russia" if row["became"] == HELD_BY["russia"] else "ukraine"
    return _STYLE_OF.get(layer.name, layer.name)


def _name(layer: Layer, row: Mapping[str, Any]) -> str:
    if layer.name == "settlements":
        return words.place_name(row["name_en"], row["name_uk"])
    named = [row.get(key) for key in ("scenario", "drawing", "name", "oblast")]
    return ": ".join(str(part) for part in named if part) or str(layer.title)


def _about(row: Mapping[str, Any]) -> str:
    """Figures, source and date of a zone or a line, as HTML."""
    told = [
        _("{name}: {figure}").format(name=heading, figure=_figure(key, row[key]))
        for key, heading in (words.MEASURES | _LENGTHS).items()
        if key in row and (row[key] or key not in _LENGTHS)
    ]
    dates = [words.as_of(row[key]) for key in ("date", "from", "to") if key in row]
    told.append(words.listed([row["source"], *dates]))
    if row.get("illustrative"):
        told.append(words.ILLUSTRATIVE)
    return "<br>\n".join(map(markup.escape, told))


def _figure(name: str, value: float | None) -> str:
    if value is None or FIELDS[name].kind == "whole":
        return words.measure(name, math.nan if value is None else value)
    # The row's own digit: rounded once more it might differ from what is on screen.
    return words.listed([words.number(value, decimals=1), FIELDS[name].unit], between=" ")


def _add_data(parent: Xml.Element, data: Mapping[str, Any]) -> None:
    extended = Xml.SubElement(parent, "ExtendedData")
    for name, value in data.items():
        entry = Xml.SubElement(extended, "Data", name=name)
        field = FIELDS.get(name)
        if field is not None:
            unit = f" ({field.unit})" if field.unit else ""
            _add(entry, "displayName", f"{field.about}{unit}")
        _add(entry, "value", _value(value))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def _add_shape(parent: Xml.Element, shape: shapely.Geometry) -> None:
    parts = shapely.get_parts(shape)
    holder = Xml.SubElement(parent, "MultiGeometry") if len(parts) > 1 else parent
    for part in parts:
        if part.geom_type == "Point":
            _add(Xml.SubElement(holder, "Point"), "coordinates", _corners(part))
        elif part.geom_type == "LineString":
            line = Xml.SubElement(holder, "LineString")
            _add(line, "tessellate", "1")
            _add(line, "coordinates", _corners(part))
        else:
            _add_polygon(holder, part)


def _add_polygon(parent: Xml.Element, polygon: shapely.Polygon) -> None:
    element = Xml.SubElement(parent, "Polygon")
    _add(element, "tessellate", "1")
    rings = [("outerBoundaryIs", polygon.exterior)]
    rings += [("innerBoundaryIs", ring) for ring in polygon.interiors]
    for name, ring in rings:
        border = Xml.SubElement(Xml.SubElement(element, name), "LinearRing")
        _add(border, "coordinates", _corners(ring))


def _corners(shape: shapely.Geometry) -> str:
    corners = shapely.get_coordinates(shape)
    return " ".join(f"{lon:.{layers.DECIMALS}f},{lat:.{layers.DECIMALS}f}" for lon, lat in corners)


def _add(parent: Xml.Element, name: str, text: object) -> None:
    Xml.SubElement(parent, name).text = _UNWRITABLE.sub(" ", str(text))
