"""The language in which things are said.

What is said stands in the code in English, inside ``_( )``; ``ukrainian.po`` has the same in
Ukrainian, by gettext's rules. What varies is put in afterwards: ``_("{n} rows").format(n=3)``.

An answer is kept for everybody who asks the same, in whatever language: so a text remembers how it
was made (`Said`), and is made again, in the language spoken then, wherever it is shown.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ENGLISH, UKRAINIAN = "en", "uk"
LANGUAGES = {ENGLISH: "English", UKRAINIAN: "Українська"}
"""Id of a language (ISO 639) -> its own name."""

FILE = Path(__file__).with_name("ukrainian.po")

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
_asked: list[Callable[[], str | None]] = []


def follow(ask: Callable[[], str | None]) -> None:
    """Have a function tell the language wherever none was chosen with `using`."""
    _asked[:] = [ask]


@contextlib.contextmanager
def using(language: str) -> Iterator[None]:
    """Speak a language for a while, in this thread."""
    token = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(token)


def current() -> str:
    """Id of the language that is spoken; English until another is chosen."""
    told = _chosen.get() or next((ask() for ask in _asked), None)
    return told if told in LANGUAGES else ENGLISH


class Said(str):
    """A text that can be said again in another language.

    Its letters are those of the language spoken when it was made; ``str()`` and ``format()``, and
    so an f-string, give those of the language spoken now.
    """

    _make: Callable[[], str]

    def __new__(cls, make: Callable[[], str]) -> Said:
        """The text that a function gives, and gives again when asked in another language."""
        text = super().__new__(cls, make())
        text._make = make
        return text

    def __str__(self) -> str:
        return self._make()

    def __format__(self, spec: str) -> str:
        return format(self._make(), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process is told the letters and nothing else.
        return str, (self._make(),)

    def format(self, *args: object, **fields: object) -> Said:
        """The text with its fields filled in, each of them said again with it."""
        return Said(lambda: str.format(self._make(), *args, **fields))


def _(text: str) -> str:
    """A text in the language that is spoken; in English where it has not been translated."""
    return Said(partial(_translated, text))


def translated(text: str) -> str:
    """The same for a text of a table, which `FILE` has as well; `_` is for what the code says.

    What the code said already stays what it is.
    """
    return text if isinstance(text, Said) else _(text)


def ngettext(one: str, many: str, number: float) -> str:
    """Of two texts, the one that goes with a number, in the language that is spoken."""
    return Said(partial(_numbered, one, many, number))


def spoken(document: Any) -> Any:
    """A document of mappings and lists with every text in it in the language spoken now.

    What writes JSON takes the letters that a text has, not those it would be said with.
    """
    if isinstance(document, Mapping):
        return {key: spoken(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [spoken(value) for value in document]
    return str(document) if isinstance(document, Said) else document


def _translated(text: str) -> str:
    if current() == ENGLISH:
        return text
    message = _ukrainian().get(text)
    return str(message.string) if message is not None and message.string else text


def _numbered(one: str, many: str, number: float) -> str:
    if current() == UKRAINIAN:
        message = _ukrainian().get(one)
        forms = message.string if message is not None else None
        if isinstance(forms, tuple | list) and all(forms):
            return str(forms[_form(number)])
    return one if number == 1 else many


def _form(number: float) -> int:
    """Which of Ukrainian's plural forms goes with a number (CLDR: one, few, many, other)."""
    if number != int(number):
        return 1
    last, last_two = abs(int(number)) % 10, abs(int(number)) % 100
    if last == 1 and last_two != 11:
        return 0
    return 1 if 2 <= last <= 4 and not 12 <= last_two <= 14 else 2


@functools.cache
def _ukrainian() -> Catalog:
    with FILE.open("rb") as file:
        return read_po(file, locale=UKRAINIAN)
