"""The attacks page: how many, how many got through, from where, and is it rising."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import AtlasError
from data.language import _, current, ngettext, translated
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
            widgets.headline(_("Attacks"), "")
            widgets.notice(words.sentence(error))
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
def _series(asked: nights.Asked, colours: Theme, language: str) -> dict[str, Any]:
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
def _strip(asked: nights.Asked, colours: Theme, language: str) -> dict[str, Any]:
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
        _("Nights"),
        list(nights.QUICK),
        format_func=lambda name: str(nights.QUICK_NAMES[name]),
        key="attacks-quick",
        width="stretch",
        on_change=_picked,
        args=("quick",),
    )
    first, last = nights.bounds()
    with st.container(key="attacks-dates", horizontal=True, gap="small"):
        for end, label in (("since", _("From")), ("until", _("To"))):
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
        _("Weapons"),
        list(TITLES),
        format_func=lambda name: str(TITLES[name]),
        selection_mode="multi",
        key="attacks-classes",
        on_change=_picked,
        args=("classes",),
    )
    state["attacks-by"] = asked.by
    st.segmented_control(
        _("Count by"),
        list(nights.BY),
        format_func=lambda by: str(nights.BY[by]),
        required=True,
        key="attacks-by",
        width="stretch",
        on_change=_picked,
        args=("by",),
    )
    widgets.small(
        _("Reports from {first} to {last} are bundled. The ranges at the top end at “To”.").format(
            first=words.day(first), last=words.day(last)
        )
    )
    if asked.until < last:
        newer = (last - asked.until).days
        st.button(
            ngettext(
                "To the newest: {n} later night", "To the newest: {n} later nights", newer
            ).format(n=words.number(newer)),
            key="attacks-newest",
            on_click=_picked,
            args=("newest",),
        )
    with st.container(key="save", horizontal=True, gap="xsmall"):
        reported.download(_("Sums as CSV"), asked, by=asked.by, name="sums", key="save-sums")


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
            _series(asked, colours, current()), theme=None, width="stretch", key="attacks-series"
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
    when = ngettext("in the {n} night to {day}", "in the {n} nights to {day}", asked.nights)
    if asked.nights == 1:
        when = _("in the night to {day}")
    when = when.format(n=words.number(asked.nights), day=words.day(asked.until))
    launched = totals.set_index("class")["launched"].dropna()
    known = [name for name in asked.classes if name in launched.index]
    shot_down = {
        name: value
        for name, value in zip(totals["class"], totals["intercepted"], strict=True)
        if name in TITLES and value > 0
    }
    if not known and shot_down:
        name, value = next(iter(shot_down.items()))
        return _shot_down(name, int(value)).format(n=words.number(value), when=when)
    if not known:
        return _none_reported(reported.lead(asked.classes)).format(when=when)
    value = launched[known[0]]
    return _launched(known[0], int(value)).format(n=words.number(value), when=when)


def _launched(name: str, n: int) -> str:
    """That so many of a class were launched."""
    return {
        schema.ATTACK_DRONE: ngettext(
            "{n} attack drone launched {when}", "{n} attack drones launched {when}", n
        ),
        schema.CRUISE_MISSILE: ngettext(
            "{n} cruise missile launched {when}", "{n} cruise missiles launched {when}", n
        ),
        schema.BALLISTIC_MISSILE: ngettext(
            "{n} ballistic missile launched {when}", "{n} ballistic missiles launched {when}", n
        ),
        schema.RECONNAISSANCE_DRONE: ngettext(
            "{n} reconnaissance drone launched {when}",
            "{n} reconnaissance drones launched {when}",
            n,
        ),
        schema.OTHER: ngettext(
            "{n} other weapon launched {when}", "{n} other weapons launched {when}", n
        ),
    }[name]


def _shot_down(name: str, n: int) -> str:
    """That so many of a class were shot down."""
    return {
        schema.ATTACK_DRONE: ngettext(
            "{n} attack drone shot down {when}", "{n} attack drones shot down {when}", n
        ),
        schema.CRUISE_MISSILE: ngettext(
            "{n} cruise missile shot down {when}", "{n} cruise missiles shot down {when}", n
        ),
        schema.BALLISTIC_MISSILE: ngettext(
            "{n} ballistic missile shot down {when}", "{n} ballistic missiles shot down {when}", n
        ),
        schema.RECONNAISSANCE_DRONE: ngettext(
            "{n} reconnaissance drone shot down {when}",
            "{n} reconnaissance drones shot down {when}",
            n,
        ),
        schema.OTHER: ngettext(
            "{n} other weapon shot down {when}", "{n} other weapons shot down {when}", n
        ),
    }[name]


def _none_reported(name: str) -> str:
    """That a class was not reported."""
    return {
        schema.ATTACK_DRONE: _("No attack drones reported {when}"),
        schema.CRUISE_MISSILE: _("No cruise missiles reported {when}"),
        schema.BALLISTIC_MISSILE: _("No ballistic missiles reported {when}"),
        schema.RECONNAISSANCE_DRONE: _("No reconnaissance drones reported {when}"),
        schema.OTHER: _("No other weapons reported {when}"),
    }[name]


def _subtitle(totals: pd.DataFrame) -> str:
    row = totals.iloc[0]
    return _(
        "As the Ukrainian Air Force reported · reports on {n} of {all} dates · "
        "a night belongs to the date on which it ends"
    ).format(n=words.number(row["days_reported"]), all=words.number(row["days"]))


_MEASURES = {
    "launched": _("Launched"),
    "got_through": _("Got through"),
    "rate": _("Stopped or lost"),
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
    told = ngettext(
        "Before: the {nights} night {first} to {last} (reports on {n} of {all} dates).",
        "Before: the {nights} nights {first} to {last} (reports on {n} of {all} dates).",
        asked.nights,
    ).format(
        nights=words.number(asked.nights),
        first=_short(first["from_before"]),
        last=_short(first["to_before"]),
        n=words.number(first["days_reported_before"]),
        all=words.number(first["days_before"]),
    )
    if not first["days_reported_before"]:
        told = _("There are no reports on the nights before to compare with.")
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
        small.append(_("given on {dates}").format(dates=_given(row, "")))
    before = row["hit_locations_before"]
    if not pd.isna(before):
        text = _("before {n}").format(n=words.number(before))
        parts = [f"{text}{_rise(row, 'hit_locations')}"]
        if row["days_with_hit_locations_before"] < row["days_reported_before"]:
            parts.append(_("given on {dates}").format(dates=_given(row, "_before")))
        small.append(words.listed(parts))
    if row["from_before"].date() < since:
        small.append(_("reported since {day}").format(day=words.day(since)))
    told = "".join(f"<span>{text}</span>" for text in small)
    return (
        f"<tr data-row='hits'><th scope='row'>{_('Hit locations, all weapons')}</th>"
        f"<td colspan='{len(_MEASURES)}' data-measure='hit_locations'>"
        f"<b>{words.number(row['hit_locations'])}</b><small>{told}</small></td></tr>"
    )


def _given(row: Mapping[Any, Any], side: str) -> str:
    days, reported_ = row[f"days_with_hit_locations{side}"], row[f"days_reported{side}"]
    return _("{n} of {all} reported dates").format(
        n=words.number(days), all=words.number(reported_)
    )


def _total(row: Mapping[Any, Any], key: str) -> str:
    now, before = row[key], row[f"{key}_before"]
    if not row["days_reported_before"]:
        before = math.nan
    notes = []
    if pd.isna(now):
        text = _unknown(row, key)
    elif key == "rate":
        text = f"<b>{words.number(100 * now)}</b> <span>%{_rests_on(row, '')}</span>"
    else:
        of = f" <span>{_rests_on(row, '').strip()}</span>" if key == "got_through" else ""
        text = f"<b>{words.number(now)}</b>{of}"
    if key == "rate" and not pd.isna(before):
        told = _("before {n}").format(n=f"{words.number(100 * before)}\u00a0%")
        notes.append(f"{told}{_rests_on(row, '_before')}")
    elif not pd.isna(before):
        of = _rests_on(row, "_before") if key == "got_through" else ""
        told = _("before {n}").format(n=words.number(before))
        notes.append(f"{told}{of}{_rise(row, key)}")
    elif row["days_reported_before"] and not pd.isna(now):
        notes.append(_("before not known"))
    if key == "launched" and row["together"] > 0:
        notes.append(charts.and_up_to(row["together"]))
    elif key == "launched" and row["together_before"] > 0:
        notes.append(_("before, {more}").format(more=charts.and_up_to(row["together_before"])))
    return f"{text}<small>{words.listed(notes, between='; ')}</small>" if notes else text


def _unknown(row: Mapping[Any, Any], key: str) -> str:
    """What stands where a figure is not known."""
    if key == "rate" and row["intercepted"] > 0:
        told = _("{n} shot down").format(n=words.number(row["intercepted"]))
        return f"<i>{told}</i>"
    if key == "launched":
        told = _("not reported") if row["reports"] else _("none reported")
        return f"<i>{told}</i>"
    return "<i class='atlas-none'>–</i>"


def _rests_on(row: Mapping[Any, Any], side: str) -> str:
    """The number that a rate rests on, where that is not all that was launched."""
    base = row[f"rate_rests_on{side}"]
    if base == row[f"launched{side}"]:
        return ""
    return " " + str(_("of\u00a0{n}").format(n=words.number(base)))


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
    return f", {sign}{words.number(abs(change))}\u00a0%"


def _short(moment: pd.Timestamp) -> str:
    return words.day(moment.date())


def _series_legend(
    sums: pd.DataFrame, asked: nights.Asked, colours: Theme
) -> list[tuple[str, str]]:
    """Swatch (CSS of it) and words of what the series shows."""
    shown = chart_rows.classes_with_figures(sums)
    rows = [(f"background:{colours.got_through}", _("got through, at the foot of each"))]
    rows += [
        (f"background:{charts.colour(name, colours)}", chart_rows.title(name)) for name in shown
    ]
    if chart_rows.unknown(sums):
        hollow = f"background:{colours.paper};border:1px solid {colours.quiet}"
        rows.append((hollow, _("fate unknown")))
    if asked.by == "day":
        for days, width in charts.MEAN_WIDTHS.items():
            line = f"background:{colours.ink};height:{width}px;vertical-align:4px"
            told = _("launched of all shown, mean of {n} nights").format(n=days)
            rows.append((line, told))
    if (sums["days_reported"] == 0).any():
        rows.append((f"background:{colours.rule}", _("no report")))
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
        _strip(asked, colours, current()),
        theme=None,
        width="stretch",
        key=key,
        on_select=brushed,
        selection_mode=charts.BRUSH,
    )
    widgets.small(
        _(
            "Drag over the strip to choose a range. In the chart, drag to move and turn the wheel "
            "with Shift to zoom."
        )
    )


def _marked(asked: nights.Asked) -> None:
    """What the marks on the series stand for."""
    rows = [
        f"<li value='{talk.number}'>{widgets.escape(translated(talk.when))} · "
        f"{widgets.escape(words.listed(talk.what, between='. '))}</li>"
        for talk in nights.talks(asked)
    ]
    if rows:
        st.html(f"<ol class='atlas-talks'>{''.join(rows)}</ol>")


_DASHES = {
    schema.ATTACK_DRONE: _("attack drones solid"),
    schema.CRUISE_MISSILE: _("cruise missiles dashed"),
    schema.BALLISTIC_MISSILE: _("ballistic missiles dotted"),
}


def _how_drawn(sums: pd.DataFrame, asked: nights.Asked) -> list[str]:
    """What the lines are, and what the last bars stand for."""
    lines = chart_rows.rated(sums, asked.by)
    over = {
        "day": _("Lines of the rate, over {n} nights: {lines}. {meaning}"),
        "week": _("Lines of the rate, of each week: {lines}. {meaning}"),
        "month": _("Lines of the rate, of each month: {lines}. {meaning}"),
    }[asked.by]
    of = words.listed(_DASHES[name] for name in lines)
    told = []
    if lines:
        told = [over.format(n=nights.RATE_NIGHTS, lines=of, meaning=_STOPPED)]
    shared = [
        words.lower(TITLES[name])
        for name in lines
        if (sums.loc[sums["class"] == name, "together"] > 0).any()
    ]
    if shared:
        told.append(
            _("The rate of {classes} leaves out what is reported together with others.").format(
                classes=words.listed(shared, between=_(" and "))
            )
        )
    ends = sums.iloc[[0, -1]].to_dict("records")
    if any(chart_rows.is_part(row, asked.by) for row in ends):
        part = _("The range holds only a part of its first or last week.")
        if asked.by == "month":
            part = _("The range holds only a part of its first or last month.")
        told.append(part)
    return told


_STOPPED = _(
    "Stopped or lost: shot down, lost to electronic warfare, or reported as not having reached "
    "the goal."
)


def _cautions(asked: nights.Asked) -> list[str]:
    told = cautions.of_sums(nights.reports(), since=asked.since, until=asked.until, by=asked.by)
    return [text for text in told if text != cautions.NIGHT_RULE]


if __name__ == "__main__":
    widgets.through_the_door()
