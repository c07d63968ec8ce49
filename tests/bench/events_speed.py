"""Two million events against the whole front, beside `geopandas.sjoin`; ratios of one run.

Run it with ``python -m tests.bench.events_speed``. The zones are 10 km on both sides of the whole
line of contact. Both ways are checked to give the same events, one by one, before they are timed.
The peak memory is that of a process of its own that counts the same events from Parquet.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from data.projection import MEASURING_CRS, STORED_CRS
from events import inside, points
from events.tally import Ground, events_inside
from geo import control, pullback, scenario
from tests.bench.events_file import peak_mb, write

ROWS = 2_000_000
ASKED = scenario.from_preset("mirror-10", extent="all")


def zones() -> tuple[gpd.GeoDataFrame, control.ControlMap]:
    """The two zones, and the control map on which they are drawn."""
    made = control.load(ASKED.date, ASKED.source)
    return pullback.pull_back(made, ASKED), made


def joined(placed: gpd.GeoDataFrame, both: gpd.GeoDataFrame) -> pd.DataFrame:
    """`sjoin` as the documentation of geopandas shows it."""
    return gpd.sjoin(placed, both, predicate="intersects")


def projected(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """The events as points in metres."""
    placed = gpd.points_from_xy(table["lon"], table["lat"], crs=STORED_CRS)
    return gpd.GeoDataFrame(geometry=placed).to_crs(MEASURING_CRS)


def check(table: pd.DataFrame, both: gpd.GeoDataFrame, theirs: pd.DataFrame) -> None:
    """Fail where the two ways do not give the same events."""
    ours = events_inside(table.assign(id=np.arange(len(table))), Ground.of(both))
    for side in pullback.SIDES:
        expected = np.sort(theirs.index[theirs["side"] == side])
        if not np.array_equal(ours.loc[ours["side"] == side, "id"], expected):
            raise SystemExit(f"the two ways differ on the side of {side}")


def main() -> None:
    """Time both in turn, print medians and ratios, then the memory."""
    parser = argparse.ArgumentParser(description="Events in zones, beside geopandas.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only-count", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    both, made = zones()
    if options.only_count:
        inside.count(options.only_count, both, made, ASKED)
        print(f"{peak_mb():.0f}")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder) / "events.parquet", rows=ROWS)
        table = points.read(file).table
        ground, placed = Ground.of(both), projected(table)
        check(table, both, joined(placed, both))
        steps: dict[str, Callable[[], object]] = {
            "engine, from degrees": lambda: inside.tally_batch(table, ground),
            "sjoin, from metres": lambda: joined(placed, both),
            "sjoin, from degrees": lambda: joined(projected(table), both),
        }
        seconds: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(options.runs):
            for name, step in steps.items():
                began = time.perf_counter()
                step()
                seconds[name].append(time.perf_counter() - began)
        alone = [sys.executable, "-m", "tests.bench.events_speed", "--only-count", str(file)]
        memory = subprocess.run(alone, check=True, capture_output=True, text=True).stdout.strip()
    print(f"{len(table):,} events, {ASKED.title()}, control on {made.date} ({made.title})")
    cores, version = os.cpu_count(), platform.python_version()
    print(f"{cores} cores, Python {version}, {options.runs} runs in turn, median")
    for name, times in seconds.items():
        print(f"  {name:<22} {statistics.median(times):6.2f} s")
    engine = seconds.pop("engine, from degrees")
    for name, times in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(times, engine, strict=True))
        print(f"  {name} / engine  {ratio:5.1f}")
    print(f"  peak memory of counting them from Parquet  {memory} MB")


if __name__ == "__main__":
    main()
