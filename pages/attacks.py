"""The attacks page: how many, how many got through, from where, and is it rising."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import AtlasError
from events import chart_rows, charts, counts
from events.chart_rows import TITLES
from geo import words
from geo.style import Theme
from pages import nights, question, reported, uploaded, widgets

# A range whose reports cover less than this is not set against another.
_COVERED = 0.9


def show() -> None:
    """Draw the page."""
    colours = widgets.theme()
    widgets.dress(colours)
    try:
        nights.open_link()
    except AtlasError as error:
        with st.container(key="prose"):
            widgets.headline("Attacks", "")
            widgets.notice(question.sentence(error))
        return
    with st.container(key="page"):
        _page(colours)


@st.fragment
def _page(colours: Theme) -> None:
    """Everything that a control changes."""
    asked: nights.Asked = st.session_state["attacks"]
    with st.container(key="scene"):
        rail = st.container(key="rail")
        with st.container(key="answer"):
            with st.container(key="notices"):
                for text in (*st.session_state["complaints"], *st.session_state["attacks_said"]):
                    widgets.notice(text)
            _answer(asked, colours)
        with rail:
            _rail(asked)
    with st.container(key="below"):
        reported.show(asked, colours)
        uploaded.show(colours)
    question.write_link(nights.to_query(asked))


@st.cache_data(show_spinner=False, max_entries=32)
def _series(asked: nights.Asked, colours: Theme) -> dict[str, Any]:
    sums = nights.sums(asked.since, asked.until, asked.by, asked.classes)
    means = charts.of_classes(nights.means(), asked.classes)
    return charts.series(
        sums, means, nights.talks(asked), colours, by=asked.by, font=widgets.FAMILY
    )


@st.cache_data(show_spinner=False, max_entries=32)
def _strip(asked: nights.Asked, colours: Theme) -> dict[str, Any]:
    sums = nights.sums(*nights.bounds(), "week", asked.classes)
    return charts.overview(sums, asked.since, asked.until, colours, font=widgets.FAMILY)


def _rail(asked: nights.Asked) -> None:
    """The controls: which nights, which weapons, counted by what."""
    state = st.session_state
    range_ = (asked.since, asked.until)
    named = {
        (told.since, told.until): name
        for name in nights.QUICK
        for told in [nights.quick(name, asked)]
    }
    quick = named.get(range_)
    state["attacks-quick"] = quick
    st.segmented_control(
        "Nights",
        list(nights.QUICK),
        key="attacks-quick",
        width="stretch",
        on_change=_picked,
        args=("quick",),
    )
    first, last = nights.bounds()
    with st.container(key="attacks-dates", horizontal=True, gap="small"):
        for key, label in (("since", "From"), ("until", "To")):
            state[f"attacks-{key}"] = getattr(asked, key)
            st.date_input(
                label,
                min_value=first,
                max_value=last,
                format="YYYY-MM-DD",
                key=f"attacks-{key}",
                on_change=_picked,
                args=(key,),
            )
    state["attacks-classes"] = list(asked.classes)
    st.pills(
        "Weapons",
        list(TITLES),
        format_func=TITLES.__getitem__,
        selection_mode="multi",
        key="attacks-classes",
        on_change=_picked,
        args=("classes",),
    )
    state["attacks-by"] = asked.by
    st.segmented_control(
        "Count by",
        list(nights.BY),
        format_func=nights.BY.__getitem__,
        required=True,
        key="attacks-by",
        width="stretch",
        on_change=_picked,
        args=("by",),
    )
    widgets.small(f"Reports from {words.day(first)} to {words.day(last)} are bundled.")
    with st.container(key="save", horizontal=True, gap="xsmall"):
        reported.download("Sums as CSV", asked, by=asked.by, key="save-sums")


def _picked(key: str) -> None:
    value = st.session_state[f"attacks-{key}"]
    if key == "quick":
        if value is not None:
            asked = nights.quick(value, st.session_state["attacks"])
            nights.change(since=asked.since, until=asked.until, by=asked.by)
    elif key == "classes":
        # Without any there would be nothing to show.
        chosen = tuple(name for name in TITLES if name in value)
        nights.change(classes=chosen or tuple(TITLES))
    elif value is not None:
        nights.change(**{key: value})
    nights.renew_brush()


def _answer(asked: nights.Asked, colours: Theme) -> None:
    totals = nights.beside_before(asked.since, asked.until, asked.classes)
    widgets.headline(_title(asked, totals), _subtitle(totals))
    _totals(asked, totals, colours)
    sums = nights.sums(asked.since, asked.until, asked.by, asked.classes)
    with st.container(key="series"):
        reported.legend(_series_legend(sums, asked, colours))
        st.vega_lite_chart(
            _series(asked, colours), theme=None, width="stretch", key="attacks-series"
        )
        _brush(asked, colours)
    lead = reported.lead(asked.classes)
    own = nights.reports()[nights.reports()["date"].between(str(asked.since), str(asked.until))]
    largest = counts.largest_nights(own, count=1, weapon=lead)
    st.html(
        f'<p class="atlas-unseen">{widgets.escape(charts.told(sums, largest, by=asked.by))}</p>'
    )
    _marked(asked)
    for text in _cautions(asked):
        widgets.small(text)


def _title(asked: nights.Asked, totals: pd.DataFrame) -> str:
    span = "night" if asked.nights == 1 else f"{asked.nights:,} nights"
    when = f"in the {span} to {words.day(asked.until)}"
    launched = totals.set_index("class")["launched"].dropna()
    known = [name for name in asked.classes if name in launched.index]
    if not known:
        return f"No {TITLES[reported.lead(asked.classes)].lower()} reported {when}"
    return f"{words.number(launched[known[0]])} {TITLES[known[0]].lower()} launched {when}"


def _subtitle(totals: pd.DataFrame) -> str:
    row = totals.iloc[0]
    return (
        "As the Ukrainian Air Force reported · "
        f"reports on {row['days_reported']:,} of {row['days']:,} dates · "
        "a night belongs to the date on which it ends"
    )


_MEASURES = {
    "launched": "Launched",
    "got_through": "Got through",
    "rate": "Shot down or jammed",
    "hit_locations": "Hit locations",
}


def _totals(asked: nights.Asked, totals: pd.DataFrame, colours: Theme) -> None:
    """A row a class: the range and, small, the equally long range before it."""
    rows = []
    for row in sorted(totals.to_dict("records"), key=lambda one: chart_rows.order(one["class"])):
        neither = pd.isna(row["launched"]) and pd.isna(row["launched_before"])
        if neither and row["class"] != reported.lead(asked.classes):
            continue
        cells = "".join(
            f"<td data-label='{label}' data-measure='{key}'>{_total(row, key)}</td>"
            for key, label in _MEASURES.items()
        )
        key = f"<i class='atlas-key' style='background:{charts.colour(row['class'], colours)}'></i>"
        rows.append(
            f"<tr data-class='{row['class']}'><th scope='row'>{key}"
            f"{chart_rows.title(row['class'])}</th>{cells}</tr>"
        )
    head = "".join(f"<th scope='col'>{label}</th>" for label in _MEASURES.values())
    first = totals.iloc[0]
    before = f"{_short(first['from_before'])} to {_short(first['to_before'])}"
    covered = f"reports on {first['days_reported_before']:,} of {first['days_before']:,} dates"
    told = f"Before: the {asked.nights:,} nights {before} ({covered})."
    if not first["days_reported_before"]:
        told = "There are no reports on the nights before to compare with."
    st.html(
        "<table class='atlas-answer atlas-totals'><thead><tr><td></td>"
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"<p class='atlas-small'>{told}</p>"
    )


def _total(row: Mapping[Any, Any], key: str) -> str:
    now, before = row[key], row[f"{key}_before"]
    if not row["days_reported_before"]:
        before = math.nan
    if pd.isna(now) and pd.isna(before) and key != "launched":
        return "<i class='atlas-none'>–</i>"
    if pd.isna(now):
        text = "<i>none reported</i>" if key == "launched" else "<i>–</i>"
    elif key == "rate":
        text = f"<b>{100 * now:.0f}</b> <span>%</span>"
    else:
        text = f"<b>{words.number(now)}</b>"
    if not row["days_reported_before"]:
        return text
    if pd.isna(before):
        small = "–" if key != "launched" else "none reported"
    elif key == "rate":
        small = f"{100 * before:.0f} %"
    else:
        small = f"{words.number(before)}{_rise(row, now, before)}"
    return f"{text}<small><span>before {small}</span></small>"


def _rise(row: Mapping[Any, Any], now: float, before: float) -> str:
    """By how much it rose; nothing where either range has too many gaps to say so."""
    covered = all(
        row[f"days_reported{side}"] >= _COVERED * row[f"days{side}"] for side in ("", "_before")
    )
    if not covered or pd.isna(now) or not before > 0:
        return ""
    change = 100 * (now / before - 1)
    sign = "+" if change >= 0 else "−"
    return f", {sign}{abs(change):.0f} %"


def _short(moment: pd.Timestamp) -> str:
    return words.day(moment.date())


def _series_legend(
    sums: pd.DataFrame, asked: nights.Asked, colours: Theme
) -> list[tuple[str, str]]:
    """Swatch (CSS of it) and words of what the series shows."""
    shown = list(dict.fromkeys(sums.loc[sums["launched"].notna(), "class"]))
    rows = [(f"background:{colours.got_through}", "got through, at the foot of each")]
    rows += [
        (f"background:{charts.colour(name, colours)}", chart_rows.title(name))
        for name in sorted(shown, key=chart_rows.order)
    ]
    if asked.by == "day":
        line = f"background:{colours.ink};height:2px;vertical-align:4px"
        rows.append((line, f"mean of {nights.MEAN_NIGHTS} nights"))
    if (sums["days_reported"] == 0).any():
        rows.append((f"background:{colours.rule}", "no report"))
    return rows


def _brush(asked: nights.Asked, colours: Theme) -> None:
    """All reports as a strip; a range brushed on it becomes the range of the page."""
    key = f"attacks-brush-{st.session_state['attacks_brush']}"

    def brushed() -> None:
        chosen = st.session_state[key]["selection"].get(charts.BRUSH, {})
        ends = next(iter(chosen.values()), None)
        if ends:
            first, last = nights.bounds()
            days = [pd.Timestamp(ms, unit="ms").date() for ms in sorted(ends)]
            since, until = (min(max(day, first), last) for day in days)
            nights.change(since=since, until=until)

    st.vega_lite_chart(
        _strip(asked, colours),
        theme=None,
        width="stretch",
        key=key,
        on_select=brushed,
        selection_mode=charts.BRUSH,
    )
    widgets.small(
        "Drag over the strip to choose a range. In the chart, drag to move and turn the wheel with "
        "Shift to zoom; the rate of drones is solid, of cruise missiles dashed, of ballistic "
        "missiles dotted."
    )


def _marked(asked: nights.Asked) -> None:
    """What the marks on the series stand for."""
    rows = [
        f"<li value='{talk.number}'>{widgets.escape(talk.when)} · "
        f"{widgets.escape('. '.join(talk.what))}</li>"
        for talk in nights.talks(asked)
    ]
    if rows:
        st.html(f"<ol class='atlas-talks'>{''.join(rows)}</ol>")


def _cautions(asked: nights.Asked) -> list[str]:
    told = counts.cautions(nights.reports(), since=asked.since, until=asked.until, by=asked.by)
    return [text for text in told if text != counts.NIGHT_RULE]


if __name__ == "__main__":
    widgets.through_the_door()
