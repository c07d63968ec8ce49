"""Pages beside accepted pictures of them, which somebody has looked at.

``python -m tests.test_figure_pictures`` accepts the pages as they are now: look at every picture in
``tests/pictures`` before it is committed.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from geo import figure, printing
from geo.paper import Look
from tests import printed

FOLDER = Path(__file__).parent / "pictures"
WIDE, COLOURS = 640, 128
# Of 255, over the whole picture; what another version of a library may change. A tick less at the
# edge of the map is more.
TOLERANCE = 0.001
ACCEPTED: dict[str, tuple[str, Look]] = {
    "a4-landscape": ("one", Look(paper="a4-landscape")),
    "a4-portrait-dark": ("drawn", Look(paper="a4-portrait", theme="dark")),
    "social-grey": ("one", Look(paper="social", theme="grey")),
    "comparison": ("two", Look(paper="slide")),
    "change": ("change-near", Look(paper="square")),
}


def _picture(page: Figure, kind: str) -> Image.Image:
    dpi = WIDE / page.get_figwidth()
    png = printing.to_bytes(page, "png", snapshot=printed.snapshot(kind), dpi=dpi)
    return Image.open(io.BytesIO(png)).convert("RGB")


def _accepted(name: str) -> Image.Image:
    return Image.open(FOLDER / f"{name}.png")


def _difference(picture: Image.Image, accepted: Image.Image) -> float:
    """Mean difference of two pictures in the colours of the accepted one (0 to 255)."""
    same_colours = picture.quantize(palette=accepted, dither=Image.Dither.NONE)
    one, other = (np.asarray(p.convert("RGB"), dtype=float) for p in (same_colours, accepted))
    assert one.shape == other.shape
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("name", list(ACCEPTED))
def test_a_page_looks_as_accepted(name: str) -> None:
    kind, look = ACCEPTED[name]
    page = figure.page(printed.snapshot(kind), look=look)
    assert _difference(_picture(page, kind), _accepted(name)) <= TOLERANCE


@pytest.mark.parametrize("name", list(ACCEPTED))
def test_a_missing_layer_is_noticed(name: str) -> None:
    kind, look = ACCEPTED[name]
    page = figure.page(printed.snapshot(kind), look=look)
    layers: dict[str, list[Any]] = {}
    for artist in page.findobj():
        layer = artist.get_gid()
        if layer:
            layers.setdefault(layer, []).append(artist)
    assert len(layers) > 25
    for layer, artists in layers.items():
        for artist in artists:
            artist.set_visible(False)
        assert _difference(_picture(page, kind), _accepted(name)) > TOLERANCE, layer
        for artist in artists:
            artist.set_visible(True)


def test_the_accepted_pictures_are_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.glob("*.png")) < 400_000
    assert {file.stem for file in FOLDER.glob("*.png")} == set(ACCEPTED)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, (kind, look) in ACCEPTED.items():
        page = figure.page(printed.snapshot(kind), look=look)
        picture = _picture(page, kind)
        palette = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        # Choosing colours and looking them up differ a little; the test looks them up.
        same = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        same.save(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
