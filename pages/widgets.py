"""Parts that more than one page shows: the page's dress, the map, sliders, figures, tables."""

from __future__ import annotations

import hashlib
import html
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from data.errors import DataError
from geo import webmap, words
from geo.impact import Impact
from geo.style import THEMES, Theme, ThemeName

STATIC = Path(__file__).parents[1] / "static"
# The map lives in a frame two levels below the app's root.
_STATIC_URL = "../../app/static"
_FAMILY = "'Source Sans', 'Source Sans 3', system-ui, sans-serif"


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


def answer(impact: Impact) -> None:
    """Two rows, one a side, the same four measures: the eye compares down the column."""
    scenario = impact.scenario
    head = "".join(f"<th scope='col'>{label}</th>" for label in words.MEASURES.values())
    rows = []
    for side, name in words.SIDES.items():
        leaves = getattr(scenario, f"{side}_leaves")
        deed = words.deed(getattr(scenario, f"{side}_km"), leaves)
        cells = "".join(
            f"<td data-label='{label}' data-measure='{key}'>"
            f"{_figure(key, impact.sides[key].to_dict()[side])}</td>"
            for key, label in words.MEASURES.items()
        )
        rows.append(
            f"<tr data-side='{side}'><th scope='row'>"
            f"<i class='atlas-key atlas-key-{side}'></i>{name} {deed}</th>{cells}</tr>"
        )
    st.html(
        "<table class='atlas-answer'><thead><tr><td></td>"
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


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


def chart(impact: Impact, colours: Theme, *, tiles: bool) -> None:
    """The map. Its base is the same on every run, so that only the zones move."""
    served = (STATIC / "vendor" / "leaflet.js").exists()
    base = webmap.base_map(
        colours.name,
        leaflet_url=f"{_STATIC_URL}/vendor" if served else None,
        base_url=f"{_STATIC_URL}/{_base_script()}",
        font=(_FAMILY, _font_url()),
    )
    with st.container(key="map"):
        st_folium(
            base,
            key="map",
            height=600,
            use_container_width=True,
            returned_objects=[],
            feature_group_to_add=webmap.layers(impact, tiles=tiles),
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


def _figure(key: str, value: float) -> str:
    """A measure with its number large; a word instead of a number is quiet."""
    text = words.measure(key, value)
    figure, space, unit = text.rpartition(" ") if text.endswith(("km²", "km")) else (text, "", "")
    if not any(letter.isdigit() for letter in figure):
        return f"<i>{text}</i>"
    return f"<b>{figure}</b>{space}{f'<span>{unit}</span>' if unit else ''}"


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
