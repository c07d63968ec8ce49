"""A page being laid out: places in millimetres, texts measured before they are written."""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import Any, Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from geo.style import Theme

FONT = "DejaVu Sans"  # comes with matplotlib and has Ukrainian letters
MM_PER_INCH = 25.4
POINTS_PER_MM = 72 / MM_PER_INCH
DPI = 150.0  # at which texts are measured; a page may be saved at any other

# Layers of a map from the ground up.
GROUND, HELD, ZONES, WATER, BORDERS, RAIL, EXTENT, CONTACT, TOWNS, TOOLS = range(1, 11)

_WORD = re.compile(r"\d[\d.,]* km²?(?!\w)|\S+")  # a figure and its unit stay on one line

# Left or west, low or south, right or east, high or north; of edges on the page: left, top, right,
# bottom.
Box = tuple[float, float, float, float]


class Paper(NamedTuple):
    """Size of a page in millimetres."""

    width_mm: float
    height_mm: float


class Sheet:
    """The page being laid out, and what measures a text on it."""

    margin_mm = 12.0
    column_mm = 60.0

    def __init__(self, paper: Paper, colours: Theme) -> None:
        self.paper = paper
        self.colours = colours
        size = (paper.width_mm / MM_PER_INCH, paper.height_mm / MM_PER_INCH)
        self.figure = Figure(figsize=size, dpi=DPI, facecolor=colours.paper)
        FigureCanvasAgg(self.figure)

    def at(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """A place on the page as fractions of the figure."""
        return x_mm / self.paper.width_mm, 1.0 - y_mm / self.paper.height_mm

    def write(self, x_mm: float, y_mm: float, text: str, size: float, **style: Any) -> Text:
        """Write a line of text with its baseline at a place."""
        style = {"color": self.colours.ink} | style
        face = font(size, style.pop("weight", "normal"))
        x, y = self.at(x_mm, y_mm)
        return self.figure.text(
            x, y, printable(text), fontproperties=face, parse_math=False, **style
        )

    def rule(self, x0_mm: float, x1_mm: float, y_mm: float) -> None:
        """A level line."""
        (x0, y), (x1, _) = self.at(x0_mm, y_mm), self.at(x1_mm, y_mm)
        self.add(Line2D([x0, x1], [y, y], color=self.colours.rule, linewidth=0.6))

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
            spine.set(edgecolor=self.colours.border, linewidth=0.7, zorder=TOOLS + 1)
        return axes

    def width_mm(self, text: str, size: float, weight: str = "normal") -> float:
        """Width of a line of text."""
        return self.pixels(printable(text), size, weight) / DPI * MM_PER_INCH

    def pixels(self, text: str, size: float, weight: str) -> float:
        """Width of a line of printable text in pixels of the figure."""
        return _pixels(text, size, weight)

    def wrapped(self, text: str, size: float, width_mm: float, weight: str = "normal") -> list[str]:
        """A text broken into lines no wider than `width_mm`; a word that is wider is cut."""
        space_mm = self.width_mm("n n", size, weight) - self.width_mm("nn", size, weight)
        lines: list[str] = []
        used_mm = math.inf
        for word in _WORD.findall(text):
            cut = self._cut(word, size, width_mm, weight)
            word_mm = self.width_mm(cut, size, weight)
            if used_mm + space_mm + word_mm <= width_mm:
                lines[-1] = f"{lines[-1]} {cut}"
                used_mm += space_mm + word_mm
            else:
                lines.append(cut)
                used_mm = word_mm
        return lines

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


def printable(text: str) -> str:
    """A text with what the page's font has no letter for replaced by a question mark."""
    known = _letters()
    return "".join(c if ord(c) in known else "?" for c in " ".join(str(text).split()))


@functools.cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(fontManager.findfont(font(8.0, "normal"))).get_charmap())


@functools.lru_cache(maxsize=8192)
def _pixels(text: str, size: float, weight: str) -> float:
    measured = RendererAgg(1, 1, DPI).get_text_width_height_descent(text, font(size, weight), False)
    return float(measured[0])


@functools.cache
def font(size: float, weight: str, style: Literal["normal", "italic"] = "normal") -> FontProperties:
    """The page's font in a size (points), weight and style."""
    return FontProperties(family=FONT, size=size, weight=weight, style=style)
