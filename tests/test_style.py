"""The colours can be told from what they stand on (WCAG 2.2, 1.4.3 and 1.4.11).

A browser test cannot measure words in a drawing or with a halo; their colours are held to it here.
"""

from __future__ import annotations

import pytest

from geo.style import THEMES, Theme, ThemeName

TEXT, GRAPHICS = 4.5, 3.0


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, by WCAG's definition."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_by_hand() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.fixture(params=sorted(THEMES))
def theme(request: pytest.FixtureRequest) -> Theme:
    name: ThemeName = request.param
    return THEMES[name]


def test_text_can_be_read(theme: Theme) -> None:
    halo = theme.casing if theme.name == "light" else theme.land  # as in geo/webmap.css
    for ground in (theme.paper, theme.rail, theme.land, halo):
        assert contrast(theme.ink, ground) >= TEXT
        assert contrast(theme.quiet, ground) >= TEXT


def test_what_is_drawn_stands_out(theme: Theme) -> None:
    for name in ("ukraine", "russia", "line", "extent", "drawn", "got_through"):
        for ground in (theme.paper, theme.land):
            assert contrast(getattr(theme, name), ground) >= GRAPHICS, (name, ground)
    # Across ground that is held, on its hatch.
    for name in ("ukraine", "line", "extent", "drawn"):
        assert contrast(getattr(theme, name), theme.held) >= GRAPHICS, name
