"""Every size of page in every theme: nothing overlaps, nothing is cut off, all can be read."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import shapely
from matplotlib.text import Text

from geo import figure, papermap, words
from geo.paper import PAPERS, Look
from geo.pullback import SIDES
from geo.sheet import DPI
from geo.style import THEMES
from tests import printed

LEAST_POINTS = {"social": 7.0, "square": 7.0, "slide": 9.0}
CASES = [*itertools.product(printed.KINDS, PAPERS)]
IN_COLUMN = [paper for paper, plan in figure.PLANS.items() if plan.brief and plan.column_mm]
COLUMN = ("head", "heading", "deed", "figure", "legend", "caption", "letter", "drawing")
TRANSLATED = [*itertools.product(("one", "long", "four", "drawn", "change"), PAPERS)]


@pytest.mark.parametrize(("kind", "paper"), CASES)
def test_nothing_overlaps_and_nothing_is_cut_off(kind: str, paper: str) -> None:
    page = printed.page(kind, paper)
    assert printed.overlapping(page) == []
    assert printed.cut_off(page) == []


@pytest.mark.parametrize(("kind", "paper"), TRANSLATED)
def test_nor_in_ukrainian(kind: str, paper: str) -> None:
    page = printed.page(kind, paper, language="uk")
    title = " ".join(text.get_text() for text in printed.texts(page, "title"))
    assert printed.overlapping(page) == []
    assert printed.cut_off(page) == []
    assert any("а" <= letter <= "я" for letter in title)


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize(("kind", "paper"), CASES)
def test_labels_of_a_legend_are_whole(kind: str, paper: str, language: str) -> None:
    lines = [
        t.get_text() for t in printed.texts(printed.page(kind, paper, language=language), "legend")
    ]
    brief = figure.PLANS[paper].brief
    assert lines
    assert " ".join(lines) == " ".join(printed.labels(kind, brief=brief, language=language))
    assert "…" not in "".join(lines)


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("paper", IN_COLUMN)
@pytest.mark.parametrize("kind", [*printed.KINDS, "four-long"])
def test_a_column_ends_where_its_maps_do(kind: str, paper: str, language: str) -> None:
    page = printed.page(kind, paper, language=language)
    maps = [axes.bbox for axes in printed.maps_of(page)]
    right, foot = max(box.x1 for box in maps), min(box.y0 for box in maps)
    column = [(text.get_text(), box) for text, box in _placed(page, *COLUMN) if box.x0 > right]
    assert column
    assert [text for text, box in column if box.y0 < foot - 1.0] == []


def test_questions_without_a_map_say_what_sets_them_apart() -> None:
    for language, told in (("en", "Owl, 24 December 2025"), ("uk", "Owl, 24 грудня 2025")):
        page = printed.page("four", "social", language=language)
        captions = [text.get_text() for text in printed.texts(page, "caption")]
        assert told in captions
        assert "…" not in "".join(captions)


@pytest.mark.parametrize(("paper", "theme"), [*itertools.product(PAPERS, THEMES)])
def test_every_size_in_every_theme(paper: str, theme: Any) -> None:
    page = printed.page("one", paper, theme)
    width, height = page.get_size_inches() * 25.4
    assert (width, height) == pytest.approx(PAPERS[paper])
    colours = THEMES[theme]
    for text in printed.texts(page, "title", "legend", "figure"):
        assert text.get_color() == colours.ink
    for axes in printed.maps_of(page):
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        across = axes.bbox.width / (east - west)
        assert across == pytest.approx(axes.bbox.height / (north - south), rel=1e-6)


@pytest.mark.parametrize(("kind", "paper"), CASES)
def test_every_page_says_what_it_is_and_where_it_comes_from(kind: str, paper: str) -> None:
    page = printed.page(kind, paper)
    written = " ".join(text.get_text() for text in page.findobj(Text))
    assert (words.ILLUSTRATIVE in written) == (kind != "change")
    foot = " ".join(text.get_text() for text in printed.texts(page, "sources"))
    for told in ("14 December 2025", "OpenStreetMap", "ODbL 1.0", "GeoNames", "CC BY 4.0", "MIT"):
        assert told in foot
    assert printed.texts(page, "title")
    assert printed.texts(page, "subtitle")
    assert printed.texts(page, "scale")


@pytest.mark.parametrize("kind", printed.KINDS)
@pytest.mark.parametrize("paper", list(PAPERS))
def test_an_inset_says_where_the_map_is(kind: str, paper: str) -> None:
    page = printed.page(kind, paper)
    inset = printed.inset_of(page)
    if inset is None:
        # A page this small has no room for it beside twelve drawings or four questions.
        assert paper == "social"
        assert kind in ("long", "four", "change", "drawn", "many-drawn")
        return
    (locator,) = [artist for artist in inset.patches if artist.get_gid() == "locator"]
    assert inset.bbox.x0 <= locator.get_window_extent().x0
    assert locator.get_window_extent().x1 <= inset.bbox.x1


@pytest.mark.parametrize("paper", list(PAPERS))
def test_nothing_is_set_smaller_than_can_be_read(paper: str) -> None:
    least = LEAST_POINTS.get(paper, 6.0) - 0.02
    for kind in printed.KINDS:
        page = printed.page(kind, paper)
        # Of the degrees at the edge of the map nobody has to make sense.
        for text in printed.texts(page, *printed.ON_MAP, *printed.AROUND):
            if text.get_gid() != "degrees":
                assert float(text.get_fontsize()) >= least, text.get_text()


def test_names_at_the_head_of_a_column_are_whole() -> None:
    for paper in PAPERS:
        heads = " ".join(t.get_text() for t in printed.texts(printed.page("change", paper), "head"))
        assert heads == "Became Russian-held Became Kyiv-held"


def test_the_map_shows_what_is_on_screen() -> None:
    base = printed.snapshot("one")
    view = (60_000.0, -20_000.0, 120_000.0, 20_000.0)
    for paper in PAPERS:
        shown = printed.Snapshot(answers=base.answers, view=view)
        (axes,) = printed.maps_of(figure.page(shown, look=Look(paper=paper)))
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        assert shapely.box(west, south, east, north).buffer(1.0).covers(shapely.box(*view))
        # Made longer one way only, about the same middle.
        assert min((east - west) / 60_000, (north - south) / 40_000) == pytest.approx(1.0)
        assert ((west + east) / 2, (south + north) / 2) == pytest.approx((90_000, 0), abs=1.0)


def test_degrees_stand_where_the_lines_leave_the_map() -> None:
    page = printed.page("one")
    (axes,) = printed.maps_of(page)
    degrees = {t.get_text(): box for t, box in _placed(page, "degrees")}
    assert {"36° E", "38° E", "48° N", "49° N"} <= set(degrees)
    from geo import crs

    (west, _east), (south, _north) = axes.get_xlim(), axes.get_ylim()
    for name, box in degrees.items():
        number = float(name.split("°")[0])
        if name.endswith("E"):
            at = axes.transData.inverted().transform(((box.x0 + box.x1) / 2, axes.bbox.y0))
            lon, _lat = shapely.get_coordinates(crs.to_degrees(shapely.Point(at[0], south)))[0]
            assert lon == pytest.approx(number, abs=0.01)
        else:
            at = axes.transData.inverted().transform((axes.bbox.x0, (box.y0 + box.y1) / 2))
            _lon, lat = shapely.get_coordinates(crs.to_degrees(shapely.Point(west, at[1])))[0]
            assert lat == pytest.approx(number, abs=0.01)


def _placed(page: Any, *gids: str) -> list[tuple[Text, Any]]:
    found = printed.texts(page, *gids)
    return list(zip(found, printed.boxes(page, found), strict=True))


def test_main_rivers_are_named_along_their_course() -> None:
    page = printed.page("one")
    (axes,) = printed.maps_of(page)
    rivers = printed.texts(page, "river")
    assert {"Dnipro", "Don"} <= {text.get_text() for text in rivers}
    from geo import places

    for text in rivers:
        known = places.rivers()
        course = shapely.union_all(known.geometry.array[known["name"] == text.get_text()])
        west, east = axes.get_xlim()
        point = shapely.Point(axes.transData.inverted().transform(_middle(page, text)))
        assert course.distance(point) < 0.02 * (east - west)


def _middle(page: Any, text: Text) -> tuple[float, float]:
    (box,) = printed.boxes(page, [text])
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def test_drawings_are_named_on_the_map_and_have_their_row() -> None:
    page = printed.page("drawn")
    names = {text.get_text() for text in printed.texts(page, "drawn-name")}
    assert names == {drawing.name for drawing in printed.DRAWINGS[:2]}
    rows = " ".join(text.get_text() for text in printed.texts(page, "drawing", "figure"))
    assert "Лінія вздовж річки" in rows
    assert "Ukraine pulls back 10 km: 471 km²," in rows
    gids = {artist.get_gid() for artist in page.findobj()}
    assert {"drawn", "drawn-ukraine", "edge-ukraine", "edge-russia"} <= gids
    assert "zone-ukraine" not in gids


@pytest.mark.parametrize("paper", ["slide", "square", "social"])
def test_a_small_page_lists_the_figures_of_each_drawing(paper: str) -> None:
    page = printed.page("drawn", paper)
    figures = [text.get_text() for text in printed.texts(page, "figure")]
    assert "Ukraine 10 km: 471 km², 93,200 residents" in figures
    assert "Russia 5 km: 398 km², 47,300 residents" in figures
    assert len(printed.texts(page, "drawing")) == 2
    headings = " ".join(text.get_text() for text in printed.texts(page, "heading"))
    assert headings.startswith("The scenario itself Area")


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize(("kind", "paper"), CASES)
def test_columns_of_figures_do_not_run_into_each_other(
    kind: str, paper: str, language: str
) -> None:
    page = printed.page(kind, paper, language=language)
    for gid in ("figure", "deed"):
        for (text, box), (_other, second) in itertools.permutations(_placed(page, gid), 2):
            if abs(box.y0 - second.y0) < 1.0 and box.x0 < second.x0:
                em = float(text.get_fontsize()) * DPI / 72
                assert second.x0 - box.x1 > 1.4 * em, text.get_text()


def test_drawings_that_find_no_room_are_counted() -> None:
    page = printed.page("many-drawn", "social")
    written = [text.get_text() for text in page.findobj(Text)]
    (more,) = [text for text in written if "more drawings" in text]
    listed = len({t.get_text() + str(t.get_position()) for t in printed.texts(page, "drawing")})
    assert int(more.split()[1]) + listed == 12


def test_maps_of_a_comparison_show_the_same_ground() -> None:
    for kind, count in (("two", 2), ("three", 3), ("four", 4)):
        for paper in PAPERS:
            maps = printed.maps_of(printed.page(kind, paper))
            assert len(maps) == (2 if paper == "social" else count)
            assert len({tuple(np.round([*a.get_xlim(), *a.get_ylim()])) for a in maps}) == 1


def test_two_maps_stand_side_by_side() -> None:
    for paper in PAPERS:
        one, other = printed.maps_of(printed.page("two", paper))
        assert one.bbox.y0 == pytest.approx(other.bbox.y0)
        assert one.bbox.x1 < other.bbox.x0


def test_the_table_of_a_comparison_has_every_figure_and_the_differences() -> None:
    page = printed.page("two")
    first, second = printed.snapshot("two").answers
    figures = [text.get_text() for text in printed.texts(page, "figure")]
    for side in SIDES:
        area = [float(answer.sides["area_km2"][side]) for answer in (first, second)]
        for value in area:
            assert f"{value:,.0f}" in figures
        # Of the figures as they stand there.
        assert f"+{round(area[1]) - round(area[0]):,}" in figures
    assert [t.get_text() for t in printed.texts(page, "head")] == ["A", "B", "B − A"]


def test_a_change_is_told_with_both_dates_and_both_sides() -> None:
    page = printed.page("change")
    found = printed.snapshot("change").changed
    assert found is not None
    title = " ".join(text.get_text() for text in printed.texts(page, "title"))
    assert "1 December 2024 to 14 December 2025" in title
    figures = [text.get_text() for text in printed.texts(page, "figure")]
    for side in ("russia", "ukraine"):
        assert words.measure("area_km2", float(found.sides["area_km2"][side])) in figures
    gids = {artist.get_gid() for artist in page.findobj()}
    assert {"to-russia", "to-ukraine", "line", "line-before"} <= gids


def test_a_view_fits_what_it_is_to_show() -> None:
    shapes = [shapely.box(100_000, 0, 300_000, 50_000)]
    assert papermap.fitted(shapes) == (90_000, -10_000, 310_000, 60_000)
    assert papermap.widened((0, 0, 100, 100), 2.0) == (-50, 0, 150, 100)
    assert papermap.widened((0, 0, 100, 100), 0.5) == (0, -50, 100, 150)
