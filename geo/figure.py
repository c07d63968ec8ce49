"""A result as a printed page: title, map, key figures, legend, sources. Drawn by matplotlib.

Nothing here touches pyplot or ``rcParams``, so that several sessions may draw at once. Places on
the page are millimetres from its upper left corner; the map's own coordinates are projected metres.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import io
import itertools
import math
import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from data import catalog
from geo import crs, places, words
from geo.impact import Impact
from geo.pullback import SIDES, extent_geometry, split
from geo.scenario import EXTENT_ALL
from geo.style import THEMES, Theme, ThemeName

FONT = "DejaVu Sans"  # comes with matplotlib and has Ukrainian letters
_MM_PER_INCH = 25.4
_POINTS_PER_MM = 72 / _MM_PER_INCH
_DPI = 150.0  # at which texts are measured; a page may be saved at any other

# Layers of the map from the ground up.
_GROUND, _HELD, _ZONES, _WATER, _BORDERS, _RAIL, _EXTENT, _CONTACT, _TOWNS, _TOOLS = range(1, 11)

# A map narrower than this shows the line of contact at its full width; on a wider one small
# incursions would drown in it.
_NEAR_M = 450_000.0
# The control maps are generalised to 150 m; a map narrower than this would feign precision.
_LEAST_WIDTH_M = 60_000.0
_MOST_TOWNS = 48
# Largest first: residents from which a town is set in this size (points) and weight.
_TOWN_STYLES = ((200_000, 8.6, "bold"), (50_000, 7.4, "bold"), (0, 6.6, "normal"))
# Seas by the ground (degrees: west, south, east, north) in which the middle of their name may lie.
_SEAS = {"Sea of Azov": (34.9, 45.3, 39.5, 47.4), "Black Sea": (28.0, 40.0, 36.0, 46.6)}
_WORD = re.compile(r"\d[\d.,]* km²?(?!\w)|\S+")  # a figure and its unit stay on one line
_BASE_LAYERS = ("rivers", "lakes", "countries")


# Left or west, low or south, right or east, high or north; of edges on the page: left, top, right,
# bottom.
_Box = tuple[float, float, float, float]


class Paper(NamedTuple):
    """Size of a page in millimetres."""

    width_mm: float
    height_mm: float


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
    sheet = _Sheet(paper, THEMES[theme])
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


class _Sheet:
    """The page being laid out, and what measures a text on it."""

    margin_mm = 12.0
    column_mm = 60.0

    def __init__(self, paper: Paper, colours: Theme) -> None:
        self.paper = paper
        self.colours = colours
        size = (paper.width_mm / _MM_PER_INCH, paper.height_mm / _MM_PER_INCH)
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor=colours.paper)
        FigureCanvasAgg(self.figure)

    def at(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """A place on the page as fractions of the figure."""
        return x_mm / self.paper.width_mm, 1.0 - y_mm / self.paper.height_mm

    def write(self, x_mm: float, y_mm: float, text: str, size: float, **style: Any) -> Text:
        """Write a line of text with its baseline at a place."""
        style = {"color": self.colours.ink} | style
        font = _font(size, style.pop("weight", "normal"))
        x, y = self.at(x_mm, y_mm)
        return self.figure.text(
            x, y, printable(text), fontproperties=font, parse_math=False, **style
        )

    def rule(self, x0_mm: float, x1_mm: float, y_mm: float) -> None:
        """A level line."""
        (x0, y), (x1, _) = self.at(x0_mm, y_mm), self.at(x1_mm, y_mm)
        self.add(Line2D([x0, x1], [y, y], color=self.colours.rule, linewidth=0.6))

    def box(self, x_mm: float, y_mm: float, width_mm: float, height_mm: float) -> Rectangle:
        """A rectangle with its upper left corner at a place, not yet on the page."""
        x, y = self.at(x_mm, y_mm + height_mm)
        size = width_mm / self.paper.width_mm, height_mm / self.paper.height_mm
        return Rectangle((x, y), *size)

    def add(self, artist: Any) -> None:
        """Put an artist on the page whose coordinates are fractions of the figure."""
        artist.set_transform(self.figure.transFigure)
        self.figure.add_artist(artist)

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Empty axes between four edges (mm), framed by a thin line, without ticks."""
        (x0, y0), (x1, y1) = self.at(left, bottom), self.at(right, top)
        axes = self.figure.add_axes((x0, y0, x1 - x0, y1 - y0))
        axes.set(xticks=[], yticks=[], facecolor=self.colours.water)
        for spine in axes.spines.values():
            spine.set(edgecolor=self.colours.border, linewidth=0.7, zorder=_TOOLS + 1)
        return axes

    def width_mm(self, text: str, size: float, weight: str = "normal") -> float:
        """Width of a line of text."""
        return self.pixels(printable(text), size, weight) / _DPI * _MM_PER_INCH

    def pixels(self, text: str, size: float, weight: str) -> float:
        """Width of a line of printable text in pixels of the figure."""
        return _pixels(text, size, weight)

    def wrapped(self, text: str, size: float, width_mm: float, weight: str = "normal") -> list[str]:
        """A text broken into lines no wider than `width_mm`; a word that is wider is cut."""
        space_mm = self.width_mm("n n", size, weight) - self.width_mm("nn", size, weight)
        lines: list[str] = []
        used_mm = math.inf
        for word in _WORD.findall(text):
            cut = self._cut(word, size, width_mm, weight)
            word_mm = self.width_mm(cut, size, weight)
            if used_mm + space_mm + word_mm <= width_mm:
                lines[-1] = f"{lines[-1]} {cut}"
                used_mm += space_mm + word_mm
            else:
                lines.append(cut)
                used_mm = word_mm
        return lines

    def balanced(
        self, text: str, size: float, width_mm: float, weight: str = "normal"
    ) -> list[str]:
        """As `wrapped`, with lines of about the same length and no lonely last word."""
        lines = self.wrapped(text, size, width_mm, weight)
        for share in (0.6, 0.7, 0.8, 0.9):
            narrower = self.wrapped(text, size, share * width_mm, weight)
            if len(narrower) == len(lines):
                return narrower
        return lines

    def _cut(self, word: str, size: float, width_mm: float, weight: str) -> str:
        if self.width_mm(word, size, weight) <= width_mm:
            return word
        kept = list(
            itertools.takewhile(
                lambda n: self.width_mm(f"{word[:n]}…", size, weight) <= width_mm,
                range(1, len(word)),
            )
        )
        return f"{word[: len(kept)]}…"


def printable(text: str) -> str:
    """A text with what the page's font has no letter for replaced by a question mark."""
    known = _letters()
    return "".join(c if ord(c) in known else "?" for c in " ".join(str(text).split()))


@functools.cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(fontManager.findfont(_font(8.0, "normal"))).get_charmap())


@functools.lru_cache(maxsize=8192)
def _pixels(text: str, size: float, weight: str) -> float:
    measured = RendererAgg(1, 1, _DPI).get_text_width_height_descent(
        text, _font(size, weight), False
    )
    return float(measured[0])


@functools.cache
def _font(
    size: float, weight: str, style: Literal["normal", "italic"] = "normal"
) -> FontProperties:
    return FontProperties(family=FONT, size=size, weight=weight, style=style)


# --- Words around the map ---------------------------------------------------------------------


def _heading(sheet: _Sheet, impact: Impact) -> float:
    """Title and subtitle; returns where the map may begin (mm from the top)."""
    width_mm = sheet.paper.width_mm - 2 * sheet.margin_mm
    title = impact.scenario.title()
    size = next(
        (s for s in (19.0, 17.0, 15.5) if sheet.width_mm(title, s, "bold") <= width_mm), 15.0
    )
    y_mm = sheet.margin_mm + 4.0
    for line in sheet.balanced(title, size, width_mm, "bold"):
        sheet.write(sheet.margin_mm, y_mm, line, size, weight="bold", gid="title")
        y_mm += size / _POINTS_PER_MM * 1.2
    subtitle = words.subtitle(impact.control.title, impact.control.date)
    for line in sheet.wrapped(subtitle, 9.0, width_mm):
        sheet.write(
            sheet.margin_mm, y_mm - 0.6, line, 9.0, color=sheet.colours.quiet, gid="subtitle"
        )
        y_mm += 4.4
    return y_mm - 0.4


def _footer(sheet: _Sheet, impact: Impact, night: str | None) -> float:
    """Sources and notes at the foot; returns where the map has to end (mm from the top)."""
    size, step_mm = 6.0, 2.75
    width_mm = sheet.paper.width_mm - 2 * sheet.margin_mm
    paragraphs = [f"Sources: {_credits(impact)}", f"Notes: {' '.join(impact.warnings)}"]
    if night:
        paragraphs.append(night)
    lines = [
        line
        for text in paragraphs
        for line in sheet.wrapped(text, size, width_mm)
        if text != "Notes: "
    ]
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
        with contextlib.suppress(ValueError):
            as_of = words.day(dt.date.fromisoformat(as_of))
        listed = ", ".join([names[0], *(name[0].lower() + name[1:] for name in names[1:])])
        mentions.append(f"{listed} ({as_of}): {attribution}; {licence}.")
    return " ".join(mentions)


def _table(sheet: _Sheet, impact: Impact, x_mm: float, y_mm: float) -> float:
    """The key figures, a column a side; returns the foot of the table (mm)."""
    half_mm = sheet.column_mm / 2
    right_mm = x_mm + sheet.column_mm
    columns = {side: x_mm + half_mm * number for number, side in enumerate(SIDES)}
    most_lines = 1
    for side, left_mm in columns.items():
        km = getattr(impact.scenario, f"{side}_km")
        leaves = getattr(impact.scenario, f"{side}_leaves")
        style = _zone_style(sheet.colours, side, left=bool(leaves) and not km)
        sheet.add(_styled(sheet.box(left_mm, y_mm + 0.6, 3.6, 3.2), style))
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


def _legend(sheet: _Sheet, impact: Impact, x_mm: float, y_mm: float) -> float:
    """What the map's signs mean; returns the foot of the legend (mm)."""
    colours = sheet.colours
    middle = 1.6  # of a row, from its top
    entries: list[tuple[str, list[Any]]] = [
        ("Line of contact", [_stroke(sheet, x_mm, y_mm, colour=colours.line, width=2.0)])
    ]
    for side in SIDES:
        back, left = split(impact.zones, impact.scenario, side)
        name = words.SIDES[side]
        km = getattr(impact.scenario, f"{side}_km")
        for shape, label, is_left in (
            (back, f"{name} pulls back {km:g} km", False),
            (left, f"{name} leaves", True),
        ):
            if not shape.is_empty:
                box = sheet.box(x_mm, y_mm, 7.0, 3.2)
                entries.append((label, [_styled(box, _zone_style(colours, side, left=is_left))]))
    entries.append(
        ("Russian-held", [_styled(sheet.box(x_mm, y_mm, 7.0, 3.2), _held_style(colours))])
    )
    if impact.scenario.extent != EXTENT_ALL:
        label = "Area given" if impact.scenario.area else impact.scenario.extent
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
    if impact.sides["rail_km"].sum() > 0:
        entries.append(
            ("Railway in a zone", [_stroke(sheet, x_mm, y_mm, colour=colours.ink, width=0.8)])
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
    sheet: _Sheet, x_mm: float, y_mm: float, *, colour: str, width: float, dashed: bool = False
) -> Line2D:
    (x0, y), (x1, _) = sheet.at(x_mm, y_mm + 1.6), sheet.at(x_mm + 7.0, y_mm + 1.6)
    return Line2D(
        [x0, x1], [y, y], color=colour, linewidth=width, linestyle="--" if dashed else "-"
    )


# --- Styles -----------------------------------------------------------------------------------


class _Fill(NamedTuple):
    face: str | tuple[float, ...]
    edge: str
    edge_width: float
    hatch: str
    hatch_colour: str | tuple[float, ...]
    hatch_width: float


def _zone_style(colours: Theme, side: str, *, left: bool = False) -> _Fill:
    """Ukraine diagonal lines, Russia dots, ground that is left cross-hatched.

    The fill is opaque: the pattern of Russian-held ground below must not mix with the zone's.
    """
    colour = colours.side(side)
    hatch = "xxx" if left else {"ukraine": "\\\\\\", "russia": "..."}[side]
    return _Fill(_mixed(colour, colours.land, 0.3), colour, 0.9, hatch, colour, 0.55)


def _held_style(colours: Theme) -> _Fill:
    return _Fill(
        colours.held, "none", 0.0, "///", _mixed(colours.held_hatch, colours.held, 0.45), 0.4
    )


def _mixed(colour: str, ground: str, share: float) -> tuple[float, ...]:
    pairs = zip(to_rgb(colour), to_rgb(ground), strict=True)
    return tuple(share * above + (1 - share) * below for above, below in pairs)


def _styled(patch: Any, fill: _Fill) -> Any:
    patch.set(facecolor=fill.face, edgecolor=fill.edge, linewidth=fill.edge_width, hatch=fill.hatch)
    patch.set_hatchcolor(fill.hatch_colour)
    patch.set_hatch_linewidth(fill.hatch_width)
    return patch


# --- The map ----------------------------------------------------------------------------------


def _map(sheet: _Sheet, impact: Impact, edges: _Box) -> _Box:
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
    _area(axes, neighbours, _plain(colours.neighbours, colours.border, 0.5), _GROUND)
    _area(axes, clip(places.land()), _plain(colours.land), _GROUND)
    _area(axes, clip(control.held), _held_style(colours), _HELD, gid="held")
    for side in SIDES:
        back, gone = split(impact.zones, impact.scenario, side)
        style = _zone_style(colours, side)
        _area(axes, clip(back), style, _ZONES, gid=f"zone-{side}")
        style = _zone_style(colours, side, left=True)
        _area(axes, clip(gone), style, _ZONES, gid=f"left-{side}")
        inside = clip(shapely.union_all([back, gone]))
        rail = shapely.intersection(_railways(), inside)
        _strokes(axes, rail, colours.ink, 0.8, _RAIL, gid="rail")
    _area(axes, clip(np.asarray(places.lakes().geometry.array)), _plain(colours.water), _WATER)
    _strokes(axes, clip(_rivers()), colours.river, 0.7, _WATER)
    _strokes(axes, clip(_oblast_lines()), colours.oblast_line, 0.8, _BORDERS, dashes=(4, 2.5))
    _strokes(axes, clip(_border()), colours.border, 1.0, _BORDERS)
    if extent is not None:
        drawn = scenario.area is not None
        _strokes(
            axes,
            clip(shapely.boundary(extent)),
            colours.drawn if drawn else colours.extent,
            1.2,
            _EXTENT,
            dashes=(4, 2.5) if drawn else None,
            gid="extent",
        )
    line = clip(control.line)
    width = 1.7 if view[2] - view[0] < _NEAR_M else 1.3
    _strokes(axes, line, colours.casing, 2.2 * width, _CONTACT, gid="casing")
    _strokes(axes, line, colours.line, width, _CONTACT, gid="line")
    taken = _Taken(sheet, axes, shapely.simplify(line, (view[2] - view[0]) / 1000))
    _scale_and_north(sheet, axes, impact, shapely.boundary(extent), view, taken)
    _names(sheet, axes, view, taken)
    return view


def _view(impact: Impact, extent: shapely.Geometry | None, *, ratio: float) -> _Box:
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


def _frame(axes: Axes, view: _Box) -> None:
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


def _plain(face: str, edge: str = "none", edge_width: float = 0.0) -> _Fill:
    return _Fill(face, edge, edge_width, "", face, 0.0)


def _area(axes: Axes, shapes: Any, fill: _Fill, zorder: int, gid: str | None = None) -> None:
    path = _polygon_path(shapes)
    if path is not None:
        patch = PathPatch(path, zorder=zorder, gid=gid)
        axes.add_artist(_styled(patch, fill))


def _strokes(
    axes: Axes,
    shapes: Any,
    colour: str,
    width: float,
    zorder: int,
    *,
    dashes: tuple[float, float] | None = None,
    gid: str | None = None,
) -> None:
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


def _scale_and_north(
    sheet: _Sheet,
    axes: Axes,
    impact: Impact,
    outline: shapely.Geometry | None,
    view: _Box,
    taken: _Taken,
) -> None:
    """Scale bar and north arrow in a corner free of zones, both true at the map's centre."""
    colours = sheet.colours
    west, south, east, north = view
    per_mm = (east - west) / (axes.bbox.width / _DPI * _MM_PER_INCH)
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
    ground.set(facecolor=colours.paper, edgecolor="none", alpha=0.86, zorder=_TOOLS)
    axes.add_artist(ground)
    taken.add(*axes.transData.transform([(x, y), (x + width, y + height)]).ravel())
    x, y = x + 3.5 * per_mm, y + 2.8 * per_mm
    for number, colour in enumerate((colours.ink, colours.paper)):
        half = Rectangle((x + number * length / 2, y), length / 2, 1.1 * per_mm)
        half.set(facecolor=colour, edgecolor=colours.ink, linewidth=0.6, zorder=_TOOLS)
        half.set_gid("scale-bar")
        axes.add_artist(half)
    for share in (0.0, 0.5, 1.0):
        label = f"{share * length_km:g}" + (" km" if share == 1.0 else "")
        axes.text(
            x + share * length,
            y + 2.4 * per_mm,
            label,
            fontproperties=_font(6.6, "normal"),
            color=colours.ink,
            ha="center",
            zorder=_TOOLS,
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
        arrow.set(zorder=_TOOLS, gid="north")
        axes.add_artist(arrow)
    axes.text(
        foot[0] + 2.8 * per_mm,
        foot[1] + 0.4 * per_mm,
        "N",
        fontproperties=_font(7.2, "bold"),
        color=colours.ink,
        zorder=_TOOLS,
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


# --- Names on the map -------------------------------------------------------------------------


class _Taken:
    """Boxes of the map (pixels) where nothing more may be written."""

    def __init__(self, sheet: _Sheet, axes: Axes, line: shapely.Geometry) -> None:
        self.sheet = sheet
        self.axes = axes
        self.boxes: list[_Box] = []
        frame = axes.bbox
        pad = 3.0
        self.frame = (frame.x0 + pad, frame.y0 + pad, frame.x1 - pad, frame.y1 - pad)
        width = 2.0 * _DPI / 72
        self.line = shapely.buffer(shapely.transform(line, axes.transData.transform), width)
        shapely.prepare(self.line)

    def add(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Take a box."""
        self.boxes.append((x0, y0, x1, y1))

    def free(self, box: _Box, pad: float) -> bool:
        """Whether a box lies in the frame, and `pad` pixels from every box taken."""
        x0, y0, x1, y1 = box
        west, south, east, north = self.frame
        if x0 < west or y0 < south or x1 > east or y1 > north:
            return False
        return not any(
            x0 - pad < right and left < x1 + pad and y0 - pad < high and low < y1 + pad
            for left, low, right, high in self.boxes
        )

    def on_line(self, box: _Box) -> bool:
        """Whether a box lies on the line of contact."""
        return bool(shapely.intersects(self.line, shapely.box(*box)))


def _names(sheet: _Sheet, axes: Axes, view: _Box, taken: _Taken) -> None:
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


def _towns(sheet: _Sheet, axes: Axes, towns: Any, taken: _Taken, most: int) -> int:
    """Dots and names of the first `most` towns that find room; returns how many did."""
    scale = _DPI / 72
    shown = 0
    places_px = axes.transData.transform(shapely.get_coordinates(towns.geometry.array))
    for town, (x, y) in zip(towns.itertuples(), places_px, strict=True):
        if shown >= most:
            break
        size, weight = next(s[1:] for s in _TOWN_STYLES if town.population >= s[0])
        radius = (2.1 if weight == "bold" else 1.6) * scale
        dot = (x - radius, y - radius, x + radius, y + radius)
        width = sheet.pixels(printable(town.name_en), size, weight)
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


class _Spot(NamedTuple):
    """Where a town's name may stand (pixels): left end of its baseline, and its box."""

    x: float
    y: float
    box: _Box


def _spots(x: float, y: float, radius: float, width: float, em: float) -> Iterable[_Spot]:
    """Places for a name around a dot, best first: right, left, then the corners, above, below."""
    gap = radius + 0.3 * em
    right, left, mid = x + gap, x - gap - width, x - width / 2
    level, above, below = y - 0.36 * em, y + gap * 0.75, y - gap * 0.75 - 0.73 * em
    corners = ((right, above), (right, below), (left, above), (left, below))
    for x0, y0 in ((right, level), (left, level), *corners, (mid, above), (mid, below)):
        yield _Spot(x0, y0, (x0, y0 - 0.25 * em, x0 + width, y0 + 0.8 * em))


def _town(
    sheet: _Sheet,
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
            zorder=_TOWNS,
        )
    )
    shift = ScaledTranslation(
        (spot.x - dot[0]) / _DPI, (spot.y - dot[1]) / _DPI, sheet.figure.dpi_scale_trans
    )
    text = axes.text(
        *point,
        printable(town.name_en),
        fontproperties=_font(size, weight),
        color=colours.ink,
        transform=axes.transData + shift,
        zorder=_TOWNS,
        parse_math=False,
        gid="town",
    )
    text.set_path_effects(_halo(colours, 2.2))


def _halo(colours: Theme, width: float) -> list[Any]:
    return [Stroke(linewidth=width, foreground=colours.land, alpha=0.9), Normal()]


def _oblast_names(sheet: _Sheet, axes: Axes, view: _Box, taken: _Taken) -> None:
    frame = shapely.box(*view)
    oblasts = places.oblasts()
    for row in oblasts[oblasts.intersects(frame)].itertuples():
        name = row.name_en.removesuffix(" Oblast")
        shape = shapely.simplify(shapely.clip_by_rect(row.geometry, *view), 1000.0)
        _ground_name(sheet, axes, shape, name.upper(), 6.6, taken, gid="oblast")


def _ground_names(sheet: _Sheet, axes: Axes, view: _Box, taken: _Taken) -> None:
    for row in places.countries().itertuples():
        shape = shapely.simplify(shapely.clip_by_rect(row.geometry, *view), 1000.0)
        _ground_name(sheet, axes, shape, row.name.upper(), 7.6, taken, gid="country")
    frame = shapely.box(*view)
    land = [*places.countries().geometry.array, places.land()]
    ground = shapely.union_all(shapely.simplify(shapely.clip_by_rect(land, *view), 1000.0))
    water = shapely.get_parts(shapely.difference(frame, ground))
    for name, degrees in _SEAS.items():
        where = shapely.envelope(crs.to_metres(shapely.box(*degrees)))
        parts = shapely.intersection(water, where)
        _ground_name(sheet, axes, shapely.GeometryCollection(list(parts)), name, 7.2, taken, "sea")


def _ground_name(
    sheet: _Sheet,
    axes: Axes,
    shape: shapely.Geometry,
    name: str,
    size: float,
    taken: _Taken,
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
    sheet: _Sheet,
    axes: Axes,
    centre: tuple[float, float],
    text: str,
    size: float,
    taken: _Taken,
    gid: str,
) -> bool:
    """Write a name of ground, centred; False where there is no room."""
    scale = _DPI / 72
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
        fontproperties=_font(size, "normal", "italic" if sea else "normal"),
        color=sheet.colours.quiet,
        ha="center",
        va="center",
        zorder=_TOWNS,
        parse_math=False,
        gid=gid,
    )
    if not sea:
        label.set_path_effects(_halo(sheet.colours, 2.0))
    return True


def _inset(
    sheet: _Sheet,
    impact: Impact,
    view: _Box,
    edges: _Box,
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
    _area(axes, near, _plain(colours.neighbours), _GROUND)
    land = shapely.simplify(places.land(), coarse / 4)
    _area(axes, land, _plain(colours.land, colours.border, 0.6), _GROUND)
    held = shapely.simplify(impact.control.held, coarse / 4)
    _area(axes, held, _plain(_hex(colours)), _HELD)
    line = shapely.simplify(impact.control.line, coarse / 4)
    _strokes(axes, line, colours.line, 0.9, _CONTACT)
    x0, y0, x1, y1 = view
    axes.add_artist(
        Rectangle(
            (x0, y0),
            x1 - x0,
            y1 - y0,
            fill=False,
            edgecolor=colours.ink,
            linewidth=1.2,
            zorder=_TOOLS,
            gid="locator",
        )
    )


def _hex(colours: Theme) -> Any:
    return _mixed(colours.held_hatch, colours.held, 0.35)
