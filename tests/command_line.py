"""The command line in the process of the tests, and files to hand to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cli

SQUARE = [[37.0, 47.0], [38.0, 47.0], [38.0, 48.5], [37.0, 48.5], [37.0, 47.0]]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; its exit status, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        status = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


def asked(run: Run, *arguments: object) -> dict[str, Any]:
    status, out, err = run("scenario", "--json", *arguments)
    assert (status, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    return document


def polygon_file(folder: Path, name: str, ring: list[list[float]]) -> Path:
    file = folder / name
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}), encoding="utf-8")
    return file
