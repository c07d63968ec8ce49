"""Everything that is said, in both languages: nothing lacks Ukrainian, nothing is said bare."""

import ast
import datetime as dt
import importlib
import json
import pickle
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from data import catalog, language, upstream
from data.language import ENGLISH, UKRAINIAN, Said, _, ngettext, translated
from events import formats, points, statements, tally
from geo import labels, places, words
from geo.scenario import Scenario, from_preset, presets

ROOT = Path(__file__).parents[1]
SOURCES = [
    ROOT / "app.py",
    *(file for name in ("data", "events", "geo", "pages") for file in (ROOT / name).glob("*.py")),
]
SOURCES.remove(ROOT / "data" / "language.py")

Message = str | tuple[str, str]


def _called(call: ast.Call) -> str:
    """The name of what is called, without what it belongs to."""
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _literals(call: ast.Call, count: int) -> list[str] | None:
    """The first arguments of a call, where all of them are texts written out."""
    texts = [str(arg.value) for arg in call.args[:count] if isinstance(arg, ast.Constant)]
    return texts if len(texts) == count else None


def messages_of(file: Path) -> Iterator[Message]:
    """What a file says, those within an f-string too, which Babel passes over."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and _called(node) in ("_", "ngettext"):
            count = 1 if _called(node) == "_" else 2
            texts = _literals(node, count)
            assert texts is not None, f"{file.name}:{node.lineno}: say a text as it is"
            yield texts[0] if count == 1 else (texts[0], texts[1])


def texts_of_tables() -> Iterator[str]:
    """What goes through `translated` and `words.place`: texts of tables, ids of code."""
    for preset in presets().values():
        yield from (preset.title, preset.date_text, preset.put_forward_by)
        yield from (preset.content, preset.left_open, preset.reported_in)
    for entry in catalog.datasets().values():
        yield from (entry.title, entry.licence, entry.attribution, entry.as_of, entry.derived)
        yield "" if entry.generalised == "not applicable" else entry.generalised
    for source in upstream.upstreams().values():
        yield from (source.title, source.licence, source.attribution, source.terms)
    for said in statements.load():
        yield from (said.text, said.said_by, said.reported_in)
        if statements.is_counted(said):
            yield from (said.unit, "" if said.qualifier == statements.OVERNIGHT else said.qualifier)
    named = pd.read_csv(catalog.path("launch_places"), keep_default_na=False)
    yield from (*named["name_en"], *named["region"])
    yield from pd.read_csv(catalog.path("incidents"))["place"]
    yield from (*places.railways()["class"], *places.countries()["name"], *labels._SEAS)
    yield from (*points.REASONS, tally.NO_OBLAST, "Russian-held", "Kyiv-held")
    every = [value for value in vars(formats).values() if isinstance(value, formats.Format)]
    for one in every:
        yield from (one.title, one.licence, one.attribution, one.no_class, one.note or "")
        yield from (*one.classes.values(), *(name for _flag, name in one.flags))


def _is_named_elsewhere(text: str) -> bool:
    """Whether a text needs no translation: nothing, a date, or a place whose table has it."""
    if not text or text in {place.label for place in places.all_places()}:
        return True
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


@pytest.fixture(scope="module")
def said() -> set[Message]:
    """Everything that is said."""
    tables = {text for text in texts_of_tables() if not _is_named_elsewhere(text)}
    return tables | {message for file in SOURCES for message in messages_of(file)}


@pytest.fixture(scope="module")
def ukrainian() -> Catalog:
    with language.FILE.open("rb") as file:
        return read_po(file, locale=UKRAINIAN, abort_invalid=True)


def test_babel_finds_no_more_than_is_looked_for(said: set[Message]) -> None:
    keywords = {"_": None, "ngettext": (1, 2)}
    found = {
        entry[1]
        for file in SOURCES
        for entry in extract_from_file("python", str(file), keywords=keywords)
    }
    assert found <= said


def test_everything_has_ukrainian(said: set[Message], ukrainian: Catalog) -> None:
    have = {message.id for message in ukrainian if message.id and all(_forms(message.string))}
    assert said - have == set()


def test_nothing_is_translated_that_is_no_longer_said(
    said: set[Message], ukrainian: Catalog
) -> None:
    assert {message.id for message in ukrainian if message.id} - said == set()


def test_no_text_is_said_both_alone_and_with_a_number(said: set[Message]) -> None:
    # gettext knows a text by its English: one would take the other's place.
    assert {message[0] for message in said if isinstance(message, tuple)} & said == set()


def _forms(string: Any) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


def _fields(text: str) -> set[str]:
    return set(re.findall(r"{[^{}]*}", text))


def test_the_fields_are_the_same(ukrainian: Catalog) -> None:
    for message in ukrainian:
        if not message.id:
            continue
        wanted = set().union(*map(_fields, _forms(message.id)))
        for form in _forms(message.string):
            assert _fields(form) == wanted, message.id


def test_plurals_have_three_forms(ukrainian: Catalog) -> None:
    plurals = [message for message in ukrainian if isinstance(message.id, tuple)]
    assert len(plurals) > 30
    assert {len(_forms(message.string)) for message in plurals} == {3}


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "1 ніч"),
        (2, "2 ночі"),
        (4, "4 ночі"),
        (5, "5 ночей"),
        (11, "11 ночей"),
        (12, "12 ночей"),
        (21, "21 ніч"),
        (22, "22 ночі"),
        (111, "111 ночей"),
        (0, "0 ночей"),
        (2.5, "2.5 ночі"),
    ],
)
def test_ukrainian_numbers_take_the_form_that_goes_with_them(number: float, told: str) -> None:
    with language.using(UKRAINIAN):
        assert ngettext("{n} night", "{n} nights", number).format(n=number) == told


def test_english_numbers_take_the_form_that_goes_with_them() -> None:
    assert ngettext("{n} night", "{n} nights", 1).format(n=1) == "1 night"
    assert ngettext("{n} night", "{n} nights", 21).format(n=21) == "21 nights"


def test_what_was_said_is_said_again_in_another_language() -> None:
    title = _("{n} km²").format(n=words.number(1234.5, decimals=1))
    both = words.listed([title, words.SIDES["ukraine"]])
    assert f"{both}" == str(both) == "1,234.5 km², Ukraine"
    with language.using(UKRAINIAN):
        assert f"{both}" == str(both) == "1\xa0234,5 км², Україна"
        assert f"{title:>12}" == " 1\xa0234,5 км²"
    assert both == "1,234.5 km², Ukraine"


def test_what_is_sent_away_keeps_the_letters_it_was_sent_with() -> None:
    title = _("Area")
    with language.using(UKRAINIAN):
        sent = pickle.loads(pickle.dumps(title))
    assert type(sent) is str
    assert sent == "Площа"
    assert isinstance(title, Said)


def test_a_text_that_has_no_ukrainian_is_said_in_english() -> None:
    with language.using(UKRAINIAN):
        assert translated("a text of nobody’s table") == "a text of nobody’s table"
        assert words.place("Nowhere Oblast") == "Nowhere Oblast"


def test_what_the_code_said_is_no_text_of_a_table() -> None:
    with language.using(UKRAINIAN):
        title = translated(_("{title}, generalised").format(title=translated("Oblasts")))
        assert str(title) == "Області, узагальнено"
    assert str(title) == "Oblasts, generalised"


def test_a_language_that_is_not_known_is_english() -> None:
    with language.using("tlh"):
        assert language.current() == ENGLISH
        assert _("Area") == "Area"


def test_numbers_and_dates_in_both() -> None:
    day = dt.date(2025, 12, 4)
    told = (words.day(day), words.number(12345.678, decimals=1), words.short(7.5))
    assert told == ("4 December 2025", "12,345.7", "7.5")
    short = (words.short_day(day), words.short_month(day), words.weekday(0), words.month_letter(12))
    assert short == ("4 Dec", "Dec 2025", "Mon", "D")
    span = words.as_of("2022-02-24 to 2025-07-09")
    assert span == "2022-02-24 to 2025-07-09"
    grew = [words.change(share) for share in (0.0123, -0.5, 0.0)]
    assert grew == ["+1.23%", "-50.00%", "+0.00%"]
    with language.using(UKRAINIAN):
        assert [str(one) for one in grew] == ["+1,23%", "-50,00%", "+0,00%"]
        assert [str(one) for one in told] == ["4 грудня 2025", "12\xa0345,7", "7,5"]
        assert [str(one) for one in short] == ["4 груд.", "груд. 2025", "пн", "Г"]
        assert str(span) == "2022-02-24 – 2025-07-09"
        assert words.chart_locale()["number"]["decimal"] == ","


def test_a_question_in_ukrainian() -> None:
    with language.using(UKRAINIAN):
        assert from_preset("mirror-5").title() == (
            "Обидві сторони відходять на 5 км (Донецька область)"
        )
        assert from_preset("line-20").title() == (
            "Росія залишає: Дніпропетровська, Миколаївська, Сумська та Харківська області"
        )
        asked = Scenario(date=dt.date(2025, 12, 14), ukraine_km=5, russia_km=10)
        assert asked.title() == (
            "Україна відходить на 5 км, Росія – на 10 км уздовж усієї лінії зіткнення"
        )


def test_places_in_ukrainian() -> None:
    with language.using(UKRAINIAN):
        assert words.place("Donetsk Oblast") == "Донецька область"
        assert words.place("Belgorod Oblast") == "Бєлгородська область"


# ---------------------------------------------------------------------------- nothing is said bare

SHOWN = frozenset(
    (
        *("button", "download_button", "selectbox", "segmented_control", "pills", "toggle"),
        *("radio", "checkbox", "text_input", "number_input", "date_input", "file_uploader"),
        *("expander", "caption", "spinner", "write", "markdown", "title", "header", "subheader"),
        *("paragraph", "notice", "headline", "heading", "small", "TextColumn", "NumberColumn"),
    )
)
"""Calls whose first argument a reader sees as it is."""

NAMED = frozenset({"label", "help", "placeholder", "alt"})
"""Arguments that a reader sees or hears, whatever is called."""


def bare_texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of what a reader would see in English whatever the language."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        seen = list(node.args[:2]) if _called(node) in ("headline",) else list(node.args[:1])
        seen = seen if _called(node) in SHOWN else []
        seen += [word.value for word in node.keywords if word.arg in NAMED]
        for arg in seen:
            yield from ((arg.lineno, text) for text in _letters(arg))


def _letters(arg: ast.expr) -> Iterator[str]:
    """The words of a text, or of the parts of an f-string that are written out."""
    parts = arg.values if isinstance(arg, ast.JoinedStr) else [arg]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            text = re.sub(r"<[^>]*>?", "", part.value)
            if re.search(r"[A-Za-z]{2}", text) and "_" not in text:
                yield text


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=lambda file: file.stem)
def test_no_page_says_a_text_bare(file: Path) -> None:
    assert list(bare_texts(file.read_text("utf-8"))) == []


def test_a_text_said_bare_is_found() -> None:
    assert [text for _line, text in bare_texts('st.button("Save")')] == ["Save"]
    assert [text for _line, text in bare_texts('widgets.small(f"Save {n} of it")')] == [
        "Save ",
        " of it",
    ]
    assert [text for _line, text in bare_texts('widgets.headline(_("A"), "Below")')] == ["Below"]
    assert [text for _line, text in bare_texts('f(x, help="Why")')] == ["Why"]
    assert list(bare_texts('st.button(_("Save"), key="save")')) == []


# ------------------------------------------------------------------------------ pages in Ukrainian

NAMES = (
    *("Runfola et al", "PLOS ONE"),
    *("Institute for the Study of War", "New Indian Express", "New York Times", "Financial Times"),
    *(
        "Kyiv Independent",
        "Kaizen Blog",
        "Republic World",
        "Natural Earth",
        "Open Database License",
        "Channels TV",
    ),
    *("Project Owl", "DeepStateMap", "GeoNames", "Guardian", "UCDP GED", "ACLED", "VIINA"),
    *("python cli.py events inside FILE", "CC BY-NC-SA", "CC BY", "Pullback Atlas"),
    "GeoJSON, KML чи KMZ, GeoPackage, Shapefile",
)
"""Names that stay in Latin letters in a Ukrainian text."""

_ENGLISH = re.compile(r"[A-Za-z][A-Za-z’']+(?:[,;:]? [A-Za-z][A-Za-z’']+){2,}")
_IN_A_CHART = frozenset({"description", "title", "label", "told", "when", "name"})


def _everything_said(element: Any) -> Iterator[str]:
    """What a page shows: its HTML without tags, labels, options, what charts say."""
    for child in getattr(element, "children", {}).values():
        yield from _everything_said(child)
    proto = getattr(element, "proto", None)
    for name in ("label", "help", "placeholder", "alt", "caption"):
        yield str(getattr(proto, name, ""))
    for option in getattr(proto, "options", ()):
        yield str(getattr(option, "content", option))
    body = getattr(proto, "body", "")
    if isinstance(body, str) and not body.lstrip().startswith("<style"):
        yield re.sub(r"<[^>]*>", " | ", body)
        yield from (text for _mark, text in re.findall(r"(?:title|label)=(['\"])(.*?)\1", body))
    spec = getattr(proto, "spec", "")
    if isinstance(spec, str) and spec.startswith("{"):
        yield from _texts_of_chart(json.loads(spec))


def _texts_of_chart(part: Any) -> Iterator[str]:
    rows = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in rows:
        if isinstance(value, dict | list):
            yield from _texts_of_chart(value)
        elif key in _IN_A_CHART and isinstance(value, str):
            yield value


def _english_in(texts: Iterable[str]) -> list[str]:
    """What is said in English, names of publishers and programs left out."""
    found = []
    for text in texts:
        for name in NAMES:
            text = text.replace(name, "…")
        found += _ENGLISH.findall(text)
    return found


def test_english_in_a_ukrainian_text_is_found() -> None:
    assert _english_in(["Усе тут", "Nothing lies here", "New York Times"]) == ["Nothing lies here"]


@pytest.fixture
def in_ukrainian() -> Iterator[None]:
    """Every thread speaks Ukrainian; what was read before has English letters."""
    for name in (*PAGES, "uploaded"):
        importlib.import_module(f"pages.{name}")
    before = list(language._asked)
    language.follow(lambda: UKRAINIAN)
    yield
    language._asked[:] = before


def _said_in(value: Any) -> Iterator[Said]:
    """The texts in a value of a module."""
    if isinstance(value, Said):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _said_in(part)


def _stale() -> set[str]:
    """English letters of what the modules said when they were read, before Ukrainian was asked."""
    own = [value for name, value in sys.modules.items() if name.startswith(("geo.", "pages."))]
    texts = [text for module in own for value in vars(module).values() for text in _said_in(value)]
    with language.using(ENGLISH):
        english = [str(text) for text in texts]
    return {one for one, text in zip(english, texts, strict=True) if one != str(text)}


def _sent(element: Any) -> Iterator[str]:
    """What a page hands to the browser as it is: to widgets, and to components as JSON."""
    for child in getattr(element, "children", {}).values():
        yield from _sent(child)
    proto = getattr(element, "proto", None)
    yield str(getattr(proto, "label", ""))
    for option in getattr(proto, "options", ()):
        yield str(getattr(option, "content", option))
    for part in (proto, getattr(proto, "mixed", None)):
        text = getattr(part, "json", "")
        yield from _strings(json.loads(text)) if text else ()


def _strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _strings(each)


PAGES = ("scenario", "compare", "timeline", "attacks", "load", "sources")


def _page(name: str) -> None:
    import importlib

    importlib.import_module(f"pages.{name}").show()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_ukrainian(name: str, in_ukrainian: None) -> None:
    page = AppTest.from_function(_page, args=(name,), default_timeout=120).run()
    assert not page.exception
    texts = list(_everything_said(page.main))
    assert len(re.findall("[а-яіїєґ]{3}", " ".join(texts))) > 50
    assert _english_in(texts) == []
    assert set(_sent(page.main)) & _stale() == set()


def _columns() -> None:
    from pages import uploaded

    for role in uploaded._ROLES:
        uploaded._column(role, ["a"], "a", uploaded.UNSET)


def test_what_a_column_holds_in_ukrainian(in_ukrainian: None) -> None:
    page = AppTest.from_function(_columns).run()
    assert not page.exception
    sent = set(_sent(page.main))
    assert "Широта" in sent
    assert sent & _stale() == set()
