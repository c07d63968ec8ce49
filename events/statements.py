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
from data.language import _, ngettext, translated
from events import counts, schema
from geo import words

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
        qualifier = "" if self.qualifier == OVERNIGHT else translated(self.qualifier)
        figure = "" if self.value is None else words.number(self.value)
        unit = translated(self.unit) if self.unit else ""
        return words.listed([word for word in (qualifier, figure, unit) if word], between=" ")


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
        raise DataError(
            _("data/{name} holds a row that is no statement: {fault}.").format(
                name=path.name, fault=fault
            )
        ) from fault


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
            told = _("The reports add up to {n}: both agree.")
            parts = [told.format(n=words.number(self.summed))]
        return words.listed([part for part in (*parts, self.apart) if part], between=" ")


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
    if gaps == days:
        return _("There is no report for this time to compare with.")
    if summed is None:
        if statement.subject == "guided bombs launched":
            return _(
                "The nightly reports of the Air Force say nothing of guided bombs in this time, so "
                "there is no sum to compare with."
            )
        return ngettext(
            "This figure is not in the report of this night.",
            "This figure is not in the reports of these {n} nights.",
            days,
        ).format(n=days)
    regional = rows.loc[rows["scope"] == schema.REGIONAL, "launched"].sum()
    reasons = [_("cover other hours"), _("count a daytime that no report covers")]
    if statement.subject == "missiles launched" and regional:
        told = _("include missiles that only a regional command reported ({n} here)")
        reasons.append(told.format(n=regional))
    if statement.subject.startswith("attack drones"):
        reasons.append(_("include drones of the front line, which no national report counts"))
    listed = _("{reasons}, or {last}").format(reasons=words.listed(reasons[:-1]), last=reasons[-1])
    if gaps:
        told = _(
            "The reports of these {days} nights, {gaps} of which have none, add up to {n}; the "
            "statement may {reasons}."
        )
    else:
        told = ngettext(
            "The report of this night gives {n}; the statement may {reasons}.",
            "The reports of these {days} nights add up to {n}; the statement may {reasons}.",
            days,
        )
    return told.format(days=days, gaps=gaps, n=words.number(summed), reasons=listed)


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
    launched = [
        _counted(name, rows.loc[rows["class"] == name, "launched"].sum())
        for named, name in _NAMED.items()
        if named in text and named not in statement.unit
    ]
    if not launched:
        return ""
    drones = ngettext("{n} drone", "{n} drones", summed).format(n=words.number(summed))
    return _(
        "The reports have {figures}; the statement's figure is held against the drones alone."
    ).format(figures=words.listed([drones, *launched], between=_(" and ")))


def _counted(name: str, value: float) -> str:
    """So many missiles, in words."""
    told = {
        schema.BALLISTIC_MISSILE: ngettext(
            "{n} ballistic missile", "{n} ballistic missiles", value
        ),
        schema.CRUISE_MISSILE: ngettext("{n} cruise missile", "{n} cruise missiles", value),
    }[name]
    return told.format(n=words.number(value))
