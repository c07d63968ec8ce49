"""The newest control map there is, how old it is, and the button that looks for a newer one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from data import checked, fetch, upstream
from data.errors import AtlasError, InputError
from data.language import _, ngettext, translated
from data.upstream import Upstream
from geo import control, markup, words
from pages import fetching, question, speech, widgets
from pages.fetching import Run

STALE_DAYS = 3
"""Of a newest map that is older, it is said that the line has moved since."""

WATCH_MS = 500
"""How often the browser asks how far it has come."""

_TERMS, _WATCHED, _SAID, _FAULT = "newer-terms", "newer-watched", "newer-said", "newer-fault"


def named(source: str) -> Callable[[dt.date], str]:
    """How a list names the dates of a source: those that were fetched are marked."""

    fetched = set(control.fetched_dates(source))

    def name(day: dt.date) -> str:
        if day in fetched:
            return _("{day} · fetched").format(day=words.day(day))
        return words.day(day)

    return name


@st.fragment
@speech.one_language
def panel(sources: Sequence[str]) -> None:
    """The newest maps of some assessors, and the way to newer ones.

    It is drawn by itself: the page stays as it is, and usable, while something is fetched.
    """
    question.catch_up()
    runs = [run for run in map(fetching.going, sources) if run is not None]
    _watch(runs)
    with st.container(key="part-newer", gap="xsmall"):
        widgets.rest(
            "newer",
            question=question.current().date.isoformat(),
            wait_ms=WATCH_MS if runs else None,
        )
        for source in sources:
            widgets.small(newest(source, name=len(sources) > 1))
        _schedule()
        if not upstream.allowed():
            return
        if fault := st.session_state.pop(_FAULT, None):
            widgets.notice(words.sentence(fault), kind="note")
        asked = _asked()
        if runs:
            _going(runs)
        elif asked:
            _terms(asked)
        else:
            _came(st.session_state.get(_SAID, ()))
            _buttons(sources)


def newest(source: str, *, name: bool = False) -> str:
    """The newest map of an assessor and how old it is, in a sentence."""
    day = control.dates(source)[-1]
    days = max((checked.today() - day).days, 0)
    age = ngettext("{n} day old", "{n} days old", days).format(n=words.number(days))
    fields = {"assessor": control.SOURCES[source], "day": words.day(day)}
    fields["age"] = age if days else _("of today")
    if days > STALE_DAYS:
        if name:
            text = _("Newest by {assessor}: {day}, {age}. The line has moved since.")
        else:
            text = _("Newest: {day}, {age}. The line has moved since.")
    else:
        text = _("Newest by {assessor}: {day}, {age}") if name else _("Newest: {day}, {age}")
    return text.format(**fields)


def _watch(runs: Sequence[Run]) -> None:
    """Have the page drawn anew once what was on its way has come: its lists have a new date."""
    state = st.session_state
    watched: list[Run] = state.get(_WATCHED, [])
    ended = [run for run in watched if run.state.is_done]
    state[_WATCHED] = list(dict.fromkeys([run for run in (*watched, *runs) if run not in ended]))
    if ended:
        state[_SAID] = (*(run for run in state.get(_SAID, ()) if run not in ended), *ended)
        if any(run.state.taken for run in ended):
            st.rerun()


def _schedule() -> None:
    """Begin what the environment wants done now and again; say where it cannot be read."""
    try:
        fetching.keep_up()
    except InputError as fault:
        widgets.notice(words.sentence(fault), kind="note")


def _going(runs: Sequence[Run]) -> None:
    for run in runs:
        day = run.state.day
        text = _("Looking for a newer map by {assessor} …")
        if day is not None:
            text = _("Fetching {assessor}’s map of {day} …")
        fields = {"assessor": control.SOURCES[run.source]}
        widgets.notice(text.format(**fields, day=words.day(day) if day else ""), kind="note")
    st.button(_("Stop"), key="newer-stop", type="tertiary", on_click=_stop, args=(runs,))


def _stop(runs: Sequence[Run]) -> None:
    for run in runs:
        run.stop()


def _came(runs: Sequence[Run]) -> None:
    """What came of it, and what one can do with that."""
    for run in runs:
        state = run.state
        if state.said:
            widgets.notice(" ".join(map(str, state.said)), kind="note")
        if state.unconfirmed:
            st.button(
                _("Take it all the same"),
                key=f"newer-confirm-{run.source}",
                type="tertiary",
                on_click=_begin,
                args=([(run.source, state.unconfirmed)],),
                kwargs={"confirm_area": True},
            )
        if state.taken and (run.source, state.taken) != _on_screen():
            st.button(
                _("Show {day}").format(day=words.day(state.taken)),
                key=f"newer-show-{run.source}",
                type="tertiary",
                on_click=_show,
                args=(run.source, state.taken),
            )


def _buttons(sources: Sequence[str]) -> None:
    wanted: tuple[str, dt.date] | None = st.session_state.get("wanted")
    if wanted and control.can_be_fetched(wanted[1], wanted[0]):
        st.button(
            _("Fetch {day}").format(day=words.day(wanted[1])),
            key="newer-wanted",
            type="tertiary",
            on_click=_begin,
            args=([wanted],),
        )
    st.button(
        _("Look for newer"),
        key="newer-look",
        type="tertiary",
        on_click=_begin,
        args=([(source, None) for source in sources],),
    )


def _begin(days: Sequence[tuple[str, dt.date | None]], **options: Any) -> None:
    """Begin to fetch, or show whose terms have to be read first."""
    state = st.session_state
    state[_SAID] = ()
    if not all(fetch.accepted(source) for source, _day in days):
        state[_TERMS] = days
        return
    state[_WATCHED] = [fetching.begin(source, day, **options) for source, day in days]


def _asked() -> list[tuple[str, dt.date | None]]:
    """What the reader wants fetched whose terms were not accepted yet."""
    asked: list[tuple[str, dt.date | None]] = st.session_state.get(_TERMS, [])
    return asked


def _terms(days: Sequence[tuple[str, dt.date | None]]) -> None:
    """Whose terms apply, before anything is fetched."""
    for source, _day in days:
        if not fetch.accepted(source):
            st.html(terms(upstream.upstream(source)))
    with st.container(key="newer-agree", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(_("Agree and fetch"), key="newer-accept", on_click=_accept, args=(days,))
        st.button(_("Not now"), key="newer-leave", type="tertiary", on_click=_leave)


def terms(source: Upstream) -> str:
    """Whose data it is, under what terms and from where, as HTML."""
    rows = (
        (_("Source"), translated(source.attribution)),
        (_("Licence"), translated(source.licence)),
        (_("Terms"), translated(source.terms)),
        (_("Fetched from"), ", ".join(source.hosts)),
    )
    told = "".join(f"<dt>{markup.escape(head)}</dt><dd>{markup.escape(t)}</dd>" for head, t in rows)
    title = markup.linked(translated(source.title), source.page)
    return f'<div class="atlas-terms"><p>{title}</p><dl>{told}</dl></div>'


def _accept(days: Sequence[tuple[str, dt.date | None]]) -> None:
    st.session_state[_TERMS] = []
    try:
        for source, _day in days:
            fetch.accept(source)
    except AtlasError as fault:
        st.session_state[_FAULT] = fault
        return
    _begin(days)


def _leave() -> None:
    st.session_state[_TERMS] = []


def _on_screen() -> tuple[str, dt.date]:
    scenario = question.current()
    return scenario.source, scenario.date


def _show(source: str, day: dt.date) -> None:
    st.session_state.update({_SAID: (), "settled": True})
    if question.both() and question.current().source in control.SOURCES:
        question.change(date=day)
    else:
        question.change(date=day, source=source)
