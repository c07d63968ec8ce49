"""What stands on and around a printed map: degrees at its edge, scale bar, north, and the inset."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from data.language import _
from geo import crs, places, words
from geo.control import ControlMap
from geo.ink import Fill, area, mixed, strokes
from geo.sheet import (
    CONTACT,
    GRID,
    GROUND,
    HELD,
    MM_PER_INCH,
    TOOLS,
    Box,
    Sheet,
    font,
)
from geo.sheet import (
    DPI as PAGE_DPI,
)

DEGREE_POINTS = 5.4
_STEPS = (0.25, 0.5, 1.0, 2.0, 5.0)  # degrees between lines of the graticule
_LEAST_GAP_MM = 24.0
_TICK_MM = 1.1
_LEAST_HALVED_MM = 15.0  # a bar that has room for a label in its middle


class _Tools(NamedTuple):
    """Sizes (mm) of scale bar and arrow: ``beside`` is what the box has beyond the bar."""

    least: float
    height: float
    beside: float
    pad: float
    arrow: float
    points: float


_LARGE = _Tools(18.0, 11.0, 24.0, 2.5, 6.5, 6.6)
_SMALL = _Tools(12.0, 8.0, 18.0, 1.5, 4.4, 6.0)
_SMALL_MAP_MM = 75.0  # high or wide


def frame(axes: Axes, view: Box) -> None:
    """Have axes show a view (metres)."""
    west, south, east, north = view
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)


def metres_per_mm(sheet: Sheet, axes: Axes) -> float:
    """Metres of the map for a millimetre of the page."""
    west, east = axes.get_xlim()
    return float((east - west) / (axes.bbox.width / PAGE_DPI * MM_PER_INCH / sheet.scale))


class _Meeting(NamedTuple):
    """A line of the graticule that leaves the map: degrees, and where (metres)."""

    degrees: float
    x: float
    y: float


def graticule(sheet: Sheet, axes: Axes, view: Box) -> None:
    """Meridians and parallels, faint, with their degrees below and to the left of the map."""
    step = _step(sheet, axes, view)
    west, south, east, north = view
    corners = crs.to_degrees(shapely.segmentize(shapely.box(*view), (east - west) / 20))
    lon0, lat0, lon1, lat1 = corners.bounds
    meridians = [(lon, _line(lon, lat0, lon, lat1)) for lon in _between(lon0, lon1, step)]
    parallels = [(lat, _line(lon0, lat, lon1, lat)) for lat in _between(lat0, lat1, step)]
    lines = shapely.clip_by_rect([line for _, line in (*meridians, *parallels)], *view)
    colour = sheet.colours.oblast_line
    strokes(axes, lines, colour, 0.35 * sheet.scale, GRID, gid="graticule")
    low = shapely.LineString([(west, south), (east, south)])
    left = shapely.LineString([(west, south), (west, north)])
    below = [_Meeting(d, *_meet(line, low)) for d, line in meridians if line.intersects(low)]
    beside = [_Meeting(d, *_meet(line, left)) for d, line in parallels if line.intersects(left)]
    _degrees(sheet, axes, below, _("{n}° E"), upright=False)
    _degrees(sheet, axes, beside, _("{n}° N"), upright=True)


def _step(sheet: Sheet, axes: Axes, view: Box) -> float:
    """Degrees between two lines, so that they lie neither close nor alone."""
    lat = shapely.get_coordinates(crs.to_degrees(_middle(view)))[0][1]
    degree_mm = 111_200 * math.cos(math.radians(lat)) / metres_per_mm(sheet, axes)
    return next((step for step in _STEPS if step * degree_mm >= _LEAST_GAP_MM), _STEPS[-1])


def _between(low: float, high: float, step: float) -> Iterator[float]:
    first = math.ceil(low / step)
    return (number * step for number in range(first, math.floor(high / step) + 1))


def _line(lon0: float, lat0: float, lon1: float, lat1: float) -> shapely.Geometry:
    line = shapely.segmentize(shapely.LineString([(lon0, lat0), (lon1, lat1)]), 0.1)
    return crs.to_metres(line)


def _meet(line: shapely.Geometry, edge: shapely.Geometry) -> tuple[float, float]:
    point = shapely.get_coordinates(shapely.intersection(line, edge))[0]
    return float(point[0]), float(point[1])


def _degrees(
    sheet: Sheet, axes: Axes, meetings: Sequence[_Meeting], text: str, *, upright: bool
) -> None:
    """A tick and a label for each line that leaves the map; none that would pass its corner."""
    x0_px, y0_px, x1_px, y1_px = axes.bbox.extents
    low, high = (y0_px, y1_px) if upright else (x0_px, x1_px)
    mm_px = PAGE_DPI / MM_PER_INCH * sheet.scale
    for meeting in meetings:
        x_px, y_px = axes.transData.transform((meeting.x, meeting.y))
        at = y_px if upright else x_px
        label = text.format(n=words.short(meeting.degrees))
        half = sheet.pixels(str(label), DEGREE_POINTS, "normal") / 2
        if not low + half <= at <= high - half:
            continue
        tick = (-_TICK_MM * mm_px, 0.0) if upright else (0.0, -_TICK_MM * mm_px)
        _tick(sheet, (x_px, y_px), (x_px + tick[0], y_px + tick[1]))
        x_mm, y_mm = x_px / mm_px, sheet.paper.height_mm - y_px / mm_px
        place = (x_mm - _TICK_MM - 0.5, y_mm) if upright else (x_mm, y_mm + _TICK_MM + 0.4)
        sheet.write(
            *place,
            label,
            DEGREE_POINTS,
            color=sheet.colours.quiet,
            rotation=90.0 if upright else 0.0,
            ha="right" if upright else "center",
            va="center" if upright else "top",
            gid="degrees",
        )


def _tick(sheet: Sheet, one: tuple[float, float], other: tuple[float, float]) -> None:
    (x0, y0), (x1, y1) = sheet.figure.transFigure.inverted().transform([one, other])
    tick = Line2D([x0, x1], [y0, y1], color=sheet.colours.border, linewidth=0.5 * sheet.scale)
    tick.set_gid("tick")
    sheet.add(tick)


def scale_and_north(
    sheet: Sheet, axes: Axes, view: Box, busy: Sequence[Any], towns: Any, outline: Any
) -> tuple[Box, float]:
    """Scale bar and north arrow in a corner, both true at the map's centre.

    The corner is one free of what is ``busy``, then of ``towns`` that have to be named, and of the
    ``outline``, where there is one.

    Returns
    -------
    tuple
        The ground taken (metres), and the length of the bar (km).
    """
    colours = sheet.colours
    west, south, east, north = view
    per_mm = metres_per_mm(sheet, axes)
    centre = ((west + east) / 2, (south + north) / 2)
    low = min(east - west, north - south) < _SMALL_MAP_MM * per_mm
    tools = _SMALL if low else _LARGE
    longest = max(0.17 * (east - west), tools.least * per_mm)
    length_km = _round_length_km(longest / crs.KM)
    length = length_km * crs.KM / _stretch(centre)
    width, height = length + tools.beside * per_mm, tools.height * per_mm
    pad = tools.pad * per_mm
    corners = list(itertools.product((south + pad, north - pad - height), (west, east)))
    spots = [(x + pad if x == west else x - pad - width, y) for y, x in corners]

    def hides(spot: tuple[float, float]) -> tuple[bool, int, bool]:
        box = shapely.box(*spot, spot[0] + width, spot[1] + height)
        covered = int(shapely.dwithin(towns, box, pad).sum())
        return any(shapely.intersects(busy, box)), covered, bool(shapely.intersects(outline, box))

    x, y = min(spots, key=hides)
    ground = Rectangle((x, y), width, height, gid="scale-ground")
    ground.set(facecolor=colours.paper, edgecolor="none", alpha=0.86, zorder=TOOLS)
    axes.add_artist(ground)
    taken = (x, y, x + width, y + height)
    x, y = x + 3.5 * per_mm, y + 0.25 * height
    line_width = 0.6 * sheet.scale
    for number, colour in enumerate((colours.ink, colours.paper)):
        half = Rectangle((x + number * length / 2, y), length / 2, 1.1 * per_mm, gid="scale-bar")
        half.set(facecolor=colour, edgecolor=colours.ink, linewidth=line_width, zorder=TOOLS)
        axes.add_artist(half)
    shares = (0.0, 0.5, 1.0) if length >= _LEAST_HALVED_MM * per_mm else (0.0, 1.0)
    for share in shares:
        label = words.short(share * length_km)
        if share == 1.0:
            label = _("{n} km").format(n=label)
        _word(sheet, axes, (x + share * length, y + 2.4 * per_mm), label, tools.points, gid="scale")
    foot = (x + length + (tools.beside - 11.0) * per_mm, y - 0.6 * per_mm)
    _north_arrow(sheet, axes, foot, tools.arrow / 6.5 * per_mm, _north(centre))
    return taken, length_km


def _word(
    sheet: Sheet, axes: Axes, at: tuple[float, float], text: str, size: float, *, gid: str
) -> None:
    axes.text(
        *at,
        str(text),
        fontproperties=font(size * sheet.scale, "normal" if gid == "scale" else "bold"),
        color=sheet.colours.ink,
        ha="center" if gid == "scale" else "left",
        zorder=TOOLS,
        parse_math=False,
        gid=gid,
    )


def _north_arrow(
    sheet: Sheet, axes: Axes, foot: tuple[float, float], per_mm: float, angle: float
) -> None:
    """An arrow of 6.5 times `per_mm` on `foot`, turned by `angle` (radians, anticlockwise)."""
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    colours = sheet.colours
    halves = (
        ([(0, 6.5), (-1.6, 0), (0, 1.4)], colours.ink),
        ([(0, 6.5), (1.6, 0), (0, 1.4)], colours.paper),
    )
    for corners, colour in halves:
        points = np.array(corners) @ turn.T * per_mm + foot
        arrow = Polygon(points, facecolor=colour, edgecolor=colours.ink, gid="north")
        arrow.set(linewidth=0.6 * sheet.scale, zorder=TOOLS)
        axes.add_artist(arrow)
    at = (foot[0] + 2.8 * per_mm, foot[1] + 0.4 * per_mm)
    _word(sheet, axes, at, _("N"), 7.2, gid="north-letter")


def _round_length_km(longest_km: float) -> float:
    """The longest of 1, 2, 4, 10, 20, 40 … km that is no longer than `longest_km`."""
    tens = 10.0 ** math.floor(math.log10(longest_km))
    return max(step * tens for step in (1, 2, 4) if step * tens <= longest_km)


def _stretch(centre: tuple[float, float]) -> float:
    """Metres on the ellipsoid for each metre of the projection, from west to east at a place."""
    x, y = centre
    ends = shapely.LineString([(x - 5000.0, y), (x + 5000.0, y)])
    return crs.geodesic_length_km(ends) / 10.0


def _north(centre: tuple[float, float]) -> float:
    """Direction of north on the map at a place: radians, anticlockwise from straight up."""
    lon, lat = shapely.get_coordinates(crs.to_degrees(shapely.Point(centre)))[0]
    there = shapely.get_coordinates(crs.to_metres(shapely.Point(lon, lat + 0.1)))[0]
    return math.atan2(centre[0] - there[0], there[1] - centre[1])


def _middle(view: Box) -> shapely.Geometry:
    west, south, east, north = view
    return shapely.Point((west + east) / 2, (south + north) / 2)


def _inset_view(view: Box) -> Box:
    """What the inset shows (metres): Ukraine and the frame of the map, with a margin."""
    west, south, east, north = shapely.total_bounds([places.land(), shapely.box(*view)])
    pad = 0.03 * (east - west)
    return west - pad, south - pad, east + pad, north + pad


def inset(sheet: Sheet, control: ControlMap, view: Box, edges: Box) -> None:
    """Ukraine with the frame of the map, at the lower right between four edges (mm)."""
    left, top, right, bottom = edges
    west, south, east, north = _inset_view(view)
    height_mm = min((right - left) * (north - south) / (east - west), bottom - top)
    width_mm = height_mm * (east - west) / (north - south)
    axes = sheet.axes(right - width_mm, bottom - height_mm, right, bottom)
    axes.set_gid("inset")
    frame(axes, (west, south, east, north))
    colours, pen = sheet.colours, sheet.scale
    coarse = 0.001 * (east - west)
    neighbours = np.asarray(places.countries().geometry.array)
    near = shapely.clip_by_rect(neighbours, west, south, east, north)
    area(axes, near, Fill(colours.neighbours), GROUND, gid="inset-neighbours")
    land = shapely.simplify(places.land(), coarse)
    area(axes, land, Fill(colours.land, colours.border, 0.6 * pen), GROUND, gid="inset-land")
    held = shapely.simplify(control.held, coarse)
    area(
        axes,
        held,
        Fill(mixed(colours.held_hatch, colours.held, 0.35)),
        HELD,
        gid="inset-held",
    )
    line = shapely.simplify(control.line, coarse)
    strokes(axes, line, colours.line, 0.9 * pen, CONTACT, gid="inset-line")
    locator = Rectangle((view[0], view[1]), view[2] - view[0], view[3] - view[1], fill=False)
    locator.set(edgecolor=colours.ink, linewidth=1.2 * pen, zorder=TOOLS, gid="locator")
    axes.add_artist(locator)
