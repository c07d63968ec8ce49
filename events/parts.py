"""Parts of a file of events that can be read apart, and the file that they add up to.

A part is row groups of a Parquet file or whole rows of a text table. It is read by the code that
reads a whole file, told by the client what only the whole file tells (its encoding), and gives back
what it has counted. Where parts contradict each other, or one cannot be read, the file is read in
its order, which ends in the sentence that a reader of the whole file gets.
"""

from __future__ import annotations

import io
import itertools
import mmap
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.texts import record_pattern
from events import points
from events.points import Batch, Counts, Reading
from events.rows import ListRows, ParquetRows, Rows, TextRows, Utf8, open_rows

BATCH_ROWS = 500_000
"""So many rows are held at once: larger batches are no faster."""
PART_ROWS = 1_000_000
"""Row groups are put together to so many rows."""
PART_BYTES = 64 * 1024 * 1024
"""Text is cut after the row that ends beyond so many bytes."""
_RECORDS_A_STEP = 256


class NotHereError(Exception):
    """A worker does not see the file that the client sees."""


@dataclass(frozen=True)
class Part:
    """What a worker reads.

    Attributes
    ----------
    path : Path
        The file, absolute.
    size : int
        Its bytes, so that another file of that name is not taken for it.
    groups : tuple of int
        Numbers of Parquet row groups.
    start, end : int
        The bytes of a text table.
    is_cp1251 : bool
        Whether the text is in Windows-1251.
    is_utf16 : bool
        Whether it is in UTF-16; then the part is the whole file.
    """

    path: Path
    size: int
    groups: tuple[int, ...] = ()
    start: int = 0
    end: int = 0
    is_cp1251: bool = False
    is_utf16: bool = False


class PartReading(Reading):
    """One pass over a part."""

    @classmethod
    def of(cls, part: Part, columns: Mapping[str, str]) -> PartReading:
        """The reading of a part.

        Raises
        ------
        NotHereError
            Where this machine has no such file, or another.
        """
        try:
            size = part.path.stat().st_size
        except OSError as fault:
            raise NotHereError(str(part.path)) from fault
        if size != part.size:
            raise NotHereError(str(part.path))
        return cls(_rows_of(part), columns)

    def check(self) -> None:
        """Only the whole file tells."""


class Whole(Reading):
    """A file and the sum of what its parts tell, added in their order.

    Raises
    ------
    InputError
        Where the file cannot be opened or lacks a column, as `events.points.batches` does.
    """

    def __init__(self, path: Path, columns: Mapping[str, str] | None) -> None:
        source = open_rows(path)
        super().__init__(source, columns)
        self._columns = columns
        self.parts = _split(source)

    def add(self, counts: Counts) -> None:
        """Add the next part.

        Raises
        ------
        InputError
            Where it contradicts an earlier one about the order of day and month.
        """
        self.counts += counts
        if len(self.counts.tells) > 1 or len(self.counts.orders) > 1:
            raise self.refusal()

    def finished(self) -> Batch:
        """The counts of the whole file, its tables empty.

        Raises
        ------
        InputError
            Where latitude and longitude are swapped, or no row can be used.
        """
        self.check()
        return self.summary(at_end=True)

    def refusal(self, fault: InputError | None = None) -> InputError:
        """What a reader of the whole file says; else the fault of a part."""
        try:
            for _ in points.batches(self.source.path, columns=self._columns):
                pass
        except InputError as refused:
            return refused
        name = self.source.name
        return fault or InputError(f"{name} changed while it was read; count it again.")


# ------------------------------------------------------------------------------ reading one part


class _Numbered:
    """Says only the number of a row; the whole file knows where that is."""

    def where(self, row: int) -> str:
        return str(row)


class _GroupsPart(_Numbered, ParquetRows):
    """Some row groups of a Parquet file."""


class _TextPart(_Numbered, TextRows):
    """Some rows of a text table."""

    def __init__(self, part: Part) -> None:
        super().__init__(part.path)
        self._part = part
        self.is_cp1251 = part.is_cp1251

    def open(self) -> io.BufferedReader:
        return io.BufferedReader(_Section(self._part))


class _ListPart(_Numbered, ListRows):
    """A list of incidents, which is never cut."""


class _Utf16Part(_Numbered, TextRows):
    """A text in UTF-16, which is never cut: whoever reads it makes a copy in UTF-8."""


class _Section(io.FileIO):
    """The bytes of a part."""

    def __init__(self, part: Part) -> None:
        super().__init__(part.path)
        self.seek(part.start)
        self._left = part.end - part.start

    def readinto(self, buffer: Any) -> int:
        size = super().readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= size
        return size


def _rows_of(part: Part) -> Rows:
    if part.groups:
        return _GroupsPart(part.path, part.groups)
    if part.end:
        return _TextPart(part)
    return _Utf16Part(part.path) if part.is_utf16 else _ListPart(part.path)


# --------------------------------------------------------------------------------- cutting a file


def _split(source: Rows) -> list[Part]:
    """The parts of a file, in its order."""
    path = source.path.resolve()
    size = path.stat().st_size
    if isinstance(source, ParquetRows):
        with source.open() as parquet:
            about = parquet.metadata
            rows = [about.row_group(number).num_rows for number in range(about.num_row_groups)]
        return [Part(path, size, groups=groups) for groups in _grouped(rows)]
    if isinstance(source, TextRows) and not source.is_utf16:
        cuts = _text_cuts(source, size)
        return [
            Part(path, size, start=start, end=end, is_cp1251=source.is_cp1251)
            for start, end in itertools.pairwise(cuts)
        ]
    return [Part(path, size, is_utf16=isinstance(source, TextRows))]


def _grouped(rows: list[int]) -> Iterator[tuple[int, ...]]:
    """Numbers of row groups that together have about `PART_ROWS` rows."""
    held: list[int] = []
    total = 0
    for number, more in enumerate(rows):
        if held and total + more > PART_ROWS:
            yield tuple(held)
            held, total = [], 0
        held.append(number)
        total += more
    if held:
        yield tuple(held)


def _text_cuts(source: TextRows, size: int) -> list[int]:
    """Where the parts of a text table begin, and its end.

    The table is read once for that: a byte that is no UTF-8 tells the encoding of all of it, and a
    quotation mark that a line end may belong to a text.
    """
    has_quotes = False
    with Utf8(source) as text:
        while block := text.read():
            has_quotes = has_quotes or b'"' in block
    if source.start >= size:
        return [source.start, size]
    with source.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=1) as table:
        find = _row_cuts(source) if has_quotes else _line_cuts
        cuts = [source.start, *find(table, source.start)]
    return [*cuts, size] if cuts[-1] < size else cuts


def _line_cuts(table: mmap.mmap, start: int) -> Iterator[int]:
    """Ends of lines, about `PART_BYTES` apart."""
    at = start
    while (end := table.find(b"\n", at + PART_BYTES)) >= 0:
        at = end + 1
        yield at


def _row_cuts(source: TextRows) -> Any:
    """The same of rows whose texts may have line ends, as the reader takes them."""
    row = record_pattern((source.separator,)).pattern
    steps = re.compile(rb"(?:%b){1,%d}+" % (row, _RECORDS_A_STEP))

    def cuts(table: mmap.mmap, start: int) -> Iterator[int]:
        at = cut = start
        while at < len(table):
            found = steps.match(table, at)
            at = len(table) if found is None or found.end() == at else found.end()
            del found  # It holds on to the mapped file, which then could not be closed.
            if at - cut >= PART_BYTES:
                cut = at
                yield at

    return cuts
