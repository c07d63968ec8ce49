"""Fetching as processes of their own: killed, two at once, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data import cache, stored, upstream
from tests import upstream_server
from tests.bench import fetch_memory
from tests.upstream_server import DEEPSTATE, Handler, Upstream

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parent.parent
PATH = DEEPSTATE.format(day="20251214")
MOMENTS = 20
LONGEST_S = 240


@pytest.fixture
def server(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Upstream]:
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "cache"))
    with upstream_server.running() as made:
        upstream_server.record(made, shared_data)
        monkeypatch.setenv(upstream.LOOPBACK, "1")
        monkeypatch.setenv(upstream.INSTEAD, made.address)
        yield made


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=dict(os.environ),
    )  # fmt: skip


def cli(*arguments: str) -> tuple[int, str, str]:
    process = start("cli.py", *arguments)
    out, err = process.communicate(timeout=LONGEST_S)
    return process.returncode, out, err


def test_killed_at_any_moment_a_day_is_whole_or_not_there(server: Upstream) -> None:
    process = start("-m", "tests.killed_fetch", "2025-12-14", str(MOMENTS))
    out, err = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, err
    outcomes: list[dict[str, Any]] = json.loads(out)
    assert len(outcomes) == MOMENTS
    # The last moment is the last line: by then everything is written.
    assert {each["ended"] for each in outcomes[:-1]} == {-9}
    good = outcomes[0]["after"]
    assert good["files"] == ["20251214.geojson", "20251214.json"]
    assert any(each["killed"]["left"] for each in outcomes)
    for each in outcomes:
        assert each["killed"]["intact"]
        assert each["killed"]["days"] >= each["before"]["days"]
        assert each["again"] == 0
        assert each["after"] == good | {"left": []}


def test_two_processes_that_fetch_the_same_days_share_the_work(server: Upstream) -> None:
    def slow(handler: Handler, body: bytes) -> None:
        time.sleep(0.3)
        handler.give(body)

    server.usual = slow
    assert cli("data", "fetch", "deepstate", "--date", "2025-12-14", "--yes")[0] == 0
    asked = ["data", "fetch", "deepstate", "--from", "2025-12-12", "--to", "2025-12-25", "--json"]
    both = [start("cli.py", *asked) for _number in range(2)]
    told = [json.loads(process.communicate(timeout=LONGEST_S)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    days = ["2025-12-13", "2025-12-14", "2025-12-15", "2025-12-24"]
    for each in told:
        assert sorted(each["taken"] + each["there"]) == days
        assert len(each["missing"]) == 10
    assert sorted(told[0]["taken"] + told[1]["taken"]) == [days[0], *days[2:]]
    for path in server.files:
        assert server.asked[path] <= 1
    assert [day.isoformat() for day in stored.days("deepstate")] == days


def test_a_month_of_days_adds_little_memory(shared_data: Path) -> None:
    found = fetch_memory.measure(shared_data)
    assert found["taken"] == 58
    assert found["added_mb"] < fetch_memory.MOST_MB


def test_the_command_asks_for_the_terms_first(server: Upstream) -> None:
    status, out, err = cli("data", "fetch", "owl", "--date", "2025-12-14")
    assert (status, out) == (2, "")
    for words in ("Project Owl states no licence", "not stated", "give --yes"):
        assert words in err
    assert not server.asked
    status, out, err = cli("data", "fetch", "owl", "--date", "2025-12-14", "--yes")
    assert (status, out) == (0, "Fetched: 2025-12-14\n")
    assert "Project Owl states no licence" in err
    status, out, err = cli("data", "fetch", "owl", "--date", "2025-12-14")
    assert (status, out, err) == (0, "There already: 2025-12-14\n", "")


@pytest.mark.parametrize("option", ["--date", "--from"])
def test_a_day_that_cannot_be_is_refused_before_the_terms(server: Upstream, option: str) -> None:
    status, out, err = cli("data", "fetch", "owl", option, "2131-01-01", "--yes")
    assert (status, out, err) == (2, "", "error: 2131-01-01 is in the future.\n")
    assert not server.asked


def test_the_command_tells_of_days_that_are_missing_or_refused(server: Upstream) -> None:
    server.behaviours[PATH] = lambda h, b: h.give(b"<html>")
    status, out, err = cli(
        "data", "fetch", "deepstate", "--from", "2025-12-13", "--to", "2025-12-16", "--yes"
    )
    assert status == 1
    assert out == "Fetched: 2025-12-13, 2025-12-15\nNot published: 2025-12-16\n"
    assert err.splitlines()[-1] == "2025-12-14: the file is not JSON, or not all of it."
    status, out, _err = cli("data", "cache", "list", "--json")
    listed = json.loads(out)
    assert "not JSON" in listed["quarantine"]["deepstate-20251214"]
    (row,) = (row for row in listed["sources"] if row["source"] == "deepstate")
    assert (row["files"], row["first"], row["last"]) == (2, "2025-12-13", "2025-12-15")


def test_the_cache_can_be_checked_and_cleared(server: Upstream) -> None:
    cli("data", "fetch", "deepstate", "--date", "2025-12-14", "--yes")
    assert cli("data", "cache", "check")[:2] == (0, "Checked: 1 files, 0 damaged\n")
    file = cache.folder() / "control/deepstate/20251214.geojson"
    file.write_bytes(file.read_bytes() + b" ")
    status, out, _err = cli("data", "cache", "check")
    assert status == 1
    assert "deepstate 2025-12-14: damaged; fetch it again" in out
    assert cli("data", "cache", "clear", "deepstate")[0] == 0
    assert stored.days("deepstate") == ()
    assert cli("data", "cache", "clear", "nowhere")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["deepstate"], "give one of --date, --from (with --to) and --latest"),
        (["deepstate", "--date", "2025-12-14", "--latest"], "give one of --date"),
        (["deepstate", "--to", "2025-12-14"], "give one of --date"),
        (["deepstate", "--from", "2025-12-14", "--to", "2025-12-01"], "--to is before --from"),
        (["deepstate", "--date", "14.12.2025"], "--date"),
        (["deepstate", "--file", "x", "--latest"], "has a file a day"),
        (["boundaries", "--latest"], "has no dates"),
        (["nowhere", "--latest"], "there is no source called 'nowhere'"),
        (["deepstate", "--date", "2021-01-01", "--yes"], "is before 2022-02-24"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], sentence: str, server: Upstream) -> None:
    status, out, err = cli("data", "fetch", *arguments)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("error: ")
    assert sentence in err.splitlines()[-1]
    assert not server.asked


def test_an_interrupted_command_says_so_and_goes_on_where_it_stopped(server: Upstream) -> None:
    asked = ["data", "fetch", "deepstate", "--from", "2025-12-12", "--to", "2025-12-25", "--yes"]
    waiting = threading.Event()

    def wait(handler: Handler, body: bytes) -> None:
        waiting.set()
        time.sleep(1.0)
        handler.give(body)

    server.behaviours[DEEPSTATE.format(day="20251224")] = wait
    process = start("cli.py", *asked)
    assert waiting.wait(LONGEST_S)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "stopped: the same command goes on where this one was."
    assert "Traceback" not in err
    before = {day.isoformat() for day in stored.days("deepstate")}
    assert "2025-12-24" not in before
    server.behaviours.clear()
    status, out, _err = cli(*asked[:-1], "--json")
    told = json.loads(out)
    assert status == 0
    assert set(told["there"]) == before
    assert set(told["there"]) | set(told["taken"]) == {
        "2025-12-13", "2025-12-14", "2025-12-15", "2025-12-24"
    }  # fmt: skip
