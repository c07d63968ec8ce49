"""The command-line door: what it leads to, what it says of a mistake, and how fast it opens."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from tests.command_line import Run, run

__all__ = ["run"]

ROOT = Path(cli.__file__).parent


def test_serve_becomes_the_dashboard(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, command: called.append([program, *command]))
    monkeypatch.setattr(os, "chdir", lambda folder: called.append([str(folder)]))
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    run("serve", "--port", port)
    (folder,), (program, *command) = called
    assert (program, command[:4]) == (
        sys.executable,
        [sys.executable, "-m", "streamlit", "run"],
    )
    assert command[-2:] == ["--server.port", str(port)]
    assert (Path(folder) / command[4]).is_file()


def test_serve_says_when_its_port_is_taken(run: Run) -> None:
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        status, _, err = run("serve", "--port", other.getsockname()[1])
    assert status == 2
    assert err.startswith("error: port ")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (
            ["scenarios"],
            "choose scenario, batch, line, timeline, check, serve, data list, data build",
        ),
        (["data"], "choose scenario, batch"),
        (["data", "fetching"], "choose scenario, batch"),
        (["data", "cache"], "choose scenario, batch"),
        (["data", "fetch"], "Missing argument 'NAME'"),
        (["data", "build"], "--from"),
        (["line", "--out", "line.png"], ".geojson"),
        (["line", "--date", "2025-12-16"], "15 December 2025"),
        (["line", "--source", "missing.geojson"], "deepstate, owl"),
        (["serve", "--port", "many"], "a whole number from 1"),
        (["serve", "--port", "99999"], "65535"),
        (["--version-of-nothing"], "No such option"),
    ],
)
def test_mistakes_with_other_commands(run: Run, arguments: list[str], hint: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert hint in err


def test_help_loads_nothing_heavy_and_names_every_command(tmp_path: Path) -> None:
    done = _process("--help", folder=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    assert "typer" in done.stderr
    assert not re.search(r"\b(pandas|geopandas|shapely|matplotlib)\b", done.stderr)
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("scenario", "line", "data", "serve"))
    assert _process(folder=tmp_path).stdout == done.stdout


def test_a_first_run_answers_from_any_folder_and_locale(tmp_path: Path) -> None:
    done = _process("scenario", folder=tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert "1,457 km²" in done.stdout


def test_a_process_ends_with_status_2_after_a_mistake(tmp_path: Path) -> None:
    done = _process("scenario", "--json", "--date", "never", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --date")


def test_the_door_loads_nothing_heavy_before_it_is_asked(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import cli; "
        "print(sorted({'pandas', 'shapely', 'matplotlib', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    command = f"'{sys.executable}' '{ROOT / 'cli.py'}' data list --json | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == ""


def _process(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=os.environ | variables,
        timeout=60,
    )
