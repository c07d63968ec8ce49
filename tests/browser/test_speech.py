"""One click to the other language, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


def spoken(page: Page) -> str:
    return str(page.evaluate("document.documentElement.lang"))


def test_one_click_changes_the_language_and_the_link_keeps_it(page: Page, watch: Watch) -> None:
    page.goto("/?ukraine=7")
    heading = page.locator("h1")
    expect(heading).to_contain_text("Ukraine")
    assert spoken(page) == "en"
    page.get_by_role("button", name="Українська").click()
    expect(heading).to_contain_text("Україна")
    expect(page).to_have_url(re.compile("ukraine=7.*lang=uk"))
    page.wait_for_function("document.documentElement.lang === 'uk'")
    page.reload()
    expect(heading).to_contain_text("Україна")
    page.get_by_role("link", name="Порівняння").click()
    expect(page).to_have_url(re.compile("/compare.*ukraine=7.*lang=uk"))
    page.get_by_role("button", name="English").click()
    expect(page).not_to_have_url(re.compile("lang="))
    page.get_by_role("link", name="Scenario").click()
    expect(heading).to_contain_text("Ukraine")
    assert spoken(page) == "en"
    assert watch.errors == []


def test_an_unknown_language_is_said_and_english_shown(page: Page) -> None:
    page.goto("/?ukraine=7&lang=tlh")
    said = page.locator(".st-key-notices")
    expect(said).to_contain_text("Left out of the link: the language")
    assert spoken(page) == "en"
