"""Geometry over the machine's cores: GEOS works without holding Python's lock."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

# The same on every machine, so that the same question gives the same digits everywhere.
_SLICES = 8
_FEWEST = 2 * _SLICES
_here = threading.local()
_one_core = threading.Event()


def slices(function: Callable[[np.ndarray], Any], geometries: np.ndarray) -> list[Any]:
    """``function`` of consecutive slices of an array, in their order, on all cores at once."""
    if len(geometries) < _FEWEST:
        return [function(geometries)]
    return each(function, np.array_split(geometries, _SLICES))


def each(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """``function`` of each item, in their order, on all cores at once.

    Within a call that is itself one of many, one after the other: work of the pool that waited for
    more work of the pool could wait for ever.
    """
    if getattr(_here, "busy", False) or _one_core.is_set():
        return [function(item) for item in items]
    return list(_pool().map(function, items))


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "geometry", initializer=alone)


def alone() -> None:
    """Keep whatever this thread asks for to this thread, from now on."""
    _here.busy = True


def threads(most: int) -> int:
    """How many threads a piece of work may have of its own: one in a process of many."""
    return 1 if _one_core.is_set() else most


def one_core() -> None:
    """Keep this process to one core from now on: others like it have the rest."""
    _one_core.set()
