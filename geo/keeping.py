"""Results that are kept, and let go of when what they rest on goes.

A control map or an area that somebody loaded is that person's alone. What was worked out from it is
kept like everything else while it is there; `forget` takes all of it out at once.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_MOST_GONE = 10_000
_lock = threading.Lock()
_all: list[Kept[..., Any]] = []
# What was let go of, the newest last; by its hash, since an area's text may be long.
_gone: OrderedDict[int, None] = OrderedDict()


class Info(NamedTuple):
    """How often a result was there and was not, how many may be kept and are."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class Kept(Generic[P, R]):
    """A function whose results are kept, as by `functools.lru_cache`, and can be let go."""

    def __init__(self, function: Callable[P, R], most: int) -> None:
        functools.update_wrapper(self, function)
        self.name = getattr(function, "__name__", "")
        self._function, self._most = function, most
        self._results: OrderedDict[Hashable, R] = OrderedDict()
        # How often something was let go: a result whose work began before that is not kept.
        self._gone = 0
        self._hits = self._misses = 0

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The result for these arguments, worked out once."""
        key = (args, tuple(sorted(kwargs.items())))
        with _lock:
            if key in self._results:
                self._hits += 1
                self._results.move_to_end(key)
                return self._results[key]
            self._misses += 1
            gone = self._gone
        result = self._function(*args, **kwargs)
        with _lock:
            # Work that goes on after its map was let go of must not bring anything of it back.
            if gone == self._gone and not any(hash(thing) in _gone for thing in _things(key)):
                self._results[key] = result
                while len(self._results) > self._most:
                    self._results.popitem(last=False)
        return result

    def cache_clear(self) -> None:
        """Let everything go."""
        with _lock:
            self._gone += 1
            self._hits = self._misses = 0
            dropped, self._results = self._results, OrderedDict()
        del dropped

    def forget(self, thing: str) -> None:
        """Let go of what rests on a thing; see `forget`."""
        with _lock:
            self._gone += 1
            keys = [key for key in self._results if concerns(key, thing)]
            # Taken out here and dropped below, out of the lock: dropping may run other code.
            dropped = [self._results.pop(key) for key in keys]
        del dropped, keys

    def cache_info(self) -> Info:
        """As `functools.lru_cache` tells it."""
        with _lock:
            return Info(self._hits, self._misses, self._most, len(self._results))


def kept(most: int) -> Callable[[Callable[P, R]], Kept[P, R]]:
    """Keep the newest `most` results of a function of hashable arguments."""

    def decorate(function: Callable[P, R]) -> Kept[P, R]:
        made = Kept(function, most)
        _all.append(made)
        return made

    return decorate


def forget(thing: str) -> None:
    """Let go of every kept result that rests on a loaded control map or area.

    Parameters
    ----------
    thing
        The id of the control map (its ``source``), or the text of the area.
    """
    with _lock:
        _gone[hash(thing)] = None
        _gone.move_to_end(hash(thing))
        while len(_gone) > _MOST_GONE:
            _gone.popitem(last=False)
    for each in _all:
        each.forget(thing)


def admit(thing: str) -> None:
    """Keep what rests on a thing (as of `forget`) from now on, where it was let go of before."""
    with _lock:
        _gone.pop(hash(thing), None)


def concerns(key: Any, thing: str) -> bool:
    """Whether a key is, holds or points to a thing (as of `forget`)."""
    return thing in _things(key)


def _things(key: Any) -> Iterator[str]:
    """The texts in a key, and the sources and areas of what is in it."""
    if isinstance(key, tuple):
        for part in key:
            yield from _things(part)
    elif isinstance(key, str):
        yield key
    else:
        pointed = (getattr(key, "source", None), getattr(key, "area", None))
        yield from (each for each in pointed if isinstance(each, str))
        # An answer rests on what its question does.
        if (asked := getattr(key, "scenario", None)) is not None:
            yield from _things(asked)
