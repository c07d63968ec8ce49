"""Parts that more than one page shows: the page's dress, the map, sliders, figures, tables."""

from __future__ import annotations

import hashlib
import json
import math
import re
import runpy
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from data import atomic
from data.errors import DataError
from data.language import UKRAINIAN, _, current, translated
from geo import charts, markup, webmap, words
from geo.certainty import Dispute
from geo.control import ControlMap
from geo.impact import Impact
from geo.markup import escape, figure
from geo.style import THEMES, Theme, ThemeName
from pages import later
from pages.question import Beside

STATIC = Path(__file__).parents[1] / "static"
# The map lives in a frame two levels below the app's root.
_STATIC_URL = "../../app/static"
_TABLE_PX = 320
_MARKDOWN = re.compile(r"[!-/:-@\[-`{-~]")
ALL_SHOWN = "null"
"""What stands for the edges of a map that shows the whole of what is asked."""
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


def plain(text: object) -> str:
    """Text for a label, of which Streamlit would make pictures, links and formulas (Markdown)."""
    return _MARKDOWN.sub(r"\\\g<0>", str(text))


def dress(colours: Theme, *more: str, largest_mb: int | None = None) -> None:
    """Lay the page out: one quiet style sheet, a page's own ``more``, its files' largest size."""
    own = (Path(__file__).with_name(name) for name in ("widgets.css", *more))
    for sheet in (markup.STYLE, *own):
        st.html(f"<style>{_style(colours, sheet)}</style>")
    if current() == UKRAINIAN:
        most = st.get_option("server.maxUploadSize") if largest_mb is None else largest_mb
        st.html(f"<style>{_file_chooser(most)}</style>")


def _file_chooser(largest_mb: int) -> str:
    """The words of Streamlit's own place for files, which knows English alone, as a style sheet."""
    place = "[data-testid=stFileUploaderDropzone"
    told = {
        f"{place}] button p": _("Choose a file"),
        f"{place}Instructions] span": _("up to {n} MB").format(n=largest_mb),
    }
    return "".join(
        f"{where}{{font-size:0}}"
        f"{where}::after{{font-size:14px;content:{json.dumps(str(text), ensure_ascii=False)}}}"
        for where, text in told.items()
    )


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
    st.html(f'<p class="atlas-p">{escape(" ".join(map(str, sentences)))}</p>')


def pending() -> None:
    """What stands where something is being worked out."""
    st.html(f'<p class="atlas-small" role="status" aria-label="{_("Being worked out")}">…</p>')


def answer(impact: Impact, beside: Beside | None, *, both: bool) -> None:
    """Two rows, one a side, the same four measures: the eye compares down the column.

    Under each figure stands what another assessor's map gives and what an error in the line does,
    or an ellipsis until that is known; with ``both``, the figure is the range of the two.
    """
    rows = []
    for side, name in words.SIDES.items():
        leaves = getattr(impact.scenario, f"{side}_leaves")
        deed = words.deed(getattr(impact.scenario, f"{side}_km"), leaves)
        cells = {key: _cell(impact, beside, side, key, both=both) for key in words.MEASURES}
        rows.append((side, f"{name} {deed}", cells))
    st.html(markup.answer(rows, kind="atlas-both" if both else ""))


def answer_told(impact: Impact) -> str:
    """The question and the answer as a screen reader says them after a step."""
    sides = [
        _("{side}’s side: {area}, {residents} residents of 2022.").format(
            side=name,
            area=words.measure("area_km2", _of(impact.sides, side, "area_km2")),
            residents=words.measure("residents_2022", _of(impact.sides, side, "residents_2022")),
        )
        for side, name in words.SIDES.items()
    ]
    return " ".join([f"{impact.scenario.title()}.", *sides])


def _cell(impact: Impact, beside: Beside | None, side: str, key: str, *, both: bool) -> str:
    """A figure and, small, what stands beside it."""
    here = _of(impact.sides, side, key)
    own = impact.control.title
    if beside is None:
        if math.isnan(here):
            return figure(str(words.measure(key, here)))
        pending = f"<span>{escape(own)} {words.bare(key, here)}</span>" if both else ""
        return f"{figure(str(words.measure(key, here)))}<small>{pending}<span>…</span></small>"
    there = math.nan if beside.other is None else _of(beside.other, side, key)
    notes = []
    if beside.other is not None and not (math.isnan(here) and math.isnan(there)):
        if both:
            notes.append(f"{escape(own)} {words.bare(key, here)}")
        notes.append(f"{escape(beside.other_title)} {words.bare(key, there)}")
    error = _of(beside.plus_minus, side, key)
    if not math.isnan(error):
        meant = _(
            "Moving the whole line of contact by one kilometre, either way, changes this figure by "
            "up to {figure}, gains and losses set off against each other."
        ).format(figure=words.measure(key, error))
        # First, where it follows its own figure: after the other assessor's it would read as his.
        place = len(notes) if both else 0
        per_km = _("± {figure} per km").format(figure=words.bare(key, error))
        notes.insert(place, f"<abbr title='{escape(meant)}'>{per_km}</abbr>")
    if here == there == error == 0:
        notes = []  # A side that stays gives up nothing, by whatever line.
    shown = words.span(key, here, there) if both else words.measure(key, here)
    told = "".join(f"<span>{note}</span>" for note in notes)
    return figure(str(shown)) + (f"<small>{told}</small>" if told or not math.isnan(here) else "")


def _of(table: pd.DataFrame, side: str, key: str) -> float:
    return float(table[key].to_dict()[side])


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, figures_from: int) -> None:
    """A plain table (`geo.markup.table`)."""
    st.html(markup.table(head, rows, figures_from=figures_from))


def by_oblast(frame: pd.DataFrame) -> None:
    """One row an oblast (`geo.markup.by_oblast`)."""
    st.html(markup.by_oblast(frame))


def distances(
    ukraine_km: float,
    russia_km: float,
    *,
    coupled: bool,
    colours: Theme,
    on_change: Callable[[dict[str, Any]], None],
    key: str = "distances",
) -> None:
    """One slider a side, 0 to 40 km in half kilometres, and the switch that couples them.

    ``on_change`` is called with ``ukraine``, ``russia``, ``coupled`` and ``settled`` (false while
    a thumb is still being dragged).
    """

    def changed() -> None:
        value = st.session_state[key].get("distance")
        if value:
            st.session_state[f"{key}_seen"] = value["n"]
            on_change(value)

    _sliders()(
        key=key,
        data={
            "ukraine": ukraine_km,
            "russia": russia_km,
            "coupled": coupled,
            "n": st.session_state.get(f"{key}_seen", 0),
            "colours": {side: colours.side(side) for side in words.SIDES},
            "track": colours.rule,
            "words": {
                "ukraine": str(_("Ukraine pulls back")),
                "russia": str(_("Russia pulls back")),
                "couple": str(_("Same distance on both sides")),
                "range": str(_("0–40 km, 5–10 marked")),
                "km": str(_("{n} km")),
                "kilometres": str(_("{n} kilometres")),
                "decimal": words.chart_locale()["number"]["decimal"],
            },
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
    rest_ms: int | None = None,
    frame: str | None = None,
    saves: bool = False,
    told: str = "",
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
    rest_ms
        How long nothing new must have been asked before the browser asks for this part; by
        default it grows as answers get slower.
    frame
        What the map showed when the part was drawn: west, south, east and north (degrees) as a
        JSON list, or `ALL_SHOWN`; None where the part does not care.
    saves
        Whether files are saved by the button in it. Before one is, the browser asks for the part
        and says what the map shows by then, after the last space.
    told
        The answer in a sentence, for a screen reader to say when it changes.
    """
    _rest()(
        key=f"rest-{part}",
        data={
            "question": question,
            "wait_ms": wait_ms,
            "rest_ms": later.rest_ms() if rest_ms is None else rest_ms,
            "leads": list(leads),
            "frame": frame,
            "saves": saves,
            "told": told,
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
        **settlement_names(),
        "distance_km": config.NumberColumn(_("To the line, km"), format="localized", step=0.1),
        "side": text(_("Side")),
        "held_by": text(_("Held by")),
        "residents_2022": whole(_("Residents of 2022")),
        "population": whole(_("GeoNames, undated")),
        "oblast": text(_("Oblast")),
        "raion": text(_("Raion")),
        "hromada": text(_("Hromada")),
    }
    st.container(key="settlements").dataframe(
        in_words(table[list(columns)]).assign(
            side=table["side"].map(_side_names()),
            held_by=table["held_by"].map(lambda held: str(translated(held))),
        ),
        column_config=columns,
        hide_index=True,
        height=_TABLE_PX,
        placeholder="–",
        alt=str(_("Settlements inside the zones, nearest to the line of contact first")),
    )


def settlement_names() -> dict[str, Any]:
    """The columns of a settlement's names, the one of the language that is spoken first."""
    text = st.column_config.TextColumn
    if current() == UKRAINIAN:
        return {
            "name_uk": text(_("Settlement"), pinned=True),
            "name_en": text(_("In Latin letters")),
        }
    return {"name_en": text(_("Settlement"), pinned=True), "name_uk": text(_("Ukrainian"))}


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """A table of settlements with its oblasts, raions and hromadas in the language spoken."""
    levels = {
        level: table[level].map(lambda name: str(words.place(name)) if name else "")
        for level in ("oblast", "raion", "hromada")
    }
    return table.assign(**levels)


def _side_names() -> dict[str, str]:
    """As letters: a table that goes to the browser asks for no language."""
    return {side: str(name) for side, name in words.SIDES.items()}


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
    drawn: Sequence[tuple[str, Impact]] = (),
) -> None:
    """The map. Its base is the same on every run, so that only the zones move."""
    groups = webmap.layers(impact, tiles=tiles, other=other, drawn=drawn)
    living_map("map", groups, colours, tools=True, linked=True)


def living_map(
    key: str,
    groups: Sequence[Any],
    colours: Theme,
    *,
    label: str | None = None,
    height: int = 600,
    together: str | None = None,
    tools: bool = False,
    linked: bool = False,
) -> None:
    """A map whose base stays as it is while the feature groups on it change.

    Maps of a page with the same ``together`` show the same ground (`geo.webmap.base_map`). With
    ``tools`` one can draw on it (`pages.drawings` has the drawings); the view of one that is
    ``linked`` is in the link.
    """
    served = (STATIC / "vendor" / "leaflet.js").exists()
    base = webmap.base_map(
        colours.name,
        leaflet_url=f"{_STATIC_URL}/vendor" if served else None,
        base_url=f"{_STATIC_URL}/{_base_script()}",
        label=label,
        font=(FAMILY, _font_url()),
        together=together,
        tools=tools,
        linked=linked,
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
                _(
                    "The map’s scripts are not installed, so they come from a public CDN and the "
                    "map stays empty without a network: install npm and start again with make run."
                ),
                kind="note",
            )


@st.cache_resource(show_spinner=False)
def _base_script() -> str:
    """Write the unchanging half of the map where the app serves it; its path below static/."""
    script = webmap.base_script()
    name = f"base/{hashlib.sha256(script).hexdigest()[:16]}.js"
    if not (STATIC / name).exists():
        serve(STATIC / name, script)
    return name


def serve(target: Path, content: bytes) -> None:
    """Write a file below static/, where the app serves it: whole or not at all.

    Raises
    ------
    DataError
        Where the folder cannot be written to.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(content, target)
    except OSError as error:
        raise DataError(
            _("The base map cannot be written to {folder}: make that folder writable.").format(
                folder=target.parent
            )
        ) from error


@st.cache_resource(show_spinner=False)
def _font_url() -> str | None:
    """Streamlit's own copy of the page's font, seen from the map's frame."""
    media = Path(st.__file__).parent / "static" / "static" / "media"
    found = sorted(media.glob("SourceSansVF-Upright*.woff2"))
    return f"../../static/media/{found[0].name}" if found else None


@st.cache_resource(show_spinner=False)
def _rest() -> Callable[..., Any]:
    return st.components.v2.component(
        "reader_rests", js=Path(__file__).with_name("rest.js").read_text("utf-8")
    )


@st.cache_resource(show_spinner=False)
def _sliders() -> Callable[..., Any]:
    row = (
        '<div class="row" data-side="{0}"><div class="label"><i></i><label for="{0}" '
        'data-word="{0}"></label><output for="{0}"></output></div><div class="track"><b></b>'
        '<input id="{0}" type="range" min="0" max="40" step="0.5"></div></div>'
    )
    return st.components.v2.component(
        "pullback_distances",
        html=row.format("ukraine")
        + row.format("russia")
        + '<div class="under"><label><input id="couple" type="checkbox"> <span '
        'data-word="couple"></span></label><span data-word="range"></span></div>',
        css=Path(__file__).with_name("distances.css").read_text("utf-8"),
        js=Path(__file__).with_name("distances.js").read_text("utf-8"),
    )


@st.cache_resource(show_spinner=False)
def _style(colours: Theme, sheet: Path) -> str:
    return colours.dress(sheet.read_text("utf-8"))
