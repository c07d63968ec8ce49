"""A page being laid out: places in millimetres, texts measured before they are written."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import re
import threading
from collections.abc import Iterator
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from geo.paper import Paper
from geo.style import Theme

FONT = "DejaVu Sans"  # comes with matplotlib and has Ukrainian letters
MM_PER_INCH = 25.4
POINTS_PER_MM = 72 / MM_PER_INCH
DPI = 150.0  # at which texts are measured; a page may be saved at any other

# Layers of a map from the ground up.
GROUND, HELD, ZONES, WATER, GRID, BORDERS, RAIL, EXTENT, CONTACT, TOWNS, TOOLS = range(1, 12)

# A figure and its unit stay on one line, and so does a date.
_typesetter = threading.RLock()
# matplotlib asks its global settings how text is to be set and written.
_SETTINGS: Any = {
    "text.hinting": "no_hinting",  # else letters are as wide as the pixels of a size want it
    "pdf.fonttype": 42,  # TrueType: letters can be found and copied
    "svg.fonttype": "none",
    "svg.hashsalt": "pullback-atlas",
}

_FIGURE = r"[+−±-]?\d[\d.,]*(?:\s\d{3}(?!\d))*(?:,\d+)?"
_WORD = re.compile(
    rf"{_FIGURE}\s(?:km|км)²?(?!\w)\S*|\d{{1,2}}\s[^\W\d]+\s\d{{4}}\S*|{_FIGURE}\S*|\S+"
)

# Left or west, low or south, right or east, high or north; of edges on the page: left, top, right,
# bottom.
Box = tuple[float, float, float, float]


class Sheet:
    """The page being laid out, and what measures a text on it.

    Parameters
    ----------
    paper
        Size of the page.
    colours
        What it is drawn in.
    scale
        By how much everything on the page is larger than its millimetres and points say: the same
        layout then fits a sheet for a wall. ``paper`` becomes the page in those millimetres.
    """

    margin_mm = 12.0

    def __init__(self, paper: Paper, colours: Theme, *, scale: float = 1.0) -> None:
        self.paper = Paper(paper.width_mm / scale, paper.height_mm / scale)
        self.colours = colours
        self.scale = scale
        size = (paper.width_mm / MM_PER_INCH, paper.height_mm / MM_PER_INCH)
        self.figure = Figure(figsize=size, dpi=DPI, facecolor=colours.paper)
        FigureCanvasAgg(self.figure)

    @property
    def inner(self) -> Box:
        """What lies within the margins (mm)."""
        margin = self.margin_mm
        return margin, margin, self.paper.width_mm - margin, self.paper.height_mm - margin

    @property
    def point_px(self) -> float:
        """Pixels of the figure that a point of the page has."""
        return self.scale * DPI / 72

    def at(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """A place on the page as fractions of the figure."""
        return x_mm / self.paper.width_mm, 1.0 - y_mm / self.paper.height_mm

    def write(self, x_mm: float, y_mm: float, text: str, size: float, **style: Any) -> Text:
        """Write a line of text with its baseline at a place."""
        style = {"color": self.colours.ink} | style
        face = font(size * self.scale, style.pop("weight", "normal"))
        x, y = self.at(x_mm, y_mm)
        return self.figure.text(
            x, y, printable(text), fontproperties=face, parse_math=False, **style
        )

    def stroke(self, x0_mm: float, x1_mm: float, y_mm: float, **style: Any) -> None:
        """A level line; its width in points."""
        (x0, y), (x1, _) = self.at(x0_mm, y_mm), self.at(x1_mm, y_mm)
        width = self.scale * style.pop("linewidth")
        self.add(Line2D([x0, x1], [y, y], linewidth=width, **style))

    def rule(self, x0_mm: float, x1_mm: float, y_mm: float) -> None:
        """A level line between rows."""
        self.stroke(x0_mm, x1_mm, y_mm, color=self.colours.rule, linewidth=0.6)

    def box(self, x_mm: float, y_mm: float, width_mm: float, height_mm: float) -> Rectangle:
        """A rectangle with its upper left corner at a place, not yet on the page."""
        x, y = self.at(x_mm, y_mm + height_mm)
        size = width_mm / self.paper.width_mm, height_mm / self.paper.height_mm
        return Rectangle((x, y), *size)

    def add(self, artist: Any) -> None:
        """Put an artist on the page whose coordinates are fractions of the figure."""
        artist.set_transform(self.figure.transFigure)
        self.figure.add_artist(artist)

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Empty axes between four edges (mm), framed by a thin line, without ticks."""
        (x0, y0), (x1, y1) = self.at(left, bottom), self.at(right, top)
        axes = self.figure.add_axes((x0, y0, x1 - x0, y1 - y0))
        axes.set(xticks=[], yticks=[], facecolor=self.colours.water)
        for spine in axes.spines.values():
            width = 0.7 * self.scale
            spine.set(edgecolor=self.colours.border, linewidth=width, zorder=TOOLS + 1)
        return axes

    def width_mm(self, text: str, size: float, weight: str = "normal") -> float:
        """Width of a line of text."""
        pixels = self.pixels(printable(text), size, weight)
        return pixels / DPI * MM_PER_INCH / self.scale

    def pixels(self, text: str, size: float, weight: str) -> float:
        """Width of a line of printable text in pixels of the figure."""
        return _pixels(text, size * self.scale, weight)

    def wrapped(self, text: str, size: float, width_mm: float, weight: str = "normal") -> list[str]:
        """A text broken into lines no wider than `width_mm`; a word that is wider is cut."""
        space_mm = self.width_mm("n n", size, weight) - self.width_mm("nn", size, weight)
        lines: list[str] = []
        used_mm = math.inf
        for word in self._words(text, size, width_mm, weight):
            cut = self._cut(word, size, width_mm, weight)
            word_mm = self.width_mm(cut, size, weight)
            if used_mm + space_mm + word_mm <= width_mm:
                lines[-1] = f"{lines[-1]} {cut}"
                used_mm += space_mm + word_mm
            else:
                lines.append(cut)
                used_mm = word_mm
        return lines

    def _words(self, text: str, size: float, width_mm: float, weight: str) -> list[str]:
        """What a line is broken between; what keeps together does so where a line can hold it."""
        return [
            part
            for word in _WORD.findall(text)
            for part in ([word] if self.width_mm(word, size, weight) <= width_mm else word.split())
        ]

    def balanced(
        self, text: str, size: float, width_mm: float, weight: str = "normal"
    ) -> list[str]:
        """As `wrapped`, with lines of about the same length and no lonely last word."""
        lines = self.wrapped(text, size, width_mm, weight)
        for share in (0.6, 0.7, 0.8, 0.9):
            narrower = self.wrapped(text, size, share * width_mm, weight)
            if len(narrower) == len(lines):
                return narrower
        return lines

    def _cut(self, word: str, size: float, width_mm: float, weight: str) -> str:
        if self.width_mm(word, size, weight) <= width_mm:
            return word
        kept = list(
            itertools.takewhile(
                lambda n: self.width_mm(f"{word[:n]}…", size, weight) <= width_mm,
                range(1, len(word)),
            )
        )
        return f"{word[: len(kept)]}…"


def no_more(lines: list[str], most: int) -> list[str]:
    """The first `most` lines; an ellipsis where there were others."""
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]


def printable(text: str) -> str:
    """A text with what the page's font has no letter for replaced by a question mark."""
    known = _letters()
    return "".join(c if ord(c) in known else "?" for c in " ".join(str(text).split()))


@functools.cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(fontManager.findfont(font(8.0, "normal"))).get_charmap())


@functools.lru_cache(maxsize=8192)
def _pixels(text: str, size: float, weight: str) -> float:
    face = get_font(fontManager.findfont(font(size, weight)))
    face.set_size(size, DPI)
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(face.get_width_height()[0] / 64)  # it counts in parts of a pixel


@contextlib.contextmanager
def typesetting() -> Iterator[None]:
    """Have text set as it was measured, and stay text in a file, by one thread at a time."""
    with _typesetter, matplotlib.rc_context(_SETTINGS):
        yield


@functools.cache
def font(size: float, weight: str, style: Literal["normal", "italic"] = "normal") -> FontProperties:
    """The page's font in a size (points), weight and style."""
    return FontProperties(family=FONT, size=size, weight=weight, style=style)
