"""Sums of attack reports as documents: JSON, CSV and tables of text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from data import catalog
from data.delimited import guarded
from data.errors import InputError
from events import cautions, counts, schema
from events.statements import Beside, Statement, beside, is_counted


def to_dict(
    table: pd.DataFrame,
    *,
    since: dt.date,
    until: dt.date,
    by: str = "day",
    statements: Iterable[Statement] = (),
    sources: Sequence[Mapping[str, str]] | None = None,
    warnings: Iterable[str] = (),
) -> dict[str, Any]:
    """The document of ``events counts --json``.

    Parameters
    ----------
    table, since, until, by
        As `events.counts.sums` takes them.
    statements : iterable of Statement
        Those that lie in the range and that the reports can be held against stand in the document.
    sources : sequence of mapping, optional
        ``title``, ``as_of``, ``licence`` and ``url``; the bundled tables by default.
    warnings : iterable of str
        Put before those on the sums.

    Returns
    -------
    dict
        ``rows``, ``means`` (over each of `events.counts.MEAN_WINDOWS` nights, at the end of each
        period), ``statements``, ``sources`` and ``warnings``; a figure that is not known is None.

    Raises
    ------
    InputError
        As `events.counts.sums` does, and where the range has no national report at all.
    """
    result = counts.sums(table, since=since, until=until, by=by)
    if not result["days_reported"].any():
        raise InputError(_nothing_between(table, since, until))
    chosen = [
        beside(statement, table)
        for statement in statements
        if is_counted(statement) and since <= statement.first_night and statement.until <= until
    ]
    return {
        "rows": [_json_row(row) for row in result.to_dict("records")],
        "means": _json_means(table, result),
        "statements": [_json_statement(item) for item in chosen],
        "sources": [dict(source) for source in (_sources() if sources is None else sources)],
        "warnings": [*warnings, *cautions.of_sums(table, since=since, until=until, by=by)],
    }


def to_csv(
    table: pd.DataFrame,
    *,
    since: dt.date,
    until: dt.date,
    by: str = "day",
    classes: Collection[str] | None = None,
    sources: Sequence[Mapping[str, str]] | None = None,
) -> str:
    """`events.counts.sums` as CSV: ISO dates, whole numbers, blanks for gaps, formulas neutralised.

    Three columns more say what holds for the row, where it comes from, and on what terms.
    ``classes`` keeps the rows on some weapon classes, with what they share with others; ``sources``
    is as `to_dict` takes it.
    """
    result = counts.sums(table, since=since, until=until, by=by)
    if classes is not None:
        wanted = set(classes)
        result = result[[not wanted.isdisjoint(schema.classes_of(n)) for n in result["class"]]]
    source = (_sources()[:1] if sources is None else sources)[0]
    records = [
        _json_row(row)
        | {
            "cautions": " ".join(map(str, cautions.of_row(row))),
            "source": ", ".join(filter(None, (source["title"], source.get("url")))),
            "licence": source.get("licence", ""),
        }
        for row in result.to_dict("records")
    ]
    columns = [*counts.SUM_COLUMNS, "cautions", "source", "licence"]
    text = pd.DataFrame(records, columns=columns, dtype="object")
    text = text.map(lambda cell: "" if cell is None else guarded(str(cell)))
    return text.to_csv(index=False, lineterminator="\n")


def plain(document: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The rows of `to_dict` as text: names of columns, and a row a period and class.

    A period without a report is one row that says so; then a total for each class, where there is
    more than one period. ``Rate`` stands beside the number launched that it rests on.
    """
    rows = document["rows"]
    lines: list[tuple[str, ...]] = []
    for row in rows:
        when = row["from"] if row["from"] == row["to"] else f"{row['from']} to {row['to']}"
        if row["days_reported"]:
            lines.append((when, row["class"], *_plain_figures(row)))
        elif (gap := (when, "no report", *[""] * len(_PLAIN))) not in lines[-1:]:
            lines.append(gap)
    if len({row["from"] for row in rows}) > 1:
        for name in dict.fromkeys(row["class"] for row in rows):
            total = _total([row for row in rows if row["class"] == name])
            lines.append(("Total", name, *_plain_figures(total)))
    return ("Date", "Class", *_PLAIN.values()), lines


def plain_statements(document: Mapping[str, Any]) -> list[str]:
    """The statements of `to_dict`, a line each: who said it when, and the sum of the reports."""
    return [
        f"Said: {said['text']} ({said['said_by']}; {said['reported_in']}, {said['reported_on']}). "
        f"{said['reports_say']}"
        for said in document["statements"]
    ]


def _json_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "from": row["from"].date().isoformat(),
        "to": row["to"].date().isoformat(),
        "class": row["class"],
    }
    whole = [name for name in counts.SUM_COLUMNS if name not in (*plain, "rate")]
    plain |= {name: counts.whole_or_none(row[name]) for name in whole}
    plain["rate"] = None if pd.isna(row["rate"]) else round(float(row["rate"]), 4)
    return {name: plain[name] for name in counts.SUM_COLUMNS}


def _json_means(table: pd.DataFrame, result: pd.DataFrame) -> list[dict[str, Any]]:
    """Rolling means at the end of each period of `events.counts.sums`, for the classes it has."""
    found = []
    for days in counts.MEAN_WINDOWS:
        means = counts.rolling(table, days=days)
        within = means["date"].isin(result["to"]) & means["class"].isin(result["class"])
        found += [
            {
                "date": row["date"].date().isoformat(),
                "class": row["class"],
                "nights": days,
                **{
                    name: None if pd.isna(row[name]) else round(float(row[name]), 4)
                    for name in ("launched", "got_through", "rate")
                },
                "nights_known": row["nights"],
            }
            for row in means[within].to_dict("records")
        ]
    return found


def _json_statement(item: Beside) -> dict[str, Any]:
    said = item.statement
    return {
        "id": said.id,
        "text": said.text,
        "qualifier": said.qualifier,
        "value": said.value,
        "unit": said.unit,
        "from": said.since.isoformat(),
        "to": said.until.isoformat(),
        "said_by": said.said_by,
        "reported_in": said.reported_in,
        "reported_on": said.reported_on.isoformat(),
        "reports_sum": item.summed,
        "agrees": item.agrees,
        "why_they_may_differ": item.why,
        "reports_say": item.told,
    }


def _nothing_between(table: pd.DataFrame, since: dt.date, until: dt.date) -> str:
    """That a range has no national report, and which dates have."""
    told = f"there is no national report from {since.isoformat()} to {until.isoformat()}"
    dates = counts.national(table)["date"]
    if dates.empty:
        return f"{told}."
    first, last = (day.date().isoformat() for day in (dates.min(), dates.max()))
    return f"{told}; they run from {first} to {last}."


def _sources() -> list[dict[str, str]]:
    used = (catalog.datasets()[name] for name in ("airforce", "statements"))
    return [{"title": e.title, "as_of": e.as_of, "licence": e.licence, "url": e.url} for e in used]


_PLAIN = {
    "launched": "Launched",
    "intercepted": "Intercepted",
    "suppressed": "Suppressed",
    "got_through": "Got through",
    "rate": "Rate",
    "rate_rests_on": "of",
}


def _plain_figures(row: Mapping[str, Any]) -> Iterable[str]:
    for name in _PLAIN:
        value = row[name]
        if name == "rate":
            yield "" if value is None else f"{100 * value:.1f} %"
        elif name == "rate_rests_on":
            yield "" if row["rate"] is None else f"{value:,}"
        else:
            yield "not known" if value is None else f"{value:,}"


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of one class added up."""
    total: dict[str, Any] = {}
    for name in (*counts.MEASURES, "rate_rests_on"):
        known = [row[name] for row in rows if row[name] is not None]
        total[name] = sum(known) if known else None
    base = total["rate_rests_on"]
    return total | {"rate": 1 - total["got_through"] / base if base else None}
