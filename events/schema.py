"""The columns of a table of attack reports, and what may stand in them."""

from __future__ import annotations

import pandas as pd

from data.build_airforce import (
    ATTACK_DRONE,
    BALLISTIC_MISSILE,
    CLASS_JOINT,
    CLASSES,
    COLUMNS,
    COUNTS,
    CRUISE_MISSILE,
    FRONT_LINE_DRONES,
    LIST_JOINT,
    NATIONAL,
    OTHER,
    RECONNAISSANCE_DRONE,
    REGIONAL,
    SCOPES,
)
from data.errors import AtlasError, DataError

__all__ = [
    "ATTACK_DRONE",
    "BALLISTIC_MISSILE",
    "CLASSES",
    "CLASS_JOINT",
    "COLUMNS",
    "COUNTS",
    "CRUISE_MISSILE",
    "FRONT_LINE_DRONES",
    "LIST_JOINT",
    "NATIONAL",
    "OTHER",
    "RECONNAISSANCE_DRONE",
    "REGIONAL",
    "SCOPES",
    "begins",
    "ends",
    "items",
    "source_url",
    "typed",
]

_DATE = r"\d{4}-\d{2}-\d{2}"
_PERIOD = rf"{_DATE}(T\d{{2}}:\d{{2}})?"
_LAST_MINUTE = pd.Timedelta(hours=23, minutes=59)


def typed(frame: pd.DataFrame, *, error: type[AtlasError] = DataError) -> pd.DataFrame:
    """Check a table of reports read as text, and give its columns their types.

    Parameters
    ----------
    frame : DataFrame
        Every column of `COLUMNS` as text, an empty text where nothing was reported.
    error : type of AtlasError
        What to raise: `DataError` for a bundled table, `InputError` for a user's.

    Returns
    -------
    DataFrame
        Columns in the order of `COLUMNS`: ``date`` as a day (datetime64, no zone), counts as
        nullable whole numbers (``Int64``; missing means not reported, never nought), the rest text.
        ``period_start`` and ``period_end`` stay ISO text: their length says whether the report
        gave the minute (``2025-12-13T19:00``, Kyiv time) or only the day (``2025-12-13``).

    Raises
    ------
    AtlasError
        One sentence that names the first row and the fault.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise error(f"The table of reports has no column {', '.join(missing)}.")
    text = frame.loc[:, list(COLUMNS)].astype("str").fillna("").reset_index(drop=True)
    _refuse(~text["date"].str.fullmatch(_DATE), text["date"], "is not a date", error)
    for name in ("period_start", "period_end"):
        _refuse(
            ~text[name].str.fullmatch(_PERIOD), text[name], "is neither a date nor a minute", error
        )
    _refuse(~text["scope"].isin(SCOPES), text["scope"], "is no scope", error)
    _refuse(~text["class"].map(_is_class), text["class"], "is no weapon class", error)
    _refuse(text["source"] == "", text["source"], "is no source", error)
    for name in COUNTS:
        _refuse(~text[name].str.fullmatch(r"\d*"), text[name], f"is no count of {name}", error)

    try:
        day = pd.to_datetime(text["date"], format="%Y-%m-%d")
        first, last = begins(text), ends(text)
    except ValueError as fault:
        raise error("The table of reports holds a day that no calendar has.") from fault
    _refuse(day != last.dt.normalize(), text["date"], "is not the day its period ends", error)
    _refuse(first > last, text["period_end"], "is before the period starts", error)

    result = text.assign(date=day)
    for name in COUNTS:
        result[name] = pd.to_numeric(text[name].replace("", None)).astype("Int64")
    return result


def begins(frame: pd.DataFrame) -> pd.Series:
    """When each period begins, Kyiv time; a day without a minute begins at midnight."""
    return pd.to_datetime(frame["period_start"], format="ISO8601")


def ends(frame: pd.DataFrame) -> pd.Series:
    """When each period ends, Kyiv time; a day without a minute ends at 23:59."""
    moment = pd.to_datetime(frame["period_end"], format="ISO8601")
    return moment.where(frame["period_end"].str.len() > len("2025-12-14"), moment + _LAST_MINUTE)


def items(text: str) -> tuple[str, ...]:
    """Parts of a list in one cell: ``"Kalibr; Kh-22"`` -> ``("Kalibr", "Kh-22")``."""
    return tuple(part for part in text.split(LIST_JOINT) if part)


def source_url(source: str) -> str:
    """Address of the post that a short reference of the table names."""
    host = source.split("/")[0]
    return f"https://{source}" if host in _SITES else f"https://www.facebook.com/{source}"


_SITES = frozenset({"t.me", "kharkivoda.gov.ua"})


def _is_class(text: str) -> bool:
    """Whether it is one class, or several in the fixed order."""
    parts = text.split(CLASS_JOINT)
    return parts == [klass for klass in CLASSES if klass in parts]


def _refuse(wrong: pd.Series, values: pd.Series, fault: str, error: type[AtlasError]) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        value = str(values.iloc[row])[:60]
        raise error(f"Row {row + 1} of the table of reports: {value!r} {fault}.")
