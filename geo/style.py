"""Colours shared by the map, the printed page and the dashboard: light, dark, and grey for paper.

The sides and what got through use Okabe-Ito colours, which colour-blind readers can tell apart;
the sides also differ by pattern (diagonal lines, dots), so that they survive a black-and-white
printer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ThemeName = Literal["light", "dark", "grey"]

SYSTEM_FONT = "system-ui, sans-serif"
"""What a page is written in that brings no font of its own (CSS)."""


@dataclass(frozen=True, kw_only=True)
class Theme:
    """One complete set of colours, each a ``#rrggbb`` string.

    ``ukraine`` and ``russia`` are the sides' zones; ``left`` ground takes its side's colour with a
    cross-hatch. ``held`` is Russian-held ground with its ``held_hatch``; ``line`` the line of
    contact on its ``casing``.
    """

    name: ThemeName
    ukraine: str
    russia: str
    held: str
    held_hatch: str
    line: str
    casing: str
    drawn: str
    land: str
    neighbours: str
    water: str
    river: str
    railway: str
    oblast_line: str
    border: str
    extent: str
    paper: str
    ink: str
    quiet: str
    rule: str
    rail: str
    got_through: str
    intercepted: str

    def side(self, side: str) -> str:
        """Colour of ``"ukraine"`` or ``"russia"``."""
        return {"ukraine": self.ukraine, "russia": self.russia}[side]

    def dress(self, css: str) -> str:
        """A style sheet in whose text ``@name@`` stands for each colour, with the colours."""
        for name in sorted(vars(self), key=len, reverse=True):
            css = css.replace(f"@{name}@", getattr(self, name))
        return css


LIGHT = Theme(
    name="light",
    ukraine="#0072B2",
    russia="#D55E00",
    held="#E9E1D8",
    held_hatch="#8C8378",
    line="#111111",
    casing="#FFFFFF",
    drawn="#B0578C",
    land="#F8F6F1",
    neighbours="#ECE8DF",
    water="#D8E6EE",
    river="#A9C6D8",
    railway="#9B938A",
    oblast_line="#B8AF9F",
    border="#8F8676",
    extent="#3B3730",
    paper="#FFFFFF",
    ink="#1D1B18",
    quiet="#6D675E",
    rule="#E4DFD6",
    rail="#FAF8F4",
    got_through="#D55E00",
    intercepted="#C9C2B6",
)

DARK = Theme(
    name="dark",
    ukraine="#56B4E9",
    russia="#E69F00",
    held="#35312C",
    held_hatch="#5C554C",
    line="#FFFFFF",
    casing="#111111",
    drawn="#CC79A7",
    land="#1E2226",
    neighbours="#181B1F",
    water="#101418",
    river="#2B3B47",
    railway="#5A5650",
    oblast_line="#4A463F",
    border="#6E675C",
    extent="#C9C2B6",
    paper="#121416",
    ink="#EDEAE4",
    quiet="#A49E93",
    rule="#33302B",
    rail="#17191C",
    got_through="#E69F00",
    intercepted="#5C554C",
)

# For a photocopier: what means something differs by pattern and by level.
GREY = Theme(
    name="grey",
    ukraine="#1F1F1F",
    russia="#6B6B6B",
    held="#EDEDED",
    held_hatch="#7A7A7A",
    line="#000000",
    casing="#FFFFFF",
    drawn="#333333",
    land="#FFFFFF",
    neighbours="#F1F1F1",
    water="#E2E2E2",
    river="#ABABAB",
    railway="#8C8C8C",
    oblast_line="#A6A6A6",
    border="#6E6E6E",
    extent="#2B2B2B",
    paper="#FFFFFF",
    ink="#000000",
    quiet="#4D4D4D",
    rule="#CFCFCF",
    rail="#FAFAFA",
    got_through="#1F1F1F",
    intercepted="#C4C4C4",
)

THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK, "grey": GREY}
