"""Geometry: control maps, scenarios, zones, what lies inside them, and how a result is drawn."""
