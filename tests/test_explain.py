"""How a result was computed: every figure is told with what it was made of."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from data import catalog
from geo import certainty, control, explain, impact, pullback, scenario, words


@functools.cache
def answer(preset: str, **changes: object) -> impact.Impact:
    asked = scenario.from_preset(preset, **changes)
    made = control.load(asked.date, asked.source)
    return impact.assess(pullback.pull_back(made, asked), made, asked)


def told(found: impact.Impact) -> dict[str, str]:
    return {about: " ".join(sentences) for about, sentences in explain.account(found)}


def test_the_control_map_is_named_with_its_date_and_table() -> None:
    text = told(answer("mirror-5"))["Control map"]
    assert "DeepState, 14 December 2025" in text
    assert catalog.datasets()["control_deepstate"].sha256[:12] in text
    assert "Bays, lagoons" in text


def test_a_file_is_named_as_such(shared_data: Path) -> None:
    file = shared_data / "control/deepstate/20251214.geojson"
    text = told(answer("mirror-5", source=str(file)))["Control map"]
    assert text.startswith("20251214.geojson, 14 December 2025, from the file")
    assert "SHA-256" not in text


def test_the_length_is_told_without_the_shore() -> None:
    made = answer("mirror-5").control
    text = told(answer("mirror-5"))["Line of contact"]
    assert text.startswith(f"{words.number(made.line_km)} km in ")
    assert f"Another {words.number(made.shore_km)} km" in text


@pytest.mark.parametrize(
    ("preset", "changes", "sentence"),
    [
        ("mirror-5", {}, "all Kyiv-held ground in Donetsk Oblast within 5 km of any point"),
        ("mirror-5", {"extent": "all"}, "Ukraine: all Kyiv-held ground within 5 km of any point"),
        ("free-economic-zone", {}, "Ukraine: all Kyiv-held ground in Donetsk Oblast."),
        ("freeze", {}, "Russia: nothing, as this side stays."),
    ],
)
def test_zones_are_told_as_they_are_made(
    preset: str, changes: dict[str, object], sentence: str
) -> None:
    assert sentence in told(answer(preset, **changes))["Zones"]


def test_residents_are_told_by_where_they_come_from() -> None:
    found = answer("mirror-10")
    made = found.residents_from.to_dict(orient="index")["ukraine"]
    figure = found.sides.to_dict(orient="index")["ukraine"]["residents_2022"]
    assert made["in_towns"] + made["on_land"] == pytest.approx(figure)
    text = told(found)["Residents of 2022"]
    whole, in_towns = (words.measure("residents_2022", n) for n in (figure, made["in_towns"]))
    assert f"Ukraine: {whole}; {in_towns} of them" in text


def test_what_is_not_known_is_told() -> None:
    text = told(answer("freeze", ukraine_km=0, russia_km=40, extent="Crimea"))
    assert "None." in text["Railways"] or "no data" in text["Railways"]
    crimea = answer("freeze", russia_leaves=("Crimea",))
    assert "Russia: no data; no count is bundled" in told(crimea)["Residents of 2022"]


def test_how_sure_it_is_is_told_where_it_was_asked() -> None:
    found = answer("mirror-5")
    assert len(explain.account(found)) == 8
    plus_minus = certainty.sensitivity(found)
    other = certainty.other_answer(found.scenario)
    whole = dict(explain.account(found, plus_minus=plus_minus, other=other))
    error = words.measure("area_km2", plus_minus["area_km2"].to_dict()["ukraine"])
    assert f"Ukraine: area ± {error}" in whole["What an error in the line does"][0]
    assert "km² Owl" in whole["The other assessor"][0]
