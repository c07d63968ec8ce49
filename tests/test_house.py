"""The house: arrows between rooms lead downwards, and each library is known where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("data", "geo", "events", "pages")
"""From the ground up: who may be imported by whatever stands after it."""

DOORS = ("app", "cli")


def files(room: str) -> list[Path]:
    """Every module of a room."""
    found = sorted((ROOT / room).glob("*.py"))
    assert len(found) > 5
    return found


def imported(file: Path) -> Iterator[str]:
    """The package that each import of a module begins with."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, file
            yield str(node.module).partition(".")[0]


@pytest.mark.parametrize("room", FLOORS)
def test_a_lower_floor_never_imports_a_higher_one(room: str) -> None:
    above = {*FLOORS[FLOORS.index(room) + 1 :], *DOORS, "tests"}
    for file in files(room):
        assert not above & set(imported(file)), file.name


@pytest.mark.parametrize("room", ["data", "geo", "events"])
def test_only_pages_know_streamlit(room: str) -> None:
    for file in files(room):
        assert not {"streamlit", "streamlit_folium"} & set(imported(file)), file.name


def test_only_maps_know_folium() -> None:
    every = [file for room in FLOORS for file in files(room)]
    knowing = {file.stem for file in every if "folium" in set(imported(file))}
    assert knowing == {"webmap", "webpage"}
