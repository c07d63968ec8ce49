"""The printed page: nothing overlaps or is cut off, the scale is true, the bytes are stable."""

from __future__ import annotations

import dataclasses
import functools
import io
import itertools
import struct
import threading
from typing import Any

import numpy as np
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from geo import control, crs, figure, words
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.scenario import from_preset
from geo.style import THEMES

PRESETS = ("mirror-5", "mirror-10", "free-economic-zone", "mirror-40", "freeze", "buffer-28")


@functools.cache
def impact_of(preset: str, **changes: Any) -> Impact:
    scenario = from_preset(preset, **changes)
    ground = control.load(scenario.date, scenario.source)
    return assess(pull_back(ground, scenario), ground, scenario)


@functools.cache
def page_of(preset: str, **changes: Any) -> Figure:
    return figure.page(impact_of(preset, **changes))


def texts(page: Figure, *gids: str) -> list[Text]:
    return [text for text in page.findobj(Text) if text.get_gid() in gids]


def boxes(page: Figure, found: list[Text]) -> list[Bbox]:
    renderer = FigureCanvasAgg(page).get_renderer()
    return [text.get_window_extent(renderer) for text in found]


def map_of(page: Figure) -> Axes:
    return next(axes for axes in page.axes if axes.get_gid() == "map")


def patches(page: Figure, gid: str) -> list[PathPatch]:
    return [patch for patch in page.findobj(PathPatch) if patch.get_gid() == gid]


@pytest.mark.parametrize("preset", PRESETS)
def test_names_on_the_map_do_not_overlap_and_none_is_cut_off(preset: str) -> None:
    page = page_of(preset)
    found = texts(page, "town", "oblast", "country", "sea", "scale")
    assert len(found) >= 20
    frame = map_of(page).bbox
    named = list(zip((text.get_text() for text in found), boxes(page, found), strict=True))
    for name, box in named:
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, name
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1, name
    for (one, first), (other, second) in itertools.combinations(named, 2):
        assert not first.overlaps(second), f"{one} and {other}"


@pytest.mark.parametrize("preset", PRESETS)
def test_words_around_the_map_do_not_overlap_and_stay_on_the_page(preset: str) -> None:
    page = page_of(preset)
    gids = ("title", "subtitle", "sources", "illustrative", "figure", "legend", "deed")
    found = texts(page, *gids)
    # Lines of a paragraph may touch by a pixel or two; columns and blocks may not.
    named = [
        (text.get_text(), box, box.padded(-1.0, -3.0))
        for text, box in zip(found, boxes(page, found), strict=True)
    ]
    for name, box, _ in named:
        assert page.bbox.x0 < box.x0 < box.x1 < page.bbox.x1, name
        assert page.bbox.y0 < box.y0 < box.y1 < page.bbox.y1, name
    for (one, _, first), (other, _, second) in itertools.combinations(named, 2):
        assert not first.overlaps(second), f"{one} and {other}"


def test_the_largest_towns_are_named() -> None:
    names = [text.get_text() for text in texts(page_of("mirror-5"), "town")]
    assert {"Donetsk", "Mariupol", "Luhansk", "Kramatorsk", "Bakhmut"} <= set(names)
    assert names[0] == "Donetsk"


def test_title_figures_and_sources_are_on_the_page() -> None:
    impact = impact_of("mirror-5")
    page = page_of("mirror-5")
    written = [text.get_text() for text in page.findobj(Text)]
    assert impact.scenario.title() in written
    assert words.ILLUSTRATIVE in written
    subtitle = (
        "Line of contact on 14 December 2025 (DeepState) · "
        "residents as counted on 1 January 2022 · illustrative"
    )
    assert subtitle in written
    for side, measure in itertools.product(("ukraine", "russia"), words.MEASURES):
        assert words.measure(measure, float(impact.sides[measure][side])) in written
    foot = " ".join(text.get_text() for text in texts(page, "sources"))
    for source in impact.sources:
        assert source["attribution"] in foot
        assert source["licence"].rstrip(".") in foot
    assert "14 December 2025" in foot
    assert "Natural Earth" in foot
    for sentence in impact.warnings:
        assert sentence in foot


@pytest.mark.parametrize("preset", ["mirror-5", "mirror-40", "mirror-10"])
def test_the_scale_bar_is_true_at_the_centre_of_the_map(preset: str) -> None:
    page = page_of(preset)
    halves = [r for r in page.findobj(Rectangle) if r.get_gid() == "scale-bar"]
    length = sum(half.get_width() for half in halves)
    longest = [text.get_text() for text in texts(page, "scale")][-1]
    axes = map_of(page)
    x, y = np.mean(axes.get_xlim()), np.mean(axes.get_ylim())
    bar = shapely.LineString([(x - length / 2, y), (x + length / 2, y)])
    assert crs.geodesic_length_km(bar) == pytest.approx(float(longest.split()[0]), rel=1e-4)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_metre_is_as_long_up_as_across(preset: str) -> None:
    axes = map_of(page_of(preset))
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    across = axes.bbox.width / (east - west)
    assert across == pytest.approx(axes.bbox.height / (north - south), rel=1e-6)


def test_the_map_shows_all_of_the_zones_and_the_extent() -> None:
    for preset in PRESETS:
        impact = impact_of(preset)
        axes = map_of(page_of(preset))
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        view = shapely.box(west, south, east, north)
        assert all(view.contains(zone) for zone in impact.zones.geometry if not zone.is_empty)
        if preset == "freeze":
            assert view.contains(impact.control.line)


def test_sides_differ_by_pattern_as_well_as_by_colour() -> None:
    page = page_of("mirror-5")
    (ukraine,), (russia,), (held,) = (
        patches(page, gid) for gid in ("zone-ukraine", "zone-russia", "held")
    )
    assert len({ukraine.get_hatch(), russia.get_hatch(), held.get_hatch()}) == 3
    assert len({ukraine.get_facecolor(), russia.get_facecolor(), held.get_facecolor()}) == 3
    page = page_of("free-economic-zone")
    (left,) = patches(page, "left-ukraine")
    assert left.get_hatch() not in (ukraine.get_hatch(), None)
    assert not patches(page, "zone-ukraine")
    assert not patches(page, "left-russia")


def test_the_line_of_contact_lies_on_a_white_casing() -> None:
    page = page_of("mirror-5")
    (line,), (casing,) = patches(page, "line"), patches(page, "casing")
    assert line.get_edgecolor()[:3] == pytest.approx((17 / 255,) * 3)
    assert casing.get_edgecolor()[:3] == (1.0, 1.0, 1.0)
    assert casing.get_linewidth() > line.get_linewidth()


def test_the_png_is_stable_and_holds_no_time() -> None:
    impact = impact_of("mirror-5")
    first, second = figure.png(impact), figure.png(impact)
    assert first == second
    kinds = set()
    rest = first[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kinds.add(rest[4:8])
        rest = rest[12 + length :]
    assert kinds <= {b"IHDR", b"pHYs", b"IDAT", b"IEND", b"sBIT"}


def test_sessions_may_draw_at_once() -> None:
    impacts = [impact_of("mirror-5"), impact_of("freeze")] * 2
    alone = [figure.png(impact) for impact in impacts]
    together: dict[int, bytes] = {}

    def draw(number: int) -> None:
        together[number] = figure.png(impacts[number])

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(len(impacts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(len(impacts))] == alone


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_has_the_size_asked_for_and_is_not_blank(theme: Any) -> None:
    picture = imread(io.BytesIO(figure.png(impact_of("mirror-5"), dpi=120, theme=theme)))
    assert picture.shape[:2] == (992, 1403)
    pixels = np.round(picture[..., :3] * 255).astype(int).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 500
    for colour in (THEMES[theme].ukraine, THEMES[theme].russia):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(pixels - wanted).max(axis=1) < 40).sum() > 50


def test_a_note_on_the_night_is_printed() -> None:
    page = figure.page(impact_of("mirror-5"), night="138 drones launched (Air Force).")
    assert "138 drones launched (Air Force)." in [t.get_text() for t in texts(page, "sources")]


def test_a_hostile_name_of_a_file_is_only_text() -> None:
    impact = impact_of("mirror-5")
    name = "$\\frac{1}{0}$ \U0001f6f0\u4e2d\nЇжак " + "long" * 80 + ".geojson"
    hostile = dataclasses.replace(impact, control=dataclasses.replace(impact.control, title=name))
    page = figure.page(hostile)
    subtitle = " ".join(text.get_text() for text in texts(page, "subtitle"))
    assert "$\\frac{1}{0}$" in subtitle
    assert "Їжак" in subtitle
    assert "\u4e2d" not in subtitle
    figure.png(hostile)
    for box in boxes(page, texts(page, "subtitle", "sources")):
        assert box.x1 < page.bbox.x1


def test_a_long_title_is_set_in_lines_of_about_the_same_length() -> None:
    lines = [text.get_text() for text in texts(page_of("buffer-28"), "title")]
    assert len(lines) == 2
    assert " ".join(lines) == impact_of("buffer-28").scenario.title()
    assert min(map(len, lines)) > 0.6 * max(map(len, lines))


def test_a_tiny_area_is_not_shown_closer_than_the_data_allow() -> None:
    area = (
        '{"type":"Polygon","coordinates":'
        "[[[37.6,48.4],[37.75,48.4],[37.75,48.5],[37.6,48.5],[37.6,48.4]]]}"
    )
    axes = map_of(page_of("mirror-5", extent="area", area=area))
    west, east = axes.get_xlim()
    assert east - west >= 60_000
