"""Dates, figures and names as they are written everywhere: on screen, on paper, on a terminal."""

from __future__ import annotations

import datetime as dt
import math

SIDES = {"ukraine": "Ukraine", "russia": "Russia"}
"""Side -> its name."""

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

    Residents have three significant digits: spreading a count evenly over a hromada gives no more.
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


def deed(distance_km: float, leaves: tuple[str, ...]) -> str:
    """What a side does, after its name: ``pulls back 5 km``, ``leaves``, ``stays``."""
    pulls = f"pulls back {distance_km:g} km"
    if leaves:
        return f"leaves, {pulls}" if distance_km else "leaves"
    return pulls if distance_km else "stays"
