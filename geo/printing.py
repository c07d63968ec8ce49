"""A laid-out page as a file that carries where it comes from: PNG, PDF or SVG.

In PDF and SVG text stays text, with the fonts it needs.
"""

from __future__ import annotations

import base64
import functools
import io
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

from geo import passport, titles
from geo.passport import KEY
from geo.sheet import FONT, font, typesetting
from geo.snapshot import Snapshot

_MAKER = "Pullback Atlas"


def to_bytes(page: Figure, format: str, *, snapshot: Snapshot, dpi: float) -> bytes:
    """A page as a file of one of `geo.paper.PICTURES`; the same page gives the same bytes.

    The passport stands in a PNG as the text `geo.passport.KEY`, in a PDF as ``Keywords`` of the
    document's information, in an SVG as the Dublin Core ``description`` of its metadata.

    Parameters
    ----------
    page
        As `geo.figure.page` gives it.
    format
        One of `geo.paper.PICTURES`.
    snapshot
        What is on the page.
    dpi
        Dots per inch of a PNG.
    """
    writers: dict[str, Callable[[Figure, str, str, float], bytes]]
    writers = {"png": _png, "pdf": _pdf, "svg": _svg}
    title = str(titles.title(snapshot))
    return writers[format](page, title, passport.of(snapshot).to_json(), dpi)


def _png(page: Figure, title: str, told: str, dpi: float) -> bytes:
    # No software name and no time: the bytes tell of the result only.
    metadata = {"Software": None, "Title": title, KEY: told}
    return _written(page, "png", metadata, dpi=dpi, pil_kwargs={"compress_level": 4})


def _pdf(page: Figure, title: str, told: str, _dpi: float) -> bytes:
    metadata = {
        "Title": title,
        "Subject": _MAKER,
        "Keywords": told,
        "Creator": _MAKER,
        "Producer": None,
        "CreationDate": None,
    }
    return _written(page, "pdf", metadata)


def _svg(page: Figure, title: str, told: str, _dpi: float) -> bytes:
    _number_ids(page)
    metadata = {"Title": title, "Description": told, "Date": None, "Creator": None}
    svg = _written(page, "svg", metadata).decode()
    head, style, rest = svg.partition('<style type="text/css">')
    return f"{head}{style}{_faces(page)}{rest}".encode()


def _written(page: Figure, format: str, metadata: dict[str, str | None], **more: Any) -> bytes:
    file = io.BytesIO()
    with typesetting():
        page.savefig(file, format=format, metadata=metadata, **more)
    return file.getvalue()


def _number_ids(page: Figure) -> None:
    """Give artists of one name names of their own: the id of an element is there once."""
    seen: defaultdict[str, int] = defaultdict(int)
    for artist in page.findobj():
        name = artist.get_gid()
        if name:
            seen[name] += 1
            if seen[name] > 1:
                artist.set_gid(f"{name}_{seen[name]}")


def _faces(page: Figure) -> str:
    """The letters of a page as fonts within a style sheet, so that it looks the same anywhere."""
    letters: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for text in page.findobj(Text):
        face = text.get_fontproperties()
        letters[str(face.get_weight()), str(face.get_style())].update(text.get_text())
    rules = []
    for (weight, style), used in sorted(letters.items()):
        if used:
            woff = base64.b64encode(_subset("".join(sorted(used)), weight, style)).decode()
            rules.append(
                f"@font-face{{font-family:'{FONT}';font-weight:{weight};font-style:{style};"
                f"src:url(data:font/woff;base64,{woff}) format('woff')}}"
            )
    return "".join(rules)


@functools.lru_cache(maxsize=32)
def _subset(letters: str, weight: str, style: Any) -> bytes:
    """The page's font with some letters only, as WOFF."""
    options = subset.Options(
        flavor="woff", layout_features=["kern"], hinting=False, notdef_outline=True
    )
    options.drop_tables += ["FFTM"]  # when the font was made, which no browser asks
    path = fontManager.findfont(font(8.0, weight, style))
    with TTFont(path, recalcTimestamp=False) as face:
        cutter = subset.Subsetter(options)
        cutter.populate(text=letters)
        cutter.subset(face)
        face.flavor = "woff"
        file = io.BytesIO()
        face.save(file, reorderTables=True)
    return file.getvalue()
