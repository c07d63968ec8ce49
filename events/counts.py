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
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from data.errors import InputError
from data.language import _
from events import schema
from geo import words

PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}
"""What sums are made by; a week is that of ISO 8601, Monday to Sunday."""

MEAN_WINDOWS = (7, 30)
"""Over how many nights `events.report.to_dict` and the page give means."""

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
        day = words.day(self.date)
        if "T" not in self.period_end:
            return _("on {day}").format(day=day)
        start, end = pd.Timestamp(self.period_start), pd.Timestamp(self.period_end)
        if "T" in self.period_start:
            if end - start >= _ABOUT_A_DAY:
                return _("in the {n} hours to {day}").format(
                    n=round((end - start) / pd.Timedelta(hours=1)), day=day
                )
            if start.date() == end.date() and start.hour in _HOURS_OF_DAY:
                return _("by day on {day}").format(day=day)
        return _("in the night to {day}").format(day=day)

    @property
    def source_url(self) -> str:
        """Address of the post."""
        return schema.source_url(self.source)


def national(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are counted: national ones, without those on front-line drones only."""
    rows = frame[frame["scope"] == schema.NATIONAL]
    front_line = rows["models"].map(lambda text: schema.names_only(text, schema.FRONT_LINE_DRONES))
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
    dates = dates_between(since, until)
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
    length = dates_between(since, until).size
    try:
        first = since - dt.timedelta(days=length)
    except OverflowError as fault:
        raise InputError(
            _("there is no range before {since}.").format(since=since.isoformat())
        ) from fault
    spans = {
        "": dates_between(since, until),
        "_before": dates_between(first, since - dt.timedelta(days=1)),
    }
    rows = national(table)
    both = rows[rows["date"].between(pd.Timestamp(first), pd.Timestamp(until))]
    classes = classes_in(both)
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
    daily = _daily(rows, _span_of(rows), classes_in(rows)).reset_index()
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
    names = [name for name in classes_in(rows) if not wanted.isdisjoint(schema.classes_of(name))]
    daily = _daily(rows, _span_of(rows), names)
    launched = daily["launched"].mask(daily["shared"], 0.0).unstack("class")
    total = launched.sum(axis="columns", skipna=False)
    window = total.rolling(days, min_periods=1)
    return window.mean().where(window.count() * 2 >= days)


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
    daily = figures_by_date(rows[rows["class"] == weapon]).reset_index()
    daily = daily[daily["launched"].notna()]
    order = daily.sort_values(["launched", "date"], ascending=False).head(count)
    columns = ["date", *MEASURES, "rate", "rate_rests_on", "reports"]
    return _with_rate(order)[columns].reset_index(drop=True)


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
            _(
                "the reports run from {first} to {last}; choose dates between them, not {since} to "
                "{until}."
            ).format(
                first=first.isoformat(),
                last=last.isoformat(),
                since=since.isoformat(),
                until=until.isoformat(),
            )
        )


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
        launched=whole_or_none(newest["launched"]),
        intercepted=whole_or_none(newest["intercepted"]),
        suppressed=whole_or_none(newest["suppressed"]),
        hit_locations=whole_or_none(newest["hit_locations"]),
        by_class=_by_class(context),
        launch_places=schema.items(newest["launch_places"]),
        source=newest["source"],
        other_reports=int((drones["date"] == newest["date"]).sum()) - 1,
    )


def dates_between(since: dt.date, until: dt.date) -> pd.DatetimeIndex:
    """Every date of a range.

    Raises
    ------
    InputError
        If the range is empty or longer than 10,000 days.
    """
    length = _check_order(since, until)
    if length > _MOST_NIGHTS:
        raise InputError(
            _("the range has {length} days; it can have up to {most}.").format(
                length=words.number(length), most=words.number(_MOST_NIGHTS)
            )
        )
    return pd.date_range(pd.Timestamp(since), pd.Timestamp(until), freq="D", name="date")


def classes_in(rows: pd.DataFrame) -> list[str]:
    """The classes that rows are on, in order; attack drones always."""
    return sorted({schema.ATTACK_DRONE, *rows["class"].unique()}, key=_class_order)


def figures_by_date(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures by date and class, as floats, NaN where a report of the date leaves one out."""
    given = ["launched", "intercepted", "suppressed", "hit_locations"]
    counts = rows[given].astype("float64")
    counts["launched"] = counts["launched"].mask(lists_shot_down(rows))
    # Suppressed is blank in reports from before it was given: nothing to subtract.
    left = counts["launched"] - counts["intercepted"] - counts["suppressed"].fillna(0)
    counts["got_through"] = left.where(left >= 0)
    counts["rate_rests_on"] = counts["launched"].where(left >= 0)
    by_date = counts.groupby([rows["date"], rows["class"]])
    result = by_date.sum(skipna=False)
    # Only some reports of a date give these two: the sum of those that do.
    some = by_date[["suppressed", "hit_locations"]].sum(min_count=1)
    return result.assign(**some, reports=by_date.size().astype("float64"))


def lists_shot_down(rows: pd.DataFrame) -> pd.Series:
    """Whether a row on reconnaissance drones counts as launched just those that were shot down."""
    stopped = rows["intercepted"].fillna(0) + rows["suppressed"].fillna(0)
    alike = (rows["launched"] == stopped).fillna(False).astype(bool)
    return alike & (rows["class"] == schema.RECONNAISSANCE_DRONE)


def gaps(table: pd.DataFrame, dates: pd.DatetimeIndex) -> int:
    """How many dates no national report ends on."""
    return int((~dates.isin(national(table)["date"])).sum())


def whole_or_none(value: object) -> int | None:
    """A figure as a whole number; None where it is not known."""
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


def _check_window(days: int) -> None:
    if not 1 <= days <= _MOST_ROLLING_DAYS:
        raise InputError(f"a rolling mean is over 1 to {_MOST_ROLLING_DAYS} days, not {days}.")


def _span_of(rows: pd.DataFrame) -> pd.DatetimeIndex:
    return pd.date_range(rows["date"].min(), rows["date"].max(), freq="D", name="date")


def _by_class(rows: pd.DataFrame) -> Mapping[str, ClassCount]:
    counts = {}
    for name in sorted(rows["class"].unique(), key=_class_order):
        part = rows[rows["class"] == name]
        suppressed = part["suppressed"].dropna()
        counts[name] = ClassCount(
            launched=whole_or_none(part["launched"].sum(skipna=False)),
            intercepted=whole_or_none(part["intercepted"].sum(skipna=False)),
            suppressed=whole_or_none(suppressed.sum()) if len(suppressed) else None,
            models=tuple(dict.fromkeys(m for text in part["models"] for m in schema.items(text))),
        )
    return MappingProxyType(counts)


def _class_order(name: str) -> list[int]:
    return [schema.CLASSES.index(part) for part in schema.classes_of(name)]


def _check_order(since: dt.date, until: dt.date) -> int:
    """The number of dates of a range that does not end before it begins."""
    if until < since:
        raise InputError(
            _("the range begins on {since} and ends before, on {until}.").format(
                since=since.isoformat(), until=until.isoformat()
            )
        )
    return (until - since).days + 1


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
    daily = figures_by_date(rows).reindex(grid)
    date, name = grid.get_level_values("date"), grid.get_level_values("class")
    unnamed = daily["reports"].isna().to_numpy()
    shared = pd.MultiIndex.from_tuples(
        [
            (day, part)
            for day, joint in zip(rows["date"], rows["class"], strict=True)
            for part in schema.classes_of(joint)
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
    names = list(classes or classes_in(rows))
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
        parts = schema.classes_of(joint)
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
