"""Figures that shall not move by themselves: three dates, two assessors, four scenarios.

``python -m tests.test_regression`` writes the table anew; a change of it has to be explained. The
figures that outsiders published, and the tolerance against those, are in the tests of each module.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo import control, impact, pullback, scenario

TABLE = Path(__file__).with_name("regression.csv")
DATES = (dt.date(2024, 8, 1), dt.date(2025, 12, 14), dt.date(2026, 8, 1))
SCENARIOS = {
    "mirror-5 in Donetsk Oblast": scenario.from_preset("mirror-5"),
    "mirror-10 in Donetsk Oblast": scenario.from_preset("mirror-10"),
    "mirror-10 everywhere": scenario.from_preset("mirror-10", extent="all"),
    "free-economic-zone": scenario.from_preset("free-economic-zone"),
}
COLUMNS = ("date", "source", "scenario", "figure", "value", "tolerance", "reason")
# Figure: how far it may move, and why so far.
TOLERANCES = {
    "line_km": (0.1, "km; another release of GEOS may round an overlay by metres"),
    "area_km2": (0.5, "km2; that rounding, along hundreds of kilometres of edge"),
    "residents_2022": (50.0, "residents; half a square kilometre at the density of open land"),
    "settlements": (0, "none: each is in or out; to move one would take a moved line"),
}


@functools.cache
def figures(date: dt.date, source: str, name: str) -> dict[str, float]:
    """The figures of one scenario, by name of figure and side."""
    asked = SCENARIOS[name].changed(date=date, source=source)
    made = control.load(date, source)
    sides = impact.assess(pullback.pull_back(made, asked), made, asked).sides
    return {"line_km": made.line_km} | {
        f"{measure} {side}": float(sides[measure][side])
        for measure in TOLERANCES
        if measure != "line_km"
        for side in pullback.SIDES
    }


def computed() -> Iterator[tuple[str, ...]]:
    """The rows of the table as the engine gives them now."""
    for date in DATES:
        for source in control.SOURCES:
            for name in SCENARIOS:
                for figure, value in figures(date, source, name).items():
                    tolerance, reason = TOLERANCES[figure.split()[0]]
                    if figure == "line_km" and name != next(iter(SCENARIOS)):
                        continue
                    yield (
                        date.isoformat(),
                        source,
                        name,
                        figure,
                        f"{value:.2f}".removesuffix(".00"),
                        f"{tolerance:g}",
                        reason,
                    )


def kept() -> list[dict[str, str]]:
    """The rows of the table as it was last written."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("source", list(control.SOURCES))
@pytest.mark.parametrize("date", DATES, ids=str)
def test_figures_are_those_of_the_table(date: dt.date, source: str) -> None:
    rows = [row for row in kept() if (row["date"], row["source"]) == (date.isoformat(), source)]
    assert len(rows) == 1 + 4 * 6
    for row in rows:
        found = figures(date, source, row["scenario"])[row["figure"]]
        assert found == pytest.approx(float(row["value"]), abs=float(row["tolerance"]) + 0.005), row


def test_the_table_is_complete_and_gives_reasons() -> None:
    rows = kept()
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len({tuple(row.values())[:4] for row in rows}) == 6 * 25
    for row in rows:
        tolerance, reason = TOLERANCES[row["figure"].split()[0]]
        assert (float(row["tolerance"]), row["reason"]) == (tolerance, reason)


def main() -> None:
    """Write the table anew."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(computed())


if __name__ == "__main__":
    main()
