"""Control maps: what there is, what is refused, and the real front on every date."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from data.errors import InputError
from geo import contact_line, control, crs, places, upload
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
        (dt.date(2025, 12, 16), "deepstate", "nearest .* is 15 December 2025"),
        (DAY, "isw", "deepstate or owl"),
        (DAY, "no/such/file.geojson", "there is no file"),
    ],
)
def test_what_is_not_bundled_is_refused(date: dt.date, source: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        control.load(date, source)


# The series: every date of both assessors ---------------------------------------------------------

# What Owl leaves between its polygons; a front's own bends are as narrow, but not that long.
WIDEST_SEAM_M = 600.0


@functools.cache
def series() -> pd.DataFrame:
    """What every test of the series needs, in one pass: a row for each bundled map."""
    return _rows(_measured, _all_maps())


@functools.cache
def detailed_series(folder: Path) -> pd.DataFrame:
    """The same maps from the assessors' own files."""
    return _rows(_measured_in_detail, [(folder, *asked) for asked in _all_maps()])


def _all_maps() -> list[tuple[str, dt.date]]:
    return [(source, day) for source in control.SOURCES for day in control.dates(source)]


def _rows(measure: Callable[..., dict[str, Any]], asked: list[tuple[Any, ...]]) -> pd.DataFrame:
    for ready in (places.land, places.abroad, places.drained_reservoir):
        ready()
    with ThreadPoolExecutor() as pool:
        rows = list(pool.map(lambda one: measure(*one), asked))
    return pd.DataFrame(rows)


def _measured(source: str, day: dt.date) -> dict[str, Any]:
    made = control.load(day, source)
    table = control._read(source, columns=["date", "geometry"])
    row = table["date"].to_pylist().index(day.isoformat())
    drawn = crs.to_metres(shapely.union_all(shapely.from_wkb(table["geometry"][row].as_py())))
    parts = shapely.get_parts(made.line)
    kyiv_thin = shapely.get_parts(shapely.difference(made.kyiv, _opened(made.kyiv, WIDEST_SEAM_M)))
    kyiv_thin = kyiv_thin[shapely.dwithin(kyiv_thin, made.line, 1.0)]
    return {
        "source": source,
        "date": day,
        "line_km": made.line_km,
        "parts": len(parts),
        "shortest_m": shapely.length(parts).min(),
        "held_km2": made.held.area / crs.KM2,
        "kyiv_held_donetsk_km2": made.kyiv.intersection(_donetsk()).area / crs.KM2,
        "added_km2": (made.held.area - drawn.intersection(places.land()).area) / crs.KM2,
        "fills": made.held.area + made.kyiv.area - places.land().area,
        "overlap": made.held.intersection(made.kyiv).area,
        "valid": made.held.is_valid and made.kyiv.is_valid and made.line.is_simple,
        "along_border_km": made.line.intersection(_near_border()).length / crs.KM,
        "off_drawing_km": made.line.difference(drawn.boundary.buffer(20)).length / crs.KM,
        "longest_seam_m": (shapely.length(kyiv_thin) / 2).max(initial=0.0),
    }


def _measured_in_detail(folder: Path, source: str, day: dt.date) -> dict[str, Any]:
    file = folder / f"control/{source}/{day:%Y%m%d}.geojson"
    made = control.load(day, str(file))
    polygons, _ = upload.read_polygons(file)
    parts = shapely.get_parts(
        shapely.intersection(shapely.union_all(crs.to_metres(polygons)), places.land())
    )
    parts = parts[shapely.area(parts) >= crs.KM2]
    lost = shapely.area(shapely.difference(parts, made.held)) / shapely.area(parts)
    # What faces Kyiv-held ground, away from the border, where the line has to be.
    facing = shapely.intersection(shapely.boundary(parts), made.kyiv.buffer(5.0))
    facing = shapely.difference(facing, shapely.boundary(places.land()).buffer(20.0))
    unmarked = shapely.length(shapely.difference(facing, made.line.buffer(20.0)))
    return {
        "source": source,
        "date": day,
        "line_km": made.line_km,
        "held_km2": made.held.area / crs.KM2,
        "kyiv_held_donetsk_km2": made.kyiv.intersection(_donetsk()).area / crs.KM2,
        "incursions": len(parts) - 1,
        "lost": lost.max(),
        "unmarked_m": unmarked.max(),
    }


def _opened(ground: shapely.Geometry, width_m: float) -> shapely.Geometry:
    """The ground without what is narrower than a width."""
    return ground.buffer(-width_m / 2, quad_segs=2).buffer(width_m / 2 + 1, join_style="mitre")


@functools.cache
def _donetsk() -> shapely.Geometry:
    return places.find("Donetsk Oblast").geometry


@functools.cache
def _near_border() -> shapely.Geometry:
    return shapely.boundary(places.land()).buffer(100.0)


def test_every_map_divides_the_country() -> None:
    table = series()
    assert len(table) == 58
    assert table["valid"].all()
    assert table["fills"].abs().max() < 1000
    assert table["overlap"].max() < 1000


def test_no_line_holds_slivers_or_seams() -> None:
    table = series()
    assert table["shortest_m"].min() >= contact_line.SHORTEST_PIECE_M
    # No crack of Kyiv-held ground between two of the assessor's polygons runs along the line.
    assert table["longest_seam_m"].max() < 4000


def test_every_line_lies_on_the_edge_that_its_assessor_drew() -> None:
    # All but where a closed seam, a bay or a strip at the border ends.
    assert series()["off_drawing_km"].max() < 5


def test_no_line_runs_along_coast_or_border() -> None:
    # It meets them: each part has two ends there, which cross these 100 metres at an angle.
    table = series()
    assert (table["along_border_km"] < 1 + 0.5 * table["parts"]).all()
    assert (table["along_border_km"] < 0.005 * table["line_km"]).all()


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_the_method_adds_the_same_ground_at_every_date(source: str) -> None:
    # Seams, bays and strips are the same from day to day: whatever else changes between two dates,
    # the assessor has changed.
    added = series().query("source == @source")["added_km2"]
    assert added.max() - added.min() < 10
    assert added.diff().abs().max() < 4


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_neighbouring_dates_do_not_jump(source: str) -> None:
    table = series().query("source == @source").set_index("date").sort_index()
    days = pd.Series(table.index, table.index).diff().map(lambda gap: gap.days if gap else 0)
    days = days.fillna(0)
    change = table[["line_km", "held_km2", "kyiv_held_donetsk_km2"]].diff().abs().fillna(0)
    # Fronts moved by up to 24 km² a day; closing one pocket takes 60 km off the line at once.
    assert (change["held_km2"] <= 15 + 25 * days).all()
    assert (change["kyiv_held_donetsk_km2"] <= 15 + 25 * days).all()
    assert (change["line_km"] <= 40 + 3 * days).all()
    # From one day to the next nothing much happens.
    from_day_to_day = change[days == 1]
    assert len(from_day_to_day) == 2
    assert (from_day_to_day["line_km"] < 5).all()
    assert (from_day_to_day["held_km2"] < 20).all()


def test_generalising_makes_no_jump(shared_data: Path) -> None:
    keys = ["source", "date"]
    both = series().merge(detailed_series(shared_data), on=keys, suffixes=("", "_detailed"))
    assert len(both) == 58
    shorter = both["line_km"] / both["line_km_detailed"] - 1
    # Fewer corners make a line shorter, by much the same at every date.
    assert shorter.between(-0.012, 0.0).all()
    assert shorter.groupby(both["source"]).diff().abs().max() < 0.004
    for measure, km2 in (("held_km2", 5), ("kyiv_held_donetsk_km2", 3)):
        assert (both[measure] - both[f"{measure}_detailed"]).abs().max() < km2


def test_incursions_are_kept_and_lined(shared_data: Path) -> None:
    table = detailed_series(shared_data)
    # Bridgeheads, islands of the delta and what crossed the border in Sumy and Kharkiv Oblast.
    assert table.groupby("source")["incursions"].max().min() >= 4
    assert table["lost"].max() < 0.01
    # Pieces shorter than this are dropped from a line.
    assert table["unmarked_m"].max() < contact_line.SHORTEST_PIECE_M


def test_the_border_of_an_incursion_is_no_front() -> None:
    made = control.load(DAY, "deepstate")
    for oblast in ("Sumy Oblast", "Kharkiv Oblast"):
        ground = places.find(oblast).geometry
        parts = shapely.get_parts(made.held.intersection(ground))
        at_border = shapely.dwithin(parts, places.abroad(), contact_line.SLIVER_M)
        parts = parts[at_border & (shapely.area(parts) >= crs.KM2)]
        assert len(parts)
        for part in parts:
            lined = made.line.intersection(part.buffer(1.0)).length
            along_border = part.boundary.intersection(_near_border()).length
            assert lined > 0
            assert lined + along_border < 1.05 * part.boundary.length + 400


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
