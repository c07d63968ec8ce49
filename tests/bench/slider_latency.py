"""How long a step of a slider takes until the zone on the map has changed, in Chromium.

Run with ``python -m tests.bench.slider_latency``: both sides at once, 40 steps that never come
back to a distance (answers are kept), for Donetsk Oblast and for the whole line, the dashboard and
the browser on this machine. Prints the median and the 95th percentile in milliseconds, and the
same for distances seen before, which is what the page itself costs. Then once more while the page
fetches a day from a slow publisher, and while another process fetches all recorded days, again and
again, into the folder that the dashboard reads (needs ``../shared/data``).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from data import cache, checked, upstream
from tests import upstream_server
from tests.browser import drive
from tests.upstream_server import DEEPSTATE, Handler, Upstream

STEPS = 40
EXTENTS = {"Donetsk Oblast": "Donetsk+Oblast", "whole line of contact": "all"}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DRIPS = 100
DRIP_S = 0.2

# Runs in the page: presses nothing itself, but notes when an input changed and when the path did,
# in one clock. The map's frame is of the same origin, so its clock is read through the page's.
WATCH = """() => {
  const frame = [...document.querySelectorAll('iframe')].find(f => f.title.includes('st_folium'));
  const inner = frame.contentDocument;
  const path = () => inner.querySelector('path.atlas-ukraine').getAttribute('d');
  window.atlasTimes = [];
  let before = path();
  let began = null;
  document.addEventListener('keydown', () => { began = performance.now(); }, true);
  new inner.defaultView.MutationObserver(() => {
    const element = inner.querySelector('path.atlas-ukraine');
    if (!element || began === null) return;
    const now = element.getAttribute('d');
    if (!now || now === before) return;
    before = now;
    const start = began;
    began = null;
    // The next frame is when the reader sees it.
    const note = () => window.atlasTimes.push(performance.now() - start);
    requestAnimationFrame(() => setTimeout(note));
  }).observe(inner.body, { subtree: true, childList: true, attributes: true,
                           attributeFilter: ['d'] });
}"""


def steps(page: Page, count: int, key: str = "ArrowRight") -> Iterator[float]:
    """Press ``key`` on Ukraine's slider ``count`` times; milliseconds of each step."""
    slider = page.get_by_role("slider", name="Ukraine pulls back")
    done = page.evaluate("window.atlasTimes.length")
    for step in range(count):
        slider.press(key)
        page.wait_for_function(f"window.atlasTimes.length > {done + step}", timeout=10_000)
        page.wait_for_timeout(120)
        yield page.evaluate("window.atlasTimes.at(-1)")


def told(name: str, times: list[float]) -> str:
    """One line of the report."""
    times = sorted(times)
    high = times[round(0.95 * (len(times) - 1))]
    return f"  {name}: median {statistics.median(times):.0f} ms, 95th percentile {high:.0f} ms"


def opened(browser: Browser, address: str, query: str) -> Page:
    """The page of a question, ready to be measured."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{address}/?{query}")
    drive.map_frame(page).locator("path.atlas-ukraine").wait_for(state="attached")
    page.wait_for_timeout(1500)
    page.evaluate(WATCH)
    list(steps(page, 3))
    return page


def dripping(handler: Handler, body: bytes) -> None:
    """Give an answer piece by piece, which takes `DRIPS` times `DRIP_S`."""
    handler.give(b"", Content_Length=str(len(body)))
    size = -(-len(body) // DRIPS)
    for begin in range(0, len(body), size):
        if handler.command != "HEAD":
            handler.wfile.write(body[begin : begin + size])
            time.sleep(DRIP_S)


@contextlib.contextmanager
def publisher() -> Iterator[Upstream]:
    """An upstream that has the recorded days and, slowly, yesterday; the environment names it."""
    with upstream_server.running() as server, tempfile.TemporaryDirectory() as folder:
        upstream_server.record(server, SHARED)
        day = f"{checked.today() - dt.timedelta(days=1):%Y%m%d}"
        newest = max((SHARED / "control/deepstate").glob("*.geojson"))
        path = DEEPSTATE.format(day=day)
        server.files[path] = newest.read_bytes().replace(newest.stem.encode(), day.encode())
        server.behaviours[path] = dripping
        told = {upstream.LOOPBACK: "1", upstream.INSTEAD: server.address, cache.FOLDER: folder}
        os.environ.update(told)
        yield server


def while_the_page_fetches(page: Page) -> list[float]:
    """Milliseconds of each step while the dashboard itself fetches a day."""
    page.get_by_role("button", name="Look for newer").click()
    page.get_by_role("button", name="Agree and fetch").click()
    on_its_way = page.get_by_text("Fetching DeepState")
    on_its_way.wait_for()
    times: list[float] = []
    while on_its_way.is_visible():
        times += steps(page, 1)
    return times


def while_days_are_fetched(page: Page) -> list[float]:
    """Milliseconds of each step while another process fetches every recorded day."""
    days = sorted(file.stem for file in (SHARED / "control/deepstate").glob("*.geojson"))
    first, last = (f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in (days[0], days[-1]))
    command = [sys.executable, "cli.py", "data", "fetch", "deepstate", "--again", "--yes"]
    command += ["--from", first, "--to", last]
    times: list[float] = []
    while len(times) < STEPS:
        fetch = subprocess.Popen(
            command, cwd=drive.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while fetch.poll() is None and len(times) < STEPS:
            times += steps(page, 1)
        fetch.terminate()
        fetch.wait()
    return times


def main() -> None:
    """Measure and print."""
    print(f"from a step of the slider to the changed map, {STEPS} steps, {os.cpu_count()} cores")
    with publisher(), drive.dashboard() as address, sync_playwright() as playwright:
        browser = drive.launch(playwright)
        for name, extent in EXTENTS.items():
            page = opened(browser, address, f"extent={extent}&ukraine=2&russia=2")
            print(told(f"{name}, new distances", list(steps(page, STEPS))))
            print(told(f"{name}, seen before", list(steps(page, STEPS, "ArrowLeft"))))
            page.close()
        name = "Donetsk Oblast, new distances"
        page = opened(browser, address, "ukraine=2&russia=5")
        times = while_the_page_fetches(page)
        print(told(f"{name}, while the page fetches a day ({len(times)} steps)", times))
        page.close()
        page = opened(browser, address, "ukraine=2.5&russia=12")
        print(told(f"{name}, while another process fetches days", while_days_are_fetched(page)))
        browser.close()


if __name__ == "__main__":
    main()
