"""What a control map costs: time to load it, and memory for each further date that is held.

Run it with ``make bench``. Each date is loaded and a scenario along the whole front answered on it.
"""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

from geo import control, impact, pullback, scenario

_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_mb() -> float:
    """Memory of this process that is in use (MB)."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6


def answer(asked: scenario.Scenario) -> None:
    """Load a control map and answer a scenario on it."""
    made = control.load(asked.date, asked.source)
    impact.assess(pullback.pull_back(made, asked), made, asked)


def main() -> None:
    """Load all bundled maps in turn and print what they cost."""
    base = scenario.from_preset("mirror-10", extent="all")
    began = time.perf_counter()
    control.load(base.date, base.source)
    first = time.perf_counter()
    control.load(base.date, base.source)
    again = time.perf_counter()
    print("a control map and its line")
    print(f"  first, with the borders of Ukraine: {first - began:.2f} s")
    print(f"  the same again: {1e6 * (again - first):.0f} µs")
    answer(base)
    held = [resident_mb()]
    for source in control.SOURCES:
        for date in control.dates(source):
            answer(base.changed(source=source, date=date))
            held.append(resident_mb())
    each = held[1:]
    kept = control._load_bundled.cache_info().maxsize or 0
    print(f"memory: {held[0]:.0f} MB with one date held")
    print(f"  each further date, the first {kept}: {(each[kept - 1] - held[0]) / kept:.1f} MB")
    print(f"  after all {len(each)} maps: {each[-1]:.0f} MB; at most {kept} are kept")


if __name__ == "__main__":
    main()
