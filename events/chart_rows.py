"""What the charts of attack reports draw, as rows: bars, lines, marks, and what is said of each."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from events import schema
from geo import words
from geo.scenario import Preset

TITLES = {
    schema.ATTACK_DRONE: "Attack drones",
    schema.CRUISE_MISSILE: "Cruise missiles",
    schema.BALLISTIC_MISSILE: "Ballistic missiles",
    schema.RECONNAISSANCE_DRONE: "Reconnaissance drones",
    schema.OTHER: "Other weapons",
}
"""Weapon class -> its name, in the order in which they are shown."""

# Lines of the rate differ by dash as well.
RATED = {
    schema.ATTACK_DRONE: [1, 0],
    schema.CRUISE_MISSILE: [7, 3],
    schema.BALLISTIC_MISSILE: [2, 3],
}
"""Weapon class whose rate is drawn -> dash of its line."""

THROUGH = "got through"
"""Stands for the part of a bar that got through."""

LABEL_ROW_PX = 13
DAY_MS = 86_400_000

Row = dict[str, Any]

# Bars this many or fewer have a little air between them.
_FEW_BARS = 120
_MANY_BARS = 400
# Labels of dates nearer to each other than this share of the range go below one another.
_APART = 0.075
_NEAR_THE_END = 0.93


@dataclass(frozen=True)
class Talk:
    """A date on which something was proposed or talked about.

    ``number`` counts them from 1; ``date`` is where the mark stands, ``when`` the date in words as
    it is known, ``what`` says who put forward what.
    """

    number: int
    date: dt.date
    when: str
    what: tuple[str, ...]

    @property
    def label(self) -> str:
        """The date as short as it is known: ``14 Dec``, ``May 2025``."""
        is_day = re.search(rf"\b{self.date.day}\b", self.when)
        return f"{self.date.day} {self.date:%b}" if is_day else f"{self.date:%b %Y}"


def talks(proposals: Iterable[Preset], since: dt.date, until: dt.date) -> list[Talk]:
    """Proposals of a range, those of the same day together, oldest first."""
    by_date: dict[dt.date, list[Preset]] = {}
    for proposal in sorted(proposals, key=lambda one: one.date):
        if since <= proposal.date <= until:
            by_date.setdefault(proposal.date, []).append(proposal)
    return [
        Talk(
            number,
            date,
            _shortest(proposal.date_text for proposal in same),
            tuple(f"{who}: {'; '.join(titles)}" for who, titles in _by_whom(same).items()),
        )
        for number, (date, same) in enumerate(by_date.items(), start=1)
    ]


def title(name: str) -> str:
    """A weapon class as a heading; several reported as one figure say so."""
    parts = name.split(schema.CLASS_JOINT)
    if len(parts) == 1:
        return TITLES[name]
    first, *rest = (TITLES[part] for part in parts)
    return " + ".join([first, *(text[:1].lower() + text[1:] for text in rest)])


def order(name: str) -> tuple[int, ...]:
    """Classes in the order of `TITLES`, after them what several share."""
    parts = name.split(schema.CLASS_JOINT)
    return len(parts), *(list(TITLES).index(part) for part in parts)


def stopped(rate: float) -> str:
    """A rate in words: ``82 % stopped``, by fire or by jamming."""
    return f"{100 * rate:.0f} % stopped"


def ms(moment: Any) -> int:
    """A date as Vega has it: milliseconds, midnight in UTC."""
    return int(pd.Timestamp(moment).timestamp() * 1000)


def known(value: float) -> float | None:
    """A figure as Vega has it: none for what is not known."""
    return None if pd.isna(value) else round(float(value), 3)


def _span(row: Mapping[str, Any], *, air: float = 0.0) -> Row:
    """Where a period lies in time."""
    start, end = ms(row["from"]), ms(row["to"]) + DAY_MS
    return {"start": start + int(air * (end - start)), "end": end - int(air * (end - start))}


def _periods(sums: pd.DataFrame) -> Iterator[tuple[Row, dict[str, Row]]]:
    """The first row of each period, and its rows by class in the order of `order`."""
    place = {name: order(name) for name in sums["class"].unique()}
    records: list[Row] = [
        dict(zip(sums.columns, row, strict=True)) for row in sums.itertuples(index=False)
    ]
    records.sort(key=lambda row: (row["from"], place[row["class"]]))
    for _, rows in itertools.groupby(records, key=lambda row: row["from"]):
        by_class = {row["class"]: row for row in rows}
        yield next(iter(by_class.values())), by_class


def bars(sums: pd.DataFrame) -> list[Row]:
    """Of each class the part that got through and, on it, the rest; the classes on one another."""
    air = 0.12 if sums["from"].nunique() <= _FEW_BARS else 0.0
    drawn = []
    for first, rows in _periods(sums):
        foot = 0
        span = _span(first, air=air)
        for name, row in rows.items():
            if not row["launched"] > 0:
                continue
            through = int(row["got_through"]) if row["got_through"] > 0 else 0
            top = foot + int(row["launched"])
            for fill, low, high in ((THROUGH, foot, foot + through), (name, foot + through, top)):
                if high > low:
                    drawn.append(span | {"y0": low, "y1": high, "fill": fill})
            foot = top
    return drawn


def hovers(sums: pd.DataFrame) -> list[Row]:
    """What the pointer reads: a row a period, a column a class."""
    shown = classes_with_figures(sums)
    told = []
    for first, rows in _periods(sums):
        when = words.day(first["from"].date())
        if first["from"] != first["to"]:
            when += f" to {words.day(first['to'].date())}"
        if first["days_reported"] == 0:
            when += ": no report"
        elif first["days_reported"] < first["days"]:
            when += f" ({first['days_reported']} of {first['days']} dates reported)"
        figures = {f"c{i}": _figures_told(rows.get(name)) for i, name in enumerate(shown)}
        told.append(_span(first) | {"when": when} | figures)
    return told


def classes_with_figures(sums: pd.DataFrame) -> list[str]:
    """Classes of which anything was reported as launched."""
    return sorted(set(sums.loc[sums["launched"].notna(), "class"]), key=order)


def _figures_told(row: Mapping[str, Any] | None) -> str:
    if row is None or pd.isna(row["launched"]):
        return "–"
    text = f"{words.number(row['launched'])} launched"
    if pd.isna(row["got_through"]):
        return f"{text}, interceptions not known"
    text += f", {words.number(row['got_through'])} got through"
    return text if pd.isna(row["rate"]) else f"{text} ({stopped(row['rate'])})"


def gaps(sums: pd.DataFrame) -> list[Row]:
    """Stretches of time without any national report."""
    rows: list[Row] = []
    for first, _ in _periods(sums):
        if first["days_reported"]:
            continue
        span = _span(first)
        if rows and rows[-1]["end"] == span["start"]:
            rows[-1]["end"] = span["end"]
        else:
            rows.append(span)
    return rows


def mean_lines(means: pd.DataFrame, first: pd.Timestamp, end: pd.Timestamp) -> list[Row]:
    """Means per night of the classes together, at noon; None breaks the line."""
    within = means[(means["date"] >= first) & (means["date"] < end)]
    # Where a class is not known, the mean of the others would read as one of all of them.
    values = within.groupby("date")["launched"].sum(skipna=False)
    return [
        {"start": ms(date) + DAY_MS // 2, "value": known(value)} for date, value in values.items()
    ]


def rates(sums: pd.DataFrame) -> list[Row]:
    """The rate of each period and class, a dot each."""
    if sums["from"].nunique() > _MANY_BARS:
        return []  # So many dots would hide the lines.
    rows = sums[sums["class"].isin(RATED) & sums["rate"].notna()]
    return [
        {
            "start": (ms(row["from"]) + ms(row["to"]) + DAY_MS) / 2,
            "class": row["class"],
            "value": round(float(row["rate"]), 3),
        }
        for row in rows.to_dict("records")
    ]


def rate_lines(sums: pd.DataFrame, means: pd.DataFrame, by: str) -> list[Row]:
    """The rate over 7 days, or of each week or month; of many periods of the first class alone."""
    if by == "day":
        first, last = sums["from"].min(), sums["to"].max()
        table = means[means["date"].between(first, last)]
        moments = table["date"].map(ms) + DAY_MS // 2
    else:
        table = sums
        moments = (table["from"].map(ms) + table["to"].map(ms) + DAY_MS) / 2
    table = table.assign(start=moments)
    drawn = [name for name in RATED if name in set(table["class"])]
    if by != "day" or sums["from"].nunique() > _MANY_BARS:
        drawn = drawn[:1]  # Several that jump between none and all would hide one another.
    table = table[table["class"].isin(drawn)]
    return [
        {
            "start": row["start"],
            "class": row["class"],
            "value": known(row["rate"]),
        }
        for row in table.to_dict("records")
    ]


def labels(marks: Sequence[Talk], domain: Sequence[int]) -> list[Row]:
    """Marks with the row in which each label has room."""
    start, end = domain
    taken: list[float] = []
    rows = []
    for mark in marks:
        at = (ms(mark.date) + DAY_MS / 2 - start) / (end - start)
        free = [row for row, last in enumerate(taken) if at - last > _APART]
        row = free[0] if free else len(taken)
        taken[row : row + 1] = [at]
        rows.append(
            {
                "start": ms(mark.date) + DAY_MS // 2,
                "label": f"{mark.number} · {mark.label}",
                "row": row,
                "y": row * LABEL_ROW_PX,
                "at_end": at > _NEAR_THE_END,
            }
        )
    return rows


def week(date: dt.date) -> int:
    """Column of a date in its year's block; weeks begin on Monday."""
    new_year = dt.date(date.year, 1, 1)
    return ((date - new_year).days + new_year.weekday()) // 7


def cell(date: pd.Timestamp, years: Sequence[int]) -> Row:
    """Where a date stands on the calendar."""
    column, row = week(date.date()), years.index(date.year) * 8 + date.weekday()
    return {"week": column, "week_end": column + 1, "y": row, "y_end": row + 1}


def night_told(row: Mapping[Hashable, Any]) -> str:
    """What is said of a night on the calendar."""
    if pd.isna(row["launched"]):
        return "none reported"
    text = f"{words.number(row['launched'])} launched"
    through = row["got_through"]
    return text if pd.isna(through) else f"{text}, {words.number(through)} got through"


def _by_whom(proposals: Iterable[Preset]) -> dict[str, list[str]]:
    titles: dict[str, list[str]] = {}
    for proposal in proposals:
        titles.setdefault(proposal.put_forward_by, []).append(proposal.title)
    return titles


def _shortest(texts: Iterable[str]) -> str:
    return min(texts, key=len)
