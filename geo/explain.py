"""How a result was computed, in sentences: for the page, the command line and whoever doubts it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import shapely

from data import catalog
from geo import control as control_maps
from geo import pullback, residents, words
from geo.certainty import ERROR_KM
from geo.impact import MEASURES, Impact
from geo.scenario import EXTENT_ALL, Scenario

Account = list[tuple[str, list[str]]]
"""Headings, and the sentences under each."""


def account(
    impact: Impact, *, plus_minus: pd.DataFrame | None = None, other: Impact | None = None
) -> Account:
    """How each figure of a result came about, from the control map to its inputs.

    Parameters
    ----------
    plus_minus, other
        What `geo.certainty.sensitivity` and `geo.certainty.other_answer` say of the result, where
        they were asked.
    """
    told: Account = [
        ("Control map", _control_map(impact)),
        ("Line of contact", _line(impact)),
        ("Measuring", _measuring()),
        ("Zones", [_zone(impact.scenario, side) for side in words.SIDES]),
        ("Area", _figures(impact, "area_km2", "the area of the zone in that projection")),
        ("Residents of 2022", _residents(impact)),
        ("Settlements", _settlements(impact)),
        ("Railways", _railways(impact)),
    ]
    if plus_minus is not None:
        told.append(("What an error in the line does", _errors(plus_minus)))
    if other is not None:
        told.append(("The other assessor", _other(impact, other)))
    return told


def _control_map(impact: Impact) -> list[str]:
    control = impact.control
    if control.source in control_maps.SOURCES:
        table = catalog.datasets()[f"control_{control.source}"]
        kept = (
            f"bundled as data/{table.file} (SHA-256 {table.sha256[:12]}…). Generalised: "
            f"{table.generalised}"
        )
    else:
        kept = "from the file, as it was given."
    return [
        f"{control.title}, {words.day(control.date)}, {kept}",
        *control.repairs,
        "What it does not show as Russian-held is Kyiv-held.",
    ]


def _line(impact: Impact) -> list[str]:
    control = impact.control
    sentences = [
        f"{words.number(control.line_km)} km in {len(shapely.get_parts(control.line))} separate "
        "lines: the part of the edge of Russian-held ground that faces Kyiv-held ground inside "
        "Ukraine; no coast, no state border, no seam between the assessor's polygons."
    ]
    if control.shore_km >= 1:
        sentences.append(
            f"Another {words.number(control.shore_km)} km follow the southern "
            f"{control_maps.SHORE}, dry since June 2023. Zones are measured from them too; the "
            "length leaves them out, since kilometres of the bed lie between the sides."
        )
    return sentences


def _measuring() -> list[str]:
    return [
        "Lambert azimuthal equal-area projection at 48.5° N, 36° E (WGS 84). Along the front, "
        "10 km hold to 0.2 % of the geodesic and areas to 0.01 %.",
        f"Arcs have {4 * pullback.QUAD_SEGS} corners a circle, at most 0.03 % of the distance "
        "inside the true one.",
    ]


def _zone(scenario: Scenario, side: str) -> str:
    name, distance_km = words.SIDES[side], getattr(scenario, f"{side}_km")
    leaves = getattr(scenario, f"{side}_leaves")
    parts = []
    if distance_km:
        within = f"within {distance_km:g} km of any point of the line"
        if scenario.extent == EXTENT_ALL:
            parts.append(f"all {words.HELD[side]} ground {within}")
        else:
            parts.append(
                f"all {words.HELD[side]} ground {scenario.where()} {within}, also of points "
                "outside that extent"
            )
    if leaves:
        parts.append(f"all {words.HELD[side]} ground in {' and '.join(leaves)}")
    return f"{name}: {', and '.join(parts) or 'nothing, as this side stays'}."


def _figures(impact: Impact, measure: str, what: str) -> list[str]:
    return [
        f"{name}: {words.measure(measure, _figure(impact, side, measure))}, {what}."
        for side, name in words.SIDES.items()
    ]


def _residents(impact: Impact) -> list[str]:
    sentences = []
    for side, name in words.SIDES.items():
        figure = _figure(impact, side, "residents_2022")
        made = impact.residents_from.to_dict(orient="index")[side]
        if math.isnan(figure):
            sentences.append(f"{name}: no data; no count is bundled for this ground.")
            continue
        sentences.append(
            f"{name}: {words.measure('residents_2022', figure)}; "
            f"{words.measure('residents_2022', made['in_towns'])} of them in "
            f"{words.number(made['towns'])} towns, "
            f"{words.measure('residents_2022', made['on_land'])} on the other land of "
            f"{words.number(made['hromadas'])} hromadas."
        )
    return [
        *sentences,
        "Official counts of 1 January 2022. A town's residents are spread over a disc that holds "
        f"them at {residents.DENSITY_PER_KM2:,.0f} per km², around its place; the rest of a "
        "hromada's over the rest of its land, nobody on water. A zone takes of each the share of "
        "the ground that it covers.",
        "In Donetsk Oblast towns have counts of their own. In the other eight oblasts only the "
        "hromada's urban residents are known, and are put at its centre.",
    ]


def _settlements(impact: Impact) -> list[str]:
    return [
        *_figures(impact, "settlements", "places whose point lies in the zone"),
        "Places of 500 or more residents in GeoNames (undated), without districts of cities.",
    ]


def _railways(impact: Impact) -> list[str]:
    sentences = [
        f"{words.SIDES[row['side']]}: {row['length_km']:,.0f} km of {row['class']} lines."
        for row in impact.railways.to_dict(orient="records")
    ]
    unknown = [
        name for side, name in words.SIDES.items() if math.isnan(_figure(impact, side, "rail_km"))
    ]
    if unknown:
        sentences.append(
            f"{' and '.join(unknown)}: no data; the bundled lines lie around Donetsk Oblast, and "
            "none of them near the front. A zone that reaches beyond them, or in which none is "
            "listed, has no figure: it does not mean that there is no line."
        )
    return sentences or ["None."]


def _errors(plus_minus: pd.DataFrame) -> list[str]:
    sentences = []
    for side, name in words.SIDES.items():
        told = [
            f"{heading.lower()} ± {words.measure(measure, plus_minus[measure][side])}"
            for measure, heading in words.MEASURES.items()
            if not math.isnan(plus_minus[measure][side])
        ]
        sentences.append(f"{name}: {', '.join(told)}.")
    return [
        *sentences,
        f"Computed by moving the whole line {ERROR_KM:g} km into Kyiv-held ground, then "
        f"{ERROR_KM:g} km back, and answering again: the larger of the two changes. Gains and "
        "losses along the line cancel in it, so that a part of the extent may change by more.",
    ]


def _other(impact: Impact, other: Impact) -> list[str]:
    sentences = []
    for side, name in words.SIDES.items():
        pairs = [
            (measure, _figure(impact, side, measure), _figure(other, side, measure))
            for measure in MEASURES
        ]
        told = [
            f"{words.MEASURES[measure].lower()} {words.measure(measure, ours)} "
            f"{impact.control.title}, {words.measure(measure, theirs)} {other.control.title}"
            for measure, ours, theirs in pairs
            if not (math.isnan(ours) or math.isnan(theirs))
        ]
        sentences.append(f"{name}: {'; '.join(told)}.")
    return sentences


def _figure(impact: Impact, side: str, measure: str) -> float:
    value: Any = impact.sides.loc[side, measure]
    return float(value)
