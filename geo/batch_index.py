"""What stands above the rows of a batch (`geo.batch`): a page of all, and tables for machines."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from data import delimited, language
from data.language import _, ngettext, translated
from geo import markup, words
from geo.markup import escape
from geo.style import LIGHT, SYSTEM_FONT

INDEX, FIGURES, ERRORS = "index.html", "figures.csv", "errors.csv"
THUMBNAIL = "thumbnail.png"

_STYLES = (
    markup.STYLE,
    *(Path(__file__).with_name(f"{name}.css") for name in ("webpage", "batch")),
)
_POLICY = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'; base-uri 'none'"
_COLUMNS = ("number", "name", "title", "date", "source", "side")
# As a row's own table of figures has them (`geo.tables`).
_CAVEATS = ("residents_as_of", "scenario")
_RESIDENTS_AS_OF = "2022-01-01"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Done:
    """A finished row.

    Attributes
    ----------
    number, name
        Of the row in its table; the name may be empty.
    stem
        The folder of its files.
    title, date, source
        The question in words, and the control map.
    sides
        Side -> measure of `geo.words.MEASURES` -> figure, as `geo.impact.by_side` has them.
    sources
        The datasets used, as `geo.snapshot.Snapshot.sources` has them.
    files
        Names of its files, in the order of the formats.
    remarks
        What of the row was left aside, a sentence each.
    """

    number: int
    stem: str
    name: str
    title: str
    date: str
    source: str
    sides: Mapping[str, Mapping[str, float | None]]
    sources: tuple[Mapping[str, str], ...]
    files: tuple[str, ...]
    remarks: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The row in a JSON document."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Fault:
    """A row that could not be used: its number, its line in the file, its name, and why."""

    number: int
    line: int
    name: str
    reason: str


def files(
    table: str, done: Sequence[Done], faults: Sequence[Fault], notes: Sequence[str]
) -> dict[str, bytes]:
    """The page and the tables by their names; `ERRORS` only where there are faults."""
    made = {FIGURES: _figures(done), INDEX: _page(table, done, faults, notes)}
    if faults:
        rows = [(fault.line, fault.name, fault.reason) for fault in faults]
        made[ERRORS] = _csv(("line", "name", "reason"), rows)
    return made


def _figures(done: Iterable[Done]) -> bytes:
    """Every figure: a row a scenario and side."""
    rows = [
        (
            *(row.number, row.name, row.title, row.date, row.source, side),
            *map(figures.get, words.MEASURES),
            *(_RESIDENTS_AS_OF, str(_("{title} (illustrative)").format(title=row.title))),
        )
        for row in done
        for side, figures in _sides(row)
    ]
    return _csv((*_COLUMNS, *words.MEASURES, *_CAVEATS), rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([delimited.guarded(one) if isinstance(one, str) else one for one in row])
    return file.getvalue().encode()


def _page(table: str, done: Sequence[Done], faults: Sequence[Fault], notes: Sequence[str]) -> bytes:
    number = len(done)
    title = ngettext("{n} scenario", "{n} scenarios", number).format(n=words.number(number))
    subtitle = _(
        "From the table {file} · residents as counted on 1 January 2022 · illustrative"
    ).format(file=table)
    parts = [
        f'<h1 class="atlas-title">{escape(title)}</h1>',
        f'<p class="atlas-sub">{escape(subtitle)}</p>',
    ]
    if faults:
        text = ngettext(
            "{n} row could not be used; it is at the end of this page.",
            "{n} rows could not be used; they are at the end of this page.",
            len(faults),
        ).format(n=words.number(len(faults)))
        parts.append(f'<p class="atlas-notice">{escape(text)}</p>')
    parts += [f'<p class="atlas-small">{escape(note)}</p>' for note in notes]
    if done:
        parts.append(f'<div class="atlas-rows">{"".join(map(_card, done))}</div>')
        parts.append(f'<p class="atlas-illustrative">{escape(words.ILLUSTRATIVE)}</p>')
        parts.append(_heading(_("All figures")))
        parts.append(_table(done))
        told = markup.escape(_("The same as a table: {file}").format(file=FIGURES))
        parts.append(f'<p class="atlas-small"><a href="{FIGURES}">{told}</a></p>')
        parts.append(_heading(_("Sources")))
        parts.append(_sources(done))
    if faults:
        parts.append(_heading(_("Rows that could not be used")))
        rows = [
            (words.number(fault.line), escape(fault.name or "–"), escape(fault.reason))
            for fault in faults
        ]
        parts.append(markup.table((_("Line"), _("Name"), _("Why")), rows, figures_from=3))
    css = LIGHT.dress("".join(file.read_text("utf-8") for file in _STYLES))
    return (
        f'<!DOCTYPE html>\n<html lang="{language.current()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} · Pullback Atlas</title>\n"
        f"<style>{css.replace('FONT', SYSTEM_FONT)}</style>\n</head>\n<body>\n"
        '<header class="atlas-top"><b>Pullback Atlas</b></header>\n<main>\n'
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    ).encode()


def _heading(text: str) -> str:
    return f'<h2 class="atlas-h2">{escape(text)}</h2>'


def _card(row: Done) -> str:
    """A thumbnail that leads to the row's first file, its title, and its other files."""
    folder = quote(row.stem)
    links = " ".join(
        f'<a href="{folder}/{quote(name)}">{escape(_format(name, row.stem))}</a>'
        for name in row.files
    )
    remarks = "".join(f'<p class="atlas-small">{escape(text)}</p>' for text in row.remarks)
    day = escape(f"{words.as_of(row.date)} ({row.source})")
    return (
        f'<section id="row-{row.number}">'
        f'<a class="atlas-thumb" href="{folder}/{quote(row.files[0])}">'
        f'<img src="{folder}/{THUMBNAIL}" alt="{escape(row.title)}" loading="lazy"></a>'
        f"<h2>{row.number} · {escape(row.name or row.title)}</h2>"
        + (f"<p>{escape(row.title)}</p>" if row.name else "")
        + f'<p class="atlas-small">{day}</p>{remarks}<p class="atlas-files">{links}</p></section>'
    )


def _format(name: str, stem: str) -> str:
    """What a link to a file is called: ``PNG``, ``CSV``, ``figures.CSV``."""
    kind, dot, suffix = name.removeprefix(f"{stem}.").rpartition(".")
    return f"{kind}{dot}{suffix.upper()}"


def _sources(done: Iterable[Done]) -> str:
    """Every dataset that a figure rests on, once, with its date and terms."""
    rows = [
        (
            markup.linked(translated(source["title"]), source["url"]),
            escape(words.as_of(source["as_of"])),
            escape(translated(source["attribution"])),
            escape(translated(source["licence"])),
        )
        for row in done
        for source in row.sources
    ]
    head = (_("Dataset"), _("As of"), _("Source"), _("Terms"))
    return markup.table(head, dict.fromkeys(rows), figures_from=len(head))


def _table(done: Iterable[Done]) -> str:
    """Every figure; a row a scenario and side."""
    head = (_("No."), _("Scenario"), _("Side"), *words.MEASURES.values())
    rows = [
        (
            f'<a href="#row-{row.number}">{row.number}</a>',
            escape(row.name or row.title),
            f"<i class='atlas-key atlas-key-{escape(side)}'></i>{escape(words.SIDES[side])}",
            *(words.measure(key, _known(figures.get(key))) for key in words.MEASURES),
        )
        for row in done
        for side, figures in _sides(row)
    ]
    return markup.table(head, rows, figures_from=3)


def _sides(row: Done) -> list[tuple[str, Mapping[str, float | None]]]:
    """The figures of a row by side, in the order in which sides always come."""
    return [(side, row.sides.get(side, {})) for side in words.SIDES]


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)
