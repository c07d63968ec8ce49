"""The time page: the line then and now, what changed hands between, and all dates as a film."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from data.errors import AtlasError
from data.language import _, current
from geo import control, tables, timeline, titles, webmap, words
from geo.scenario import Scenario
from geo.snapshot import Snapshot
from geo.style import Theme
from geo.timeline import Changed
from pages import between, later, loaded, moments, newer, question, reopening, saving, widgets
from pages import scenario as scenario_page

_KEY = "time-player"
_HERE = Path(__file__)


def show() -> None:
    """Draw the page."""
    colours = widgets.theme()
    widgets.dress(colours, largest_mb=reopening.LARGEST_MB)
    moments.open_link()
    with st.container(key="page"):
        _scene(colours)
        between.show(colours)


@st.fragment
def _scene(colours: Theme) -> None:
    """What a date that rests changes at once: figures, map and controls."""
    scenario = question.current()
    asked = moments.asked()
    question.drawn(scenario)
    with st.container(key="scene"):
        rail = st.container(key="rail")
        with st.container(key="answer"):
            found = _answer(scenario, asked, colours)
        with rail:
            _rail(scenario, asked, found)
    question.write_link(moments.to_query(asked))


def _answer(scenario: Scenario, asked: moments.Asked, colours: Theme) -> Changed | None:
    with st.container(key="notices"):
        for text in (*st.session_state["complaints"], *st.session_state["time_said"]):
            widgets.notice(text)
    try:
        found = moments.found(scenario, asked)
    except AtlasError as error:
        widgets.headline(_("Through time"), "")
        widgets.notice(words.sentence(error))
        moments.let_go()
        return None
    widgets.headline(
        _title(scenario, moments.then(scenario, asked).date), titles.of_assessors(found)
    )
    _player(scenario, asked, found, colours)
    answers = moments.answers(scenario, asked) if asked.show == moments.ZONES else None
    if answers is None or isinstance(answers, tuple):
        groups = webmap.through_time(found, answers, scenario, shown=moments.shown(scenario, asked))
        label = _("Map of two dates")
        widgets.living_map("time-map", groups, colours, label=label, linked=True)
    else:
        widgets.notice(words.sentence(answers))
    return found


def _title(scenario: Scenario, then: dt.date) -> str:
    """The question, without the date that is being played: that stands beside the slider."""
    if control.is_loaded(scenario.source):
        return _("What {title} shows otherwise than {assessor} on {date}").format(
            title=control.title_of(scenario.source),
            assessor=control.SOURCES[moments.base(scenario)],
            date=words.day(then),
        )
    if scenario.date < then:
        return _("What changed hands up to {date}").format(date=words.day(then))
    return _("What changed hands since {date}").format(date=words.day(then))


@st.fragment
def _await_film(source: str, *, is_missing: bool) -> None:
    """Have the film made where it is missing; the page is drawn anew once it is there.

    The browser asks for this alone meanwhile: what one sees and uses stays as it is.
    """
    scenario, key = question.current(), ("film", source)
    made, fault = later.found(key) if is_missing else (None, None)
    if made and moments.made_reel(source) is not None:
        st.rerun()
    asked = moments.part(scenario, moments.asked())
    with st.container(key="part-film"):
        widgets.rest(
            "film",
            question=asked,
            wait_ms=moments.FILM_MS if is_missing and not fault else None,
            on_due=partial(moments.begin_films, source),
            leads=(asked,),
        )
    if fault:
        widgets.notice(words.sentence(fault))


def _player(scenario: Scenario, asked: moments.Asked, found: Changed, colours: Theme) -> None:
    source = moments.base(scenario)
    reel = moments.made_reel(source)
    _await_film(source, is_missing=reel is None)
    stops = moments.stops(scenario, asked)
    at, then = stops.index(moments.at(scenario)), stops.index(moments.then(scenario, asked))
    newer, older = (found.after, found.before) if at >= then else (found.before, found.after)
    beside_film = {
        n: (stop, control.edition(stop.date))
        for n, stop in enumerate(stops)
        if not moments.in_film(stop)
    }
    figures: dict[int, Mapping[Any, Any]] = {
        n: moments.own_figures(*each) for n, each in beside_film.items()
    }
    numbers = {day: n for n, day in enumerate(control.bundled_dates(source))}
    if reel is not None:
        rows = {row["date"]: row for row in reel.series.to_dict("records")}
        figures |= {n: rows[stop.date] for n, stop in enumerate(stops) if n not in beside_film}
    # Last: of a day of the film that was fetched too, the map on screen is the one that counts.
    figures |= {then: timeline.figures(older), at: timeline.figures(newer)}

    name = " ".join(
        [source, *(f"{n} {stop.source} {made}" for n, (stop, made) in beside_film.items())]
    )

    def moved() -> None:
        value = st.session_state[_KEY].get("stop")
        if value:
            st.session_state["time_seen"] = value["n"]
            if value.get("key") == name:
                _move(stops, value)

    _component(current())(
        key=_KEY,
        data={
            "stops": [
                [
                    stop.date.isoformat(),
                    _called(stop),
                    None if n in beside_film else numbers[stop.date],
                    moments.own_frame(*beside_film[n]) if n in beside_film else None,
                ]
                for n, stop in enumerate(stops)
            ],
            "key": name,
            "at": at,
            "then": then,
            "n": st.session_state.get("time_seen", 0),
            "url": reel.url if reel else None,
            "figures": {
                str(n): [row["line_km"], row["held_km2"], 100 * row["kyiv_share"]]
                for n, row in figures.items()
            },
            "passed": {
                side: _figure_and_unit(found.sides["area_km2"].to_dict()[side])
                for side in timeline.SIDES
            },
            "years": _years(stops),
            "shown": moments.shown(scenario, asked),
            "ground": asked.show == moments.GROUND,
            "locale": current(),
            "colours": {side: colours.side(side) for side in words.SIDES} | {"track": colours.rule},
            "texts": _texts(),
        },
        default={"stop": None},
        on_stop_change=moved,
    )


def _texts() -> dict[str, Any]:
    return {
        "date": _("Date"),
        "play": _("Play"),
        "pause": _("Pause"),
        "next": _("Next date"),
        "loading": _("The maps of all dates are being made ready to play …"),
        "failed": _("The maps of all dates could not be loaded: reload the page to try again."),
        "since": {
            "line": _("{change} km since {date}"),
            "held": _("{change} km² since {date}"),
            "share": _("{change} points since {date}"),
        },
        "line": _("Line of contact, {date}"),
        "told": _(
            "{date}: line of contact {line} km, Russian-held {held} km², "
            "Kyiv holds {share} % of Donetsk Oblast."
        ),
        "heads": {
            "line": _("Line of contact"),
            "held": words.sentence(words.HELD["russia"]),
            "share": _("Kyiv-held of Donetsk Oblast"),
            **{side: timeline.passed_to(side) for side in timeline.SIDES},
        },
    }


def _figure_and_unit(area_km2: float) -> tuple[str, str]:
    figure, _space, unit = words.measure("area_km2", area_km2).rpartition(" ")
    return figure, unit


def _years(stops: Sequence[moments.Stop]) -> list[tuple[int, str]]:
    """Number of the first stop of each year, and the year."""
    first: dict[int, int] = {}
    for n, stop in enumerate(stops):
        first.setdefault(stop.date.year, n)
    return [(n, str(year)) for year, n in first.items()]


def _called(stop: moments.Stop) -> str:
    if stop.source in control.SOURCES:
        return words.day(stop.date)
    return f"{words.day(stop.date)} ({control.title_of(stop.source)})"


def _move(stops: Sequence[moments.Stop], value: Mapping[str, Any]) -> None:
    n = value.get("at")
    if isinstance(n, int) and 0 <= n < len(stops):
        question.change(date=stops[n].date, source=stops[n].source)


def _rail(scenario: Scenario, asked: moments.Asked, found: Changed | None) -> None:
    state = st.session_state
    then = moments.then(scenario, asked).date
    state["time-then"] = then
    base = moments.base(scenario)
    st.selectbox(
        _("Set against")
        if scenario.source == base
        else _("Set against {assessor}").format(assessor=control.SOURCES[base]),
        sorted(control.dates(base), reverse=True),
        format_func=newer.named(base),
        key="time-then",
        on_change=_picked,
        args=("then",),
    )
    quick = {"year": _("A year before"), "first": _("The oldest map")}
    if control.is_loaded(scenario.source):
        quick = {"near": _("Nearest date")} | quick
    with st.container(key="time-quick", horizontal=True, gap="xsmall"):
        for key, label in quick.items():
            st.button(label, key=f"time-{key}", on_click=_quick, args=(key,))
    _assessed_by(scenario)
    named = {moments.GROUND: _("Changed ground"), moments.ZONES: _("The zones")}
    state["time-show"] = asked.show
    st.segmented_control(
        _("Between the two, the map shows"),
        list(named),
        format_func=named.__getitem__,
        required=True,
        key="time-show",
        width="stretch",
        on_change=_picked,
        args=("show",),
    )
    widgets.small(_("The zones are those of: {scenario}.").format(scenario=scenario.title()))
    _save(scenario, asked, found)
    reopening.panel("change")


def _assessed_by(scenario: Scenario) -> None:
    """Whose map is set against the other date: a bundled assessor's or one that was loaded."""
    state, own = st.session_state, loaded.maps()
    sources = {**control.SOURCES, **({scenario_page.OWN_MAP: _("Yours")} if own else {})}
    is_own = control.is_loaded(scenario.source)
    state["time-source"] = scenario_page.OWN_MAP if is_own else scenario.source
    if state["time-source"] not in sources:
        state["time-source"] = moments.base(scenario)
    st.segmented_control(
        _("Assessed by"),
        list(sources),
        format_func=sources.__getitem__,
        required=True,
        key="time-source",
        width="stretch",
        on_change=_picked,
        args=("source",),
    )
    if scenario.source not in own:
        return
    named = loaded.names()
    state["time-own"] = scenario.source
    st.selectbox(
        _("Your map"),
        list(own),
        format_func=lambda source: f"{named[source]}, {words.day(own[source].date)}",
        key="time-own",
        on_change=_picked,
        args=("own",),
    )


def _save(scenario: Scenario, asked: moments.Asked, found: Changed | None) -> None:
    saving.panel(_snapshot(scenario, asked, found), asked=moments.part(scenario, asked))
    both = {source: moments.made_reel(source) for source in control.SOURCES}
    ready = all(both.values())
    with st.container(key="time-save"):
        st.download_button(
            _("Series (CSV)"),
            data=partial(
                tables.series_csv,
                {control.SOURCES[name]: reel.series for name, reel in both.items() if reel},
            )
            if ready
            else b"",
            file_name="pullback-atlas_line-through-time.csv",
            mime="text/csv",
            key="time-save-series",
            on_click="ignore",
            disabled=not ready,
            width="stretch",
        )


def _snapshot(scenario: Scenario, asked: moments.Asked, found: Changed | None) -> Snapshot | None:
    """What the map shows: the zones of the two dates, or the ground between them."""
    if found is None:
        return None
    if asked.show == moments.ZONES:
        answers = moments.answers(scenario, asked)
        if isinstance(answers, tuple):
            return Snapshot(answers=answers, address=saving.address())
    try:
        answer = question.answer(scenario)
    except AtlasError:
        return None  # The page says why, above.
    return Snapshot(answers=(answer,), changed=found, address=saving.address())


def _picked(key: str) -> None:
    value = st.session_state[f"time-{key}"]
    st.session_state["time_said"] = []
    if key in ("source", "own"):
        own, scenario = loaded.maps(), question.current()
        if value in control.SOURCES:
            st.session_state["time-base"] = value
        elif value == scenario_page.OWN_MAP and own:
            value = min(own, key=lambda source: abs(own[source].date - scenario.date))
        if value in control.SOURCES or value in own:
            question.change(source=value, date=control.nearest_date(value, scenario.date))
        if value in own:
            st.session_state["time-loaded"] = moments.at(question.current())
    else:
        st.session_state["time"] = dataclasses.replace(moments.asked(), **{key: value})


def _quick(key: str) -> None:
    scenario = question.current()
    base = moments.base(scenario)
    dates = control.dates(base)
    then = dates[0] if key == "first" else timeline.before_of(scenario.date, dates)
    if key == "near":
        then = control.nearest_date(base, scenario.date)
    st.session_state["time"] = dataclasses.replace(moments.asked(), then=then)


@st.cache_resource(show_spinner=False)
def _component(language: str) -> Any:
    figure = (
        '<div data-figure="{0}"><dt>{1}<span></span></dt>'
        "<dd><b></b><span>{2}</span><small></small></dd></div>"
    )
    swatch = '<i style="background:var(--{0})"></i>'
    figures = [figure.format("line", "", _("km")), figure.format("held", "", _("km²"))]
    figures += [figure.format("share", "", "%")]
    figures += [figure.format(side, swatch.format(side), "") for side in timeline.SIDES]
    icons = (
        '<svg class="play" viewBox="0 0 14 14" aria-hidden="true"><path d="M2 0l11 7L2 14Z"/></svg>'
        '<svg class="pause" viewBox="0 0 14 14" aria-hidden="true">'
        '<path d="M1 0h4v14H1ZM9 0h4v14H9Z"/></svg>'
        '<svg class="next" viewBox="0 0 14 14" aria-hidden="true">'
        '<path d="M1 0l8 7-8 7ZM10 0h3v14h-3Z"/></svg>'
    )
    return st.components.v2.component(
        f"pullback_time_{language}",
        html='<div class="player"><div class="bar">'
        f'<button id="play" type="button">{icons}<span></span></button>'
        '<output id="day" for="at"></output><div class="track">'
        '<input id="at" type="range" min="0" step="1"><div id="years" aria-hidden="true"></div>'
        f'</div></div><p id="note"></p><dl class="figures">{"".join(figures)}</dl>'
        '<p id="said" role="status" aria-live="polite"></p></div>',
        css=_HERE.with_suffix(".css").read_text("utf-8"),
        js=_HERE.with_suffix(".js").read_text("utf-8"),
    )


if __name__ == "__main__":
    widgets.through_the_door()
