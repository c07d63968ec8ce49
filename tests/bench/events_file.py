"""Files of invented events for the benchmarks: the same rows every time, however many."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 500_000
_CLASSES = ("shelling", "drone", "air strike", "missile", "battle", "mine")
_PRECISIONS = ("exact", "town", "raion", "oblast")
_FIRST_DAY, _DAYS = np.datetime64("2022-02-24"), 1_400


def write(path: Path, *, rows: int) -> Path:
    """Write so many events, spread evenly over Ukraine and around it; one in fifty is coarse."""
    with pq.ParquetWriter(path, _group(0, 1).schema) as writer:
        for number, start in enumerate(range(0, rows, GROUP)):
            writer.write_table(_group(number, min(GROUP, rows - start)))
    return path


def _group(number: int, rows: int) -> pa.Table:
    # A seed for each row group: any part of the file is the same whatever is written before it.
    random = np.random.default_rng([20251214, number])
    kind = random.integers(0, len(_CLASSES), rows).astype("int8")
    precision = random.choice(4, rows, p=[0.5, 0.4, 0.08, 0.02]).astype("int8")
    return pa.table(
        {
            "longitude": random.uniform(22, 41, rows),
            "latitude": random.uniform(44, 52.5, rows),
            "date": _FIRST_DAY + random.integers(0, _DAYS, rows),
            "class": pa.DictionaryArray.from_arrays(pa.array(kind), pa.array(_CLASSES)),
            "precision": pa.DictionaryArray.from_arrays(pa.array(precision), pa.array(_PRECISIONS)),
        }
    )


def peak_mb() -> float:
    """The most memory that this process has held so far (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
