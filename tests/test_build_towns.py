"""Towns with a known count: placed within their hromada, each official one accounted for."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data import build_settlements, build_towns, catalog
from data.names import plain
from data.projection import MEASURING_CRS, STORED_CRS

HROMADAS = gpd.GeoDataFrame(
    {
        "code": ["UA1401", "UA1402", "UA6301", "UA6302"],
        "oblast": ["Donetsk Oblast"] * 2 + ["Kharkiv Oblast"] * 2,
        "residents_2022": [9_000, 5_000, 7_000, 3_000],
    },
    geometry=[shapely.box(west, 48, west + 1, 49) for west in (36, 37, 38, 39)],
    crs=STORED_CRS,
)
REGISTER = """hromada_code,type,hromada_center,lat_center,lon_center,urban_popultaion_2022.x
UA1401,міська,Ясне,48.5,36.5,8000
UA1402,селищна,Тихе,48.5,37.5,2000
UA6301,міська,Красноград,48.5,38.5,6000
UA6302,сільська,Сад,48.5,39.5,1000
"""
TOWNS_HEADER = "name_uk,hromada_code,population_2022_01_01,lat,lon\n"


def settlements(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
    """First and former name, population and longitude of settlements at 48.6°N."""
    frame = pd.DataFrame(rows, columns=["name", "former", "population", "lon"]).assign(lat=48.6)
    frame["geonameid"] = range(1, len(frame) + 1)
    points = gpd.GeoSeries.from_xy(frame["lon"], frame["lat"], crs=STORED_CRS).to_crs(MEASURING_CRS)
    first, former = frame["name"].map(plain), frame["former"].map(plain)
    return frame.assign(
        first_names=first.map(lambda name: {name}),
        all_names=pd.Series([{*names} for names in zip(first, former, strict=True)], dtype=object),
        x=points.x,
        y=points.y,
    )


def places(towns: pd.DataFrame, known_as: str) -> dict[str, tuple[float, float]]:
    """Longitude and latitude by English name."""
    rows = towns.loc[towns["known_as"] == known_as, ["name_en", "lon", "lat"]]
    return {name: (lon, lat) for name, lon, lat in rows.itertuples(index=False, name=None)}


def source(folder: Path, listed: str) -> Path:
    (folder / "population").mkdir()
    (folder / "population/hromadas_all_pop2022.csv").write_text(REGISTER, encoding="utf-8")
    (folder / "population/donetsk_urban_settlements_pop2022.csv").write_text(
        TOWNS_HEADER + listed, encoding="utf-8"
    )
    return folder


def test_a_town_takes_the_place_of_its_settlement_in_its_hromada(tmp_path: Path) -> None:
    listed = "Ясне,UA1401,7000,48.5,36.5\nБіле,UA1401,1000,,\nТихе,UA1402,2000,48.5,37.5\n"
    found = settlements(
        # A namesake abroad, one of another size, and one that bore the name once.
        ("Yasne", "", 7_000, 37.2),
        ("Yasne", "", 600, 36.3),
        ("Yasne", "", 6_500, 36.4),
        ("Chorne", "Bile", 900, 36.7),
    )
    towns, residents, notes = build_towns.table(source(tmp_path, listed), found, HROMADAS)
    assert places(towns, build_towns.TOWN) == {
        "Yasne": (36.4, 48.6),
        "Bile": (36.7, 48.6),
        # No settlement of its name: where the list puts it.
        "Tykhe": (37.5, 48.5),
    }
    assert residents.to_dict() == {3: 7_000, 4: 1_000}
    assert len(notes) == 1


def test_a_town_outside_its_hromada_is_left_out_and_named(tmp_path: Path) -> None:
    listed = "Ясне,UA1401,7000,48.5,37.5\nБіле,UA1401,1000,,\n"
    towns, residents, notes = build_towns.table(
        source(tmp_path, listed), settlements(("Bile", "", 900, 37.1)), HROMADAS
    )
    assert not towns["hromada"].eq("UA1401").any()
    assert residents.empty
    assert any(
        "2 towns with 8,000 residents" in note and "Ясне (7,000), Біле (1,000)" in note
        for note in notes
    )


def test_urban_residents_are_at_the_centre_where_the_towns_are_not_listed(tmp_path: Path) -> None:
    listed = "Ясне,UA1401,8000,48.5,36.5\n"
    towns, residents, notes = build_towns.table(
        source(tmp_path, listed), settlements(("Berestyn", "Krasnohrad", 1, 38.2)), HROMADAS
    )
    centres = towns[towns["known_as"] == build_towns.CENTRE].set_index("hromada")
    assert centres["residents_2022"].to_dict() == {"UA6301": 6_000, "UA1402": 2_000}
    assert places(towns, build_towns.CENTRE) == {"Berestyn": (38.2, 48.6), "Tykhe": (37.5, 48.5)}
    assert residents.empty, "a centre's count is not the settlement's own"
    # The centre of a rural hromada is a village.
    assert any("1 rural hromadas" in note and "1,000 urban residents" in note for note in notes)


def test_a_row_that_a_join_by_name_repeated_is_left_out(tmp_path: Path) -> None:
    listed = (
        "Ясне,UA1401,7500,48.5,36.5\nСад,UA1401,500,48.2,36.5\nСад,UA1401,2000,48.2,36.5\n"
        "Сад,UA1402,500,48.2,37.5\nСад,UA1402,2000,48.2,37.5\n"
    )
    towns, _, notes = build_towns.table(source(tmp_path, listed), settlements(), HROMADAS)
    own = towns[towns["known_as"] == build_towns.TOWN]
    kept = own[["hromada", "residents_2022"]].itertuples(index=False, name=None)
    assert sorted(kept) == [
        ("UA1401", 500),
        ("UA1401", 7_500),
        ("UA1402", 2_000),
    ]
    assert sum("left out: Сад" in note for note in notes) == 2


def test_towns_that_exceed_their_hromada_are_noted(tmp_path: Path) -> None:
    listed = "Ясне,UA1401,9500,48.5,36.5\n"
    towns, _, notes = build_towns.table(source(tmp_path, listed), settlements(), HROMADAS)
    assert towns["residents_2022"].iloc[0] == 9_500
    assert "The towns of UA1401 have 9,500 residents, the hromada 9,000." in notes


@pytest.fixture(scope="module")
def built(shared_data: Path) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    found, _ = build_settlements.read(shared_data, gpd.read_parquet(catalog.path("oblasts")))
    return build_towns.table(shared_data, found, gpd.read_parquet(catalog.path("hromadas")))


def test_every_town_of_the_official_list_is_placed_or_noted(
    built: tuple[pd.DataFrame, pd.Series, list[str]],
) -> None:
    towns, residents, notes = built
    own = towns[towns["known_as"] == build_towns.TOWN]
    repeated = sum(note.startswith("Town row left out: Олександрівка") for note in notes)
    (unplaced,) = (note for note in notes if "have no place" in note)
    found = re.match(r"(\d+) towns with ([\d,]+) residents", unplaced)
    assert found
    assert len(own) + repeated + int(found[1]) == 185
    assert repeated == 2
    # The urban residents of Donetsk Oblast, 3,693,450: each is in a town or in the note.
    assert own["residents_2022"].sum() + int(found[2].replace(",", "")) == 3_693_450
    assert set(residents) <= set(own["residents_2022"])
    assert residents.index.is_unique


def test_urban_residents_of_the_other_oblasts_are_placed(
    built: tuple[pd.DataFrame, pd.Series, list[str]], shared_data: Path
) -> None:
    towns, _, notes = built
    centres = towns[towns["known_as"] == build_towns.CENTRE]
    register = pd.read_csv(shared_data / "population/hromadas_all_pop2022.csv")
    urban = register.set_index("hromada_code")["urban_popultaion_2022.x"]
    hromadas = gpd.read_parquet(catalog.path("hromadas"))
    others = urban[hromadas.loc[hromadas["oblast"] != "Donetsk Oblast", "code"]].sum()
    (rural,) = (note for note in notes if "rural hromadas" in note)
    spread = int(re.findall(r"([\d,]+) urban residents", rural)[0].replace(",", ""))
    assert centres["residents_2022"].sum() + spread == others


def test_no_town_lies_outside_its_hromada() -> None:
    towns = pd.read_csv(catalog.path("towns"))
    hromadas = gpd.read_parquet(catalog.path("hromadas")).set_index("code")
    points = shapely.points(towns["lon"], towns["lat"])
    assert shapely.intersects(hromadas.geometry[towns["hromada"]].array, points).all()


def test_the_register_of_towns_leaves_no_hromada_out() -> None:
    """Urban residents are never more than all residents, and none is unknown."""
    towns = pd.read_csv(catalog.path("towns"))
    residents = gpd.read_parquet(catalog.path("hromadas")).set_index("code")["residents_2022"]
    sums = towns.groupby("hromada")["residents_2022"].sum()
    assert (sums <= residents[sums.index]).all()
    assert (towns["residents_2022"] > 0).all()
