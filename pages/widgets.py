"""Parts that more than one page shows: the page's dress, the map, sliders, figures, tables."""

from __future__ import annotations

import hashlib
import html
import math
import os
import runpy
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from data.errors import DataError
from geo import charts, webmap, words
from geo.certainty import Dispute
from geo.control import ControlMap
from geo.impact import Impact
from geo.style import THEMES, Theme, ThemeName
from pages import later
from pages.question import Beside

STATIC = Path(__file__).parents[1] / "static"
# The map lives in a frame two levels below the app's root.
_STATIC_URL = "../../app/static"
_TABLE_PX = 320
FAMILY = "'Source Sans', 'Source Sans 3', system-ui, sans-serif"


def through_the_door() -> None:
    """Run app.py from a file of a page.

    As long as a server has not run app.py, Streamlit takes the files of a folder called pages for
    scripts of their own, and runs the one that the address names.
    """
    runpy.run_path(str(Path(__file__).parents[1] / "app.py"))


def theme() -> Theme:
    """The colours of the reader's theme; light where the browser does not say."""
    name: ThemeName = "dark" if st.context.theme.type == "dark" else "light"
    return THEMES[name]


def escape(text: object) -> str:
    """Text for :func:`streamlit.html`."""
    return html.escape(str(text))


def dress(colours: Theme) -> None:
    """Lay the page out as the drawing has it: one quiet style sheet."""
    st.html(f"<style>{_style(colours)}</style>")


def notice(text: str, *, kind: str = "error") -> None:
    """One sentence in place: what is wrong and what to do."""
    role = "alert" if kind == "error" else "status"
    st.html(f'<p class="atlas-notice atlas-{kind}" role="{role}">{escape(text)}</p>')


def headline(title: str, subtitle: str) -> None:
    """The question in words, and what it rests on."""
    st.html(
        f'<h1 class="atlas-title">{escape(title)}</h1><p class="atlas-sub">{escape(subtitle)}</p>'
    )


def heading(text: str) -> None:
    """The heading of a part of the page."""
    st.html(f'<h2 class="atlas-h2">{escape(text)}</h2>')


def small(text: str) -> None:
    """A quiet line."""
    st.html(f'<p class="atlas-small">{escape(text)}</p>')


def paragraph(sentences: Iterable[str]) -> None:
    """Sentences of plain text."""
    st.html(f'<p class="atlas-p">{escape(" ".join(sentences))}</p>')


def pending() -> None:
    """What stands where something is being worked out."""
    st.html('<p class="atlas-small" role="status" aria-label="Being worked out">…</p>')


def answer(impact: Impact, beside: Beside | None, *, both: bool) -> None:
    """Two rows, one a side, the same four measures: the eye compares down the column.

    Under each figure stands what another assessor's map gives and what an error in the line does,
    or an ellipsis until that is known; with ``both``, the figure is the range of the two.
    """
    scenario = impact.scenario
    head = "".join(f"<th scope='col'>{label}</th>" for label in words.MEASURES.values())
    rows = []
    for side, name in words.SIDES.items():
        leaves = getattr(scenario, f"{side}_leaves")
        deed = words.deed(getattr(scenario, f"{side}_km"), leaves)
        cells = "".join(
            f"<td data-label='{label}' data-measure='{key}'>"
            f"{_cell(impact, beside, side, key, both=both)}</td>"
            for key, label in words.MEASURES.items()
        )
        rows.append(
            f"<tr data-side='{side}'><th scope='row'>"
            f"<i class='atlas-key atlas-key-{side}'></i>{name} {deed}</th>{cells}</tr>"
        )
    st.html(
        f"<table class='atlas-answer{' atlas-both' if both else ''}'><thead><tr><td></td>"
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(impact: Impact, beside: Beside | None, side: str, key: str, *, both: bool) -> str:
    """A figure and, small, what stands beside it."""
    here = _of(impact.sides, side, key)
    own = impact.control.title
    if beside is None:
        if math.isnan(here):
            return _figure(words.measure(key, here))
        pending = f"<span>{escape(own)} {words.bare(key, here)}</span>" if both else ""
        return f"{_figure(words.measure(key, here))}<small>{pending}<span>…</span></small>"
    there = math.nan if beside.other is None else _of(beside.other, side, key)
    notes = []
    if beside.other is not None and not (math.isnan(here) and math.isnan(there)):
        if both:
            notes.append(f"{escape(own)} {words.bare(key, here)}")
        notes.append(f"{escape(beside.other_title)} {words.bare(key, there)}")
    error = _of(beside.plus_minus, side, key)
    if not math.isnan(error):
        meant = (
            "Moving the whole line of contact by one kilometre, either way, changes this figure "
            f"by up to {words.measure(key, error)}, gains and losses set off against each other."
        )
        # First, where it follows its own figure: after the other assessor's it would read as his.
        place = len(notes) if both else 0
        notes.insert(place, f"<abbr title='{meant}'>± {words.bare(key, error)} per km</abbr>")
    if here == there == error == 0:
        notes = []  # A side that stays gives up nothing, by whatever line.
    shown = words.span(key, here, there) if both else words.measure(key, here)
    told = "".join(f"<span>{note}</span>" for note in notes)
    return _figure(shown) + (f"<small>{told}</small>" if told or not math.isnan(here) else "")


def _of(table: pd.DataFrame, side: str, key: str) -> float:
    return float(table[key].to_dict()[side])


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, figures_from: int) -> None:
    """A plain table; columns from ``figures_from`` on are figures, set flush right.

    Cells are HTML: escape what comes from data.
    """
    wide = figures_from > 3
    names = "".join(
        f"<th scope='col'{' class=n' if i >= figures_from else ''}>{name}</th>"
        for i, name in enumerate(head)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td data-label='{name}'{' class=n' if i >= figures_from else ''}>{cell}</td>"
            for i, (name, cell) in enumerate(zip(head, row, strict=True))
        )
        + "</tr>"
        for row in rows
    )
    st.html(
        f"<div class='atlas-scroll'><table class='atlas-table{' atlas-prose' if wide else ''}'>"
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def by_oblast(frame: pd.DataFrame) -> None:
    """One row an oblast, the sides next to each other under each measure; largest area first."""
    measures = [name for name in words.MEASURES if name in frame.columns]
    known = {(row["oblast"], row["side"]): row for row in frame.to_dict("records")}
    order = frame.groupby("oblast")["area_km2"].sum().sort_values(ascending=False).index
    top = "".join(
        f"<th scope='colgroup' colspan='2'>{words.MEASURES[name]}</th>" for name in measures
    )
    sides = "".join(
        f"<th scope='col'><i class='atlas-key atlas-key-{side}'></i>{name}</th>"
        for side, name in words.SIDES.items()
    )
    body = []
    for oblast in order:
        # A zone that does not reach an oblast takes nothing there.
        cells = "".join(
            f"<td>{words.measure(name, known.get((oblast, side), {name: 0})[name])}</td>"
            for name in measures
            for side in words.SIDES
        )
        body.append(f"<tr><th scope='row'>{escape(oblast)}</th>{cells}</tr>")
    st.html(
        "<div class='atlas-scroll'><table class='atlas-table atlas-pairs'><thead>"
        f"<tr><td></td>{top}</tr><tr><td></td>{sides * len(measures)}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def distances(
    ukraine_km: float,
    russia_km: float,
    *,
    coupled: bool,
    colours: Theme,
    on_change: Callable[[dict[str, Any]], None],
) -> None:
    """One slider a side, 0 to 40 km in half kilometres, and the switch that couples them.

    ``on_change`` is called with ``ukraine``, ``russia``, ``coupled`` and ``settled`` (false while
    a thumb is still being dragged).
    """
    key = "distances"

    def changed() -> None:
        value = st.session_state[key].get("distance")
        if value:
            st.session_state["distances_seen"] = value["n"]
            on_change(value)

    _sliders()(
        key=key,
        data={
            "ukraine": ukraine_km,
            "russia": russia_km,
            "coupled": coupled,
            "n": st.session_state.get("distances_seen", 0),
            "colours": {side: colours.side(side) for side in words.SIDES},
            "track": colours.rule,
        },
        default={"distance": None},
        on_distance_change=changed,
    )


def rest(
    part: str,
    *,
    question: str,
    wait_ms: int | None = None,
    on_due: Callable[[], None] = lambda: None,
    leads: Sequence[str] = (),
) -> None:
    """Have the browser ask for a part of the page once the reader rests.

    Parameters
    ----------
    part
        Name of the part; it stands in a container with the key ``part-`` and that name.
    question
        What the part answers. Where that is not what is asked, the browser asks for the part.
    wait_ms
        When to ask for what the part lacks; None where it is complete.
    on_due
        Called when the browser asks, before the part is drawn.
    leads
        What is asked now, from a part that is drawn with every step: the other parts hear of it.
    """
    _rest()(
        key=f"rest-{part}",
        data={
            "question": question,
            "wait_ms": wait_ms,
            "rest_ms": later.REST_MS,
            "leads": list(leads),
            # Without it, a part that is drawn again as it was would not be heard of.
            "drawn": time.monotonic(),
        },
        on_due_change=on_due,
    )


def curves(table: pd.DataFrame, impact: Impact, colours: Theme) -> None:
    """Figures against distance, a chart for each measure, beside or below each other."""
    told = " ".join(charts.told(table, impact, measure) for measure in charts.SHOWN)
    for measure, place in zip(charts.SHOWN, st.columns(len(charts.SHOWN)), strict=True):
        spec = charts.against_distance(table, impact, measure, colours, font=FAMILY)
        place.vega_lite_chart(spec, theme=None, width="stretch", key=f"curve-{measure}")
    st.html(f'<p class="atlas-unseen">{escape(told)}</p>')


def settlements(table: pd.DataFrame) -> None:
    """Every settlement inside: nearest to the line first, to be sorted and searched."""
    config = st.column_config
    text, whole = config.TextColumn, partial(config.NumberColumn, format="localized", step=1)
    columns = {
        "name_en": text("Settlement", pinned=True),
        "name_uk": text("Ukrainian"),
        "distance_km": config.NumberColumn("To the line, km", format="%.1f"),
        "side": text("Side"),
        "held_by": text("Held by"),
        "residents_2022": whole("Residents of 2022"),
        "population": whole("GeoNames, undated"),
        "oblast": text("Oblast"),
        "raion": text("Raion"),
        "hromada": text("Hromada"),
    }
    st.container(key="settlements").dataframe(
        table[list(columns)].assign(side=table["side"].map(words.SIDES)),
        column_config=columns,
        hide_index=True,
        height=_TABLE_PX,
        placeholder="–",
        alt="Settlements inside the zones, nearest to the line of contact first",
    )


def account(told: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Headings and the sentences under each."""
    parts = "".join(
        f"<dt>{escape(title)}</dt>" + "".join(f"<dd>{escape(text)}</dd>" for text in sentences)
        for title, sentences in told
    )
    st.html(f"<dl class='atlas-account'>{parts}</dl>")


def chart(
    impact: Impact,
    colours: Theme,
    *,
    tiles: bool,
    other: tuple[ControlMap, Dispute] | None = None,
) -> None:
    """The map. Its base is the same on every run, so that only the zones move."""
    living_map("map", webmap.layers(impact, tiles=tiles, other=other), colours)


def living_map(
    key: str,
    groups: Sequence[Any],
    colours: Theme,
    *,
    label: str = "Map of the scenario",
    height: int = 600,
) -> None:
    """A map whose base stays as it is while the feature groups on it change."""
    served = (STATIC / "vendor" / "leaflet.js").exists()
    base = webmap.base_map(
        colours.name,
        leaflet_url=f"{_STATIC_URL}/vendor" if served else None,
        base_url=f"{_STATIC_URL}/{_base_script()}",
        label=label,
        font=(FAMILY, _font_url()),
    )
    with st.container(key=key):
        st_folium(
            base,
            key=key,
            height=height,
            use_container_width=True,
            returned_objects=[],
            feature_group_to_add=list(groups),
            render=False,
        )
        if not served:
            notice(
                "The map’s scripts are not installed, so they come from a public CDN and the map "
                "stays empty without a network: install npm and start again with make run.",
                kind="note",
            )


@st.cache_resource(show_spinner=False)
def _base_script() -> str:
    """Write the unchanging half of the map where the app serves it; its path below static/."""
    script = webmap.base_script()
    name = f"base/{hashlib.sha256(script).hexdigest()[:16]}.js"
    target = STATIC / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            # Whole or not at all: another process may be serving or writing the same file.
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft:
                draft.write(script)
            os.chmod(draft.name, 0o644)
            os.replace(draft.name, target)
    except OSError as error:
        raise DataError(
            f"The base map cannot be written to {target.parent}: make that folder writable."
        ) from error
    return name


@st.cache_resource(show_spinner=False)
def _font_url() -> str | None:
    """Streamlit's own copy of the page's font, seen from the map's frame."""
    media = Path(st.__file__).parent / "static" / "static" / "media"
    found = sorted(media.glob("SourceSansVF-Upright*.woff2"))
    return f"../../static/media/{found[0].name}" if found else None


def _figure(text: str) -> str:
    """A measure with its number large; a word instead of a number is quiet."""
    figure, space, unit = text.rpartition(" ") if text.endswith(("km²", "km")) else (text, "", "")
    if not any(letter.isdigit() for letter in figure):
        return f"<i>{text}</i>"
    return f"<b>{figure}</b>{space}{f'<span>{unit}</span>' if unit else ''}"


@st.cache_resource(show_spinner=False)
def _rest() -> Callable[..., Any]:
    return st.components.v2.component(
        "reader_rests", js=Path(__file__).with_name("rest.js").read_text("utf-8")
    )


@st.cache_resource(show_spinner=False)
def _sliders() -> Callable[..., Any]:
    row = (
        '<div class="row" data-side="{0}"><div class="label"><i></i><label for="{0}">{1} pulls '
        'back</label><output for="{0}"></output></div><div class="track"><b></b><input id="{0}" '
        'type="range" min="0" max="40" step="0.5"></div></div>'
    )
    return st.components.v2.component(
        "pullback_distances",
        html=row.format("ukraine", "Ukraine")
        + row.format("russia", "Russia")
        + '<div class="under"><label><input id="couple" type="checkbox"> Same distance on both '
        "sides</label><span>0–40 km, 5–10 marked</span></div>",
        css=Path(__file__).with_name("distances.css").read_text("utf-8"),
        js=Path(__file__).with_name("distances.js").read_text("utf-8"),
    )


@st.cache_resource(show_spinner=False)
def _style(colours: Theme) -> str:
    style = Path(__file__).with_name("widgets.css").read_text("utf-8")
    for word in sorted(vars(colours), key=len, reverse=True):
        style = style.replace(f"@{word}@", getattr(colours, word))
    return style
