"""Sums over attack reports. A night belongs to the date on which its period ends.

Only national reports are counted: a regional command's report of the same night is part of the
national total, or of another kind. A figure of a date is the sum of its reports, unknown (NaN) as
soon as one of them leaves it out, since a part would read as the total; a figure of a longer period
is the sum over its dates whose figure is known, and says how many these are. A date without a
report is a gap and never nought; nought of a class is a date with a report on the hours of the
night that does not name it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from data import catalog
from data.delimited import guarded
from data.errors import InputError
from events import schema
from events.statements import Statement

PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}
"""What sums are made by; a week is that of ISO 8601, Monday to Sunday."""

NIGHT_RULE = "A night belongs to the date on which it ends."
WEEK_RULE = "A week runs from Monday to Sunday."
GOT_THROUGH_RULE = (
    "Got through is launched less intercepted less suppressed, so that it also holds what was "
    "still in the air when the report was written."
)
DECOY_RULE = (
    "Attack drones include decoys and imitators; only on some nights do the reports say how many "
    "were Shaheds."
)
MERGED_SINCE = dt.date(2025, 7, 24)
MERGED_RULE = (
    "From 24 July 2025 on the reports give drones shot down and drones lost to electronic warfare "
    "as one number, intercepted: a suppressed of 0 then means not given apart."
)

MEAN_WINDOWS = (7, 30)
"""Over how many nights `to_dict` and the page give means."""

MEASURES = ("launched", "intercepted", "suppressed", "got_through", "hit_locations")
SUM_COLUMNS = (
    "from",
    "to",
    "class",
    *MEASURES,
    "rate",
    "rate_rests_on",
    "reports",
    "days",
    "days_reported",
    "days_known",
    "days_with_hit_locations",
    "together",
)

NIGHT_COLUMNS = (
    "launched",
    "intercepted",
    "suppressed",
    "hit_locations",
    "got_through",
    "reports",
)
_MOST_NIGHTS = 10_000
_MOST_ROLLING_DAYS = 366
_ABOUT_A_DAY = pd.Timedelta(hours=20)
# A report that begins in these hours and ends on the same date is one on the day.
_HOURS_OF_DAY = range(6, 17)
# A report from before the first to after the second hour of a date is one on its night.
_NIGHT_HOURS = (2, 5)


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


def national(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are counted: national ones, without those on front-line drones only."""
    rows = frame[frame["scope"] == schema.NATIONAL]
    front_line = rows["models"].map(lambda text: _all_in(text, schema.FRONT_LINE_DRONES))
    return rows[~(front_line.astype(bool) & (rows["class"] == schema.ATTACK_DRONE))]


def national_attack_drones(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of national reports on attack drones, without those that name front-line drones only.

    Lancet, Molniya and their like are reported where they are shot down, never as launched in a
    night, so that a report of two of them would pass for a quiet night.
    """
    rows = national(frame)
    return rows[rows["class"] == schema.ATTACK_DRONE]


def sums(table: pd.DataFrame, *, since: dt.date, until: dt.date, by: str = "day") -> pd.DataFrame:
    """Sums of the national reports by period and weapon class.

    Parameters
    ----------
    table : DataFrame
        Reports as `events.schema.typed` gives them.
    since, until : date
        First and last date, included. A night belongs to the date on which it ends.
    by : str
        ``day``, ``week`` (Monday to Sunday) or ``month``. A period that the range cuts is counted
        from ``since``, or to ``until``.

    Returns
    -------
    DataFrame
        A row for every period and every class reported in the range, attack drones always, in
        order of time and of `events.schema.CLASSES`; columns `SUM_COLUMNS`. ``from`` and ``to``
        (datetime64) are the first and last date counted. The measures are floats, NaN where no
        report gives them. ``got_through`` is launched - intercepted - suppressed where both of the
        first are known and do not contradict each other; ``rate`` is the share that did not get
        through of the launched of just these dates, which are ``rate_rests_on``. ``days`` is the
        length of the period, ``days_reported`` the number of its dates with a national report on
        anything, ``days_known`` of those whose launched is known for the class, and
        ``days_with_hit_locations`` of those whose reports give hit locations. Where a report counts
        several classes together they are a class of their own ("ballistic missile + other"): no
        part of it is in another row, and ``together`` is what was launched of the classes that
        hold this one besides others. A date is nought of a class where a report covers the hours
        from 2 to 5 and no report names it, unknown where none does. Reports on reconnaissance
        drones list those shot down: what was launched is then unknown, and so is the rate.

    Raises
    ------
    InputError
        If the range is empty or longer than 10,000 days, or ``by`` is none of the three.
    """
    if by not in PERIODS:
        raise InputError(f"sums cannot be made by {by!r}; choose day, week or month.")
    dates = _dates(since, until)
    starts = dates.to_period(PERIODS[by]).start_time
    return _summed(national(table), dates, pd.Series(starts, index=dates))


def compare(table: pd.DataFrame, since: dt.date, until: dt.date) -> pd.DataFrame:
    """Totals of a range beside those of the equally long range before it.

    Returns
    -------
    DataFrame
        A row a class, columns of `sums` and the same with ``_before``. Every class that either
        range reports has a row.

    Raises
    ------
    InputError
        As `sums` does.
    """
    length = _dates(since, until).size
    try:
        first = since - dt.timedelta(days=length)
    except OverflowError as fault:
        raise InputError(f"there is no range before {since.isoformat()}.") from fault
    spans = {"": _dates(since, until), "_before": _dates(first, since - dt.timedelta(days=1))}
    rows = national(table)
    both = rows[rows["date"].between(pd.Timestamp(first), pd.Timestamp(until))]
    classes = _classes(both)
    sides = []
    for suffix, dates in spans.items():
        whole = pd.Series(dates[0], index=dates)
        totals = _summed(rows, dates, whole, classes=classes).set_index("class")
        sides.append(totals.add_suffix(suffix))
    return pd.concat(sides, axis="columns").reset_index()


def rolling(table: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Means per night over the last so many days, by class.

    A date counts where `sums` has a figure for it: it is nought of a class where a report covers
    the night and does not name it, and left out where none does, or where a report counts the class
    only together with another.

    Parameters
    ----------
    table : DataFrame
        Reports as `events.schema.typed` gives them.
    days : int
        How many dates, the one of the row included: 1 to 366.

    Returns
    -------
    DataFrame
        ``date`` (datetime64), ``class``, ``launched``, ``got_through`` (means per known night),
        ``rate``, ``nights`` (how many known nights the mean of launched rests on). NaN where fewer
        than half of the dates are known.

    Raises
    ------
    InputError
        If ``days`` is out of its range.
    """
    _check_window(days)
    rows = national(table)
    if rows.empty:
        return pd.DataFrame(columns=["date", "class", "launched", "got_through", "rate", "nights"])
    daily = _daily(rows, _span_of(rows), _classes(rows)).reset_index()
    parts = [
        _means(own.set_index("date"), days).assign(**{"class": name})
        for name, own in daily.groupby("class", sort=False)
    ]
    joined = pd.concat(parts).rename_axis("date").reset_index()
    return joined[["date", "class", "launched", "got_through", "rate", "nights"]]


def rolling_total(table: pd.DataFrame, *, days: int, classes: Collection[str]) -> pd.Series:
    """Mean per night of what was launched of several classes together, over so many days.

    A night counts where every class is known, alone or in a figure that it shares with another.
    Reconnaissance drones are left out: of them nobody reports how many were launched.

    Parameters
    ----------
    table : DataFrame
        Reports as `events.schema.typed` gives them.
    days : int
        As `rolling` takes it.
    classes : collection of str
        Of `events.schema.CLASSES`.

    Returns
    -------
    Series
        By date (datetime64), NaN where fewer than half of the dates are known.

    Raises
    ------
    InputError
        As `rolling` does.
    """
    _check_window(days)
    rows = national(table)
    wanted = set(classes) - {schema.RECONNAISSANCE_DRONE}
    if rows.empty or not wanted:
        return pd.Series(dtype="float64", index=pd.DatetimeIndex([], name="date"))
    names = [name for name in _classes(rows) if not wanted.isdisjoint(_parts(name))]
    daily = _daily(rows, _span_of(rows), names)
    launched = daily["launched"].mask(daily["shared"], 0.0).unstack("class")
    total = launched.sum(axis="columns", skipna=False)
    window = total.rolling(days, min_periods=1)
    return window.mean().where(window.count() * 2 >= days)


def _check_window(days: int) -> None:
    if not 1 <= days <= _MOST_ROLLING_DAYS:
        raise InputError(f"a rolling mean is over 1 to {_MOST_ROLLING_DAYS} days, not {days}.")


def _span_of(rows: pd.DataFrame) -> pd.DatetimeIndex:
    return pd.date_range(rows["date"].min(), rows["date"].max(), freq="D", name="date")


def largest_nights(
    table: pd.DataFrame, *, count: int, weapon: str = schema.ATTACK_DRONE
) -> pd.DataFrame:
    """The dates on which most was launched of one class, largest first, later before earlier.

    Parameters
    ----------
    table : DataFrame
        Reports as `events.schema.typed` gives them.
    count : int
        How many, at least 1; fewer come back where fewer are known.
    weapon : str
        Class, or classes that are reported together.

    Returns
    -------
    DataFrame
        ``date`` and the columns of `sums` from ``launched`` to ``reports``. A date with a report
        by night and one by day counts both.

    Raises
    ------
    InputError
        If ``count`` is less than 1.
    """
    if count < 1:
        raise InputError(f"the number of largest nights is {count}; it can be 1 or more.")
    rows = national(table)
    daily = _by_date(rows[rows["class"] == weapon]).reset_index()
    daily = daily[daily["launched"].notna()]
    order = daily.sort_values(["launched", "date"], ascending=False).head(count)
    columns = ["date", *MEASURES, "rate", "rate_rests_on", "reports"]
    return _with_rate(order)[columns].reset_index(drop=True)


@dataclass(frozen=True)
class Beside:
    """A statement beside the sum of the reports for the same days and weapons.

    ``summed`` is None where no report counts what the statement counts. ``agrees`` is None then,
    and where the statement gives no figure. ``why`` says why both may differ; empty where they
    agree. ``apart`` says what the reports have of weapons that the statement names and its figure
    does not hold; mostly empty.
    """

    statement: Statement
    summed: int | None
    agrees: bool | None
    why: str
    apart: str = ""

    @property
    def told(self) -> str:
        """The sum of the reports, and what is to be said of it, as sentences."""
        parts = [self.why]
        if self.agrees and self.summed is not None:
            parts = [f"The reports add up to {self.summed:,}: both agree."]
        return " ".join(part for part in (*parts, self.apart) if part)


def is_counted(statement: Statement) -> bool:
    """Whether a statement speaks of what the reports count or leave out: launches and hits."""
    return statement.subject in _SUBJECTS


def beside(statement: Statement, table: pd.DataFrame) -> Beside:
    """A statement beside what the national reports add up to.

    Parameters
    ----------
    statement : Statement
        On something that `is_counted`.
    table : DataFrame
        Reports as `events.schema.typed` gives them.

    Raises
    ------
    InputError
        If the reports do not speak of the statement's subject at all.
    """
    if not is_counted(statement):
        raise InputError(f"no report counts the subject of a statement: {statement.subject}.")
    measure, belongs = _SUBJECTS[statement.subject]
    dates = _dates(statement.first_night, statement.until)
    rows = table[table["date"].isin(dates)]
    same = [belongs(row) for row in zip(rows["class"], rows["models"], strict=True)]
    rows = rows[pd.Series(same, index=rows.index, dtype="bool")]
    counted = national(rows)
    # One class, whatever the reports call it: the statement does not tell them apart.
    values = _by_date(counted.assign(**{"class": ""}))[measure].dropna()
    summed = int(values.sum()) if len(values) else None
    agrees = _agrees(statement, summed)
    why = "" if agrees else _why(statement, summed, _gaps(table, dates), rows)
    apart = _apart(statement, summed, national(table[table["date"].isin(dates)]))
    return Beside(statement, summed, agrees, why, apart)


def to_dict(
    table: pd.DataFrame,
    *,
    since: dt.date,
    until: dt.date,
    by: str = "day",
    statements: Iterable[Statement] = (),
    sources: Sequence[Mapping[str, str]] | None = None,
    warnings: Iterable[str] = (),
) -> dict[str, Any]:
    """The document of ``events counts --json``.

    Parameters
    ----------
    table, since, until, by
        As `sums` takes them.
    statements : iterable of Statement
        Those that lie in the range and that the reports can be held against stand in the document.
    sources : sequence of mapping, optional
        ``title``, ``as_of``, ``licence`` and ``url``; the bundled tables by default.
    warnings : iterable of str
        Put before those on the sums.

    Returns
    -------
    dict
        ``rows``, ``means`` (over each of `MEAN_WINDOWS` nights, at the end of each period),
        ``statements``, ``sources`` and ``warnings``; a figure that is not known is None.

    Raises
    ------
    InputError
        As `sums` does, and where the range has no national report at all.
    """
    result = sums(table, since=since, until=until, by=by)
    if not result["days_reported"].any():
        raise InputError(_nothing_between(table, since, until))
    chosen = [
        beside(statement, table)
        for statement in statements
        if is_counted(statement) and since <= statement.first_night and statement.until <= until
    ]
    return {
        "rows": [_json_row(row) for row in result.to_dict("records")],
        "means": _json_means(table, result),
        "statements": [_json_statement(item) for item in chosen],
        "sources": [dict(source) for source in (_sources() if sources is None else sources)],
        "warnings": [*warnings, *cautions(table, since=since, until=until, by=by)],
    }


def to_csv(
    table: pd.DataFrame,
    *,
    since: dt.date,
    until: dt.date,
    by: str = "day",
    classes: Collection[str] | None = None,
    sources: Sequence[Mapping[str, str]] | None = None,
) -> str:
    """`sums` as CSV: ISO dates, whole numbers, blanks for gaps, formulas neutralised.

    Three columns more say what holds for the row, where it comes from, and on what terms.
    ``classes`` keeps the rows on some weapon classes, with what they share with others; ``sources``
    is as `to_dict` takes it.
    """
    result = sums(table, since=since, until=until, by=by)
    if classes is not None:
        result = result[[not set(classes).isdisjoint(_parts(name)) for name in result["class"]]]
    source = (_sources()[:1] if sources is None else sources)[0]
    records = [
        _json_row(row)
        | {
            "cautions": " ".join(_row_cautions(row)),
            "source": ", ".join(filter(None, (source["title"], source.get("url")))),
            "licence": source.get("licence", ""),
        }
        for row in result.to_dict("records")
    ]
    columns = [*SUM_COLUMNS, "cautions", "source", "licence"]
    text = pd.DataFrame(records, columns=columns, dtype="object")
    text = text.map(lambda cell: "" if cell is None else guarded(str(cell)))
    return text.to_csv(index=False, lineterminator="\n")


def _row_cautions(row: Mapping[Any, Any]) -> Iterable[str]:
    """What has to be known to read one row of `sums`, a sentence each."""
    yield NIGHT_RULE
    if not row["days_reported"]:
        yield "No report: a gap, not a nought."
        return
    if row["days_reported"] < row["days"]:
        yield f"Reports on {row['days_reported']} of {row['days']} dates."
    if not row["reports"] and row["launched"] == 0:
        yield "Nought: no report of the range's nights names this class."
    if row["days_known"] < row["days_reported"]:
        yield f"Launched is known for {row['days_known']} of {row['days_reported']} reported dates."
    if row["rate"] == row["rate"] and row["rate_rests_on"] != row["launched"]:
        yield f"The rate rests on {row['rate_rests_on']:.0f} of {row['launched']:.0f} launched."
    if row["together"] > 0:
        yield f"{AND_UP_TO.format(row['together'])}."
    if row["got_through"] > 0:
        yield GOT_THROUGH_RULE
    if schema.ATTACK_DRONE in _parts(row["class"]):
        yield DECOY_RULE
        if row["to"].date() >= MERGED_SINCE:
            yield MERGED_RULE
    if row["class"] == schema.RECONNAISSANCE_DRONE and row["reports"]:
        yield RECONNAISSANCE_RULE


def cautions(table: pd.DataFrame, *, since: dt.date, until: dt.date, by: str) -> list[str]:
    """What has to be known to read `sums`, a sentence each: rules, gaps and contradictions."""
    dates = _dates(since, until)
    rows = table[table["date"].isin(dates)]
    counted = national(rows)
    notes = [NIGHT_RULE, WEEK_RULE] if by == "week" else [NIGHT_RULE]
    notes.append(GOT_THROUGH_RULE)
    drones = counted[counted["class"] == schema.ATTACK_DRONE]
    if len(drones):
        notes.append(DECOY_RULE)
    if until >= MERGED_SINCE and len(drones):
        notes.append(MERGED_RULE)
    gaps = _gaps(table, dates)
    if gaps:
        notes.append(f"No national report for {gaps:,} of {dates.size:,} dates: gaps, not noughts.")
    regional = int((rows["scope"] == schema.REGIONAL).sum())
    if regional:
        notes.append(f"Regional reports are not added to the national ones: {regional:,}.")
    notes += _shared_told(counted)
    notes += _shot_down_told(counted, drones)
    for name, words in (
        ("launched", "how many were launched"),
        ("intercepted", "how many were intercepted"),
    ):
        silent = counted[counted[name].isna()]
        if len(silent):
            notes.append(f"National reports that leave out {words}: {_listed(silent)}.")
    stopped = counted["intercepted"].fillna(0) + counted["suppressed"].fillna(0)
    wrong = counted[(stopped > counted["launched"]).fillna(False)]
    if len(wrong):
        notes.append(
            "National reports that count more intercepted and suppressed than launched, so that "
            f"what got through is not known: {_listed(wrong)}."
        )
    first_hits = first_hit_locations(table)
    if first_hits is not None and since < first_hits <= until:
        notes.append(
            f"Hit locations are reported from {first_hits.isoformat()} on, and not by every report."
        )
    same = ["period_start", "period_end", "class", "models", "region"]
    twins = counted[counted.duplicated(same, keep=False)]
    if len(twins):
        notes.append(
            f"Posts on the same weapons and the same time, all of them counted: {_listed(twins)}."
        )
    return notes


RECONNAISSANCE_RULE = (
    "Reports on reconnaissance drones list those shot down: how many were launched, and the rate, "
    "are not known."
)
AND_UP_TO = "And up to {:,.0f} more, reported together with other weapons"


def _shared_told(counted: pd.DataFrame) -> Iterable[str]:
    """A sentence for each figure that several classes share."""
    for name in _classes(counted):
        shared = counted[counted["class"] == name]
        if len(_parts(name)) > 1:
            launched = int(shared["launched"].sum())
            yield (
                f"{_reports(len(shared))} {' and '.join(_plural(n) for n in _parts(name))} "
                f"together ({launched:,} launched); they are in a row of their own, so that the "
                "row of either may be short of up to as many."
            )


def _reports(number: int) -> str:
    return "1 report counts" if number == 1 else f"{number:,} reports count"


def _shot_down_told(counted: pd.DataFrame, drones: pd.DataFrame) -> Iterable[str]:
    """That some reports give only what was shot down."""
    if _lists_shot_down(counted).any():
        yield RECONNAISSANCE_RULE
    early = drones[(drones["date"] < _LISTS_ENDED) & (drones["launched"] > 0).fillna(False)]
    stopped = early["intercepted"].fillna(0) + early["suppressed"].fillna(0)
    alike = int((early["launched"] == stopped).fillna(False).sum())
    if alike:
        yield (
            "In 2022 and 2023 many reports give only the drones that were shot down: launched "
            f"equals stopped in {alike:,} of {len(early):,} here, so that a rate near "
            "100 % means little."
        )


def first_hit_locations(table: pd.DataFrame) -> dt.date | None:
    """The first date of which a national report gives hit locations; None where none does."""
    rows = national(table)
    dates = rows.loc[rows["hit_locations"].notna(), "date"]
    return dates.min().date() if len(dates) else None


def chosen(
    table: pd.DataFrame, *, since: dt.date | None, until: dt.date | None, days: int
) -> tuple[dt.date, dt.date]:
    """The range that is asked for: by default the last ``days`` reported dates, inside the reports.

    Raises
    ------
    InputError
        If `check_range` refuses it.
    """
    first, last = bounds(table)
    last = until or last
    check_range(table, since or last, last)
    days = min(days, (last - first).days + 1)
    return since or last - dt.timedelta(days=days - 1), last


def bounds(table: pd.DataFrame) -> tuple[dt.date, dt.date]:
    """The first and the last date of a table that has reports."""
    return table["date"].min().date(), table["date"].max().date()


def check_range(table: pd.DataFrame, since: dt.date, until: dt.date) -> None:
    """Refuse a range that ends before it begins, or goes beyond the reports.

    Raises
    ------
    InputError
        One sentence, the same wherever a range is asked for.
    """
    _check_order(since, until)
    first, last = bounds(table)
    if not first <= since <= until <= last:
        raise InputError(
            f"the reports run from {first.isoformat()} to {last.isoformat()}; choose dates between "
            f"them, not {since.isoformat()} to {until.isoformat()}."
        )


def plain(document: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The rows of `to_dict` as text: names of columns, and a row a period and class.

    A period without a report is one row that says so; then a total for each class, where there is
    more than one period. ``Rate`` stands beside the number launched that it rests on.
    """
    rows = document["rows"]
    lines: list[tuple[str, ...]] = []
    for row in rows:
        when = row["from"] if row["from"] == row["to"] else f"{row['from']} to {row['to']}"
        if row["days_reported"]:
            lines.append((when, row["class"], *_plain_figures(row)))
        elif (gap := (when, "no report", *[""] * len(_PLAIN))) not in lines[-1:]:
            lines.append(gap)
    if len({row["from"] for row in rows}) > 1:
        for name in dict.fromkeys(row["class"] for row in rows):
            total = _total([row for row in rows if row["class"] == name])
            lines.append(("Total", name, *_plain_figures(total)))
    return ("Date", "Class", *_PLAIN.values()), lines


_PLAIN = {
    "launched": "Launched",
    "intercepted": "Intercepted",
    "suppressed": "Suppressed",
    "got_through": "Got through",
    "rate": "Rate",
    "rate_rests_on": "of",
}


def _plain_figures(row: Mapping[str, Any]) -> Iterable[str]:
    for name in _PLAIN:
        value = row[name]
        if name == "rate":
            yield "" if value is None else f"{100 * value:.1f} %"
        elif name == "rate_rests_on":
            yield "" if row["rate"] is None else f"{value:,}"
        else:
            yield "not known" if value is None else f"{value:,}"


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of one class added up."""
    total: dict[str, Any] = {}
    for name in (*MEASURES, "rate_rests_on"):
        known = [row[name] for row in rows if row[name] is not None]
        total[name] = sum(known) if known else None
    base = total["rate_rests_on"]
    return total | {"rate": 1 - total["got_through"] / base if base else None}


def plain_statements(document: Mapping[str, Any]) -> list[str]:
    """The statements of `to_dict`, a line each: who said it when, and the sum of the reports."""
    return [
        f"Said: {said['text']} ({said['said_by']}; {said['reported_in']}, {said['reported_on']}). "
        f"{said['reports_say']}"
        for said in document["statements"]
    ]


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
        ends on it, by night and by day. NaN is a gap: no report on the night, or a figure that one
        of the reports leaves out; nought is a report that covers the night and names no drones.
        ``hit_locations`` sums the reports that
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
    daily = _daily(national(frame), dates, [schema.ATTACK_DRONE]).droplevel("class")
    daily["reports"] = daily["reports"].astype("int64")
    return daily[list(NIGHT_COLUMNS)]


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
    return [schema.CLASSES.index(part) for part in _parts(name)]


def _parts(name: str) -> list[str]:
    """The classes that one figure counts."""
    return name.split(schema.CLASS_JOINT)


def _plural(name: str) -> str:
    return "other weapons" if name == schema.OTHER else f"{name}s"


def _number(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


def _check_order(since: dt.date, until: dt.date) -> int:
    """The number of dates of a range that does not end before it begins."""
    if until < since:
        raise InputError(
            f"the range begins on {since.isoformat()} and ends before, on {until.isoformat()}."
        )
    return (until - since).days + 1


def _dates(since: dt.date, until: dt.date) -> pd.DatetimeIndex:
    length = _check_order(since, until)
    if length > _MOST_NIGHTS:
        raise InputError(f"the range has {length:,} days; it can have up to {_MOST_NIGHTS:,}.")
    return pd.date_range(pd.Timestamp(since), pd.Timestamp(until), freq="D", name="date")


def _classes(rows: pd.DataFrame) -> list[str]:
    return sorted({schema.ATTACK_DRONE, *rows["class"].unique()}, key=_class_order)


def _by_date(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures by date and class, as floats, NaN where a report of the date leaves one out."""
    given = ["launched", "intercepted", "suppressed", "hit_locations"]
    counts = rows[given].astype("float64")
    counts["launched"] = counts["launched"].mask(_lists_shot_down(rows))
    # Suppressed is blank in reports from before it was given: nothing to subtract.
    left = counts["launched"] - counts["intercepted"] - counts["suppressed"].fillna(0)
    counts["got_through"] = left.where(left >= 0)
    counts["rate_rests_on"] = counts["launched"].where(left >= 0)
    by_date = counts.groupby([rows["date"], rows["class"]])
    result = by_date.sum(skipna=False)
    # Only some reports of a date give these two: the sum of those that do.
    some = by_date[["suppressed", "hit_locations"]].sum(min_count=1)
    return result.assign(**some, reports=by_date.size().astype("float64"))


def _lists_shot_down(rows: pd.DataFrame) -> pd.Series:
    """Whether a row on reconnaissance drones counts as launched just those that were shot down."""
    stopped = rows["intercepted"].fillna(0) + rows["suppressed"].fillna(0)
    alike = (rows["launched"] == stopped).fillna(False).astype(bool)
    return alike & (rows["class"] == schema.RECONNAISSANCE_DRONE)


def _covered(rows: pd.DataFrame) -> pd.DatetimeIndex:
    """Dates of which a report covers the hours of the night, to the minute."""
    exact = rows["period_end"].str.len() > len("2025-12-14")
    first, last = (rows["date"] + pd.Timedelta(hours=hour) for hour in _NIGHT_HOURS)
    over_night = exact & (schema.begins(rows) <= first) & (schema.ends(rows) >= last)
    return pd.DatetimeIndex(rows.loc[over_night, "date"].unique())


def _daily(rows: pd.DataFrame, dates: pd.DatetimeIndex, names: Sequence[str]) -> pd.DataFrame:
    """Figures of every date and class, noughts included; NaN where they are not known.

    ``shared`` marks where a class is not named by itself but in a figure that it shares.
    """
    rows = rows[rows["date"].isin(dates)]
    grid = pd.MultiIndex.from_product([dates, names], names=["date", "class"])
    daily = _by_date(rows).reindex(grid)
    date, name = grid.get_level_values("date"), grid.get_level_values("class")
    unnamed = daily["reports"].isna().to_numpy()
    shared = pd.MultiIndex.from_tuples(
        [
            (day, part)
            for day, joint in zip(rows["date"], rows["class"], strict=True)
            for part in _parts(joint)
            if part != joint
        ],
        names=grid.names,
    )
    daily["shared"] = unnamed & grid.isin(shared)
    # Reports on reconnaissance drones are lists: that one is not there says nothing of the night.
    is_told = date.isin(_covered(rows)) & (name != schema.RECONNAISSANCE_DRONE)
    none = unnamed & is_told & ~daily["shared"].to_numpy()
    daily.loc[none, ["launched", "intercepted", "got_through", "rate_rests_on"]] = 0.0
    return daily.assign(reports=daily["reports"].fillna(0.0))


def _summed(
    rows: pd.DataFrame,
    dates: pd.DatetimeIndex,
    starts: pd.Series,
    *,
    classes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Sums over the dates that share a start."""
    rows = rows[rows["date"].isin(dates)]
    names = list(classes or _classes(rows))
    order = pd.CategoricalDtype(names, ordered=True)
    daily = _daily(rows, dates, names).reset_index()
    daily["class"] = daily["class"].astype(order)
    daily["start"] = daily["date"].map(starts)
    daily["reported"] = daily["date"].isin(rows["date"])
    by_period = daily.groupby(["start", "class"], observed=True)
    figures = [*MEASURES, "rate_rests_on"]
    result = by_period[figures].sum(min_count=1)
    result["reports"] = by_period["reports"].sum().astype("int64")
    # Noughts of other dates do not make known what the dates that name the class leave out.
    named = daily[daily["reports"] > 0].groupby(["start", "class"], observed=True)
    lacking = named[figures].count().reindex(result.index) == 0
    result[figures] = result[figures].mask(lacking)
    result["from"] = by_period["date"].min()
    result["to"] = by_period["date"].max()
    result["days"] = by_period.size()
    result["days_reported"] = by_period["reported"].sum().astype("int64")
    result["days_known"] = by_period["launched"].count()
    result["days_with_hit_locations"] = by_period["hit_locations"].count()
    result = _with_rate(result).reset_index()
    result = result.assign(**{"class": result["class"].astype("str")})
    return result.assign(together=_together(result))[list(SUM_COLUMNS)]


def _together(sums: pd.DataFrame) -> pd.Series:
    """What was launched in the same time of classes that hold a row's class besides others."""
    more = pd.Series(0.0, index=sums.index)
    for joint in sums["class"].unique():
        parts = _parts(joint)
        if len(parts) > 1:
            own = sums[sums["class"] == joint].set_index("start")["launched"]
            is_part = sums["class"].isin(parts)
            more = more.where(~is_part, more + sums["start"].map(own).fillna(0.0))
    return more.where(more > 0)


def _with_rate(figures: pd.DataFrame) -> pd.DataFrame:
    base = figures["rate_rests_on"]
    return figures.assign(rate=1.0 - figures["got_through"] / base.where(base > 0))


def _means(daily: pd.DataFrame, days: int) -> pd.DataFrame:
    """Means over a window of dates, of a table by date."""
    window = daily[["launched", "got_through", "rate_rests_on"]].rolling(days, min_periods=1)
    known, total = window.count(), window.sum()
    means = (total / known).where(known * 2 >= days)
    rate = _with_rate(total)["rate"].where(known["got_through"] * 2 >= days)
    return means[["launched", "got_through"]].assign(
        rate=rate, nights=known["launched"].astype("int64")
    )


def _all_in(models: str, kinds: Collection[str]) -> bool:
    """Whether a report names models, and all of them are of these."""
    named = schema.items(models)
    return bool(named) and all(name in kinds for name in named)


def _gaps(table: pd.DataFrame, dates: pd.DatetimeIndex) -> int:
    """How many dates no national report ends on."""
    return int((~dates.isin(national(table)["date"])).sum())


_LISTS_ENDED = pd.Timestamp(2024, 1, 1)
_Row = tuple[str, str]
_BOMBS = frozenset({"Guided bomb", "Aerial bomb"})
_DRONES = frozenset({schema.ATTACK_DRONE, schema.RECONNAISSANCE_DRONE})
_NO_MISSILES = _BOMBS | {"Unknown drone"}


def _is_attack_drone(row: _Row) -> bool:
    return row[0] == schema.ATTACK_DRONE


def _is_bomb(row: _Row) -> bool:
    return _all_in(row[1], _BOMBS)


def _is_missile(row: _Row) -> bool:
    """Whether a row counts missiles only, surface-to-air missiles fired at the ground included."""
    models = schema.items(row[1])
    return (
        bool(models)
        and _DRONES.isdisjoint(row[0].split(schema.CLASS_JOINT))
        and _NO_MISSILES.isdisjoint(models)
    )


_SUBJECTS: Mapping[str, tuple[str, Callable[[_Row], bool]]] = MappingProxyType(
    {
        "attack drones launched": ("launched", _is_attack_drone),
        "attack drones intercepted": ("intercepted", _is_attack_drone),
        "hit locations": ("hit_locations", _is_attack_drone),
        "missiles launched": ("launched", _is_missile),
        "guided bombs launched": ("launched", _is_bomb),
    }
)
"""Subject of a statement -> the measure, and the rows that count the same."""

# "Nearly 900" is no more than 900 and no less than nine tenths of it.
_NEARLY = 0.9


def _agrees(statement: Statement, summed: int | None) -> bool | None:
    if statement.value is None or summed is None:
        return None
    if statement.qualifier == "more than":
        return summed > statement.value
    if statement.qualifier == "nearly":
        return _NEARLY * statement.value <= summed <= statement.value
    return summed == statement.value


def _why(statement: Statement, summed: int | None, gaps: int, rows: pd.DataFrame) -> str:
    days = (statement.until - statement.first_night).days + 1
    nights = "the report of this night" if days == 1 else f"the reports of these {days} nights"
    if gaps == days:
        return "There is no report for this time to compare with."
    if summed is None:
        if statement.subject == "guided bombs launched":
            return (
                "The nightly reports of the Air Force say nothing of guided bombs in this time, so "
                "there is no sum to compare with."
            )
        return f"This figure is not in {nights}."
    missed = f", {gaps} of which have none," if gaps else ""
    regional = rows.loc[rows["scope"] == schema.REGIONAL, "launched"].sum()
    reasons = ["cover other hours", "count a daytime that no report covers"]
    if statement.subject == "missiles launched" and regional:
        reasons.append(f"include missiles that only a regional command reported ({regional} here)")
    if statement.subject.startswith("attack drones"):
        reasons.append("include drones of the front line, which no national report counts")
    listed = ", ".join(reasons[:-1]) + f", or {reasons[-1]}"
    adds = "gives" if days == 1 else "add up to"
    return f"{nights.capitalize()}{missed} {adds} {summed:,}; the statement may {listed}."


_NAMED = {
    "ballistic missile": schema.BALLISTIC_MISSILE,
    "cruise missile": schema.CRUISE_MISSILE,
}
"""Words of a statement -> class."""


def _apart(statement: Statement, summed: int | None, rows: pd.DataFrame) -> str:
    """That a statement on drones names missiles, which its figure does not hold."""
    if statement.subject != "attack drones launched" or summed is None:
        return ""
    text = statement.text.lower()
    launched = {
        words: rows.loc[rows["class"] == name, "launched"].sum()
        for words, name in _NAMED.items()
        if words in text and words not in statement.unit
    }
    if not launched:
        return ""
    listed = " and ".join(
        f"{value:,} {words}{'' if value == 1 else 's'}"
        for words, value in {"drone": summed, **launched}.items()
    )
    return f"The reports have {listed}; the statement's figure is held against the drones alone."


def _json_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "from": row["from"].date().isoformat(),
        "to": row["to"].date().isoformat(),
        "class": row["class"],
    }
    whole = [name for name in SUM_COLUMNS if name not in (*plain, "rate")]
    plain |= {name: _number(row[name]) for name in whole}
    plain["rate"] = None if pd.isna(row["rate"]) else round(float(row["rate"]), 4)
    return {name: plain[name] for name in SUM_COLUMNS}


def _json_means(table: pd.DataFrame, result: pd.DataFrame) -> list[dict[str, Any]]:
    """Rolling means at the end of each period of `sums`, for the classes it has."""
    found = []
    for days in MEAN_WINDOWS:
        means = rolling(table, days=days)
        within = means["date"].isin(result["to"]) & means["class"].isin(result["class"])
        found += [
            {
                "date": row["date"].date().isoformat(),
                "class": row["class"],
                "nights": days,
                **{
                    name: None if pd.isna(row[name]) else round(float(row[name]), 4)
                    for name in ("launched", "got_through", "rate")
                },
                "nights_known": row["nights"],
            }
            for row in means[within].to_dict("records")
        ]
    return found


def _nothing_between(table: pd.DataFrame, since: dt.date, until: dt.date) -> str:
    """That a range has no national report, and which dates have."""
    told = f"there is no national report from {since.isoformat()} to {until.isoformat()}"
    dates = national(table)["date"]
    if dates.empty:
        return f"{told}."
    first, last = (day.date().isoformat() for day in (dates.min(), dates.max()))
    return f"{told}; they run from {first} to {last}."


def _json_statement(item: Beside) -> dict[str, Any]:
    said = item.statement
    return {
        "id": said.id,
        "text": said.text,
        "qualifier": said.qualifier,
        "value": said.value,
        "unit": said.unit,
        "from": said.since.isoformat(),
        "to": said.until.isoformat(),
        "said_by": said.said_by,
        "reported_in": said.reported_in,
        "reported_on": said.reported_on.isoformat(),
        "reports_sum": item.summed,
        "agrees": item.agrees,
        "why_they_may_differ": item.why,
        "reports_say": item.told,
    }


def _sources() -> list[dict[str, str]]:
    used = (catalog.datasets()[name] for name in ("airforce", "statements"))
    return [{"title": e.title, "as_of": e.as_of, "licence": e.licence, "url": e.url} for e in used]


def _listed(rows: pd.DataFrame) -> str:
    """How many rows, and on which dates: ``3 (2025-12-12, 2025-12-14)``."""
    days = sorted({day.date().isoformat() for day in rows["date"]})
    return f"{len(rows):,} ({', '.join(days[:5])}{' …' if len(days) > 5 else ''})"
