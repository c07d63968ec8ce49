"""One whole scenario beside the same figures from plain geopandas; ratios measured in one run.

Run it with ``make bench``. The scenario is both sides 10 km along the whole front: zones, square
kilometres by oblast, residents of 2022, settlements with their distance to the line. Railways are
bundled for a part of the front only: neither way measures them.
Both take the same projected layers and the same control map, loaded before the clock starts.
"""

from __future__ import annotations

import functools
import os
import platform
import statistics
import time
from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import shapely

from data.projection import MEASURING_CRS
from geo import control, curve, impact, places, pullback, scenario

RUNS = 15
ASKED = scenario.from_preset("mirror-10", extent="all")
_SIDES = list(pullback.SIDES)


def forget() -> None:
    """Let go of every answer, but not of the layers and the control map."""
    for kept in (pullback._kept_zone, pullback._band, impact._inside, curve._curve):
        kept.cache_clear()


def engine(
    made: control.ControlMap, asked: scenario.Scenario = ASKED
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The project's own path: the sides' figures, and the settlements."""
    found = impact.assess(pullback.pull_back(made, asked), made, asked)
    return found.sides, found.settlements


def plain(made: control.ControlMap) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Buffer, `overlay` and `sjoin` as the documentation of geopandas shows them."""
    band = gpd.GeoDataFrame(
        geometry=[made.line.buffer(ASKED.ukraine_km * 1000, quad_segs=pullback.QUAD_SEGS)],
        crs=MEASURING_CRS,
    )
    ground = gpd.GeoDataFrame({"side": _SIDES}, geometry=[made.kyiv, made.held], crs=MEASURING_CRS)
    zones = gpd.overlay(band, ground, how="intersection")
    units = places.units().assign(whole_m2=places.units().area)
    people = gpd.overlay(units, zones, how="intersection", keep_geom_type=True)
    people["area_km2"] = people.area / 1e6
    people["residents_2022"] *= people.area / people["whole_m2"]
    towns = gpd.sjoin(places.settlements(), zones, predicate="within")
    towns["distance_km"] = towns.distance(made.line) / 1000
    by_side = people.groupby("side")[["area_km2", "residents_2022"]].sum()
    return by_side.assign(settlements=towns.groupby("side").size()).loc[_SIDES], towns


def check(made: control.ControlMap) -> None:
    """Fail where the two ways differ by more than 0.1 %, or in a settlement."""
    theirs, their_towns = plain(made)
    ours, our_towns = engine(made)
    pd.testing.assert_frame_equal(
        ours[theirs.columns].astype(float), theirs.astype(float), rtol=1e-3, check_names=False
    )
    order = ["lon", "lat"]
    one, other = (
        towns.sort_values(order)["distance_km"].to_numpy() for towns in (our_towns, their_towns)
    )
    assert len(one) == len(other)
    assert abs(one - other).max() < 1e-6


def bare_buffer(made: control.ControlMap) -> None:
    """The one call that no pullback can do without, as one would write it."""
    shapely.buffer(made.line, ASKED.ukraine_km * 1000)


def one_side(made: control.ControlMap, *, ukraine_km: float) -> None:
    """A step of one slider; the other side stays where it was."""
    engine(made, ASKED.changed(ukraine_km=ukraine_km))


def seconds(step: Callable[[], object]) -> float:
    """How long a step takes."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def main() -> None:
    """Time everything in turn and print medians and ratios, after checking that they agree."""
    made = control.load(ASKED.date, ASKED.source)
    check(made)
    taken: dict[str, list[float]] = {}
    for run in range(RUNS):
        forget()
        taken.setdefault("whole scenario", []).append(seconds(lambda: engine(made)))
        moved = functools.partial(one_side, made, ukraine_km=11 + run / 2)
        taken.setdefault("one slider moved", []).append(seconds(moved))
        pullback._band.cache_clear()
        both = functools.partial(engine, made, ASKED.changed(ukraine_km=30 - run / 2, russia_km=40))
        taken.setdefault("both moved", []).append(seconds(both))
        taken.setdefault("nothing moved", []).append(seconds(lambda: engine(made)))
        taken.setdefault("plain geopandas", []).append(seconds(lambda: plain(made)))
        taken.setdefault("bare buffer", []).append(seconds(lambda: bare_buffer(made)))
        if run < 5:
            forget()
            taken.setdefault("curve", []).append(seconds(lambda: curve.curve(made, ASKED)))
    print(f"{ASKED.title()}, control on {made.date} ({made.title})")
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {RUNS} runs in turn, median"
    )
    for name, times in taken.items():
        print(f"  {name:<17} {statistics.median(times) * 1000:7.0f} ms")
    for one, other in (
        ("plain geopandas", "whole scenario"),
        ("whole scenario", "bare buffer"),
        ("one slider moved", "both moved"),
        ("curve", "whole scenario"),
    ):
        pairs = zip(taken[one], taken[other], strict=False)
        print(f"  {one} / {other}: {statistics.median(a / b for a, b in pairs):.1f}")


if __name__ == "__main__":
    main()
