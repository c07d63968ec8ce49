"""A file that was saved here, opened again: dropped anywhere on the page, or chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from data.errors import AtlasError
from data.language import _
from geo import control, reopen, timeline, words
from geo.passport import Passport
from geo.scenario import Scenario
from geo.snapshot import Snapshot
from geo.timeline import Changed
from pages import compared, moments, question, speech, widgets

LARGEST_MB = reopen.LARGEST_MB
_TURN = "reopen-turn"
_LONGEST_NAME = 120


@speech.one_language
def panel(kind: str) -> None:
    """Where a saved file is chosen or dropped, on the page that shows one ``kind`` of question.

    ``kind`` is one of `geo.passport.KINDS`; a file of another kind opens on the page of that.
    """
    state = st.session_state
    with st.container(key="reopen"):
        key = f"reopen-{state.get(_TURN, 0)}"
        st.file_uploader(
            _("Open a saved file"),
            max_upload_size=LARGEST_MB,
            key=key,
            on_change=_given,
            args=(key,),
        )
        for text in state.pop("reopen-said", ()):
            widgets.notice(text)
        _catcher()(key="reopen-drop", data={"text": str(_("Drop a saved file to open it"))})
    opened = state.pop("reopen-opened", kind)
    if opened != kind:
        st.switch_page(_page(opened))


def _given(key: str) -> None:
    """Open the file, or say in one sentence why it cannot be opened."""
    file = st.session_state[key]
    if file is None:
        return
    # A new widget: the old one would go on holding the file.
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    name = " ".join(str(file.name).split())[-_LONGEST_NAME:]
    try:
        content = file.getvalue()
        _open(reopen.read(content, name=name), name, reopen.damage(content))
    except AtlasError as fault:
        told = str(fault)
        st.session_state["reopen-said"] = [
            told if told.startswith(name) else f"{name}: {words.sentence(fault)}"
        ]


def _open(file: Passport, name: str, damage: list[str]) -> None:
    """Put on screen what a file holds, and say what differs since it was saved."""
    asked: list[Scenario] = []
    said = [_("Opened from {name}.").format(name=name)]
    for scenario in file.scenarios:
        answerable, sentences = reopen.answerable(scenario)
        asked.append(answerable)
        said += [text for text in sentences if text not in said]
    if len(said) == 1:
        # On other maps other figures are no news.
        since = reopen.told(file, _snapshot(file, tuple(asked)))
        said += since or [_("Nothing has changed since it was saved.")]
    said[1:1] = damage
    state = st.session_state
    first = asked[-1] if file.kind == "change" else asked[0]
    question.open_file(first, file.drawings, [words.listed(said, between=" ")])
    if file.kind == "comparison":
        compared.open_beside(tuple(asked[1:]))
    elif file.kind == "change":
        state["time"], state["time_said"] = moments.Asked(then=asked[0].date), []
    state["reopen-opened"] = file.kind


def _snapshot(file: Passport, asked: tuple[Scenario, ...]) -> Snapshot:
    """What the file's question gives now."""
    if file.kind == "change":
        return Snapshot(answers=(question.answer(asked[-1]),), changed=_changed(asked))
    return Snapshot(answers=tuple(map(question.answer, asked)))


def _changed(asked: tuple[Scenario, ...]) -> Changed:
    before, after = (control.load(one.date, one.source) for one in asked)
    return timeline.changed(before, after)


def _page(kind: str) -> Any:
    """The page that shows a kind of question."""
    # Not at import time: each of them shows this panel.
    from pages import compare, scenario
    from pages import timeline as time_page

    if kind == "comparison":
        return st.Page(compare.show, url_path="compare")
    if kind == "change":
        return st.Page(time_page.show, url_path="time")
    return st.Page(scenario.show, url_path=scenario.PATH, default=True)


@st.cache_resource(show_spinner=False)
def _catcher() -> Callable[..., Any]:
    return st.components.v2.component(
        "reopen_drop", js=Path(__file__).with_name("reopening.js").read_text("utf-8")
    )
