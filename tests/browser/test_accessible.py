"""Every page for everybody: axe-core finds nothing serious, the keyboard reaches everything.

The pages are read from the navigation in app.py: a new one is looked at without a word here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.browser import drive
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

AXE = drive.ROOT / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2 AA, and what axe advises besides.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SERIOUS = ("serious", "critical")
MOST_STOPS = 250


@dataclass(frozen=True)
class Known:
    """What axe finds and nobody here can mend: one rule on elements of one kind."""

    rule: str
    selector: str
    why: str


KNOWN = (
    Known(
        "svg-img-alt",
        ".range_brush",
        "Vega draws the brush of the strip itself, with a role and without a way to name it; its "
        "dates can be typed beside it, and the chart's text says what it shows.",
    ),
)


PAGES = drive.pages()
every_page = pytest.mark.parametrize("path", list(PAGES), ids=[*PAGES.values()])
every_sight = pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
    indirect=True,
    ids=["desktop-light", "desktop-dark", "phone-light", "phone-dark"],
)

# Nothing is drawn or asked for any more: the same twice, some time apart.
_CALM = """async () => {
  const look = () => {
    if (!document.querySelector("h1")) return null;
    if (document.querySelector("[data-testid=stSkeleton], [class*='st-key-part-'][aria-busy=true]"))
      return null;
    let size = document.body.innerHTML.length;
    for (const frame of document.querySelectorAll("iframe")) {
      const inside = frame.contentDocument;
      if (!inside || !inside.body || !inside.body.querySelector("path")) return null;
      size += inside.body.innerHTML.length;
    }
    return size;
  };
  const before = look();
  await new Promise((done) => setTimeout(done, 700));
  return before !== null && before === look();
}"""


def opened(page: Page, path: str) -> None:
    """Open a page of the dashboard and wait until it is complete."""
    page.goto(f"/{path}")
    expect(page.locator("h1")).to_be_visible(timeout=30_000)
    calm(page)


def calm(page: Page) -> None:
    """Wait until nothing changes any more."""
    # The first time, the maps of all dates are worked out for the time page.
    for _ in range(240):
        if page.evaluate(_CALM):
            return
    raise AssertionError("the page does not come to rest")


def violations(page: Page) -> list[str]:
    """What axe finds in the page, its shadow trees and frames: serious, critical and not known."""
    assert AXE.exists(), "axe-core is missing: make test installs it."
    script = AXE.read_text("utf-8")
    for frame in page.frames:
        if not frame.evaluate("Boolean(window.axe)"):
            frame.evaluate(script)
    options = {
        "runOnly": {"type": "tag", "values": TAGS},
        "rules": {"target-size": {"enabled": True}},
        "resultTypes": ["violations"],
        "iframes": True,
    }
    result = page.evaluate("options => axe.run(document, options)", options)
    assert result["passes"], "axe looked at nothing"
    return [
        f"{found['id']} ({found['impact']}): {node['target']} {node['html'][:160]}"
        for found in result["violations"]
        if found["impact"] in SERIOUS
        for node in found["nodes"]
        if not _is_known(found["id"], node["target"])
    ]


def _is_known(rule: str, target: list[Any]) -> bool:
    return any(known.rule == rule and known.selector in str(target[-1]) for known in KNOWN)


def test_the_navigation_has_these_pages(page: Page) -> None:
    opened(page, "")
    links = page.get_by_test_id("stTopNavLink")
    assert links.all_inner_texts() == list(PAGES.values())
    paths = [str(link.get_attribute("href")).rpartition("/")[2] for link in links.all()]
    assert paths == list(PAGES)


@every_sight
@every_page
def test_axe_finds_nothing_serious(page: Page, path: str) -> None:
    opened(page, path)
    assert page.title().startswith(f"{PAGES[path]} · ")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1
    assert violations(page) == []
    shut = page.locator("details:not([open]) > summary")
    while shut.count():
        shut.first.click()
    calm(page)
    assert violations(page) == []


@pytest.mark.parametrize(
    "sight", [(DESKTOP, "dark"), (PHONE, "light")], indirect=True, ids=["desktop", "phone"]
)
def test_axe_finds_nothing_serious_in_what_opens(page: Page) -> None:
    """A list that is open, a sentence about a damaged link, and on a phone the pages."""
    opened(page, "?date=yesterday&extent=Atlantis")
    expect(page.get_by_role("alert").first).to_be_visible()
    # A list closes as the page moves: first bring its box into view.
    page.get_by_role("combobox", name="Where").focus()
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    sidebar = page.get_by_test_id("stExpandSidebarButton")
    if sidebar.count():
        sidebar.click()
        expect(page.get_by_test_id("stSidebarNavLink").first).to_be_visible()
        assert violations(page) == []


# The element that has the keyboard, through shadow trees and frames; with its box on the screen.
_FOCUS = """() => {
  let element = document.activeElement, x = 0, y = 0, framed = false;
  for (;;) {
    const inner = element && (element.contentDocument || element.shadowRoot);
    if (!inner || !inner.activeElement) break;
    if (element.tagName === "IFRAME") {
      const box = element.getBoundingClientRect();
      x += box.x; y += box.y; framed = true;
    }
    element = inner.activeElement;
  }
  return { element, x, y, framed };
}"""
_STOP = f"""() => {{
  const {{ element, x, y, framed }} = ({_FOCUS})();
  if (!element || element.tagName === "BODY") return null;
  const again = Boolean(element.atlasSeen);
  element.atlasSeen = true;
  const box = element.getBoundingClientRect();
  const kind = [element.tagName, element.getAttribute("role"), element.dataset.testid,
    String(element.className.baseVal ?? element.className).replace(/active|focus\\S*/g, ""),
    element.type].join(" ");
  const text = element.getAttribute("aria-label") || element.innerText || element.id || "";
  return {{ kind, framed, again, table: Boolean(element.closest("canvas")),
    name: text.trim().slice(0, 60),
    box: {{ x: x + box.x, y: y + box.y, width: box.width, height: box.height }} }};
}}"""
# The keyboard somewhere else for a moment, as if it had gone on; and back.
_AWAY = f"""() => {{
  const away = document.createElement("div");
  away.tabIndex = -1;
  away.style.cssText = "position: fixed; top: 0; width: 1px; height: 1px; outline: none";
  document.body.append(away);
  window.atlasLeft = {{ element: ({_FOCUS})().element, away }};
  away.focus({{ preventScroll: true }});
}}"""
_BACK = """() => {
  const { element, away } = window.atlasLeft;
  element.focus({ preventScroll: true });
  away.remove();
}"""

# Controls that the keyboard should have come to, wherever they are.
_MISSED = """() => {
  const missed = [];
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex]";
  const search = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) search(element.shadowRoot);
      if (element.tagName === "IFRAME" && element.contentDocument) search(element.contentDocument);
      if (!element.matches(wanted) || element.atlasSeen || element.disabled) continue;
      if (element.tabIndex < 0 || element.type === "file") continue;
      // Of a group of choices one is reached with Tab, the others with the arrows.
      const group = element.closest("[role=radiogroup], [role=toolbar]");
      if (group && [...group.querySelectorAll("*")].some((one) => one.atlasSeen)) continue;
      const look = { checkOpacity: false, checkVisibilityCSS: true };
      if (!element.checkVisibility(look)) continue;
      const box = element.getBoundingClientRect();
      if (box.width * box.height > 0) missed.push(element.outerHTML.slice(0, 200));
    }
  };
  search(document);
  return missed;
}"""
_ORDERED = """() => {
  const late = [];
  const search = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) search(element.shadowRoot);
      if (element.tagName === "IFRAME" && element.contentDocument) search(element.contentDocument);
      if (element.tabIndex > 0) late.push(element.outerHTML.slice(0, 200));
    }
  };
  search(document);
  return late;
}"""


def stops(page: Page) -> Iterator[dict[str, Any]]:
    """Press Tab from the top of the page until the keyboard leaves it."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is None:
            return
        yield stop
    raise AssertionError(f"the keyboard does not leave the page within {MOST_STOPS} stops")


def is_seen(page: Page, box: dict[str, float]) -> bool:
    """Whether the place is on the screen and changes as the keyboard leaves it."""
    clip = _around(page, box)
    if clip is None:
        return False
    with_focus = page.screenshot(clip=clip, animations="disabled")
    page.evaluate(_AWAY)
    without = page.screenshot(clip=clip, animations="disabled")
    page.evaluate(_BACK)
    return with_focus != without


def _around(page: Page, box: dict[str, float], margin_px: float = 6) -> FloatRect | None:
    """The part of the screen with a box and a little around it; None where it is off the screen."""
    width, height = page.viewport_size["width"], page.viewport_size["height"]  # type: ignore[index]
    left, top = max(0.0, box["x"] - margin_px), max(0.0, box["y"] - margin_px)
    right = min(float(width), box["x"] + box["width"] + margin_px)
    bottom = min(float(height), box["y"] + box["height"] + margin_px)
    if right <= left or bottom <= top:
        return None
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


@pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)
@every_page
def test_the_keyboard_reaches_everything_and_is_seen(page: Page, path: str) -> None:
    opened(page, path)
    assert page.evaluate(_ORDERED) == []
    looked_at: set[str] = set()
    unseen, nameless, framed = [], [], []
    for stop in stops(page):
        framed.append(stop["framed"])
        if stop["again"] or stop["table"]:
            # Streamlit draws a table on a canvas: its cells are of one element, and the ring
            # around the chosen one stays when the keyboard leaves.
            continue
        if not stop["name"] and not stop["kind"].startswith(("DIV", "INPUT")):
            nameless.append(stop)
        if stop["kind"] not in looked_at:
            looked_at.add(stop["kind"])
            page.wait_for_timeout(60)  # a transition, a map that follows the keyboard
            if not is_seen(page, page.evaluate(_STOP)["box"]):
                unseen.append(stop)
    assert page.evaluate(_MISSED) == []
    assert unseen == []
    assert nameless == []
    assert True not in framed or not framed[-1], "the keyboard stays in a map"


def test_the_map_is_worked_and_left_with_the_keyboard(page: Page) -> None:
    opened(page, "")
    map_ = drive.map_frame(page).locator(".leaflet-container")
    view = "() => { const c = map.getCenter(); return [c.lat, c.lng, map.getZoom()]; }"
    inner = page.locator("iframe[title*=st_folium]").element_handle().content_frame()
    assert inner is not None
    # From the last control before the map into it.
    last = page.locator(".st-key-reopen button").last
    last.focus()
    page.keyboard.press("Tab")
    expect(map_).to_be_focused()
    before = inner.evaluate(view)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    after = inner.evaluate(view)
    assert after[1] > before[1]
    assert after[2] > before[2]
    # A zone is read out with what lies in it.
    page.keyboard.press("Tab")
    zone = drive.map_frame(page).locator("path.atlas-zone").first
    expect(zone).to_be_focused()
    assert "km²" in str(zone.get_attribute("aria-label"))
    while page.evaluate(_STOP)["framed"]:
        page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(_STOP)["framed"]
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if not page.evaluate(_STOP)["framed"]:
            break
    expect(last).to_be_focused()


def test_an_answer_is_told_to_a_screen_reader(page: Page) -> None:
    opened(page, "")
    told = page.locator(".st-key-rest-figures").get_by_role("status")
    expect(told).to_contain_text("Both sides pull back 5 km in Donetsk Oblast. Ukraine’s side: 1,4")
    page.get_by_role("slider", name="Russia pulls back").press("ArrowRight")
    expect(told).to_contain_text("5.5 km in Donetsk Oblast. Ukraine’s side: 1,")


@pytest.mark.parametrize("sight", [(PHONE, "light")], indirect=True, ids=["phone"])
@every_page
def test_a_phone_shows_every_page_without_scrolling_aside(page: Page, path: str) -> None:
    opened(page, path)
    wide = page.evaluate(
        """() => {
          const main = document.querySelector("[data-testid=stMain]");
          return Math.max(document.documentElement.scrollWidth, main.scrollWidth);
        }"""
    )
    assert wide <= PHONE[0]
