"""GeoJSON from outside: a collection of features in degrees, and its polygons."""

from __future__ import annotations

import json
from typing import Any

from data import read_control
from data.errors import RefusedError
from data.language import _

_DEGREES = ("CRS84", "EPSG::4326", "EPSG:4326")


def collection(body: bytes) -> dict[str, Any]:
    """The document, once it is a collection of features in degrees.

    Raises
    ------
    RefusedError
        Where it is something else.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise read_control.not_json() from fault
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise read_control.malformed()
    _require_degrees(document.get("crs"))
    return document


def polygons(feature: Any) -> list[Any] | None:
    """The polygons of a feature; None where it is something else, such as a point.

    Raises
    ------
    RefusedError
        Where it is no feature at all, or its rings are broken.
    """
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        raise read_control.malformed()
    rings = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        return [read_control.polygon(rings)]
    if geometry.get("type") == "MultiPolygon" and isinstance(rings, list):
        return [read_control.polygon(each) for each in rings]
    return None


def _require_degrees(crs: Any) -> None:
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name") if isinstance(properties, dict) else crs)
    if not name.endswith(_DEGREES):
        raise RefusedError(_("the file is not in degrees, but in {crs}.").format(crs=name[:80]))
