"""Where reports say that weapons were launched from, and incidents reported in Russia."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pandas as pd

from data import catalog
from data.errors import InputError
from data.language import _
from events import schema
from events.statements import Statement

TOWN, REGION, SEA, UNKNOWN = "town", "region", "sea", "unknown"
KINDS = (TOWN, REGION, SEA, UNKNOWN)

_PLACE = ["kind", "place", "lon", "lat", "region", "country", "source"]


def places() -> pd.DataFrame:
    """The gazetteer: every name that the bundled reports give for a launch place.

    Returns
    -------
    DataFrame
        ``name`` (as the reports have it; several rows where it names several places), ``kind``
        (one of `KINDS`), ``place`` (English name), ``lon``, ``lat`` (degrees, WGS 84, to 0.01),
        ``region``, ``country``, ``source``. Towns are at the town, never at a site. A region has
        no point: it is to be drawn as the region. A sea's point is where its name is written.
        Unknown is what is no place, such as a direction.
    """
    table = pd.read_csv(catalog.path("launch_places"), dtype={"name": "str"}, keep_default_na=False)
    for axis in ("lon", "lat"):
        table[axis] = pd.to_numeric(table[axis], errors="coerce")
    return table.rename(columns={"name_en": "place"})[["name", *_PLACE]]


def by_place(
    table: pd.DataFrame,
    since: dt.date,
    until: dt.date,
    *,
    classes: Collection[str] | None = None,
) -> pd.DataFrame:
    """In how many nights each launch place was named.

    Reports do not split their counts by place, so that nights are counted and never drones or
    missiles. National and regional reports are used alike: a night named twice is one night.

    Parameters
    ----------
    table : DataFrame
        Reports as `events.schema.typed` gives them.
    since, until : date
        First and last date, included; a night belongs to the date on which it ends.
    classes : collection of str, optional
        Only reports on these weapon classes; a report on several together counts with each of them.

    Returns
    -------
    DataFrame
        ``place``, ``kind``, ``lon``, ``lat``, ``region``, ``country``, ``source``, ``nights``; most
        nights first. A name that is not in the gazetteer is of the kind unknown, and kept.

    Raises
    ------
    InputError
        If the range is empty.
    """
    if since > until:
        raise InputError(
            _("the range begins on {since} and ends before, on {until}.").format(
                since=since.isoformat(), until=until.isoformat()
            )
        )
    rows = table[table["date"].between(pd.Timestamp(since), pd.Timestamp(until))]
    if classes is not None:
        wanted = set(classes)
        among = rows["class"].map(
            lambda text: not wanted.isdisjoint(text.split(schema.CLASS_JOINT))
        )
        rows = rows[among.astype("bool")]
    named = pd.DataFrame(
        {"date": rows["date"], "name": rows["launch_places"].map(schema.items)}
    ).explode("name")
    named = named[named["name"].notna()].merge(places(), on="name", how="left")
    named["place"] = named["place"].fillna(named["name"])
    named["kind"] = named["kind"].fillna(UNKNOWN)
    text = ["region", "country", "source"]
    named[text] = named[text].fillna("")
    nights = named.groupby(["place", "kind"], as_index=False).agg(
        dict.fromkeys(("lon", "lat", *text), "first") | {"date": "nunique"}
    )
    order = nights.rename(columns={"date": "nights"}).sort_values(
        ["nights", "place"], ascending=[False, True]
    )
    columns = ["place", "kind", "lon", "lat", "region", "country", "source", "nights"]
    return order[columns].reset_index(drop=True)


def incidents(statements: Collection[Statement]) -> pd.DataFrame:
    """Incidents in Russia that public reporting named, as towns.

    Parameters
    ----------
    statements : collection of Statement
        What was said, of `events.statements.load`; an incident whose statement is not among them is
        left out.

    Returns
    -------
    DataFrame
        ``place``, ``stands_for`` (``town``, or ``region`` where only the region was named and the
        point is its capital), ``region``, ``country``, ``lon``, ``lat`` (degrees, to 0.01),
        ``coordinates`` (their source), and of the statement ``text``, ``since``, ``until``,
        ``said_by``, ``reported_in``, ``reported_on``.
    """
    table = pd.read_csv(catalog.path("incidents"))
    of_statement = ["text", "since", "until", "said_by", "reported_in", "reported_on"]
    said = {statement.id: statement for statement in statements}
    table = table[table["statement"].isin(list(said))].copy()
    for name in of_statement:
        table[name] = [getattr(said[key], name) for key in table["statement"]]
    columns = ["place", "stands_for", "region", "country", "lon", "lat", "coordinates"]
    return table[[*columns, *of_statement]]
