"""The load page in a real browser: what a file holds is seen, chosen, used, and stays one's own."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page, expect

from geo import control, impact, pullback, scenario, webmap
from tests.browser import drive
from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser

SIGHTS = pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    indirect=True,
    ids=["desktop", "dark", "phone"],
)
RUNS = "window.top.atlasRan = 1"
HOSTILE = {
    "<img src=x onerror='" + RUNS + "'>": "<img src=x onerror='" + RUNS + "'>",
    "${" + RUNS + "}": "${" + RUNS + "}",
    "`${" + RUNS + "}`": "`+(" + RUNS + ")+`",
    "</script><script>" + RUNS + "</script>": "</script><script>" + RUNS + "</script>",
    "{{ 7*7 }}": "{% raw %}\\u0060 $\\frac{1}{2}$ **b** [x](javascript:" + RUNS + ")",
}
NAME = "</script><img src=x onerror=" + RUNS.replace(" ", "") + ">${7}`_20251101.geojson"
# East of a front of its own, as no assessor has it.
HELD = shapely.box(37.9, 46.9, 40.3, 50.1)


def watched(page: Page, watch: Watch) -> None:
    page.on("dialog", lambda dialog: watch.errors.append(dialog.message))


def opened(page: Page, watch: Watch) -> None:
    watched(page, watch)
    page.goto("/load")
    expect(page.locator("h1")).to_have_text("Load a map or an area")
    page.locator("input[type=file]").wait_for(state="attached")
    quiet(watch)


def quiet(watch: Watch) -> None:
    # Streamlit looks for its own health below the page's address before it does at the root.
    watch.errors[:] = [text for text in watch.errors if "404 (Not Found)" not in text]


def give(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def use(page: Page) -> None:
    page.get_by_role("button", name="Use it").click()
    page.locator("tr[data-side=ukraine]").wait_for(timeout=60_000)


def complete(page: Page) -> None:
    """Wait until every part of the scenario page answers the question on screen."""
    page.wait_for_function(
        """() => {
          const parts = [...document.querySelectorAll("[class*='st-key-part-']")];
          return parts.length >= 5 && parts.every(part => part.ariaBusy === "false");
        }""",
        timeout=60_000,
    )


def ran(page: Page) -> object:
    return page.evaluate("window.atlasRan")


def geojson(*shapes: shapely.Geometry, properties: dict[str, str] | None = None) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": properties or {},
            "geometry": shapely.geometry.mapping(shape),
        }
        for shape in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def shapefile(folder: Path, epsg: int) -> bytes:
    """A zipped Shapefile that does not say in which CRS it is."""
    frame = gpd.GeoDataFrame(
        {"zone": ["a"]}, geometry=[shapely.box(37, 47.8, 38.3, 48.8)], crs=4326
    )
    frame.to_crs(epsg).to_file(folder / "zone.shp")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for suffix in (".shp", ".shx", ".dbf"):
            made.write(folder / f"zone{suffix}", f"zone{suffix}")
    return target.getvalue()


def fits(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    )


@SIGHTS
def test_a_control_map_is_seen_and_then_used_and_nothing_in_it_runs(
    page: Page, watch: Watch
) -> None:
    opened(page, watch)
    bow = shapely.Polygon([(39, 47), (40, 48), (40, 47), (39, 48)])
    give(page, NAME, geojson(HELD, bow, shapely.Point(37, 48), properties=HOSTILE))
    facts = page.locator(".atlas-facts")
    expect(facts).to_contain_text("GeoJSON, 3 rows")
    expect(facts).to_contain_text("WGS 84 (EPSG:4326)")
    expect(facts).to_contain_text("Invalid polygons repaired: 1")
    expect(facts).to_contain_text("1 point or line: only areas are used.")
    columns = page.locator(".st-key-answer .atlas-scroll tbody tr")
    expect(columns).to_have_count(len(HOSTILE))
    for name in HOSTILE:
        expect(page.locator(".atlas-scroll")).to_contain_text(name)
    frame = page.frame_locator(".st-key-load-map iframe")
    frame.locator(".atlas-region").first.wait_for(state="attached")
    frame.locator(".atlas-region").first.hover(force=True, position={"x": 30, "y": 30})
    assert fits(page)
    use(page)
    expect(page.locator(".atlas-sub")).to_contain_text("1 November 2025")
    expect(page.locator(".atlas-sub")).to_contain_text("onerror")
    expect(page.get_by_role("radio", name="Yours")).to_be_checked()
    map_frame = drive.map_frame(page)
    map_frame.locator("path.atlas-zone").first.wait_for(state="attached")
    expect(map_frame.locator(".leaflet-control-attribution")).to_contain_text("onerror")
    box = map_frame.locator(".leaflet-container")
    box.hover(position={"x": 200, "y": 200})
    page.get_by_role("slider", name="Ukraine pulls back").press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("5.5 km")
    page.wait_for_timeout(1500)
    assert ran(page) is None
    quiet(watch)
    assert watch.errors == []
    assert watch.strangers == []


def test_it_stays_ones_own_and_goes_when_it_is_taken_away(
    page: Page, watch: Watch, chromium: Browser, address: str
) -> None:
    opened(page, watch)
    give(page, "mine.geojson", geojson(HELD))
    page.get_by_label("Name").fill("My map")
    page.get_by_label("Name").press("Enter")
    use(page)
    area = page.locator("tr[data-side=ukraine] td[data-measure=area_km2] b").inner_text()
    page.wait_for_url("**source=loaded**")
    link = page.url
    query = {key: values[0] for key, values in parse_qs(urlsplit(link).query).items()}
    assert query["source"] == "loaded"
    # The link says nothing of it, and opens nothing of it elsewhere or after a reload.
    context = chromium.new_context(base_url=address)
    other = context.new_page()
    other.goto(link)
    other.locator(".atlas-sub").wait_for(timeout=30_000)
    expect(other.locator(".atlas-notice").first).to_contain_text("load the file again")
    expect(other.locator(".atlas-sub")).not_to_contain_text("My map")
    expect(other.get_by_role("radio", name="Owl")).to_be_visible()
    assert other.get_by_role("radio", name="Yours").count() == 0
    context.close()
    # To a bundled assessor and back: the figures are those of the map again.
    page.get_by_role("radio", name="Owl").click()
    expect(page.locator(".atlas-sub")).to_contain_text("(Owl)")
    page.get_by_role("radio", name="Yours").click()
    expect(page.locator(".atlas-sub")).to_contain_text("(My map)")
    expect(page.locator("tr[data-side=ukraine] td[data-measure=area_km2] b")).to_have_text(area)
    complete(page)
    page.get_by_role("link", name="Load", exact=True).click()
    expect(page.locator(".st-key-answer")).to_contain_text("My map · control map of")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".st-key-answer")).not_to_contain_text("My map")
    page.get_by_role("link", name="Scenario", exact=True).click()
    expect(page.locator(".atlas-sub")).to_contain_text("(DeepState)")
    expect(page.get_by_role("radio", name="Yours")).to_have_count(0)
    quiet(watch)
    assert watch.errors == []


@SIGHTS
def test_a_missing_crs_is_asked_for_and_an_area_is_where_a_scenario_applies(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    opened(page, watch)
    give(page, "zone.zip", shapefile(tmp_path, 32637))
    expect(page.locator(".atlas-notice")).to_contain_text("does not say in which coordinate")
    expect(page.get_by_role("button", name="Use it")).to_have_count(0)
    box = page.get_by_role("combobox", name="Coordinate reference system")
    box.click()
    box.fill("nonsense")
    box.press("Enter")
    expect(page.locator(".atlas-notice").first).to_contain_text("no EPSG code that is known")
    box = page.get_by_role("combobox", name="Coordinate reference system")
    box.click()
    page.get_by_role("option").filter(has_text="EPSG:32637").first.click()
    expect(page.locator(".atlas-facts")).to_contain_text("Reprojected")
    expect(page.locator(".atlas-facts")).to_contain_text("WGS 84 / UTM zone 37N (EPSG:32637)")
    page.get_by_role("radio", name="Area").click()
    use(page)
    expect(page.locator("h1")).to_contain_text("in the area given")
    expect(page.get_by_role("combobox", name="Where")).to_have_value("zone · your file")
    drive.map_frame(page).locator("path.atlas-zone").first.wait_for(state="attached")
    assert fits(page)
    quiet(watch)
    assert watch.errors == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.geojson", b" ", "empty.geojson is empty"),
        (
            "laughs.kml",
            b'<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><kml>&b;</kml>',
            "declares entities",
        ),
        ("bomb.zip", b"", "unpacks to more than"),
        (
            "ring.geojson",
            geojson(
                shapely.Polygon(np.random.default_rng(1).uniform((37, 47), (39, 49), (500, 2)))
            ),
            "outlines of some",
        ),
        ("points.geojson", geojson(shapely.Point(37, 48)), "holds no polygons"),
    ],
    ids=["empty", "entities", "bomb", "ring", "points"],
)
def test_a_trap_is_one_sentence_and_the_page_lives(
    page: Page, watch: Watch, name: str, content: bytes, words: str
) -> None:
    if name == "bomb.zip":
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("a.shp", b"\0" * 120_000_000)
        content = target.getvalue()
    opened(page, watch)
    give(page, name, content)
    notice = page.locator(".atlas-notice")
    expect(notice).to_contain_text(words, timeout=20_000)
    assert "Traceback" not in notice.inner_text()
    give(page, "good.geojson", geojson(HELD))
    expect(page.get_by_role("button", name="Use it")).to_be_visible()
    expect(page.locator(".atlas-notice")).to_have_count(0)
    quiet(watch)
    assert watch.errors == []


def test_nothing_runs_in_a_page_that_is_saved(page: Page, watch: Watch, tmp_path: Path) -> None:
    """The map as one HTML file that stands alone, of a control map with a hostile name."""
    watched(page, watch)
    title = "".join(HOSTILE)
    made = control.derive(
        np.array([shapely.box(150_000, -60_000, 400_000, 100_000)]),
        source="file",
        title=title,
        date=dt.date(2025, 11, 1),
    )
    asked = scenario.make(date=made.date, ukraine_km=5, russia_km=5)
    found = impact.assess(pullback.pull_back(made, asked), made, asked)
    chart = webmap.base_map(leaflet_url=(drive.ROOT / "static" / "vendor").as_uri())
    for group in webmap.layers(found):
        chart.add_child(group)
    file = tmp_path / "map.html"
    chart.save(str(file))
    page.goto(file.as_uri())
    page.locator("path.atlas-zone").first.wait_for(state="attached")
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("onerror")
    page.wait_for_timeout(500)
    assert ran(page) is None
    assert watch.errors == []
