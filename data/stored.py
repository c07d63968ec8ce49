"""Days that were fetched and checked: what there is, and each at full detail.

A day is ``control/NAME/YYYYMMDD.geojson`` in the cache folder, with a record beside it. The record
is written first, so that the day is there, whole, from the moment its file gets its name. Nothing
is remembered in this process: every session and process sees what the folder holds now.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from data import cache, checked, read_control
from data.checked import Good, Ground
from data.errors import DataError, InputError, RefusedError
from data.language import _

_TRIES = 3


def days(name: str) -> tuple[dt.date, ...]:
    """The days of a source that were fetched, oldest first."""
    return tuple(sorted(_files(name)))


def has(name: str, date: dt.date) -> bool:
    """Whether a day was fetched."""
    path = _path(name, date)
    return path.exists() and _beside(path).exists()


def stamp(name: str) -> str:
    """What changes whenever a day comes, goes or is replaced; the same in every process."""
    told = [
        (day.isoformat(), each.inode(), each.stat().st_mtime_ns, each.stat().st_size)
        for day, each in sorted(_files(name).items())
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def polygons(name: str, date: dt.date) -> np.ndarray:
    """The Russian-held ground of a day at full detail, valid polygons in degrees.

    Raises
    ------
    InputError
        Where the day was not fetched.
    DataError
        Where its file was damaged since.
    """
    content, _record = _day(name, date)
    try:
        return read_control.from_geojson(content)
    except RefusedError as fault:
        raise _damaged(name, date) from fault


def notes(name: str, date: dt.date) -> tuple[str, ...]:
    """What was done to a day when it was checked, a sentence each; faults as of `polygons`."""
    return tuple(checked.said(kind, n) for kind, n in record(name, date)["notes"])


def sha256(name: str, date: dt.date) -> str:
    """Checksum of a day's file; faults as of `polygons`."""
    return str(record(name, date)["sha256"])


def record(name: str, date: dt.date) -> dict[str, Any]:
    """All that is known of a day: ``url``, ``fetched_on``, ``area_km2``, ``notes``, ``sha256``.

    Raises
    ------
    InputError, DataError
        As of `polygons`.
    """
    return _day(name, date)[1]


def nearest_good(name: str, date: dt.date) -> Good | None:
    """Of the days fetched before, the one nearest to a date; the day itself does not count."""
    near = sorted((day for day in days(name) if day != date), key=lambda day: abs(day - date))
    for day in near:
        try:
            return Good(day, float(record(name, day)["area_km2"]))
        except DataError:
            continue
    return None


def put(name: str, date: dt.date, ground: Ground, *, origin: dict[str, str], here: Path) -> None:
    """Keep a checked day; what was there under its date is replaced at once.

    Parameters
    ----------
    origin
        What else the record tells: ``url``, ``fetched_on``, ``upstream_sha256``.
    here
        The folder of `data.cache.arriving`, which this process is alone in.
    """
    path = _path(name, date)
    content = read_control.to_geojson(ground.polygons)
    told: dict[str, Any] = {
        **origin,
        "sha256": hashlib.sha256(content).hexdigest(),
        "area_km2": round(ground.area_km2, 3),
        "notes": [list(note) for note in ground.notes],
    }
    before = _written(_beside(path))
    if before is not None:
        before.pop("before", None)
        # Until the file is replaced, the record is also that of the one which is there.
        told["before"] = before
    cache.put(json.dumps(told, indent=1).encode(), _beside(path), draft=here / "record")
    cache.put(content, path, draft=here / "day")


def intact(name: str, date: dt.date) -> bool:
    """Whether a day is there and is still what was checked."""
    try:
        return len(polygons(name, date)) > 0
    except (DataError, InputError):
        return False


def remove(name: str, date: dt.date) -> None:
    """Forget a day."""
    _path(name, date).unlink(missing_ok=True)
    _beside(_path(name, date)).unlink(missing_ok=True)


def _day(name: str, date: dt.date) -> tuple[bytes, dict[str, Any]]:
    """A day's file and its record, which belong together even while they are being replaced."""
    path = _path(name, date)
    for _number in range(_TRIES):
        try:
            content = path.read_bytes()
        except FileNotFoundError as fault:
            raise InputError(
                _("{date} of {name} was not fetched; fetch it first.").format(
                    date=date.isoformat(), name=name
                )
            ) from fault
        except OSError as fault:
            raise _damaged(name, date) from fault
        digest = hashlib.sha256(content).hexdigest()
        told = _written(_beside(path)) or {}
        for each in (told, told.get("before", {})):
            if each.get("sha256") == digest:
                return content, each
    raise _damaged(name, date)


def _damaged(name: str, date: dt.date) -> DataError:
    return DataError(
        _("the fetched day {date} of {name} is damaged; fetch it again.").format(
            date=date.isoformat(), name=name
        )
    )


def _written(path: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _path(name: str, date: dt.date) -> Path:
    return cache.folder() / "control" / name / f"{date:%Y%m%d}.geojson"


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _files(name: str) -> dict[dt.date, os.DirEntry[str]]:
    """The files of a source that have a record beside them, by date."""
    try:
        with os.scandir(cache.folder() / "control" / name) as entries:
            there = {entry.name: entry for entry in entries}
    except OSError:
        return {}
    return {
        date: there[f"{stem}.geojson"]
        for stem, date in _dated(there)
        if f"{stem}.json" in there
    }  # fmt: skip


def _dated(names: Any) -> Iterator[tuple[str, dt.date]]:
    for each in names:
        stem, _dot, suffix = each.partition(".")
        if suffix == "geojson" and len(stem) == 8 and stem.isdigit():
            try:
                yield stem, dt.datetime.strptime(stem, "%Y%m%d").date()
            except ValueError:
                continue
