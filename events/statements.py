"""What was said of attacks and of people: figures with their qualifier, and who said them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from data import catalog
from data.errors import DataError

OVERNIGHT = "overnight"
"""The qualifier of a statement on one night; its dates are the evening and the morning."""


@dataclass(frozen=True)
class Statement:
    """One row of ``data/statements.csv``.

    ``value`` is None where no figure was given. ``since`` and ``until`` are the first and last day
    that the statement speaks of; ``qualifier`` is its own word ("more than", "nearly"), empty where
    it had none.
    """

    id: str
    text: str
    subject: str
    qualifier: str
    value: int | None
    unit: str
    since: dt.date
    until: dt.date
    said_by: str
    reported_in: str
    reported_on: dt.date

    @property
    def first_night(self) -> dt.date:
        """The first date whose night the statement speaks of: a night counts where it ends."""
        return self.until if self.qualifier == OVERNIGHT else self.since

    @property
    def said(self) -> str:
        """The figure with its qualifier: ``more than 1,500 drones``."""
        qualifier = "" if self.qualifier == OVERNIGHT else self.qualifier
        figure = "" if self.value is None else f"{self.value:,}"
        return " ".join(word for word in (qualifier, figure, self.unit) if word)


def load() -> tuple[Statement, ...]:
    """Every statement of the bundled table, in its order.

    Raises
    ------
    DataError
        If the table is missing, damaged, or holds a row that is no statement.
    """
    path = catalog.path("statements")
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    try:
        return tuple(_statement(row) for row in table.to_dict("records"))
    except (KeyError, ValueError) as fault:
        raise DataError(f"data/{path.name} holds a row that is no statement: {fault}.") from fault


def _statement(row: dict) -> Statement:
    return Statement(
        id=row["id"],
        text=row["text"],
        subject=row["subject"],
        qualifier=row["qualifier"],
        value=int(row["value"]) if row["value"] else None,
        unit=row["unit"],
        since=dt.date.fromisoformat(row["from"]),
        until=dt.date.fromisoformat(row["to"]),
        said_by=row["said_by"],
        reported_in=row["reported_in"],
        reported_on=dt.date.fromisoformat(row["reported_on"]),
    )
