"""Files of what is on screen: which, how a picture is to look, and the button that saves it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from functools import partial
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


def formats() -> dict[str, str]:
    """Format -> what it is called in the list."""
    return {
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


def _themes() -> dict[ThemeName, str]:
    return {"light": _("Light"), "dark": _("Dark"), "grey": _("Greyscale")}


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
    with st.container(key="part-save"):
        widgets.rest(
            "save", question=asked, frame=_frame() if _is_pictured() else None, on_due=_saw
        )
        widgets.small(told or _("Save"))
        with st.container(key="save", gap="xsmall"):
            names = formats()
            kind = st.selectbox(
                _("Save as"),
                list(names),
                format_func=lambda key: str(names[key]),
                key="save-format",
                label_visibility="collapsed",
            )
            look, whole = Look(), False
            if kind in PICTURED:
                look, whole = _look(kind)
            excel = kind in ("csv", "figures.csv") and st.checkbox(
                _("For Excel (with a byte order mark)"), key="save-excel"
            )
            if shown is not None and not whole and _frame() != widgets.ALL_SHOWN:
                shown = dataclasses.replace(shown, view=_view(_frame()))
            st.download_button(
                _("Save"),
                data=partial(_saved, shown, kind, look, excel, current()) if shown else b"",
                file_name=export.file_name(shown, kind) if shown else None,
                mime=_MIMES[kind],
                key="save-button",
                on_click="ignore",
                type="primary",
                width="stretch",
                disabled=shown is None,
            )


def _look(kind: str) -> tuple[Look, bool]:
    """How the picture is to look, and whether it shows the whole of what is asked."""
    papers, themes = _papers(), _themes()
    views = {ON_SCREEN: _("As on screen"), WHOLE: _("All of it")}
    with st.popover(_("Size and look"), width="stretch", key="save-look"):
        paper: Any = next(iter(papers))
        if kind != "html":
            paper = st.selectbox(
                _("Size"), list(papers), format_func=lambda key: str(papers[key]), key="save-paper"
            )
        else:
            themes.pop("grey")
        theme = st.segmented_control(
            _("Colours"),
            list(themes),
            format_func=lambda key: str(themes[key]),
            required=True,
            default="light",
            key=f"save-theme-{len(themes)}",
            width="stretch",
        )
        dpi = Look().dpi
        if kind in ("png", "zip"):
            dpi = st.select_slider(_("Dots per inch"), DPI, value=dpi, key="save-dpi")
        view = st.segmented_control(
            _("The map shows"),
            list(views),
            format_func=lambda key: str(views[key]),
            required=True,
            default=ON_SCREEN,
            key="save-view",
            width="stretch",
        )
    return Look(paper=paper, theme=theme, dpi=dpi), view == WHOLE


def _saved(shown: Snapshot, kind: str, look: Look, excel: bool, language: str) -> bytes:
    # The file is made outside the run of the page, which knows the language.
    with using(language):
        return export.to_bytes(shown, kind, look=look, excel=excel)


def address() -> str | None:
    """Where the dashboard is, as this reader's browser sees it; None beside any browser."""
    parts = urlsplit(str(st.context.url or ""))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


def _is_pictured() -> bool:
    """Whether what is saved shows what the map shows."""
    state = st.session_state
    chosen = state.get("save-format", PICTURED[0]), state.get("save-view", ON_SCREEN)
    return chosen[0] in PICTURED and chosen[1] == ON_SCREEN


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
