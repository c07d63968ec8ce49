"""How sure a figure is: what an error in the line does to it, and what the other assessor says."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.errors import InputError
from data.projection import MEASURING_CRS
from geo import control as control_maps
from geo import crs, impact, parallel
from geo.control import SOURCES, ControlMap
from geo.impact import MEASURES, Impact, by_side, true_digits
from geo.keeping import kept
from geo.pullback import SIDES, zone
from geo.scenario import Scenario
from geo.shapes import own, polygonal

ERROR_KM = 1.0
NEAR_DAYS = 183
"""A bundled map farther in time from a loaded one says more of the time than of the assessor."""

_SAMPLE_M = 500.0
# Smaller than this, ground in dispute is the width of a drawn line.
_SMALLEST_DISPUTE_M2 = 10_000.0


def sensitivity(found: Impact) -> pd.DataFrame:
    """What one kilometre of error in the line does to each figure, as a ±.

    The whole line is moved one kilometre into Kyiv-held ground, then one kilometre back into
    Russian-held ground, and the scenario is answered on both maps: the ± is the larger of the two
    changes. Gains and losses along the line cancel in it: a part may change by more.

    Returns
    -------
    DataFrame
        Indexed by side, a column for each of `MEASURES`; blank where a figure is not known.
    """
    return _sensitivity(found.control, found.scenario)


def other_question(scenario: Scenario) -> Scenario | None:
    """The same question on the bundled map that stands beside its own (`geo.control.beside`).

    Of a map that somebody loaded, the one nearest in date. None where there is no such map, where
    that lies more than `NEAR_DAYS` away, and of a file that is named by its path.
    """
    if scenario.source not in SOURCES and not control_maps.is_loaded(scenario.source):
        return None
    found = control_maps.beside(scenario.date, scenario.source)
    if found is None or abs(found[0] - scenario.date).days > NEAR_DAYS:
        return None
    return scenario.changed(date=found[0], source=found[1])


def other_answer(scenario: Scenario) -> Impact | None:
    """The answer to `other_question`; None where there is none."""
    asked = other_question(scenario)
    return None if asked is None else impact.answer(asked)


def ranges(one: Impact, other: Impact) -> dict[str, dict[str, list[float] | None]]:
    """Smallest and largest figure of two answers, by side and measure; None where not known."""
    first, second = by_side(one.sides), by_side(other.sides)
    return {
        side: {
            measure: None
            if None in (first[side][measure], second[side][measure])
            else sorted([first[side][measure], second[side][measure]])
            for measure in MEASURES
        }
        for side in SIDES
    }


def to_dict(plus_minus: pd.DataFrame, other: Impact | None) -> dict[str, Any]:
    """How sure a result is, as members of a JSON document."""
    said = None
    if other is not None:
        said = {"control": other.control.to_dict(), "sides": by_side(other.sides)}
    return {"plus_minus_per_km": by_side(plus_minus), "other_assessor": said}


@dataclasses.dataclass(frozen=True, eq=False)
class Dispute:
    """Where two control maps of one date differ.

    Attributes
    ----------
    ground
        ``held_by`` (name of the assessor by whom alone it is Russian-held), ``area_km2``, geometry
        (metres); a row each.
    median_km, most_km
        Half, and nine tenths, of the first map's line of contact lie within this distance of the
        second's.
    """

    ground: gpd.GeoDataFrame
    median_km: float
    most_km: float

    def to_dict(self) -> dict[str, Any]:
        """The dispute in figures, for a JSON document."""
        rows = self.ground[["held_by", "area_km2"]].to_dict(orient="records")
        return {
            "ground": [true_digits(row) for row in rows],
            "lines_apart_km": {
                "median": round(self.median_km, 2),
                "nine_tenths_within": round(self.most_km, 2),
            },
        }


@kept(4)
def dispute(one: ControlMap, other: ControlMap) -> Dispute:
    """Where two assessors differ: ground that only one calls Russian-held, and their lines."""
    pairs = [(one.held, other.held), (other.held, one.held)]
    apart = parallel.each(
        lambda pair: polygonal(shapely.difference(*pair), above_m2=_SMALLEST_DISPUTE_M2), pairs
    )
    points = shapely.get_coordinates(shapely.segmentize(one.line, _SAMPLE_M))
    away_km = shapely.distance(shapely.points(points), own(other.line)) / crs.KM
    ground = gpd.GeoDataFrame(
        {"held_by": [one.title, other.title], "area_km2": shapely.area(apart) / crs.KM2},
        geometry=apart,
        crs=MEASURING_CRS,
    )
    return Dispute(ground, float(np.median(away_km)), float(np.quantile(away_km, 0.9)))


@kept(128)
def _sensitivity(control: ControlMap, scenario: Scenario) -> pd.DataFrame:
    base = _figures(control, scenario)
    changes = []
    for distance_km in (ERROR_KM, -ERROR_KM):
        try:
            moved = _moved(control, distance_km)
        except InputError:
            continue
        changes.append((_figures(moved, scenario) - base).abs())
    return pd.concat(changes).groupby(level="side").max().reindex(list(SIDES))


@kept(4)
def _moved(control: ControlMap, distance_km: float) -> ControlMap:
    return control_maps.shifted(control, distance_km)


def _figures(control: ControlMap, scenario: Scenario) -> pd.DataFrame:
    rows = [impact.figures(zone(control, scenario, side), side, control) for side in SIDES]
    return pd.DataFrame(rows, index=pd.Index(SIDES, name="side"), columns=list(MEASURES)).astype(
        float
    )
