"""What every module does to a geometry before or after an overlay."""

from __future__ import annotations

import shapely


def own(geometry: shapely.Geometry) -> shapely.Geometry:
    """A prepared copy of a geometry: preparing one that other threads hold is not safe."""
    copy = shapely.from_wkb(shapely.to_wkb(geometry))
    shapely.prepare(copy)
    return copy


def polygonal(geometry: shapely.Geometry, *, above_m2: float = 0.0) -> shapely.Geometry:
    """The polygons of a geometry (metres) that are larger than some area.

    An overlay may leave points, lines and crumbs beside them.
    """
    parts = shapely.get_parts(shapely.get_parts(geometry))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.multipolygons(parts[shapely.area(parts) > above_m2])
