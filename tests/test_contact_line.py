"""The line of contact of invented countries: what is a front, and what a crack of the drawing."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from data.errors import InputError
from geo import control, crs
from tests.invented import COUNTRY, DAY, EAST, control_map


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


def test_a_slip_of_the_pen_is_no_ground() -> None:
    # 60 km long and less than a metre wide.
    sliver = shapely.box(150_000, 120_000, 150_000.7, 180_000)
    assert control_map(EAST, sliver).line_km == pytest.approx(100, rel=0.001)
    with pytest.raises(InputError, match="no Russian-held ground"):
        control_map(sliver)


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


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_the_order_of_the_polygons_changes_nothing(source: str) -> None:
    made = control.load(DAY, source)
    table = control._read(source, columns=["date", "geometry"])
    row = table["date"].to_pylist().index(DAY.isoformat())
    polygons = shapely.get_parts(shapely.from_wkb(table["geometry"][row].as_py()))
    assert len(polygons) > 2
    turned = control.derive(
        crs.to_metres(polygons[::-1]), source=source, title=made.title, date=DAY
    )
    assert turned.line_km == pytest.approx(made.line_km, rel=1e-9)
    assert turned.held.symmetric_difference(made.held).area < 1
    assert [str(text) for text in turned.repairs] == [str(text) for text in made.repairs]
