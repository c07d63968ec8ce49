"""How soon every page shows something useful, in Chromium, on a wide screen and on a phone.

Run with ``python -m tests.bench.first_paint``. The server has shown each page once before. Each
visit is a new reader's with an empty cache: the time runs from the server's first answer to the
page's title with what stands under it, and to the map where the page has one.
"""

from __future__ import annotations

import os
import statistics

from playwright.sync_api import Browser, sync_playwright

from tests.browser import drive
from tests.browser.conftest import DESKTOP, PHONE

VISITS = 5
MOST_MS = 2000

# Notes when a headline with words, and a map with its ground, are first on the screen.
WATCH = """() => {
  if (window !== window.top) return;
  const seen = window.atlasSeen = {};
  const look = () => {
    const title = document.querySelector("h1");
    if (!seen.title && title && title.innerText && title.getBoundingClientRect().height) {
      seen.title = performance.now();
    }
    const frame = document.querySelector("iframe[title*=st_folium]");
    const inside = frame && frame.contentDocument;
    if (!seen.map && inside && inside.querySelector(".leaflet-land-pane path")) {
      seen.map = performance.now();
    }
    requestAnimationFrame(look);
  };
  look();
}"""
TIMES = """() => {
  const start = performance.getEntriesByType("navigation")[0].responseStart;
  const { title, map } = window.atlasSeen;
  return [title - start, map ? map - start : null];
}"""


def visit(
    browser: Browser, address: str, path: str, size: tuple[int, int]
) -> tuple[float, float | None]:
    """A new reader's visit: milliseconds to the title, and to the map if there is one."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    page.goto(f"{address}/{path}")
    page.wait_for_function("window.atlasSeen.title", timeout=60_000)
    page.wait_for_timeout(400)
    if page.locator("iframe[title*=st_folium]").count():
        page.wait_for_function("window.atlasSeen.map", timeout=60_000)
    title, map_ = page.evaluate(TIMES)
    context.close()
    return title, map_


def main() -> None:
    """Measure and print."""
    print(
        f"from the server's answer to the first useful content, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    slow = []
    with drive.dashboard() as address, sync_playwright() as playwright:
        browser = drive.launch(playwright)
        for path, title in drive.pages().items():
            visit(browser, address, path, DESKTOP)
            for size in (DESKTOP, PHONE):
                times = [visit(browser, address, path, size) for _ in range(VISITS)]
                first = statistics.median(time for time, _ in times)
                maps = [time for _, time in times if time is not None]
                drawn = f", its map {statistics.median(maps):.0f} ms" if maps else ""
                print(f"  {title}, {size[0]} px wide: median {first:.0f} ms{drawn}")
                if first > MOST_MS:
                    slow.append(f"{title} at {size[0]} px: {first:.0f} ms")
        browser.close()
    if slow:
        raise SystemExit(f"error: later than {MOST_MS} ms: {'; '.join(slow)}")


if __name__ == "__main__":
    main()
