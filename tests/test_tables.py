"""Tables: CSV that spreadsheets open as it is meant, and GeoParquet with what its fields say."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest

from geo import export, layers, passport, tables
from geo.snapshot import Snapshot
from tests import saved
from tests.saved import impact_of


def rows_of(snapshot: Snapshot, format: str = "csv") -> list[dict[str, str]]:
    text = export.to_bytes(snapshot, format).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def schema_of(snapshot: Snapshot) -> pa.Schema:
    return pq.read_schema(io.BytesIO(export.to_bytes(snapshot, "parquet")))


# --- settlements ------------------------------------------------------------------------------


def test_csv_has_a_row_a_settlement_with_source_and_date() -> None:
    impact = impact_of("mirror-5")
    rows = rows_of(saved.of("mirror-5"))
    assert len(rows) == len(impact.settlements) == int(impact.sides["settlements"].sum())
    assert list(rows[0]) == [
        *("name_en", "name_uk", "oblast", "raion", "hromada", "side", "held_by"),
        *("residents_2022", "population_geonames"),
        *("distance_km", "lon", "lat", "source", "as_of", "scenario"),
    ]
    for row in rows:
        assert "GeoNames" in row["source"]
        assert "DeepState" in row["source"]
        assert "2025-12-14" in row["as_of"]
        assert row["scenario"].endswith("(illustrative)")
        assert 0 <= float(row["distance_km"]) <= 5.01
    assert re.search("[їієґ]", " ".join(row["name_uk"] for row in rows))


def test_csv_without_settlements_is_its_header() -> None:
    assert export.to_bytes(saved.of("freeze"), "csv").decode().count("\n") == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r\n+", " @"])
def test_csv_holds_no_formulas(start: str) -> None:
    impact = impact_of("mirror-5")
    towns = impact.settlements.copy()
    towns.loc[0, "name_en"] = f'{start}HYPERLINK("http://example.org")'
    hostile = dataclasses.replace(
        impact,
        settlements=towns,
        control=dataclasses.replace(impact.control, title=f"{start}cmd.geojson"),
    )
    row = rows_of(Snapshot(answers=(hostile,)))[0]
    assert row["name_en"] == f'\'{start.strip()}HYPERLINK("http://example.org")'
    figures = rows_of(Snapshot(answers=(hostile,)), "figures.csv")[0]
    for value in (*row.values(), *figures.values()):
        assert not value.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_settlements_of_a_comparison_begin_with_the_letter_of_theirs() -> None:
    rows = rows_of(saved.compared())
    letters = [row["scenario"][:3] for row in rows]
    assert letters == sorted(letters)
    assert set(letters) == {"A: ", "B: ", "C: "}
    first = [row for row in rows if row["scenario"].startswith("A: ")]
    assert [row["name_en"] for row in first] == [
        row["name_en"] for row in rows_of(saved.of("mirror-5"))
    ]


def test_settlements_that_changed_hands() -> None:
    rows = rows_of(saved.changed())
    changed = saved.changed().changed
    assert changed is not None
    assert [row["name_en"] for row in rows] == list(changed.settlements["name_en"])
    assert {row["became"] for row in rows} == {"Russian-held"}
    assert all(row["as_of"].endswith("2024-12-01 – 2025-12-14") for row in rows)
    assert "side" not in rows[0]


@pytest.mark.parametrize("format", ["csv", "figures.csv"])
def test_excel_is_told_that_it_is_utf_8(format: str) -> None:
    plain = export.to_bytes(saved.of("mirror-5"), format)
    assert export.to_bytes(saved.of("mirror-5"), format, excel=True) == b"\xef\xbb\xbf" + plain
    assert not plain.startswith(b"\xef")


# --- figures ----------------------------------------------------------------------------------


def test_figures_are_those_on_screen_by_side_and_by_oblast() -> None:
    rows = rows_of(saved.of("mirror-5"), "figures.csv")
    document = impact_of("mirror-5").to_dict()
    whole = [row for row in rows if row["oblast"] == tables.WHOLE]
    assert [row["side"] for row in whole] == ["ukraine", "russia"]
    assert all(row["oblast"] for row in rows)
    for row in whole:
        for measure, value in document["sides"][row["side"]].items():
            assert row[measure] == ("" if value is None else str(value))
    parts = [(row["oblast"], row["side"], float(row["area_km2"])) for row in rows[2:]]
    assert parts == [(r["oblast"], r["side"], r["area_km2"]) for r in document["by_oblast"]]
    assert {row["residents_as_of"] for row in rows} == {"2022-01-01"}
    assert {(row["date"], row["source"]) for row in rows} == {("2025-12-14", "DeepState")}


def test_a_field_of_several_dates_is_described_as_words() -> None:
    row = rows_of(saved.of("mirror-5"), "csv")[0]
    assert row["as_of"].endswith("; 2025-12-14")
    assert layers.FIELDS["as_of"].unit == ""
    assert "in words" in layers.FIELDS["as_of"].about


def test_a_figure_that_is_not_known_is_empty() -> None:
    rows = rows_of(saved.of("mirror-40", extent="all"), "figures.csv")
    assert rows[0]["rail_km"] == ""
    assert rows[0]["residents_2022"].isdigit()


def test_figures_of_drawings_and_of_comparisons_are_told_apart() -> None:
    titles = list(dict.fromkeys(row["scenario"] for row in rows_of(saved.drawn(), "figures.csv")))
    assert len(titles) == 3
    assert titles[1].startswith("Мій <край> & “ost”: ")
    assert titles[2].startswith("'=line: ")
    letters = [row["scenario"][0] for row in rows_of(saved.compared(), "figures.csv")]
    assert letters == sorted(letters)
    assert set(letters) == set("ABC")


def test_figures_of_changed_ground() -> None:
    changed = saved.changed().changed
    assert changed is not None
    rows = rows_of(saved.changed(), "figures.csv")
    assert [row["became"] for row in rows[:2]] == ["Russian-held", "Kyiv-held"]
    assert [row["oblast"] for row in rows[:3]] == ["all", "all", "Donetsk Oblast"]
    assert float(rows[0]["area_km2"]) == round(changed.sides["area_km2"]["russia"], 1)
    assert {(row["from"], row["to"]) for row in rows} == {("2024-12-01", "2025-12-14")}
    assert len(rows) == 2 + len(changed.by_oblast)


def test_the_curve_is_a_row_a_distance_and_side() -> None:
    text = tables.curve_csv(impact_of("mirror-5"), excel=True).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2 * len({row["distance_km"] for row in rows})
    assert {row["scenario"] for row in rows} == {"any distance in Donetsk Oblast (illustrative)"}


# --- GeoParquet -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", saved.KINDS)
def test_geoparquet_says_what_version_1_1_wants(kind: str) -> None:
    geo = json.loads(schema_of(saved.KINDS[kind]()).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["primary_column"] == "geometry"
    (column,) = geo["columns"].values()
    assert column["encoding"] == "WKB"
    assert set(column["geometry_types"]) <= {"Polygon", "MultiPolygon"}
    assert column["orientation"] == "counterclockwise"
    assert column["edges"] == "planar"
    assert pyproj.CRS.from_json_dict(column["crs"]).to_epsg() == 4326
    west, south, east, north = column["bbox"]
    assert 22 < west < east < 41
    assert 44 < south < north < 53


def test_geoparquet_has_units_descriptions_sources_and_the_passport() -> None:
    schema = schema_of(saved.drawn())
    assert schema.field("area_km2").metadata == {
        b"unit": "km²".encode(),
        b"description": b"Area, of the equal-area projection",
    }
    described = [field.name for field in schema if b"description" in (field.metadata or {})]
    assert [*described, "geometry"] == schema.names
    assert set(described) <= set(layers.FIELDS)
    known = passport.of(saved.drawn())
    assert schema.metadata[passport.KEY.encode()].decode() == known.to_json()
    sources = json.loads(schema.metadata[b"sources"])
    assert [row["id"] for row in sources] == [row["id"] for row in known.sources]


def test_geoparquet_holds_the_zones_of_all_that_is_compared_or_drawn() -> None:
    def read(snapshot: Snapshot) -> gpd.GeoDataFrame:
        return gpd.read_parquet(io.BytesIO(export.to_bytes(snapshot, "parquet")))

    assert list(read(saved.compared())["scenario"]) == list("AABBCC")
    drawn = read(saved.drawn())
    assert drawn["drawing"].isna().tolist() == [True] * 2 + [False] * 4
    assert str(drawn["residents_2022"].dtype) == "Int64"
    assert len(read(saved.changed())) == 2
