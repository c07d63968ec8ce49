"""Many scenarios at once: good rows, broken rows, stopping and going on, hostile names."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

import cli
from data.errors import InputError
from data.language import using
from geo import batch, batch_index, export, link, parallel, scenario
from geo.batch import Report
from geo.drawing import Drawing
from geo.markup import escape

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("geojson", "csv")
# Nobody moves: nothing to work out, and the map is the same.
HEADER = "name,ukraine_km,russia_km,extent"
WAIT_S = 120


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """A table in a file."""
    file = folder / "scenarios.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def run(file: Path, *, formats: Sequence[str] = FORMATS, jobs: int = 1) -> Report:
    """Make a table beside it."""
    return batch.run(file, file.parent / "out", formats=formats, jobs=jobs)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and its bytes."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(autouse=True)
def small_picture(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A thumbnail takes a page, and the pages have tests of their own."""
    if "processes" not in request.keywords:
        monkeypatch.setattr(batch, "_thumbnail", lambda png: b"small")
        real = export.to_bytes
        monkeypatch.setattr(
            export,
            "to_bytes",
            lambda snapshot, format, **more: (
                b"" if format == "png" else real(snapshot, format, **more)
            ),
        )


def test_every_row_becomes_a_folder_of_files(tmp_path: Path) -> None:
    file = table(tmp_path, "First,5,5,donetsk", "Друга,0,10,kharkiv")
    found = run(file)
    assert (len(found.done), found.made, found.faults) == (2, 2, ())
    out = tmp_path / "out"
    assert {
        "0001-first/0001-first.geojson",
        "0001-first/0001-first.csv",
        "0001-first/thumbnail.png",
        "0002-друга/0002-друга.csv",
        "index.html",
        "figures.csv",
    } <= tree(out).keys()
    assert not (out / "errors.csv").exists()
    document = json.loads((out / "0001-first" / "0001-first.geojson").read_text("utf-8"))
    zones = {one["properties"].get("side"): one["properties"] for one in document["features"]}
    figures = {(row["number"], row["side"]): row for row in rows_of(out / "figures.csv")}
    assert len(figures) == 4
    for side in ("ukraine", "russia"):
        assert float(figures["1", side]["area_km2"]) == zones[side]["area_km2"]
    assert figures["2", "ukraine"]["area_km2"] == "0.0"
    assert figures["1", "ukraine"]["rail_km"] == ""
    assert figures["2", "russia"]["title"] == "Russia pulls back 10 km in Kharkiv Oblast"


def test_a_row_asks_as_the_command_does(tmp_path: Path) -> None:
    area = '{"type":"Polygon","coordinates":[[[37,48],[38,48],[38,49],[37,49],[37,48]]]}'
    (tmp_path / "area.geojson").write_text(area)
    drawn = Drawing("line", "Mine", ((37.0, 48.2), (37.4, 48.7), (37.7, 49.0)), 5.0, 7.0)
    address = link.to_address(
        link.to_query(scenario.default().changed(russia_km=2.0), drawings=(drawn,), both=True)
    )
    header = "Preset,date,source,Ukraine-km,ukraine_leaves,extent,link"
    file = table(
        tmp_path,
        "mirror-10,2025-12-24,owl,,,,",
        ",,,,Kharkiv Oblast; Sumy Oblast,,",
        ",,,3,,area.geojson,",
        f',,,4,,,"{address}"',
        header=header,
    )
    found = run(file)
    assert [one.title for one in found.done] == [
        "Both sides pull back 10 km in Donetsk Oblast",
        "Ukraine leaves Kharkiv and Sumy oblasts",
        "Ukraine pulls back 3 km and Russia 5 km in the area given",
        "Ukraine pulls back 4 km and Russia 2 km in Donetsk Oblast",
    ]
    assert (found.done[0].date, found.done[0].source) == ("2025-12-24", "Owl")
    assert found.done[3].remarks == (
        "The link asks both assessors; this is the answer on one’s map.",
    )


def test_what_was_drawn_in_a_link_is_answered_too(tmp_path: Path) -> None:
    drawn = Drawing("line", "Mine", ((37.0, 48.2), (37.4, 48.7), (37.7, 49.0)), 5.0, 7.0)
    tiny = Drawing("area", "Tiny", ((37.0, 48.2), (37.0001, 48.2), (37.0, 48.2001)), 5.0, 7.0)
    query = link.to_query(scenario.default(), drawings=(drawn, tiny))
    file = table(tmp_path, f'"{link.to_address(query)}"', header="link")
    plan = batch.Plan(
        folder=tmp_path, formats=FORMATS, look=batch.Look(), relative_to=tmp_path, language="en"
    )
    remarks: list[str] = []
    snapshot = batch._snapshot(batch.read(file).rows[0], plan, remarks)
    ((found, answer),) = snapshot.drawn
    assert found == drawn
    assert answer.scenario == drawn.to_scenario(scenario.default())
    assert remarks[0].startswith("The drawing “Tiny” is left out: ")


def test_a_broken_row_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "good,5,5,donetsk",
        "far,99,5,donetsk",
        "short,5",
        "nowhere,5,5,Atlantis",
        "also good,0,0,all",
    )
    found = run(file)
    assert [one.number for one in found.done] == [1, 5]
    assert [(fault.number, fault.line, fault.name) for fault in found.faults] == [
        (2, 3, "far"),
        (3, 4, ""),
        (4, 5, "nowhere"),
    ]
    assert found.faults[0].reason == "the distance for Ukraine is '99'; give 0 to 40 km."
    told = rows_of(tmp_path / "out" / "errors.csv")
    assert [row["line"] for row in told] == ["3", "4", "5"]
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "give 0 to 40 km." in page
    assert "3 rows could not be used" in page


def test_a_row_that_was_mended_takes_its_place(tmp_path: Path) -> None:
    run(table(tmp_path, "one,5,5,donetsk", "two,99,5,donetsk"))
    assert (tmp_path / "out" / "errors.csv").exists()
    found = run(table(tmp_path, "one,5,5,donetsk", "two,9,5,donetsk"))
    assert (len(found.done), found.made) == (2, 1)
    assert not (tmp_path / "out" / "errors.csv").exists()


def test_a_fault_of_ours_stops_no_other_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = batch._ground

    def fails(asked: scenario.Scenario, folder: Path) -> object:
        if asked.ukraine_km == 7:
            raise ZeroDivisionError(f"by nought in {folder / 'x'}")
        return real(asked, folder)

    monkeypatch.setattr(batch, "_ground", fails)
    found = run(table(tmp_path, "bad,7,5,donetsk", "good,0,0,all"))
    assert [one.name for one in found.done] == ["good"]
    assert "ZeroDivisionError: by nought in x" in found.faults[0].reason


def test_what_is_finished_stays_and_what_changed_is_made_anew(tmp_path: Path) -> None:
    file = table(tmp_path, "one,5,5,donetsk", "two,0,0,all")
    assert run(file).made == 2
    before = tree(tmp_path / "out")
    assert run(file).made == 0
    assert tree(tmp_path / "out") == before
    table(tmp_path, "one,6,5,donetsk", "two,0,0,all")
    assert run(file).made == 1
    after = tree(tmp_path / "out")
    changed = {name for name in after if after[name] != before[name]}
    assert "0001-one/0001-one.geojson" in changed
    assert not [name for name in changed if name.startswith("0002")]


@pytest.mark.parametrize("damage", ["lost", "cut", "record"])
def test_a_row_without_its_files_is_not_finished(tmp_path: Path, damage: str) -> None:
    file = table(tmp_path, "one,0,0,all")
    run(file)
    before = tree(tmp_path / "out")
    made = tmp_path / "out" / "0001-one" / "0001-one.csv"
    if damage == "lost":
        made.unlink()
    elif damage == "cut":
        made.write_bytes(made.read_bytes()[:-1])
    else:
        (made.parent / batch.RECORD).write_text("{")
    assert run(file).made == 1
    assert tree(tmp_path / "out") == before


def test_other_options_other_data_and_another_version_make_a_row_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table(tmp_path, "one,0,0,all")
    run(file)
    assert run(file, formats=["geojson"]).made == 1
    assert not (tmp_path / "out" / "0001-one" / "0001-one.csv").exists()
    with using("uk"):
        assert run(file, formats=["geojson"]).made == 1
    monkeypatch.setattr(batch.catalog, "version", lambda: "99")
    assert run(file, formats=["geojson"]).made == 1


def test_a_file_that_a_row_names_is_looked_at(tmp_path: Path) -> None:
    area = '{{"type":"Polygon","coordinates":[[[37,48],[{0},48],[{0},49],[37,48]]]}}'
    (tmp_path / "area.geojson").write_text(area.format(38))
    file = table(tmp_path, "one,0,0,area.geojson")
    assert [run(file).made, run(file).made] == [1, 0]
    (tmp_path / "area.geojson").write_text(area.format(39))
    assert run(file).made == 1


AREA = '{"type":"Polygon","coordinates":[[[37,48],[38,48],[38,49],[37,49],[37,48]]]}'
FAR = AREA.replace("37", "137").replace("38", "138")
BAD_LINE = '{"type":"LineString","coordinates":[[1,2],[3,4]]}'


def test_what_is_passed_on_does_not_say_where_it_was_made(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    maps.mkdir()
    for name, text in {"20251214.geojson": AREA, "far.geojson": FAR, "no.geojson": "{"}.items():
        (maps / name).write_text(text)
    (maps / "line.geojson").write_text(BAD_LINE)
    file = table(
        tmp_path,
        "good,2025-12-01,maps/20251214.geojson,all,",
        "no area,,,maps/nothere.geojson,",
        "far,,,maps/far.geojson,",
        "no source,,maps/nothere.geojson,,",
        "far source,,maps/far.geojson,,",
        "bad source,,maps/no.geojson,,",
        "no line,,,,nothere.geojson",
        "bad line,,,,maps/line.geojson",
        header="name,date,source,extent,line",
    )
    found = run(file, formats=("csv", "figures.csv", "kml", "geojson"))
    assert [one.name for one in found.done] == ["good"]
    assert found.done[0].remarks == (
        "date 2025-12-01 left aside: the name of maps/20251214.geojson says 2025-12-14.",
    )
    told = [fault.reason for fault in found.faults]
    assert told[0] == told[0].strip() == "there is no file maps/nothere.geojson."
    assert told[1].startswith("maps/far.geojson lies outside Ukraine")
    assert told[2].startswith("source is 'maps/nothere.geojson'; give ")
    assert told[3].startswith("maps/far.geojson lies outside Ukraine")
    assert told[4].startswith("maps/no.geojson ")
    assert told[5] == "there is no file nothere.geojson."
    assert told[6].startswith("maps/line.geojson lies outside Ukraine")
    for name, content in tree(tmp_path / "out").items():
        assert str(tmp_path).encode() not in content, name


def test_a_folder_that_takes_no_file_is_not_told_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(snapshot: object, format: str, **more: object) -> bytes:
        raise InputError(f"{tmp_path / 'out' / '0001-one' / 'x'} could not be written: full.")

    monkeypatch.setattr(export, "to_bytes", full)
    found = run(table(tmp_path, "one,0,0,all"))
    assert found.faults[0].reason == "0001-one/x could not be written: full."


def test_the_index_names_sources_and_what_the_figures_are(tmp_path: Path) -> None:
    found = run(
        table(tmp_path, "one,5,5,donetsk", "two,0,5,donetsk"), formats=("csv", "figures.csv")
    )
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert (
        "From the table scenarios.csv · residents as counted on 1 January 2022 · illustrative"
        in page
    )
    below = page.partition(">Sources</h2>")[2]
    assert found.done[0].sources
    for source in found.done[0].sources:
        assert below.count(f">{escape(source['title'])}</") == 1
        assert escape(source["attribution"]) in below
        assert escape(source["licence"]) in below
    assert [page.count(f">{name}</a>") for name in ("CSV", "figures.CSV")] == [2, 2]
    own = rows_of(tmp_path / "out" / "0001-one" / "0001-one.figures.csv")[0]
    for row in rows_of(tmp_path / "out" / "figures.csv")[:2]:
        assert row["residents_as_of"] == own["residents_as_of"] == "2022-01-01"
        assert row["scenario"] == own["scenario"]
        assert row["scenario"].endswith("(illustrative)")


HOSTILE = ["../../x", "=cmd|'/c calc'!A1", "<script>alert(1)</script>", "a\\b:c*?", "-" * 300]


def test_names_are_names_only(tmp_path: Path) -> None:
    rows = [f'"{name}",0,0,all' for name in HOSTILE]
    found = run(table(tmp_path, *rows))
    assert len(found.done) == len(HOSTILE)
    assert {one.name for one in tmp_path.iterdir()} == {"scenarios.csv", "out"}
    folders = {one.name for one in (tmp_path / "out").iterdir() if one.is_dir()}
    assert folders == {
        "0001-x",
        "0002-cmd-c-calc-a1",
        "0003-script-alert-1-script",
        "0004-a-b-c",
        "0005",
    }
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page
    for row in rows_of(tmp_path / "out" / "figures.csv"):
        assert not row["name"].startswith(("=", "-"))


def test_the_same_name_twice_is_two_folders(tmp_path: Path) -> None:
    found = run(table(tmp_path, "one,0,0,all", "one,0,0,all"))
    assert [one.stem for one in found.done] == ["0001-one", "0002-one"]


def test_other_columns_are_told(tmp_path: Path) -> None:
    found = run(table(tmp_path, "one,5", header="name,ukrane_km"))
    assert found.notes == (
        f"Left aside: ukrane_km; the columns of a scenario are {', '.join(batch.COLUMNS)}.",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("name,ukraine_km\n", "has no rows; write a scenario"),
        ("a,b\n1,2\n", "has none of the columns of a scenario"),
        ("ukraine_km,Ukraine km\n1,2\n", "has the column ukraine_km twice"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "scenarios.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=why):
        run(file)
    assert not (tmp_path / "out").exists()


def test_folders_and_formats_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    file = table(tmp_path, "one,0,0,all")
    with pytest.raises(InputError, match="make it first"):
        batch.run(file, tmp_path / "no" / "such", formats=FORMATS)
    with pytest.raises(InputError, match="is no folder"):
        batch.run(file, file, formats=FORMATS)
    with pytest.raises(InputError, match="there is no format 'exe'"):
        run(file, formats=["exe"])
    with pytest.raises(InputError, match="there is no file"):
        batch.run(tmp_path / "no.csv", tmp_path / "out", formats=FORMATS)
    table(tmp_path, "one,0,0,all").rename(tmp_path / batch_index.FIGURES)
    with pytest.raises(InputError, match="would be written over"):
        batch.run(tmp_path / batch_index.FIGURES, tmp_path, formats=FORMATS)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int, int]] = []
    file = table(tmp_path, "one,0,0,all", "far,99,0,all", "two,0,0,all")
    batch.run(
        file,
        tmp_path / "out",
        formats=FORMATS,
        jobs=1,
        tell=lambda *now: told.append(now),
    )
    assert told == [(0, 3, 0), (1, 3, 0), (2, 3, 1), (3, 3, 1)]


def test_rows_on_one_map_stay_together_and_pieces_get_smaller(tmp_path: Path) -> None:
    rows = [f"r{n},{n},0,{'owl' if n % 2 else 'deepstate'}" for n in range(40)]
    found = batch.read(table(tmp_path, *rows, header="name,ukraine_km,russia_km,source"))
    chunks = list(batch._chunks(found.rows, 2))
    assert sorted(row.number for chunk in chunks for row in chunk) == list(range(1, 41))
    assert all(len({row.cells["source"] for row in chunk}) == 1 for chunk in chunks)
    assert len(chunks[0]) == 5
    assert len(chunks[-1]) == 1


@pytest.mark.processes
def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = ["one,5,5,donetsk", "two,0,10,kharkiv", "far,99,5,donetsk", "three,3,0,all"]
    trees = []
    for jobs in (1, 2):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        found = run(table(folder, *rows), jobs=jobs, formats=("png", "csv"))
        assert len(found.done) == 3
        assert found.faults[0].reason == "the distance for Ukraine is '99'; give 0 to 40 km."
        trees.append(tree(folder / "out"))
    assert trees[0] == trees[1]
    assert trees[0]["0001-one/thumbnail.png"].startswith(b"\x89PNG")


@pytest.mark.processes
def test_after_a_kill_the_same_command_goes_on(tmp_path: Path) -> None:
    rows = [f"r{n},{n},5,donetsk" for n in range(8)]
    whole = tmp_path / "whole"
    whole.mkdir()
    run(table(whole, *rows))
    file = table(tmp_path, *rows)
    command = [sys.executable, "cli.py", "batch", str(file), "--out", str(tmp_path / "out")]
    command += ["--jobs", "2", "--formats", ",".join(FORMATS)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + WAIT_S
    while not list((tmp_path / "out").glob(f"*/{batch.RECORD}")):
        assert process.poll() is None, "it ended before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < deadline, "a process goes on without the one that began it"
        time.sleep(0.05)
    finished = len(list((tmp_path / "out").glob(f"*/{batch.RECORD}")))
    assert 0 < finished < len(rows)
    assert not (tmp_path / "out" / batch_index.INDEX).exists()
    found = run(file)
    assert (len(found.done), found.made) == (len(rows), len(rows) - finished)
    left = {
        name: content for name, content in tree(tmp_path / "out").items() if ".part" not in name
    }
    assert left == tree(whole / "out")


def children(pid: int) -> list[int]:
    """Processes that a process began."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = one.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(one.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_command_tells_and_its_status_says_whether_all_went_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(tmp_path, "one,0,0,all", "far,99,0,all")
    arguments = ["batch", str(file), "--out", str(tmp_path / "out"), "--formats", "geojson"]
    assert cli.main([*arguments, "--jobs", "1"]) == 1
    told = capsys.readouterr()
    assert "1 rows made, 0 were there, 1 left out." in told.out
    assert "line 3: the distance for Ukraine is '99'" in told.err
    table(tmp_path, "one,0,0,all")
    assert cli.main([*arguments, "--jobs", "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["finished"], document["made_now"], document["faults"]) == (1, 0, [])
    assert document["rows"][0]["sides"]["ukraine"]["area_km2"] == 0.0
    assert cli.main(["batch", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out")]) == 2
    assert "error: there is no file" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["0", "x", "-1", "1.5", ""])
def test_a_number_of_processes_that_is_none_is_refused(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(tmp_path, "one,0,0,all")
    assert cli.main(["batch", str(file), "--out", str(tmp_path / "out"), "--jobs", given]) == 2
    assert capsys.readouterr().err == (
        f"error: --jobs is {given!r}; give a whole number of 1 or more.\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_known: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    file = table(tmp_path, "one,0,0,all")
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match=r"nothing can be written to .*; give another\.$"):
        run(file)


def test_on_one_core_the_work_is_done_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parallel, "_one_core", type(parallel._one_core)())
    assert parallel.threads(2) == 2
    parallel.one_core()
    assert parallel.threads(2) == 1
    monkeypatch.setattr(parallel, "_pool", lambda: pytest.fail("another core"))
    assert parallel.each(lambda n: n + 1, [1, 2]) == [2, 3]
