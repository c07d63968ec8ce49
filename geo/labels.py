"""Names on a printed map: towns, oblasts, neighbours and seas, none on another."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from matplotlib.transforms import ScaledTranslation

from data.language import UKRAINIAN, current, translated
from geo import crs, places
from geo.sheet import DPI, TOWNS, Box, Sheet, font, printable
from geo.style import Theme

_MOST_TOWNS = 48
# Largest first: residents from which a town is set in this size (points) and weight.
_TOWN_STYLES = ((200_000, 8.6, "bold"), (50_000, 7.4, "bold"), (0, 6.6, "normal"))
# Seas by the ground (degrees: west, south, east, north) in which the middle of their name may lie.
_SEAS = {"Sea of Azov": (34.9, 45.3, 39.5, 47.4), "Black Sea": (28.0, 40.0, 36.0, 46.6)}


class Taken:
    """Boxes of the map (pixels) where nothing more may be written."""

    def __init__(self, sheet: Sheet, axes: Axes, line: shapely.Geometry) -> None:
        self.sheet = sheet
        self.axes = axes
        self.boxes: list[Box] = []
        frame = axes.bbox
        pad = 3.0
        self.frame = (frame.x0 + pad, frame.y0 + pad, frame.x1 - pad, frame.y1 - pad)
        width = 2.0 * DPI / 72
        self.line = shapely.buffer(shapely.transform(line, axes.transData.transform), width)
        shapely.prepare(self.line)

    def add(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Take a box."""
        self.boxes.append((x0, y0, x1, y1))

    def free(self, box: Box, pad: float) -> bool:
        """Whether a box lies in the frame, and `pad` pixels from every box taken."""
        x0, y0, x1, y1 = box
        west, south, east, north = self.frame
        if x0 < west or y0 < south or x1 > east or y1 > north:
            return False
        return not any(
            x0 - pad < right and left < x1 + pad and y0 - pad < high and low < y1 + pad
            for left, low, right, high in self.boxes
        )

    def on_line(self, box: Box) -> bool:
        """Whether a box lies on the line of contact."""
        return bool(shapely.intersects(self.line, shapely.box(*box)))


def write_names(sheet: Sheet, axes: Axes, view: Box, taken: Taken) -> None:
    """Towns, largest first; names of oblasts after the great towns, of neighbours and seas last."""
    towns = places.settlements()
    west, south, east, north = view
    towns = towns.cx[west:east, south:north].sort_values(
        ["population", "name_en"], ascending=[False, True]
    )
    great = towns["population"] >= _TOWN_STYLES[0][0]
    shown = _towns(sheet, axes, towns[great], taken, _MOST_TOWNS)
    _oblast_names(sheet, axes, view, taken)
    _towns(sheet, axes, towns[~great], taken, _MOST_TOWNS - shown)
    _ground_names(sheet, axes, view, taken)


def _towns(sheet: Sheet, axes: Axes, towns: Any, taken: Taken, most: int) -> int:
    """Dots and names of the first `most` towns that find room; returns how many did."""
    scale = DPI / 72
    shown = 0
    places_px = axes.transData.transform(shapely.get_coordinates(towns.geometry.array))
    for town, (x, y) in zip(towns.itertuples(), places_px, strict=True):
        if shown >= most:
            break
        size, weight = next(s[1:] for s in _TOWN_STYLES if town.population >= s[0])
        radius = (2.1 if weight == "bold" else 1.6) * scale
        dot = (x - radius, y - radius, x + radius, y + radius)
        width = sheet.pixels(printable(_town_name(town)), size, weight)
        if not taken.free(dot, 3.0 * scale):
            continue
        spots = [
            spot
            for spot in _spots(x, y, radius, width, size * scale)
            if taken.free(spot.box, 1.5 * scale)
        ]
        if not spots:
            continue
        spot = next((s for s in spots if not taken.on_line(s.box)), spots[0])
        taken.add(*dot)
        taken.add(*spot.box)
        _town(sheet, axes, town, (x, y), spot, size, weight)
        shown += 1
    return shown


def _town_name(town: Any) -> str:
    """A row of the settlements by the name it has in the language that is spoken."""
    return str(town.name_uk or town.name_en) if current() == UKRAINIAN else str(town.name_en)


class _Spot(NamedTuple):
    """Where a town's name may stand (pixels): left end of its baseline, and its box."""

    x: float
    y: float
    box: Box


def _spots(x: float, y: float, radius: float, width: float, em: float) -> Iterable[_Spot]:
    """Places for a name around a dot, best first: right, left, then the corners, above, below."""
    gap = radius + 0.3 * em
    right, left, mid = x + gap, x - gap - width, x - width / 2
    level, above, below = y - 0.36 * em, y + gap * 0.75, y - gap * 0.75 - 0.73 * em
    corners = ((right, above), (right, below), (left, above), (left, below))
    for x0, y0 in ((right, level), (left, level), *corners, (mid, above), (mid, below)):
        yield _Spot(x0, y0, (x0, y0 - 0.25 * em, x0 + width, y0 + 0.8 * em))


def _town(
    sheet: Sheet,
    axes: Axes,
    town: Any,
    dot: tuple[float, float],
    spot: _Spot,
    size: float,
    weight: str,
) -> None:
    colours = sheet.colours
    point = (town.geometry.x, town.geometry.y)
    bold = weight == "bold"
    axes.add_artist(
        Line2D(
            [point[0]],
            [point[1]],
            marker="o",
            markersize=3.6 if bold else 2.7,
            markerfacecolor=colours.paper,
            markeredgecolor=colours.ink,
            markeredgewidth=0.9 if bold else 0.7,
            linestyle="none",
            zorder=TOWNS,
        )
    )
    shift = ScaledTranslation(
        (spot.x - dot[0]) / DPI, (spot.y - dot[1]) / DPI, sheet.figure.dpi_scale_trans
    )
    text = axes.text(
        *point,
        printable(_town_name(town)),
        fontproperties=font(size, weight),
        color=colours.ink,
        transform=axes.transData + shift,
        zorder=TOWNS,
        parse_math=False,
        gid="town",
    )
    text.set_path_effects(_halo(colours, 2.2))


def _halo(colours: Theme, width: float) -> list[Any]:
    return [Stroke(linewidth=width, foreground=colours.land, alpha=0.9), Normal()]


def _oblast_names(sheet: Sheet, axes: Axes, view: Box, taken: Taken) -> None:
    frame = shapely.box(*view)
    oblasts = places.oblasts()
    for row in oblasts[oblasts.intersects(frame)].itertuples():
        name = row.name_en.removesuffix(" Oblast")
        if current() == UKRAINIAN:
            name = row.name_uk.removesuffix(" область")
        shape = shapely.simplify(shapely.clip_by_rect(row.geometry, *view), 1000.0)
        _ground_name(sheet, axes, shape, name.upper(), 6.6, taken, gid="oblast")


def _ground_names(sheet: Sheet, axes: Axes, view: Box, taken: Taken) -> None:
    for row in places.countries().itertuples():
        shape = shapely.simplify(shapely.clip_by_rect(row.geometry, *view), 1000.0)
        _ground_name(
            sheet, axes, shape, str(translated(row.name)).upper(), 7.6, taken, gid="country"
        )
    frame = shapely.box(*view)
    land = [*places.countries().geometry.array, places.land()]
    ground = shapely.union_all(shapely.simplify(shapely.clip_by_rect(land, *view), 1000.0))
    water = shapely.get_parts(shapely.difference(frame, ground))
    for name, degrees in _SEAS.items():
        where = shapely.envelope(crs.to_metres(shapely.box(*degrees)))
        parts = shapely.intersection(water, where)
        sea = str(translated(name))
        _ground_name(sheet, axes, shapely.GeometryCollection(list(parts)), sea, 7.2, taken, "sea")


def _ground_name(
    sheet: Sheet,
    axes: Axes,
    shape: shapely.Geometry,
    name: str,
    size: float,
    taken: Taken,
    gid: str,
) -> None:
    """Write a name where the ground is widest, or a little above or below; else leave it out."""
    polygons = shapely.get_parts(shapely.get_parts(shape))
    polygons = polygons[shapely.area(polygons) > 0]
    if not len(polygons):
        return
    widest = polygons[int(shapely.area(polygons).argmax())]
    radius = shapely.maximum_inscribed_circle(widest, tolerance=2000.0)
    (x, y), (x1, y1) = shapely.get_coordinates(radius)
    reach = math.hypot(x1 - x, y1 - y)
    pixels = axes.transData.transform([(x, y), (x + reach, y)])
    text = name if gid == "sea" else "\u2009".join(name)
    if sheet.pixels(text, size, "normal") > 2.4 * (pixels[1][0] - pixels[0][0]):
        return
    for share in (0.0, 0.35, -0.35, 0.6, -0.6):
        if _spread(sheet, axes, (x, y + share * reach), text, size, taken, gid=gid):
            return


def _spread(
    sheet: Sheet,
    axes: Axes,
    centre: tuple[float, float],
    text: str,
    size: float,
    taken: Taken,
    gid: str,
) -> bool:
    """Write a name of ground, centred; False where there is no room."""
    scale = DPI / 72
    x, y = axes.transData.transform(centre)
    width, em = sheet.pixels(text, size, "normal"), size * scale
    box = (x - width / 2, y - 0.6 * em, x + width / 2, y + 0.6 * em)
    if not taken.free(box, 2.5 * scale) or taken.on_line(box):
        return False
    taken.add(*box)
    sea = gid == "sea"
    label = axes.text(
        centre[0],
        centre[1],
        text,
        fontproperties=font(size, "normal", "italic" if sea else "normal"),
        color=sheet.colours.quiet,
        ha="center",
        va="center",
        zorder=TOWNS,
        parse_math=False,
        gid=gid,
    )
    if not sea:
        label.set_path_effects(_halo(sheet.colours, 2.0))
    return True
