"""A reader's own file of events, counted inside the zones of the scenario on screen.

The file lives in the reader's session. It is read in a process of its own (`geo.sandbox`), once for
each choice of columns; the events it gave are then counted again for every scenario.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from data import language
from data.errors import AtlasError, InputError
from data.language import _, ngettext, translated
from events import apart, formats, inside
from events.apart import Outcome
from events.inside import Inside
from geo import sandbox, webmap, words
from geo.impact import Impact
from geo.style import Theme
from pages import question, widgets

KINDS = ("csv", "tsv", "txt", "parquet", "geoparquet", "json")
UNSET = "as found"

_ROLES = {
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "date": _("Date"),
    "class": _("Class"),
}
_MOST_CLASSES = 12
_LONGEST_NAME = 80
_LONGEST_CLASS = 60
_MONTHS_PX = 300
_MEASURES = {
    "events": _("Events inside"),
    "per_100_km2": _("Per 100 km²"),
    "rest_per_100_km2": _("Rest of the oblasts, per 100 km²"),
    "area_km2": _("Area"),
}


@dataclasses.dataclass(frozen=True)
class Upload:
    """A file as it was given; ``id`` is the same for the same bytes."""

    name: str
    content: bytes
    id: str


def show(colours: Theme) -> None:
    """Draw the part of the page: the place to drop a file, and below it what the file holds."""
    with st.container(key="part-events"):
        widgets.heading(_("Events inside the zones"))
        scenario = question.current()
        try:
            impact = question.answer(scenario)
        except AtlasError as error:
            widgets.notice(words.sentence(error))
            return
        largest_mb = st.get_option("server.maxUploadSize")
        widgets.small(
            _(
                "Your own file of events, counted in the zones of the scenario on screen: "
                "{scenario}, {assessor} on {day} (illustrative). ACLED, UCDP GED, VIINA and "
                "Bellingcat files are known; any other needs latitude, longitude and date. The "
                "file stays in your session. One over {megabytes} MB is counted on the command "
                "line: python cli.py events inside FILE."
            ).format(
                scenario=scenario.title(),
                assessor=impact.control.title,
                day=words.day(scenario.date),
                megabytes=largest_mb,
            )
        )
        st.file_uploader(
            _("File of events"),
            type=list(KINDS),
            key="events-file",
            on_change=_given,
            label_visibility="collapsed",
        )
        # Whoever sees this may be about to give a file: the worker that reads it starts now.
        sandbox.warm()
        upload: Upload | None = st.session_state.get("events-upload")
        if upload is not None:
            _result(upload, impact, colours)


def _given() -> None:
    """Keep the file beyond a visit to another page, until it is taken away or replaced."""
    file = st.session_state["events-file"]
    st.session_state["events-columns"] = {}
    st.session_state["events-upload"] = None if file is None else _upload(file)


def _upload(file: Any) -> Upload:
    name = Path(str(file.name).replace("\\", "/")).name
    printable = "".join(c for c in name if c.isprintable())[-_LONGEST_NAME:]
    content = file.getvalue()
    return Upload(printable.lstrip(".") or "file", content, hashlib.sha256(content).hexdigest())


def _remove() -> None:
    st.session_state["events-upload"] = None
    st.session_state.pop("events-read", None)
    st.session_state.pop("events-found", None)


def _result(upload: Upload, impact: Impact, colours: Theme) -> None:
    if st.session_state["events-file"] is None:
        with st.container(key="events-kept", horizontal=True, vertical_alignment="center"):
            widgets.small(_("Kept in this session: {name}").format(name=upload.name))
            st.button(_("Remove"), key="events-remove", on_click=_remove)
    columns: dict[str, str] = st.session_state.setdefault("events-columns", {})
    outcome = _read(upload, columns)
    try:
        found = _counted(upload, outcome, impact, columns)
    except InputError as error:
        # A sentence that begins with the file's name keeps it as it is written.
        named = str(error).startswith(upload.name)
        widgets.notice(str(error) if named else words.sentence(error))
        _choose_columns(outcome, open_=True)
        return
    _told_of_file(upload, found)
    _choose_columns(outcome, open_=False)
    _sides(found)
    _map(found, impact, colours)
    _tables(found)
    with _row("events-save"):
        st.download_button(
            _("Events inside as CSV"),
            data=partial(_rows, outcome, impact, language.current()),
            file_name="events-inside.csv",
            mime="text/csv",
            key="save-events",
            on_click="ignore",
            disabled=not found.sides["events"].sum(),
        )
    for text in found.warnings:
        widgets.small(words.sentence(text))


def _row(key: str) -> Any:
    return st.container(key=key, horizontal=True)


def _read(upload: Upload, columns: Mapping[str, str]) -> Outcome:
    """What came of reading the file, once for each choice of columns."""
    asked = (upload.id, upload.name, tuple(sorted(columns.items())), language.current())
    known = st.session_state.get("events-read")
    if known is None or known[0] != asked:
        # The one before may be large: it goes first.
        st.session_state.pop("events-read", None)
        with st.spinner(_("Reading the file …")):
            outcome = apart.read(upload.content, name=upload.name, columns=columns)
        known = (asked, outcome)
        st.session_state["events-read"] = known
    return known[1]


def _counted(
    upload: Upload, outcome: Outcome, impact: Impact, columns: Mapping[str, str]
) -> Inside:
    """The counts, worked out once a session for each file, choice of columns and scenario."""
    if outcome.points is None:
        raise InputError(outcome.problem)
    asked = (
        upload.id,
        tuple(sorted(columns.items())),
        impact.scenario.model_dump_json(),
        impact.control.fetched_sha256,
        language.current(),
    )
    known = st.session_state.get("events-found")
    if known is not None and known[0] == asked:
        return known[1]
    found = inside.count(outcome.points, impact.zones, impact.control, impact.scenario)
    st.session_state["events-found"] = (asked, found)
    return found


def _rows(outcome: Outcome, impact: Impact, spoken: str) -> bytes:
    if outcome.points is None:
        return b""
    with language.using(spoken):
        parts = inside.rows_csv(outcome.points, impact.zones, impact.control, impact.scenario)
        return b"".join(parts)


def _choose_columns(outcome: Outcome, *, open_: bool) -> None:
    """Which column holds what: what was found, to be changed."""
    names = list(outcome.columns)
    if not names:
        return  # No table at all: the sentence above says so.
    chosen: dict[str, str] = st.session_state["events-columns"]
    known = formats.recognise(names).columns
    plain = {formats.plain(name): name for name in names}
    with (
        st.expander(str(_("Columns")), expanded=open_),
        st.container(key="events-columns-row", horizontal=True),
    ):
        for role in _ROLES:
            usual = next((plain[name] for name in known.get(role, ()) if name in plain), None)
            found = _("as found: {column}").format(column=_("none") if usual is None else usual)
            _column(role, names, found, chosen.get(role, UNSET))


def _column(role: str, names: list[str], as_found: str, shown: str) -> None:
    st.session_state[f"events-column-{role}"] = shown
    st.selectbox(
        str(_ROLES[role]),
        [UNSET, *names],
        format_func=lambda name: str(as_found if name == UNSET else name),
        key=f"events-column-{role}",
        on_change=_column_chosen,
        args=(role,),
    )


def _column_chosen(role: str) -> None:
    name = st.session_state[f"events-column-{role}"]
    chosen = dict(st.session_state["events-columns"])
    chosen.pop(role, None)
    if name != UNSET:
        chosen[role] = name
    st.session_state["events-columns"] = chosen


def _told_of_file(upload: Upload, found: Inside) -> None:
    """What was read, what was left out and why, and the publisher's terms."""
    events = found.sources[0]
    left = int(found.left_out.sum())
    told = [
        (
            _("Read"),
            ngettext(
                "{n} row of {name}; {placed} with a place.",
                "{n} rows of {name}; {placed} with a place.",
                found.read,
            ).format(
                n=words.number(found.read),
                name=upload.name,
                placed=words.number(found.read - left),
            ),
        ),
        *(
            (
                _("Left out: {why}").format(why=translated(str(reason))),
                _("{n} (first: {place}).").format(
                    n=words.number(rows), place=found.first_at.to_dict()[reason]
                ),
            )
            for reason, rows in found.left_out.to_dict().items()
        ),
        (_("Source"), f"{translated(events['title'])}, {words.as_of(events['as_of'])}."),
        (_("Licence"), f"{translated(events['licence'])}."),
        (_("Attribution"), f"{translated(events['attribution'])}."),
    ]
    rows = "".join(
        f"<tr><th scope='row'>{widgets.escape(name)}</th><td>{widgets.escape(text)}</td></tr>"
        for name, text in told
    )
    st.html(f"<table class='atlas-table atlas-facts'><tbody>{rows}</tbody></table>")


def _sides(found: Inside) -> None:
    """A row a side: how many, and how densely beside the rest of the same oblasts."""
    head = "".join(f"<th scope='col'>{label}</th>" for label in _MEASURES.values())
    rows = []
    for side in words.SIDES:
        figures = found.sides.loc[side].to_dict()
        cells = "".join(
            f"<td data-label='{label}' data-measure='{key}'>{_figure(key, figures[key])}</td>"
            for key, label in _MEASURES.items()
        )
        rows.append(
            f"<tr data-side='{side}'><th scope='row'><i class='atlas-key atlas-key-{side}'></i>"
            f"{_head(side)}</th>{cells}</tr>"
        )
    st.html(
        f"<table class='atlas-answer atlas-totals'><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _figure(key: str, value: float) -> str:
    if math.isnan(value):
        return "<i>–</i>"
    if key == "area_km2":
        return f"<b>{words.number(value)}</b> <span>{_('km²')}</span>"
    return (
        f"<b>{words.number(value, decimals=1)}</b>"
        if key.endswith("per_100_km2")
        else f"<b>{words.number(value)}</b>"
    )


def _map(found: Inside, impact: Impact, colours: Theme) -> None:
    """Every event where they are few, else how many in each cell."""
    spots: dict[str, list[webmap.Spot]] = {}
    cells: list[tuple[Any, float, str]] = []
    legend: list[tuple[str, str]] = []
    if found.points is not None and len(found.points):
        # One on the line of contact lies in both zones and is one event.
        once = found.points.drop_duplicates(["lon", "lat", "date", "class"])
        spots["event"] = [_spot(row) for row in once.to_dict("records")]
        legend = [("event", _("Event inside"))]
    elif found.points is None:
        most = int(found.cells["events"].max())
        cells = [
            (shape, events / most, _told_of_cell(side, events))
            for shape, events, side in zip(
                found.cells.geometry, found.cells["events"], found.cells["side"], strict=True
            )
        ]
        told = _("Events in a cell, up to {n}").format(n=words.number(most))
        legend = [("cell", told)]
    groups = [*webmap.layers(impact), webmap.marked(spots=spots, cells=cells, legend=legend)]
    widgets.living_map(
        "events-map", groups, colours, label=_("Map of the events inside the zones"), height=520
    )


def _told_of_cell(side: str, events: int) -> str:
    return ngettext("{side}’s zone: {n} event", "{side}’s zone: {n} events", events).format(
        side=words.SIDES[side], n=words.number(events)
    )


def _spot(row: Mapping[Any, Any]) -> webmap.Spot:
    when = words.day(row["date"].date())
    return webmap.Spot(
        lon=row["lon"],
        lat=row["lat"],
        radius_px=4,
        tip=f"{_class_name(row['class'])[:_LONGEST_CLASS]}, {when}",
    )


def _tables(found: Inside) -> None:
    """By class, by month, by oblast, the sides next to each other."""
    if not found.sides["events"].sum():
        widgets.small(_("No event of this file lies inside the zones."))
        return
    left, right = st.columns(2, gap="medium")
    with left:
        widgets.heading(_("By class"))
        classes = _beside(found.by_class, "class")
        shown, rest = classes[:_MOST_CLASSES], classes[_MOST_CLASSES:]
        if rest:
            more = sum(row[1] for row in rest), sum(row[2] for row in rest)
            shown = [*shown, (_("{n} more").format(n=words.number(len(rest))), *more)]
        _pairs(_("Class"), shown)
    with right:
        widgets.heading(_("By month"))
        months = sorted(_beside(found.by_month, "month"))
        st.container(key="events-months").dataframe(
            pd.DataFrame(
                months, columns=[str(_("Month")), *(str(_head(side)) for side in words.SIDES)]
            ),
            hide_index=True,
            height=min(_MONTHS_PX, 36 * (len(months) + 1)),
            alt=_("Events inside by month"),
        )
    widgets.heading(_("By oblast"))
    rows = [
        (
            widgets.escape(words.place(row["oblast"])),
            words.SIDES[row["side"]],
            words.number(row["events"]),
            _density(row["per_100_km2"]),
            _density(row["rest_per_100_km2"]),
        )
        for row in found.by_oblast.to_dict("records")
    ]
    head = (_("Oblast"), _("Zone of"), _("Events"), _("Per 100 km²"), _("Rest, per 100 km²"))
    widgets.table(head, rows, figures_from=2)


def _head(side: str) -> str:
    return {"ukraine": _("Ukraine’s zone"), "russia": _("Russia’s zone")}[side]


def _beside(table: pd.DataFrame, kind: str) -> list[tuple[str, int, int]]:
    """Value, events in Ukraine's zone, in Russia's; most first."""
    events = {(row["side"], str(row[kind])): int(row["events"]) for row in table.to_dict("records")}
    values = {value for _, value in events}
    rows = [
        (value, events.get(("ukraine", value), 0), events.get(("russia", value), 0))
        for value in values
    ]
    return sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))


def _pairs(title: str, rows: list[Any]) -> None:
    told = [
        (widgets.escape(_class_name(name)), words.number(one), words.number(two))
        for name, one, two in rows
    ]
    widgets.table((title, *(_head(side) for side in words.SIDES)), told, figures_from=1)


def _class_name(name: object) -> str:
    """A class of a file; those that a known format gives have a name in every language."""
    return str(translated(str(name)))


def _density(value: float) -> str:
    return words.number(value, decimals=1)
