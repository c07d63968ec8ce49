"""Tables of a result: CSV of settlements and of figures, and GeoParquet of the zones."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from data import catalog
from data.delimited import guarded
from data.language import _, spoken
from geo import impact, layers, passport, titles
from geo.curve import curve
from geo.impact import MEASURES, Impact, true_digits
from geo.layers import FIELDS, Layer
from geo.snapshot import Snapshot
from geo.timeline import Changed

SETTLEMENT_COLUMNS = (
    "name_en",
    "name_uk",
    "oblast",
    "raion",
    "hromada",
    "side",
    "held_by",
    "residents_2022",
    "population_geonames",
    "distance_km",
    "lon",
    "lat",
    "source",
    "as_of",
    "scenario",
)
WHOLE = "all"
"""Stands for an oblast in the rows of whole zones, so that nobody adds them to their parts."""

_GEOPARQUET = "1.1.0"
_RESIDENTS_AS_OF = "2022-01-01"


def settlements_csv(snapshot: Snapshot, *, excel: bool = False) -> bytes:
    """A row a settlement inside the zones, nearest to the line first; UTF-8.

    Of a comparison, those of each scenario after the other; of ground that changed hands, those in
    it.

    Parameters
    ----------
    excel
        Begin with the mark by which Excel knows UTF-8.
    """
    if snapshot.changed is not None:
        return _csv(_gained(snapshot.changed), excel=excel)
    tables = [_inside(*pair) for pair in snapshot.lettered]
    return _csv(pd.concat(tables, ignore_index=True), excel=excel)


def figures_csv(snapshot: Snapshot, *, excel: bool = False) -> bytes:
    """A row a side, then a row an oblast and side; UTF-8.

    ``oblast`` is `WHOLE` in the rows of whole zones. Of drawings, the rows of each follow.
    """
    if snapshot.changed is not None:
        return _csv(_figures_of_change(snapshot.changed), excel=excel)
    asked = [(_titled(*pair), pair[1]) for pair in snapshot.lettered]
    asked += [(_titled(one.name, answer), answer) for one, answer in snapshot.drawn]
    tables = [_figures(title, answer) for title, answer in asked]
    return _csv(pd.concat(tables, ignore_index=True), excel=excel)


def curve_csv(answer: Impact, *, excel: bool = False) -> bytes:
    """The figures of a scenario against distance: a row a distance and side, UTF-8."""
    table = curve(answer.control, answer.scenario)
    rows = pd.DataFrame([true_digits(row) for row in table.to_dict(orient="records")])
    rows["source"] = answer.control.title
    rows["as_of"] = answer.control.date.isoformat()
    rows["residents_as_of"] = _RESIDENTS_AS_OF
    staying = answer.scenario.changed(ukraine_km=0.0, russia_km=0.0)
    leaving = f"{staying.title()}; " if staying.ukraine_leaves or staying.russia_leaves else ""
    rows["scenario"] = f"{leaving}any distance {answer.scenario.where()} (illustrative)"
    return _csv(rows, excel=excel)


def series_csv(tables: Mapping[str, pd.DataFrame], *, excel: bool = False) -> bytes:
    """Tables of `geo.timeline.series` by the name of their assessor: a row a map, UTF-8."""
    whole = pd.concat([table.assign(source=title) for title, table in tables.items()])
    digits = {"line_km": 1, "held_km2": 1, "kyiv_km2": 1, "kyiv_share": 4}
    columns = ["source", "date", *digits, "changed"]
    names = {"kyiv_km2": "kyiv_held_donetsk_km2", "kyiv_share": "kyiv_held_share_of_donetsk"}
    named = whole.round(digits)[columns].rename(columns=names)
    return _csv(named, excel=excel)


def parquet(snapshot: Snapshot) -> bytes:
    """The zones with their figures, those of drawings too, or changed ground: GeoParquet 1.1.

    Every column has its unit and what it says in its metadata; the file has the passport in its.
    """
    found = {layer.name: layer for layer in layers.of(snapshot)}
    wanted = [found[name] for name in ("zones", "drawn_zones", "changed") if name in found]
    plain = io.BytesIO()
    _joined(wanted).to_parquet(plain, index=False, schema_version=_GEOPARQUET)
    plain.seek(0)
    # What it has been given besides can only be put in by writing it once more.
    table = pq.read_table(plain)
    known = dict(table.schema.metadata or {})
    own = {
        b"geo": _oriented(known[b"geo"]),
        passport.KEY.encode(): passport.of(snapshot).to_json().encode(),
        b"title": str(titles.title(snapshot)).encode(),
        b"sources": sources_json(snapshot),
    }
    schema = table.schema.with_metadata(known | own)
    for place, field in enumerate(schema):
        if field.name in FIELDS:
            unit, about = (str(text).encode() for text in FIELDS[field.name][1:])
            schema = schema.set(place, field.with_metadata({b"unit": unit, b"description": about}))
    out = io.BytesIO()
    pq.write_table(table.cast(schema), out)
    return out.getvalue()


def sources_json(snapshot: Snapshot) -> bytes:
    """The datasets used: title, date, licence, attribution, address and SHA-256, as JSON."""
    text = json.dumps(spoken(snapshot.sources), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def _joined(found: Iterable[Layer]) -> Any:
    tables = [layer.table() for layer in found]
    whole = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    return whole[[name for name in FIELDS if name in whole] + ["geometry"]]


def _oriented(geo: bytes) -> bytes:
    """The metadata of GeoParquet, with what is true of every geometry of `geo.layers`."""
    document = json.loads(geo)
    for column in document["columns"].values():
        column["orientation"] = "counterclockwise"
        column["edges"] = "planar"
    return json.dumps(document, separators=(",", ":")).encode()


def _inside(letter: str, answer: Impact) -> pd.DataFrame:
    table = layers.settlements_of(answer)
    population = catalog.datasets()["settlements"]
    table["source"] = f"{population.attribution}; line of contact: {answer.control.title}"
    table["as_of"] = f"{population.as_of}; {answer.control.date.isoformat()}"
    table["scenario"] = _titled(letter, answer)
    return table[list(SETTLEMENT_COLUMNS)]


def _titled(letter: str, answer: Impact) -> str:
    told = _("{title} (illustrative)").format(title=answer.scenario.title())
    return str(_("{letter}: {title}").format(letter=letter, title=told) if letter else told)


def _gained(found: Changed) -> pd.DataFrame:
    table = found.settlements.rename(columns={"population": "population_geonames"}).copy()
    population = catalog.datasets()["settlements"]
    table["became"] = [layers.HELD_BY[side] for side in table.pop("to")]
    table["source"] = f"{population.attribution}; control: {found.after.title}"
    table["as_of"] = f"{population.as_of}; {found.before.date} – {found.after.date}"
    return table


def _figures(title: str, answer: Impact) -> pd.DataFrame:
    whole = [
        {"oblast": WHOLE, "side": side, **row} for side, row in impact.by_side(answer.sides).items()
    ]
    parts = [true_digits(row) for row in answer.by_oblast.to_dict(orient="records")]
    table = _typed([*whole, *parts], ("oblast", "side", *MEASURES))
    table["date"] = answer.control.date.isoformat()
    table["source"] = answer.control.title
    table["residents_as_of"] = _RESIDENTS_AS_OF
    table["scenario"] = str(title)
    return table


def _figures_of_change(found: Changed) -> pd.DataFrame:
    document = found.to_dict()
    whole = [{"oblast": WHOLE, "to": side, **row} for side, row in document["passed_to"].items()]
    columns = ("oblast", "to", "area_km2", "redrawn_km2", "residents_2022", "settlements")
    table = _typed([*whole, *document["by_oblast"]], columns)
    table["to"] = [layers.HELD_BY[side] for side in table["to"]]
    table = table.rename(columns={"to": "became"})
    table["from"], table["to"] = found.before.date.isoformat(), found.after.date.isoformat()
    table["source"] = found.after.title
    table["residents_as_of"] = _RESIDENTS_AS_OF
    return table


def _typed(rows: list[dict[str, Any]], columns: Iterable[str]) -> pd.DataFrame:
    """Rows as a table in which whole numbers stay whole where some are not known."""
    table = pd.DataFrame(rows, columns=list(columns))
    whole = {name: "Int64" for name in ("residents_2022", "settlements") if name in table}
    return table.astype(whole)


def _csv(table: pd.DataFrame, *, excel: bool) -> bytes:
    """A table as UTF-8, with nothing in it that a spreadsheet takes for a formula."""
    safe = table.copy()
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(t) for t in safe.dtypes]]:
        safe[column] = safe[column].map(_plain)
    text = safe.to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8-sig" if excel else "utf-8")


def _plain(given: Any) -> Any:
    """A text on one line, that a spreadsheet does not take for a formula."""
    return guarded(" ".join(given.split())) if isinstance(given, str) else given
