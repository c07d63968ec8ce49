"""Ukrainian Air Force reports as one tidy table: a row a reporting period, weapon class and post.

The source is a hand-made table of public posts. What it mixes, this module tells apart: national
totals and the regional commands' reports of the same night, several posts about one night, several
models in one row, and figures that were not given. Nothing leaves the table in silence: every row
that is left out, joined or doubtful is named in the notes.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from data.errors import DataError

REPORTS = "events/missile_attacks_daily.csv"
CATEGORIES = "events/missiles_and_uavs.csv"
TABLE = "airforce.csv"

ATTACK_DRONE = "attack drone"
RECONNAISSANCE_DRONE = "reconnaissance drone"
CRUISE_MISSILE = "cruise missile"
BALLISTIC_MISSILE = "ballistic missile"
OTHER = "other"
CLASSES = (ATTACK_DRONE, RECONNAISSANCE_DRONE, CRUISE_MISSILE, BALLISTIC_MISSILE, OTHER)
"""In this order where several are joined: ``cruise missile + ballistic missile``."""
CLASS_JOINT = " + "
LIST_JOINT = "; "

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

FRONT_LINE_DRONES = frozenset({"Lancet", "Molniya", "Kub", "Privet-82"})
"""Attack drones of the front line. Reports name only those shot down, so launched = intercepted."""

MODELS: dict[str, tuple[str, str]] = {
    "Shahed-136/131": ("Shahed-136/131", ATTACK_DRONE),
    "Lancet": ("Lancet", ATTACK_DRONE),
    "Молнія": ("Molniya", ATTACK_DRONE),
    "Kub": ("Kub", ATTACK_DRONE),
    "Привет-82": ("Privet-82", ATTACK_DRONE),
    "Eleron": ("Eleron", RECONNAISSANCE_DRONE),
    "Forpost": ("Forpost", RECONNAISSANCE_DRONE),
    "Granat-4": ("Granat-4", RECONNAISSANCE_DRONE),
    "Merlin-VR": ("Merlin-VR", RECONNAISSANCE_DRONE),
    "Mohajer-6": ("Mohajer-6", RECONNAISSANCE_DRONE),
    "Orion": ("Orion", RECONNAISSANCE_DRONE),
    "Orlan-10": ("Orlan-10", RECONNAISSANCE_DRONE),
    "Orlan-30": ("Orlan-30", RECONNAISSANCE_DRONE),
    "Reconnaissance UAV": ("Reconnaissance drone", RECONNAISSANCE_DRONE),
    "Supercam": ("Supercam", RECONNAISSANCE_DRONE),
    "ZALA": ("ZALA", RECONNAISSANCE_DRONE),
    "Картограф": ("Kartograf", RECONNAISSANCE_DRONE),
    "Фенікс": ("Feniks", RECONNAISSANCE_DRONE),
    "3M22 Zircon": ("3M22 Zircon", CRUISE_MISSILE),
    "Banderol": ("Banderol", CRUISE_MISSILE),
    "Iskander-K": ("Iskander-K", CRUISE_MISSILE),
    "Kalibr": ("Kalibr", CRUISE_MISSILE),
    "P-800 Oniks": ("P-800 Oniks", CRUISE_MISSILE),
    "X-101/X-555": ("Kh-101/Kh-555", CRUISE_MISSILE),
    "X-22": ("Kh-22", CRUISE_MISSILE),
    "X-31": ("Kh-31", CRUISE_MISSILE),
    "X-31P": ("Kh-31P", CRUISE_MISSILE),
    "X-31PD": ("Kh-31PD", CRUISE_MISSILE),
    "X-32": ("Kh-32", CRUISE_MISSILE),
    "X-35": ("Kh-35", CRUISE_MISSILE),
    "X-59": ("Kh-59", CRUISE_MISSILE),
    "X-59/X-69": ("Kh-59/Kh-69", CRUISE_MISSILE),
    "X-59MK2": ("Kh-59MK2", CRUISE_MISSILE),
    "X-69": ("Kh-69", CRUISE_MISSILE),
    "Ballistic Missile": ("Ballistic missile", BALLISTIC_MISSILE),
    "Intercontinental Ballistic Missile": ("Intercontinental ballistic missile", BALLISTIC_MISSILE),
    "Iskander-M": ("Iskander-M", BALLISTIC_MISSILE),
    "Iskander-M/KN-23": ("Iskander-M/KN-23", BALLISTIC_MISSILE),
    "KN-23": ("KN-23", BALLISTIC_MISSILE),
    "X-47 Kinzhal": ("Kh-47M2 Kinzhal", BALLISTIC_MISSILE),
    # Surface-to-air missiles fired at the ground, bombs, and what the report does not identify.
    "C-300": ("S-300", OTHER),
    "C-300/C-400": ("S-300/S-400", OTHER),
    "C-400": ("S-400", OTHER),
    "GBU": ("Guided bomb", OTHER),
    "Aerial Bomb": ("Aerial bomb", OTHER),
    "Unknown Missile": ("Unknown missile", OTHER),
    "Unknown UAV": ("Unknown drone", OTHER),
}
"""Model as the source writes it -> (name in the field's usual Latin spelling, class)."""

_MODELS_BY_LOWER = {name.lower(): entry for name, entry in MODELS.items()}
# Also "A and and B", which the source has once.
_JOINT = re.compile(r"(?:\s+and)+\s+")
_CATEGORY_CLASSES = {"cruise missile": CRUISE_MISSILE, "ballistic missile": BALLISTIC_MISSILE}
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_NEEDED = (
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


class Moment(NamedTuple):
    """A point of time as the report gives it: a date alone, or with hours and minutes."""

    text: str
    begins: datetime
    ends: datetime


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

    def overlaps(self, other: Report) -> bool:
        """Whether both periods share time; a date alone is that whole day."""
        ends = max(self.end.ends, self.start.begins + _MINUTE)
        other_ends = max(other.end.ends, other.start.begins + _MINUTE)
        return max(self.start.begins, other.start.begins) < min(ends, other_ends)


def write_table(source_dir: Path, out_dir: Path) -> tuple[int, list[str]]:
    """Write ``airforce.csv`` from the upstream tables.

    Parameters
    ----------
    source_dir : Path
        Holds ``events/missile_attacks_daily.csv`` and ``events/missiles_and_uavs.csv``.
    out_dir : Path
        Where the table is written (UTF-8, ``\\n``, the same bytes for the same sources).

    Returns
    -------
    tuple of int and list of str
        Rows written, and one sentence for each thing left out, joined, re-classed or doubtful.

    Raises
    ------
    DataError
        If a source file is missing, unreadable or without the columns expected.
    """
    categories = _read_categories(source_dir / CATEGORIES)
    reports, notes = read_reports(source_dir / REPORTS, categories)
    scoped, scope_notes = assign_scope(reports)
    merged, merge_notes = merge(scoped)
    _write(merged, out_dir / TABLE)
    return len(merged), notes + scope_notes + merge_notes + _blanks(scoped) + _doubts(merged)


def read_reports(
    path: Path, categories: dict[str, tuple[str, str]] | None = None
) -> tuple[list[Report], list[str]]:
    """Read the upstream table, one `Report` a row, scope not yet decided.

    Parameters
    ----------
    path : Path
        ``missile_attacks_daily.csv`` as it is downloaded.
    categories : dict, optional
        Model -> (category, type) of ``missiles_and_uavs.csv``, asked only for models that are not
        in `MODELS`: it lacks some, and calls a row of Kinzhal and Iskander-M cruise missiles.

    Returns
    -------
    tuple of list of Report and list of str
        Reports in the order of the file; notes name unreadable rows by line, and unknown models.
    """
    categories = categories or {}
    reports: list[Report] = []
    notes: list[str] = []
    unknown: set[str] = set()
    uncategorised: set[str] = set()
    for line, row in _rows(path, _NEEDED):
        try:
            report, strange = _parse(line, row, categories)
        except ValueError as error:
            notes.append(f"Line {line} left out: {error}")
            continue
        reports.append(report)
        unknown |= strange
        if categories and row["model"].strip() not in categories:
            uncategorised.add(row["model"].strip())
    if unknown:
        notes.append(f"Models kept under their own name: {', '.join(sorted(unknown))}.")
    if uncategorised:
        notes.append(
            f"{len(uncategorised)} of the models as written are missing from the category file "
            f"and were classed by name: {', '.join(sorted(uncategorised))}."
        )
    return reports, notes


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


def _rows(path: Path, needed: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV file as dictionaries, each with the line on which it begins."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restval="", restkey="")
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            if missing:
                raise DataError(f"{path.name} has no column {', '.join(missing)}.")
            line = reader.line_num + 1
            for row in reader:
                yield line, row
                line = reader.line_num + 1
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} is not a CSV table in UTF-8: {error}.") from error


def _read_categories(path: Path) -> dict[str, tuple[str, str]]:
    return {
        row["model"].strip(): (row["category"].strip(), row["type"].strip())
        for _, row in _rows(path, ("model", "category", "type"))
    }


def _parse(
    line: int, row: dict[str, str], categories: dict[str, tuple[str, str]]
) -> tuple[Report, set[str]]:
    start, end = _moment(row["time_start"]), _moment(row["time_end"])
    if end.ends < start.begins:
        raise ValueError(f"the period ends ({end.text}) before it starts ({start.text}).")
    written = _split(row["model"])
    source = _short_reference(row["source"])
    if not written:
        raise ValueError("no model is named.")
    if not source:
        raise ValueError("no source is named.")
    known = [_model(name, categories) for name in written]
    classes = {klass for _, klass in known}
    report = Report(
        lines=(line,),
        start=start,
        end=end,
        models=tuple(dict.fromkeys(name for name, _ in known)),
        classes=tuple(klass for klass in CLASSES if klass in classes),
        launched=_count(row["launched"], "launched"),
        intercepted=_count(row["destroyed"], "destroyed"),
        suppressed=_count(row["not_reach_goal"], "not_reach_goal"),
        hit_locations=_count(row["num_hit_location"], "num_hit_location"),
        debris_locations=_count(row["num_fall_fragment_location"], "num_fall_fragment_location"),
        launch_places=_places(row["launch_place"]),
        regions=_places(row["target"]),
        source=source,
    )
    return report, {name for name in written if name.lower() not in _MODELS_BY_LOWER}


def _moment(text: str) -> Moment:
    text = text.strip().replace("T", " ")
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        pass
    else:
        return Moment(day.strftime("%Y-%m-%d"), day, day + _DAY)
    try:
        # Also reads the hour without its zero, "2023-05-16 3:30".
        minute = datetime.strptime(text[:16].strip(), "%Y-%m-%d %H:%M")
    except ValueError:
        raise ValueError(f"{text!r} is neither a date nor a date and time.") from None
    return Moment(minute.strftime("%Y-%m-%dT%H:%M"), minute, minute)


def _count(text: str, column: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.0+)?", text):
        raise ValueError(f"{column} is {text!r}, not a count.")
    return int(float(text))


def _split(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in _JOINT.split(text.strip()))
    return tuple(dict.fromkeys(part for part in parts if part))


def _places(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.replace(" oblast", " Oblast") for part in _split(text)))


def _model(name: str, categories: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Name and class of a model: by our vocabulary, else by the category file, else other."""
    known = _MODELS_BY_LOWER.get(name.lower())
    if known:
        return known
    category, kind = categories.get(name, ("", ""))
    if "reconnaissance" in kind:
        return name, RECONNAISSANCE_DRONE
    if "loitering" in kind:
        return name, ATTACK_DRONE
    return name, _CATEGORY_CLASSES.get(category, OTHER)


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


def _write(reports: Sequence[Report], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for report in reports:
            writer.writerow(
                [
                    report.end.text[:10],
                    report.start.text,
                    report.end.text,
                    report.scope,
                    CLASS_JOINT.join(report.classes),
                    LIST_JOINT.join(report.models),
                    *("" if value is None else value for value in _counts(report)),
                    LIST_JOINT.join(report.launch_places),
                    LIST_JOINT.join(report.regions),
                    report.source,
                ]
            )


def _counts(report: Report) -> tuple[int | None, ...]:
    return (
        report.launched,
        report.intercepted,
        report.suppressed,
        report.hit_locations,
        report.debris_locations,
    )
