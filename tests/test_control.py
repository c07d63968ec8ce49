"""Control maps and the line of contact: invented countries, then the real front."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import shapely

from data.errors import InputError
from geo import control, crs, places
from tests.invented import COUNTRY, DAY, EAST, control_map


def test_a_straight_front() -> None:
    made = control_map()
    assert made.line_km == pytest.approx(100, rel=0.001)
    assert made.held.area == pytest.approx(EAST.area)
    assert made.kyiv.area == pytest.approx(COUNTRY.area - EAST.area)
    straight = shapely.LineString([(200e3, 100e3), (200e3, 200e3)])
    assert shapely.hausdorff_distance(made.line, straight) < 5


def test_ground_outside_the_country_is_left_out() -> None:
    beyond = shapely.box(200_000, 0, 900_000, 900_000)
    assert control_map(beyond).held.area == pytest.approx(EAST.area)


def test_a_coast_drawn_beside_the_coast_is_no_front() -> None:
    short = shapely.box(200_000, 100_300, 299_700, 199_800)
    made = control_map(short)
    assert made.line_km == pytest.approx(100, rel=0.005)
    assert made.held.area == pytest.approx(EAST.area, rel=0.001)
    assert any("strips" in repair for repair in made.repairs)


def test_a_lagoon_at_the_coast_is_no_front() -> None:
    lagoon = shapely.box(270_000, 100_000, 290_000, 112_000)
    assert control_map(EAST.difference(lagoon)).line_km == pytest.approx(100, rel=0.001)


@pytest.mark.parametrize("width_m", [1, 50, 400])
def test_a_seam_between_polygons_is_no_front(width_m: int) -> None:
    lower = shapely.box(200_000, 100_000, 300_000, 150_000)
    upper = shapely.box(200_000, 150_000 + width_m, 300_000, 200_000)
    made = control_map(lower, upper)
    assert made.line_km == pytest.approx(100, rel=0.001)


def test_a_seam_inside_one_polygon_is_no_front() -> None:
    slit = shapely.box(200_000, 150_000, 260_000, 150_200)
    assert control_map(EAST.difference(slit)).line_km == pytest.approx(100, rel=0.001)


def test_a_narrow_salient_is_kept() -> None:
    salient = shapely.box(200_000, 150_000, 202_000, 150_500)
    made = control_map(EAST.difference(salient))
    assert made.line_km == pytest.approx(104, rel=0.001)


def test_an_incursion_over_the_border_keeps_the_border_a_border() -> None:
    incursion = shapely.box(120_000, 197_000, 130_000, 210_000)
    made = control_map(EAST, incursion)
    # Three sides of the incursion face Kyiv-held ground, the border does not.
    assert made.line_km == pytest.approx(100 + 10 + 3 + 3, rel=0.01)


def test_a_small_island_of_held_ground_is_kept() -> None:
    island = shapely.box(150_000, 150_000, 150_400, 150_400)
    assert control_map(EAST, island).line_km == pytest.approx(101.6, rel=0.001)


def test_a_pocket_is_kept_and_a_flaw_is_not() -> None:
    pocket = shapely.box(250_000, 150_000, 252_000, 152_000)
    flaw = shapely.box(280_000, 150_000, 280_500, 150_500)
    made = control_map(EAST.difference(pocket).difference(flaw))
    assert made.line_km == pytest.approx(108, rel=0.001)


def test_a_large_exclave_at_the_border_is_kept() -> None:
    exclave = shapely.box(270_000, 100_000, 300_000, 130_000)
    made = control_map(EAST.difference(exclave))
    assert made.line_km == pytest.approx(160, rel=0.001)


def test_a_strip_at_the_border_is_no_front_and_a_pocket_there_is() -> None:
    abroad = shapely.box(300_000, 0, 400_000, 400_000)
    for depth_m, line_km in ((3_000, 100), (20_000, 100 + 22 + 20 + 20)):
        gap = shapely.box(300_000 - depth_m, 139_000, 300_000, 161_000)
        made = control.derive(
            np.array([EAST.difference(gap)]),
            source="x",
            title="x",
            date=DAY,
            land=COUNTRY,
            abroad=abroad,
        )
        assert made.line_km == pytest.approx(line_km, rel=0.005)


def test_polygons_that_overlap_or_stand_twice_change_nothing() -> None:
    salient = EAST.difference(shapely.box(200_000, 150_000, 202_000, 150_500))
    once = control_map(salient)
    twice = control_map(salient, salient, shapely.box(250_000, 120_000, 280_000, 150_000))
    assert twice.line_km == pytest.approx(once.line_km, rel=1e-6)
    assert not any("Seams" in repair for repair in twice.repairs)


def test_an_empty_map_is_refused() -> None:
    with pytest.raises(InputError, match="holds no polygons"):
        control.derive(np.array([]), source="x", title="x", date=DAY, land=COUNTRY)


def test_no_front_is_said() -> None:
    with pytest.raises(InputError, match="no Russian-held ground"):
        control_map(shapely.box(900_000, 900_000, 950_000, 950_000))
    with pytest.raises(InputError, match="no line of contact"):
        control_map(COUNTRY.buffer(1000))


def test_degrees_are_refused() -> None:
    with pytest.raises(ValueError, match="degrees"):
        control.derive(
            np.array([shapely.box(37, 47, 39, 49)]), source="x", title="x", date=DAY, land=COUNTRY
        )


def test_what_is_bundled() -> None:
    for source in control.SOURCES:
        days = control.dates(source)
        assert len(days) == 29
        assert days == sorted(days)
        assert control.newest_date(source) == DAY


@pytest.mark.parametrize(
    ("date", "source", "words"),
    [
        (dt.date(2025, 12, 16), "deepstate", "nearest .* is 2025-12-15"),
        (DAY, "isw", "deepstate or owl"),
        (DAY, "no/such/file.geojson", "there is no file"),
    ],
)
def test_what_is_not_bundled_is_refused(date: dt.date, source: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        control.load(date, source)


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_the_line_holds_no_coast_no_border_and_no_sliver(source: str) -> None:
    border = shapely.boundary(places.land())
    for date in (DAY, dt.date(2024, 8, 1), dt.date(2026, 8, 1)):
        made = control.load(date, source)
        parts = shapely.get_parts(made.line)
        assert made.held.is_valid
        assert made.kyiv.is_valid
        assert shapely.length(parts).min() > 300
        along = shapely.intersection(made.line, shapely.buffer(border, 100))
        assert along.length < 0.02 * made.line.length
        together = made.held.area + made.kyiv.area
        assert together == pytest.approx(places.land().area, rel=1e-6)


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_neighbouring_dates_do_not_jump(source: str) -> None:
    lengths = [control.load(dt.date(2025, 12, day), source).line_km for day in (1, 13, 14, 15, 24)]
    assert np.abs(np.diff(lengths)).max() < 0.05 * lengths[0]


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_generalising_hardly_moves_the_line(source: str, shared_data: Path) -> None:
    bundled = control.load(DAY, source)
    detailed = control.load(DAY, str(shared_data / f"control/{source}/20251214.geojson"))
    assert bundled.line_km == pytest.approx(detailed.line_km, rel=0.01)
    assert bundled.held.area == pytest.approx(detailed.held.area, rel=0.001)
    assert shapely.hausdorff_distance(bundled.line, detailed.line) < 1500


def test_the_date_of_a_file() -> None:
    assert control.date_of_file("a/20251214.geojson") == DAY
    assert control.date_of_file("map-2025-12-14-final.geojson") == DAY
    assert control.date_of_file("20259999.geojson") is None
    assert control.date_of_file("front.geojson") is None


@pytest.mark.parametrize(("source", "length_km"), [("deepstate", 1215), ("owl", 1100)])
def test_the_length_of_the_line(source: str, length_km: float, shared_data: Path) -> None:
    for asked in (source, str(shared_data / f"control/{source}/20251214.geojson")):
        made = control.load(DAY, asked)
        assert made.line_km == pytest.approx(length_km, rel=0.03)
        assert 150 < made.shore_km < 200
        assert made.line_km + made.shore_km == pytest.approx(made.line.length / 1000)


def test_the_parts_of_the_line_add_up() -> None:
    made = control.load(DAY, "deepstate")
    table = control.parts_of_line(made)
    by_kind = table.groupby("along")["length_km"].sum()
    assert by_kind[control.FRONT] == pytest.approx(made.line_km, rel=0.001)
    assert by_kind[control.SHORE] == pytest.approx(made.shore_km, rel=0.001)
    assert {"Donetsk Oblast", "Kharkiv Oblast", "Kherson Oblast"} <= set(table["oblast"])
    assert crs.to_degrees(table.geometry.iloc[0]).bounds[0] > 30
