"""Columns of a file, as Arrow reads them, to numbers, days, precisions and classes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data import moments
from data.moments import NOT_NUMERIC
from data.texts import LONGEST_CELL
from events.formats import NOT_UNDERSTOOD, PRECISIONS, UNKNOWN

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_DECIMAL_COMMA = r"^[+-]?\d*,\d+$"
_LONGEST_CLASS = 80
_LONGEST_ID = 200
_FNV_PRIME = np.uint64(0x100000001B3)
# Instants of 1850 to 2150, in seconds since 1970: others no calendar need convert.
_SECONDS = (-3_786_825_600, 5_680_281_600)
_A_SECOND = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}
# What people write around a word of precision: "oblast level", "на рівні області (центр)".
_PADDING = frozenset(
    (
        *("level", "only", "centre", "center", "centroid", "of", "the", "approximate", "approx"),
        *("рівень", "рівні", "на", "тільки", "центр", "центроїд"),
        *("уровень", "уровне", "только", "центроид"),
    )
)
_LONGEST_PRECISION = 80
_MOST_WORDS = 5


@dataclass(frozen=True)
class Days:
    """A column of dates.

    Attributes
    ----------
    day : ndarray of datetime64[D]
        NaT where there is none, or it cannot be told.
    order : ndarray of int8
        For dates such as 13/04/2022 how they can be read: `DAY_FIRST`, `MONTH_FIRST`, `EITHER`.
    serial : bool
        Whether some were Excel's numbers.
    """

    day: np.ndarray
    order: np.ndarray
    serial: bool


def as_text(column: pa.Array) -> pa.Array:
    """A column as text without spaces around it; missing stays missing."""
    return pc.utf8_trim_whitespace(pc.cast(column, pa.string()))


def too_long(column: pa.Array) -> np.ndarray:
    """Rows whose text is longer than `LONGEST_CELL` bytes."""
    if pa.types.is_dictionary(column.type):
        cells, index = _used(column)
        return np.append(too_long(cells), False)[index]
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return np.zeros(len(column), dtype=bool)
    return _true(pc.greater(pc.binary_length(column), LONGEST_CELL))


def _used(column: pa.DictionaryArray) -> tuple[pa.Array, np.ndarray]:
    """The values of a dictionary that are in use; for each row its value's place, or their count.

    Whatever is done with the values is then done once for each, however many rows have it.
    """
    whole = pc.cast(column.indices, pa.int64()).fill_null(len(column.dictionary))
    index = whole.to_numpy(zero_copy_only=False)
    used = np.flatnonzero(np.bincount(index, minlength=len(column.dictionary) + 1)[:-1])
    place = np.full(len(column.dictionary) + 1, len(used))
    place[used] = np.arange(len(used))
    return column.dictionary.take(pa.array(used)), place[index]


def _different(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The different texts of a column, the last of them empty, and for each row its text's place.

    A missing text is an empty one.
    """
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(as_text(column))
    cells, index = _used(column)
    text = as_text(cells).fill_null("")
    return pa.concat_arrays([text, pa.array([""])]), index


def coordinates(column: pa.Array) -> np.ndarray:
    """Degrees as float64, NaN where there is no finite number; a decimal comma is understood."""
    if pa.types.is_dictionary(column.type):
        cells, index = _used(column)
        return np.append(coordinates(cells), np.nan)[index]
    try:
        numbers = pc.cast(column, pa.float64())
    except pa.ArrowInvalid:
        # Some cell is no plain number: then each is looked at.
        numbers = pc.cast(_number_text(as_text(column)), pa.float64())
    degrees = numbers.to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(degrees), degrees, np.nan)


def _number_text(text: pa.Array) -> pa.Array:
    comma = pc.match_substring_regex(text, _DECIMAL_COMMA)
    if pc.any(comma).as_py():
        text = pc.if_else(comma, pc.replace_substring(text, ",", "."), text)
    number = pc.match_substring_regex(text, _NUMBER)
    return pc.if_else(number, text, pa.scalar(None, pa.string()))


def days(column: pa.Array, *, day_first: bool | None = None) -> Days:
    """Days of a column of dates, timestamps or text.

    A time with a zone is an instant, and its day is the one in Kyiv; midnight with a zone is how
    programs write a day, which stays as written. A time without a zone stays as written.

    Parameters
    ----------
    column : Array
        Dates, timestamps, or text as `data.moments.read` takes it.
    day_first : bool, optional
        How to read 03/04/2022; without it such a date is NaT, and `EITHER` in ``order``.
    """
    kind = column.type
    if pa.types.is_dictionary(kind) and not _is_text(kind.value_type):
        cells, index = _used(column)
        found = days(cells, day_first=day_first)
        return Days(
            np.append(found.day, np.datetime64("NaT", "D"))[index],
            np.append(found.order, np.int8(NOT_NUMERIC))[index],
            found.serial,
        )
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        day = _typed_days(column)
        return Days(moments.in_range(day), np.zeros(len(day), dtype="int8"), serial=False)
    # A column repeats its days: only the different ones are read.
    text, index = _different(column)
    written = moments.read(text, day_first=day_first)
    # Midnight with a zone is how programs write a day.
    moves = written.has_zone & ~written.is_midnight
    day = np.where(moves, written.local.astype("datetime64[D]"), written.day)
    return Days(moments.in_range(day)[index], written.order[index], bool(written.is_serial.any()))


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _typed_days(column: pa.Array) -> np.ndarray:
    if pa.types.is_date(column.type):
        return column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    column = _convertible(column)
    if column.type.tz is None:
        return column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    instant = column.to_pandas()
    written = pc.local_timestamp(column).to_numpy(zero_copy_only=False)
    in_kyiv = pd.DatetimeIndex(instant).tz_convert(moments.KYIV).tz_localize(None).to_numpy()
    midnight = written == written.astype("datetime64[D]")
    return np.where(midnight, written, in_kyiv).astype("datetime64[D]")


def _convertible(column: pa.Array) -> pa.Array:
    """Timestamps, missing where they are so far away that no library converts them."""
    ticks = pc.cast(column, pa.int64())
    first, last = (seconds * _A_SECOND[column.type.unit] for seconds in _SECONDS)
    near = pc.and_(pc.greater_equal(ticks, first), pc.less(ticks, last))
    return pc.if_else(near, column, pa.scalar(None, column.type))


def precisions(column: pa.Array, words: Mapping[str, str]) -> tuple[np.ndarray, frozenset[str]]:
    """Codes of precision (places in `PRECISIONS`), and some words that are not understood.

    Their code is -1: what a file says and nobody understands may well be an oblast.
    """
    text, index = _different(column)
    text = pc.utf8_slice_codeunits(text, 0, _LONGEST_PRECISION + 1)
    cells = text.to_pylist()
    code = np.array([_precision(cell, words) for cell in cells], dtype="int8")
    odd = {cells[place] for place in np.flatnonzero(code == NOT_UNDERSTOOD)}
    return code[index], fewest(odd)


def fewest(words: Collection[str]) -> frozenset[str]:
    """The first words in the order of the alphabet, the same however the file is cut."""
    return frozenset(sorted(words)[:_MOST_WORDS])


def _precision(cell: str, words: Mapping[str, str]) -> int:
    code = re.sub(r"\.0+$", "", cell.casefold())
    known = words.get(code)
    if known is None and any(letter.isalpha() for letter in code):
        plain = re.sub(r"[\W_]+", " ", code).split()
        bare = [word for word in plain if word not in _PADDING]
        forms = (" ".join(plain), " ".join(bare), "".join(bare))
        known = next((words[form] for form in forms if form in words), None)
    if known is None:
        return NOT_UNDERSTOOD if cell else _UNKNOWN
    return PRECISIONS.index(known)


_UNKNOWN = PRECISIONS.index(UNKNOWN)


def precise(codes: np.ndarray) -> pd.Categorical:
    """Codes of precision as a categorical of all `PRECISIONS`."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(PRECISIONS, dtype="str"))


def classes(column: pa.Array, names: Mapping[str, str], blank: str) -> pd.Categorical:
    """Classes, with codes put into words, line breaks made spaces and long texts cut."""
    text, index = _different(column)
    text = pc.replace_substring_regex(text, r"\s+", " ")
    text = pc.utf8_slice_codeunits(text, 0, _LONGEST_CLASS)
    place = pc.index_in(text, pa.array(list(names), type=pa.string()))
    words = pa.array(list(names.values()), type=pa.string()).take(place)
    text = pc.if_else(pc.equal(text, ""), blank, pc.coalesce(words, text))
    # Texts that differ in what was cut, or in spaces, are one class.
    codes, categories = pd.factorize(text.to_numpy(zero_copy_only=False))
    return _categorical(codes[index], pd.Index(categories, dtype="str"))


def flagged(
    columns: Mapping[str, pa.Array], flags: tuple[tuple[str, str], ...], blank: str, rows: int
) -> pd.Categorical:
    """The class of the first flag that is set, of those that the file has."""
    names = pd.Index(dict.fromkeys([*(name for _, name in flags), blank]), dtype="str")
    code = np.full(rows, names.get_loc(blank), dtype="int16")
    on = pa.array(["1", "1.0", "true"])
    for column, name in reversed(flags):
        if column in columns:
            text, index = _different(columns[column])
            is_set = _true(pc.is_in(pc.utf8_lower(text), on))
            code[is_set[index]] = names.get_loc(name)
    return _categorical(code, names)


def is_in(column: pa.Array, words: Collection[str]) -> np.ndarray:
    """Rows whose text, in lower case, is one of some; a missing text is an empty one."""
    text, index = _different(column)
    return _true(pc.is_in(pc.utf8_lower(text), pa.array(list(words), type=pa.string())))[index]


def identities(column: pa.Array) -> pd.Series:
    """Ids as text, long ones cut."""
    text, index = _different_as_written(column)
    cut = pc.utf8_slice_codeunits(text, 0, _LONGEST_ID).to_pandas().astype("str")
    return cut.iloc[index].reset_index(drop=True)


def hashes(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """A number for each row's id, the same for the same id, and whether it has an id."""
    if pa.types.is_dictionary(column.type):
        cells, index = _used(column)
        number, has_id = hashes(cells)
        return np.append(number, np.uint64(0))[index], np.append(has_id, False)[index]
    text = pa.concat_arrays([as_text(column).fill_null("")])
    _, ends, letters = text.buffers()
    end = np.frombuffer(ends, dtype="int32")[text.offset : text.offset + len(text) + 1]
    size = np.minimum(np.diff(end), _LONGEST_ID)
    letter = np.frombuffer(letters or b"", dtype="uint8")
    # FNV-1a, a letter of all ids at a time.
    number = np.full(len(text), 0xCBF29CE484222325, dtype="uint64")
    longer = np.arange(len(text))
    for place in range(int(size.max(initial=0))):
        longer = longer[size[longer] > place]
        number[longer] = (number[longer] ^ letter[end[longer] + place]) * _FNV_PRIME
    # Its low bits are the worse ones.
    return number ^ (number >> np.uint64(32)), size > 0


def _different_as_written(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """As `_different`, spaces around the texts kept."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(pc.cast(column, pa.string()))
    cells, index = _used(column)
    text = pc.cast(cells, pa.string()).fill_null("")
    return pa.concat_arrays([text, pa.array([""])]), index


def same_class(name: str, rows: int) -> pd.Categorical:
    """One class for every row."""
    return _categorical(np.zeros(rows, dtype="int8"), pd.Index([name], dtype="str"))


def _true(mask: pa.Array) -> np.ndarray:
    return mask.fill_null(False).to_numpy(zero_copy_only=False)


def _categorical(codes: np.ndarray, names: pd.Index) -> pd.Categorical:
    """A categorical whose categories are in use, once each, and sorted."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    kept = names[used]
    final = pd.Index(sorted(set(kept)), dtype="str")
    place = np.zeros(len(names), dtype="int32")
    place[used] = final.get_indexer(kept)
    return pd.Categorical.from_codes(place[codes], categories=final)
