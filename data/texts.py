"""How a text table is written: its encoding, its separator, and where its rows begin and end.

Shared by the readers of tables: one decides for a whole text, the other block by block.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

SEPARATORS = (",", ";", "\t", "|")
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
LONGEST_CELL = 131_072
"""A longer cell is a quotation mark that lacks its partner, or no cell of such a table."""
LARGEST_HEADER_BYTES = 1024 * 1024

_TOLD = re.compile(rb"sep=([,;\t|])")  # Excel's way to tell the separator.
_BLANK = b' \t\r\n,;|"'
_CYRILLIC = "А-яЁёЄєІіЇїҐґ"
# Letters of Ukrainian and Russian, and signs that stand for the same in Windows-1252; what else
# Windows-1251 gives is a sign that the bytes are in another encoding.
_ODD = re.compile(f"[^\\x00-\\x7f{_CYRILLIC}\u00a0¦§©«¬\u00ad®°±µ¶·»“”„‘’‹›–—…†‡‰•™№]")
# "Zürich" in Latin-1 would be "Zьrich": both alphabets in one word.
_MIXED = re.compile(f"[A-Za-z][{_CYRILLIC}]|[{_CYRILLIC}][A-Za-z]")
_WORD = re.compile(f"[{_CYRILLIC}]{{2,}}")
# People write a Latin i in a Ukrainian word; in another encoding every word is like that.
_WORDS_TO_A_MIXED_ONE = 10


@dataclass(frozen=True)
class Header:
    """The line of column names.

    Attributes
    ----------
    begins, ends : int
        Its first byte, and the first byte after its line end.
    text : bytes
        The line, in the encoding of the file.
    separators : tuple of str
        Which separators are possible: one where the file tells it.
    """

    begins: int
    ends: int
    text: bytes
    separators: tuple[str, ...]


def find_header(block: bytes) -> Header | None:
    """The first row with a text in some cell, after ``sep=;``; None where no row has.

    Parameters
    ----------
    block : bytes
        The beginning of a table, in any encoding that holds ASCII.
    """
    at = len(UTF8_MARK) if block.startswith(UTF8_MARK) else 0
    separators: tuple[str, ...] = SEPARATORS
    row = record_pattern(SEPARATORS)
    while at < len(block):
        record = row.match(block, at)
        assert record is not None  # The pattern matches the empty text.
        text = record[0].strip(b"\r\n")
        if told := _TOLD.fullmatch(text):
            separators = (told[1].decode(),)
        elif text.strip(_BLANK) or record.end() == at:
            return Header(at, record.end(), text, separators)
        at = record.end()
    return None


def separator_of(header: str, separators: Sequence[str] = SEPARATORS) -> str:
    """The separator that gives a line of column names the most cells.

    One that leaves a quotation mark in a cell has cut a quoted name, and comes last.
    """

    def worth(mark: str) -> tuple[bool, int]:
        try:
            cells = next(csv.reader([header], delimiter=mark), [])
        except csv.Error:
            return False, 0
        return not any('"' in cell for cell in cells), len(cells)

    return max(separators, key=worth)


def record_pattern(separators: Sequence[str]) -> re.Pattern[bytes]:
    """Matches a row with its line end: a quotation mark counts only where a cell begins.

    A mark that is never closed takes the rest of the file.
    """
    marks = re.escape("".join(separators).encode())
    quoted = rb'"(?:[^"]++|"")*+(?:"[^%b\r\n]*+|\Z)' % marks
    cell = rb'(?:%b|[^"%b\r\n][^%b\r\n]*+|)' % (quoted, marks, marks)
    return re.compile(rb"%b(?:[%b]%b)*+(?:\r\n|\n|\r|\Z)" % (cell, marks, cell))


def count_line_ends(text: bytes) -> int:
    """How many lines end in a text, with whichever of the three line ends."""
    return text.count(b"\n") or text.count(b"\r")


def misread_at(text: str) -> int | None:
    """Where a text read as Windows-1251 shows that it is in another encoding; None if nowhere."""
    if odd := _ODD.search(text):
        return odd.start()
    first = _MIXED.search(text)
    if first is None:
        return None
    mixed = sum(1 for _ in _MIXED.finditer(text))
    words = sum(1 for _ in _WORD.finditer(text))
    return first.start() if mixed * _WORDS_TO_A_MIXED_ONE > words else None
