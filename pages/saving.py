"""Files of what is on screen: which, how a picture is to look, and the button that saves it."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from data.language import _, current, using
from geo import export, snapshot
from geo.paper import PICTURES, Look
from geo.snapshot import Snapshot
from geo.style import ThemeName
from pages import question, speech, widgets

PICTURED = (*PICTURES, "html", "zip")
"""Formats with a picture or a map in them."""
_HEIGHT_REM = {"png": 18.5, "pdf": 13.5, "svg": 13.5, "html": 8.5, "zip": 18.5}
_DOTTED = ("png", "zip")
DPI = (100, 150, 300, 600)
ON_SCREEN, WHOLE = "screen", "whole"
_MIMES = {
    "png": "image/png",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "html": "text/html",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "kml": "application/vnd.google-earth.kml+xml",
    "csv": "text/csv",
    "figures.csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}


@functools.cache
def _formats(language: str) -> dict[str, str]:
    """Format -> what it is called in the list, in a language."""
    with using(language):
        named = {
            "png": _("Picture (PNG)"),
            "pdf": _("Picture to print (PDF)"),
            "svg": _("Picture to edit (SVG)"),
            "html": _("Web page with the map"),
            "geojson": "GeoJSON",
            "gpkg": "GeoPackage",
            "kml": "KML (Google Earth)",
            "csv": _("Settlements (CSV)"),
            "figures.csv": _("Figures (CSV)"),
            "parquet": "GeoParquet",
            "zip": _("All of these (ZIP)"),
        }
        return {format: str(name) for format, name in named.items()}


def _papers() -> dict[str, str]:
    return {
        "a4-landscape": _("A4 landscape"),
        "a4-portrait": _("A4 portrait"),
        "a3-landscape": _("A3 landscape"),
        "a3-portrait": _("A3 portrait"),
        "slide": _("Slide, 16:9"),
        "square": _("Square"),
        "social": _("Social media, 1200 × 630"),
    }


def _themes(kind: str) -> dict[ThemeName, str]:
    """The colours in which a format can be: what is made for a screen is not grey."""
    themes: dict[ThemeName, str] = {"light": _("Light"), "dark": _("Dark")}
    return themes if kind == "html" else themes | {"grey": _("Greyscale")}


@st.fragment
@speech.one_language
def panel(
    shown: Snapshot | None,
    *,
    asked: str,
    told: str | None = None,
    catch_up: Callable[[], None] = question.catch_up,
) -> None:
    """The controls of saving; none of them, nor the saving, reruns anything else.

    Parameters
    ----------
    shown
        What is on screen; its view is put in here. None where there is nothing to be saved.
    asked
        What the page answers, as its parts tell the browser (`pages.widgets.rest`).
    told
        What stands above the controls; by default "Save".
    catch_up
        Draws the page anew where it answers something else by now.
    """
    catch_up()
    chosen = _chosen()
    with st.container(key="part-save"):
        widgets.small(told or _("Save"))
        with st.container(key="save", gap="xsmall"):
            kind = chosen["format"] = _choose(
                _("Save as"), "format", _formats(current()), label_visibility="collapsed"
            )
            look, whole = Look(), False
            if kind in PICTURED:
                look, whole = _look(kind, chosen)
            excel = kind in ("csv", "figures.csv") and st.checkbox(
                _("For Excel (with a byte order mark)"), key="save-excel"
            )
            if shown is not None and not whole and _frame() != widgets.ALL_SHOWN:
                shown = dataclasses.replace(shown, view=_view(_frame()))
            st.download_button(
                _("Save"),
                data=functools.partial(_saved, shown, kind, look, excel, current())
                if shown
                else b"",
                file_name=export.file_name(shown, kind) if shown else None,
                mime=_MIMES[kind],
                key="save-button",
                on_click="ignore",
                type="primary",
                width="stretch",
                disabled=shown is None,
            )
        pictured = kind in PICTURED and not whole
        frame = _frame() if pictured else None
        widgets.rest("save", question=asked, frame=frame, saves=True, on_due=_saw)


def _look(kind: str, chosen: dict[str, Any]) -> tuple[Look, bool]:
    """How the picture is to look, and whether it shows the whole of what is asked."""
    # What it holds is drawn once it is open: a step of a slider draws this panel too. Until then
    # something as high has its place, for the browser opens it upwards or downwards by that.
    opened = st.popover(_("Size and look"), width="stretch", key="save-look", on_change="rerun")
    with opened:
        if opened.open:
            chosen |= _ask(kind, chosen)
        else:
            st.html(f'<div style="height: {_HEIGHT_REM[kind]}rem"></div>')
    theme = chosen["theme"] if chosen["theme"] in _themes(kind) else Look().theme
    paper = Look().paper if kind == "html" else chosen["paper"]
    dpi = chosen["dpi"] if kind in _DOTTED else Look().dpi
    return Look(paper=paper, theme=theme, dpi=dpi), chosen["view"] == WHOLE


def _chosen() -> dict[str, Any]:
    """What was chosen by now: the controls forget it where they are not drawn."""
    first = {"format": PICTURED[0], "view": ON_SCREEN, **dataclasses.asdict(Look())}
    chosen: dict[str, Any] = st.session_state.setdefault("save-chosen", first)
    return chosen


def _choose(label: str, name: str, options: Mapping[str, str], **look: Any) -> str:
    """A list of which one is chosen, under a name in `_chosen`.

    The browser goes on showing an option as it was called in another language, and sends it back
    as none: so each language has a list of its own.
    """
    found: str = st.selectbox(
        label,
        list(options),
        index=list(options).index(_chosen()[name]),
        format_func=lambda key: str(options[key]),
        key=f"save-{name}-{current()}",
        **look,
    )
    return found


def _ask(kind: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The controls that fit a format; what each says."""
    said: dict[str, Any] = {}
    themes = _themes(kind)
    if kind != "html":
        said["paper"] = _choose(_("Size"), "paper", _papers())
    said["theme"] = st.segmented_control(
        _("Colours"),
        list(themes),
        format_func=lambda key: str(themes[key]),
        required=True,
        default=chosen["theme"] if chosen["theme"] in themes else Look().theme,
        key=f"save-theme-{len(themes)}",
        width="stretch",
    )
    if kind in _DOTTED:
        said["dpi"] = st.select_slider(_("Dots per inch"), DPI, value=chosen["dpi"], key="save-dpi")
    views = {ON_SCREEN: _("As on screen"), WHOLE: _("All of it")}
    said["view"] = st.segmented_control(
        _("The map shows"),
        list(views),
        format_func=lambda key: str(views[key]),
        required=True,
        default=chosen["view"],
        key="save-view",
        width="stretch",
    )
    return said


def _saved(shown: Snapshot, kind: str, look: Look, excel: bool, language: str) -> bytes:
    # The file is made outside the run of the page, which knows the language.
    with using(language):
        return export.to_bytes(shown, kind, look=look, excel=excel)


def address() -> str | None:
    """Where the dashboard is, as this reader's browser sees it; None beside any browser."""
    parts = urlsplit(str(st.context.url or ""))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


def _page() -> str:
    """The page on which the panel stands: each has a map of its own."""
    return str(st.context.url or "").partition("?")[0]


def _frame() -> str:
    """What the map shows, as the browser told it last."""
    frames: Mapping[str, str] = st.session_state.get("save-frames", {})
    return frames.get(_page(), widgets.ALL_SHOWN)


def _saw() -> None:
    """Keep what the browser tells."""
    told = str(st.session_state["rest-save"].get("due") or "").rpartition(" ")[2]
    st.session_state.setdefault("save-frames", {})[_page()] = told or widgets.ALL_SHOWN


def _view(frame: str) -> snapshot.Box | None:
    """The map's edges, which come from a browser and may be anything; None where they are none."""
    try:
        west, south, east, north = (float(edge) for edge in json.loads(frame))
    except (TypeError, ValueError):
        return None
    if not all(map(math.isfinite, (west, south, east, north))):
        return None
    return snapshot.view_of(west, south, east, north)
