"""Which nights are asked for, of which weapons: kept in the session and in the address bar."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import InputError
from data.language import _
from events import airforce, chart_rows, charts, counts
from events.chart_rows import TITLES
from geo import scenario, words
from pages import question

FROM_THE_START = "all"
QUICK = {"30 days": "day", "3 months": "day", "1 year": "week", FROM_THE_START: "week"}
"""Id of a range -> what it is counted by: a bar of four years by day is below a pixel."""

QUICK_NAMES = {
    "30 days": _("30 days"),
    "3 months": _("3 months"),
    "1 year": _("1 year"),
    FROM_THE_START: _("All"),
}
"""Id of a range -> its name."""

BY = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
"""What sums are made by -> its name."""

RATE_NIGHTS = counts.MEAN_WINDOWS[0]


@dataclasses.dataclass(frozen=True)
class Asked:
    """What the page shows: dates (included), what sums are made by, weapon classes."""

    since: dt.date
    until: dt.date
    by: str
    classes: tuple[str, ...]

    @property
    def nights(self) -> int:
        """How many dates the range has."""
        return (self.until - self.since).days + 1


def bounds() -> tuple[dt.date, dt.date]:
    """First and last date with a report."""
    return counts.bounds(reports())


def open_link() -> None:
    """Take the range from the address bar at the start, and when the reader goes back."""
    query = st.query_params.to_dict()
    if question.open_link() or "attacks" not in st.session_state:
        st.session_state["attacks"], said = _from_query(query, question.current().date)
        st.session_state["attacks_said"] = [words.sentence(text) for text in said]
        renew_brush()
        renew_dates()


def _from_query(query: Mapping[str, str], newest: dt.date) -> tuple[Asked, list[str]]:
    """What a link asks, and a sentence for each part of it that cannot be used."""
    said = []
    first, last = bounds()
    until = min(max(newest, first), last)
    asked = Asked(_months_before(until, 3, first), until, "day", tuple(TITLES))
    for key, (field, read) in _READERS.items():
        try:
            if key in query:
                asked = dataclasses.replace(asked, **{field: read(query[key])})
        except InputError as fault:
            said.append(_("Left out of the link: {fault}").format(fault=fault))
    for key in ("from", "to"):
        if key in query and _date(query[key]) is None:
            told = _("Left out of the link: {text} is no date; write it as 2025-12-14.")
            said.append(told.format(text=repr(query[key][:40])))
    given = _range(query, asked)
    try:
        counts.check_range(reports(), *given)
        asked = dataclasses.replace(asked, since=given[0], until=given[1])
    except InputError as fault:
        said.append(_("Left out of the link: {fault}").format(fault=fault))
    return asked, list(dict.fromkeys(said))


def _range(query: Mapping[str, str], asked: Asked) -> tuple[dt.date, dt.date]:
    """The dates of a link; an end that it leaves out gives way to the other."""
    since, until = _date(query.get("from")), _date(query.get("to"))
    if since is not None and until is None and since > asked.until:
        until = bounds()[1]
    if until is not None and since is None and until < asked.since:
        since = _months_before(until, 3, bounds()[0])
    return since or asked.since, until or asked.until


def to_query(asked: Asked) -> dict[str, str]:
    """The question as it stands in a link."""
    query = {"from": asked.since.isoformat(), "to": asked.until.isoformat(), "by": asked.by}
    if asked.classes != tuple(TITLES):
        query["classes"] = ",".join(name.replace(" ", "-") for name in asked.classes)
    return query


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None


def _read_by(text: str) -> str:
    if text not in BY:
        told = _("nothing can be counted by {text}; choose {offered}.")
        raise InputError(told.format(text=repr(text[:40]), offered=", ".join(BY)))
    return text


def _read_classes(text: str) -> tuple[str, ...]:
    given = {name.replace("-", " ") for name in text.split(",")}
    strange = sorted(given - TITLES.keys())
    if strange:
        offered = ", ".join(name.replace(" ", "-") for name in TITLES)
        told = _("there is no weapon class {text}; choose among {offered}.")
        raise InputError(told.format(text=repr(strange[0][:40]), offered=offered))
    return tuple(name for name in TITLES if name in given)


_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = MappingProxyType(
    {"by": ("by", _read_by), "classes": ("classes", _read_classes)}
)
"""What a link holds besides dates -> part of the question, and its reader."""


def _changed(asked: Asked, **changes: Any) -> Asked:
    """The question with changes, inside what was reported.

    Raises
    ------
    InputError
        Where the range would end before it begins, or go beyond what was reported.
    """
    new = dataclasses.replace(asked, **changes)
    counts.check_range(reports(), new.since, new.until)
    return new


def _months_before(until: dt.date, months: int, first: dt.date) -> dt.date:
    start = pd.Timestamp(until) - pd.DateOffset(months=months) + pd.Timedelta(days=1)
    return max(first, start.date())


def quick(name: str, asked: Asked) -> Asked:
    """A range by its name, to the same last date."""
    first, _ = bounds()
    asked = dataclasses.replace(asked, by=QUICK[name])
    if name == FROM_THE_START:
        return dataclasses.replace(asked, since=first)
    if name == "30 days":
        since = max(first, asked.until - dt.timedelta(days=29))
    else:
        since = _months_before(asked.until, 3 if name == "3 months" else 12, first)
    return dataclasses.replace(asked, since=since)


def newest(asked: Asked) -> Asked:
    """A range as long, up to the newest reported night."""
    first, last = bounds()
    since = max(first, last - (asked.until - asked.since))
    return dataclasses.replace(asked, since=since, until=last)


def change(**changes: Any) -> None:
    """Take changes over, or say in one sentence why they are refused."""
    st.session_state["attacks_said"] = []
    st.session_state["complaints"] = []
    st.session_state["settled"] = True
    try:
        st.session_state["attacks"] = _changed(st.session_state["attacks"], **changes)
    except InputError as fault:
        st.session_state["attacks_said"] = [words.sentence(fault)]


def renew_brush() -> None:
    """A range that was not brushed leaves no brush on the strip."""
    st.session_state["attacks_brush"] = st.session_state.get("attacks_brush", 0) + 1


def renew_dates() -> None:
    """Pickers that still show the range before are not taken for a choice of the reader's."""
    st.session_state["attacks_dates"] = st.session_state.get("attacks_dates", 0) + 1


@st.cache_resource(show_spinner=False)
def reports() -> pd.DataFrame:
    """The bundled reports; not to be changed."""
    return airforce.load()


@st.cache_data(show_spinner=False, max_entries=64)
def sums(since: dt.date, until: dt.date, by: str, classes: tuple[str, ...]) -> pd.DataFrame:
    return charts.of_classes(counts.sums(reports(), since=since, until=until, by=by), classes)


@st.cache_data(show_spinner=False, max_entries=4)
def means() -> pd.DataFrame:
    """Rolling means by class; their rate is drawn."""
    return counts.rolling(reports(), days=RATE_NIGHTS)


@st.cache_data(show_spinner=False, max_entries=32)
def total_means(classes: tuple[str, ...]) -> dict[int, pd.Series]:
    """Rolling means of what was launched of the weapons shown together."""
    return {
        days: counts.rolling_total(reports(), days=days, classes=classes)
        for days in counts.MEAN_WINDOWS
    }


@st.cache_data(show_spinner=False, max_entries=64)
def beside_before(since: dt.date, until: dt.date, classes: tuple[str, ...]) -> pd.DataFrame:
    return charts.of_classes(counts.compare(reports(), since, until), classes)


def talks(asked: Asked) -> list[chart_rows.Talk]:
    return chart_rows.talks(scenario.presets().values(), asked.since, asked.until)
