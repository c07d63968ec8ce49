"""Newer days beside the page: what is said of the newest, and what one is asked before a fetch."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from streamlit.testing.v1 import AppTest

from data import checked, fetch, fetched_days, stored, upstream
from data.checked import Ground
from data.errors import DataError
from geo import control
from pages import fetching, newer
from tests import upstream_server
from tests.upstream_server import DEEPSTATE, Handler, Upstream

TODAY = checked.today()
YESTERDAY = TODAY - dt.timedelta(days=1)
LONG_S = 60


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A cache folder and runs of this test's own."""
    monkeypatch.setenv("PULLBACK_ATLAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fetching, "_runs", {})
    fetching.keep_up.cache_clear()
    yield
    fetching.keep_up.cache_clear()


@pytest.fixture
def server(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    """An upstream that has DeepState's map of yesterday."""
    with upstream_server.running() as made:
        made.files[path(YESTERDAY)] = of(YESTERDAY, shared_data)
        monkeypatch.setenv(upstream.LOOPBACK, "1")
        monkeypatch.setenv(upstream.INSTEAD, made.address)
        yield made


def path(day: dt.date) -> str:
    return DEEPSTATE.format(day=f"{day:%Y%m%d}")


def of(day: dt.date, shared_data: Path) -> bytes:
    """A recorded day as the file of another."""
    body = (shared_data / "control" / "deepstate" / "20260801.geojson").read_bytes()
    return body.replace(b"20260801", f"{day:%Y%m%d}".encode())


def ended(run: fetching.Run) -> fetching.State:
    """What came of a run, once it has ended."""
    thread = next((one for one in threading.enumerate() if one.name == f"fetch-{run.source}"), None)
    if thread is not None:
        thread.join(LONG_S)
    assert run.state.is_done
    return run.state


def put(day: dt.date, tmp_path: Path) -> None:
    ground = shapely.from_wkb(shapely.to_wkb([shapely.box(37.5, 47.0, 39.5, 48.5)]))
    stored.put("deepstate", day, Ground(ground, 1.0, ()), origin={}, here=tmp_path / "arriving")


def page(**query: str) -> AppTest:
    """The part of the page, by itself."""
    made = AppTest.from_function(_page, default_timeout=LONG_S)
    for key, value in query.items():
        made.query_params[key] = value
    return made.run()


def _page() -> None:
    import streamlit as st

    from pages import newer, question

    question.open_link()
    question.drawn(question.current())
    st.text(question.current().date.isoformat())
    newer.panel((question.current().source,))


def said(made: AppTest) -> str:
    assert not made.exception
    return " ".join(str(one.proto.body) for one in made.get("html"))


def keys(made: AppTest) -> list[str]:
    return [str(button.key) for button in made.button]


# What is said ------------------------------------------------------------------------------------


def test_the_age_of_the_newest_map(tmp_path: Path) -> None:
    days = (TODAY - dt.date(2026, 8, 1)).days
    assert str(newer.newest("deepstate")) == (
        f"Newest: 1 August 2026, {days} days old. The line has moved since."
    )
    for age, told in ((4, "4 days old. The line has moved since."), (3, "3 days old")):
        put(TODAY - dt.timedelta(days=age), tmp_path)
        assert str(newer.newest("deepstate")).endswith(f", {told}")
    put(YESTERDAY, tmp_path)
    assert str(newer.newest("deepstate")).endswith(", 1 day old")
    put(TODAY, tmp_path)
    assert str(newer.newest("deepstate", name=True)).startswith("Newest by DeepState: ")
    assert str(newer.newest("deepstate")).endswith(", of today")


def test_fetched_days_are_marked(tmp_path: Path) -> None:
    put(dt.date(2026, 7, 15), tmp_path)
    name = newer.named("deepstate")
    assert str(name(dt.date(2026, 7, 15))) == "15 July 2026 · fetched"
    assert str(name(dt.date(2026, 8, 1))) == "1 August 2026"


# One day on its way -------------------------------------------------------------------------------


def test_the_newest_day_is_fetched_and_counts(server: Upstream) -> None:
    fetch.accept("deepstate")
    state = ended(fetching.begin("deepstate"))
    assert state.taken == YESTERDAY
    assert "is here now, at full detail." in str(state.said[0])
    assert control.dates("deepstate")[-1] == YESTERDAY
    assert control.load(YESTERDAY, "deepstate").fetched_sha256
    again = ended(fetching.begin("deepstate"))
    assert (again.taken, str(again.said[0])) == (None, "DeepState has published nothing newer.")
    assert server.asked[path(YESTERDAY)] == 3  # asked for, fetched, asked for again


def test_whoever_asks_while_it_is_on_its_way_waits_for_the_same(server: Upstream) -> None:
    fetch.accept("deepstate")
    go_on = threading.Event()

    def wait(handler: Handler, body: bytes) -> None:
        assert go_on.wait(LONG_S)
        handler.give(body)

    server.behaviours[path(YESTERDAY)] = wait
    run = fetching.begin("deepstate")
    assert fetching.begin("deepstate") is run
    assert fetching.going("deepstate") is run
    assert fetching.going("owl") is None
    go_on.set()
    assert ended(run).taken == YESTERDAY
    assert fetching.going("deepstate") is None


def test_who_stops_it_is_told_nothing_more(server: Upstream) -> None:
    fetch.accept("deepstate")
    asked, go_on = threading.Event(), threading.Event()

    def wait(handler: Handler, body: bytes) -> None:
        asked.set()
        assert go_on.wait(LONG_S)
        handler.give(body)

    server.behaviours[path(TODAY)] = wait
    run = fetching.begin("deepstate")
    assert asked.wait(LONG_S)
    run.stop()
    go_on.set()
    assert ended(run) == fetching.State(is_done=True)
    assert fetched_days.days("deepstate") == ()


def test_a_day_that_is_not_published_and_one_that_is_refused(server: Upstream) -> None:
    fetch.accept("deepstate")
    missing = ended(fetching.begin("deepstate", TODAY))
    assert "has published no map of" in str(missing.said[0])
    server.files[path(YESTERDAY)] = b"<html>Sorry</html>"
    refused = ended(fetching.begin("deepstate", YESTERDAY))
    assert len(refused.said) == 1
    assert refused.taken is None
    assert control.dates("deepstate") == control.bundled_dates("deepstate")


def test_a_day_with_half_its_ground_gone_is_taken_only_when_confirmed(server: Upstream) -> None:
    fetch.accept("deepstate")
    document = json.loads(server.files[path(YESTERDAY)])
    shape = document["features"][0]["geometry"]
    shape["coordinates"] = sorted(shape["coordinates"], key=lambda one: -len(one[0]))[1:]
    server.files[path(YESTERDAY)] = json.dumps(document).encode()
    refused = ended(fetching.begin("deepstate", YESTERDAY))
    assert (refused.taken, refused.unconfirmed) == (None, YESTERDAY)
    taken = ended(fetching.begin("deepstate", YESTERDAY, confirm_area=True))
    assert taken.taken == YESTERDAY


# The part of the page -----------------------------------------------------------------------------


def test_terms_come_before_the_first_fetch(server: Upstream) -> None:
    made = page()
    assert "Newest: 1 August 2026" in said(made)
    made.button("newer-look").click().run()
    told = said(made)
    source = upstream.upstream("deepstate")
    for part in (source.attribution, source.terms, *source.hosts, source.page):
        assert part in told
    assert server.asked == {}
    assert keys(made) == ["newer-accept", "newer-leave"]
    made.button("newer-leave").click().run()
    assert keys(made) == ["newer-look"]
    assert not fetch.accepted("deepstate")
    made.button("newer-look").click().run()
    made.button("newer-accept").click().run()
    ended(fetching._runs["deepstate"])
    made.run()
    assert "is here now, at full detail." in said(made)
    assert made.text[0].value == "2025-12-14"
    made.button("newer-show-deepstate").click().run()
    assert made.text[0].value == YESTERDAY.isoformat()
    assert "1 day old" in said(made)
    assert keys(made) == ["newer-look"]


def test_without_a_network_one_quiet_sentence(
    server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch.accept("deepstate")

    def unreachable(*_given: object, **_more: object) -> None:
        raise DataError("raw.githubusercontent.com cannot be reached; try again later.")

    monkeypatch.setattr(fetch, "latest", unreachable)
    made = page()
    made.button("newer-look").click().run()
    ended(fetching._runs["deepstate"])
    made.run()
    assert "Raw.githubusercontent.com cannot be reached; try again later." in said(made)
    assert keys(made) == ["newer-look"]


def test_switched_off_there_is_no_button(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(YESTERDAY, tmp_path)
    monkeypatch.setenv(upstream.SWITCH, "off")
    made = page(date=YESTERDAY.isoformat())
    assert keys(made) == []
    assert "1 day old" in said(made)
    assert made.text[0].value == YESTERDAY.isoformat()


def test_a_link_to_a_day_that_is_not_here_offers_it(server: Upstream) -> None:
    fetch.accept("deepstate")
    made = page(date=YESTERDAY.isoformat())
    assert made.text[0].value == "2025-12-14"
    (complaint,) = made.session_state["complaints"]
    assert f"data fetch deepstate --date {YESTERDAY}" in complaint
    assert keys(made) == ["newer-wanted", "newer-look"]
    made.button("newer-wanted").click().run()
    ended(fetching._runs["deepstate"])
    made.run()
    assert keys(made) == ["newer-show-deepstate", "newer-look"]


def test_a_schedule_fetches_what_was_agreed_to(
    server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    slept = threading.Event()

    def sleep(seconds: float) -> None:
        assert seconds == 6 * 3600
        slept.set()
        threading.Event().wait()

    monkeypatch.setattr(fetching.time, "sleep", sleep)
    monkeypatch.setattr(fetching, "begin", begun.append)
    fetch.accept("deepstate")
    monkeypatch.setenv(upstream.SCHEDULE, "6h")
    fetching.keep_up()
    fetching.keep_up()
    assert slept.wait(LONG_S)
    assert begun == ["deepstate"]


def test_a_schedule_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(upstream.SCHEDULE, "often")
    assert "give a time such as 30m, 6h or 1d" in said(page())
