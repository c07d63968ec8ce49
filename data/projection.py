"""The one projection in which the project measures."""

from __future__ import annotations

MEASURING_CRS = "+proj=laea +lat_0=48.5 +lon_0=36 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
"""Lambert azimuthal equal-area at 48.5°N 36°E: areas are exact by construction, and on the whole
front a distance of 10 km is within 0.2 % of geodesic."""

STORED_CRS = "EPSG:4326"
"""Bundled tables keep longitude and latitude on WGS 84, rounded to about a decimetre."""
