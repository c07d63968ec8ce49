"""How long a step of a slider takes until the zone on the map has changed, in Chromium.

Run with ``python -m tests.bench.slider_latency``: both sides at once, 40 steps that never come
back to a distance (answers are kept), for Donetsk Oblast and for the whole line, the dashboard and
the browser on this machine. Prints the median and the 95th percentile in milliseconds, and the
same for distances seen before, which is what the page itself costs.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from tests.browser import drive

STEPS = 40
EXTENTS = {"Donetsk Oblast": "Donetsk+Oblast", "whole line of contact": "all"}

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


def main() -> None:
    """Measure and print."""
    print(f"from a step of the slider to the changed map, {STEPS} steps, {os.cpu_count()} cores")
    with drive.dashboard() as address, sync_playwright() as playwright:
        browser = drive.launch(playwright)
        for name, extent in EXTENTS.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{address}/?extent={extent}&ukraine=2&russia=2")
            drive.map_frame(page).locator("path.atlas-ukraine").wait_for(state="attached")
            page.wait_for_timeout(1500)
            page.evaluate(WATCH)
            list(steps(page, 3))
            print(told(f"{name}, new distances", list(steps(page, STEPS))))
            print(told(f"{name}, seen before", list(steps(page, STEPS, "ArrowLeft"))))
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
