"""What the charts of attack reports draw, as rows: bars, lines, marks, and what is said of each."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.language import _, translated
from events import schema
from geo import words
from geo.scenario import Preset

TITLES = {
    schema.ATTACK_DRONE: _("Attack drones"),
    schema.CRUISE_MISSILE: _("Cruise missiles"),
    schema.BALLISTIC_MISSILE: _("Ballistic missiles"),
    schema.RECONNAISSANCE_DRONE: _("Reconnaissance drones"),
    schema.OTHER: _("Other weapons"),
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

UNKNOWN = "fate unknown"
"""Stands for the part of a bar of which no report says what became of it."""

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

    ``number`` counts them from 1; ``date`` is where the mark stands, ``when`` the date in English
    words as it is known, ``what`` says who put forward what.
    """

    number: int
    date: dt.date
    when: str
    what: tuple[str, ...]

    @property
    def label(self) -> str:
        """The date as short as it is known: ``14 Dec``, ``May 2025``."""
        is_day = re.search(rf"\b{self.date.day}\b", self.when)
        return words.short_day(self.date) if is_day else words.short_month(self.date)


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
            tuple(
                _("{who}: {titles}").format(
                    who=translated(who),
                    titles=words.listed(map(translated, titles), between="; "),
                )
                for who, titles in _by_whom(same).items()
            ),
        )
        for number, (date, same) in enumerate(by_date.items(), start=1)
    ]


def title(name: str) -> str:
    """A weapon class as a heading; several reported as one figure say so."""
    first, *rest = (TITLES[part] for part in name.split(schema.CLASS_JOINT))
    return words.listed([first, *map(words.lower, rest)], between=" + ")


def order(name: str) -> tuple[int, ...]:
    """Classes in the order of `TITLES`, after them what several share."""
    parts = name.split(schema.CLASS_JOINT)
    return len(parts), *(list(TITLES).index(part) for part in parts)


def stopped(rate: float) -> str:
    """A rate in words: ``82 % stopped or lost``, by fire, by jamming or on its way."""
    return _("{rate} % stopped or lost").format(rate=words.number(100 * rate))


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
    for _start, rows in itertools.groupby(records, key=lambda row: row["from"]):
        by_class = {row["class"]: row for row in rows}
        yield next(iter(by_class.values())), by_class


def bars(sums: pd.DataFrame) -> list[Row]:
    """Of each class the part that got through, on it what was stopped, on that what is not known.

    The classes stand on one another.
    """
    air = 0.12 if sums["from"].nunique() <= _FEW_BARS else 0.0
    drawn = []
    for first, rows in _periods(sums):
        foot = 0
        span = _span(first, air=air)
        for name, row in rows.items():
            if not row["launched"] > 0:
                continue
            through, known_ = (_whole(row[key]) for key in ("got_through", "rate_rests_on"))
            steps = (foot, foot + through, foot + known_, foot + int(row["launched"]))
            for fill, (low, high) in zip(
                (THROUGH, name, UNKNOWN), itertools.pairwise(steps), strict=True
            ):
                if high > low:
                    drawn.append(span | {"y0": low, "y1": high, "fill": fill})
            foot = steps[-1]
    return drawn


def _whole(value: float) -> int:
    return int(value) if value > 0 else 0


def unknown(sums: pd.DataFrame) -> int:
    """How many launched weapons' fate is not known."""
    return int((sums["launched"] - sums["rate_rests_on"].fillna(0)).sum())


def is_part(first: Mapping[Any, Any], by: str) -> bool:
    """Whether a row of sums is on a part of a week or month only."""
    start, end = (pd.Timestamp(first[key]) for key in ("from", "to"))
    if by == "week":
        return bool(start.weekday() != 0 or end.weekday() != 6)
    return by == "month" and not (start.is_month_start and end.is_month_end)


def hovers(sums: pd.DataFrame, by: str) -> list[Row]:
    """What the pointer reads: a row a period, a column a class."""
    shown = classes_with_figures(sums)
    told = []
    for first, rows in _periods(sums):
        figures = {f"c{i}": str(_figures_told(rows.get(name))) for i, name in enumerate(shown)}
        told.append(_span(first) | {"when": str(_when(first, by))} | figures)
    return told


def _when(first: Row, by: str) -> str:
    """A period in words, and whether all of it was reported."""
    when = words.day(first["from"].date())
    if first["from"] != first["to"]:
        when = _("{first} to {last}").format(first=when, last=words.day(first["to"].date()))
    if is_part(first, by):
        part = _("{period}, part of the week")
        when = (part if by == "week" else _("{period}, part of the month")).format(period=when)
    if first["days_reported"] == 0:
        return _("{period}: no report").format(period=when)
    if first["days_reported"] < first["days"]:
        return _("{period} ({n} of {all} dates reported)").format(
            period=when, n=first["days_reported"], all=first["days"]
        )
    return when


def classes_with_figures(sums: pd.DataFrame) -> list[str]:
    """Classes of which anything was reported as launched."""
    return sorted(set(sums.loc[sums["launched"].notna(), "class"]), key=order)


def _figures_told(row: Mapping[str, Any] | None) -> str:
    if row is None or pd.isna(row["launched"]):
        return "–"
    launched, through = words.number(row["launched"]), words.number(row["got_through"])
    if pd.isna(row["got_through"]):
        return _("{n} launched, interceptions not known").format(n=launched)
    told = _("{n} launched, {through} got through")
    if row["rate_rests_on"] < row["launched"]:
        told = _("{n} launched, of {known} whose fate is known, {through} got through")
    text = told.format(n=launched, through=through, known=words.number(row["rate_rests_on"]))
    if pd.isna(row["rate"]):
        return text
    return _("{figures} ({rate})").format(figures=text, rate=stopped(row["rate"]))


def gaps(sums: pd.DataFrame) -> list[Row]:
    """Stretches of time without any national report."""
    rows: list[Row] = []
    for first, _by_class in _periods(sums):
        if first["days_reported"]:
            continue
        span = _span(first)
        if rows and rows[-1]["end"] == span["start"]:
            rows[-1]["end"] = span["end"]
        else:
            rows.append(span)
    return rows


def mean_lines(means: Mapping[int, pd.Series], first: pd.Timestamp, end: pd.Timestamp) -> list[Row]:
    """Means per night over so many nights, at noon; None breaks the line."""
    return [
        {"start": ms(date) + DAY_MS // 2, "value": known(value), "nights": nights}
        for nights, values in means.items()
        for date, value in values[(values.index >= first) & (values.index < end)].items()
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
    table = table[table["class"].isin(rated(sums, by))]
    return [
        {
            "start": row["start"],
            "class": row["class"],
            "value": known(row["rate"]),
        }
        for row in table.to_dict("records")
    ]


def rated(sums: pd.DataFrame, by: str) -> list[str]:
    """The classes whose rate is drawn as a line."""
    shown = [name for name in RATED if name in set(sums["class"])]
    if by != "day" or sums["from"].nunique() > _MANY_BARS:
        return shown[:1]  # Several that jump between none and all would hide one another.
    return shown


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


def cell(date: pd.Timestamp, years: Sequence[int], *, inset: float) -> Row:
    """Where a date stands on the calendar; ``inset`` leaves so much of its cell free all around."""
    column, row = week(date.date()), years.index(date.year) * 8 + date.weekday()
    return {
        "week": column + inset,
        "week_end": column + 1 - inset,
        "y": row + inset,
        "y_end": row + 1 - inset,
    }


def night_told(row: Mapping[Hashable, Any]) -> str:
    """What is said of a night on the calendar."""
    launched, through = words.number(row["launched"]), row["got_through"]
    if pd.isna(row["launched"]):
        text = _("launched not known")
    elif pd.isna(through):
        text = _("{n} launched").format(n=launched)
    else:
        text = _("{n} launched, {through} got through").format(
            n=launched, through=words.number(through)
        )
    return words.listed([text, row["note"]], between="; ") if row["note"] else text


def night_note(own: Sequence[Row]) -> str:
    """What a night's sum leaves open: ``own`` are the rows of `events.counts.sums` of one date."""
    uncounted: list[Row] = []
    unclear: list[Row] = []
    clear: list[Row] = []
    is_silent = False
    for row in own:
        is_listed = row["class"] == schema.RECONNAISSANCE_DRONE
        if row["launched"] >= 0:
            if not row["reports"]:
                continue
            (clear if row["rate_rests_on"] == row["launched"] else unclear).append(row)
        elif not is_listed and row["reports"]:
            uncounted.append(row)
        elif not is_listed and not row["together"] > 0:
            is_silent = True
    parts = []
    if uncounted:
        told = _("no report says how many {classes} were launched")
        parts.append(told.format(classes=_names(uncounted)))
    if unclear:
        rests_on, through = (sum(row[key] for row in clear) for key in ("launched", "got_through"))
        told = _("how many {classes} got through is not known")
        if rests_on:
            told = _(
                "how many {classes} got through is not known, of the other {n} it is {through}"
            )
        parts.append(
            told.format(
                classes=_names(unclear), n=words.number(rests_on), through=words.number(through)
            )
        )
    if is_silent:
        parts.append(_("no report covers the night, so that other weapons are not known"))
    return words.listed(parts, between="; ")


def listed_only(own: pd.DataFrame) -> pd.Series:
    """Whether a row tells what was shot down of a class whose launches nobody reports."""
    return (own["class"] == schema.RECONNAISSANCE_DRONE) & own["launched"].isna()


def _names(own: Iterable[Row]) -> str:
    return words.listed([words.lower(title(row["class"])) for row in own], between=_(" and "))


def _by_whom(proposals: Iterable[Preset]) -> dict[str, list[str]]:
    titles: dict[str, list[str]] = {}
    for proposal in proposals:
        titles.setdefault(proposal.put_forward_by, []).append(proposal.title)
    return titles


def _shortest(texts: Iterable[str]) -> str:
    return min(texts, key=len)
