"""The documentation: every command and option is described, every link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

import cli

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "command-line.md"


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
