"""Names on a printed map: towns, oblasts, neighbours, seas and rivers, none on another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
import shapely.ops
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import Stroke
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from data.language import UKRAINIAN, _, current, translated
from geo import crs, places
from geo.sheet import DPI, MM_PER_INCH, TOWNS, Box, Sheet, font, printable

# One for so much of the map (mm²): about fifty on half a page.
_TOWN_MM2 = 640.0
_FEWEST_TOWNS, _MOST_TOWNS = 8, 80
# Largest first: residents from which a town is set in this size (points) and weight, and what it
# costs another name to lie on its dot.
_TOWN_STYLES = (
    (200_000, 8.6, "bold", 20.0),
    (50_000, 7.4, "bold", 4.0),
    (0, 6.6, "normal", 0.5),
)
# What it costs a name to stand beside the dot of a town already named, to lie on the line of
# contact, to lie all on the zones, and to be one further down the list of places around its dot.
_BESIDE_COST, _LINE_COST, _ZONES_COST, _PLACE_COST = 9.0, 3.0, 2.0, 0.1
# Seas by the ground (degrees: west, south, east, north) in which the middle of their name may lie.
_RIVERS = {
    "Dnipro": _("Dnipro"),
    "Donets": _("Siverskyi Donets"),
    "Southern Bug": _("Southern Bug"),
    "Dniester": _("Dniester"),
    "Desna": _("Desna"),
    "Don": _("Don"),
}
"""Rivers that are named, as the table calls them -> what is written."""
_RIVER_POINTS = 6.4
_DRAWN_POINTS = 7.0
_SEAS = {"Sea of Azov": (34.9, 45.3, 39.5, 47.4), "Black Sea": (28.0, 40.0, 36.0, 46.6)}


class Taken:
    """Boxes of the map (pixels) where nothing more may be written."""

    def __init__(
        self,
        sheet: Sheet,
        axes: Axes,
        line: shapely.Geometry,
        zones: Sequence[shapely.Geometry] = (),
    ) -> None:
        self.sheet = sheet
        self.axes = axes
        self.boxes: list[Box] = []
        frame = axes.bbox
        pad = 1.5 * sheet.point_px
        self.frame = (frame.x0 + pad, frame.y0 + pad, frame.x1 - pad, frame.y1 - pad)
        width = 2.0 * sheet.point_px
        self.line = shapely.buffer(shapely.transform(line, axes.transData.transform), width)
        shapely.prepare(self.line)
        self.zones = shapely.transform(np.array(zones, dtype=object), axes.transData.transform)

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

    def on_zones(self, box: Box) -> float:
        """The share of a box that lies on the zones."""
        x0, y0, x1, y1 = box
        covered = float(shapely.area(shapely.clip_by_rect(self.zones, *box)).sum())
        return min(covered / ((x1 - x0) * (y1 - y0)), 1.0)


def write_names(sheet: Sheet, axes: Axes, view: Box, taken: Taken) -> None:
    """Towns, largest first; names of oblasts before the least, of neighbours and seas last."""
    west, south, east, north = view
    rows = (
        places.settlements()
        .cx[west:east, south:north]
        .sort_values(["population", "name_en"], ascending=[False, True])
    )
    most = _most_towns(sheet, axes)
    towns = _Towns(sheet, axes, rows, taken, most)
    large = int((rows["population"] >= _TOWN_STYLES[1][0]).sum())
    towns.write(0, large)
    _oblast_names(sheet, axes, view, taken)
    towns.write(large, len(rows))
    _ground_names(sheet, axes, view, taken)


def _most_towns(sheet: Sheet, axes: Axes) -> int:
    """How many towns a map of this size can name."""
    mm = MM_PER_INCH / DPI / sheet.scale
    fitting = round(axes.bbox.width * axes.bbox.height * mm**2 / _TOWN_MM2)
    return min(max(fitting, _FEWEST_TOWNS), _MOST_TOWNS)


class _Towns:
    """Dots and names of the first `most` towns that find room, largest first.

    A name lies where it costs least: rather not on or close beside the dot of another town, on the
    line of contact or on the zones.
    """

    def __init__(self, sheet: Sheet, axes: Axes, rows: Any, taken: Taken, most: int) -> None:
        self.sheet, self.axes, self.taken, self.left = sheet, axes, taken, most
        self.towns = list(rows.itertuples())
        self.dots = axes.transData.transform(shapely.get_coordinates(rows.geometry.array))
        # Those too small to be named on this map stand in nobody's way.
        self.costs = np.zeros(len(rows))
        self.costs[:most] = [_style(town)[2] for town in self.towns[:most]]

    def write(self, first: int, end: int) -> None:
        """Those from the first to before the end."""
        for number in range(first, end):
            self.costs[number] = 0.0
            if self.left and self._write(number):
                self.left -= 1
                self.costs[number] = _BESIDE_COST

    def _write(self, number: int) -> bool:
        town, (x, y) = self.towns[number], self.dots[number]
        sheet, taken, scale = self.sheet, self.taken, self.sheet.point_px
        size, weight, _cost = _style(town)
        radius = (2.1 if weight == "bold" else 1.6) * scale
        dot = (x - radius, y - radius, x + radius, y + radius)
        width = sheet.pixels(printable(_town_name(town)), size, weight)
        if not taken.free(dot, 3.0 * scale):
            return False
        costs = {
            spot: self._cost(spot.box, 0.8 * size * scale) + place * _PLACE_COST
            for place, spot in enumerate(_spots(x, y, radius, width, size * scale))
            if taken.free(spot.box, 1.5 * scale)
        }
        if not costs:
            return False
        spot = min(costs, key=lambda one: costs[one])
        taken.add(*dot)
        taken.add(*spot.box)
        _town(sheet, self.axes, town, (x, y), spot, size, weight)
        return True

    def _cost(self, box: Box, room: float) -> float:
        """What it costs a name to lie in a box, with no dot closer than the room (pixels)."""
        x0, y0, x1, y1 = box
        x, y = self.dots.T
        near = (x0 - room < x) & (x < x1 + room) & (y0 - room < y) & (y < y1 + room)
        line = _LINE_COST if self.taken.on_line(box) else 0.0
        return float(self.costs[near].sum()) + line + _ZONES_COST * self.taken.on_zones(box)


def _style(town: Any) -> tuple[float, str, float]:
    """Size and weight of a town's name, and what it costs another to lie on its dot."""
    return next(style[1:] for style in _TOWN_STYLES if town.population >= style[0])


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
    colours, pen = sheet.colours, sheet.scale
    point = (town.geometry.x, town.geometry.y)
    bold = weight == "bold"
    axes.add_artist(
        Line2D(
            [point[0]],
            [point[1]],
            marker="o",
            markersize=pen * (3.6 if bold else 2.7),
            markerfacecolor=colours.paper,
            markeredgecolor=colours.ink,
            markeredgewidth=pen * (0.9 if bold else 0.7),
            linestyle="none",
            zorder=TOWNS,
            gid="town-dot",
        )
    )
    shift = ScaledTranslation(
        (spot.x - dot[0]) / DPI, (spot.y - dot[1]) / DPI, sheet.figure.dpi_scale_trans
    )
    style = {"transform": axes.transData + shift, "color": colours.ink, "gid": "town"}
    _name(
        sheet, axes, point, printable(_town_name(town)), font(size * pen, weight), halo=2.2, **style
    )


def _name(
    sheet: Sheet,
    axes: Axes,
    at: tuple[float, float],
    text: str,
    face: Any,
    *,
    halo: float,
    **style: Any,
) -> None:
    """Write a name, with a halo (points) below it.

    The halo is a text of its own, drawn as outlines: a text with an effect would be outlines
    itself in PDF and SVG, where nobody could find or copy it.
    """
    style = {"fontproperties": face, "zorder": TOWNS, "parse_math": False} | style
    if halo:
        ground: Text = axes.text(*at, text, **style | {"gid": "halo"})
        edge = Stroke(linewidth=halo * sheet.scale, foreground=sheet.colours.land, alpha=0.9)
        ground.set_path_effects([edge])
        ground.set_zorder(TOWNS - 0.1)
    axes.text(*at, text, **style)


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
    x, y = axes.transData.transform(centre)
    width, em = sheet.pixels(text, size, "normal"), size * sheet.point_px
    box = (x - width / 2, y - 0.6 * em, x + width / 2, y + 0.6 * em)
    if not taken.free(box, 2.5 * sheet.point_px) or taken.on_line(box):
        return False
    taken.add(*box)
    sea = gid == "sea"
    style = {"color": sheet.colours.quiet, "ha": "center", "va": "center", "gid": gid}
    face = font(size * sheet.scale, "normal", "italic" if sea else "normal")
    _name(sheet, axes, centre, text, face, halo=0.0 if sea else 2.0, **style)
    return True


def write_drawn(
    sheet: Sheet,
    axes: Axes,
    view: Box,
    named: Sequence[tuple[str, shapely.Geometry]],
    taken: Taken,
) -> None:
    """Names of drawings (metres), each on what it names; where there is no room, left out.

    They keep clear of the dots of great towns, whose names come after them.
    """
    em = _DRAWN_POINTS * sheet.point_px
    dots = shapely.transform(great_towns(view), axes.transData.transform)
    for name, shape in named:
        seen = shapely.clip_by_rect(shape, *view)
        if seen.is_empty:
            continue
        text = printable(name)
        width = sheet.pixels(text, _DRAWN_POINTS, "bold")
        on_page = shapely.transform(seen, axes.transData.transform)
        boxes = [
            (x - width / 2, y - 0.6 * em, x + width / 2, y + 0.6 * em)
            for x, y in _spots_on(on_page, width, em)
        ]
        boxes = [box for box in boxes if taken.free(box, 1.5 * sheet.point_px)]
        if not boxes:
            continue
        box = min(boxes, key=lambda one: (_near(dots, one, 0.8 * em), taken.on_line(one)))
        taken.add(*box)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        at = axes.transData.inverted().transform(middle)
        style = {"color": sheet.colours.drawn, "ha": "center", "va": "center"}
        face = font(_DRAWN_POINTS * sheet.scale, "bold")
        _name(sheet, axes, tuple(at), text, face, halo=2.4, gid="drawn-name", **style)


def great_towns(view: Box) -> np.ndarray:
    """The greatest towns of a view (points, metres)."""
    towns = places.settlements()
    points = towns.geometry.array[towns["population"] >= _TOWN_STYLES[0][0]]
    return np.asarray(points[shapely.intersects(points, shapely.box(*view))])


def _near(points: np.ndarray, box: Box, room: float) -> int:
    """How many points lie in a box or so close to it (all in pixels)."""
    return int(shapely.dwithin(points, shapely.box(*box), room).sum())


def _spots_on(shape: shapely.Geometry, width: float, em: float) -> list[tuple[float, float]]:
    """Places (pixels) on or beside an area or a line where its name may stand, best first."""
    west, south, east, north = shape.bounds
    x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    heights = (0.0, 0.25, -0.25, 0.4, -0.4) if shape.area else ()
    inside = [(x, y + share * (north - south)) for share in heights]
    middle = (west + east) / 2
    above = [(at, north + 0.9 * em) for at in (middle, east - width / 2, west + width / 2)]
    below = [(at, south - 0.9 * em) for at in (middle, east - width / 2, west + width / 2)]
    sides = [(east + width / 2 + em, y), (west - width / 2 - em, y)]
    return [*inside, *above, *below, *sides]


def write_rivers(sheet: Sheet, axes: Axes, view: Box, taken: Taken) -> None:
    """Names of the main rivers, each once, along a stretch that is straight enough."""
    rivers = places.rivers()
    for name, told in _RIVERS.items():
        course = shapely.union_all(rivers.geometry.array[rivers["name"] == name])
        seen = shapely.clip_by_rect(course, *view)
        if seen.is_empty:
            continue
        seen = shapely.line_merge(seen) if seen.geom_type == "MultiLineString" else seen
        line = max(shapely.get_parts(seen), key=lambda part: part.length)
        _along(sheet, axes, line, printable(told), taken)


def _along(sheet: Sheet, axes: Axes, line: shapely.Geometry, text: str, taken: Taken) -> None:
    """Write a name beside the straightest stretch of a line (metres) that has room for it."""
    em = _RIVER_POINTS * sheet.point_px
    width = sheet.pixels(text, _RIVER_POINTS, "normal")
    course = shapely.transform(line, axes.transData.transform)
    for x, y, angle in _straight(course, width, em):
        across, up = abs(math.cos(angle)), abs(math.sin(angle))
        half = ((width * across + em * up) / 2, (width * up + em * across) / 2)
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        if not taken.free(box, 1.5 * sheet.point_px) or taken.on_line(box):
            continue
        taken.add(*box)
        style = {"color": sheet.colours.quiet, "ha": "center", "va": "center", "gid": "river"}
        turn = {"rotation": math.degrees(angle), "rotation_mode": "anchor"}
        face = font(_RIVER_POINTS * sheet.scale, "normal", "italic")
        at = tuple(axes.transData.inverted().transform((x, y)))
        _name(sheet, axes, at, text, face, halo=1.6, **style, **turn)
        return


def _straight(
    course: shapely.Geometry, width: float, em: float
) -> Iterator[tuple[float, float, float]]:
    """Middle (pixels) and angle of places above or below a line, the straightest stretch first."""
    stretches = []
    for start in np.arange(0.0, course.length - width, max(width / 3, 1.0)):
        part = shapely.ops.substring(course, start, start + width)
        (x0, y0), (x1, y1) = part.coords[0], part.coords[-1]
        if math.hypot(x1 - x0, y1 - y0) < 0.9 * width:
            continue
        bend = shapely.hausdorff_distance(part, shapely.LineString([(x0, y0), (x1, y1)]))
        if bend < 0.6 * em:
            stretches.append((bend, start, (x0, y0), (x1, y1)))
    for bend, _start, (x0, y0), (x1, y1) in sorted(stretches):
        angle = math.atan2(y1 - y0, x1 - x0)
        angle -= math.pi if angle > math.pi / 2 else 0.0
        angle += math.pi if angle < -math.pi / 2 else 0.0
        for away in (1.0, -1.0):
            shift = away * (0.8 * em + bend)
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            yield x - shift * math.sin(angle), y + shift * math.cos(angle), angle
