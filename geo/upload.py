"""Files from outside, checked before anything is computed from them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.errors import InputError

LARGEST_FILE_BYTES = 10 * 1024 * 1024
MOST_VERTICES = 200_000
# Ukraine with a margin; what lies wholly outside is another projection, place or axis order.
NEAR_UKRAINE = (18.0, 42.0, 44.0, 55.0)


def read_polygons(file: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """Polygons of a GeoJSON file, valid, in longitude and latitude.

    Returns
    -------
    ndarray of shapely Polygon
        In degrees, WGS 84.
    tuple of str
        What was repaired, a sentence each.

    Raises
    ------
    InputError
        Where the file is missing, too large, empty, not GeoJSON, without polygons, or in another
        projection or axis order.
    """
    try:
        if not file.is_file():
            raise InputError(f"there is no file {file}.")
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise InputError(f"{file} is larger than 10 MB; simplify it first.")
        text = file.read_bytes()
    except OSError as fault:
        raise InputError(f"{file} cannot be read: {fault.strerror or fault}.") from fault
    return parse_polygons(text, name=str(file))


def parse_polygons(text: bytes | str, *, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Polygons of a GeoJSON text, checked as `read_polygons` does; `name` is for the messages."""
    if not text.strip():
        raise InputError(f"{name} is empty; give GeoJSON with polygons.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{name} is not GeoJSON: it cannot be read as JSON.") from fault
    shapes = [shape for shape in _geometries(document, name) if "Polygon" in shape["type"]]
    if not shapes:
        raise InputError(f"{name} holds no polygons; give an area, not points or lines.")
    try:
        with np.errstate(invalid="ignore"):
            geometries = np.array([shapely.geometry.shape(shape) for shape in shapes], dtype=object)
    except (
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        shapely.errors.ShapelyError,
    ) as fault:
        raise InputError(f"{name} is not valid GeoJSON: its coordinates are damaged.") from fault
    geometries = shapely.force_2d(geometries)
    vertices = int(shapely.get_num_coordinates(geometries).sum())
    if vertices > MOST_VERTICES:
        raise InputError(f"{name} has {vertices:,} vertices; simplify it below {MOST_VERTICES:,}.")
    _check_place(geometries, name)
    valid = shapely.is_valid(geometries)
    repairs: tuple[str, ...] = ()
    if not valid.all():
        fixed = shapely.make_valid(geometries, method="structure", keep_collapsed=False)
        before, after = shapely.area(geometries).sum(), shapely.area(fixed).sum()
        change = after / before - 1.0 if before else 0.0
        repairs = (f"Invalid polygons repaired: {int((~valid).sum())} (area {change:+.2%}).",)
        geometries = fixed
    parts = shapely.get_parts(geometries)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(parts) or shapely.area(parts).sum() == 0:
        raise InputError(f"{name} holds no polygon with an area.")
    return parts, repairs


def _geometries(document: Any, name: str) -> Iterator[dict[str, Any]]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        for feature in document["features"]:
            yield from _geometries(feature, name)
    elif kind == "Feature":
        if document.get("geometry"):
            yield from _geometries(document["geometry"], name)
    elif kind == "GeometryCollection" and isinstance(document.get("geometries"), list):
        for geometry in document["geometries"]:
            yield from _geometries(geometry, name)
    elif isinstance(kind, str) and "coordinates" in document:
        yield document
    else:
        raise InputError(f"{name} is not GeoJSON: it has no features and no coordinates.")


def _check_place(geometries: np.ndarray, name: str) -> None:
    coordinates = shapely.get_coordinates(geometries)
    if not len(coordinates):
        raise InputError(f"{name} holds no coordinates.")
    if not np.isfinite(coordinates).all():
        raise InputError(f"{name} holds coordinates that are not finite numbers.")
    (west, south), (east, north) = coordinates.min(axis=0), coordinates.max(axis=0)
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise InputError(
            f"{name} is not in degrees (x from {west:.0f} to {east:.0f}); "
            "save it in longitude and latitude, EPSG:4326."
        )
    if _is_near(west, south, east, north):
        return
    if _is_near(south, west, north, east):
        raise InputError(
            f"{name} has latitude and longitude swapped; GeoJSON wants longitude first."
        )
    raise InputError(
        f"{name} lies outside Ukraine and its neighbours "
        f"(longitude {west:.1f} to {east:.1f}, latitude {south:.1f} to {north:.1f})."
    )


def _is_near(west: float, south: float, east: float, north: float) -> bool:
    box_west, box_south, box_east, box_north = NEAR_UKRAINE
    return (
        box_west <= west
        and east <= box_east
        and box_south <= south
        and north <= box_north
        and not math.isnan(west)
    )
