"""Small invented countries whose answers are known by hand; all in metres."""

from __future__ import annotations

import datetime as dt

import numpy as np
import shapely

from geo import control
from geo.control import ControlMap

# Far from zero, so that no coordinate can be taken for a degree.
COUNTRY = shapely.box(100_000, 100_000, 300_000, 200_000)
EAST = shapely.box(200_000, 100_000, 300_000, 200_000)
DAY = dt.date(2025, 12, 14)


def control_map(
    *held: shapely.Geometry, country: shapely.Geometry = COUNTRY, source: str = "invented"
) -> ControlMap:
    """A control map of an invented country; by default the east is held, the front straight."""
    polygons = np.array(held or (EAST,), dtype=object)
    return control.derive(polygons, source=source, title="Invented", date=DAY, land=country)
