"""Sources of one file without a date: fetched or taken from the user, checked, and kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import requests.auth

from data import cache, catalog, transfer, upstream
from data.errors import InputError, RefusedError
from data.fetch import never, require_accepted, require_allowed
from data.language import _
from data.transfer import CancelledError, Line, Patience, UnreachableError
from data.upstream import FILE, Upstream

KAGGLE = "www.kaggle.com"
KAGGLE_TOKEN, KAGGLE_USER, KAGGLE_KEY = "KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"


def path(name: str) -> Path:
    """Where the file of a source is kept."""
    source = upstream.upstream(name, kind=FILE)
    return cache.folder() / "files" / source.id / source.file


def fetch_file(
    name: str,
    *,
    file: Path | None = None,
    cancelled: Callable[[], bool] = never,
    patience: Patience | None = None,
) -> Path:
    """Fetch a source's file, check it and keep it; gives where it is kept.

    Parameters
    ----------
    name
        Id of a source of `data.upstream` without dates.
    file
        The file as the user downloaded it: nothing is fetched then.
    cancelled, patience
        As of `data.fetch.fetch`.

    Raises
    ------
    InputError
        Where fetching is switched off, the terms were not accepted, a file cannot be read or kept.
    DataError
        Where the source does not give it, or it did not pass: what was kept before stays.
    """
    source = upstream.upstream(name, kind=FILE)
    if file is None:
        require_allowed()
    require_accepted(source)
    line = Line(source, patience=patience or Patience(), cancelled=cancelled)
    try:
        with cache.arriving(source.id, cancelled=cancelled) as here:
            return _kept(source, here, lambda: _given(file, source) if file else _body(line))
    except (CancelledError, TimeoutError) as fault:
        raise UnreachableError(_("fetching was stopped.")) from fault


def intact(name: str) -> bool:
    """Whether a file that is kept is still what was checked."""
    kept = path(name)
    try:
        told = json.loads(_record(kept).read_bytes())
        return bool(told["sha256"] == catalog.digest(kept))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _record(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.json")


def _kept(source: Upstream, here: Path, bring: Callable[[], bytes]) -> Path:
    told = {
        "url": source.address(),
        "fetched_on": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    try:
        content = source.read()(bring())
    except RefusedError as fault:
        cache.quarantine(source.id, {**told, "reason": str(fault)}, None, here)
        raise
    out = path(source.id)
    told["sha256"] = hashlib.sha256(content).hexdigest()
    record = json.dumps(told, indent=1).encode()
    cache.put(record, _record(out), draft=here / "record")
    cache.put(content, out, draft=here / "file")
    cache.release(source.id)
    return out


def _given(file: Path, source: Upstream) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(source.largest_bytes + 1)
    except OSError as fault:
        reason = (fault.strerror or str(fault)).lower()
        raise InputError(
            _("{path} could not be read: {why}.").format(path=file, why=reason)
        ) from fault
    if len(content) > source.largest_bytes:
        raise transfer.too_large(source)
    return content


def _body(line: Line) -> bytes:
    source = line.source
    return line.body(source.address(), headers=_kaggle() if KAGGLE in source.hosts else None)


def _kaggle() -> dict[str, str]:
    """The user's own Kaggle credentials, where the environment has them."""
    token = os.environ.get(KAGGLE_TOKEN)
    if token:
        return {"Authorization": f"Bearer {token}"}
    user, key = os.environ.get(KAGGLE_USER), os.environ.get(KAGGLE_KEY)
    if not user or not key:
        raise InputError(
            _(
                "Kaggle gives this file to its users only: set {token}, or {user} and {key}, or "
                "download it yourself and name it with --file."
            ).format(token=KAGGLE_TOKEN, user=KAGGLE_USER, key=KAGGLE_KEY)
        )
    request = requests.Request()
    requests.auth.HTTPBasicAuth(user, key)(request)  # type: ignore[arg-type]
    return {"Authorization": str(request.headers["Authorization"])}
