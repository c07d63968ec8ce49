"""The bundled table of Ukrainian Air Force reports."""

from __future__ import annotations

import functools

import pandas as pd

from data import catalog
from data.errors import DataError
from events import schema


def load() -> pd.DataFrame:
    """Read the bundled table of reports.

    Returns
    -------
    DataFrame
        A row a reporting period, weapon class, scope and post, columns and types of
        `events.schema.typed`, by date. The caller's own copy.

    Raises
    ------
    DataError
        If the table is missing, damaged, or not what the schema says.
    """
    path = catalog.path("airforce")
    return _read(str(path), path.stat().st_mtime_ns).copy()


@functools.lru_cache(maxsize=2)
def _read(path: str, _changed: int) -> pd.DataFrame:
    try:
        text = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except (ValueError, OSError) as fault:
        raise DataError(f"{path} cannot be read as a table: {fault}.") from fault
    return schema.typed(text)
