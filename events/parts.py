"""Parts of a file of events that can be read apart, and the file that they add up to.

A part is row groups of a Parquet file or whole rows of a text table. It is read by the code that
reads a whole file, told by the client what only the whole file tells (its encoding), and gives back
what it has counted. Where parts contradict each other, or one cannot be read, the file is read in
its order, which ends in the sentence that a reader of the whole file gets.
"""

from __future__ import annotations

import functools
import io
import itertools
import mmap
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import InputError
from events import formats, points
from events.points import Batch
from events.rows import ListRows, ParquetRows, Rows, TextRows, _record, _Utf8, open_rows

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
    """

    path: Path
    size: int
    groups: tuple[int, ...] = ()
    start: int = 0
    end: int = 0
    is_cp1251: bool = False


@dataclass(frozen=True)
class Facts:
    """What a part has counted and seen; numbers of rows are counted from its first."""

    added: Mapping[str, int]
    left_out: Mapping[str, int]
    first_rows: Mapping[str, int]
    wrong_width: tuple[int, ...]
    days: tuple[np.datetime64, np.datetime64] | None
    tells: Mapping[int, int]
    day_first: bool | None
    is_serial: bool
    strange: frozenset[str] = field(default_factory=frozenset)

    @property
    def read(self) -> int:
        """Rows of the part."""
        return self.added["_read"]


# What a reading counts, and what adds up over parts.
_ADDED = (
    *("_read", "_parsed", "_usable", "_placed", "_near", "_near_if_swapped"),
    *("_off_globe", "_unnamed"),
)


class PartReading(points._Reading):
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
        return cls(*_opened(_rows_of(part), columns), ids=False)

    def facts(self) -> Facts:
        """What was counted, when all batches have been read."""
        return Facts(
            added={name: getattr(self, name) for name in _ADDED},
            left_out=dict(self._left_out),
            first_rows={reason: int(row) for reason, row in self._first_at.items()},
            wrong_width=tuple(self._source.wrong_width),
            days=self._days,
            tells=dict(self._tells),
            day_first=self._day_first,
            is_serial=self._serial,
            strange=frozenset(self._strange),
        )

    def _refuse_swapped(self) -> None:
        """Only the whole file tells."""

    def _refuse_useless(self) -> None:
        """Only the whole file tells."""


class Whole(points._Reading):
    """A file and the sum of what its parts tell, added in their order.

    Raises
    ------
    InputError
        Where the file cannot be opened or lacks a column, as `events.points.batches` does.
    """

    def __init__(self, path: Path, columns: Mapping[str, str] | None) -> None:
        source = open_rows(path)
        super().__init__(*_opened(source, columns), ids=False)
        self._columns = columns
        self.parts = _split(source)

    def add(self, facts: Facts) -> None:
        """Add the next part."""
        before = self._parsed + len(self._source.wrong_width)
        for reason, row in facts.first_rows.items():
            if reason not in self._first_at:
                self._first_at[reason] = self._source.where(before + row)
        for order, row in facts.tells.items():
            self._tells.setdefault(order, before + row)
        if isinstance(self._source, TextRows):
            self._source.wrong_width.extend(before + row for row in facts.wrong_width)
        for name, number in facts.added.items():
            setattr(self, name, getattr(self, name) + number)
        for reason, number in facts.left_out.items():
            self._left_out[reason] = self._left_out.get(reason, 0) + number
        spans = [days for days in (self._days, facts.days) if days is not None]
        if spans:
            self._days = min(first for first, _ in spans), max(last for _, last in spans)
        orders = {self._day_first, facts.day_first} - {None}
        if len(self._tells) > 1 or len(orders) > 1:
            raise self.refusal()
        self._day_first = next(iter(orders), None)
        self._serial |= facts.is_serial
        self._strange |= facts.strange

    def finished(self) -> Batch:
        """The counts of the whole file, its tables empty.

        Raises
        ------
        InputError
            Where latitude and longitude are swapped, or no row can be used.
        """
        whole = self._batch({})
        self._refuse_swapped()
        self._refuse_useless()
        return whole

    def refusal(self, fault: InputError | None = None) -> InputError:
        """What a reader of the whole file says; else the fault of a part."""
        try:
            for _ in points.batches(self._source.path, columns=self._columns):
                pass
        except InputError as refused:
            return refused
        name = self._source.name
        return fault or InputError(f"{name} changed while it was read; count it again.")


def _opened(source: Rows, columns: Mapping[str, str] | None) -> tuple[Any, ...]:
    """What a reading is made of, as in `events.points.batches`."""
    file_format = formats.recognise(source.columns)
    chosen = formats.choose(
        file_format, source.columns, columns, file=source.name, geometry=source.has_geometry
    )
    return source, file_format, chosen


# ------------------------------------------------------------------------------ reading one part


class _Numbered:
    """Says only the number of a row; the whole file knows where that is."""

    def where(self, row: int) -> str:
        return str(row)


class _GroupsPart(_Numbered, ParquetRows):
    """Some row groups of a Parquet file."""

    def __init__(self, part: Part) -> None:
        self._groups = list(part.groups)
        super().__init__(part.path)

    def _opened(self) -> Any:
        parquet = super()._opened()
        parquet.iter_batches = functools.partial(parquet.iter_batches, row_groups=self._groups)
        return parquet


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
        return _GroupsPart(part)
    return _TextPart(part) if part.end else _ListPart(part.path)


# --------------------------------------------------------------------------------- cutting a file


def _split(source: Rows) -> list[Part]:
    """The parts of a file, in its order."""
    path = source.path.resolve()
    size = path.stat().st_size
    if isinstance(source, ParquetRows):
        with source._opened() as parquet:
            about = parquet.metadata
            rows = [about.row_group(number).num_rows for number in range(about.num_row_groups)]
        return [Part(path, size, groups=groups) for groups in _grouped(rows)]
    if isinstance(source, TextRows):
        cuts = _text_cuts(source, size)
        return [
            Part(path, size, start=start, end=end, is_cp1251=source.is_cp1251)
            for start, end in itertools.pairwise(cuts)
        ]
    return [Part(path, size)]


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
    with _Utf8(source) as text:
        while block := text.read():
            has_quotes = has_quotes or b'"' in block
    if source.start >= size:
        return [source.start, size]
    with source.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=1) as table:
        find = _row_ends(source) if has_quotes else _line_ends
        cuts = [source.start, *find(table, source.start)]
    return [*cuts, size] if cuts[-1] < size else cuts


def _line_ends(table: mmap.mmap, start: int) -> Iterator[int]:
    at = start
    while (end := table.find(b"\n", at + PART_BYTES)) >= 0:
        at = end + 1
        yield at


def _row_ends(source: TextRows) -> Any:
    """Ends of rows whose texts may have line ends, as the reader takes them."""
    row = _record((source._separator,)).pattern
    steps = re.compile(rb"(?:%b){1,%d}+" % (row, _RECORDS_A_STEP))

    def ends(table: mmap.mmap, start: int) -> Iterator[int]:
        at = cut = start
        while at < len(table):
            found = steps.match(table, at)
            at = len(table) if found is None or found.end() == at else found.end()
            del found  # It holds on to the mapped file, which then could not be closed.
            if at - cut >= PART_BYTES:
                cut = at
                yield at

    return ends
