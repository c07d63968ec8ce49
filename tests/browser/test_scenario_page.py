"""The scenario page in a real browser: what a reader sees and does."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FrameLocator, Page, WebSocket, expect

from tests.browser import drive
from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser


def opened(page: Page, query: str = "") -> FrameLocator:
    """Open the page and wait until the zones are drawn."""
    page.goto(f"/{query}")
    frame = drive.map_frame(page)
    frame.locator("path.atlas-zone").first.wait_for(state="attached")
    return frame


def zone(frame: FrameLocator, side: str) -> str:
    return frame.locator(f"path.atlas-{side}").first.get_attribute("d") or ""


def figure(page: Page, side: str, measure: str) -> float:
    text = page.locator(f"tr[data-side={side}] td[data-measure={measure}] b").inner_text()
    return float(text.replace(",", ""))


def beside(page: Page, side: str, measure: str) -> str:
    """What stands under a figure."""
    return page.locator(f"tr[data-side={side}] td[data-measure={measure}] small").inner_text()


def complete(page: Page) -> None:
    """Wait until every part of the page answers the question on screen."""
    page.wait_for_function(
        """() => {
          const parts = [...document.querySelectorAll("[class*='st-key-part-']")];
          return parts.length >= 5 && parts.every(part => part.ariaBusy === "false");
        }""",
        timeout=60_000,
    )


def in_map(page: Page, script: str) -> object:
    """Evaluate in the map's frame; ``void`` where that gives the map, which takes long to copy."""
    element = page.query_selector("iframe[title*=st_folium]")
    assert element is not None
    inner = element.content_frame()
    assert inner is not None
    return inner.evaluate(script)


def choose(page: Page, label: str, option: str, *, exact: bool = True) -> None:
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=exact).first.click()


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)
def test_opens_on_the_answer(page: Page, watch: Watch) -> None:
    frame = opened(page)
    expect(page.locator("h1")).to_have_text("Both sides pull back 5 km in Donetsk Oblast")
    expect(page.locator(".atlas-sub")).to_contain_text("14 December 2025")
    assert figure(page, "ukraine", "area_km2") == pytest.approx(1456, rel=0.03)
    assert figure(page, "russia", "area_km2") == pytest.approx(1530, rel=0.03)
    # Painted: ground of every kind, each with a path that has more than a few corners.
    for pane in ("neighbours", "land", "held", "rivers", "zones", "border", "casing", "line"):
        paths = frame.locator(f".leaflet-{pane}-pane path")
        assert paths.count() >= 1, pane
        drawn = "".join(path.get_attribute("d") or "" for path in paths.all())
        assert drawn.count("L") > 20, pane
    assert frame.locator(".atlas-town").count() > 8
    assert frame.locator("svg pattern").count() == 9
    expect(frame.locator(".atlas-legend")).to_contain_text("Line of contact")
    expect(frame.locator(".leaflet-control-scale")).to_contain_text("km")
    expect(frame.locator(".leaflet-control-attribution")).to_contain_text("14 December 2025")
    night = page.locator(".atlas-night")
    for words in ("138", "110", "6", "in the night to 14 December 2025"):
        expect(night).to_contain_text(words)
    complete(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]  # type: ignore[index]
    assert watch.errors == []
    assert watch.strangers == []


def test_a_slider_step_changes_zone_and_figures_only(page: Page, watch: Watch) -> None:
    frame = opened(page)
    frame.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(600)
    in_map(page, "void map.panBy([60, 30], {animate: false})")
    # A mark on the living map: it is gone if the map is ever built anew.
    in_map(page, "window.atlasMark = 1")
    view = in_map(page, "[map.getZoom(), map.getCenter().lat, map.getCenter().lng]")
    blinks = """() => { window.blinks = 0; (function look() {
        if (!document.querySelector('path.atlas-ukraine[d]')) window.blinks++;
        if (!document.querySelector('.leaflet-held-pane path[d]')) window.blinks++;
        requestAnimationFrame(look); })(); }"""
    in_map(page, blinks)
    before = {side: zone(frame, side) for side in ("ukraine", "russia")}
    area = {side: figure(page, side, "area_km2") for side in before}
    slider = page.get_by_role("slider", name="Ukraine pulls back")
    for _ in range(4):
        slider.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("Both sides pull back 7 km in Donetsk Oblast")
    for side in before:
        page.wait_for_timeout(200)
        assert zone(frame, side) != before[side]
        assert figure(page, side, "area_km2") > area[side]
    assert in_map(page, "window.atlasMark") == 1
    assert in_map(page, "[map.getZoom(), map.getCenter().lat, map.getCenter().lng]") == view
    assert in_map(page, "window.blinks") == 0
    expect(page).to_have_url(re.compile("ukraine=7&russia=7"))
    assert watch.errors == []


def test_dragging_moves_the_map_along(page: Page) -> None:
    frame = opened(page)
    slider = page.get_by_role("slider", name="Russia pulls back")
    box = slider.bounding_box()
    assert box is not None
    before = zone(frame, "russia")
    y = box["y"] + 12
    page.mouse.move(box["x"] + 9 + (box["width"] - 18) * 5 / 40, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 9 + (box["width"] - 18) * 20 / 40, y, steps=12)
    expect(page.locator("h1")).to_contain_text("20 km")
    assert zone(frame, "russia") != before
    assert asked(page)["russia"] == "5"  # not while the thumb is held
    page.mouse.up()
    expect(page).to_have_url(re.compile("russia=20"))


def test_the_switch_uncouples_the_sides(page: Page) -> None:
    opened(page)
    page.get_by_label("Same distance on both sides").uncheck()
    page.get_by_role("slider", name="Russia pulls back").press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("5.5 km")
    assert figure(page, "ukraine", "area_km2") == pytest.approx(1456, rel=0.03)
    expect(page.get_by_role("slider", name="Ukraine pulls back")).to_have_value("5")


def test_moving_the_map_asks_nothing_of_the_server(page: Page) -> None:
    opened(page)
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))

    page.on("websocket", listen)
    page.reload()
    drive.map_frame(page).locator("path.atlas-zone").first.wait_for(state="attached")
    complete(page)
    page.wait_for_timeout(500)
    quiet = len(sent)
    in_map(page, "void map.panBy([200, 80], {animate: false})")
    in_map(page, "void map.setZoom(9.5, {animate: false})")
    page.wait_for_timeout(1200)
    assert len(sent) == quiet


def test_more_towns_as_one_zooms_in_and_none_overlaps(page: Page) -> None:
    frame = opened(page)
    counts = []
    for zoom in (7, 9, 11):
        in_map(page, f"void map.setView([48.3, 37.9], {zoom}, {{animate: false}})")
        page.wait_for_timeout(200)
        boxes = frame.locator(".atlas-town").evaluate_all(
            "labels => labels.map(l => { const r = l.getBoundingClientRect();"
            " return [r.left, r.top, r.right, r.bottom]; })"
        )
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        counts.append(len(boxes) / (4 ** (7 - zoom)))
    assert counts == sorted(counts)


def test_wheel_zooms_only_after_a_click(page: Page) -> None:
    frame = opened(page)
    where = page.locator("iframe[title*=st_folium]").bounding_box()
    assert where is not None
    middle = (where["x"] + where["width"] / 2, where["y"] + where["height"] / 2)
    zoom = in_map(page, "map.getZoom()")
    page.mouse.move(*middle)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(500)
    assert in_map(page, "map.getZoom()") == zoom
    frame.locator(".leaflet-container").click(position={"x": 300, "y": 200})
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(700)
    assert in_map(page, "map.getZoom()") > zoom  # type: ignore[operator]


def test_a_proposal_sets_everything_and_leaves_are_cross_hatched(page: Page) -> None:
    frame = opened(page)
    choose(page, "Proposal", "Ukraine leaves Donetsk, Russia stays out")
    expect(page.locator("h1")).to_contain_text("Ukraine leaves Donetsk Oblast")
    frame.locator("path.atlas-ukraine-left").wait_for(state="attached")
    fill = frame.locator("path.atlas-ukraine-left").get_attribute("fill")
    assert fill == "url(#atlas-ukraine-left)"
    expect(frame.locator(".atlas-legend")).to_contain_text("Ukraine leaves")
    expect(frame.locator(".atlas-legend")).not_to_contain_text("Ukraine pulls back")
    assert frame.locator("path.atlas-ukraine").count() == 0
    assert figure(page, "ukraine", "area_km2") == pytest.approx(6002, rel=0.03)
    expect(page).to_have_url(re.compile("ukraine_leaves=Donetsk"))


def test_a_link_keeps_the_proposal_of_two_with_the_same_ground(page: Page) -> None:
    opened(page)
    choose(page, "Proposal", "Ukraine leaves Donetsk Oblast, Russia stays")
    expect(page).to_have_url(re.compile("preset=full-donetsk"))
    page.reload()
    expect(page.locator("h1")).to_contain_text("Ukraine leaves Donetsk Oblast")
    expect(page.locator(".st-key-rail")).to_contain_text("Russia, throughout")


def test_date_source_and_place_change_the_map(page: Page, watch: Watch) -> None:
    frame = opened(page)
    line = frame.locator(".leaflet-line-pane path").get_attribute("d")
    page.get_by_role("radio", name="Owl").click()
    expect(page.locator(".atlas-sub")).to_contain_text("Owl")
    page.wait_for_timeout(400)
    assert frame.locator(".leaflet-line-pane path").get_attribute("d") != line
    choose(page, "Control on", "1 August 2024")
    expect(page.locator(".atlas-sub")).to_contain_text("1 August 2024")
    expect(frame.locator(".leaflet-control-attribution")).to_contain_text("1 August 2024")
    choose(page, "Where", "Whole line of contact")
    expect(page.locator("h1")).to_contain_text("along the whole line of contact")
    assert watch.errors == []


def test_a_link_opens_what_it_says_and_back_goes_back(page: Page) -> None:
    opened(page, "?date=2025-07-01&source=owl&ukraine=12.5&russia=0&extent=Zaporizhzhia+Oblast")
    expect(page.locator("h1")).to_contain_text("12.5 km")
    expect(page.locator("h1")).to_contain_text("Zaporizhzhia Oblast")
    expect(page.locator(".atlas-sub")).to_contain_text("1 July 2025 (Owl)")
    page.get_by_role("slider", name="Ukraine pulls back").press("ArrowRight")
    expect(page).to_have_url(re.compile("ukraine=13"))
    page.go_back()
    expect(page.locator("h1")).to_contain_text("12.5 km")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?ukraine=-3", "0 to 40 km"),
        ("?russia=a+lot", "0 to 40 km"),
        ("?date=2031-02-30", "date"),
        ("?source=rumour", "source"),
        ("?extent=Atlantis", "Atlantis"),
        ("?extent=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E%24%7Balert(1)%7D%60", "no place called"),
    ],
)
def test_a_damaged_link_gets_a_sentence_and_the_page_lives(
    page: Page, watch: Watch, query: str, words: str
) -> None:
    page.on("dialog", lambda dialog: watch.errors.append(dialog.message))
    opened(page, query)
    expect(page.locator(".atlas-notice").first).to_contain_text(words)
    page.get_by_role("slider", name="Russia pulls back").press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("5.5 km")
    expect(page.locator(".atlas-notice")).to_have_count(0)
    assert watch.errors == []


def test_online_tiles_are_off_at_first_and_silent_when_out_of_reach(
    page: Page, watch: Watch
) -> None:
    opened(page)
    assert watch.strangers == []
    page.get_by_text("Online background map").click()
    page.wait_for_timeout(1500)
    assert watch.strangers
    assert page.locator(".atlas-notice").count() == 0
    assert drive.map_frame(page).locator("path.atlas-zone").count() == 2
    # The drawn ground stays where no tile came to replace it.
    expect(drive.map_frame(page).locator(".atlas-town").first).to_be_visible()


@pytest.mark.parametrize("sight", [(PHONE, "light")], indirect=True, ids=["phone"])
def test_order_on_a_phone(page: Page) -> None:
    opened(page)
    tops = [
        page.locator(part).first.bounding_box()["y"]  # type: ignore[index]
        for part in ("h1", ".atlas-answer", "iframe[title*=st_folium]", ".st-key-rail")
    ]
    assert tops == sorted(tops)
    box = page.locator("iframe[title*=st_folium]").bounding_box()
    assert box is not None
    assert box["height"] == pytest.approx(0.7 * PHONE[1], abs=3)
    cards = [page.locator(f"tr[data-side={side}]").bounding_box() for side in ("ukraine", "russia")]
    assert cards[0] is not None
    assert cards[1] is not None
    assert cards[0]["y"] == cards[1]["y"]
    assert cards[0]["x"] < cards[1]["x"]


def test_no_streamlit_menu_in_the_way(page: Page) -> None:
    opened(page)
    for part in ("stMainMenu", "stAppDeployButton", "stStatusWidget"):
        expect(page.get_by_test_id(part)).to_be_hidden()
    expect(page).to_have_title(re.compile("Pullback Atlas"))


def test_the_other_figure_and_the_error_follow_the_slider(page: Page) -> None:
    opened(page)
    complete(page)
    before = beside(page, "ukraine", "area_km2")
    assert re.fullmatch(r"± [\d,]+ per km\s*Owl [\d,]+", " ".join(before.split()))
    meant = page.locator("tr[data-side=ukraine] td[data-measure=area_km2] abbr")
    expect(meant).to_have_attribute("title", re.compile("one kilometre, either way"))
    # From the moment of the step on, nothing of the old answer stands beside the new one.
    page.evaluate(
        """() => {
          window.pairs = new Set();
          const note = () => {
            const cell = document.querySelector("tr[data-side=ukraine] td[data-measure=area_km2]");
            const [figure, small] = ["b", "small"].map(tag => cell?.querySelector(tag));
            if (figure && small) window.pairs.add(`${figure.textContent}|${small.textContent}`);
          };
          new MutationObserver(note).observe(document.querySelector(".st-key-answer"),
            { subtree: true, childList: true, characterData: true });
        }"""
    )
    page.get_by_role("slider", name="Ukraine pulls back").press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("5.5 km")
    complete(page)
    after = beside(page, "ukraine", "area_km2")
    assert after != before
    shown = page.locator("tr[data-side=ukraine] td[data-measure=area_km2] b").inner_text()
    small = page.locator("tr[data-side=ukraine] td[data-measure=area_km2] small").text_content()
    seen = {pair.split("|")[1] for pair in page.evaluate("[...window.pairs]") if shown in pair}
    assert seen <= {"…", small}
    # Seen before: there at once, with the figure.
    page.evaluate("window.pairs.clear()")
    page.get_by_role("slider", name="Ukraine pulls back").press("ArrowLeft")
    expect(page.locator("h1")).to_contain_text("back 5 km")
    assert beside(page, "ukraine", "area_km2") == before
    assert not any(pair.endswith("|…") for pair in page.evaluate("[...window.pairs]"))


def test_extras_move_nothing_on_the_page(page: Page) -> None:
    opened(page)
    complete(page)
    where = "() => [...document.querySelectorAll('iframe, h2')].map(e => e.offsetTop)"
    before = page.evaluate(where)
    page.get_by_role("slider", name="Ukraine pulls back").press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("5.5 km")
    assert page.evaluate(where)[0] == before[0]
    complete(page)
    assert page.evaluate(where)[0] == before[0]


def test_both_assessors_side_by_side(page: Page, watch: Watch) -> None:
    frame = opened(page)
    assert frame.locator("path.atlas-dispute").count() == 0
    page.get_by_role("radio", name="Both").click()
    expect(page).to_have_url(re.compile("both=1"))
    frame.locator("path.atlas-dispute").first.wait_for(state="attached")
    complete(page)
    for kind in ("dispute", "dispute-other"):
        assert frame.locator(f"path.atlas-{kind}").get_attribute("fill") == f"url(#atlas-{kind})"
    legend = frame.locator(".atlas-legend")
    for words in (
        "Line of contact, DeepState",
        "Line of contact, Owl",
        "Russian-held by DeepState only",
        "Russian-held by Owl only",
    ):
        expect(legend).to_contain_text(words)
    assert frame.locator(".leaflet-casing-pane path[stroke-dasharray]").count() == 1
    figures = page.locator("tr[data-side=ukraine] td[data-measure=area_km2]")
    low, high = figures.locator("b").inner_text().split("–")
    named = beside(page, "ukraine", "area_km2")
    assert {f"DeepState {high}", f"Owl {low}"} <= set(
        re.findall(r"(?:DeepState|Owl) [\d,]+", named)
    )
    page.get_by_role("slider", name="Ukraine pulls back").press("ArrowRight")
    expect(page).to_have_url(re.compile("ukraine=5.5.*both=1"))
    page.reload()
    frame.locator("path.atlas-dispute").first.wait_for(state="attached")
    expect(page.get_by_role("radio", name="Both")).to_be_checked()
    complete(page)
    assert "–" in figures.locator("b").inner_text()
    choose(page, "Proposal", "Both sides pull back 10 km")
    expect(page).to_have_url(re.compile("both=1"))
    page.get_by_role("radio", name="Owl").click()
    expect(page.locator(".atlas-sub")).to_contain_text("(Owl)")
    expect(page).not_to_have_url(re.compile("both"))
    assert watch.errors == []


@pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)
def test_the_curve_is_drawn_and_marks_the_distances(page: Page, watch: Watch) -> None:
    opened(page, "?ukraine=5&russia=12")
    complete(page)
    charts = page.locator(".st-key-curves svg.marks")
    expect(charts).to_have_count(3)
    for chart in charts.all():
        assert chart.locator(".mark-line path").count() == 2
        assert (
            chart.locator(".mark-symbol path[aria-label*=marked], .layer_2_marks path").count() == 2
        )
        text = chart.text_content() or ""
        assert "Ukraine" in text
        assert "Russia" in text
        box = chart.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= page.viewport_size["width"]  # type: ignore[index]
    told = page.locator(".st-key-curves .atlas-unseen").text_content() or ""
    assert "Ukraine’s side, 5 km: " in told
    assert "Russia’s side, 12 km: " in told
    area = figure(page, "russia", "area_km2")
    assert f"marked: Russia’s side, 12 km: {area:,.0f} km²" in told
    balance = page.locator(".st-key-balance")
    expect(balance).to_contain_text("times as much ground")
    page.get_by_role("slider", name="Russia pulls back").press("ArrowRight")
    page.wait_for_function(
        "document.querySelector('.st-key-curves .atlas-unseen')?.textContent.includes('12.5 km')"
    )
    assert watch.errors == []


def test_who_gives_up_what_says_nothing_where_one_side_stays(page: Page) -> None:
    opened(page, "?preset=free-economic-zone")
    complete(page)
    page.locator(".st-key-curves svg.marks").first.wait_for()
    expect(page.locator(".st-key-balance")).to_have_count(0)


@pytest.mark.parametrize("typed", ["Краматорський", "Kramatorskyi Raion"])
def test_a_raion_is_chosen_by_typing(page: Page, typed: str) -> None:
    opened(page)
    choose(page, "Where", typed, exact=False)
    expect(page.locator("h1")).to_have_text("Both sides pull back 5 km in Kramatorskyi Raion")
    expect(page).to_have_url(re.compile("Kramatorskyi"))


def test_a_place_that_is_not_in_the_list_is_found_or_explained(page: Page) -> None:
    opened(page)
    box = page.get_by_role("combobox", name="Where")
    box.click()
    box.fill("Kramatorsk raion")
    box.press("Enter")
    expect(page.locator("h1")).to_contain_text("Kramatorskyi Raion")
    box.click()
    box.fill("Pokrovskiy Rayon")
    box.press("Enter")
    expect(page.locator(".st-key-rail .atlas-notice")).to_contain_text("did you mean Pokrovskyi")
    expect(page.locator("h1")).to_contain_text("Kramatorskyi Raion")
    page.get_by_role("slider", name="Ukraine pulls back").press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("5.5 km")
    expect(page.locator(".st-key-rail .atlas-notice")).to_have_count(0)


def test_settlements_inside_nearest_first(page: Page, watch: Watch) -> None:
    opened(page)
    complete(page)
    table = page.locator(".st-key-settlements")
    table.scroll_into_view_if_needed()
    cells = table.locator("table[role=grid]")
    cells.wait_for(state="attached")
    head = " ".join(cells.locator("th").all_text_contents())
    for words in ("Settlement", "Ukrainian", "Side", "Held by", "Residents of 2022", "GeoNames"):
        assert words in head
    expect(table.get_by_role("button", name="Search")).to_be_visible()
    expect(table.get_by_role("button", name=re.compile("ownload"))).to_be_hidden()
    expected = figure(page, "ukraine", "settlements") + figure(page, "russia", "settlements")
    assert int(cells.get_attribute("aria-rowcount") or 0) == expected + 1
    column = next(
        place for place, text in enumerate(cells.locator("th").all_text_contents()) if "km" in text
    )
    away = [
        float(row.locator("td").nth(column).inner_text())
        for row in cells.locator("tbody tr").all()[:6]
    ]
    assert away == sorted(away)
    assert watch.errors == []


def test_how_it_was_computed_can_be_read(page: Page) -> None:
    opened(page)
    complete(page)
    expander = page.locator(".st-key-part-account")
    expander.get_by_text("How it was computed").click()
    for words in ("Lambert azimuthal equal-area", "DeepState", "± ", "The other assessor"):
        expect(expander).to_contain_text(words)
    expect(expander.locator("dt").first).to_be_visible()


def test_a_step_beside_a_part_that_asks_is_never_lost(page: Page) -> None:
    """Steps at the very pace at which the parts below ask to be drawn."""
    opened(page)
    slider = page.get_by_role("slider", name="Ukraine pulls back")
    for _ in range(12):
        slider.press("ArrowRight")
        page.wait_for_timeout(430)
    expect(page.locator("h1")).to_have_text("Both sides pull back 11 km in Donetsk Oblast")
    complete(page)
    told = page.locator(".st-key-curves .atlas-unseen").text_content() or ""
    assert "marked: Ukraine’s side, 11 km: " in told
