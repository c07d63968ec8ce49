"""Work for after the answer: done beside the page, one thing after the other, and kept.

A script of the page never waits for it: it begins the work, ends, and looks again when the browser
asks (`pages.widgets.rest`), so that the next step of a slider finds nothing in its way.
"""

from __future__ import annotations

import contextlib
import functools
import json
import statistics
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from data.errors import AtlasError
from geo import keeping, parallel

REST_MS = 300
"""How long nothing new must have been asked before such work begins, where one reader is there."""
AGAIN_MS = 150
"""How long until the browser looks again."""

_KEPT = 256
_WORKERS = 2
# A reader rests once nothing new was asked for so many times as long as answers take just now.
_RESTS_OF_AN_ANSWER = 3
_LONGEST_REST_MS = 1500
_works: OrderedDict[Hashable, Future[Any]] = OrderedDict()
_answers_ms: deque[float] = deque(maxlen=12)
_lock = threading.Lock()


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Take the time that a step of some reader takes."""
    began = time.monotonic()
    yield
    _answers_ms.append(1000 * (time.monotonic() - began))


def rest_ms() -> int:
    """How long nothing new must have been asked: the longer, the busier the server is.

    What comes after an answer costs more than the answer. Where many readers move sliders, drawing
    it between any two steps would keep all of them waiting for their next answers.
    """
    usual = statistics.median(list(_answers_ms) or [0.0])
    return round(min(max(REST_MS, _RESTS_OF_AN_ANSWER * usual), _LONGEST_REST_MS))


def begin(key: Hashable, work: Callable[[], Any], *, instead_of: Hashable | None = None) -> None:
    """Do some work under a name, unless it was begun before.

    Work that nobody waits for any more, ``instead_of``, is given up if it has not begun. Were it
    wanted again after all, it would be asked for again.
    """
    with _lock:
        given_up = _works.get(instead_of) if instead_of != key else None
        if given_up is not None and given_up.cancel():
            del _works[instead_of]
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
    # What was given up in the meantime has nothing to give, and would say so by an exception.
    if work is None or not work.done() or work.cancelled():
        return None, None
    fault = work.exception()
    if isinstance(fault, AtlasError):
        return None, fault
    return work.result(), None


def forget(thing: str) -> None:
    """Let go of all work whose name holds a thing (as of `geo.keeping.forget`)."""
    written = json.dumps(thing, ensure_ascii=False)[1:-1]  # as it stands in a scenario's JSON
    with _lock:
        gone = [name for name in _works if _holds(name, thing, written)]
        dropped = [_works.pop(name) for name in gone]
    for work in dropped:
        work.cancel()


def _holds(name: Hashable, thing: str, written: str) -> bool:
    parts = name if isinstance(name, tuple) else (name,)
    return keeping.concerns(parts, thing) or any(
        written in part for part in parts if isinstance(part, str)
    )


@functools.cache
def _pool() -> ThreadPoolExecutor:
    # Each worker keeps to one core: the others are for the next step of a slider.
    return ThreadPoolExecutor(_WORKERS, "later", initializer=parallel.alone)
