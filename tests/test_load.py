"""The load page's part on the server: what it keeps of a file, and what it says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shapely
import streamlit as st
from streamlit.testing.v1 import AppTest

from data.errors import InputError
from geo import scenario, upload
from pages import load


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session's state."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def given(name: str, size: int) -> SimpleNamespace:
    """A file as Streamlit's widget gives it; its bytes are handed out only where it is small."""

    def getvalue() -> bytes:
        assert size <= upload.LARGEST_FILE_BYTES
        return b" " * size

    return SimpleNamespace(name=name, size=size, getvalue=getvalue)


def test_of_a_file_that_is_too_large_only_the_refusal_is_kept(session: dict[str, Any]) -> None:
    session["load-file-0"] = given("a/small.kml", 3)
    load._given()
    assert session["load-upload"] == load.Upload("small.kml", b"   ")
    session["load-file-0"] = given("a/large.kml", upload.LARGEST_FILE_BYTES + 1)
    load._given()
    assert session["load-upload"] is None
    assert session["load-said"] == ["large.kml is larger than 10 MB; simplify it first."]
    # The widget that holds the file is no longer shown.
    assert session["load-turn"] == 1


def test_a_refusal_is_worked_out_once_and_holds_nothing_of_the_file(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def refuse(content: bytes, **_more: object) -> None:
        asked.append(content)
        raise InputError("it is damaged.")

    monkeypatch.setattr(upload, "look", refuse)
    errors = []
    for _ in range(3):
        with pytest.raises(InputError, match=r"^it is damaged\.$") as caught:
            load._found(load.Upload("it.kml", b"bytes"))
        errors.append(caught.value)
    assert asked == [b"bytes"]
    assert len(set(map(id, errors))) == 3
    assert session["load-found"][1] == "it is damaged."


def _full() -> None:
    import streamlit as st

    from pages import load

    load._use(st.session_state["found"])


def test_how_many_may_be_loaded_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.loaded.MOST", 0)
    page = AppTest.from_function(_full)
    page.session_state["scenario"] = scenario.default()
    page.session_state["found"] = SimpleNamespace(
        name="it.kml", polygons=np.array([shapely.box(37, 48, 38, 49)])
    )
    page.run()
    assert not page.exception
    said = [element.proto.body for element in page.get("html")]
    assert any("0 things are loaded; remove one first." in text for text in said)
