"""Spreading residents: tiny hromadas whose answer is known by hand."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.projection import MEASURING_CRS
from geo import crs, residents

NO_WATER = shapely.MultiPolygon()
KM = crs.KM


def square(west: float, east: float, south: float = 0, north: float = 10) -> shapely.Polygon:
    """A rectangle; its sides in kilometres."""
    return shapely.box(west * KM, south * KM, east * KM, north * KM)


def hromadas(*rows: tuple[str, int, shapely.Geometry]) -> gpd.GeoDataFrame:
    codes, counts, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"code": codes, "residents_2022": counts}, geometry=list(shapes), crs=MEASURING_CRS
    )


def towns(*rows: tuple[str, int, float, float]) -> gpd.GeoDataFrame:
    """Hromada, residents, and where the town lies (kilometres)."""
    return gpd.GeoDataFrame(
        {"hromada": [row[0] for row in rows], "residents_2022": [row[1] for row in rows]},
        geometry=[shapely.Point(x * KM, y * KM) for _, _, x, y in rows],
        crs=MEASURING_CRS,
    )


def pieces(spread: gpd.GeoDataFrame, kind: str, code: str = "A") -> gpd.GeoDataFrame:
    return spread[(spread["kind"] == kind) & (spread["hromada"] == code)].reset_index(drop=True)


def test_a_town_lake_and_land() -> None:
    lake = square(0, 2)
    spread = residents.spread(
        hromadas(("A", 10_000, square(0, 10))),
        towns(("A", 6_000, 6, 5)),
        lake,
        density_per_km2=1_000,
    )
    assert set(spread.columns) == {"hromada", "kind", "residents_2022", "geometry"}
    town, water, land = (pieces(spread, kind) for kind in ("town", "water", "land"))
    assert town.area.sum() / crs.KM2 == pytest.approx(6.0)
    assert town["residents_2022"].tolist() == [6_000]
    assert water.area.sum() == pytest.approx(lake.area)
    assert water["residents_2022"].tolist() == [0]
    assert land.area.sum() / crs.KM2 == pytest.approx(100 - 20 - 6)
    assert land["residents_2022"].tolist() == [4_000]


def test_without_towns_and_water_the_count_is_spread_evenly() -> None:
    shape = square(0, 10)
    spread = residents.spread(hromadas(("A", 500, shape)), towns(), NO_WATER)
    assert spread["kind"].tolist() == ["land"]
    assert spread["residents_2022"].tolist() == [500]
    assert spread.geometry.iloc[0].equals(shape)


def test_a_town_stays_in_its_hromada_and_out_of_the_water() -> None:
    # Half of the disc lies across the border, half of the rest in the lake.
    spread = residents.spread(
        hromadas(("A", 3_000, square(0, 10)), ("B", 100, square(10, 20))),
        towns(("A", 2_000, 10, 5)),
        square(0, 10, 5, 10),
        density_per_km2=1_000,
    )
    town = pieces(spread, "town")
    assert town["residents_2022"].tolist() == [2_000]
    assert town.area.sum() / crs.KM2 == pytest.approx(2.0 / 4)
    assert pieces(spread, "town", "B").empty
    assert pieces(spread, "land", "B")["residents_2022"].tolist() == [100]


def test_the_larger_town_keeps_the_ground() -> None:
    spread = residents.spread(
        hromadas(("A", 10_000, square(0, 20))),
        towns(("A", 3_000, 6.5, 5), ("A", 5_000, 5, 5)),
        NO_WATER,
        density_per_km2=1_000,
    )
    town = pieces(spread, "town")
    assert town["residents_2022"].tolist() == [5_000, 3_000]
    assert town.area.iloc[0] / crs.KM2 == pytest.approx(5.0)
    assert 0.3 < town.area.iloc[1] / crs.KM2 < 3.0
    assert shapely.intersection(*town.geometry).area == pytest.approx(0, abs=1e-3)


def test_a_town_with_no_ground_of_its_own_is_spread_with_the_rest() -> None:
    spread = residents.spread(
        hromadas(("A", 10_000, square(0, 20))),
        towns(("A", 9_000, 5, 5), ("A", 100, 5.5, 5), ("A", 50, 40, 40)),
        NO_WATER,
        density_per_km2=1_000,
    )
    assert pieces(spread, "town")["residents_2022"].tolist() == [9_000]
    assert pieces(spread, "land")["residents_2022"].tolist() == [1_000]


def test_towns_that_have_more_residents_than_their_hromada_are_counted_in_proportion() -> None:
    spread = residents.spread(
        hromadas(("A", 1_000, square(0, 10))),
        towns(("A", 1_500, 2, 5), ("A", 500, 8, 5)),
        NO_WATER,
    )
    assert pieces(spread, "town")["residents_2022"].tolist() == pytest.approx([750, 250])
    assert pieces(spread, "land")["residents_2022"].tolist() == [0]


def test_where_the_rest_has_no_room_it_is_spread_over_all_land() -> None:
    # The town's 30 km² take all of a hromada of 9 km², of which a third is water.
    spread = residents.spread(
        hromadas(("A", 31_000, square(0, 3, 0, 3))),
        towns(("A", 30_000, 1.5, 1.5)),
        square(0, 3, 0, 1),
        density_per_km2=1_000,
    )
    assert pieces(spread, "town")["residents_2022"].tolist() == pytest.approx([31_000])
    assert pieces(spread, "water")["residents_2022"].tolist() == [0]
    assert pieces(spread, "land").empty
    # About 3 km² of land are left for 1,000 residents, more than a town would hold there.
    crowded = residents.spread(
        hromadas(("A", 11_000, square(0, 1))),
        towns(("A", 10_000, 0.5, 5)),
        NO_WATER,
        density_per_km2=250,
    )
    town, land = pieces(crowded, "town"), pieces(crowded, "land")
    share = land.area.sum() / (town.area.sum() + land.area.sum())
    assert 0 < share < 0.4
    assert land["residents_2022"].sum() == pytest.approx(1_000 * share)


def test_where_there_is_no_land_the_count_is_kept() -> None:
    spread = residents.spread(
        hromadas(("A", 70, square(0, 1))), towns(("A", 60, 0.5, 5)), square(-1, 2, -1, 11)
    )
    assert spread["kind"].tolist() == ["water"]
    assert spread["residents_2022"].tolist() == [70]


def test_towns_of_other_hromadas_are_left_out() -> None:
    spread = residents.spread(hromadas(("A", 70, square(0, 1))), towns(("B", 60, 0.5, 5)), NO_WATER)
    assert spread["kind"].tolist() == ["land"]


def test_degrees_are_refused() -> None:
    degrees = hromadas(("A", 70, shapely.box(37, 48, 38, 49)))
    with pytest.raises(ValueError, match="in degrees"):
        residents.spread(degrees, towns(), NO_WATER)


a_town = st.tuples(
    st.sampled_from("AB"), st.integers(0, 40_000), st.floats(-2, 22), st.floats(-2, 12)
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(a_town, max_size=6),
    shore=st.floats(0.5, 9.5),
    counts=st.tuples(st.integers(0, 50_000), st.integers(0, 50_000)),
)
def test_the_pieces_are_the_hromadas(
    rows: list[tuple[str, int, float, float]], shore: float, counts: tuple[int, int]
) -> None:
    shapes = {"A": square(0, 10), "B": square(10, 20)}
    spread = residents.spread(
        hromadas(("A", counts[0], shapes["A"]), ("B", counts[1], shapes["B"])),
        towns(*rows),
        square(0, 20, 0, shore),
    )
    assert spread.is_valid.all()
    assert (spread["residents_2022"] >= 0).all()
    for code, count in zip("AB", counts, strict=True):
        mine = spread[spread["hromada"] == code]
        assert mine["residents_2022"].sum() == pytest.approx(count, rel=1e-9)
        assert mine.area.sum() == pytest.approx(shapes[code].area, rel=1e-9)
        assert mine.union_all().area == pytest.approx(shapes[code].area, rel=1e-9)
    assert (spread.loc[spread["kind"] == "water", "residents_2022"] == 0).all()
