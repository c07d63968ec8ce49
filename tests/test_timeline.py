"""Through time: what changed hands, by hand and on every map; the film; series, files, command."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import cli
from data import language
from data.errors import InputError
from geo import control, crs, geojson, impact, places, tables, timeline, timeline_chart
from geo.control import ControlMap
from geo.style import LIGHT
from tests.invented import EAST, SALIENT, control_map, named

OLD, NEW = dt.date(2024, 8, 1), dt.date(2025, 12, 14)
# Two dates between which one assessor's map did not change.
STILL = (dt.date(2025, 12, 13), dt.date(2025, 12, 15))
SOURCES = pytest.mark.parametrize("source", list(control.SOURCES))


def areas(found: timeline.Changed) -> dict[str, float]:
    return {str(side): float(km2) for side, km2 in found.sides["area_km2"].items()}


def redrawn(found: timeline.Changed) -> dict[str, float]:
    return {str(side): float(km2) for side, km2 in found.sides["redrawn_km2"].items()}


def front_at(x_km: float) -> ControlMap:
    """The invented country with a straight front, so far east."""
    return control_map(shapely.box(x_km * 1e3, 100e3, 300e3, 200e3))


# By hand


def test_a_salient_is_gained_by_one_and_lost_by_the_other() -> None:
    found = timeline.changed(named("straight"), named("salient"))
    assert areas(found) == pytest.approx({"russia": 400, "ukraine": 0}, abs=0.01)
    assert found.net_km2 == pytest.approx(400, abs=0.01)
    back = timeline.changed(named("salient"), named("straight"))
    assert areas(back) == pytest.approx({"russia": 0, "ukraine": 400}, abs=0.01)
    assert back.net_km2 == pytest.approx(-found.net_km2, abs=1e-6)


def test_ground_passes_both_ways_at_once() -> None:
    # A salient and an island of 10 km appear, a pocket of 20 km is lost.
    pocket = shapely.box(240_000, 140_000, 260_000, 160_000)
    island = shapely.box(140_000, 140_000, 150_000, 150_000)
    after = control_map(EAST.difference(pocket), SALIENT, island)
    found = timeline.changed(named("straight"), after)
    assert areas(found) == pytest.approx({"russia": 400 + 100, "ukraine": 400}, abs=0.02)
    assert redrawn(found) == pytest.approx({"russia": 0, "ukraine": 0}, abs=0.001)
    assert found.net_km2 == pytest.approx(100, abs=0.02)


@pytest.mark.parametrize(("metres", "is_ground"), [(20, False), (140, False), (160, True)])
def test_a_front_that_moved_by_metres_is_only_drawn_again(metres: float, is_ground: bool) -> None:
    found = timeline.changed(front_at(200), front_at(200 - metres / 1e3))
    strip_km2 = metres / 1e3 * 100
    assert areas(found)["russia"] == pytest.approx(strip_km2 if is_ground else 0, abs=0.01)
    assert redrawn(found)["russia"] == pytest.approx(0 if is_ground else strip_km2, abs=0.01)
    # Counted apart or not, nothing is lost from the sum.
    assert found.net_km2 == pytest.approx(strip_km2, abs=0.01)


def test_a_patch_that_is_wide_somewhere_counts_whole() -> None:
    tail = shapely.box(199_900, 100_000, 200_001, 140_001)
    after = control_map(EAST, SALIENT, tail)
    found = timeline.changed(named("straight"), after)
    assert areas(found)["russia"] == pytest.approx(400 + 4, abs=0.05)
    assert redrawn(found)["russia"] == 0


def test_nothing_changes_hands_between_a_map_and_itself() -> None:
    found = timeline.changed(named("salient"), named("salient"))
    assert found.is_none
    assert found.settlements.empty
    assert found.by_oblast.empty


def test_maps_of_two_countries_are_refused() -> None:
    with pytest.raises(InputError, match="not of one country"):
        timeline.changed(named("straight"), named("islands"))


# On real maps


@pytest.fixture(scope="module", params=list(control.SOURCES))
def real(request: pytest.FixtureRequest) -> timeline.Changed:
    """What changed between two dates far apart, by each assessor."""
    return timeline.changed(control.load(OLD, request.param), control.load(NEW, request.param))


def test_the_sums_are_the_difference_of_what_was_held(real: timeline.Changed) -> None:
    held_km2 = (real.after.held.area - real.before.held.area) / crs.KM2
    assert real.net_km2 == pytest.approx(held_km2, abs=0.01)
    lost_km2 = (real.before.kyiv.area - real.after.kyiv.area) / crs.KM2
    assert real.net_km2 == pytest.approx(lost_km2, abs=0.01)
    assert sum(redrawn(real).values()) < 0.01 * areas(real)["russia"]


def test_each_point_passed_as_the_two_maps_say(real: timeline.Changed) -> None:
    box = shapely.buffer(real.ground.union_all(), 5000).bounds
    x, y = np.random.default_rng(5).uniform(box[:2], box[2:], (20_000, 2)).T
    was, now = (shapely.contains_xy(m.held, x, y) for m in (real.before, real.after))
    for side, passed in (("russia", now & ~was), ("ukraine", was & ~now)):
        inside = shapely.contains_xy(real.ground.geometry[side], x, y)
        assert not (inside & ~passed).any()
        # What passed and is not in it was only drawn again: next to nothing.
        assert (passed & ~inside).sum() <= 3
    assert (now & ~was).sum() > 500


def test_oblasts_add_up(real: timeline.Changed) -> None:
    by_oblast = real.by_oblast.groupby("to")["area_km2"].sum()
    for side in timeline.SIDES:
        assert by_oblast.get(side, 0.0) == pytest.approx(areas(real)[side], abs=0.5)
    assert real.by_oblast["area_km2"].is_monotonic_decreasing
    counted = real.by_oblast.groupby("to")["settlements"].sum()
    assert counted.sum() == len(real.settlements) == real.sides["settlements"].sum()


def test_settlements_were_held_by_one_and_are_by_the_other(real: timeline.Changed) -> None:
    assert len(real.settlements) > 40
    lon_lat = shapely.points(real.settlements[["lon", "lat"]].to_numpy())
    points = crs.to_metres(lon_lat)
    was, now = (shapely.contains(m.held, points) for m in (real.before, real.after))
    gained = (real.settlements["to"] == "russia").to_numpy()
    assert (gained == (now & ~was)).all()
    named_there = real.settlements.set_index("name_en")
    assert named_there.loc["Selydove", "residents_2022"] == 21521
    assert named_there.loc["Selydove", "to"] == "russia"


def test_residents_of_the_ground_are_counted_as_everywhere(real: timeline.Changed) -> None:
    whole = impact.figures(real.ground.geometry["russia"], "ukraine", real.before)
    assert real.sides.loc["russia", "residents_2022"] == whole["residents_2022"] > 100_000


def test_a_map_from_a_file_takes_part(tmp_path: Path) -> None:
    bundled = control.load(NEW, "deepstate")
    file = tmp_path / "20251214.geojson"
    file.write_text(shapely.to_geojson(crs.to_degrees(bundled.held)))
    found = timeline.changed(control.load(OLD, "deepstate"), control.load(NEW, str(file)))
    there = timeline.changed(control.load(OLD, "deepstate"), bundled)
    assert areas(found) == pytest.approx(areas(there), rel=0.001)
    assert timeline.frame(found.after)


# All dates


@pytest.fixture(scope="module")
def film() -> dict[str, Any]:
    """The film of the assessor whose maps are the simpler."""
    return json.loads(json.dumps(timeline.film("owl"), separators=(",", ":")))


@pytest.fixture(scope="module")
def series(film: dict[str, Any]) -> pd.DataFrame:
    return timeline.series_of(film)


def test_a_film_is_small_enough_to_send_at_once(film: dict[str, Any]) -> None:
    assert len(film["frames"]) == len(film["series"]) == 29
    size = len(json.dumps(film, separators=(",", ":")))
    assert 50_000 < size < 100_000


def unpack(text: str, grid: int) -> list[tuple[float, float]]:
    """Corners in degrees, written independently of the code that packs them."""
    values, value, shift = [], 0, 0
    for letter in text:
        bits = ord(letter) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    lat_lon = np.cumsum(np.array(values).reshape(-1, 2), axis=0) / grid
    return [(float(lon), float(lat)) for lat, lon in lat_lon]


@pytest.mark.parametrize("number", [0, 15, 28])
def test_a_frame_shows_the_map(film: dict[str, Any], series: pd.DataFrame, number: int) -> None:
    real = control.load(series["date"][number], "owl")
    corners = [corner for ring in film["outline"] for corner in unpack(ring, film["grid"])]
    held, line_m = shapely.Polygon(), 0.0
    for parts in film["frames"][number]:
        ring: list[tuple[float, float]] = []
        for part in parts:
            if isinstance(part, str):
                stretch = unpack(part, film["grid"])
                line_m += shapely.length(crs.to_metres(shapely.linestrings(stretch)))
            else:
                first, last = part
                step = 1 if last >= first else -1
                stretch = [corners[n] for n in range(first, last + step, step)]
            ring += stretch
        # Rings are filled by turns, as a browser does.
        polygon = shapely.buffer(crs.to_metres(shapely.polygons(ring)), 0)
        held = shapely.symmetric_difference(held, polygon)
    assert line_m == pytest.approx(real.line.length, rel=0.005)
    apart_km2 = shapely.symmetric_difference(held, real.held).area / crs.KM2
    # Coast and border are simplified to 250 m: 117,000 km² behind some 3,000 km of them.
    assert apart_km2 < 300
    near = shapely.buffer(real.line, 2000)
    at_front = shapely.symmetric_difference(
        shapely.intersection(held, near), shapely.intersection(real.held, near)
    )
    assert at_front.area / crs.KM2 < 0.05 * real.line.length / crs.KM


def test_the_series_is_that_of_the_maps(series: pd.DataFrame) -> None:
    assert series["date"].tolist() == control.dates("owl")
    donetsk = places.find("donetsk").geometry
    known = control.series("owl", donetsk)
    for name in ("line_km", "held_km2", "kyiv_km2"):
        assert series[name].to_numpy() == pytest.approx(known[name].to_numpy())
    assert series["kyiv_share"].between(0.15, 0.45).all()
    last = series.iloc[-1]
    assert last["kyiv_share"] == pytest.approx(last["kyiv_km2"] * crs.KM2 / donetsk.area)


def test_dates_without_a_change_are_named(series: pd.DataFrame) -> None:
    assert timeline.unchanged(series) == [STILL]
    same = timeline.changed(*(control.load(day, "owl") for day in STILL))
    assert same.is_none


def test_runs_without_a_change_by_hand() -> None:
    days = [dt.date(2025, 1, n) for n in range(1, 8)]
    table = pd.DataFrame({"date": days, "changed": [False, False, True, True, False, False, True]})
    assert timeline.unchanged(table) == [(days[0], days[1]), (days[3], days[5])]


def test_a_map_is_first_set_against_a_year_before() -> None:
    days = control.dates("deepstate")
    assert timeline.before_of(NEW, days) == dt.date(2024, 12, 1)
    assert timeline.before_of(days[0], days) == days[0]
    assert timeline.before_of(days[1], days) == days[0]


def test_a_zone_that_is_still_there() -> None:
    one, other = shapely.box(0, 0, 1000, 1000), shapely.box(750, 0, 2000, 1000)
    assert timeline.still_there(one, other) == pytest.approx(0.25)
    assert np.isnan(timeline.still_there(shapely.Polygon(), other))


# Files, chart, command


def test_changed_ground_as_geojson(real: timeline.Changed) -> None:
    document = json.loads(geojson.changed(real))
    assert [f["properties"]["became"] for f in document["features"]] == [
        "Russian-held",
        "Kyiv-held",
    ]
    for feature, side in zip(document["features"], timeline.SIDES, strict=True):
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        assert crs.to_metres(shape).area / crs.KM2 == pytest.approx(areas(real)[side], rel=1e-3)
        assert feature["properties"]["area_km2"] == round(areas(real)[side], 1)
        assert (feature["properties"]["from"], feature["properties"]["to"]) == (
            OLD.isoformat(),
            NEW.isoformat(),
        )
    assert {OLD.isoformat(), NEW.isoformat()} <= {row["as_of"] for row in document["sources"]}


def test_what_is_left_out_is_told_in_figures_of_the_language(real: timeline.Changed) -> None:
    told = timeline.left_out(real)
    (ukraine, russia) = (f"{redrawn(real)[side]:.1f}" for side in ("ukraine", "russia"))
    assert ukraine in told
    assert russia in told
    with language.using("uk"):
        assert ukraine.replace(".", ",") in str(told)
        assert russia.replace(".", ",") in str(told)


def test_the_series_as_csv_runs_no_formula(series: pd.DataFrame) -> None:
    content = tables.series_csv({"Owl": series, "=HYPERLINK(1)": series})
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert len(rows) == 2 * len(series)
    assert {row["source"] for row in rows} == {"Owl", "'=HYPERLINK(1)"}
    assert rows[0]["date"] == "2024-08-01"
    assert float(rows[0]["line_km"]) == round(series["line_km"][0], 1)
    assert {row["changed"] for row in rows} == {"True", "False"}


@pytest.mark.parametrize("measure", timeline_chart.SHOWN)
def test_a_chart_has_every_map_of_both(series: pd.DataFrame, measure: str) -> None:
    tables = {"One": series, "Other": series.assign(**{measure: series[measure] * 1.001})}
    spec = timeline_chart.through_time(tables, measure, (OLD, NEW), LIGHT)
    assert len(spec["datasets"]["series"]) == 2 * len(series)
    assert [mark["date"] for mark in spec["datasets"]["marks"]] == [str(OLD), str(NEW)]
    low, high = sorted(end["value"] for end in spec["datasets"]["ends"])
    values = [point["value"] for point in spec["datasets"]["series"]]
    # Two names at almost the same height stand apart.
    floor = 0 if measure == "kyiv_share" else min(values)
    assert high - low >= 0.08 * (max(values) - floor)
    said = timeline_chart.told(tables, measure)
    assert "1 August 2024" in said
    assert "One" in said
    assert "Other" in said


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(["timeline", *arguments])
    out = capsys.readouterr()
    return status, out.out, out.err


def test_the_command_tells_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = told(capsys, "--from", str(OLD), "--to", str(NEW))
    found = timeline.changed(control.load(OLD, "deepstate"), control.load(NEW, "deepstate"))
    assert status == 0
    assert f"{areas(found)['russia']:,.0f} km²" in out
    assert "Selydove" in out
    assert "nowhere wider than 150 m" in err


def test_the_command_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "changed.geojson"
    status, out, _ = told(
        capsys, "--json", "--source", "owl", "--to", "2026-03-01", "--from", "2026-02-01",
        *("--out", str(file)),
    )  # fmt: skip
    assert status == 0
    document = json.loads(out)
    assert document["net_km2"] == pytest.approx(-232.5, abs=0.1)
    assert (
        document["passed_to"]["ukraine"]["area_km2"] > document["passed_to"]["russia"]["area_km2"]
    )
    assert json.loads(file.read_text())["net_km2"] == document["net_km2"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "2025-12-15", "--to", "2025-12-13"), "older date first"),
        (("--to", "2025-12-16"), "nearest of the 29"),
        (("--source", "somebody"), "no source called"),
        (("--from", "yesterday"), "YYYY-MM-DD"),
        (("--out", "changed.txt"), ".parquet or .zip"),
    ],
)
def test_mistakes_are_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    status, out, err = told(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert sentence in err
    assert err.count("\n") == 1
