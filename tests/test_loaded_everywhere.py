"""A map that somebody loaded beside the bundled ones: what stands beside it, and what is let go."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import gc
import itertools
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shapely
import streamlit as st

from data.errors import InputError
from geo import (
    certainty,
    compare,
    control,
    counterparts,
    drawing,
    explain,
    impact,
    keeping,
    pullback,
    scenario,
    timeline,
    timeline_chart,
    webmap,
)
from geo.control import ControlMap
from geo.counterparts import ASSESSOR, DATE
from geo.drawing import Drawing
from geo.impact import Impact
from geo.scenario import Scenario
from geo.style import LIGHT
from pages import compared, ground, later, loaded, moments, question
from pages.loaded import Loaded
from tests.invented import control_map
from tests.waiting import done

DAY = dt.date(2025, 11, 10)
NEAREST = dt.date(2025, 11, 1)
ASKED = scenario.from_preset("mirror-5")
SINCE = moments.Asked(ASKED.date)
AREA = Drawing("area", "Pocket", ((36.8, 48.0), (37.8, 48.0), (37.8, 48.7), (36.8, 48.7)), 4, 8)
LINE = Drawing("line", "River", ((37.2, 47.6), (37.3, 48.3), (37.6, 49.0)), 6, 3)
CROSSED = Drawing("area", "Bow", ((37.0, 48.0), (38.0, 49.0), (38.0, 48.0), (37.0, 49.0)), 5, 5)


def invented(date: dt.date = DAY, title: str = "Mine") -> ControlMap:
    """Held ground 10 km by 10 km, more or less."""
    made = control_map(shapely.box(200e3, 100e3, 300e3, 200e3))
    return dataclasses.replace(made, date=date, title=title)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A session's state and shelf, as Streamlit would keep them; nothing of it is left behind."""
    state: dict[str, Any] = {"drawings": (), "scenario": ASKED}
    shelf: set[str] = set()
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(loaded, "_shelf", lambda: shelf)
    yield state
    loaded._let_go(shelf)


def on(mine: Loaded, asked: Scenario = ASKED) -> Scenario:
    return asked.changed(source=mine.id, date=loaded.maps()[mine.id].date)


# What stands beside it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "nearest"),
    [
        (DAY, NEAREST),
        (dt.date(2025, 11, 1), dt.date(2025, 11, 1)),
        (dt.date(2014, 3, 1), dt.date(2024, 8, 1)),
        (dt.date(2030, 1, 1), control.dates("deepstate")[-1]),
    ],
)
def test_the_bundled_map_nearest_in_date_stands_beside_a_loaded_one(
    session: dict[str, Any], date: dt.date, nearest: dt.date
) -> None:
    mine = loaded.add_map(invented(date))
    assert control.beside(date, mine.id) == (nearest, "deepstate")
    other = counterparts.counterpart(on(mine), ASSESSOR)
    assert other == ASKED.changed(date=nearest, source="deepstate")
    assert counterparts.counterpart(on(mine), DATE) is None
    assert counterparts.most_interesting(on(mine)) == other


def test_beside_a_bundled_map_stands_that_of_its_date() -> None:
    assert control.beside(NEAREST, "deepstate") == (NEAREST, "owl")
    assert control.beside(NEAREST, "owl") == (NEAREST, "deepstate")
    assert control.beside(dt.date(2020, 1, 1), "owl") is None


def test_the_other_answer_is_that_of_the_nearest_map_and_says_its_date(
    session: dict[str, Any],
) -> None:
    west, south, east, north = control.load(NEAREST, "deepstate").held.bounds
    held = shapely.box((west + east) / 2, south, east, north)
    mine = loaded.add_map(
        control.derive(
            shapely.get_parts(held), source="file", title="Mine", date=DAY, abroad=shapely.Polygon()
        )
    )
    found = question.answer(on(mine))
    beside = question.beside(found)
    theirs = question.answer(ASKED.changed(date=NEAREST))
    assert beside.other_title == "DeepState"
    assert beside.other is not None
    assert beside.other.equals(theirs.sides)
    told = dict(beside.account)["The other assessor"]
    assert told[0] == (
        "DeepState has no map of 10 November 2025; the nearest in date is that of 1 November 2025."
    )
    assert question.told_beside(on(mine)) == (
        "Beside the figures: DeepState’s map of 1 November 2025, the nearest in date."
    )
    assert question.told_beside(ASKED) == ""
    same = explain.account(theirs, other=certainty.other_answer(theirs.scenario))
    assert not any("nearest in date" in text for text in dict(same)["The other assessor"])


def test_a_map_from_long_ago_has_none_beside_it_and_that_is_said(session: dict[str, Any]) -> None:
    first = control.dates("deepstate")[0]
    for days, is_near in ((certainty.NEAR_DAYS, True), (certainty.NEAR_DAYS + 1, False)):
        mine = loaded.add_map(invented(first - dt.timedelta(days)))
        assert (certainty.other_question(on(mine)) is not None) == is_near
        assert ("No bundled map" in question.told_beside(on(mine))) != is_near
    assert certainty.other_answer(on(mine)) is None


def test_both_is_for_the_bundled_ones(session: dict[str, Any]) -> None:
    mine = loaded.add_map(invented(NEAREST))
    assert question.has_other(ASKED)
    assert not question.has_other(on(mine))


# In a link ---------------------------------------------------------------------------------------


def test_a_link_of_a_comparison_finds_the_map_again_in_its_session(session: dict[str, Any]) -> None:
    mine = loaded.add_map(invented())
    other = on(mine).changed(ukraine_km=9)
    for first, second in ((ASKED, other), (other, ASKED), (on(mine), other)):
        text = counterparts.pack(first, second)
        assert mine.id not in text
        assert counterparts.unpack(first, text, read=loaded.open_query) == (second, [])


def test_elsewhere_the_link_says_that_the_map_is_in_no_link(session: dict[str, Any]) -> None:
    mine = loaded.add_map(invented())
    query = {"b": counterparts.pack(ASKED, on(mine).changed(ukraine_km=9))}
    session.pop("loaded")
    (other,), said = compared._from_query(query, ASKED)
    assert (other.source, other.ukraine_km) == ("deepstate", 9)
    assert said == [
        "Scenario B: Left out of the link: a control map from a file is in no link; load the file "
        "again."
    ]


@pytest.mark.parametrize("drawn", [AREA, LINE])
def test_a_link_of_a_comparison_holds_a_drawing(session: dict[str, Any], drawn: Drawing) -> None:
    session["drawings"], _said = drawing.unpack(drawing.pack((drawn,)))
    asked = ground.ask(ASKED, "drawn-0")
    assert (asked.ukraine_km, asked.russia_km) == (drawn.ukraine_km, drawn.russia_km)
    text = counterparts.pack(ASKED, asked)
    back, complaints = counterparts.unpack(ASKED, text, read=loaded.open_query)
    assert complaints == []
    assert ground.key_of(back) == "drawn-0"
    assert ground.name_of(back) == drawn.name
    assert back == asked


def an_area(west: float = 37) -> Loaded:
    return loaded.add_area("Zone", np.array([shapely.box(west, 48, 38, 49)]))


def test_a_loaded_area_is_in_no_link_however_small(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    area = an_area()
    session |= {"scenario": ground.ask(ASKED, area.id), "settled": True, "both": False}
    session |= {"chosen": None, "drawings_n": 0}
    written: dict[str, str] = {}
    bar = SimpleNamespace(to_dict=dict, from_dict=written.update)
    monkeypatch.setattr(st, "query_params", bar)
    question.write_link()
    assert written["extent"] == "loaded"
    assert "area" not in written
    # In its session the link finds it again; elsewhere it says what it lacks.
    assert loaded.open_query(written) == (session["scenario"], [])
    found, complaints = scenario.from_query(written)
    assert found.area is None
    assert len(complaints) == 1
    assert "came from a file" in complaints[0]


def test_a_loaded_area_is_in_no_link_of_a_comparison(session: dict[str, Any]) -> None:
    asked = [ASKED, *(ground.ask(ASKED, an_area(west).id) for west in (37, 37.5))]
    drawn, _said = scenario.from_query(AREA.to_scenario(ASKED).to_query())
    packed = [each.to_query()["area"] for each in asked[1:]]
    assert packed[0] in counterparts.pack(ASKED, asked[1])
    for first, second in itertools.product([*asked, drawn], repeat=2):
        text = counterparts.pack(first, second, own=loaded.own_areas())
        assert not any(each in text for each in packed)
        if second != asked[1] or first == second:  # Of several, the link finds the last.
            back, said = counterparts.unpack(first, text, read=loaded.open_query)
            assert (back, said) == (second, [])


# Names -------------------------------------------------------------------------------------------


def test_what_is_drawn_and_loaded_is_offered_by_names_that_differ(session: dict[str, Any]) -> None:
    session["drawings"] = (AREA, CROSSED, dataclasses.replace(LINE, name="Pocket"))
    area = loaded.add_area("Pocket", np.array([shapely.box(37, 48, 38, 49)]))
    assert ground.offered() == {
        "drawn-0": "Pocket · drawn",
        "drawn-2": "Pocket · drawn (2)",
        area.id: "Pocket · your file",
    }
    one, other = (
        loaded.add_map(invented(title="DeepState")),
        loaded.add_map(invented(title="DeepState")),
    )
    assert loaded.names() == {
        one.id: "DeepState · your file",
        other.id: "DeepState · your file (2)",
    }


def test_the_ground_of_a_scenario_is_known_whatever_its_distances(session: dict[str, Any]) -> None:
    session["drawings"] = (AREA, LINE)
    area = loaded.add_area("Zone", np.array([shapely.box(37, 48, 38, 49)]))
    assert ground.key_of(ASKED) is None
    assert ground.key_of(LINE.to_scenario(ASKED).changed(ukraine_km=1)) == "drawn-1"
    assert ground.key_of(ground.ask(LINE.to_scenario(ASKED), area.id)) == area.id
    session["drawings"] = ()
    assert ground.key_of(AREA.to_scenario(ASKED)) == ground.OTHER
    with pytest.raises(InputError, match="is gone"):
        ground.ask(ASKED, "drawn-0")


# Taken away --------------------------------------------------------------------------------------


def test_what_rests_on_a_map_falls_back_and_says_so(session: dict[str, Any]) -> None:
    mine, other = loaded.add_map(invented()), loaded.add_map(invented(title="Other"))
    area = loaded.add_area("Zone", np.array([shapely.box(37, 48, 38, 49)]))
    cut = ground.ask(on(other), area.id)
    session |= {
        "scenario": on(mine),
        "asked_before": on(mine),
        "compared": (on(mine, ASKED.changed(ukraine_km=9)), on(mine), cut, ASKED),
        "compared_of": None,
        "time-loaded": moments.Stop(DAY, mine.id),
    }
    for page in (question, compared, moments):
        page.let_go(mine)
    loaded.remove(mine)
    bundled = ASKED.changed(date=NEAREST)
    told = "Mine was taken away: DeepState’s map of 1 November 2025 stands in its place."
    assert session["scenario"] == session["asked_before"] == bundled
    assert session["complaints"] == [told]
    # Beside itself a scenario would say nothing.
    swapped = bundled.changed(source="owl")
    assert session["compared"] == (bundled.changed(ukraine_km=9), swapped, cut, ASKED)
    assert session["compared_said"] == {1: [told], 2: [told.replace("DeepState", "Owl")]}
    assert "time-loaded" not in session
    for page in (question, compared, moments):
        page.let_go(area)
    loaded.remove(area)
    assert session["compared"][2] == on(other).changed(extent="all")
    assert session["compared_said"] == {
        3: ["Zone was taken away: the scenario now applies along the whole line."]
    }
    assert loaded.maps().keys() == {other.id}


def test_what_stood_beside_it_unasked_is_chosen_anew(session: dict[str, Any]) -> None:
    mine = loaded.add_map(invented())
    beside = counterparts.most_interesting(on(mine))
    session |= {"scenario": on(mine), "compared": (beside,), "compared_of": on(mine)}
    question.let_go(mine)
    compared.let_go(mine)
    assert session["scenario"] == beside
    assert session["compared"] == (beside.changed(source="owl"),)
    assert session["compared_of"] == beside


def test_nothing_of_a_map_is_left_when_it_is_taken_away(session: dict[str, Any]) -> None:
    """Comparison, change, picture, figures and the zones of drawings on it: all is let go of."""
    mine = loaded.add_map(control.load(NEAREST, "deepstate"))
    asked = on(mine)
    answers = [question.answer(each) for each in (asked, ASKED)]
    webmap.layers(answers[1], drawn=[("River", question.answer(LINE.to_scenario(asked)))])
    stop = moments.at(asked)
    session["time"] = moments.Asked(ASKED.date)
    changed = moments.found(asked, session["time"])
    assert changed is moments.found(asked, session["time"])
    assert not changed.is_none
    kept: list[Any] = [changed, *answers[:1], loaded.maps()[mine.id]]
    moments.own_frame(stop, "")
    assert moments.own_dots()[0].figures == moments.own_figures(stop, "")
    name = ("compared", asked, ASKED)
    later.begin(name, functools.partial(compare.compare, answers))
    done(name)
    kept.append(later.found(name)[0])
    watched = [weakref.ref(each) for each in kept]
    question.let_go(mine)
    moments.let_go(mine)
    loaded.remove(mine)
    del mine, kept, answers, changed
    gc.collect()
    assert [each() for each in watched] == [None] * 4
    assert later.found(name) == (None, None)
    assert not any(
        keeping.concerns(key, asked.source) for each in keeping._all for key in each._results
    )


def test_an_area_that_two_have_is_let_go_with_the_last(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = an_area()
    asked = ground.ask(ASKED, mine.id)
    first = question.answer(asked)
    with monkeypatch.context() as elsewhere:
        shelf: set[str] = set()
        elsewhere.setattr(st, "session_state", {"drawings": (), "scenario": ASKED})
        elsewhere.setattr(loaded, "_shelf", lambda: shelf)
        theirs = an_area()
        assert theirs.area == mine.area
        assert question.answer(asked) is first
        name = ("disputed", asked)
        later.begin(name, lambda: 1)
        done(name)
        # Taken away by one, then that session ends, which is told twice.
        loaded.remove(theirs)
        an_area()
        loaded._let_go(shelf)
        loaded._let_go(shelf)
    assert question.answer(asked) is first
    assert later.found(name) == (1, None)
    loaded.remove(mine)
    assert later.found(name) == (None, None)
    assert question.answer(asked) is not question.answer(asked)


def test_no_session_sees_the_map_of_another(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = loaded.add_map(invented())
    text = counterparts.pack(ASKED, on(mine))
    stranger: dict[str, Any] = {"drawings": (), "scenario": ASKED}
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(st, "session_state", stranger)
        elsewhere.setattr(loaded, "_shelf", set)
        assert (loaded.maps(), loaded.names(), ground.offered()) == ({}, {}, {})
        assert moments.own_dots() == []
        assert moments.stops(ASKED, SINCE) == [moments.Stop(day, "deepstate") for day in
                                        control.dates("deepstate")]  # fmt: skip
        found, _said = counterparts.unpack(ASKED, text, read=loaded.open_query)
        assert found.source == "deepstate"
    assert list(loaded.maps()) == [mine.id]


# Through time ------------------------------------------------------------------------------------


def test_a_loaded_map_is_a_stop_among_those_of_an_assessor(session: dict[str, Any]) -> None:
    mine = loaded.add_map(invented(NEAREST))
    assert moments.Stop(NEAREST, mine.id) not in moments.stops(ASKED, SINCE)
    session["time-loaded"] = moments.Stop(NEAREST, mine.id)
    stops = moments.stops(on(mine), SINCE)
    assert len(stops) == len(control.dates("deepstate")) + 1
    at = stops.index(moments.Stop(NEAREST, mine.id))
    assert stops[at - 1] == moments.Stop(NEAREST, "deepstate")
    # It is gone behind the page's back: the page goes on without it.
    control.release(mine.id)
    assert len(moments.stops(ASKED, SINCE)) == len(stops) - 1
    assert "time-loaded" not in session


@pytest.mark.parametrize("measure", timeline_chart.SHOWN)
def test_a_chart_has_a_dot_with_a_name(measure: str) -> None:
    import pandas as pd

    table = pd.DataFrame(
        {
            "date": [dt.date(2025, 1, 1), dt.date(2025, 12, 1)],
            "line_km": [900.0, 950.0],
            "kyiv_share": [0.4, 0.3],
        }
    )
    dots = [
        timeline_chart.Dot(title, date, {"line_km": 812.3, "kyiv_share": 0.5})
        for title, date in (("Early", dt.date(2024, 1, 1)), ("Mine", dt.date(2025, 11, 10)))
    ]
    spec = timeline_chart.through_time({"One": table}, measure, (), LIGHT, dots=dots)
    early, mine = spec["datasets"]["dots"]
    assert (early["source"], early["side"]) == ("Early", "left")
    # Near the end its name would run out of the picture.
    assert (mine["date"], mine["side"]) == ("2025-11-10", "right")
    assert mine["value"] == {"line_km": 812.3, "kyiv_share": 50.0}[measure]
    figure = {"line_km": "812 km", "kyiv_share": "50.0 %"}[measure]
    assert mine["told"] == f"Mine, 10 November 2025: {figure}"
    assert f"Mine, 10 November 2025: {figure}." in spec["description"]
    without = timeline_chart.through_time({"One": table}, measure, (), LIGHT)
    assert without["datasets"]["dots"] == []


def answered(made: ControlMap, asked: Scenario) -> Impact:
    return impact.assess(pullback.pull_back(made, asked), made, asked)


def test_a_loaded_map_is_compared_by_the_same_path() -> None:
    """Two squares, the second 10 km farther west: by hand, what only one of them holds."""
    one = control_map(shapely.box(200e3, 100e3, 300e3, 200e3))
    other = dataclasses.replace(control_map(shapely.box(190e3, 100e3, 300e3, 200e3)), title="Mine")
    found = timeline.changed(one, other)
    assert found.sides["area_km2"].to_dict() == pytest.approx(
        {"russia": 1000, "ukraine": 0}, rel=1e-3
    )
    asked = scenario.make(date=one.date, ukraine_km=5, russia_km=5)
    ground_of = compare.ground([answered(one, asked), answered(other, asked)])
    areas = ground_of.set_index(["side", "scenarios"])["area_km2"]
    # Strips of 5 km by 100 km that lie 10 km apart share nothing.
    for side in pullback.SIDES:
        assert areas[side, "A"] == pytest.approx(500, rel=0.01)
        assert areas[side, "B"] == pytest.approx(500, rel=0.01)
        assert areas[side, "AB"] == pytest.approx(0, abs=1)
