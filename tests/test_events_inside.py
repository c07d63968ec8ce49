"""Events inside zones: by hand, beside geopandas, in parts of files, on a real cluster."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
import math
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import distributed
import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.projection import MEASURING_CRS
from events import cluster, inside, parts, points
from events import tally as tallies
from events.inside import Inside
from events.tally import Ground
from geo import control as control_maps
from geo import crs, places, pullback
from geo.control import ControlMap
from geo.scenario import Scenario, from_preset
from tests.invented import DAY as MAP_DAY
from tests.invented import control_map

# Two strips of 10 by 100 km, 1,000 km² each, on both sides of a line that runs north at 200 km.
STRIPS = (shapely.box(1.9e5, 1e5, 2e5, 2e5), shapely.box(2e5, 1e5, 2.1e5, 2e5))
ASKED = Scenario(date=MAP_DAY, ukraine_km=10, russia_km=10, extent="all")
WEST, EAST = shapely.box(1e5, 1e5, 1.95e5, 2e5), shapely.box(1.95e5, 1e5, 3e5, 2e5)
DAY = "2025-12-14"


@pytest.fixture
def oblasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two oblasts: the western one ends in the middle of Ukraine's zone."""
    layer = gpd.GeoDataFrame(
        {"name_en": ["West Oblast", "East Oblast"]}, geometry=[WEST, EAST], crs=MEASURING_CRS
    )
    monkeypatch.setattr(places, "oblasts", lambda: layer)


@pytest.fixture
def strip(oblasts: None) -> tuple[gpd.GeoDataFrame, ControlMap, Scenario]:
    """Zones of 10 km on both sides of a straight line."""
    zones = gpd.GeoDataFrame({"side": pullback.SIDES}, geometry=list(STRIPS), crs=MEASURING_CRS)
    return zones, control_map(), ASKED


Strip = tuple[gpd.GeoDataFrame, ControlMap, Scenario]


def degrees(*metres: tuple[float, float]) -> list[tuple[float, float]]:
    placed = crs.to_degrees(shapely.points(metres))
    return [(float(point.x), float(point.y)) for point in placed]


def table(*metres: tuple[float, float], day: str = DAY, kind: str = "shelling") -> pd.DataFrame:
    lon, lat = zip(*degrees(*metres), strict=True) if metres else ((), ())
    return pd.DataFrame(
        {
            "lon": np.array(lon, dtype=float),
            "lat": np.array(lat, dtype=float),
            "date": pd.Series([day] * len(lon)).astype("datetime64[s]"),
            "class": pd.Categorical([kind] * len(lon)),
            "precision": pd.Categorical(["exact"] * len(lon)),
        }
    )


def write_csv(path: Path, rows: Sequence[tuple[Any, ...]], head: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return path


HEAD = "id,date,type,precision,latitude,longitude"


def events_file(path: Path) -> Path:
    """Ten rows: three in Ukraine's zone, one in Russia's, three in the rest, three of no use."""
    places_m = [
        *((191e3, 150e3), (192e3, 110e3), (199e3, 150e3), (205e3, 150e3)),
        *((150e3, 150e3), (120e3, 150e3), (250e3, 150e3), (191e3, 150e3)),
    ]
    kinds = ["shelling", "drone", "shelling", "battle", "drone", "drone", "battle", "drone"]
    days = ["2025-11-30", DAY, DAY, DAY, DAY, DAY, DAY, DAY]
    precise = ["exact", "town", "raion", "exact", "exact", "exact", "exact", "oblast"]
    rows: list[tuple[Any, ...]] = [
        (number, day, kind, precision, lat, lon)
        for number, (day, kind, precision, (lon, lat)) in enumerate(
            zip(days, kinds, precise, degrees(*places_m), strict=True), 1
        )
    ]
    rows += [(9, DAY, "drone", "exact", "", ""), (10, "", "drone", "exact", *rows[0][4:])]
    return write_csv(path, rows, HEAD)


def count(source: Any, strip: Strip, **options: Any) -> Inside:
    return inside.count(source, *strip, **options)


# ------------------------------------------------------------------------------------ by hand


def test_by_hand(strip: Strip, tmp_path: Path) -> None:
    found = count(events_file(tmp_path / "events.csv"), strip)
    ukraine, russia = found.sides.loc["ukraine"], found.sides.loc["russia"]
    assert (ukraine["events"], russia["events"]) == (3, 1)
    assert ukraine["area_km2"] == pytest.approx(1000)
    assert ukraine["per_100_km2"] == pytest.approx(0.3)
    # Ukraine's zone touches both oblasts, Russia's only the eastern one.
    assert (ukraine["rest_events"], russia["rest_events"]) == (3, 1)
    assert ukraine["rest_km2"] == pytest.approx(18_000)
    assert russia["rest_km2"] == pytest.approx(9_000)
    assert russia["rest_per_100_km2"] == pytest.approx(100 / 9_000)
    by_oblast = found.by_oblast.set_index(["side", "oblast"])
    assert by_oblast["events"].to_dict() == {
        ("ukraine", "West Oblast"): 2,
        ("ukraine", "East Oblast"): 1,
        ("russia", "East Oblast"): 1,
    }
    assert by_oblast.loc[("ukraine", "West Oblast"), "area_km2"] == pytest.approx(500)
    assert by_oblast.loc[("ukraine", "West Oblast"), "rest_events"] == 2
    assert by_oblast.loc[("ukraine", "West Oblast"), "rest_km2"] == pytest.approx(9_000)
    assert found.read == 10
    assert found.left_out.to_dict() == {
        points.NO_PLACE: 1,
        points.NO_DATE: 1,
        points.ONLY_OBLAST: 1,
    }
    assert found.first_at[points.NO_PLACE] == "line 10"
    assert found.points is not None
    assert found.points["side"].tolist() == ["ukraine", "ukraine", "ukraine", "russia"]
    assert found.points["oblast"].tolist() == ["West Oblast", "West Oblast", *["East Oblast"] * 2]


def test_the_json_document(strip: Strip, tmp_path: Path) -> None:
    document = json.loads(json.dumps(count(events_file(tmp_path / "e.csv"), strip).to_dict()))
    assert document["read"] == 10
    assert document["left_out"][points.ONLY_OBLAST] == 1
    assert document["engine"] == "local"
    ukraine = document["sides"]["ukraine"]
    assert ukraine["events"] == 3
    assert ukraine["by_class"] == {"shelling": 2, "drone": 1}
    assert ukraine["by_month"] == {"2025-11": 1, "2025-12": 2}
    assert ukraine["by_precision"] == {"exact": 1, "raion": 1, "town": 1}
    assert ukraine["per_100_km2"] == 0.3
    assert document["sources"][0]["title"] == "e.csv"
    assert document["sources"][0]["as_of"] == "2025-11-30 to 2025-12-14"
    assert any(
        "known only to their raion" in text and ": 1." in text for text in document["warnings"]
    )
    assert any("which are in no zone: 1." in text for text in document["warnings"])


def test_an_empty_zone_has_no_density(oblasts: None, tmp_path: Path) -> None:
    asked, made = Scenario(date=MAP_DAY, ukraine_km=0, russia_km=10, extent="all"), control_map()
    found = inside.count(
        events_file(tmp_path / "e.csv"), pullback.pull_back(made, asked), made, asked
    )
    side = found.to_dict()["sides"]["ukraine"]
    assert (side["events"], side["per_100_km2"], side["rest_per_100_km2"]) == (0, None, None)
    assert any("Ukraine's zone is empty" in text for text in found.warnings)


def test_nobody_pulls_back(oblasts: None, tmp_path: Path) -> None:
    asked, made = Scenario(date=MAP_DAY, ukraine_km=0, russia_km=0, extent="all"), control_map()
    found = inside.count(
        events_file(tmp_path / "e.csv"), pullback.pull_back(made, asked), made, asked
    )
    assert found.sides["events"].tolist() == [0, 0]
    assert found.read == 10
    assert len(found.cells) == len(found.by_oblast) == 0


@pytest.mark.parametrize(("precise", "counted"), [("1", 1), ("2", 1), ("3", 0)])
def test_what_is_known_only_to_its_oblast_is_in_no_zone(
    strip: Strip, tmp_path: Path, precise: str, counted: int
) -> None:
    (lon, lat), (far_lon, far_lat) = degrees((195e3, 150e3), (150e3, 150e3))
    rows = [
        ("A1", DAY, "Battles", lat, lon, precise),
        ("A2", DAY, "Battles", far_lat, far_lon, "1"),
    ]
    head = "event_id_cnty,event_date,event_type,latitude,longitude,geo_precision"
    file = write_csv(tmp_path / "acled.csv", rows, head)
    found = count(file, strip)
    assert found.sides["events"].sum() == counted
    assert len(pd.concat(inside.rows(file, strip[0]))) == counted
    # Nor does it count for the rest, which would lower what a zone is compared with.
    assert found.sides.loc["ukraine", "rest_events"] == 1


# ------------------------------------------------------------------------------------ exactly


def by_sjoin(x: np.ndarray, y: np.ndarray, zones: gpd.GeoDataFrame) -> np.ndarray:
    """Whether points lie in each zone, as geopandas tells."""
    placed = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=zones.crs)
    pairs = gpd.sjoin(placed, zones, predicate="intersects")
    expected = np.zeros((2, len(x)), dtype=bool)
    for row, side in enumerate(pullback.SIDES):
        expected[row, pairs.index[pairs["side"] == side]] = True
    return expected


@pytest.fixture(scope="module")
def front() -> tuple[gpd.GeoDataFrame, ControlMap, Scenario]:
    """The whole front, 10 km on both sides."""
    asked = from_preset("mirror-10", extent="all")
    made = control_maps.load(asked.date, asked.source)
    return pullback.pull_back(made, asked), made, asked


def test_the_same_as_sjoin_on_edges_and_corners(front: Strip) -> None:
    zones = front[0]
    corners = shapely.get_coordinates(zones.geometry.array)
    middles = (corners[1:] + corners[:-1]) / 2
    beside = np.nextafter(corners, np.array([np.inf, -np.inf]))
    xy = np.concatenate([corners, middles, beside])
    found = Ground.of(zones).sides(xy[:, 0], xy[:, 1])
    expected = by_sjoin(xy[:, 0], xy[:, 1], zones)
    assert (found == expected).all()
    # Every corner is on the boundary and counts; those of the line of contact count twice.
    assert found[:, : len(corners)].any(axis=0).all()
    assert found[:, : len(corners)].all(axis=0).any()


def test_the_same_as_sjoin_on_the_whole_front(front: Strip) -> None:
    zones = front[0]
    random = np.random.default_rng(7)
    lon, lat = random.uniform(30, 41, 60_000), random.uniform(45, 53, 60_000)
    placed = crs.to_metres(shapely.points(lon, lat))
    expected = by_sjoin(shapely.get_x(placed), shapely.get_y(placed), zones)
    events = pd.DataFrame({"lon": lon, "lat": lat, "date": np.datetime64(DAY, "s")})
    events["class"], events["precision"], events["id"] = "x", "exact", np.arange(60_000)
    found = tallies.events_inside(events, Ground.of(zones))
    for row, side in enumerate(pullback.SIDES):
        assert (
            found.loc[found["side"] == side, "id"].tolist()
            == np.flatnonzero(expected[row]).tolist()
        )
    assert expected.sum() > 1_000


def test_oblasts_are_those_of_sjoin(front: Strip) -> None:
    random = np.random.default_rng(8)
    lon, lat = random.uniform(31, 40, 20_000), random.uniform(46, 52, 20_000)
    placed = gpd.GeoDataFrame(
        geometry=np.asarray(crs.to_metres(shapely.points(lon, lat))), crs=MEASURING_CRS
    )
    pairs = gpd.sjoin(placed, places.oblasts(), predicate="intersects")
    ground = Ground.of(front[0])
    found = ground.names[ground.oblast(placed.geometry.x.to_numpy(), placed.geometry.y.to_numpy())]
    known = pairs[pairs["name_en"].isin(ground.oblasts)]
    assert (found[known.index] == known["name_en"]).all()
    assert (np.delete(found, known.index) == tallies.NO_OBLAST).all()


def test_the_box_in_degrees_leaves_nothing_out() -> None:
    wide = shapely.box(-4e5, -2e5, 4e5, 4e5)
    edge = crs.to_degrees(shapely.segmentize(wide, 10_000))
    west, south, east, north = tallies._degrees_around([wide])
    assert shapely.box(west, south, east, north).contains(edge)
    # Nor does it take in much more.
    assert edge.bounds == pytest.approx((west, south, east, north), abs=0.001)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(188, 212), st.integers(98, 202)), min_size=1, max_size=40),
    st.integers(0, 40),
)
def test_tallies_add_up(strip: Strip, places_km: list[tuple[int, int]], cut: int) -> None:
    """Points on a grid of kilometres, many of them on edges and corners of the zones."""
    ground = Ground.of(strip[0])
    x, y = (np.array(of, dtype=float) * 1_000 for of in zip(*places_km, strict=True))
    by_hand = [
        ((x >= 190e3) & (x <= 200e3), (x >= 200e3) & (x <= 210e3))[side] & (y >= 1e5) & (y <= 2e5)
        for side in (0, 1)
    ]
    assert (ground.sides(x, y) == np.array(by_hand)).all()
    events = table(*zip(x, y, strict=True))
    whole = tallies.tally(events, ground)
    halves = tallies.tally(events[:cut], ground) + tallies.tally(events[cut:], ground)
    assert whole.counts == halves.counts
    assert whole.rest == halves.rest
    assert whole.points is not None
    assert halves.points is not None
    pd.testing.assert_frame_equal(whole.points, halves.points)
    again = pickle.loads(pickle.dumps(whole))
    assert again.counts == whole.counts


# ---------------------------------------------------------------------------------- on the map


def test_few_events_are_points_and_many_are_cells(strip: Strip) -> None:
    random = np.random.default_rng(3)
    some = zip(
        random.uniform(191e3, 209e3, 3_000), random.uniform(101e3, 199e3, 3_000), strict=True
    )
    events = table(*some)
    few = count([batch_of(events[: tallies.MOST_POINTS - 1])], strip)
    assert few.points is not None
    assert len(few.points) == tallies.MOST_POINTS - 1
    many = count([batch_of(events)], strip)
    assert many.points is None
    assert many.cells.groupby("side")["events"].sum().to_dict() == many.sides["events"].to_dict()
    # 2,000 km² in H3 cells of some 5 km², and those along the edges.
    assert set(many.cells["cell"].map(h3.get_resolution)) == {7}
    assert many.cells.area.to_numpy() / 1e6 == pytest.approx(h3.average_hexagon_area(7), rel=0.1)
    assert 350 < len(many.cells) < 600


@pytest.mark.parametrize(
    ("total_km2", "resolution"), [(0, 8), (500, 8), (5_000, 7), (25_000, 6), (600_000, 5)]
)
def test_the_more_ground_the_larger_the_cells(total_km2: float, resolution: int) -> None:
    assert tallies._resolution(total_km2) == resolution


@settings(deadline=None, max_examples=200)
@given(st.floats(22, 40.2), st.floats(44.3, 52.4), st.integers(4, 8))
def test_a_point_lies_in_its_cell(lon: float, lat: float, resolution: int) -> None:
    (cell,) = tallies._cells(np.array([lon]), np.array([lat]), resolution)
    (hexagon,) = tallies.hexagons([cell])
    # H3 draws its edges on the sphere, the polygon draws them straight: a few metres apart.
    assert hexagon.distance(crs.to_metres(shapely.Point(lon, lat))) < 0.001 * math.sqrt(
        hexagon.area
    )


def batch_of(events: pd.DataFrame) -> points.Batch:
    return points.Batch(
        table=events,
        coarse=events[:0],
        read=len(events),
        left_out=pd.Series(dtype="int64"),
        first_at=pd.Series(dtype="str"),
        as_of=DAY,
        share=1.0,
        format="other",
        title="made here",
        licence="",
        attribution="",
        notes=(),
    )


# -------------------------------------------------------------------------------- rows inside


def test_rows_inside_as_csv(strip: Strip, tmp_path: Path) -> None:
    (lon, lat), (far_lon, far_lat) = degrees((195e3, 150e3), (150e3, 150e3))
    rows = [
        ("=1+1", DAY, "@SUM(A1)", "exact", lat, lon),
        ("far", DAY, "-", "exact", far_lat, far_lon),
        ("plain", "2025-12-15", "+drone, or two", "town", lat, lon),
    ]
    file = write_csv(tmp_path / "e.csv", rows, HEAD)
    text = b"".join(inside.rows_csv(file, *strip)).decode()
    found = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in found] == ["'=1+1", "plain"]
    assert [row["class"] for row in found] == ["'@SUM(A1)", "'+drone, or two"]
    assert [row["date"] for row in found] == [DAY, "2025-12-15"]
    assert [row["side"] for row in found] == ["ukraine", "ukraine"]
    assert float(found[0]["lon"]) == lon
    assert found[0]["source"]
    assert "illustrative" in found[0]["zone"]


def test_rows_are_those_that_are_counted(strip: Strip, tmp_path: Path) -> None:
    file = events_file(tmp_path / "e.csv")
    told: list[float] = []
    found = pd.concat(inside.rows(file, strip[0], progress=lambda share, read: told.append(share)))
    assert found.groupby("side").size().to_dict() == {"ukraine": 3, "russia": 1}
    assert found["id"].tolist() == ["1", "2", "3", "4"]
    assert told[-1] == 1.0


def test_an_event_on_the_line_of_contact_lies_in_both(front: Strip) -> None:
    zones = front[0]
    x, y = crs.to_metres(shapely.Point(*degrees((0, 0))[0])).coords[0]
    square = [shapely.box(x - 1e3, y - 1e3, x, y + 1e3), shapely.box(x, y - 1e3, x + 1e3, y + 1e3)]
    both = gpd.GeoDataFrame({"side": pullback.SIDES}, geometry=square, crs=zones.crs)
    found = tallies.events_inside(table((0, 0)), Ground.of(both))
    assert found["side"].tolist() == ["ukraine", "russia"]


# ----------------------------------------------------------------------------- files and folders


def parquet(path: Path, rows: int, *, group: int, seed: int = 1) -> Path:
    """Events on and around the strip, some of no use; text dates, so that they are looked at."""
    random = np.random.default_rng(seed)
    metres = shapely.points(random.uniform(185e3, 215e3, rows), random.uniform(95e3, 205e3, rows))
    placed = crs.to_degrees(metres)
    lon = np.where(random.random(rows) < 0.02, np.nan, shapely.get_x(placed))
    lon = np.where(random.random(rows) < 0.02, 2.35, lon)
    first = np.datetime64("2022-02-24")
    day = (first + random.integers(0, 1_400, rows)).astype(str).astype(object)
    day[random.random(rows) < 0.02] = ""
    columns = {
        "longitude": lon,
        "latitude": shapely.get_y(placed),
        "date": day,
        "type": random.choice(["shelling", "drone", "удар"], rows),
        "precision": random.choice(["exact", "town", "oblast", "odd"], rows),
    }
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


def test_a_folder_of_parquet_files(strip: Strip, tmp_path: Path) -> None:
    files = [parquet(tmp_path / f"part-{n}.parquet", 500, group=200, seed=n) for n in (1, 2)]
    (tmp_path / "_metadata.parquet").write_bytes(b"not events")
    together = count(tmp_path, strip)
    apart = [count(file, strip) for file in files]
    assert together.read == 1_000
    assert (together.sides["events"] == sum(one.sides["events"] for one in apart)).all()
    assert (together.left_out == apart[0].left_out + apart[1].left_out).all()
    assert together.first_at[points.NO_PLACE] == f"file 1, {apart[0].first_at[points.NO_PLACE]}"
    assert together.sources[0]["title"] == "part-1.parquet and 1 more files"
    assert same(together, count(files, strip))


def test_what_has_been_read_is_counted(strip: Strip, tmp_path: Path) -> None:
    file = parquet(tmp_path / "e.parquet", 1_000, group=100)
    assert same(count(points.read(file), strip), count(file, strip))
    assert same(count(points.batches(file, rows=90), strip), count(file, strip))


def test_progress_reaches_the_end(strip: Strip, tmp_path: Path) -> None:
    told: list[tuple[float, int]] = []
    file = parquet(tmp_path / "e.parquet", 1_000, group=100)
    count(
        points.batches(file, rows=150),
        strip,
        progress=lambda share, read: told.append((share, read)),
    )
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1] == (1.0, 1_000)
    told.clear()
    count([file, file], strip, progress=lambda share, read: told.append((share, read)))
    assert told == [(0.5, 1_000), (1.0, 2_000)]


def same(one: Inside, other: Inside) -> bool:
    """Whether two answers are the same but for who counted."""
    first, second = (found.to_dict() | {"engine": ""} for found in (one, other))
    assert first == second
    pd.testing.assert_frame_equal(one.cells, other.cells)
    assert (one.points is None) == (other.points is None)
    if one.points is not None and other.points is not None:
        pd.testing.assert_frame_equal(one.points, other.points)
    return True


# ----------------------------------------------------- parts of files, read in whatever order


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster of this process that does the last part first; all it is given goes by pickle."""

    def copied(thing: Any) -> Any:
        return pickle.loads(pickle.dumps(thing))

    @contextlib.contextmanager
    def connected(scheduler: str | None) -> Iterator[Callable[..., Iterator[tuple[int, Any]]]]:
        def run(task: Any, items: Sequence[Any], shared: Any) -> Iterator[tuple[int, Any]]:
            for number in reversed(range(len(items))):
                result = copied(task)(copied(items[number]), copied(shared))
                yield number, copied(result)

        yield run

    monkeypatch.setattr(cluster, "connected", connected)
    monkeypatch.setattr(parts, "PART_ROWS", 300)
    monkeypatch.setattr(parts, "PART_BYTES", 2_000)
    monkeypatch.setattr(parts, "_RECORDS_A_STEP", 3)


def test_parts_of_parquet_add_up(strip: Strip, tmp_path: Path, one_process: None) -> None:
    file = parquet(tmp_path / "e.parquet", 2_000, group=100)
    assert len(parts.Whole(file, None).parts) == 7
    found = count(file, strip, engine="dask")
    assert found.engine == "dask"
    assert found.left_out.to_dict().keys() == {
        *(points.NO_PLACE, points.FAR, points.NO_DATE, points.ONLY_OBLAST, points.UNCLEAR)
    }
    assert same(found, count(file, strip))


def test_parts_of_several_files_add_up(strip: Strip, tmp_path: Path, one_process: None) -> None:
    files = [parquet(tmp_path / "a.parquet", 900, group=100), events_file(tmp_path / "b.csv")]
    assert same(count(files, strip, engine="dask"), count(files, strip))


QUOTED = '"two\nlines, ""quoted"", and a mark: """'
MARKS = 'a 5" gun'


def long_csv(path: Path, *, encoding: str = "utf-8", ends: str = "\n", note: str = QUOTED) -> Path:
    """Texts as notes, rows of a wrong width, the header again."""
    places_m = np.random.default_rng(5).uniform((185e3, 95e3), (215e3, 205e3), (400, 2))
    lines = [HEAD + ",note"]
    for number, (lon, lat) in enumerate(degrees(*places_m), 1):
        kind = ["shelling", "drone", "удар"][number % 3]
        if number % 50 == 7:
            lines.append(f"{number},too,short")
        elif number % 90 == 0:
            lines.append(HEAD + ",note")
        else:
            lines.append(
                f"{number},{DAY},{kind},{'exact' if number % 4 else 'oblast'},{lat},{lon},{note}"
            )
    path.write_bytes(ends.join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("note", [QUOTED, MARKS, "plain"])
def test_parts_of_text_add_up(
    strip: Strip, tmp_path: Path, one_process: None, encoding: str, ends: str, note: str
) -> None:
    file = long_csv(tmp_path / "e.csv", encoding=encoding, ends=ends, note=note)
    whole = parts.Whole(file, None)
    assert len(whole.parts) > 5
    assert whole.parts[-1].end == file.stat().st_size
    found = count(file, strip, engine="dask")
    assert found.left_out[points.WRONG_WIDTH] == 8
    assert same(found, count(file, strip))


def test_a_text_in_utf_16_is_one_part(strip: Strip, tmp_path: Path, one_process: None) -> None:
    file = long_csv(tmp_path / "e.csv", encoding="utf-16")
    assert len(parts.Whole(file, None).parts) == 1
    assert same(count(file, strip, engine="dask"), count(file, strip))


def test_ids_that_are_there_twice_in_different_parts(
    strip: Strip, tmp_path: Path, one_process: None
) -> None:
    (lon, lat), *_ = degrees((195e3, 150e3))
    rows = [(n % 300, DAY, "x", "exact", lat, lon) for n in range(400)]
    file = write_csv(tmp_path / "e.csv", rows, HEAD)
    found = count(file, strip, engine="dask")
    assert any("an earlier row has as well: 100; they are" in text for text in found.warnings)
    assert same(found, count(file, strip))


def test_a_list_is_one_part(shared_data: Path, front: Strip, one_process: None) -> None:
    file = shared_data / "events" / "bellingcat_incidents.json"
    found = inside.count(file, *front)
    assert (found.read, int(found.left_out.sum())) == (2514, 14)
    assert found.sides["events"].sum() > 50
    assert same(found, inside.count(file, *front, engine="dask"))


def both_refuse(file: Path, strip: Strip, **options: Any) -> str:
    """The sentence with which both engines refuse a file."""
    sentences = []
    for engine in inside.ENGINES:
        with pytest.raises(InputError) as refused:
            count(file, strip, engine=engine, **options)
        sentences.append(str(refused.value))
    assert sentences[0] == sentences[1]
    return sentences[0]


def one_place(folder: Path, day: Callable[[int], str]) -> Path:
    """400 events at one point of the Ukrainian zone, a day to each by its number."""
    (lon, lat), *_ = degrees((195e3, 150e3))
    rows = [(n, day(n), "x", "exact", lat, lon) for n in range(400)]
    return write_csv(folder / "e.csv", rows, HEAD)


def test_dates_that_contradict_each_other_in_different_parts(
    strip: Strip, tmp_path: Path, one_process: None
) -> None:
    file = one_place(tmp_path, lambda n: "13/04/2022" if n < 200 else "04/13/2022")
    assert len(parts.Whole(file, None).parts) > 2
    assert "(line 2)" in both_refuse(file, strip)


def test_a_late_date_tells_how_early_ones_are_read(
    strip: Strip, tmp_path: Path, one_process: None
) -> None:
    file = one_place(tmp_path, lambda n: "03/04/2022" if n < 399 else "13/04/2022")
    found = count(file, strip, engine="dask")
    assert found.to_dict()["sides"]["ukraine"]["by_month"] == {"2022-04": 400}
    assert same(found, count(file, strip))


def test_parts_without_use_are_no_fault(strip: Strip, tmp_path: Path, one_process: None) -> None:
    (lon, lat), *_ = degrees((195e3, 150e3))
    rows = [
        (n, DAY, "x", "exact", 48.8 if n < 300 else lat, 2.35 if n < 300 else lon)
        for n in range(400)
    ]
    file = write_csv(tmp_path / "e.csv", rows, HEAD)
    assert same(count(file, strip, engine="dask"), count(file, strip))


@pytest.mark.parametrize(
    ("place", "sentence"), [((38.8, 49.8), "swapped"), ((2.35, 48.8), "no row that can be used")]
)
def test_what_only_the_whole_file_tells(
    strip: Strip, tmp_path: Path, one_process: None, place: tuple[float, float], sentence: str
) -> None:
    lat, lon = place if sentence == "swapped" else place[::-1]
    file = write_csv(
        tmp_path / "e.csv", [(n, DAY, "x", "exact", lat, lon) for n in range(300)], HEAD
    )
    assert sentence in both_refuse(file, strip)


def test_a_quotation_mark_that_is_not_closed(
    strip: Strip, tmp_path: Path, one_process: None
) -> None:
    (lon, lat), *_ = degrees((195e3, 150e3))
    rows = [(n, DAY, "x", "exact", lat, lon) for n in range(300)]
    file = write_csv(tmp_path / "e.csv", rows, HEAD)
    file.write_bytes(file.read_bytes().replace(b"\n250,", b'\n"250,'))
    assert "line 252" in both_refuse(file, strip)


def test_a_damaged_parquet_file(strip: Strip, tmp_path: Path, one_process: None) -> None:
    file = parquet(tmp_path / "e.parquet", 2_000, group=100)
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2_000] = b"\xff" * 2_000
    file.write_bytes(data)
    assert "damaged" in both_refuse(file, strip)


def test_the_encoding_is_that_of_the_whole_table(
    strip: Strip, tmp_path: Path, one_process: None
) -> None:
    """The last part alone could be UTF-8, in which these bytes are another letter."""
    file = long_csv(tmp_path / "e.csv", encoding="cp1251")
    (lon, lat), *_ = degrees((195e3, 150e3))
    lines = [f"{n},{DAY},Р°,exact,{lat},{lon},plain" for n in range(500, 600)]
    file.write_bytes(file.read_bytes() + ("\n" + "\n".join(lines)).encode("cp1251"))
    found = count(file, strip, engine="dask")
    assert found.to_dict()["sides"]["ukraine"]["by_class"]["Р°"] == 100
    assert same(found, count(file, strip))


@pytest.mark.parametrize("text", [HEAD, HEAD + "\n", HEAD + "\n\n", f"{HEAD}\n1,{DAY},x,exact,,"])
def test_tables_without_rows_of_use(
    strip: Strip, tmp_path: Path, one_process: None, text: str
) -> None:
    file = tmp_path / "e.csv"
    file.write_text(text, encoding="utf-8")
    assert "no row" in both_refuse(file, strip)
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in HEAD.split(",")}), file)
    assert "no rows" in both_refuse(file, strip)


def test_text_that_is_half_utf8(strip: Strip, tmp_path: Path, one_process: None) -> None:
    file = long_csv(tmp_path / "e.csv")
    file.write_bytes(file.read_bytes() + "\n401,2025-12-14,удар".encode("cp1251"))
    assert "UTF-8 up to here" in both_refuse(file, strip)


def test_too_many_classes(
    strip: Strip, tmp_path: Path, one_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "MOST_CLASSES", 2)
    file = parquet(tmp_path / "e.parquet", 500, group=100)
    assert "more than 2 different classes" in both_refuse(file, strip)


def test_a_file_that_workers_do_not_see(
    strip: Strip, tmp_path: Path, one_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = parquet(tmp_path / "e.parquet", 500, group=100)
    split = parts._split

    def other_size(source: Any) -> list[parts.Part]:
        return [dataclasses.replace(part, size=part.size + 1) for part in split(source)]

    monkeypatch.setattr(parts, "_split", other_size)
    with pytest.raises(InputError, match=r"a worker does not see .*e\.parquet as it is here"):
        count(file, strip, engine="dask")


# -------------------------------------------------------------------------------------- bad input


def test_bad_input(strip: Strip, tmp_path: Path) -> None:
    file = events_file(tmp_path / "e.csv")
    empty = tmp_path / "empty"
    empty.mkdir()
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (tmp_path / "none.csv", {}, "there is no file"),
        (tmp_path / "none.csv", {"engine": "dask"}, "there is no file"),
        ("s3://bucket/events.parquet", {"engine": "dask"}, "there is no file"),
        ("x" * 5_000, {}, "there is no file"),
        (empty, {}, r"has no file \*\.parquet"),
        ([], {}, "nothing to count"),
        (file, {"engine": "spark"}, "there is no engine 'spark'; choose local or dask"),
        (file, {"scheduler": "tcp://192.0.2.1:8786"}, "a scheduler goes with the dask engine"),
        (points.batches(file), {"engine": "dask"}, "give it the path of a file"),
        (file, {"engine": "dask", "columns": {"date": "when"}}, "when"),
        (file, {"engine": "dask", "scheduler": "what is this"}, "is no scheduler's address"),
        (file, {"engine": "dask", "scheduler": "http://127.0.0.1:1"}, "is no scheduler's address"),
    ]
    for source, options, sentence in cases:
        with pytest.raises(InputError, match=sentence):
            count(source, strip, **options)


def test_zones_in_degrees_are_refused(front: Strip) -> None:
    with pytest.raises(ValueError, match="degrees"):
        Ground.of(front[0].to_crs(4326))


def test_without_dask(strip: Strip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    file = events_file(tmp_path / "e.csv")
    with pytest.raises(InputError, match=r"run pip install '\.\[cluster\]'"):
        count(file, strip, engine="dask")
    assert count(file, strip).read == 10


def test_no_scheduler_answers(
    strip: Strip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    file = events_file(tmp_path / "e.csv")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(InputError, match=r"answers at tcp://127\S+ within 1 seconds"):
            count(file, strip, engine="dask", scheduler=address)
        nobody.listen()
        with pytest.raises(InputError, match=r"answers at tcp://127\S+ within 1 seconds"):
            count(file, strip, engine="dask", scheduler=address)


# --------------------------------------------------------------------------------- a real cluster


@pytest.fixture(scope="module")
def workers() -> Iterator[distributed.LocalCluster]:
    """Three worker processes."""
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=60
    ) as made:
        yield made


def test_a_cluster_gives_the_same(
    front: Strip, tmp_path: Path, workers: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 20_000)
    file = front_file(tmp_path / "e.parquet", rows=120_000)
    told: list[tuple[float, int]] = []
    found = inside.count(
        file,
        *front,
        engine="dask",
        scheduler=workers.scheduler_address,
        progress=lambda share, read: told.append((share, read)),
    )
    assert same(found, inside.count(file, *front))
    assert found.sides["events"].min() > 1_000
    assert told[-1] == (1.0, 120_000)


def front_file(path: Path, rows: int) -> Path:
    random = np.random.default_rng(11)
    columns = {
        "lon": random.uniform(32, 40, rows),
        "lat": random.uniform(46, 51, rows),
        "date": np.datetime64("2022-02-24") + random.integers(0, 1_400, rows),
        "type": random.choice(["shelling", "drone"], rows),
    }
    pq.write_table(pa.table(columns), path, row_group_size=5_000)
    return path


@pytest.mark.parametrize("killed", [1, 3])
def test_killed_workers_cost_no_event(
    front: Strip,
    tmp_path: Path,
    workers: distributed.LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
    killed: int,
) -> None:
    """One worker of three ends midway, or all of them at once, and with them the zone."""
    monkeypatch.setattr(parts, "PART_ROWS", 10_000)
    file = front_file(tmp_path / "e.parquet", rows=400_000)
    at_work: list[list[str]] = []
    shares: list[float] = []
    with distributed.Client(workers, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=60)
        pids = dict(client.run(os.getpid))
        victims = list(pids)[:killed]

        def kill(share: float, read: int) -> None:
            shares.append(share)
            if len(shares) == 4:
                processing = client.processing()
                for address in victims:
                    at_work.append(list(processing[address]))
                    os.kill(pids[address], signal.SIGKILL)

        found = inside.count(
            file, *front, engine="dask", scheduler=workers.scheduler_address, progress=kill
        )
        client.wait_for_workers(3, timeout=60)
        left = set(client.run(os.getpid).values())
    assert shares[3] < 0.5
    assert len(shares) == 40
    assert all(at_work)
    assert not left & {pids[address] for address in victims}
    assert found.read == 400_000
    assert same(found, inside.count(file, *front))


class Counted:
    """Something that counts how often it is pickled."""

    times = 0

    def __reduce__(self) -> Any:
        Counted.times += 1
        return (str, ("zone",))


def test_the_zone_is_sent_once(workers: distributed.LocalCluster) -> None:
    Counted.times = 0
    with cluster.connected(workers.scheduler_address) as run:
        found = dict(run(max_of, list(range(30)), Counted()))
    assert found == {number: f"zone {number}" for number in range(30)}
    # Once to the scheduler; Dask may try the pickle before it sends it.
    assert Counted.times <= 2


def max_of(item: int, shared: str) -> str:
    return f"{shared} {item}"


def test_a_cluster_without_workers(
    strip: Strip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WORKERS_SECONDS", 1)
    monkeypatch.setattr(cluster, "_LOOK_SECONDS", 0.2)
    file = events_file(tmp_path / "e.csv")
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as nobody,
        pytest.raises(InputError, match="has had no workers for 1 seconds"),
    ):
        count(file, strip, engine="dask", scheduler=nobody.scheduler_address)


def test_its_own_cluster(strip: Strip, tmp_path: Path) -> None:
    file = events_file(tmp_path / "e.csv")
    assert same(count(file, strip, engine="dask"), count(file, strip))
