"""How much memory fetching 29 days adds.

Run with ``python -m tests.bench.fetch_memory`` (Linux; needs ``../shared/data``). A server on
loopback, in a process of its own, gives every recorded day of both assessors; the process that
fetches them has the engine loaded, as the dashboard has, and is measured at its peak.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from data import cache, upstream
from tests import upstream_server

MOST_MB = 100.0
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def peak_mb() -> float:
    """The most resident memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(days: list[str]) -> None:
    """Fetch, and print what that added."""
    from data import fetch
    from geo import control

    assert control.load(control.DEFAULT_DATE, "deepstate").line_km > 0
    before = peak_mb()
    taken = 0
    for name in ("deepstate", "owl"):
        fetch.accept(name)
        taken += len(fetch.fetch(name, map(dt.date.fromisoformat, days)).taken)
    print(json.dumps({"taken": taken, "before_mb": before, "added_mb": peak_mb() - before}))


def measure(shared_data: Path) -> dict[str, float]:
    """Run `child` against a server of recorded days; gives what it printed."""
    files = sorted((shared_data / "control/deepstate").glob("*.geojson"))
    days = [dt.datetime.strptime(file.stem, "%Y%m%d").date().isoformat() for file in files]
    with upstream_server.running() as server, tempfile.TemporaryDirectory() as folder:
        upstream_server.record(server, shared_data)
        told = {upstream.LOOPBACK: "1", upstream.INSTEAD: server.address, cache.FOLDER: folder}
        answer = subprocess.run(
            [sys.executable, "-m", "tests.bench.fetch_memory", *days],
            check=True, capture_output=True, text=True, env={**os.environ, **told},
        )  # fmt: skip
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def main() -> None:
    """Measure and print."""
    found = measure(SHARED)
    print(
        f"{found['taken']:.0f} days fetched: {found['added_mb']:.0f} MB more than the "
        f"{found['before_mb']:.0f} MB before (less than {MOST_MB:g})"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1:])
    else:
        main()
