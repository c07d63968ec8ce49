"""Events with a place: readers of the field's files, and of any table of points.

One path: `batches` streams a file of any size, and `read` is the sum of its batches.

Every row of a file ends in one of three places: in ``table``; in ``coarse``, where it is known only
to its oblast or country and is never to be counted inside a zone; or nowhere. The rows that are not
in ``table`` are counted in ``left_out``, each under the first reason that holds. Rows that share an
id all count, and are told of.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from data import moments
from data.errors import InputError
from data.language import _, translated
from data.texts import LONGEST_CELL
from events import formats, values
from events.formats import COARSE, PRECISIONS
from events.rows import (
    GEOMETRY,
    GEOMETRY_X,
    GEOMETRY_Y,
    Rows,
    open_rows,
    record_number,
    too_much_memory,
)
from geo import words
from geo.upload import NEAR_UKRAINE

__all__ = [
    "COLUMNS",
    "FAR",
    "HEADER",
    "NO_DATE",
    "NO_PLACE",
    "ONLY_OBLAST",
    "PRECISIONS",
    "REASONS",
    "TOO_LONG",
    "UNCLEAR",
    "WRONG_WIDTH",
    "Batch",
    "Counts",
    "Points",
    "Reading",
    "batches",
    "read",
]

COLUMNS = ("lon", "lat", "date", "class", "precision", "id")

WRONG_WIDTH = "a different number of cells than the header"
HEADER = "the header again"
TOO_LONG = f"a text longer than {LONGEST_CELL:,} bytes"
NO_PLACE = "no place"
_WEST, _SOUTH, _EAST, _NORTH = NEAR_UKRAINE
FAR = (
    "outside Ukraine and its neighbours "
    f"({_WEST:.0f} to {_EAST:.0f}°E, {_SOUTH:.0f} to {_NORTH:.0f}°N)"
)
NO_DATE = "no date"
ONLY_OBLAST = "known only to its oblast or coarser"
UNCLEAR = "a precision that is not understood"
# A row is counted under the first that holds.
REASONS = (WRONG_WIDTH, HEADER, TOO_LONG, NO_PLACE, FAR, NO_DATE, ONLY_OBLAST, UNCLEAR)
MOST_IDS = 4_000_000
"""Ids of about so many rows are compared, 8 bytes each; of a larger file a share of all ids."""

# One more, for a precision that is not understood.
_IS_COARSE = np.array([*(name in COARSE for name in PRECISIONS), False])
# 0°, 0° is what programs write for "nowhere".
_NOWHERE_DEGREES = 0.01
# From this share on, a file whose places fit only the other way round is taken to be swapped.
_SWAPPED_SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some rows of a file, and the counts of all its rows up to and with them.

    Attributes
    ----------
    table, coarse : DataFrame
        Columns ``lon`` and ``lat`` (degrees, WGS 84), ``date`` (datetime64, midnight), ``class``
        and ``precision`` (categorical), and ``id`` (text) where asked for. Only this batch's rows.
    read : int
        Rows of the file so far.
    left_out : Series
        Reason (`REASONS`, those met) to the number of rows so far that are not in ``table``.
    first_at : Series
        Reason to where the first such row stands: ``line 14``, ``row 14`` of a Parquet file or
        beyond two million rows, ``entry 14`` of a list.
    as_of : str
        First and last date of the events so far: ``2022-02-24 to 2025-07-09``.
    share : float
        How much of the file was read, 0 to 1.
    format : str
        Id of the format: ``acled``, ``ucdp-ged``, ``viina``, ``bellingcat`` or ``other``.
    title, licence, attribution : str
        Of the source; the attribution is the wording that its publisher asks for.
    notes : tuple of str
        What a reader of the counts must know, a sentence each.
    """

    table: pd.DataFrame
    coarse: pd.DataFrame
    read: int
    left_out: pd.Series
    first_at: pd.Series
    as_of: str
    share: float
    format: str
    title: str
    licence: str
    attribution: str
    notes: tuple[str, ...]


class Points(Batch):
    """All rows of a file: a `Batch` that is whole, with ids."""


def read(path: str | Path, *, columns: Mapping[str, str] | None = None) -> Points:
    """Read a file of events that fits in memory; parameters and errors as of `batches`."""
    parts = list(batches(path, columns=columns, ids=True))
    last = {field.name: getattr(parts[-1], field.name) for field in dataclasses.fields(Batch)}
    last["table"] = _joined([part.table for part in parts])
    last["coarse"] = _joined([part.coarse for part in parts])
    return Points(**last)


def batches(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    rows: int = 1_000_000,
    ids: bool = False,
) -> Iterator[Batch]:
    """Stream a file of events, however large.

    Read are ACLED's export, UCDP GED and VIINA as CSV or Parquet, Bellingcat's JSON list, and any
    CSV, Parquet or GeoParquet (points, WGS 84) with places and dates.

    Parameters
    ----------
    path : str or Path
        A file of this machine; its kind is known by its content.
    columns : mapping of str to str, optional
        Which column holds what, where its name does not tell: ``latitude``, ``longitude``,
        ``date``, ``class``, ``precision`` and ``id`` to names of columns.
    rows : int
        The most rows in a batch; text comes in smaller ones.
    ids : bool
        Whether the tables have a column ``id``: the file's, else the number of the row.

    Yields
    ------
    Batch
        At least one.

    Raises
    ------
    InputError
        At once where the file cannot be opened or lacks a column; while it is read where it is
        damaged, where its dates can be read in two ways, and at its end where latitude and
        longitude are swapped or no row can be used.
    """
    if rows < 1:
        raise InputError(f"The number of rows in a batch is {rows}; it must be 1 or more.")
    return Reading(open_rows(path), columns, ids=ids).batches(rows)


@dataclass(kw_only=True)
class Counts:
    """What has been counted and seen of consecutive rows of a file; adds up, earlier rows first.

    Attributes
    ----------
    read, usable, placed, near, near_if_swapped, off_globe, unnamed : int
        Rows: all; with a place and a date; with a place; in the box around Ukraine; that would be
        there with latitude and longitude swapped; beyond 180° or 90°; that name no place.
    month_only, longer : int
        Events that are known only to their month, or to a longer time.
    left_out, first_rows : dict
        Reason to rows, and to the number of the first, from 1.
    days : tuple, optional
        The first and last day.
    tells : dict
        `moments.DAY_FIRST` and `moments.MONTH_FIRST` to the first row that tells of that order.
    orders : frozenset of bool
        Whether dates that can be read in two ways were read with the day first.
    has_serial : bool
        Whether some date was a spreadsheet's number.
    strange : frozenset of str
        Some words of precision that are not understood.
    ids : tuple of ndarray
        A number for each event's id, of those that are compared.
    """

    read: int = 0
    usable: int = 0
    placed: int = 0
    near: int = 0
    near_if_swapped: int = 0
    off_globe: int = 0
    unnamed: int = 0
    month_only: int = 0
    longer: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    first_rows: dict[str, int] = field(default_factory=dict)
    days: tuple[np.datetime64, np.datetime64] | None = None
    tells: dict[int, int] = field(default_factory=dict)
    orders: frozenset[bool] = frozenset()
    has_serial: bool = False
    strange: frozenset[str] = frozenset()
    ids: tuple[np.ndarray, ...] = ()

    def __add__(self, later: Counts) -> Counts:
        """The counts of these rows and those that follow them."""
        spans = [days for days in (self.days, later.days) if days is not None]
        sums = {name: getattr(self, name) + getattr(later, name) for name in _SUMS}
        return Counts(
            **sums,
            left_out={
                reason: self.left_out.get(reason, 0) + later.left_out.get(reason, 0)
                for reason in {**self.left_out, **later.left_out}
            },
            first_rows=_shifted(later.first_rows, self.read) | self.first_rows,
            days=(min(a for a, _ in spans), max(b for _, b in spans)) if spans else None,
            tells=_shifted(later.tells, self.read) | self.tells,
            orders=self.orders | later.orders,
            has_serial=self.has_serial or later.has_serial,
            strange=values.fewest(self.strange | later.strange),
            ids=self.ids + later.ids,
        )

    def note_days(self, day: np.ndarray) -> None:
        """Widen `days` to hold these."""
        if len(day):
            first, last = self.days or (day[0], day[0])
            self.days = min(first, day.min()), max(last, day.max())

    def repeated_ids(self) -> int:
        """Events whose id an earlier one has, of those that are compared."""
        if not self.ids:
            return 0
        numbers = np.sort(np.concatenate(self.ids))
        return int((numbers[1:] == numbers[:-1]).sum())


_SUMS = (
    *("read", "usable", "placed", "near", "near_if_swapped", "off_globe", "unnamed"),
    *("month_only", "longer"),
)
_Key = TypeVar("_Key")


def _shifted(rows: Mapping[_Key, int], by: int) -> dict[_Key, int]:
    return {key: row + by for key, row in rows.items()}


class Reading:
    """One pass over a file, and what has been counted so far.

    Parameters
    ----------
    source : Rows
        The file.
    columns, ids
        As of `batches`.

    Raises
    ------
    InputError
        If the file lacks a column.
    """

    def __init__(
        self, source: Rows, columns: Mapping[str, str] | None = None, *, ids: bool = False
    ) -> None:
        self.source = source
        self.counts = Counts()
        self._format = formats.recognise(source.columns)
        self._chosen = formats.choose(
            self._format, source.columns, columns, file=source.name, geometry=source.has_geometry
        )
        self._ids = ids
        self._parsed = 0
        self._day_first: bool | None = None
        self._places: dict[int, str] = {}
        # Of a large file the ids are compared whose number this divides: the same everywhere.
        self._one_id_in = 1
        while source.most_rows > self._one_id_in * MOST_IDS:
            self._one_id_in *= 2

    def batches(self, rows: int) -> Iterator[Batch]:
        """The batches of `batches`; at the end `check` is asked."""
        done = False
        try:
            for part in self.source.batches(self._wanted(), rows):
                yield self._batch(part)
                done = True
        except MemoryError as fault:
            raise too_much_memory(self.source.name, self._parsed) from fault
        # Only now it is known which ids are there twice.
        if not done or self._new_wrong_width() or self.counts.repeated_ids():
            self._count(np.empty(0))
            yield self.summary(at_end=True)
        self.check()

    def check(self) -> None:
        """Refuse a whole file that cannot be meant."""
        self._refuse_swapped()
        self._refuse_useless()

    def summary(
        self,
        table: pd.DataFrame | None = None,
        coarse: pd.DataFrame | None = None,
        *,
        at_end: bool = False,
    ) -> Batch:
        """The counts so far with these tables; at the end of the file with what only that tells."""
        counts = self.counts
        return Batch(
            table=_tidy(_nothing(self._ids) if table is None else table),
            coarse=_tidy(_nothing(self._ids) if coarse is None else coarse),
            read=counts.read,
            left_out=_series(counts.left_out, "int64", "rows"),
            first_at=_series(
                {reason: self._where(row) for reason, row in counts.first_rows.items()},
                "str",
                "first_at",
            ),
            as_of=self._as_of(),
            share=self.source.share(),
            format=self._format.id,
            title=self._title(),
            licence=self._format.licence,
            attribution=self._format.attribution,
            notes=tuple(self._notes(at_end=at_end)),
        )

    def _where(self, row: int) -> str:
        """Where a row stands, looked up once."""
        if row not in self._places:
            self._places[row] = self.source.where(row)
        return self._places[row]

    def _wanted(self) -> list[str]:
        names = list(self._chosen.values())
        if "latitude" not in self._chosen:
            names.append(GEOMETRY)
        if "class" not in self._chosen:
            names += self._flag_columns().values()
        return names + [name for name in (self._place_name(), self._date_name()) if name]

    def _flag_columns(self) -> dict[str, str]:
        """Flags of the format to the columns that hold them."""
        have = {formats.plain(name): name for name in self.source.columns}
        return {flag: have[flag] for flag, _ in self._format.flags if flag in have}

    def _place_name(self) -> str | None:
        name = self._format.place_name
        return name if name in self.source.columns else None

    def _date_name(self) -> str | None:
        """The column that says how exactly the date is known."""
        have = {formats.plain(name): name for name in reversed(self.source.columns)}
        return have.get(self._format.date_column or "")

    def _batch(self, part: dict[str, pa.Array]) -> Batch:
        count = len(next(iter(part.values())))
        frame, reason = self._judged(part, count)
        self._count(reason)
        self._parsed += count
        table = frame[reason == -1]
        coarse = frame[reason == REASONS.index(ONLY_OBLAST)]
        for rows in (table, coarse):
            self.counts.note_days(rows["date"].to_numpy())
        self.counts.usable += len(table) + len(coarse)
        self._note_vague(part, reason == -1)
        self._note_ids(part, reason == -1)
        return self.summary(table, coarse)

    # ------------------------------------------------------------------------- one batch of rows

    def _judged(self, part: dict[str, pa.Array], count: int) -> tuple[pd.DataFrame, np.ndarray]:
        """The rows as a frame, and for each the place of its reason in `REASONS`, or -1."""
        try:
            lon, lat = self._coordinates(part)
            day = self._dates(part[self._chosen["date"]])
            precision = self._precision(part, count)
            frame = pd.DataFrame(
                {
                    "lon": lon,
                    "lat": lat,
                    "date": day.astype("datetime64[s]"),
                    "class": self._classes(part, count),
                    "precision": values.precise(precision),
                }
            )
            if self._ids:
                frame["id"] = self._identity(part, count)
        except MemoryError:
            raise
        except (pa.ArrowException, UnicodeDecodeError) as fault:
            raise InputError(
                _(
                    "{name}: a column is not of a kind that can hold places, dates or words "
                    "({why})."
                ).format(name=self.source.name, why=str(fault).splitlines()[0].rstrip("."))
            ) from fault
        place = np.isfinite(lon) & np.isfinite(lat)
        near = _near(lon, lat)
        counts = self.counts
        counts.placed += int(place.sum())
        counts.near += int(near.sum())
        counts.near_if_swapped += int(_near(lat, lon).sum())
        if (name := self._place_name()) is not None:
            counts.unnamed += int(values.is_in(part[name], [""]).sum())
        holds = {
            HEADER: self._headers(part, place),
            TOO_LONG: self._too_long(part, count),
            NO_PLACE: ~place,
            FAR: ~near,
            NO_DATE: np.isnat(day),
            ONLY_OBLAST: _IS_COARSE[precision],
            UNCLEAR: precision == formats.NOT_UNDERSTOOD,
        }
        where = [REASONS.index(name) for name in holds]
        return frame, np.select(list(holds.values()), where, -1)

    def _too_long(self, part: dict[str, pa.Array], count: int) -> np.ndarray:
        found = np.zeros(count, dtype=bool)
        for role, name in self._chosen.items():
            if role != "id" or self._ids:
                found |= values.too_long(part[name])
        return found

    def _coordinates(self, part: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray]:
        """Longitude and latitude; NaN for what is nowhere on the globe."""
        lon = values.coordinates(part[self._chosen.get("longitude", GEOMETRY_X)])
        lat = values.coordinates(part[self._chosen.get("latitude", GEOMETRY_Y)])
        off = (np.abs(lon) > 180) | (np.abs(lat) > 90)
        self.counts.off_globe += int(off.sum())
        nowhere = (np.abs(lon) < _NOWHERE_DEGREES) & (np.abs(lat) < _NOWHERE_DEGREES)
        gone = off | nowhere | np.isnan(lon) | np.isnan(lat)
        return np.where(gone, np.nan, lon), np.where(gone, np.nan, lat)

    def _dates(self, column: pa.Array) -> np.ndarray:
        found = values.days(column, day_first=self._day_first)
        self.counts.has_serial |= found.serial
        for order in (moments.DAY_FIRST, moments.MONTH_FIRST):
            if order not in self.counts.tells and (found.order == order).any():
                self.counts.tells[order] = self._row_number(int((found.order == order).argmax()))
        if len(self.counts.tells) == 2:
            day, month = (
                self.source.where(self.counts.tells[order])
                for order in (moments.DAY_FIRST, moments.MONTH_FIRST)
            )
            raise InputError(
                _(
                    "{name} has dates with the day first ({day}) and with the month first "
                    "({month}); write them as 2022-04-30 (ISO)."
                ).format(name=self.source.name, day=day, month=month)
            )
        if self._day_first is None and (found.order == moments.EITHER).any():
            row = int((found.order == moments.EITHER).argmax())
            self._day_first = self._is_day_first(column[row].as_py(), row)
            self.counts.orders |= {self._day_first}
            return self._dates(column)
        return found.day

    def _is_day_first(self, value: str, row: int) -> bool:
        """Whether 03/04/2022 is in April: some other date of the file has to tell."""
        if self.counts.tells:
            return moments.DAY_FIRST in self.counts.tells
        name = self._chosen["date"]
        for part in open_rows(self.source.path).batches([name], 1_000_000):
            order = values.days(part[name]).order
            if np.isin(order, (moments.DAY_FIRST, moments.MONTH_FIRST)).any():
                return bool((order == moments.DAY_FIRST).any())
        raise InputError(
            _(
                "{name}, {row}: the date {text} can be read with the day or with the month first, "
                "and no other date of the file tells which; write dates as 2022-04-30 (ISO)."
            ).format(
                name=self.source.name,
                row=self.source.where(self._row_number(row)),
                text=formats.clipped(value),
            )
        )

    def _precision(self, part: dict[str, pa.Array], count: int) -> np.ndarray:
        if "precision" not in self._chosen:
            return np.full(count, PRECISIONS.index(formats.UNKNOWN), dtype="int8")
        codes, strange = values.precisions(part[self._chosen["precision"]], self._format.precision)
        self.counts.strange = values.fewest(self.counts.strange | strange)
        return codes

    def _classes(self, part: dict[str, pa.Array], count: int) -> pd.Categorical:
        blank = self._format.no_class
        if "class" in self._chosen:
            return values.classes(part[self._chosen["class"]], self._format.classes, blank)
        flags = {flag: part[name] for flag, name in self._flag_columns().items()}
        return values.flagged(flags, self._format.flags, blank, count)

    def _identity(self, part: dict[str, pa.Array], count: int) -> pd.Series:
        if "id" in self._chosen:
            return values.identities(part[self._chosen["id"]])
        return pd.Series(np.arange(self._parsed + 1, self._parsed + count + 1)).astype("str")

    def _headers(self, part: dict[str, pa.Array], place: np.ndarray) -> np.ndarray:
        """Rows that repeat the names of the columns, as files pasted together do."""
        header = ~place
        for role in formats.NEEDED:
            name = self._chosen.get(role)
            if name is None or not header.any():
                return np.zeros(len(place), dtype=bool)
            header &= values.is_in(part[name], [name.strip().lower()])
        return header

    def _note_vague(self, part: dict[str, pa.Array], is_event: np.ndarray) -> None:
        """Count the events that are known only to their month, or to a longer time."""
        if (name := self._date_name()) is not None:
            month_only = values.is_in(part[name], self._format.month_only)
            longer = values.is_in(part[name], self._format.longer)
            self.counts.month_only += int((month_only & is_event).sum())
            self.counts.longer += int((longer & is_event).sum())

    def _note_ids(self, part: dict[str, pa.Array], is_event: np.ndarray) -> None:
        """Keep the ids of the events that are compared."""
        if "id" in self._chosen:
            numbers, has_id = values.hashes(part[self._chosen["id"]])
            compared = numbers % np.uint64(self._one_id_in) == 0
            self.counts.ids += (numbers[is_event & has_id & compared],)

    # ---------------------------------------------------------------------- counts of the file

    def _count(self, reason: np.ndarray) -> None:
        """Add a batch to the counts; rows of wrong width are in no batch and are added as met."""
        counts = self.counts
        wrong = self._new_wrong_width()
        if wrong:
            counts.first_rows.setdefault(WRONG_WIDTH, self.source.wrong_width[0])
        numbers = np.bincount(reason[reason >= 0].astype("int64"), minlength=len(REASONS))
        for name, number in zip(REASONS, numbers, strict=True):
            if number and name not in counts.first_rows:
                first = int((reason == REASONS.index(name)).argmax())
                counts.first_rows[name] = self._row_number(first)
            more = int(number) + (wrong if name == WRONG_WIDTH else 0)
            if more:
                counts.left_out[name] = counts.left_out.get(name, 0) + more
        counts.read += len(reason) + wrong

    def _new_wrong_width(self) -> int:
        return len(self.source.wrong_width) - self.counts.left_out.get(WRONG_WIDTH, 0)

    def _row_number(self, row: int) -> int:
        """The number in the file of a row of this batch."""
        return record_number(self._parsed + row + 1, self.source.wrong_width)

    def _as_of(self) -> str:
        if self.counts.days is None:
            return _("no dated event")
        first, last = (str(day.astype("datetime64[D]")) for day in self.counts.days)
        return first if first == last else f"{first} to {last}"

    def _title(self) -> str:
        return self.source.name if self._format is formats.OTHER else self._format.title

    def _notes(self, *, at_end: bool) -> Iterator[str]:
        counts = self.counts
        yield from self.source.notes()
        if self._format.note is not None:
            yield translated(self._format.note)
        if counts.has_serial:
            yield _("Dates given as Excel's day numbers were read as days since 1900.")
        for day_first in counts.orders:
            yield (
                _("Dates such as 03/04/2022 were read with the day first, as others tell.")
                if day_first
                else _("Dates such as 03/04/2022 were read with the month first, as others tell.")
            )
        if counts.strange:
            yield _("Precision not understood, in rows that are left out: {words}.").format(
                words=self._strange()
            )
        if counts.month_only:
            yield _("Events whose date is known only to the month: {n}.").format(
                n=words.number(counts.month_only)
            )
        if counts.longer:
            yield (
                _(
                    "Events whose date is known only to more than a month, counted in the month in "
                    "which that begins: {n}."
                ).format(n=words.number(counts.longer))
            )
        if counts.unnamed:
            yield (
                _(
                    "{n} of {all} rows name no place; they are counted where they have coordinates."
                ).format(n=words.number(counts.unnamed), all=words.number(counts.read))
            )
        if at_end and (repeated := counts.repeated_ids()):
            yield self._told_of_ids(repeated)

    def _strange(self) -> str:
        return ", ".join(formats.clipped(word) for word in sorted(self.counts.strange))

    def _told_of_ids(self, repeated: int) -> str:
        name = formats.clipped(self._chosen["id"])
        if self._one_id_in > 1:
            return _(
                "Events whose id, in the column {name}, an earlier row has as well: about {n} (one "
                "in {every} ids was compared); they are counted again, so that a file pasted twice "
                "counts twice."
            ).format(
                name=name,
                n=words.number(repeated * self._one_id_in),
                every=words.number(self._one_id_in),
            )
        return _(
            "Events whose id, in the column {name}, an earlier row has as well: {n}; they are "
            "counted again, so that a file pasted twice counts twice."
        ).format(name=name, n=words.number(repeated))

    # --------------------------------------------------------------------- at the end of the file

    def _refuse_swapped(self) -> None:
        counts = self.counts
        swapped, placed = counts.near_if_swapped, counts.placed
        if swapped > counts.near and swapped >= _SWAPPED_SHARE * placed:
            raise InputError(
                _(
                    "{name}: {near} of {placed} places lie in Ukraine or near it, and {swapped} "
                    "would with latitude and longitude swapped; name the columns the other way "
                    "round."
                ).format(
                    name=self.source.name,
                    near=words.number(counts.near),
                    placed=words.number(placed),
                    swapped=words.number(swapped),
                )
            )

    def _refuse_useless(self) -> None:
        counts = self.counts
        if counts.usable:
            return
        name = self.source.name
        if not counts.read:
            raise InputError(_("{name} has column names and no rows.").format(name=name))
        first = {reason: self._where(row) for reason, row in counts.first_rows.items()}
        found = "; ".join(
            _("{reason}: {n} (first: {place})").format(
                reason=translated(reason),
                n=words.number(counts.left_out[reason]),
                place=first[reason],
            )
            for reason in REASONS
            if reason in counts.left_out
        )
        told = _("{name} has no row that can be used, of {n}: {found}.")
        if counts.off_globe > counts.read / 2:
            told = _(
                "{name} has no row that can be used, of {n}: {found}; save it in longitude and "
                "latitude, EPSG:4326."
            )
        elif UNCLEAR in counts.left_out:
            told = _(
                "{name} has no row that can be used, of {n}: {found}; its precision is {words}: "
                "write exact, town, raion, oblast, country or unknown, or name another column, as "
                "in precision=NAME."
            )
        raise InputError(
            told.format(name=name, n=words.number(counts.read), found=found, words=self._strange())
        )


def _series(counted: Mapping[str, Any], kind: str, name: str) -> pd.Series:
    """Something for each reason, in their order."""
    found = {reason: counted[reason] for reason in REASONS if reason in counted}
    return pd.Series(found, dtype=kind, name=name)


def _near(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Whether points lie in the box around Ukraine; NaN does not."""
    return (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)


def _nothing(ids: bool) -> pd.DataFrame:
    """A frame of no rows, with the columns and types of one that has some."""
    empty = np.empty(0)
    frame = pd.DataFrame(
        {
            "lon": empty,
            "lat": empty,
            "date": empty.astype("datetime64[s]"),
            "class": values.same_class("", 0),
            "precision": values.precise(np.empty(0, dtype="int8")),
        }
    )
    return frame.assign(id=pd.Series(dtype="str")) if ids else frame


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows numbered from nought, and only the classes that they have."""
    frame = frame.reset_index(drop=True)
    frame["class"] = frame["class"].cat.remove_unused_categories()
    return frame


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames under each other, their classes made one set."""
    classes = pd.api.types.union_categoricals(
        [frame["class"] for frame in frames], sort_categories=True
    )
    rest = pd.concat([frame.drop(columns="class") for frame in frames], ignore_index=True)
    rest["class"] = classes
    return rest[[name for name in COLUMNS if name in rest]]
