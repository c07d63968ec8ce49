"""Drawing on the map with the mouse: what is drawn is answered, kept and sent as a link."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyproj
import pytest
from playwright.sync_api import FrameLocator, Locator, Page, WebSocket, expect

from geo import drawing, link
from geo.drawing import Drawing
from tests.browser import drive
from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser

Place = tuple[float, float]
# Longitude and latitude; both lie across the line of contact on the newest bundled dates.
AREA: list[Place] = [(37.2, 48.0), (38.0, 48.0), (38.0, 48.6), (37.2, 48.6)]
LINE: list[Place] = [(37.0, 48.2), (37.4, 48.5), (37.7, 49.0)]
OFF: list[Place] = [(33.0, 45.0), (33.4, 45.0), (33.4, 44.8)]
CROSSED: list[Place] = [(37.2, 48.0), (38.0, 48.6), (38.0, 48.0), (37.2, 48.6)]


def drawn(*drawings: Drawing) -> str:
    """A link that holds drawings, on a map that shows them."""
    return f"?v=1&view=48.3000_37.5000_8.00&drawn={drawing.pack(drawings)}"


def an_area(points: Sequence[Place] = AREA, **changes: Any) -> Drawing:
    fields: dict[str, Any] = {"name": "Area 1", "ukraine_km": 5.0, "russia_km": 5.0} | changes
    return Drawing(kind="area", points=tuple(points), **fields)


def a_line(points: Sequence[Place] = LINE, **changes: Any) -> Drawing:
    fields: dict[str, Any] = {"name": "Line 1", "ukraine_km": 10.0, "russia_km": 10.0} | changes
    return Drawing(kind="line", points=tuple(points), **fields)


def opened(page: Page, query: str = "?v=1&view=48.3000_37.5000_8.00") -> FrameLocator:
    """Open the page and wait until zones and tools are there."""
    page.goto(f"/{query}")
    frame = drive.map_frame(page)
    frame.locator("path.atlas-zone").first.wait_for(state="attached")
    expect(tool(frame, "Draw an area")).to_be_visible()
    return frame


def in_map(page: Page, script: str, argument: object = None) -> Any:
    """Evaluate in the map's frame."""
    element = page.query_selector("iframe[title*=st_folium]")
    assert element is not None
    inner = element.content_frame()
    assert inner is not None
    return inner.evaluate(script, argument)


def tool(frame: FrameLocator, name: str) -> Locator:
    return frame.get_by_role("button", name=name, exact=True)


def pixel(page: Page, place: Place) -> tuple[float, float]:
    """Where a place is in the window."""
    page.locator("iframe[title*=st_folium]").scroll_into_view_if_needed()
    box = page.locator("iframe[title*=st_folium]").bounding_box()
    assert box is not None
    at = in_map(page, "([lon, lat]) => map.latLngToContainerPoint([lat, lon])", list(place))
    return box["x"] + at["x"] + 1, box["y"] + at["y"] + 1


def click(page: Page, place: Place) -> None:
    x, y = pixel(page, place)
    page.mouse.move(x - 3, y - 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.up()


def draw(page: Page, frame: FrameLocator, name: str, places: Sequence[Place]) -> None:
    """Draw with the mouse: a click a point, and one more on the point that finishes."""
    tool(frame, name).click()
    for place in places:
        click(page, place)
    click(page, places[0] if name == "Draw an area" else places[-1])


def row(page: Page, number: int) -> Locator:
    return page.locator(".st-key-drawn tbody").nth(number)


def figures(page: Page, number: int) -> list[str]:
    """The figures of a drawing once the server has answered."""
    table = page.locator(".st-key-drawn table")
    expect(table).to_have_attribute("aria-busy", "false")
    return row(page, number).locator(".figure").all_inner_texts()


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def in_link(page: Page, count: int) -> tuple[Drawing, ...]:
    """The drawings in the address bar, once there are so many."""
    page.wait_for_function(
        "count => (new URLSearchParams(location.search).get('drawn') || '0')"
        ".split('.')[0] == count",
        arg=str(count),
    )
    return link.read(asked(page)).drawings


def near(points: Sequence[Place], places: Sequence[Place], *, degrees: float = 0.02) -> bool:
    return len(points) == len(places) and all(
        abs(a[0] - b[0]) < degrees and abs(a[1] - b[1]) < degrees
        for a, b in zip(points, places, strict=True)
    )


def test_an_area_drawn_with_the_mouse_is_answered_and_in_the_link(page: Page, watch: Watch) -> None:
    frame = opened(page)
    in_map(page, "window.atlasMark = 1")
    draw(page, frame, "Draw an area", AREA)
    expect(page.locator(".st-key-drawn tbody")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Name of drawing 1")).to_have_value("Area 1")
    (one,) = in_link(page, 1)
    assert one.kind == "area"
    assert near(one.points, AREA)
    assert (one.ukraine_km, one.russia_km) == (5, 5)
    told = figures(page, 0)
    assert len(told) == 8
    assert re.fullmatch(r"[\d,]+ km²", told[0])
    expect(row(page, 0).locator(".size")).to_have_text(
        re.compile(r"^3,\d\d0 km²$")  # 0.8° by 0.6° there
    )
    # Its zones are filled, the scenario's step back to their edges.
    assert frame.locator("path.atlas-ukraine-drawn").count() == 1
    assert frame.locator("path.atlas-russia-drawn").count() == 1
    assert frame.locator("path.atlas-ukraine-edge").count() == 1
    assert frame.locator("path.atlas-ukraine").count() == 0
    expect(frame.locator(".atlas-drawn-name")).to_have_text("Area 1")
    expect(frame.locator(".atlas-legend")).to_contain_text("Drawn")
    assert in_map(page, "window.atlasMark") == 1
    assert watch.errors == []
    assert watch.strangers == []


def test_a_line_drawn_with_the_mouse_has_a_zone_on_either_side(page: Page, watch: Watch) -> None:
    frame = opened(page)
    draw(page, frame, "Draw a line", LINE)
    (one,) = in_link(page, 1)
    assert one.kind == "line"
    assert near(one.points, LINE)
    expect(row(page, 0).locator(".size")).to_have_text(re.compile(r"^10\d km$"))
    assert all(re.match(r"[\d,]+ km²", text) for text in figures(page, 0)[::4])
    assert watch.errors == []


def test_several_drawings_each_with_its_own_name_and_distances(page: Page, watch: Watch) -> None:
    frame = opened(page, drawn(an_area(), a_line()))
    expect(page.locator(".st-key-drawn tbody")).to_have_count(2)
    before = [figures(page, 0), figures(page, 1)]
    page.get_by_role("spinbutton", name="Line 1: Ukraine pulls back, km").fill("20")
    page.keyboard.press("Tab")
    expect(row(page, 1).locator(".figure").first).not_to_have_text(before[1][0])
    assert figures(page, 0) == before[0]
    assert figures(page, 1)[4:] == before[1][4:]
    page.get_by_role("textbox", name="Name of drawing 1").fill("Лиман <b>$`{x}`</b>")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(frame.locator(".atlas-drawn-name", has_text="Лиман <b>$`{x}`</b>")).to_have_count(1)
    page.wait_for_function("new URLSearchParams(location.search).get('drawn').length > 90")
    figures(page, 0)
    one, other = in_link(page, 2)
    assert one.name == "Лиман <b>$`{x}`</b>"
    assert (other.ukraine_km, other.russia_km) == (20, 10)
    assert watch.errors == []


def test_a_point_is_moved_and_only_that_drawing_changes(page: Page, watch: Watch) -> None:
    frame = opened(page, drawn(an_area(), a_line()))
    before = [figures(page, 0), figures(page, 1)]
    tool(frame, "Edit what was drawn").click()
    start, end = pixel(page, LINE[0]), pixel(page, (36.8, 48.4))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()
    expect(row(page, 1).locator(".figure").first).not_to_have_text(before[1][0])
    frame.get_by_title("Keep the changes").click()
    expect(row(page, 1).locator(".figure").first).to_have_text(re.compile("km²"))
    figures(page, 1)
    one, other = in_link(page, 2)
    assert one == an_area()
    assert near(other.points, [(36.8, 48.4), *LINE[1:]])
    assert figures(page, 0) == before[0]
    assert watch.errors == []


def test_cancelled_editing_gives_back_the_shape(page: Page) -> None:
    frame = opened(page, drawn(a_line()))
    before = figures(page, 0)
    tool(frame, "Edit what was drawn").click()
    page.mouse.move(*pixel(page, LINE[0]))
    page.mouse.down()
    page.mouse.move(*pixel(page, (36.8, 48.4)), steps=8)
    page.mouse.up()
    expect(row(page, 0).locator(".figure").first).not_to_have_text(before[0])
    frame.get_by_title("Undo the changes").click()
    expect(row(page, 0).locator(".figure").first).to_have_text(before[0])
    page.wait_for_function(
        "packed => new URLSearchParams(location.search).get('drawn') === packed",
        arg=drawing.pack((a_line(),)),
    )


def test_deleting_in_the_list_and_on_the_map(page: Page, watch: Watch) -> None:
    frame = opened(page, drawn(an_area(), a_line(), an_area(name="Area 2", points=CROSSED)))
    page.get_by_role("button", name="Delete Area 2").click()
    assert in_link(page, 2) == (an_area(), a_line())
    tool(frame, "Delete what was drawn").click()
    click(page, LINE[1])
    frame.get_by_title("Keep the changes").click()
    assert in_link(page, 1) == (an_area(),)
    expect(page.locator(".st-key-drawn tbody")).to_have_count(1)
    page.get_by_role("button", name="Delete Area 1").click()
    in_link(page, 0)
    expect(page.locator(".st-key-drawn table")).to_be_hidden()
    frame.locator("path.atlas-ukraine").wait_for(state="attached")
    assert frame.locator("path.atlas-ukraine-drawn").count() == 0
    assert watch.errors == []


def test_drawings_outlast_sliders_pages_and_reloads(page: Page, watch: Watch) -> None:
    frame = opened(page, drawn(a_line()))
    told = figures(page, 0)
    draw(page, frame, "Draw an area", AREA)
    both = in_link(page, 2)
    page.get_by_role("slider", name="Ukraine pulls back").first.press("ArrowRight")
    expect(page).to_have_url(re.compile("ukraine=5.5"))
    assert in_link(page, 2) == both
    assert figures(page, 0) == told
    page.get_by_role("link", name="Attacks").click()
    expect(page.locator("h1")).to_contain_text("nights")
    assert in_link(page, 2) == both
    page.get_by_role("link", name="Scenario").click()
    frame.locator("path.atlas-ukraine-drawn").first.wait_for(state="attached")
    expect(frame.locator(".atlas-drawn-name")).to_have_count(2)
    assert figures(page, 0) == told
    page.reload()
    expect(frame.locator(".atlas-drawn-name")).to_have_count(2)
    assert figures(page, 0) == told
    assert in_link(page, 2) == both
    assert watch.errors == []


def test_what_is_drawn_while_the_connection_is_lost_is_given_again(page: Page) -> None:
    sockets: list[Any] = []
    is_cut = False

    def route(socket: Any) -> None:
        if is_cut:
            socket.close()
            return
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket(re.compile("_stcore/stream"), route)
    frame = opened(page, drawn(a_line()))
    figures(page, 0)
    is_cut = True
    sockets[-1].close()
    draw(page, frame, "Draw an area", AREA)
    expect(page.locator(".st-key-drawn tbody")).to_have_count(2)
    expect(frame.locator(".atlas-drawn-name")).to_have_count(2)
    page.wait_for_timeout(500)
    assert link.read(asked(page)).drawings == (a_line(),)
    is_cut = False
    assert len(in_link(page, 2)) == 2
    assert re.match(r"[\d,]+ km²", figures(page, 1)[0])


def test_what_was_not_heard_of_outlasts_a_reload(page: Page) -> None:
    opened(page, drawn(a_line()))
    figures(page, 0)
    kept = {"drawn": asked(page)["drawn"], "items": [vars(a_line()), vars(an_area())]}
    page.evaluate("text => sessionStorage.setItem('atlas-drawings', text)", json.dumps(kept))
    page.reload()
    assert in_link(page, 2) == (a_line(), an_area())
    page.wait_for_function("sessionStorage.getItem('atlas-drawings') === null")


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (OFF, "lies off Ukraine"),
        (CROSSED, "crosses itself"),
        ([(37.5, 48.3), (37.503, 48.3), (37.503, 48.303)], "smaller than 1 km²"),
    ],
    ids=["off", "crossed", "small"],
)
def test_what_cannot_be_answered_says_why_and_stays(
    page: Page, points: list[Place], words: str
) -> None:
    frame = opened(page, drawn(a_line(), an_area(points=points)))
    expect(row(page, 1).get_by_role("alert")).to_contain_text(words)
    assert figures(page, 0)[0].endswith("km²")
    expect(frame.locator(".leaflet-drawn-pane path")).to_have_count(2)
    expect(page.get_by_role("textbox", name="Name of drawing 2")).to_have_value("Area 1")


def test_a_tangle_is_mended_by_moving_a_point(page: Page) -> None:
    frame = opened(page, drawn(an_area(points=CROSSED)))
    fault = row(page, 0).get_by_role("alert")
    expect(fault).to_contain_text("crosses itself")
    tool(frame, "Edit what was drawn").click()
    page.mouse.move(*pixel(page, CROSSED[1]))
    page.mouse.down()
    page.mouse.move(*pixel(page, (37.9, 47.8)), steps=8)
    page.mouse.up()
    expect(fault).to_be_hidden()
    frame.get_by_title("Keep the changes").click()
    assert re.match(r"[\d,]+ km²", figures(page, 0)[0])


def test_a_drawing_is_shown_in_full_and_follows(page: Page, watch: Watch) -> None:
    opened(page, drawn(an_area(), a_line()))
    told = figures(page, 1)
    title = page.locator("h1")
    page.get_by_role("button", name="Show Line 1 in full").click()
    expect(title).to_have_text("Both sides pull back 10 km from the line drawn")
    above = page.locator("tr[data-side=ukraine] td[data-measure=area_km2] > :is(b, span)")
    assert " ".join(above.all_inner_texts()) == told[0]
    # Either slider moves the drawing along, and its own field moves the slider.
    slider = page.get_by_role("slider", name="Russia pulls back")
    expect(slider).to_have_value("10")
    expect(page.get_by_role("combobox", name="Where")).to_have_value("Along the line drawn")
    slider.press("ArrowRight")
    expect(title).to_have_text("Both sides pull back 10.5 km from the line drawn")
    field = page.get_by_role("spinbutton", name="Line 1: Russia pulls back, km")
    expect(field).to_have_value("10.5")
    field.fill("20")
    page.keyboard.press("Tab")
    expect(title).to_have_text("Ukraine pulls back 10.5 km and Russia 20 km from the line drawn")
    expect(page).to_have_url(re.compile("russia=20"))
    page.reload()
    expect(title).to_have_text("Ukraine pulls back 10.5 km and Russia 20 km from the line drawn")
    pressed = page.get_by_role("button", name="Show Line 1 in full")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Show Area 1 in full").click()
    expect(title).to_have_text("Both sides pull back 5 km in the area given")
    shown = page.get_by_role("button", name="Show Area 1 in full")
    expect(shown).to_have_attribute("aria-pressed", "true")
    shown.click()
    expect(title).to_have_text("Both sides pull back 5 km in Donetsk Oblast")
    assert watch.errors == []


def test_moving_the_map_asks_nothing_of_the_server_and_is_in_the_link(page: Page) -> None:
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))

    page.on("websocket", listen)
    opened(page, drawn(an_area()))
    figures(page, 0)
    page.wait_for_function(
        """() => [...document.querySelectorAll("[class*='st-key-part-']")]
          .every(part => part.ariaBusy !== "true")""",
        timeout=60_000,
    )
    page.wait_for_timeout(800)
    quiet = len(sent)
    x, y = pixel(page, (36.5, 48.5))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y + 60, steps=6)
    page.mouse.up()
    expect(page).not_to_have_url(re.compile("view=48.3000_37.5000_8.00"))
    page.wait_for_timeout(800)
    assert len(sent) == quiet
    view = link.read(asked(page)).view
    assert view is not None
    centre = in_map(page, "() => [map.getCenter().lat, map.getCenter().lng, map.getZoom()]")
    assert [view.lat, view.lon, view.zoom] == pytest.approx(centre, abs=1e-4)
    # It stays while the server writes the rest of the link, and opens elsewhere.
    page.get_by_role("slider", name="Ukraine pulls back").first.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"ukraine=5\.5.*view="))
    assert link.read(asked(page)).view == view
    page.get_by_role("link", name="Attacks").click()
    expect(page.locator("h1")).to_contain_text("nights")
    page.get_by_role("link", name="Scenario").click()
    expect(page).to_have_url(re.compile(r"ukraine=5\.5.*view="))
    assert link.read(asked(page)).view == view
    page.reload()
    drive.map_frame(page).locator("path.atlas-zone").first.wait_for(state="attached")
    again = in_map(page, "() => [map.getCenter().lat, map.getCenter().lng, map.getZoom()]")
    assert link.read(asked(page)).view == view
    assert again == pytest.approx(centre, abs=2e-3)
    tool(drive.map_frame(page), "Fit the scenario").click()
    expect(page).not_to_have_url(re.compile("view="))


def test_a_link_opens_the_same_picture_elsewhere(page: Page, address: str) -> None:
    opened(page, drawn(an_area(), a_line()))
    told = [figures(page, 0), figures(page, 1)]
    url = page.url
    assert "view=48.3000_37.5000_8.00" in url
    look = "() => [map.getCenter().lat, map.getCenter().lng, map.getZoom()]"
    assert in_map(page, look) == pytest.approx([48.3, 37.5, 8], abs=2e-3)
    assert len(url) < 2000
    context = page.context.browser.new_context(base_url=address)  # type: ignore[union-attr]
    other = context.new_page()
    other.goto(url)
    drive.map_frame(other).locator("path.atlas-ukraine-drawn").first.wait_for(state="attached")
    assert [figures(other, 0), figures(other, 1)] == told
    assert in_map(other, look) == pytest.approx([48.3, 37.5, 8], abs=2e-3)
    assert link.read(asked(other)).drawings == (an_area(), a_line())
    context.close()


def test_a_damaged_link_opens_with_what_is_valid(page: Page, watch: Watch) -> None:
    text = drawing.pack([a_line(), an_area()])
    opened(page, f"?v=1&ukraine=7&drawn={text[:-5]}&view=nowhere")
    notices = page.locator(".st-key-notices")
    expect(notices).to_contain_text("1 drawing, which is damaged")
    expect(notices).to_contain_text("view cannot be used")
    expect(page.locator("h1")).to_contain_text("Ukraine pulls back 7 km")
    expect(page.locator(".st-key-drawn tbody")).to_have_count(1)
    assert watch.errors == []


def test_a_newer_link_says_so(page: Page) -> None:
    opened(page, "?v=9&ukraine=7&russia=7")
    expect(page.locator(".st-key-notices")).to_contain_text("newer version")
    expect(page.locator("h1")).to_contain_text("7 km")


def test_measuring_is_geodesic(page: Page) -> None:
    opened(page)
    geod, chance = pyproj.Geod(ellps="WGS84"), random.Random(5)
    for _turn in range(40):
        lon, lat = chance.uniform(22, 40), chance.uniform(44.4, 52.3)
        reach = chance.choice([0.01, 0.3, 2.0])
        ring = [
            (lon + chance.uniform(0.2, 1) * reach * a, lat + chance.uniform(0.2, 1) * reach * b)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        lons, lats = zip(*ring, strict=True)
        area, _length = geod.polygon_area_perimeter(lons, lats)
        length = geod.inv(*ring[0], *ring[2])[2]
        latlon = [[b, a] for a, b in ring]
        found = in_map(page, "ring => pullbackAtlas.geodesic.area(ring)", latlon)
        assert found == pytest.approx(area, rel=2e-5)
        found = in_map(
            page, "ends => pullbackAtlas.geodesic.distance(...ends)", [*latlon[0], *latlon[2]]
        )
        assert found == pytest.approx(length, abs=0.001)


def test_the_measuring_tool_tells_and_forgets(page: Page, watch: Watch) -> None:
    frame = opened(page)
    tool(frame, "Measure distance and area").click()
    for place in AREA:
        click(page, place)
    expect(frame.locator(".leaflet-draw-tooltip")).to_contain_text("km")
    click(page, AREA[-1])
    label = frame.locator(".atlas-measured button")
    found = re.fullmatch(r"([\d.,]+) km · closed: ([\d.,]+) km²\s+×", label.inner_text())
    assert found is not None
    geod = pyproj.Geod(ellps="WGS84")
    lons, lats = zip(*AREA, strict=True)
    area, _perimeter = geod.polygon_area_perimeter(lons, lats)
    length = geod.line_length(lons, lats)
    assert float(found[1].replace(",", "")) == pytest.approx(length / 1e3, rel=0.01)
    assert float(found[2].replace(",", "")) == pytest.approx(area / 1e6, rel=0.015)
    expect(page.locator(".st-key-drawn tbody")).to_have_count(0)
    label.click()
    expect(label).to_have_count(0)
    assert watch.errors == []


def test_a_line_is_drawn_by_keyboard(page: Page, watch: Watch) -> None:
    frame = opened(page)
    tool(frame, "Draw a line").focus()
    page.keyboard.press("Enter")
    expect(frame.locator(".atlas-voice")).to_contain_text("space bar")
    frame.locator(".leaflet-container").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    (one,) = in_link(page, 1)
    assert one.kind == "line"
    assert len(one.points) == 2
    assert one.points[1][0] > one.points[0][0]
    assert watch.errors == []


@pytest.mark.parametrize(
    "sight", [(DESKTOP, "dark"), (PHONE, "light")], indirect=True, ids=["dark", "phone"]
)
def test_the_list_fits(page: Page, watch: Watch) -> None:
    frame = opened(page, drawn(an_area(), a_line(), an_area(name="Area 2", points=CROSSED)))
    figures(page, 0)
    wide = page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    for part in page.locator(".st-key-drawn :is(input, button, .figure)").all():
        box = part.bounding_box()
        assert box is None or box["x"] + box["width"] <= wide
    assert tool(frame, "Draw an area").evaluate("b => getComputedStyle(b).backgroundColor") == tool(
        frame, "Zoom in"
    ).evaluate("b => getComputedStyle(b).backgroundColor")
    assert watch.errors == []
