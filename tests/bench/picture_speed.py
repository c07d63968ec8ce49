"""How fast a picture is made: the default scenario as PNG at 300 dpi, as PDF and as SVG.

Run it with ``make bench``. Everything is warm: the answer is there, the map's layers are loaded.
"""

from __future__ import annotations

import os
import platform
import statistics
import time

from geo import control, figure, impact, pullback, scenario
from geo.paper import PAPERS, Look
from geo.snapshot import Snapshot

RUNS = 5
WANTED_S = 2.0
DPI = 300


def seconds(snapshot: Snapshot, format: str, look: Look) -> float:
    """The median of some runs, after one that warms up."""
    taken = []
    for _run in range(RUNS + 1):
        start = time.perf_counter()
        figure.render(snapshot, format, look=look)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def main() -> None:
    asked = scenario.default()
    made = control.load(asked.date, asked.source)
    snapshot = Snapshot(answers=(impact.assess(pullback.pull_back(made, asked), made, asked),))
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{asked.title()}; median of {RUNS} runs, in seconds")
    print(f"{'paper':15}{'png ' + str(DPI) + ' dpi':>14}{'pdf':>8}{'svg':>8}")
    for paper in PAPERS:
        look = Look(paper=paper, dpi=DPI)
        png, pdf, svg = (seconds(snapshot, format, look) for format in ("png", "pdf", "svg"))
        print(f"{paper:15}{png:14.2f}{pdf:8.2f}{svg:8.2f}")
        if paper == "a4-landscape" and png > WANTED_S:
            raise SystemExit(f"A4 at {DPI} dpi takes {png:.2f} s, more than {WANTED_S:g} s")


if __name__ == "__main__":
    main()
