"""The upstream table of Ukrainian Air Force reports, read as one report a row.

The source is a hand-made table of public posts. What it mixes, this module tells apart: national
totals and the regional commands' reports of the same night, several posts about one night, several
models in one row, and figures that were not given. Nothing leaves the table in silence: every row
that is left out, joined or doubtful is named in the notes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from data import weapons
from data.delimited import Delimited
from data.moments import Moment, Moments
from data.weapons import (
    CLASS_JOINT,
    CLASSES,
    FRONT_LINE_DRONES,
    RECONNAISSANCE_DRONE,
)

NATIONAL = "national"
REGIONAL = "regional"
SCOPES = (NATIONAL, REGIONAL)

COLUMNS = (
    "date",
    "period_start",
    "period_end",
    "scope",
    "class",
    "models",
    "launched",
    "intercepted",
    "suppressed",
    "hit_locations",
    "debris_locations",
    "launch_places",
    "region",
    "source",
)
COUNTS = ("launched", "intercepted", "suppressed", "hit_locations", "debris_locations")

COUNTRY = "Ukraine"
NATIONAL_CHANNELS = frozenset({"kpszsu", "GeneralStaff.ua", "CinCAFU"})
"""Air Force, General Staff and Commander-in-Chief; every other publisher speaks for a part."""

# Also "A and and B", which the source has once.
_JOINT = re.compile(r"(?:\s+and)+\s+")
# Three digits after a comma or point may be thousands: "1,000" is refused.
_COUNT = re.compile(r"([0-9]{1,6})(?:[.,]0{1,2})?")
_MINUTE = timedelta(minutes=1)
NEEDED = (
    "time_start",
    "time_end",
    "model",
    "launch_place",
    "target",
    "launched",
    "destroyed",
    "not_reach_goal",
    "num_hit_location",
    "num_fall_fragment_location",
    "source",
)
"""Columns of the upstream table that are read."""


@dataclass(frozen=True)
class Report:
    """One row of the source, or several of one post, period and class joined."""

    lines: tuple[int, ...]
    start: Moment
    end: Moment
    models: tuple[str, ...]
    classes: tuple[str, ...]
    launched: int | None
    intercepted: int | None
    suppressed: int | None
    hit_locations: int | None
    debris_locations: int | None
    launch_places: tuple[str, ...]
    regions: tuple[str, ...]
    source: str
    scope: str = REGIONAL

    @property
    def channel(self) -> str:
        """Who published: the account's name."""
        parts = self.source.split("/")
        return parts[1] if parts[0] == "t.me" and len(parts) > 1 else parts[0]

    @property
    def country_wide(self) -> bool:
        """Whether the report names Ukraine as a whole, or no place at all."""
        return not self.regions or COUNTRY in self.regions

    @property
    def cells(self) -> tuple[str, ...]:
        """As text, in the order of `COLUMNS`; an empty text where nothing was reported."""
        counts = (
            self.launched,
            self.intercepted,
            self.suppressed,
            self.hit_locations,
            self.debris_locations,
        )
        return (
            self.end.text[:10],
            self.start.text,
            self.end.text,
            self.scope,
            CLASS_JOINT.join(self.classes),
            weapons.listed(self.models),
            *("" if value is None else str(value) for value in counts),
            weapons.listed(self.launch_places),
            weapons.listed(self.regions),
            self.source,
        )

    def overlaps(self, other: Report) -> bool:
        """Whether both periods share time; a date alone is that whole day."""
        ends = max(self.end.ends, self.start.begins + _MINUTE)
        other_ends = max(other.end.ends, other.start.begins + _MINUTE)
        return max(self.start.begins, other.start.begins) < min(ends, other_ends)


@dataclass(frozen=True)
class Reading:
    """Reports in the order of the file, what is no report (line and reason), and notes."""

    reports: tuple[Report, ...]
    left_out: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


def tidy(rows: Delimited, categories: Mapping[str, tuple[str, str]] | None = None) -> Reading:
    """Read the upstream table, tell national from regional, and join what is one report.

    Parameters
    ----------
    rows : Delimited
        ``missile_attacks_daily.csv`` as it is downloaded, with the columns `NEEDED`.
    categories : mapping, optional
        See `read_reports`.

    Returns
    -------
    Reading
        The notes name everything left out, joined, re-classed or doubtful, by line.
    """
    reading = read_reports(rows, categories)
    scoped, scope_notes = assign_scope(reading.reports)
    merged, merge_notes = merge(scoped)
    notes = (*reading.notes, *scope_notes, *merge_notes, *_blanks(scoped), *_doubts(merged))
    return Reading(tuple(merged), reading.left_out, notes)


def read_reports(
    rows: Delimited, categories: Mapping[str, tuple[str, str]] | None = None
) -> Reading:
    """Read the upstream table, one `Report` a row, scope not yet decided.

    Parameters
    ----------
    rows : Delimited
        With the columns `NEEDED`.
    categories : mapping, optional
        Model -> (category, type) of ``missiles_and_uavs.csv``, asked only for models that are not
        in `data.weapons.MODELS`: it lacks some, and calls a row of Kinzhal and Iskander-M cruise
        missiles.

    Returns
    -------
    Reading
        Reports in the order of the file; notes name unknown models.
    """
    rows = rows.without_repeats()
    categories = categories or {}
    moments = Moments(row[name] for _, row in rows.rows for name in ("time_start", "time_end"))
    reports: list[Report] = []
    left_out = list(rows.left_out)
    unknown: set[str] = set()
    uncategorised: set[str] = set()
    for line, row in rows.rows:
        try:
            report, strange = _parse(line, row, categories, moments)
        except ValueError as error:
            left_out.append((line, str(error)))
            continue
        reports.append(report)
        unknown |= strange
        if categories and row["model"] not in categories:
            uncategorised.add(row["model"])
    notes = [*rows.notes, *moments.notes, *unknown_models(unknown)]
    if uncategorised:
        notes.append(
            f"{len(uncategorised)} of the models as written are missing from the category file "
            f"and were classed by name: {', '.join(sorted(uncategorised))}."
        )
    return Reading(tuple(reports), tuple(sorted(left_out)), tuple(notes))


def unknown_models(names: Iterable[str]) -> list[str]:
    """A note on models that are not in the vocabulary, if there are any."""
    listed = ", ".join(sorted(set(names)))
    return [f"Models kept under their own name: {listed}."] if listed else []


def assign_scope(reports: Sequence[Report]) -> tuple[list[Report], list[str]]:
    """Tell national totals from regional reports of the same night.

    National is what the Air Force, the General Staff or the Commander-in-Chief published, also
    where it names one oblast (all missiles of a kind went there), except

    - a report that names a place and may be part of a country-wide total in *another* post: the
      periods overlap, a model is shared, and it counts no more than that total;
    - reconnaissance and front-line drones in a place, in a post that says nothing of the country:
      one command's day, passed on.

    Everybody else speaks for a part of the country, except a post whose every row is about Ukraine
    as a whole while no national channel reports one of its models for that time.

    Returns
    -------
    tuple of list of Report and list of str
        The same reports in the same order with `Report.scope` set, and notes on the exceptions.
    """
    by_post: dict[str, list[Report]] = defaultdict(list)
    totals: dict[str, list[Report]] = defaultdict(list)
    for report in reports:
        by_post[report.source].append(report)
        if report.channel in NATIONAL_CHANNELS and report.country_wide:
            for model in report.models:
                totals[model].append(report)

    scoped: list[Report] = []
    exceptions: dict[str, list[int]] = defaultdict(list)
    for report in reports:
        post = by_post[report.source]
        if report.channel in NATIONAL_CHANNELS:
            reason = _why_regional(report, post, totals)
            scope = REGIONAL if reason else NATIONAL
        else:
            reason = _why_national(report, post, totals)
            scope = NATIONAL if reason else REGIONAL
        if reason:
            exceptions[reason].extend(report.lines)
        scoped.append(replace(report, scope=scope))

    national = sum(report.scope == NATIONAL for report in scoped)
    notes = [f"{national} source rows are national, {len(scoped) - national} regional."]
    notes += [f"{reason}: {_lines(lines)}." for reason, lines in sorted(exceptions.items())]
    return scoped, notes


def merge(reports: Sequence[Report]) -> tuple[list[Report], list[str]]:
    """Join the rows of one post that share period, scope and class; sort the result.

    Regional rows are joined only within one region. Launched and intercepted are sums, blank as
    soon as one part is blank, since a part would read as the total; suppressed is the sum of what
    is given; locations belong to the report and not to a weapon: the largest, never a sum.

    Returns
    -------
    tuple of list of Report and list of str
        By date, period, scope, class, source and region; and a note on how many were joined.
    """
    groups: dict[tuple[object, ...], list[Report]] = defaultdict(list)
    for report in reports:
        region = () if report.scope == NATIONAL else report.regions
        key = (report.scope, report.start, report.end, report.classes, report.source, region)
        groups[key].append(report)
    merged = [_join(group) for group in groups.values()]
    merged.sort(key=_order)
    joined = sum(len(group) for group in groups.values() if len(group) > 1)
    into = sum(len(group) > 1 for group in groups.values())
    notes = [f"{joined} source rows of the same post, period and class are joined into {into}."]
    return merged, notes


def _parse(
    line: int,
    row: Mapping[str, str],
    categories: Mapping[str, tuple[str, str]],
    moments: Moments,
) -> tuple[Report, set[str]]:
    start, end = moments[row["time_start"]], moments[row["time_end"]]
    if end.ends < start.begins:
        raise ValueError(f"the period ends ({end.text}) before it starts ({start.text}).")
    written = _split(row["model"])
    source = _short_reference(row["source"])
    if not written:
        raise ValueError("no model is named.")
    if not source:
        raise ValueError("no source is named.")
    known = [weapons.model(name, categories.get(name, ("", ""))) for name in written]
    classes = {klass for _, klass in known}
    report = Report(
        lines=(line,),
        start=start,
        end=end,
        models=tuple(dict.fromkeys(name for name, _ in known)),
        classes=tuple(klass for klass in CLASSES if klass in classes),
        launched=count(row["launched"], "launched"),
        intercepted=count(row["destroyed"], "destroyed"),
        suppressed=count(row["not_reach_goal"], "not_reach_goal"),
        hit_locations=count(row["num_hit_location"], "num_hit_location"),
        debris_locations=count(row["num_fall_fragment_location"], "num_fall_fragment_location"),
        launch_places=_places(row["launch_place"]),
        regions=_places(row["target"]),
        source=source,
    )
    return report, {name for name in written if not weapons.is_known(name)}


def count(text: str, column: str) -> int | None:
    """A count, also as ``138.0`` or ``138,0``; None where nothing was given.

    Raises
    ------
    ValueError
        One sentence, if the text is no whole number below a million.
    """
    text = text.strip()
    if not text:
        return None
    written = _COUNT.fullmatch(text)
    if not written:
        raise ValueError(f"{column} is {text[:60]!r}, not a count.")
    return int(written[1])


def _split(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in _JOINT.split(text.strip()))
    return tuple(dict.fromkeys(part for part in parts if part))


def _places(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.replace(" oblast", " Oblast") for part in _split(text)))


def _short_reference(text: str) -> str:
    text = re.sub(r"^https?://", "", text.strip())
    return re.sub(r"^(www\.|m\.)?(facebook\.com/)?", "", text).rstrip("/")


def _why_regional(
    report: Report, post: Sequence[Report], totals: dict[str, list[Report]]
) -> str | None:
    if report.country_wide:
        return None
    for model in report.models:
        for total in totals[model]:
            if total.source != report.source and _fits_within(report, total):
                return "Regional although the Air Force published it, part of another post's total"
    minor = all(
        RECONNAISSANCE_DRONE in other.classes
        or set(other.models) <= FRONT_LINE_DRONES | {"Unknown drone"}
        for other in post
    )
    if minor:
        return "Regional although the Air Force published it, drones of the front line in a place"
    return None


def _why_national(
    report: Report, post: Sequence[Report], totals: dict[str, list[Report]]
) -> str | None:
    if any(COUNTRY not in other.regions for other in post):
        return None
    for model in report.models:
        if any(report.overlaps(total) for total in totals[model]):
            return None
    return "National although no national channel published it, about Ukraine as a whole"


def _fits_within(report: Report, total: Report) -> bool:
    if not report.overlaps(total):
        return False
    if report.launched is None or total.launched is None:
        return True
    return report.launched <= total.launched


def _join(group: Sequence[Report]) -> Report:
    first = group[0]
    if len(group) == 1:
        return first
    regions = _union(report.regions for report in group)
    return replace(
        first,
        lines=tuple(line for report in group for line in report.lines),
        models=_union(report.models for report in group),
        launched=_sum_if_all([report.launched for report in group]),
        intercepted=_sum_if_all([report.intercepted for report in group]),
        suppressed=_sum_of_given([report.suppressed for report in group]),
        hit_locations=_largest([report.hit_locations for report in group]),
        debris_locations=_largest([report.debris_locations for report in group]),
        launch_places=_union(report.launch_places for report in group),
        regions=(COUNTRY,) if COUNTRY in regions else regions,
    )


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for parts in lists for part in parts))


def _sum_if_all(values: Sequence[int | None]) -> int | None:
    given = [value for value in values if value is not None]
    return sum(given) if len(given) == len(values) else None


def _sum_of_given(values: Sequence[int | None]) -> int | None:
    given = [value for value in values if value is not None]
    return sum(given) if given else None


def _largest(values: Sequence[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _order(report: Report) -> tuple[object, ...]:
    return (
        report.end.text[:10],
        report.start.text,
        report.end.text,
        SCOPES.index(report.scope),
        [CLASSES.index(klass) for klass in report.classes],
        report.source,
        report.regions,
    )


def _blanks(reports: Sequence[Report]) -> list[str]:
    """Notes on source rows that leave out a figure, which stays blank: a gap, not nought."""
    silent = {
        "Launched": [
            line for report in reports if report.launched is None for line in report.lines
        ],
        "Intercepted": [
            line for report in reports if report.intercepted is None for line in report.lines
        ],
    }
    return [
        f"{name} not reported, blank: {_lines(lines)}." for name, lines in silent.items() if lines
    ]


def _doubts(reports: Sequence[Report]) -> list[str]:
    """Notes on rows that are kept as reported and yet cannot all be right."""
    notes = []
    too_many = [
        line
        for report in reports
        if report.launched is not None
        and (report.intercepted or 0) + (report.suppressed or 0) > report.launched
        for line in report.lines
    ]
    if too_many:
        notes.append(
            f"More intercepted and suppressed than launched, kept as read: {_lines(too_many)}."
        )
    twins: dict[tuple[object, ...], list[Report]] = defaultdict(list)
    for report in reports:
        if report.scope == NATIONAL and report.country_wide:
            twins[(report.start, report.end, report.classes, report.models)].append(report)
    twice = sorted(
        line for pair in twins.values() if len(pair) > 1 for r in pair for line in r.lines
    )
    if twice:
        notes.append(
            "Two national posts on the same period and models, kept as two reports: "
            f"{_lines(twice)}."
        )
    return notes


def _lines(lines: Sequence[int]) -> str:
    listed = ", ".join(str(line) for line in sorted(lines))
    return f"{len(lines)} source {'row' if len(lines) == 1 else 'rows'} (line {listed})"
