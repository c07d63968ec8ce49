"""The line of contact, from the polygons of Russian-held ground that an assessor drew.

It is the part of the edge of Russian-held ground that faces Kyiv-held ground. An assessor's drawing
of the coast and of the state border lies up to some kilometres beside the one of the oblasts, and
his polygons may be cut along old lines with gaps between them. What lies in such cracks is nobody's
front: it is given to the side it belongs to before any edge is taken (`geo.control.derive`).

All geometry is in projected metres.
"""

from __future__ import annotations

import functools

import numpy as np
import shapely

from geo import crs, places
from geo.shapes import own, polygonal

# Owl cuts its polygons along old lines and leaves up to a few hundred metres between them.
SEAM_M = 600.0
SHORTEST_SEAM_M = 4000.0
HAIR_M = 2.0
# Two drawings of one border or coast lie this far apart without there being ground between them.
SLIVER_M = 800.0
# Kyiv-held ground cut off at the coast is a bay or a lagoon that the assessor does not colour,
# unless it is larger than the largest of these, Tendra Bay; at a land border it is a strip between
# two drawings of that border, unless it is wider than the widest of these.
LARGEST_BAY_KM2 = 500.0
WIDEST_STRIP_M = 8000.0
# A hole in Russian-held ground smaller than this is a flaw of the drawing, not a pocket.
SMALLEST_POCKET_KM2 = 1.0
SMALLEST_INCURSION_KM2 = 0.01
# Held ground that is nowhere wider than this is a slip of the pen.
THINNEST_M = 20.0
# What closing a crack may leave of its edges runs from border to border and is shorter than this.
SHORTEST_PIECE_M = 300.0
# The assessors draw the line along the southern shore of the former reservoir. The line and the
# reservoir are both generalised to 150 m, so what lies within twice that follows the shore.
SHORE_M = 300.0
_CRUMB_M2 = 1.0


def close_seams(polygons: np.ndarray) -> tuple[shapely.Geometry, float]:
    """Join polygons across gaps narrower than `SEAM_M`, and say how much ground that adds (km²).

    A gap is a seam where it lies between two polygons, or where it is longer than any real salient
    so narrow could be. Other narrow gaps are the front's own shape and stay.
    """
    # Closing rounds every corner by a metre; simplifying takes those needless vertices away again.
    union = shapely.simplify(_closed(shapely.union_all(polygons), HAIR_M), HAIR_M / 4)
    # A hair more than the ground itself, so that no two edges of the overlay nearly coincide.
    gaps = shapely.get_parts(
        shapely.difference(_closed(union, SEAM_M), shapely.buffer(union, HAIR_M / 2))
    )
    # Parts of the union: in the file, polygons may touch, overlap or stand twice.
    edges, part = _edges(shapely.get_parts(union))
    gap, edge = shapely.STRtree(edges).query(gaps, predicate="dwithin", distance=HAIR_M)
    gap, _ = np.unique(np.stack([gap, part[edge]]), axis=1)
    between_two = np.bincount(gap, minlength=len(gaps)) >= 2
    long = shapely.length(gaps) / 2 >= SHORTEST_SEAM_M
    seams = gaps[between_two | long]
    closed = shapely.union_all([union, *shapely.buffer(seams, HAIR_M)])
    return closed, (closed.area - union.area) / crs.KM2


def within(ground: shapely.Geometry, country: shapely.Geometry) -> shapely.Geometry:
    """The ground that lies in the country, without crumbs."""
    return polygonal(shapely.intersection(ground, country), above_m2=_CRUMB_M2)


def without_slips(held: shapely.Geometry) -> shapely.Geometry:
    """The ground without pieces too small or thin to be held; real incursions stay."""
    parts = shapely.get_parts(held)
    real = shapely.area(parts) >= SMALLEST_INCURSION_KM2 * crs.KM2
    real &= ~shapely.is_empty(shapely.buffer(parts, -THINNEST_M / 2, quad_segs=1))
    return shapely.union_all(parts[real])


def cracks(
    held: shapely.Geometry, country: shapely.Geometry, abroad: shapely.Geometry
) -> np.ndarray:
    """Ground outside `held` that is no front: strips along coast and border, and tiny holes."""
    kyiv = shapely.difference(country, held)
    opened = shapely.buffer(kyiv, -SLIVER_M / 2, join_style="mitre")
    core = shapely.get_parts(shapely.buffer(opened, SLIVER_M / 2 + 1.0, join_style="mitre"))
    main = core[int(shapely.area(core).argmax())] if len(core) else shapely.Polygon()
    outer = own(shapely.boundary(country))

    thin = shapely.get_parts(polygonal(shapely.difference(kyiv, shapely.union_all(core))))
    strips = thin[shapely.dwithin(outer, thin, 1.0) & shapely.dwithin(own(held), thin, 1.0)]

    rest = shapely.get_parts(
        polygonal(shapely.difference(kyiv, shapely.union_all([main, *strips])))
    )
    behind = own(shapely.union_all([held, *shapely.buffer(strips, 1.0)]))
    rest = rest[~shapely.dwithin(own(main), rest, 1.0) & shapely.dwithin(behind, rest, 1.0)]
    area_km2 = shapely.area(rest) / crs.KM2
    width_m = 2 * shapely.length(shapely.maximum_inscribed_circle(rest, tolerance=100.0))
    at_border = shapely.dwithin(own(abroad), rest, SLIVER_M)
    at_coast = shapely.dwithin(outer, rest, 1.0) & ~at_border
    flaws = rest[
        (area_km2 < SMALLEST_POCKET_KM2)
        | (at_coast & (area_km2 < LARGEST_BAY_KM2))
        | (at_border & (width_m < WIDEST_STRIP_M))
    ]
    # A hair of overlap, so that the union leaves no line of zero width between them.
    return shapely.buffer(np.concatenate([strips, flaws]), 1.0, join_style="mitre")


def between(held: shapely.Geometry, country: shapely.Geometry) -> shapely.Geometry:
    """The line of contact: the part of the edge of `held` that lies inside the country."""
    outer = shapely.boundary(country)
    edge = shapely.difference(shapely.boundary(held), shapely.buffer(outer, 2.0, quad_segs=1))
    pieces = shapely.get_parts(shapely.line_merge(edge))
    keep = shapely.is_closed(pieces) | (shapely.length(pieces) >= SHORTEST_PIECE_M)
    return shapely.multilinestrings(pieces[keep])


@functools.cache
def reservoir_shore() -> shapely.Geometry:
    """What lies so near to the former Kakhovka Reservoir that it follows its shore (metres)."""
    return shapely.buffer(places.drained_reservoir(), SHORE_M)


def _edges(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges of some polygons, each by itself, and which polygon each belongs to."""
    rings, owner = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    edges = shapely.linestrings(np.stack([corners[:-1][joined], corners[1:][joined]], axis=1))
    return edges, owner[ring[1:][joined]]


def _closed(geometry: shapely.Geometry, width_m: float) -> shapely.Geometry:
    """The geometry with all gaps narrower than `width_m` filled."""
    return shapely.buffer(shapely.buffer(geometry, width_m / 2, quad_segs=4), -width_m / 2)
