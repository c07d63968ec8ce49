"""Which days were fetched, and which file each is, cheap enough to ask with every step of a slider.

`data.stored` remembers nothing. Here what it said is kept for as long as its folder stays the same,
so that every session sees a new day without a restart, and hundreds of days cost no more than one.
"""

from __future__ import annotations

import datetime as dt
import functools
import time

from data import cache, stored
from data.errors import AtlasError

# The clock of a disk may stand still for so long: what was read so soon after a change may lack
# another one of the same moment.
_SETTLED_NS = 1_000_000_000


def days(name: str) -> tuple[dt.date, ...]:
    """The days of a source that were fetched, oldest first."""
    return _days(name, _as_it_is(name))


def sha256(name: str, date: dt.date) -> str:
    """Checksum of a day's file; "" where that day was not fetched.

    Of a day whose file was damaged it is a word that no checksum is: who loads it is told why.
    """
    if date not in days(name):
        return ""
    return _sha256(name, date, _as_it_is(name))


def _as_it_is(name: str) -> tuple[str, int, int]:
    """A source's folder and when it changed last; where that was just now, each look differs."""
    folder = cache.folder() / "control" / name
    try:
        changed_ns = folder.stat().st_mtime_ns
    except OSError:
        return str(folder), 0, 0
    now_ns = time.time_ns()
    return str(folder), changed_ns, now_ns if now_ns - changed_ns < _SETTLED_NS else 0


@functools.lru_cache(maxsize=16)
def _days(name: str, _folder: tuple[str, int, int]) -> tuple[dt.date, ...]:
    return stored.days(name)


@functools.lru_cache(maxsize=256)
def _sha256(name: str, date: dt.date, _folder: tuple[str, int, int]) -> str:
    try:
        return stored.sha256(name, date)
    except AtlasError:
        return "damaged"
