"""Tens of millions of events streamed from one file, then a part of them on a Dask cluster.

Run it with ``python -m tests.bench.events_scale``; ``--rows 5`` makes it short. The file is written
to a temporary folder (about 20 bytes a row) and is the same every time.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import distributed

from events import inside, parts
from tests.bench.events_file import GROUP, peak_mb, write
from tests.bench.events_speed import ASKED, zones

WORKERS = (1, 2, 4)
MILLION = 1_000_000


def on_this_machine(file: Path) -> None:
    """Count the file with the local engine, printing how far it is."""
    both, made = zones()

    def tell(share: float, read: int) -> None:
        if sys.stderr.isatty():
            print(f"\r  {share:4.0%}  {read:,} rows", end="", file=sys.stderr)

    began = time.perf_counter()
    found = inside.count(file, both, made, ASKED, progress=tell)
    seconds = time.perf_counter() - began
    events = ", ".join(f"{n:,} in {side}'s zone" for side, n in found.sides["events"].items())
    print(
        f"  local engine: {found.read:,} rows in {seconds:.1f} s, "
        f"{found.read / seconds / MILLION:.2f} million rows a second, "
        f"peak memory {peak_mb():.0f} MB\n  {events}"
    )


def on_workers(file: Path, number: int) -> tuple[float, float, dict[str, object]]:
    """Seconds, the largest worker's memory and the answer of a cluster that is warm."""
    both, made = zones()
    with distributed.LocalCluster(
        n_workers=number, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        address = cluster.scheduler_address
        with tempfile.TemporaryDirectory() as folder:
            # The first part makes each worker import the project.
            small = write(Path(folder) / "small.parquet", rows=number * 2 * parts.PART_ROWS)
            inside.count(small, both, made, ASKED, engine="dask", scheduler=address)
        began = time.perf_counter()
        found = inside.count(file, both, made, ASKED, engine="dask", scheduler=address)
        seconds = time.perf_counter() - began
        with distributed.Client(cluster, set_as_default=False) as client:
            memory = max(client.run(peak_mb).values())
    return seconds, memory, found.to_dict()["sides"]


def main() -> None:
    """Stream the large file in a process of its own, then count a smaller one on workers."""
    parser = argparse.ArgumentParser(description="Events in zones, at scale.")
    parser.add_argument("--rows", type=float, default=50, help="millions of rows to stream")
    parser.add_argument("--dask-rows", type=float, default=16, help="millions of rows for Dask")
    parser.add_argument("--folder", type=Path, help="where the files are written")
    parser.add_argument("--only-count", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_count:
        on_this_machine(options.only_count)
        return
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}; {ASKED.title()}")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        began = time.perf_counter()
        file = write(Path(folder) / "large.parquet", rows=int(options.rows * MILLION))
        print(
            f"  {options.rows:g} million rows written in {time.perf_counter() - began:.0f} s: "
            f"{file.stat().st_size / MILLION:,.0f} MB, row groups of {GROUP:,}",
            flush=True,
        )
        alone = [sys.executable, "-m", "tests.bench.events_scale", "--only-count", str(file)]
        subprocess.run(alone, check=True)
        file.unlink()
        if not options.dask_rows:
            return
        rows = int(options.dask_rows * MILLION)
        file = write(Path(folder) / "smaller.parquet", rows=rows)
        first: dict[str, object] = {}
        for number in WORKERS:
            seconds, memory, sides = on_workers(file, number)
            first = first or sides
            if sides != first:
                raise SystemExit(f"{number} workers count otherwise than {WORKERS[0]}")
            print(
                f"  dask, {number} workers: {rows:,} rows in {seconds:.1f} s, "
                f"{rows / seconds / MILLION:.2f} million rows a second, "
                f"a worker's peak memory {memory:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
