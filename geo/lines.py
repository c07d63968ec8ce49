"""A line from outside, drawn or loaded, from which a scenario measures its distances."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.errors import InputError
from data.language import _
from geo import crs, places, upload, words

MOST_CORNERS = 10_000
"""Corners that a line may have; buffering more takes longer than anyone waits."""
LONGEST_KM = 3_000.0
SHORTEST_KM = 0.1


def read(file: Path) -> str:
    """The lines of a GeoJSON file as the text that a scenario carries.

    Raises
    ------
    InputError
        Where the file cannot be read or holds no line that can be used.
    """
    line = parse(upload.content_of(file), name=str(file))
    in_metres(as_text(line), name=str(file))
    return as_text(line)


def as_text(line: shapely.Geometry) -> str:
    """A line in degrees as compact GeoJSON."""
    return json.dumps(shapely.geometry.mapping(line), separators=(",", ":"), sort_keys=True)


def parse(text: bytes | str, *, name: str) -> shapely.Geometry:
    """The lines of a GeoJSON text, joined where they meet (degrees); `name` is for the messages.

    Raises
    ------
    InputError
        As `lines_in` does.
    """
    parts = lines_in(text, name=name)
    return parts[0] if len(parts) == 1 else shapely.line_merge(shapely.multilinestrings(parts))


def lines_in(text: bytes | str, *, name: str) -> np.ndarray:
    """The lines of a GeoJSON text as they stand in it (degrees), each of one part.

    Raises
    ------
    InputError
        Where it is not GeoJSON, holds no line, or is in another place or projection.
    """
    try:
        document = json.loads(text)
        shapes = [shape for shape in _lines(document) if "LineString" in shape["type"]]
        with np.errstate(invalid="ignore"):
            found = [shapely.force_2d(shapely.geometry.shape(shape)) for shape in shapes]
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        shapely.errors.ShapelyError,
    ) as fault:
        raise InputError(_("{name} is not valid GeoJSON of a line.").format(name=name)) from fault
    parts = shapely.get_parts(found)
    parts = parts[~shapely.is_empty(parts)]
    if not len(parts):
        raise InputError(
            _("{name} holds no line; give a GeoJSON LineString.").format(name=name),
        )
    corners = int(shapely.get_num_coordinates(parts).sum())
    if corners > MOST_CORNERS:
        raise InputError(
            _("{name} has {corners} corners; simplify it below {most}.").format(
                name=name, corners=words.number(corners), most=words.number(MOST_CORNERS)
            )
        )
    upload.check_place(parts, name)
    return parts


@functools.lru_cache(maxsize=128)
def in_metres(text: str, *, name: str = "") -> shapely.Geometry:
    """The line of a scenario's text (metres).

    Raises
    ------
    InputError
        Where it cannot be used: no line, outside Ukraine, too short or too long.
    """
    called = name or _("the line given")
    line = crs.to_metres(parse(text, name=called))
    length_km = line.length / crs.KM
    if length_km < SHORTEST_KM:
        raise InputError(_("{name} is no longer than a point; draw it longer.").format(name=called))
    if length_km > LONGEST_KM:
        raise InputError(
            _("{name} is {length} km long; {most} km can be measured from.").format(
                name=called, length=words.number(length_km), most=words.number(LONGEST_KM)
            )
        )
    if not line.intersects(places.land()):
        raise InputError(
            _("{name} lies outside Ukraine; move it over Ukraine.").format(name=called)
        )
    return line


def _lines(document: Any) -> Iterator[dict[str, Any]]:
    kind = document["type"]
    if kind == "FeatureCollection":
        for feature in document["features"]:
            yield from _lines(feature)
    elif kind == "Feature":
        if document.get("geometry"):
            yield from _lines(document["geometry"])
    elif kind == "GeometryCollection":
        for geometry in document["geometries"]:
            yield from _lines(geometry)
    else:
        yield document
