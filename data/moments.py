"""Dates and times as tables write them, read the same way whatever the table.

A time with a zone is an instant, and is brought to Kyiv time; a time without one stays as written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# How a numeric date such as 03/04/2022 may be read.
NOT_NUMERIC, DAY_FIRST, MONTH_FIRST, EITHER = range(4)
KYIV = "Europe/Kyiv"

_YEARS = (1900, 2100)
_TIME = (
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?$"
)
_YEAR_FIRST = r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME
_COMPACT = r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\.0)?$"
_NUMERIC = r"^(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})[-/.](?P<y>\d{4})" + _TIME
_NAMED_DAY_FIRST = r"^(?P<d>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<y>\d{4})" + _TIME
_NAMED_MONTH_FIRST = r"^(?P<name>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME
_SERIAL = r"^(?P<n>\d{5})(?:[.,](?P<share>\d+))?$"
# Excel counts days from here (its 1 March 1900 is day 61: it knows a 29 February 1900).
_EXCEL_DAY_0 = np.datetime64("1899-12-30", "D")
_SERIALS = (32874, 73415)  # 1990 to 2100: a postcode or a count is not taken for a date.
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_LARGEST_OFFSET_MINUTES = 14 * 60
_NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Written:
    """Texts read as dates and times; an element a text.

    Attributes
    ----------
    day : ndarray of datetime64[D]
        As written; NaT where there is none, or where calendar and clock have no such moment.
    local : ndarray of datetime64[m]
        The minute in Kyiv; midnight of the day where no time is written.
    has_time, is_midnight, has_zone : ndarray of bool
        Whether a time of day is written, whether it is midnight, and whether it has a zone.
    is_known : ndarray of bool
        Whether it is written as a date is.
    order : ndarray of int8
        For dates such as 13/04/2022 how they can be read: `DAY_FIRST`, `MONTH_FIRST`, `EITHER`.
    is_serial : ndarray of bool
        Whether it is a spreadsheet's number of a day.
    """

    day: np.ndarray
    local: np.ndarray
    has_time: np.ndarray
    is_midnight: np.ndarray
    has_zone: np.ndarray
    is_known: np.ndarray
    order: np.ndarray
    is_serial: np.ndarray


def read(text: pa.Array, *, day_first: bool | None = None) -> Written:
    """Read texts without spaces around them.

    Parameters
    ----------
    text : Array
        ISO, 20220413, 13 April 2022, April 13, 2022, 13.04.2022 (dots are day first), 13/04/2022,
        each with or without a time and a zone, or Excel's day numbers.
    day_first : bool, optional
        How to read 03/04/2022; without it such a date is NaT, and `EITHER` in ``order``.
    """
    rows = len(text)
    found = Written(
        day=np.full(rows, _NO_DAY),
        local=np.full(rows, np.datetime64("NaT", "m")),
        has_time=np.zeros(rows, dtype=bool),
        is_midnight=np.zeros(rows, dtype=bool),
        has_zone=np.zeros(rows, dtype=bool),
        is_known=np.zeros(rows, dtype=bool),
        order=np.zeros(rows, dtype="int8"),
        is_serial=np.zeros(rows, dtype=bool),
    )
    for pattern in (_YEAR_FIRST, _COMPACT, _NAMED_DAY_FIRST, _NAMED_MONTH_FIRST):
        at, parts = _matches(text, pattern)
        if len(at):
            month = _named_months(parts["name"]) if "name" in parts else _whole(parts["m"])
            _put(found, at, _civil(_whole(parts["y"]), month, _whole(parts["d"])), parts)
    at, parts = _matches(text, _NUMERIC)
    if len(at):
        day, found.order[at] = _numeric_days(parts, day_first)
        _put(found, at, day, parts)
    at, parts = _matches(text, _SERIAL)
    if len(at):
        _put_serials(found, at, parts)
    return found


def in_range(day: np.ndarray) -> np.ndarray:
    """The same days, NaT before 1900 and from 2100 on: nothing recorded here is from then."""
    first, last = (np.datetime64(f"{year}-01-01", "D") for year in _YEARS)
    return np.where((day >= first) & (day < last), day, _NO_DAY)


def _put(found: Written, at: np.ndarray, day: np.ndarray, parts: dict[str, pa.Array]) -> None:
    """Enter days with their times."""
    found.is_known[at] = True
    day = in_range(day)
    if "hour" not in parts:
        found.day[at], found.local[at] = day, day.astype("datetime64[m]")
        return
    seconds, offset, is_real = _clock(parts)
    day = np.where(is_real, day, _NO_DAY)
    has_zone = _true(pc.not_equal(parts["zone"], ""))
    written = day.astype("datetime64[s]") + seconds
    local = written.astype("datetime64[m]")
    moved = np.flatnonzero(has_zone & ~np.isnat(day))
    if len(moved):
        instant = pd.DatetimeIndex(written[moved] - offset[moved])
        in_kyiv = instant.tz_localize("UTC").tz_convert(KYIV).tz_localize(None)
        local[moved] = in_kyiv.to_numpy().astype("datetime64[m]")
    found.day[at], found.local[at] = day, local
    found.has_time[at] = _true(pc.not_equal(parts["hour"], ""))
    found.is_midnight[at], found.has_zone[at] = seconds == 0, has_zone


def _clock(parts: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds since midnight, seconds that the zone is ahead, and whether a clock shows that."""
    hour, minute, second = (_whole(parts[name]) for name in ("hour", "minute", "second"))
    half = pc.utf8_lower(parts["half"])
    am, pm = _true(pc.equal(half, "am")), _true(pc.equal(half, "pm"))
    is_real = (hour < 24) & (minute < 60) & (second < 60) & ~((am | pm) & (hour > 12))
    hour = hour % np.where(am | pm, 12, 24) + np.where(pm, 12, 0)
    zone = parts["zone"]
    digits = pc.replace_substring_regex(zone, r"[^0-9]", "")
    hours = _whole(pc.utf8_slice_codeunits(digits, 0, 2))
    minutes = _whole(pc.utf8_slice_codeunits(digits, 2, 4))
    sign = np.where(_true(pc.starts_with(zone, "-")), -1, 1)
    is_real &= (minutes < 60) & (hours * 60 + minutes <= _LARGEST_OFFSET_MINUTES)
    return hour * 3600 + minute * 60 + second, sign * (hours * 3600 + minutes * 60), is_real


def _put_serials(found: Written, at: np.ndarray, parts: dict[str, pa.Array]) -> None:
    number = _whole(parts["n"])
    known = (number >= _SERIALS[0]) & (number < _SERIALS[1])
    share = pc.cast(pc.binary_join_element_wise("0.", parts["share"], "0", ""), pa.float64())
    minutes = np.rint(share.to_numpy() * 24 * 60)[known].astype("int64")
    at, day = at[known], _EXCEL_DAY_0 + number[known]
    found.day[at] = day
    found.local[at] = day.astype("datetime64[m]") + minutes
    found.has_time[at] = share.to_numpy()[known] > 0
    found.is_known[at] = found.is_serial[at] = True


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
    day = np.select([takes_day_first, takes_month_first], [as_day_first, as_month_first], _NO_DAY)
    return day, order


def _civil(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days of the calendar; NaT where it has no such day."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days_ = months.astype("datetime64[D]") + (day - 1)
    real = (month >= 1) & (month <= 12) & (day >= 1) & (days_.astype("datetime64[M]") == months)
    return np.where(real, days_, _NO_DAY)


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


# ------------------------------------------------------------------------- one cell of a report


class Moment(NamedTuple):
    """A point of time as a report gives it: a date alone, or with hours and minutes, in Kyiv."""

    text: str
    begins: datetime
    ends: datetime


class Moments:
    """The moments of a table's cells; all its cells tell how 03/04/2022 is read.

    Parameters
    ----------
    texts : iterable of str
        The cells.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(dict.fromkeys(text.strip() for text in texts))
        self._places = {text: place for place, text in enumerate(self._texts)}
        column = pa.array(self._texts, type=pa.string())
        self._found = read(column)
        self.notes: tuple[str, ...] = ()
        orders = set(self._found.order.tolist())
        told = orders & {DAY_FIRST, MONTH_FIRST}
        if EITHER in orders and len(told) == 1:
            day_first = DAY_FIRST in told
            self._found = read(column, day_first=day_first)
            first = "day" if day_first else "month"
            self.notes = (
                f"Dates such as 03/04/2022 were read with the {first} first, as others tell.",
            )

    def __getitem__(self, text: str) -> Moment:
        """The moment of a cell.

        Raises
        ------
        ValueError
            One sentence, if the text is no date, or one that can be read in two ways.
        """
        text = text.strip()
        place, found = self._places[text], self._found
        if np.isnat(found.day[place]):
            raise ValueError(f"{text[:60]!r} {self._fault(place)}.")
        if found.has_time[place]:
            minute: datetime = found.local[place].astype(datetime)
            return Moment(minute.strftime("%Y-%m-%dT%H:%M"), minute, minute)
        day: datetime = found.day[place].astype("datetime64[s]").astype(datetime)
        return Moment(day.strftime("%Y-%m-%d"), day, day + timedelta(days=1))

    def _fault(self, place: int) -> str:
        if self._found.order[place] == EITHER:
            return "can be read with the day or with the month first (write it as 2025-12-14)"
        if self._found.is_known[place]:
            return "is no moment that a calendar and a clock have"
        return "is neither a date nor a date and time (write it as 2025-12-14 or 2025-12-14 19:00)"
