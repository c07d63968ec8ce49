"""Sums over attack reports. A night belongs to the date on which its period ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from data.errors import InputError
from events import schema

NIGHT_COLUMNS = (
    "launched",
    "intercepted",
    "suppressed",
    "hit_locations",
    "got_through",
    "reports",
)
_MOST_NIGHTS = 10_000
_ABOUT_A_DAY = pd.Timedelta(hours=20)
# A report that begins in these hours and ends on the same date is one on the day.
_HOURS_OF_DAY = range(6, 17)


@dataclass(frozen=True)
class ClassCount:
    """What one report says of one weapon class; None where it says nothing."""

    launched: int | None
    intercepted: int | None
    suppressed: int | None
    models: tuple[str, ...]


@dataclass(frozen=True)
class Night:
    """The newest national report on attack drones, and the missiles reported for the same time.

    ``launched``, ``intercepted`` and ``suppressed`` count attack drones only; ``by_class`` holds
    every class of that time in the order of `events.schema.CLASSES`, attack drones included, and
    the classes are never added to one figure. Since the end of July 2025 the Air Force gives drones
    shot down and lost to electronic warfare as one number: ``suppressed`` is then nought.
    """

    date: dt.date
    period_start: str
    period_end: str
    launched: int | None
    intercepted: int | None
    suppressed: int | None
    hit_locations: int | None
    by_class: Mapping[str, ClassCount]
    launch_places: tuple[str, ...]
    source: str
    other_reports: int

    @property
    def got_through(self) -> int | None:
        """Drones neither intercepted nor suppressed; None where the report does not tell."""
        if self.launched is None or self.intercepted is None:
            return None
        left = self.launched - self.intercepted - (self.suppressed or 0)
        return left if left >= 0 else None

    @property
    def when(self) -> str:
        """The period in words: ``in the night to 14 December 2025``."""
        day = f"{self.date.day} {self.date:%B %Y}"
        if "T" not in self.period_end:
            return f"on {day}"
        start, end = pd.Timestamp(self.period_start), pd.Timestamp(self.period_end)
        if "T" in self.period_start:
            if end - start >= _ABOUT_A_DAY:
                return f"in the {round((end - start) / pd.Timedelta(hours=1))} hours to {day}"
            if start.date() == end.date() and start.hour in _HOURS_OF_DAY:
                return f"by day on {day}"
        return f"in the night to {day}"

    @property
    def source_url(self) -> str:
        """Address of the post."""
        return schema.source_url(self.source)


def national_attack_drones(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of national reports on attack drones, without those that name front-line drones only.

    Lancet, Molniya and their like are reported where they are shot down, never as launched in a
    night, so that a report of two of them would pass for a quiet night.
    """
    rows = frame[(frame["scope"] == schema.NATIONAL) & (frame["class"] == schema.ATTACK_DRONE)]
    front_line = rows["models"].map(
        lambda text: set(schema.items(text)) <= schema.FRONT_LINE_DRONES
    )
    return rows[~front_line.astype(bool)]


def nights(frame: pd.DataFrame, *, until: dt.date, count: int) -> pd.DataFrame:
    """National attack drones by date, for the last ``count`` calendar dates.

    Parameters
    ----------
    frame : DataFrame
        Reports as `events.schema.typed` gives them.
    until : date
        The last date, included.
    count : int
        How many dates, at least 1.

    Returns
    -------
    DataFrame
        One row a date, oldest first, index ``date`` (datetime64); columns `NIGHT_COLUMNS` as
        floats and ``reports`` as a whole number. A date counts every national report whose period
        ends on it, by night and by day. NaN is a gap: no report, or a figure that one of the
        reports leaves out; nought is a report of nought. ``hit_locations`` sums the reports that
        give it, since only they describe hits. ``got_through`` is launched - intercepted -
        suppressed, NaN where a report contradicts itself.

    Raises
    ------
    InputError
        If ``count`` is not between 1 and 10,000.
    """
    if not 1 <= count <= _MOST_NIGHTS:
        raise InputError(f"The number of nights is {count}; it can be 1 to {_MOST_NIGHTS:,}.")
    dates = pd.date_range(end=pd.Timestamp(until), periods=count, freq="D", name="date")
    rows = national_attack_drones(frame)
    rows = rows[rows["date"].isin(dates)]
    counts = rows[["launched", "intercepted", "suppressed", "hit_locations"]].astype("float64")
    # A part would read as the total: where one report of a date is silent, the sum is unknown.
    # Suppressed is blank in reports from before it was given: nothing to subtract.
    left = counts["launched"] - counts["intercepted"] - counts["suppressed"].fillna(0)
    counts["got_through"] = left.where(left >= 0)
    by_date = counts.groupby(rows["date"])
    whole = by_date.sum(skipna=False)
    given = by_date.sum(min_count=1)
    result = whole.assign(suppressed=given["suppressed"], hit_locations=given["hit_locations"])
    result = result.reindex(dates).astype("float64")
    result["reports"] = rows.groupby("date").size().reindex(dates, fill_value=0).astype("int64")
    return result.rename_axis("date")[list(NIGHT_COLUMNS)]


def last_night(frame: pd.DataFrame, *, until: dt.date) -> Night | None:
    """The newest national report on attack drones that ends on or before ``until``.

    Parameters
    ----------
    frame : DataFrame
        Reports as `events.schema.typed` gives them.
    until : date
        The last date, included.

    Returns
    -------
    Night or None
        None where there is no report up to that date. Where a date has a report by night and one
        by day, it is the later one, and ``other_reports`` counts the rest.
    """
    drones = national_attack_drones(frame)
    drones = drones[drones["date"] <= pd.Timestamp(until)]
    if drones.empty:
        return None
    order = pd.DataFrame({"end": schema.ends(drones), "start": schema.begins(drones)})
    newest = drones.loc[order.sort_values(["end", "start"], kind="stable").index[-1]]

    same_day = frame[(frame["scope"] == schema.NATIONAL) & (frame["date"] == newest["date"])]
    start, end = pd.Timestamp(order.loc[newest.name, "start"]), order.loc[newest.name, "end"]
    overlapping = (schema.begins(same_day) < end) & (schema.ends(same_day) > start)
    # A day without a minute would overlap everything: there only the same post counts.
    exact = same_day["period_end"].str.len() > len("2025-12-14")
    belongs = (same_day["source"] == newest["source"]) | (overlapping & exact)
    drone_rows = same_day["class"] == schema.ATTACK_DRONE
    context = same_day[(belongs & ~drone_rows) | (same_day.index == newest.name)]
    return Night(
        date=newest["date"].date(),
        period_start=newest["period_start"],
        period_end=newest["period_end"],
        launched=_number(newest["launched"]),
        intercepted=_number(newest["intercepted"]),
        suppressed=_number(newest["suppressed"]),
        hit_locations=_number(newest["hit_locations"]),
        by_class=_by_class(context),
        launch_places=schema.items(newest["launch_places"]),
        source=newest["source"],
        other_reports=int((drones["date"] == newest["date"]).sum()) - 1,
    )


def _by_class(rows: pd.DataFrame) -> Mapping[str, ClassCount]:
    counts = {}
    for name in sorted(rows["class"].unique(), key=_class_order):
        part = rows[rows["class"] == name]
        suppressed = part["suppressed"].dropna()
        counts[name] = ClassCount(
            launched=_number(part["launched"].sum(skipna=False)),
            intercepted=_number(part["intercepted"].sum(skipna=False)),
            suppressed=_number(suppressed.sum()) if len(suppressed) else None,
            models=tuple(dict.fromkeys(m for text in part["models"] for m in schema.items(text))),
        )
    return MappingProxyType(counts)


def _class_order(name: str) -> list[int]:
    return [schema.CLASSES.index(part) for part in name.split(schema.CLASS_JOINT)]


def _number(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]
