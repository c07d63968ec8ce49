"""A map on a printed page: a scenario's answer, or the ground that changed hands."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from data.language import _
from geo import neatline, places
from geo.control import ControlMap
from geo.drawing import Drawing
from geo.impact import Impact
from geo.ink import (
    Fill,
    Stroke,
    area,
    drawn_stroke,
    extent_stroke,
    gained_style,
    held_style,
    line_stroke,
    older_stroke,
    outline_stroke,
    strokes,
    zone_style,
)
from geo.labels import Taken, great_towns, write_drawn, write_names, write_rivers
from geo.pullback import SIDES, extent_geometry, line_from, split
from geo.sheet import BORDERS, CONTACT, EXTENT, GROUND, HELD, RAIL, WATER, ZONES, Box, Sheet
from geo.timeline import Changed

Drawn = Sequence[tuple[Drawing, Impact]]

# A map narrower than this shows the line of contact at its full width; on a wider one small
# incursions would drown in it.
_NEAR_M = 450_000.0
# The control maps are generalised to 150 m; a map narrower than this would feign precision.
_LEAST_WIDTH_M = 60_000.0
# A map of so much paper has lines of full width (mm²), a smaller one thinner ones, down to a share.
_FULL_PEN_MM2 = 16_000.0
_THINNEST_PEN = 0.6
# Of the map's width: what no eye sees on paper.
_FINE = 1 / 9000


def called(drawing: Drawing, number: int) -> str:
    """The name of a drawing; of one without, its number."""
    return drawing.name or _("Drawing {n}").format(n=number)


def shapes_of(impact: Impact, drawn: Drawn = (), *, whole: bool = True) -> list[shapely.Geometry]:
    """What a map of an answer has to show (metres): its ground, and the ``whole`` extent or not."""
    shapes = [zone for zone in impact.zones.geometry if not zone.is_empty]
    for drawing, answer in drawn:
        shapes += [drawing.shape, *(zone for zone in answer.zones.geometry if not zone.is_empty)]
    extent = extent_geometry(impact.scenario.extent, impact.scenario.area)
    if extent is not None and (whole or not shapes):
        shapes.append(extent)
    if impact.scenario.line is not None:
        shapes.append(line_from(impact.control, impact.scenario.line))
    return shapes or [impact.control.line]


def shapes_of_change(found: Changed) -> list[shapely.Geometry]:
    """What a map of ground that changed hands has to show (metres)."""
    ground = [shape for shape in found.ground.geometry if not shape.is_empty]
    return ground or [found.after.line]


def fitted(shapes: Sequence[shapely.Geometry]) -> Box:
    """A view that holds some shapes with a margin (metres)."""
    west, south, east, north = shapely.total_bounds(shapes)
    margin = 0.05 * max(east - west, north - south)
    width = max(east - west + 2 * margin, _LEAST_WIDTH_M)
    x = (west + east) / 2
    return x - width / 2, south - margin, x + width / 2, north + margin


def widened(view: Box, ratio: float) -> Box:
    """A view made wider or higher, to the proportions (width by height) of its frame."""
    west, south, east, north = view
    width, height = east - west, north - south
    width, height = max(width, height * ratio), max(height, width / ratio)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def answer(
    sheet: Sheet,
    edges: Box,
    impact: Impact,
    *,
    view: Box,
    drawn: Drawn = (),
    gid: str = "map",
    beside: Sequence[Impact] = (),
) -> Box:
    """Draw an answer between four edges of the page (mm); returns what the map shows (metres).

    Names keep clear of the zones of all answers ``beside`` each other, this among them: they then
    stand at the same place on all maps.
    """
    chart = _Chart(sheet, edges, view, gid)
    colours, scenario = sheet.colours, impact.scenario
    chart.ground(impact.control)
    for side in SIDES:
        back, left = split(impact.zones, scenario, side)
        if drawn:
            chart.stroke(
                shapely.boundary(back), outline_stroke(colours, side), ZONES, f"edge-{side}"
            )
        else:
            chart.area(back, zone_style(colours, side), ZONES, f"zone-{side}")
        chart.area(left, zone_style(colours, side, left=True), ZONES, f"left-{side}")
        inside = chart.clip(shapely.union_all([back, left]))
        chart.stroke(
            shapely.intersection(_railways(), inside), Stroke(colours.ink, 0.8), RAIL, "rail"
        )
        for _drawing, found in drawn:
            zone, _left = split(found.zones, found.scenario, side)
            chart.area(zone, zone_style(colours, side), ZONES, f"drawn-{side}")
    extent = extent_geometry(scenario.extent, scenario.area)
    if extent is not None:
        is_drawn = scenario.area is not None
        look = drawn_stroke(colours, 1.2) if is_drawn else extent_stroke(colours)
        chart.stroke(shapely.boundary(extent), look, EXTENT, "extent")
    if scenario.line is not None:
        given = line_from(impact.control, scenario.line)
        chart.stroke(given, drawn_stroke(colours), EXTENT, "line-drawn")
    outlines = [_outline(drawing) for drawing, _found in drawn]
    chart.stroke(np.array(outlines, dtype=object), drawn_stroke(colours, 1.4), EXTENT, "drawn")
    chart.contact(impact.control)
    shown = [*(beside or [impact]), *(found for _drawing, found in drawn)]
    zones = itertools.chain.from_iterable(one.zones.geometry for one in shown)
    busy = [*zones, impact.control.line, *outlines]
    taken = chart.tools(impact.control, busy, shapely.boundary(extent))
    named = [(called(one, n), one.shape) for n, (one, _found) in enumerate(drawn, start=1)]
    write_drawn(sheet, chart.axes, chart.view, named, taken)
    chart.names(taken)
    return chart.view


def change(sheet: Sheet, edges: Box, found: Changed, *, view: Box) -> Box:
    """Draw ground that changed hands; otherwise as `answer`."""
    chart = _Chart(sheet, edges, view, "map")
    chart.ground(found.after)
    for side, shape in found.ground.geometry.items():
        chart.area(shape, gained_style(sheet.colours, str(side)), ZONES, f"to-{side}")
    chart.stroke(found.before.line, older_stroke(sheet.colours), CONTACT, "line-before")
    chart.contact(found.after)
    busy = [*found.ground.geometry, found.after.line, found.before.line]
    chart.names(chart.tools(found.after, busy, None))
    return chart.view


class _Chart:
    """A map being drawn: its axes, what they show, and shapes as ink on them."""

    def __init__(self, sheet: Sheet, edges: Box, view: Box, gid: str) -> None:
        left, top, right, bottom = edges
        self.sheet = sheet
        self.view = widened(view, (right - left) / (bottom - top))
        self.axes = sheet.axes(*edges)
        self.axes.set_gid(gid)
        share = math.sqrt((right - left) * (bottom - top) / _FULL_PEN_MM2)
        self.pen = sheet.scale * min(max(share, _THINNEST_PEN), 1.0)
        neatline.frame(self.axes, self.view)
        self.fine_m = (self.view[2] - self.view[0]) * _FINE

    def clip(self, shapes: Any) -> Any:
        """What lies in the view and a little beyond."""
        west, south, east, north = self.view
        margin = 0.02 * (east - west)
        box = west - margin, south - margin, east + margin, north + margin
        return shapely.clip_by_rect(shapes, *box)

    def area(self, shapes: Any, fill: Fill, zorder: int, gid: str) -> None:
        """Draw the polygons among some shapes."""
        seen = shapely.simplify(self.clip(shapes), self.fine_m, preserve_topology=False)
        area(self.axes, seen, fill.scaled(self.pen), zorder, gid=gid)

    def stroke(self, shapes: Any, look: Stroke, zorder: int, gid: str) -> None:
        """Draw the lines among some shapes."""
        width = look.width * self.pen
        seen = shapely.simplify(self.clip(shapes), self.fine_m)
        strokes(self.axes, seen, look.colour, width, zorder, dashes=look.dashes, gid=gid)

    def ground(self, control: ControlMap) -> None:
        """Land, water and borders, and who holds what."""
        colours = self.sheet.colours
        abroad = np.asarray(places.countries().geometry.array)
        edge = Fill(colours.neighbours, colours.border, 0.5)
        self.area(abroad, edge, GROUND, "neighbours")
        self.area(places.land(), Fill(colours.land), GROUND, "land")
        self.area(control.held, held_style(colours), HELD, "held")
        lakes = np.asarray(places.lakes().geometry.array)
        self.area(lakes, Fill(colours.water), WATER, "lakes")
        self.stroke(_rivers(), Stroke(colours.river, 0.7), WATER, "rivers")
        inner = Stroke(colours.oblast_line, 0.8, (4, 2.5))
        self.stroke(_oblast_lines(), inner, BORDERS, "oblast-lines")
        self.stroke(_border(), Stroke(colours.border, 1.0), BORDERS, "border")

    def contact(self, control: ControlMap) -> None:
        """The line of contact on its casing."""
        west, _south, east, _north = self.view
        look = line_stroke(self.sheet.colours, 1.7 if east - west < _NEAR_M else 1.3)
        casing = Stroke(self.sheet.colours.casing, 2.2 * look.width)
        self.stroke(control.line, casing, CONTACT, "casing")
        self.stroke(control.line, look, CONTACT, "line")

    def tools(self, control: ControlMap, busy: Sequence[Any], outline: Any) -> Taken:
        """Degrees, scale bar and north arrow; returns where nothing more may be written."""
        sheet, axes, view = self.sheet, self.axes, self.view
        neatline.graticule(sheet, axes, view)
        line = self.clip(control.line)
        fine_m = (view[2] - view[0]) / 1000
        filled = [shape for shape in busy if shape.area]
        zones = shapely.simplify(self.clip(np.array(filled, dtype=object)), fine_m)
        taken = Taken(sheet, axes, shapely.simplify(line, fine_m), zones)
        (x0, y0, x1, y1), _km = neatline.scale_and_north(
            sheet, axes, view, busy, great_towns(view), outline
        )
        taken.add(*axes.transData.transform([(x0, y0), (x1, y1)]).ravel())
        return taken

    def names(self, taken: Taken) -> None:
        """Names of towns, oblasts, neighbours, seas and rivers where there is room for them."""
        write_names(self.sheet, self.axes, self.view, taken)
        write_rivers(self.sheet, self.axes, self.view, taken)


def _outline(drawing: Drawing) -> shapely.Geometry:
    return drawing.shape if drawing.kind == "line" else shapely.boundary(drawing.shape)


@functools.cache
def _oblast_lines() -> shapely.Geometry:
    """Lines between oblasts (metres), each once: two dashed lines on each other look solid."""
    inner = shapely.union_all(shapely.boundary(np.asarray(places.oblasts().geometry.array)))
    return shapely.line_merge(shapely.difference(inner, shapely.buffer(_border(), 1.0)))


@functools.cache
def _border() -> shapely.Geometry:
    return shapely.boundary(places.land())


@functools.cache
def _rivers() -> shapely.Geometry:
    return shapely.line_merge(shapely.union_all(places.rivers().geometry.array))


@functools.cache
def _railways() -> shapely.Geometry:
    return shapely.union_all(places.railways().geometry.array)
