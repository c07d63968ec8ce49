"""DeepState's daily archive: a GeoJSON file a day, with all Russian-held ground."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np

from data import read_geojson
from data.read_control import Areas


def read(body: bytes) -> Areas:
    """The areas of a file.

    Raises
    ------
    RefusedError
        Where it is no such file.
    """
    document = read_geojson.collection(body)
    polygons, left_out = [], 0
    for feature in document["features"]:
        found = read_geojson.polygons(feature)
        left_out += found is None
        polygons += found or []
    return Areas(np.array(polygons, dtype=object), _stated(document.get("name")), left_out)


def _stated(name: Any) -> dt.date | None:
    """The date in the name that the file gives itself, ``deepstatemap_data_YYYYMMDD``."""
    found = re.search(r"(20\d{6})$", name) if isinstance(name, str) else None
    try:
        return dt.datetime.strptime(found[1], "%Y%m%d").date() if found else None
    except ValueError:
        return None
