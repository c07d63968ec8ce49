"""Which hosts are contacted: those of the catalogue, over HTTPS, at public addresses, no other."""

from __future__ import annotations

import dataclasses
import datetime as dt
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from data import catalog, fetch, transfer, upstream
from data.errors import InputError, RefusedError
from data.transfer import Line, Patience
from tests import upstream_server
from tests.upstream_server import Upstream

OWL = "https://raw.githubusercontent.com/owlmaps/map-data/master/data/20251214.json"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (upstream.LOOPBACK, upstream.INSTEAD, upstream.SWITCH, upstream.SCHEDULE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Upstream]:
    with upstream_server.running() as made:
        made.files["/day"] = b"day"
        yield made


def line(**changes: Any) -> Line:
    source = dataclasses.replace(upstream.upstream("owl"), **changes)
    return Line(source, patience=Patience(tries=1, connect_s=1.0), cancelled=fetch.never)


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have every name lead to these addresses; gives where connections were made to."""
    made: list[str] = []

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in addresses]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        made.append(address[0])
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    return made


def test_every_source_is_whole_and_over_https() -> None:
    sources = upstream.upstreams()
    assert set(sources) == {"airforce", "boundaries", "deepstate", "geoboundaries", "owl"}
    for source in sources.values():
        for field in ("title", "page", "licence", "attribution", "terms"):
            assert getattr(source, field).strip(), f"{source.id} has no {field}"
        assert source.allows(source.address(dt.date(2025, 12, 14)))
        assert callable(source.read())
        assert 0 < source.largest_bytes < 100_000_000
        assert source.kind in (upstream.CONTROL, upstream.FILE)
    assert upstream.upstream("owl").address(dt.date(2025, 12, 14)) == OWL


def test_the_catalogue_of_tables_knows_nothing_of_sources() -> None:
    assert catalog.UPSTREAM not in catalog.datasets()
    written = catalog.dump(list(catalog.datasets().values()))
    assert written == catalog.CATALOG.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "url",
    [
        OWL.replace("https", "http"),
        OWL.replace("raw.githubusercontent.com", "raw.githubusercontent.com.example.org"),
        OWL.replace("raw.githubusercontent.com", "raw.githubusercontent.com@example.org"),
        OWL.replace("raw.githubusercontent.com", "user@raw.githubusercontent.com"),
        OWL.replace("raw.githubusercontent.com", "raw.githubusercontent.com:8443"),
        OWL.replace("raw.githubusercontent.com", "raw.githubusercontent.com:x"),
        "https://example.org/",
        "https://[::1",
        "//raw.githubusercontent.com/",
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "ftp://raw.githubusercontent.com/",
    ],
)
def test_no_other_address_is_contacted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = leads_to(monkeypatch, "93.184.216.34")
    with pytest.raises(RefusedError, match="none of its hosts"):
        line().body(url)
    assert made == []


def test_a_redirect_to_nowhere_is_refused(
    server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(upstream.LOOPBACK, "1")
    monkeypatch.setenv(upstream.INSTEAD, server.address)
    for location in ("https://[::1", "http://", "//a:b@c:d/"):
        server.behaviours["/moved"] = lambda h, b, to=location: h.give(b"", status=301, Location=to)  # type: ignore[misc]
        with pytest.raises(RefusedError):
            line().body(server.address + "/moved")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # One public address among them does not make the other one public.
    made = leads_to(monkeypatch, "93.184.216.34", address)
    with pytest.raises(RefusedError, match="an address that is not public"):
        line().body(OWL)
    assert made == []


def test_connections_go_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = leads_to(monkeypatch, "93.184.216.34", "93.184.216.35")
    with pytest.raises(transfer.UnreachableError, match="cannot be reached; is there a network"):
        line().body(OWL)
    assert made == ["93.184.216.34", "93.184.216.35"]


def test_no_proxy_of_the_environment_is_used(
    server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, server.address)
        monkeypatch.setenv(name.lower(), server.address)
    made = leads_to(monkeypatch, "93.184.216.34")
    with pytest.raises(transfer.UnreachableError):
        line().body(OWL)
    assert made == ["93.184.216.34"]
    assert not server.asked


def test_loopback_needs_the_switch(server: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(upstream.INSTEAD, server.address)
    assert upstream.upstream("owl").address(dt.date(2025, 12, 14)) == OWL
    monkeypatch.setenv(upstream.LOOPBACK, "1")
    assert line().body(server.address + "/day") == b"day"
    with pytest.raises(RefusedError, match="none of its hosts"):
        line().body(OWL)
    monkeypatch.delenv(upstream.LOOPBACK)
    with pytest.raises(RefusedError):
        line().body(server.address + "/day")
    assert sum(server.asked.values()) == 1


def test_the_test_switch_names_no_other_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(upstream.LOOPBACK, "1")
    for address in ("http://example.org", "http://10.0.0.1:80", "https://localhost.example.org"):
        monkeypatch.setenv(upstream.INSTEAD, address)
        with pytest.raises(InputError, match="can only name this machine"):
            upstream.upstream("owl").address(dt.date(2025, 12, 14))


def test_credentials_stay_with_the_host_they_are_for(
    server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str | None] = {}
    with upstream_server.running() as other:
        monkeypatch.setenv(upstream.LOOPBACK, "1")

        def note(handler: upstream_server.Handler, body: bytes) -> None:
            seen[handler.path] = handler.headers.get("Authorization")
            if handler.path == "/first":
                handler.give(b"", status=302, Location=f"http://localhost:{other.server_port}/on")
            else:
                handler.give(b"table")

        server.behaviours["/first"] = other.behaviours["/on"] = note
        monkeypatch.setattr(upstream.Upstream, "allows", lambda self, url: True)
        asked = {"Authorization": "Bearer secret"}
        assert line().body(server.address + "/first", headers=asked) == b"table"
    assert seen == {"/first": "Bearer secret", "/on": None}


@pytest.mark.parametrize(
    ("told", "hours"), [("", None), ("6h", 6), ("30m", 0.5), (" 1D ", 24), ("90 m", 1.5)]
)
def test_a_schedule_is_read_from_the_environment(
    told: str, hours: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(upstream.SCHEDULE, told)
    assert upstream.every() == (None if hours is None else dt.timedelta(hours=hours))
    monkeypatch.setenv(upstream.SWITCH, "off")
    assert upstream.every() is None


@pytest.mark.parametrize("told", ["often", "0h", "6", "-1h", "1.5h", "99999h"])
def test_a_schedule_that_is_none_is_named(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(upstream.SCHEDULE, told)
    with pytest.raises(InputError, match="give a time such as 30m, 6h or 1d"):
        upstream.every()


@pytest.mark.parametrize("told", ["off", "OFF", " 0 ", "no", "false"])
def test_fetching_can_be_switched_off(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upstream.allowed()
    monkeypatch.setenv(upstream.SWITCH, told)
    assert not upstream.allowed()
