"""Reading Air Force reports: the bundled table, and a user's file of either kind."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import build_airforce, catalog
from data.errors import DataError, InputError
from events import airforce, schema

ROOT = Path(__file__).resolve().parent.parent
UPSTREAM = (
    "time_start,time_end,model,launch_place,target,launched,destroyed,not_reach_goal,"
    "num_hit_location,num_fall_fragment_location,source"
)
NIGHT = "2025-12-13 19:00,2025-12-14 08:30"
GOOD = f"{NIGHT},Shahed-136/131,Millerovo,Ukraine,138,110,0,6,0,kpszsu/a"
TIDY = ",".join(schema.COLUMNS)
TIDY_ROW = (
    "2025-12-14,2025-12-13T19:00,2025-12-14T08:30,national,attack drone,Shahed-136/131,"
    "138,110,0,6,0,Millerovo,Ukraine,kpszsu/a"
)


def written(folder: Path, *lines: str, name: str = "reports.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def test_load_is_typed_and_the_callers_own() -> None:
    frame = airforce.load()
    assert list(frame.columns) == list(schema.COLUMNS)
    assert len(frame) == catalog.datasets()["airforce"].rows
    frame["launched"] = 0
    night = airforce.load()
    night = night[(night["date"] == "2025-12-14") & (night["scope"] == "national")]
    assert night["launched"].tolist() == [138, 1]


def test_bundled_periods_are_in_order() -> None:
    frame = airforce.load()
    assert frame["date"].is_monotonic_increasing
    assert (schema.begins(frame) <= schema.ends(frame)).all()


def test_a_damaged_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "airforce.csv"
    monkeypatch.setattr(catalog, "path", lambda dataset: path)
    path.write_text("")
    with pytest.raises(DataError, match=r"airforce\.csv cannot be read as a table"):
        airforce.load()
    path.write_bytes(b"date,\xff\xfe\n")
    with pytest.raises(DataError, match=r"airforce\.csv cannot be read as a table"):
        airforce.load()


@pytest.mark.parametrize("beside", [True, False])
def test_the_download_and_the_bundled_table_are_the_same(
    shared_data: Path, tmp_path: Path, beside: bool
) -> None:
    path = tmp_path / "missile_attacks_daily.csv"
    shutil.copyfile(shared_data / build_airforce.REPORTS, path)
    if beside:
        shutil.copyfile(shared_data / build_airforce.CATEGORIES, tmp_path / airforce.CATEGORIES)
    reports = airforce.read(path)
    pd.testing.assert_frame_equal(reports.table, airforce.load())
    assert reports.left_out.empty
    assert any("missing from the category file" in note for note in reports.notes) is beside
    assert not any(note.startswith("Models kept") for note in reports.notes)


def test_the_bundled_table_is_read_and_written_back_to_the_byte(tmp_path: Path) -> None:
    path = ROOT / "data" / build_airforce.TABLE
    reports = airforce.read(path)
    pd.testing.assert_frame_equal(reports.table, airforce.load())
    assert reports.left_out.empty
    assert reports.notes == ()
    assert airforce.to_csv(reports.table).encode() == path.read_bytes()


def test_unreadable_rows_of_the_download_are_named_by_line(tmp_path: Path) -> None:
    bad = GOOD.replace("138", "many")
    reports = airforce.read(written(tmp_path, UPSTREAM, GOOD, "", bad, UPSTREAM, "2025-12-14"))
    assert len(reports.table) == 1
    assert reports.left_out.to_numpy().tolist() == [
        [4, "launched is 'many', not a count."],
        [5, "it is the header again."],
        [6, "it has 1 cell, the header 11."],
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("national", "local", "'local' is no scope."),
        ("attack drone", "bomb", "'bomb' is no weapon class."),
        ("kpszsu/a", "", "'' is no source."),
        (",110,", ",11x,", "intercepted is '11x', not a count."),
        ("2025-12-14,2025-12-13T19:00", "2025-12-13,2025-12-13T19:00", "is not the day its period"),
        ("2025-12-13T19:00", "2025-12-15T19:00", "is before the period starts."),
        ("2025-12-13T19:00", "a Saturday", "'a Saturday' is neither a date nor"),
    ],
)
def test_unreadable_rows_of_the_tidy_table_are_named_by_line(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    bad = TIDY_ROW.replace(old, new, 1)
    assert bad != TIDY_ROW
    reports = airforce.read(written(tmp_path, TIDY, bad, TIDY_ROW))
    assert len(reports.table) == 1
    line, found = reports.left_out.iloc[0]
    assert line == 2
    assert reason in found
    assert re.fullmatch(r"[^\n]+\.", found)


def test_a_tidy_table_saved_by_a_spreadsheet_is_the_same(tmp_path: Path) -> None:
    saved = (
        TIDY_ROW.replace("2025-12-14,2025-12-13T19:00,2025-12-14T08:30", "46005|46004,79|46005,354")
        .replace(",138,110,0,6,0,", "|138,0|110,0|0,0|6|0|")
        .replace("national,attack drone,Shahed", "national|attack drone|Shahed")
        .replace("46005,354,", "46005,354|")
        .replace("Millerovo,Ukraine,", "Millerovo|Ukraine|")
        .replace("|", ";")
    )
    path = written(tmp_path, TIDY.replace(",", ";"), saved, encoding="cp1251")
    table = airforce.read(path).table
    expected = airforce.read(written(tmp_path, TIDY, TIDY_ROW, name="plain.csv")).table
    # A spreadsheet keeps the day and its share: half past eight is 0.354.
    assert table["period_start"].tolist() == ["2025-12-13T18:58"]
    assert table["period_end"].tolist() == ["2025-12-14T08:30"]
    times = ["period_start", "period_end"]
    pd.testing.assert_frame_equal(table.drop(columns=times), expected.drop(columns=times))


def test_an_unknown_model_is_kept_and_listed(tmp_path: Path) -> None:
    for header, row in ((UPSTREAM, GOOD), (TIDY, TIDY_ROW)):
        path = written(tmp_path, header, row.replace("Shahed-136/131", "Burevestnik"))
        reports = airforce.read(path)
        assert reports.table["models"].tolist() == ["Burevestnik"]
        assert "Models kept under their own name: Burevestnik." in reports.notes


def test_the_category_file_beside_it_gives_the_class_of_an_unknown_model(tmp_path: Path) -> None:
    path = written(tmp_path, UPSTREAM, GOOD.replace("Shahed-136/131", "Geran-9"))
    assert airforce.read(path).table["class"].tolist() == ["other"]
    written(tmp_path, "model,category,type", "Geran-9,UAV,loitering", name=airforce.CATEGORIES)
    assert airforce.read(path).table["class"].tolist() == ["attack drone"]


def test_a_formula_is_text_and_leaves_the_file_guarded(tmp_path: Path) -> None:
    row = GOOD.replace("Millerovo", '"=HYPERLINK(""http://x"")"').replace("Ukraine", "'=Ukraine")
    table = airforce.read(written(tmp_path, UPSTREAM, row)).table
    assert table["launch_places"].tolist() == ['=HYPERLINK("http://x")']
    # An apostrophe before a formula is a guard, not text.
    assert table["region"].tolist() == ["=Ukraine"]
    text = airforce.to_csv(table)
    assert not re.search(r'(^|,)"?[=+@-]', text, flags=re.MULTILINE)
    again = airforce.read(written(tmp_path, text.rstrip("\n"), name="again.csv")).table
    pd.testing.assert_frame_equal(again, table)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((UPSTREAM,), "has a header and no rows."),
        ((UPSTREAM, "2025-12-14"), "no row of reports.csv can be read: line 2: it has 1 cell"),
        (
            (UPSTREAM.replace("model,", ""), GOOD),
            "has no column model; it has time_start, time_end",
        ),
        ((UPSTREAM + ",launched", GOOD + ",9"), "has the column launched twice in its header"),
        ((TIDY.replace("scope,", ""), TIDY_ROW), "has no column scope; it has date, period_start"),
        (("latitude,longitude", "50,30"), "has no column time_start, time_end, model"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, lines: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(InputError, match=r"^[^\n]*\.$") as caught:
        airforce.read(written(tmp_path, *lines))
    assert sentence in str(caught.value)


def test_a_damaged_category_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, UPSTREAM, GOOD)
    written(tmp_path, "model,colour", "Kalibr,grey", name=airforce.CATEGORIES)
    with pytest.raises(InputError, match=r"missiles_and_uavs\.csv has no column category, type"):
        airforce.read(path)


@pytest.mark.parametrize(("header", "row"), [(UPSTREAM, GOOD), (TIDY, TIDY_ROW)])
def test_a_file_pasted_twice_counts_once(tmp_path: Path, header: str, row: str) -> None:
    other = row.replace("138", "1").replace("110", "0")
    path = written(tmp_path, header, row, other, header, row, f" {other}")
    reports = airforce.read(path)
    assert reports.table["launched"].sum() == 139
    assert reports.left_out.to_numpy().tolist() == [
        [4, "it is the header again."],
        [5, "it is the same as line 2."],
        [6, "it is the same as line 3."],
    ]


def test_dates_of_a_ukrainian_spreadsheet(tmp_path: Path) -> None:
    dotted = GOOD.replace(NIGHT, "13.12.2025 19:00,14.12.2025 8:30")
    for encoding in ("utf-8", "utf-16"):
        lines = ["sep=;", *(line.replace(",", ";") for line in (UPSTREAM, dotted))]
        reports = airforce.read(written(tmp_path, *lines, encoding=encoding))
        assert reports.table["period_start"].tolist() == ["2025-12-13T19:00"]
        assert reports.table["period_end"].tolist() == ["2025-12-14T08:30"]


def test_the_order_of_day_and_month_is_taken_from_the_whole_table(tmp_path: Path) -> None:
    unclear = GOOD.replace(NIGHT, "03/12/2025,03/12/2025")
    telling = GOOD.replace(NIGHT, "13/12/2025,14/12/2025")
    reports = airforce.read(written(tmp_path, UPSTREAM, unclear, telling))
    assert reports.table["period_end"].tolist() == ["2025-12-03", "2025-12-14"]
    assert any("with the day first" in note for note in reports.notes)
    reports = airforce.read(written(tmp_path, UPSTREAM, unclear, GOOD))
    assert reports.left_out["line"].tolist() == [2]
    assert "can be read with the day or with the month first" in reports.left_out["reason"][0]


def test_a_semicolon_in_a_name_survives(tmp_path: Path) -> None:
    row = GOOD.replace("Millerovo", "Chauda; Crimea and Kursk\\; oblast;")
    reports = airforce.read(written(tmp_path, UPSTREAM, row))
    expected = ("Chauda; Crimea", "Kursk\\; Oblast;")
    assert schema.items(reports.table["launch_places"][0]) == expected
    text = airforce.to_csv(reports.table)
    again = airforce.read(written(tmp_path, text.rstrip("\n"), name="again.csv")).table
    assert schema.items(again["launch_places"][0]) == expected


COUNT = st.none() | st.integers(0, 999_999)
NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12
)
NAMES = st.lists(NAME, max_size=3).map("; ".join)
MOMENTS = st.tuples(
    st.datetimes(pd.Timestamp(2022, 9, 1), pd.Timestamp(2026, 8, 1)),
    st.timedeltas(pd.Timedelta(0), pd.Timedelta(days=2)),
    st.booleans(),
)


@st.composite
def report(draw: st.DrawFn) -> dict[str, str]:
    start, length, is_day = draw(MOMENTS)
    form = "%Y-%m-%d" if is_day else "%Y-%m-%dT%H:%M"
    counts = {name: draw(COUNT) for name in schema.COUNTS}
    classes = draw(st.sets(st.sampled_from(schema.CLASSES), min_size=1))
    end = start + length
    return {
        "date": f"{end:%Y-%m-%d}",
        "period_start": start.strftime(form),
        "period_end": end.strftime(form),
        "scope": draw(st.sampled_from(schema.SCOPES)),
        "class": schema.CLASS_JOINT.join(name for name in schema.CLASSES if name in classes),
        "models": draw(NAMES),
        **{name: "" if value is None else str(value) for name, value in counts.items()},
        "launch_places": draw(NAMES),
        "region": draw(NAMES),
        "source": draw(NAME),
    }


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(report(), min_size=1, max_size=6, unique_by=lambda row: tuple(row.values())))
def test_writing_and_reading_changes_nothing(tmp_path: Path, reports: list[dict[str, str]]) -> None:
    table = schema.typed(pd.DataFrame(reports, dtype="str"))
    path = tmp_path / "table.csv"
    path.write_text(airforce.to_csv(table), encoding="utf-8", newline="")
    read = airforce.read(path)
    assert read.left_out.empty
    pd.testing.assert_frame_equal(read.table, table)
