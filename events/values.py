"""Columns of a file, as Arrow reads them, to numbers, days, precisions and classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from events.formats import PRECISIONS, UNKNOWN

# How a numeric date such as 03/04/2022 may be read.
NOT_NUMERIC, DAY_FIRST, MONTH_FIRST, EITHER = range(4)

_KYIV = "Europe/Kyiv"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_DECIMAL_COMMA = r"^[+-]?\d*,\d+$"
_LONGEST_CLASS = 80
_YEARS = (1900, 2100)

_TIME = (
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?:[AaPp][Mm]|(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?))?)?$"
)
_YEAR_FIRST = r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME
_COMPACT = r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\.0)?$"
_NUMERIC = r"^(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})[-/.](?P<y>\d{4})" + _TIME
_NAMED_DAY_FIRST = r"^(?P<d>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<y>\d{4})" + _TIME
_NAMED_MONTH_FIRST = r"^(?P<name>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME
_SERIAL = r"^(?P<n>\d{5})(?:[.,]\d+)?$"
# Excel counts days from here (its 1 March 1900 is day 61: it knows a 29 February 1900).
_EXCEL_DAY_0 = np.datetime64("1899-12-30", "D")
_SERIALS = (32874, 73415)  # 1990 to 2100: a postcode or a count is not taken for a date.
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


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


def coordinates(column: pa.Array) -> np.ndarray:
    """Degrees as float64, NaN where there is no finite number; a decimal comma is understood."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
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
        Dates, timestamps, or text: ISO, 20220413, 13 April 2022, April 13, 2022, 13.04.2022 (dots
        are day first), 13/04/2022, or Excel's day numbers.
    day_first : bool, optional
        How to read 03/04/2022; without it such a date is NaT, and `EITHER` in ``order``.
    """
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        day = _typed_days(column)
        return Days(_in_range(day), np.zeros(len(day), dtype="int8"), serial=False)
    # A column repeats its days: only the different ones are read.
    encoded = pc.dictionary_encode(as_text(column))
    day, order, serial = _text_days(encoded.dictionary, day_first)
    index = encoded.indices.fill_null(len(day)).to_numpy(zero_copy_only=False)
    day = np.append(day, np.datetime64("NaT", "D"))
    order = np.append(order, np.int8(NOT_NUMERIC))
    return Days(_in_range(day)[index], order[index], serial)


def _typed_days(column: pa.Array) -> np.ndarray:
    if pa.types.is_date(column.type) or column.type.tz is None:
        return column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    instant = column.to_pandas()
    written = pc.local_timestamp(column).to_numpy(zero_copy_only=False)
    in_kyiv = pd.DatetimeIndex(instant).tz_convert(_KYIV).tz_localize(None).to_numpy()
    midnight = written == written.astype("datetime64[D]")
    return np.where(midnight, written, in_kyiv).astype("datetime64[D]")


def _in_range(day: np.ndarray) -> np.ndarray:
    first, last = (np.datetime64(f"{year}-01-01", "D") for year in _YEARS)
    return np.where((day >= first) & (day < last), day, np.datetime64("NaT", "D"))


def _text_days(text: pa.Array, day_first: bool | None) -> tuple[np.ndarray, np.ndarray, bool]:
    day = np.full(len(text), np.datetime64("NaT", "D"))
    order = np.zeros(len(text), dtype="int8")
    for pattern in (_YEAR_FIRST, _COMPACT, _NAMED_DAY_FIRST, _NAMED_MONTH_FIRST):
        at, parts = _matches(text, pattern)
        if len(at):
            month = _named_months(parts["name"]) if "name" in parts else _whole(parts["m"])
            day[at] = _in_kyiv(_civil(_whole(parts["y"]), month, _whole(parts["d"])), parts)
    at, parts = _matches(text, _NUMERIC)
    if len(at):
        found, order[at] = _numeric_days(parts, day_first)
        day[at] = _in_kyiv(found, parts)
    at, parts = _matches(text, _SERIAL)
    number = _whole(parts["n"]) if len(at) else np.empty(0, dtype="int64")
    known = (number >= _SERIALS[0]) & (number < _SERIALS[1])
    day[at[known]] = _EXCEL_DAY_0 + number[known]
    return day, order, bool(known.any())


def _matches(text: pa.Array, pattern: str) -> tuple[np.ndarray, dict[str, pa.Array]]:
    """Where a pattern matches, and its named parts there (empty text where a part is left out)."""
    at = np.flatnonzero(_true(pc.match_substring_regex(text, pattern)))
    if not len(at):
        return at, {}
    found = pc.extract_regex(text.take(pa.array(at)), pattern)
    return at, {field.name: pc.struct_field(found, field.name) for field in found.type}


def _numeric_days(
    parts: dict[str, pa.Array], day_first: bool | None
) -> tuple[np.ndarray, np.ndarray]:
    a, b, year = _whole(parts["a"]), _whole(parts["b"]), _whole(parts["y"])
    as_day_first, as_month_first = _civil(year, b, a), _civil(year, a, b)
    dotted = _true(pc.equal(parts["sep"], "."))  # 03.04.2022 is written where the day comes first.
    # 5/5/2022 is the same day either way.
    plain = dotted | (a == b)
    can_day, can_month = ~np.isnat(as_day_first), ~np.isnat(as_month_first)
    order = np.select(
        [plain, can_day & can_month, can_day, can_month],
        [NOT_NUMERIC, EITHER, DAY_FIRST, MONTH_FIRST],
        NOT_NUMERIC,
    ).astype("int8")
    takes_day_first = plain | (order == DAY_FIRST) | ((order == EITHER) & (day_first is True))
    takes_month_first = (order == MONTH_FIRST) | ((order == EITHER) & (day_first is False))
    nothing = np.datetime64("NaT", "D")
    day = np.select([takes_day_first, takes_month_first], [as_day_first, as_month_first], nothing)
    return day, order


def _civil(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days of the calendar; NaT where it has no such day."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days_ = months.astype("datetime64[D]") + (day - 1)
    real = (month >= 1) & (month <= 12) & (day >= 1) & (days_.astype("datetime64[M]") == months)
    return np.where(real, days_, np.datetime64("NaT", "D"))


def _in_kyiv(day: np.ndarray, parts: dict[str, pa.Array]) -> np.ndarray:
    """Days of instants with a zone, in Kyiv; other days as they are."""
    if "zone" not in parts:
        return day
    hour, minute, second = (_whole(parts[name]) for name in ("hour", "minute", "second"))
    seconds = hour * 3600 + minute * 60 + second
    at = np.flatnonzero(_true(pc.not_equal(parts["zone"], "")) & (seconds > 0) & ~np.isnat(day))
    if not len(at):
        return day
    zone = parts["zone"].take(pa.array(at))
    digits = pc.replace_substring_regex(zone, r"[^0-9]", "")
    hours = _whole(pc.utf8_slice_codeunits(digits, 0, 2))
    minutes = _whole(pc.utf8_slice_codeunits(digits, 2, 4))
    sign = np.where(_true(pc.starts_with(zone, "-")), -1, 1)
    offset = sign * (hours * 3600 + minutes * 60)
    instant = day[at].astype("datetime64[s]") + (seconds[at] - offset)
    local = pd.DatetimeIndex(instant).tz_localize("UTC").tz_convert(_KYIV).tz_localize(None)
    moved = day.copy()
    moved[at] = local.to_numpy().astype("datetime64[D]")
    return moved


def _named_months(name: pa.Array) -> np.ndarray:
    """1 to 12 for a month's English name, whole or short; nought for another word."""
    word = pc.utf8_lower(name)
    spelled = pa.array([*_MONTHS, *(month[:3] for month in _MONTHS), "sept"])
    number = np.array([*range(1, 13), *range(1, 13), 9, 0])
    return number[pc.index_in(word, spelled).fill_null(len(number) - 1).to_numpy()]


def _whole(text: pa.Array) -> np.ndarray:
    """Digits as whole numbers; nought for an empty text."""
    return pc.cast(pc.if_else(pc.equal(text, ""), "0", text), pa.int64()).to_numpy()


def _true(mask: pa.Array) -> np.ndarray:
    return mask.fill_null(False).to_numpy(zero_copy_only=False)


def precisions(column: pa.Array, words: Mapping[str, str]) -> tuple[np.ndarray, set[str]]:
    """Codes of precision (places in `PRECISIONS`), and up to five words that are not known."""
    text = pc.replace_substring_regex(pc.utf8_lower(as_text(column)), r"\.0+$", "")
    code = np.array([*(PRECISIONS.index(name) for name in words.values()), _UNKNOWN], dtype="int8")
    place = pc.index_in(text, pa.array(list(words), type=pa.string()))
    strange = pc.and_kleene(pc.is_null(place), pc.not_equal(text, ""))
    odd = pc.unique(pc.filter(text, strange, null_selection_behavior="drop"))
    return code[place.fill_null(len(words)).to_numpy()], set(odd[:5].to_pylist())


_UNKNOWN = PRECISIONS.index(UNKNOWN)


def precise(codes: np.ndarray) -> pd.Categorical:
    """Codes of precision as a categorical of all `PRECISIONS`."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(PRECISIONS, dtype="str"))


def classes(column: pa.Array, names: Mapping[str, str], blank: str) -> pd.Categorical:
    """Classes, with codes put into words, line breaks made spaces and long texts cut."""
    encoded = pc.dictionary_encode(as_text(column))
    text = pc.replace_substring_regex(encoded.dictionary, r"\s+", " ")
    text = pc.utf8_slice_codeunits(text, 0, _LONGEST_CLASS)
    place = pc.index_in(text, pa.array(list(names), type=pa.string()))
    words = pa.array(list(names.values()), type=pa.string()).take(place)
    text = pc.if_else(pc.equal(text, ""), blank, pc.coalesce(words, text))
    # Texts that differ in what was cut, or in spaces, are one class.
    codes, categories = pd.factorize(text.to_numpy(zero_copy_only=False))
    with_blank = pd.Index(categories, dtype="str").append(pd.Index([blank], dtype="str"))
    codes = np.append(codes, len(categories))
    index = encoded.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)
    return _categorical(codes[index], with_blank)


def flagged(
    columns: Mapping[str, pa.Array], flags: tuple[tuple[str, str], ...], blank: str, rows: int
) -> pd.Categorical:
    """The class of the first flag that is set, of those that the file has."""
    names = pd.Index(dict.fromkeys([*(name for _, name in flags), blank]), dtype="str")
    code = np.full(rows, names.get_loc(blank), dtype="int16")
    on = pa.array(["1", "1.0", "true"])
    for column, name in reversed(flags):
        if column in columns:
            is_set = pc.is_in(pc.utf8_lower(as_text(columns[column])), on)
            code[_true(is_set)] = names.get_loc(name)
    return _categorical(code, names)


def same_class(name: str, rows: int) -> pd.Categorical:
    """One class for every row."""
    return _categorical(np.zeros(rows, dtype="int8"), pd.Index([name], dtype="str"))


def _categorical(codes: np.ndarray, names: pd.Index) -> pd.Categorical:
    """A categorical whose categories are in use, once each, and sorted."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    kept = names[used]
    final = pd.Index(sorted(set(kept)), dtype="str")
    place = np.zeros(len(names), dtype="int32")
    place[used] = final.get_indexer(kept)
    return pd.Categorical.from_codes(place[codes], categories=final)
