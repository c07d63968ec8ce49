"""Tables of comma-separated text as people save them, read row by row with their line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from data import texts
from data.errors import AtlasError, DataError
from data.language import _, ngettext
from data.texts import LONGEST_CELL

LARGEST_FILE_BYTES = 64 * 1024 * 1024

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARDED = tuple(f"'{start}" for start in (*_FORMULA, "'"))


@dataclass(frozen=True)
class Delimited:
    """Rows of a file as text.

    Attributes
    ----------
    name
        Of the file, for messages.
    header
        Column names, lower case.
    rows
        Line on which a row begins, and its cells by column.
    left_out
        Line and reason of every row that is no row of this table.
    notes
        What had to be guessed, a sentence each.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    left_out: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]

    def require(self, columns: Iterable[str], *, error: type[AtlasError] = DataError) -> None:
        """Check that every column is there, and there only once.

        Raises
        ------
        AtlasError
            One sentence that names the columns.
        """
        missing = [name for name in columns if name not in self.header]
        if missing:
            raise error(
                f"{self.name} has no column {', '.join(missing)}; "
                f"it has {', '.join(self.header[:40])[:400]}."
            )
        twice = [name for name in columns if self.header.count(name) > 1]
        if twice:
            raise error(
                f"{self.name} has the column {', '.join(twice)} twice in its header; keep one."
            )

    def without_repeats(self) -> Delimited:
        """The same table; a row whose cells all equal an earlier row's is in `left_out`.

        A file pasted twice would otherwise count twice.
        """
        seen: dict[tuple[str, ...], int] = {}
        kept: list[tuple[int, dict[str, str]]] = []
        left_out = list(self.left_out)
        for line, row in self.rows:
            first = seen.setdefault(tuple(row.values()), line)
            if first == line:
                kept.append((line, row))
            else:
                left_out.append((line, f"it is the same as line {first}."))
        return replace(self, rows=tuple(kept), left_out=tuple(sorted(left_out)))


def read(path: Path, *, error: type[AtlasError] = DataError) -> Delimited:
    """Read a table separated by commas, semicolons, tabs or bars.

    Parameters
    ----------
    path : Path
        UTF-8, with or without a byte order mark, UTF-16 with one, or Windows-1251; Excel's line
        ``sep=;`` above the header is understood.
    error : type of AtlasError
        What to raise: `DataError` for a source file, `InputError` for a user's.

    Returns
    -------
    Delimited
        Cells on one line, without blanks around them, and without the apostrophe that `guarded`
        puts before a formula.

    Raises
    ------
    AtlasError
        One sentence, if the file is missing, empty, too large, no text, or in an unknown encoding.
    """
    text, notes = _text(_bytes(path, error), path.name, error)
    if not text.strip():
        raise error(f"{path.name} is empty; give a table with a header and rows.")
    text, above, separator = _below(text, path.name, error)
    header: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    left_out: list[tuple[int, str]] = []
    for line, last, cells in _records(text, separator, above):
        if isinstance(cells, str):
            left_out.append((line, cells))
        elif not any(cell.strip() for cell in cells):
            continue
        elif not header:
            header = [cell.strip().lower() for cell in cells]
        elif [cell.strip().lower() for cell in cells] == header:
            left_out.append((line, "it is the header again."))
        elif reason := _misfit(cells, header, line, last):
            left_out.append((line, reason))
        else:
            cells = [unguarded(" ".join(cell.split())) for cell in cells]
            rows.append((line, dict(zip(header, cells, strict=False))))
    if not header and left_out:
        raise error(f"{path.name} is no table: line {left_out[0][0]}: {left_out[0][1]}")
    if not header:
        raise error(no_header(path.name))
    return Delimited(path.name, tuple(header), tuple(rows), tuple(left_out), tuple(notes))


def no_header(name: str) -> str:
    """The sentence on a table that names no column."""
    return _(
        "{name} has no line of column names; write the names of its columns above the rows."
    ).format(name=name)


def guarded(text: str) -> str:
    """A text that a spreadsheet does not take for a formula; `unguarded` gives it back."""
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def unguarded(text: str) -> str:
    """A text without the apostrophe that `guarded` put before it."""
    return text[1:] if text.startswith(_GUARDED) else text


def _bytes(path: Path, error: type[AtlasError]) -> bytes:
    try:
        if not path.is_file():
            raise error(f"there is no file {path}.")
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise error(f"{path.name} is larger than 64 MB; give a part of it.")
        return path.read_bytes()
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) and fault.strerror else fault
        raise error(f"{path} cannot be read: {why}.") from fault


def _text(data: bytes, name: str, error: type[AtlasError]) -> tuple[str, list[str]]:
    if data.startswith(b"PK\x03\x04"):
        raise error(
            f"{name} is a ZIP archive or a spreadsheet; unpack it, or save it as CSV UTF-8."
        )
    if data.startswith(texts.UTF16_MARKS) and len(data) % 2 == 0:
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            pass
        else:
            if "\0" not in text:
                return text, [f"{name} was read as UTF-16."]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return _windows_1251(data, name, line, error)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise error(f"{name} is no text: line {line} holds a zero byte; save it as CSV UTF-8.")
    return text, []


def _windows_1251(
    data: bytes, name: str, line: int, error: type[AtlasError]
) -> tuple[str, list[str]]:
    try:
        text = data.decode("cp1251")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or texts.misread_at(text) is not None:
        raise error(
            f"{name} is not a CSV table in UTF-8: line {line} is not; save it as CSV UTF-8."
        )
    return text, [f"{name} is not in UTF-8 (line {line}) and was read as Windows-1251."]


def _below(text: str, name: str, error: type[AtlasError]) -> tuple[str, int, str]:
    """The text from its header on, how many lines are above that, and the separator."""
    data = text.encode("utf-8", "surrogatepass")
    header = texts.find_header(data)
    if header is None:
        raise error(no_header(name))
    above = texts.count_line_ends(data[: header.begins])
    separator = texts.separator_of(header.text.decode("utf-8", "replace"), header.separators)
    return data[header.begins :].decode("utf-8", "surrogatepass"), above, separator


def _records(text: str, separator: str, above: int) -> Iterator[tuple[int, int, list[str] | str]]:
    """First and last line of every record, and its cells or why it has none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    while True:
        line = above + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            too_long = "limit" in str(fault)
            why = f"a cell is longer than {LONGEST_CELL:,} characters." if too_long else f"{fault}."
            yield line, above + reader.line_num, why
        else:
            yield line, above + reader.line_num, cells


def _misfit(cells: list[str], header: list[str], line: int, last: int) -> str:
    """Why a record is no row below this header; empty where it is."""
    extra = cells[len(header) :]
    if len(cells) >= len(header) and not any(cell.strip() for cell in extra):
        return ""
    if last == line:
        why = ngettext(
            "it has {n} cell, the header {of}.", "it has {n} cells, the header {of}.", len(cells)
        )
    else:
        why = ngettext(
            "it has {n} cell, the header {of}; it goes on to line {last}: a quotation mark may "
            "lack its partner.",
            "it has {n} cells, the header {of}; it goes on to line {last}: a quotation mark may "
            "lack its partner.",
            len(cells),
        )
    return why.format(n=len(cells), of=len(header), last=last)
