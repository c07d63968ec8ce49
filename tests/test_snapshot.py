"""What is on screen: its letters and its sources."""

from __future__ import annotations

import datetime as dt
import html
import json
from pathlib import Path

import pytest
import shapely

from geo import control, credit, crs, export, scenario, webpage, words
from geo.impact import LOADED
from geo.paper import PICTURES
from geo.snapshot import Snapshot, view_of
from tests import saved


def test_only_what_is_compared_has_letters() -> None:
    assert [letter for letter, _answer in saved.drawn().lettered] == [""]
    compared = saved.compared()
    assert [letter for letter, _answer in compared.lettered] == ["A", "B", "C"]
    assert tuple(answer for _letter, answer in compared.lettered) == compared.answers


def test_every_source_is_named_once() -> None:
    one = [(row["id"], row["as_of"]) for row in saved.drawn().sources]
    assert one == [(row["id"], row["as_of"]) for row in saved.drawn().first.sources]
    three = [(row["id"], row["as_of"]) for row in saved.compared().sources]
    assert three == [*one, ("control_owl", "2025-12-14")]
    assert LOADED not in dict(three)


def test_a_change_rests_on_both_maps_and_on_what_is_counted_in_it() -> None:
    named = [(row["id"], row["as_of"]) for row in saved.changed().sources]
    assert named[:2] == [("control_deepstate", "2024-12-01"), ("control_deepstate", "2025-12-14")]
    assert {name for name, _as_of in named[2:]} == {
        *("oblasts", "hromadas", "towns", "lakes", "settlements")
    }


@pytest.mark.parametrize("kind", ["drawn", "compared", "changed"])
def test_every_file_tells_the_same_notes_and_sources(kind: str) -> None:
    """The notes and the tables behind a figure do not depend on the kind of file."""
    snapshot: Snapshot = getattr(saved, kind)()
    assert snapshot.warnings
    names = {row["title"] for row in snapshot.sources}
    document = json.loads(export.to_bytes(snapshot, "geojson"))
    assert document["warnings"] == list(map(str, snapshot.warnings))
    assert {row["title"] for row in document["sources"]} == names
    page = html.unescape(webpage.html(snapshot).decode())
    kml = html.unescape(export.to_bytes(snapshot, "kml").decode())
    for text in map(str, snapshot.warnings):
        assert words.sentence(text) in page
        assert text in kml
    for name in names:
        assert name in page
    parts = credit.notes(snapshot)[0]
    assert all(str(text) in parts for text in snapshot.warnings)


def test_no_file_tells_where_a_map_lay_or_by_which_name_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = control.load(dt.date(2025, 12, 14), "deepstate")
    file = tmp_path / "map-20251214.geojson"
    degrees = crs.to_degrees(ground.held)
    file.write_text(json.dumps(shapely.geometry.mapping(degrees)), "utf-8")
    asked = scenario.default().changed(source=str(file))
    from_file = Snapshot(answers=(saved.answer(asked),))
    held = control.hold(from_file.first.control)
    try:
        loaded = Snapshot(answers=(saved.answer(asked.changed(source=held)),))
        monkeypatch.setattr(saved.figure, "render", lambda *_args, **_kwargs: saved.PIXEL)
        for name in export.FORMATS:
            if name in PICTURES:
                continue
            for snapshot in (from_file, loaded):
                content = export.to_bytes(snapshot, name)
                assert str(tmp_path).encode() not in content, name
                assert control.LOADED.encode() not in content, name
                assert str(tmp_path) not in export.file_name(snapshot, name)
    finally:
        control.release(held)


def test_the_map_of_a_view_lies_within_ukraine_and_around() -> None:
    west, south, east, north = view_of(36.0, 47.0, 38.0, 49.0) or (0.0,) * 4
    assert crs.to_degrees(shapely.Point(west, south)).x == pytest.approx(36, abs=0.1)
    assert (east - west) / 1000 == pytest.approx(151, abs=3)
    assert (north - south) / 1000 == pytest.approx(222, abs=3)
    assert view_of(36.0, 47.0, 36.0, 49.0) is None
    assert view_of(-80.0, 10.0, 36.0, 49.0) is None
    assert view_of(36.0, 47.0, 38.0, 80.0) is None
