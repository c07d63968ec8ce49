"""Boundaries of oblasts as GeoJSON: checked, and kept as published."""

from __future__ import annotations

import numpy as np
import shapely

from data import checked, read_geojson
from data.errors import RefusedError
from data.language import _

_FEWEST, _MOST = 24, 30
_UKRAINE_KM2 = 603_500
_LARGEST_DIFFERENCE = 0.05


def read(body: bytes) -> bytes:
    """The file as it is, once it is a map of Ukraine's oblasts.

    Raises
    ------
    RefusedError
        Saying what is wrong.
    """
    found = [read_geojson.polygons(each) for each in read_geojson.collection(body)["features"]]
    units = [polygons for polygons in found if polygons]
    if not _FEWEST <= len(units) <= _MOST:
        raise RefusedError(
            _("the file has {n} units with areas; Ukraine has 27.").format(n=len(units))
        )
    ground = np.array([each for polygons in units for each in polygons], dtype=object)
    checked.require_place(ground)
    mended = shapely.make_valid(ground, method="structure", keep_collapsed=False)
    area_km2 = checked.measure_km2(mended)
    if abs(area_km2 / _UKRAINE_KM2 - 1) > _LARGEST_DIFFERENCE:
        raise RefusedError(
            _("its units cover {area} km²; Ukraine has about {known} km².").format(
                area=f"{area_km2:,.0f}", known=f"{_UKRAINE_KM2:,}"
            )
        )
    return body
