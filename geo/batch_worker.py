"""A process that makes rows of a batch (`geo.batch`), one of as many as there are cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from data import language
from geo import parallel, places

if TYPE_CHECKING:
    from geo.batch import Plan, Row


def begin(spoken: str) -> None:
    """Make this process ready: to end with the one that began it, and to use one core."""
    # Ctrl-C reaches every process of a terminal: this one then ends without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    parallel.one_core()
    with language.using(spoken):
        places.units()
        places.settlements()


def work(rows: Sequence[Row], plan: Plan) -> list[tuple[int, str | None]]:
    """Number of each row, and why it could not be used, None where it could."""
    from geo import batch

    return [(row.number, batch.make(row, plan)) for row in rows]


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    """End with the process that gives the work, however that ends: nobody else would end this."""
    parent.join()
    os._exit(1)
