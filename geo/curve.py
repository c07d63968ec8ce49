"""Figures against distance, and at which distances the sides would give up the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geo import parallel
from geo.control import ControlMap
from geo.impact import MEASURES, Impact, figures, true_digits
from geo.keeping import kept
from geo.pullback import SIDES, zone
from geo.scenario import LARGEST_KM, Scenario

STEP_KM = 1.0
EQUALLED = ("area_km2", "residents_2022")


def curve(control: ControlMap, scenario: Scenario) -> pd.DataFrame:
    """The figures of a scenario for every distance from 0 to 40 km, each side by itself.

    Places that a side leaves and the extent are the scenario's; its own distances do not matter.
    Each row is what `geo.impact.assess` gives for that distance.

    Returns
    -------
    DataFrame
        ``distance_km``, ``side`` and the `MEASURES` of `geo.impact`; by side, then distance.
    """
    return _curve(control, scenario.changed(ukraine_km=0.0, russia_km=0.0)).copy()


def balance(impact: Impact, known: pd.DataFrame) -> pd.DataFrame:
    """Who gives up what: the two sides of a scenario against each other.

    Parameters
    ----------
    known
        The result's `curve`.

    Returns
    -------
    DataFrame
        Indexed by measure: ``ukraine`` and ``russia``, the figures; ``ratio``, Russia's over
        Ukraine's (blank where Ukraine's is 0 or not known); and for the measures of `EQUALLED`
        ``ukraine_equal_km``, the distance at which Ukraine's figure would equal Russia's, and
        ``russia_equal_km`` the other way round: interpolated between whole kilometres of `curve`,
        blank where no distance up to 40 km would do.
    """
    rows = {}
    for measure in MEASURES:
        ukraine, russia = (float(impact.sides[measure][side]) for side in SIDES)
        equal = measure in EQUALLED
        rows[measure] = {
            "ukraine": ukraine,
            "russia": russia,
            "ratio": russia / ukraine if ukraine else float("nan"),
            "ukraine_equal_km": _reaching(known, "ukraine", measure, russia) if equal else np.nan,
            "russia_equal_km": _reaching(known, "russia", measure, ukraine) if equal else np.nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("measure")


def to_dict(impact: Impact) -> dict[str, Any]:
    """The curve and the balance of a result as members of a JSON document."""
    known = curve(impact.control, impact.scenario)
    return {
        "curve": [true_digits(row) for row in known.to_dict(orient="records")],
        "balance": [
            {"measure": row["measure"]}
            | {
                key: None if np.isnan(row[key]) else round(row[key], 2)
                for key in ("ratio", "ukraine_equal_km", "russia_equal_km")
            }
            for row in balance(impact, known).reset_index().to_dict(orient="records")
        ],
    }


@kept(16)
def _curve(control: ControlMap, scenario: Scenario) -> pd.DataFrame:
    distances = np.arange(0.0, LARGEST_KM + STEP_KM / 2, STEP_KM)

    def both(distance_km: float) -> list[dict[str, float]]:
        asked = scenario.changed(ukraine_km=float(distance_km), russia_km=float(distance_km))
        return [figures(zone(control, asked, side), side, control) for side in SIDES]

    rows = parallel.each(both, distances)
    tables = [
        pd.DataFrame([row[place] for row in rows]).assign(distance_km=distances, side=side)
        for place, side in enumerate(SIDES)
    ]
    return pd.concat(tables, ignore_index=True)[["distance_km", "side", *MEASURES]]


def _reaching(known: pd.DataFrame, side: str, measure: str, wanted: float) -> float:
    """The smallest distance (km) at which a side's figure, which grows with it, is `wanted`."""
    of_side = known[known["side"] == side]
    distances, values = of_side["distance_km"].to_numpy(), of_side[measure].to_numpy(float)
    reached = values >= wanted
    if not reached.any():
        return float("nan")
    first = int(reached.argmax())
    if first == 0:
        # What lies in the places that it leaves may be more already.
        return float(distances[0]) if values[0] == wanted else float("nan")
    around = slice(first - 1, first + 1)
    return float(np.interp(wanted, values[around], distances[around]))
