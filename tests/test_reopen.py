"""Files opened again: what was asked comes back, and what is hostile is refused in a sentence."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from data.errors import InputError
from geo import control, export, geopackage, passport, reopen, reopen_apart, sandbox
from geo.drawing import KINDS, Drawing
from geo.passport import KEY, Passport
from geo.scenario import LINKED, Scenario, from_preset, make
from geo.snapshot import Snapshot
from tests import saved
from tests.saved import no_pictures

__all__ = ["no_pictures"]

DATA = ("geojson", "gpkg", "kml", "parquet")
NOT_OURS = "holds no scenario of this atlas; give a picture"


@pytest.fixture(autouse=True, scope="module")
def worker_waits() -> Iterator[None]:
    sandbox.warm()
    yield
    sandbox.cool()


def found(content: bytes, folder: Path, name: str = "it") -> Passport:
    """As the worker finds it, without the worker."""
    (folder / reopen_apart.FILE).write_bytes(content)
    document, _parts = reopen_apart.find(folder, {"name": name}, [])
    return passport.from_json(document["passport"])


def refused(content: bytes, match: str) -> str:
    """Why a file is not opened: one sentence, from the worker."""
    with pytest.raises(InputError, match=match) as fault:
        reopen.read(content, name="it.bin")
    text = str(fault.value)
    assert "\n" not in text
    assert text.startswith("it.bin ")
    return text


def known() -> str:
    return passport.of(saved.of("mirror-5")).to_json()


def changed_passport(**fields: Any) -> str:
    return json.dumps(json.loads(known()) | fields)


def png_of(text: str | None = None, key: str = KEY) -> bytes:
    info = PngInfo()
    if text is not None:
        info.add_text(key, text)
    out = io.BytesIO()
    Image.new("1", (1, 1)).save(out, "png", pnginfo=info)
    return out.getvalue()


def pdf_of(text: str | None = None) -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    if text is not None:
        writer.add_metadata({"/Keywords": text})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def svg_of(text: str, *, before: str = "") -> bytes:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
{before}<svg xmlns="http://www.w3.org/2000/svg"><metadata>
<rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><cc:Work>
<dc:description>{escaped}</dc:description></cc:Work></rdf:RDF></metadata></svg>""".encode()


def html_of(text: str) -> bytes:
    inert = text.replace("<", "\\u003c")
    return (
        "<!doctype html><html><head><script>var a = '</';</script>"
        f'<script type="application/json" id="{KEY}">{inert}</script></head></html>'
    ).encode()


def gpkg_of(*commands: str, values: tuple[str, ...] = ()) -> bytes:
    base = sqlite3.connect(":memory:")
    with contextlib.closing(base):
        for command in commands:
            base.execute(command, values if "?" in command else ())
        base.commit()
        return base.serialize()


METADATA = "CREATE TABLE gpkg_metadata (id INTEGER, md_standard_uri TEXT, metadata TEXT)"
PUT = f"INSERT INTO gpkg_metadata VALUES (1, '{geopackage.PASSPORT_URI}', ?)"


def zip_of(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return out.getvalue()


# --- what was saved comes back ------------------------------------------------------------------


@pytest.mark.parametrize("kind", saved.KINDS)
@pytest.mark.parametrize("format", DATA)
def test_every_data_format_opens_again(kind: str, format: str) -> None:
    snapshot = saved.KINDS[kind]()
    again = reopen.read(export.to_bytes(snapshot, format), name="renamed.png")
    assert again == passport.of(snapshot)
    assert again.kind == kind


@pytest.mark.parametrize("kind", saved.KINDS)
@pytest.mark.parametrize("format", ["png", "pdf", "svg", "html"])
def test_every_picture_and_page_opens_again(kind: str, format: str, tmp_path: Path) -> None:
    snapshot = saved.KINDS[kind]()
    assert found(export.to_bytes(snapshot, format), tmp_path) == passport.of(snapshot)


@pytest.mark.usefixtures("no_pictures")
def test_the_archive_of_everything_opens_again() -> None:
    content = export.to_bytes(saved.drawn(), "zip")
    assert reopen.read(content, name="it.zip") == passport.of(saved.drawn())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        alone = archive.read("passport.json")
    assert reopen.read(alone, name="passport.json") == passport.of(saved.drawn())


@pytest.mark.parametrize("make_file", [png_of, pdf_of, svg_of, html_of])
def test_pictures_and_pages_are_read_where_the_passport_stands(make_file: Any) -> None:
    again = reopen.read(make_file(known()), name="it")
    assert again == passport.of(saved.of("mirror-5"))


def test_a_long_passport_in_a_picture_is_compressed_and_read(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text(KEY, known(), zip=True)
    out = io.BytesIO()
    Image.new("1", (1, 1)).save(out, "png", pnginfo=info)
    assert found(out.getvalue(), tmp_path) == passport.of(saved.of("mirror-5"))


places = st.sampled_from(["Donetsk Oblast", "Sumy Oblast", "Kramatorsk Raion"])
distances = st.integers(0, 400).map(lambda tenths: tenths / 10)
corner = st.tuples(st.floats(36.0, 36.9), st.floats(48.0, 48.9))
names = st.text(max_size=50)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    extent = draw(st.one_of(st.just("all"), places, st.just("area")))
    west, south = draw(corner)
    square = [[west, south], [37, south], [37, 49], [west, 49], [west, south]]
    area = json.dumps({"type": "Polygon", "coordinates": [square]})
    return make(
        date=draw(st.sampled_from(control.dates("owl"))),
        source=draw(st.sampled_from([*control.SOURCES, "loaded-x"])),
        ukraine_km=draw(distances),
        russia_km=draw(distances),
        ukraine_leaves=draw(st.lists(places, max_size=2, unique=True)),
        russia_leaves=draw(st.lists(places, max_size=2, unique=True)),
        extent=extent,
        area=area if extent == "area" else None,
    )


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    west, south = draw(corner)
    far = [(37.0, south), (37.0, 49.0), (west, 49.0)]
    kind = draw(st.sampled_from(KINDS))
    points = ((west, south), *far[: 3 if kind == "area" else 1])
    return Drawing(kind, draw(names), points, draw(distances), draw(distances))


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(asked=scenarios(), beside=st.lists(drawings(), max_size=3), format=st.sampled_from(DATA))
def test_whatever_was_asked_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    asked: Scenario,
    beside: list[Drawing],
    format: str,
) -> None:
    # The answer is another's: a passport tells of the question, whatever the zones are.
    answer = dataclasses.replace(saved.impact_of("freeze"), scenario=asked)
    snapshot = Snapshot(answers=(answer,), drawn=tuple((one, answer) for one in beside))
    again = found(export.to_bytes(snapshot, format), tmp_path_factory.mktemp("it"))
    assert again == passport.of(snapshot)
    (scenario,) = again.scenarios
    expected = asked if asked.source in control.SOURCES else asked.changed(source=LINKED)
    assert scenario == expected
    assert again.drawings == tuple(beside)


# --- what is none of ours -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"hello",
        b"\x00\x01\x02",
        b"{}",
        b'{"type": "FeatureCollection", "features": []}',
        b"<html><body>hello</body></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png_of(),
        png_of("{}", key="Comment"),
        pdf_of(),
        pdf_of("maps, Ukraine"),
        gpkg_of("CREATE TABLE a (b)"),
        gpkg_of(METADATA),
        zip_of(other_json="{}"),
    ],
    # What a ZIP begins with tells the time.
    ids=lambda content: content[:4].decode("ascii", "replace"),
)
def test_a_file_of_others_holds_no_scenario(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=NOT_OURS):
        found(content, tmp_path)


@pytest.mark.parametrize("format", ["csv", "figures.csv"])
def test_a_table_names_the_files_that_can_be_opened(format: str) -> None:
    told = refused(export.to_bytes(saved.of("mirror-5"), format), NOT_OURS)
    assert "GeoPackage, KML, GeoParquet or ZIP; a CSV holds none" in told


def test_a_parquet_of_others_holds_no_scenario() -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), out)
    refused(out.getvalue(), NOT_OURS)


# --- what is damaged ------------------------------------------------------------------------------


@pytest.mark.parametrize("format", DATA)
def test_half_a_file_is_one_sentence(format: str, tmp_path: Path) -> None:
    content = export.to_bytes(saved.of("mirror-5"), format)
    with pytest.raises(InputError, match=r"^it (is a damaged|holds no scenario)"):
        found(content[: len(content) // 2], tmp_path)


@pytest.mark.parametrize("content", [png_of(known()), pdf_of(known()), zip_of(a="x")])
def test_any_part_of_a_file_is_one_sentence_or_opens(content: bytes, tmp_path: Path) -> None:
    for end in range(9, len(content), max(1, len(content) // 40)):
        with contextlib.suppress(InputError):
            found(content[:end], tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        "{}",
        "[" * 100_000,
        changed_passport(kind="other"),
        changed_passport(scenarios=[]),
        changed_passport(scenarios=[1]),
        changed_passport(drawings="1.###"),
        changed_passport(drawings=3),
        changed_passport(figures=[{"ukraine": {"area_km2": 1e999}}]),
        changed_passport(figures=[{"ukraine": {"area_km2": -1}}]),
        changed_passport(figures=[{"ukraine": {"area_km2": "x"}}]),
        changed_passport(version="\x1b[31m"),
        changed_passport(sources={"a": 1}),
    ],
)
def test_a_damaged_passport_is_one_sentence(text: str, tmp_path: Path) -> None:
    content = zip_of(passport_json=text)
    with pytest.raises(InputError, match="it cannot be opened: what it says of itself is damaged"):
        found(content, tmp_path)


def test_a_newer_version_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="made by a newer version"):
        found(zip_of(passport_json=changed_passport(format=2)), tmp_path)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"ukraine_km": 41}, "give 0 to 40 km"),
        ({"extent": "Atlantis"}, "Atlantis"),
        ({"extent": "area", "area": "[1]"}, "the area of the extent"),
        ({"extent": "area", "area": '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1]]]}'}, ""),
        ({"line": "{}"}, ""),
        ({"surprise": 1}, "no field"),
        ({"source": "/etc/passwd"}, "damaged"),
        ({"source": "loaded-0123456789"}, "damaged"),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_sentence(
    fields: dict[str, Any], match: str, tmp_path: Path
) -> None:
    asked = from_preset("mirror-5").model_dump(mode="json") | fields
    content = zip_of(passport_json=changed_passport(scenarios=[asked]))
    with pytest.raises(InputError, match=f"^it cannot be opened: .*{match}"):
        found(content, tmp_path)


def test_a_drawing_from_which_nothing_can_be_computed_is_refused(tmp_path: Path) -> None:
    crossing = Drawing("area", "x", ((36, 48), (37, 49), (37, 48), (36, 49)), 1, 1)
    text = changed_passport(drawings=passport.drawing.pack([crossing]))
    with pytest.raises(InputError, match="crosses itself"):
        found(zip_of(passport_json=text), tmp_path)


# --- what is hostile ------------------------------------------------------------------------------


def test_what_is_too_large_is_not_even_looked_at() -> None:
    refused(bytes(reopen.LARGEST_BYTES + 1), "larger than 64 MB")


def test_a_bomb_of_text_in_a_picture_is_refused() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    bomb = KEY.encode() + b"\0\0" + zlib.compress(bytes(50_000_000), 9)
    head, rest = png_of()[:33], png_of()[33:]
    refused(head + chunk(b"zTXt", bomb) + rest, "is a damaged PNG")


def test_a_picture_of_any_size_is_not_unpacked() -> None:
    wide = bytearray(png_of(known()))
    wide[16:24] = struct.pack(">II", 2**30, 2**30)
    wide[29:33] = struct.pack(">I", zlib.crc32(bytes(wide[12:29])))
    refused(bytes(wide), "is a damaged PNG")


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    refused(zip_of(passport_json=" " * 90_000_000), "unpacks to more than 100 MB")


def test_an_archive_that_leads_out_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../passport.json", known())
    refused(out.getvalue(), "leads out of the archive")


ENTITIES = """<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/passwd">]>"""


@pytest.mark.parametrize("root", ["svg", "kml"])
def test_entities_are_refused(root: str) -> None:
    text = f"<{root}><metadata><description>&c;&b;</description></metadata></{root}>"
    refused((ENTITIES.replace("svg", root) + text).encode(), "declares entities of its own")


def test_a_broken_pdf_is_one_sentence() -> None:
    refused(b"%PDF-1.7\n" + b"1 0 obj << /Length 99 0 R >> stream" * 50, "is a damaged PDF")


def test_a_pdf_that_leads_in_a_circle_ends() -> None:
    objects = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    circle = (
        objects + b"trailer\n<< /Root 1 0 R /Info 3 0 R /Prev 9 /Size 4 >>\nstartxref\n9\n%%EOF"
    )
    refused(circle, "it.bin (is a damaged PDF|holds no scenario)")


@pytest.mark.parametrize(
    "commands",
    [
        # A view that would read whatever its maker likes.
        (
            f"CREATE VIEW gpkg_metadata AS SELECT '{geopackage.PASSPORT_URI}' AS md_standard_uri, "
            "hex(randomblob(100000000)) AS metadata",
        ),
        # A table that is a program of another library.
        ("CREATE VIRTUAL TABLE gpkg_metadata USING fts5(md_standard_uri, metadata)",),
        # A column that is worked out when it is read.
        (
            "CREATE TABLE gpkg_metadata (md_standard_uri TEXT, metadata TEXT "
            "GENERATED ALWAYS AS (hex(zeroblob(1000000))) VIRTUAL)",
            f"INSERT INTO gpkg_metadata VALUES ('{geopackage.PASSPORT_URI}')",
        ),
    ],
    ids=["view", "virtual table", "generated column"],
)
def test_nothing_in_a_database_runs(commands: tuple[str, ...]) -> None:
    refused(gpkg_of(*commands), "it.bin (is a damaged GeoPackage|holds no scenario)")


def test_a_database_may_hold_more_than_a_passport() -> None:
    content = gpkg_of(METADATA, PUT, values=(known(),))
    assert reopen.read(content, name="it") == passport.of(saved.of("mirror-5"))


def test_a_picture_cut_short_opens_and_is_said_to_be_damaged() -> None:
    whole = png_of(known())
    assert reopen.damage(whole) == reopen.damage(whole + b"a tail") == []
    for short in (whole[:-12], whole[:-20]):
        assert reopen.read(short, name="it") == passport.of(saved.of("mirror-5"))
        assert reopen.damage(short) == [
            "The picture is damaged: its end is missing. Its question is whole."
        ]
    assert reopen.damage(b"%PDF-1.7") == []


def test_json_as_deep_as_it_is_long_is_one_sentence() -> None:
    refused(b'{"a":' * 1_000_000, "is a damaged GeoJSON")


def test_json_that_needs_much_memory_ends() -> None:
    refused(b"{" + b'"a":[' + b"[],[]," * 8_000_000 + b"[]]}", "needs more than 512 MB|longer than")


def test_a_script_in_a_page_is_text_and_nothing_else() -> None:
    refused(html_of("<script>alert(1)</script>"), "what it says of itself is damaged")


def test_a_parquet_footer_that_lies_is_one_sentence() -> None:
    refused(b"PAR1" + b"\xff" * 100 + struct.pack("<I", 2**31 - 1) + b"PAR1", "is a damaged")


# --- what has changed since -----------------------------------------------------------------------


def test_nothing_has_changed_since_it_was_saved() -> None:
    for snapshot in (saved.drawn(), saved.compared(), saved.changed()):
        assert reopen.told(passport.of(snapshot), snapshot) == []


def test_another_table_and_other_figures_are_told() -> None:
    snapshot = saved.of("mirror-5")
    now = passport.of(snapshot)
    figures = json.loads(json.dumps(now.figures))
    figures[0]["ukraine"]["area_km2"] *= 0.5
    sources = ({**now.sources[0], "sha256": "0" * 64}, *now.sources[1:])
    then = dataclasses.replace(now, figures=tuple(figures), sources=sources, version="0.0.9")
    told = [str(text) for text in reopen.told(then, snapshot)]
    assert told[0] == "The table “Control maps: DeepState” has changed since."
    assert told[1].startswith("Ukraine, area: 729 km² in the file, 1,457 km² now (+100.00%)")
    assert told[2].startswith("The file was made by version 0.0.9")
    assert len(told) == 3


def test_another_question_is_not_compared() -> None:
    then = passport.of(saved.of("mirror-5"))
    assert reopen.told(dataclasses.replace(then, sources=()), saved.of("mirror-10")) == []


def test_of_a_comparison_the_first_is_opened_and_compared() -> None:
    then = passport.of(saved.compared())
    scenario, told = reopen.shown(then)
    assert scenario == from_preset("mirror-5")
    assert told == ["The file compares 3 scenarios; the first is opened."]
    figures = json.loads(json.dumps(then.figures))
    figures[0]["russia"]["settlements"] += 1
    other = dataclasses.replace(then, figures=tuple(figures))
    assert [str(text)[:29] for text in reopen.told(other, saved.of("mirror-5"))] == [
        "Russia, settlements of 500+: "
    ]


def test_of_a_change_the_newer_date_is_opened_and_only_tables_compared() -> None:
    then = passport.of(saved.changed())
    scenario, told = reopen.shown(then)
    assert scenario == from_preset("mirror-5")
    assert "newer date" in told[0]
    assert reopen.told(then, saved.of("mirror-5")) == []
    stale = tuple({**row, "sha256": "0"} for row in then.sources)
    told = reopen.told(dataclasses.replace(then, sources=stale), saved.of("mirror-5"))
    assert "The table “Control maps: DeepState” has changed since." in told
    assert all("changed since" in text for text in told)


def test_a_map_from_a_file_has_to_be_given_again() -> None:
    asked = from_preset("mirror-5", ukraine_km=7).changed(source=LINKED, date=dt.date(2025, 12, 10))
    scenario, told = reopen.answerable(asked)
    assert scenario == from_preset("mirror-5", ukraine_km=7, date=dt.date(2025, 12, 13))
    assert "10 December 2025 came from somebody’s file" in told[0]
    assert "13 December 2025 by DeepState stands in" in told[0]


def test_a_date_that_is_not_here_is_told() -> None:
    asked = from_preset("mirror-5", date=dt.date(2025, 12, 20), source="owl")
    scenario, told = reopen.answerable(asked)
    assert scenario.date == control.nearest_date("owl", asked.date)
    assert scenario.source == "owl"
    assert "20 December 2025 by Owl is not here" in told[0]
    assert reopen.answerable(scenario) == (scenario, [])
