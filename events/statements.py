"""What was said of attacks and of people: figures with their qualifier, and who said them.

A statement on what the reports count stands beside what they add up to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from data import catalog
from data.errors import DataError, InputError
from events import counts, schema

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


@dataclass(frozen=True)
class Beside:
    """A statement beside the sum of the reports for the same days and weapons.

    ``summed`` is None where no report counts what the statement counts. ``agrees`` is None then,
    and where the statement gives no figure. ``why`` says why both may differ; empty where they
    agree. ``apart`` says what the reports have of weapons that the statement names and its figure
    does not hold; mostly empty.
    """

    statement: Statement
    summed: int | None
    agrees: bool | None
    why: str
    apart: str = ""

    @property
    def told(self) -> str:
        """The sum of the reports, and what is to be said of it, as sentences."""
        parts = [self.why]
        if self.agrees and self.summed is not None:
            parts = [f"The reports add up to {self.summed:,}: both agree."]
        return " ".join(part for part in (*parts, self.apart) if part)


def is_counted(statement: Statement) -> bool:
    """Whether a statement speaks of what the reports count or leave out: launches and hits."""
    return statement.subject in _SUBJECTS


def beside(statement: Statement, table: pd.DataFrame) -> Beside:
    """A statement beside what the national reports add up to.

    Parameters
    ----------
    statement : Statement
        On something that `is_counted`.
    table : DataFrame
        Reports as `events.schema.typed` gives them.

    Raises
    ------
    InputError
        If the reports do not speak of the statement's subject at all.
    """
    if not is_counted(statement):
        raise InputError(f"no report counts the subject of a statement: {statement.subject}.")
    measure, belongs = _SUBJECTS[statement.subject]
    dates = counts.dates_between(statement.first_night, statement.until)
    rows = table[table["date"].isin(dates)]
    same = [belongs(row) for row in zip(rows["class"], rows["models"], strict=True)]
    rows = rows[pd.Series(same, index=rows.index, dtype="bool")]
    counted = counts.national(rows)
    # One class, whatever the reports call it: the statement does not tell them apart.
    values = counts.figures_by_date(counted.assign(**{"class": ""}))[measure].dropna()
    summed = int(values.sum()) if len(values) else None
    agrees = _agrees(statement, summed)
    why = "" if agrees else _why(statement, summed, counts.gaps(table, dates), rows)
    apart = _apart(statement, summed, counts.national(table[table["date"].isin(dates)]))
    return Beside(statement, summed, agrees, why, apart)


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


_Row = tuple[str, str]
_BOMBS = frozenset({"Guided bomb", "Aerial bomb"})
_DRONES = frozenset({schema.ATTACK_DRONE, schema.RECONNAISSANCE_DRONE})
_NO_MISSILES = _BOMBS | {"Unknown drone"}


def _is_attack_drone(row: _Row) -> bool:
    return row[0] == schema.ATTACK_DRONE


def _is_bomb(row: _Row) -> bool:
    return schema.names_only(row[1], _BOMBS)


def _is_missile(row: _Row) -> bool:
    """Whether a row counts missiles only, surface-to-air missiles fired at the ground included."""
    models = schema.items(row[1])
    return (
        bool(models)
        and _DRONES.isdisjoint(row[0].split(schema.CLASS_JOINT))
        and _NO_MISSILES.isdisjoint(models)
    )


_SUBJECTS: Mapping[str, tuple[str, Callable[[_Row], bool]]] = MappingProxyType(
    {
        "attack drones launched": ("launched", _is_attack_drone),
        "attack drones intercepted": ("intercepted", _is_attack_drone),
        "hit locations": ("hit_locations", _is_attack_drone),
        "missiles launched": ("launched", _is_missile),
        "guided bombs launched": ("launched", _is_bomb),
    }
)
"""Subject of a statement -> the measure, and the rows that count the same."""

# "Nearly 900" is no more than 900 and no less than nine tenths of it.
_NEARLY = 0.9


def _agrees(statement: Statement, summed: int | None) -> bool | None:
    if statement.value is None or summed is None:
        return None
    if statement.qualifier == "more than":
        return summed > statement.value
    if statement.qualifier == "nearly":
        return _NEARLY * statement.value <= summed <= statement.value
    return summed == statement.value


def _why(statement: Statement, summed: int | None, gaps: int, rows: pd.DataFrame) -> str:
    days = (statement.until - statement.first_night).days + 1
    nights = "the report of this night" if days == 1 else f"the reports of these {days} nights"
    if gaps == days:
        return "There is no report for this time to compare with."
    if summed is None:
        if statement.subject == "guided bombs launched":
            return (
                "The nightly reports of the Air Force say nothing of guided bombs in this time, so "
                "there is no sum to compare with."
            )
        return f"This figure is not in {nights}."
    missed = f", {gaps} of which have none," if gaps else ""
    regional = rows.loc[rows["scope"] == schema.REGIONAL, "launched"].sum()
    reasons = ["cover other hours", "count a daytime that no report covers"]
    if statement.subject == "missiles launched" and regional:
        reasons.append(f"include missiles that only a regional command reported ({regional} here)")
    if statement.subject.startswith("attack drones"):
        reasons.append("include drones of the front line, which no national report counts")
    listed = ", ".join(reasons[:-1]) + f", or {reasons[-1]}"
    adds = "gives" if days == 1 else "add up to"
    return f"{nights.capitalize()}{missed} {adds} {summed:,}; the statement may {listed}."


_NAMED = {
    "ballistic missile": schema.BALLISTIC_MISSILE,
    "cruise missile": schema.CRUISE_MISSILE,
}
"""Words of a statement -> class."""


def _apart(statement: Statement, summed: int | None, rows: pd.DataFrame) -> str:
    """That a statement on drones names missiles, which its figure does not hold."""
    if statement.subject != "attack drones launched" or summed is None:
        return ""
    text = statement.text.lower()
    launched = {
        words: rows.loc[rows["class"] == name, "launched"].sum()
        for words, name in _NAMED.items()
        if words in text and words not in statement.unit
    }
    if not launched:
        return ""
    listed = " and ".join(
        f"{value:,} {words}{'' if value == 1 else 's'}"
        for words, value in {"drone": summed, **launched}.items()
    )
    return f"The reports have {listed}; the statement's figure is held against the drones alone."
