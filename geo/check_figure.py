"""The one figure of the method: from an assessor's polygons to residents, on real ground.

Drawn like `geo.figure`: no pyplot, places on the page in millimetres, the same colours.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import Normal, Stroke

from geo import certainty, check, crs, places, residents, scenario, words
from geo import control as control_maps
from geo.control import SOURCES, ControlMap
from geo.impact import Impact, assess
from geo.ink import Fill, area, mixed, strokes, styled, zone_style
from geo.pullback import SIDES, pull_back
from geo.sheet import (
    BORDERS,
    CONTACT,
    EXTENT,
    HELD,
    TOOLS,
    TOWNS,
    WATER,
    ZONES,
    Box,
    Paper,
    Sheet,
    font,
)
from geo.style import THEMES

PAPER = Paper(180.0, 156.0)
# Pokrovsk to Kostiantynivka (metres): winding, with seams beside it, and the edge of the oblast.
VIEW: Box = (48_000.0, -42_000.0, 138_000.0, 20_000.0)
DISTANCE_KM = 10.0
EXTENT_NAME = "Donetsk Oblast"
LEAST_NAMED = 25_000
"""Towns of so many residents of 2022 have their name on the panels."""

_COLOURS = THEMES["light"]
_SHADES = (0.10, 0.22, 0.36, 0.52)
_STEPS_PER_KM2 = (10.0, 20.0, 40.0)
_NAME_POINTS = {"left": 3.6, "right": -4.6}


def picture(date: dt.date = control_maps.DEFAULT_DATE) -> Figure:
    """Four panels of one stretch of the front: line, zones, residents, the two assessors."""
    first, second = (control_maps.load_bundled(date, source) for source in SOURCES)
    asked = scenario.make(
        date=date, ukraine_km=DISTANCE_KM, russia_km=DISTANCE_KM, extent=EXTENT_NAME
    )
    answer = assess(pull_back(first, asked), first, asked)
    sheet = Sheet(PAPER, _COLOURS)
    sheet.margin_mm = 4.0
    sheet.write(4.0, 7.5, "From an assessor's polygons to a figure", 11.0, weight="bold")
    subtitle = f"Pokrovsk to Kostiantynivka, {words.day(date)} · zones of {DISTANCE_KM:g} km"
    sheet.write(4.0, 12.0, f"{subtitle} · illustrative", 7.2, color=_COLOURS.quiet)
    panels: tuple[tuple[str, Callable[..., list[Any]], tuple[Any, ...]], ...] = (
        (f"a · {second.title}'s polygons, and the line of contact", _line, (second,)),
        (f"b · Zones: within {DISTANCE_KM:g} km, on each side ({first.title})", _zones, (answer,)),
        ("c · Residents of 2022, and the zones of b", _residents, (answer,)),
        ("d · Where the two assessors differ", _dispute, (first, second)),
    )
    for number, (title, draw, of) in enumerate(panels):
        left, top = 4.0 + 87.0 * (number % 2), 19.5 + 67.0 * (number // 2)
        sheet.write(left, top - 1.4, title, 7.6, weight="bold")
        axes = sheet.axes(left, top, left + 85.0, top + 58.6)
        axes.set(xlim=VIEW[::2], ylim=VIEW[1::2])
        axes.set_gid(title[0])
        _legend(axes, draw(axes, *of))
        _towns(axes)
    _scale(sheet.figure.axes[0])
    _footer(sheet)
    return sheet.figure


def png(date: dt.date = control_maps.DEFAULT_DATE, dpi: int = 150) -> bytes:
    """`picture` as a PNG file; the same date gives the same bytes."""
    file = io.BytesIO()
    picture(date).savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def _line(axes: Axes, control: ControlMap) -> list[Any]:
    """The assessor's polygons as drawn, with their seams, and what is made of them."""
    drawn = check.drawn(control)
    _base(axes)
    filled = Fill(_COLOURS.held)
    _area(axes, drawn, filled, HELD)
    seam = Fill(_COLOURS.drawn, _COLOURS.drawn, 0.5)
    _area(axes, shapely.difference(control.held, shapely.union_all(drawn)), seam, ZONES)
    _stroke(axes, shapely.boundary(drawn), _COLOURS.drawn, 0.8, ZONES)
    _contact(axes, control)
    return [
        _patch(Fill(_COLOURS.held, _COLOURS.drawn, 0.8), "polygon with its edge"),
        _patch(seam, "seam, closed"),
        _mark(_COLOURS.line, 1.5, "line of contact"),
    ]


def _zones(axes: Axes, answer: Impact) -> list[Any]:
    """Both zones, and what lies within the distance but outside the extent."""
    control = answer.control
    _base(axes)
    _area(axes, control.held, Fill(_COLOURS.held), HELD)
    band = shapely.buffer(_clip(control.line, margin=0.3), DISTANCE_KM * crs.KM)
    _stroke(axes, shapely.boundary(band), _COLOURS.quiet, 0.7, ZONES, dashes=(3, 2))
    fills = {side: zone_style(_COLOURS, side) for side in SIDES}
    for side, zone in zip(SIDES, answer.zones.geometry, strict=True):
        _area(axes, zone, fills[side], ZONES)
    _stroke(axes, shapely.boundary(places.find(EXTENT_NAME).geometry), _COLOURS.extent, 1.2, EXTENT)
    _contact(axes, control)
    return [
        *(_patch(fills[side], f"{words.SIDES[side]}'s zone") for side in SIDES),
        _mark(_COLOURS.quiet, 0.7, f"{DISTANCE_KM:g} km from the line", "--"),
        _mark(_COLOURS.extent, 1.2, EXTENT_NAME),
    ]


def _residents(axes: Axes, answer: Impact) -> list[Any]:
    """Towns as the discs that hold their residents, the other land by its density, and water."""
    units = places.units()
    units = units.cx[VIEW[0] : VIEW[2], VIEW[1] : VIEW[3]]
    _base(axes)
    land = units[units["kind"] == "land"]
    per_km2 = land["residents_2022"].to_numpy(float) / land.area.to_numpy() * crs.KM2
    step = np.digitize(per_km2, _STEPS_PER_KM2)
    fills = [Fill(mixed(_COLOURS.ink, _COLOURS.land, share)) for share in _SHADES]
    for number, fill in enumerate(fills):
        _area(axes, land.geometry.array[step == number], fill, HELD)
    town = Fill(_COLOURS.ink)
    _area(axes, units.geometry.array[units["kind"] == "town"], town, ZONES)
    water = Fill(_COLOURS.river)
    _area(axes, units.geometry.array[units["kind"] == "water"], water, WATER)
    _stroke(axes, shapely.boundary(places.hromadas().geometry.array), _COLOURS.land, 0.6, BORDERS)
    for side, zone in zip(SIDES, answer.zones.geometry, strict=True):
        _stroke(axes, shapely.boundary(zone), _COLOURS.side(side), 1.1, EXTENT)
    _contact(axes, answer.control)
    bounds = ("under", *(f"{low:g} to" for low in _STEPS_PER_KM2[:-1]), "over")
    tops = (*_STEPS_PER_KM2, _STEPS_PER_KM2[-1])
    return [
        _patch(town, f"town, {residents.DENSITY_PER_KM2:,.0f} per km²"),
        *(
            _patch(fill, f"land, {bound} {top:g} per km²")
            for fill, bound, top in zip(fills, bounds, tops, strict=True)
        ),
        _patch(water, "water, nobody"),
    ]


def _dispute(axes: Axes, first: ControlMap, second: ControlMap) -> list[Any]:
    """Both lines, and the ground that only one assessor calls Russian-held."""
    _base(axes)
    both = shapely.intersection(first.held, second.held)
    _area(axes, both, Fill(_COLOURS.held), HELD)
    handles: list[Any] = []
    hatches = ("////", "....")
    ground = certainty.dispute(first, second).ground
    for hatch, row in zip(hatches, ground.itertuples(), strict=True):
        fill = Fill(
            mixed(_COLOURS.drawn, _COLOURS.land, 0.3), _COLOURS.drawn, 0.5, hatch, _COLOURS.drawn
        )
        _area(axes, row.geometry, fill, ZONES)
        handles.append(_patch(fill, f"Russian-held by {row.held_by} alone"))
    _contact(axes, first)
    _stroke(axes, second.line, _COLOURS.line, 1.1, CONTACT, dashes=(2.2, 1.4))
    return [
        *handles,
        _mark(_COLOURS.line, 1.5, f"line of contact, {first.title}"),
        _mark(_COLOURS.line, 1.1, f"line of contact, {second.title}", (0, (2.2, 1.4))),
    ]


def _base(axes: Axes) -> None:
    axes.set_facecolor(_COLOURS.land)
    lines = shapely.boundary(np.asarray(places.oblasts().geometry.array))
    _stroke(axes, shapely.union_all(lines), _COLOURS.oblast_line, 0.8, BORDERS, dashes=(4, 2.5))


def _contact(axes: Axes, control: ControlMap) -> None:
    _stroke(axes, control.line, _COLOURS.casing, 3.2, CONTACT)
    _stroke(axes, control.line, _COLOURS.line, 1.5, CONTACT)


def _towns(axes: Axes) -> None:
    """Dots and names of the larger towns; a name stands where its nearest neighbour is not."""
    towns = places.settlements().cx[VIEW[0] : VIEW[2], VIEW[1] : VIEW[3]]
    towns = towns[(towns["residents_2022"] >= LEAST_NAMED).fillna(False)]
    points = shapely.get_coordinates(towns.geometry.array)
    for number, ((x, y), name) in enumerate(zip(points, towns["name_en"], strict=True)):
        off = np.delete(points, number, axis=0) - (x, y)
        # Names are wide and low: what is above or below is out of the way.
        nearest = off[np.hypot(off[:, 0], 4 * off[:, 1]).argmin()]
        side = "right" if nearest[0] > 0 or x > VIEW[2] - 15_000 else "left"
        dot = Line2D([x], [y], marker="o", markersize=3.0, linestyle="none", zorder=TOWNS)
        dot.set(markerfacecolor=_COLOURS.paper, markeredgecolor=_COLOURS.ink, markeredgewidth=0.8)
        axes.add_artist(dot)
        label = axes.annotate(
            name,
            (x, y),
            (_NAME_POINTS[side], 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontproperties=font(6.0, "bold"),
            color=_COLOURS.ink,
            zorder=TOWNS,
        )
        label.set_path_effects([Stroke(linewidth=2.0, foreground=_COLOURS.paper), Normal()])
        label.set_gid("town")


def _legend(axes: Axes, handles: Sequence[Any]) -> None:
    legend = axes.legend(
        handles=handles,
        loc="upper left",
        prop=font(5.8, "normal"),
        facecolor=_COLOURS.paper,
        edgecolor="none",
        framealpha=0.9,
        handlelength=1.8,
        borderpad=0.5,
        labelspacing=0.35,
        borderaxespad=0.3,
        labelcolor=_COLOURS.ink,
    )
    legend.set_zorder(TOOLS)


def _scale(axes: Axes) -> None:
    """Ten kilometres, in the corner; the projection's scale is true to a thousandth here."""
    west, south = VIEW[0] + 3_000, VIEW[1] + 3_000
    for number, face in enumerate((_COLOURS.ink, _COLOURS.paper)):
        half = Rectangle((west + 5 * number * crs.KM, south), 5 * crs.KM, 900.0)
        half.set(facecolor=face, edgecolor=_COLOURS.ink, linewidth=0.6, zorder=TOOLS)
        axes.add_artist(half)
    axes.text(
        west,
        south + 1_700,
        "10 km",
        fontproperties=font(6.0, "normal"),
        color=_COLOURS.ink,
        zorder=TOOLS,
    )


def _footer(sheet: Sheet) -> None:
    credit = (
        "Sources: DeepStateMap (archive by cyterat) and Project Owl, generalised; boundaries "
        "© OpenStreetMap contributors; residents on 1 January 2022, State Statistics Service of "
        "Ukraine via KSE; settlements GeoNames; water Natural Earth. Pullback Atlas. "
        + words.ILLUSTRATIVE
    )
    for number, line in enumerate(sheet.wrapped(credit, 5.6, PAPER.width_mm - 8.0)):
        sheet.write(4.0, 149.0 + 2.8 * number, line, 5.6, color=_COLOURS.quiet)


def _patch(fill: Fill, label: str) -> Patch:
    return styled(Patch(label=label), fill)


def _mark(colour: str, width: float, label: str, style: Any = "-") -> Line2D:
    return Line2D([], [], color=colour, linewidth=width, linestyle=style, label=label)


def _area(axes: Axes, shapes: Any, fill: Fill, zorder: int) -> None:
    area(axes, _clip(shapes), fill, zorder)


def _stroke(axes: Axes, shapes: Any, colour: str, width: float, zorder: int, **more: Any) -> None:
    strokes(axes, shapely.line_merge(_clip(shapes)), colour, width, zorder, **more)


def _clip(shapes: Any, *, margin: float = 0.03) -> Any:
    """What lies in the view, with a margin beyond which its frame's edge is not seen."""
    pad = margin * (VIEW[2] - VIEW[0])
    frame = shapely.buffer(shapely.box(*VIEW), pad, join_style="mitre")
    return shapely.intersection(np.asarray(shapes), frame)
