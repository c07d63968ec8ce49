"""Upstream -> the cache folder: fetched, checked, kept; what is there stays where that fails."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import geopandas as gpd

from data import cache, catalog, checked, read_control, stored, upstream
from data.checked import Good
from data.errors import InputError, RefusedError
from data.language import _
from data.read_control import Areas
from data.transfer import AT_ONCE, CancelledError, Line, MissingError, Patience, UnreachableError
from data.upstream import CONTROL, Upstream

__all__ = ["Fetched", "accept", "accepted", "allowed", "fetch", "latest"]

Progress = Callable[[int, int, dt.date], None]
_LATEST_DAYS = 14
_LOOK_S = 0.2

LISTS = ("taken", "there", "missing", "unconfirmed")
"""The fields of `Fetched` that are plain lists of days."""

allowed = upstream.allowed


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fetched:
    """What came of asking for some days.

    Attributes
    ----------
    taken
        Days that were fetched, passed and are kept now.
    there
        Days that were there already.
    missing
        Days that do not exist upstream.
    refused
        Days that did not pass, or did not come: day -> a sentence on why.
    unconfirmed
        Those of `refused` that only want confirming: their ground differs much from a good day's.
    notes
        What was done to the days taken: day -> sentences.
    cancelled
        Whether somebody cancelled before all days were asked for.
    """

    taken: tuple[dt.date, ...] = ()
    there: tuple[dt.date, ...] = ()
    missing: tuple[dt.date, ...] = ()
    refused: Mapping[dt.date, str] = dataclasses.field(default_factory=dict)
    unconfirmed: tuple[dt.date, ...] = ()
    notes: Mapping[dt.date, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    cancelled: bool = False


def never() -> bool:
    """Nobody cancels."""
    return False


def fetch(
    name: str,
    dates: Iterable[dt.date],
    *,
    on_progress: Progress | None = None,
    confirm_area: bool = False,
    again: bool = False,
    cancelled: Callable[[], bool] = never,
    patience: Patience | None = None,
) -> Fetched:
    """Fetch days of a control source, check each, and keep those that pass.

    Parameters
    ----------
    name
        Id of a source of `data.upstream` that has a file a day.
    dates
        Days to fetch; those that are there are skipped, so that a run that was killed goes on
        where it stopped.
    on_progress
        Called in this thread after each day: days done, days in all, the day.
    confirm_area
        Take days whose ground differs much from the nearest good day's.
    again
        Fetch days that are there too; each stays as it is until the new one has passed.
    cancelled
        Asked again and again whether to stop.
    patience
        How long and how often the host is asked.

    Raises
    ------
    InputError
        Where fetching is switched off, there is no such source, its terms were not accepted, a
        date cannot be, or the cache folder cannot be written.
    """
    source = _permitted(name)
    asked = sorted(set(dates))
    for date in asked:
        require_date(date)
    stop = threading.Event()
    line = Line(
        source,
        patience=patience or Patience(),
        cancelled=lambda: stop.is_set() or cancelled(),
    )
    job = _Job(line, confirm_area=confirm_area, again=again)
    outcomes: dict[dt.date, _Outcome] = {}
    with ThreadPoolExecutor(AT_ONCE, "fetch") as pool:
        waiting = {pool.submit(job.day, date): date for date in asked}
        try:
            for date, outcome in _as_done(waiting, cancelled):
                outcomes[date] = outcome
                if on_progress is not None:
                    on_progress(len(outcomes), len(asked), date)
        except BaseException:
            stop.set()
            for future in waiting:
                future.cancel()
            raise
    return _together(outcomes)


def latest(
    name: str, *, cancelled: Callable[[], bool] = never, patience: Patience | None = None
) -> dt.date | None:
    """The newest day that a source has, of the last two weeks; None where it has none of them.

    Raises
    ------
    InputError
        As of `fetch`.
    DataError
        Where the source cannot be asked, or nobody waits any more.
    """
    source = _permitted(name)
    line = Line(source, patience=patience or Patience(), cancelled=cancelled)
    newest = checked.today()
    try:
        for back in range(_LATEST_DAYS):
            date = newest - dt.timedelta(days=back)
            if line.has(source.address(date)):
                return date
    except CancelledError as fault:
        raise UnreachableError(_("fetching was stopped.")) from fault
    return None


def accepted(name: str) -> bool:
    """Whether the terms of a source, as they read now, were accepted on this machine."""
    return cache.accepted(upstream.upstream(name))


def accept(name: str) -> None:
    """Remember that somebody was shown the terms of a source and accepted them."""
    cache.accept(upstream.upstream(name))


def require_allowed() -> None:
    """Refuse where an administrator switched fetching off.

    Raises
    ------
    InputError
        Naming the switch.
    """
    if not allowed():
        raise InputError(
            _("fetching is switched off here ({variable}); everything else works.").format(
                variable=upstream.SWITCH
            )
        )


def require_accepted(source: Upstream) -> None:
    """Refuse a source whose terms nobody accepted yet.

    Raises
    ------
    InputError
        Saying so.
    """
    if not cache.accepted(source):
        raise InputError(
            _("the terms of {title} were not accepted yet; read and accept them first.").format(
                title=source.title
            )
        )


def _permitted(name: str) -> Upstream:
    source = upstream.upstream(name, kind=CONTROL)
    require_allowed()
    require_accepted(source)
    return source


def require_date(date: dt.date) -> None:
    """Refuse a date that no control map can have.

    Raises
    ------
    InputError
        Where it lies in the future or before the full-scale invasion.
    """
    try:
        checked.require_date(date)
    except RefusedError as fault:
        raise InputError(str(fault)) from fault


@dataclasses.dataclass(frozen=True)
class _Outcome:
    """What came of one day: a field of `Fetched`, with a sentence or notes."""

    kind: str
    reason: str = ""
    notes: tuple[str, ...] = ()
    unconfirmed: bool = False


class _Job:
    """All days of one call of `fetch`; `day` runs in several threads at once."""

    def __init__(self, line: Line, *, confirm_area: bool, again: bool) -> None:
        self.line = line
        self.source = line.source
        self.confirm_area = confirm_area
        self.again = again
        self._unreachable: str | None = None

    def day(self, date: dt.date) -> _Outcome:
        """Fetch, check and keep one day."""
        try:
            with cache.arriving(_label(self.source, date), cancelled=self.line.cancelled) as here:
                return self._alone(date, here)
        except (CancelledError, TimeoutError):
            return _Outcome("cancelled")

    def _alone(self, date: dt.date, here: Path) -> _Outcome:
        if not self.again and stored.intact(self.source.id, date):
            return _Outcome("there")
        if self._unreachable is not None:
            return _Outcome("refused", self._unreachable)
        address = self.source.address(date)
        taking = _Taking(self.line)
        try:
            areas = _by_pooch(address, here, taking)
            near = nearest_good(self.source.id, date)
            ground = checked.check(areas, date, near=near, confirm_area=self.confirm_area)
        except MissingError:
            return _Outcome("missing")
        except UnreachableError as fault:
            if fault.whole:
                # The other days need not find out one by one that there is no network.
                self._unreachable = str(fault)
            return _Outcome("refused", str(fault))
        except RefusedError as fault:
            self._set_aside(date, here, taking, fault)
            return _Outcome("refused", str(fault), unconfirmed=_only_area(fault))
        stored.put(self.source.id, date, ground, origin=taking.origin(address), here=here)
        cache.release(_label(self.source, date))
        return _Outcome("taken", notes=stored.notes(self.source.id, date))

    def _set_aside(self, date: dt.date, here: Path, taking: _Taking, fault: RefusedError) -> None:
        told = {**taking.origin(self.source.address(date)), "reason": str(fault)}
        cache.quarantine(_label(self.source, date), told, taking.kept, here)


class _Taking:
    """pooch's downloader: what reaches the disk is what the source's reader made of the body.

    A body may hold more than this project reads (Owl's hold unit positions), so it stays in memory.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.areas: Areas | None = None
        self.kept: bytes | None = None
        self._digest = ""

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        body = self.line.body(url)
        self._digest = hashlib.sha256(body).hexdigest()
        self.areas = self.line.source.read()(body)
        self.kept = read_control.to_geojson(self.areas.polygons)
        Path(output_file).write_bytes(self.kept)

    def origin(self, url: str) -> dict[str, str]:
        """Where it came from and when, for a record."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        return {"url": url, "fetched_on": now, "upstream_sha256": self._digest}


def _by_pooch(url: str, here: Path, taking: _Taking) -> Areas:
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    pooch.retrieve(url, known_hash=None, fname="areas", path=here, downloader=taking)
    assert taking.areas is not None
    return taking.areas


def nearest_good(name: str, date: dt.date) -> Good | None:
    """The good day nearest to a date, bundled or fetched; of two as near the fetched one."""
    both = [stored.nearest_good(name, date), *_bundled(name)]
    good = [each for each in both if each is not None]
    return min(good, key=lambda each: abs(each.date - date), default=None)


@functools.cache
def _bundled(name: str) -> tuple[Good, ...]:
    """The ground of a source's bundled days."""
    if f"control_{name}" not in catalog.datasets():
        return ()
    table = gpd.read_parquet(catalog.path(f"control_{name}"))
    areas = table.to_crs(checked.MEASURING_CRS).area / 1e6
    dates = (dt.date.fromisoformat(str(text)) for text in table["date"])
    return tuple(Good(date, float(km2)) for date, km2 in zip(dates, areas, strict=True))


def _label(source: Upstream, date: dt.date) -> str:
    return f"{source.id}-{date:%Y%m%d}"


def _only_area(fault: RefusedError) -> bool:
    return isinstance(fault, checked.AreaChangedError)


def _as_done(
    waiting: Mapping[Future[_Outcome], dt.date], cancelled: Callable[[], bool]
) -> Iterable[tuple[dt.date, _Outcome]]:
    """Days and what came of them, as they end; those not begun end at once when cancelled."""
    left = set(waiting)
    while left:
        done, left = wait(left, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda each: waiting[each]):
            ended = _Outcome("cancelled") if future.cancelled() else future.result()
            yield waiting[future], ended
        if cancelled():
            for future in left:
                future.cancel()


def _together(outcomes: Mapping[dt.date, _Outcome]) -> Fetched:
    def of(kind: str) -> tuple[dt.date, ...]:
        return tuple(sorted(date for date, each in outcomes.items() if each.kind == kind))

    return Fetched(
        taken=of("taken"),
        there=of("there"),
        missing=of("missing"),
        refused={date: outcomes[date].reason for date in of("refused")},
        unconfirmed=tuple(date for date in of("refused") if outcomes[date].unconfirmed),
        notes={date: outcomes[date].notes for date in of("taken") if outcomes[date].notes},
        cancelled=bool(of("cancelled")),
    )
