"""Invented reports of attacks, of a night and a day in December 2025."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from events import schema


def table(*rows: dict[str, str]) -> pd.DataFrame:
    """Reports from a few named cells; the rest is a national report of attack drones."""
    default = {
        "scope": "national",
        "class": "attack drone",
        "models": "Shahed-136/131",
        "source": "kpszsu/posts/a",
        "region": "Ukraine",
    }
    full = []
    for row in rows:
        cells = dict.fromkeys(schema.COLUMNS, "") | default | row
        cells["period_start"] = cells["period_start"] or cells["period_end"]
        full.append(cells | {"date": cells["period_end"][:10]})
    return schema.typed(pd.DataFrame(full, columns=list(schema.COLUMNS), dtype="str"))


NIGHT = {
    "period_start": "2025-12-13T19:00",
    "period_end": "2025-12-14T08:30",
    "launched": "138",
    "intercepted": "110",
    "suppressed": "0",
    "hit_locations": "6",
}
DAY = {
    "period_start": "2025-12-14T09:00",
    "period_end": "2025-12-14T18:00",
    "launched": "20",
    "intercepted": "12",
    "suppressed": "3",
    "source": "kpszsu/posts/b",
}
UNTIL = dt.date(2025, 12, 14)
MISSILE = {"class": "ballistic missile", "models": "Iskander-M", "launched": "4"}
WEEK = dt.date(2025, 12, 8), dt.date(2025, 12, 14)


def on(date: str, launched: str = "10", intercepted: str = "8", **cells: str) -> dict[str, str]:
    return {"period_end": date, "launched": launched, "intercepted": intercepted, **cells}


def over_night(row: dict[str, str]) -> dict[str, str]:
    """The same report, on the time from the evening before to the morning."""
    evening = dt.date.fromisoformat(row["period_end"]) - dt.timedelta(days=1)
    return row | {
        "period_start": f"{evening}T19:00",
        "period_end": f"{row['period_end']}T08:00",
    }
