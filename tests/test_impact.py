"""What lies inside: by hand on whole units, and on the real front."""

from __future__ import annotations

import datetime as dt
import functools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.projection import MEASURING_CRS
from geo import control, crs, impact, places, pullback, scenario
from tests.bench import scenario_speed

DAY = dt.date(2025, 12, 14)


@functools.cache
def answer(preset: str, **changes: object) -> impact.Impact:
    asked = scenario.from_preset(preset, **changes)
    made = control.load(asked.date, asked.source)
    return impact.assess(pullback.pull_back(made, asked), made, asked)


def assess_ground(ground: shapely.Geometry) -> impact.Impact:
    """What lies in some ground, the Kyiv-held part as Ukraine's zone, the rest as Russia's."""
    made = control.load(DAY, "deepstate")
    table = gpd.GeoDataFrame(
        {"side": ["ukraine", "russia"]},
        geometry=[made.kyiv.intersection(ground), made.held.intersection(ground)],
        crs=MEASURING_CRS,
    )
    return impact.assess(table, made, scenario.default())


def test_a_whole_oblast_holds_all_its_residents() -> None:
    found = assess_ground(places.find("Donetsk Oblast").geometry)
    assert found.sides["residents_2022"].sum() == pytest.approx(4_059_372, abs=0.01)
    towns = places.settlements()
    assert found.sides["settlements"].sum() == (towns["oblast"] == "Donetsk Oblast").sum()
    assert set(found.by_oblast["oblast"]) == {"Donetsk Oblast"}
    assert found.by_oblast["residents_2022"].sum() == pytest.approx(4_059_372, abs=1)


@pytest.mark.parametrize("place", [0, 100, 200, 300, 400])
def test_a_whole_hromada_holds_its_official_count(place: int) -> None:
    hromada = places.hromadas().iloc[place]
    found = assess_ground(hromada.geometry).sides["residents_2022"].sum()
    assert found == pytest.approx(hromada["residents_2022"], rel=1e-6)


def test_an_empty_zone_holds_nothing() -> None:
    found = assess_ground(shapely.Polygon())
    assert found.sides.to_numpy().sum() == 0
    assert found.by_oblast.empty
    assert found.settlements.empty
    assert found.railways.empty


def test_railways_inside_are_measured_by_route() -> None:
    line = max(places.railways().geometry, key=lambda route: route.length)
    found = assess_ground(shapely.buffer(line, 5.0, cap_style="flat"))
    assert found.sides["rail_km"].sum() == pytest.approx(line.length / 1000, rel=0.02)
    assert found.railways["length_km"].sum() == pytest.approx(found.sides["rail_km"].sum())
    assert set(found.railways["class"]) <= {"main", "branch"}


def test_ground_without_a_count_is_named() -> None:
    crimea = assess_ground(places.find("Crimea").geometry)
    document = crimea.to_dict()
    assert document["sides"]["russia"]["residents_2022"] is None
    assert document["sides"]["russia"]["rail_km"] is None
    assert document["by_oblast"][0]["residents_2022"] is None
    assert any("nine oblasts" in warning for warning in crimea.warnings)


def test_where_no_railway_is_listed_there_is_no_figure() -> None:
    assert answer("free-economic-zone").to_dict()["sides"]["ukraine"]["rail_km"] is None
    assert answer("freeze").to_dict()["sides"]["ukraine"]["rail_km"] == 0


@pytest.mark.parametrize("source", list(control.SOURCES))
def test_plain_geopandas_gives_the_same_figures(source: str) -> None:
    scenario_speed.check(control.load(DAY, source))


def test_sessions_may_measure_the_same_zone_at_once() -> None:
    asked = [
        scenario.from_preset("mirror-5", extent="all", ukraine_km=8, russia_km=km / 2)
        for km in range(1, 13)
    ]
    made = control.load(DAY, "deepstate")

    def measure(one: scenario.Scenario) -> float:
        return float(impact.assess(pullback.pull_back(made, one), made, one).sides.area_km2.iloc[0])

    for _ in range(3):
        pullback._kept_zone.cache_clear()
        impact._inside.cache_clear()
        with ThreadPoolExecutor(12) as pool:
            assert len(set(pool.map(measure, asked))) == 1


def test_a_step_of_one_slider_costs_the_other_side_nothing() -> None:
    made = control.load(DAY, "deepstate")
    asked = scenario.from_preset("mirror-10", ukraine_km=6.3, russia_km=7.1)
    impact.assess(pullback.pull_back(made, asked), made, asked)
    kept = (pullback._kept_zone, impact._inside)
    for changes, computed in (({"ukraine_km": 6.4}, 1), ({"russia_km": 7.2}, 1), ({}, 0)):
        asked = asked.changed(**changes)
        before = [cache.cache_info().misses for cache in kept]
        impact.assess(pullback.pull_back(made, asked), made, asked)
        after = [cache.cache_info().misses for cache in kept]
        assert [b - a for a, b in zip(before, after, strict=True)] == [computed, computed]


def by_area(zone: shapely.Geometry) -> float:
    """Residents of 2022 in a zone, had each hromada's been spread evenly over all of it."""
    hromadas = places.hromadas()
    shapes = np.asarray(hromadas.geometry.array)
    share = shapely.area(shapely.intersection(shapes, zone)) / shapely.area(shapes)
    return float((share * hromadas["residents_2022"]).sum())


# The figures of the source files were made by area; towns first, they differ by this.
@pytest.mark.parametrize(
    ("km", "side", "published", "differs"),
    [
        (5, "ukraine", None, -0.08),
        (5, "russia", None, -0.09),
        (10, "ukraine", 217_000, -0.015),
        (10, "russia", 243_000, -0.095),
    ],
)
def test_residents_in_donetsk_oblast_beside_plain_area_weighting(
    km: float, side: str, published: int | None, differs: float, shared_data: Path
) -> None:
    file = str(shared_data / "control/deepstate/20251214.geojson")
    found = answer("mirror-10", ukraine_km=km, russia_km=km)
    detailed = answer("mirror-10", ukraine_km=km, russia_km=km, source=file)
    plain = by_area(detailed.zones.set_index("side").geometry[side])
    if published:
        assert plain == pytest.approx(published, rel=0.02)
    towns_first = detailed.sides["residents_2022"][side]
    assert towns_first / plain - 1 == pytest.approx(differs, abs=0.015)
    assert found.sides["residents_2022"][side] == pytest.approx(towns_first, rel=0.01)


@pytest.mark.parametrize("km", [1, 10, 40])
def test_no_zone_holds_more_than_its_hromadas(km: float) -> None:
    found = answer("mirror-10", ukraine_km=km, russia_km=km, extent="all")
    hromadas = places.hromadas()
    for side, zone in zip(found.zones["side"], found.zones.geometry, strict=True):
        touched = hromadas[hromadas.intersects(zone)]["residents_2022"].sum()
        assert 0 < found.sides["residents_2022"][side] < touched


def test_the_kyiv_held_part_of_donetsk_oblast() -> None:
    for source, area_km2 in (("deepstate", 6002), ("owl", 5834)):
        found = answer("free-economic-zone", source=source)
        assert found.sides.loc["ukraine", "area_km2"] == pytest.approx(area_km2, rel=0.02)


def test_oblasts_add_up_to_the_sides() -> None:
    found = answer("mirror-10", extent="all")
    sums = found.by_oblast.groupby("side")[["area_km2", "settlements"]].sum()
    for side in pullback.SIDES:
        for measure in ("area_km2", "settlements"):
            assert sums.loc[side, measure] == pytest.approx(
                found.sides.loc[side, measure], rel=1e-4
            )


def test_zones_by_oblast_are_the_zone_of_all() -> None:
    whole = answer("mirror-10", extent="all").by_oblast.set_index(["side", "oblast"])
    alone = answer("mirror-10", extent="Kharkiv Oblast").sides
    for side in pullback.SIDES:
        assert whole.loc[(side, "Kharkiv Oblast"), "area_km2"] == pytest.approx(
            alone.loc[side, "area_km2"], rel=1e-4
        )


def test_settlements_are_inside_and_nearest_first() -> None:
    found = answer("mirror-10")
    towns = found.settlements
    assert towns["distance_km"].is_monotonic_increasing
    assert towns["distance_km"].max() <= 10.0
    assert set(towns["oblast"]) == {"Donetsk Oblast"}
    zones = found.zones.set_index("side").geometry
    points = crs.to_metres(shapely.points(towns["lon"], towns["lat"]))
    for side, point in zip(towns["side"], points, strict=True):
        assert zones[side].distance(point) < 1


def test_the_document_is_json_and_reopens() -> None:
    document = json.loads(json.dumps(answer("mirror-5").to_dict()))
    assert list(document) == ["scenario", "control", "sides", "by_oblast", "sources", "warnings"]
    assert list(document["control"]) == ["source", "date", "line_km"]
    assert list(document["sides"]["ukraine"]) == list(impact.MEASURES)
    assert all({"title", "as_of", "licence", "url"} == set(s) for s in document["sources"])
    assert scenario.make(**document["scenario"]) == answer("mirror-5").scenario


def test_what_was_repaired_in_the_area_is_told() -> None:
    ring = [[37.0, 48.0], [38.5, 49.0], [38.5, 48.0], [37.0, 49.0], [37.0, 48.0]]
    shapes = {"bow tie": ring, "square": [*ring[:1], ring[2], ring[1], *ring[3:]]}
    told = {}
    for name, corners in shapes.items():
        query = {
            "extent": "area",
            "area": json.dumps({"type": "Polygon", "coordinates": [corners]}),
        }
        # The second time from a link that this atlas wrote.
        opened = scenario.from_query(scenario.from_query(query)[0].to_query())[0]
        made = control.load(opened.date, opened.source)
        found = impact.assess(pullback.pull_back(made, opened), made, opened)
        told[name] = [text for text in found.warnings if "area of the extent" in text]
    assert told["square"] == []
    assert told["bow tie"] == [
        "In the area of the extent: invalid polygons repaired: 1; their outlines cross, and what "
        "they are meant to enclose is a guess."
    ]


def test_a_place_that_a_side_does_not_hold_is_named() -> None:
    found = answer("freeze", russia_leaves=("Lviv Oblast", "Donetsk Oblast"))
    assert "Russia leaves nothing in Lviv Oblast: none of it is Russian-held on this map." in (
        found.warnings
    )
    assert not any("in Donetsk Oblast" in warning for warning in found.warnings)
