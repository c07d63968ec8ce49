"""What has to be known to read the sums of attack reports, a sentence each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from events import counts, schema

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
RECONNAISSANCE_RULE = (
    "Reports on reconnaissance drones list those shot down: how many were launched, and the rate, "
    "are not known."
)
AND_UP_TO = "And up to {:,.0f} more, reported together with other weapons"

_LISTS_ENDED = pd.Timestamp(2024, 1, 1)


def of_sums(table: pd.DataFrame, *, since: dt.date, until: dt.date, by: str) -> list[str]:
    """What has to be known to read `events.counts.sums`, a sentence each.

    Rules, gaps and contradictions.
    """
    dates = counts.dates_between(since, until)
    rows = table[table["date"].isin(dates)]
    counted = counts.national(rows)
    notes = [NIGHT_RULE, WEEK_RULE] if by == "week" else [NIGHT_RULE]
    notes.append(GOT_THROUGH_RULE)
    drones = counted[counted["class"] == schema.ATTACK_DRONE]
    if len(drones):
        notes.append(DECOY_RULE)
    if until >= MERGED_SINCE and len(drones):
        notes.append(MERGED_RULE)
    gaps = counts.gaps(table, dates)
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


def of_row(row: Mapping[Any, Any]) -> Iterable[str]:
    """What has to be known to read one row of `events.counts.sums`, a sentence each."""
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
    if schema.ATTACK_DRONE in schema.classes_of(row["class"]):
        yield DECOY_RULE
        if row["to"].date() >= MERGED_SINCE:
            yield MERGED_RULE
    if row["class"] == schema.RECONNAISSANCE_DRONE and row["reports"]:
        yield RECONNAISSANCE_RULE


def first_hit_locations(table: pd.DataFrame) -> dt.date | None:
    """The first date of which a national report gives hit locations; None where none does."""
    rows = counts.national(table)
    dates = rows.loc[rows["hit_locations"].notna(), "date"]
    return dates.min().date() if len(dates) else None


def _shared_told(counted: pd.DataFrame) -> Iterable[str]:
    """A sentence for each figure that several classes share."""
    for name in counts.classes_in(counted):
        shared = counted[counted["class"] == name]
        parts = schema.classes_of(name)
        if len(parts) > 1:
            launched = int(shared["launched"].sum())
            yield (
                f"{_reports(len(shared))} {' and '.join(_plural(n) for n in parts)} "
                f"together ({launched:,} launched); they are in a row of their own, so that the "
                "row of either may be short of up to as many."
            )


def _reports(number: int) -> str:
    return "1 report counts" if number == 1 else f"{number:,} reports count"


def _shot_down_told(counted: pd.DataFrame, drones: pd.DataFrame) -> Iterable[str]:
    """That some reports give only what was shot down."""
    if counts.lists_shot_down(counted).any():
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


def _plural(name: str) -> str:
    return "other weapons" if name == schema.OTHER else f"{name}s"


def _listed(rows: pd.DataFrame) -> str:
    """How many rows, and on which dates: ``3 (2025-12-12, 2025-12-14)``."""
    days = sorted({day.date().isoformat() for day in rows["date"]})
    return f"{len(rows):,} ({', '.join(days[:5])}{' …' if len(days) > 5 else ''})"
