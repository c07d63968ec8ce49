"""What is on screen as one HTML file: the living map, the figures, the sources.

It opens from a USB stick, with the network cut: it needs nothing else. Its policy (CSP) lets run
the scripts that were written into it, by the hash of each, and nothing besides; it fetches nothing.
What comes from data goes through `geo.webmap.clean_text` where folium writes it, and through
`geo.markup.escape` elsewhere.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.util
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import folium
import pandas as pd
from branca.element import Element

from data import language
from data.errors import InputError
from data.language import _, translated
from geo import counterparts, link, markup, passport, timeline, titles, webmap, words
from geo.compare import LETTERS
from geo.impact import Impact
from geo.markup import escape
from geo.passport import Passport
from geo.snapshot import Snapshot
from geo.style import SYSTEM_FONT, THEMES, ThemeName
from geo.timeline import Changed

_STYLE = Path(__file__).with_name("webpage.css")
_ROOT = Path(__file__).parents[1]
_LEAFLET = (_ROOT / "static" / "vendor", _ROOT / "node_modules" / "leaflet" / "dist")
# What the map shows below the answer (geo.webmap.base_script).
_BASE_LAYERS = ("rivers", "lakes", "countries", "settlements", "railways")
_POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_TOGETHER = "page"


def html(snapshot: Snapshot, *, theme: ThemeName = "light") -> bytes:
    """One HTML file of what is on screen, in the language spoken.

    Returns
    -------
    bytes
        UTF-8; the same snapshot, theme and language give the same bytes.

    Raises
    ------
    InputError
        Where the map's scripts are not installed, or the snapshot's address is none.
    """
    own = passport.of(snapshot)
    maps, programs = _maps(snapshot, theme)
    scripts = [_script(text) for text in (_leaflet("leaflet.js"), _base(), *programs)]
    policy = _POLICY.format(hashes=" ".join(f"'{_hash(text)}'" for text in scripts))
    title = titles.title(snapshot)
    page = (
        f'<!DOCTYPE html>\n<html lang="{language.current()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="color-scheme" content="{theme}">\n'
        f"<title>{escape(title)} · Pullback Atlas</title>\n<style>{_css(theme)}</style>\n"
        f'<script type="application/json" id="{passport.KEY}">{_inert(own.to_json())}</script>\n'
        f"</head>\n<body>\n{_top(snapshot, own)}\n<main>\n"
        f'<h1 class="atlas-title">{escape(title)}</h1>\n'
        f'<p class="atlas-sub">{escape(titles.subtitle(snapshot))}</p>\n'
        f"{_figures(snapshot)}\n{maps}\n{''.join(_below(snapshot, own))}</main>\n"
        + "".join(f"<script>{text}</script>\n" for text in scripts)
        + "</body>\n</html>\n"
    )
    return page.encode()


@functools.cache
def font_file() -> Path | None:
    """The dashboard's font, as Streamlit brings it; None where it does not."""
    found = importlib.util.find_spec("streamlit")
    if found is None or found.origin is None:
        return None
    media = Path(found.origin).parent / "static" / "static" / "media"
    return next(iter(sorted(media.glob("SourceSansVF-Upright*.woff2"))), None)


def _map_of(answer: Impact) -> str:
    return f"{answer.control.title}, {words.day(answer.control.date)}"


def _top(snapshot: Snapshot, own: Passport) -> str:
    address = _address(snapshot, own)
    # Whoever else gets the page has no dashboard there.
    told = (
        _("Open in the dashboard, on the computer where this was saved")
        if link.is_loopback(address)
        else _("Open in the dashboard")
    )
    return (
        f'<header class="atlas-top"><b>Pullback Atlas</b><a href="{escape(address)}" '
        f'target="_blank" rel="noopener">{escape(told)}</a></header>'
    )


def _address(snapshot: Snapshot, own: Passport) -> str:
    """Where the dashboard shows the same; nothing of a file that somebody loaded is in it."""
    first, *others = own.scenarios
    page, more, drawings = "", {}, own.drawings
    if own.kind == "change":
        page, more, first = "time", {"then": first.date.isoformat()}, others[0]
    elif others:
        pairs = zip(LETTERS[1:], others, strict=False)
        page = "compare"
        more = {letter.lower(): counterparts.pack(first, other) for letter, other in pairs}
    query = link.to_query(first, drawings=drawings, language=language.current()) | more
    base = link.DEFAULT_ADDRESS if snapshot.address is None else snapshot.address
    return link.to_address(query, base=base, page=page)


def _figures(snapshot: Snapshot) -> str:
    """The key figures: a row a side, of every answer or of what changed hands."""
    if snapshot.changed is not None:
        table = snapshot.changed.sides[["area_km2", "residents_2022", "settlements"]]
        return markup.answer(
            (str(side), escape(timeline.passed_to(str(side))), _cells(row))
            for side, row in table.to_dict(orient="index").items()
        )
    many = len(snapshot.answers) > 1
    rows = [
        (side, f"{_letter(place) if many else ''}{told}", cells)
        for place, answer in enumerate(snapshot.answers)
        for side, told, cells in _rows(answer, answer.scenario)
    ]
    return markup.answer(rows, kind="atlas-totals" if many else "")


def _rows(answer: Impact, asked: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Side, what it does, and its figures; ``asked`` has the distances and places left."""
    for side, row in answer.sides.to_dict(orient="index").items():
        leaves = getattr(asked, f"{side}_leaves", ())
        deed = words.deed(getattr(asked, f"{side}_km"), leaves)
        yield str(side), escape(f"{words.SIDES[str(side)]} {deed}"), _cells(row)


def _cells(row: Mapping[Any, Any]) -> dict[str, str]:
    return {
        key: markup.figure(escape(words.measure(key, _known(row[key]))))
        for key in words.MEASURES
        if key in row
    }


def _known(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)


def _letter(place: int) -> str:
    return f"<b class='atlas-letter'>{LETTERS[place]}</b>"


def _maps(snapshot: Snapshot, theme: ThemeName) -> tuple[str, list[str]]:
    """The maps' places, and a script for each."""
    charts = list(_charts(snapshot))
    many = len(charts) > 1
    ids = map(str, itertools.count())
    figures, programs = [], []
    for place, (label, caption, groups) in enumerate(charts):
        chart = webmap.base_map(
            theme,
            base_url="-",
            label=label,
            font=(_family(), None),
            together=_TOGETHER if many else None,
        )
        if snapshot.view is not None:
            groups = [*groups, webmap.look(snapshot.view)]
        for group in groups:
            group.add_to(chart)
        holder, program = _parts(chart, ids)
        programs.append(program)
        told = f"<figcaption>{_letter(place)}{caption}</figcaption>" if many else ""
        figures.append(f'<figure>{told}<div class="atlas-map">{holder}</div></figure>')
    kind = " atlas-maps-many" if many else ""
    return f'<div class="atlas-maps{kind}">{"".join(figures)}</div>', programs


def _charts(snapshot: Snapshot) -> Iterator[tuple[str, str, list[folium.FeatureGroup]]]:
    """Of each map what a screen reader calls it, its caption (HTML) and what is on it."""
    if snapshot.changed is not None:
        asked = snapshot.first.scenario
        groups = webmap.through_time(snapshot.changed, None, asked, shown="page")
        yield timeline.name(snapshot.changed), "", groups
        return
    drawn = [(one.name, answer) for one, answer in snapshot.drawn]
    for place, answer in enumerate(snapshot.answers):
        title = str(answer.scenario.title())
        groups = webmap.layers(answer, drawn=drawn)
        if drawn:
            groups.append(webmap.outlines([one for one, _answer in snapshot.drawn]))
        label = f"{LETTERS[place]}: {title}" if len(snapshot.answers) > 1 else title
        yield label, escape(f"{title} · {_map_of(answer)}"), groups


def _parts(chart: folium.Map, ids: Iterator[str]) -> tuple[str, str]:
    """The place of a folium map in a page, and its script.

    folium names every element at random; here they are numbered.
    """
    root: Any = chart.get_root()
    for element in _walk(root):
        element._id = next(ids)
    for child in list(root._children.values()):
        child.render()
    return root.html.render().strip(), root.script.render()


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():
        yield from _walk(child)


def _below(snapshot: Snapshot, own: Passport) -> Iterator[str]:
    """What stands below the map."""
    if snapshot.changed is None:
        yield f'<p class="atlas-illustrative">{escape(words.ILLUSTRATIVE)}</p>\n'
    if snapshot.night:
        yield f'<p class="atlas-small">{escape(snapshot.night)}</p>\n'
    if snapshot.drawn:
        yield _heading(_("Drawn on the map"))
        yield markup.answer(
            [
                (side, f"{escape(one.name)} · {told}" if one.name else told, cells)
                for one, answer in snapshot.drawn
                for side, told, cells in _rows(answer, one)
            ],
            kind="atlas-totals",
        )
    yield from _changed_below(snapshot.changed) if snapshot.changed else _answers_below(snapshot)
    told = snapshot.warnings
    if told:
        yield _heading(_("What the figures leave out"))
        items = "".join(f"<li>{escape(words.sentence(text))}</li>" for text in told)
        yield f'<ul class="atlas-notes">{items}</ul>\n'
    yield _heading(_("Sources"))
    yield _sources(snapshot)
    made = _(
        "Made by Pullback Atlas {version}. This page holds everything it shows and asks nothing of "
        "the network. It opens again in the dashboard, which then says what has changed since."
    )
    yield f'<p class="atlas-foot">{escape(made.format(version=own.version))}</p>\n'


def _heading(text: str) -> str:
    return f'<h2 class="atlas-h2">{escape(text)}</h2>\n'


def _answers_below(snapshot: Snapshot) -> Iterator[str]:
    many = len(snapshot.answers) > 1
    for place, answer in enumerate(snapshot.answers):
        if not answer.by_oblast.empty:
            text = _("By oblast")
            yield _heading(f"{LETTERS[place]} · {text}" if many else text)
            yield markup.by_oblast(answer.by_oblast)
    for place, answer in enumerate(snapshot.answers):
        head = (_("Settlement"), _("Oblast"), _("Side"))
        figures = (words.MEASURES["residents_2022"], _("To the line, km"))
        rows = [
            (
                *_place_cells(row),
                words.SIDES[row["side"]],
                _count(row["residents_2022"]),
                words.number(row["distance_km"], decimals=1),
            )
            for row in answer.settlements.to_dict(orient="records")
        ]
        text = _("Settlements of 500+ inside: {n}")
        yield _folded(text, (*head, *figures), rows, figures_from=3, letter=place if many else None)


def _changed_below(found: Changed) -> Iterator[str]:
    area = {
        (row["oblast"], row["to"]): words.measure("area_km2", row["area_km2"])
        for row in found.by_oblast.to_dict(orient="records")
    }
    sides = [escape(timeline.passed_to(side)) for side in timeline.SIDES]
    rows: list[Sequence[str]] = [
        (escape(words.place(oblast)), *(area.get((oblast, side), "–") for side in timeline.SIDES))
        for oblast in dict.fromkeys(found.by_oblast["oblast"])
    ]
    if rows:
        yield _heading(_("By oblast"))
        yield markup.table((_("Oblast"), *sides), rows, figures_from=1)
    head = (_("Settlement"), _("Oblast"), _("Now"), words.MEASURES["residents_2022"])
    rows = [
        (
            *_place_cells(row),
            escape(timeline.passed_to(row["to"])),
            _count(row["residents_2022"]),
        )
        for row in found.settlements.to_dict(orient="records")
    ]
    text = _("Settlements of 500+ that changed hands: {n}")
    yield _folded(text, head, rows, figures_from=3)


def _place_cells(row: Mapping[Any, Any]) -> tuple[str, str]:
    """A settlement by its name in the language spoken, and its oblast."""
    return escape(words.place_name(row["name_en"], row["name_uk"])), escape(
        words.place(row["oblast"])
    )


def _count(value: Any) -> str:
    return words.number(_known(value))


def _folded(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    figures_from: int,
    letter: int | None = None,
) -> str:
    """A long table that opens on demand; nothing where it has no rows."""
    if not rows:
        return ""
    told = escape(title.format(n=words.number(len(rows))))
    mark = "" if letter is None else _letter(letter)
    table = markup.table(head, rows, figures_from=figures_from)
    return f"<details><summary>{mark}{told}</summary>{table}</details>\n"


def _sources(snapshot: Snapshot) -> str:
    """Every dataset that the figures or the map rest on, with its date and terms."""
    rows = [
        (
            markup.linked(source["title"], source["url"]),
            escape(words.as_of(source["as_of"])),
            escape(translated(source["attribution"])),
            escape(source["licence"]),
        )
        for source in snapshot.map_sources
    ]
    head = (_("Dataset"), _("As of"), _("Source"), _("Terms"))
    return markup.table(head, rows, figures_from=len(head))


def _css(theme: ThemeName) -> str:
    """All style sheets of the page, Leaflet's first."""
    leaflet = re.sub(r"url\(images/[^)]*\)", "none", _leaflet("leaflet.css"))
    own = THEMES[theme].dress(markup.STYLE.read_text("utf-8") + _STYLE.read_text("utf-8"))
    url = _font_url()
    sheet = webmap.style_sheet(theme, (_family(), url))
    return "\n".join((leaflet, sheet, own.replace("FONT", _family())))


def _family() -> str:
    return "'Source Sans', system-ui, sans-serif" if font_file() else SYSTEM_FONT


@functools.cache
def _font_url() -> str | None:
    file = font_file()
    if file is None:
        return None
    return f"data:font/woff2;base64,{base64.b64encode(file.read_bytes()).decode()}"


@functools.cache
def _leaflet(name: str) -> str:
    """One of Leaflet's own files, as the set-up command installs them."""
    for folder in _LEAFLET:
        if (folder / name).is_file():
            text = (folder / name).read_text("utf-8")
            # The page has no folder in which a debugger would find it.
            return re.sub(r"\n//# sourceMappingURL=.*", "", text)
    raise InputError(
        _("the map’s scripts are not installed; install npm, run make run once, and save again.")
    )


@functools.cache
def _base() -> str:
    return webmap.base_script().decode()


def _script(text: str) -> str:
    """A script that nothing in it can end, as it stands in the page."""
    text = text.replace("\r\n", "\n").replace("</", "<\\/").replace("<!--", "<\\!--")
    return f"\n{text.strip()}\n"


def _hash(script: str) -> str:
    """What the page's policy knows a script by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _inert(text: str) -> str:
    """A JSON text that ends no element and is no markup."""
    return "".join(_UNSAFE.get(letter, letter) for letter in text)
