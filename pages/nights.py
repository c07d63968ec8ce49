"""Which nights are asked for, of which weapons: kept in the session and in the address bar."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import InputError
from events import airforce, chart_rows, charts, counts
from events.chart_rows import TITLES
from geo import scenario, words
from pages import question

QUICK = {"30 days": "day", "3 months": "day", "1 year": "week", "All": "week"}
"""Range by its name -> what it is counted by: a bar of four years by day is below a pixel."""

BY = {"day": "Day", "week": "Week", "month": "Month"}
MEAN_NIGHTS = 7


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
    dates = reports()["date"]
    return dates.min().date(), dates.max().date()


def open_link() -> None:
    """Take the range from the address bar at the start, and when the reader goes back."""
    query = st.query_params.to_dict()
    known = "attacks" in st.session_state and (not query or query == st.session_state.get("link"))
    question.open_link()
    if not known:
        st.session_state["attacks"], said = _from_query(query, question.current().date)
        st.session_state["attacks_said"] = [question.sentence(text) for text in said]
        renew_brush()


def _from_query(query: Mapping[str, str], newest: dt.date) -> tuple[Asked, list[str]]:
    """What a link asks, and a sentence for each part of it that cannot be used."""
    said = []
    first, last = bounds()
    until = min(max(newest, first), last)
    asked = Asked(_months_before(until, 3, first), until, "day", tuple(TITLES))
    readers = {"to": ("until", _read_date), "from": ("since", _read_date), "by": ("by", _read_by)}
    for key, (field, read) in readers.items():
        try:
            if key in query:
                asked = _changed(asked, **{field: read(query[key])})
        except InputError as fault:
            said.append(f"Left out of the link: {fault}")
    if query.keys() >= {"from", "to"} and query["from"] > query["to"]:
        said.append("The link's range ended before it began; it begins where the link says.")
    try:
        if "classes" in query:
            asked = dataclasses.replace(asked, classes=_read_classes(query["classes"]))
    except InputError as fault:
        said.append(f"Left out of the link: {fault}")
    return asked, said


def to_query(asked: Asked) -> dict[str, str]:
    """The question as it stands in a link."""
    query = {"from": asked.since.isoformat(), "to": asked.until.isoformat(), "by": asked.by}
    if asked.classes != tuple(TITLES):
        query["classes"] = ",".join(name.replace(" ", "-") for name in asked.classes)
    return query


def _read_date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as fault:
        raise InputError(f"{text[:40]!r} is no date; write it as 2025-12-14.") from fault


def _read_by(text: str) -> str:
    if text not in BY:
        raise InputError(f"nothing can be counted by {text[:40]!r}; choose {', '.join(BY)}.")
    return text


def _read_classes(text: str) -> tuple[str, ...]:
    given = {name.replace("-", " ") for name in text.split(",")}
    strange = sorted(given - TITLES.keys())
    if strange:
        offered = ", ".join(name.replace(" ", "-") for name in TITLES)
        raise InputError(f"there is no weapon class {strange[0][:40]!r}; choose among {offered}.")
    return tuple(name for name in TITLES if name in given)


def _changed(asked: Asked, **changes: Any) -> Asked:
    """The question with changes, inside what was reported.

    Raises
    ------
    InputError
        Where the range would be empty or outside what was reported.
    """
    new = dataclasses.replace(asked, **changes)
    first, last = bounds()
    if not first <= new.since <= last or not first <= new.until <= last:
        raise InputError(
            f"reports are bundled from {words.day(first)} to {words.day(last)}; choose dates "
            "between them."
        )
    if new.since > new.until:
        # One end was moved past the other: that end is meant.
        if "since" in changes and "until" not in changes:
            return dataclasses.replace(new, until=min(last, new.since + _length(asked)))
        if "until" in changes and "since" not in changes:
            return dataclasses.replace(new, since=max(first, new.until - _length(asked)))
        raise InputError("the range ends before it begins.")
    return new


def _length(asked: Asked) -> dt.timedelta:
    return asked.until - asked.since


def _months_before(until: dt.date, months: int, first: dt.date) -> dt.date:
    start = pd.Timestamp(until) - pd.DateOffset(months=months) + pd.Timedelta(days=1)
    return max(first, start.date())


def quick(name: str, asked: Asked) -> Asked:
    """A range by its name, to the same last date."""
    first, last = bounds()
    asked = dataclasses.replace(asked, by=QUICK[name])
    if name == "All":
        return dataclasses.replace(asked, since=first, until=last)
    if name == "30 days":
        since = max(first, asked.until - dt.timedelta(days=29))
    else:
        since = _months_before(asked.until, 3 if name == "3 months" else 12, first)
    return dataclasses.replace(asked, since=since)


def change(**changes: Any) -> None:
    """Take changes over, or say in one sentence why they are refused."""
    st.session_state["attacks_said"] = []
    st.session_state["complaints"] = []
    st.session_state["settled"] = True
    try:
        st.session_state["attacks"] = _changed(st.session_state["attacks"], **changes)
    except InputError as fault:
        st.session_state["attacks_said"] = [question.sentence(fault)]


def renew_brush() -> None:
    """A range that was not brushed leaves no brush on the strip."""
    st.session_state["attacks_brush"] = st.session_state.get("attacks_brush", 0) + 1


@st.cache_resource(show_spinner=False)
def reports() -> pd.DataFrame:
    """The bundled reports; not to be changed."""
    return airforce.load()


@st.cache_data(show_spinner=False, max_entries=64)
def sums(since: dt.date, until: dt.date, by: str, classes: tuple[str, ...]) -> pd.DataFrame:
    return charts.of_classes(counts.sums(reports(), since=since, until=until, by=by), classes)


@st.cache_data(show_spinner=False, max_entries=4)
def means() -> pd.DataFrame:
    return counts.rolling(reports(), days=MEAN_NIGHTS)


@st.cache_data(show_spinner=False, max_entries=64)
def beside_before(since: dt.date, until: dt.date, classes: tuple[str, ...]) -> pd.DataFrame:
    return charts.of_classes(counts.compare(reports(), since, until), classes)


def talks(asked: Asked) -> list[chart_rows.Talk]:
    return chart_rows.talks(scenario.presets().values(), asked.since, asked.until)
