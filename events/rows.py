"""Files of events as streams of Arrow columns: text tables, Parquet, Bellingcat's list.

A file is known by its first bytes, never by its name, and only a file of this machine is opened.
Nothing here holds more than a few blocks of the file, but for the list, which has a size cap.
"""

from __future__ import annotations

import bisect
import csv
import io
import itertools
import json
import mmap
import re
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pyproj
import shapely

from data.errors import InputError
from events.formats import clipped

# Asks for the point geometry; comes back as two columns of numbers, named so that none clashes.
GEOMETRY = "\0geometry"
GEOMETRY_X, GEOMETRY_Y = GEOMETRY + "_x", GEOMETRY + "_y"
LARGEST_LIST_BYTES = 200 * 1024 * 1024
# A row, with all its text, must fit a block.
BLOCK_BYTES = 16 * 1024 * 1024
_LARGEST_HEADER_BYTES = 1024 * 1024
_SNIFFED_BYTES = 64 * 1024
_SEPARATORS = (",", ";", "\t", "|")
# A cell that no file has: ASCII's "record separator".
_LAST = "\x1e"
_UTF8_MARK = b"\xef\xbb\xbf"
# Beyond so many rows a line is not looked up: the row's number is said instead.
_MOST_ROWS_TO_SEARCH = 2_000_000


class Rows(Protocol):
    """A file that is open for reading."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def name(self) -> str:
        """Its name, for messages."""

    @property
    def columns(self) -> Sequence[str]:
        """Names of its columns."""

    @property
    def has_geometry(self) -> bool:
        """Whether it has point geometries, in degrees."""

    @property
    def wrong_width(self) -> Sequence[int]:
        """Numbers of the rows, from 1, with too few or too many cells; they are in no batch."""

    def batches(self, wanted: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Columns by name, at most so many rows at a time, as the file has them."""

    def where(self, row: int) -> str:
        """Where a row stands, as ``line 14``; `record_number` gives its number."""

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""

    def notes(self) -> list[str]:
        """What was done to read the file, a sentence each."""


def open_rows(path: str | Path) -> Rows:
    """A file of events, known by its first bytes.

    Raises
    ------
    InputError
        If it is no file of this machine, empty, or nothing that can be read.
    """
    file = _local_file(path)
    name = file.name
    try:
        with file.open("rb") as stream:
            start = stream.read(_SNIFFED_BYTES)
    except OSError as fault:
        raise InputError(f"{file} cannot be read: {fault.strerror or fault}.") from fault
    text = start.removeprefix(_UTF8_MARK).strip()
    if not text:
        raise InputError(f"{name} is empty.")
    if start.startswith(b"PAR1"):
        return ParquetRows(file)
    _refuse_other_kinds(name, start)
    if text[:1] in (b"[", b"{"):
        return ListRows(file)
    return TextRows(file)


def _local_file(path: str | Path) -> Path:
    try:
        file = Path(path)
        found = file.is_file()
    except (OSError, ValueError):
        found = False
    if not found:
        raise InputError(
            f"there is no file {clipped(str(path))}; give a file of this machine (addresses of the "
            "web are not opened)."
        )
    return file


def _refuse_other_kinds(name: str, start: bytes) -> None:
    kinds = {
        b"PK\x03\x04": "an Excel workbook or a ZIP archive; save the sheet as CSV UTF-8, or unpack",
        b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV UTF-8",
        b"\x1f\x8b": "compressed with gzip; unpack it first",
        b"\xff\xfe": "in UTF-16; save it as CSV UTF-8",
        b"\xfe\xff": "in UTF-16; save it as CSV UTF-8",
    }
    for mark, kind in kinds.items():
        if start.startswith(mark):
            raise InputError(f"{name} is {kind}.")
    if b"\0" in start:
        raise InputError(f"{name} is no text: give CSV in UTF-8, Parquet or Bellingcat's JSON.")


# ---------------------------------------------------------------------------------- text tables


class TextRows:
    """A CSV file: any usual separator, UTF-8 or Windows-1251, quoted texts over several lines."""

    has_geometry = False

    def __init__(self, file: Path) -> None:
        self.name = file.name
        self.path = file
        with file.open("rb") as stream:
            self._read_header(stream.read(_LARGEST_HEADER_BYTES))
        self.wrong_width: array[int] = array("q")
        self._unclosed: int | None = None
        self._text: _Utf8 | None = None
        self._lines = _Lines(file, self.start, self.first_line, self._separator)

    def _read_header(self, block: bytes) -> None:
        """Find separator, columns, and where the rows begin: byte ``start``, ``first_line``."""
        at = len(_UTF8_MARK) if block.startswith(_UTF8_MARK) else 0
        separators: tuple[str, ...] = _SEPARATORS
        while True:
            header = _record(_SEPARATORS).match(block, at)
            assert header is not None  # The pattern matches the empty text.
            text = header[0].strip(b"\r\n")
            told = re.fullmatch(rb"sep=([,;\t|])", text)  # Excel's way to tell the separator.
            if told:
                separators = (told[1].decode(),)
            if (text.strip() and not told) or header.end() >= len(block):
                break
            at = header.end()
        self.start = header.end()
        self.first_line = 1 + _line_ends(block[: self.start])
        if len(block) == _LARGEST_HEADER_BYTES and self.start >= len(block):
            raise InputError(f"{self.name} has no line of column names: line 1 is over 1 MB long.")
        self.beyond_ascii, self.is_cp1251 = not text.isascii(), False
        try:
            line = text.decode()
        except UnicodeDecodeError:
            line, self.is_cp1251 = text.decode("cp1251", errors="replace"), True
        try:
            rows = {mark: next(csv.reader([line], delimiter=mark)) for mark in separators}
        except csv.Error as fault:
            raise InputError(
                f"{self.name}: the column names cannot be read; a quotation mark, a line end or a "
                "very long name is out of place."
            ) from fault
        self._separator = max(separators, key=lambda mark: len(rows[mark]))
        self.columns = [name.strip() for name in rows[self._separator]]
        self.last_row = f"\n{self._separator.join([_LAST] * len(self.columns))}\n".encode()

    def batches(self, wanted: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Columns as text, a block of the file at a time."""
        wanted = list(dict.fromkeys(wanted))
        self.wrong_width, self._unclosed = array("q"), None
        self._text = _Utf8(self)
        try:
            with self._text:
                for batch in self._without_last_row(self._blocks(self._text, wanted)):
                    for at in range(0, len(batch), rows):
                        part = batch.slice(at, rows)
                        yield dict(zip(wanted, part.columns, strict=True))
        except pa.ArrowInvalid as fault:
            raise InputError(self._reason(str(fault))) from fault
        except OSError as fault:
            raise InputError(f"{self.name} cannot be read: {fault.strerror or fault}.") from fault
        if self._unclosed is not None:
            raise InputError(self._open_quote(self.where(self._unclosed)))

    def _blocks(self, text: _Utf8, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
        # By number, since a file may use one name twice.
        names = [str(number) for number in range(len(self.columns))]
        numbers = [str(self.columns.index(name)) for name in wanted]
        yield from pyarrow.csv.open_csv(
            pa.PythonFile(text, mode="r"),
            # One thread, since only then Arrow tells the number of a row that it skips.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, block_size=BLOCK_BYTES, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._separator,
                newlines_in_values=True,
                invalid_row_handler=self._skip,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=numbers,
                column_types=dict.fromkeys(numbers, pa.string()),
                strings_can_be_null=False,
            ),
        )

    def _without_last_row(self, blocks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The blocks without the row that was put below the file.

        Where it does not come out again, a quotation mark that is never closed has taken it, and
        with it all rows since.
        """
        count, held = 0, None
        for batch in blocks:
            if len(batch):
                if held is not None:
                    yield held
                count, held = count + len(batch), batch
        if held is None or any(column[-1].as_py() != _LAST for column in held.columns):
            self._unclosed = self._unclosed or count + len(self.wrong_width)
        elif len(held) > 1:
            yield held.slice(0, len(held) - 1)

    def _skip(self, row: pyarrow.csv.InvalidRow) -> str:
        self.wrong_width.append(row.number)
        if self._unclosed is None and "\n" in row.text and row.text.count('"') % 2:
            # A mark that is closed only by a later row's takes the lines between.
            self._unclosed = row.number
        return "skip"

    def _reason(self, fault: str) -> str:
        if "straddling" in fault:
            return self._open_quote(self._lines.find_long())
        return f"{self.name} cannot be read as a table: {fault.splitlines()[0].rstrip('.')}."

    def _open_quote(self, place: str) -> str:
        return (
            f"{self.name}, {place}: a quotation mark is opened and not closed, or a row is longer "
            f"than {BLOCK_BYTES // 1024**2} MB."
        )

    def where(self, row: int) -> str:
        """``line 14``, or ``row 3,000,001`` where lines would have to be counted for long."""
        return self._lines.find(row)

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        done = self._text.done if self._text is not None else 0
        return min(1.0, done / max(1, self.path.stat().st_size))

    def notes(self) -> list[str]:
        """Says where the file was taken for Windows-1251."""
        if self.is_cp1251:
            return [f"{self.name} is not in UTF-8; its text was read as Windows-1251."]
        return []

    def open(self) -> io.BufferedReader:
        """The bytes below the header."""
        stream = self.path.open("rb")
        stream.seek(self.start)
        return stream


class _Utf8(io.RawIOBase):
    """The bytes of a text file as UTF-8, whichever of the two encodings they are in.

    Every block is checked. Up to the first byte beyond ASCII both encodings are the same, so that
    the change to Windows-1251 can come late without a word misread.
    """

    def __init__(self, rows: TextRows) -> None:
        self._rows = rows
        self._stream = rows.open()
        self._tail = self._ready = b""
        self._ended = False
        self.done = rows.start
        self._lines = rows.first_line

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer at the end; then `TextRows.last_row`, once."""
        size = size if size > 0 else BLOCK_BYTES
        while len(self._ready) < size and not self._ended:
            block = self._stream.read(BLOCK_BYTES)
            self.done += len(block)
            self._ended = not block
            text, self._tail = self._utf8(self._tail + block, last=self._ended)
            self._lines += text.count(b"\n")
            self._ready += text + (self._rows.last_row if self._ended else b"")
        text, self._ready = self._ready[:size], self._ready[size:]
        return text

    def _utf8(self, block: bytes, *, last: bool) -> tuple[bytes, bytes]:
        """The block as UTF-8, and what of it belongs to a letter that is not complete yet."""
        if block.isascii():
            return block, b""
        if self._rows.is_cp1251:
            return self._from_cp1251(block), b""
        try:
            block.decode()
        except UnicodeDecodeError as fault:
            if fault.end == len(block) and fault.start > len(block) - 4 and not last:
                self._rows.beyond_ascii |= not block[: fault.start].isascii()
                return block[: fault.start], block[fault.start :]
            if self._rows.beyond_ascii or not block[: fault.start].isascii():
                line = self._lines + block.count(b"\n", 0, fault.start)
                raise InputError(
                    f"{self._rows.name}, line {line:,}: the text is UTF-8 up to here and no longer "
                    "is; save the file as CSV UTF-8."
                ) from fault
            self._rows.is_cp1251 = True
            return self._from_cp1251(block), b""
        self._rows.beyond_ascii = True
        return block, b""

    def _from_cp1251(self, block: bytes) -> bytes:
        try:
            return block.decode("cp1251").encode()
        except UnicodeDecodeError as fault:
            line = self._lines + block.count(b"\n", 0, fault.start)
            raise InputError(
                f"{self._rows.name}, line {line:,}: the text is neither UTF-8 nor Windows-1251; "
                "save the file as CSV UTF-8."
            ) from fault


class _Lines:
    """Finds the line on which a row begins: quoted texts have line ends, and blank lines no row."""

    def __init__(self, file: Path, start: int, line: int, separator: str) -> None:
        self._file, self._start = file, (start, line, 1)
        # Where the last search ended: the next one, mostly for a later row, goes on from there.
        self._at = self._start
        self._record = _record((separator,))

    def find(self, row: int) -> str:
        """``line 14``, or ``row 3,000,001`` where that is far."""
        if row < self._at[2]:
            self._at = self._start
        if row - self._at[2] <= _MOST_ROWS_TO_SEARCH:
            for line, number, _ in self._records():
                if number == row:
                    return f"line {line:,}"
        return f"row {row:,}"

    def find_long(self) -> str:
        """Where a row begins that is longer than a block."""
        for line, _, size in itertools.islice(self._records(), _MOST_ROWS_TO_SEARCH):
            if size > BLOCK_BYTES // 2:
                return f"line {line:,}"
        return f"after line {self._at[1]:,}"

    def _records(self) -> Iterator[tuple[int, int, int]]:
        """Line, number and size in bytes of each row, from where the last search ended."""
        with (
            self._file.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text,
        ):
            at, line, number = self._at
            while at < len(text):
                record = self._record.match(text, at)
                assert record is not None  # The pattern matches the empty text.
                end, whole = record.end(), record[0]
                del record  # It holds on to the mapped file, which then could not be closed.
                if whole.strip(b"\r\n"):
                    yield line, number, end - at
                    number += 1
                line += _line_ends(whole)
                at = end
                self._at = at, line, number


def _record(separators: Sequence[str]) -> re.Pattern[bytes]:
    """A row with its line end, as Arrow takes it: a quotation mark counts only where a cell begins.

    A mark that is never closed takes the rest of the file.
    """
    marks = re.escape("".join(separators).encode())
    quoted = rb'"(?:[^"]++|"")*+(?:"[^%b\r\n]*+|\Z)' % marks
    cell = rb'(?:%b|[^"%b\r\n][^%b\r\n]*+|)' % (quoted, marks, marks)
    return re.compile(rb"%b(?:[%b]%b)*+(?:\r\n|\n|\r|\Z)" % (cell, marks, cell))


def _line_ends(text: bytes) -> int:
    return text.count(b"\n") or text.count(b"\r")


# -------------------------------------------------------------------------------------- Parquet


class ParquetRows:
    """A Parquet file, with point geometries where it is GeoParquet in degrees."""

    wrong_width: Sequence[int] = ()

    def __init__(self, file: Path) -> None:
        self.name = file.name
        self.path = file
        self._done = 0
        with self._opened() as parquet:
            self._rows = parquet.metadata.num_rows
            self.columns = list(parquet.schema_arrow.names)
            about = (parquet.schema_arrow.metadata or {}).get(b"geo")
        self._geometry, self._encoding = _geometry_column(about, self.columns, self.name)
        self.has_geometry = self._geometry is not None

    def batches(self, wanted: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Only the columns asked for; `GEOMETRY` gives ``longitude`` and ``latitude``."""
        geometry = self._geometry or ""
        names = [geometry if name == GEOMETRY else name for name in dict.fromkeys(wanted)]
        self._done = 0
        with self._opened() as parquet:
            stream = parquet.iter_batches(batch_size=rows, columns=names)
            while True:
                try:
                    batch = next(stream, None)
                except (pa.ArrowException, OSError, ValueError) as fault:
                    raise InputError(
                        f"{self.name} is damaged after row {self._done:,}: it cannot be read on."
                    ) from fault
                if batch is None:
                    return
                self._done += len(batch)
                columns = {name: batch.column(name) for name in names if name in wanted}
                if GEOMETRY in wanted:
                    points = _points(batch.column(geometry), self._encoding, self.name)
                    columns |= dict(zip((GEOMETRY_X, GEOMETRY_Y), points, strict=True))
                yield columns

    def _opened(self) -> Any:
        try:
            # A buffered stream reads a column chunk piece by piece, however large its row group.
            return pq.ParquetFile(pa.OSFile(str(self.path)), buffer_size=1024 * 1024)
        except (pa.ArrowException, OSError, ValueError) as fault:
            raise InputError(f"{self.name} is not a whole Parquet file; save it anew.") from fault

    def where(self, row: int) -> str:
        """``row 14``."""
        return f"row {row:,}"

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        return self._done / max(1, self._rows)

    def notes(self) -> list[str]:
        """Nothing: Parquet is read as it is."""
        return []


def _geometry_column(
    about: bytes | None, columns: Sequence[str], name: str
) -> tuple[str | None, str]:
    """The point column that GeoParquet's metadata names and how it is written."""
    if about is None:
        return None, ""
    try:
        document = json.loads(about)
        column = document["primary_column"]
        entry = document["columns"][column]
        encoding, crs = entry["encoding"].lower(), entry.get("crs", "OGC:CRS84")
        projection = None if crs is None else pyproj.CRS.from_user_input(crs).to_2d()
    except (ValueError, LookupError, TypeError, AttributeError, pyproj.exceptions.CRSError) as f:
        raise InputError(f"{name} is not valid GeoParquet: its description is damaged.") from f
    if column not in columns or encoding not in ("wkb", "point"):
        raise InputError(f"{name} has no point geometry; give points, not lines or areas.")
    degrees = pyproj.CRS("OGC:CRS84")
    if projection is not None and not projection.equals(degrees, ignore_axis_order=True):
        raise InputError(
            f"{name} is in {clipped(projection.name)}; save it in longitude and latitude, "
            "EPSG:4326."
        )
    return column, encoding


def _points(column: pa.Array, encoding: str, name: str) -> tuple[pa.Array, pa.Array]:
    """Longitude and latitude of points, heights dropped; NaN for anything else."""
    if encoding == "point":
        if not pa.types.is_struct(column.type):
            raise InputError(f"{name}: its points are not written as GeoParquet asks.")
        return pc.struct_field(column, "x"), pc.struct_field(column, "y")
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise InputError(f"{name}: its points are not written as GeoParquet asks.")
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore")
        is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
        shapes = np.where(is_point & ~shapely.is_empty(shapes), shapes, None)
        return pa.array(shapely.get_x(shapes)), pa.array(shapely.get_y(shapes))


# ------------------------------------------------------------------------------ Bellingcat's list


class ListRows:
    """A JSON list of incidents, as Bellingcat publishes it."""

    has_geometry = False
    wrong_width: Sequence[int] = ()

    def __init__(self, file: Path) -> None:
        self.path = file
        self.name = file.name
        self._done = 0.0
        if file.stat().st_size > LARGEST_LIST_BYTES:
            limit = LARGEST_LIST_BYTES // 1024**2
            raise InputError(f"{self.name} is JSON over {limit} MB; save it as CSV or Parquet.")
        try:
            document = json.loads(file.read_bytes().decode("utf-8-sig"))
        except UnicodeDecodeError as fault:
            raise InputError(f"{self.name} is not in UTF-8, as JSON must be.") from fault
        except json.JSONDecodeError as fault:
            raise InputError(
                f"{self.name} is not valid JSON: {fault.msg} (line {fault.lineno:,})."
            ) from fault
        except (ValueError, RecursionError) as fault:
            raise InputError(f"{self.name} is not valid JSON.") from fault
        except OSError as fault:
            raise InputError(f"{self.name} cannot be read: {fault.strerror or fault}.") from fault
        if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
            raise InputError(
                f"{self.name} is JSON, but not Bellingcat's list of incidents; save it as CSV or "
                "GeoParquet."
            )
        self._document: list[dict[str, Any]] = document
        self.columns = list(dict.fromkeys(itertools.chain.from_iterable(document)))

    def batches(self, wanted: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Columns as text."""
        for at in range(0, len(self._document), rows):
            part = self._document[at : at + rows]
            self._done = (at + len(part)) / len(self._document)
            yield {
                name: pa.array([_cell(row.get(name)) for row in part], type=pa.string())
                for name in wanted
            }

    def where(self, row: int) -> str:
        """``entry 14``."""
        return f"entry {row:,}"

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        return self._done

    def notes(self) -> list[str]:
        """Nothing: a list is read as it is."""
        return []


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        # JSON may hold halves of a letter that no UTF-8 text has.
        return value and value.encode("utf-8", "replace").decode()
    return str(value)


def record_number(row: int, wrong_width: Sequence[int]) -> int:
    """The number in the file of a row that was read, from 1; rows of wrong width count there."""
    number = row
    skipped = 0
    while skipped < (more := bisect.bisect_right(wrong_width, number)):
        number += more - skipped
        skipped = more
    return number
