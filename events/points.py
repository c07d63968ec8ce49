"""Events with a place: readers of the field's files, and of any table of points.

One path: `batches` streams a file of any size, and `read` is the sum of its batches.

Every row of a file ends in one of three places: in ``table``; in ``coarse``, where it is known only
to its oblast or country and is never to be counted inside a zone; or nowhere. The rows that are not
in ``table`` are counted in ``left_out``, each under the first reason that holds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.errors import InputError
from events import formats, values
from events.formats import COARSE, PRECISIONS, Format
from events.rows import GEOMETRY, GEOMETRY_X, GEOMETRY_Y, Rows, open_rows, record_number
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
    "WRONG_WIDTH",
    "Batch",
    "Points",
    "batches",
    "read",
]

COLUMNS = ("lon", "lat", "date", "class", "precision", "id")

WRONG_WIDTH = "a different number of cells than the header"
HEADER = "the header again"
NO_PLACE = "no place"
_WEST, _SOUTH, _EAST, _NORTH = NEAR_UKRAINE
FAR = (
    "outside Ukraine and its neighbours "
    f"({_WEST:.0f} to {_EAST:.0f}°E, {_SOUTH:.0f} to {_NORTH:.0f}°N)"
)
NO_DATE = "no date"
ONLY_OBLAST = "known only to its oblast or coarser"
# A row is counted under the first that holds.
REASONS = (WRONG_WIDTH, HEADER, NO_PLACE, FAR, NO_DATE, ONLY_OBLAST)

_IS_COARSE = np.array([name in COARSE for name in PRECISIONS])
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
    source = open_rows(path)
    file_format = formats.recognise(source.columns)
    chosen = formats.choose(
        file_format, source.columns, columns, file=source.name, geometry=source.has_geometry
    )
    return _Reading(source, file_format, chosen, ids=ids).batches(rows)


class _Reading:
    """One pass over a file, and what has been counted so far."""

    def __init__(
        self, source: Rows, file_format: Format, chosen: dict[str, str], *, ids: bool
    ) -> None:
        self._source, self._format, self._chosen, self._ids = source, file_format, chosen, ids
        self._read = 0
        self._parsed = 0
        self._left_out: dict[str, int] = {}
        self._first_at: dict[str, str] = {}
        self._days: tuple[np.datetime64, np.datetime64] | None = None
        self._usable = self._placed = self._near = self._near_if_swapped = 0
        self._off_globe = 0
        # For numeric dates: the first row that tells the order of day and month, and the order.
        self._tells: dict[int, int] = {}
        self._day_first: bool | None = None
        self._serial = False
        self._strange: set[str] = set()
        self._unnamed = 0

    def batches(self, rows: int) -> Iterator[Batch]:
        done = False
        for part in self._source.batches(self._wanted(), rows):
            yield self._batch(part)
            done = True
        if not done or self._new_wrong_width():
            yield self._batch({})
        self._refuse_swapped()
        self._refuse_useless()

    def _wanted(self) -> list[str]:
        names = [name for role, name in self._chosen.items() if role != "id" or self._ids]
        if "latitude" not in self._chosen:
            names.append(GEOMETRY)
        if "class" not in self._chosen:
            names += self._flag_columns().values()
        return names + [name for name in [self._place_name()] if name is not None]

    def _flag_columns(self) -> dict[str, str]:
        """Flags of the format to the columns that hold them."""
        have = {formats.plain(name): name for name in self._source.columns}
        return {flag: have[flag] for flag, _ in self._format.flags if flag in have}

    def _place_name(self) -> str | None:
        name = self._format.place_name
        return name if name in self._source.columns else None

    def _batch(self, part: dict[str, pa.Array]) -> Batch:
        count = len(next(iter(part.values()))) if part else 0
        frame, reason = self._judged(part, count) if count else (_nothing(self._ids), np.empty(0))
        self._count(reason)
        self._parsed += count
        table = frame[reason == -1]
        coarse = frame[reason == REASONS.index(ONLY_OBLAST)]
        self._note_days(table, coarse)
        self._usable += len(table) + len(coarse)
        return Batch(
            table=_tidy(table),
            coarse=_tidy(coarse),
            read=self._read,
            left_out=pd.Series(
                {name: self._left_out[name] for name in REASONS if name in self._left_out},
                dtype="int64",
                name="rows",
            ),
            first_at=pd.Series(
                {name: self._first_at[name] for name in REASONS if name in self._first_at},
                dtype="str",
                name="first_at",
            ),
            as_of=self._as_of(),
            share=self._source.share(),
            format=self._format.id,
            title=self._title(),
            licence=self._format.licence,
            attribution=self._format.attribution,
            notes=tuple(self._notes()),
        )

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
        except (pa.ArrowException, UnicodeDecodeError) as fault:
            raise InputError(
                f"{self._source.name}: a column is not of a kind that can hold places, dates or "
                f"words ({str(fault).splitlines()[0].rstrip('.')})."
            ) from fault
        place = np.isfinite(lon) & np.isfinite(lat)
        near = _near(lon, lat)
        self._placed += int(place.sum())
        self._near += int(near.sum())
        self._near_if_swapped += int(_near(lat, lon).sum())
        header = self._headers(part, place)
        coarse = _IS_COARSE[precision]
        holds = {HEADER: header, NO_PLACE: ~place, FAR: ~near, NO_DATE: np.isnat(day)}
        holds[ONLY_OBLAST] = coarse
        where = [REASONS.index(name) for name in holds]
        if (name := self._place_name()) is not None:
            self._unnamed += int(
                pc.equal(values.as_text(part[name]).fill_null(""), "").sum().as_py()
            )
        return frame, np.select(list(holds.values()), where, -1)

    def _coordinates(self, part: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray]:
        """Longitude and latitude; NaN for what is nowhere on the globe."""
        lon = values.coordinates(part[self._chosen.get("longitude", GEOMETRY_X)])
        lat = values.coordinates(part[self._chosen.get("latitude", GEOMETRY_Y)])
        off = (np.abs(lon) > 180) | (np.abs(lat) > 90)
        self._off_globe += int(off.sum())
        nowhere = (np.abs(lon) < _NOWHERE_DEGREES) & (np.abs(lat) < _NOWHERE_DEGREES)
        gone = off | nowhere | np.isnan(lon) | np.isnan(lat)
        return np.where(gone, np.nan, lon), np.where(gone, np.nan, lat)

    def _dates(self, column: pa.Array) -> np.ndarray:
        found = values.days(column, day_first=self._day_first)
        self._serial |= found.serial
        for order in (values.DAY_FIRST, values.MONTH_FIRST):
            if order not in self._tells and (found.order == order).any():
                self._tells[order] = self._row_number(int((found.order == order).argmax()))
        if len(self._tells) == 2:
            raise InputError(
                f"{self._source.name} has dates with the day first "
                f"({self._source.where(self._tells[values.DAY_FIRST])}) and with the month first "
                f"({self._source.where(self._tells[values.MONTH_FIRST])}); write them as "
                "2022-04-30 (ISO)."
            )
        if self._day_first is None and (found.order == values.EITHER).any():
            row = int((found.order == values.EITHER).argmax())
            self._day_first = self._is_day_first(column[row].as_py(), row)
            return self._dates(column)
        return found.day

    def _is_day_first(self, value: str, row: int) -> bool:
        """Whether 03/04/2022 is in April: some other date of the file has to tell."""
        if self._tells:
            return values.DAY_FIRST in self._tells
        name = self._chosen["date"]
        for part in open_rows(self._source.path).batches([name], 1_000_000):
            order = values.days(part[name]).order
            if np.isin(order, (values.DAY_FIRST, values.MONTH_FIRST)).any():
                return bool((order == values.DAY_FIRST).any())
        raise InputError(
            f"{self._source.name}, {self._source.where(self._row_number(row))}: the date "
            f"{formats.clipped(value)} can be read with the day or with the month first, and no "
            "other date of the file tells which; write dates as 2022-04-30 (ISO)."
        )

    def _precision(self, part: dict[str, pa.Array], count: int) -> np.ndarray:
        if "precision" not in self._chosen:
            return np.full(count, PRECISIONS.index(formats.UNKNOWN), dtype="int8")
        codes, strange = values.precisions(part[self._chosen["precision"]], self._format.precision)
        self._strange |= strange
        return codes

    def _classes(self, part: dict[str, pa.Array], count: int) -> pd.Categorical:
        blank = self._format.no_class
        if "class" in self._chosen:
            return values.classes(part[self._chosen["class"]], self._format.classes, blank)
        flags = {flag: part[name] for flag, name in self._flag_columns().items()}
        return values.flagged(flags, self._format.flags, blank, count)

    def _identity(self, part: dict[str, pa.Array], count: int) -> pd.Series:
        if "id" in self._chosen:
            return pc.cast(part[self._chosen["id"]], pa.string()).to_pandas().fillna("")
        return pd.Series(np.arange(self._parsed + 1, self._parsed + count + 1)).astype("str")

    def _headers(self, part: dict[str, pa.Array], place: np.ndarray) -> np.ndarray:
        """Rows that repeat the names of the columns, as files pasted together do."""
        header = ~place
        for role in formats.NEEDED:
            name = self._chosen.get(role)
            if name is None or not pa.types.is_string(part[name].type) or not header.any():
                return np.zeros(len(place), dtype=bool)
            header &= pc.equal(part[name], name).fill_null(False).to_numpy(zero_copy_only=False)
        return header

    # ---------------------------------------------------------------------- counts of the file

    def _count(self, reason: np.ndarray) -> None:
        """Add a batch to the counts; rows of wrong width are in no batch and are added as met."""
        wrong = self._new_wrong_width()
        if wrong and WRONG_WIDTH not in self._first_at:
            self._first_at[WRONG_WIDTH] = self._source.where(self._source.wrong_width[0])
        counts = np.bincount(reason[reason >= 0].astype("int64"), minlength=len(REASONS))
        for name, number in zip(REASONS, counts, strict=True):
            if number and name not in self._first_at:
                first = int((reason == REASONS.index(name)).argmax())
                self._first_at[name] = self._source.where(self._row_number(first))
            more = int(number) + (wrong if name == WRONG_WIDTH else 0)
            if more:
                self._left_out[name] = self._left_out.get(name, 0) + more
        self._read += len(reason) + wrong

    def _new_wrong_width(self) -> int:
        return len(self._source.wrong_width) - self._left_out.get(WRONG_WIDTH, 0)

    def _row_number(self, row: int) -> int:
        """The number in the file of a row of this batch."""
        return record_number(self._parsed + row + 1, self._source.wrong_width)

    def _note_days(self, *tables: pd.DataFrame) -> None:
        for table in tables:
            if len(table):
                day = table["date"].to_numpy()
                first, last = self._days or (day[0], day[0])
                self._days = min(first, day.min()), max(last, day.max())

    def _as_of(self) -> str:
        if self._days is None:
            return "no dated event"
        first, last = (str(day.astype("datetime64[D]")) for day in self._days)
        return first if first == last else f"{first} to {last}"

    def _title(self) -> str:
        return self._source.name if self._format is formats.OTHER else self._format.title

    def _notes(self) -> Iterator[str]:
        yield from self._source.notes()
        if self._format.note is not None:
            yield self._format.note
        if self._serial:
            yield "Dates given as Excel's day numbers were read as days since 1900."
        if self._day_first is not None:
            first = "day" if self._day_first else "month"
            yield f"Dates such as 03/04/2022 were read with the {first} first, as others tell."
        if self._strange:
            words = ", ".join(formats.clipped(word) for word in sorted(self._strange)[:5])
            yield f"Precision not understood and taken as unknown: {words}."
        if self._unnamed:
            yield (
                f"{self._unnamed:,} of {self._read:,} rows name no place; they are counted where "
                "they have coordinates."
            )

    # --------------------------------------------------------------------- at the end of the file

    def _refuse_swapped(self) -> None:
        swapped, placed = self._near_if_swapped, self._placed
        if swapped > self._near and swapped >= _SWAPPED_SHARE * placed:
            raise InputError(
                f"{self._source.name}: {self._near:,} of {placed:,} places lie in Ukraine or near "
                f"it, and {swapped:,} would with latitude and longitude swapped; name the columns "
                "the other way round."
            )

    def _refuse_useless(self) -> None:
        if self._usable:
            return
        name = self._source.name
        if not self._read:
            raise InputError(f"{name} has column names and no rows.")
        found = "; ".join(
            f"{reason}: {self._left_out[reason]:,} (first: {self._first_at[reason]})"
            for reason in REASONS
            if reason in self._left_out
        )
        advice = ""
        if self._off_globe > self._read / 2:
            advice = "; save it in longitude and latitude, EPSG:4326"
        raise InputError(f"{name} has no row that can be used, of {self._read:,}: {found}{advice}.")


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
