"""The fixed layers, and finding a place by name."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from data.errors import InputError
from geo import crs, places


def test_official_area_and_residents_of_donetsk_oblast() -> None:
    oblast = places.oblasts().set_index("name_en").loc["Donetsk Oblast"]
    assert oblast.geometry.area / crs.KM2 == pytest.approx(26_517, rel=0.001)
    assert oblast["residents_2022"] == 4_059_372


def test_levels_add_up() -> None:
    by_raion = places.raions().groupby("oblast")["residents_2022"].sum()
    by_hromada = places.hromadas().groupby("oblast")["residents_2022"].sum()
    assert by_raion["Donetsk Oblast"] == by_hromada["Donetsk Oblast"] == 4_059_372
    hromadas = places.hromadas()
    donetsk = hromadas[hromadas["oblast"] == "Donetsk Oblast"]
    oblast = places.find("Donetsk Oblast").geometry
    assert donetsk.area.sum() == pytest.approx(oblast.area, rel=1e-9)


@pytest.mark.parametrize("layer", [places.oblasts, places.raions, places.hromadas])
def test_neighbours_share_edges(layer: object) -> None:
    stored = crs.to_degrees(np.asarray(layer().geometry.array))  # type: ignore[operator]
    snapped = shapely.transform(stored, lambda points: np.round(points, 6))
    assert shapely.is_valid(snapped).all()
    assert shapely.coverage_is_valid(snapped)


def test_ukraine_has_no_holes_and_holds_crimea() -> None:
    land = places.land()
    assert sum(len(part.interiors) for part in shapely.get_parts(land)) == 0
    assert land.area / crs.KM2 == pytest.approx(602_000, rel=0.005)
    assert land.contains(crs.to_metres(shapely.Point(34.1, 45.0)))


@pytest.mark.parametrize(
    "name", ["donetsk", "Donetsk Oblast", "DONETSK  oblast", "Донецька область", "UA14"]
)
def test_a_place_has_many_spellings(name: str) -> None:
    assert places.find(name).name_en == "Donetsk Oblast"


def test_raions_and_hromadas_are_places() -> None:
    assert places.find("Kramatorskyi Raion").level == "raion"
    assert places.find("Лиманська міська громада").level == "hromada"


def test_a_raion_is_found_by_its_town() -> None:
    assert places.find("Kramatorsk Raion").name_en == "Kramatorskyi Raion"
    assert places.find("Bakhmut raion").name_en == "Bakhmutskyi Raion"
    assert places.find("Kramatorsk hromada").name_en == "Kramatorska urban hromada"


def test_a_misspelling_gets_suggestions() -> None:
    with pytest.raises(InputError, match="Donetsk Oblast"):
        places.find("Donesk Oblast")
    with pytest.raises(InputError, match="there is no place called 'Atlantis'"):
        places.find("Atlantis")


def test_districts_of_cities_are_no_settlements() -> None:
    towns = places.settlements()
    donetsk = towns[towns["oblast"] == "Donetsk Oblast"]
    names = set(donetsk["name_en"])
    assert {"Donetsk", "Mariupol", "Kramatorsk", "Sloviansk", "Pokrovsk", "Bakhmut"} <= names
    assert not names & {"Pravyi Bereh", "Voznesenskyi", "Kyivskyi", "Sotsmisto", "Tekstylnyk"}
    assert (towns["population"] >= 500).all()


def test_units_are_a_partition_of_ukraine() -> None:
    units = places.units()
    assert set(units.columns) == {"oblast", "hromada", "kind", "residents_2022", "geometry"}
    assert units.is_valid.all()
    assert not units.is_empty.any()
    shapes = np.asarray(units.geometry.array)
    # Pieces that fill the country and whose sum is no larger than it cannot overlap.
    assert shapely.area(shapes).sum() == pytest.approx(places.land().area, rel=1e-9)
    assert shapely.union_all(shapes).area == pytest.approx(places.land().area, rel=1e-9)


def test_units_have_the_counts_of_their_hromadas() -> None:
    units = places.units()
    pieces = units[units["hromada"] != ""]
    hromadas = places.hromadas().set_index("code")
    sums = pieces.groupby("hromada")["residents_2022"].sum()
    np.testing.assert_allclose(sums[hromadas.index], hromadas["residents_2022"], rtol=1e-9)
    areas = pieces.area.groupby(pieces["hromada"]).sum()
    np.testing.assert_allclose(areas[hromadas.index], hromadas.area, rtol=1e-9)
    assert (pieces["residents_2022"] >= 0).all()
    assert units.loc[units["hromada"] == "", "kind"].eq("oblast").all()
    assert units.loc[units["kind"] == "oblast", "residents_2022"].isna().all()
    donetsk = units[units["oblast"] == "Donetsk Oblast"]
    assert donetsk["residents_2022"].sum() == pytest.approx(4_059_372, rel=1e-12)


def test_nobody_lived_on_the_kakhovka_reservoir() -> None:
    units = places.units()
    water = units[units["kind"] == "water"]
    assert (water["residents_2022"] == 0).all()
    bed = places.drained_reservoir()
    in_hromadas = shapely.union_all(places.hromadas().geometry.array).intersection(bed)
    assert water.intersection(bed).area.sum() == pytest.approx(in_hromadas.area, rel=1e-6)


@pytest.mark.parametrize(
    ("town", "residents"),
    [
        ("Bakhmut", 71_094),
        ("Pokrovsk", 60_127),
        ("Kramatorsk", 147_145),
        ("Sloviansk", 105_141),
        ("Kostiantynivka", 67_350),
    ],
)
def test_towns_carry_their_own_count_at_their_place(town: str, residents: int) -> None:
    listed = places.towns().query("name_en == @town and known_as == 'town'").iloc[0]
    assert listed["residents_2022"] == residents
    hromada = places.hromadas().set_index("code").loc[listed["hromada"]]
    assert hromada.geometry.contains(listed.geometry)
    units = places.units()
    around = units[shapely.contains(units.geometry.array, listed.geometry)].iloc[0]
    assert (around["kind"], around["hromada"]) == ("town", listed["hromada"])
    assert around["residents_2022"] == pytest.approx(residents)
    settlement = places.settlements().query("name_en == @town").iloc[0]
    assert settlement["residents_2022"] == residents
    assert settlement.geometry.equals(listed.geometry)


def test_only_towns_have_a_count_of_their_own_among_settlements() -> None:
    settlements = places.settlements()
    assert settlements["residents_2022"].dtype == "Int64"
    counted = settlements[settlements["residents_2022"].notna()]
    assert set(counted["oblast"]) == {"Donetsk Oblast"}
    # Kharkiv's is that of its hromada's urban residents.
    assert settlements.query("name_en == 'Kharkiv'")["residents_2022"].isna().all()


def test_settlements_know_their_raion_and_hromada() -> None:
    kramatorsk = places.settlements().query("name_en == 'Kramatorsk'").iloc[0]
    assert kramatorsk["raion"] == "Kramatorskyi Raion"
    assert kramatorsk["hromada"] == "Kramatorska urban hromada"
    assert kramatorsk["name_uk"] == "Краматорськ"


@pytest.mark.parametrize(
    "name", ["Kramatorska hromada", "Краматорська громада", "Kramatorsk hromada", "Kramatorsk"]
)
def test_a_hromada_is_found_by_its_plain_name_and_by_its_town(name: str) -> None:
    assert places.find(name).label == "Kramatorska urban hromada"


@pytest.mark.parametrize("name", ["Atlantis", "Paris", "Moscow", "Berlin"])
def test_a_place_elsewhere_is_taken_for_no_misspelling(name: str) -> None:
    with pytest.raises(InputError, match="give an oblast") as fault:
        places.find(name)
    assert "did you mean" not in str(fault.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Donetsc", "Donetsk Oblast"), ("Kharkov", "Kharkiv Oblast"), ("Pokrovsc", "Pokrovsk")],
)
def test_a_misspelt_place_is_suggested(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"did you mean .*{meant}"):
        places.find(name)
