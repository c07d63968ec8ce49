"""A part of a printed page, made before it is known where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from geo.ink import Fill, Stroke, styled
from geo.sheet import Sheet

Mark = Fill | Stroke
_KEY_MM = (7.0, 3.2)


class Block:
    """Words, rules and keys, at places measured from its own upper left corner (mm).

    Attributes
    ----------
    height_mm
        How far down it reaches.
    used_mm
        How much of its width its lines of text take that begin at the left.
    """

    def __init__(self, sheet: Sheet, width_mm: float) -> None:
        self.sheet = sheet
        self.width_mm = width_mm
        self.height_mm = 0.0
        self.used_mm = 0.0
        self._parts: list[Callable[[float, float], object]] = []

    def write(self, x_mm: float, y_mm: float, text: object, size: float, **style: Any) -> None:
        """A line of text with its baseline at a place."""
        told, sheet = str(text), self.sheet
        if style.get("ha", "left") == "left":
            end_mm = x_mm + sheet.width_mm(told, size, style.get("weight", "normal"))
            self.used_mm = max(self.used_mm, end_mm)
        self._parts.append(lambda x, y: _put(sheet, x + x_mm, y + y_mm, told, size, style))

    def rule(self, y_mm: float) -> None:
        """A level line from edge to edge."""
        self._parts.append(lambda x, y: self.sheet.rule(x, x + self.width_mm, y + y_mm))

    def key(
        self,
        x_mm: float,
        y_mm: float,
        marks: Sequence[Mark],
        size_mm: tuple[float, float] = _KEY_MM,
    ) -> None:
        """Signs of a map beside each other, in a box with its upper left corner at a place."""
        width_mm, height_mm = size_mm[0] / len(marks), size_mm[1]
        for number, mark in enumerate(marks):
            left_mm = x_mm + number * width_mm
            self._parts.append(_sign(self.sheet, mark, (left_mm, y_mm), (width_mm, height_mm)))

    def add(self, other: Block, x_mm: float, y_mm: float) -> None:
        """Another block with its upper left corner at a place."""
        self._parts.append(lambda x, y: other.place(x + x_mm, y + y_mm))
        self.height_mm = max(self.height_mm, y_mm + other.height_mm)

    def place(self, x_mm: float, y_mm: float) -> float:
        """Put it on the page; returns its foot (mm from the top)."""
        for part in self._parts:
            part(x_mm, y_mm)
        return y_mm + self.height_mm


def stacked(sheet: Sheet, blocks: Sequence[Block], gap_mm: float) -> Block:
    """Blocks below each other; empty ones take no room."""
    whole = Block(sheet, max((block.width_mm for block in blocks), default=0.0))
    for block in blocks:
        if block.height_mm:
            whole.add(block, 0.0, whole.height_mm + (gap_mm if whole.height_mm else 0.0))
    return whole


def _put(sheet: Sheet, x_mm: float, y_mm: float, text: str, size: float, style: Any) -> None:
    sheet.write(x_mm, y_mm, text, size, **style)


def _sign(
    sheet: Sheet, mark: Mark, at: tuple[float, float], size: tuple[float, float]
) -> Callable[[float, float], None]:
    (left, top), (width, height) = at, size

    def draw(x_mm: float, y_mm: float) -> None:
        if isinstance(mark, Fill):
            box = sheet.box(x_mm + left, y_mm + top, width, height)
            sheet.add(styled(box, mark.scaled(sheet.scale)))
            return
        dashes = (0, mark.dashes) if mark.dashes else "-"
        x0, x1, middle = x_mm + left, x_mm + left + width, y_mm + top + height / 2
        sheet.stroke(x0, x1, middle, color=mark.colour, linewidth=mark.width, linestyle=dashes)

    return draw
