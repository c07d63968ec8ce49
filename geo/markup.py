"""Parts of a page in HTML, for the dashboard and for the page that travels.

`STYLE` is their dress. What comes from data goes through `escape`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from geo import words

STYLE = Path(__file__).with_name("page.css")


def escape(text: object) -> str:
    """Text for a place between tags, or for an attribute in quotation marks."""
    return html.escape(str(text))


def figure(text: str) -> str:
    """A measure with its number large; a word instead of a number is quiet."""
    has_unit = text.endswith(("km²", "km", "км²", "км"))
    number, space, unit = text.rpartition(" ") if has_unit else (text, "", "")
    if not any(letter.isdigit() for letter in number):
        return f"<i>{text}</i>"
    return f"<b>{number}</b>{space}{f'<span>{unit}</span>' if unit else ''}"


def linked(text: object, url: str) -> str:
    """A text that leads to the first of some addresses; the text alone where that is none."""
    address = url.split("; ")[0].split(" ")[0]
    if not address.startswith(("https://", "http://")):
        return escape(text)
    return f'<a href="{escape(address)}" target="_blank" rel="noopener">{escape(text)}</a>'


def answer(rows: Iterable[tuple[str, str, Mapping[str, str]]], *, kind: str = "") -> str:
    """An answer: a row a side, the same measures, so that the eye compares down the column.

    Parameters
    ----------
    rows
        Side, what it does (HTML), and by measure of `geo.words.MEASURES` the cell (HTML).
    kind
        Further classes of the table.
    """
    rows = list(rows)
    labels = [words.MEASURES[key] for key in rows[0][2]]
    head = "".join(f"<th scope='col'>{label}</th>" for label in labels)
    body = "".join(
        f"<tr data-side='{side}'><th scope='row'>"
        f"<i class='atlas-key atlas-key-{side}'></i>{name}</th>"
        + "".join(
            f"<td data-label='{words.MEASURES[key]}' data-measure='{key}'>{cell}</td>"
            for key, cell in cells.items()
        )
        + "</tr>"
        for side, name, cells in rows
    )
    return (
        f"<table class='atlas-answer{f' {kind}' if kind else ''}'><thead><tr><td></td>"
        f"{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, figures_from: int) -> str:
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
    return (
        f"<div class='atlas-scroll'><table class='atlas-table{' atlas-prose' if wide else ''}'>"
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def by_oblast(frame: pd.DataFrame) -> str:
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
        body.append(f"<tr><th scope='row'>{escape(words.place(oblast))}</th>{cells}</tr>")
    return (
        "<div class='atlas-scroll'><table class='atlas-table atlas-pairs'><thead>"
        f"<tr><td></td>{top}</tr><tr><td></td>{sides * len(measures)}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
