"""A loaded map and drawings on the pages that compare and move through time, in a real browser."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import shapely
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from geo import drawing, link, scenario
from geo.drawing import Drawing
from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser

SIGHTS = pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)
# East of a front of its own, as no assessor has it.
HELD = shapely.box(37.9, 46.9, 40.3, 50.1)
AREA = Drawing("area", "Pocket", ((36.8, 48.0), (37.8, 48.0), (37.8, 48.7), (36.8, 48.7)), 4, 8)
LINE = Drawing("line", "River", ((37.2, 47.6), (37.3, 48.3), (37.6, 49.0)), 6, 3)
MARKDOWN = "![x](//a.ex/p) [l](https://b.ex) $x^2$ :red[r] **b** :tada:"
DRAWN = urlencode(link.to_query(scenario.default(), drawings=(AREA, LINE)))
# The first time, the maps of all dates are worked out; then they are kept in a file.
FILM_MS = 240_000


def use(page: Page, title: str, *, date: str = "2025-11-10") -> None:
    """Load a control map and wait until the scenario page shows it."""
    page.goto("/load")
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": shapely.geometry.mapping(HELD),
    }
    page.locator("input[type=file]").set_input_files(
        {
            "name": f"mine_{date}.geojson",
            "mimeType": "application/octet-stream",
            "buffer": json.dumps({"type": "FeatureCollection", "features": [feature]}).encode(),
        }
    )
    page.get_by_label("Name").fill(title)
    page.get_by_label("Name").press("Enter")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".atlas-sub")).to_contain_text(f"({title})", timeout=60_000)


def go(page: Page, name: str) -> None:
    sidebar = page.get_by_test_id("stExpandSidebarButton")
    if sidebar.count():  # On a phone.
        sidebar.click()
    page.get_by_role("link", name=name, exact=True).click()
    fold = page.get_by_test_id("stSidebarCollapseButton").locator("button")
    if fold.count() and fold.is_visible():
        fold.click()


def panel(page: Page, letter: str) -> Locator:
    return page.locator(f".st-key-panel-{letter}")


def brief(page: Page, letter: str, side: str = "ukraine") -> Locator:
    return panel(page, letter).locator(f"tr[data-side={side}] td[data-measure=area_km2]")


def complete(page: Page) -> None:
    """Wait until every part answers what is on screen: a list that is open goes with its part."""
    page.wait_for_function(
        """() => {
          const parts = [...document.querySelectorAll("[class*='st-key-part-']")];
          return parts.length >= 3 && parts.every(part => part.ariaBusy === "false");
        }""",
        timeout=60_000,
    )


def choose(page: Page, letter: str, label: str, option: str) -> None:
    box = panel(page, letter).get_by_role("combobox", name=label)
    complete(page)
    if not box.is_visible():
        page.get_by_text(f"Change {letter}", exact=True).click()
    for attempt in range(4):
        box.click()
        # The list shows no more than fits: what is typed brings the rest up.
        box.fill(option)
        try:
            page.get_by_role("option", name=option, exact=True).first.click(timeout=4_000)
            return
        except TimeoutError:
            # A part that was drawn again took the list with it.
            if attempt == 3:
                raise
            page.keyboard.press("Escape")


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def fits(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    )


def unharmed(page: Page, watch: Watch) -> None:
    """No traceback on the page, nothing in the console, nobody else asked."""
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    # Streamlit looks for its own health below the page's address before it does at the root.
    assert [text for text in watch.errors if "404 (Not Found)" not in text] == []
    assert watch.strangers == []


@SIGHTS
def test_a_loaded_map_stands_in_any_place_of_a_comparison(page: Page, watch: Watch) -> None:
    use(page, "My map")
    expect(page.locator(".st-key-part-figures")).to_contain_text(
        "Beside the figures: DeepState’s map of 1 November 2025, the nearest in date."
    )
    expect(page.locator(".st-key-part-figures tr[data-side=ukraine]")).to_contain_text("DeepState")
    go(page, "Compare")
    expect(page.locator("h1")).to_contain_text(
        "My map, 10 November 2025, and DeepState, 1 November 2025"
    )
    expect(page.get_by_role("button", name="by DeepState, 1 November 2025")).to_be_visible()
    mine = brief(page, "A").inner_text()
    assert brief(page, "B").inner_text() != mine
    # The first is now a bundled one, the second the loaded one; the date follows.
    choose(page, "A", "Assessed by", "Owl")
    expect(panel(page, "A").locator(".atlas-small").first).to_contain_text("Owl, 1 November 2025")
    choose(page, "B", "Assessed by", "My map · your file")
    expect(panel(page, "B").locator(".atlas-small").first).to_contain_text(
        "My map, 10 November 2025"
    )
    expect(brief(page, "B")).to_have_text(mine)
    expect(page.get_by_role("button", name="by My map, 10 November 2025")).to_be_visible()
    page.wait_for_url("**b=date~2025-11-10~source~loaded**")
    expect(page.locator(".atlas-compared tr[data-measure=area_km2] td").first).to_be_visible()
    assert "loaded-" not in page.url
    assert fits(page)
    unharmed(page, watch)


def test_a_name_is_shown_as_it_was_given(page: Page, watch: Watch) -> None:
    use(page, MARKDOWN)
    go(page, "Compare")
    choose(page, "A", "Assessed by", "Owl")
    button = page.locator(".st-key-compare-own button").first
    expect(button).to_have_text(f"by {MARKDOWN}, 10 November 2025")
    expect(button.locator("img, a, strong, code, .katex, [style*=color]")).to_have_count(0)
    unharmed(page, watch)


def test_a_map_that_is_taken_away_leaves_a_sentence_everywhere(
    page: Page, watch: Watch, chromium: Browser, address: str
) -> None:
    use(page, "My map")
    go(page, "Compare")
    expect(page.locator("h1")).to_contain_text("My map")
    choose(page, "A", "Assessed by", "Owl")
    expect(page.get_by_role("button", name="by My map, 10 November 2025")).to_be_visible()
    choose(page, "B", "Assessed by", "My map · your file")
    page.wait_for_url("**b=date~2025-11-10~source~loaded**")
    # Nobody else has it, whoever opens the link.
    context = chromium.new_context(base_url=address)
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator(".st-key-part-verdict .atlas-notice").first).to_contain_text(
        "Scenario B: Left out of the link: a control map from a file is in no link"
    )
    expect(other.locator(".st-key-panel-B")).not_to_contain_text("My map")
    complete(other)
    other.get_by_text("Change B", exact=True).click()
    box = other.locator(".st-key-panel-B").get_by_role("combobox", name="Assessed by")
    for _ in range(5):
        box.click()
        other.wait_for_timeout(1000)
        if other.get_by_role("option").count():
            break
    expect(other.get_by_role("option")).to_have_text(["DeepState", "Owl"])
    context.close()
    go(page, "Time")
    expect(page.locator("h1")).to_contain_text("What changed hands")
    page.get_by_role("radio", name="Yours").click()
    expect(page.locator("h1")).to_contain_text("What My map shows otherwise than Owl")
    go(page, "Load")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".st-key-answer")).not_to_contain_text("My map")
    sentence = "My map was taken away: DeepState’s map of 1 November 2025 stands in its place."
    go(page, "Time")
    expect(page.locator(".st-key-notices .atlas-notice")).to_contain_text(sentence)
    expect(page.get_by_role("radio", name="Yours")).to_have_count(0)
    expect(page.locator(".player")).not_to_contain_text("My map")
    unharmed(page, watch)
    go(page, "Compare")
    expect(panel(page, "B").locator(".atlas-notice")).to_contain_text("My map was taken away")
    choose(page, "B", "Where", "Whole line of contact")
    expect(panel(page, "B").locator(".atlas-notice")).to_have_count(0)
    expect(page.get_by_text("My map")).to_have_count(0)
    unharmed(page, watch)


@SIGHTS
def test_drawings_stand_beside_each_other(page: Page, watch: Watch) -> None:
    page.goto(f"/compare?{DRAWN}")
    expect(brief(page, "A")).to_have_text("1,457 km²")
    choose(page, "A", "Where", "Pocket · drawn")
    expect(panel(page, "A").locator(".atlas-small").first).to_contain_text("· Pocket")
    expect(page.locator("h1")).to_contain_text("Ukraine pulls back 4 km")
    choose(page, "B", "Where", "River · drawn")
    expect(panel(page, "B").locator("h2")).to_contain_text("from the line drawn")
    expect(panel(page, "B").locator(".atlas-small").first).to_contain_text("· River")
    page.wait_for_url("**line~**")
    figures = [brief(page, letter).inner_text() for letter in "AB"]
    page.goto("about:blank")
    page.go_back()
    expect(brief(page, "A")).to_have_text(figures[0])
    expect(brief(page, "B")).to_have_text(figures[1])
    page.get_by_text("Change B", exact=True).click()
    expect(panel(page, "B").get_by_role("combobox", name="Where")).to_have_value("River · drawn")
    assert asked(page)["drawn"] == drawing.pack((AREA, LINE))
    assert fits(page)
    unharmed(page, watch)


@SIGHTS
def test_a_loaded_map_takes_part_in_time(page: Page, watch: Watch) -> None:
    use(page, "My map")
    go(page, "Time")
    expect(page.locator("h1")).to_have_text(
        "What My map shows otherwise than DeepState on 1 November 2024"
    )
    expect(page.locator(".player #day")).to_have_text("10 November 2025 (My map)")
    expect(page.get_by_role("radio", name="Yours")).to_be_checked()
    # While the film is being made, the page is drawn again and again.
    expect(page.locator(".player #play")).to_be_enabled(timeout=FILM_MS)
    page.get_by_role("button", name="Nearest date").click()
    expect(page.locator("h1")).to_contain_text("on 1 November 2025")
    expect(page.locator(".st-key-part-ground")).to_contain_text("by different assessors")
    dot = page.locator(".st-key-time-charts svg.marks").first.get_by_text("My map · your file")
    dot.wait_for(timeout=FILM_MS)
    assert fits(page)
    # To the next map of the assessor by keyboard, and back to one's own by the chooser.
    page.get_by_role("slider", name="Date").press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("What changed hands")
    expect(page.get_by_role("radio", name="DeepState")).to_be_checked()
    page.get_by_role("radio", name="Yours").click()
    expect(page.locator("h1")).to_contain_text("What My map shows otherwise than DeepState")
    unharmed(page, watch)
