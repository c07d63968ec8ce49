"""Sizes of printed pages, and how a picture is to look."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from data.errors import InputError
from data.language import _
from geo.style import THEMES, ThemeName

LEAST_DPI, MOST_DPI = 100, 600


PICTURES = ("png", "pdf", "svg")
"""Formats of a printed page."""


class Paper(NamedTuple):
    """Size of a page in millimetres."""

    width_mm: float
    height_mm: float


PAPERS = {
    "a4-landscape": Paper(297.0, 210.0),
    "a4-portrait": Paper(210.0, 297.0),
    "a3-landscape": Paper(420.0, 297.0),
    "a3-portrait": Paper(297.0, 420.0),
    "slide": Paper(338.67, 190.5),
    "square": Paper(182.88, 182.88),
    "social": Paper(203.2, 106.68),
}
"""Name -> size. At 150 dpi a slide has 2000 × 1125 pixels, a square 1080 × 1080 and the picture for
social media 1200 × 630."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """How a picture is to look.

    Attributes
    ----------
    paper
        A name of `PAPERS`.
    theme
        A name of `geo.style.THEMES`.
    dpi
        Dots per inch of a PNG file, `LEAST_DPI` to `MOST_DPI`; PDF and SVG have none.

    Raises
    ------
    InputError
        One sentence about the first that cannot be used, and what can.
    """

    paper: str = "a4-landscape"
    theme: ThemeName = "light"
    dpi: int = 150

    def __post_init__(self) -> None:
        if self.paper not in PAPERS:
            raise InputError(
                _("there is no paper {name}; choose one of {known}.").format(
                    name=repr(self.paper), known=", ".join(PAPERS)
                )
            )
        if self.theme not in THEMES:
            raise InputError(
                _("there is no theme {name}; choose one of {known}.").format(
                    name=repr(self.theme), known=", ".join(THEMES)
                )
            )
        if not LEAST_DPI <= self.dpi <= MOST_DPI:
            raise InputError(
                _("{given} dpi cannot be made; give {least} to {most}.").format(
                    given=self.dpi, least=LEAST_DPI, most=MOST_DPI
                )
            )


DEFAULT = Look()
"""How a picture looks where nobody said."""
