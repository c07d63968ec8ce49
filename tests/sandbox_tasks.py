"""Tasks that behave badly, for the tests of `geo.sandbox`."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from data import language
from data.errors import InputError

Reply = tuple[dict[str, Any], list[bytes]]
MB = 1024 * 1024


def echo(folder: Path, given: Mapping[str, Any], parts: list[bytes]) -> Reply:
    files = {file.name: file.read_bytes().decode() for file in folder.iterdir()}
    return {"given": dict(given), "files": files}, [part[::-1] for part in parts]


def surroundings(folder: Path, _given: Mapping[str, Any], _parts: list[bytes]) -> Reply:
    limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in LIMITS}
    return {
        "folder": str(folder),
        "process": os.getpid(),
        "mode": oct(folder.stat().st_mode & 0o777),
        "environment": dict(os.environ),
        "limits": limits,
        "nice": os.nice(0),
        "language": language.current(),
        "drivers": sorted(pyogrio.list_drivers()),
    }, []


LIMITS = ("DATA", "CPU", "CORE", "FSIZE", "NOFILE")


def sleep(_folder: Path, given: Mapping[str, Any], _parts: list[bytes]) -> Reply:
    time.sleep(given["seconds"])
    return {}, []


def mend(_folder: Path, _given: Mapping[str, Any], _parts: list[bytes]) -> Reply:
    """The ring of 500 points that crosses itself, as GEOS mends it when left to itself."""
    ring = np.random.default_rng(1).uniform(-1, 1, (500, 2))
    for _ in range(1000):
        shapely.make_valid(shapely.Polygon(ring))
    return {}, []


def swallow(_folder: Path, given: Mapping[str, Any], _parts: list[bytes]) -> Reply:
    """Memory by Python, by numpy, or shared, which the kernel's limit does not count."""
    size = given["megabytes"] * MB
    if given["by"] == "python":
        taken: Any = bytearray(size)
    elif given["by"] == "numpy":
        taken = np.ones(size // 8)
    else:
        taken = mmap.mmap(-1, size)
        for start in range(0, size, MB):
            taken[start : start + MB] = b"x" * MB
        time.sleep(5)
    return {"taken": len(taken)}, []


def fall(_folder: Path, given: Mapping[str, Any], _parts: list[bytes]) -> Reply:
    how = given["how"]
    if how == "segfault":
        ctypes.string_at(0)
    if how == "abort":
        os.abort()
    if how == "leave":
        os._exit(0)
    if how == "raise":
        raise ValueError("a secret of the file")
    if how == "refuse":
        raise InputError("the file is refused.")
    return {"not": {1, 2}}, []


def chatter(_folder: Path, _given: Mapping[str, Any], _parts: list[bytes]) -> Reply:
    print("x" * MB, flush=True)
    os.write(1, b"\0" * 64)
    os.write(2, b"noise")
    return {"said": 1}, []


def babble(_folder: Path, given: Mapping[str, Any], _parts: list[bytes]) -> Reply:
    return {}, [b"x" * given["bytes"]]
