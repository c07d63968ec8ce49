"""How much memory the server holds for each date, and that it stops growing.

Run with ``python -m tests.bench.memory`` (Linux: it reads the process's own resident memory). First
control maps alone, then with a scenario and its curve answered on each, then all dates of both
assessors twice: caches that are bounded hold as much after the second round as after the first.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import os
import statistics
from collections.abc import Callable
from pathlib import Path

from geo import certainty, control, curve, impact, pullback, scenario

LARGEST_GROWTH_MB = 5.0
FURTHER = 8
ASKED = scenario.from_preset("mirror-10", extent="all")


def held_mb() -> float:
    """Resident memory of this process after tidying up (MB)."""
    gc.collect()
    # Memory that GEOS has freed is otherwise kept for it by the C library.
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def load(day: dt.date, source: str) -> None:
    """A control map and its line."""
    assert control.load(day, source).line_km > 0


def answer(day: dt.date, source: str) -> None:
    """A control map with a scenario answered on it."""
    made = control.load(day, source)
    asked = ASKED.changed(date=day, source=source)
    assert len(impact.assess(pullback.pull_back(made, asked), made, asked).settlements)


def everything(day: dt.date, source: str) -> None:
    """All that the page asks of a date: scenario, curve and what an error in the line does."""
    made = control.load(day, source)
    asked = ASKED.changed(date=day, source=source, extent="Donetsk Oblast")
    found = impact.assess(pullback.pull_back(made, asked), made, asked)
    curve.balance(found, curve.curve(made, asked))
    certainty.sensitivity(found)


def growth(step: Callable[[dt.date, str], None], days: list[dt.date]) -> list[float]:
    """MB that each further date adds, after three to warm up."""
    for day in days[:3]:
        step(day, "deepstate")
    grown, before = [], held_mb()
    for day in days[3 : 3 + FURTHER]:
        step(day, "deepstate")
        now = held_mb()
        grown.append(now - before)
        before = now
    return grown


def main() -> None:
    """Measure and print."""
    days = control.dates("deepstate")
    print(f"memory of the process, {os.cpu_count()} cores, {held_mb():.0f} MB to begin with")
    for name, step in (
        ("a further date, map and line", load),
        ("a further date, scenario answered", answer),
        ("a further date, all that the page asks", everything),
    ):
        control._load_bundled.cache_clear()
        grown = growth(step, days)
        print(
            f"  {name:<40} {statistics.mean(grown):5.1f} MB (largest {max(grown):.1f}; "
            f"less than {LARGEST_GROWTH_MB:g})"
        )
    for turn in ("first", "second"):
        for source in control.SOURCES:
            for day in control.dates(source):
                answer(day, source)
        print(f"  all 58 maps answered, {turn} time: {held_mb():.0f} MB")
    info = control._load_bundled.cache_info()
    print(f"  control maps held at once: {info.currsize} of at most {info.maxsize}")


if __name__ == "__main__":
    main()
