"""Files of a result: what stands in them, and that a failing one leaves nothing behind."""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import shapely

from data import language
from data.errors import InputError
from geo import control, crs, export
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.scenario import from_preset


@functools.cache
def impact_of(preset: str, **changes: Any) -> Impact:
    scenario = from_preset(preset, **changes)
    ground = control.load(scenario.date, scenario.source)
    return assess(pull_back(ground, scenario), ground, scenario)


def geojson_of(impact: Impact) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(export.to_bytes(impact, "geojson"))
    return document


def rows_of(impact: Impact) -> list[dict[str, str]]:
    text = export.to_bytes(impact, "csv").decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


# --- GeoJSON ----------------------------------------------------------------------------------


def test_geojson_holds_both_zones_and_the_line_with_their_figures() -> None:
    impact = impact_of("mirror-5")
    document = geojson_of(impact)
    ukraine, russia, line = (feature["properties"] for feature in document["features"])
    assert (ukraine["side"], russia["side"]) == ("ukraine", "russia")
    for properties in (ukraine, russia):
        figures = impact.to_dict()["sides"][properties["side"]]
        assert {key: properties[key] for key in figures} == figures
        assert properties["illustrative"] is True
        assert properties["title"] == "Both sides pull back 5 km in Donetsk Oblast"
    assert line["kind"] == "line of contact"
    assert line["date"] == "2025-12-14"


def test_geojson_says_what_was_asked_and_where_it_comes_from() -> None:
    impact = impact_of("mirror-5")
    document = geojson_of(impact)
    assert document["name"] == impact.scenario.title()
    assert document["scenario"] == impact.scenario.model_dump(mode="json")
    assert document["sources"] == impact.to_dict()["sources"]
    assert all(source["as_of"] and source["licence"] for source in document["sources"])
    assert document["warnings"] == list(impact.warnings)


@pytest.mark.parametrize(
    ("preset", "changes"),
    [("mirror-5", {}), ("mirror-40", {"extent": "all"}), ("buffer-28", {}), ("line-20", {})],
)
def test_geojson_is_as_rfc_7946_wants_it(preset: str, changes: dict[str, str]) -> None:
    impact = impact_of(preset, **changes)
    document = geojson_of(impact)
    assert "crs" not in document
    shapes = [*impact.zones.geometry, impact.control.line]
    for feature, metres in zip(document["features"], shapes, strict=True):
        if feature["geometry"] is None:
            assert metres.is_empty
            continue
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        west, south, east, north = shape.bounds
        assert 22 < west < east < 41
        assert 44 < south < north < 53
        for polygon in shapely.get_parts(shape):
            if polygon.geom_type == "Polygon":
                assert polygon.exterior.is_ccw
                assert not any(hole.is_ccw for hole in polygon.interiors)
        back = crs.to_metres(shape)
        assert back.area == pytest.approx(metres.area, rel=1e-5)
        edge = metres.boundary if metres.area else metres
        assert shapely.distance(shapely.points(shapely.get_coordinates(back)), edge).max() < 0.2
    text = export.to_bytes(impact, "geojson").decode()
    geometries = re.findall(r'"coordinates":(\[[^{}]*\])', text)
    assert geometries
    assert not any(re.search(r"\.\d{7}", part) for part in geometries)


def test_an_empty_zone_has_no_geometry() -> None:
    features = geojson_of(impact_of("freeze"))["features"]
    assert [feature["geometry"] is None for feature in features] == [True, True, False]


def test_the_same_result_gives_the_same_bytes() -> None:
    scenario = from_preset("mirror-10")
    ground = control.load(scenario.date, scenario.source)
    again = assess(pull_back(ground, scenario), ground, scenario)
    for name in export.FORMATS:
        assert export.to_bytes(impact_of("mirror-10"), name) == export.to_bytes(again, name)


def test_the_line_of_contact_is_labelled_by_oblast() -> None:
    ground = impact_of("mirror-5").control
    document = json.loads(export.line_to_bytes(ground, "geojson"))
    lengths = {
        feature["properties"]["oblast"]: feature["properties"]["length_km"]
        for feature in document["features"]
        if feature["properties"]["along"] == control.FRONT
    }
    assert "Donetsk Oblast" in lengths
    assert sum(lengths.values()) == pytest.approx(ground.line_km, rel=0.01)
    assert document["control"]["date"] == "2025-12-14"
    assert document["sources"][0]["as_of"] == "2025-12-14"
    for feature in document["features"]:
        shape = crs.to_metres(shapely.geometry.shape(feature["geometry"]))
        assert shape.length / 1000 == pytest.approx(feature["properties"]["length_km"], abs=0.2)


# --- CSV --------------------------------------------------------------------------------------


def test_csv_has_a_row_a_settlement_with_source_and_date() -> None:
    impact = impact_of("mirror-5")
    rows = rows_of(impact)
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
    assert export.to_bytes(impact_of("freeze"), "csv").decode().count("\n") == 1


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
    row = rows_of(hostile)[0]
    assert row["name_en"] == f'\'{start.strip()}HYPERLINK("http://example.org")'
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in row.values())


# --- Files ------------------------------------------------------------------------------------


def test_write_takes_the_format_from_the_suffix(tmp_path: Path) -> None:
    impact = impact_of("mirror-5")
    for name in export.FORMATS:
        file = tmp_path / f"result.{name.upper()}"
        export.write(impact, file)
        assert file.read_bytes() == export.to_bytes(impact, name)
    assert len(list(tmp_path.iterdir())) == len(export.FORMATS)


def test_a_file_may_be_read_by_others_as_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    export.save(b"x", tmp_path / "saved.csv")
    modes = [stat.S_IMODE(file.stat().st_mode) for file in (plain, tmp_path / "saved.csv")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("name", ["x", "x.pdf", "x.geojson.zip", ".png"])
def test_an_unknown_suffix_is_answered_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"\.png, \.geojson or \.csv\.$"):
        export.write(impact_of("mirror-5"), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_unknown_format_is_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match="choose png, geojson or csv"):
        export.to_bytes(impact_of("mirror-5"), "xlsx")
    with pytest.raises(InputError, match="choose geojson"):
        export.line_to_bytes(impact_of("mirror-5").control, "png")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "results.csv"
    folder.mkdir()
    with pytest.raises(InputError, match="is a folder"):
        export.write(impact_of("mirror-5"), folder)
    with pytest.raises(InputError, match="no folder"):
        export.write(impact_of("mirror-5"), tmp_path / "missing" / "x.csv")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    owner = os if step == "fsync" else Path
    monkeypatch.setattr(owner, step, full)
    with pytest.raises(InputError, match=r"could not be written: no space left on device\.$"):
        export.save(b"new", file)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert file.read_text(encoding="utf-8") == "old"


def test_an_interrupted_save_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        export.save(b"new", tmp_path / "x.csv")
    assert not list(tmp_path.iterdir())


def test_a_place_that_takes_no_files_is_one_sentence() -> None:
    with pytest.raises(InputError, match="could not be written") as fault:
        export.save(b"x", Path("/proc/x.csv"))
    assert "\n" not in str(fault.value)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    export.save(b"new", link)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_kept_result_is_saved_in_the_language_of_whoever_saves_it() -> None:
    scenario = from_preset("mirror-5", extent="all", ukraine_leaves=("Lviv Oblast",), russia_km=7)
    ground = control.load(scenario.date, scenario.source)
    with language.using("uk"):
        impact = assess(pull_back(ground, scenario), ground, scenario)
        ukrainian = geojson_of(impact)
    english = geojson_of(impact)
    assert "Railways are the main and branch lines" in english["warnings"][-1]
    assert "generalised" in english["sources"][0]["title"]
    assert not re.search("[а-яіїєґ]", json.dumps(english, ensure_ascii=False))
    assert len(ukrainian["warnings"]) == len(english["warnings"])
    for text in (*ukrainian["warnings"], ukrainian["note"], ukrainian["sources"][0]["title"]):
        assert re.search("[а-яіїєґ]{3}", text)
    with language.using("uk"):
        assert geojson_of(impact) == ukrainian
        assert json.loads(json.dumps(impact.to_dict()))["warnings"] == ukrainian["warnings"]


def test_file_names_tell_what_is_inside() -> None:
    assert export.file_name(impact_of("mirror-5"), "png") == (
        "pullback-atlas_2025-12-14_deepstate_ukraine-5_russia-5_donetsk-oblast.png"
    )
    assert export.file_name(impact_of("free-economic-zone"), "csv") == (
        "pullback-atlas_2025-12-14_deepstate_ukraine-0_ukraine-leaves-donetsk-oblast_russia-0"
        "_donetsk-oblast.csv"
    )


def test_file_names_are_safe_whatever_the_source_is_called() -> None:
    impact = impact_of("mirror-5")
    scenario = impact.scenario.changed(source="/somewhere/a file.geojson")
    for title in ("../../etc/passwd", 'a"b<c>|d?*:e.geojson', "Їжак.geojson", "x" * 300, "…"):
        ground = dataclasses.replace(impact.control, title=title)
        name = export.file_name(
            dataclasses.replace(impact, scenario=scenario, control=ground), "png"
        )
        assert re.fullmatch(r"[a-z0-9._-]{1,150}\.png", name)
        assert ".." not in name
