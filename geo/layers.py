"""What is on screen as layers of features: what the files that a GIS opens have in common.

Every such file (`geo.geojson`, `geo.geopackage`, `geo.kml`, GeoParquet of `geo.tables`) is written
from these, so that all say the same. Geometries are in degrees, rounded as they are written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.language import _, spoken
from data.projection import STORED_CRS
from geo import control as control_maps
from geo import crs, impact, timeline, words
from geo.control import ControlMap
from geo.impact import MEASURES, Impact
from geo.pullback import SIDES, extent_geometry, line_from
from geo.scenario import EXTENT_ALL
from geo.snapshot import Snapshot
from geo.timeline import Changed

Shape = Literal["MultiPolygon", "MultiLineString", "Point", "Unknown"]
Kind = Literal["text", "whole", "number", "truth"]

_PLACE = ("name_en", "name_uk", "oblast", "raion", "hromada")
HELD_BY = {"ukraine": "Kyiv-held", "russia": "Russian-held"}
"""Side -> what ground that it holds is called in columns, in whatever language."""

_SIZE = ("residents_2022", "population_geonames")

# About 0.1 m: RFC 7946 (section 11.2) finds more digits pointless.
DECIMALS = 6


class Field(NamedTuple):
    """A column: its kind, its unit ("" for none) and what it says."""

    kind: Kind
    unit: str
    about: str


FIELDS: dict[str, Field] = {
    "kind": Field("text", "", _("What the feature is")),
    "scenario": Field(
        "text", "", _("Which scenario: its letter among those compared; in a CSV, its title")
    ),
    "drawing": Field("text", "", _("Name of the drawing")),
    "name": Field("text", "", _("What it is called")),
    "drawn": Field("text", "", _("What was drawn: an area or a line")),
    "name_en": Field("text", "", _("Name in English")),
    "name_uk": Field("text", "", _("Name in Ukrainian")),
    "oblast": Field(
        "text", "", _("Oblast; in the table of figures “all” in the rows of whole zones")
    ),
    "raion": Field("text", "", _("Raion")),
    "hromada": Field("text", "", _("Hromada")),
    "side": Field("text", "", _("Whose zone: ukraine or russia, the side that pulls back")),
    "held_by": Field("text", "", _("Who held it on the control map")),
    "became": Field("text", "", _("Who holds the ground since")),
    "area_km2": Field("number", _("km²"), _("Area, of the equal-area projection")),
    "redrawn_km2": Field(
        "number",
        _("km²"),
        _("Area of narrow patches that may only have been redrawn, not in area_km2"),
    ),
    "residents_2022": Field("whole", _("persons"), _("Residents counted on 1 January 2022")),
    "settlements": Field("whole", _("count"), _("Settlements of 500 or more residents")),
    "population_geonames": Field(
        "whole", _("persons"), _("Population as GeoNames has it, undated")
    ),
    "rail_km": Field("number", _("km"), _("Length of railways; empty where none is listed")),
    "length_km": Field(
        "number", _("km"), _("Length; of the line of contact without what shore_km has")
    ),
    "shore_km": Field(
        "number",
        _("km"),
        _(
            "Length along the shore of the former Kakhovka Reservoir: in the geometry, not in "
            "length_km"
        ),
    ),
    "distance_km": Field("number", _("km"), _("Distance to the line")),
    "along": Field("text", "", _("What the line runs along")),
    "from": Field("text", _("date"), _("Date of the older control map")),
    "to": Field("text", _("date"), _("Date of the newer control map")),
    "date": Field("text", _("date"), _("Date of the control map")),
    "as_of": Field(
        "text", "", _("Of what dates the sources are, in words, in the order of source")
    ),
    "residents_as_of": Field("text", _("date"), _("Date of the count of residents")),
    "source": Field("text", "", _("Who assessed control, and other sources")),
    "illustrative": Field("truth", "", _("Always true: no official geometry has been published")),
    "title": Field("text", "", _("The scenario in words")),
    "lon": Field("number", _("degrees"), _("Longitude, WGS 84")),
    "lat": Field("number", _("degrees"), _("Latitude, WGS 84")),
}
"""Every field of the files, by its name."""

_DTYPES: dict[Kind, Any] = {
    "text": "object",
    "whole": "Int64",
    "number": "Float64",
    "truth": "boolean",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """Features of one kind.

    Attributes
    ----------
    name
        Such as ``zones``: what the layer of a file is called, in every language.
    title, about
        What it is called for people, and what it holds, in a sentence.
    shape
        Geometry type that all of it has.
    fields
        Names in `FIELDS`, in their order.
    rows, shapes
        The features: values by field, and geometries in degrees, rounded and valid, outer rings
        anticlockwise; None where there is no ground.
    """

    name: str
    title: str
    about: str
    shape: Shape
    fields: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    shapes: tuple[shapely.Geometry | None, ...]

    def table(self) -> gpd.GeoDataFrame:
        """The layer with a column of its own kind for every field, in the language spoken now."""
        known = spoken(self.rows)
        columns = {
            name: pd.array([row.get(name) for row in known], dtype=_DTYPES[FIELDS[name].kind])
            for name in self.fields
        }
        shapes = np.array([*self.shapes, None], dtype=object)[:-1]
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=STORED_CRS)


def of(snapshot: Snapshot) -> tuple[Layer, ...]:
    """The layers of what is on screen, those without a feature left out.

    ``zones``, ``line``, ``line_drawn``, ``extent``, ``drawn``, ``drawn_zones``, ``settlements``; of
    ground that changed hands ``changed``, ``line``, ``settlements``.
    """
    if snapshot.changed is not None:
        found = snapshot.changed
        layers = [changed(found), _change_lines(found), _change_settlements(found)]
    else:
        answers = snapshot.lettered
        layers = [
            _zones(answers),
            _lines(answers),
            _lines_drawn(answers),
            _extents(answers),
            _drawn(snapshot),
            _drawn_zones(snapshot),
            _settlements(answers),
        ]
    return tuple(layer for layer in layers if layer.rows)


def parts_of_line(control: ControlMap) -> Layer:
    """The line of contact, a feature for each oblast it runs through, the former shore apart.

    Of the shore ``length_km`` is 0: that field adds up to the line's length in every file.
    """
    parts = list(control_maps.parts_of_line(control).itertuples())
    rows = [
        {
            "kind": "line of contact",
            "name": (
                _line_name(control)
                if row.along == control_maps.FRONT
                else words.sentence(control_maps.SHORE)
            ),
            "oblast": row.oblast,
            "along": row.along,
            **_lengths(
                row.length_km if row.along == control_maps.FRONT else 0.0,
                row.length_km if row.along == control_maps.SHORE else 0.0,
            ),
            **_control(control),
        }
        for row in parts
    ]
    return _layer_of_lines(_fields(rows), rows, [row.geometry for row in parts])


def changed(found: Changed) -> Layer:
    """Ground that changed hands: a feature for each side that gained it."""
    rows = [
        {
            "kind": "ground that changed hands",
            "name": timeline.passed_to(side),
            "became": HELD_BY[side],
            **row,
            "from": found.before.date.isoformat(),
            "to": found.after.date.isoformat(),
            "source": found.after.title,
        }
        for side, row in found.to_dict()["passed_to"].items()
    ]
    shapes = [rounded(found.ground.geometry[side]) for side in found.ground.index]
    return Layer(
        "changed",
        _("Ground that changed hands"),
        _("Between the two dates, by the side that holds it since."),
        "MultiPolygon",
        _fields(rows),
        tuple(rows),
        tuple(shapes),
    )


def rounded(metres: shapely.Geometry) -> shapely.Geometry | None:
    """In degrees of `DECIMALS` digits, still valid; outer rings anticlockwise (RFC 7946 3.1.6).

    None where it is empty.
    """
    if metres.is_empty:
        return None
    snapped = shapely.set_precision(crs.to_degrees(metres), 10.0**-DECIMALS)
    # Snapping leaves the last binary digits of the grid; rounding writes the short number.
    written = shapely.transform(snapped, lambda xy: xy.round(DECIMALS))
    return shapely.orient_polygons(written)


def settlements_of(answer: Impact) -> pd.DataFrame:
    """The settlements inside as files have them, with the digits that are true."""
    table = answer.settlements.rename(columns={"population": "population_geonames"}).copy()
    table["distance_km"] = table["distance_km"].round(2)
    return table


def _zones(answers: Sequence[tuple[str, Impact]]) -> Layer:
    rows, shapes = [], []
    for letter, answer in answers:
        figures, zones = impact.by_side(answer.sides), _zones_of(answer)
        for side in SIDES:
            rows.append(
                {
                    "kind": "zone",
                    **({"scenario": letter} if letter else {}),
                    "name": _zone_name(side, answer),
                    "side": side,
                    **{measure: figures[side][measure] for measure in MEASURES},
                    **_control(answer.control),
                    "illustrative": True,
                    "title": answer.scenario.title(),
                }
            )
            shapes.append(rounded(zones[side]))
    return Layer(
        "zones",
        _("Zones"),
        _("The ground that each side would give up, with its figures; illustrative."),
        "MultiPolygon",
        _fields(rows),
        tuple(rows),
        tuple(shapes),
    )


def _lines(answers: Sequence[tuple[str, Impact]]) -> Layer:
    """The line of contact of each control map, once."""
    rows, shapes = [], []
    for letters, (answer, *_others) in _grouped(answers, lambda answer: id(answer.control)):
        rows.append(
            {
                "kind": "line of contact",
                **({"scenario": letters} if letters else {}),
                **_line_of(answer.control),
            }
        )
        shapes.append(answer.control.line)
    return _layer_of_lines(_fields(rows), rows, shapes)


def _layer_of_lines(
    fields: tuple[str, ...], rows: Sequence[Mapping[str, Any]], shapes: Iterable[shapely.Geometry]
) -> Layer:
    return Layer(
        "line",
        _("Line of contact"),
        _("Between Russian-held and Kyiv-held ground, as the assessor of its date drew it."),
        "MultiLineString",
        fields,
        tuple(rows),
        tuple(map(rounded, shapes)),
    )


def _lines_drawn(answers: Sequence[tuple[str, Impact]]) -> Layer:
    """Lines that distances are measured from instead of the line of contact."""
    asked = [(letter, one) for letter, one in answers if one.scenario.line is not None]
    rows, shapes = [], []
    for letters, (answer, *_others) in _grouped(asked, lambda answer: answer.scenario.line):
        line = line_from(answer.control, answer.scenario.line)
        rows.append(
            {
                "kind": "line drawn",
                **({"scenario": letters} if letters else {}),
                "length_km": round(line.length / crs.KM, 1),
            }
        )
        shapes.append(rounded(line))
    about = _("From which distances are measured instead of the line of contact.")
    return Layer(
        "line_drawn",
        _("Line drawn"),
        about,
        "MultiLineString",
        _fields(rows),
        tuple(rows),
        tuple(shapes),
    )


def _extents(answers: Sequence[tuple[str, Impact]]) -> Layer:
    asked = [(letter, one) for letter, one in answers if one.scenario.extent != EXTENT_ALL]
    rows, shapes = [], []

    def extent(answer: Impact) -> tuple[str, str | None]:
        return answer.scenario.extent, answer.scenario.area

    for letters, (answer, *_others) in _grouped(asked, extent):
        place, area = extent(answer)
        rows.append(
            {
                "kind": "extent",
                **({"scenario": letters} if letters else {}),
                "name": words.place(place) if area is None else _("Area given"),
            }
        )
        shapes.append(rounded(extent_geometry(place, area)))
    return Layer(
        "extent",
        _("Extent"),
        _("Where the scenario applies; the zones are cut to it."),
        "MultiPolygon",
        _fields(rows),
        tuple(rows),
        tuple(shapes),
    )


def _drawn(snapshot: Snapshot) -> Layer:
    rows = [
        {
            "kind": "drawing",
            "name": one.name,
            "drawn": one.kind,
            "length_km": round(one.length_km, 1),
            "area_km2": round(one.area_km2, 1) if one.kind == "area" else None,
        }
        for one, _answer in snapshot.drawn
    ]
    shapes = [rounded(one.shape) for one, _answer in snapshot.drawn]
    return Layer(
        "drawn",
        _("Drawn"),
        _("What was drawn on the map: areas and lines."),
        "Unknown",
        _fields(rows),
        tuple(rows),
        tuple(shapes),
    )


def _drawn_zones(snapshot: Snapshot) -> Layer:
    rows: list[Mapping[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    for one, answer in snapshot.drawn:
        whole = _zones([("", answer)])
        rows += [{**row, "kind": "zone of a drawing", "drawing": one.name} for row in whole.rows]
        shapes += whole.shapes
    return Layer(
        "drawn_zones",
        _("Zones of the drawings"),
        _("The ground that each side would give up by what was drawn; illustrative."),
        "MultiPolygon",
        _fields(rows),
        tuple(rows),
        tuple(shapes),
    )


def _settlements(answers: Sequence[tuple[str, Impact]]) -> Layer:
    columns = (*_PLACE, "side", "held_by", *_SIZE, "distance_km")
    rows, points = [], []
    for letter, answer in answers:
        table = settlements_of(answer)
        for row in table.to_dict("records"):
            known = {"kind": "settlement"} | ({"scenario": letter} if letter else {})
            rows.append(known | _values(row, columns) | _control(answer.control))
            points.append(_point(row))
    return _layer_of_settlements(
        _("Settlements of 500 or more residents inside the zones."), rows, points
    )


def _layer_of_settlements(
    about: str, rows: Sequence[Mapping[str, Any]], points: Sequence[shapely.Point]
) -> Layer:
    return Layer(
        "settlements",
        _("Settlements"),
        about,
        "Point",
        _fields(rows),
        tuple(rows),
        tuple(points),
    )


def _change_lines(found: Changed) -> Layer:
    maps = (found.before, found.after)
    rows = [{"kind": "line of contact", **_line_of(one)} for one in maps]
    return _layer_of_lines(_fields(rows), rows, [one.line for one in maps])


def _change_settlements(found: Changed) -> Layer:
    table = found.settlements.rename(columns={"population": "population_geonames"})
    dates = {"from": found.before.date.isoformat(), "to": found.after.date.isoformat()}
    rows, points = [], []
    for row in table.to_dict("records"):
        gained = {"kind": "settlement", "became": HELD_BY[row["to"]]}
        rows.append(
            gained | _values(row, (*_PLACE, *_SIZE)) | dates | {"source": found.after.title}
        )
        points.append(_point(row))
    about = _("Settlements of 500 or more residents in the ground that changed hands.")
    return _layer_of_settlements(about, rows, points)


def _zone_name(side: str, answer: Impact) -> str:
    """What a zone is called: ``Russia pulls back 5 km``."""
    asked = answer.scenario
    deed = words.deed(getattr(asked, f"{side}_km"), getattr(asked, f"{side}_leaves"))
    return words.listed([words.SIDES[side], deed], between=" ")


def _line_of(control: ControlMap) -> dict[str, Any]:
    """Name, lengths, date and source of a line of contact."""
    return {
        "name": _line_name(control),
        **_lengths(control.line_km, control.shore_km),
        **_control(control),
    }


def _line_name(control: ControlMap) -> str:
    return _("Line of contact, {date}").format(date=words.day(control.date))


def _lengths(line_km: float, shore_km: float) -> dict[str, float]:
    return {"length_km": round(line_km, 1), "shore_km": round(shore_km, 1)}


def _control(control: ControlMap) -> dict[str, str]:
    return {"date": control.date.isoformat(), "source": control.title}


def _zones_of(answer: Impact) -> dict[str, shapely.Geometry]:
    return dict(zip(answer.zones["side"], answer.zones.geometry, strict=True))


def _values(row: Mapping[Any, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: None if pd.isna(row[name]) else row[name] for name in names}


def _point(row: Mapping[Any, Any]) -> shapely.Point:
    return shapely.Point(round(row["lon"], DECIMALS), round(row["lat"], DECIMALS))


def _fields(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(rows[0]) if rows else ()


def _grouped(answers: Iterable[tuple[str, Impact]], key: Any) -> list[tuple[str, list[Impact]]]:
    """Answers that share something, with their letters joined: ``A, C``."""
    groups: dict[Any, list[tuple[str, Impact]]] = {}
    for letter, answer in answers:
        groups.setdefault(key(answer), []).append((letter, answer))
    return [
        (", ".join(letter for letter, _one in group), [one for _letter, one in group])
        for group in groups.values()
    ]
