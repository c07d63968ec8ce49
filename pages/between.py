"""Below the map of the time page: what changed hands, how the zones would have moved, the charts.

Each part is a fragment of its own, drawn once the reader rests (`pages/rest.js`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from data.errors import AtlasError
from data.language import _, ngettext
from geo import control, timeline, timeline_chart, words
from geo.impact import Impact
from geo.scenario import Scenario
from geo.style import Theme
from geo.timeline import Changed
from pages import later, moments, question, widgets

_TABLE_PX = 320


def show(colours: Theme) -> None:
    """Draw what is below the map."""
    with st.container(key="below"):
        _ground()
        _zones()
        _chart(colours)


@st.fragment
def _ground() -> None:
    """What passed to each side, by oblast and by name."""
    question.catch_up()
    scenario, asked = question.current(), moments.asked()
    with st.container(key="part-ground"):
        widgets.rest("ground", question=moments.part(scenario, asked))
        try:
            found = moments.found(scenario, asked)
        except AtlasError:
            return  # The page says why, above.
        days = words.day(found.before.date), words.day(found.after.date)
        own = control.is_loaded(scenario.source)
        heading = (
            _("Ground on which the two maps differ, {first} and {last}")
            if own
            else _("Ground that changed hands, {first} to {last}")
        )
        widgets.heading(heading.format(first=days[0], last=days[1]))
        if own:
            widgets.small(
                _("The two maps are by different assessors: part of it never changed hands.")
            )
        for text in _in_words(found):
            widgets.small(text)
        if found.is_none:
            return
        if not found.by_oblast.empty:
            _by_oblast(found)
        widgets.heading(_("Settlements there") if own else _("Settlements that changed hands"))
        if found.settlements.empty:
            widgets.small(_("No settlement of 500 or more residents lies in that ground."))
        else:
            _settlements(found)


def _in_words(found: Changed) -> list[str]:
    """The sums in sentences: what the map and the tables show, for who does not see them."""
    if found.before is found.after:
        return [_("Both maps are the same: choose another date.")]
    sides = found.sides.to_dict(orient="index")
    told = [_("The two maps show the same ground.")] if found.is_none else []
    for side in timeline.SIDES:
        row = sides[side]
        if row["area_km2"] > 0:
            count = int(row["settlements"])
            text = ngettext(
                "{passed}: {area} with {residents} residents of 2022, and {n} settlement of 500+.",
                "{passed}: {area} with {residents} residents of 2022, and {n} settlements of 500+.",
                count,
            )
            told.append(
                text.format(
                    passed=timeline.passed_to(side),
                    area=words.measure("area_km2", row["area_km2"]),
                    n=words.number(count),
                    residents=words.measure("residents_2022", row["residents_2022"]),
                )
            )
    if found.sides["redrawn_km2"].sum() >= timeline.SAME_KM2:
        told.append(timeline.left_out(found))
    still = _still(found)
    return [*told, *([still] if still else [])]


def _still(found: Changed) -> str:
    """The dates between the two on which the map did not change."""
    source = found.after.source
    reel = moments.made_reel(source) if source in control.SOURCES else None
    if reel is None or found.before.source != source:
        return ""
    runs = [
        _("{first} to {last}").format(first=words.day(first), last=words.day(last))
        for first, last in timeline.unchanged(reel.series)
        if last >= found.before.date and first <= found.after.date
    ]
    if not runs:
        return ""
    return _("The map did not change: {dates}.").format(dates=words.listed(runs, between="; "))


def _by_oblast(found: Changed) -> None:
    known = {(row["oblast"], row["to"]): row for row in found.by_oblast.to_dict("records")}
    # The table has the largest change of all first.
    rows = [
        [
            widgets.escape(words.place(oblast)),
            *(_gained(known.get((oblast, side))) for side in timeline.SIDES),
        ]
        for oblast in dict.fromkeys(found.by_oblast["oblast"])
    ]
    head = (_("Oblast"), *(timeline.passed_to(side) for side in timeline.SIDES))
    widgets.table(head, rows, figures_from=1)


def _gained(row: Mapping[Hashable, Any] | None) -> str:
    if row is None:
        return "–"
    area, count = words.measure("area_km2", row["area_km2"]), int(row["settlements"])
    if not count:
        return area
    text = ngettext("{n} settlement of 500+", "{n} settlements of 500+", count)
    return f"{area}<br><small>{widgets.escape(text.format(n=words.number(count)))}</small>"


def _settlements(found: Changed) -> None:
    config = st.column_config
    whole = partial(config.NumberColumn, format="localized", step=1)
    held = {side: str(timeline.passed_to(side)) for side in timeline.SIDES}
    columns = {
        **widgets.settlement_names(),
        "to": config.TextColumn(_("Change")),
        "residents_2022": whole(_("Residents of 2022")),
        "population": whole(_("GeoNames, undated")),
        "oblast": config.TextColumn(_("Oblast")),
        "raion": config.TextColumn(_("Raion")),
        "hromada": config.TextColumn(_("Hromada")),
    }
    # The same dress as the scenario's table of settlements.
    st.container(key="settlements").dataframe(
        widgets.in_words(found.settlements[list(columns)]).assign(
            to=found.settlements["to"].map(held)
        ),
        column_config=columns,
        hide_index=True,
        height=min(_TABLE_PX, 36 * (len(found.settlements) + 1) + 2),
        placeholder="–",
        alt=_("Settlements that changed hands, largest first"),
    )


@st.fragment
def _zones() -> None:
    """How the scenario's zone would have moved."""
    question.catch_up()
    scenario, asked = question.current(), moments.asked()
    name = ("zones", *moments.maps(scenario, asked), scenario.model_dump_json())
    with st.container(key="part-zones"):
        work = partial(moments.answers_of, scenario, moments.then(scenario, asked))
        found, fault = _later(name, scenario, work)
        widgets.rest(
            "zones",
            question=moments.part(scenario, asked),
            wait_ms=None if found or fault else later.wait_ms(name),
            on_due=partial(later.begin, name, work),
        )
        widgets.heading(_("How the same zones would have moved"))
        widgets.small(scenario.title())
        if fault:
            widgets.notice(words.sentence(fault))
        elif found is None:
            widgets.pending()
        else:
            _zones_table(*found)


def _later(name: Any, scenario: Scenario, work: Callable[[], Any]) -> tuple[Any, AtlasError | None]:
    """What some work gave. That of a loaded map is done at once: nothing of it may be kept."""
    if scenario.source in control.SOURCES:
        return later.found(name)
    try:
        return work(), None
    except AtlasError as error:
        return None, error


def _zones_table(then: Impact, now: Impact) -> None:
    head = "".join(f"<th scope='col'>{label}</th>" for label in words.MEASURES.values())
    rows = []
    for side, name in words.SIDES.items():
        cells = "".join(
            f"<td data-label='{label}' data-measure='{key}'>"
            f"{_then_and_now(then, now, side, key)}</td>"
            for key, label in words.MEASURES.items()
        )
        rows.append(
            f"<tr data-side='{side}'><th scope='row'><i class='atlas-key atlas-key-{side}'></i>"
            f"{name}</th>{cells}</tr>"
        )
    st.html(
        f"<table class='atlas-answer atlas-moved'><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    for side, name in words.SIDES.items():
        first, last = (
            one.zones.loc[one.zones["side"] == side, "geometry"].iloc[0] for one in (then, now)
        )
        share = timeline.still_there(first, last)
        if share == share:
            text = _("Of {side}’s zone of {then}, {share} % still lies in that of {now}.")
            widgets.small(
                text.format(
                    side=name,
                    then=words.day(then.control.date),
                    share=words.number(100 * share),
                    now=words.day(now.control.date),
                )
            )


def _then_and_now(then: Impact, now: Impact, side: str, key: str) -> str:
    """The figure now and, small, the one then and the difference of the two."""
    before, after = (float(one.sides[key].to_dict()[side]) for one in (then, now))
    shown = widgets.figure(words.measure(key, after))
    was = _("{date}: {figure}").format(
        date=words.day(then.control.date), figure=words.bare(key, before)
    )
    change = after - before
    notes = [was]
    if change == change:
        sign = "+" if change > 0 else "−" if change < 0 else "±"
        notes.append(f"{sign}{words.bare(key, abs(change))}")
    return (
        shown + "<small>" + "".join(f"<span>{widgets.escape(n)}</span>" for n in notes) + "</small>"
    )


@st.fragment
def _chart(colours: Theme) -> None:
    """Length of the line and what Kyiv holds of Donetsk Oblast, by both assessors."""
    question.catch_up()
    scenario, asked = question.current(), moments.asked()
    with st.container(key="part-chart"):
        reels = {source: moments.made_reel(source) for source in control.SOURCES}
        missing = [source for source, reel in reels.items() if reel is None]
        faults = [later.found(("film", source))[1] for source in missing]
        fault = next((fault for fault in faults if fault), None)

        widgets.rest(
            "chart",
            question=moments.part(scenario, asked),
            wait_ms=None if fault or not missing else moments.FILM_MS,
            on_due=partial(moments.begin_films, moments.base(scenario)),
        )
        widgets.heading(_("Through time, by both assessors"))
        if fault:
            widgets.notice(words.sentence(fault))
            return
        with st.container(key="time-charts"):
            tables = {
                control.SOURCES[source]: reel.series for source, reel in reels.items() if reel
            }
            if missing:
                widgets.pending()
                return
            dots = moments.own_dots()
            marks = (moments.then(scenario, asked).date, scenario.date)
            places = st.columns(len(timeline_chart.SHOWN))
            for measure, place in zip(timeline_chart.SHOWN, places, strict=True):
                spec = timeline_chart.through_time(
                    tables, measure, marks, colours, dots=dots, font=widgets.FAMILY
                )
                place.vega_lite_chart(spec, theme=None, width="stretch", key=f"time-{measure}")
        told = " ".join(
            timeline_chart.told(tables, measure, dots) for measure in timeline_chart.SHOWN
        )
        st.html(f'<p class="atlas-unseen">{widgets.escape(told)}</p>')
