"""Readers of events with a place: small files made by hand, one of each kind, then a real one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import InputError
from events import points, rows, values
from geo import crs, places

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a text or bytes to a file and gives its path."""

    def _write(content: str | bytes) -> Path:
        file = tmp_path / "events.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return _write


def days(table: pd.DataFrame) -> list[str]:
    return table["date"].dt.strftime("%Y-%m-%d").tolist()


def counts(result: points.Batch) -> dict[str, int]:
    return {str(reason): int(count) for reason, count in result.left_out.items()}


def parquet(path: Path, columns: Mapping[str, Any], metadata: dict[str, Any] | None = None) -> Path:
    table = pa.table(dict(columns))
    if metadata is not None:
        table = table.replace_schema_metadata({"geo": json.dumps(metadata)})
    pq.write_table(table, path)
    return path


# ------------------------------------------------------------------------------ the field's files

ACLED = """\
event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,\
assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,\
country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,notes,\
fatalities,tags,timestamp
UKR100,14 December 2025,2025,1,Political violence,Explosions/Remote violence,\
Shelling/artillery/missile attack,A,,State forces,B,,State forces,x,,804,Europe,Ukraine,Donetsk,\
Pokrovskyi,Pokrovska,Pokrovsk,48.2820,37.1760,1,S,N,"Two lines,
and a ""quote"" in it",0,,1765800000
UKR101,2025-12-13,2025,1,Political violence,Battles,Armed clash,A,,,B,,,x,,804,Europe,Ukraine,\
Kharkiv,,,Kupiansk,49.7100,37.6150,2,S,N,note,0,,1765800000
UKR102,12 December 2025,2025,2,Political violence,Battles,Armed clash,A,,,B,,,x,,804,Europe,\
Ukraine,Donetsk,,,Donetsk,48.0000,37.8000,3,S,N,note,0,,1765800000
RUS7,11 December 2025,2025,1,Political violence,Battles,Armed clash,A,,,B,,,x,,643,Europe,Russia,\
Moscow,,,Moscow,55.7500,37.6200,1,S,N,note,0,,1765800000
"""


def test_acled(write: Write) -> None:
    result = points.read(write(ACLED))
    assert list(result.table.columns) == list(points.COLUMNS)
    assert result.table["id"].tolist() == ["UKR100", "UKR101"]
    assert result.table["class"].tolist() == ["Explosions/Remote violence", "Battles"]
    assert result.table["precision"].tolist() == ["town", "raion"]
    assert days(result.table) == ["2025-12-14", "2025-12-13"]
    assert result.table[["lon", "lat"]].iloc[0].tolist() == [37.176, 48.282]
    assert result.coarse["id"].tolist() == ["UKR102"]
    assert result.coarse["precision"].tolist() == ["oblast"]
    assert counts(result) == {points.FAR: 1, points.ONLY_OBLAST: 1}
    # The first event takes two lines.
    assert result.first_at.to_dict() == {points.FAR: "line 6", points.ONLY_OBLAST: "line 5"}
    assert (result.read, result.format, result.as_of) == (4, "acled", "2025-12-12 to 2025-12-14")
    assert "acleddata.com" in result.attribution
    assert "must not be passed on" in result.licence


def test_a_column_can_be_chosen(write: Write) -> None:
    result = points.read(write(ACLED), columns={"class": "Sub_Event_Type"})
    assert set(result.table["class"]) == {"Armed clash", "Shelling/artillery/missile attack"}


UCDP_COLUMNS = """\
id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,\
conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,\
side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,\
source_date,source_headline,source_original,where_prec,where_coordinates,where_description,\
adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,\
date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,\
gwnoa,gwnob"""


def test_ucdp_ged(write: Write) -> None:
    lines = [UCDP_COLUMNS]
    for number, (violence, precise) in enumerate(
        [("1", "1"), ("3", "2"), ("2", "3"), ("1", "4"), ("1", "5"), ("1", "6"), ("1", "7")], 1
    ):
        row = dict.fromkeys(UCDP_COLUMNS.split(","), "") | {
            "id": str(number),
            "type_of_violence": violence,
            "where_prec": precise,
            "latitude": "48.5",
            "longitude": "37.5",
            "date_start": f"2023-05-{number:02d} 00:00:00.000",
            "date_end": "2023-06-01 00:00:00.000",
        }
        lines.append(",".join(row.values()))
    result = points.read(write("\n".join(lines)))
    assert result.format == "ucdp-ged"
    assert result.table["precision"].tolist() == ["exact", "raion", "raion"]
    assert result.table["class"].tolist() == [
        "state-based conflict",
        "one-sided violence",
        "non-state conflict",
    ]
    assert days(result.table) == ["2023-05-01", "2023-05-02", "2023-05-03"]
    assert result.coarse["precision"].tolist() == ["oblast", "country", "country", "country"]
    assert counts(result) == {points.ONLY_OBLAST: 4}
    assert result.licence == "CC BY 4.0"
    assert "Sundberg and Melander (2013)" in result.attribution


def test_viina(write: Write) -> None:
    text = (
        "viina_version,event_id_1pd,date,n_reports,event_ids,geonameid,asciiname,ADM1_NAME,"
        "longitude,latitude,GEO_PRECISION,t_mil_b,t_airstrike_b,t_uav_b,t_property_b,t_san_b\n"
        'bert_1,11,20250919,3,"1, 2",704204,Lyman,Donets\'k,37.82245,48.96409,ADM3,1,0,1,1,0\n'
        "bert_1,12,20250920,1,5,704204,Lyman,Donets'k,37.82245,48.96409,STREET,1,1,1,0,0\n"
        "bert_1,13,20250920,1,5,704204,Lyman,Donets'k,37.82245,48.96409,ADM2,1,0,0,0,0\n"
        "bert_1,14,20250920,1,5,704204,Lyman,Donets'k,37.82245,48.96409,ADM3,0,0,0,0,1\n"
        "bert_1,15,20250921,1,6,704204,,Donets'k,37.8,48.0,ADM1,1,0,1,0,0\n"
    )
    result = points.read(write(text))
    assert result.format == "viina"
    assert result.table["class"].tolist() == [
        "drone",
        "air strike",
        "other report of the war",
        "no class",
    ]
    assert result.table["precision"].tolist() == ["town", "exact", "raion", "town"]
    assert result.table["id"].tolist() == ["11", "12", "13", "14"]
    assert days(result.table)[0] == "2025-09-19"
    assert counts(result) == {points.ONLY_OBLAST: 1}
    assert result.licence == "ODbL 1.0"


def test_bellingcat_by_hand(write: Write) -> None:
    incident: dict[str, Any] = {
        "location": None,
        "description": "",
        "sources": [],
        "longitude": 38.9,
    }
    document = [
        incident | {"date": "2022-02-24", "latitude": 49.2},
        incident | {"date": "2022-02-25", "latitude": None},
        incident | {"date": "", "latitude": "49.2", "location": "Popasna"},
    ]
    result = points.read(write(json.dumps(document)))
    assert result.table["class"].tolist() == ["civilian harm"]
    assert result.table["precision"].tolist() == ["unknown"]
    assert counts(result) == {points.NO_PLACE: 1, points.NO_DATE: 1}
    assert result.first_at.to_dict() == {points.NO_PLACE: "entry 2", points.NO_DATE: "entry 3"}
    assert any(note.startswith("2 of 3 rows name no place") for note in result.notes)


def test_bellingcat_as_published(shared_data: Path) -> None:
    result = points.read(shared_data / "events" / "bellingcat_incidents.json")
    assert result.read == 2514
    assert any(note.startswith("928 of 2,514 rows name no place") for note in result.notes)
    assert (len(result.table), len(result.coarse)) == (2500, 0)
    # Three lie at 0°, 0°; eleven in Moscow, Tver and their surroundings, north of 55°.
    assert counts(result) == {points.NO_PLACE: 3, points.FAR: 11}
    assert result.as_of == "2022-02-24 to 2025-07-09"
    ukraine = shapely.union_all(places.oblasts().geometry.to_numpy())
    placed = crs.to_metres(shapely.points(result.table[["lon", "lat"]].to_numpy()))
    inside = shapely.contains(ukraine, placed)
    # Belgorod, Kursk, Rostov and their like: near Ukraine, in no oblast of it.
    assert 100 <= int((~inside).sum()) <= 120


# -------------------------------------------------------------------------------- any table at all


def test_usual_names_separators_and_decimal_commas(write: Write) -> None:
    for text in (
        "lat,lng,Date\n48.5,37.25,2024-01-05\n",
        "Lat;Lon;Date\n48,5;37,25;2024-01-05\n",
        "y\tx\tday\n48,5\t37,25\t2024-01-05\n",
        'lat,lon,date\n"48,5","37,25",2024-01-05\n',
        "sep=;\nlat;lon;date\n 48.5 ; 37.25 ; 2024-01-05 \n",
        "широта|довгота|дата\n48.5|37.25|2024-01-05\n",
        "\n\nlat,lon,date\r\n\r\n48.5,37.25,2024-01-05\r\n\r\n",
        "lat,lon,date,text,text\n48.5,37.25,2024-01-05,x,y\n",
        "lat,lon,date\r48.5,37.25,2024-01-05\r",
    ):
        result = points.read(write(text))
        row = result.table.iloc[0]
        assert (row["lon"], row["lat"]) == (37.25, 48.5), text
        assert days(result.table) == ["2024-01-05"], text
        assert (result.read, result.format, result.title) == (1, "other", "events.csv"), text
        assert (row["class"], row["precision"], row["id"]) == ("not stated", "unknown", "1"), text


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2024/2/9", "2024-02-09"),
        ("20240229", "2024-02-29"),
        ("29 February 2024", "2024-02-29"),
        ("29-Feb-2024", "2024-02-29"),
        ("February 29, 2024", "2024-02-29"),
        ("03.02.2024", "2024-02-03"),
        ("29/02/2024", "2024-02-29"),
        ("2/29/2024 11:30 PM", "2024-02-29"),
        ("5/5/2024", "2024-05-05"),
        ("45351", "2024-02-29"),
        ("45351.75", "2024-02-29"),
        ("45351,75", "2024-02-29"),
        ("2024-02-29 23:59:59.999", "2024-02-29"),
        ("2024-02-29T23:30", "2024-02-29"),
        # 23:30 in London is 01:30 in Kyiv; in summer 21:30 is 00:30.
        ("2024-02-28T23:30:00Z", "2024-02-29"),
        ("2024-06-30T21:30:00+00:00", "2024-07-01"),
        ("2024-06-30T20:30:00 UTC", "2024-06-30"),
        # 00:30 in Moscow is 23:30 of the day before in Kyiv, in winter.
        ("2024-02-29 00:30:00+0300", "2024-02-28"),
        ("2024-02-28 20:30:00-05", "2024-02-29"),
        # Midnight with a zone is a day.
        ("2024-02-29T00:00:00+03:00", "2024-02-29"),
        ("2024-02-28 11:30 PM +00:00", "2024-02-29"),
        ("2024-02-29 12:30 AM", "2024-02-29"),
        # No clock has these.
        ("2025-01-02T99:99Z", None),
        ("2025-01-02T12:00+99:99", None),
        ("2025-01-02T12:00+14:01", None),
        ("2025-01-02T30:00Z", None),
        ("2025-01-02 25:00", None),
        ("2025-01-02 12:60", None),
        ("2025-01-02 13:00 PM", None),
        # Beyond what the tables of time zones reach.
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:30:00+05:00", None),
        ("2023-02-29", None),
        ("2024-13-01", None),
        ("0000-00-00", None),
        ("1024-02-29", None),
        ("24-02-24", None),
        ("12345", None),
        ("29 Brumaire 2024", None),
        ("1709164800", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(write: Write, written: str, day: str | None) -> None:
    text = f'lat,lon,date\n48.5,37.25,"{written}"\n48.5,37.25,2020-01-01\n'
    result = points.read(write(text))
    assert days(result.table) == [*([day] if day else []), "2020-01-01"]
    assert counts(result) == ({} if day else {points.NO_DATE: 1})


def test_the_order_of_day_and_month_is_taken_from_the_whole_file(write: Write) -> None:
    unclear = "48.5,37.25,03/04/2024\n" * 5
    for telling, month in (("48.5,37.25,25/12/2024", "04"), ("48.5,37.25,12/25/2024", "03")):
        file = write(f"lat,lon,date\n{unclear}{telling}\n")
        result = points.read(file)
        assert set(days(result.table)[:5]) == {f"2024-{month}-{'03' if month == '04' else '04'}"}
        assert any("03/04/2022" in note for note in result.notes)
        one_by_one = [part.table for part in points.batches(file, rows=1)]
        assert [days(table)[0] for table in one_by_one] == days(result.table)


def test_an_undecidable_order_of_day_and_month_is_refused(write: Write) -> None:
    with pytest.raises(InputError, match=r"line 3: the date '03/04/2024' .* as 2022-04-30 \(ISO\)"):
        points.read(write("lat,lon,date\n48.5,37.25,2024-01-01\n48.5,37.25,03/04/2024\n"))
    with pytest.raises(InputError, match=r"day first \(line 2\) and with the month first \(line 3"):
        points.read(write("lat,lon,date\n48,37,25/12/2024\n48,37,12/25/2024\n"))


def test_words_of_precision(write: Write) -> None:
    words = ["exact", "Town", "ADM2", "oblast", "Country", "", "2", "unknown"]
    lines = [f"48.5,37.25,2024-01-01,{word}" for word in words]
    result = points.read(write("lat,lon,date,precision\n" + "\n".join(lines)))
    assert result.table["precision"].tolist() == ["exact", "town", "raion", *["unknown"] * 2]
    assert result.coarse["precision"].tolist() == ["oblast", "country"]
    assert counts(result) == {points.ONLY_OBLAST: 2, points.UNCLEAR: 1}
    assert result.first_at[points.UNCLEAR] == "line 8"
    assert "Precision not understood, in rows that are left out: '2'." in result.notes


@pytest.mark.parametrize(
    "word",
    [
        "область",
        "Oblast level",
        "на рівні області",
        "областной уровень",
        "ADM_1",
        "Region (centre)",
    ],
)
def test_an_oblast_in_other_words(write: Write, word: str) -> None:
    text = f"lat,lon,date,precision\n48.5,37.25,2024-01-01,{word}\n48.5,37.25,2024-01-01,село\n"
    result = points.read(write(text))
    assert result.coarse["precision"].tolist() == ["oblast"]
    assert result.table["precision"].tolist() == ["town"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("event_type,geo_precision,event_date,latitude,longitude", "acled"),
        ("event_type,geo_precision,date,lat,lon", "acled"),
        ("id,where_prec,date_start,latitude,longitude", "ucdp-ged"),
    ],
)
def test_a_cut_file_keeps_its_precision(write: Write, header: str, expected: str) -> None:
    coarse = {"acled": 3, "ucdp-ged": 4}[expected]
    rows_ = [f"x{code},{code},2024-01-01,48.5,37.25" for code in (1, coarse)]
    result = points.read(write("\n".join([header, *rows_])))
    assert result.format == expected
    assert (len(result.table), counts(result)) == (1, {points.ONLY_OBLAST: 1})


def test_a_precision_nobody_understands_is_refused_with_its_words(write: Write) -> None:
    text = "lat,lon,date,precision\n48.5,37.25,2024-01-01,-1\n48.5,37.25,2024-01-01,low\n"
    with pytest.raises(InputError, match=r"not understood: 2 .* precision is '-1', 'low': write"):
        points.read(write(text))


def test_dates_known_only_to_the_month_or_year_are_told(write: Write) -> None:
    row = "{},1,48.5,37.25,2023-01-01,{}\n"
    text = "id,where_prec,latitude,longitude,date_start,date_prec\n" + "".join(
        row.format(number, code) for number, code in enumerate([1, 2, 4, 5, 5, 5])
    )
    notes = points.read(write(text)).notes
    assert "Events whose date is known only to the month: 1." in notes
    assert any(note.endswith("in which that begins: 3.") for note in notes)
    precise = ACLED.replace("2025,1,Political", "2025,3,Political", 1)
    notes = points.read(write(precise)).notes
    assert "Events whose date is known only to the month: 1." in notes


def test_ids_that_are_there_twice_are_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    row = "{0},48.5,37.25,2024-01-01\n"
    once = "".join(row.format(number) for number in range(3000))
    header = "event_id,lat,lon,date\n"
    file = write(header + once + header + once + row.format("") * 2)
    told = "Events whose id, in the column 'event_id', an earlier row has as well: {}"
    for size in (700, 1_000_000):
        *_, last = points.batches(file, rows=size)
        assert last.notes[-1].startswith(told.format("3,000; they are counted again"))
    assert points.read(write(header + once)).notes == ()
    # Of a file too large one id in two, in four … is compared.
    monkeypatch.setattr(points, "MOST_IDS", 1000)
    (note,) = points.read(write(header + once + once)).notes
    about = re.search(r"about ([\d,]+) \(one in (\d+) ids was compared\)", note)
    assert about is not None
    assert int(about[2]) >= 4
    assert int(about[1].replace(",", "")) == pytest.approx(3000, rel=0.25)


def test_each_bad_row_is_counted_under_one_reason_with_its_line(write: Write) -> None:
    text = (
        "lat,lon,date,type\n"
        '48.5,37.25,2024-01-01,"a\n'
        'b"\n'
        "\n"
        "48.5,37.25,2024-01-01\n"  # line 5: a cell is missing
        ",,,\n"
        "nan,37.25,2024-01-01,x\n"
        "48.5,inf,2024-01-01,x\n"
        "0,0,2024-01-01,x\n"
        "148.5,37.25,2024-01-01,x\n"
        "Lat,LON,date ,TYPE\n"  # line 11
        "48.5,2.35,,x\n"  # line 12: far away, and no date
        "48.5,37.25,never,x\n"  # line 13
        "48.5,37.25,2024-01-01,x,y\n"
        '48.5,37.25,2024-01-03,5" gun\n'
    )
    file = write(text)
    result = points.read(file)
    assert counts(result) == {
        points.WRONG_WIDTH: 2,
        points.HEADER: 1,
        points.NO_PLACE: 5,
        points.FAR: 1,
        points.NO_DATE: 1,
    }
    assert result.first_at.to_dict() == {
        points.WRONG_WIDTH: "line 5",
        points.HEADER: "line 11",
        points.NO_PLACE: "line 6",
        points.FAR: "line 12",
        points.NO_DATE: "line 13",
    }
    assert result.table["class"].tolist() == ["a b", '5" gun']
    assert result.read == len(result.table) + len(result.coarse) + 10
    *_, last = points.batches(file, rows=2)
    assert last.first_at.to_dict() == result.first_at.to_dict()
    assert counts(last) == counts(result)


def test_rows_of_wrong_width_are_counted_where_nothing_follows(write: Write) -> None:
    result = points.read(write("lat,lon,date\n48.5,37.25,2024-01-01\n1,2\n"))
    assert counts(result) == {points.WRONG_WIDTH: 1}
    assert (result.read, len(result.table)) == (2, 1)


def test_record_numbers_count_the_rows_that_were_skipped() -> None:
    # In the file: 1 good, 2 and 3 skipped, 4 good, 5 skipped, 6 good.
    assert [rows.record_number(row, [2, 3, 5]) for row in (1, 2, 3, 4)] == [1, 4, 6, 7]
    assert rows.record_number(1, [1]) == 2


def test_windows_1251_is_read_and_said(write: Write) -> None:
    text = "lat,lon,date,type\n48.5,37.25,2024-01-01,обстріл\n"
    result = points.read(write(text.encode("cp1251")))
    assert result.table["class"].tolist() == ["обстріл"]
    assert any("Windows-1251" in note for note in result.notes)
    plain = points.read(write(b"\xef\xbb\xbf" + text.encode()))
    assert plain.table["class"].tolist() == ["обстріл"]
    assert plain.notes == ()


def test_letters_across_blocks(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 64)
    text = "lat,lon,date,type\n" + "48.5,37.25,2024-01-01,обстріл\n" * 50
    for encoding in ("utf-8", "cp1251"):
        result = points.read(write(text.encode(encoding)))
        assert result.table["class"].tolist() == ["обстріл"] * 50, encoding


def test_a_change_of_encoding_midway(write: Write) -> None:
    row = "48.5,37.25,2024-01-01,обстріл\n"
    late = ("48.5,37.25,2024-01-01,x\n" * 3000 + row).encode("cp1251")
    assert points.read(write(b"lat,lon,date,type\n" + late)).table["class"].iloc[-1] == "обстріл"
    mixed = b"lat,lon,date,type\n" + row.encode() + row.encode("cp1251")
    with pytest.raises(InputError, match="line 3: the text is UTF-8 up to here"):
        points.read(write(mixed))
    for text in (b"\xff\x98", "Zürich".encode("latin-1"), "12 €, à gauche".encode("cp1252")):
        with pytest.raises(InputError, match="line 2: the text is neither UTF-8 nor Windows-1251"):
            points.read(write(b'lat,lon,date,type\n48.5,37.25,2024-01-01,"' + text + b'"\n'))
    with pytest.raises(InputError, match="line 1: the text is neither UTF-8 nor Windows-1251"):
        points.read(write("lat,lon,date,größe\n48.5,37.25,2024-01-01,x\n".encode("latin-1")))


def test_utf_16_is_read_and_said(write: Write) -> None:
    text = "lat\tlon\tdate\ttype\r\n48,5\t37,25\t2024-01-01\tобстріл\r\nx\ty\tz\t\r\n"
    result = points.read(write(text.encode("utf-16")))
    assert result.table["class"].tolist() == ["обстріл"]
    assert result.first_at.to_dict() == {points.NO_PLACE: "line 3"}
    assert result.notes == ("events.csv was read as UTF-16.",)
    source = rows.open_rows(write(text.encode("utf-16")))
    assert isinstance(source, rows.TextRows)
    copy = source.table
    assert copy.is_file()
    del source
    assert not copy.exists()


def test_a_zero_byte_far_into_a_text(write: Write) -> None:
    row = "48.5,37.25,2024-01-01,x\n"
    with pytest.raises(InputError, match="line 8,002: a zero byte"):
        points.read(write("lat,lon,date,type\n" + row * 8000 + row.replace("x", "\0") + row))


def test_a_field_of_a_million_characters_is_one_row_lost(write: Write) -> None:
    text = f'lat,lon,date,type\n48.5,37.25,2024-01-01,"{"x" * 1_000_000}"\n48.5,37,2024-01-02,y\n'
    result = points.read(write(text))
    assert result.table["class"].tolist() == ["y"]
    assert counts(result) == {points.TOO_LONG: 1}
    assert result.first_at.to_dict() == {points.TOO_LONG: "line 2"}


def test_an_open_quotation_mark_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    row = "48.5,37.25,2024-01-01,x\n"
    opened = f'lat,lon,date,type\n{row}48.5,37.25,2024-01-01,"x\n{row * 50}'
    with pytest.raises(InputError, match="line 3: a quotation mark is opened and not closed"):
        points.read(write(opened.removesuffix(",x\n") + "\n"))
    monkeypatch.setattr(rows, "BLOCK_BYTES", 256)
    with pytest.raises(InputError, match="line 3: a quotation mark is opened and not closed"):
        points.read(write(opened))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n\n", "is empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x1f\x8brest", "unpack it first"),
        (b"\xff\xfea", "is not whole UTF-16"),
        (b",,,,\n", r"^events.csv has no line of column names; write the names"),
        (b'""\n', r"^events.csv has no line of column names; write the names"),
        (b"lat,lon\0,date\n", "is no text"),
        (b"PAR1 and no more", "not a whole Parquet file"),
        (b"lat,lon,date\n", "has column names and no rows"),
        (b"lat,lon\n48,37\n", "no column that is known to hold the date; its columns are lat, lon"),
        (b"48.5,37.25,2024-01-01\n", "latitude or the longitude or the date; its columns are 48.5"),
        (b"lat,lon,date\n48,37\n", "no row that can be used, of 1: a different number of cells"),
        (b"lat,lon,date\nx,y,z\n", r"no row that can be used, of 1: no place: 1 \(first: line 2\)"),
        (b"lat,lon,date\n5372000,412000,2024-01-01\n", "longitude and latitude, EPSG:4326"),
        (b"lat,lon,date\n48.8,2.3,2024-01-01\n", "no row that can be used, .* outside Ukraine"),
        (b"lat,lon,date\n37.2,48.5,2024-01-01\n", "with latitude and longitude swapped"),
        (b"lat,lon,date,date\n48,37,2024-01-01,x\n", "more than one column 'date'"),
        (b"[1, 2]", "not Bellingcat's list"),
        (b'{"type": "FeatureCollection"}', "not Bellingcat's list"),
        (b'[{"date": }]', r"not valid JSON: .*\(line 1\)"),
        (b"[" * 100_000, "not valid JSON"),
        (b'["\xff"]', "not in UTF-8"),
        (b"[]", "no line of column names"),
        (b'"' + b"a" * 200_000 + b'",lat,lon,date\n1,2,3,4\n', "column names cannot be read"),
        (b"a" * 1_100_000, "line 1 is over 1 MB"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(write: Write, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as fault:
        points.read(write(content))
    assert "\n" not in str(fault.value)
    assert len(str(fault.value)) < 600


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/events.csv",
        "/vsicurl/https://example.org/events.csv",
        "s3://bucket/events.parquet",
        "missing.csv",
        "nul\0byte",
        "x" * 5000,
        "",
        "/dev/null",
        "/",
    ],
)
def test_only_files_of_this_machine_are_opened(path: str) -> None:
    with pytest.raises(InputError, match="there is no file"):
        points.read(path)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        points.batches(tmp_path)


def test_columns_that_the_user_names(write: Write) -> None:
    file = write("a,b,c,d\n48.5,37.25,2024-01-05,x\n")
    named = {"lat": "a", "lon": "B", "date": "c", "class": "d", "id": "d"}
    table = points.read(file, columns=named).table
    assert table.iloc[0][["lon", "lat", "class", "id"]].tolist() == [37.25, 48.5, "x", "x"]
    with pytest.raises(InputError, match=r"no column 'e' \(date\); its columns are a, b, c, d"):
        points.batches(file, columns=named | {"date": "e"})
    with pytest.raises(InputError, match="'altitude' is no column to name; name latitude, long"):
        points.batches(file, columns=named | {"altitude": "d"})
    with pytest.raises(InputError, match="rows in a batch is 0"):
        points.batches(file, columns=named, rows=0)


def test_a_few_swapped_rows_do_not_swap_the_file(write: Write) -> None:
    good, swapped = "48.5,37.25,2024-01-01\n", "37.25,48.5,2024-01-01\n"
    result = points.read(write("lat,lon,date\n" + good + swapped * 5))
    assert (len(result.table), counts(result)) == (1, {points.FAR: 5})
    with pytest.raises(InputError, match="1 of 20 places lie in Ukraine or near it, and 19 would"):
        points.read(write("lat,lon,date\n" + good + swapped * 19))


# ---------------------------------------------------------------------------------------- Parquet


def test_parquet_of_many_types(tmp_path: Path) -> None:
    day = pd.Timestamp("2024-02-29 23:30")
    instants = pd.Series([day]).dt.tz_localize("UTC")
    for number, dates in enumerate(
        (
            pa.array([day.date()]),
            pa.array([day], pa.timestamp("ns")),
            pa.array([20240229]),
            pa.array([45351.5]),
            pa.array(["2024-02-29"]).dictionary_encode(),
            pa.array(pd.Series([day.normalize()]).dt.tz_localize("Europe/Moscow")),
        )
    ):
        file = parquet(
            tmp_path / f"{number}.parquet",
            {
                "latitude": pa.array([48.5], pa.float32()),
                "longitude": pa.array(["37.25"]).dictionary_encode(),
                "date": dates,
                "type": pa.array([7]),
            },
        )
        result = points.read(file)
        assert days(result.table) == ["2024-02-29"], dates.type
        assert result.table.iloc[0][["lon", "lat", "class"]].tolist() == [37.25, 48.5, "7"]
    late = {"latitude": [48.5], "longitude": [37.25], "date": pa.array(instants)}
    assert days(points.read(parquet(tmp_path / "z.parquet", late)).table) == ["2024-03-01"]


def test_parquet_tells_the_row(tmp_path: Path) -> None:
    columns = {
        "latitude": [48.5, None, np.inf],
        "longitude": [37.25, 37.0, 37.0],
        "date": ["2024-01-01"] * 3,
    }
    result = points.read(parquet(tmp_path / "a.parquet", columns))
    assert counts(result) == {points.NO_PLACE: 2}
    assert result.first_at.to_dict() == {points.NO_PLACE: "row 2"}


def test_geoparquet(tmp_path: Path) -> None:
    shapes = [shapely.Point(37.25, 48.5, 120.0), shapely.Point(), None, shapely.box(37, 48, 38, 49)]
    frame = gpd.GeoDataFrame(
        {"date": ["2024-01-05"] * 4, "x": [1.0] * 4, "y": [2.0] * 4}, geometry=shapes, crs=4326
    )
    for encoding in ("WKB", "geoarrow"):
        part = frame if encoding == "WKB" else frame.iloc[:2]
        part.to_parquet(tmp_path / "a.parquet", geometry_encoding=encoding)
        result = points.read(tmp_path / "a.parquet")
        assert result.table.iloc[0][["lon", "lat"]].tolist() == [37.25, 48.5]
        assert counts(result) == {points.NO_PLACE: len(part) - 1}
    with pytest.raises(InputError, match="outside Ukraine"):
        points.read(tmp_path / "a.parquet", columns={"latitude": "y", "longitude": "x"})


def test_geoparquet_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    point = gpd.GeoDataFrame(
        {"date": ["2024-01-05"]}, geometry=[shapely.Point(37.25, 48.5)], crs=4326
    )
    point.to_crs(32637).to_parquet(file)
    with pytest.raises(InputError, match=r"is in 'WGS 84 / UTM zone 37N'; save it in longitude"):
        points.read(file)
    columns = {"date": ["2024-01-05"], "geometry": ["POINT (37 48)"]}
    entry: dict[str, Any] = {"encoding": "WKB"}
    about: dict[str, Any] = {"primary_column": "geometry", "columns": {"geometry": entry}}
    for metadata, said in (
        ({}, "description is damaged"),
        (about | {"primary_column": 5}, "description is damaged"),
        (about | {"columns": {"geometry": entry | {"crs": "nonsense"}}}, "description is damaged"),
        (about | {"columns": {"geometry": {"encoding": "polygon"}}}, "no point geometry"),
        (about, "not written as GeoParquet asks"),
        (about | {"columns": {"geometry": {"encoding": "point"}}}, "not written as GeoParquet"),
    ):
        with pytest.raises(InputError, match=said):
            points.read(parquet(file, columns, metadata))


def test_parquet_of_moments_that_no_calendar_reaches(tmp_path: Path) -> None:
    for unit in ("ms", "us", "ns"):
        for zone in (None, "UTC"):
            kind = pa.timestamp(unit, zone)
            second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
            ticks = [2**62, -(2**62), 1_704_070_800 * second, None]
            columns = {
                "latitude": [48.5] * 4,
                "longitude": [37.25] * 4,
                "date": pa.array(ticks, pa.int64()).cast(kind),
            }
            result = points.read(parquet(tmp_path / "a.parquet", columns))
            assert days(result.table) == ["2024-01-01"], kind
            assert counts(result) == {points.NO_DATE: 3}


def test_a_small_parquet_file_of_long_texts_takes_little_memory(tmp_path: Path) -> None:
    """In a process of its own, which may not take more than the address space given."""
    count = 200_000
    text = pa.DictionaryArray.from_arrays(np.zeros(count, "int32"), pa.array(["x" * 100_000]))
    file = tmp_path / "a.parquet"
    columns = {
        "latitude": np.full(count, 48.5),
        "longitude": np.full(count, 37.25),
        "date": pa.DictionaryArray.from_arrays(np.zeros(count, "int32"), pa.array(["2024-01-01"])),
        **dict.fromkeys(["type", "id", "precision"], text),
    }
    pq.write_table(pa.table(columns), file, store_schema=False)
    assert file.stat().st_size < 100_000
    code = (
        "import resource, sys\n"
        "from events import points\n"
        "from data.errors import InputError\n"
        "resource.setrlimit(resource.RLIMIT_AS, (3 * 1024**3,) * 2)\n"
        "try:\n"
        "    points.read(sys.argv[1])\n"
        "except InputError as fault:\n"
        "    assert 'a precision that is not understood: 200,000' in str(fault), fault\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_damaged_parquet(tmp_path: Path) -> None:
    number = np.arange(50_000)
    file = parquet(
        tmp_path / "a.parquet",
        {
            "latitude": 48 + number / 1e5,
            "longitude": 37 + number / 1e5,
            "date": pa.array(np.full(len(number), "2024-01-01")),
        },
    )
    content = bytearray(file.read_bytes())
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="not a whole Parquet file"):
        points.read(file)
    content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
    file.write_bytes(content)
    with pytest.raises(InputError, match="damaged after row"):
        points.read(file)


def test_parquet_columns_of_no_use(tmp_path: Path) -> None:
    columns = {"latitude": [[1.0]], "longitude": [37.0], "date": ["2024-01-01"]}
    with pytest.raises(InputError, match="a column is not of a kind that can hold places"):
        points.read(parquet(tmp_path / "a.parquet", columns))
    dotted = {"a.b": [48.5], "longitude": [37.0], "date": ["2024-01-01"]}
    file = parquet(tmp_path / "b.parquet", dotted)
    result = points.read(file, columns={"latitude": "a.b"})
    assert result.table["lat"].tolist() == [48.5]


# ------------------------------------------------------------------------------- as a whole, large


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=12
)
EVENT = st.fixed_dictionaries(
    {
        "lon": st.floats(18, 44, allow_nan=False),
        "lat": st.floats(42, 55, allow_nan=False),
        "date": st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2099-01-01").date()),
        "class": TEXT.filter(bool),
        "precision": st.sampled_from(points.PRECISIONS),
        "id": st.text(st.sampled_from('ab"\n,;\t '), max_size=6),
    }
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(EVENT, min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    size=st.integers(1, 5),
)
def test_writing_then_reading_changes_nothing(
    tmp_path: Path, events: list[dict[str, Any]], separator: str, size: int
) -> None:
    frame = pd.DataFrame(events)
    comma = {";": ",", "\t": ","}.get(separator, ".")
    frame.to_csv(tmp_path / "a.csv", index=False, sep=separator, decimal=comma)
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    fine = ~frame["precision"].isin(["oblast", "country"])
    for name in ("a.csv", "a.parquet"):
        file = tmp_path / name
        result = points.read(file)
        for part, expected in ((result.table, frame[fine]), (result.coarse, frame[~fine])):
            for column in ("lon", "lat", "class", "precision", "id"):
                assert part[column].tolist() == expected[column].tolist(), (name, column)
            assert days(part) == [str(day) for day in expected["date"]]
        assert len(result.table) + int(result.left_out.sum()) == result.read == len(frame)

        parts = list(points.batches(file, rows=size, ids=True))
        assert max(len(part.table) for part in parts) <= size
        together = pd.concat([part.table.astype({"class": "str"}) for part in parts])
        pd.testing.assert_frame_equal(
            together.reset_index(drop=True), result.table.astype({"class": "str"})
        )
        assert counts(parts[-1]) == counts(result)

        result.table.to_parquet(tmp_path / "again.parquet")
        if len(result.table):
            again = points.read(tmp_path / "again.parquet")
            pd.testing.assert_frame_equal(again.table, result.table)


def test_batches_hold_only_what_is_asked_for(tmp_path: Path) -> None:
    number = np.arange(600_000)
    file = parquet(
        tmp_path / "a.parquet",
        {
            "latitude": 44 + number % 100_000 / 1e5,
            "longitude": 30 + number % 90_000 / 1e5,
            "date": pa.array(np.array(["2024-01-01", "2024-01-02"])[number % 2]),
            "type": pa.array(np.array(["a", "b", "c"])[number % 3]),
            "text": pa.array(np.full(len(number), "x" * 200)).dictionary_encode(),
        },
    )
    tracemalloc.start()
    pool = pa.default_memory_pool()
    before, most, rows_seen = pool.bytes_allocated(), 0, 0
    shares = []
    for batch in points.batches(file, rows=50_000):
        assert list(batch.table.columns) == list(points.COLUMNS[:-1])
        assert len(batch.table) <= 50_000
        rows_seen += len(batch.table)
        shares.append(batch.share)
        most = max(most, pool.bytes_allocated() - before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows_seen == batch.read == len(number)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    # A batch of 50,000 rows needs about 2 MB; the whole table's columns would be 20 MB and more.
    assert peak < 15e6
    assert most < 15e6


def test_lines_are_not_counted_for_ever(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MOST_ROWS_TO_SEARCH", 3)
    result = points.read(write("lat,lon,date\n" + "48,37,2024-01-01\n" * 9 + "x,y,z\n"))
    assert result.first_at.to_dict() == {points.NO_PLACE: "row 10"}


def test_classes_that_differ_only_in_spaces_are_one() -> None:
    column = pa.array(["air  strike", " air strike", "air\nstrike", None, "", "1"])
    result = values.classes(column, {"1": "war"}, "not stated")
    assert list(result) == ["air strike"] * 3 + ["not stated"] * 2 + ["war"]
    assert list(result.categories) == ["air strike", "not stated", "war"]


def test_ids_are_told_apart_by_numbers() -> None:
    ids = [*(f"UKR{n}" for n in range(100_000)), "ї" * 150, " UKR7 ", "", None, "й"]
    column = pa.array(["x", *ids]).slice(1)
    numbers, has_id = values.hashes(column)
    assert len(set(numbers[has_id].tolist())) == 100_002
    assert (numbers[100_001], has_id.tolist()[-3:]) == (numbers[7], [False, False, True])
    # Half of them are even, a quarter can be divided by four …
    assert (numbers % np.uint64(8) == 0).mean() == pytest.approx(1 / 8, rel=0.05)
    as_dictionary, _ = values.hashes(column.dictionary_encode())
    assert (as_dictionary[has_id] == numbers[has_id]).all()
