"""Fetching newer days from the page, in a real browser, from an upstream on loopback."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from data import checked, upstream
from geo import words
from tests import upstream_server
from tests.browser import drive
from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE
from tests.upstream_server import DEEPSTATE, Handler, Upstream

pytestmark = pytest.mark.browser

DAY = checked.today() - dt.timedelta(days=1)
PATH = DEEPSTATE.format(day=f"{DAY:%Y%m%d}")
NAMED = str(words.day(DAY))
LONG_S = 120


@pytest.fixture
def server(shared_data: Path) -> Iterator[Upstream]:
    """An upstream that has DeepState's map of yesterday: a recorded one."""
    with upstream_server.running() as made:
        body = (shared_data / "control" / "deepstate" / "20260801.geojson").read_bytes()
        made.files[PATH] = body.replace(b"20260801", f"{DAY:%Y%m%d}".encode())
        yield made


@pytest.fixture
def address(server: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A dashboard with a cache folder of its own, in place of the one that all tests share."""
    monkeypatch.setenv("PULLBACK_ATLAS_CACHE", str(tmp_path))
    monkeypatch.setenv(upstream.LOOPBACK, "1")
    monkeypatch.setenv(upstream.INSTEAD, server.address)
    with drive.dashboard() as url:
        yield url


@pytest.fixture
def tabs(chromium: Browser, address: str) -> Iterator[tuple[Page, Page]]:
    """Two readers, one at a desk and one with a phone."""
    contexts = [
        chromium.new_context(viewport={"width": width, "height": height}, base_url=address)
        for width, height in (DESKTOP, PHONE)
    ]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(PATIENCE_MS)
        page.goto("/")
        expect(page.get_by_text("Newest: 1 August 2026")).to_be_visible()
    yield pages[0], pages[1]
    for context in contexts:
        context.close()


def farther(page: Page) -> None:
    """Ukraine's slider half a kilometre on."""
    page.locator("#ukraine").focus()
    page.keyboard.press("ArrowRight")


def test_a_newer_day_is_fetched_while_the_page_stays_usable(
    tabs: tuple[Page, Page], server: Upstream
) -> None:
    page, other = tabs
    go_on = threading.Event()

    def wait(handler: Handler, body: bytes) -> None:
        if handler.command == "GET":
            go_on.wait(LONG_S)
        handler.give(body)

    server.behaviours[PATH] = wait
    page.get_by_role("button", name="Look for newer").click()
    terms = page.locator(".atlas-terms")
    for part in ("DeepStateMap", "GPL-3.0", "raw.githubusercontent.com"):
        expect(terms).to_contain_text(part)
    assert server.asked == {}
    fetching = f"Fetching DeepState’s map of {NAMED}"
    try:
        page.get_by_role("button", name="Agree and fetch").click()
        expect(page.get_by_text(fetching)).to_be_visible()
        # Another reader sees that it is on its way, and both go on with what they were doing.
        for one in (other, page):
            farther(one)
            expect(one.locator("h1")).to_contain_text("5.5 km")
            expect(one.get_by_text(fetching)).to_be_visible()
    finally:
        go_on.set()
    page.get_by_role("button", name=f"Show {NAMED}").click()
    expect(page.locator(".atlas-sub")).to_contain_text(f"Line of contact on {NAMED}")
    expect(page.get_by_text(f"Newest: {NAMED}, 1 day old")).to_be_visible()
    expect(page.get_by_role("combobox", name="Control on")).to_have_value(f"{NAMED} · fetched")
    credit = drive.map_frame(page).locator("body")
    expect(credit).to_contain_text(f"{NAMED}, full detail, fetched")
    expect(page.get_by_text("Control maps: DeepState, full detail, fetched")).to_be_visible()
    # The other reader has the day too, without a restart; their question is what it was.
    expect(other.get_by_text(f"Newest: {NAMED}, 1 day old")).to_be_visible()
    expect(other.locator(".atlas-sub")).to_contain_text("Line of contact on 14 December 2025")
    other.get_by_role("combobox", name="Control on").fill(NAMED)
    expect(other.get_by_role("option", name=f"{NAMED} · fetched")).to_be_visible()


def test_a_link_to_a_day_that_is_not_here_and_a_fetched_day_on_the_other_pages(
    tabs: tuple[Page, Page], server: Upstream
) -> None:
    page, _other = tabs
    page.goto(f"/?date={DAY}")
    expect(page.locator(".st-key-notices")).to_contain_text(
        f"To fetch that day: python cli.py data fetch deepstate --date {DAY}"
    )
    page.get_by_role("button", name=f"Fetch {NAMED}").click()
    page.get_by_role("button", name="Agree and fetch").click()
    page.get_by_role("button", name=f"Show {NAMED}").click()
    expect(page.locator(".atlas-sub")).to_contain_text(NAMED)
    page.get_by_role("link", name="Time").click()
    expect(page.locator(".atlas-sub")).to_contain_text(f"{NAMED}, full detail, fetched")
    expect(page.locator("#day")).to_have_text(NAMED)
    # A dashboard that still makes its films would not end when the test does.
    ready = page.get_by_role("button", name="Series (CSV)")
    expect(ready).to_be_enabled(timeout=1000 * LONG_S)
    page.get_by_role("link", name="Sources and method").click()
    expect(page.get_by_text(f"1 day, the newest {NAMED}")).to_be_visible()
    page.goto(f"/?date={DAY}")
    expect(page.locator(".atlas-sub")).to_contain_text(NAMED)
    expect(page.locator(".st-key-notices .atlas-notice")).to_have_count(0)


def test_an_upstream_that_fails_is_one_quiet_sentence(
    tabs: tuple[Page, Page], server: Upstream
) -> None:
    page, _other = tabs
    server.files[PATH] = b"<!doctype html><title>Sorry</title>"
    page.get_by_role("button", name="Look for newer").click()
    page.get_by_role("button", name="Agree and fetch").click()
    told = page.locator(".st-key-part-newer .atlas-note")
    expect(told).to_contain_text("JSON")
    expect(page.get_by_role("button", name="Look for newer")).to_be_visible()
    farther(page)
    expect(page.locator("h1")).to_contain_text("5.5 km")
    expect(page.locator(".atlas-sub")).to_contain_text("14 December 2025")
