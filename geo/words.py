"""Dates, figures and names as they are written everywhere: on screen, on paper, on a terminal."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SIDES = {"ukraine": "Ukraine", "russia": "Russia"}
"""Side -> its name."""

HELD = {"ukraine": "Kyiv-held", "russia": "Russian-held"}
"""Side -> what the ground it holds is called."""

MEASURES = {
    "area_km2": "Area",
    "residents_2022": "Residents of 2022",
    "settlements": "Settlements of 500+",
    "rail_km": "Railways",
}
"""Column of `geo.impact.Impact.sides` -> its heading, in the order in which they are shown."""

ILLUSTRATIVE = "Illustrative: no official geometry has been published."


def day(date: dt.date) -> str:
    """A date in words: ``14 December 2025``."""
    return f"{date.day} {date:%B %Y}"


def as_of(text: str) -> str:
    """A date of a table in words; what is no ISO date (a period, "undated") stays as it is."""
    try:
        return day(dt.date.fromisoformat(text))
    except ValueError:
        return text


def subtitle(title: str, date: dt.date) -> str:
    """What a result rests on: the control map's date and source, the count, and the caveat."""
    return (
        f"Line of contact on {day(date)} ({title}) · "
        "residents as counted on 1 January 2022 · illustrative"
    )


def number(value: float, *, digits: int | None = None) -> str:
    """A figure with thousands separated, rounded to `digits` significant digits if given.

    What is not known is an en dash.
    """
    if value is None or math.isnan(value):
        return "–"
    if digits is not None and value:
        value = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.0f}"


def measure(name: str, value: float) -> str:
    """A figure of `MEASURES` as it is printed, with its unit.

    Residents have three significant digits: spreading counts over the ground gives no more.
    A measure that the tables do not cover is "no data".
    """
    if math.isnan(value):
        return "no data"
    if name == "area_km2":
        return "under 1 km²" if 0 < value < 1 else f"{number(value)} km²"
    if name == "residents_2022":
        return number(value, digits=3)
    if name == "rail_km":
        return f"{number(value)} km"
    return number(value)


def bare(name: str, value: float) -> str:
    """A figure of `MEASURES` without its unit, for a place beside one that has it."""
    return measure(name, value).removesuffix(" km²").removesuffix(" km")


def span(name: str, one: float, other: float) -> str:
    """Two answers to the same question as a range: ``1,245–1,457 km²``.

    What rounds to the same is one figure; of an unknown and a known one, the known.
    """
    known = sorted(value for value in (one, other) if not math.isnan(value))
    if len(known) < 2 or measure(name, known[0]) == measure(name, known[1]):
        return measure(name, known[0] if known else math.nan)
    return f"{bare(name, known[0])}–{measure(name, known[1])}"


def railways(table: pd.DataFrame) -> str:
    """Railways by class and side, as `geo.impact.Impact.railways` has them; "" where none is."""
    sides = []
    for side, name in SIDES.items():
        rows = table[table["side"] == side].to_dict("records")
        told = [f"{row['class']} {measure('rail_km', row['length_km'])}" for row in rows]
        if told:
            sides.append(f"{name}’s side: {', '.join(told)}")
    return f"Railways: {'; '.join(sides)}." if sides else ""


def balance(table: pd.DataFrame, assessor: str) -> list[str]:
    """Who gives up what on an assessor's map, from `geo.curve.balance`.

    Sentences, none unless both sides give up ground.
    """
    rows = table.to_dict(orient="index")
    if not all(rows["area_km2"][side] > 0 for side in SIDES):
        return []
    shares = [
        _times(rows["area_km2"]["ratio"], "as much ground"),
        _times(rows["residents_2022"]["ratio"], "as many residents of 2022"),
    ]
    given_up = " and ".join(filter(None, shares))
    sentences = [f"On {assessor}’s map Russia’s side gives up {given_up} as Ukraine’s."]
    for side, whose, would in (
        ("ukraine", "Ukraine’s side", "give up as much as Russia’s"),
        ("russia", "Russia’s side", "give up as much as Ukraine’s"),
    ):
        equal = [
            f"{what} at {rows[key][f'{side}_equal_km']:.1f} km"
            for key, what in (("area_km2", "ground"), ("residents_2022", "residents"))
            if _is_equalled(rows[key], side)
        ]
        if equal:
            sentences.append(f"{whose} would {would}: {', '.join(equal)}.")
    return sentences


def _times(ratio: float, as_much: str) -> str:
    """``1.05 times as much ground``; "" where one of the two gives up none or is not known."""
    if not ratio > 0:
        return ""
    if ratio < 0.01:
        return f"less than 0.01 times {as_much}"
    text = f"{ratio:.2f}" if ratio < 10 else number(ratio, digits=3)
    return as_much if text == "1.00" else f"{text} times {as_much}"


def _is_equalled(row: Mapping[Hashable, float], side: str) -> bool:
    """Whether there is a distance at which a side would give up what the other does."""
    return min(row["ukraine"], row["russia"]) > 0 and row[f"{side}_equal_km"] >= 0.05


def deed(distance_km: float, leaves: tuple[str, ...]) -> str:
    """What a side does, after its name: ``pulls back 5 km``, ``leaves``, ``stays``."""
    pulls = f"pulls back {distance_km:g} km"
    if leaves:
        return f"leaves, {pulls}" if distance_km else "leaves"
    return pulls if distance_km else "stays"
