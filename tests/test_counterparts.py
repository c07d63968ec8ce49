"""What a scenario stands beside, and both in one link."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from data.errors import InputError
from geo import control, counterparts, scenario
from geo.counterparts import ASSESSOR, DATE, MIRROR
from geo.scenario import Scenario

DEFAULT = scenario.default()
AREA = json.dumps({"type": "Polygon", "coordinates": [[[37, 48], [38, 48], [38, 49], [37, 48]]]})


def test_the_other_assessor_has_the_same_question() -> None:
    assert counterparts.counterpart(DEFAULT, ASSESSOR) == DEFAULT.changed(source="owl")
    back = counterparts.counterpart(DEFAULT.changed(source="owl"), ASSESSOR)
    assert back == DEFAULT


def test_without_a_map_of_the_date_there_is_no_other_assessor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"deepstate": control.dates("deepstate"), "owl": control.dates("owl")[:-40]}
    monkeypatch.setattr(control, "dates", known.__getitem__)
    assert counterparts.counterpart(DEFAULT, ASSESSOR) is None
    other = counterparts.most_interesting(DEFAULT)
    assert counterparts.kind_of(DEFAULT, other) == DATE


def test_the_other_date_is_a_year_before_the_newest_else_the_newest() -> None:
    before = counterparts.counterpart(DEFAULT, DATE)
    assert before is not None
    assert before == DEFAULT.changed(date=before.date)
    assert abs((DEFAULT.date - before.date).days - 365) < 60
    assert counterparts.counterpart(before, DATE) == DEFAULT


def test_the_mirror_swaps_distances_and_places() -> None:
    asked = scenario.from_preset("buffer-28").changed(ukraine_km=3)
    mirrored = counterparts.counterpart(asked, MIRROR)
    assert mirrored is not None
    assert (mirrored.ukraine_km, mirrored.russia_km) == (0, 3)
    assert mirrored.russia_leaves == ("Donetsk Oblast",)
    assert mirrored.ukraine_leaves == asked.russia_leaves
    assert counterparts.counterpart(mirrored, MIRROR) == asked


def test_there_is_no_mirror_where_both_do_the_same() -> None:
    assert counterparts.counterpart(DEFAULT, MIRROR) is None


@pytest.mark.parametrize("preset", list(scenario.presets()))
def test_something_else_stands_beside_every_proposal(preset: str) -> None:
    asked = scenario.from_preset(preset)
    other = counterparts.most_interesting(asked)
    assert other != asked
    if asked.ukraine_km != asked.russia_km or asked.ukraine_leaves != asked.russia_leaves:
        assert counterparts.kind_of(asked, other) == MIRROR


def test_what_is_beside_a_standstill_moves() -> None:
    other = counterparts.most_interesting(scenario.from_preset("freeze"))
    assert (other.ukraine_km, other.russia_km) == (5, 5)
    assert counterparts.kind_of(scenario.from_preset("freeze"), other) is None


def test_a_map_from_a_file_has_something_beside_it() -> None:
    of_file = DEFAULT.changed(source="mine.geojson")
    assert counterparts.counterpart(of_file, DATE) is None
    assert counterparts.most_interesting(of_file).source in control.SOURCES
    lonely = of_file.changed(date=dt.date(2020, 1, 1))
    assert counterparts.most_interesting(lonely) != lonely


_scenarios = some.builds(
    Scenario,
    date=some.sampled_from(control.dates("owl")[-20:]),
    source=some.just("owl"),
    ukraine_km=some.integers(0, 80).map(lambda half: half / 2),
    russia_km=some.integers(0, 80).map(lambda half: half / 2),
    ukraine_leaves=some.sampled_from([(), ("Donetsk Oblast",)]),
    russia_leaves=some.sampled_from([(), ("Kharkiv Oblast", "Sumy Oblast")]),
    extent=some.sampled_from(["all", "Donetsk Oblast", "Pokrovskyi Raion"]),
)


@settings(max_examples=60, deadline=None)
@given(first=_scenarios, other=_scenarios)
def test_a_link_says_what_stands_beside(first: Scenario, other: Scenario) -> None:
    text = counterparts.pack(first, other)
    assert counterparts.unpack(first, text) == (other, [])
    if first == other:
        assert text == counterparts.SAME


def test_a_drawn_area_comes_and_goes() -> None:
    # As a link writes it: its corners rounded.
    drawn, _none = scenario.from_query(DEFAULT.changed(extent="area", area=AREA).to_query())
    assert drawn.extent == "area"
    for one, other in ((DEFAULT, drawn), (drawn, DEFAULT)):
        text = counterparts.pack(one, other)
        assert counterparts.unpack(one, text) == (other, [])


def test_four_fit_into_a_short_link() -> None:
    asked = scenario.from_preset("buffer-28")
    others = [counterparts.counterpart(asked, kind) for kind in counterparts.KINDS]
    packed = {str(at): counterparts.pack(asked, other) for at, other in enumerate(others) if other}
    assert len(packed) == 3
    assert len(urlencode(asked.to_query() | packed)) < 1000
    assert counterparts.pack(DEFAULT, DEFAULT.changed(source="owl")) == "source~owl"


def test_a_value_may_hold_the_mark_between_parts() -> None:
    assert counterparts._escaped("no~body%") == "no%7Ebody%25"
    _scenario, complaints = counterparts.unpack(DEFAULT, "source~no%7Ebody%25")
    assert any("'no~body%'" in text for text in complaints)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source~nobody", "there is no source called"),
        ("ukraine~99", "0 to 40 km"),
        ("date~soon", "as YYYY-MM-DD"),
        ("extent~Atlantis", "Atlantis"),
        ("colour~red", "a scenario has no part 'colour'"),
    ],
)
def test_a_damaged_part_is_said_and_the_rest_counts(text: str, words: str) -> None:
    found, complaints = counterparts.unpack(DEFAULT, f"{text}~russia~7")
    assert found.russia_km == 7
    assert len(complaints) == 1
    assert words in complaints[0]


@pytest.mark.parametrize("text", ["", "source", "source~owl~ukraine", "~" * 9000])
def test_what_is_no_link_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="copy the link again"):
        counterparts.unpack(DEFAULT, text)


def test_another_reader_of_links_may_be_given() -> None:
    seen = []

    def read(query: object) -> tuple[Scenario, list[str]]:
        seen.append(query)
        return DEFAULT, []

    counterparts.unpack(DEFAULT, "source~owl", read=read)
    assert seen == [DEFAULT.to_query() | {"source": "owl"}]
