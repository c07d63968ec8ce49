"""The folder of what was fetched, outside the project; files in it appear whole or not at all.

==============================  ================================================================
``control/NAME/``               checked days, with a record beside each (`data.stored`)
``files/NAME/``                 checked files that have no dates
``quarantine/``                 what did not pass, with the reason
``terms/``                      whose terms were accepted
``arriving/``, ``locks/``       what is on its way
==============================  ================================================================
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from data import atomic
from data.errors import InputError
from data.language import _
from data.upstream import Upstream

FOLDER = "PULLBACK_ATLAS_CACHE"
_OURS = ("control", "files", "quarantine", "terms", "arriving", "locks")


def folder() -> Path:
    """Where it is: `FOLDER` of the environment, else where the platform keeps such things."""
    told = os.environ.get(FOLDER)
    if told:
        return Path(told).expanduser().absolute()
    return _usual_folder()


@functools.cache
def _usual_folder() -> Path:
    import pooch

    return Path(pooch.os_cache("pullback-atlas"))


def put(content: bytes, path: Path, *, draft: Path | None = None) -> None:
    """Put bytes under a name at once, making its folder; ``draft`` as of `data.atomic.write`.

    Raises
    ------
    InputError
        Where the folder does not take the file or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if draft is not None:
            draft.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(content, path, draft=draft)
    except OSError as fault:
        raise unwritable(fault) from fault


def unwritable(fault: OSError) -> InputError:
    """What to say where the folder cannot be written."""
    reason = (fault.strerror or str(fault)).lower()
    return InputError(
        _("the folder of fetched data, {path}, cannot be written: {why}; set {name}.").format(
            path=folder(), why=reason, name=FOLDER
        )
    )


@contextlib.contextmanager
def arriving(label: str, *, cancelled: Callable[[], bool]) -> Iterator[Path]:
    """A folder for one thing on its way, empty, and this process alone in it.

    Whatever a killed process left in it is gone when the next one comes.

    Raises
    ------
    InputError
        Where the folder cannot be written; `TimeoutError` where `cancelled` said so while
        another process was in it.
    """
    from filelock import FileLock, Timeout

    here = folder() / "arriving" / label
    try:
        lock = folder() / "locks" / f"{label}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(lock, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
        held.acquire(poll_interval=0.1, cancel_check=cancelled)
    except Timeout as fault:
        raise TimeoutError from fault
    except OSError as fault:
        raise unwritable(fault) from fault
    try:
        _emptied(here)
        yield here
    finally:
        shutil.rmtree(here, ignore_errors=True)
        held.release()


def _emptied(here: Path) -> None:
    try:
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir(parents=True)
    except OSError as fault:
        raise unwritable(fault) from fault


def accepted(source: Upstream) -> bool:
    """Whether the terms of a source, as they read now, were accepted on this machine."""
    return _read(_terms(source)).get("terms_sha256") == _terms_digest(source)


def accept(source: Upstream) -> None:
    """Remember that the terms of a source were shown and accepted.

    Raises
    ------
    InputError
        Where the folder cannot be written.
    """
    told = {
        "terms_sha256": _terms_digest(source),
        "accepted_on": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    put(_json(told), _terms(source))


def _terms(source: Upstream) -> Path:
    return folder() / "terms" / f"{source.id}.json"


def _terms_digest(source: Upstream) -> str:
    words = "\n".join((source.licence, source.attribution, source.terms))
    return hashlib.sha256(words.encode()).hexdigest()


def quarantine(label: str, record: dict[str, Any], content: bytes | None, here: Path) -> None:
    """Keep what did not pass, with the reason; ``content`` is what would have been kept of it."""
    out = folder() / "quarantine"
    if content is None:
        (out / f"{label}.kept").unlink(missing_ok=True)
    else:
        put(content, out / f"{label}.kept", draft=here / "quarantine")
    put(_json(record), out / f"{label}.json", draft=here / "record")


def release(label: str) -> None:
    """Forget what is in quarantine under a label: a good copy came."""
    for suffix in (".kept", ".json"):
        (folder() / "quarantine" / f"{label}{suffix}").unlink(missing_ok=True)


def quarantined() -> dict[str, dict[str, Any]]:
    """What did not pass: label -> its record, with the ``reason``."""
    return {file.stem: _read(file) for file in sorted((folder() / "quarantine").glob("*.json"))}


def clear(name: str | None = None) -> int:
    """Remove what was fetched, of one source or all; gives how many bytes that were.

    Only what this module keeps is removed, should the folder hold anything else.
    """
    gone = 0
    for path in _belonging(name):
        gone += size(path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return gone


def _belonging(name: str | None) -> list[Path]:
    base = folder()
    if name is None:
        # Locks stay: another process may be holding one.
        return [base / part for part in _OURS if part != "locks" and (base / part).is_dir()]
    found = [base / part / name for part in ("control", "files")]
    found += [base / "terms" / f"{name}.json"]
    found += (base / "quarantine").glob(f"{name}.*")
    found += (base / "quarantine").glob(f"{name}-*")
    return [path for path in found if path.exists()]


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _read(path: Path) -> dict[str, Any]:
    """A record; nothing where there is none, or none that can be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
