"""Below the map: figures against distance, everything inside the zones, how it was computed.

Each part is a fragment of its own that no control reruns: it hears of a new question in the
browser (`pages/rest.js`) and answers it once the reader rests.
"""

from __future__ import annotations

import math
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from data.errors import AtlasError
from data.language import _, current, ngettext
from events import airforce, counts
from geo import control, curve, words
from geo.impact import Impact
from geo.style import Theme
from pages import later, question, speech, widgets

NIGHTS = 30


def show(colours: Theme) -> None:
    """Draw what is below the map."""
    with st.container(key="below"):
        _night()
        _against_distance(colours)
        _inside()
        _account()


@st.fragment
@speech.one_language
def _night() -> None:
    question.catch_up()
    scenario = question.current()
    with st.container(key="part-night"):
        widgets.rest("night", question=scenario.date.isoformat())
        try:
            st.html(_last_night(scenario.date, current()))
        except AtlasError as error:
            widgets.notice(words.sentence(error))


@st.fragment
@speech.one_language
def _against_distance(colours: Theme) -> None:
    """The curves, and in words who gives up what."""
    with st.container(key="part-curve"):
        impact = _answered("curve")
        if impact is None:
            return
        standing = impact.scenario.changed(ukraine_km=0.0, russia_km=0.0)
        name = ("curve", standing.model_dump_json(), control.edition(standing.date))
        found, fault = later.found(name)
        widgets.rest(
            "curve",
            question=impact.scenario.model_dump_json(),
            wait_ms=None if found is not None or fault else later.wait_ms(name),
            on_due=partial(question.work_out, name, partial(question.against_distance, impact)),
        )
        if fault:
            widgets.notice(words.sentence(fault))
            return
        widgets.heading(_("Against distance · {assessor}").format(assessor=impact.control.title))
        with st.container(key="curves"):
            if found is None:
                widgets.pending()
            else:
                widgets.curves(found, impact, colours)
        sentences = []
        if found is not None:
            sentences = words.balance(curve.balance(impact, found), impact.control.title)
        if found is None or sentences:
            with st.container(key="balance"):
                widgets.heading(_("Who gives up what"))
                widgets.paragraph(sentences or ["…"])


@st.fragment
@speech.one_language
def _inside() -> None:
    """What lies inside the zones: by oblast, every settlement, railways."""
    with st.container(key="part-inside"):
        impact = _answered("inside")
        if impact is None:
            return
        widgets.rest("inside", question=impact.scenario.model_dump_json())
        widgets.heading(_("By oblast · {assessor}").format(assessor=impact.control.title))
        if impact.by_oblast.empty:
            widgets.small(_("Nothing lies inside the zones."))
        else:
            widgets.by_oblast(impact.by_oblast)
        rail = words.railways(impact.railways)
        if rail:
            widgets.small(rail)
        for text in impact.warnings:
            widgets.small(words.sentence(text))
        widgets.heading(_("Settlements inside"))
        if impact.settlements.empty:
            widgets.small(_("No settlement of 500 or more residents lies inside the zones."))
        else:
            widgets.settlements(impact.settlements)


@st.fragment
@speech.one_language
def _account() -> None:
    """How the figures came about, and what they rest on."""
    with st.container(key="part-account"):
        impact = _answered("account")
        if impact is None:
            return
        name = question.beside_name(impact.scenario)
        beside, fault = later.found(name)
        widgets.rest(
            "account",
            question=name[1],
            wait_ms=None if beside or fault else later.wait_ms(name),
            on_due=partial(question.work_out, name, partial(question.beside, impact)),
        )
        with st.expander(str(_("How it was computed"))):
            if fault:
                widgets.notice(words.sentence(fault))
            elif beside is None:
                widgets.pending()
            else:
                widgets.account(beside.account)
        widgets.small(words.sources(impact.sources))


def _answered(part: str) -> Impact | None:
    """The answer on screen; where there is none, the part is empty until there is."""
    question.catch_up()
    scenario = question.current()
    try:
        return question.answer(scenario)
    except AtlasError:
        # The page says why, above.
        widgets.rest(part, question=scenario.model_dump_json())
        return None


@st.cache_data(show_spinner=False, max_entries=64)
def _last_night(until: date, language: str) -> str:
    """The last reported night before the chosen date, and the thirty before it, as HTML."""
    reports = airforce.load()
    night = counts.last_night(reports, until=until)
    if night is None:
        return f'<p class="atlas-small">{_("No night was reported up to this date.")}</p>'
    nights = counts.nights(reports, until=night.date, count=NIGHTS)
    top = max(float(nights["launched"].max()), 1.0)
    bars = "".join(_bar(row, top) for row in nights.itertuples())
    figures = [(night.launched, _("drones launched {when}").format(when=night.when))]
    figures.append((night.intercepted, _("intercepted")))
    if night.suppressed:
        figures.append((night.suppressed, _("lost to jamming")))
    hits = night.hit_locations
    figures.append((hits, ngettext("hit location", "hit locations", hits or 0)))
    told = "".join(
        f"<p><b>{words.number(value)}</b>{widgets.escape(what)}</p>"
        for value, what in figures
        if value is not None
    )
    post = (
        f"<a href='{widgets.escape(night.source_url)}' target='_blank' rel='noopener'>"
        f"{_('Ukrainian Air Force')}</a>, {words.day(night.date)}"
    )
    shown = _(
        "Attack drones launched on each of {n} dates, and how many were not intercepted"
    ).format(n=NIGHTS)
    lower = _("bars: {n} nights, the lower part not intercepted").format(n=NIGHTS)
    return (
        f"<div class='atlas-night'><div class='atlas-bars' role='img' "
        f"aria-label='{widgets.escape(shown)}'>{bars}</div>"
        f"<div><div class='atlas-told'>{told}</div>"
        f"<p class='atlas-src'>{post} · {lower}{_ending(until, night.date)}</p></div></div>"
    )


@st.cache_data(show_spinner=False, max_entries=64)
def night_told(until: date, language: str) -> str | None:
    """The last reported night before a date, as a sentence for a printed page."""
    try:
        night = counts.last_night(airforce.load(), until=until)
    except AtlasError:
        return None  # The part of the page that shows the night says why.
    if night is None:
        return None
    told = _("Attack drones launched {when}: {launched}, {intercepted} intercepted; {source}.")
    return str(
        told.format(
            when=night.when,
            launched=words.number(math.nan if night.launched is None else night.launched),
            intercepted=words.number(math.nan if night.intercepted is None else night.intercepted),
            source=_("Ukrainian Air Force"),
        )
    )


def _ending(until: date, newest: date) -> str:
    """That no report is newer, where the chosen date is well past the last one."""
    return f" · {_('no later report is bundled')}" if (until - newest).days > 2 else ""


def _bar(row: Any, top: float) -> str:
    """One night: what got through below, the rest above; a gap where nothing was reported."""
    day = words.day(row.Index)
    if math.isnan(row.launched):
        return f"<i title='{widgets.escape(_('{day}: no figure').format(day=day))}'></i>"
    known = not math.isnan(row.got_through)
    through = row.got_through if known else 0.0
    if known:
        label = _("{day}: {launched} launched, {through} not intercepted").format(
            day=day, launched=words.number(row.launched), through=words.number(through)
        )
    else:
        label = _("{day}: {launched} launched, interceptions not known").format(
            day=day, launched=words.number(row.launched)
        )
    return (
        f"<i title='{widgets.escape(label)}'>"
        f"<b style='height:{44 * (row.launched - through) / top:.1f}px'></b>"
        f"<u style='height:{44 * through / top:.1f}px'></u></i>"
    )
