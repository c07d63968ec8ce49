"""How a result was computed, in sentences: for the page, the command line and whoever doubts it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import shapely

from data import catalog
from data.language import _, translated
from geo import control as control_maps
from geo import crs, pullback, residents, words
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
        (_("Control map"), _control_map(impact)),
        (_("Line of contact"), _line(impact)),
        (_("Measuring"), _measuring()),
        (_("Zones"), [_zone(impact.scenario, side) for side in words.SIDES]),
        (
            _("Area"),
            _figures(
                impact, "area_km2", _("{side}: {figure}, the area of the zone in that projection.")
            ),
        ),
        (_("Residents of 2022"), _residents(impact)),
        (_("Settlements"), _settlements(impact)),
        (_("Railways"), _railways(impact)),
    ]
    if plus_minus is not None:
        told.append((_("What an error in the line does"), _errors(plus_minus)))
    if other is not None:
        told.append((_("The other assessor"), _other(impact, other)))
    return told


def _control_map(impact: Impact) -> list[str]:
    control = impact.control
    if control.fetched_sha256:
        kept = _("{assessor}, {day}, fetched and used at full detail (SHA-256 {hash}…).").format(
            assessor=control.title,
            day=words.day(control.date),
            hash=control.fetched_sha256[:12],
        )
    elif control.source in control_maps.SOURCES:
        table = catalog.datasets()[f"control_{control.source}"]
        kept = _(
            "{assessor}, {day}, bundled as data/{file} (SHA-256 {hash}…). Generalised: {how}"
        ).format(
            assessor=control.title,
            day=words.day(control.date),
            file=table.file,
            hash=table.sha256[:12],
            how=translated(table.generalised),
        )
    else:
        kept = _("{assessor}, {day}, from the file, as it was given.").format(
            assessor=control.title, day=words.day(control.date)
        )
    return [
        kept,
        *control.repairs,
        _("What it does not show as Russian-held is Kyiv-held."),
    ]


def _line(impact: Impact) -> list[str]:
    control = impact.control
    sentences = [
        _(
            "{km} km in {n} separate lines: the part of the edge of Russian-held ground that faces "
            "Kyiv-held ground inside Ukraine; no coast, no state border, no seam between the "
            "assessor’s polygons."
        ).format(km=words.number(control.line_km), n=len(shapely.get_parts(control.line)))
    ]
    if control.shore_km >= 1:
        sentences.append(
            _(
                "Another {km} km follow the southern shore of the former Kakhovka Reservoir, dry "
                "since June 2023. Zones are measured from them too; the length leaves them out, "
                "since kilometres of the bed lie between the sides."
            ).format(km=words.number(control.shore_km))
        )
    if impact.scenario.line is not None:
        drawn = pullback.line_from(control, impact.scenario.line)
        sentences.append(
            _(
                "Distances are not measured from it but from a line that was drawn, {n} km long. "
                "A side’s zone is the ground that it holds on either side of that line."
            ).format(n=words.number(drawn.length / crs.KM))
        )
    return sentences


def _measuring() -> list[str]:
    return [
        _(
            "Lambert azimuthal equal-area projection at 48.5° N, 36° E (WGS 84). Along the front, "
            "10 km hold to 0.2 % of the geodesic and areas to 0.01 %."
        ),
        _(
            "Arcs have {corners} corners a circle, at most 0.03 % of the distance inside the true "
            "one."
        ).format(corners=4 * pullback.QUAD_SEGS),
    ]


def _zone(scenario: Scenario, side: str) -> str:
    distance_km, leaves = getattr(scenario, f"{side}_km"), getattr(scenario, f"{side}_leaves")
    held, km = words.HELD[side], words.short(distance_km)
    line = _("the line") if scenario.line is None else scenario.measured_from()
    parts: list[str] = []
    if distance_km and scenario.extent == EXTENT_ALL:
        parts.append(
            _("all {held} ground within {km} km of any point of {line}").format(
                held=held, km=km, line=line
            )
        )
    elif distance_km:
        parts.append(
            _(
                "all {held} ground {where} within {km} km of any point of {line}, also of points "
                "outside that extent"
            ).format(held=held, where=scenario.within(), km=km, line=line)
        )
    if leaves:
        parts.append(
            _("all {held} ground in {places}").format(
                held=held, places=words.listed(map(words.place, leaves))
            )
        )
    if not parts:
        parts.append(_("nothing, as this side stays"))
    return _("{side}: {what}.").format(side=words.SIDES[side], what=words.listed(parts))


def _figures(impact: Impact, measure: str, template: str) -> list[str]:
    return [
        template.format(side=name, figure=words.measure(measure, _figure(impact, side, measure)))
        for side, name in words.SIDES.items()
    ]


def _residents(impact: Impact) -> list[str]:
    sentences = []
    for side, name in words.SIDES.items():
        figure = _figure(impact, side, "residents_2022")
        made = impact.residents_from.to_dict(orient="index")[side]
        if math.isnan(figure):
            sentences.append(
                _("{side}: no data; no count is bundled for this ground.").format(side=name)
            )
            continue
        sentences.append(
            _(
                "{side}: {all}; {in_towns} of them in {towns} towns, {on_land} on the other land "
                "of {hromadas} hromadas."
            ).format(
                side=name,
                all=words.measure("residents_2022", figure),
                in_towns=words.measure("residents_2022", made["in_towns"]),
                towns=words.number(made["towns"]),
                on_land=words.measure("residents_2022", made["on_land"]),
                hromadas=words.number(made["hromadas"]),
            )
        )
    return [
        *sentences,
        _(
            "Official counts of 1 January 2022. A town’s residents are spread over a disc that "
            "holds them at {density} per km², around its place; the rest of a hromada’s over the "
            "rest of its land, nobody on water. A zone takes of each the share of the ground that "
            "it covers."
        ).format(density=words.number(residents.DENSITY_PER_KM2)),
        _(
            "In Donetsk Oblast towns have counts of their own. In the other eight oblasts only the "
            "hromada’s urban residents are known, and are put at its centre."
        ),
    ]


def _settlements(impact: Impact) -> list[str]:
    return [
        *_figures(
            impact, "settlements", _("{side}: {figure}, places whose point lies in the zone.")
        ),
        _("Places of 500 or more residents in GeoNames (undated), without districts of cities."),
    ]


def _railways(impact: Impact) -> list[str]:
    sentences: list[str] = [
        _("{side}: {km} km of {kind} lines.").format(
            side=words.SIDES[row["side"]],
            km=words.number(row["length_km"]),
            kind=translated(row["class"]),
        )
        for row in impact.railways.to_dict(orient="records")
    ]
    unknown = [
        name for side, name in words.SIDES.items() if math.isnan(_figure(impact, side, "rail_km"))
    ]
    if unknown:
        sentences.append(
            _(
                "{sides}: no data; the bundled lines lie around Donetsk Oblast, and none of them "
                "near the front. A zone that reaches beyond them, or in which none is listed, has "
                "no figure: it does not mean that there is no line."
            ).format(sides=words.listed(unknown))
        )
    return sentences or [_("None.")]


def _errors(plus_minus: pd.DataFrame) -> list[str]:
    sentences: list[str] = []
    for side, name in words.SIDES.items():
        told = [
            _("{measure} ± {figure}").format(
                measure=words.lower(heading),
                figure=words.measure(measure, plus_minus[measure][side]),
            )
            for measure, heading in words.MEASURES.items()
            if not math.isnan(plus_minus[measure][side])
        ]
        sentences.append(_("{side}: {what}.").format(side=name, what=words.listed(told)))
    return [
        *sentences,
        _(
            "Computed by moving the whole line {km} km into Kyiv-held ground, then {km} km back, "
            "and answering again: the larger of the two changes. Gains and losses along the line "
            "cancel in it, so that a part of the extent may change by more."
        ).format(km=words.short(ERROR_KM)),
    ]


def _other(impact: Impact, other: Impact) -> list[str]:
    sentences: list[str] = []
    if other.control.date != impact.control.date:
        dated = _("{other} has no map of {date}; the nearest in date is that of {near}.")
        sentences.append(
            dated.format(
                other=other.control.title,
                date=words.day(impact.control.date),
                near=words.day(other.control.date),
            )
        )
    for side, name in words.SIDES.items():
        pairs = [
            (measure, _figure(impact, side, measure), _figure(other, side, measure))
            for measure in MEASURES
        ]
        told = [
            _("{measure} {ours} {assessor}, {theirs} {other}").format(
                measure=words.lower(words.MEASURES[measure]),
                ours=words.measure(measure, ours),
                assessor=impact.control.title,
                theirs=words.measure(measure, theirs),
                other=other.control.title,
            )
            for measure, ours, theirs in pairs
            if not (math.isnan(ours) or math.isnan(theirs))
        ]
        sentences.append(
            _("{side}: {what}.").format(side=name, what=words.listed(told, between="; "))
        )
    return sentences


def _figure(impact: Impact, side: str, measure: str) -> float:
    value: Any = impact.sides.loc[side, measure]
    return float(value)
