"""Scenarios beside each other: figures, differences, ratios, and what only one of them contains.

Everything is taken from answers that `geo.impact.assess` gave. The two sides are kept apart: ground
that is Ukraine's zone in one scenario and Russia's in another is in only one of them on each side.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.errors import InputError
from data.language import _
from data.projection import MEASURING_CRS
from geo import impact
from geo.impact import MEASURES, Impact
from geo.pullback import SIDES
from geo.shapes import polygonal

FEWEST, MOST = 2, 4
LETTERS = "ABCD"
"""What the scenarios are called, in their order."""

BOTH = "both"
"""Stands for the two sides together."""

LINE = "line_km"
"""Stands for the length of the line of contact, beside `geo.impact.MEASURES`."""

ADDED_UP = ("area_km2", "residents_2022", "settlements")
"""Measures of the parts of a zone; together they are the zone's."""

_CRUMB_M2 = 1.0
_KEY = ["side", "lon", "lat"]


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """Two to four answers beside each other, called by `LETTERS` in their order.

    The first is what the others are set against.

    Attributes
    ----------
    figures
        ``scenario`` (its letter), ``measure`` (of `geo.impact.MEASURES`, or `LINE`), ``side``
        ("ukraine", "russia" or `BOTH`), ``value``, and of all but the first ``difference`` and
        ``ratio`` to the first; blank where not known, or the first's is 0.
    ground
        ``side``, ``scenarios`` (the letters of those that contain it, "B" or "AB"), `ADDED_UP` and
        geometry (metres; empty where there is none). The rows with a letter and a side add up to
        the zone of that scenario and side.
    settlements
        As in `geo.impact.Impact.settlements`, those that only one scenario contains on that side,
        largest first, with ``scenario``, and ``elsewhere``: on which other side another scenario
        contains it ("" where none does).
    """

    figures: pd.DataFrame
    ground: gpd.GeoDataFrame
    settlements: pd.DataFrame


def compare(answers: Sequence[Impact]) -> Comparison:
    """Set answers beside each other.

    Raises
    ------
    InputError
        Where there are fewer than two or more than four.
    """
    return Comparison(figures(answers), ground(answers), settlements(answers))


def figures(answers: Sequence[Impact]) -> pd.DataFrame:
    """Every figure of each answer, as `Comparison.figures` has them."""
    _require_some(answers)
    first = _values(answers[0])
    over = first.where(first != 0)
    tables = []
    for letter, answer in zip(LETTERS, answers, strict=False):
        values = _values(answer)
        blank = np.nan if letter == LETTERS[0] else 1.0
        table = pd.DataFrame({"value": values, "difference": (values - first) * blank})
        table["ratio"] = values / over * blank
        tables.append(table.reset_index().assign(scenario=letter))
    columns = ["scenario", "measure", "side", "value", "difference", "ratio"]
    return pd.concat(tables, ignore_index=True)[columns]


def ground(answers: Sequence[Impact]) -> gpd.GeoDataFrame:
    """The ground by which of the answers contain it, as `Comparison.ground` has it."""
    _require_some(answers)
    control = {letter: answer.control for letter, answer in zip(LETTERS, answers, strict=False)}
    rows = []
    for side in SIDES:
        for letters, part in _parts([_zone(answer, side) for answer in answers]).items():
            # On the map of any scenario whose zone this is part of, the side holds it.
            measured = impact.figures(part, side, control[letters[0]])
            rows.append({"side": side, "scenarios": letters, "geometry": part, **measured})
    columns = ["side", "scenarios", *ADDED_UP, "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows)[columns], geometry="geometry", crs=MEASURING_CRS)


def settlements(answers: Sequence[Impact]) -> pd.DataFrame:
    """The settlements that only one answer contains, as `Comparison.settlements` has them."""
    _require_some(answers)
    every = pd.concat(
        [
            answer.settlements.assign(scenario=letter)
            for letter, answer in zip(LETTERS, answers, strict=False)
        ],
        ignore_index=True,
    )
    alone = every[~every.duplicated(_KEY, keep=False)]
    sides = every.groupby(["lon", "lat"])["side"].agg(set).to_dict()
    elsewhere = [
        "".join(sides[lon, lat] - {side})
        for side, lon, lat in alone[_KEY].itertuples(index=False, name=None)
    ]
    return alone.assign(elsewhere=elsewhere).sort_values(
        ["residents_2022", "population", "name_en"],
        ascending=[False, False, True],
        na_position="last",
        ignore_index=True,
    )


def _require_some(answers: Sequence[Impact]) -> None:
    if not FEWEST <= len(answers) <= MOST:
        raise InputError(
            _("{n} scenarios cannot be set beside each other; give {least} to {most}.").format(
                n=len(answers), least=FEWEST, most=MOST
            )
        )


def _values(answer: Impact) -> pd.Series:
    """Each figure of an answer, by measure and side; the sides together where both are known."""
    values = {}
    for measure in MEASURES:
        of_side = {side: float(answer.sides[measure][side]) for side in SIDES}
        for side in SIDES:
            values[measure, side] = of_side[side]
        values[measure, BOTH] = math.fsum(of_side.values())
    values[LINE, BOTH] = answer.control.line_km
    index = pd.MultiIndex.from_tuples(list(values), names=["measure", "side"])
    return pd.Series(list(values.values()), index=index, dtype=float)


def _zone(answer: Impact, side: str) -> shapely.Geometry:
    zones = answer.zones
    return zones.loc[zones["side"] == side, "geometry"].iloc[0]


def _parts(zones: Sequence[shapely.Geometry]) -> dict[str, shapely.Geometry]:
    """The ground of some zones by the letters of those that contain it, "A" before "AB"."""
    parts: dict[str, shapely.Geometry] = {}
    for letter, zone in zip(LETTERS, zones, strict=False):
        before = list(parts.items())
        rest = shapely.difference(zone, shapely.union_all([part for _, part in before]))
        for letters, part in before:
            parts[letters] = _ground_of(shapely.difference(part, zone))
            parts[letters + letter] = _ground_of(shapely.intersection(part, zone))
        parts[letter] = _ground_of(rest)
    return {letters: parts[letters] for letters in sorted(parts, key=lambda key: (len(key), key))}


def _ground_of(overlay: shapely.Geometry) -> shapely.Geometry:
    return polygonal(overlay, above_m2=_CRUMB_M2)
