"""One dashboard and one browser for all browser tests; every page is watched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect, sync_playwright

from tests.browser import drive

# As many servers and browsers as cores run beside each other: that takes a machine a while.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

DESKTOP = (1440, 900)
PHONE = (390, 844)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try once more what failed in a browser, and say so: the machine may have been too busy."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@dataclass
class Watch:
    """What a page did besides what was asked of it."""

    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Address of a running dashboard."""
    with drive.dashboard() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless browser; Playwright allows but one in a process."""
    if drive.chromium() is None:
        pytest.fail("Chromium is missing: make test installs it.", pytrace=False)
    with sync_playwright() as playwright:
        browser = drive.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Watch:
    """Errors and other hosts seen by this test's page."""
    return Watch()


@pytest.fixture
def sight(request: pytest.FixtureRequest) -> tuple[tuple[int, int], str]:
    """Size of the window and the reader's colour scheme; parametrize to change it."""
    return getattr(request, "param", (DESKTOP, "light"))


@pytest.fixture
def page(
    chromium: Browser, address: str, watch: Watch, sight: tuple[tuple[int, int], str]
) -> Iterator[Page]:
    """An empty page that can reach nothing but the dashboard."""
    (width, height), scheme = sight
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        base_url=address,
        accept_downloads=True,
    )
    own = urlsplit(address).netloc

    def guard(route: Route, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host in ("", own):
            route.continue_()
        else:
            watch.strangers.append(request.url)
            route.abort()

    context.route("**/*", guard)
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.on(
        "console",
        lambda message: watch.errors.append(message.text) if message.type == "error" else None,
    )
    tab.on("pageerror", lambda error: watch.errors.append(str(error)))
    yield tab
    context.close()
