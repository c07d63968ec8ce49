"""The page that travels: what is in it, that none of it can run, that it is always the same."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from data.errors import InputError
from data.language import using
from geo import control, counterparts, link, passport, scenario, timeline, webpage, words
from geo.drawing import Drawing
from geo.impact import Impact, assess
from geo.pullback import pull_back
from geo.snapshot import Snapshot

HOSTILE = "<img src=x onerror=alert(1)>${alert(2)}`</script><!--'\"\\"
LARGEST = 3_000_000


def answer(**changes: object) -> Impact:
    question = scenario.default().changed(**changes)
    ground = control.load(question.date, question.source)
    return assess(pull_back(ground, question), ground, question)


def drawn(base: Impact, one: Drawing) -> tuple[Drawing, Impact]:
    question = one.to_scenario(base.scenario)
    return one, assess(pull_back(base.control, question), base.control, question)


@pytest.fixture(scope="module")
def default() -> Impact:
    return answer()


@pytest.fixture(scope="module")
def other() -> Impact:
    return answer(source="owl", ukraine_km=10.0)


@pytest.fixture
def hostile(default: Impact) -> Iterator[Impact]:
    """An answer in which every text that may come from a file is an attack."""
    settlements = default.settlements.assign(name_en=HOSTILE, name_uk=HOSTILE)
    title = default.control.title
    object.__setattr__(default.control, "title", HOSTILE)
    sources = ({**default.sources[0], "title": HOSTILE, "url": f"javascript:{HOSTILE}"},)
    yield dataclasses.replace(
        default, settlements=settlements, warnings=(HOSTILE,), sources=sources + default.sources[1:]
    )
    object.__setattr__(default.control, "title", title)


class Parts(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.text = ""
        self._open: dict[str, str] | None = None
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.tags.append((tag, known))
        if tag == "script":
            self.scripts.append((known, ""))
            self._open = known

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is None:
            self.text += data
        else:
            self.scripts[-1] = (self._open, self.scripts[-1][1] + data)

    @property
    def programs(self) -> list[str]:
        return [text for known, text in self.scripts if "type" not in known]

    @property
    def policy(self) -> str:
        (found,) = (
            known["content"]
            for tag, known in self.tags
            if tag == "meta" and known.get("http-equiv") == "Content-Security-Policy"
        )
        return found


def test_the_page_answers_the_question(default: Impact) -> None:
    night = "123 drones launched on the night of 14 December 2025 (Air Force)"
    page = webpage.html(Snapshot(answers=(default,), night=night))
    parts = Parts(page)
    assert len(page) < LARGEST
    assert ("html", {"lang": "en"}) in parts.tags
    for text in (
        "Both sides pull back 5 km in Donetsk Oblast",
        "Line of contact on 14 December 2025 (DeepState)",
        "Ukraine pulls back 5 km",
        "1,457",
        "122,000",
        str(words.ILLUSTRATIVE),
        night,
        "Control maps: DeepState, generalised",
        "ODbL 1.0",
        "Settlements of 500+ inside: 41",
    ):
        assert text in parts.text, text
    assert [tag for tag, _known in parts.tags].count("details") == 1
    for name in default.settlements["name_en"]:
        assert name in parts.text
    for kind in ("held", "line", "ukraine", "russia"):
        assert sum(f'pullbackAtlas.ground("{kind}"' in text for text in parts.programs) == 1


def test_the_link_back_asks_the_same(default: Impact) -> None:
    line = Drawing("line", "Mine", ((37.0, 48.2), (37.4, 48.7), (37.7, 49.0)), 5.0, 7.0)
    snapshot = Snapshot(
        answers=(default,), drawn=(drawn(default, line),), address="https://atlas.example"
    )
    address = link_of(webpage.html(snapshot))
    assert address.startswith("https://atlas.example/?")
    opened = link.from_address(address)
    assert (opened.scenario, opened.drawings) == (default.scenario, (line,))
    assert link_of(webpage.html(Snapshot(answers=(default,)))).startswith(link.DEFAULT_ADDRESS)


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        ("http://localhost:8501", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        (None, True),
        ("https://atlas.example", False),
        ("http://10.0.0.7:8501", False),
    ],
)
def test_a_link_that_is_dead_elsewhere_says_where_it_leads(
    default: Impact, address: str | None, is_here: bool
) -> None:
    text = Parts(webpage.html(Snapshot(answers=(default,), address=address))).text
    assert "Open in the dashboard" in text
    assert ("Open in the dashboard, on the computer where this was saved" in text) == is_here


def link_of(page: bytes) -> str:
    return next(known["href"] for tag, known in Parts(page).tags if tag == "a")


def test_an_address_that_is_none_is_refused(default: Impact) -> None:
    with pytest.raises(InputError, match="the address is 'javascript:alert"):
        webpage.html(Snapshot(answers=(default,), address="javascript:alert(1)"))


def test_the_policy_lets_its_own_scripts_run_and_no_other(hostile: Impact) -> None:
    bad = Drawing("area", HOSTILE, ((37.0, 48.8), (37.5, 48.8), (37.5, 49.2)), 10.0, 0.0)
    parts = Parts(webpage.html(Snapshot(answers=(hostile,), drawn=(drawn(hostile, bad),))))
    rules = dict(rule.split(" ", 1) for rule in parts.policy.split("; "))
    digests = [
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in parts.programs
    ]
    assert len(digests) == 3
    assert rules == {
        "default-src": "'none'",
        "script-src": " ".join(digests),
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "font-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_texts_from_data_are_texts(hostile: Impact) -> None:
    bad = Drawing("area", HOSTILE, ((37.0, 48.8), (37.5, 48.8), (37.5, 49.2)), 10.0, 0.0)
    page = webpage.html(Snapshot(answers=(hostile,), drawn=(drawn(hostile, bad),), night=HOSTILE))
    parts = Parts(page)
    assert not [tag for tag, _known in parts.tags if tag in ("img", "iframe", "object", "base")]
    handlers = [name for _tag, known in parts.tags for name in known if name.startswith("on")]
    assert not handlers
    links = {known["href"] for tag, known in parts.tags if tag == "a"}
    assert all(address.startswith(("https://", "http://")) for address in links)
    # Shown as it is, and in no script.
    assert HOSTILE in parts.text
    assert "alert(2)}" not in "".join(parts.programs)
    assert len(parts.programs) == 3


def test_nothing_is_fetched(default: Impact) -> None:
    page = webpage.html(Snapshot(answers=(default,)))
    parts = Parts(page)
    for tag, known in parts.tags:
        assert "src" not in known
        assert tag not in ("link", "img", "iframe")
    style = re.search(r"<style>(.*?)</style>", page.decode(), re.DOTALL)
    assert style is not None
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]{1,12})", style[1])
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert "@import" not in style[1]
    assert "sourceMappingURL" not in page.decode()


def test_the_same_gives_the_same_bytes(default: Impact, other: Impact) -> None:
    for snapshot in (Snapshot(answers=(default,)), Snapshot(answers=(default, other))):
        assert webpage.html(snapshot) == webpage.html(snapshot)
    light, dark = (webpage.html(Snapshot(answers=(default,)), theme=t) for t in ("light", "dark"))
    assert light != dark


def test_the_page_says_where_it_comes_from(hostile: Impact) -> None:
    snapshot = Snapshot(answers=(hostile,))
    (found,) = (
        text
        for known, text in Parts(webpage.html(snapshot)).scripts
        if known == {"type": "application/json", "id": passport.KEY}
    )
    assert passport.from_json(found) == passport.from_json(passport.of(snapshot).to_json())
    assert json.loads(found)["scenarios"][0]["ukraine_km"] == 5.0
    assert not set(found) & set("<>&")


def test_two_maps_stand_beside_each_other(default: Impact, other: Impact) -> None:
    parts = Parts(webpage.html(Snapshot(answers=(default, other))))
    maps = [known for tag, known in parts.tags if known.get("class") == "folium-map"]
    assert len({known["id"] for known in maps}) == 2
    assert sum(text.count('"together": "page"') for text in parts.programs) == 2
    for text in ("Owl, 14 December 2025", "1,457", "or: Ukraine pulls back 10 km"):
        assert text in parts.text
    rows = [known["data-side"] for tag, known in parts.tags if tag == "tr" and "data-side" in known]
    assert rows == ["ukraine", "russia"] * 2
    address = urlsplit(next(known["href"] for tag, known in parts.tags if tag == "a"))
    assert address.path == "/compare"
    asked = dict(parse_qsl(address.query))
    assert link.read(asked).scenario == default.scenario
    assert counterparts.unpack(default.scenario, asked["b"]) == (other.scenario, [])


def test_ground_that_changed_hands(default: Impact) -> None:
    before = control.load(dt.date(2024, 12, 1), "deepstate")
    found = timeline.changed(before, default.control)
    page = webpage.html(Snapshot(answers=(default,), changed=found))
    parts = Parts(page)
    for text in (
        "Ground that changed hands, 1 December 2024 to 14 December 2025",
        "Became Russian-held",
        "Settlements of 500+ that changed hands: 45",
    ):
        assert text in parts.text
    # No zone is proposed here.
    assert str(words.ILLUSTRATIVE) not in parts.text
    assert sum('pullbackAtlas.ground("to-russia"' in text for text in parts.programs) == 1
    assert "/time?" in link_of(page)
    assert "then=2024-12-01" in link_of(page)


def test_the_map_begins_where_the_reader_looked(default: Impact) -> None:
    view = (50e3, -50e3, 150e3, 20e3)
    (program,) = (
        text
        for text in Parts(webpage.html(Snapshot(answers=(default,), view=view))).programs
        if '{"look": ' in text
    )
    look = re.search(r'\{"look": (\[\[.*?\]\])\}', program)
    assert look is not None
    (south, west), (north, east) = json.loads(look[1])
    assert 48.0 < south < 48.1 < 48.6 < north < 48.8
    assert 36.6 < west < 36.7 < 38.0 < east < 38.1


def test_the_page_speaks_the_language(default: Impact) -> None:
    with using("uk"):
        parts = Parts(webpage.html(Snapshot(answers=(default,))))
        title = str(default.scenario.title())
    assert ("html", {"lang": "uk"}) in parts.tags
    assert title in parts.text
    assert title != str(default.scenario.title())
    assert "14 грудня 2025" in parts.text
    assert default.settlements["name_uk"].iloc[0] in parts.text


def test_a_figure_that_is_not_known_is_none(default: Impact) -> None:
    sides = default.sides.assign(residents_2022=float("nan"))
    parts = Parts(webpage.html(Snapshot(answers=(dataclasses.replace(default, sides=sides),))))
    assert parts.text.count("no data") == 4


def test_without_the_scripts_one_is_told_what_to_do(
    default: Impact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webpage, "_LEAFLET", (tmp_path,))
    webpage._leaflet.cache_clear()
    with pytest.raises(InputError, match="install npm, run make run once"):
        webpage.html(Snapshot(answers=(default,)))
