"""The page that travels in a browser: from a file, with the network cut."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Route,
    expect,
)

from geo import batch_index, control, scenario, webpage
from geo.drawing import Drawing
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.snapshot import Snapshot
from geo.style import ThemeName
from tests.browser.conftest import DESKTOP, PHONE, Watch
from tests.browser.test_accessible import violations
from tests.test_webpage import HOSTILE

pytestmark = pytest.mark.browser

every_sight = pytest.mark.parametrize(
    "sight",
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
    indirect=True,
    ids=["desktop-light", "desktop-dark", "phone-light", "phone-dark"],
)


def answer(**changes: object) -> Impact:
    question = scenario.default().changed(**changes)
    ground = control.load(question.date, question.source)
    return assess(pull_back(ground, question), ground, question)


@pytest.fixture(scope="module")
def default() -> Impact:
    return answer()


@pytest.fixture
def cut(chromium: Browser, watch: Watch, sight: tuple[tuple[int, int], str]) -> Iterator[Page]:
    """An empty page without a network, which reads files alone."""
    (width, height), _scheme = sight
    context = chromium.new_context(viewport={"width": width, "height": height})
    context.set_offline(True)

    def guard(route: Route, request: Request) -> None:
        if request.url.startswith("file:"):
            route.continue_()
        else:
            watch.strangers.append(request.url)
            route.abort()

    context.route("**/*", guard)
    tab = context.new_page()

    def note(message: ConsoleMessage) -> None:
        # A policy that is broken is told as an error; a font that is none as a warning.
        if message.type in ("error", "warning"):
            watch.errors.append(message.text)

    def refuse(dialog: Dialog) -> None:
        watch.errors.append("a dialog")
        dialog.dismiss()

    tab.on("console", note)
    tab.on("pageerror", lambda error: watch.errors.append(str(error)))
    tab.on("dialog", refuse)
    yield tab
    context.close()


def opened(page: Page, folder: Path, snapshot: Snapshot, theme: ThemeName = "light") -> None:
    """Open the page of a snapshot from a file and wait for its maps."""
    file = folder / "page.html"
    file.write_bytes(webpage.html(snapshot, theme=theme))
    page.goto(file.as_uri())
    expect(page.locator(".leaflet-zones-pane path").first).to_be_attached()


def assert_quiet(watch: Watch) -> None:
    assert watch.errors == []
    assert watch.strangers == []


@every_sight
def test_the_map_draws_without_a_network(
    cut: Page,
    default: Impact,
    tmp_path: Path,
    watch: Watch,
    sight: tuple[tuple[int, int], str],
) -> None:
    theme: ThemeName = "dark" if sight[1] == "dark" else "light"
    opened(cut, tmp_path, Snapshot(answers=(default,)), theme)
    for pane in ("land", "held", "zones", "line", "rivers"):
        path = cut.locator(f".leaflet-{pane}-pane path").first
        assert len(path.get_attribute("d") or "") > 50, pane
    expect(cut.locator(".atlas-town").first).to_be_visible()
    expect(cut.locator(".atlas-legend-row")).to_have_count(4)
    expect(cut.get_by_role("heading", level=1)).to_have_text(str(default.scenario.title()))
    assert cut.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert violations(cut) == []
    assert_quiet(watch)


@pytest.mark.parametrize(
    ("towns", "named"),
    [
        ([("Great", 37.6, 900_000), ("Large", 37.9, 300_000)], {"Great": "left", "Large": "right"}),
        ([("Large", 37.9, 300_000), ("Least", 38.2, 5_000)], {"Large": "right"}),
    ],
)
def test_the_name_of_a_town_keeps_off_the_dot_of_a_large_one(
    cut: Page,
    default: Impact,
    tmp_path: Path,
    towns: list[tuple[str, float, int]],
    named: dict[str, str],
) -> None:
    rows = [[name, 48.0, lon, residents, ""] for name, lon, residents in towns]
    cut.add_init_script(
        "let base; Object.defineProperty(window, 'pullbackAtlasBase', { get: () => base,"
        f" set: (given) => {{ base = given; base.towns = {json.dumps(rows)}; }} }});"
    )
    opened(cut, tmp_path, Snapshot(answers=(default,)))
    found = cut.locator(".atlas-town").evaluate_all(
        "all => all.map((one) => [one.textContent, one.className.match(/left|right/)[0],"
        " one.getBoundingClientRect().right - new DOMMatrix(getComputedStyle(one).transform).e"
        " - one.offsetParent.getBoundingClientRect().left])"
    )
    assert {name: side for name, side, _right_px in found} == named
    for _name, side, right_px in found:
        # The name ends at its dot, or begins there.
        assert abs(right_px) < 2 if side == "left" else right_px > 20


def test_makiivka_is_named_beside_donetsk(cut: Page, default: Impact, tmp_path: Path) -> None:
    opened(cut, tmp_path, Snapshot(answers=(default,)))
    for name in ("Donetsk", "Makiivka"):
        expect(cut.get_by_text(name, exact=True).and_(cut.locator(".atlas-town"))).to_have_count(1)


@pytest.mark.parametrize("sight", [(DESKTOP, "light"), (PHONE, "light")], indirect=True)
def test_one_can_zoom_and_come_back(
    cut: Page, default: Impact, tmp_path: Path, watch: Watch
) -> None:
    opened(cut, tmp_path, Snapshot(answers=(default,)))
    scale = cut.locator(".leaflet-control-scale-line")
    before = scale.get_attribute("style") or ""
    assert "width" in before
    cut.locator(".leaflet-control-zoom-in").focus()
    cut.keyboard.press("Enter")
    expect(scale).not_to_have_attribute("style", before)
    cut.locator(".atlas-fit").click()
    expect(scale).to_have_attribute("style", before)
    assert_quiet(watch)


def test_the_view_of_the_snapshot_comes_first_and_the_whole_is_a_click_away(
    cut: Page, default: Impact, tmp_path: Path, watch: Watch
) -> None:
    opened(cut, tmp_path, Snapshot(answers=(default,), view=(50e3, -50e3, 150e3, 20e3)))
    scale = cut.locator(".leaflet-control-scale-line")
    expect(scale).to_have_text("10 km")
    cut.locator(".atlas-fit").click()
    expect(scale).to_have_text("50 km")
    assert_quiet(watch)


@pytest.mark.parametrize("sight", [(DESKTOP, "light"), (PHONE, "light")], indirect=True)
def test_the_settlements_open_by_keyboard(
    cut: Page, default: Impact, tmp_path: Path, watch: Watch
) -> None:
    opened(cut, tmp_path, Snapshot(answers=(default,)))
    name = cut.get_by_role("cell", name=default.settlements["name_en"].iloc[0], exact=True)
    expect(name).to_be_hidden()
    cut.locator("summary").focus()
    cut.keyboard.press("Enter")
    expect(name).to_be_visible()
    assert violations(cut) == []
    assert_quiet(watch)


def test_two_maps_move_together(cut: Page, default: Impact, tmp_path: Path, watch: Watch) -> None:
    opened(cut, tmp_path, Snapshot(answers=(default, answer(source="owl"))))
    scales = cut.locator(".leaflet-control-scale-line")
    expect(scales).to_have_count(2)
    before = scales.nth(1).get_attribute("style") or ""
    cut.locator(".leaflet-control-zoom-in").first.click()
    expect(scales.nth(1)).not_to_have_attribute("style", before)
    expect(scales.nth(1)).to_have_attribute("style", scales.nth(0).get_attribute("style") or "")
    assert cut.evaluate("document.querySelectorAll('#atlas-held').length") == 1
    assert violations(cut) == []
    assert_quiet(watch)


def test_what_comes_from_data_does_not_run(
    cut: Page, default: Impact, tmp_path: Path, watch: Watch
) -> None:
    title = default.control.title
    object.__setattr__(default.control, "title", HOSTILE)
    try:
        line = Drawing("line", HOSTILE, ((37.0, 48.2), (37.4, 48.7), (37.7, 49.0)), 5.0, 5.0)
        question = line.to_scenario(default.scenario)
        found = assess(pull_back(default.control, question), default.control, question)
        attack = dataclasses.replace(
            default, settlements=default.settlements.assign(name_en=HOSTILE), warnings=(HOSTILE,)
        )
        opened(cut, tmp_path, Snapshot(answers=(attack,), drawn=((line, found),), night=HOSTILE))
    finally:
        object.__setattr__(default.control, "title", title)
    expect(cut.locator(".atlas-drawn-name")).to_contain_text("<img src=x onerror")
    assert cut.locator("main img").count() == 0
    assert_quiet(watch)


def test_a_script_that_was_put_into_the_page_does_not_run(
    cut: Page, default: Impact, tmp_path: Path, watch: Watch
) -> None:
    """The policy holds even where something slipped through."""
    page = webpage.html(Snapshot(answers=(default,)))
    bad = b"<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    file = tmp_path / "page.html"
    file.write_bytes(page.replace(b"</main>", bad + b"</main>"))
    cut.goto(file.as_uri())
    expect(cut.locator(".leaflet-zones-pane path").first).to_be_attached()
    assert "run" not in cut.title().split(" ")
    assert any("Content Security Policy" in error for error in watch.errors)


@pytest.mark.parametrize("sight", [(DESKTOP, "light"), (PHONE, "light")], indirect=True)
def test_the_index_of_a_batch_opens_from_a_file_too(
    cut: Page, tmp_path: Path, watch: Watch
) -> None:
    figures = {"area_km2": 1.0, "residents_2022": None, "settlements": 2.0, "rail_km": 3.0}
    done = batch_index.Done(
        number=1,
        stem="0001-ф",
        name=HOSTILE,
        title="Both sides pull back 5 km",
        date="2025-12-14",
        source=HOSTILE,
        sides={"ukraine": figures, "russia": figures},
        sources=(dict.fromkeys(("title", "as_of", "licence", "attribution", "url"), HOSTILE),),
        files=("0001-ф.png",),
        remarks=(HOSTILE,),
    )
    fault = batch_index.Fault(2, 3, HOSTILE, HOSTILE)
    for name, content in batch_index.files(HOSTILE, [done], [fault], [HOSTILE]).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / done.stem).mkdir()
    with Image.new("RGB", (48, 34)) as picture:
        picture.save(tmp_path / done.stem / batch_index.THUMBNAIL)
    cut.goto((tmp_path / batch_index.INDEX).as_uri())
    expect(cut.get_by_role("heading", level=1)).to_have_text("1 scenario")
    assert cut.evaluate("[...document.images].map((one) => one.naturalWidth)") == [48]
    assert cut.locator("tr").count() == 7
    assert cut.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert violations(cut) == []
    assert_quiet(watch)
