"""Figures against distance, as charts and in words."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from data.language import _, current
from geo import words
from geo.impact import Impact
from geo.scenario import LARGEST_KM
from geo.style import Theme

SHOWN = ("area_km2", "residents_2022", "settlements")
"""Measures of `geo.impact.MEASURES` that have a chart."""

HEIGHT = 236
"""Of a chart with its title and axis, in pixels."""

_Point = dict[str, Any]
_DASHES = {"ukraine": [1, 0], "russia": [6, 3]}
_SHAPES = {"ukraine": "circle", "russia": "diamond"}
_SIZES = {"ukraine": 130, "russia": 70}  # so that of two at the same place both are seen
# Names at the ends of two lines need this share of the height between them.
_LINE_OF_TEXT = 0.085
_TOLD_KM = (5, 10, 20, 40)


def against_distance(
    curve: pd.DataFrame, impact: Impact, measure: str, theme: Theme, *, font: str = "sans-serif"
) -> dict[str, Any]:
    """One measure for every distance from 0 to 40 km, a line a side.

    Each line bears its side's name at its end, and a mark at the distance that the scenario asks
    for; the sides differ by dash and shape as well as by colour.

    Parameters
    ----------
    curve
        As `geo.curve.curve` gives it.
    impact
        The answer whose distances are marked.
    measure
        One of `SHOWN`.
    theme, font
        Colours, and a CSS font family.

    Returns
    -------
    dict
        A Vega-Lite specification, as wide as what it is put into. No lines where the measure is
        not known at any distance.
    """
    points, marks = _points(curve, measure), _marks(impact, measure)
    top = 1.04 * max([1.0, *(point["value"] for point in points + marks)])
    return _drawing(measure, theme, font, str(_axis_title(impact)), current()) | {
        "description": str(_in_words(points, marks, measure)),
        "params": [{"name": "top", "value": top}],
        "datasets": {"curve": points, "marks": marks, "ends": _ends(points, top)},
    }


def _axis_title(impact: Impact) -> str:
    if impact.scenario.line is None:
        return _("km from the line of contact")
    return _("km from the line drawn")


@functools.lru_cache(maxsize=16)
def _drawing(measure: str, theme: Theme, font: str, axis: str, language: str) -> dict[str, Any]:
    """The chart without its data: writing one takes longer than anything else about it."""
    x = alt.X(
        "distance_km:Q",
        scale=alt.Scale(domain=[0, LARGEST_KM], nice=False),
        axis=alt.Axis(title=axis, values=[0, 10, 20, 30, 40], grid=False),
    )
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domainMin=0, domainMax=alt.ExprRef("top"), nice=False),
        axis=alt.Axis(title=None, tickCount=4, format=",d"),
    )
    colour = alt.Color("side:N", legend=None, scale=_by_side(theme.side))
    dash = alt.StrokeDash("side:N", legend=None, scale=_by_side(_DASHES.__getitem__))
    shape = alt.Shape("side:N", legend=None, scale=_by_side(_SHAPES.__getitem__))
    size = alt.Size("side:O", legend=None, scale=_by_side(_SIZES.__getitem__))
    tip = alt.Tooltip("told:N", title=" ")
    curve, marks, ends = (alt.Chart(alt.NamedData(name)) for name in ("curve", "marks", "ends"))
    lines = curve.mark_line(strokeWidth=2).encode(x, y, colour, dash)
    # The lines themselves are too thin to point at.
    around = curve.mark_circle(size=200, opacity=0).encode(x, y, tip)
    points = marks.mark_point(filled=True, opacity=1, stroke=theme.paper, strokeWidth=1.2).encode(
        x, y, colour, shape, size, tip
    )
    names = ends.mark_text(
        align="left", baseline="middle", dx=7, fontSize=12.5, fontWeight=600
    ).encode(x, y, colour, text="name:N")
    heading = str(words.MEASURES[measure]) + (str(_(", km²")) if measure == "area_km2" else "")
    chart = (
        alt.layer(lines, around, points, names)
        .properties(
            width="container",
            height=HEIGHT,
            title=heading,
            padding={"left": 0, "right": 4, "top": 2, "bottom": 2},
            usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        )
        .configure(background="transparent", font=font, locale=words.chart_locale(), **dress(theme))
    )
    drawing: dict[str, Any] = chart.to_dict()
    return drawing


def told(curve: pd.DataFrame, impact: Impact, measure: str) -> str:
    """What a chart shows, for who does not see it."""
    return _in_words(_points(curve, measure), _marks(impact, measure), measure)


def _in_words(points: list[_Point], marks: list[_Point], measure: str) -> str:
    sides = []
    for side in words.SIDES:
        marked = [mark["told"] for mark in marks if mark["side"] == side]
        known = [
            point["told"]
            for point in points
            if point["side"] == side and point["distance_km"] in _TOLD_KM
        ]
        if known:
            first = [_("marked: {point}").format(point=told) for told in marked]
            sides.append("; ".join([*first, *(told for told in known if told not in marked)]))
    return _("{measure} against distance. {sides}.").format(
        measure=words.MEASURES[measure], sides=". ".join(sides) or _("No data")
    )


def _points(curve: pd.DataFrame, measure: str) -> list[_Point]:
    """What is known of a measure, a point for each distance and side."""
    columns = (curve[name].tolist() for name in ("distance_km", "side", measure))
    return [
        _point(km, side, value, measure)
        for km, side, value in zip(*columns, strict=True)
        if not math.isnan(value)
    ]


def _marks(impact: Impact, measure: str) -> list[_Point]:
    """What is known of a measure at the distances of a scenario."""
    values = impact.sides[measure].to_dict()
    return [
        _point(getattr(impact.scenario, f"{side}_km"), side, values[side], measure)
        for side in words.SIDES
        if not math.isnan(values[side])
    ]


def _point(km: float, side: str, value: float, measure: str) -> _Point:
    sentence = _("{side}’s side, {km} km: {figure}").format(
        side=words.SIDES[side], km=words.short(km), figure=words.measure(measure, value)
    )
    return {"distance_km": km, "side": side, "value": float(value), "told": str(sentence)}


def _ends(points: list[_Point], top: float) -> list[_Point]:
    """The end of each line, pushed apart where two names would cover each other."""
    last = {point["side"]: point for point in points}
    ends = [point | {"name": str(words.SIDES[side])} for side, point in last.items()]
    if len(ends) == 2:
        low, high = sorted(ends, key=lambda end: float(end["value"]))
        missing = max(0.0, _LINE_OF_TEXT * top - (high["value"] - low["value"]))
        low["value"] = max(0.0, low["value"] - missing / 2)
        high["value"] = max(high["value"] + missing / 2, low["value"] + _LINE_OF_TEXT * top)
    return ends


def _by_side(of_side: Callable[[str], Any]) -> alt.Scale:
    return alt.Scale(domain=list(words.SIDES), range=[of_side(side) for side in words.SIDES])


def dress(theme: Theme) -> dict[str, Any]:
    """Axes and titles of a chart, as Vega-Lite has them."""
    return {
        "axis": {
            "labelColor": theme.quiet,
            "titleColor": theme.quiet,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "domainColor": theme.held_hatch,
            "tickColor": theme.held_hatch,
            "gridColor": theme.rule,
            "tickSize": 4,
        },
        "title": {
            "color": theme.ink,
            "fontSize": 13.5,
            "fontWeight": 600,
            "anchor": "start",
            "frame": "bounds",
            "offset": 10,
        },
        "view": {"stroke": None},
    }
