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
    if getattr(_here, "busy", False):
        return [function(item) for item in items]
    return list(_pool().map(function, items))


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "geometry", initializer=alone)


def alone() -> None:
    """Keep whatever this thread asks for to this thread, from now on."""
    _here.busy = True
