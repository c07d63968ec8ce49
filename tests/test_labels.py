"""Where the names of towns stand on a printed map: of tiny places whose answer is known by hand."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.text import Text

from data.projection import MEASURING_CRS
from geo import labels, places
from geo.labels import Taken
from geo.paper import Paper
from geo.sheet import DPI, MM_PER_INCH, Sheet
from geo.style import LIGHT

NOWHERE = shapely.LineString()
# A map of so many millimetres, one for each metre.
SIDE_MM = 100.0
VIEW = (0.0, 0.0, SIDE_MM, SIDE_MM)

Town = tuple[str, int, float, float]


def drawn(
    monkeypatch: pytest.MonkeyPatch,
    *towns: Town,
    line: shapely.Geometry = NOWHERE,
    zones: tuple[shapely.Geometry, ...] = (),
) -> dict[str, tuple[float, float, float]]:
    """Names on a map of some towns: their left end, right end and baseline (mm from its corner)."""
    rows = gpd.GeoDataFrame(
        {
            "name_en": [town[0] for town in towns],
            "name_uk": None,
            "population": [town[1] for town in towns],
        },
        geometry=shapely.points([town[2:] for town in towns]),
        crs=MEASURING_CRS,
    )
    monkeypatch.setattr(places, "settlements", lambda: rows)
    sheet = Sheet(Paper(SIDE_MM, SIDE_MM), LIGHT)
    axes: Axes = sheet.axes(0.0, 0.0, SIDE_MM, SIDE_MM)
    axes.set(xlim=VIEW[::2], ylim=VIEW[1::2])
    labels.write_names(sheet, axes, VIEW, Taken(sheet, axes, line, zones))
    px_mm = MM_PER_INCH / DPI
    found = {}
    for text in axes.findobj(Text):
        if text.get_gid() == "town":
            x, y = text.get_transform().transform(text.get_position()) * px_mm
            size, weight = float(text.get_fontsize()), str(text.get_fontweight())
            found[text.get_text()] = (x, x + sheet.width_mm(text.get_text(), size, weight), y)
    return found


def test_a_name_stands_right_of_its_dot_where_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    left, _right, base = drawn(monkeypatch, ("Great", 900_000, 50, 50))["Great"]
    assert 50.5 < left < 53
    assert 48 < base < 50


@pytest.mark.parametrize("residents", [300_000, 60_000, 900])
def test_a_name_keeps_off_the_dot_of_the_next_town(
    monkeypatch: pytest.MonkeyPatch, residents: int
) -> None:
    names = drawn(monkeypatch, ("Great", 900_000, 50, 50), ("Next", residents, 56, 50))
    assert names["Great"][1] < 50
    assert names["Next"][0] > 56


def test_the_larger_of_two_towns_is_covered_last(monkeypatch: pytest.MonkeyPatch) -> None:
    towns = [("Great", 900_000, 50.0, 50.0)]
    around = [(46, 50), (54, 50), (54, 54), (54, 46), (46, 54), (46, 46), (50, 54.5), (50, 45.5)]
    small = [(f"S{n}", 900 - n, float(x), float(y)) for n, (x, y) in enumerate(around)]
    for large, (x, _y) in enumerate(around[:2]):
        rest = small[:large] + small[large + 1 :]
        names = drawn(monkeypatch, *towns, ("Large", 300_000, float(x), 50.0), *rest)
        assert {"Great", "Large"} <= set(names)


def test_no_name_stands_close_beside_the_dot_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    # Left of its dot and above, it would be taken for the name of the other.
    towns = (("Donetsk", 901_645, 50, 50), ("Makiivka", 338_968, 54, 51), ("East", 60_000, 60, 51))
    names = drawn(monkeypatch, *towns)
    assert names["Donetsk"][1] < 50
    assert names["Makiivka"][0] > 50.5


def test_a_name_keeps_off_zones_and_line_where_a_side_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = ("Great", 900_000, 50, 50)
    zone, line = shapely.box(52, 0, 80, 100), shapely.LineString([(55, 0), (55, 100)])
    assert drawn(monkeypatch, town, zones=(zone,))["Great"][1] < 50
    assert drawn(monkeypatch, town, line=line)["Great"][1] < 50
    # Where no side is, it is named all the same.
    assert "Great" in drawn(monkeypatch, town, zones=(shapely.box(*VIEW),), line=line)


def test_a_large_town_matters_more_than_the_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    towns = ("Great", 900_000, 50, 50), ("Large", 300_000, 44, 50)
    names = drawn(monkeypatch, *towns, zones=(shapely.box(51, 0, 100, 100),))
    assert set(names) == {"Great", "Large"}


def test_the_share_of_a_box_on_the_zones() -> None:
    sheet = Sheet(Paper(SIDE_MM, SIDE_MM), LIGHT)
    axes = sheet.axes(0.0, 0.0, SIDE_MM, SIDE_MM)
    axes.set(xlim=VIEW[::2], ylim=VIEW[1::2])
    taken = Taken(sheet, axes, NOWHERE, [shapely.box(0, 0, 50, 100), shapely.box(0, 0, 50, 100)])
    (x0, y0), (x1, y1) = axes.transData.transform([(25, 10), (75, 20)])
    assert taken.on_zones((x0, y0, x1, y1)) == pytest.approx(1.0)
    (x0, y0), (x1, y1) = axes.transData.transform([(45, 10), (65, 20)])
    assert taken.on_zones((x0, y0, x1, y1)) == pytest.approx(0.5)
    assert Taken(sheet, axes, NOWHERE).on_zones((0, 0, 1, 1)) == 0.0
