"""Days that are being fetched for everybody, beside the page: one at a time of each source.

What comes of it stays known until that source is asked again, so that whoever looks is told the
same. Nothing is fetched unless a reader asks, or the environment says how often
(`data.upstream.SCHEDULE`) and the source's terms were accepted before.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import threading
import time

from data import fetch, upstream
from data.errors import AtlasError
from data.language import _
from geo import control, parallel, words


@dataclasses.dataclass(frozen=True, kw_only=True)
class State:
    """How far it has come.

    Attributes
    ----------
    day
        The day that is fetched; None while the newest one is looked for.
    is_done
        Whether it has ended.
    taken
        The day, where it was fetched and is there now.
    unconfirmed
        The day, where it was refused only because its ground differs much from a good day's.
    said
        What came of it, a sentence each.
    """

    day: dt.date | None = None
    is_done: bool = False
    taken: dt.date | None = None
    unconfirmed: dt.date | None = None
    said: tuple[str, ...] = ()


class Run:
    """One day of one source on its way; without a day, the newest that there is."""

    def __init__(self, source: str, day: dt.date | None, *, confirm_area: bool = False) -> None:
        self.source = source
        self.state = State(day=day)
        self._confirm_area = confirm_area
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let it go no further than it has come."""
        self._stopped.set()

    def _is_over(self) -> bool:
        """Whether nobody waits any more: it was stopped, or the dashboard is about to end."""
        return self._stopped.is_set() or not threading.main_thread().is_alive()

    def work(self) -> None:
        """Do it; what came of it is in `state`, whatever happens."""
        said: tuple[str, ...] = (_("The day could not be fetched: try again."),)
        ended = dataclasses.replace(self.state, is_done=True, said=said)
        try:
            ended = self._ended()
        except AtlasError as fault:
            ended = dataclasses.replace(self.state, is_done=True, said=(words.sentence(fault),))
        finally:
            if self._stopped.is_set() and ended.taken is None:
                ended = State(is_done=True)
            self.state = ended

    def _ended(self) -> State:
        day = self.state.day or fetch.latest(self.source, cancelled=self._is_over)
        newest = control.dates(self.source)[-1]
        if day is None or (self.state.day is None and day <= newest):
            text = _("{assessor} has published nothing newer.")
            return State(is_done=True, said=(text.format(assessor=control.SOURCES[self.source]),))
        self.state = State(day=day)
        found = fetch.fetch(
            self.source,
            [day],
            confirm_area=self._confirm_area,
            again=control.is_fetched(day, self.source),
            cancelled=self._is_over,
        )
        return _told(self.source, day, found)


def _told(source: str, day: dt.date, found: fetch.Fetched) -> State:
    """What came of a day."""
    is_there = day in (*found.taken, *found.there)
    said = [words.sentence(found.refused[day])] if day in found.refused else []
    if day in found.missing:
        text = _("{assessor} has published no map of {day}.")
        said.append(text.format(assessor=control.SOURCES[source], day=words.day(day)))
    if is_there:
        text = _("{assessor}’s map of {day} is here now, at full detail.")
        said.append(text.format(assessor=control.SOURCES[source], day=words.day(day)))
        said += found.notes.get(day, ())
    return State(
        day=day,
        is_done=True,
        taken=day if is_there else None,
        unconfirmed=day if day in found.unconfirmed else None,
        said=tuple(said),
    )


_runs: dict[str, Run] = {}
_lock = threading.Lock()


def begin(source: str, day: dt.date | None = None, *, confirm_area: bool = False) -> Run:
    """Begin to fetch a day, or the newest; where one of that source is on its way, that one."""
    with _lock:
        before = _runs.get(source)
        if before is not None and not before.state.is_done:
            return before
        run = _runs[source] = Run(source, day, confirm_area=confirm_area)
    # No thread of a pool: the dashboard would wait for a slow host before it ends.
    threading.Thread(target=_alone, args=(run,), name=f"fetch-{source}", daemon=True).start()
    return run


def going(source: str) -> Run | None:
    """What is on its way of a source, if anything."""
    run = _runs.get(source)
    return run if run is not None and not run.state.is_done else None


def _alone(run: Run) -> None:
    # The other cores are for the next step of a slider.
    parallel.alone()
    run.work()


@functools.cache
def keep_up() -> None:
    """Fetch the newest day now and again, where the environment says so; once a process.

    Raises
    ------
    InputError
        Where the environment says it in a way that cannot be read.
    """
    interval = upstream.every()
    if interval is not None:
        threading.Thread(target=_go_on, args=(interval,), name="fetch-every", daemon=True).start()


def _go_on(interval: dt.timedelta) -> None:
    while True:
        for source in control.SOURCES:
            # Nobody is there who could be shown terms.
            if fetch.accepted(source):
                begin(source)
        time.sleep(interval.total_seconds())
