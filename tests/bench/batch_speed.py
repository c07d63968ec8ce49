"""How much faster a batch is on all cores than one row after the other.

``python -m tests.bench.batch_speed [ROWS] [FORMAT,…]``: a table of scenarios on four control maps,
made once by one process and once by one a core, in turns in one run; the files must be the same.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from geo import batch, export

ROWS = 100
WANTED = 0.8
_MAPS = (
    ("2025-12-14", "deepstate"),
    ("2025-12-14", "owl"),
    ("2025-12-24", "deepstate"),
    ("2025-12-24", "owl"),
)
_PLACES = ("donetsk", "kharkiv", "zaporizhzhia", "all")


def table(folder: Path, rows: int) -> Path:
    """Scenarios that are all different."""
    lines = ["name,date,source,ukraine_km,russia_km,extent"]
    for n in range(rows):
        date, source = _MAPS[n % 4]
        lines.append(f"row {n},{date},{source},{1 + n % 37},{1 + n % 29},{_PLACES[n // 4 % 4]}")
    file = folder / "scenarios.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def seconds(file: Path, folder: Path, jobs: int, formats: tuple[str, ...]) -> tuple[float, float]:
    """How long a batch takes, from the table to the index, and the work of all cores in it.

    One by one, far more of the first than of the second says that the machine had other work.
    """
    began, worked = time.perf_counter(), sum(os.times()[:4])
    found = batch.run(file, folder, jobs=jobs, formats=formats)
    assert not found.faults, found.faults
    return time.perf_counter() - began, sum(os.times()[:4]) - worked


def main(rows: int, formats: tuple[str, ...]) -> None:
    """Measure and print."""
    cores = os.cpu_count() or 1
    print(f"Batch: {rows} scenarios as {', '.join(formats)}, {cores} cores")
    print(f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} before\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = table(folder, rows)
        print("                   time      work     a row")
        alone, work = seconds(file, folder / "alone", 1, formats)
        print(f"one by one    {alone:7.1f} s {work:7.1f} s {alone / rows:7.2f} s", flush=True)
        together, work = seconds(file, folder / "together", cores, formats)
        ratio = alone / together
        print(f"{cores} processes   {together:7.1f} s {work:7.1f} s {together / rows:7.2f} s")
        print(f"\n{ratio:.2f} times as fast: {ratio / cores:.2f} of {cores} cores, {WANTED} wanted")
        for one in (folder / "alone").rglob("*"):
            other = folder / "together" / one.relative_to(folder / "alone")
            assert one.is_dir() or one.read_bytes() == other.read_bytes(), one
        print("The files are the same.")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else ROWS,
        tuple(sys.argv[2].split(",")) if len(sys.argv) > 2 else tuple(export.FORMATS),
    )
