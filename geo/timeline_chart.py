"""All maps of the assessors as charts against the date, and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import altair as alt
import pandas as pd

from data.language import _
from geo import words
from geo.charts import HEIGHT, dress
from geo.style import Theme

SHOWN = ("line_km", "kyiv_share")
"""Columns of `geo.timeline.series` that have a chart."""

_DASHES = ([1, 0], [6, 3])
# To which side of it the text is set, and how far away.
_BESIDE_A_DOT: tuple[tuple[Literal["left", "right"], int], ...] = (("left", 5), ("right", -5))
# Names at the ends of two lines need this share of the height between them.
_LINE_OF_TEXT = 0.085


class Dot(NamedTuple):
    """One map beside those of the assessors: its name, its date, and what `timeline.figures` gives.

    ``figures`` has every one of `SHOWN`.
    """

    title: str
    date: dt.date
    figures: Mapping[str, float]


def title(measure: str) -> str:
    """The heading of a chart, with its unit."""
    return {
        "line_km": _("Line of contact, km"),
        "kyiv_share": _("Kyiv-held share of Donetsk Oblast, %"),
    }[measure]


def through_time(
    tables: Mapping[str, pd.DataFrame],
    measure: str,
    marked: Sequence[dt.date],
    theme: Theme,
    *,
    dots: Sequence[Dot] = (),
    font: str = "sans-serif",
) -> dict[str, Any]:
    """One measure on all dates, a line an assessor, which bears his name at its end.

    Parameters
    ----------
    tables
        As `geo.timeline.series` gives them, by the name of the assessor.
    measure
        One of `SHOWN`.
    marked
        Dates that bear a rule.
    dots
        Single maps, each a dot with its name.
    theme, font
        Colours, and a CSS font family.

    Returns
    -------
    dict
        A Vega-Lite specification, as wide as what it is put into.
    """
    points = [
        {
            "source": source,
            "date": row["date"].isoformat(),
            "value": _value(measure, row[measure]),
            "told": str(
                _("{assessor}, {date}: {figure}").format(
                    assessor=source,
                    date=words.day(row["date"]),
                    figure=_printed(measure, row[measure]),
                )
            ),
        }
        for source, table in tables.items()
        for row in table.to_dict("records")
    ]
    x = alt.X(
        "date:T",
        axis=alt.Axis(title=None, grid=False, tickCount="year", format="%Y", labelFlush=False),
    )
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(
            zero=measure == "kyiv_share", domainMin=0 if measure == "kyiv_share" else alt.Undefined
        ),
        axis=alt.Axis(title=None, tickCount=4, format=",d"),
    )
    sources = list(tables)
    colours = [theme.ink, theme.quiet]
    colour = alt.Color(
        "source:N", legend=None, scale=alt.Scale(domain=sources, range=colours[: len(sources)])
    )
    dash = alt.StrokeDash(
        "source:N",
        legend=None,
        scale=alt.Scale(domain=sources, range=list(_DASHES)[: len(sources)]),
    )
    known = alt.Chart(alt.NamedData("series"))
    lines = known.mark_line(strokeWidth=2).encode(x, y, colour, dash)
    around = known.mark_circle(size=140, opacity=0).encode(
        x, y, tooltip=alt.Tooltip("told:N", title=" ")
    )
    rules = (
        alt.Chart(alt.NamedData("marks"))
        .mark_rule(strokeWidth=1, color=theme.quiet, strokeDash=[2, 2])
        .encode(x)
    )
    names = (
        alt.Chart(alt.NamedData("ends"))
        .mark_text(align="left", baseline="middle", dx=7, fontSize=12.5, fontWeight=600)
        .encode(x, y, colour, text="source:N")
    )
    layers = [rules, lines, around, names, *(_dot_layers(x, y, theme) if dots else ())]
    chart = (
        alt.layer(*layers)
        .properties(
            width="container",
            height=HEIGHT,
            title=str(title(measure)),
            padding={"left": 0, "right": 4, "top": 2, "bottom": 2},
            usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        )
        .configure(background="transparent", font=font, locale=words.chart_locale(), **dress(theme))
    )
    drawing: dict[str, Any] = chart.to_dict()
    return drawing | {
        "description": told(tables, measure, dots),
        "datasets": {
            "series": points,
            "marks": [{"date": day.isoformat()} for day in dict.fromkeys(marked)],
            "ends": _ends(points, measure),
            "dots": _dots(dots, points, measure),
        },
    }


def _dot_layers(x: alt.X, y: alt.Y, theme: Theme) -> list[alt.Chart]:
    """Dots and their names; for none, marks without a name would be told to a screen reader."""
    single = alt.Chart(alt.NamedData("dots"))
    # Ringed in the colour of the ground: it stays a dot where it lies on a line.
    dots = single.mark_point(
        shape="circle", size=90, filled=True, color=theme.drawn, stroke=theme.paper, opacity=1
    ).encode(x, y, tooltip=alt.Tooltip("told:N", title=" "))
    names = [
        single.transform_filter(alt.datum.side == side)
        .mark_text(align=side, dx=gap, dy=-11, fontSize=12.5, fontWeight=600, limit=120)
        .encode(x, y, color=alt.value(theme.ink), text="source:N")
        for side, gap in _BESIDE_A_DOT
    ]
    return [dots, *names]


def told(tables: Mapping[str, pd.DataFrame], measure: str, dots: Sequence[Dot] = ()) -> str:
    """What a chart shows, for who does not see it: the first, least, largest and last figure."""
    sentences = []
    for source, table in tables.items():
        rows = table.to_dict("records")
        low, high = (choose(rows, key=lambda row: row[measure]) for choose in (min, max))
        told = dict.fromkeys(
            f"{words.day(row['date'])}: {_printed(measure, row[measure])}"
            for row in sorted((rows[0], low, high, rows[-1]), key=lambda row: row["date"])
        )
        sentences.append(f"{source}: {'; '.join(told)}.")
    sentences += [f"{_dot_told(dot, measure)}." for dot in dots]
    return f"{title(measure)}. {' '.join(sentences)}"


def _dot_told(dot: Dot, measure: str) -> str:
    return f"{dot.title}, {words.day(dot.date)}: {_printed(measure, dot.figures[measure])}"


def _dots(
    dots: Sequence[Dot], points: Sequence[Mapping[str, Any]], measure: str
) -> list[dict[str, Any]]:
    """Single maps as points; the name of one in the later half stands to the left of it."""
    days = sorted({*(point["date"] for point in points), *(dot.date.isoformat() for dot in dots)})
    first, last = (dt.date.fromisoformat(day) for day in (days[0], days[-1]))
    return [
        {
            "source": dot.title,
            "date": dot.date.isoformat(),
            "value": _value(measure, dot.figures[measure]),
            "told": _dot_told(dot, measure),
            # Where its text ends or begins.
            "side": "right" if dot.date - first > last - dot.date else "left",
        }
        for dot in dots
    ]


def _value(measure: str, value: float) -> float:
    return round(100 * value, 2) if measure == "kyiv_share" else round(value, 1)


def _printed(measure: str, value: float) -> str:
    if measure == "kyiv_share":
        return f"{words.number(100 * value, decimals=1)} %"
    return str(words.measure("rail_km", value))


def _ends(points: Sequence[Mapping[str, Any]], measure: str) -> list[dict[str, Any]]:
    """The end of each line, pushed apart where two names would cover each other."""
    ends = list({point["source"]: dict(point) for point in points}.values())
    values = [point["value"] for point in points]
    low_end = 0.0 if measure == "kyiv_share" else min(values)
    apart = _LINE_OF_TEXT * (max(values) - low_end)
    if len(ends) == 2:
        low, high = sorted(ends, key=lambda end: float(end["value"]))
        missing = max(0.0, apart - (high["value"] - low["value"]))
        low["value"] -= missing / 2
        high["value"] += missing / 2
    return ends
