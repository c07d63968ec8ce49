"""What the reader drew on the map: a list beside it, with distances and figures for each drawing.

The browser has the drawings in hand and gives them to the server as they are; the server answers
with figures, and with the drawings of a link. Each change has a number: whoever has the lower one
takes over what the other says (`drawings.js`). So nothing is lost with a connection.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from data.errors import AtlasError, InputError
from data.language import _
from geo import drawing, words
from geo.drawing import Drawing
from geo.impact import Impact
from geo.style import Theme
from pages import question, widgets

_FIRST_KM = 5.0


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """A drawing and what it gives: figures, or a sentence why there are none."""

    drawing: Drawing
    impact: Impact | None
    fault: str


def answers() -> list[Answer]:
    """What each drawing gives on the date and by the source on screen."""
    return [_answer(one) for one in question.drawings()]


def show(answered: list[Answer], colours: Theme) -> None:
    """The list; nothing is seen of it until something was drawn."""
    key = "drawn-list"

    def changed() -> None:
        take(st.session_state[key].get("drawings"))

    def show_above() -> None:
        put_above(st.session_state[key].get("above"))

    scenario = question.current()
    nobody = scenario.ukraine_km == scenario.russia_km == 0
    with st.container(key="drawn"):
        for text in st.session_state["drawings_said"]:
            widgets.notice(text)
        result = _list()(
            key=key,
            data={
                "n": st.session_state["drawings_n"],
                "items": [dataclasses.asdict(one.drawing) for one in answered],
                "rows": [_row(one) for one in answered],
                "first": {
                    f"{side}_km": _FIRST_KM if nobody else getattr(scenario, f"{side}_km")
                    for side in words.SIDES
                },
                "above": question.shown_drawing(),
                "most": drawing.MOST_DRAWINGS,
                "longest": drawing.LONGEST_NAME,
                "sides": {side: str(name) for side, name in words.SIDES.items()},
                "texts": _texts(),
                "colours": {
                    name: getattr(colours, name)
                    for name in ("ink", "quiet", "rule", "paper", "rail", "drawn", *words.SIDES)
                },
            },
            default={"drawings": None},
            on_drawings_change=changed,
            on_above_change=show_above,
        )
    # What the browser kept while the server was away comes without a change.
    if take(result.drawings):
        st.rerun()


def take(value: Any) -> bool:
    """Take over what the browser has, where that is newer; whether it was."""
    state = st.session_state
    if not isinstance(value, Mapping) or not isinstance(value.get("n"), int):
        return False
    items = value.get("items")
    if value["n"] <= state["drawings_n"] or not isinstance(items, list):
        return False
    said, found = [], []
    for item in items[: drawing.MOST_DRAWINGS]:
        try:
            found.append(_read(item))
        except InputError as fault:
            said.append(words.sentence(fault))
    if len(items) > drawing.MOST_DRAWINGS:
        said.append(
            _("No more than {most} drawings at a time; delete one first.").format(
                most=drawing.MOST_DRAWINGS
            )
        )
    state.update(drawings_said=said, settled=True)
    question.draw_anew(tuple(found), value["n"])
    return True


def put_above(asked: Any) -> None:
    """Show what the browser asks for in full, or no longer, where there is such a drawing."""
    if not isinstance(asked, Mapping) or asked.get("n") != st.session_state["drawings_n"]:
        return
    index = asked.get("index")
    if isinstance(index, int) and 0 <= index < len(question.drawings()):
        question.show_drawing(index, shown=bool(asked.get("shown")))


def _answer(one: Drawing) -> Answer:
    try:
        one.check()
        return Answer(one, question.answer(one.to_scenario(question.current())), "")
    except AtlasError as fault:
        return Answer(one, None, words.sentence(fault))


def _read(item: Any) -> Drawing:
    """A drawing from the browser, which may send anything."""
    try:
        return Drawing(
            kind=item["kind"],
            name=item["name"],
            points=item["points"],
            ukraine_km=item["ukraine_km"],
            russia_km=item["russia_km"],
        )
    except (KeyError, TypeError) as fault:
        raise InputError(_("a drawing came without its points or distances.")) from fault


def _row(one: Answer) -> dict[str, Any]:
    drawn = one.drawing
    size = _("{n} km").format(n=words.number(drawn.length_km, digits=3))
    if drawn.kind == "area":
        size = _("{n} km²").format(n=words.number(drawn.area_km2, digits=3))
    figures = {}
    if one.impact is not None:
        figures = {
            side: [words.measure(name, float(row[name])) for name in words.MEASURES]
            for side, row in one.impact.sides.to_dict(orient="index").items()
        }
    return {"size": size, "figures": figures, "fault": one.fault}


def _texts() -> dict[str, Any]:
    return {
        "title": _("Drawn"),
        "measures": [str(name) for name in words.MEASURES.values()],
        "pulls": {"ukraine": _("Ukraine pulls back"), "russia": _("Russia pulls back")},
        # What stands for names and numbers is put in by the script.
        "kinds": {"area": _("Area {n}"), "line": _("Line {n}")},
        "km": _("km"),
        "name": _("Name of drawing {n}"),
        "pulls_of": {
            "ukraine": _("{name}: Ukraine pulls back, km"),
            "russia": _("{name}: Russia pulls back, km"),
        },
        "above": _("Show in full"),
        "above_of": _("Show {name} in full"),
        "is_above": _("Shown above"),
        "delete": _("Delete {name}"),
        "look": _("Show {name} on the map"),
        "pending": _("Being worked out"),
        "most": _("No more than {most} drawings at a time; delete one first.").format(
            most=drawing.MOST_DRAWINGS
        ),
    }


@st.cache_resource(show_spinner=False)
def _list() -> Callable[..., Any]:
    here = Path(__file__)
    return st.components.v2.component(
        "drawings",
        html='<table hidden><thead></thead></table><p class="said" role="alert"></p>',
        css=here.with_suffix(".css").read_text("utf-8"),
        js=here.with_suffix(".js").read_text("utf-8"),
    )
