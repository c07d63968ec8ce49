"""What can be fetched: from where, under what terms, and whether that is wanted at all.

Every source is a table ``[upstream.NAME]`` of ``catalog.toml`` and a module that reads its files;
``docs/sources.md`` tells how to add one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import importlib
import ipaddress
import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from data import catalog
from data.errors import DataError, InputError
from data.language import _

CONTROL, FILE = "control", "file"
SWITCH = "PULLBACK_ATLAS_FETCH"
SCHEDULE = "PULLBACK_ATLAS_FETCH_EVERY"
LOOPBACK = "PULLBACK_ATLAS_ALLOW_LOOPBACK"
INSTEAD = "PULLBACK_ATLAS_UPSTREAM"
_OFF = ("off", "0", "no", "false")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Upstream:
    """One source that can be fetched.

    Attributes
    ----------
    id, title, kind
        Name in the code, name for people, and `CONTROL` (a file a day) or `FILE` (one file).
    url, file, page
        Address of a file, with ``{date:%Y%m%d}`` where it holds a date; the name under which a
        `FILE` is kept; where people read about it.
    hosts
        The only hosts that are contacted for it.
    licence, attribution, terms
        Shown before the first fetch.
    reader
        The module below ``data`` whose ``read`` makes of a body what is kept.
    largest_bytes
        A body larger than this, unpacked, is refused.
    """

    id: str
    title: str
    kind: str
    url: str
    file: str
    page: str
    hosts: list[str]
    licence: str
    attribution: str
    terms: str
    reader: str
    largest_bytes: int

    def address(self, date: dt.date | None = None) -> str:
        """Where the file (of a date) is fetched from; on a test's server where that is allowed."""
        published = self.url.format(date=date)
        server = _instead()
        return server + urlsplit(published).path if server else published

    def allows(self, url: str) -> bool:
        """Whether an address may be contacted for this source."""
        server = _instead()
        try:
            parts = urlsplit(url)
            if server:
                return f"{parts.scheme}://{parts.netloc}" == server
            return (
                parts.scheme == "https"
                and parts.port in (None, 443)
                and parts.username is None
                and parts.hostname in self.hosts
            )
        except ValueError:
            return False

    def read(self) -> Callable[..., Any]:
        """The reader of this source's files."""
        function: Callable[..., Any] = importlib.import_module(f"data.{self.reader}").read
        return function


@functools.lru_cache(maxsize=1)
def upstreams() -> dict[str, Upstream]:
    """Everything that can be fetched, keyed by id.

    Raises
    ------
    DataError
        Where the catalogue is missing or damaged.
    """
    try:
        return {
            name: Upstream(id=name, **table) for name, table in catalog.upstream_tables().items()
        }
    except TypeError as fault:
        raise DataError(
            _("data/{file} is missing or damaged; {mend}.").format(
                file=catalog.CATALOG.name, mend=catalog.RESTORE
            )
        ) from fault


def upstream(name: str, *, kind: str | None = None) -> Upstream:
    """One source by its id.

    Raises
    ------
    InputError
        Where there is none of that name (and kind).
    """
    known = {each.id: each for each in upstreams().values() if kind in (None, each.kind)}
    if name not in known:
        raise InputError(
            _("there is no source called {name!r} to fetch; choose {known}.").format(
                name=name, known=", ".join(sorted(known))
            )
        )
    return known[name]


def allowed() -> bool:
    """Whether anything may be fetched: an administrator can switch it off (`SWITCH`)."""
    return os.environ.get(SWITCH, "").strip().lower() not in _OFF


def every() -> dt.timedelta | None:
    """How often an administrator wants the newest day fetched unasked (`SCHEDULE`), if at all.

    Raises
    ------
    InputError
        Where the environment says it otherwise than as 30m, 6h or 1d.
    """
    told = os.environ.get(SCHEDULE, "").strip().lower()
    if not told or not allowed():
        return None
    found = re.fullmatch(r"([1-9]\d{0,3})\s*([mhd])", told)
    if not found:
        raise InputError(
            _("{variable} is {value!r}; give a time such as 30m, 6h or 1d.").format(
                variable=SCHEDULE, value=told
            )
        )
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})


def allows_loopback() -> bool:
    """Whether this machine itself may be contacted: a switch for tests."""
    return os.environ.get(LOOPBACK) == "1"


def _instead() -> str:
    """A test's own server, ``http://127.0.0.1:PORT``, in place of all hosts; normally none."""
    told = os.environ.get(INSTEAD, "").rstrip("/") if allows_loopback() else ""
    if told and not _is_loopback(urlsplit(told).hostname or ""):
        raise InputError(
            _("{variable} is {value!r}; it can only name this machine.").format(
                variable=INSTEAD, value=told
            )
        )
    return told


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
