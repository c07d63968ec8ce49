"""The page on sources and method in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from data import catalog, upstream
from geo.scenario import presets
from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


def test_names_every_dataset_proposal_and_statement(page: Page, watch: Watch) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sources and method").click()
    expect(page.locator("h1")).to_have_text("Sources and method")
    tables = page.locator("table.atlas-table")
    expect(tables).to_have_count(4)
    text = " ".join(tables.all_inner_texts())
    for entry in catalog.datasets().values():
        assert entry.title in text
        assert entry.licence in text
    for source in upstream.upstreams().values():
        for part in (source.title, source.licence, source.terms, *source.hosts):
            assert part in text
    for proposal in presets().values():
        assert proposal.reported_in in text
        assert proposal.date_text in text
    for said in ("1,500 attack drones", "196,200", "Ukrinform", "six locations"):
        assert said in text
    assert watch.errors == []
    assert watch.strangers == []


def test_the_scenario_survives_a_visit(page: Page) -> None:
    page.goto("/?ukraine=8&russia=8")
    expect(page.locator("h1")).to_contain_text("8 km")
    page.get_by_role("link", name="Sources and method").click()
    expect(page.locator("h1")).to_have_text("Sources and method")
    page.get_by_role("link", name="Scenario").click()
    expect(page.locator("h1")).to_contain_text("8 km")
