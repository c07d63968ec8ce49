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
# With more corners than this, or longer outlines, a map takes longer than anyone waits. The daily
# maps of the assessors have some 3,000 corners and 9,000 km, most of it coast and border.
MOST_CORNERS = 10_000
LONGEST_OUTLINES_KM = 50_000.0
# As far as the bundled maps are generalised.
FARTHEST_MOVED_M = 150.0
# A ring that crosses itself this often encloses nothing in particular, and takes long to mend.
MOST_CROSSINGS = 5_000
# Beyond this, the repair of a polygon has decided what it encloses.
LARGEST_REPAIR = 0.1
# Ukraine with a margin; what lies wholly outside is another projection, place or axis order.
NEAR_UKRAINE = (18.0, 42.0, 44.0, 55.0)
# GEOS simplifies by calling itself, as deep as a line is long: a long one overflows the stack.
_CORNERS_AT_ONCE = 500
_SAMPLED_EDGES = 100
_DEGREE_M = 111_000.0


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
    polygons = shapely.get_parts(geometries)
    repairs: list[str] = []
    if vertices > MOST_CORNERS:
        polygons, moved_m = _thinned(polygons, name)
        left = int(shapely.get_num_coordinates(polygons).sum())
        repairs.append(
            f"The outlines given have {vertices:,} vertices; simplified by up to {moved_m:.0f} m, "
            f"{left:,} are left."
        )
    _check_tangles(polygons, name)
    valid = shapely.is_valid(polygons)
    if not valid.all():
        mended = shapely.make_valid(polygons[~valid], method="structure", keep_collapsed=False)
        repairs.append(_repair(polygons[~valid], mended))
        polygons = np.concatenate([polygons[valid], mended])
    parts = shapely.get_parts(polygons)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(parts) or shapely.area(parts).sum() == 0:
        raise InputError(f"{name} holds no polygon with an area.")
    return parts, tuple(repairs)


def _thinned(polygons: np.ndarray, name: str) -> tuple[np.ndarray, float]:
    """Polygons of at most `MOST_CORNERS`, and by how much that moved an edge at most (metres)."""
    moved_m = FARTHEST_MOVED_M / 16
    while moved_m < FARTHEST_MOVED_M:
        moved_m *= 2
        thin = _simplified(polygons, moved_m / _DEGREE_M)
        if shapely.get_num_coordinates(thin).sum() <= MOST_CORNERS:
            return thin, moved_m
    left = int(shapely.get_num_coordinates(thin).sum())
    raise InputError(
        f"{name} has {left:,} vertices even when simplified by {moved_m:.0f} m; "
        f"simplify it below {MOST_CORNERS:,}."
    )


def _simplified(polygons: np.ndarray, tolerance: float) -> np.ndarray:
    """Polygons with fewer corners (Douglas-Peucker, some hundred corners at a time), or invalid."""
    rings, owner = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.cumsum(np.bincount(ring, minlength=len(rings)))
    pieces = [
        np.arange(start, min(start + _CORNERS_AT_ONCE, end - 1) + 1)
        for first, end in zip(np.r_[0, ends[:-1]], ends, strict=True)
        for start in range(first, end - 1, _CORNERS_AT_ONCE)
    ]
    of_ring = np.array([ring[piece[0]] for piece in pieces])
    lines = shapely.linestrings(
        corners[np.concatenate(pieces)],
        indices=np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces]),
    )
    thin, piece = shapely.get_coordinates(
        shapely.simplify(lines, tolerance, preserve_topology=False), return_index=True
    )
    # Each piece but a ring's first begins with the corner that the one before it ends with.
    again = (np.diff(piece, prepend=-1) > 0) & (np.diff(of_ring, prepend=-1) == 0)[piece]
    thin, ring = thin[~again], of_ring[piece[~again]]
    enough = np.bincount(ring, minlength=len(rings)) >= 4
    is_shell = np.diff(owner, prepend=-1) > 0
    kept = enough & (enough & is_shell)[np.flatnonzero(is_shell)[np.cumsum(is_shell) - 1]]
    if not kept.any():
        return np.array([], dtype=object)
    corners_kept = kept[ring]
    new_rings = shapely.linearrings(
        thin[corners_kept], indices=np.unique(ring[corners_kept], return_inverse=True)[1]
    )
    return shapely.polygons(new_rings, indices=np.unique(owner[kept], return_inverse=True)[1])


def _check_tangles(polygons: np.ndarray, name: str) -> None:
    """Refuse what GEOS would work on for minutes; crossings are estimated on a sample of edges."""
    corners, ring = shapely.get_coordinates(shapely.get_rings(polygons), return_index=True)
    joined = ring[1:] == ring[:-1]
    # Where polygons stand many times over, each edge once.
    ends = np.unique(np.hstack([corners[:-1], corners[1:]])[joined], axis=0)
    edges = shapely.linestrings(ends.reshape(-1, 2, 2))
    length_km = float(shapely.length(edges).sum()) * _DEGREE_M / 1000.0
    if length_km > LONGEST_OUTLINES_KM:
        raise InputError(
            f"{name} has outlines of some {length_km:,.0f} km in all; "
            f"a map of less than {LONGEST_OUTLINES_KM:,.0f} km can be measured."
        )
    sample = edges[:: max(1, len(edges) // _SAMPLED_EDGES)]
    found = shapely.STRtree(edges).query(sample, predicate="crosses").shape[1]
    crossings = round(found / len(sample) * len(edges) / 2) if len(sample) else 0
    if crossings > MOST_CROSSINGS:
        raise InputError(
            f"{name} is a tangle: its outlines cross some {crossings:,} times; "
            "draw them so that they do not."
        )


def _repair(broken: np.ndarray, mended: np.ndarray) -> str:
    """What a repair did, in a sentence."""
    before, after = shapely.area(broken).sum(), shapely.area(mended).sum()
    change = after / before - 1.0 if before > 0 else math.inf
    said = f"Invalid polygons repaired: {len(broken)}"
    if abs(change) <= LARGEST_REPAIR:
        return f"{said} (area {change:+.2%})."
    return f"{said}; their outlines cross, and what they are meant to enclose is a guess."


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
