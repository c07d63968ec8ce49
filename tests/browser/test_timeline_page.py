"""The time page in a real browser: what a reader sees, plays, reaches by keyboard and saves."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from geo import control, timeline
from tests.browser import drive
from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser

SIGHTS = pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)
# The first time, the maps of all dates are worked out; then they are kept in a file.
FIRST_MS = 240_000


def opened(page: Page, watch: Watch, query: str = "") -> None:
    """Open the page by its address and wait until all of it is there."""
    page.goto(f"/time{query}")
    whole(page, watch)


def whole(page: Page, watch: Watch) -> None:
    expect(player(page).locator("#play")).to_be_enabled(timeout=FIRST_MS)
    page.locator(".st-key-time-charts svg.marks").nth(1).wait_for(timeout=FIRST_MS)
    page.locator(".st-key-part-zones [data-measure=area_km2]").first.wait_for()
    drive.map_frame(page).locator(".leaflet-line-pane path").first.wait_for()
    # Streamlit looks for its own health below the page's address before it does at the root.
    watch.errors[:] = [text for text in watch.errors if "404 (Not Found)" not in text]


def player(page: Page) -> Locator:
    return page.locator(".player")


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Date")


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def figure(page: Page, name: str) -> float:
    return float(player(page).locator(f"[data-figure={name}] b").inner_text().replace(",", ""))


def day(page: Page) -> str:
    return player(page).locator("#day").inner_text()


def front(page: Page) -> str:
    """The line that the film shows, as it is drawn."""
    line = drive.map_frame(page).locator(".leaflet-film-line-pane path").last
    return line.get_attribute("d") or ""


def filming(page: Page) -> Locator:
    return drive.map_frame(page).locator(".leaflet-container.atlas-film")


@pytest.fixture
def sent(page: Page) -> list[int]:
    """Sizes of what the browser sends to the server."""
    sizes: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda frame: sizes.append(len(frame or ""))),
    )
    return sizes


@SIGHTS
def test_opens_on_the_figures_of_the_engine(page: Page, watch: Watch) -> None:
    opened(page, watch, "?date=2025-12-14&source=owl&then=2024-08-01")
    before, after = (
        control.load(dt.date.fromisoformat(text), "owl") for text in ("2024-08-01", "2025-12-14")
    )
    found = timeline.changed(before, after)
    assert figure(page, "line") == round(after.line_km)
    assert figure(page, "russia") == round(found.sides["area_km2"].to_dict()["russia"])
    assert figure(page, "share") == round(100 * timeline.figures(after)["kyiv_share"], 1)
    assert page.locator("h1").inner_text() == "What changed hands since 1 August 2024"
    donetsk = page.locator(".st-key-part-ground tr", has_text="Donetsk Oblast").first
    largest = found.by_oblast.iloc[0]
    assert f"{largest['area_km2']:,.0f} km²" in donetsk.inner_text()
    expect(filming(page)).to_have_count(0)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    assert watch.errors == []
    assert watch.strangers == []


def test_playing_asks_nothing_of_the_server(page: Page, watch: Watch, sent: list[int]) -> None:
    opened(page, watch, "?date=2024-08-01&then=2024-08-01")
    page.wait_for_timeout(1000)
    before = len(sent)
    page.get_by_role("button", name="Play").click()
    seen = {}
    for _ in range(300):
        seen[day(page)] = front(page)
        if len(seen) > 5:
            break
        page.wait_for_timeout(100)
    # Frame by frame, each with a line of its own.
    assert len(seen) > 5
    assert len(set(seen.values())) == len(seen)
    assert len(sent) == before
    expect(filming(page)).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    stopped = day(page)
    expect(filming(page)).to_have_count(0)
    page.wait_for_function("new URL(location).searchParams.get('date') != '2024-08-01'")
    date = dt.date.fromisoformat(asked(page)["date"])
    assert stopped == f"{date.day} {date:%B %Y}"
    assert figure(page, "line") == round(control.load(date, "deepstate").line_km)
    expect(player(page).locator("[role=status]")).to_contain_text(f"{stopped}: line of contact")
    assert watch.errors == []


def test_a_film_ends_on_the_newest_map(page: Page, watch: Watch) -> None:
    opened(page, watch, "?date=2026-06-01&then=2026-01-01")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(slider(page)).to_have_value("28")
    page.wait_for_function("new URL(location).searchParams.get('date') == '2026-08-01'")


def test_a_date_is_reached_by_keyboard(page: Page, watch: Watch) -> None:
    opened(page, watch)
    slider(page).focus()
    for key, value, text in (
        ("Home", 0, "1 August 2024"),
        ("ArrowRight", 1, "1 September 2024"),
        ("End", 28, "1 August 2026"),
        ("ArrowLeft", 27, "1 July 2026"),
    ):
        page.keyboard.press(key)
        expect(slider(page)).to_have_value(str(value))
        expect(slider(page)).to_have_attribute("aria-valuetext", text)
        assert day(page) == text
    page.wait_for_function("new URL(location).searchParams.get('date') == '2026-07-01'")
    expect(filming(page)).to_have_count(0)
    expect(slider(page)).to_be_focused()
    expect(player(page).locator("[role=status]")).to_contain_text("1 July 2026")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Play")).to_be_focused()


def test_who_wants_no_motion_goes_from_date_to_date(
    chromium: Browser, address: str, watch: Watch
) -> None:
    context = chromium.new_context(base_url=address, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    opened(page, watch, "?date=2025-02-01&then=2024-08-01")
    page.get_by_role("button", name="Next date").click()
    assert day(page) == "1 March 2025"
    page.wait_for_timeout(1500)
    assert day(page) == "1 March 2025"
    page.wait_for_function("new URL(location).searchParams.get('date') == '2025-03-01'")
    context.close()


def test_a_link_holds_the_question(page: Page, watch: Watch) -> None:
    opened(page, watch, "?date=2025-10-01&source=owl&then=2025-04-02&show=zones&ukraine=12")
    assert day(page) == "1 October 2025"
    expect(page.locator(".st-key-time-show [aria-checked=true]")).to_have_text("The zones")
    frame = drive.map_frame(page)
    expect(frame.locator("path.atlas-zone").first).to_be_attached()
    expect(frame.locator(".atlas-legend")).to_contain_text("Ukraine’s zone, 2 April 2025")
    link = asked(page)
    assert (link["then"], link["show"], link["date"]) == ("2025-04-02", "zones", "2025-10-01")
    page.get_by_role("radio", name="Changed ground").click()
    expect(frame.locator("path.atlas-to-russia").first).to_be_attached()
    page.wait_for_function("!new URL(location).searchParams.has('show')")
    page.get_by_role("button", name="The oldest map").click()
    expect(page.locator("h1")).to_have_text("What changed hands since 1 August 2024")
    page.get_by_role("radio", name="DeepState").click()
    page.wait_for_function("new URL(location).searchParams.get('source') == 'deepstate'")
    expect(page.locator(".atlas-sub")).to_contain_text("DeepState")
    # The question goes along to the other pages and comes back.
    page.get_by_role("link", name="Scenario").click()
    expect(page.locator(".atlas-sub")).to_contain_text("1 October 2025")
    assert watch.errors == []


def test_where_the_map_looks_is_in_the_link(page: Page, watch: Watch) -> None:
    opened(page, watch, "?view=48.5000_37.2500_9.00")
    frame = drive.map_frame(page)
    assert asked(page)["view"] == "48.5000_37.2500_9.00"
    frame.get_by_role("button", name="Zoom out").click()
    expect(page).to_have_url(re.compile(r"view=48\.5\d+_37\.2\d+_8\.25"))
    frame.get_by_role("button", name="Fit the scenario").click()
    expect(page).not_to_have_url(re.compile("view="))


def test_a_damaged_link_says_what_was_left_out(page: Page, watch: Watch) -> None:
    opened(page, watch, "?then=2025-13-45&show=tanks")
    notices = page.locator(".st-key-notices [role=alert]")
    expect(notices).to_have_count(2)
    expect(notices.first).to_contain_text("is no date")
    assert asked(page)["then"] == "2024-12-01"


def test_dates_without_a_change_are_said(page: Page, watch: Watch) -> None:
    opened(page, watch, "?date=2025-12-15&source=owl&then=2025-12-13")
    ground = page.locator(".st-key-part-ground")
    expect(ground).to_contain_text("The two maps show the same ground.")
    expect(ground).to_contain_text("The map did not change: 13 December 2025 to 15 December 2025.")


def downloaded(page: Page, label: str) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    return Path(waiting.value.path()).read_text("utf-8")


def test_saves_the_ground_and_the_series(page: Page, watch: Watch) -> None:
    opened(page, watch, "?date=2025-12-14&then=2024-08-01")
    page.locator("[class*=st-key-save-format] input").click()
    page.get_by_role("option", name="GeoJSON", exact=True).click()
    document = json.loads(downloaded(page, "Save"))
    assert document["net_km2"] == pytest.approx(6445.2, abs=0.1)
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "Series (CSV)"))))
    assert {row["source"] for row in rows} == set(control.SOURCES.values())
    assert len(rows) == 58
    assert re.fullmatch(r"\d+\.\d", rows[0]["line_km"])
