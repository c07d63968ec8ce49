"""A scenario as a folium map.

The map has two halves. What never changes (neighbours, oblasts, water, railways, towns) is one
script, :func:`base_script`, that a browser loads once. What moves (Russian-held ground, the line
of contact, the zones, the legend) is a pair of small feature groups, :func:`layers`, which can be
put on a living map without rebuilding it.
"""

from __future__ import annotations

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
from folium.template import Template
from shapely.geometry.base import BaseGeometry
from xyzservices import providers

from geo import crs, places, words
from geo.certainty import Dispute
from geo.control import ControlMap
from geo.impact import Impact
from geo.pullback import extent_geometry, split
from geo.style import THEMES, Theme, ThemeName

_SCRIPT = Path(__file__).with_name("webmap.js")
_STYLE = Path(__file__).with_name("webmap.css")
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


def base_map(
    theme: ThemeName = "light",
    *,
    leaflet_url: str | None = None,
    base_url: str | None = None,
    label: str = "Map of the scenario",
    font: tuple[str, str | None] = ("system-ui, sans-serif", None),
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
        What the map shows, for a screen reader.
    font
        CSS font family, and the address of a font file for its first name or None.

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
    header = _figure(chart).header
    if base_url is not None:
        chart.default_js = [*chart.default_js, ("pullback_atlas", base_url)]
    else:
        script = base_script().decode().replace("</", "<\\/")
        header.add_child(Element(f"<script>{script}</script>"), name="pullback_atlas_base")
    header.add_child(Element(f"<style>{_css(colours, font)}</style>"), name="pullback_atlas_css")
    chart.add_child(_Start(colours, label))
    return chart


def layers(
    impact: Impact, *, tiles: bool = False, other: tuple[ControlMap, Dispute] | None = None
) -> list[folium.FeatureGroup]:
    """What a scenario puts on the map, in two feature groups: who held what, and the scenario.

    Parameters
    ----------
    impact
        The answer to a scenario; its geometries are projected metres.
    tiles
        Whether online tiles lie below the map.
    other
        Another assessor's map of the same date, and where it differs from the answer's: its line
        of contact and the ground in dispute are drawn too.

    Returns
    -------
    list of folium.FeatureGroup
        To be added to a :func:`base_map`, in this order.
    """
    control, scenario = impact.control, impact.scenario
    held, line = _control_json(control)
    ground = folium.FeatureGroup(name="Control")
    ground.add_child(_Ground("held", held))
    ground.add_child(_Ground("line", line))
    legend = [("line", "Line of contact" + (f", {control.title}" if other else ""))]
    disputed = []
    if other is not None:
        legend.append(("line-other", f"Line of contact, {other[0].title}"))
        ground.add_child(_Ground("line-other", _control_json(other[0])[1]))
        for kind, title, geojson in _dispute_json(control, *other):
            ground.add_child(_Ground(kind, geojson))
            disputed.append((kind, f"Russian-held by {title} only"))

    scene = folium.FeatureGroup(name="Scenario")
    for side, side_name in words.SIDES.items():
        shown = (
            words.measure(name, impact.sides[name].to_dict()[side])
            for name in ("area_km2", "residents_2022")
        )
        tip = clean_text(f"{side_name}’s side: {', '.join(shown)} residents of 2022")
        back, left = split(impact.zones, scenario, side)
        if not back.is_empty:
            scene.add_child(_Ground(side, _moving_json(back), tip))
            legend.append((side, f"{side_name} pulls back"))
        if not left.is_empty:
            scene.add_child(_Ground(f"{side}-left", _moving_json(left), tip))
            legend.append((f"{side}-left", f"{side_name} leaves"))
    legend += [("held", "Russian-held"), *disputed]
    outline, bounds = _extent(scenario.extent, scenario.area, control)
    if outline is not None:
        kind = "drawn" if scenario.area else "extent"
        scene.add_child(_Ground(kind, outline))
    titles = " and ".join([control.title, *([other[0].title] if other else [])])
    credit = f"{titles}, {words.day(control.date)}, generalised · {_BASE_CREDIT}"
    scene.add_child(
        _State(
            {
                "view": {"key": scenario.area or scenario.extent, "bounds": bounds},
                "legend": [(kind, clean_text(label)) for kind, label in legend],
                "credit": clean_text(f"{credit} · illustrative"),
                "tiles": tiles,
            }
        )
    )
    return [ground, scene]


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
    group = folium.FeatureGroup(name="Places")
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
        state["view"] = {"key": view[0], "bounds": view[1]}
    group.add_child(_State(state))
    return group


def _area(area: Area) -> str:
    """GeoJSON, share, tip and name with its place (latitude, longitude), or none."""
    named = [clean_text(area.name), *_inner_point(area.shape)] if area.name else None
    told = f"{area.share:.3f},{json.dumps(clean_text(area.tip))},{json.dumps(named)}"
    return f"[{_base_json(area.shape)},{told}]"


class _Start(MacroElement):
    """Dresses the folium map once it exists."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        pullbackAtlas.start({{ this._parent.get_name() }}, {{ this.options }});
        {% endmacro %}"""
    )

    def __init__(self, theme: Theme, label: str) -> None:
        super().__init__()
        self._name = "Start"
        osm = providers.OpenStreetMap.Mapnik
        tiles = {"url": osm.build_url(), "attribution": "tiles © OpenStreetMap contributors"}
        self.options = json.dumps(
            {"theme": vars(theme), "tiles": tiles, "label": clean_text(label)}
        )


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


class _Literal(Element):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: Any) -> str:
        return self.text


def _figure(element: Element) -> Figure:
    root = element.get_root()
    if not isinstance(root, Figure):
        raise TypeError("the element is on no map")
    return root


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


@lru_cache(maxsize=8)
def _css(theme: Theme, font: tuple[str, str | None]) -> str:
    family, url = font
    css = _STYLE.read_text("utf-8")
    if url is not None:
        face = family.split(",")[0]
        css = (
            f'@font-face {{ font-family: {face}; src: url("{url}"); font-weight: 200 900; }}' + css
        )
    dark_tiles = "invert(1) hue-rotate(180deg) brightness(.9) contrast(.85)"
    words = {
        "WATER": theme.water,
        "INK": theme.ink,
        "RULE": theme.rule,
        "PAPER": theme.paper,
        "RAIL": theme.rail,
        "QUIET": theme.quiet,
        "LAND": theme.land,
        "HALO": theme.casing if theme.name == "light" else theme.land,
        "TILES": "none" if theme.name == "light" else dark_tiles,
        "FONT": family,
    }
    for word, value in words.items():
        css = css.replace(word, value)
    return css


def _cdn(links: list[tuple[str, str]], name: str) -> tuple[str, str]:
    return next(link for link in links if link[0] == name)


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
                [town.name_en, round(town.lat, 4), round(town.lon, 4), int(town.population)]
                for town in towns.itertuples()
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        ),
    }
    members = ",\n".join(f'"{name}": {value}' for name, value in ground.items())
    script = f"window.pullbackAtlasBase = {{\n{members}\n}};\n" + _SCRIPT.read_text("utf-8")
    return script.encode()


def _names(cover: np.ndarray) -> list[tuple[str, float, float]]:
    """Oblasts without the word, each at a point well inside it (latitude, longitude)."""
    return [
        (name.removesuffix(" Oblast"), *_inner_point(area))
        for name, area in zip(places.oblasts()["name_en"], cover, strict=True)
    ]


def _inner_point(metres: BaseGeometry) -> tuple[float, float]:
    """Latitude and longitude of a point well inside an area."""
    spot = crs.to_degrees(shapely.maximum_inscribed_circle(metres, 5000.0))
    return round(spot.coords[0][1], 3), round(spot.coords[0][0], 3)


def _merged(frame: gpd.GeoDataFrame) -> BaseGeometry:
    return shapely.line_merge(shapely.union_all(frame.geometry.to_numpy()))


@lru_cache(maxsize=8)
def _control_json(control: ControlMap) -> tuple[str, str]:
    return _moving_json(control.held), _moving_json(control.line)


@lru_cache(maxsize=8)
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


@lru_cache(maxsize=64)
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
