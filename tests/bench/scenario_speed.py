"""How fast a scenario is answered, beside what it cannot do without and beside plain geopandas.

Run it with ``make bench``; all ratios come from one run, each of pairs measured one after the
other. The scenario is both sides 10 km along the whole front: zones, square kilometres by oblast,
residents of 2022, settlements with their distance to the line. Railways are bundled for a part of
the front only: neither way measures them there. Every way takes the same projected layers and the
same control map, loaded before the clock starts.
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
from geo import control, curve, impact, places, pullback, scenario

RUNS = 11
ASKED = scenario.from_preset("mirror-10", extent="all")
DISTANCE_M = ASKED.ukraine_km * 1000
_KEPT = (pullback._kept_zone, pullback._band, impact._inside)


def engine(made: control.ControlMap) -> impact.Impact:
    """The project's own path, all tables, with nothing kept from the run before."""
    for kept in _KEPT:
        kept.cache_clear()
    return answered(made, ASKED)


def answered(made: control.ControlMap, asked: scenario.Scenario) -> impact.Impact:
    """A scenario's whole answer; what is kept is used."""
    found = impact.assess(pullback.pull_back(made, asked), made, asked)
    assert len(found.settlements)
    assert len(found.by_oblast)
    return found


def plain(made: control.ControlMap) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Buffer, `overlay` and `sjoin` as the documentation of geopandas shows them.

    The figures of each side, and the settlements inside.
    """
    band = gpd.GeoDataFrame(
        geometry=[made.line.buffer(DISTANCE_M, quad_segs=pullback.QUAD_SEGS)], crs=MEASURING_CRS
    )
    ground = gpd.GeoDataFrame(
        {"side": ["ukraine", "russia"]}, geometry=[made.kyiv, made.held], crs=MEASURING_CRS
    )
    zones = gpd.overlay(band, ground, how="intersection", keep_geom_type=True)
    units = places.units().assign(whole_m2=places.units().area)
    people = gpd.overlay(units, zones, how="intersection", keep_geom_type=True)
    people["residents"] = people["residents_2022"] * people.area / people["whole_m2"]
    towns = gpd.sjoin(places.settlements(), zones, predicate="within")
    towns["distance_km"] = towns.distance(made.line) / 1000
    oblasts = gpd.overlay(places.oblasts(), zones, how="intersection", keep_geom_type=True)
    oblasts["area_km2"] = oblasts.area / 1e6
    sides = pd.DataFrame(
        {
            "area_km2": oblasts.groupby("side")["area_km2"].sum(),
            "residents_2022": people.groupby("side")["residents"].sum(),
            "settlements": towns.groupby("side").size(),
        }
    )
    return sides.loc[list(pullback.SIDES)].astype(float), towns


def check(made: control.ControlMap) -> None:
    """Fail where the two ways differ by more than 0.1 %, or in a settlement and its distance."""
    found = engine(made)
    sides, towns = plain(made)
    ours = found.sides[sides.columns].astype(float)
    pd.testing.assert_frame_equal(ours, sides, rtol=1e-3, check_names=False)
    columns = ["lon", "lat", "side", "distance_km"]
    one, other = (
        pd.DataFrame(table[columns]).sort_values(columns[:2], ignore_index=True)
        for table in (found.settlements, towns)
    )
    pd.testing.assert_frame_equal(one, other, atol=1e-6)


def buffer_as_shapely_does(made: control.ControlMap) -> None:
    """The one call that no pullback can do without, with the corners shapely draws unasked."""
    shapely.buffer(made.line, DISTANCE_M)


def buffer_as_round_as_ours(made: control.ControlMap) -> None:
    """The same call with as many corners to a circle as the engine's."""
    shapely.buffer(made.line, DISTANCE_M, quad_segs=pullback.QUAD_SEGS)


def whole_curve(made: control.ControlMap) -> None:
    """41 distances on two sides, nothing kept."""
    curve._curve.cache_clear()
    curve.curve(made, ASKED)


def seconds(step: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def ratio(above: list[float], below: list[float]) -> float:
    """The median of the ratios of neighbouring runs: what else the machine did falls out."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def one_side(made: control.ControlMap) -> tuple[list[float], list[float], int]:
    """Seconds of a step of one slider and of both, and what a step of one computes anew.

    Every distance is new; a step of one side finds the other as it was.
    """
    answered(made, ASKED)
    one, both, anew = [], [], 0
    for step in range(1, RUNS + 1):
        km = 10 + step / 8
        asked = ASKED.changed(ukraine_km=km + 0.05, russia_km=km + 0.05)
        both.append(seconds(lambda asked=asked: answered(made, asked)))  # type: ignore[misc]
        before = _computed()
        asked = asked.changed(ukraine_km=km + 0.1)
        one.append(seconds(lambda asked=asked: answered(made, asked)))  # type: ignore[misc]
        anew = max(anew, _computed() - before)
    return one, both, anew


def _computed() -> int:
    """How many zones were drawn and measured so far."""
    return pullback._kept_zone.cache_info().misses + impact._inside.cache_info().misses


def loading(source: str) -> tuple[list[float], list[float]]:
    """Seconds to load a control map with its line the first time and again."""
    first: list[float] = []
    again: list[float] = []
    for day in control.dates(source)[-RUNS:]:
        control._load_bundled.cache_clear()
        for times in (first, again):
            times.append(seconds(lambda day=day: control.load(day, source).line_km))  # type: ignore[misc]
    return first, again


def main() -> None:
    """Measure and print."""
    made = control.load(ASKED.date, ASKED.source)
    check(made)
    steps: dict[str, Callable[[control.ControlMap], object]] = {
        "warm scenario": engine,
        "bare buffer, shapely's corners": buffer_as_shapely_does,
        "bare buffer, as round as ours": buffer_as_round_as_ours,
        "plain geopandas": plain,
        "whole curve": whole_curve,
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(RUNS):
        for name, step in steps.items():
            times[name].append(seconds(lambda step=step: step(made)))  # type: ignore[misc]
    print(f"{ASKED.title()}, control on {made.date} ({made.title})")
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"GEOS {shapely.geos_version_string}, {RUNS} runs in turn, medians"
    )
    for name, taken in times.items():
        print(f"  {name:<32} {statistics.median(taken) * 1000:7.0f} ms")
    warm = times["warm scenario"]
    print("ratios")
    for name in ("bare buffer, shapely's corners", "bare buffer, as round as ours"):
        print(f"  warm scenario / {name:<32} {ratio(warm, times[name]):5.2f}  (at most 1.5)")
    for name, target in (("plain geopandas", "at least 4"), ("whole curve", "at most 20")):
        print(f"  {name + ' / warm scenario':<48} {ratio(times[name], warm):5.1f}  ({target})")
    one, both, anew = one_side(made)
    print("a step of one slider, every distance new")
    for name, taken in (("one side", one), ("both sides", both)):
        print(f"  {name:<32} {statistics.median(taken) * 1000:7.0f} ms")
    print(f"  drawn and measured anew for one side: {anew} of 4 (so none for the other)")
    print("a control map and its line")
    for source in control.SOURCES:
        first, again = loading(source)
        print(
            f"  {source:<10} first {statistics.median(first):.2f} s (slowest {max(first):.2f} s, "
            f"at most 1 s), again {statistics.median(again) * 1e6:.0f} µs"
        )


if __name__ == "__main__":
    main()
