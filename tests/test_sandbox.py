"""Work done apart: whatever becomes of it, an answer or one sentence, and a healthy caller."""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data import language
from data.errors import AtlasError, DataError, InputError
from geo import sandbox
from geo.readers import DRIVERS
from geo.sandbox import Answer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture(autouse=True, scope="module")
def worker_waits() -> Iterator[None]:
    sandbox.warm()
    yield
    sandbox.cool()


def run(task: str, *, given: dict[str, Any] | None = None, **more: Any) -> Answer:
    return sandbox.run(f"tests.sandbox_tasks:{task}", given or {}, name="it.zip", **more)


def workers() -> list[int]:
    """Processes that this one has started and that are still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(told[1]) == os.getpid() and told[0] != "Z":
            found.append(int(folder.name))
    return found


def test_what_is_given_comes_and_what_is_found_returns() -> None:
    answer = run("echo", given={"name": "Київ"}, files={"file": b"abc"}, parts=[b"12", b""])
    assert answer.document == {"given": {"name": "Київ"}, "files": {"file": "abc"}}
    assert answer.parts == (b"21", b"")


def test_a_worker_has_no_more_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    monkeypatch.setenv("https_proxy", "http://192.0.2.1")
    sandbox.cool()
    sandbox.warm()
    told = run("surroundings", files={"file": b""}).document
    assert told["mode"] == "0o700"
    assert not Path(told["folder"]).exists()
    assert not {"A_SECRET", "https_proxy", "HOME"} & told["environment"].keys()
    assert told["environment"]["PROJ_NETWORK"] == "OFF"
    assert told["limits"]["DATA"] == [sandbox.MEGABYTES * 1024**2] * 2
    assert told["limits"]["CPU"][1] <= sandbox.SECONDS + 2
    assert told["limits"]["CORE"] == [0, 0]
    assert told["nice"] > os.nice(0)
    # None that follows an address, another file or a query in what it opens.
    assert set(told["drivers"]) == set(DRIVERS)


@pytest.mark.parametrize("task", ["sleep", "mend"])
def test_what_takes_too_long_is_ended(task: str) -> None:
    before = set(workers())
    # Left alone, both would come to an end, and without a complaint.
    with pytest.raises(InputError, match=r"^it\.zip took longer than 1 seconds") as caught:
        run(task, given={"seconds": 60}, files={"file": b"private"}, seconds=1)
    assert "\n" not in str(caught.value)
    # What is there now waits for the next task: what was working is gone.
    assert len(set(workers()) - before) <= 1
    assert run("echo", given={"again": 1}).document["given"] == {"again": 1}


def test_nothing_is_left_on_the_disk_by_a_worker_that_was_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[Path] = []
    watching = threading.Event()

    def watch() -> None:
        while not watching.is_set():
            seen.extend(tmp_path.glob("*/file"))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(InputError, match="took longer"):
        run("sleep", given={"seconds": 60}, files={"file": b"private"}, seconds=0.5)
    watching.set()
    watcher.join()
    assert seen
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("by", ["python", "numpy", "shared"])
def test_what_needs_too_much_memory_is_ended(by: str) -> None:
    with pytest.raises(InputError, match=r"more than 512 MB of memory") as caught:
        run("swallow", given={"by": by, "megabytes": 700})
    assert str(caught.value).startswith("it.zip needs")


def test_memory_that_is_allowed_is_there() -> None:
    assert run("swallow", given={"by": "numpy", "megabytes": 300}).document["taken"]


@pytest.mark.parametrize("how", ["segfault", "abort", "leave", "raise", "nonsense"])
def test_a_worker_that_falls_is_one_sentence(how: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.WARNING, "geo.sandbox"),
        pytest.raises(InputError, match=r"^it\.zip cannot be read: it is damaged"),
    ):
        run("fall", given={"how": how})
    assert caplog.records
    assert "secret" not in caplog.text
    assert run("echo").document["files"] == {}


def test_a_refusal_comes_as_it_was_said() -> None:
    with pytest.raises(InputError, match=r"^the file is refused\.$"):
        run("fall", given={"how": "refuse"})


def test_what_libraries_print_is_no_answer() -> None:
    assert run("chatter").document == {"said": 1}


def test_an_answer_that_is_too_large_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "LARGEST_ANSWER_BYTES", 1_000_000)
    with pytest.raises(InputError, match="memory"):
        run("babble", given={"bytes": 2_000_000})
    assert len(run("babble", given={"bytes": 900_000}).parts[0]) == 900_000


def busy(task: str, count: int) -> tuple[list[threading.Thread], list[str]]:
    """Threads that have work done that takes long, all begun; and what they hear of it at last."""
    faults: list[str] = []

    def ask() -> None:
        try:
            run(task, given={"seconds": 300}, seconds=300)
        except AtlasError as fault:
            faults.append(str(fault))

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    while sandbox._turns._value > sandbox.AT_ONCE - count:
        time.sleep(0.01)
    return threads, faults


def end(threads: list[threading.Thread]) -> None:
    """End the workers under those who wait for them, as often as it takes."""
    while any(thread.is_alive() for thread in threads):
        for worker in workers():
            os.kill(worker, signal.SIGKILL)
        time.sleep(0.05)


def test_the_caller_only_waits() -> None:
    threads, faults = busy("mend", 1)
    # Others are served in the meantime, here and by another worker, and it works on.
    beats = threading.Semaphore(0)

    def beat() -> None:
        for _ in range(1000):
            beats.release()

    beating = threading.Thread(target=beat)
    beating.start()
    assert all(beats.acquire(timeout=10) for _ in range(1000))
    beating.join()
    assert run("echo", given={"other": 1}).document["given"] == {"other": 1}
    assert threads[0].is_alive()
    assert faults == []
    end(threads)
    assert len(faults) == 1
    assert run("echo").document["files"] == {}


def test_so_many_work_at_a_time_and_the_others_hear_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "_QUEUE_S", 0.3)
    threads, faults = busy("sleep", sandbox.AT_ONCE)
    with pytest.raises(InputError, match="other files are being read"):
        run("echo")
    assert faults == []
    end(threads)
    assert len(faults) == sandbox.AT_ONCE
    assert run("echo").document["files"] == {}


def test_the_one_that_waits_is_there_at_once_and_ends_when_it_is_not_wanted() -> None:
    run("echo")
    (waiting,) = workers()
    # It does the task itself, and another waits in its place.
    assert run("surroundings").document["process"] == waiting
    assert len(set(workers()) - {waiting}) == 1
    sandbox.cool()
    assert workers() == []
    assert run("echo").document["files"] == {}
    assert workers() == []
    sandbox.warm()


def ended_before_its_task(worker: sandbox._Worker) -> sandbox._Worker:
    """The worker, ended once it was ready, as by the alarm that ends one that waits too long."""
    assert worker._process.stdout is not None
    ready = select.select([worker._process.stdout], [], [], 60)[0]
    assert ready
    os.kill(worker._process.pid, signal.SIGALRM)
    worker._process.wait()
    return worker


def test_the_file_is_not_blamed_for_a_worker_that_ended_of_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It was alive when it was taken.
    monkeypatch.setattr(sandbox._spares, "take", lambda: ended_before_its_task(sandbox._Worker()))
    assert run("echo", parts=[b"12"]).parts == (b"21",)


def test_workers_that_do_not_start_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    start = sandbox._Worker
    monkeypatch.setattr(sandbox._spares, "take", lambda: ended_before_its_task(start()))
    monkeypatch.setattr(sandbox, "_Worker", lambda: ended_before_its_task(start()))
    with pytest.raises(DataError, match="does not start"):
        run("echo")


def test_an_answer_is_not_lost_where_no_worker_can_be_started_to_wait(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    sandbox.warm()
    monkeypatch.setattr(subprocess, "Popen", full)
    with caplog.at_level(logging.WARNING, "geo.sandbox"):
        assert run("echo").document["files"] == {}
    assert "temporarily unavailable" in caplog.text
    # None waits now, and none starts.
    with pytest.raises(DataError, match="does not start"):
        run("echo")


def test_it_speaks_the_language_of_whoever_asked() -> None:
    assert run("surroundings").document["language"] == "en"
    with language.using("uk"):
        assert run("surroundings").document["language"] == "uk"
