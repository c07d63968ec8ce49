"""The scenario as a folium map: what is written, and that nothing in it can run."""

from __future__ import annotations

import json
import re

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import certainty, control, crs, scenario, webmap
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.style import THEMES, ThemeName

BAD = "& < > \" ' $ { } \\ `"


def answer(**changes: object) -> Impact:
    question = scenario.default().changed(**changes)
    ground = control.load(question.date, question.source)
    return assess(pull_back(ground, question), ground, question)


@pytest.fixture(scope="module")
def default() -> Impact:
    return answer()


def page(impact: Impact, theme: ThemeName = "light") -> str:
    chart = webmap.base_map(theme, leaflet_url="vendor", base_url="base.js")
    for group in webmap.layers(impact):
        group.add_to(chart)
    return str(chart.get_root().render())


@given(st.text())
def test_clean_text_leaves_nothing_that_can_run(text: str) -> None:
    clean = webmap.clean_text(text)
    assert not set(clean) & set("<>\"'${}\\`")
    assert re.sub(r"&(amp|lt|gt|quot|#\d+);", "", clean).count("&") == 0


def test_clean_text_keeps_what_is_harmless() -> None:
    text = "Лиман – 5 km², “illustrative” (14.12.2025)"
    assert webmap.clean_text(text) == text
    assert webmap.clean_text(12.5) == "12.5"


def test_clean_text_writes_references() -> None:
    assert webmap.clean_text(BAD) == (
        "&amp; &lt; &gt; &quot; &#39; &#36; &#123; &#125; &#92; &#96;"
    )


def test_base_map_is_the_same_every_time() -> None:
    """Else streamlit-folium would build the map anew at every step of a slider."""
    texts = {
        re.sub(r"[0-9a-f]{32}", "", str(webmap.base_map("light").get_root().render()))
        for _ in range(2)
    }
    assert len(texts) == 1


def test_base_script_holds_the_unchanging_ground() -> None:
    text = webmap.base_script().decode()
    ground = text[text.index("{") : text.index("};") + 1]
    base = json.loads(ground)
    assert set(base) == {
        "neighbours",
        "oblasts",
        "oblast_lines",
        "oblast_names",
        "border",
        "lakes",
        "rivers",
        "railways",
        "towns",
    }
    sizes = [town[3] for town in base["towns"]]
    assert sizes == sorted(sizes, reverse=True)
    assert {"Kyiv", "Donetsk", "Kramatorsk"} <= {town[0] for town in base["towns"]}
    assert len(webmap.base_script()) < 1_500_000


def test_without_addresses_the_page_stands_alone() -> None:
    text = str(webmap.base_map("dark").get_root().render())
    assert "window.pullbackAtlasBase" in text
    assert "leaflet.js" in text
    assert "jquery" not in text
    assert "bootstrap" not in text


@pytest.mark.parametrize("theme", list(THEMES))
def test_layers_draw_who_held_what_and_both_zones(default: Impact, theme: ThemeName) -> None:
    text = page(default, theme)
    for kind in ("held", "line", "ukraine", "russia", "extent"):
        assert text.count(f'pullbackAtlas.ground("{kind}"') == 1
    assert "ukraine-left" not in text
    assert THEMES[theme].water in text
    assert "14 December 2025" in text
    assert "illustrative" in text
    assert len(text) < 400_000


def test_places_left_are_told_from_the_pullback() -> None:
    text = page(answer(ukraine_leaves=("Kramatorskyi Raion",), ukraine_km=5.0))
    assert 'ground("ukraine"' in text
    assert 'ground("ukraine-left"' in text
    assert "Ukraine leaves" in text


def test_the_whole_line_has_no_outline_and_nothing_is_drawn_at_nought() -> None:
    text = page(answer(extent="all", ukraine_km=0.0, russia_km=0.0))
    assert 'ground("extent"' not in text
    assert 'ground("ukraine"' not in text
    assert "Ukraine pulls back" not in text


def test_braces_in_a_title_are_no_template(default: Impact) -> None:
    hostile = "{{ 7 * 7 }} ${alert(1)} `</script><img src=x onerror=alert(1)>"
    object.__setattr__(default.control, "title", hostile)
    try:
        text = page(default)
    finally:
        object.__setattr__(default.control, "title", control.SOURCES["deepstate"])
    assert "49 " not in text
    assert "${alert" not in text
    assert "<img" not in text


def test_two_assessors_are_told_apart_on_the_map(default: Impact) -> None:
    other = control.load(default.control.date, "owl")
    differ = certainty.dispute(default.control, other)
    chart = webmap.base_map("light", leaflet_url="vendor", base_url="base.js")
    for group in webmap.layers(default, other=(other, differ)):
        group.add_to(chart)
    text = str(chart.get_root().render())
    for kind in ("dispute", "dispute-other", "line", "line-other", "held"):
        assert text.count(f'pullbackAtlas.ground("{kind}"') == 1
        assert f'["{kind}", ' in text
    for label in ("Line of contact, DeepState", "Line of contact, Owl"):
        assert label in text
    first = differ.ground.set_index("held_by").geometry["DeepState"]
    drawn = re.search(r'ground\("dispute", (\{.*?\}), ""\)', text)
    assert drawn is not None
    shape = crs.to_metres(shapely.from_geojson(drawn[1]))
    assert shape.area == pytest.approx(first.area, rel=0.02)
    assert "DeepState and Owl, 14 December 2025" in text
    assert "dispute" not in page(default)


def test_drawings_bring_their_zones_and_the_scenario_steps_back(default: Impact) -> None:
    line = '{"coordinates":[[37.0,48.2],[37.7,49.0]],"type":"LineString"}'
    found = answer(extent="all", line=line)
    bad = "${alert(1)}`</script><b>"
    chart = webmap.base_map("light", leaflet_url="vendor", base_url="base.js", tools=True)
    for group in webmap.layers(default, drawn=[(bad, found), ("Other", found)]):
        group.add_to(chart)
    html = str(chart.get_root().render())
    calls = re.findall(r'pullbackAtlas.ground\("([a-z-]+)"', html)
    assert calls.count("ukraine-drawn") == calls.count("russia-drawn") == 2
    assert calls.count("ukraine-edge") == calls.count("russia-edge") == 1
    assert "ukraine" not in calls
    assert bad not in html
    assert "alert(1)}" not in html


def test_the_tools_come_with_the_scripts_they_need() -> None:
    with_tools = str(webmap.base_map(leaflet_url="vendor", tools=True).get_root().render())
    assert "vendor/leaflet.draw.js" in with_tools
    assert "vendor/leaflet.draw.css" in with_tools
    assert "Draw an area" in with_tools
    assert "leaflet.draw.js" not in str(webmap.base_map(leaflet_url="v").get_root().render())
    assert "cdnjs" in str(webmap.base_map(tools=True).get_root().render())


def test_a_line_given_is_on_the_map() -> None:
    line = '{"coordinates":[[37.0,48.2],[37.7,49.0]],"type":"LineString"}'
    html = page(answer(extent="all", line=line))
    assert 'pullbackAtlas.ground("drawn"' in html
    assert "Line drawn" in html
