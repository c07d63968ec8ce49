"""Owl's daily files: ``areas`` is a list of rings of [latitude, longitude].

The files hold unit positions beside them. Those are skipped while parsing: no value of theirs is
ever built, kept or written.
"""

from __future__ import annotations

from typing import Any

import ijson
import numpy as np

from data import read_control
from data.read_control import Areas

_WANTED = "areas"
_DEEPEST = 16
# A corner is an opening, two numbers and a closing.
_MOST_EVENTS = 5 * read_control.MOST_VERTICES


def read(body: bytes) -> Areas:
    """The areas of a file.

    Raises
    ------
    RefusedError
        Where it is no such file.
    """
    try:
        rings = _rings(body)
    except (ijson.JSONError, UnicodeDecodeError) as fault:
        raise read_control.not_json() from fault
    if not isinstance(rings, list) or not rings:
        raise read_control.malformed()
    polygons = [read_control.polygon([_turned(ring)]) for ring in rings]
    return Areas(np.array(polygons, dtype=object))


def _rings(body: bytes) -> Any:
    """The value of `_WANTED`, None where there is none; the file is read to its end all the same.

    Nesting is counted here: ijson's own paths of what is nested grow with its square.
    """
    depth, count, key, built = 0, 0, None, ijson.ObjectBuilder()
    for event, value in ijson.basic_parse(body, use_float=True):
        depth += {"start": 1, "end": -1}.get(event.partition("_")[0], 0)
        if depth > _DEEPEST:
            raise read_control.malformed()
        if depth == 1 and event == "map_key":
            key = value
        elif key == _WANTED and depth:
            count += 1
            if count > _MOST_EVENTS:
                raise read_control.too_many()
            built.event(event, value)
    return getattr(built, "value", None)


def _turned(ring: Any) -> list[Any]:
    """A ring with longitude first."""
    if not isinstance(ring, list) or any(not isinstance(p, list) or len(p) < 2 for p in ring):
        raise read_control.malformed()
    return [[point[1], point[0]] for point in ring]
