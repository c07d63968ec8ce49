"""The Air Force table: tiny hand-made reports, then the real file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from data import airforce_source, build_airforce, weapons
from data.errors import DataError

HEADER = (
    "time_start,time_end,model,launch_place,target,launched,destroyed,not_reach_goal,"
    "num_hit_location,num_fall_fragment_location,source"
)
NIGHT = "2025-12-13 19:00,2025-12-14 08:30"
ROOT = Path(__file__).resolve().parent.parent


def built(folder: Path, *rows: str) -> tuple[list[dict[str, str]], list[str]]:
    """Write the rows as a source file, build, and read what came out."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    text = "\n".join([HEADER, *rows]) + "\n"
    (folder / build_airforce.REPORTS).write_text(text, encoding="utf-8")
    (folder / build_airforce.CATEGORIES).write_text(
        "model,category,type\nShahed-136/131,UAV,loitering munition\nGeran-9,UAV,loitering\n",
        encoding="utf-8",
    )
    count, notes = build_airforce.write_table(folder, folder)
    with (folder / build_airforce.TABLE).open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert count == len(table)
    return table, notes


def note(notes: list[str], beginning: str) -> str:
    return next(text for text in notes if text.startswith(beginning))


def test_four_kinds_of_rows_of_one_night_stay_apart(tmp_path: Path) -> None:
    table, notes = built(
        tmp_path,
        f"{NIGHT},Shahed-136/131,Kursk oblast and Millerovo,Ukraine,138,110,0,6,0,kpszsu/a",
        f"{NIGHT},Iskander-M/KN-23,Rostov oblast,Ukraine,1.0,0.0,,,,kpszsu/a",
        "2025-12-14,2025-12-14,Unknown UAV,,south,10.0,10.0,,,,PvKPivden/b",
        "2025-12-14,2025-12-14,Shahed-136/131,,south,44.0,44.0,,,,PvKPivden/b",
    )
    seen = [(row["scope"], row["class"], row["launched"], row["hit_locations"]) for row in table]
    assert seen == [
        ("national", "attack drone", "138", "6"),
        ("national", "ballistic missile", "1", ""),
        ("regional", "attack drone", "44", ""),
        ("regional", "other", "10", ""),
    ]
    assert table[0]["launch_places"] == "Kursk Oblast; Millerovo"
    assert (table[0]["period_start"], table[0]["date"]) == ("2025-12-13T19:00", "2025-12-14")
    assert (table[2]["period_start"], table[2]["period_end"]) == ("2025-12-14", "2025-12-14")
    assert "2 source rows are national, 2 regional." in notes


def test_rows_of_one_class_are_joined_and_locations_are_not_added(tmp_path: Path) -> None:
    table, notes = built(
        tmp_path,
        f"{NIGHT},Kalibr,Black Sea,Ukraine,8.0,5.0,,3.0,1.0,kpszsu/a",
        f"{NIGHT},X-101/X-555,Black Sea and and Engels-2,Odesa oblast,20.0,17.0,2.0,3.0,,kpszsu/a",
    )
    assert len(table) == 1
    assert table[0] | {"models": "Kalibr; Kh-101/Kh-555"} == table[0]
    assert [table[0][name] for name in airforce_source.COUNTS] == ["28", "22", "2", "3", "1"]
    assert table[0]["launch_places"] == "Black Sea; Engels-2"
    assert table[0]["region"] == "Ukraine"
    assert "2 source rows of the same post, period and class are joined into 1." in notes


def test_a_row_for_several_models_stays_one_row_of_a_combined_class(tmp_path: Path) -> None:
    table, _ = built(
        tmp_path, f"{NIGHT},Iskander-M and X-101/X-555 and Kalibr,,Ukraine,14.0,9.0,,,,kpszsu/a"
    )
    assert [row["class"] for row in table] == ["cruise missile + ballistic missile"]
    assert table[0]["models"] == "Iskander-M; Kh-101/Kh-555; Kalibr"
    assert table[0]["launched"] == "14"


def test_a_blank_is_a_gap_and_makes_the_sum_a_gap(tmp_path: Path) -> None:
    table, notes = built(
        tmp_path,
        f"{NIGHT},Kalibr,,Ukraine,8.0,,,,,kpszsu/a",
        f"{NIGHT},X-22,,Ukraine,2.0,0.0,,,,kpszsu/a",
        f"{NIGHT},C-300,,Ukraine,,0.0,,,,kpszsu/a",
    )
    assert [(row["launched"], row["intercepted"]) for row in table] == [("10", ""), ("", "0")]
    assert note(notes, "Launched not reported") == (
        "Launched not reported, blank: 1 source row (line 4)."
    )


@pytest.mark.parametrize(
    ("written", "name", "klass"),
    [
        ("Молнія", "Molniya", "attack drone"),
        ("Фенікс", "Feniks", "reconnaissance drone"),
        ("C-300/C-400", "S-300/S-400", "other"),
        ("X-47 Kinzhal", "Kh-47M2 Kinzhal", "ballistic missile"),
        (
            "Intercontinental ballistic missile",
            "Intercontinental ballistic missile",
            "ballistic missile",
        ),
        ("Geran-9", "Geran-9", "attack drone"),
        ("Burevestnik", "Burevestnik", "other"),
        # Cyrillic letters that look Latin, and a name that is normalised already.
        ("Х-101/Х-555", "Kh-101/Kh-555", "cruise missile"),
        ("С-300", "S-300", "other"),
        ("kh-22", "Kh-22", "cruise missile"),
    ],
)
def test_models_get_latin_names_and_a_class(
    tmp_path: Path, written: str, name: str, klass: str
) -> None:
    table, _ = built(tmp_path, f"{NIGHT},{written},,Ukraine,1.0,0.0,,,,kpszsu/a")
    assert (table[0]["models"], table[0]["class"]) == (name, klass)


def test_every_name_of_the_vocabulary_is_latin_and_stands_for_one_class() -> None:
    assert all(name.isascii() for name in weapons.NAMES)
    assert len(set(weapons.MODELS.values())) == len(weapons.NAMES)
    assert {weapon for _, weapon in weapons.MODELS.values()} == set(weapons.CLASSES)
    for name, weapon in weapons.MODELS.values():
        assert weapons.model(name) == (name, weapon)


def test_an_unknown_model_is_kept_and_listed(tmp_path: Path) -> None:
    _, notes = built(tmp_path, f"{NIGHT},Burevestnik,,Ukraine,1.0,0.0,,,,kpszsu/a")
    assert note(notes, "Models kept") == "Models kept under their own name: Burevestnik."


@pytest.mark.parametrize(
    ("why", "row", "scope"),
    [
        ("the Air Force on one oblast", "Iskander-M,,Odesa oblast,3.0,0.0,,,,kpszsu/z", "national"),
        ("the Air Force, no place", "Shahed-136/131,,,11.0,10.0,,,,kpszsu/z", "national"),
        (
            "the Air Force on Telegram",
            "Kalibr,,Lviv oblast,1.0,0.0,,,,https://t.me/kpszsu/9",
            "national",
        ),
        ("a part of a total", "Shahed-136/131,,Odesa oblast,9.0,9.0,,,,kpszsu/z", "regional"),
        ("more than the total", "Shahed-136/131,,Odesa oblast,21.0,9.0,,,,kpszsu/z", "national"),
        ("drones of the front", "ZALA,,south,1.0,1.0,,,,kpszsu/z", "regional"),
        ("a regional command", "Kalibr,,Odesa oblast,4.0,4.0,,,,PvKPivden/z", "regional"),
        ("the same on Ukraine", "Kalibr,,Ukraine,4.0,4.0,,,,PvKPivden/z", "national"),
        ("the same beside a total", "Shahed-136/131,,Ukraine,4.0,4.0,,,,PvKPivden/z", "regional"),
        ("a private channel", "Kalibr,,Dnipro,4.0,0.0,,,,https://t.me/war_monitor/1", "regional"),
    ],
)
def test_scope(tmp_path: Path, why: str, row: str, scope: str) -> None:
    table, _ = built(
        tmp_path,
        f"{NIGHT},Shahed-136/131,,Ukraine,20.0,15.0,,,,kpszsu/a",
        f"2025-12-13 22:00,2025-12-14 02:00,{row}",
    )
    other = next(row for row in table if row["period_start"] == "2025-12-13T22:00")
    assert other["scope"] == scope, why


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-05-16 3:30", "2023-05-16 07:00", ("2023-05-16T03:30", "2023-05-16T07:00")),
        ("2024-05-16", "2024-05-16 ", ("2024-05-16", "2024-05-16")),
        ("2024-08-31", "2024-08-31 08:00", ("2024-08-31", "2024-08-31T08:00")),
        ("2025-12-13T19:00:30", "2025-12-14 08:30:00", ("2025-12-13T19:00", "2025-12-14T08:30")),
        # With a zone: Kyiv time, two hours ahead in winter and three in summer.
        ("2025-12-13T17:00Z", "2025-12-14 08:30+02:00", ("2025-12-13T19:00", "2025-12-14T08:30")),
        ("2025-07-08 21:00 UTC", "2025-07-09 10:00+0300", ("2025-07-09T00:00", "2025-07-09T10:00")),
        ("2025-12-13 19:00-03", "2025-12-14 08:30", ("2025-12-14T00:00", "2025-12-14T08:30")),
        # As spreadsheets store them: 45992 is 1 December 2025.
        # As a spreadsheet in Ukrainian writes them.
        ("13.12.2025 19:00", "14.12.2025", ("2025-12-13T19:00", "2025-12-14")),
        ("45992", "45992", ("2025-12-01", "2025-12-01")),
        ("45991.791666667", "45992.354167", ("2025-11-30T19:00", "2025-12-01T08:30")),
    ],
)
def test_mixed_datetime_forms(
    tmp_path: Path, start: str, end: str, expected: tuple[str, str]
) -> None:
    table, _ = built(tmp_path, f"{start},{end},Kalibr,,Ukraine,1.0,0.0,,,,kpszsu/a")
    assert (table[0]["period_start"], table[0]["period_end"]) == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("14.12.25,2025-12-14,Kalibr,,Ukraine,1.0,0.0,,,,kpszsu/a", "'14.12.25' is neither"),
        ("2025-12-15,2025-12-13,Kalibr,,Ukraine,1.0,0.0,,,,kpszsu/a", "the period ends"),
        (f"{NIGHT},Kalibr,,Ukraine,many,0.0,,,,kpszsu/a", "launched is 'many', not a count."),
        (
            "2025-12-14+02:00,2025-12-15,Kalibr,,Ukraine,1,0,,,,kpszsu/a",
            "'2025-12-14+02:00' is nei",
        ),
        (
            "2025-12-14 25:00,2025-12-15,Kalibr,,Ukraine,1,0,,,,kpszsu/a",
            "'2025-12-14 25:00' is no m",
        ),
        (
            "2025-02-30,2025-12-15,Kalibr,,Ukraine,1,0,,,,kpszsu/a",
            "'2025-02-30' is no moment that a",
        ),
        (f"{NIGHT},Kalibr,,Ukraine,1.5,0.0,,,,kpszsu/a", "launched is '1.5', not a count."),
        (f'{NIGHT},Kalibr,,Ukraine,"1,000",0.0,,,,kpszsu/a', "launched is '1,000', not a count."),
        (f"{NIGHT},Kalibr,,Ukraine,-1,0.0,,,,kpszsu/a", "launched is '-1', not a count."),
        (f"{NIGHT},Kalibr,,Ukraine,1e9,0.0,,,,kpszsu/a", "launched is '1e9', not a count."),
        (f"{NIGHT},Kalibr,,Ukraine,nan,0.0,,,,kpszsu/a", "launched is 'nan', not a count."),
        (f"{NIGHT},Kalibr,,Ukraine,=2+3,0.0,,,,kpszsu/a", "launched is '=2+3', not a count."),
        (f"{NIGHT},Kalibr,,Ukraine,9999999,0,,,,kpszsu/a", "launched is '9999999', not a count."),
        (f"{NIGHT},Kalibr,,Ukraine,1.0", "it has 6 cells, the header 11."),
        (f"{NIGHT},Kalibr,,Ukraine,1,0,,,,kpszsu/a,b", "it has 12 cells, the header 11."),
        (HEADER, "it is the header again."),
        (f"{NIGHT},,,Ukraine,1.0,0.0,,,,kpszsu/a", "no model is named."),
        (f"{NIGHT},Kalibr,,Ukraine,1.0,0.0,,,,", "no source is named."),
    ],
)
def test_an_unreadable_row_is_named_by_its_line(tmp_path: Path, row: str, reason: str) -> None:
    table, notes = built(tmp_path, f"{NIGHT},Kalibr,,Ukraine,1.0,0.0,,,,kpszsu/a", row)
    assert len(table) == 1
    assert note(notes, "Line 3 left out: ").startswith(f"Line 3 left out: {reason}")


def test_contradicting_figures_are_kept_and_named(tmp_path: Path) -> None:
    table, notes = built(tmp_path, f"{NIGHT},Shahed-136/131,,Ukraine,16.0,15.0,11.0,,,kpszsu/a")
    assert table[0]["suppressed"] == "11"
    assert "line 2" in note(notes, "More intercepted and suppressed")


def test_a_missing_file_or_column_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file .*missile_attacks_daily\.csv"):
        build_airforce.write_table(tmp_path, tmp_path)
    built(tmp_path, f"{NIGHT},Kalibr,,Ukraine,1.0,0.0,,,,kpszsu/a")
    (tmp_path / build_airforce.REPORTS).write_text("time_start,model\n", encoding="utf-8")
    with pytest.raises(DataError, match="has no column time_end"):
        build_airforce.write_table(tmp_path, tmp_path)
    (tmp_path / build_airforce.REPORTS).write_bytes(b"time_start,\x98\n")
    with pytest.raises(DataError, match="is not a CSV table in UTF-8"):
        build_airforce.write_table(tmp_path, tmp_path)


@pytest.fixture(scope="module")
def real(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, str]], list[str], Path]:
    folder = tmp_path_factory.mktemp("airforce")
    _, notes = build_airforce.write_table(shared_data, folder)
    path = folder / build_airforce.TABLE
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream)), notes, path


Real = tuple[list[dict[str, str]], list[str], Path]


def test_real_file_night_of_14_december(real: Real) -> None:
    night = [row for row in real[0] if row["date"] == "2025-12-14"]
    national = [row for row in night if row["scope"] == "national"]
    assert [(row["class"], row["launched"], row["intercepted"]) for row in national] == [
        ("attack drone", "138", "110"),
        ("ballistic missile", "1", "0"),
    ]
    assert national[0]["hit_locations"] == "6"
    assert [(row["class"], row["region"]) for row in night if row["scope"] == "regional"] == [
        ("reconnaissance drone", "south"),
        ("other", "south"),
    ]


def test_real_file_loses_no_row(real: Real) -> None:
    table, notes, path = real
    assert not [text for text in notes if "left out" in text]
    assert "2178 source rows are national, 1592 regional." in notes
    assert "759 source rows of the same post, period and class are joined into 319." in notes
    assert len(table) == 3770 - 759 + 319
    assert path.stat().st_size < 700_000
    assert "Launched not reported, blank: 3 source rows (line 2970, 2976, 3027)." in notes


def test_real_file_adds_nothing_to_what_was_reported(real: Real, shared_data: Path) -> None:
    source = shared_data / build_airforce.REPORTS
    with source.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for theirs, ours in (
        ("launched", "launched"),
        ("not_reach_goal", "suppressed"),
        ("num_hit_location", "hit_locations"),
        ("num_fall_fragment_location", "debris_locations"),
    ):
        total = sum(float(row[theirs] or 0) for row in rows)
        assert sum(int(row[ours] or 0) for row in real[0]) == total, ours


def test_real_file_is_in_latin_script_and_known_models_only(real: Real) -> None:
    assert real[2].read_bytes().isascii()
    assert not [text for text in real[1] if text.startswith("Models kept")]


def test_real_file_reads_every_form_of_time_and_rows_for_several_models(real: Real) -> None:
    rows = {(row["period_start"], row["class"]): row for row in real[0]}
    # Written "2023-05-16 3:30"; a day alone; a day that ends at an hour.
    early = rows["2023-05-16T03:30", "ballistic missile + other"]
    assert (early["models"], early["launched"]) == ("S-400; Iskander-M", "10")
    assert rows["2022-09-28", "cruise missile"]["period_end"] == "2022-09-28"
    assert rows["2024-02-12", "other"]["period_end"] == "2024-02-12T08:00"
    several = rows["2025-11-07T18:30", "cruise missile + ballistic missile"]
    assert several["models"] == "Iskander-M/KN-23; Iskander-K; Kalibr"
    assert (several["launched"], several["intercepted"]) == ("38", "9")
    assert note(real[1], "9 of the models as written are missing from the category file")


def test_real_file_counter_examples(real: Real) -> None:
    def scopes(date: str, klass: str) -> list[tuple[str, str, str]]:
        return sorted(
            (row["source"].split("/")[0], row["launched"], row["scope"])
            for row in real[0]
            if row["date"] == date and row["class"] == klass
        )

    # The southern command passed on the whole country's report.
    assert scopes("2025-10-01", "attack drone") == [
        ("PvKPivden", "1", "regional"),
        ("PvKPivden", "49", "national"),
    ]
    # The Air Force published a part of its total in a post of its own.
    assert scopes("2023-06-20", "attack drone") == [
        ("kpszsu", "35", "national"),
        ("kpszsu", "6", "regional"),
    ]
    # Fifteen over Odesa and Mykolaiv cannot be part of eleven.
    assert ("kpszsu", "15", "national") in scopes("2022-10-17", "attack drone")
    # All missiles of the kind went to one oblast: national.
    assert scopes("2025-12-13", "ballistic missile") == [
        ("kpszsu", "4", "national"),
        ("kpszsu", "5", "national"),
    ]


def test_real_file_builds_twice_to_the_same_bytes_as_committed(
    real: Real, shared_data: Path, tmp_path: Path
) -> None:
    build_airforce.write_table(shared_data, tmp_path)
    again = (tmp_path / build_airforce.TABLE).read_bytes()
    assert again == real[2].read_bytes()
    assert b"\r" not in again
    assert again == (ROOT / "data" / build_airforce.TABLE).read_bytes()
