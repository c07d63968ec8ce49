"""Saving what is on screen, in a real browser, and opening what was saved."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from matplotlib import image
from playwright.sync_api import Page, expect

from geo import passport
from tests.browser.conftest import Watch
from tests.browser.test_scenario_page import in_map, opened

pytestmark = pytest.mark.browser

LONG_S = 120


def choose(page: Page, label: str) -> None:
    """Choose a format in the list."""
    box = page.locator("[class*=st-key-save-format] input")
    # A list that is open closes where the page scrolls.
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    box.click()
    page.get_by_role("option", name=label, exact=True).click()


def save(page: Page, target: Path, label: str | None = None) -> Path:
    """Save what is on screen in a format; the file."""
    if label is not None:
        choose(page, label)
    button = page.locator(".st-key-save-button button")
    expect(button).to_be_enabled()
    # A server's first picture takes long where others are drawn on the same machine.
    with page.expect_download(timeout=1000 * LONG_S) as waiting:
        button.click()
    file = target / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def drop(page: Page, file: Path) -> None:
    """Drop a file onto the middle of the page, over the map."""
    held = page.evaluate_handle(
        """([name, letters]) => {
            const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
            const held = new DataTransfer();
            held.items.add(new File([bytes], name));
            return held;
        }""",
        [file.name, base64.b64encode(file.read_bytes()).decode()],
    )
    page.dispatch_event("h1", "dragenter", {"dataTransfer": held})
    cover = page.locator(".atlas-drop")
    expect(cover).to_have_text("Drop a saved file to open it")
    page.dispatch_event(".atlas-drop", "drop", {"dataTransfer": held})
    expect(cover).to_have_count(0)


def test_every_format_is_saved_and_nothing_else_is_drawn_again(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    opened(page, "?ukraine=10&russia=10")
    in_map(page, "window.atlasMark = 2")
    pieces = {
        "Picture (PNG)": b"\x89PNG",
        "Picture to print (PDF)": b"%PDF",
        "Web page with the map": b"<!DOCTYPE html>",
        "GeoPackage": b"SQLite format 3",
        "All of these (ZIP)": b"PK",
    }
    for label, begins in pieces.items():
        content = save(page, tmp_path, label).read_bytes()
        assert content.lstrip()[: len(begins)].lower() == begins.lower(), label
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {"README.txt", "sources.json"} <= set(packed.namelist())
    assert in_map(page, "window.atlasMark") == 2
    assert watch.errors == []


def test_a_picture_shows_what_the_map_shows(page: Page, tmp_path: Path) -> None:
    frame = opened(page)
    whole = image.imread(io.BytesIO(save(page, tmp_path).read_bytes()), format="png")
    zoom = frame.locator(".leaflet-control-zoom-in")
    for _click in range(3):
        zoom.click()
        page.wait_for_timeout(400)
    near = image.imread(io.BytesIO(save(page, tmp_path).read_bytes()), format="png")
    assert near.shape == whole.shape
    assert (abs(near - whole).max(axis=2) > 0.1).mean() > 0.1
    page.get_by_role("button", name="Size and look").click()
    page.get_by_role("radio", name="All of it").click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(800)
    again = image.imread(io.BytesIO(save(page, tmp_path).read_bytes()), format="png")
    assert (again == whole).all()


def test_what_was_chosen_outlasts_another_language(page: Page, tmp_path: Path) -> None:
    frame = opened(page)
    choose(page, "Picture to edit (SVG)")
    look = page.get_by_role("button", name="Size and look")
    look.click()
    page.get_by_role("combobox", name="Size", exact=True).click()
    page.get_by_role("option", name="Square").click()
    page.get_by_role("radio", name="Greyscale").click()
    page.keyboard.press("Escape")
    page.get_by_text("Українська").first.click()
    expect(page.locator("h1")).to_contain_text("Обидві сторони")
    box = page.get_by_role("combobox", name="Зберегти як")
    expect(box).to_have_value("Для редагування (SVG)")
    page.get_by_role("button", name="Розмір і вигляд").click()
    expect(page.get_by_role("combobox", name="Розмір", exact=True)).to_have_value("Квадрат")
    expect(page.get_by_role("radio", name="Сірі")).to_be_checked()
    page.keyboard.press("Escape")
    whole = save(page, tmp_path).read_text("utf-8")
    width, height = re.search(r'viewBox="0 0 (\S+) (\S+)"', whole).groups()  # type: ignore[union-attr]
    assert width == height
    assert "Обидві сторони" in whole
    frame.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(400)
    assert save(page, tmp_path).read_text("utf-8") != whole


def test_a_file_is_of_the_step_that_was_just_taken(page: Page, tmp_path: Path) -> None:
    opened(page)
    choose(page, "GeoJSON")
    page.locator("#ukraine").focus()
    for _step in range(6):
        page.keyboard.press("ArrowRight")
    file = save(page, tmp_path)
    assert "ukraine-8" in file.name
    (asked,) = json.loads(file.read_text("utf-8"))[passport.KEY]["scenarios"]
    assert asked["ukraine_km"] == 8.0


@pytest.mark.parametrize("label", ["Picture (PNG)", "Picture to print (PDF)", "GeoJSON"])
def test_a_dropped_file_opens_the_same_scenario(page: Page, tmp_path: Path, label: str) -> None:
    opened(page, "?ukraine=7.5&russia=3&extent=Kherson+Oblast&date=2025-12-01")
    title = page.locator("h1").inner_text()
    file = save(page, tmp_path, label)
    opened(page)
    expect(page.locator("h1")).not_to_have_text(title)
    drop(page, file)
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator(".st-key-notices")).to_contain_text(f"Opened from {file.name}")
    expect(page.locator(".st-key-notices")).to_contain_text("Nothing has changed since")
    expect(page).to_have_url(re.compile("extent=Kherson"))


def test_what_has_changed_since_is_told(page: Page, tmp_path: Path) -> None:
    opened(page)
    file = save(page, tmp_path, "GeoJSON")
    document = json.loads(file.read_text("utf-8"))
    said = document[passport.KEY]
    said["sources"][0]["sha256"] = "0" * 64
    said["figures"][0]["ukraine"]["area_km2"] /= 2
    file.write_text(json.dumps(document), "utf-8")
    drop(page, file)
    notices = page.locator(".st-key-notices")
    expect(notices).to_contain_text("has changed since")
    expect(notices).to_contain_text("+100.00%")


def test_a_strange_file_gets_a_sentence_and_changes_nothing(page: Page, tmp_path: Path) -> None:
    opened(page, "?ukraine=7")
    title = page.locator("h1").inner_text()
    file = tmp_path / "strange.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\nnothing of ours")
    drop(page, file)
    expect(page.locator(".st-key-reopen .atlas-notice")).to_contain_text("strange.png")
    expect(page.locator("h1")).to_have_text(title)


def test_a_comparison_opens_on_its_page(page: Page, tmp_path: Path) -> None:
    page.goto("/compare?ukraine=10&russia=10&extent=all")
    expect(page.locator(".st-key-compare-save")).to_be_visible()
    title = page.locator("h1").inner_text()
    file = save(page, tmp_path, "GeoJSON")
    opened(page)
    drop(page, file)
    expect(page).to_have_url(re.compile("/compare"))
    expect(page.locator("h1")).to_have_text(title)


def test_changed_ground_opens_on_its_page(page: Page, tmp_path: Path) -> None:
    page.goto("/time?date=2025-12-14&then=2025-06-01")
    title = page.locator("h1").inner_text()
    document = json.loads(save(page, tmp_path, "GeoJSON").read_text("utf-8"))
    assert document[passport.KEY]["kind"] == "change"
    file = tmp_path / "again.geojson"
    file.write_text(json.dumps(document), "utf-8")
    opened(page)
    drop(page, file)
    expect(page).to_have_url(re.compile("/time.*then=2025-06-01"))
    expect(page.locator("h1")).to_have_text(title)
