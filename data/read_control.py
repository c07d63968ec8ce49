"""What every reader of a control map gives, and the GeoJSON in which it is kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import numpy as np
import shapely

from data.errors import RefusedError
from data.language import _

MOST_VERTICES = 50_000
"""Of a whole map; the assessors draw about 3,000."""


@dataclasses.dataclass(frozen=True, eq=False)
class Areas:
    """The Russian-held areas of one file, as they stand there (degrees, longitude first).

    Attributes
    ----------
    polygons
        Polygons, as drawn: nothing is repaired yet.
    stated
        The date that the file itself states, where it states one.
    left_out
        How many things that are no polygons the file held beside them.
    """

    polygons: np.ndarray
    stated: dt.date | None = None
    left_out: int = 0


def polygon(rings: Any) -> shapely.Polygon:
    """A polygon from its rings, each of [longitude, latitude] pairs.

    Raises
    ------
    RefusedError
        Where the rings are none, or hold anything but finite numbers.
    """
    if not isinstance(rings, list) or not rings:
        raise malformed()
    drawn = [_ring(ring) for ring in rings]
    return shapely.Polygon(drawn[0], drawn[1:])


def _ring(points: Any) -> np.ndarray:
    if not isinstance(points, list) or len(points) < 3:
        raise malformed()
    if len(points) > MOST_VERTICES:
        raise too_many()
    try:
        pairs = np.array([point[:2] for point in points], dtype=float)
    except (TypeError, ValueError) as fault:
        raise malformed() from fault
    if pairs.shape != (len(points), 2) or not np.isfinite(pairs).all():
        raise malformed()
    return pairs


def malformed() -> RefusedError:
    """What to say of a file that is JSON, but not of the source's form."""
    return RefusedError(
        _("the file has another form than this source's files: no areas can be read.")
    )


def not_json() -> RefusedError:
    """What to say of a file that is no whole JSON."""
    return RefusedError(_("the file is not JSON, or not all of it."))


def too_many() -> RefusedError:
    """What to say of a map drawn with more corners than any map of a front."""
    return RefusedError(
        _("the file has more than {n} corners, too many for a control map.").format(n=MOST_VERTICES)
    )


def to_geojson(polygons: np.ndarray) -> bytes:
    """Polygons as GeoJSON, a feature each, every digit kept."""
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(each)}
        for each in polygons
    ]
    document = {"type": "FeatureCollection", "features": features}
    return (json.dumps(document, separators=(",", ":")) + "\n").encode("ascii")


def from_geojson(content: bytes) -> np.ndarray:
    """Polygons from what `to_geojson` wrote.

    Raises
    ------
    RefusedError
        Where the content is something else.
    """
    try:
        features = json.loads(content)["features"]
        found = [polygon([list(ring) for ring in f["geometry"]["coordinates"]]) for f in features]
    except (ValueError, KeyError, TypeError) as fault:
        raise malformed() from fault
    return np.array(found, dtype=object)
