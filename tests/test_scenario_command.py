"""The scenario command: documents, tables and files; and one sentence for every mistake."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from data import catalog
from geo import control, drawing
from geo import link as links
from geo.scenario import from_preset, presets
from tests.command_line import SQUARE, Run, asked, polygon_file, run

__all__ = ["run"]


def test_without_options_both_sides_pull_back_5_km_in_donetsk(run: Run) -> None:
    document = asked(run)
    assert document["scenario"] == from_preset("mirror-5").model_dump(mode="json")
    assert document["control"]["source"] == "DeepState"
    assert document["control"]["date"] == "2025-12-14"
    assert set(document) == {"scenario", "control", "sides", "by_oblast", "sources", "warnings"}
    assert document["sides"]["ukraine"]["area_km2"] == pytest.approx(1456, rel=0.03)
    assert document["sides"]["russia"]["area_km2"] == pytest.approx(1530, rel=0.03)
    assert set(document["sides"]["russia"]) == {
        *("area_km2", "residents_2022", "settlements", "rail_km")
    }
    assert all(set(row) == {"title", "as_of", "licence", "url"} for row in document["sources"])


def test_every_preset_runs(run: Run) -> None:
    for name in presets():
        document = asked(run, "--preset", name)
        assert document["scenario"] == from_preset(name).model_dump(mode="json")


def test_options_change_their_part_of_the_default_and_of_a_preset(run: Run) -> None:
    scenario = asked(run, "--ukraine-km", "7.5")["scenario"]
    assert (scenario["ukraine_km"], scenario["russia_km"]) == (7.5, 5.0)
    assert scenario["extent"] == "Donetsk Oblast"
    scenario = asked(run, "--preset", "dmz-30", "--extent", "луганська", "--russia-km", 0)[
        "scenario"
    ]
    assert (scenario["ukraine_km"], scenario["russia_km"]) == (15.0, 0.0)
    assert scenario["extent"] == "Luhansk Oblast"
    scenario = asked(run, "--preset", "buffer-28", "--russia-leaves", "")["scenario"]
    assert scenario["ukraine_leaves"] == ["Donetsk Oblast"]
    assert scenario["russia_leaves"] == []


def test_places_left_alone_mean_that_nobody_pulls_back(run: Run) -> None:
    document = asked(run, "--russia-leaves", "kharkiv, Sumy Oblast")
    scenario = document["scenario"]
    assert scenario["russia_leaves"] == ["Kharkiv Oblast", "Sumy Oblast"]
    assert (scenario["ukraine_km"], scenario["russia_km"], scenario["extent"]) == (0.0, 0.0, "all")
    assert document["sides"]["ukraine"]["area_km2"] == 0
    scenario = asked(run, "--ukraine-leaves", "donetsk", "--russia-km", 10)["scenario"]
    assert (scenario["ukraine_km"], scenario["russia_km"]) == (5.0, 10.0)


def line_file(folder: Path) -> Path:
    file = folder / "line.geojson"
    points = [[37.0, 48.2], [37.4, 48.5], [37.7, 49.0]]
    file.write_text(json.dumps({"type": "LineString", "coordinates": points}), encoding="utf-8")
    return file


def test_a_line_from_a_file_is_measured_from(run: Run, tmp_path: Path) -> None:
    document = asked(run, "--line", line_file(tmp_path), "--extent", "all")
    assert document["line_drawn_km"] == pytest.approx(104.4, abs=0.5)
    assert document["control"]["line_km"] > 1000
    status, out, _ = run("scenario", "--line", line_file(tmp_path), "--explain")
    assert status == 0
    assert out.startswith("Both sides pull back 5 km from the line drawn, in Donetsk Oblast\n")
    assert "within 5 km of any point of the line drawn" in out
    png, geojson = tmp_path / "a.png", tmp_path / "a.geojson"
    status, *_ = run("scenario", "--line", line_file(tmp_path), "--out", png, "--out", geojson)
    assert status == 0
    kinds = [f["properties"]["kind"] for f in json.loads(geojson.read_text())["features"]]
    assert kinds == ["zone", "zone", "line of contact", "line drawn", "extent"]
    status, out, err = run("scenario", "--line", tmp_path / "none.geojson")
    assert (status, out) == (2, "")
    assert err.startswith("error: there is no file ")


def test_a_link_opens_what_it_was_made_of(run: Run, tmp_path: Path) -> None:
    options = ("--ukraine-km", 12.5, "--source", "owl", "--date", "2025-07-01")
    status, link, err = run("scenario", *options, "--link")
    assert (status, err, link.count("\n")) == (0, "", 1)
    assert link.startswith("http://localhost:8501/?v=1&")
    assert asked(run, "--from-link", link) == asked(run, *options)
    changed = asked(run, "--from-link", link, "--russia-km", 3, "--date", "2025-12-14")
    assert changed["scenario"]["russia_km"] == 3
    assert changed["scenario"]["ukraine_km"] == 12.5
    assert changed["control"] == asked(run, "--source", "owl")["control"]
    with_line = ("--line", line_file(tmp_path), "--extent", "all", "--address", "https://x.example")
    document = asked(run, *with_line, "--link")
    assert document["link"].startswith("https://x.example/?")
    assert asked(run, "--from-link", document["link"])["sides"] == document["sides"]


def test_what_was_drawn_comes_with_a_link(run: Run) -> None:
    square = tuple((lon, lat) for lon, lat in SQUARE[:4])
    one = drawing.Drawing("area", "Mine", square, 3, 4)
    other = drawing.Drawing("line", "Far", ((2.0, 48.0), (3.0, 48.0)), 3, 4)
    query = links.to_query(from_preset("mirror-10"), drawings=(one, other))
    address = links.to_address(query)
    document = asked(run, "--from-link", address)
    first, second = document["drawings"]
    assert (first["name"], first["ukraine_km"], first["kind"]) == ("Mine", 3, "area")
    assert first["sides"]["ukraine"]["area_km2"] > 0
    assert second["sides"] is None
    assert "lies off Ukraine" in second["fault"]
    status, out, _ = run("scenario", "--from-link", address)
    assert status == 0
    assert "Mine (area, " in out
    assert run("scenario", "--from-link", address, "--link")[1].strip() == address
    status, out, err = run("scenario", "--from-link", address[:-4], "--link")
    assert status == 0
    assert "1 drawing, which is damaged" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from-link", "nonsense"),
        ("--from-link", "http://localhost:8501/?v=1", "--preset", "mirror-5"),
        ("--link", "--address", "nowhere"),
        ("--link", "--out", "x.csv"),
        ("--link", "--curve"),
        ("--link", "--explain"),
    ],
)
def test_a_bad_link_is_one_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = run("scenario", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error: ")


def test_date_and_source_choose_the_control_map(run: Run) -> None:
    document = asked(run, "--date", "2024-08-01", "--source", "OWL")
    assert document["control"]["source"] == "Owl"
    assert document["control"]["date"] == "2024-08-01"


def test_a_file_of_control_takes_its_date_from_its_name(run: Run, shared_data: Path) -> None:
    file = shared_data / "control" / "deepstate" / "20251201.geojson"
    document = asked(run, "--source", file)
    assert document["control"] == document["control"] | {
        "source": "20251201.geojson",
        "date": "2025-12-01",
    }
    document = asked(run, "--source", file, "--date", "2025-12-14")
    assert document["control"]["date"] == "2025-12-01"
    assert "--date 2025-12-14 left aside" in document["warnings"][-1]


def test_a_file_of_control_without_a_date_takes_the_one_given(run: Run, tmp_path: Path) -> None:
    file = polygon_file(tmp_path, "held.geojson", SQUARE)
    assert asked(run, "--source", file)["control"]["date"] == control.DEFAULT_DATE.isoformat()
    document = asked(run, "--source", file, "--date", "2023-02-03")
    assert document["control"]["date"] == "2023-02-03"


@pytest.mark.parametrize(
    ("kilometres", "ukraine_km2", "russia_km2"), [(5, 1456, 1530), (10, 2461, 2684)]
)
def test_figures_of_the_source_file(
    run: Run, shared_data: Path, kilometres: int, ukraine_km2: float, russia_km2: float
) -> None:
    file = shared_data / "control" / "deepstate" / "20251214.geojson"
    distances = ("--ukraine-km", kilometres, "--russia-km", kilometres)
    sides = asked(run, "--source", file, *distances)["sides"]
    assert sides["ukraine"]["area_km2"] == pytest.approx(ukraine_km2, rel=0.02)
    assert sides["russia"]["area_km2"] == pytest.approx(russia_km2, rel=0.02)


def test_a_file_may_be_the_extent(run: Run, tmp_path: Path) -> None:
    file = polygon_file(tmp_path, "area.geojson", SQUARE)
    document = asked(run, "--extent", file)
    assert document["scenario"]["extent"] == "area"
    assert json.loads(document["scenario"]["area"])["type"] == "Polygon"
    whole = asked(run)
    assert 0 < document["sides"]["russia"]["area_km2"] < whole["sides"]["russia"]["area_km2"]


def test_a_repaired_extent_is_told(run: Run, tmp_path: Path) -> None:
    bow_tie = [[37.0, 47.5], [38.0, 48.5], [38.0, 47.5], [37.0, 48.5], [37.0, 47.5]]
    document = asked(run, "--extent", polygon_file(tmp_path, "bow.geojson", bow_tie))
    assert any("repaired" in warning for warning in document["warnings"])


def test_files_are_saved_in_the_format_of_their_name(run: Run, tmp_path: Path) -> None:
    files = [tmp_path / f"result.{suffix}" for suffix in ("png", "geojson", "csv")]
    document = asked(run, *(part for file in files for part in ("--out", file)))
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert json.loads(files[1].read_text("utf-8"))["scenario"] == document["scenario"]
    rows = list(csv.DictReader(io.StringIO(files[2].read_text("utf-8"))))
    assert len(rows) == sum(side["settlements"] for side in document["sides"].values())


def test_for_people_there_is_a_table(run: Run, tmp_path: Path) -> None:
    status, out, err = run("scenario", "--out", tmp_path / "x.csv")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "Both sides pull back 5 km in Donetsk Oblast"
    assert "14 December 2025 (DeepState)" in lines[1]
    assert lines[1].endswith("illustrative")
    for words in ("Ukraine pulls back 5 km", "Donetsk Oblast", "Sources", "CC BY 4.0"):
        assert words in out
    header, ukraine, russia = lines[3:6]
    assert len(header) == len(ukraine) == len(russia)
    assert lines[-1] == f"Saved {tmp_path / 'x.csv'}"
    assert all(line.startswith("note: ") for line in err.splitlines())


def test_a_side_that_stays_has_a_row_too(run: Run) -> None:
    status, out, _ = run("scenario", "--preset", "freeze")
    assert status == 0
    assert "Ukraine stays" in out
    assert "By oblast" not in out


def test_the_curve_agrees_with_single_scenarios(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "curve.csv"
    document = asked(run, "--curve", "--out", file)
    rows = {(row["distance_km"], row["side"]): row for row in document["curve"]}
    assert len(rows) == 2 * 41
    for km in (0, 5, 17):
        single = asked(run, "--ukraine-km", km, "--russia-km", km)["sides"]
        for side, figures in single.items():
            assert {name: rows[(km, side)][name] for name in figures} == figures
    saved = pd.read_csv(file)
    assert len(saved) == len(rows)
    assert saved["area_km2"].tolist() == [row["area_km2"] for row in document["curve"]]
    balance = {row["measure"]: row for row in document["balance"]}
    sides = document["sides"]
    ratio = sides["russia"]["area_km2"] / sides["ukraine"]["area_km2"]
    assert balance["area_km2"]["ratio"] == pytest.approx(ratio, abs=0.01)


def test_the_curve_for_people(run: Run) -> None:
    status, out, _ = run("scenario", "--curve")
    assert status == 0
    assert "\n40 km " in out
    assert "ground at" in out


def test_how_it_was_computed(run: Run) -> None:
    document = asked(run, "--explain")
    abouts = [part["about"] for part in document["explanation"]]
    assert abouts[:3] == ["Control map", "Line of contact", "Measuring"]
    other = asked(run, "--source", "owl")
    assert document["other_assessor"]["sides"] == other["sides"]
    assert document["plus_minus_per_km"]["ukraine"]["area_km2"] > 0
    status, out, _ = run("scenario", "--explain")
    assert status == 0
    assert "Residents of 2022\n  Ukraine: " in out
    assert "by Owl" in out


def test_both_assessors_side_by_side(run: Run, tmp_path: Path) -> None:
    document = asked(run, "--source", "both")
    for source in control.SOURCES:
        assert document["by_source"][source] == asked(run, "--source", source)
    low, high = document["range"]["ukraine"]["area_km2"]
    assert (low, high) == tuple(
        sorted(answer["sides"]["ukraine"]["area_km2"] for answer in document["by_source"].values())
    )
    assert [row["held_by"] for row in document["dispute"]["ground"]] == ["DeepState", "Owl"]
    status, out, _ = run("scenario", "--source", "both")
    assert status == 0
    assert "Russian-held by Owl only" in out
    status, out, err = run("scenario", "--source", "both", "--out", tmp_path / "x.png")
    assert (status, out) == (2, "")
    assert err.startswith("error: --source both only compares")


def test_an_extent_far_from_the_line_is_said_to_be_empty(run: Run) -> None:
    document = asked(run, "--extent", "lviv")
    assert document["sides"]["ukraine"]["area_km2"] == 0
    assert any("zone is empty" in warning for warning in document["warnings"])


MISTAKES = {
    "a word for a distance": (["--ukraine-km", "five"], "0 to 40 km"),
    "no number": (["--russia-km", "nan"], "0 to 40 km"),
    "endless": (["--ukraine-km", "inf"], "0 to 40 km"),
    "negative": (["--russia-km", "-5"], "0 to 40 km"),
    "too far": (["--ukraine-km", "41"], "for Ukraine is '41'; give 0 to 40 km"),
    "empty distance": (["--ukraine-km", ""], "0 to 40 km"),
    "no date": (["--date", "tomorrow"], "YYYY-MM-DD"),
    "impossible date": (["--date", "2025-02-30"], "YYYY-MM-DD"),
    "date that is not bundled": (["--date", "2025-12-16"], "15 December 2025"),
    "unknown source": (["--source", "isw"], "deepstate, owl or the path"),
    "empty source": (["--source", ""], "deepstate, owl or the path"),
    "address as source": (["--source", "http://example.org/a.geojson"], "the path of a"),
    "unknown preset": (["--preset", "mirror-7"], "mirror-5, mirror-10"),
    "empty preset": (["--preset", ""], "mirror-5, mirror-10"),
    "misspelt oblast": (["--extent", "Donestk"], "Donetsk Oblast"),
    "unknown oblast": (["--extent", "Narnia"], "Kharkiv"),
    "unknown place left": (["--ukraine-leaves", "Donetsk,Narnia"], "Narnia"),
    "area without a file": (["--extent", "area"], "file of the area"),
    "unknown option": (["--kilometres", "5"], "No such option"),
    "option without value": (["--date"], "requires an argument"),
    "stray argument": (["donetsk"], "unexpected"),
    "unknown format": (["--out", "x.docx"], ".figures.csv, .parquet or .zip"),
    "no format": (["--out", "x"], ".figures.csv, .parquet or .zip"),
    "no folder": (["--out", "missing/x.png"], "no folder"),
    "folder to start from": (["--from", "."], "is a folder"),
    "folder of lines": (["--line", "."], "is a folder"),
    "a word for dots": (["--dpi", "many"], "--dpi is 'many'; give a whole number of 1 or more"),
    "stranger": (["--extent", "Atlantis"], "give an oblast"),
}


@pytest.mark.parametrize(("options", "hint"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_a_mistake_is_one_line_that_names_the_choices(
    run: Run,
    options: list[str],
    hint: str,
    form: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run("scenario", "--out", "result.geojson", *form, *options)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert hint in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


FILES = {
    "empty": ("", "is empty"),
    "not JSON": ("Russian-held: a lot", "not GeoJSON"),
    "other JSON": ('{"polygons": []}', "not GeoJSON"),
    "points": ('{"type": "Point", "coordinates": [37.5, 48.5]}', "no polygons"),
    "metres": (
        '{"type": "Polygon", "coordinates": [[[4e5, 5e6], [5e5, 5e6], [5e5, 6e6], [4e5, 5e6]]]}',
        "not in degrees",
    ),
    "swapped": (
        '{"type": "Polygon", "coordinates": [[[47, 37], [48, 37], [48, 38], [47, 37]]]}',
        "swapped",
    ),
    "elsewhere": (
        '{"type": "Polygon", "coordinates": [[[2, 48], [3, 48], [3, 49], [2, 48]]]}',
        "outside Ukraine",
    ),
}


@pytest.mark.parametrize(("text", "hint"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("option", ["--source", "--extent"])
def test_a_file_that_cannot_be_used_is_one_line(
    run: Run, tmp_path: Path, option: str, text: str, hint: str
) -> None:
    file = tmp_path / "given.geojson"
    file.write_text(text, encoding="utf-8")
    status, out, err = run("scenario", option, file, "--out", tmp_path / "x.csv")
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert hint in err
    assert list(tmp_path.iterdir()) == [file]


def test_one_bad_target_means_that_none_is_written(run: Run, tmp_path: Path) -> None:
    status, _, _ = run("scenario", "--out", tmp_path / "good.csv", "--out", tmp_path / "bad.txt")
    assert status == 2
    assert not list(tmp_path.iterdir())


def test_a_damaged_table_is_named_with_what_restores_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for file in catalog.FOLDER.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    (tmp_path / "proposals.toml").write_text("damaged", encoding="utf-8")
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    presets.cache_clear()
    status, out, err = run("scenario", "--json")
    presets.cache_clear()
    assert (status, out) == (2, "")
    assert "data/proposals.toml" in err
    assert "data build" in err
