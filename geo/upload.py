"""Files from outside, checked before anything is computed from them."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import pyproj
import shapely

from data.errors import InputError
from data.language import _
from geo import sandbox, words

STORED_CODE = 4326
FILE = "file"
"""What a file is called while it is read."""

KNOWN_CRS = (4326, 3857, 32635, 32636, 32637, 5562, 5563, 5564, 5565, 28404, 28405, 28406, 28407)
"""EPSG codes of what maps of Ukraine come in: degrees, Web Mercator, UTM, UCS-2000, Pulkovo."""

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


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """What a file of areas holds.

    Attributes
    ----------
    name, kind
        What the user calls it, and what it is (`geo.readers`).
    layers, layer
        Names of its layers where it has such, and the one that was read.
    rows
        Its rows or features.
    columns
        Name, kind (``text``, ``number``, ``date``, ``truth``, ``other``) and an example of each.
    crs
        Name of the CRS; None where the file states none and none was given: then there are no
        polygons yet.
    fitting
        EPSG codes in which an unknown CRS would put the areas into Ukraine or near it.
    is_reprojected
        Whether the file was in another CRS than longitude and latitude on WGS 84.
    repairs, left_out, notes
        What was repaired, what was left out, and what else was done, a sentence each.
    polygons : ndarray of shapely Polygon
        Valid, in degrees (WGS 84).
    """

    name: str
    kind: str
    layers: tuple[str, ...]
    layer: str
    rows: int
    columns: tuple[tuple[str, str, str], ...]
    crs: str | None
    fitting: tuple[int, ...]
    is_reprojected: bool
    repairs: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    polygons: np.ndarray

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was done to it, as sentences that stand alone."""
        moved = [_("Reprojected from {crs}.").format(crs=self.crs)] if self.is_reprojected else []
        gone = [_("Left out: {what}").format(what=what) for what in self.left_out]
        return (*self.notes, *moved, *gone, *self.repairs)


def look(content: bytes, *, name: str, layer: str | None = None, crs: int | None = None) -> Found:
    """Read a file of areas in a process of its own (`geo.sandbox`), and check it.

    Parameters
    ----------
    content
        GeoJSON, KML, KMZ, GeoPackage, FlatGeobuf, GeoParquet, or a Shapefile packed as ZIP.
    name
        For messages alone.
    layer
        Of several; else the first with areas (of KML, all).
    crs
        EPSG code that counts where the file states no CRS.

    Raises
    ------
    InputError
        One sentence: why the file cannot be used.
    """
    if len(content) > LARGEST_FILE_BYTES:
        raise InputError(_("{name} is larger than 10 MB; simplify it first.").format(name=name))
    answer = sandbox.run(
        "geo.readers:look",
        {"name": name, "layer": layer, "crs": crs},
        name=name,
        files={FILE: content},
    )
    said = answer.document
    shape = shapely.from_wkb(answer.parts[0]) if answer.parts[0] else shapely.MultiPolygon()
    return Found(
        name=name,
        kind=said["kind"],
        layers=tuple(said["layers"]),
        layer=said["layer"],
        rows=said["rows"],
        columns=tuple((column[0], column[1], column[2]) for column in said["columns"]),
        crs=said["crs"],
        fitting=tuple(said["fitting"]),
        is_reprojected=said["reprojected"],
        repairs=tuple(said["repairs"]),
        left_out=tuple(said["left_out"]),
        notes=tuple(said["notes"]),
        polygons=shapely.get_parts(shape),
    )


def content_of(file: Path) -> bytes:
    """The bytes of a file of areas or lines.

    Raises
    ------
    InputError
        Where it is missing, too large or cannot be read.
    """
    content = start_of(file, LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise InputError(_("{name} is larger than 10 MB; simplify it first.").format(name=file))
    return content


def start_of(file: Path, most_bytes: int) -> bytes:
    """The first bytes of a file, all of them where there are no more.

    Raises
    ------
    InputError
        Where it is missing, a folder, or cannot be read.
    """
    try:
        if file.is_dir():
            raise InputError(
                _("{path} is a folder; give the name of a file in it.").format(path=file)
            )
        if not file.is_file():
            raise InputError(_("there is no file {file}.").format(file=file))
        with file.open("rb") as stream:
            return stream.read(most_bytes)
    except OSError as fault:
        raise InputError(
            _("{name} cannot be read: {why}.").format(name=file, why=fault.strerror or fault)
        ) from fault


def read_polygons(file: Path, *, crs: int | None = None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Polygons of a file, valid, in longitude and latitude; kinds of files as `look` has them.

    Parameters
    ----------
    crs
        EPSG code that counts where the file states no CRS.

    Returns
    -------
    ndarray of shapely Polygon
        In degrees, WGS 84.
    tuple of str
        What was repaired, left out and reprojected, a sentence each.

    Raises
    ------
    InputError
        Where the file is missing, too large, empty, of no kind that is read, without polygons,
        states no CRS, or lies elsewhere.
    """
    content = content_of(file)
    found = look(content, name=str(file), crs=crs)
    if found.crs is None:
        raise InputError(
            _(
                "{name} states no CRS; name it as an EPSG code with --crs (4326, longitude and "
                "latitude, would fit)."
            ).format(name=file)
            if STORED_CODE in found.fitting
            else _(
                "{name} is not in degrees and states no CRS; save it in longitude and latitude, "
                "EPSG:4326, or name its EPSG code with --crs."
            ).format(name=file)
        )
    return found.polygons, found.remarks


def parse_polygons(text: bytes | str, *, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Polygons of a short GeoJSON text, checked as a file's are; `name` is for the messages."""
    return checked(areas_in(text, name=name), name=name)


def areas_in(text: bytes | str, *, name: str) -> np.ndarray:
    """The areas of a short GeoJSON text as they stand in it, not looked at (degrees)."""
    if not text.strip():
        raise InputError(_("{name} is empty; give GeoJSON with polygons.").format(name=name))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InputError(no_json(name)) from fault
    shapes = [
        shape
        for feature in features(document, name)
        for shape in geometries(feature, name)
        if is_area(shape)
    ]
    if not shapes:
        raise InputError(no_polygons(name))
    return built(shapes, name)


def checked(areas: np.ndarray, *, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Polygons that can be used, from areas of any origin (degrees, WGS 84).

    Returns
    -------
    ndarray of shapely Polygon
        Valid, of at most `MOST_CORNERS` corners in all.
    tuple of str
        What was simplified and repaired, a sentence each.

    Raises
    ------
    InputError
        Where they lie elsewhere, have too many vertices, are a tangle, or enclose nothing.
    """
    areas = shapely.force_2d(areas)
    vertices = int(shapely.get_num_coordinates(areas).sum())
    if vertices > MOST_VERTICES:
        raise InputError(many_vertices(name, areas))
    check_place(areas, name)
    polygons = shapely.get_parts(areas)
    repairs: list[str] = []
    if vertices > MOST_CORNERS:
        polygons, moved_m = _thinned(polygons, name)
        left = int(shapely.get_num_coordinates(polygons).sum())
        repairs.append(
            _(
                "The outlines given have {n} vertices; simplified by up to {metres} m, "
                "{left} are left."
            ).format(
                n=words.number(vertices), metres=words.number(moved_m), left=words.number(left)
            )
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
        raise InputError(_("{name} holds no polygon with an area.").format(name=name))
    return parts, tuple(repairs)


def features(document: Any, name: str) -> list[dict[str, Any]]:
    """The features of a GeoJSON document; a bare geometry is one."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return [feature for member in document["features"] for feature in features(member, name)]
    if kind == "Feature":
        return [document]
    return [{"geometry": next(_geometries(document, name), None) and document}]


def geometries(feature: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The geometries of a feature, collections taken apart."""
    return list(_geometries(feature["geometry"], name)) if feature.get("geometry") else []


def shapes_of(feature: dict[str, Any], name: str) -> list[dict[str, Any] | None]:
    """The geometries of a feature, or None alone where it has none."""
    return [*geometries(feature, name)] or [None]


def is_area(shape: dict[str, Any] | None) -> TypeGuard[dict[str, Any]]:
    """Whether a GeoJSON geometry is a polygon or several."""
    return shape is not None and "Polygon" in shape["type"]


def built(shapes: list[dict[str, Any]], name: str) -> np.ndarray:
    """GeoJSON geometries as shapely's.

    Raises
    ------
    InputError
        Where their coordinates are none.
    """
    made = np.empty(len(shapes), dtype=object)
    try:
        with np.errstate(invalid="ignore"):
            for place, shape in enumerate(shapes):
                made[place] = shapely.geometry.shape(shape)
    except (
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        shapely.errors.ShapelyError,
    ) as fault:
        raise InputError(damaged(name, "GeoJSON")) from fault
    return made


def no_json(name: str) -> str:
    """That a text is no JSON."""
    return _("{name} is not GeoJSON: it cannot be read as JSON.").format(name=name)


def no_polygons(name: str) -> str:
    """That there are no areas."""
    return _("{name} holds no polygons; give an area, not points or lines.").format(name=name)


def damaged(name: str, kind: str) -> str:
    """That coordinates are none."""
    return _("{name} is not valid {kind}: its coordinates are damaged.").format(
        name=name, kind=kind
    )


def not_finite(name: str) -> str:
    """That coordinates are infinite or not numbers."""
    return _("{name} holds coordinates that are not finite numbers.").format(name=name)


def many_vertices(name: str, areas: np.ndarray) -> str:
    """That there are too many vertices."""
    vertices = int(shapely.get_num_coordinates(areas).sum())
    return _("{name} has {n} vertices; simplify it below {most}.").format(
        name=name, n=words.number(vertices), most=words.number(MOST_VERTICES)
    )


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
        _(
            "{name} has {n} vertices even when simplified by {metres} m; simplify it below {most}."
        ).format(
            name=name,
            n=words.number(left),
            metres=words.number(moved_m),
            most=words.number(MOST_CORNERS),
        )
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
            _(
                "{name} has outlines of some {n} km in all; "
                "a map of less than {most} km can be measured."
            ).format(name=name, n=words.number(length_km), most=words.number(LONGEST_OUTLINES_KM))
        )
    sample = edges[:: max(1, len(edges) // _SAMPLED_EDGES)]
    found = shapely.STRtree(edges).query(sample, predicate="crosses").shape[1]
    crossings = round(found / len(sample) * len(edges) / 2) if len(sample) else 0
    if crossings > MOST_CROSSINGS:
        raise InputError(
            _(
                "{name} is a tangle: its outlines cross some {n} times; "
                "draw them so that they do not."
            ).format(name=name, n=words.number(crossings))
        )


def _repair(broken: np.ndarray, mended: np.ndarray) -> str:
    """What a repair did, in a sentence."""
    before, after = shapely.area(broken).sum(), shapely.area(mended).sum()
    change = after / before - 1.0 if before > 0 else math.inf
    if abs(change) <= LARGEST_REPAIR:
        return _("Invalid polygons repaired: {n} (area {change}).").format(
            n=words.number(len(broken)), change=words.change(change)
        )
    return _(
        "Invalid polygons repaired: {n}; their outlines cross, and what they are meant to "
        "enclose is a guess."
    ).format(n=words.number(len(broken)))


def _geometries(document: Any, name: str) -> Iterator[dict[str, Any]]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "GeometryCollection" and isinstance(document.get("geometries"), list):
        for geometry in document["geometries"]:
            yield from _geometries(geometry, name)
    elif isinstance(kind, str) and "coordinates" in document:
        yield document
    else:
        raise InputError(
            _("{name} is not GeoJSON: it has no features and no coordinates.").format(name=name)
        )


def check_place(areas: np.ndarray, name: str) -> None:
    """Refuse coordinates (longitude and latitude) that are not finite, or nowhere near Ukraine."""
    coordinates = shapely.get_coordinates(areas)
    if not len(coordinates):
        raise InputError(_("{name} holds no coordinates.").format(name=name))
    if not np.isfinite(coordinates).all():
        raise InputError(not_finite(name))
    (west, south), (east, north) = coordinates.min(axis=0), coordinates.max(axis=0)
    if not is_in_degrees((west, south, east, north)):
        raise InputError(
            _(
                "{name} is not in degrees (x from {west} to {east}); "
                "save it in longitude and latitude, EPSG:4326."
            ).format(name=name, west=words.number(west), east=words.number(east))
        )
    if is_near(west, south, east, north):
        return
    if is_near(south, west, north, east):
        raise InputError(
            _("{name} has latitude and longitude swapped; GeoJSON wants longitude first.").format(
                name=name
            )
        )
    raise InputError(
        _(
            "{name} lies outside Ukraine and its neighbours "
            "(longitude {west} to {east}, latitude {south} to {north})."
        ).format(
            name=name,
            **{
                key: words.number(value, decimals=1)
                for key, value in zip(
                    ("west", "east", "south", "north"), (west, east, south, north), strict=True
                )
            },
        )
    )


def is_in_degrees(bounds: Sequence[float] | np.ndarray) -> bool:
    """Whether west, south, east and north can be degrees."""
    west, south, east, north = bounds
    return bool(max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90)


def is_near(west: float, south: float, east: float, north: float) -> bool:
    """Whether bounds (degrees) lie in Ukraine or near it."""
    box_west, box_south, box_east, box_north = NEAR_UKRAINE
    return bool(
        box_west <= west
        and east <= box_east
        and box_south <= south
        and north <= box_north
        and not math.isnan(west)
    )


def common_crs() -> dict[int, str]:
    """EPSG codes of what maps of Ukraine come in (degrees first), and their names."""
    return {code: f"{pyproj.CRS.from_epsg(code).name} (EPSG:{code})" for code in KNOWN_CRS}


def epsg_code(text: str) -> int | None:
    """The number in ``EPSG:32637`` or ``32637`` where it names a CRS on earth, else None."""
    found = re.fullmatch(r"(?i)\s*(?:EPSG\s*:+\s*)?(\d{4,6})\s*", text)
    if not found:
        return None
    try:
        stated = pyproj.CRS.from_epsg(int(found[1]))
    except pyproj.exceptions.CRSError:
        return None
    return int(found[1]) if stated.is_geographic or stated.is_projected else None
