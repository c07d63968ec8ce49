"""The printed page: what is on it, that the scale is true, that the bytes are stable."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import threading
from typing import Any

import numpy as np
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text

from geo import crs, figure, words
from geo.snapshot import Snapshot
from tests import printed
from tests.printed import boxes, impact_of, texts

PRESETS = ("mirror-5", "mirror-10", "free-economic-zone", "mirror-40", "freeze", "buffer-28")


@functools.cache
def page_of(preset: str, **changes: Any) -> Figure:
    return figure.page(printed.one(preset, **changes))


def map_of(page: Figure) -> Axes:
    (axes,) = printed.maps_of(page)
    return axes


def patches(page: Figure, gid: str) -> list[PathPatch]:
    return [patch for patch in page.findobj(PathPatch) if patch.get_gid() == gid]


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_overlaps_and_nothing_is_cut_off(preset: str) -> None:
    page = page_of(preset)
    assert len(texts(page, *printed.ON_MAP)) >= 20
    assert printed.overlapping(page) == []
    assert printed.cut_off(page) == []


def test_what_overlaps_is_found() -> None:
    page = figure.page(printed.one())
    (title,) = texts(page, "title")
    title.set_y(texts(page, "subtitle")[0].get_position()[1])
    town, other = texts(page, "town")[:2]
    other.set_position(town.get_position())
    other.set_transform(town.get_transform())
    assert f"{town.get_text()} and {other.get_text()}" in printed.overlapping(page)
    assert len(printed.overlapping(page)) >= 2
    title.set_x(0.5)
    assert printed.cut_off(page) == [title.get_text()]


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
        assert str(sentence) in foot


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


def test_sessions_may_draw_at_once() -> None:
    asked = [
        (snapshot, format)
        for format in ("png", "svg", "pdf")
        for snapshot in (printed.one(), printed.one("freeze"))
    ]
    alone = [figure.render(*one) for one in asked]
    together: dict[int, bytes] = {}

    def draw(number: int) -> None:
        together[number] = figure.render(*asked[number])

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(len(asked))] == alone


def test_a_note_on_the_night_is_printed() -> None:
    shown = dataclasses.replace(printed.one(), night=printed.NIGHT)
    written = [text.get_text() for text in texts(figure.page(shown), "sources")]
    assert printed.NIGHT in written


def test_a_hostile_name_of_a_file_is_only_text() -> None:
    impact = impact_of("mirror-5")
    name = "$\\frac{1}{0}$ \U0001f6f0\u4e2d\nЇжак " + "long" * 80 + ".geojson"
    hostile = dataclasses.replace(impact, control=dataclasses.replace(impact.control, title=name))
    shown = Snapshot(answers=(hostile,))
    page = figure.page(shown)
    subtitle = " ".join(text.get_text() for text in texts(page, "subtitle"))
    assert "$\\frac{1}{0}$" in subtitle
    assert "Їжак" in subtitle
    assert "\u4e2d" not in subtitle
    for format in ("png", "pdf", "svg"):
        assert figure.render(shown, format)
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
