"""Work for after the answer: done beside the page, one thing after the other, and kept.

A script of the page never waits for it: it begins the work, ends, and looks again when the browser
asks (`pages.widgets.rest`), so that the next step of a slider finds nothing in its way.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from data.errors import AtlasError
from geo import parallel

REST_MS = 300
"""How long nothing new must have been asked before such work begins."""
AGAIN_MS = 150
"""How long until the browser looks again."""

_KEPT = 256
_WORKERS = 2
_works: OrderedDict[Hashable, Future[Any]] = OrderedDict()
_lock = threading.Lock()


def begin(key: Hashable, work: Callable[[], Any]) -> None:
    """Do some work under a name, unless it was begun before."""
    with _lock:
        if key not in _works:
            _works[key] = _pool().submit(work)
        _works.move_to_end(key)
        while len(_works) > _KEPT:
            _works.popitem(last=False)


def wait_ms(key: Hashable) -> int:
    """How long the browser should wait until it asks for the work of that name (again)."""
    return AGAIN_MS if key in _works else REST_MS


def found(key: Hashable) -> tuple[Any, AtlasError | None]:
    """What the work of that name gave, and why it gave nothing; nothing of both until it ends.

    Work that failed is not begun again: the same data would fail again.
    """
    work = _works.get(key)
    if work is None or not work.done():
        return None, None
    fault = work.exception()
    if isinstance(fault, AtlasError):
        return None, fault
    return work.result(), None


@functools.cache
def _pool() -> ThreadPoolExecutor:
    # Each worker keeps to one core: the others are for the next step of a slider.
    return ThreadPoolExecutor(_WORKERS, "later", initializer=parallel.alone)
