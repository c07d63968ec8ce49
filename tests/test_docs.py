"""The documentation: every command is described, every link leads somewhere, every figure is true.

``python -m tests.test_docs`` writes the tables and the figure of ``docs/method.md`` anew.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import typer.main

import cli
from data import build_control
from data.projection import MEASURING_CRS
from geo import (
    certainty,
    check,
    check_figure,
    contact_line,
    packing,
    pullback,
    residents,
    timeline,
)
from tests.test_check import SOURCE_FILES, tables

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "command-line.md"
METHOD = ROOT / "docs" / "method.md"
PICTURE = ROOT / "docs" / "method.png"
RENEW = "docs/method.md is out of date: run python -m tests.test_docs, and read what changed."
NEEDS_SOURCE_FILES = 4
BLOCK = re.compile(r"<!-- table (\d+) -->\n```\n(.*?)\n?```$", re.MULTILINE | re.DOTALL)


def commands(command: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Every command with its full name, such as "data build"."""
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    for child_name, child in children.items():
        yield from commands(child, f"{name} {child_name}".strip())


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    section = re.search(rf"^## `{name}`$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/command-line.md has no section on `{name}`"
    for parameter in COMMANDS[name].params:  # type: ignore[attr-defined]
        for option in parameter.opts:
            if option.startswith("--"):
                assert f"`{option}" in section[1], f"{option} of `{name}` is not documented"


def test_only_what_exists_is_documented() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert set(re.findall(r"^## `(.+)`$", text, re.MULTILINE)) == set(COMMANDS)
    known = {o for c in COMMANDS.values() for p in c.params for o in p.opts}  # type: ignore[attr-defined]
    assert set(re.findall(r"^- `(--[a-z0-9-]+)", text, re.MULTILINE)) <= known


@pytest.mark.parametrize("file", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", file.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (file.parent / target).exists(), f"{file.name} links to {target}"


def test_the_readme_names_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^python cli\.py (.+)$", text, re.MULTILINE):
        assert any(line.startswith(name) for name in COMMANDS), line
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z]+)", text, re.MULTILINE):
        assert f"\n{target}:" in makefile


def prose() -> str:
    """The method without its tables and commands, its lines joined."""
    text = METHOD.read_text(encoding="utf-8")
    return " ".join(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())


def test_the_tables_of_the_method_are_what_the_command_prints() -> None:
    shown = {int(number): block for number, block in BLOCK.findall(METHOD.read_text("utf-8"))}
    printed = {number: check.one(number, table) for number, table in enumerate(tables(), start=1)}
    assert shown.keys() == printed.keys()
    if not SOURCE_FILES.is_dir():
        del printed[NEEDS_SOURCE_FILES]
    for number, table in printed.items():
        assert shown[number] == table, RENEW


STATED = {
    f"narrower than {contact_line.SEAM_M:.0f} m",
    f"longer than {contact_line.SHORTEST_SEAM_M / 1000:.0f} km",
    f"narrower than {contact_line.SLIVER_M:.0f} m",
    f"up to {contact_line.LARGEST_BAY_KM2:.0f} km²",
    f"up to {contact_line.WIDEST_STRIP_M / 1000:.0f} km in width",
    f"below {contact_line.SMALLEST_POCKET_KM2:.0f} km²",
    f"from {contact_line.SMALLEST_INCURSION_KM2:g} km² up",
    f"nowhere wider than {contact_line.THINNEST_M:.0f} m",
    f"shorter than {contact_line.SHORTEST_PIECE_M:.0f} m",
    f"at {residents.DENSITY_PER_KM2:,.0f} per km²",
    f"has {4 * pullback.QUAD_SEGS} corners",
    f"moved {certainty.ERROR_KM:g} km into Kyiv-held ground, then {certainty.ERROR_KM:g} km back",
    f"the {check.DISTANCES_KM[-1]:g} km question",
    f"generalised to {build_control.TOLERANCE_M:.0f} m",
    f"to {timeline.REDRAWN_M:.0f} m, so a patch nowhere wider than that",
    f"kept to {10.0**-packing.DECIMALS:.4f}° (11 m from south to north)",
    "48.5° N, 36° E",
}
"""Every number of the method's sentences, as the code has it."""
# Dates, names, and what others define.
NAMED = ["14 December 2025", "1 January 2022", "June 2023", "residents of 2022", "WGS 84"]
NAMED += ["Residents of 2022", "500 or more residents", "census of 2001", "since 2014"]


def test_every_number_in_the_method_is_the_code_s() -> None:
    text = prose()
    for sentence in STATED:
        assert sentence in text, sentence
    for known in sorted([*STATED, *NAMED], key=len, reverse=True):
        text = text.replace(known, "")
    assert not re.search(r"\d", re.sub(r"Table \d|<!-- table \d -->", "", text))


def test_the_method_s_projection_is_the_one_used() -> None:
    lat, lon = re.search(r"lat_0=(\S+) \+lon_0=(\S+)", MEASURING_CRS).groups()  # type: ignore[union-attr]
    assert f"{lat}° N, {lon}° E" in prose()


def test_the_method_shows_its_figure_as_it_is_drawn_now() -> None:
    assert "](method.png)" in METHOD.read_text(encoding="utf-8")
    drawn = matplotlib.image.imread(io.BytesIO(check_figure.png()))
    shown = matplotlib.image.imread(PICTURE)
    assert shown.shape == drawn.shape, RENEW
    # Other releases of the fonts' renderer may shade the edges of letters otherwise.
    assert np.abs(shown - drawn).mean() < 0.005, RENEW


def renew() -> None:
    """Write the tables and the figure of the method as they are now."""
    printed = [check.one(number, table) for number, table in enumerate(tables(), start=1)]

    def block(found: re.Match[str]) -> str:
        number = int(found[1])
        if number == NEEDS_SOURCE_FILES and not SOURCE_FILES.is_dir():
            return found[0]
        return f"<!-- table {number} -->\n```\n{printed[number - 1]}\n```"

    METHOD.write_text(BLOCK.sub(block, METHOD.read_text("utf-8")), encoding="utf-8")
    PICTURE.write_bytes(check_figure.png())


if __name__ == "__main__":
    renew()
