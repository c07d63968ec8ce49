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
import tempfile
import weakref
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

from data import texts
from data.delimited import no_header
from data.errors import InputError
from data.language import _
from events.formats import clipped
from geo import words

# Asks for the point geometry; comes back as two columns of numbers, named so that none clashes.
GEOMETRY = "\0geometry"
GEOMETRY_X, GEOMETRY_Y = GEOMETRY + "_x", GEOMETRY + "_y"
LARGEST_LIST_BYTES = 200 * 1024 * 1024
# A row, with all its text, must fit a block.
BLOCK_BYTES = 16 * 1024 * 1024
BATCH_BYTES = 256 * 1024 * 1024
"""The texts of a batch of Parquet are about so many bytes: fewer rows where they are long."""
# Shorter rows than these hold no place, date and id.
_SHORT_ROW_BYTES = 32
_SNIFFED_BYTES = 64 * 1024
# The cell of the row that is put below a file: ASCII's "record separator", which hardly any has. Of
# a file whose last row is the same only the row put there is taken off again.
_LAST = "\x1e"
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

    @property
    def most_rows(self) -> int:
        """About how many rows it has at most, however much of it is read."""

    def batches(self, wanted: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Columns by name, at most so many rows at a time, as the file has them."""

    def where(self, row: int) -> str:
        """Where a row stands, as ``line 14``; `record_number` gives its number."""

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""

    def notes(self) -> list[str]:
        """What was done to read the file, a sentence each."""


def too_much_memory(name: str, rows: int) -> InputError:
    """What is said where there is not enough memory for the rows after so many."""
    return InputError(
        _(
            "{name} needs too much memory after row {rows}; shorten its texts, or save it as "
            "Parquet with smaller row groups."
        ).format(name=name, rows=words.number(rows))
    )


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
        raise InputError(
            _("{file} cannot be read: {why}.").format(file=file, why=fault.strerror or fault)
        ) from fault
    if start.startswith(texts.UTF16_MARKS):
        return TextRows(file)
    text = start.removeprefix(texts.UTF8_MARK).strip()
    if not text:
        raise InputError(_("{name} is empty.").format(name=name))
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
            _(
                "there is no file {path}; give a file of this machine (addresses of the web are "
                "not opened)."
            ).format(path=clipped(str(path)))
        )
    return file


def _refuse_other_kinds(name: str, start: bytes) -> None:
    kinds = {
        b"PK\x03\x04": _(
            "an Excel workbook or a ZIP archive; save the sheet as CSV UTF-8, or unpack"
        ),
        b"\xd0\xcf\x11\xe0": _("an old Excel workbook; save the sheet as CSV UTF-8"),
        b"\x1f\x8b": _("compressed with gzip; unpack it first"),
    }
    for mark, kind in kinds.items():
        if start.startswith(mark):
            raise InputError(_("{name} is {kind}.").format(name=name, kind=kind))
    if b"\0" in start:
        raise InputError(
            _("{name} is no text: give CSV in UTF-8, Parquet or Bellingcat's JSON.").format(
                name=name
            )
        )


# ---------------------------------------------------------------------------------- text tables


class TextRows:
    """A CSV file: any usual separator, quoted texts over several lines.

    UTF-8, Windows-1251, or UTF-16, which is read from a copy in UTF-8 that lasts as long as this.
    """

    has_geometry = False

    def __init__(self, file: Path) -> None:
        self.name = file.name
        self.path = file
        with file.open("rb") as stream:
            self.is_utf16 = stream.read(2) in texts.UTF16_MARKS
        self.table = self._copy() if self.is_utf16 else file
        with self.table.open("rb") as stream:
            self._read_header(stream.read(texts.LARGEST_HEADER_BYTES))
        self.wrong_width: array[int] = array("q")
        self._unclosed: int | None = None
        self._text: Utf8 | None = None
        self._lines = _Lines(self.table, self.start, self.first_line, self.separator)

    def _copy(self) -> Path:
        handle, name = tempfile.mkstemp(prefix="atlas-", suffix=".csv")
        weakref.finalize(self, Path(name).unlink, missing_ok=True)
        try:
            with (
                open(handle, "w", encoding="utf-8", newline="") as copy,
                self.path.open(encoding="utf-16", newline="") as stream,
            ):
                while text := stream.read(BLOCK_BYTES // 4):
                    copy.write(text)
        except UnicodeError as fault:
            raise InputError(
                _("{name} is not whole UTF-16; save it as CSV UTF-8.").format(name=self.name)
            ) from fault
        except OSError as fault:
            raise InputError(
                _("{file} cannot be read: {why}.").format(
                    file=self.name, why=fault.strerror or fault
                )
            ) from fault
        return Path(name)

    def _read_header(self, block: bytes) -> None:
        """Find separator, columns, and where the rows begin: byte ``start``, ``first_line``."""
        header = texts.find_header(block)
        is_long = len(block) == texts.LARGEST_HEADER_BYTES
        if is_long and (header is None or header.ends >= len(block)):
            raise InputError(
                _("{name} has no line of column names: line 1 is over 1 MB long.").format(
                    name=self.name
                )
            )
        if header is None:
            raise InputError(no_header(self.name))
        self.start = header.ends
        self.first_line = 1 + texts.count_line_ends(block[: self.start])
        self.beyond_ascii, self.is_cp1251 = not header.text.isascii(), False
        try:
            line = header.text.decode()
        except UnicodeDecodeError as fault:
            line, self.is_cp1251 = header.text.decode("cp1251", errors="replace"), True
            if texts.misread_at(line) is not None:
                above = 1 + texts.count_line_ends(block[: header.begins])
                raise InputError(_neither(self.name, above)) from fault
        self.separator = texts.separator_of(line, header.separators)
        try:
            names = next(csv.reader([line], delimiter=self.separator))
        except csv.Error as fault:
            raise InputError(
                _(
                    "{name}: the column names cannot be read; a quotation mark, a line end or a "
                    "very long name is out of place."
                ).format(name=self.name)
            ) from fault
        self.columns = [name.strip() for name in names]
        self.last_row = f"\n{self.separator.join([_LAST] * len(self.columns))}\n".encode()

    def batches(self, wanted: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Columns as text, a block of the file at a time."""
        wanted = list(dict.fromkeys(wanted))
        self.wrong_width, self._unclosed = array("q"), None
        self._text = Utf8(self)
        try:
            with self._text:
                for batch in self._without_last_row(self._blocks(self._text, wanted)):
                    for at in range(0, len(batch), rows):
                        part = batch.slice(at, rows)
                        yield dict(zip(wanted, part.columns, strict=True))
        except pa.ArrowInvalid as fault:
            raise InputError(self._reason(str(fault))) from fault
        except OSError as fault:
            raise InputError(
                _("{file} cannot be read: {why}.").format(
                    file=self.name, why=fault.strerror or fault
                )
            ) from fault
        if self._unclosed is not None:
            raise InputError(self._open_quote(self.where(self._unclosed)))

    def _blocks(self, text: Utf8, wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
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
                delimiter=self.separator,
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
        return _("{name} cannot be read as a table: {why}.").format(
            name=self.name, why=fault.splitlines()[0].rstrip(".")
        )

    def _open_quote(self, place: str) -> str:
        return _(
            "{name}, {place}: a quotation mark is opened and not closed, or a row is longer than "
            "{megabytes} MB."
        ).format(name=self.name, place=place, megabytes=BLOCK_BYTES // 1024**2)

    def where(self, row: int) -> str:
        """``line 14``, or ``row 3,000,001`` where lines would have to be counted for long."""
        return self._lines.find(row)

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        done = self._text.done if self._text is not None else 0
        return min(1.0, done / max(1, self.table.stat().st_size))

    @property
    def most_rows(self) -> int:
        """As many as there are of `_SHORT_ROW_BYTES`."""
        return self.table.stat().st_size // _SHORT_ROW_BYTES

    def notes(self) -> list[str]:
        """Says where the file was taken for Windows-1251 or UTF-16."""
        if self.is_cp1251:
            return [
                _("{name} is not in UTF-8; its text was read as Windows-1251.").format(
                    name=self.name
                )
            ]
        return [_("{name} was read as UTF-16.").format(name=self.name)] if self.is_utf16 else []

    def open(self) -> io.BufferedReader:
        """The bytes below the header."""
        stream = self.table.open("rb")
        stream.seek(self.start)
        return stream


class Utf8(io.RawIOBase):
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
        if (zero := block.find(0)) >= 0:
            line = self._lines + block.count(b"\n", 0, zero)
            raise InputError(
                _(
                    "{name}, line {line}: a zero byte, which no text has; save the file as CSV "
                    "UTF-8."
                ).format(name=self._rows.name, line=words.number(line))
            )
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
                    _(
                        "{name}, line {line}: the text is UTF-8 up to here and no longer is; save "
                        "the file as CSV UTF-8."
                    ).format(name=self._rows.name, line=words.number(line))
                ) from fault
            self._rows.is_cp1251 = True
            return self._from_cp1251(block), b""
        self._rows.beyond_ascii = True
        return block, b""

    def _from_cp1251(self, block: bytes) -> bytes:
        # The one byte that Windows-1251 does not have becomes a sign that no text has.
        text = block.decode("cp1251", errors="replace")
        at = texts.misread_at(text)
        if at is not None:
            line = self._lines + text.count("\n", 0, at)
            raise InputError(_neither(self._rows.name, line))
        return text.encode()


def _neither(name: str, line: int) -> str:
    return _(
        "{name}, line {line}: the text is neither UTF-8 nor Windows-1251; save the file as CSV "
        "UTF-8."
    ).format(name=name, line=words.number(line))


class _Lines:
    """Finds the line on which a row begins: quoted texts have line ends, and blank lines no row."""

    def __init__(self, file: Path, start: int, line: int, separator: str) -> None:
        self._file, self._start = file, (start, line, 1)
        # Where the last search ended: the next one, mostly for a later row, goes on from there.
        self._at = self._start
        self._record = texts.record_pattern((separator,))

    def find(self, row: int) -> str:
        """``line 14``, or ``row 3,000,001`` where that is far."""
        if row < self._at[2]:
            self._at = self._start
        if row - self._at[2] <= _MOST_ROWS_TO_SEARCH:
            for line, number, _size in self._records():
                if number == row:
                    return _("line {line}").format(line=words.number(line))
        return _("row {row}").format(row=words.number(row))

    def find_long(self) -> str:
        """Where a row begins that is longer than a block."""
        for line, _row, size in itertools.islice(self._records(), _MOST_ROWS_TO_SEARCH):
            if size > BLOCK_BYTES // 2:
                return _("line {line}").format(line=words.number(line))
        return _("after line {line}").format(line=words.number(self._at[1]))

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
                line += texts.count_line_ends(whole)
                at = end
                self._at = at, line, number


# -------------------------------------------------------------------------------------- Parquet


class ParquetRows:
    """A Parquet file, with point geometries where it is GeoParquet in degrees."""

    wrong_width: Sequence[int] = ()

    def __init__(self, file: Path, groups: Sequence[int] | None = None) -> None:
        self.name = file.name
        self.path = file
        self._groups = groups
        self._done = 0
        with self.open() as parquet:
            self.most_rows = parquet.metadata.num_rows
            schema = parquet.schema_arrow
            self.columns = list(schema.names)
            self._texts = [field.name for field in schema if _is_text(field.type)]
            about = (schema.metadata or {}).get(b"geo")
        self._geometry, self._encoding = _geometry_column(about, self.columns, self.name)
        self.has_geometry = self._geometry is not None

    def batches(self, wanted: Sequence[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Only the columns asked for; `GEOMETRY` gives ``longitude`` and ``latitude``."""
        geometry = self._geometry or ""
        names = [geometry if name == GEOMETRY else name for name in dict.fromkeys(wanted)]
        self._done = 0
        # A text that many rows have is then held once.
        with self.open([name for name in names if name in self._texts]) as parquet:
            rows = min(rows, self._rows_at_once(parquet.metadata, names))
            stream = parquet.iter_batches(
                batch_size=rows, row_groups=self._numbers(parquet.metadata), columns=names
            )
            for batch in _together(self._whole(stream), rows):
                self._done += len(batch)
                columns = {name: batch.column(name) for name in names if name in wanted}
                if GEOMETRY in wanted:
                    points = _points(batch.column(geometry), self._encoding, self.name)
                    columns |= dict(zip((GEOMETRY_X, GEOMETRY_Y), points, strict=True))
                yield columns

    def _whole(self, stream: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same batches, as long as the file is not damaged."""
        done = 0
        while True:
            try:
                batch = next(stream, None)
            except MemoryError:
                raise
            except (pa.ArrowException, OSError, ValueError) as fault:
                raise InputError(
                    _("{name} is damaged after row {done}: it cannot be read on.").format(
                        name=self.name, done=words.number(done)
                    )
                ) from fault
            if batch is None:
                return
            done += len(batch)
            yield batch

    def open(self, texts_once: Sequence[str] = ()) -> Any:
        """The file, open; the columns named give their texts as a dictionary.

        Raises
        ------
        InputError
            Where it is no whole Parquet file.
        """
        try:
            # A buffered stream reads a column chunk piece by piece, however large its row group.
            return pq.ParquetFile(
                pa.OSFile(str(self.path)),
                buffer_size=1024 * 1024,
                read_dictionary=list(texts_once) or None,
            )
        except MemoryError as fault:
            raise too_much_memory(self.name, 0) from fault
        except (pa.ArrowException, OSError, ValueError) as fault:
            raise InputError(
                _("{name} is not a whole Parquet file; save it anew.").format(name=self.name)
            ) from fault

    def _numbers(self, about: Any) -> Sequence[int]:
        return range(about.num_row_groups) if self._groups is None else self._groups

    def _rows_at_once(self, about: Any, names: Sequence[str]) -> int:
        """How many rows have about `BATCH_BYTES` in these columns, where they are longest."""
        rows = max(1, about.num_rows)
        for number in self._numbers(about):
            group = about.row_group(number)
            columns = (group.column(place) for place in range(group.num_columns))
            size = sum(
                column.total_uncompressed_size
                for column in columns
                if column.path_in_schema in names or column.path_in_schema.split(".")[0] in names
            )
            rows = min(rows, max(1, BATCH_BYTES * group.num_rows // max(1, size)))
        return rows

    def where(self, row: int) -> str:
        """``row 14``."""
        return _("row {row}").format(row=words.number(row))

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        return self._done / max(1, self.most_rows)

    def notes(self) -> list[str]:
        """Nothing: Parquet is read as it is."""
        return []


def _together(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches put together to at most so many rows: each row group has dictionaries of its own."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        if held and sum(map(len, held)) + len(batch) > rows:
            yield from _joined(held)
            held = []
        held.append(batch)
    if held:
        yield from _joined(held)


def _joined(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    if len(batches) == 1:
        return batches
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


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
        raise InputError(
            _("{name} is not valid GeoParquet: its description is damaged.").format(name=name)
        ) from f
    if column not in columns or encoding not in ("wkb", "point"):
        raise InputError(
            _("{name} has no point geometry; give points, not lines or areas.").format(name=name)
        )
    degrees = pyproj.CRS("OGC:CRS84")
    if projection is not None and not projection.equals(degrees, ignore_axis_order=True):
        raise InputError(
            _("{name} is in {crs}; save it in longitude and latitude, EPSG:4326.").format(
                name=name, crs=clipped(projection.name)
            )
        )
    return column, encoding


def _points(column: pa.Array, encoding: str, name: str) -> tuple[pa.Array, pa.Array]:
    """Longitude and latitude of points, heights dropped; NaN for anything else."""
    if encoding == "point":
        if not pa.types.is_struct(column.type):
            raise InputError(
                _("{name}: its points are not written as GeoParquet asks.").format(name=name)
            )
        return pc.struct_field(column, "x"), pc.struct_field(column, "y")
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise InputError(
            _("{name}: its points are not written as GeoParquet asks.").format(name=name)
        )
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
            raise InputError(
                _("{name} is JSON over {limit} MB; save it as CSV or Parquet.").format(
                    name=self.name, limit=limit
                )
            )
        try:
            document = json.loads(file.read_bytes().decode("utf-8-sig"))
        except MemoryError as fault:
            raise too_much_memory(self.name, 0) from fault
        except UnicodeDecodeError as fault:
            raise InputError(
                _("{name} is not in UTF-8, as JSON must be.").format(name=self.name)
            ) from fault
        except json.JSONDecodeError as fault:
            raise InputError(
                _("{name} is not valid JSON: {why} (line {line}).").format(
                    name=self.name, why=fault.msg, line=words.number(fault.lineno)
                )
            ) from fault
        except (ValueError, RecursionError) as fault:
            raise InputError(_("{name} is not valid JSON.").format(name=self.name)) from fault
        except OSError as fault:
            raise InputError(
                _("{file} cannot be read: {why}.").format(
                    file=self.name, why=fault.strerror or fault
                )
            ) from fault
        if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
            raise InputError(
                _(
                    "{name} is JSON, but not Bellingcat's list of incidents; save it as CSV or "
                    "GeoParquet."
                ).format(name=self.name)
            )
        self._document: list[dict[str, Any]] = document
        self.columns = list(dict.fromkeys(itertools.chain.from_iterable(document)))
        self.most_rows = len(document)

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
        return _("entry {row}").format(row=words.number(row))

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
