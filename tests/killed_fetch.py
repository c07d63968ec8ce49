"""A process that fetches a day and is killed in the middle, at as many moments as wanted.

``python -m tests.killed_fetch DAY MOMENTS``: warm once, then one fork for each moment. A moment is
a line of the modules that write; the fork kills itself, as ``kill -9`` would, when it gets there.
Prints what was found after each kill and after the fetch that followed, as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from data import atomic, cache, checked, fetch, stored

NAME = "deepstate"
WATCHED = tuple(str(module.__file__) for module in (atomic, cache, stored, fetch))


def watch(reached: Callable[[int], None]) -> None:
    """Call a function with the number of each line of `WATCHED` that threads to come run."""
    lines = [0]
    lock = threading.Lock()

    def line(frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "line":
            with lock:
                lines[0] += 1
                reached(lines[0])
        return line

    def call(frame: FrameType, _event: str, _arg: Any) -> Any:
        return line if frame.f_code.co_filename in WATCHED else None

    threading.settrace(call)


def die_at(moment: int) -> Callable[[int], None]:
    """Kill this process when a moment is there."""

    def reached(number: int) -> None:
        if number == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def forked(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do some work in a fork; gives the signal that ended it, and what it gave."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.write(writer, json.dumps(work()).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        told = answer.read()
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(told) if told else None


def get(day: dt.date, reached: Callable[[int], None] | None) -> int:
    """Fetch a day; gives how many moments that had."""
    count = [0]

    def counted(number: int) -> None:
        count[0] = number
        if reached is not None:
            reached(number)

    watch(counted)
    found = fetch.fetch(NAME, [day], again=stored.has(NAME, day))
    assert found.taken == (day,), found
    return count[0]


def state(day: dt.date) -> dict[str, Any]:
    """What is there now."""
    there = stored.days(NAME)
    return {
        "days": len(there),
        "intact": all(stored.intact(NAME, each) for each in there),
        "sha256": stored.sha256(NAME, day) if there else None,
        "left": sorted(str(p) for p in (cache.folder() / "arriving").rglob("*")),
        "files": sorted(p.name for p in (cache.folder() / "control").rglob("*") if p.is_file()),
    }


def main(day: dt.date, moments: int) -> None:
    """Kill at each moment, look, fetch again, look again."""
    fetch.accept(NAME)
    fetch.nearest_good(NAME, day)
    checked.measure_km2(stored.read_control.from_geojson(_TINY))
    _signal, of = forked(lambda: get(day, None))
    outcomes = []
    for number in range(moments):
        if number % 2 == 0:
            stored.remove(NAME, day)  # every other fetch replaces a day that is there
        before = state(day)
        moment = 1 + round(number * (of - 1) / (moments - 1))
        ended, _none = forked(lambda at=moment: get(day, die_at(at)))  # type: ignore[misc]
        killed = state(day)
        again, _count = forked(lambda: get(day, None))
        outcomes.append(
            {
                "ended": ended,
                "again": again,
                "before": before,
                "killed": killed,
                "after": state(day),
            }
        )
    print(json.dumps(outcomes))


_TINY = b"""{"features": [{"geometry": {"coordinates": [[[36, 48], [37, 48], [36, 49]]]}}]}"""

if __name__ == "__main__":
    main(dt.date.fromisoformat(sys.argv[1]), int(sys.argv[2]))
