"""What has to be known to read the sums of attack reports, a sentence each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from data.language import _, ngettext
from events import counts, schema
from geo import words

NIGHT_RULE = _("A night belongs to the date on which it ends.")
WEEK_RULE = _("A week runs from Monday to Sunday.")
GOT_THROUGH_RULE = _(
    "Got through is launched less intercepted less suppressed, so that it also holds what was "
    "still in the air when the report was written."
)
DECOY_RULE = _(
    "Attack drones include decoys and imitators; only on some nights do the reports say how many "
    "were Shaheds."
)
MERGED_SINCE = dt.date(2025, 7, 24)
MERGED_RULE = _(
    "From 24 July 2025 on the reports give drones shot down and drones lost to electronic warfare "
    "as one number, intercepted: a suppressed of 0 then means not given apart."
)
RECONNAISSANCE_RULE = _(
    "Reports on reconnaissance drones list those shot down: how many were launched, and the rate, "
    "are not known."
)

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
        notes.append(
            _("No national report for {n} of {all} dates: gaps, not noughts.").format(
                n=words.number(gaps), all=words.number(dates.size)
            )
        )
    regional = int((rows["scope"] == schema.REGIONAL).sum())
    if regional:
        notes.append(
            _("Regional reports are not added to the national ones: {n}.").format(
                n=words.number(regional)
            )
        )
    notes += _shared_told(counted)
    notes += _shot_down_told(counted, drones)
    for name, told in (
        ("launched", _("National reports that leave out how many were launched: {dates}.")),
        ("intercepted", _("National reports that leave out how many were intercepted: {dates}.")),
    ):
        silent = counted[counted[name].isna()]
        if len(silent):
            notes.append(told.format(dates=_listed(silent)))
    stopped = counted["intercepted"].fillna(0) + counted["suppressed"].fillna(0)
    wrong = counted[(stopped > counted["launched"]).fillna(False)]
    if len(wrong):
        notes.append(
            _(
                "National reports that count more intercepted and suppressed than launched, so "
                "that what got through is not known: {dates}."
            ).format(dates=_listed(wrong))
        )
    first_hits = first_hit_locations(table)
    if first_hits is not None and since < first_hits <= until:
        notes.append(
            _("Hit locations are reported from {date} on, and not by every report.").format(
                date=first_hits.isoformat()
            )
        )
    same = ["period_start", "period_end", "class", "models", "region"]
    twins = counted[counted.duplicated(same, keep=False)]
    if len(twins):
        notes.append(
            _("Posts on the same weapons and the same time, all of them counted: {dates}.").format(
                dates=_listed(twins)
            )
        )
    return notes


def of_row(row: Mapping[Any, Any]) -> Iterable[str]:
    """What has to be known to read one row of `events.counts.sums`, a sentence each."""
    yield NIGHT_RULE
    if not row["days_reported"]:
        yield _("No report: a gap, not a nought.")
        return
    if row["days_reported"] < row["days"]:
        yield _("Reports on {n} of {all} dates.").format(n=row["days_reported"], all=row["days"])
    if not row["reports"] and row["launched"] == 0:
        yield _("Nought: no report of the range's nights names this class.")
    if row["days_known"] < row["days_reported"]:
        yield _("Launched is known for {n} of {all} reported dates.").format(
            n=row["days_known"], all=row["days_reported"]
        )
    if row["rate"] == row["rate"] and row["rate_rests_on"] != row["launched"]:
        yield _("The rate rests on {n} of {all} launched.").format(
            n=f"{row['rate_rests_on']:.0f}", all=f"{row['launched']:.0f}"
        )
    if row["together"] > 0:
        yield _("And up to {n} more, reported together with other weapons.").format(
            n=words.number(row["together"])
        )
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
            yield ngettext(
                "{n} report counts {classes} together ({launched} launched); they are in a row of "
                "their own, so that the row of either may be short of up to as many.",
                "{n} reports count {classes} together ({launched} launched); they are in a row of "
                "their own, so that the row of either may be short of up to as many.",
                len(shared),
            ).format(
                n=words.number(len(shared)),
                classes=words.listed(map(_plural, parts), between=_(" and ")),
                launched=words.number(launched),
            )


def _shot_down_told(counted: pd.DataFrame, drones: pd.DataFrame) -> Iterable[str]:
    """That some reports give only what was shot down."""
    if counts.lists_shot_down(counted).any():
        yield RECONNAISSANCE_RULE
    early = drones[(drones["date"] < _LISTS_ENDED) & (drones["launched"] > 0).fillna(False)]
    stopped = early["intercepted"].fillna(0) + early["suppressed"].fillna(0)
    alike = int((early["launched"] == stopped).fillna(False).sum())
    if alike:
        yield _(
            "In 2022 and 2023 many reports give only the drones that were shot down: launched "
            "equals stopped in {n} of {all} here, so that a rate near 100 % means little."
        ).format(n=words.number(alike), all=words.number(len(early)))


def _plural(name: str) -> str:
    """A class in the middle of a sentence."""
    return {
        schema.ATTACK_DRONE: _("attack drones"),
        schema.RECONNAISSANCE_DRONE: _("reconnaissance drones"),
        schema.CRUISE_MISSILE: _("cruise missiles"),
        schema.BALLISTIC_MISSILE: _("ballistic missiles"),
        schema.OTHER: _("other weapons"),
    }[name]


def _listed(rows: pd.DataFrame) -> str:
    """How many rows, and on which dates: ``3 (2025-12-12, 2025-12-14)``."""
    days = sorted({day.date().isoformat() for day in rows["date"]})
    return f"{len(rows):,} ({', '.join(days[:5])}{' …' if len(days) > 5 else ''})"
