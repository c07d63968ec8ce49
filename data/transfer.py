"""One body from one of the catalogue's hosts: capped, timed, retried politely, and no other host.

Over HTTPS only, redirects followed by hand and only to hosts of the same source, each name looked
up once and connected to only where its address is public. Proxies and credentials of the
environment are not used: a proxy is a host that the catalogue does not name.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from data import catalog
from data.errors import DataError, RefusedError
from data.language import _
from data.upstream import Upstream, allows_loopback

AT_ONCE = 4
"""Requests under way at the same time."""

_CHUNK = 1 << 16
_REDIRECTS = 3
_MOVED = (301, 302, 303, 307, 308)
_PASSING = (408, 429, 500, 502, 503, 504)
_ABSENT = (404, 410)
_LOOK_S = 0.05


class MissingError(DataError):
    """The source has no such file."""


class UnreachableError(DataError):
    """The source could not be asked, or gave no whole answer however often it was asked.

    Parameters
    ----------
    sentence
        Why.
    whole
        Whether that holds for all its files: there is no network, or it wants to be left alone.
    """

    def __init__(self, sentence: str, *, whole: bool = False) -> None:
        super().__init__(sentence)
        self.whole = whole


class CancelledError(Exception):
    """Whoever waited for this no longer does."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Patience:
    """How long and how often a host is asked.

    Attributes
    ----------
    tries
        Requests for one file at most.
    connect_s, silence_s, whole_s
        Seconds until a connection stands, between two pieces of a body, and for all of it.
    pause_s, longest_pause_s
        Seconds before the second try, doubled before each further one; and the most that is waited
        because the host asked for it with ``Retry-After``.
    """

    tries: int = 4
    connect_s: float = 10.0
    silence_s: float = 20.0
    whole_s: float = 120.0
    pause_s: float = 1.0
    longest_pause_s: float = 60.0


class Line:
    """A line to one source: its sessions, and how long it asked to be left alone.

    Parameters
    ----------
    source
        Whose hosts are asked.
    patience
        How long and how often.
    cancelled
        Asked again and again; once it says yes, `CancelledError` is raised.
    """

    def __init__(
        self, source: Upstream, *, patience: Patience, cancelled: Callable[[], bool]
    ) -> None:
        self.source = source
        self.patience = patience
        self.cancelled = cancelled
        self._threads = threading.local()
        self._quiet_until = 0.0

    def body(self, url: str, *, headers: dict[str, str] | None = None) -> bytes:
        """The whole body at an address.

        Raises
        ------
        MissingError
            Where the source has no such file.
        UnreachableError
            Where it did not give a whole answer.
        RefusedError
            Where it answered with what must not be taken: a redirect elsewhere, too large a body.
        CancelledError
            Where nobody waits any more.
        """
        return self._patiently("GET", url, headers)

    def has(self, url: str) -> bool:
        """Whether there is a file at an address, without taking it; faults as of `body`."""
        try:
            self._patiently("HEAD", url, None)
        except MissingError:
            return False
        return True

    def _patiently(self, method: str, url: str, headers: dict[str, str] | None) -> bytes:
        fault: _PassingError | None = None
        for number in range(self.patience.tries):
            if fault is not None:
                self._pause(fault, number)
            self._wait(self._quiet_until)
            try:
                return self._once(method, url, headers)
            except _PassingError as passing:
                fault = passing
                if passing.hopeless:
                    break
        assert fault is not None
        raise UnreachableError(fault.sentence, whole=fault.hopeless) from fault

    def _pause(self, fault: _PassingError, number: int) -> None:
        longest = self.patience.longest_pause_s
        if fault.after_s is not None and fault.after_s > longest:
            raise UnreachableError(
                _("{host} asks to be left alone for {n} seconds; try again later.").format(
                    host=fault.host, n=round(fault.after_s)
                ),
                whole=True,
            ) from fault
        doubled = self.patience.pause_s * 2 ** (number - 1)
        until = time.monotonic() + min(max(doubled, fault.after_s or 0.0), longest)
        if fault.after_s is not None:
            # What the host asks of one request it asks of all of them.
            self._quiet_until = max(self._quiet_until, until)
        self._wait(until)

    def _wait(self, until: float) -> None:
        while True:
            if self.cancelled():
                raise CancelledError
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _LOOK_S))

    def _once(self, method: str, url: str, headers: dict[str, str] | None) -> bytes:
        host = _host(url) or url
        try:
            with self._answered(method, url, headers) as answer:
                _judge(answer, host)
                return b"" if method == "HEAD" else b"".join(self._pieces(answer, host))
        except requests.Timeout as fault:
            raise _PassingError(_slow(host), host=host) from fault
        except requests.ConnectionError as fault:
            raise _unconnected(fault, host) from fault
        except urllib3.exceptions.ReadTimeoutError as fault:
            raise _PassingError(_slow(host), host=host) from fault
        except (requests.RequestException, HTTPError, OSError) as fault:
            raise _PassingError(
                _("{host} broke off in the middle of the file.").format(host=host), host=host
            ) from fault

    def _answered(self, method: str, url: str, headers: dict[str, str] | None) -> requests.Response:
        """The answer after redirects; credentials do not leave the host they were meant for."""
        first = _host(url)
        for _hop in range(_REDIRECTS + 1):
            if not self.source.allows(url):
                raise RefusedError(
                    _("{title} sent on to {url}, which is none of its hosts; nothing was taken.")
                    .format(title=self.source.title, url=url[:120])
                )  # fmt: skip
            same = _host(url) == first
            answer = self._session().request(
                method,
                url,
                headers=headers if same else None,
                stream=True,
                allow_redirects=False,
                timeout=(self.patience.connect_s, self.patience.silence_s),
            )
            if answer.status_code not in _MOVED or "location" not in answer.headers:
                return answer
            answer.close()
            url = _joined(url, answer.headers["location"])
        raise RefusedError(
            _("{title} sent on more than {n} times; nothing was taken.").format(
                title=self.source.title, n=_REDIRECTS
            )
        )

    def _pieces(self, answer: requests.Response, host: str) -> Iterator[bytes]:
        """A body, unpacked, until it is whole; or a fault as soon as it is too long or too slow."""
        until, taken = time.monotonic() + self.patience.whole_s, 0
        while piece := answer.raw.read1(_CHUNK, decode_content=True):
            taken += len(piece)
            if taken > self.source.largest_bytes:
                raise too_large(self.source)
            if time.monotonic() > until:
                raise _PassingError(_slow(host), host=host)
            if self.cancelled():
                raise CancelledError
            yield piece

    def _session(self) -> requests.Session:
        """This thread's session: requests does not promise that threads can share one."""
        made: requests.Session | None = getattr(self._threads, "session", None)
        if made is None:
            made = self._threads.session = _Session()
            made.trust_env = False
            made.headers["User-Agent"] = f"PullbackAtlas/{catalog.version()} (python-requests)"
            made.headers["Accept-Encoding"] = "gzip"
            made.mount("https://", _Guarded())
            made.mount("http://", _Guarded())
        return made


class _PassingError(Exception):
    """A fault after which the host may be asked again."""

    def __init__(
        self, sentence: str, *, host: str, after_s: float | None = None, hopeless: bool = False
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.host = host
        self.after_s = after_s
        self.hopeless = hopeless


def _joined(url: str, location: str) -> str:
    """Where a redirect leads; an address that is none is left as it is, and refused as such."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def too_large(source: Upstream) -> RefusedError:
    """What to say of a file that is larger than a source's may be."""
    return RefusedError(
        _("the file is larger than {n} MB, the most that {title} is given.").format(
            n=round(source.largest_bytes / 1e6), title=source.title
        )
    )


def _judge(answer: requests.Response, host: str) -> None:
    """Whether an answer brings the file."""
    status = answer.status_code
    if status in _ABSENT:
        raise MissingError(_("{host} has no such file.").format(host=host))
    if status in _PASSING:
        told = _("{host} answered {status} again and again; try again later.")
        raise _PassingError(
            told.format(host=host, status=status),
            host=host,
            after_s=_retry_after(answer.headers.get("retry-after")),
        )
    if status in (401, 403):
        raise RefusedError(_("{host} does not give this file to you.").format(host=host))
    if status != 200:
        raise RefusedError(
            _("{host} answered {status} instead of the file.").format(host=host, status=status)
        )


def _retry_after(told: str | None) -> float | None:
    """Seconds that ``Retry-After`` asks for, said as a number or as a date (RFC 9110, 10.2.3)."""
    if told is None:
        return None
    if told.strip().isdigit():
        return float(told)
    try:
        at = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return max((at - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)


def _slow(host: str) -> str:
    return _("{host} is too slow; try again later.").format(host=host)


def _unconnected(fault: Exception, host: str) -> Exception:
    """Where no connection came about: no network, a name nobody knows, an address not allowed."""
    for cause in _causes(fault):
        if isinstance(cause, RefusedError):
            return cause
        if isinstance(cause, NewConnectionError):
            return _PassingError(
                _("{host} cannot be reached; is there a network?").format(host=host),
                host=host,
                hopeless=True,
            )
    return _PassingError(_("{host} hung up before it answered.").format(host=host), host=host)


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    """A fault and what lies behind it: urllib3 keeps the reason in an attribute or an argument."""
    seen: set[int] = set()
    queue: list[Any] = [fault]
    while queue:
        each = queue.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        queue += [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]


def _public(host: str, port: int) -> list[str]:
    """The addresses of a host, looked up once.

    Raises
    ------
    RefusedError
        Where one is private, loopback, or otherwise no public host's.
    """
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)]
    for text in found:
        if not _may_be_asked(text):
            raise RefusedError(
                _("{host} leads to {address}, an address that is not public.").format(
                    host=host, address=text
                )
            )
    return found


def _may_be_asked(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback:
        return allows_loopback()
    return address.is_global and not address.is_multicast


class _Checked:
    """A connection that goes to the very address that was looked up and found public."""

    def _new_conn(self) -> socket.socket:
        connection: Any = self
        name = connection._dns_host
        try:
            found = _public(name, connection.port)
        except socket.gaierror as fault:
            raise NewConnectionError(connection, str(fault)) from fault
        try:
            for address in found[:-1]:
                connection._dns_host = address
                try:
                    return super()._new_conn()  # type: ignore[misc]
                except HTTPError:
                    continue
            connection._dns_host = found[-1]
            return super()._new_conn()  # type: ignore[misc]
        finally:
            connection._dns_host = name


class _CheckedHTTP(_Checked, HTTPConnection):
    pass


class _CheckedHTTPS(_Checked, HTTPSConnection):
    pass


class _PoolHTTP(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _PoolHTTPS(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class _Session(requests.Session):
    """A session that leaves redirects alone: requests would read their whole bodies first."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Guarded(HTTPAdapter):
    """requests' way to a host, by checked connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PoolHTTP, "https": _PoolHTTPS}
