"""A scenario as a folium map.

The map has two halves. What never changes (neighbours, oblasts, water, railways, towns) is one
script, :func:`base_script`, that a browser loads once. What moves (Russian-held ground, the line
of contact, the zones, the legend) is a pair of small feature groups, :func:`layers`, which can be
put on a living map without rebuilding it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import Element, Figure, MacroElement
from folium.folium import _default_css, _default_js
from folium.plugins import Draw
from folium.template import Template
from shapely.geometry.base import BaseGeometry
from xyzservices import providers

from data import language
from data.language import _
from geo import control as control_maps
from geo import crs, drawing, places, timeline, words
from geo.certainty import Dispute
from geo.control import ControlMap
from geo.drawing import Drawing
from geo.impact import Impact
from geo.keeping import kept
from geo.pullback import extent_geometry, line_from, split
from geo.scenario import Scenario
from geo.snapshot import Box
from geo.style import SYSTEM_FONT, THEMES, Theme, ThemeName
from geo.timeline import Changed

_SCRIPTS = [Path(__file__).with_name(name) for name in ("webmap.js", "mapdraw.js")]
_STYLE = Path(__file__).with_name("webmap.css")
Font = tuple[str, str | None]
DEFAULT_FONT: Font = (SYSTEM_FONT, None)

_DECIMALS = 4  # of a degree: 11 m, below a pixel at every zoom the map allows
_BASE_TOLERANCE_M = 250.0
_MOVING_TOLERANCE_M = 25.0
_ABROAD_M = 60_000.0  # how far rivers are drawn beyond the border: their source ends at a box
_BASE_CREDIT = "© OpenStreetMap contributors · Natural Earth · GeoNames"
_NEUTRAL = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#39;",
        "$": "&#36;",
        "{": "&#123;",
        "}": "&#125;",
        "\\": "&#92;",
        "`": "&#96;",
        "\u2028": " ",
        "\u2029": " ",
    }
)


def clean_text(text: object) -> str:
    """Neutralise a text for HTML and for the JavaScript that folium writes.

    folium puts texts into JavaScript template literals, where ``${…}`` runs even after HTML
    escaping; so ``& < > " ' $ { } \\`` and the backtick all become character references, and
    control characters go.

    Parameters
    ----------
    text
        Anything; it is turned into a string first.

    Returns
    -------
    str
        Safe inside HTML text, a quoted HTML attribute, and any JavaScript string literal.
    """
    printable = "".join(c if c.isprintable() or c in "\u2028\u2029" else " " for c in str(text))
    return printable.translate(_NEUTRAL)


def base_script() -> bytes:
    """The map's unchanging half, for a browser: ground in degrees and the code that draws it.

    Returns
    -------
    bytes
        UTF-8 JavaScript that needs Leaflet to be loaded before. The same for every theme, date
        and scenario.
    """
    return _base_script()


@lru_cache(maxsize=8)
def style_sheet(name: ThemeName = "light", font: Font = DEFAULT_FONT) -> str:
    """The map's dress as CSS; theme and font as `base_map` takes them."""
    theme = THEMES[name]
    family, url = font
    css = _STYLE.read_text("utf-8")
    dark_tiles = "invert(1) hue-rotate(180deg) brightness(.9) contrast(.85)"
    words = {
        "WATER": theme.water,
        "INK": theme.ink,
        "RULE": theme.rule,
        "PAPER": theme.paper,
        "RAIL": theme.rail,
        "QUIET": theme.quiet,
        "LAND": theme.land,
        "DRAWN": theme.drawn,
        "HALO": theme.casing if theme.name == "light" else theme.land,
        "TILES": "none" if theme.name == "light" else dark_tiles,
        "FONT": family,
    }
    for word, value in words.items():
        css = css.replace(word, value)
    if url is None:
        return css
    face = family.split(",")[0]
    return f'@font-face {{ font-family: {face}; src: url("{url}"); font-weight: 200 900; }}' + css


def base_map(
    theme: ThemeName = "light",
    *,
    leaflet_url: str | None = None,
    base_url: str | None = None,
    label: str | None = None,
    font: Font = DEFAULT_FONT,
    together: str | None = None,
    tools: bool = False,
    linked: bool = False,
) -> folium.Map:
    """An empty map of Ukraine and its neighbours, ready for :func:`layers`.

    Parameters
    ----------
    theme
        ``"light"`` or ``"dark"``.
    leaflet_url
        Folder from which the page loads ``leaflet.js`` and ``leaflet.css``; without one, folium's
        public CDN.
    base_url
        Address of :func:`base_script`; without one the script is written into the page, which
        then stands alone.
    label
        What the map shows, for a screen reader; by default, the scenario.
    font
        CSS font family, and the address of a font file for its first name or None.
    together
        Maps of one page with the same name here show the same ground: what the reader does on one,
        the others follow, in the browser.
    tools
        Whether one can draw and measure on it.
    linked
        Whether its view stands in the address bar of the page around it.

    Returns
    -------
    folium.Map
        The same map for the same arguments: streamlit-folium then never rebuilds it.
    """
    colours = THEMES[theme]
    chart = folium.Map(
        location=(48.3, 37.4),
        zoom_start=8,
        tiles=None,
        min_zoom=5,
        max_zoom=13,
        zoom_snap=0.25,
        zoom_delta=0.75,
        wheel_px_per_zoom_level=110,
        attribution_control=False,
        scroll_wheel_zoom=False,
        max_bounds=True,
        min_lat=42.0,
        max_lat=54.5,
        min_lon=18.0,
        max_lon=45.5,
        max_bounds_viscosity=0.6,
        font_size="13px",
    )
    chart.default_js = [_cdn(_default_js, "leaflet")]
    chart.default_css = [_cdn(_default_css, "leaflet_css")]
    if leaflet_url is not None:
        chart.default_js = [("leaflet", f"{leaflet_url}/leaflet.js")]
        chart.default_css = [("leaflet_css", f"{leaflet_url}/leaflet.css")]
    if tools:
        chart.default_js += [_cdn(Draw.default_js, "leaflet_draw_js", leaflet_url)]
        chart.default_css += [_cdn(Draw.default_css, "leaflet_draw_css", leaflet_url)]
    header = _figure(chart).header
    if base_url is not None:
        chart.default_js = [*chart.default_js, ("pullback_atlas", base_url)]
    else:
        script = base_script().decode().replace("</", "<\\/")
        header.add_child(_Literal(f"<script>{script}</script>"), name="pullback_atlas_base")
    style = f"<style>{style_sheet(colours.name, font)}</style>"
    header.add_child(_Literal(style), name="pullback_atlas_css")
    told = _("Map of the scenario") if label is None else label
    chart.add_child(_Start(colours, told, together=together, tools=tools, linked=linked))
    return chart


def layers(
    impact: Impact,
    *,
    tiles: bool = False,
    other: tuple[ControlMap, Dispute] | None = None,
    drawn: Sequence[tuple[str, Impact]] = (),
) -> list[folium.FeatureGroup]:
    """What a scenario puts on the map: who held what, the scenario, and what drawings ask.

    Parameters
    ----------
    impact
        The answer to a scenario; its geometries are projected metres.
    tiles
        Whether online tiles lie below the map.
    other
        Another assessor's map of the same date, and where it differs from the answer's: its line
        of contact and the ground in dispute are drawn too.
    drawn
        Names of drawings and their answers: their zones are filled, the scenario's then are
        outlines.

    Returns
    -------
    list of folium.FeatureGroup
        To be added to a :func:`base_map`, in this order.
    """
    control, scenario = impact.control, impact.scenario
    held, line = _control_json(control)
    ground = _Group(name="Control")
    ground.add_child(_Ground("held", held))
    ground.add_child(_Ground("line", line))
    of_one = _("Line of contact, {name}")
    legend = [("line", of_one.format(name=control.title) if other else _("Line of contact"))]
    disputed = []
    if other is not None:
        legend.append(("line-other", of_one.format(name=other[0].title)))
        ground.add_child(_Ground("line-other", _control_json(other[0])[1]))
        for kind, title, geojson in _dispute_json(control, *other):
            ground.add_child(_Ground(kind, geojson))
            disputed.append((kind, _("Russian-held by {assessor} only").format(assessor=title)))

    scene = _Group(name="Scenario")
    for side, side_name in words.SIDES.items():
        tip = clean_text(_told(impact, side))
        back, left = split(impact.zones, scenario, side)
        if not back.is_empty:
            scene.add_child(_Ground(f"{side}-edge" if drawn else side, _moving_json(back), tip))
        if not back.is_empty or drawn:
            legend.append((side, _("{side} pulls back").format(side=side_name)))
        if not left.is_empty:
            scene.add_child(_Ground(f"{side}-left", _moving_json(left), tip))
            legend.append((f"{side}-left", _("{side} leaves").format(side=side_name)))
    legend += [("held", words.sentence(words.HELD["russia"])), *disputed]
    if drawn:
        legend += [("drawn", _("Drawn")), ("edge", _("The scenario itself"))]
    outline, bounds = _extent(scenario.extent, scenario.area, control)
    if outline is not None:
        kind = "drawn" if scenario.area else "extent"
        scene.add_child(_Ground(kind, outline))
    if scenario.line is not None:
        given = line_from(control, scenario.line)
        scene.add_child(_Ground("drawn", _moving_json(given)))
        if not drawn:
            legend.append(("drawn", _("Line drawn")))
        if outline is None:
            bounds = _bounds(crs.to_degrees(given))
    maps = control_maps.told([control, *([other[0]] if other else [])])
    credit = _("{maps} · {base} · illustrative")
    scene.add_child(
        _State(
            {
                "view": {"key": _view_key(scenario), "bounds": bounds},
                "legend": [(kind, clean_text(label)) for kind, label in legend],
                "credit": clean_text(credit.format(maps=maps, base=_BASE_CREDIT)),
                "tiles": tiles,
            }
        )
    )
    return [ground, scene, *([_drawings(drawn)] if drawn else [])]


def _view_key(scenario: Scenario) -> str:
    """What the map is to show: another one moves it there."""
    where = scenario.area or scenario.extent
    return where if scenario.line is None else f"{where} {scenario.line}"


def _told(impact: Impact, side: str) -> str:
    area, residents = (
        words.measure(name, impact.sides[name].to_dict()[side])
        for name in ("area_km2", "residents_2022")
    )
    return _("{side}’s side: {area}, {residents} residents of 2022").format(
        side=words.SIDES[side], area=area, residents=residents
    )


def _drawings(drawn: Sequence[tuple[str, Impact]]) -> folium.FeatureGroup:
    """The zones of drawings."""
    group = _Group(name="Drawings")
    for name, impact in drawn:
        for side in words.SIDES:
            geojson = _drawn_json(impact, side)
            if geojson is not None:
                tip = clean_text(f"{name} · {_told(impact, side)}" if name else _told(impact, side))
                group.add_child(_Ground(f"{side}-drawn", geojson, tip))
    return group


@kept(64)
def _drawn_json(impact: Impact, side: str) -> str | None:
    """A side's zone, None where it is empty; kept, since a slider moves no drawing."""
    zone, _left = split(impact.zones, impact.scenario, side)
    return None if zone.is_empty else _moving_json(zone)


def outlines(drawings: Sequence[Drawing]) -> folium.FeatureGroup:
    """What was drawn, as it was drawn, with its names: for a map without tools, which have both."""
    group = _Group(name="Drawn")
    for one in drawings:
        name = json.dumps(clean_text(one.name))
        group.add_child(_Call(f"pullbackAtlas.outline({_json(one.shape)}, {name})"))
    return group


def look(view: Box) -> folium.FeatureGroup:
    """Have the map show an area at first: west, south, east and north in metres.

    To be added after what is asked, the whole of which is one click away.
    """
    group = _Group(name="View")
    group.add_child(_State({"look": _bounds(crs.to_degrees(shapely.box(*view)))}))
    return group


def differences(
    one: Impact, other: Impact, ground: gpd.GeoDataFrame, *, names: tuple[str, str]
) -> list[folium.FeatureGroup]:
    """Two scenarios on one map: the ground that only one of them contains, a side each.

    Parameters
    ----------
    one, other
        The two answers, as `geo.compare.compare` was given them.
    ground
        As `geo.compare.Comparison.ground` has it.
    names
        What the two are called: "A", "B".

    Returns
    -------
    list of folium.FeatureGroup
        To be added to a :func:`base_map`, in this order.
    """
    below = _Group(name="Control")
    below.add_child(_Ground("held", _control_json(one.control)[0]))
    below.add_child(_Ground("line", _control_json(one.control)[1]))
    legend = [("line", _("Line of contact"))]
    maps = [one.control]
    if other.control is not one.control:
        maps.append(other.control)
        below.add_child(_Ground("line-other", _control_json(other.control)[1]))
        legend = [
            ("line", _("Line of contact, {name}").format(name=names[0])),
            ("line-other", _("Line of contact, {name}").format(name=names[1])),
        ]
    scene = _Group(name="Scenario")
    kinds = {"A": "first", "B": "second", "AB": "shared"}
    for side, letters, area_km2, shape in ground[
        ["side", "scenarios", "area_km2", "geometry"]
    ].itertuples(index=False, name=None):
        if shape.is_empty:
            continue
        if letters == "AB":
            told = _("{side}’s side: {area} in both")
        else:
            told = _("{side}’s side: {area} only in {name}")
        tip = told.format(
            side=words.SIDES[side],
            area=words.measure("area_km2", area_km2),
            name=names["AB".index(letters[0])],
        )
        kind = f"{kinds[letters]}-{side}"
        scene.add_child(_Ground(kind, _moving_json(shape), clean_text(tip)))
        legend.append((kind, tip))
    legend.append(("held", words.sentence(words.HELD["russia"])))
    seen = [
        _extent(each.scenario.extent, each.scenario.area, each.control) for each in (one, other)
    ]
    for outline in dict.fromkeys(drawn for drawn, _where in seen if drawn is not None):
        scene.add_child(_Ground("extent", outline))
    corners = np.array([where for _drawn, where in seen])
    around = [corners[:, 0].min(axis=0).tolist(), corners[:, 1].max(axis=0).tolist()]
    credit = _("{maps} · {base} · illustrative")
    scene.add_child(
        _State(
            {
                "view": {"key": json.dumps(around), "bounds": around},
                "legend": [(kind, clean_text(label)) for kind, label in legend],
                "credit": clean_text(
                    credit.format(maps=control_maps.told(maps), base=_BASE_CREDIT)
                ),
            }
        )
    )
    return [below, scene]


def through_time(
    found: Changed, answers: tuple[Impact, Impact] | None, scenario: Scenario, *, shown: str
) -> list[folium.FeatureGroup]:
    """Two maps and what lies between them, in two feature groups: control, and what changed.

    Parameters
    ----------
    found
        What changed between the two maps.
    answers
        The scenario's answers on the older and the newer map: their zones are then drawn, the
        older as outlines, instead of the ground that changed hands.
    scenario
        What the view is fitted to.
    shown
        A name for this picture. Once it is drawn, the map in the browser bears it, and the frame
        played before it makes way (`pullbackAtlas.map.still`).

    Returns
    -------
    list of folium.FeatureGroup
        To be added to a :func:`base_map`, in this order.
    """
    before, after = found.before, found.after
    held, line = _control_json(after)
    ground = _Group(name="Control")
    ground.add_child(_Ground("held", held))
    ground.add_child(_Ground("line", line))
    ground.add_child(_Ground("line-other", _control_json(before)[1]))
    label = _("Line of contact, {date}")
    legend = [
        ("line", label.format(date=words.day(after.date))),
        ("line-other", label.format(date=words.day(before.date))),
    ]
    scene = _Group(name="Between")
    if answers is None:
        for side, area_km2 in found.sides["area_km2"].items():
            passed = timeline.passed_to(str(side))
            tip = f"{passed}: {words.measure('area_km2', area_km2)}"
            if area_km2 > 0:
                shape = found.ground.geometry[side]
                scene.add_child(_Ground(f"to-{side}", _moving_json(shape), clean_text(tip)))
            legend.append((f"to-{side}", passed))
    else:
        legend += _zones_then_and_now(scene, *answers)
    legend.append(("held", words.sentence(words.HELD["russia"])))
    outline, bounds = _extent(scenario.extent, scenario.area, after)
    if outline is not None and answers is not None:
        scene.add_child(_Ground("drawn" if scenario.area else "extent", outline))
    credit = f"{control_maps.told([before, after])} · {_BASE_CREDIT}"
    state = {
        "view": {"key": scenario.area or scenario.extent, "bounds": bounds},
        "legend": [(kind, clean_text(text)) for kind, text in legend],
        "credit": clean_text(credit),
        "shown": shown,
    }
    scene.add_child(_State(state))
    return [ground, scene]


def _zones_then_and_now(
    scene: folium.FeatureGroup, before: Impact, after: Impact
) -> list[tuple[str, str]]:
    """Draw the zones of two answers to one question; their rows of the legend."""
    legend = []
    for side, name in words.SIDES.items():
        then, now = (
            one.zones.loc[one.zones["side"] == side, "geometry"].iloc[0] for one in (before, after)
        )
        if not now.is_empty:
            tip = f"{name}: {words.day(after.control.date)}"
            scene.add_child(_Ground(side, _moving_json(now), clean_text(tip)))
            text = _("{side}’s zone, {date}").format(side=name, date=words.day(after.control.date))
            legend.append((side, text))
        if not then.is_empty:
            scene.add_child(_Ground(f"then-{side}", _moving_json(then)))
            text = _("{side}’s zone, {date}").format(side=name, date=words.day(before.control.date))
            legend.append((f"then-{side}", text))
    return legend


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A mark at a point in degrees; ``tip`` is plain text."""

    lon: float
    lat: float
    radius_px: float
    tip: str


@dataclass(frozen=True, kw_only=True)
class Area:
    """A named area in metres; ``tip`` and ``name`` (written on it, "" for none) are plain text.

    ``share`` (0 to 1) is how strongly it is filled.
    """

    shape: BaseGeometry
    share: float
    tip: str
    name: str = ""


def marked(
    *,
    spots: Mapping[str, Sequence[Spot]],
    areas: Sequence[Area] = (),
    cells: Sequence[tuple[BaseGeometry, float, str]] = (),
    legend: Sequence[tuple[str, str]],
    credit: str = "",
    view: tuple[str, list[list[float]]] | None = None,
) -> folium.FeatureGroup:
    """Marks, named areas and cells of a count, for a :func:`base_map`.

    Parameters
    ----------
    spots
        Kind (``launch``, ``incident``, ``event``) to its marks.
    areas
        Named areas, below the marks.
    cells
        Cells in metres, how full each is (0 to 1), and what is said of it.
    legend
        Kind and words; ``region`` stands for the areas, ``cell`` for the cells.
    credit
        The sources. Without one, the group goes on top of :func:`layers`, whose sources, view and
        legend stay.
    view
        A name for what is shown, and its bounds as [[south, west], [north, east]]: a new name
        moves the map there.

    Returns
    -------
    folium.FeatureGroup
        To be added to a :func:`base_map`.
    """
    group = _Group(name="Places")
    if areas:
        group.add_child(_Call(f"pullbackAtlas.areas([{','.join(map(_area, areas))}])"))
        # One outline for all: dashes drawn twice on a shared edge would fill each other's gaps.
        edges = shapely.union_all([area.shape.boundary for area in areas])
        group.add_child(_Ground("region", _base_json(shapely.line_merge(edges))))
    if cells:
        rows = ",".join(
            f"[{_json(shape)},{share:.3f},{json.dumps(clean_text(tip))}]"
            for shape, share, tip in cells
        )
        group.add_child(_Call(f"pullbackAtlas.cells([{rows}])"))
    for kind, marks in spots.items():
        if marks:
            known = [
                [round(m.lat, _DECIMALS), round(m.lon, _DECIMALS), m.radius_px, clean_text(m.tip)]
                for m in marks
            ]
            group.add_child(_Call(f"pullbackAtlas.spots({json.dumps(kind)}, {json.dumps(known)})"))
    told = [(kind, clean_text(text)) for kind, text in legend]
    state: dict[str, Any] = {"legend" if credit else "more": told}
    if credit:
        state["credit"] = clean_text(f"{credit} · {_BASE_CREDIT}")
    if view is not None:
        # The key may come from a file; the map only compares it with the one before.
        key = hashlib.sha256(json.dumps(view[0]).encode()).hexdigest()[:16]
        state["view"] = {"key": key, "bounds": view[1]}
    group.add_child(_State(state))
    return group


def _area(area: Area) -> str:
    """GeoJSON, share, tip and name with its place (latitude, longitude), or none."""
    named = [clean_text(area.name), *_inner_point(area.shape)] if area.name else None
    told = f"{area.share:.3f},{json.dumps(clean_text(area.tip))},{json.dumps(named)}"
    return f"[{_base_json(area.shape)},{told}]"


class _Script(MacroElement):
    """One call to ``webmap.js``, with its arguments as JSON.

    branca compiles what an element wrote as a template once more, which costs more than the
    zones themselves and would run any braces in a text; so this writes its script as it is.
    """

    def render(self, **kwargs: Any) -> str:
        """Add the call to the page's scripts."""
        call = str(self._template.module.script(self, kwargs))
        _figure(self).script.add_child(_Literal(call), name=self.get_name())
        return ""


class _Group(folium.FeatureGroup):
    """A feature group that, like `_Script`, writes its script as it is."""

    def render(self, **kwargs: Any) -> str:
        """Add the group, and then what is in it, to the page's scripts."""
        scripts = _figure(self).script
        assert self._parent is not None  # It is on a map.
        made = str(self._template.module.script(self, kwargs))
        call = f"{made}{self.get_name()}.addTo({self._parent.get_name()});"
        scripts.add_child(_Literal(call), name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)
        return ""


class _Literal(Element):
    """A text as it is: an `Element` would be compiled as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_kwargs: Any) -> str:
        return self.text


def _figure(element: Element) -> Figure:
    root = element.get_root()
    if not isinstance(root, Figure):
        raise TypeError("the element is on no map")
    return root


class _Start(_Script):
    """Dresses the folium map once it exists."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        pullbackAtlas.start({{ this._parent.get_name() }}, {{ this.options }});
        {% endmacro %}"""
    )

    def __init__(
        self, theme: Theme, label: str, *, together: str | None, tools: bool, linked: bool
    ) -> None:
        super().__init__()
        self._name = "Start"
        osm = providers.OpenStreetMap.Mapnik
        tiles = {"url": osm.build_url(), "attribution": _("tiles © OpenStreetMap contributors")}
        options: dict[str, Any] = {
            "theme": vars(theme),
            "tiles": tiles,
            "label": clean_text(label),
            "linked": linked,
            "language": language.current(),
            "texts": {
                "fit": _("Fit the scenario"),
                "in": _("Zoom in"),
                "out": _("Zoom out"),
                "km": _("{n} km"),
                "m": _("{n} m"),
                "close": _("Close"),
            },
        }
        if together is not None:
            options["together"] = together
        if tools:
            options["tools"] = {
                "texts": _tool_texts(),
                "locale": language.current(),
                "most": drawing.MOST_KEPT_POINTS,
            }
        self.options = json.dumps(options).replace("</", "<\\/")


class _Ground(_Script):
    """One kind of ground; its look lives with the kind's name in ``webmap.js``."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        pullbackAtlas.ground({{ this.kind|tojson }}, {{ this.geojson }}, {{ this.tip|tojson }})
            .addTo({{ this._parent.get_name() }});
        {% endmacro %}"""
    )

    def __init__(self, kind: str, geojson: str, tip: str = "") -> None:
        super().__init__()
        self._name = "Ground"
        self.kind = kind
        self.geojson = geojson
        self.tip = tip


class _Call(_Script):
    """A layer that a call to ``webmap.js`` gives."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        {{ this.call }}.addTo({{ this._parent.get_name() }});
        {% endmacro %}"""
    )

    def __init__(self, call: str) -> None:
        super().__init__()
        self._name = "Call"
        self.call = call


class _State(_Script):
    """Legend, sources, view and tiles of a scenario, told to the map."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        pullbackAtlas.state({{ this.state }});
        {% endmacro %}"""
    )

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self._name = "State"
        self.state = json.dumps(state, ensure_ascii=False).replace("</", "<\\/")


def _cdn(links: list[tuple[str, str]], name: str, folder: str | None = None) -> tuple[str, str]:
    """One of folium's scripts or style sheets, from a folder that has it or from folium's CDN."""
    url = next(url for known, url in links if known == name)
    return name, url if folder is None else f"{folder}/{url.rpartition('/')[2]}"


def _tool_texts() -> dict[str, Any]:
    """What the tools say: Leaflet.draw's own texts under ``draw``."""
    finish_area = _("Click the first point to close the area.")
    point = _("Click to set the next point.")
    return {
        "title": {
            "area": _("Draw an area"),
            "line": _("Draw a line"),
            "measure": _("Measure distance and area"),
        },
        # What stands for the figure is put in by the script.
        "closed": _("closed: {area}"),
        "km": _("{n} km"),
        "km2": _("{n} km²"),
        "forget": _("Take the measurement off the map"),
        "keys": _(
            "Arrow keys move the map, the space bar sets a point in its middle, Enter finishes, "
            "Backspace takes the last point back, Escape cancels."
        ),
        "draw": {
            "draw": {
                "toolbar": {
                    "actions": {"title": _("Cancel drawing"), "text": _("Cancel")},
                    "finish": {"title": _("Finish drawing"), "text": _("Finish")},
                    "undo": {
                        "title": _("Take the last point back"),
                        "text": _("Take last point back"),
                    },
                },
                "handlers": {
                    "polygon": {
                        "tooltip": {
                            "start": _("Click to set the first point of the area."),
                            "cont": point,
                            "end": finish_area,
                        }
                    },
                    "polyline": {
                        "tooltip": {
                            "start": _("Click to set the first point of the line."),
                            "cont": point,
                            "end": _("Click the last point to finish."),
                        }
                    },
                },
            },
            "edit": {
                "toolbar": {
                    "actions": {
                        "save": {"title": _("Keep the changes"), "text": _("Done")},
                        "cancel": {"title": _("Undo the changes"), "text": _("Cancel")},
                        "clearAll": {
                            "title": _("Delete everything that was drawn"),
                            "text": _("Delete all"),
                        },
                    },
                    "buttons": {
                        "edit": _("Edit what was drawn"),
                        "editDisabled": _("Nothing was drawn yet"),
                        "remove": _("Delete what was drawn"),
                        "removeDisabled": _("Nothing was drawn yet"),
                    },
                },
                "handlers": {
                    "edit": {"tooltip": {"text": _("Drag the points."), "subtext": ""}},
                    "remove": {"tooltip": {"text": _("Click what is to be deleted.")}},
                },
            },
        },
    }


@cache
def _base_script() -> bytes:
    oblasts = places.oblasts().geometry
    # Simplified as a coverage: neighbours go on sharing their edges, so no gap shines through.
    cover = shapely.coverage_simplify(oblasts.to_numpy(), _BASE_TOLERANCE_M)
    country = shapely.union_all(cover)
    border = country.boundary
    inner = shapely.union_all(shapely.boundary(cover)).difference(border)
    near = country.simplify(_ABROAD_M / 10).buffer(_ABROAD_M, quad_segs=4)
    towns = places.settlements().sort_values("population", ascending=False, kind="stable")
    ground = {
        "neighbours": _base_json(shapely.union_all(places.countries().geometry.to_numpy())),
        "oblasts": _base_json(shapely.multipolygons(shapely.get_parts(cover))),
        "oblast_lines": _base_json(shapely.line_merge(inner)),
        "oblast_names": json.dumps(_names(cover), ensure_ascii=False),
        "border": _base_json(border),
        "lakes": _base_json(shapely.union_all(places.lakes().geometry.to_numpy())),
        "rivers": _base_json(_merged(places.rivers()).intersection(near)),
        "railways": _base_json(_merged(places.railways())),
        "towns": json.dumps(
            [
                [
                    town.name_en,
                    round(town.lat, 4),
                    round(town.lon, 4),
                    int(town.population),
                    town.name_uk or town.name_en,
                ]
                for town in towns.itertuples()
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        ),
    }
    members = ",\n".join(f'"{name}": {value}' for name, value in ground.items())
    script = f"window.pullbackAtlasBase = {{\n{members}\n}};\n" + "\n".join(
        file.read_text("utf-8") for file in _SCRIPTS
    )
    return script.encode()


def _names(cover: np.ndarray) -> list[tuple[str, float, float, str]]:
    """Oblasts without the word, each at a point well inside it (latitude, longitude).

    In English, and at the end in Ukrainian.
    """
    oblasts = places.oblasts()
    return [
        (name.removesuffix(" Oblast"), *_inner_point(area), name_uk.removesuffix(" область"))
        for name, name_uk, area in zip(oblasts["name_en"], oblasts["name_uk"], cover, strict=True)
    ]


def _inner_point(metres: BaseGeometry) -> tuple[float, float]:
    """Latitude and longitude of a point well inside an area."""
    spot = crs.to_degrees(shapely.maximum_inscribed_circle(metres, 5000.0))
    return round(spot.coords[0][1], 3), round(spot.coords[0][0], 3)


def _merged(frame: gpd.GeoDataFrame) -> BaseGeometry:
    return shapely.line_merge(shapely.union_all(frame.geometry.to_numpy()))


@kept(8)
def _control_json(control: ControlMap) -> tuple[str, str]:
    return _moving_json(control.held), _moving_json(control.line)


@kept(8)
def _dispute_json(
    control: ControlMap, other: ControlMap, dispute: Dispute
) -> list[tuple[str, str, str]]:
    """Kind, name of the assessor and GeoJSON of the ground that he alone calls Russian-held."""
    kinds = {control.title: "dispute", other.title: "dispute-other"}
    return [
        (kinds[title], title, _moving_json(shape))
        for title, shape in zip(dispute.ground["held_by"], dispute.ground.geometry, strict=True)
        if not shape.is_empty
    ]


@kept(64)
def _extent(
    extent: str, area: str | None, control: ControlMap
) -> tuple[str | None, list[list[float]]]:
    """Outline of a scenario's extent as GeoJSON (None for the whole front), and its bounds."""
    where = extent_geometry(extent, area)
    if where is None:
        return None, _bounds(crs.to_degrees(control.line))
    return _moving_json(where.boundary), _bounds(crs.to_degrees(where))


def _bounds(degrees: BaseGeometry) -> list[list[float]]:
    west, south, east, north = (round(float(v), 4) for v in degrees.bounds)
    return [[south, west], [north, east]]


def _moving_json(metres: BaseGeometry) -> str:
    # For the eye only: keeping the topology would cost ten times as long.
    return _json(metres.simplify(_MOVING_TOLERANCE_M, preserve_topology=False))


def _base_json(metres: BaseGeometry) -> str:
    return _json(metres.simplify(_BASE_TOLERANCE_M))


def _json(metres: BaseGeometry) -> str:
    rounded = shapely.transform(crs.to_degrees(metres), lambda xy: np.round(xy, _DECIMALS))
    return str(shapely.to_geojson(rounded))
