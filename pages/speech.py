"""The language of the page: one click to the other one, kept in the session and in the link."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data import language
from geo import link
from geo.style import Theme
from pages import question

P = ParamSpec("P")
R = TypeVar("R")


def open_link() -> None:
    """Speak what a link asks for, before anything is said; once in a run."""
    if question.brings_link():
        st.session_state["language"] = link.language_of(st.query_params.to_dict())


def chosen() -> str | None:
    """What this session speaks, as `data.language.follow` asks it; None beside any session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    known: str | None = st.session_state.get("language")
    return known


def one_language(part: Callable[P, R]) -> Callable[P, R]:
    """Have a part of a page ask once what is spoken, and not for each of its hundreds of texts."""

    @functools.wraps(part)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> R:
        with language.using(language.current()):
            return part(*args, **kwargs)

    return spoken


def switch(colours: Theme) -> None:
    """A button to the other language, at the end of the page's head."""
    spoken = language.current()
    other = next(key for key in language.LANGUAGES if key != spoken)

    def switched() -> None:
        asked = st.session_state["speech"].get("language")
        if asked in language.LANGUAGES:
            st.session_state["language"] = asked

    _switch()(
        key="speech",
        data={
            "language": spoken,
            "other": other,
            "name": language.LANGUAGES[other],
            "ink": colours.ink,
            "quiet": colours.quiet,
        },
        on_language_change=switched,
    )


@st.cache_resource(show_spinner=False)
def _switch() -> Callable[..., Any]:
    here = Path(__file__)
    return st.components.v2.component(
        "speech",
        html='<button type="button"></button>',
        css=here.with_suffix(".css").read_text("utf-8"),
        js=here.with_suffix(".js").read_text("utf-8"),
    )
