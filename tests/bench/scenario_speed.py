"""One whole scenario beside the same figures from plain geopandas; ratios measured in one run.

Run it with ``make bench``. The scenario is both sides 10 km along the whole front: zones, square
kilometres by oblast, residents of 2022, settlements with their distance to the line. Railways are
bundled for a part of the front only: neither way measures them.
Both take the same projected layers and the same control map, loaded before the clock starts.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import shapely

from data.projection import MEASURING_CRS
from geo import control, impact, places, pullback, scenario

RUNS = 15
ASKED = scenario.from_preset("mirror-10", extent="all")


def engine(made: control.ControlMap) -> pd.DataFrame:
    """The project's own path, with nothing kept from the run before."""
    for kept in (pullback._kept_zone, pullback._band, impact._inside):
        kept.cache_clear()
    return impact.assess(pullback.pull_back(made, ASKED), made, ASKED).sides


def plain(made: control.ControlMap) -> pd.DataFrame:
    """Buffer, `overlay` and `sjoin` as the documentation of geopandas shows them."""
    band = gpd.GeoDataFrame(
        geometry=[made.line.buffer(ASKED.ukraine_km * 1000, quad_segs=pullback.QUAD_SEGS)],
        crs=MEASURING_CRS,
    )
    ground = gpd.GeoDataFrame(
        {"side": ["ukraine", "russia"]}, geometry=[made.kyiv, made.held], crs=MEASURING_CRS
    )
    zones = gpd.overlay(band, ground, how="intersection")
    hromadas = places.hromadas().assign(whole_m2=places.hromadas().area)
    people = gpd.overlay(hromadas, zones, how="intersection")
    people["residents"] = people["residents_2022"] * people.area / people["whole_m2"]
    towns = gpd.sjoin(places.settlements(), zones, predicate="within")
    towns["distance_km"] = towns.distance(made.line) / 1000
    oblasts = gpd.overlay(places.oblasts(), zones, how="intersection")
    oblasts["area_km2"] = oblasts.area / 1e6
    return pd.DataFrame(
        {
            "area_km2": oblasts.groupby("side")["area_km2"].sum(),
            "residents_2022": people.groupby("side")["residents"].sum().round(),
            "settlements": towns.groupby("side").size(),
        }
    )


def check(made: control.ControlMap) -> None:
    """Fail where the two ways differ by more than 0.1 %."""
    theirs = plain(made).loc[list(pullback.SIDES)].astype(float)
    ours = engine(made)[theirs.columns].astype(float)
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-3, check_names=False)


def bare_buffer(made: control.ControlMap) -> None:
    """The one call that no pullback can do without."""
    shapely.buffer(made.line, ASKED.ukraine_km * 1000, quad_segs=pullback.QUAD_SEGS)


def main() -> None:
    """Time the three in turn and print medians and ratios, after checking that they agree."""
    made = control.load(ASKED.date, ASKED.source)
    check(made)
    steps: dict[str, Callable[[control.ControlMap], object]] = {
        "engine": engine,
        "plain geopandas": plain,
        "bare buffer": bare_buffer,
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(RUNS):
        for name, step in steps.items():
            began = time.perf_counter()
            step(made)
            seconds[name].append(time.perf_counter() - began)
    print(f"{ASKED.title()}, control on {made.date} ({made.title})")
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {RUNS} runs in turn, median"
    )
    for name, times in seconds.items():
        print(f"  {name:<16} {statistics.median(times) * 1000:7.0f} ms")
    pairs = zip(seconds["plain geopandas"], seconds["engine"], strict=True)
    print(f"  plain geopandas / engine  {statistics.median(a / b for a, b in pairs):5.1f}")
    pairs = zip(seconds["engine"], seconds["bare buffer"], strict=True)
    print(f"  engine / bare buffer      {statistics.median(a / b for a, b in pairs):5.1f}")


if __name__ == "__main__":
    main()
