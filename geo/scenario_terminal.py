"""The answer to a scenario on the command line: tables to read, parts of a JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from data import terminal
from data.errors import InputError
from geo import certainty, curve, impact, words
from geo.drawing import Drawing
from geo.impact import Impact
from geo.scenario import Scenario


class Drawn(NamedTuple):
    """A drawing and what it gives: an answer, or a sentence why there is none."""

    drawing: Drawing
    impact: Impact | None
    fault: str


def drawn(drawings: Iterable[Drawing], base: Scenario) -> list[Drawn]:
    """What each drawing gives on the date and by the source of a scenario."""
    return [_drawn(one, base) for one in drawings]


def _drawn(drawing: Drawing, base: Scenario) -> Drawn:
    try:
        drawing.check()
        return Drawn(drawing, impact.answer(drawing.to_scenario(base)), "")
    except InputError as fault:
        return Drawn(drawing, None, str(fault))


def print_impact(answer: Impact, other: Impact | None) -> None:
    """The answer; under each side's figures those on the other assessor's map."""
    print(answer.scenario.title())
    print(words.subtitle(answer.control.title, answer.control.date) + "\n")
    rows: list[Sequence[str]] = []
    for side in words.SIDES:
        rows.append((_deed(answer.scenario, side), *_figures(answer, side)))
        if other is not None:
            rows.append((f"  by {other.control.title}", *_figures(other, side)))
    terminal.print_table(("", *words.MEASURES.values()), rows)
    if len(answer.by_oblast):
        columns = ("area_km2", "residents_2022", "settlements")
        rows = [
            (
                row["oblast"],
                words.SIDES[row["side"]],
                *(words.measure(key, _known(row[key])) for key in columns),
            )
            for row in answer.by_oblast.to_dict("records")
        ]
        print()
        heads = (words.MEASURES[key] for key in columns)
        terminal.print_table(("Oblast", "Side", *heads), rows, right=(2, 3, 4))
    terminal.print_sources(answer.sources)


def print_both(
    one: Impact, drawings: Sequence[Drawn], *, as_json: bool, remarks: list[str], url: str
) -> None:
    """One question on both assessors' maps, with the range of each figure.

    Raises
    ------
    InputError
        Where the other assessor has no map of that date.
    """
    other = certainty.other_answer(one.scenario)
    if other is None:
        raise InputError(f"only one assessor has a control map of {one.control.date}.")
    both = (one, other)
    differing = certainty.dispute(one.control, other.control).to_dict()
    repairs = [f"{by.control.title}: {text}" for by in both for text in by.control.repairs]
    shared = [text for by in both for text in by.warnings if text not in by.control.repairs]
    notes = [*repairs, *dict.fromkeys(shared), *remarks]
    if as_json:
        terminal.print_json(
            {
                "by_source": {by.scenario.source: by.to_dict() for by in both},
                "range": certainty.ranges(one, other),
                "dispute": differing,
                "warnings": notes,
            }
            | ({"link": url} if url else {})
            | ({"drawings": drawn_json(drawings)} if drawings else {})
        )
        return
    print(one.scenario.title())
    print(
        f"{one.control.title} and {other.control.title}, {words.day(one.control.date)} · "
        "residents as counted on 1 January 2022 · illustrative\n"
    )
    rows: list[Sequence[str]] = []
    for side in words.SIDES:
        rows.append((_deed(one.scenario, side), "", "", "", ""))
        rows += [(f"  {by.control.title}", *_figures(by, side)) for by in both]
    terminal.print_table(("", *words.MEASURES.values()), rows)
    for row in differing["ground"]:
        print(
            f"\nRussian-held by {row['held_by']} only: {row['area_km2']:,.0f} km² in the country."
        )
    if drawings:
        print_drawn(drawings)
    terminal.print_sources([*one.sources[:1], *other.sources])
    terminal.print_warnings(notes)


def print_curve(answer: Impact) -> None:
    """The figures for every distance, and which distances are equal."""
    found = curve.curve(answer.control, answer.scenario)
    known = found.set_index(["distance_km", "side"])
    heads = ("area_km2", "residents_2022", "settlements")
    rows = [
        (
            f"{distance_km:g} km",
            *(
                words.measure(key, float(known[key][(distance_km, side)]))
                for side in words.SIDES
                for key in heads
            ),
        )
        for distance_km in known.index.unique("distance_km")
    ]
    titles = [
        f"{name}: {words.MEASURES[key].lower()}" for name in words.SIDES.values() for key in heads
    ]
    print()
    terminal.print_table(("Distance", *titles), rows)
    print()
    for sentence in words.balance(curve.balance(answer, found), answer.control.title):
        print(sentence)


def print_drawn(drawings: Iterable[Drawn]) -> None:
    """What was drawn, with a row for each side or a sentence why there is none."""
    rows: list[Sequence[str]] = []
    for drawing, answer, fault in drawings:
        size = words.number(drawing.length_km, digits=3) + " km"
        if drawing.kind == "area":
            size = words.number(drawing.area_km2, digits=3) + " km²"
        title = f"{drawing.name} ({drawing.kind}, {size})"
        rows.append((title if answer else f"{title}: {fault}", "", "", "", ""))
        if answer is None:
            continue
        for side, name in words.SIDES.items():
            deed = words.deed(getattr(drawing, f"{side}_km"), ())
            rows.append((f"  {name} {deed}", *_figures(answer, side)))
    print()
    terminal.print_table(("Drawn", *words.MEASURES.values()), rows)


def drawn_json(drawings: Iterable[Drawn]) -> list[dict[str, Any]]:
    """What was drawn and what it gives, for a JSON document."""
    rows = []
    for drawing, answer, fault in drawings:
        size = {"length_km": round(drawing.length_km, 1)}
        if drawing.kind == "area":
            size["area_km2"] = round(drawing.area_km2, 1)
        rows.append(
            {"name": drawing.name, "kind": drawing.kind, **size}
            | {f"{side}_km": getattr(drawing, f"{side}_km") for side in ("ukraine", "russia")}
            | {"points": drawing.points, "sides": impact.by_side(answer.sides) if answer else None}
            | ({"fault": fault} if fault else {})
        )
    return rows


def _deed(scenario: Scenario, side: str) -> str:
    leaves = getattr(scenario, f"{side}_leaves")
    return f"{words.SIDES[side]} {words.deed(getattr(scenario, f'{side}_km'), leaves)}"


def _figures(answer: Impact, side: str) -> list[str]:
    return [words.measure(key, float(answer.sides[key][side])) for key in words.MEASURES]


def _known(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)
