"""Fetching from a server that misbehaves: one clear sentence, the last good day, nothing half."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import gzip
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from data import cache, checked, fetch, stored, upstream
from data.errors import InputError
from data.transfer import Patience
from tests import upstream_server
from tests.upstream_server import DEEPSTATE, OWL, Behaviour, Handler, Upstream

DAY = dt.date(2025, 12, 14)
PATH = DEEPSTATE.format(day="20251214")
PROMPT = Patience(
    tries=3, connect_s=10.0, silence_s=10.0, whole_s=60.0, pause_s=0.01, longest_pause_s=2.0
)
"""Asks again at once, but waits for an answer, however busy this machine is."""
HASTY = dataclasses.replace(PROMPT, silence_s=1.0, whole_s=2.5)
"""For a publisher that is slow on purpose."""
SLOW = ("silent", "drip")


@pytest.fixture(scope="session")
def recorded(shared_data: Path) -> dict[str, bytes]:
    return upstream_server.recorded(shared_data)


@pytest.fixture
def server(
    recorded: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Upstream]:
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "cache"))
    with upstream_server.running() as made:
        made.files |= recorded
        monkeypatch.setenv(upstream.LOOPBACK, "1")
        monkeypatch.setenv(upstream.INSTEAD, made.address)
        fetch.accept("deepstate")
        fetch.accept("owl")
        yield made


def one(*, patience: Patience = PROMPT, **options: Any) -> fetch.Fetched:
    """Fetch `DAY` from DeepState."""
    return fetch.fetch("deepstate", [DAY], patience=patience, **options)


def kept() -> dict[str, bytes]:
    """Every file of the cache folder but locks and terms, with its content."""
    base = cache.folder()
    every = (path for path in base.rglob("*") if path.is_file())
    found = {str(path.relative_to(base)): path.read_bytes() for path in every}
    return {name: text for name, text in found.items() if not name.startswith(("locks", "terms"))}


# --- what is right ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["deepstate", "owl"])
def test_a_fetched_day_has_every_corner_of_the_source(
    name: str, server: Upstream, shared_data: Path
) -> None:
    found = fetch.fetch(name, [DAY], patience=PROMPT)
    assert (found.taken, dict(found.refused), found.notes) == ((DAY,), {}, {})
    assert stored.days(name) == (DAY,)
    source = json.loads((shared_data / f"control/{name}/20251214.geojson").read_bytes())
    shapes = [shapely.geometry.shape(each["geometry"]) for each in source["features"]]
    wanted = shapely.get_parts(np.array(shapes, dtype=object))
    got = stored.polygons(name, DAY)
    assert shapely.get_num_coordinates(got).sum() > 2500
    assert shapely.equals_exact(got, wanted, tolerance=0.0).all()
    file = cache.folder() / f"control/{name}/20251214.geojson"
    assert stored.sha256(name, DAY) == hashlib.sha256(file.read_bytes()).hexdigest()
    told = stored.record(name, DAY)
    assert told["area_km2"] == pytest.approx(checked.measure_km2(wanted), abs=0.01)
    assert told["url"].startswith(server.address)
    assert stored.notes(name, DAY) == ()


def test_nothing_of_owl_but_its_areas_reaches_the_disk(server: Upstream) -> None:
    path = OWL.format(day="20251214")
    assert str(upstream_server.UNIT).encode() in server.files[path]
    assert fetch.fetch("owl", [DAY], patience=PROMPT).taken == (DAY,)
    # Nor where it does not pass, and what would have been kept of it goes to quarantine.
    other = json.loads(server.files[path])
    other["areas"] = other["areas"][::2]
    server.files[OWL.format(day="20251215")] = json.dumps(other).encode()
    assert fetch.fetch("owl", [DAY + dt.timedelta(1)], patience=PROMPT).refused
    everything = kept()
    assert any(name.startswith("quarantine") for name in everything)
    for name, content in everything.items():
        for trace in (b"unit", str(upstream_server.UNIT).encode(), b"37.123456"):
            assert trace not in content, name


def test_days_there_are_skipped_and_days_that_do_not_exist_are_said(server: Upstream) -> None:
    days = [dt.date(2025, 1, 1), dt.date(2025, 1, 2), DAY]
    told: list[tuple[int, int]] = []
    first = fetch.fetch(
        "deepstate", days, patience=PROMPT, on_progress=lambda done, of, _: told.append((done, of))
    )
    assert (first.taken, first.missing) == ((days[1], DAY), (days[0],))
    assert told == [(1, 3), (2, 3), (3, 3)]
    second = fetch.fetch("deepstate", days, patience=PROMPT)
    assert (second.taken, second.there, second.missing) == ((), (days[1], DAY), (days[0],))
    assert server.asked[PATH] == 1


def test_no_more_than_four_requests_at_a_time_and_they_name_the_project(server: Upstream) -> None:
    gate = threading.Semaphore(0)

    def hold(handler: Handler, body: bytes) -> None:
        gate.acquire(timeout=0.2)
        handler.give(body)

    server.usual = hold
    days = [dt.date(2025, month, 1) for month in range(5, 13)]
    assert len(fetch.fetch("deepstate", days, patience=PROMPT).taken) == 8
    assert server.most_at_once == 4
    assert all(agent.startswith("PullbackAtlas/") for agent in server.agents)


def test_a_day_is_replaced_only_by_one_that_passes(server: Upstream) -> None:
    one()
    before, stamp = kept(), stored.stamp("deepstate")
    server.files[PATH] = halved(server.files[PATH])
    assert one(again=True).unconfirmed == (DAY,)
    assert {name: kept()[name] for name in before} == before
    assert stored.stamp("deepstate") == stamp
    assert one(again=True, confirm_area=True).taken == (DAY,)
    assert stored.stamp("deepstate") != stamp
    assert "was confirmed" in stored.notes("deepstate", DAY)[0]
    assert not [name for name in kept() if name.startswith("quarantine")]


def test_the_newest_day_is_found(server: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked, "today", lambda: dt.date(2025, 12, 27))
    assert fetch.latest("deepstate", patience=PROMPT) == dt.date(2025, 12, 24)
    monkeypatch.setattr(checked, "today", lambda: dt.date(2026, 11, 20))
    assert fetch.latest("deepstate", patience=PROMPT) is None


# --- misbehaviour -------------------------------------------------------------------------------


def halved(body: bytes) -> bytes:
    """A day with half its polygons gone, the largest among them."""
    document = json.loads(body)
    polygons = document["features"][0]["geometry"]["coordinates"]
    polygons.sort(key=lambda rings: -len(rings[0]))
    del polygons[::2]
    return json.dumps(document).encode()


def swapped(body: bytes) -> bytes:
    """A day whose coordinates are [latitude, longitude]."""
    document = json.loads(body)
    geometry = document["features"][0]["geometry"]
    geometry["coordinates"] = [
        [[[y, x] for x, y in ring] for ring in rings] for rings in geometry["coordinates"]
    ]
    return json.dumps(document).encode()


def drip(handler: Handler, body: bytes) -> None:
    """A byte now and then: never silent for long, and never done."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for number in range(80):
        handler.wfile.write(body[number : number + 1])
        time.sleep(0.05)


def silent(handler: Handler, body: bytes) -> None:
    """Nothing at all."""
    time.sleep(2 * HASTY.silence_s)
    handler.give(body)


def cut(handler: Handler, body: bytes) -> None:
    """The connection is closed in the middle."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def overstated(handler: Handler, body: bytes) -> None:
    """All of the body, though more was announced."""
    handler.give(body, Content_Length=str(len(body) + 999))
    handler.connection.shutdown(socket.SHUT_RDWR)


def bomb(handler: Handler, _body: bytes) -> None:
    """Some kB that unpack to 60 MB."""
    handler.give(gzip.compress(bytes(60_000_000), 1), Content_Encoding="gzip")


MISBEHAVIOUR: dict[str, tuple[Behaviour, str]] = {
    "500": (lambda h, b: h.give(b"oops", status=500), "127.0.0.1 answered 500 again and again"),
    "429": (
        lambda h, b: h.give(b"", status=429, Retry_After="3600"),
        "asks to be left alone for 3600 seconds; try again later",
    ),
    "403": (lambda h, b: h.give(b"", status=403), "does not give this file to you"),
    "silent": (silent, "is too slow"),
    "drip": (drip, "is too slow"),
    "cut": (cut, "broke off in the middle"),
    "too long said": (overstated, "broke off in the middle"),
    "too short said": (
        lambda h, b: h.give(b, Content_Length=str(len(b) // 2)),
        "not JSON, or not all of it",
    ),
    "bomb": (bomb, "larger than 4 MB, the most that DeepState, daily archive is given"),
    "damaged gzip": (
        lambda h, b: h.give(b"\x1f\x8b" + b, Content_Encoding="gzip"),
        "broke off in the middle",
    ),
    "html": (lambda h, b: h.give(b"<!DOCTYPE html><html></html>"), "not JSON"),
    "empty": (lambda h, b: h.give(b""), "not JSON"),
    "other json": (lambda h, b: h.give(b'{"message": "hello"}'), "has another form"),
    "redirect elsewhere": (
        lambda h, b: h.give(b"", status=302, Location="https://example.org/day.geojson"),
        "sent on to https://example.org/day.geojson, which is none of its hosts",
    ),
    "redirect for ever": (
        lambda h, b: h.give(b"", status=302, Location=PATH),
        "sent on more than 3 times",
    ),
    "half gone": (lambda h, b: h.give(halved(b)), "differs by -"),
    "swapped": (lambda h, b: h.give(swapped(b)), "axes are swapped"),
    "another day": (
        lambda h, b: h.give(b.replace(b"data_20251214", b"data_20251201")),
        "the map of 2025-12-01, not of 2025-12-14",
    ),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_misbehaviour_ends_with_one_sentence_and_the_last_good_day(
    name: str, server: Upstream
) -> None:
    assert one().taken == (DAY,)
    good, stamp = stored.sha256("deepstate", DAY), stored.stamp("deepstate")
    server.behaviours[PATH], sentence = MISBEHAVIOUR[name]
    found = one(again=True, patience=HASTY if name in SLOW else PROMPT)
    assert found.taken == ()
    reason = str(found.refused[DAY])
    assert sentence in reason
    assert reason.endswith(".")
    assert "\n" not in reason
    assert (stored.sha256("deepstate", DAY), stored.stamp("deepstate")) == (good, stamp)
    assert stored.intact("deepstate", DAY)
    names = set(kept())
    assert {name for name in names if name.startswith("control")} == {
        "control/deepstate/20251214.geojson",
        "control/deepstate/20251214.json",
    }
    assert not [name for name in names if name.startswith("arriving")]
    # And once the server behaves, the day comes.
    del server.behaviours[PATH]
    assert one(again=True).taken == (DAY,)
    assert not [name for name in kept() if name.startswith("quarantine")]


@pytest.mark.parametrize("name", ["html", "half gone", "swapped", "bomb"])
def test_what_fails_goes_to_quarantine_with_the_reason(name: str, server: Upstream) -> None:
    server.behaviours[PATH], sentence = MISBEHAVIOUR[name]
    assert one().refused
    told = cache.quarantined()["deepstate-20251214"]
    assert sentence in told["reason"]
    assert told["url"] == server.address + PATH
    file = cache.folder() / "quarantine/deepstate-20251214.kept"
    assert file.exists() == (name in ("half gone", "swapped"))
    assert stored.days("deepstate") == ()


def after(behaviour: Behaviour, *, times: int) -> Behaviour:
    """Misbehave a few times, then answer."""
    left = [times]

    def answer(handler: Handler, body: bytes) -> None:
        left[0] -= 1
        if left[0] >= 0:
            behaviour(handler, body)
        else:
            handler.give(body)

    return answer


@pytest.mark.parametrize("name", ["500", "cut", "silent", "drip", "too long said"])
def test_what_passes_is_asked_again(name: str, server: Upstream) -> None:
    server.behaviours[PATH] = after(MISBEHAVIOUR[name][0], times=2)
    assert one(patience=HASTY if name in SLOW else PROMPT).taken == (DAY,)
    assert server.asked[PATH] == 3


def test_what_stays_wrong_is_not_asked_again(server: Upstream) -> None:
    for number, name in enumerate(("404", "html", "redirect elsewhere", "403"), start=1):
        server.behaviours[PATH] = (
            (lambda h, b: h.give(b"", status=404)) if name == "404" else MISBEHAVIOUR[name][0]
        )
        found = one()
        assert found.missing == ((DAY,) if name == "404" else ())
        assert server.asked[PATH] == number


def test_the_body_of_a_redirect_is_not_read(server: Upstream) -> None:
    def moved(handler: Handler, _body: bytes) -> None:
        handler.give(b"here begins a body without end", status=302, Content_Length="99999999",
                     Location=PATH)  # fmt: skip
        time.sleep(2 * PROMPT.silence_s)

    server.behaviours[PATH] = after(moved, times=1)
    assert one(patience=dataclasses.replace(PROMPT, tries=1)).taken == (DAY,)
    assert server.asked[PATH] == 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(form: str, server: Upstream) -> None:
    at = time.time() + 2.0
    told = "1" if form == "seconds" else email.utils.formatdate(at, usegmt=True)
    busy = after(lambda h, b: h.give(b"", status=429, Retry_After=told), times=1)
    asked: list[float] = []

    def note(handler: Handler, body: bytes) -> None:
        asked.append(time.monotonic())
        busy(handler, body)

    server.behaviours[PATH] = note
    assert one().taken == (DAY,)
    assert len(asked) == 2
    # A date has whole seconds, so that two of them begin between one and two from now.
    assert asked[1] - asked[0] >= (1.0 if form == "seconds" else 0.5)


def test_a_host_that_wants_to_be_left_alone_is_asked_once(server: Upstream) -> None:
    server.usual = lambda h, b: h.give(b"", status=429, Retry_After="3600")
    days = [dt.date(2025, month, 1) for month in range(5, 13)]
    found = fetch.fetch("deepstate", days, patience=PROMPT)
    assert sorted(found.refused) == days
    assert sum(server.asked.values()) <= 4


def test_without_a_network_there_is_one_sentence(
    server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.shutdown()
    server.server_close()
    days = [dt.date(2025, month, 1) for month in range(5, 13)]
    found = fetch.fetch("deepstate", days, patience=PROMPT)
    assert set(map(str, found.refused.values())) == {
        "127.0.0.1 cannot be reached; is there a network?"
    }
    assert cache.quarantined() == {}


def test_a_fetch_can_be_cancelled(server: Upstream) -> None:
    stop = threading.Event()

    def answer(handler: Handler, body: bytes) -> None:
        stop.set()
        handler.give(b"", status=429, Retry_After="1")

    server.usual = answer
    days = [dt.date(2025, month, 1) for month in range(5, 13)]
    found = fetch.fetch("deepstate", days, patience=PROMPT, cancelled=stop.is_set)
    assert found.cancelled
    assert found.taken == ()
    assert not [name for name in kept() if name.startswith(("control", "arriving"))]


# --- what is not even asked ---------------------------------------------------------------------


def test_dates_that_cannot_be_are_refused(server: Upstream) -> None:
    tomorrow = checked.today() + dt.timedelta(days=1)
    for day, why in ((tomorrow, "is in the future"), (dt.date(2022, 2, 23), "is before")):
        with pytest.raises(InputError, match=why):
            fetch.fetch("deepstate", [day], patience=PROMPT)
    assert not server.asked


def test_switched_off_nothing_is_asked(server: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(upstream.SWITCH, "off")
    assert not fetch.allowed()
    for ask in (one, lambda: fetch.latest("deepstate")):
        with pytest.raises(InputError, match="switched off"):
            ask()
    assert not server.asked


def test_terms_come_first(server: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear("deepstate")
    assert not fetch.accepted("deepstate")
    with pytest.raises(InputError, match="were not accepted yet"):
        one()
    assert not server.asked
    fetch.accept("deepstate")
    assert one().taken == (DAY,)
    # Terms that read otherwise are new terms.
    changed = upstream.upstream("deepstate").__class__(
        **{**vars(upstream.upstream("deepstate")), "terms": "Others."}
    )
    assert not cache.accepted(changed)


def test_a_folder_that_cannot_be_written_is_named(
    server: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="ascii")
    monkeypatch.setenv(cache.FOLDER, str(blocked))
    with pytest.raises(InputError, match=r"cannot be written.*set PULLBACK_ATLAS_CACHE"):
        fetch.accept("deepstate")


# --- what is kept -------------------------------------------------------------------------------


def test_a_damaged_day_is_noticed_and_fetched_again(server: Upstream) -> None:
    one()
    file = cache.folder() / "control/deepstate/20251214.geojson"
    file.write_bytes(file.read_bytes()[:-200])
    assert not stored.intact("deepstate", DAY)
    with pytest.raises(Exception, match="is damaged; fetch it again"):
        stored.polygons("deepstate", DAY)
    assert one().taken == (DAY,)
    assert stored.intact("deepstate", DAY)


def test_a_day_that_was_not_fetched_is_named(server: Upstream) -> None:
    with pytest.raises(InputError, match="2025-12-14 of deepstate was not fetched"):
        stored.polygons("deepstate", DAY)
    assert stored.days("deepstate") == ()


def test_between_a_record_and_its_file_the_old_day_is_whole(server: Upstream) -> None:
    one()
    record = cache.folder() / "control/deepstate/20251214.json"
    old = json.loads(record.read_bytes())
    record.write_text(json.dumps({**old, "sha256": "new", "before": old}), encoding="utf-8")
    assert stored.sha256("deepstate", DAY) == old["sha256"]
    assert stored.intact("deepstate", DAY)


def test_clearing_one_source_leaves_the_other(server: Upstream) -> None:
    one()
    fetch.fetch("owl", [DAY], patience=PROMPT)
    assert cache.clear("owl") > 50_000
    assert (stored.days("owl"), stored.days("deepstate")) == ((), (DAY,))
    (cache.folder() / "mine.txt").write_text("not of the project", encoding="ascii")
    cache.clear()
    assert stored.days("deepstate") == ()
    assert (cache.folder() / "mine.txt").exists()
