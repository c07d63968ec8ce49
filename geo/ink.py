"""Shapes as ink on a printed page: fills, patterns and lines of `geo.sheet.Sheet`'s maps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from geo.style import Theme


class Fill(NamedTuple):
    """How a shape is filled: face, edge (width in points) and pattern."""

    face: Any
    edge: str = "none"
    edge_width: float = 0.0
    hatch: str = ""
    hatch_colour: Any = "none"
    hatch_width: float = 0.55

    def scaled(self, scale: float) -> Fill:
        """The same with wider or narrower lines."""
        return self._replace(
            edge_width=self.edge_width * scale, hatch_width=self.hatch_width * scale
        )


class Stroke(NamedTuple):
    """How a line is drawn: colour, width (points) and dashes."""

    colour: str
    width: float
    dashes: tuple[float, float] | None = None


def zone_style(colours: Theme, side: str, *, left: bool = False) -> Fill:
    """Ukraine diagonal lines, Russia dots, ground that is left cross-hatched.

    The fill is opaque: the pattern of Russian-held ground below must not mix with the zone's.
    """
    colour = colours.side(side)
    hatch = "xxx" if left else {"ukraine": "\\\\\\", "russia": "..."}[side]
    return Fill(mixed(colour, colours.land, 0.3), colour, 0.9, hatch, colour, 0.55)


def held_style(colours: Theme) -> Fill:
    """Russian-held ground: a thin hatch."""
    # The edge has no width but a colour: in a PDF the hatch is as transparent as the edge.
    return Fill(
        colours.held, colours.held, 0.0, "///", mixed(colours.held_hatch, colours.held, 0.45), 0.4
    )


def gained_style(colours: Theme, side: str) -> Fill:
    """Ground that a side gained: patches are small, so the colour is strong."""
    colour = colours.side(side)
    hatch = {"ukraine": "\\\\\\\\", "russia": "...."}[side]
    return Fill(mixed(colour, colours.land, 0.55), colour, 0.7, hatch, colour, 0.55)


def line_stroke(colours: Theme, width: float = 2.0) -> Stroke:
    """The line of contact."""
    return Stroke(colours.line, width)


def older_stroke(colours: Theme) -> Stroke:
    """The line of contact on an earlier date."""
    return Stroke(colours.line, 0.9, (3.5, 1.8))


def extent_stroke(colours: Theme) -> Stroke:
    """The outline of the place that a scenario applies in."""
    return Stroke(colours.extent, 1.2)


def drawn_stroke(colours: Theme, width: float = 1.8) -> Stroke:
    """What somebody drew."""
    return Stroke(colours.drawn, width, (4, 2.5))


def outline_stroke(colours: Theme, side: str) -> Stroke:
    """A zone that makes way for those of drawings."""
    return Stroke(colours.side(side), 1.1, None if side == "ukraine" else (1.2, 1.2))


def mixed(colour: str, ground: str, share: float) -> tuple[float, ...]:
    """A colour laid over the ground's with some opacity, as one opaque colour."""
    pairs = zip(to_rgb(colour), to_rgb(ground), strict=True)
    return tuple(share * above + (1 - share) * below for above, below in pairs)


def styled(patch: Any, fill: Fill) -> Any:
    """A patch with a fill."""
    patch.set(facecolor=fill.face, edgecolor=fill.edge, linewidth=fill.edge_width, hatch=fill.hatch)
    patch.set_hatchcolor(fill.hatch_colour)
    patch.set_hatch_linewidth(fill.hatch_width)
    return patch


def area(axes: Axes, shapes: Any, fill: Fill, zorder: int, gid: str | None = None) -> None:
    """Draw the polygons among some shapes."""
    path = _polygon_path(shapes)
    if path is not None:
        patch = PathPatch(path, zorder=zorder, gid=gid)
        axes.add_artist(styled(patch, fill))


def strokes(
    axes: Axes,
    shapes: Any,
    colour: str,
    width: float,
    zorder: int,
    *,
    dashes: tuple[float, float] | None = None,
    gid: str | None = None,
) -> None:
    """Draw the lines among some shapes; the width in points."""
    path = _line_path(shapes)
    if path is None:
        return
    patch = PathPatch(path, fill=False, edgecolor=colour, linewidth=width, zorder=zorder, gid=gid)
    patch.set(joinstyle="round", capstyle="butt" if dashes else "round")
    if dashes:
        patch.set_linestyle((0, dashes))
    axes.add_artist(patch)


def _polygon_path(shapes: Any) -> Path | None:
    """All polygons as one path; holes run against their outer ring, so that they stay open."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return _path(shapely.get_rings(shapely.orient_polygons(polygons)), Path.CLOSEPOLY)


def _line_path(shapes: Any) -> Path | None:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return _path(parts[shapely.get_dimensions(parts) == 1], Path.LINETO)


def _path(lines: np.ndarray, last: Any) -> Path | None:
    lines = lines[~shapely.is_empty(lines)]
    if not len(lines):
        return None
    points, line = shapely.get_coordinates(lines, return_index=True)
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    begins = np.flatnonzero(np.diff(line, prepend=-1))
    codes[begins] = Path.MOVETO
    codes[np.append(begins[1:], len(points)) - 1] = last
    return Path(points, codes)
