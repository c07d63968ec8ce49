"""Attack reports as charts: what was launched in time, the rate, nights on a calendar, in words.

Charts are drawn from the tables of `events.counts`, and hold their own figures as text: what is
under the pointer and what a screen reader says is written here, once.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import altair as alt
import pandas as pd

from data.language import _
from events import chart_rows as rows
from events import counts, schema
from events.chart_rows import RATED, TITLES, Row, Talk, order, stopped, title
from geo import words
from geo.style import Theme

BRUSH = "range"
"""The parameter of `overview` that holds the dates brushed."""

SERIES_PX = 350
CALENDAR_DAY_PX = 12
OVERVIEW_PX = 78

# Of the series, from the top: room for the labels of dates, launched, a gap, the rate.
_RATE_PX = (276, 350)
_FOOT_PX = 240
# From this many marks on, drawing each as an element of the page makes it slow.
_MANY_MARKS = 1500
_STEPS = ((5, 10, 25, 50), (25, 50, 100, 200), (50, 100, 200, 400))
_WEEKDAYS = (0, 2, 4)
# How much of a night's cell is left free on each side where the night is outside the range.
_OUTSIDE = 0.27

MEAN_WIDTHS = {7: 2.2, 30: 1.0}
"""How many nights a mean is over -> how thick its line is."""

_Layered = alt.LayerChart | alt.FacetChart


def colour(name: str, theme: Theme) -> str:
    """The colour of a weapon class: Okabe-Ito; what is several classes or none is neutral."""
    dark = theme.name == "dark"
    colours = {
        schema.ATTACK_DRONE: theme.intercepted,
        schema.CRUISE_MISSILE: "#009E73",
        schema.BALLISTIC_MISSILE: "#CC79A7",
        schema.RECONNAISSANCE_DRONE: "#56B4E9",
        schema.OTHER: "#F0E442" if dark else "#B8A500",
    }
    return colours.get(name, "#77716A" if dark else "#8C8378")


def line_colour(name: str, theme: Theme) -> str:
    """As `colour` for a line, but what is pale as an area is ink as a line."""
    return theme.ink if name == schema.ATTACK_DRONE else colour(name, theme)


def of_classes(table: pd.DataFrame, classes: Collection[str]) -> pd.DataFrame:
    """Rows on some weapon classes; a figure for several classes together belongs to each.

    Where none of them was reported at all, the first has rows without a figure, so that it is
    known which dates were reported.
    """
    wanted = set(classes)
    among = [not wanted.isdisjoint(name.split(schema.CLASS_JOINT)) for name in table["class"]]
    own = table[pd.Series(among, index=table.index, dtype="bool")]
    if len(own):
        return own
    rest = table[table["class"] == schema.ATTACK_DRONE]
    figures = (*counts.MEASURES, "rate", "together")
    none = {name: math.nan for name in rest.columns if name.startswith(figures)}
    none |= {name: 0 for name in rest.columns if name.startswith(("reports", "days_known"))}
    return rest.assign(**{"class": next(iter(classes))} | none)


def series(
    sums: pd.DataFrame,
    means: pd.DataFrame,
    marks: Sequence[Talk],
    theme: Theme,
    *,
    by: str,
    totals: Mapping[int, pd.Series] = MappingProxyType({}),
    font: str = "sans-serif",
) -> dict[str, Any]:
    """Launched in time, stacked by class with what got through of each, and the rate below.

    It can be moved along time and zoomed; what no report covers is a gap.

    Parameters
    ----------
    sums
        As `events.counts.sums` gives them, for the classes to be shown.
    means
        As `events.counts.rolling` gives them over 7 days, for the same classes: of the rate.
    marks
        Dates to be marked.
    theme, font
        Colours, and a CSS font family.
    by
        What ``sums`` are made by.
    totals
        How many nights -> what `events.counts.rolling_total` gives over them for the same classes.
        Shown by day only: a mean per night has not the scale of a week's sum.

    Returns
    -------
    dict
        A Vega-Lite specification, as wide as what it is put into.
    """
    first, end = sums["from"].min(), sums["to"].max() + pd.Timedelta(days=1)
    domain = [rows.ms(first), rows.ms(end)]
    labels = rows.labels(marks, domain)
    bars, hovers, gaps = rows.bars(sums), rows.hovers(sums, by), rows.gaps(sums)
    lines = rows.mean_lines(totals, first, end) if by == "day" else []
    top = 1.05 * max([1.0, *(row["y1"] for row in bars), *(row["value"] or 0 for row in lines)])
    head = rows.LABEL_ROW_PX * (1 + max((row["row"] for row in labels), default=-1)) + 4
    x = alt.X("start:T", axis=_time_axis(end - first))
    bound = x.scale(type="utc", domain=domain, nice=False)
    y = alt.Scale(domain=[0, top], range=[_FOOT_PX, head], nice=False, zero=True)
    chart = alt.layer(
        _launched(x, bound, y, head, theme, by),
        _rate(x, theme),
        *_dates(x, theme),
        _chart("hovers")
        .mark_rect(opacity=0, clip=True)
        .encode(
            x,
            alt.X2("end"),
            y=alt.value(0),
            y2=alt.value(_RATE_PX[1]),
            tooltip=[alt.Tooltip("when:N", title=" "), *_tips(sums)],
        ),
    ).resolve_scale(y="independent")
    rates, rate_lines = rows.rates(sums), rows.rate_lines(sums, means, by)
    return _specification(
        chart,
        theme,
        font,
        height=SERIES_PX,
        marks=len(bars) + len(hovers) + len(rates),
        description=_described(by),
        datasets={
            "bars": bars,
            "hovers": hovers,
            "gaps": gaps,
            "means": lines,
            "rates": rates,
            "rate_means": rate_lines,
            "marks": labels,
            "headings": [{"y": _RATE_PX[0], "label": str(_("Stopped or lost, of the launched"))}],
        },
    )


def _launched(x: alt.X, bound: alt.X, y: alt.Scale, head: int, theme: Theme, by: str) -> _Layered:
    """Gaps, bars and the means over them; what is dragged is the bars' scale of time."""
    axis = alt.Axis(title=str(_launched_a(by)), tickCount=4, format=",d")
    zoom = alt.selection_interval(
        name="zoom",
        bind="scales",
        encodings=["x"],
        # The page must scroll past the chart.
        zoom="wheel![event.shiftKey || event.ctrlKey]",
    )
    is_unknown = f"datum.fill === '{rows.UNKNOWN}'"
    return alt.layer(
        # Nothing but the dates between others: `told` says how many there are.
        _chart("gaps")
        .mark_rect(color=theme.rule, opacity=0.55, clip=True, aria=False)
        .encode(x, alt.X2("end"), y=alt.value(head), y2=alt.value(_FOOT_PX)),
        _chart("bars")
        .mark_rect(clip=True)
        .encode(
            bound,
            alt.X2("end"),
            alt.Y("y0:Q", scale=y, axis=axis),
            alt.Y2("y1"),
            alt.Fill("fill:N", legend=None, scale=_by_class(theme)),
            stroke=alt.condition(is_unknown, alt.value(theme.quiet), alt.value("transparent")),
        )
        .add_params(zoom),
        _chart("means")
        .mark_line(color=theme.ink, clip=True)
        .encode(
            x,
            alt.Y("value:Q", scale=y, axis=axis),
            alt.StrokeWidth("nights:O", scale=_scale(MEAN_WIDTHS), legend=None),
        ),
    )


def _rate(x: alt.X, theme: Theme) -> _Layered:
    """The rate of each period as a dot, and its mean as a line."""
    share = alt.Scale(domain=[0, 1], range=[_RATE_PX[1], _RATE_PX[0]], nice=False)
    axis = alt.Axis(
        title=None, values=[0, 0.5, 1], orient="left", labelExpr="100 * datum.value + ' %'"
    )
    y = alt.Y("value:Q", scale=share, axis=axis)
    by_class = _scale({name: line_colour(name, theme) for name in RATED})
    colour_ = alt.Color("class:N", legend=None, scale=by_class)
    dash = alt.StrokeDash("class:N", legend=None, scale=_scale(RATED))
    return alt.layer(
        _chart("rates").mark_circle(size=13, opacity=0.5, clip=True).encode(x, y, colour_),
        _chart("rate_means").mark_line(strokeWidth=1.7, clip=True).encode(x, y, colour_, dash),
    )


def _dates(x: alt.X, theme: Theme) -> list[alt.Chart]:
    """Thin marks with labels, those near the end to their left; the heading of the rate."""
    y, label = alt.Y("y:Q", scale=None, axis=None), alt.Text("label:N")
    dates = _chart("marks").encode(x, y)
    at_right = dates.transform_filter("!datum.at_end").encode(label)
    at_left = dates.transform_filter("datum.at_end").encode(label)
    text: dict[str, Any] = {
        "fontSize": 11.5,
        "color": theme.ink,
        "clip": True,
        "baseline": "top",
    }
    heading = _chart("headings").encode(y, label, x=alt.value(0))
    return [
        dates.mark_rule(color=theme.ink, strokeWidth=0.8, opacity=0.55, clip=True).encode(
            y2=alt.value(_RATE_PX[1])
        ),
        at_right.mark_text(align="left", dx=3, **text),
        at_left.mark_text(align="right", dx=-3, **text),
        heading.mark_text(align="left", baseline="bottom", fontSize=12, color=theme.quiet, dy=-3),
    ]


def overview(
    sums: pd.DataFrame,
    since: dt.date,
    until: dt.date,
    theme: Theme,
    *,
    font: str = "sans-serif",
) -> dict[str, Any]:
    """All reports as a narrow strip on which a range is brushed; the range shown is darker.

    Parameters
    ----------
    sums
        By week or month, from the first report to the last.
    since, until
        The range shown.
    theme, font
        Colours, and a CSS font family.
    """
    box = alt.BrushConfig(fill=theme.ink, fillOpacity=0.14, stroke=theme.quiet)
    brush = alt.selection_interval(name=BRUSH, encodings=["x"], mark=box)
    totals = sums.groupby(["from", "to"])[["launched"]].sum(min_count=1).reset_index()
    strip = [
        {
            "start": rows.ms(row["from"]),
            "end": rows.ms(row["to"]) + rows.DAY_MS,
            "value": rows.known(row["launched"]),
            "colour": theme.quiet
            if row["to"].date() >= since and row["from"].date() <= until
            else theme.rule,
        }
        for row in totals.to_dict("records")
    ]
    axis = alt.Axis(title=None, grid=False, format="%Y", tickCount="year", labelFlush=True)
    chart = (
        _chart("strip")
        .mark_rect()
        .encode(
            alt.X("start:T", scale=alt.Scale(type="utc", nice=False), axis=axis),
            alt.X2("end"),
            alt.Y("value:Q", axis=None),
            y2=alt.datum(0),
            fill=alt.Fill("colour:N", scale=None),
        )
        .add_params(brush)
    )
    return _specification(
        chart,
        theme,
        font,
        height=OVERVIEW_PX,
        marks=len(strip),
        description=_("All reports; drag over a part of them to choose the range"),
        datasets={"strip": strip},
    )


def calendar(
    nights: pd.DataFrame, since: dt.date, until: dt.date, theme: Theme, *, font: str = "sans-serif"
) -> dict[str, Any]:
    """Nights on a calendar, a block a year, a column a week: the darker, the more were launched.

    A night without a report is left blank.

    Parameters
    ----------
    nights
        By date (datetime64 index): ``launched``, ``got_through``, ``reported`` and ``note``, as
        `by_night` gives them.
    since, until
        The range; nights of the same years outside it are small.
    theme, font
        Colours, and a CSS font family.
    """
    limits = limits_of(nights)
    nights = nights[nights["reported"]]
    shades = shades_of(theme)
    years = sorted({date.year for date in nights.index}, reverse=True)
    days = []
    for date, row in zip(nights.index, nights.to_dict("records"), strict=True):
        within = since <= date.date() <= until
        days.append(
            rows.cell(date, years, inset=0 if within else _OUTSIDE)
            | {
                "colour": _shade(row, limits, shades, theme),
                "edge": _edge(row, theme),
                "when": str(words.day(date.date())),
                "told": str(rows.night_told(row)),
            }
        )
    ticks = [
        {
            "week": rows.week(first),
            "y": years.index(year) * 8 - 0.15,
            "label": str(words.month_letter(month)),
        }
        for year in years
        for month in range(1, 13)
        for first in [dt.date(year, month, 1)]
    ]
    ticks += [
        {
            "week": -2.1,
            "y": years.index(year) * 8 + weekday + 0.95,
            "label": str(words.weekday(weekday)),
        }
        for year in years
        for weekday in _WEEKDAYS
    ]
    names = [{"week": -2.3, "y": years.index(year) * 8 + 3.5, "label": str(year)} for year in years]
    lines = 8 * len(years)
    x = alt.X("week:Q", scale=alt.Scale(domain=[-4.2, 54], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[lines - 1, -1], nice=False), axis=None)
    chart = alt.layer(
        _chart("days")
        .mark_rect(strokeWidth=1)
        .encode(
            x,
            alt.X2("week_end"),
            y,
            alt.Y2("y_end"),
            alt.Fill("colour:N", scale=None),
            alt.Stroke("edge:N", scale=None),
            tooltip=[
                alt.Tooltip("when:N", title=" "),
                alt.Tooltip("told:N", title=str(_("Night to"))),
            ],
        ),
        _chart("ticks")
        .mark_text(align="left", baseline="bottom", fontSize=11, color=theme.quiet)
        .encode(x, y, text="label:N"),
        _chart("names")
        .mark_text(align="center", angle=270, fontSize=12, color=theme.ink, dy=-8)
        .encode(x, y, text="label:N"),
    )
    return _specification(
        chart,
        theme,
        font,
        height=CALENDAR_DAY_PX * lines,
        marks=len(days),
        description=_("Launched in each night, on a calendar"),
        datasets={"days": days, "ticks": ticks, "names": names},
    )


def by_night(sums: pd.DataFrame) -> pd.DataFrame:
    """Sums by day of several classes added up for `calendar`, a row a date.

    ``launched`` is NaN where a class that the night's reports name lacks the figure, and
    ``got_through`` where one's fate is not known: it belongs beside ``rate_rests_on``. ``note``
    says which class it is, and that no report covers the night where that is so. ``reported`` says
    whether there was any national report.
    """
    named = (sums["reports"] > 0) & ~rows.listed_only(sums)
    no_figure = named & sums["launched"].isna()
    no_fate = named & ~(sums["rate_rests_on"] == sums["launched"])
    flags = sums.assign(no_figure=no_figure, no_fate=no_fate)
    by_date = flags.groupby("from")
    given = by_date[["launched", "got_through", "rate_rests_on"]].sum(min_count=1)
    night = given.assign(
        launched=given["launched"].mask(by_date["no_figure"].any()),
        got_through=given["got_through"].mask(by_date["no_fate"].any()),
        reported=by_date["days_reported"].max() > 0,
    )
    figures = ["from", "class", "reports", "launched", "got_through", "rate_rests_on", "together"]
    of_night: dict[Any, list[Row]] = {}
    for row in sums.loc[sums["days_reported"] > 0, figures].to_dict("records"):
        of_night.setdefault(row["from"], []).append({str(key): row[key] for key in row})
    notes = {date: rows.night_note(own) for date, own in of_night.items()}
    return night.assign(note=[notes.get(date, "") for date in night.index])


def limits_of(nights: pd.DataFrame) -> tuple[int, ...]:
    """Where one shade of `calendar` ends and the next begins."""
    most = nights["launched"].max()
    fitting = [steps for steps in _STEPS if steps[-1] <= most]
    return fitting[-1] if fitting else _STEPS[0]


def shades_of(theme: Theme) -> tuple[str, ...]:
    """The shades of `calendar`, least first: one hue, from paper to ink."""
    return tuple(_mixed(theme.paper, theme.ink, share) for share in (0.12, 0.28, 0.46, 0.68, 0.95))


def told(totals: pd.DataFrame, largest: pd.DataFrame, *, by: str) -> str:
    """What the charts show, for who does not see them.

    Parameters
    ----------
    totals
        The range as `events.counts.compare` gives it, for the classes shown.
    largest
        As `events.counts.largest_nights` gives it, of one class.
    by
        What the sums of the charts are made by.
    """
    range_ = totals.iloc[0]
    first, last = range_["from"].date(), range_["to"].date()
    parts = [_launched_from(by).format(first=words.day(first), last=words.day(last))]
    records = sorted(totals.to_dict("records"), key=lambda row: order(row["class"]))
    parts += [
        _("{kind}: {figures}.").format(kind=title(row["class"]), figures=_total_told(row))
        for row in records
    ]
    if len(largest):
        night = largest.iloc[0]
        when = words.day(night["date"].date())
        parts.append(
            _("Largest night: {n} on {day}.").format(n=words.number(night["launched"]), day=when)
        )
    parts.append(
        _("Reports for {n} of {all} dates; the others are gaps.").format(
            n=words.number(range_["days_reported"]), all=words.number(range_["days"])
        )
    )
    return words.listed(parts, between=" ")


def _total_told(row: Mapping[Hashable, Any]) -> str:
    """The figures of one class."""
    if pd.isna(row["launched"]):
        stopped_ = row["intercepted"]
        if stopped_ > 0:
            told = _("{n} shot down, launched not reported")
            return told.format(n=words.number(stopped_))
        return _("none reported")
    base = row["rate_rests_on"]
    if not base > 0:
        told = _("{n} launched")
    elif base == row["launched"]:
        told = _("{n} launched, {through} got through ({rate})")
    else:
        told = _("{n} launched, of {known} whose fate is known {through} got through ({rate})")
    text = told.format(
        n=words.number(row["launched"]),
        known=words.number(base),
        through=words.number(row["got_through"]),
        rate=stopped(row["rate"]) if base > 0 else "",
    )
    if row["together"] > 0:
        return words.listed([text, and_up_to(row["together"])])
    return text


def and_up_to(together: float) -> str:
    """What a class may have besides its own figure, in words."""
    return _("and up to {n} more, reported together with other weapons").format(
        n=words.number(together)
    )


def _chart(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name))


def _launched_a(by: str) -> str:
    return {
        "day": _("Launched a night"),
        "week": _("Launched a week"),
        "month": _("Launched a month"),
    }[by]


def _launched_from(by: str) -> str:
    return {
        "day": _("Launched from {first} to {last}, night by night."),
        "week": _("Launched from {first} to {last}, by week."),
        "month": _("Launched from {first} to {last}, by month."),
    }[by]


def _described(by: str) -> str:
    return {
        "day": _("Launched night by night, what got through, and the rate stopped or lost"),
        "week": _("Launched by week, what got through, and the rate stopped or lost"),
        "month": _("Launched by month, what got through, and the rate stopped or lost"),
    }[by]


def _scale(of_class: Mapping[Any, Any]) -> alt.Scale:
    return alt.Scale(domain=list(of_class), range=list(of_class.values()))


def _by_class(theme: Theme) -> alt.Scale:
    singles = {name: colour(name, theme) for name in TITLES}
    return _scale(
        {rows.THROUGH: theme.got_through, rows.UNKNOWN: theme.paper}
        | singles
        | {
            schema.CLASS_JOINT.join(names): colour("", theme)
            for count in range(2, len(TITLES) + 1)
            for names in itertools.combinations(schema.CLASSES, count)
        }
    )


def _tips(sums: pd.DataFrame) -> list[alt.Tooltip]:
    return [
        alt.Tooltip(f"c{i}:N", title=str(title(name)))
        for i, name in enumerate(rows.classes_with_figures(sums))
    ]


def _time_axis(span: pd.Timedelta) -> alt.Axis:
    """Days, months or years, as the range is long."""
    format_, ticks = ("%-d %b", min(7, span.days)) if span.days <= 200 else ("%b %Y", 6)
    return alt.Axis(
        title=None,
        grid=False,
        format=format_,
        tickCount=ticks,
        labelOverlap="greedy",
        labelFlush=True,
    )


def _shade(
    row: Mapping[Hashable, Any], limits: Sequence[int], shades: Sequence[str], theme: Theme
) -> str:
    """The shade of a night; paper where none was launched."""
    launched = row["launched"]
    return shades[sum(launched >= limit for limit in limits)] if launched > 0 else theme.paper


def _edge(row: Mapping[Hashable, Any], theme: Theme) -> str:
    """The outline of a night: in ink where its sum is not known, a hairline where it is nought."""
    if pd.isna(row["launched"]):
        return theme.quiet
    return theme.paper if row["launched"] > 0 else theme.rule


def _mixed(one: str, other: str, share: float) -> str:
    """A colour between two."""
    parts = [
        round(int(one[i : i + 2], 16) * (1 - share) + int(other[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


def _specification(
    chart: alt.Chart | _Layered,
    theme: Theme,
    font: str,
    *,
    height: int,
    marks: int,
    description: str,
    datasets: Mapping[str, list[Row]],
) -> dict[str, Any]:
    renderer = "canvas" if marks > _MANY_MARKS else "svg"
    spec: dict[str, Any] = (
        chart.properties(
            width="container",
            height=height,
            padding={"left": 0, "right": 4, "top": 2, "bottom": 2},
            usermeta={"embedOptions": {"renderer": renderer, "actions": False}},
        )
        .configure(
            background="transparent", font=font, locale=words.chart_locale(), **_dress(theme)
        )
        .to_dict()
    )
    # The height is that of the plot alone: ranges of scales are given in its pixels.
    autosize = {"type": "fit-x", "contains": "padding"}
    told = {"description": str(description), "datasets": dict(datasets)}
    return spec | {"autosize": autosize} | told


def _dress(theme: Theme) -> dict[str, Any]:
    return {
        "axis": {
            "labelColor": theme.quiet,
            "labelFontSize": 12,
            "domainColor": theme.held_hatch,
            "tickColor": theme.held_hatch,
            "gridColor": theme.rule,
            "titleColor": theme.quiet,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "tickSize": 4,
        },
        "axisY": {"domain": False, "ticks": False, "minExtent": 40, "maxExtent": 40},
        "view": {"stroke": None},
    }
