"""The columns of a table of attack reports, and what may stand in them."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from data import weapons
from data.airforce_source import COLUMNS, COUNTS, NATIONAL, REGIONAL, SCOPES
from data.errors import AtlasError, DataError
from data.weapons import (
    ATTACK_DRONE,
    BALLISTIC_MISSILE,
    CLASS_JOINT,
    CLASSES,
    CRUISE_MISSILE,
    FRONT_LINE_DRONES,
    LIST_JOINT,
    OTHER,
    RECONNAISSANCE_DRONE,
)

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
    "as_text",
    "begins",
    "classes_of",
    "ends",
    "faults",
    "items",
    "names_only",
    "source_url",
    "typed",
]

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PERIOD = rf"{_DATE}(T[0-9]{{2}}:[0-9]{{2}})?"
_COUNT = r"[0-9]{0,6}"
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
    text = _texts(frame, error)
    wrong = faults(text)
    if (wrong != "").any():
        row = int((wrong != "").to_numpy().argmax())
        raise error(f"Row {row + 1} of the table of reports: {wrong.iloc[row]}.")
    result = text.assign(date=pd.to_datetime(text["date"], format="%Y-%m-%d"))
    for name in COUNTS:
        result[name] = pd.to_numeric(text[name].replace("", None)).astype("Int64")
    return result


def faults(text: pd.DataFrame) -> pd.Series:
    """What is wrong with each row of a table read as text; an empty text where nothing is."""
    found = pd.Series("", index=text.index, dtype="str")

    def mark(wrong: pd.Series, column: str, fault: str) -> None:
        new = wrong.astype(bool) & (found == "")
        found[new] = text.loc[new, column].str[:60].map(repr) + f" {fault}"

    mark(~text["date"].str.fullmatch(_DATE), "date", "is not a date")
    for name in ("period_start", "period_end"):
        mark(~text[name].str.fullmatch(_PERIOD), name, "is neither a date nor a minute")
    mark(~text["scope"].isin(SCOPES), "scope", "is no scope")
    mark(~text["class"].map(_is_class).astype(bool), "class", "is no weapon class")
    mark(text["source"] == "", "source", "is no source")
    for name in COUNTS:
        mark(~text[name].str.fullmatch(_COUNT), name, f"is no count of {name}")

    day = pd.to_datetime(text["date"], format="%Y-%m-%d", errors="coerce")
    start, end = begins(text), ends(text)
    for name, moments in (("date", day), ("period_start", start), ("period_end", end)):
        mark(moments.isna(), name, "is a moment that no calendar has")
    mark(day != end.dt.normalize(), "date", "is not the day its period ends")
    mark(start > end, "period_end", "is before the period starts")
    return found


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """A typed table as text: what `typed` reads to the same table."""
    columns = {name: table[name].astype("str").fillna("") for name in COLUMNS}
    columns["date"] = table["date"].dt.strftime("%Y-%m-%d")
    for name in COUNTS:
        columns[name] = columns[name].replace("<NA>", "")
    return pd.DataFrame(columns, columns=list(COLUMNS)).astype("str")


def begins(frame: pd.DataFrame) -> pd.Series:
    """When each period begins, Kyiv time; a day without a minute begins at midnight."""
    return pd.to_datetime(frame["period_start"], format="ISO8601", errors="coerce")


def ends(frame: pd.DataFrame) -> pd.Series:
    """When each period ends, Kyiv time; a day without a minute ends at 23:59."""
    moment = pd.to_datetime(frame["period_end"], format="ISO8601", errors="coerce")
    return moment.where(frame["period_end"].str.len() > len("2025-12-14"), moment + _LAST_MINUTE)


def items(text: str) -> tuple[str, ...]:
    """Parts of a list in one cell: ``"Kalibr; Kh-22"`` -> ``("Kalibr", "Kh-22")``."""
    return weapons.items(text)


def classes_of(name: str) -> list[str]:
    """The classes that one figure counts."""
    return name.split(CLASS_JOINT)


def names_only(models: str, kinds: Collection[str]) -> bool:
    """Whether a report names models, and all of them are of these."""
    named = items(models)
    return bool(named) and all(name in kinds for name in named)


def source_url(source: str) -> str:
    """Address of the post that a short reference of the table names."""
    host = source.split("/")[0]
    return f"https://{source}" if host in _SITES else f"https://www.facebook.com/{source}"


_SITES = frozenset({"t.me", "kharkivoda.gov.ua"})


def _is_class(text: str) -> bool:
    """Whether it is one class, or several in the fixed order."""
    parts = text.split(CLASS_JOINT)
    return parts == [klass for klass in CLASSES if klass in parts]


def _texts(frame: pd.DataFrame, error: type[AtlasError]) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise error(f"The table of reports has no column {', '.join(missing)}.")
    return frame.loc[:, list(COLUMNS)].astype("str").fillna("").reset_index(drop=True)
