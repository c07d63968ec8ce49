"""Kept results: there while what they rest on is, and gone with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import gc
import json
import threading
import weakref
from concurrent.futures import Future

import numpy as np
import pytest
import shapely

from data.errors import InputError
from geo import certainty, control, curve, impact, keeping, pullback, scenario, webmap
from geo.keeping import kept
from pages import later
from tests.waiting import done

DAY = dt.date(2025, 11, 30)


def test_a_result_is_worked_out_once_and_the_oldest_goes() -> None:
    asked: list[int] = []

    @kept(2)
    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    assert [double(n) for n in (1, 2, 1, 3, 1, 2)] == [2, 4, 2, 6, 2, 4]
    assert asked == [1, 2, 3, 2]
    assert double.cache_info() == (2, 4, 2, 2)
    double.cache_clear()
    assert double.cache_info() == (0, 0, 2, 0)


def test_only_what_rests_on_a_thing_is_forgotten() -> None:
    @kept(9)
    def of(*things: object) -> object:
        return object()

    own = scenario.make(date=DAY, source="loaded-x")
    other = scenario.make(date=DAY, source="owl")
    asked = [(own,), (1, ("a", own)), ("loaded-x", 2), (other,), ("loaded-xy",)]
    before = [of(*things) for things in asked]
    keeping.forget("loaded-x")
    assert [of(*things) is known for things, known in zip(asked, before, strict=True)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_what_is_still_being_worked_out_is_not_kept_when_it_comes_too_late() -> None:
    begun, go_on = threading.Event(), threading.Event()

    @kept(9)
    def slow(name: str) -> object:
        begun.set()
        go_on.wait(5)
        return object()

    thread = threading.Thread(target=slow, args=("loaded-x",))
    thread.start()
    begun.wait(5)
    keeping.forget("loaded-x")
    go_on.set()
    thread.join()
    assert slow.cache_info().currsize == 0


def test_work_that_goes_on_after_a_thing_is_gone_keeps_nothing_until_it_is_back() -> None:
    @kept(9)
    def of(*things: object) -> object:
        return object()

    keeping.forget("loaded-z")
    own = scenario.make(date=DAY, source="loaded-z")
    assert of(own) is not of(own)
    assert of("other") is of("other")
    keeping.admit("loaded-z")
    assert of(own) is of(own)


def a_map() -> control.ControlMap:
    """An invented control map with a front of its own."""
    return control.derive(
        np.array([shapely.box(150_000, -60_000, 400_000, 100_000)]),
        source="file",
        title="Invented",
        date=DAY,
    )


def test_a_loaded_map_is_known_by_its_id_alone() -> None:
    source = control.hold(a_map())
    other = control.hold(a_map())
    assert source != other
    assert len(source) > len(control.LOADED) + 12
    assert control.load(DAY, source).title == control.title_of(source) == "Invented"
    assert control.dates(source) == [DAY]
    with pytest.raises(InputError, match="is a map of 30 November 2025, not of 29 November 2025"):
        control.load(DAY - dt.timedelta(1), source)
    held = control.load(DAY, source)
    control.release(source)
    for ask in (
        lambda: control.load(DAY, source),
        lambda: control.title_of(source),
        lambda: control.dates(source),
    ):
        with pytest.raises(InputError, match="no longer here; load it again"):
            ask()
    # Whoever has it may come back with it, under the same id.
    assert control.hold(held) == source
    control.release(source)
    control.release(source)
    control.release(other)


def test_a_loaded_map_is_in_no_link() -> None:
    source = control.hold(a_map())
    asked = scenario.make(date=DAY, source=source, ukraine_km=3)
    link = asked.to_query()
    assert source not in json.dumps(link)
    opened, complaints = scenario.from_query(link)
    assert opened.source == "deepstate"
    assert "load the file again" in " ".join(complaints)
    # Nor does it open for somebody who has seen the id.
    opened, complaints = scenario.from_query(link | {"source": source})
    assert opened.source == "deepstate"
    assert "load the file again" in complaints[0]
    control.release(source)


def test_a_large_area_is_in_no_link() -> None:
    circle = shapely.Point(37.5, 48.5).buffer(0.5, quad_segs=2000)
    area = scenario.area_from_geojson(json.loads(shapely.to_geojson(circle)))
    assert len(area) > scenario.LONGEST_LINKED_AREA
    link = scenario.make(date=DAY, extent="area", area=area).to_query()
    assert sum(map(len, link.values())) < 200
    _opened, complaints = scenario.from_query(link)
    assert any("too many corners for a link" in text for text in complaints)


def test_memory_comes_back_when_a_loaded_map_goes() -> None:
    """Everything that the pages work out of a map, and the area it is cut to, is let go of."""
    area = scenario.area_from_geojson(
        json.loads(shapely.to_geojson(shapely.box(37.0, 47.5, 38.5, 48.6)))
    )
    source = control.hold(a_map())
    asked = scenario.make(
        date=DAY,
        source=source,
        ukraine_km=6,
        russia_km=6,
        ukraine_leaves=("Donetsk Oblast",),
        extent="area",
        area=area,
    )
    ground = control.load(DAY, source)
    found = impact.assess(pullback.pull_back(ground, asked), ground, asked)
    assert found.sides["area_km2"].min() > 0
    webmap.layers(found)
    certainty.sensitivity(found)
    certainty.dispute(ground, control.load(dt.date(2025, 12, 1), "deepstate"))
    curve.curve(ground, asked)
    name = ("disputed", asked.model_dump_json())
    later.begin(name, functools.partial(dataclasses.replace, found))
    done(name)
    watched = [weakref.ref(each) for each in (ground, found, found.zones)]
    sizes = {each: each.cache_info().currsize for each in keeping._all}
    control.release(source)
    keeping.forget(area)
    later.forget(source)
    del ground, found
    gc.collect()
    assert [each() for each in watched] == [None, None, None]
    grown = {each.name for each, size in sizes.items() if each.cache_info().currsize < size}
    assert {
        "_zone",
        "_band",
        "_ground",
        "_inside",
        "_settlements_away",
        "extent_geometry",
    } <= grown
    assert {"_control_json", "_extent", "_sensitivity", "_moved", "dispute", "_curve"} <= grown
    assert later.found(name) == (None, None)


def test_what_was_measured_in_an_area_goes_with_the_area() -> None:
    """On a bundled map, nothing else would take it out."""
    shape = shapely.box(37.25, 47.75, 38.25, 48.75)
    area = scenario.area_from_geojson(json.loads(shapely.to_geojson(shape)))
    asked = scenario.default().changed(extent="area", area=area)
    ground = control.load(asked.date, asked.source)
    impact._inside.cache_clear()
    impact.assess(pullback.pull_back(ground, asked), ground, asked)
    assert impact._inside.cache_info().currsize == 2
    keeping.forget(area)
    assert impact._inside.cache_info().currsize == 0
    keeping.admit(area)


def test_work_that_was_given_up_is_as_if_it_had_not_been_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_up: Future[int] = Future()
    assert given_up.cancel()
    # As `found` meets it that looked for the work just before `forget` took it out.
    monkeypatch.setitem(later._works, "given up", given_up)
    assert later.found("given up") == (None, None)


def test_work_that_was_begun_for_an_area_is_forgotten_by_its_text() -> None:
    area = '{"coordinates":[[[37.0,48.0]]],"type":"Polygon"}'
    mine = ("beside", scenario.make(date=DAY, extent="area", area=area).model_dump_json())
    other = ("beside", scenario.make(date=DAY).model_dump_json())
    for name in (mine, other):
        later.begin(name, lambda: 1)
        done(name)
    later.forget(area)
    assert later.found(mine) == (None, None)
    assert later.found(other) == (1, None)
