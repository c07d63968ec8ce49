"""The compare page in a real browser: two to four scenarios beside each other."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FrameLocator, Page, WebSocket, expect

from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser


def opened(page: Page, query: str = "", *, maps: int = 2) -> None:
    """Open the page and wait until every map and every part is there."""
    page.goto(f"/compare{query}")
    drawn(page, maps)


def drawn(page: Page, maps: int = 2) -> None:
    names = "ABCD"[:maps] if maps > 1 else ["differences"]
    for name in names:
        line = frame(page, name).locator(".leaflet-line-pane path")
        line.first.wait_for(state="attached")
    expect(page.locator("iframe[title*=st_folium]")).to_have_count(maps)
    complete(page)


def complete(page: Page) -> None:
    """Wait until every part answers what is on screen."""
    page.wait_for_function(
        """() => {
          const parts = [...document.querySelectorAll("[class*='st-key-part-']")];
          return parts.length >= 3 && parts.every(part => part.ariaBusy === "false");
        }""",
        timeout=60_000,
    )


def frame(page: Page, letter: str) -> FrameLocator:
    return page.frame_locator(f".st-key-map-{letter} iframe")


def in_map(page: Page, letter: str, script: str) -> object:
    """Evaluate in the frame of a scenario's map."""
    element = page.query_selector(f".st-key-map-{letter} iframe")
    assert element is not None
    inner = element.content_frame()
    assert inner is not None
    return inner.evaluate(script)


def view(page: Page, letter: str) -> list[float]:
    found = in_map(
        page,
        letter,
        "[map.getZoom(), +map.getCenter().lat.toFixed(3), +map.getCenter().lng.toFixed(3)]",
    )
    assert isinstance(found, list)
    return found


def brief(page: Page, letter: str, side: str, measure: str) -> str:
    return page.locator(
        f".st-key-panel-{letter} tr[data-side={side}] td[data-measure={measure}]"
    ).inner_text()


def row(page: Page, measure: str, side: str) -> list[str]:
    return page.locator(
        f".atlas-compared tr[data-measure={measure}][data-side={side}] td"
    ).all_inner_texts()


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def own_errors(watch: Watch) -> list[str]:
    # Streamlit looks for its own settings below the page's address before it looks above.
    return [text for text in watch.errors if "404 (Not Found)" not in text]


@pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)
def test_opens_on_the_scenario_beside_its_counterpart(page: Page, watch: Watch) -> None:
    opened(page)
    expect(page.locator("h1")).to_have_text(
        "Both sides pull back 5 km in Donetsk Oblast: DeepState and Owl"
    )
    assert brief(page, "A", "ukraine", "area_km2") == "1,457 km²"
    assert brief(page, "B", "ukraine", "area_km2") == "1,243 km²"
    assert row(page, "area_km2", "ukraine") == ["1,457 km²", "1,243 km²", "−214 km²", "×0.85"]
    assert row(page, "rail_km", "both") == ["no data", "no data", "–", "–"]
    expect(page.locator(".st-key-part-verdict")).to_contain_text("ground −214 km² (×0.85)")
    expect(page.locator(".atlas-pairs tbody tr")).to_have_text(
        [re.compile("^Only in A.*496"), re.compile("^Only in B.*282"), re.compile("^In both.*961")]
    )
    expect(page.locator(".st-key-settlements canvas").first).to_be_visible()
    assert view(page, "A") == view(page, "B")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert own_errors(watch) == []
    assert watch.strangers == []


def test_maps_move_together_without_a_rerun(page: Page) -> None:
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))

    page.on("websocket", listen)
    opened(page)
    assert sent
    sent.clear()
    before = view(page, "B")
    box = page.locator(".st-key-map-A iframe").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=4)
    # While it is being dragged, the other follows already.
    during = in_map(page, "B", "+map.getCenter().lng.toFixed(3)")
    page.mouse.move(x - 120, y - 80, steps=4)
    page.mouse.up()
    page.wait_for_timeout(800)
    assert during != before[2]
    assert view(page, "A") == pytest.approx(view(page, "B"), abs=0.005)
    assert view(page, "B") != before
    # And the other way round, zooming.
    frame(page, "B").get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(900)
    assert view(page, "A") == pytest.approx(view(page, "B"), abs=0.005)
    assert view(page, "A")[0] > before[0]
    # The fit button takes both back to all of both.
    frame(page, "A").get_by_role("button", name="Fit the scenario").click()
    page.wait_for_timeout(600)
    assert view(page, "A") == pytest.approx(before, abs=0.01)
    assert view(page, "B") == pytest.approx(before, abs=0.01)
    assert sent == []


def test_where_the_maps_look_is_in_the_link(page: Page) -> None:
    opened(page)
    assert "view" not in asked(page)
    frame(page, "B").get_by_role("button", name="Zoom in").click()
    expect(page).to_have_url(re.compile("view="))
    page.wait_for_timeout(900)
    before = view(page, "A")
    page.reload()
    drawn(page)
    assert view(page, "A") == pytest.approx(before, abs=0.005)
    assert view(page, "B") == pytest.approx(before, abs=0.005)
    frame(page, "A").get_by_role("button", name="Fit the scenario").click()
    expect(page).not_to_have_url(re.compile("view="))


def test_a_ring_shows_on_the_other_map_where_the_pointer_is(page: Page) -> None:
    opened(page)
    page.locator(".st-key-map-A iframe").hover()
    expect(frame(page, "B").locator(".atlas-ring")).to_be_visible()
    expect(frame(page, "A").locator(".atlas-ring")).to_be_hidden()
    page.locator("h1").hover()
    expect(frame(page, "B").locator(".atlas-ring")).to_be_hidden()


def test_a_step_draws_one_scenario_and_what_follows_from_it(page: Page) -> None:
    opened(page)
    for letter in "AB":
        in_map(page, letter, "window.atlasMark = 1")
    other = frame(page, "A").locator("path.atlas-ukraine").first.get_attribute("d")
    mine = frame(page, "B").locator("path.atlas-ukraine").first.get_attribute("d")
    page.get_by_text("Change B").click()
    slider = page.locator(".st-key-panel-B input[type=range]").first
    slider.focus()
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    expect(
        page.locator(".st-key-panel-B tr[data-side=ukraine] td[data-measure=area_km2]")
    ).not_to_have_text("1,243 km²")
    expect(page.locator("h1")).to_contain_text("pull back 7 km")
    page.wait_for_url("**b=source~owl~ukraine~7~russia~7**")
    complete(page)
    shown = page.locator(".atlas-compared tr[data-measure=area_km2][data-side=ukraine] td")
    expect(shown.nth(0)).to_have_text("1,457 km²")
    expect(shown.nth(1)).to_have_text(brief(page, "B", "ukraine", "area_km2"))
    assert frame(page, "A").locator("path.atlas-ukraine").first.get_attribute("d") == other
    assert frame(page, "B").locator("path.atlas-ukraine").first.get_attribute("d") != mine
    # No map was built anew.
    assert [in_map(page, letter, "window.atlasMark") for letter in "AB"] == [1, 1]


def test_one_click_makes_a_counterpart(page: Page) -> None:
    opened(page, "?ukraine=10&russia=0&extent=Donetsk%20Oblast")
    # Only one side moves: the mirror is the most interesting.
    expect(page.get_by_role("button", name="with the sides swapped")).to_be_enabled()
    assert asked(page)["b"] == "ukraine~0~russia~10"
    page.get_by_role("button", name="by Owl").click()
    page.wait_for_url("**b=source~owl**")
    drawn(page)
    expect(page.locator("h1")).to_contain_text("DeepState and Owl")
    page.get_by_role("button", name="on 1 December 2024").click()
    page.wait_for_url("**b=date~2024-12-01**")
    drawn(page)
    expect(page.locator("h1")).to_contain_text("14 December 2025 and 1 December 2024")
    page.get_by_role("button", name="with the sides swapped").click()
    page.wait_for_url("**b=ukraine~0~russia~10**")
    drawn(page)
    assert brief(page, "B", "ukraine", "area_km2") == "0 km²"
    assert row(page, "area_km2", "russia")[3] == "–"


def test_adding_removing_and_the_link_of_four(page: Page) -> None:
    opened(page)
    for choice, maps in (("A on 1 December 2024", 3), ("Both sides pull back 15 km (May 2025)", 4)):
        page.get_by_role("combobox", name="Add a scenario").click()
        page.get_by_role("option", name=choice).click()
        drawn(page, maps)
    expect(page.locator("h1")).to_have_text("4 scenarios beside each other")
    expect(page.get_by_role("combobox", name="Add a scenario")).to_have_count(0)
    assert len(page.url) < 2000
    figures = [row(page, "residents_2022", side) for side in ("ukraine", "russia", "both")]
    assert [len(cells) for cells in figures] == [10, 10, 10]
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    drawn(page, 4)
    assert [row(page, "residents_2022", s) for s in ("ukraine", "russia", "both")] == figures
    assert page.url == link
    # Notes of the proposal stand with its controls.
    page.get_by_text("Change D").click()
    panel = page.locator(".st-key-panel-D")
    expect(panel).to_contain_text("Keith Kellogg, for Kyiv's position, May 2025")
    expect(panel).to_contain_text("Reported in Kommersant, 6 May 2025.")
    page.get_by_text("Change B").click()
    page.get_by_role("button", name="Remove B").click()
    drawn(page, 3)
    expect(page.locator("h1")).to_have_text("3 scenarios beside each other")
    assert asked(page)["b"] == "date~2024-12-01"
    assert "d" not in asked(page)


def test_removing_the_first_makes_the_second_the_scenario(page: Page) -> None:
    opened(page, "?b=source~owl&c=ukraine~15", maps=3)
    page.get_by_text("Change A").click()
    page.get_by_role("button", name="Remove A").click()
    drawn(page, 2)
    assert asked(page)["source"] == "owl"
    page.get_by_role("link", name="Scenario").click()
    expect(page.locator(".atlas-sub")).to_contain_text("Owl")


def test_differences_on_one_map(page: Page, watch: Watch) -> None:
    opened(page, "?b=source~owl&c=date~2024-12-01", maps=3)
    page.get_by_role("radio", name="Differences").click()
    drawn(page, 1)
    one = page.frame_locator(".st-key-map-differences iframe")
    legend = one.locator(".atlas-legend")
    expect(legend).to_contain_text("Ukraine’s side: 496 km² only in A")
    expect(legend).to_contain_text("Russia’s side: 979 km² in both")
    for kind in ("first", "second", "shared"):
        for side in ("ukraine", "russia"):
            path = one.locator(f"path.atlas-{kind}-{side}").first
            assert (path.get_attribute("d") or "").count("L") > 10
    page.get_by_role("radio", name="B and C").click()
    expect(legend).to_contain_text("only in C")
    page.wait_for_url("**show=differences&pair=BC**")
    page.reload()
    drawn(page, 1)
    expect(one.locator(".atlas-legend")).to_contain_text("only in C")
    assert own_errors(watch) == []


def test_damaged_links_open_with_what_is_valid(page: Page) -> None:
    opened(page, "?ukraine=8&russia=8&b=source~nobody~ukraine~12&c=zzz&d=ukraine~99", maps=3)
    notices = page.locator(".st-key-part-verdict .atlas-notice")
    expect(notices).to_have_count(3)
    expect(notices.nth(0)).to_contain_text("Scenario B: Left out of the link: there is no source")
    expect(notices.nth(1)).to_contain_text("Scenario C: Left out of the link: it is cut off")
    expect(notices.nth(2)).to_contain_text("the distance for Ukraine is '99'")
    assert asked(page)["b"] == "ukraine~12"
    # What was said is over once something changes.
    page.get_by_role("button", name="by Owl").click()
    page.wait_for_url("**b=source~owl**")
    expect(notices).to_have_count(0)


def test_another_place_moves_all_maps_to_all_of_both(page: Page) -> None:
    opened(page)
    page.get_by_text("Change B").click()
    box = page.locator(".st-key-panel-B").get_by_role("combobox", name="Where")
    box.click()
    box.fill("Luhansk Oblast")
    page.get_by_role("option", name=re.compile("^Luhansk Oblast")).first.click()
    expect(page.locator(".st-key-panel-B h2")).to_contain_text("Luhansk Oblast")
    complete(page)
    bounds = "[map.getBounds().getSouth(), map.getBounds().getNorth()]"
    for letter in "AB":
        seen = in_map(page, letter, bounds)
        assert isinstance(seen, list)
        # From the south of Donetsk Oblast to the north of Luhansk Oblast.
        assert seen[0] < 46.9
        assert seen[1] > 50.0
    assert view(page, "A") == pytest.approx(view(page, "B"), abs=0.005)
    assert asked(page)["b"] == "source~owl~extent~Luhansk Oblast"


def test_a_proposal_is_a_starting_point(page: Page) -> None:
    opened(page, "?b=extent~all")
    panel = page.locator(".st-key-panel-B")
    page.get_by_text("Change B").click()
    slider = panel.get_by_role("slider", name="Ukraine pulls back")
    slider.press("ArrowRight")
    expect(panel.locator("h2")).to_contain_text("5.5 km")
    combobox = panel.get_by_role("combobox", name="Proposal")
    combobox.click()
    page.get_by_role("option", name=re.compile("^Ukraine leaves Donetsk, Russia stays")).click()
    expect(panel.locator("h2")).to_have_text(re.compile("Ukraine leaves Donetsk Oblast"))
    expect(panel).to_contain_text("Administration, police.")
    shown = page.locator(".atlas-compared tr[data-measure=area_km2][data-side=ukraine] td")
    expect(shown.nth(1)).to_have_text(brief(page, "B", "ukraine", "area_km2"))


def test_follows_the_scenario_page_until_something_is_chosen(page: Page) -> None:
    page.goto("/?ukraine=10&russia=0&extent=Donetsk%20Oblast")
    expect(page.locator("h1")).to_contain_text("Ukraine pulls back 10 km")
    page.get_by_role("link", name="Compare").click()
    drawn(page)
    expect(page.locator(".st-key-panel-B h2")).to_contain_text("Russia pulls back 10 km")
    page.get_by_role("link", name="Scenario").click()
    page.get_by_role("radio", name="Owl").click()
    expect(page.locator(".atlas-sub")).to_contain_text("(Owl)")
    page.get_by_role("link", name="Compare").click()
    drawn(page)
    assert asked(page)["source"] == "owl"
    assert asked(page)["b"] == "ukraine~0~russia~10"


def test_back_brings_the_scenarios_before(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="on 1 December 2024").click()
    page.wait_for_url("**b=date~2024-12-01**")
    drawn(page)
    page.go_back()
    page.wait_for_url("**b=source~owl**")
    expect(page.locator("h1")).to_contain_text("DeepState and Owl")


def test_the_figures_are_saved_with_their_questions(page: Page) -> None:
    opened(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Figures as CSV").click()
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    questions = {row["scenario"]: row["question"] for row in csv.DictReader(io.StringIO(text))}
    assert questions == {
        "A": "Both sides pull back 5 km in Donetsk Oblast (DeepState, 2025-12-14)",
        "B": "Both sides pull back 5 km in Donetsk Oblast (Owl, 2025-12-14)",
    }
