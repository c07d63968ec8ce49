"""A reader's own file of events, counted inside the zones of the scenario on screen.

The file lives in the reader's session; for as long as it is being read it lies in a folder of its
own that nobody else can open.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import math
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from data.errors import AtlasError, InputError
from events import formats, inside
from events.inside import Inside
from events.rows import open_rows
from geo import webmap, words
from geo.impact import Impact
from geo.style import Theme
from pages import question, widgets

KINDS = ("csv", "tsv", "txt", "parquet", "geoparquet", "json")
UNSET = "as found"

_ROLES = ("latitude", "longitude", "date", "class")
_MOST_CLASSES = 12
_LONGEST_NAME = 80
_MONTHS_PX = 300
_MEASURES = {
    "events": "Events inside",
    "per_100_km2": "Per 100 km²",
    "rest_per_100_km2": "Rest of the oblasts, per 100 km²",
    "area_km2": "Area",
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
        widgets.heading("Events inside the zones")
        scenario = question.current()
        try:
            impact = question.answer(scenario)
        except AtlasError as error:
            widgets.notice(question.sentence(error))
            return
        largest_mb = st.get_option("server.maxUploadSize")
        widgets.small(
            f"Your own file of events, counted in the zones of the scenario on screen: "
            f"{scenario.title()}, {impact.control.title} on {words.day(scenario.date)} "
            "(illustrative). ACLED, UCDP GED, VIINA and Bellingcat files are known; any other "
            "needs latitude, longitude and date. The file stays in your session. One over "
            f"{largest_mb} MB is counted on the command line: python cli.py events inside FILE."
        )
        st.file_uploader(
            "File of events",
            type=list(KINDS),
            key="events-file",
            on_change=_given,
            label_visibility="collapsed",
        )
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


@contextlib.contextmanager
def _on_disk(upload: Upload) -> Iterator[Path]:
    """The file where a reader of files can open it, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="atlas-") as folder:
        path = Path(folder) / upload.name
        path.write_bytes(upload.content)
        yield path


def _result(upload: Upload, impact: Impact, colours: Theme) -> None:
    if st.session_state["events-file"] is None:
        with st.container(key="events-kept", horizontal=True, vertical_alignment="center"):
            widgets.small(f"Kept in this session: {upload.name}")
            st.button("Remove", key="events-remove", on_click=_remove)
    columns: dict[str, str] = st.session_state.setdefault("events-columns", {})
    try:
        found = _counted(upload, impact, columns)
    except InputError as error:
        # A sentence that begins with the file's name keeps it as it is written.
        named = str(error).startswith(upload.name)
        widgets.notice(str(error) if named else question.sentence(error))
        _choose_columns(upload, open_=True)
        return
    _told_of_file(upload, found)
    _choose_columns(upload, open_=False)
    _sides(found)
    _map(found, impact, colours)
    _tables(found)
    with _row("events-save"):
        st.download_button(
            "Events inside as CSV",
            data=lambda: _rows(upload, impact, columns),
            file_name="events-inside.csv",
            mime="text/csv",
            key="save-events",
            on_click="ignore",
            disabled=not found.sides["events"].sum(),
        )
    for text in found.warnings:
        widgets.small(question.sentence(text))


def _row(key: str) -> Any:
    return st.container(key=key, horizontal=True)


def _counted(upload: Upload, impact: Impact, columns: Mapping[str, str]) -> Inside:
    """The counts, worked out once a session for each file, choice of columns and scenario."""
    asked = (upload.id, tuple(sorted(columns.items())), impact.scenario.model_dump_json())
    known = st.session_state.get("events-found")
    if known is not None and known[0] == asked:
        return known[1]
    bar = st.progress(0.0, "Reading the file …")

    def tell(share: float, read: int) -> None:
        bar.progress(min(share, 1.0), f"{read:,} rows read")

    try:
        with _on_disk(upload) as path:
            found = inside.count(
                path,
                impact.zones,
                impact.control,
                impact.scenario,
                columns=columns,
                progress=tell,
            )
    finally:
        bar.empty()
    st.session_state["events-found"] = (asked, found)
    return found


def _rows(upload: Upload, impact: Impact, columns: Mapping[str, str]) -> bytes:
    with _on_disk(upload) as path:
        parts = inside.rows_csv(
            path, impact.zones, impact.control, impact.scenario, columns=columns
        )
        return b"".join(parts)


def _choose_columns(upload: Upload, *, open_: bool) -> None:
    """Which column holds what: what was found, to be changed."""
    names = _names(upload)
    if not names:
        return  # No table at all: the sentence above says so.
    chosen: dict[str, str] = st.session_state["events-columns"]
    known = formats.recognise(names).columns
    plain = {formats.plain(name): name for name in names}
    with (
        st.expander("Columns", expanded=open_),
        st.container(key="events-columns-row", horizontal=True),
    ):
        for role in _ROLES:
            usual = next((plain[name] for name in known.get(role, ()) if name in plain), "none")
            _column(role, names, f"{UNSET}: {usual}", chosen.get(role, UNSET))


def _names(upload: Upload) -> list[str]:
    """Names of the columns, looked up once a file; none where it is no table."""
    known = st.session_state.get("events-names")
    if known is None or known[0] != upload.id:
        try:
            with _on_disk(upload) as path:
                known = upload.id, list(dict.fromkeys(open_rows(path).columns))
        except InputError:
            known = upload.id, []
        st.session_state["events-names"] = known
    return known[1]


def _column(role: str, names: list[str], as_found: str, shown: str) -> None:
    st.session_state[f"events-column-{role}"] = shown
    st.selectbox(
        role.capitalize(),
        [UNSET, *names],
        format_func=lambda name: as_found if name == UNSET else str(name),
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
        ("Read", f"{found.read:,} rows of {upload.name}; {found.read - left:,} with a place."),
        *(
            (f"Left out: {reason}", f"{rows:,} (first: {found.first_at.to_dict()[reason]}).")
            for reason, rows in found.left_out.to_dict().items()
        ),
        ("Source", f"{events['title']}, {words.as_of(events['as_of'])}."),
        ("Licence", f"{events['licence']}."),
        ("Attribution", f"{events['attribution']}."),
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
    for side, name in words.SIDES.items():
        figures = found.sides.loc[side].to_dict()
        cells = "".join(
            f"<td data-label='{label}' data-measure='{key}'>{_figure(key, figures[key])}</td>"
            for key, label in _MEASURES.items()
        )
        rows.append(
            f"<tr data-side='{side}'><th scope='row'><i class='atlas-key atlas-key-{side}'></i>"
            f"{name}’s zone</th>{cells}</tr>"
        )
    st.html(
        f"<table class='atlas-answer atlas-totals'><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _figure(key: str, value: float) -> str:
    if math.isnan(value):
        return "<i>–</i>"
    if key == "area_km2":
        return f"<b>{words.number(value)}</b> <span>km²</span>"
    return f"<b>{value:.1f}</b>" if key.endswith("per_100_km2") else f"<b>{words.number(value)}</b>"


def _map(found: Inside, impact: Impact, colours: Theme) -> None:
    """Every event where they are few, else how many in each cell."""
    spots: dict[str, list[webmap.Spot]] = {}
    cells: list[tuple[Any, float, str]] = []
    legend: list[tuple[str, str]] = []
    if found.points is not None and len(found.points):
        # One on the line of contact lies in both zones and is one event.
        once = found.points.drop_duplicates(["lon", "lat", "date", "class"])
        spots["event"] = [_spot(row) for row in once.to_dict("records")]
        legend = [("event", "Event inside")]
    elif found.points is None:
        most = int(found.cells["events"].max())
        cells = [
            (shape, events / most, f"{words.SIDES[side]}’s zone: {events:,} events")
            for shape, events, side in zip(
                found.cells.geometry, found.cells["events"], found.cells["side"], strict=True
            )
        ]
        legend = [("cell", f"Events in a cell, up to {most:,}")]
    groups = [*webmap.layers(impact), webmap.marked(spots=spots, cells=cells, legend=legend)]
    widgets.living_map(
        "events-map", groups, colours, label="Map of the events inside the zones", height=520
    )


def _spot(row: Mapping[Any, Any]) -> webmap.Spot:
    when = words.day(row["date"].date())
    return webmap.Spot(
        lon=row["lon"], lat=row["lat"], radius_px=4, tip=f"{str(row['class'])[:60]}, {when}"
    )


def _tables(found: Inside) -> None:
    """By class, by month, by oblast, the sides next to each other."""
    if not found.sides["events"].sum():
        widgets.small("No event of this file lies inside the zones.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        widgets.heading("By class")
        classes = _beside(found.by_class, "class")
        shown, rest = classes[:_MOST_CLASSES], classes[_MOST_CLASSES:]
        if rest:
            more = sum(row[1] for row in rest), sum(row[2] for row in rest)
            shown = [*shown, (f"{len(rest):,} more", *more)]
        _pairs("Class", shown)
    with right:
        widgets.heading("By month")
        months = sorted(_beside(found.by_month, "month"))
        st.container(key="events-months").dataframe(
            pd.DataFrame(months, columns=["Month", *(_head(side) for side in words.SIDES)]),
            hide_index=True,
            height=min(_MONTHS_PX, 36 * (len(months) + 1)),
            alt="Events inside by month",
        )
    widgets.heading("By oblast")
    rows = [
        (
            widgets.escape(row["oblast"]),
            words.SIDES[row["side"]],
            words.number(row["events"]),
            _density(row["per_100_km2"]),
            _density(row["rest_per_100_km2"]),
        )
        for row in found.by_oblast.to_dict("records")
    ]
    head = ("Oblast", "Zone of", "Events", "Per 100 km²", "Rest, per 100 km²")
    widgets.table(head, rows, figures_from=2)


def _head(side: str) -> str:
    return f"{words.SIDES[side]}’s zone"


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
    told = [(widgets.escape(name), words.number(one), words.number(two)) for name, one, two in rows]
    widgets.table((title, *(_head(side) for side in words.SIDES)), told, figures_from=1)


def _density(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"
