"""A result as a printed page: title, map, key figures, legend, sources. Drawn by matplotlib.

Nothing here touches pyplot or ``rcParams``, so that several sessions may draw at once. Places on
the page are millimetres from its upper left corner; the map's own coordinates are projected metres.
"""

from __future__ import annotations

import functools
import io
import itertools
import math
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from data import catalog
from data.language import _, translated
from geo import crs, places, words
from geo.impact import Impact
from geo.ink import Fill, area, held_style, mixed, strokes, styled, zone_style
from geo.labels import Taken, write_names
from geo.pullback import SIDES, extent_geometry, line_from, split
from geo.scenario import EXTENT_ALL
from geo.sheet import (
    BORDERS,
    CONTACT,
    DPI,
    EXTENT,
    GROUND,
    HELD,
    MM_PER_INCH,
    POINTS_PER_MM,
    RAIL,
    TOOLS,
    WATER,
    ZONES,
    Box,
    Paper,
    Sheet,
    font,
)
from geo.style import THEMES, Theme, ThemeName

# A map narrower than this shows the line of contact at its full width; on a wider one small
# incursions would drown in it.
_NEAR_M = 450_000.0
# The control maps are generalised to 150 m; a map narrower than this would feign precision.
_LEAST_WIDTH_M = 60_000.0
_BASE_LAYERS = ("rivers", "lakes", "countries")

A4_LANDSCAPE = Paper(297.0, 210.0)


def page(
    impact: Impact,
    *,
    night: str | None = None,
    paper: Paper = A4_LANDSCAPE,
    theme: ThemeName = "light",
) -> Figure:
    """A laid-out page of a result.

    Parameters
    ----------
    impact
        The answer to a scenario (geometries in metres).
    night
        A sentence about the last reported night of attacks, with its source, printed with the
        notes.
    paper
        Size of the page; landscape.
    theme
        ``"light"`` or ``"dark"``.

    Returns
    -------
    Figure
        With an Agg canvas; the same result gives the same page.
    """
    sheet = Sheet(paper, THEMES[theme])
    top_mm = _heading(sheet, impact)
    bottom_mm = _footer(sheet, impact, night)
    right_mm = paper.width_mm - sheet.margin_mm
    map_right_mm = right_mm - sheet.column_mm - 6.0
    view = _map(sheet, impact, (sheet.margin_mm, top_mm, map_right_mm, bottom_mm))
    y_mm = _table(sheet, impact, map_right_mm + 6.0, top_mm)
    y_mm = _legend(sheet, impact, map_right_mm + 6.0, y_mm + 6.0)
    _inset(sheet, impact, view, (map_right_mm + 6.0, y_mm + 3.0, right_mm, bottom_mm))
    return sheet.figure


def png(
    impact: Impact,
    dpi: int = 150,
    *,
    night: str | None = None,
    paper: Paper = A4_LANDSCAPE,
    theme: ThemeName = "light",
) -> bytes:
    """`page` as a PNG file; the same result gives the same bytes."""
    figure = page(impact, night=night, paper=paper, theme=theme)
    file = io.BytesIO()
    # No software name and no time: the bytes tell of the result only.
    figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def _heading(sheet: Sheet, impact: Impact) -> float:
    """Title and subtitle; returns where the map may begin (mm from the top)."""
    width_mm = sheet.paper.width_mm - 2 * sheet.margin_mm
    title = impact.scenario.title()
    size = next(
        (s for s in (19.0, 17.0, 15.5) if sheet.width_mm(title, s, "bold") <= width_mm), 15.0
    )
    y_mm = sheet.margin_mm + 4.0
    for line in sheet.balanced(title, size, width_mm, "bold"):
        sheet.write(sheet.margin_mm, y_mm, line, size, weight="bold", gid="title")
        y_mm += size / POINTS_PER_MM * 1.2
    subtitle = words.subtitle(impact.control.title, impact.control.date)
    for line in sheet.wrapped(subtitle, 9.0, width_mm):
        sheet.write(
            sheet.margin_mm, y_mm - 0.6, line, 9.0, color=sheet.colours.quiet, gid="subtitle"
        )
        y_mm += 4.4
    return y_mm - 0.4


def _footer(sheet: Sheet, impact: Impact, night: str | None) -> float:
    """Sources and notes at the foot; returns where the map has to end (mm from the top)."""
    size, step_mm = 6.0, 2.75
    width_mm = sheet.paper.width_mm - 2 * sheet.margin_mm
    notes = words.listed(impact.warnings, between=" ")
    paragraphs = [str(_("Sources: {sources}").format(sources=_credits(impact)))]
    if impact.warnings:
        paragraphs.append(str(_("Notes: {notes}").format(notes=notes)))
    if night:
        paragraphs.append(night)
    lines = [line for text in paragraphs for line in sheet.wrapped(text, size, width_mm)]
    y_mm = sheet.paper.height_mm - sheet.margin_mm + 3.0 - step_mm * (len(lines) - 1)
    for number, line in enumerate(lines):
        sheet.write(
            sheet.margin_mm,
            y_mm + number * step_mm,
            line,
            size,
            color=sheet.colours.quiet,
            gid="sources",
        )
    y_mm -= 3.8
    sheet.write(sheet.margin_mm, y_mm, words.ILLUSTRATIVE, 7.6, weight="bold", gid="illustrative")
    made = "Pullback Atlas"
    sheet.write(
        sheet.paper.width_mm - sheet.margin_mm,
        y_mm,
        made,
        7.6,
        weight="bold",
        ha="right",
        color=sheet.colours.quiet,
    )
    return y_mm - 5.0


def _credits(impact: Impact) -> str:
    """Every source with its date and terms; tables of one origin share a mention."""
    entries = [dict(source) for source in impact.sources]
    entries += [vars(catalog.datasets()[name]) for name in _BASE_LAYERS]
    titles: dict[tuple[str, ...], list[str]] = {}
    for entry in entries:
        origin = (entry["attribution"], entry["as_of"], entry["licence"].rstrip("."))
        titles.setdefault(origin, []).append(entry["title"])
    mentions = []
    for (attribution, as_of, licence), names in titles.items():
        titles_ = [translated(name) for name in names]
        mentions.append(
            _("{titles} ({as_of}): {attribution}; {licence}.").format(
                titles=words.listed([titles_[0], *map(words.lower, titles_[1:])]),
                as_of=words.as_of(as_of),
                attribution=translated(attribution),
                licence=translated(licence),
            )
        )
    return words.listed(mentions, between=" ")


def _table(sheet: Sheet, impact: Impact, x_mm: float, y_mm: float) -> float:
    """The key figures, a column a side; returns the foot of the table (mm)."""
    half_mm = sheet.column_mm / 2
    right_mm = x_mm + sheet.column_mm
    columns = {side: x_mm + half_mm * number for number, side in enumerate(SIDES)}
    most_lines = 1
    for side, left_mm in columns.items():
        km = getattr(impact.scenario, f"{side}_km")
        leaves = getattr(impact.scenario, f"{side}_leaves")
        style = zone_style(sheet.colours, side, left=bool(leaves) and not km)
        sheet.add(styled(sheet.box(left_mm, y_mm + 0.6, 3.6, 3.2), style))
        sheet.write(left_mm + 5.0, y_mm + 3.4, words.SIDES[side], 9.0, weight="bold")
        lines = sheet.wrapped(words.deed(km, leaves), 6.8, half_mm - 2.0)
        most_lines = max(most_lines, len(lines))
        for number, line in enumerate(lines):
            y_deed_mm = y_mm + 7.0 + 3.0 * number
            sheet.write(left_mm, y_deed_mm, line, 6.8, color=sheet.colours.quiet, gid="deed")
    y_mm += 6.4 + 3.0 * most_lines
    for measure, heading in words.MEASURES.items():
        sheet.rule(x_mm, right_mm, y_mm)
        sheet.write(x_mm, y_mm + 3.4, heading, 6.8, color=sheet.colours.quiet)
        for side, left_mm in columns.items():
            figure = words.measure(measure, float(impact.sides[measure][side]))
            sheet.write(left_mm, y_mm + 8.3, figure, 11.0, weight="bold", gid="figure")
        y_mm += 10.4
    sheet.rule(x_mm, right_mm, y_mm)
    return y_mm


def _legend(sheet: Sheet, impact: Impact, x_mm: float, y_mm: float) -> float:
    """What the map's signs mean; returns the foot of the legend (mm)."""
    colours = sheet.colours
    middle = 1.6  # of a row, from its top
    entries: list[tuple[str, list[Any]]] = [
        (_("Line of contact"), [_stroke(sheet, x_mm, y_mm, colour=colours.line, width=2.0)])
    ]
    for side in SIDES:
        back, left = split(impact.zones, impact.scenario, side)
        name = words.SIDES[side]
        km = getattr(impact.scenario, f"{side}_km")
        for shape, label, is_left in (
            (back, _("{side} pulls back {km} km").format(side=name, km=words.short(km)), False),
            (left, _("{side} leaves").format(side=name), True),
        ):
            if not shape.is_empty:
                box = sheet.box(x_mm, y_mm, 7.0, 3.2)
                entries.append((label, [styled(box, zone_style(colours, side, left=is_left))]))
    entries.append(
        (
            words.sentence(words.HELD["russia"]),
            [styled(sheet.box(x_mm, y_mm, 7.0, 3.2), held_style(colours))],
        )
    )
    if impact.scenario.extent != EXTENT_ALL:
        label = _("Area given") if impact.scenario.area else words.place(impact.scenario.extent)
        drawn = impact.scenario.area is not None
        stroke = _stroke(
            sheet,
            x_mm,
            y_mm,
            colour=colours.drawn if drawn else colours.extent,
            width=1.2,
            dashed=drawn,
        )
        entries.append((label, [stroke]))
    if impact.scenario.line is not None:
        given = _stroke(sheet, x_mm, y_mm, colour=colours.drawn, width=1.8, dashed=True)
        entries.append((_("Line drawn"), [given]))
    if impact.sides["rail_km"].sum() > 0:
        entries.append(
            (_("Railway in a zone"), [_stroke(sheet, x_mm, y_mm, colour=colours.ink, width=0.8)])
        )
    for number, (label, artists) in enumerate(entries):
        down = -number * 4.9 / sheet.paper.height_mm
        for artist in artists:
            if isinstance(artist, Rectangle):
                artist.set_y(artist.get_y() + down)
            else:
                artist.set_ydata(np.asarray(artist.get_ydata()) + down)
            sheet.add(artist)
        line = sheet.wrapped(label, 7.2, sheet.column_mm - 10.0)[0]
        sheet.write(x_mm + 9.4, y_mm + number * 4.9 + middle + 1.0, line, 7.2, gid="legend")
    return y_mm + len(entries) * 4.9


def _stroke(
    sheet: Sheet, x_mm: float, y_mm: float, *, colour: str, width: float, dashed: bool = False
) -> Line2D:
    (x0, y), (x1, _y) = sheet.at(x_mm, y_mm + 1.6), sheet.at(x_mm + 7.0, y_mm + 1.6)
    return Line2D(
        [x0, x1], [y, y], color=colour, linewidth=width, linestyle="--" if dashed else "-"
    )


def _map(sheet: Sheet, impact: Impact, edges: Box) -> Box:
    """Draw the map between four edges of the page (mm); returns what it shows (metres)."""
    colours, scenario, control = sheet.colours, impact.scenario, impact.control
    axes = sheet.axes(*edges)
    axes.set_gid("map")
    left, top, right, bottom = edges
    extent = extent_geometry(scenario.extent, scenario.area)
    view = _view(impact, extent, ratio=(right - left) / (bottom - top))
    _frame(axes, view)

    def clip(geometry: Any) -> Any:
        margin = 0.02 * (view[2] - view[0])
        west, south, east, north = view
        return shapely.clip_by_rect(
            geometry, west - margin, south - margin, east + margin, north + margin
        )

    neighbours = clip(np.asarray(places.countries().geometry.array))
    area(axes, neighbours, Fill(colours.neighbours, colours.border, 0.5), GROUND)
    area(axes, clip(places.land()), Fill(colours.land), GROUND)
    area(axes, clip(control.held), held_style(colours), HELD, gid="held")
    for side in SIDES:
        back, gone = split(impact.zones, impact.scenario, side)
        style = zone_style(colours, side)
        area(axes, clip(back), style, ZONES, gid=f"zone-{side}")
        style = zone_style(colours, side, left=True)
        area(axes, clip(gone), style, ZONES, gid=f"left-{side}")
        inside = clip(shapely.union_all([back, gone]))
        rail = shapely.intersection(_railways(), inside)
        strokes(axes, rail, colours.ink, 0.8, RAIL, gid="rail")
    area(axes, clip(np.asarray(places.lakes().geometry.array)), Fill(colours.water), WATER)
    strokes(axes, clip(_rivers()), colours.river, 0.7, WATER)
    strokes(axes, clip(_oblast_lines()), colours.oblast_line, 0.8, BORDERS, dashes=(4, 2.5))
    strokes(axes, clip(_border()), colours.border, 1.0, BORDERS)
    if extent is not None:
        drawn = scenario.area is not None
        strokes(
            axes,
            clip(shapely.boundary(extent)),
            colours.drawn if drawn else colours.extent,
            1.2,
            EXTENT,
            dashes=(4, 2.5) if drawn else None,
            gid="extent",
        )
    if scenario.line is not None:
        given = clip(line_from(control, scenario.line))
        strokes(axes, given, colours.drawn, 1.8, EXTENT, dashes=(4, 2.5), gid="line-drawn")
    line = clip(control.line)
    width = 1.7 if view[2] - view[0] < _NEAR_M else 1.3
    strokes(axes, line, colours.casing, 2.2 * width, CONTACT, gid="casing")
    strokes(axes, line, colours.line, width, CONTACT, gid="line")
    taken = Taken(sheet, axes, shapely.simplify(line, (view[2] - view[0]) / 1000))
    _scale_and_north(sheet, axes, impact, shapely.boundary(extent), view, taken)
    write_names(sheet, axes, view, taken)
    return view


def _view(impact: Impact, extent: shapely.Geometry | None, *, ratio: float) -> Box:
    """What the map shows (metres): zones and extent with a margin, in the map's proportions."""
    shapes = [zone for zone in impact.zones.geometry if not zone.is_empty]
    if extent is not None:
        shapes.append(extent)
    west, south, east, north = shapely.total_bounds(shapes or [impact.control.line])
    margin = 0.05 * max(east - west, north - south)
    width = max(east - west + 2 * margin, _LEAST_WIDTH_M)
    height = north - south + 2 * margin
    width, height = max(width, height * ratio), max(height, width / ratio)
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _frame(axes: Axes, view: Box) -> None:
    west, south, east, north = view
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)


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


def _scale_and_north(
    sheet: Sheet,
    axes: Axes,
    impact: Impact,
    outline: shapely.Geometry | None,
    view: Box,
    taken: Taken,
) -> None:
    """Scale bar and north arrow in a corner free of zones, both true at the map's centre."""
    colours = sheet.colours
    west, south, east, north = view
    per_mm = (east - west) / (axes.bbox.width / DPI * MM_PER_INCH)
    centre = ((west + east) / 2, (south + north) / 2)
    length_km = _round_length_km(0.17 * (east - west) / crs.KM)
    length = length_km * crs.KM / _stretch(centre)
    width, height, pad = length + 24.0 * per_mm, 11.0 * per_mm, 2.5 * per_mm
    corners = list(itertools.product((south + pad, north - pad - height), (west, east)))
    spots = [(x + pad if x == west else x - pad - width, y) for y, x in corners]

    def hides(spot: tuple[float, float]) -> tuple[bool, bool]:
        box = shapely.box(*spot, spot[0] + width, spot[1] + height)
        scene = [*impact.zones.geometry, impact.control.line]
        return any(shapely.intersects(scene, box)), bool(shapely.intersects(outline, box))

    x, y = min(spots, key=hides)
    ground = Rectangle((x, y), width, height)
    ground.set(facecolor=colours.paper, edgecolor="none", alpha=0.86, zorder=TOOLS)
    axes.add_artist(ground)
    taken.add(*axes.transData.transform([(x, y), (x + width, y + height)]).ravel())
    x, y = x + 3.5 * per_mm, y + 2.8 * per_mm
    for number, colour in enumerate((colours.ink, colours.paper)):
        half = Rectangle((x + number * length / 2, y), length / 2, 1.1 * per_mm)
        half.set(facecolor=colour, edgecolor=colours.ink, linewidth=0.6, zorder=TOOLS)
        half.set_gid("scale-bar")
        axes.add_artist(half)
    for share in (0.0, 0.5, 1.0):
        label = words.short(share * length_km)
        if share == 1.0:
            label = _("{n} km").format(n=label)
        axes.text(
            x + share * length,
            y + 2.4 * per_mm,
            label,
            fontproperties=font(6.6, "normal"),
            color=colours.ink,
            ha="center",
            zorder=TOOLS,
            parse_math=False,
            gid="scale",
        )
    foot = (x + length + 13.0 * per_mm, y - 0.6 * per_mm)
    _north_arrow(axes, foot, per_mm, _north(centre), colours)


def _north_arrow(
    axes: Axes, foot: tuple[float, float], per_mm: float, angle: float, colours: Theme
) -> None:
    """An arrow of 6.5 mm on `foot`, turned by `angle` (radians, anticlockwise), with an N."""
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    halves = (
        ([(0, 6.5), (-1.6, 0), (0, 1.4)], colours.ink),
        ([(0, 6.5), (1.6, 0), (0, 1.4)], colours.paper),
    )
    for corners, colour in halves:
        points = np.array(corners) @ turn.T * per_mm + foot
        arrow = Polygon(points, facecolor=colour, edgecolor=colours.ink, linewidth=0.6)
        arrow.set(zorder=TOOLS, gid="north")
        axes.add_artist(arrow)
    axes.text(
        foot[0] + 2.8 * per_mm,
        foot[1] + 0.4 * per_mm,
        "N",
        fontproperties=font(7.2, "bold"),
        color=colours.ink,
        zorder=TOOLS,
        parse_math=False,
    )


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


def _inset(
    sheet: Sheet,
    impact: Impact,
    view: Box,
    edges: Box,
) -> None:
    """Ukraine with the frame of the map, at the foot of the space between four edges (mm)."""
    left, top, right, bottom = edges
    west, south, east, north = places.land().bounds
    pad = 0.03 * (east - west)
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    height_mm = min((right - left) * (north - south) / (east - west), bottom - top)
    width_mm = height_mm * (east - west) / (north - south)
    axes = sheet.axes(right - width_mm, bottom - height_mm, right, bottom)
    axes.set_gid("inset")
    _frame(axes, (west, south, east, north))
    colours = sheet.colours
    coarse = 0.004 * (east - west)
    frame = shapely.box(west, south, east, north)
    neighbours = np.asarray(places.countries().geometry.array)
    near = shapely.clip_by_rect(neighbours, *frame.bounds)
    area(axes, near, Fill(colours.neighbours), GROUND)
    land = shapely.simplify(places.land(), coarse / 4)
    area(axes, land, Fill(colours.land, colours.border, 0.6), GROUND)
    held = shapely.simplify(impact.control.held, coarse / 4)
    area(axes, held, Fill(_hex(colours)), HELD)
    line = shapely.simplify(impact.control.line, coarse / 4)
    strokes(axes, line, colours.line, 0.9, CONTACT)
    x0, y0, x1, y1 = view
    axes.add_artist(
        Rectangle(
            (x0, y0),
            x1 - x0,
            y1 - y0,
            fill=False,
            edgecolor=colours.ink,
            linewidth=1.2,
            zorder=TOOLS,
            gid="locator",
        )
    )


def _hex(colours: Theme) -> Any:
    return mixed(colours.held_hatch, colours.held, 0.35)
