"""The attacks page: how many, how many got through, from where, and is it rising."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import AtlasError
from events import cautions, chart_rows, charts, counts, schema
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
                said = (*st.session_state["complaints"], *st.session_state["attacks_said"])
                for text in dict.fromkeys(said):
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
        sums,
        means,
        nights.talks(asked),
        colours,
        by=asked.by,
        totals=nights.total_means(asked.classes),
        font=widgets.FAMILY,
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
        for end, label in (("since", "From"), ("until", "To")):
            key = f"{end}-{state['attacks_dates']}"
            state[f"attacks-{key}"] = getattr(asked, end)
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
    widgets.small(
        f"Reports from {words.day(first)} to {words.day(last)} are bundled. "
        "The ranges at the top end at “To”."
    )
    if asked.until < last:
        newer = (last - asked.until).days
        st.button(
            f"To the newest: {newer:,} later night{'' if newer == 1 else 's'}",
            key="attacks-newest",
            on_click=_picked,
            args=("newest",),
        )
    with st.container(key="save", horizontal=True, gap="xsmall"):
        reported.download("Sums as CSV", asked, by=asked.by, name="sums", key="save-sums")


def _picked(key: str) -> None:
    value = st.session_state[f"attacks-{key}"]
    if key == "newest":
        asked = nights.newest(st.session_state["attacks"])
        nights.change(since=asked.since, until=asked.until)
        nights.renew_dates()
    elif key == "quick":
        if value is not None:
            asked = nights.quick(value, st.session_state["attacks"])
            nights.change(since=asked.since, until=asked.until, by=asked.by)
            nights.renew_dates()
    elif key == "classes":
        # Without any there would be nothing to show.
        chosen = tuple(name for name in TITLES if name in value)
        nights.change(classes=chosen or tuple(TITLES))
    elif value is not None:
        nights.change(**{key.partition("-")[0]: value})
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
        f'<p class="atlas-unseen">{widgets.escape(charts.told(totals, largest, by=asked.by))}</p>'
    )
    _marked(asked)
    for text in (*_how_drawn(sums, asked), *_cautions(asked)):
        widgets.small(text)


def _title(asked: nights.Asked, totals: pd.DataFrame) -> str:
    span = "night" if asked.nights == 1 else f"{asked.nights:,} nights"
    when = f"in the {span} to {words.day(asked.until)}"
    launched = totals.set_index("class")["launched"].dropna()
    known = [name for name in asked.classes if name in launched.index]
    shot_down = {
        name: value
        for name, value in zip(totals["class"], totals["intercepted"], strict=True)
        if name in TITLES and value > 0
    }
    if not known and shot_down:
        name, value = next(iter(shot_down.items()))
        return f"{words.number(value)} {TITLES[name].lower()} shot down {when}"
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
    "rate": "Stopped or lost",
}


def _totals(asked: nights.Asked, totals: pd.DataFrame, colours: Theme) -> None:
    """A row a class: the range and, small, the equally long range before it; hits of all."""
    rows = []
    for row in sorted(totals.to_dict("records"), key=lambda one: chart_rows.order(one["class"])):
        figures = [row[f"{key}{side}"] for key in ("launched", "intercepted") for side in _SIDES]
        if all(pd.isna(value) for value in figures) and row["class"] != reported.lead(
            asked.classes
        ):
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
        "<table class='atlas-answer atlas-totals atlas-attacks'><thead><tr><td></td>"
        f"{head}</tr></thead><tbody>{''.join(rows)}{_hits(totals)}</tbody></table>"
        f"<p class='atlas-small'>{told}</p>"
    )


_SIDES = ("", "_before")


def _hits(totals: pd.DataFrame) -> str:
    """Hit locations, which stand in a report once for all weapons, and on what they rest."""
    drones = totals[totals["class"] == schema.ATTACK_DRONE]
    since = cautions.first_hit_locations(nights.reports())
    row = drones.iloc[0].to_dict() if len(drones) else {}
    if not row or pd.isna(row["hit_locations"]) or since is None:
        return ""
    small = []
    if row["days_with_hit_locations"] < row["days_reported"]:
        small.append(f"given on {_given(row, '')}")
    before = row["hit_locations_before"]
    if not pd.isna(before):
        text = f"before {words.number(before)}{_rise(row, 'hit_locations')}"
        if row["days_with_hit_locations_before"] < row["days_reported_before"]:
            text += f", given on {_given(row, '_before')}"
        small.append(text)
    if row["from_before"].date() < since:
        small.append(f"reported since {words.day(since)}")
    told = "".join(f"<span>{text}</span>" for text in small)
    return (
        "<tr data-row='hits'><th scope='row'>Hit locations, all weapons</th>"
        f"<td colspan='{len(_MEASURES)}' data-measure='hit_locations'>"
        f"<b>{words.number(row['hit_locations'])}</b><small>{told}</small></td></tr>"
    )


def _given(row: Mapping[Any, Any], side: str) -> str:
    days, reported_ = row[f"days_with_hit_locations{side}"], row[f"days_reported{side}"]
    return f"{days:,} of {reported_:,} reported dates"


def _total(row: Mapping[Any, Any], key: str) -> str:
    now, before = row[key], row[f"{key}_before"]
    if not row["days_reported_before"]:
        before = math.nan
    notes = []
    if pd.isna(now):
        text = _unknown(row, key)
    elif key == "rate":
        text = f"<b>{100 * now:.0f}</b> <span>%{_rests_on(row, '')}</span>"
    else:
        of = f" <span>{_rests_on(row, '').strip()}</span>" if key == "got_through" else ""
        text = f"<b>{words.number(now)}</b>{of}"
    if key == "rate" and not pd.isna(before):
        notes.append(f"before {100 * before:.0f}\u00a0%{_rests_on(row, '_before')}")
    elif not pd.isna(before):
        of = _rests_on(row, "_before") if key == "got_through" else ""
        notes.append(f"before {words.number(before)}{of}{_rise(row, key)}")
    elif row["days_reported_before"] and not pd.isna(now):
        notes.append("before not known")
    if key == "launched" and row["together"] > 0:
        notes.append(charts.and_up_to(row["together"]))
    elif key == "launched" and row["together_before"] > 0:
        notes.append(f"before, {charts.and_up_to(row['together_before'])}")
    return f"{text}<small>{'; '.join(notes)}</small>" if notes else text


def _unknown(row: Mapping[Any, Any], key: str) -> str:
    """What stands where a figure is not known."""
    if key == "rate" and row["intercepted"] > 0:
        return f"<i>{words.number(row['intercepted'])} shot down</i>"
    if key == "launched":
        return "<i>not reported</i>" if row["reports"] else "<i>none reported</i>"
    return "<i class='atlas-none'>–</i>"


def _rests_on(row: Mapping[Any, Any], side: str) -> str:
    """The number that a rate rests on, where that is not all that was launched."""
    base = row[f"rate_rests_on{side}"]
    return "" if base == row[f"launched{side}"] else f" of\u00a0{words.number(base)}"


def _rise(row: Mapping[Any, Any], key: str) -> str:
    """By how much it rose; nothing where either range has too many gaps to say so.

    Nothing either where some of the class is counted together with others: that part may have
    grown or shrunk instead.
    """
    now, before = row[key], row[f"{key}_before"]
    days = "days_with_hit_locations" if key == "hit_locations" else "days_known"
    covered = all(row[f"{days}{side}"] >= _COVERED * row[f"days{side}"] for side in _SIDES)
    alone = row["class"] in TITLES and not any(row[f"together{side}"] > 0 for side in _SIDES)
    if key == "got_through" and any(_rests_on(row, side) for side in _SIDES):
        return ""
    if not covered or (not alone and key != "hit_locations") or pd.isna(now) or not before > 0:
        return ""
    change = 100 * (now / before - 1)
    sign = "+" if change >= 0 else "−"
    return f", {sign}{abs(change):.0f}\u00a0%"


def _short(moment: pd.Timestamp) -> str:
    return words.day(moment.date())


def _series_legend(
    sums: pd.DataFrame, asked: nights.Asked, colours: Theme
) -> list[tuple[str, str]]:
    """Swatch (CSS of it) and words of what the series shows."""
    shown = chart_rows.classes_with_figures(sums)
    rows = [(f"background:{colours.got_through}", "got through, at the foot of each")]
    rows += [
        (f"background:{charts.colour(name, colours)}", chart_rows.title(name)) for name in shown
    ]
    if chart_rows.unknown(sums):
        hollow = f"background:{colours.paper};border:1px solid {colours.quiet}"
        rows.append((hollow, chart_rows.UNKNOWN))
    if asked.by == "day":
        for days, width in charts.MEAN_WIDTHS.items():
            line = f"background:{colours.ink};height:{width}px;vertical-align:4px"
            rows.append((line, f"launched of all shown, mean of {days} nights"))
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
            nights.renew_dates()

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
        "Shift to zoom."
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


_DASHES = {
    schema.ATTACK_DRONE: "solid",
    schema.CRUISE_MISSILE: "dashed",
    schema.BALLISTIC_MISSILE: "dotted",
}


def _how_drawn(sums: pd.DataFrame, asked: nights.Asked) -> list[str]:
    """What the lines are, and what the last bars stand for."""
    lines = chart_rows.rated(sums, asked.by)
    over = f"over {nights.RATE_NIGHTS} nights" if asked.by == "day" else f"of each {asked.by}"
    of = [f"{TITLES[name].lower()} {_DASHES[name]}" for name in lines]
    told = [f"Lines of the rate, {over}: {', '.join(of)}. {_STOPPED}"] if of else []
    shared = [
        TITLES[name].lower()
        for name in lines
        if (sums.loc[sums["class"] == name, "together"] > 0).any()
    ]
    if shared:
        told.append(
            f"The rate of {' and '.join(shared)} leaves out what is reported together with others."
        )
    ends = sums.iloc[[0, -1]].to_dict("records")
    if any(chart_rows.is_part(row, asked.by) for row in ends):
        told.append(f"The range holds only a part of its first or last {asked.by}.")
    return told


_STOPPED = (
    "Stopped or lost: shot down, lost to electronic warfare, or reported as not having reached "
    "the goal."
)


def _cautions(asked: nights.Asked) -> list[str]:
    told = cautions.of_sums(nights.reports(), since=asked.since, until=asked.until, by=asked.by)
    return [text for text in told if text != cautions.NIGHT_RULE]


if __name__ == "__main__":
    widgets.through_the_door()
