"""Pages as files: what they carry, text that stays text, and what other programs make of them."""

from __future__ import annotations

import base64
import functools
import io
import re
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pypdf
import pypdfium2
import pytest
import resvg_py
from fontTools.ttLib import TTFont
from matplotlib.patches import Rectangle
from PIL import Image

from data.language import using
from geo import figure, passport, printing, words
from geo.paper import PAPERS, PICTURES, Look
from geo.passport import KEY
from geo.sheet import FONT
from geo.style import THEMES
from tests import printed

FORMATS = PICTURES
FAR = 0.0075  # the share of a page that two programs may draw otherwise
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
KINDS = ("one", "two", "change", "drawn")
_DC = "{http://purl.org/dc/elements/1.1/}"
_SVG = "{http://www.w3.org/2000/svg}"


@functools.cache
def file_of(kind: str, format: str, *, language: str = "en", **look: Any) -> bytes:
    with using(language):
        return figure.render(printed.snapshot(kind), format, look=Look(**look))


def picture(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)


def text_of(pdf: bytes) -> str:
    page = pypdfium2.PdfDocument(pdf)[0]
    return str(page.get_textpage().get_text_range())


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_page_gives_the_same_bytes(kind: str, format: str) -> None:
    again = figure.render(printed.snapshot(kind), format, look=Look())
    assert again == file_of(kind, format)


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_carries_the_passport(kind: str) -> None:
    told = passport.of(printed.snapshot(kind)).to_json()
    png = Image.open(io.BytesIO(file_of(kind, "png")))
    assert png.info[KEY] == told
    title = png.info["Title"]
    info = pypdf.PdfReader(io.BytesIO(file_of(kind, "pdf"))).metadata
    assert info is not None
    assert (str(info["/Keywords"]), str(info["/Title"])) == (told, title)
    tree = ElementTree.fromstring(file_of(kind, "svg"))
    assert [one.text for one in tree.iter(f"{_DC}description")] == [told]
    assert [one.text for one in tree.iter(f"{_DC}title")] == [title]
    assert passport.from_json(told) == passport.of(printed.snapshot(kind))


def test_no_file_tells_when_or_by_what_it_was_made() -> None:
    png, kinds = file_of("one", "png"), set()
    rest = png[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kinds.add(rest[4:8])
        rest = rest[12 + length :]
    assert kinds <= {b"IHDR", b"pHYs", b"IDAT", b"IEND", b"sBIT", b"tEXt", b"iTXt"}
    assert set(Image.open(io.BytesIO(png)).info) <= {"dpi", KEY, "Title"}
    info = pypdf.PdfReader(io.BytesIO(file_of("one", "pdf"))).metadata
    assert set(info or ()) == {"/Title", "/Subject", "/Keywords", "/Creator"}
    for format in ("pdf", "svg"):
        assert b"Matplotlib" not in file_of("one", format)
        assert not re.search(rb"20\d\d-\d\d-\d\dT\d\d:", file_of("one", format))


@pytest.mark.parametrize("language", ["en", "uk"])
def test_text_of_a_pdf_can_be_found_and_copied(language: str) -> None:
    written = text_of(file_of("one", "pdf", language=language))
    with using(language):
        wanted = [printed.snapshot("one").first.scenario.title(), words.ILLUSTRATIVE]
        assert all(str(one) in written for one in wanted)
    towns = {"en": ("Kramatorsk", "Mariupol"), "uk": ("Краматорськ", "Слов’янськ", "Кадіївка")}
    assert all(town in written for town in towns[language])


def test_the_fonts_of_a_pdf_are_inside() -> None:
    reader = pypdf.PdfReader(io.BytesIO(file_of("one", "pdf", language="uk")))
    fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert len(fonts) >= 3
    for name in fonts:
        face = fonts[name]
        descendant = (
            face["/DescendantFonts"][0].get_object() if "/DescendantFonts" in face else face
        )
        assert "/FontFile2" in descendant["/FontDescriptor"]
        assert "/ToUnicode" in face


def test_text_of_an_svg_is_text_with_its_font() -> None:
    svg = file_of("one", "svg", language="uk").decode()
    tree = ElementTree.fromstring(svg)
    written = [one.text or "" for one in tree.iter(f"{_SVG}text")]
    assert {"Краматорськ", "Слов’янськ"} <= set(written)
    faces = re.findall(
        r"font-weight:(\w+);font-style:(\w+);src:url\(data:font/woff;base64,(\S+?)\)", svg
    )
    assert {face[:2] for face in faces} == {
        ("normal", "normal"),
        ("bold", "normal"),
        ("normal", "italic"),
    }
    letters: set[int] = set()
    for _weight, _style, data in faces:
        letters |= set(TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap())
    assert {ord(letter) for letter in "".join(written)} <= letters
    assert f"font-family:'{FONT}'" in svg
    assert "http" not in re.sub(
        r'xmlns(:\w+)?="[^"]*"|<metadata>.*?</metadata>|<!DOCTYPE[^>]*>', "", svg, flags=re.S
    )


def test_ids_of_an_svg_are_there_once() -> None:
    for kind in KINDS:
        ids = re.findall(r'\bid="([^"]*)"', file_of(kind, "svg").decode())
        assert len(ids) == len(set(ids))
        assert {"map", "held", "line", "inset"} <= set(ids)


def drawn_by_others(page_png: np.ndarray, pdf: bytes, svg: bytes) -> list[np.ndarray]:
    """The same page as two other programs draw it, in pixels of the PNG."""
    height, width = page_png.shape[:2]
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil().convert("RGB")
    png = resvg_py.svg_to_bytes(
        svg_string=svg.decode(),
        font_dirs=[str(FONTS)],
        skip_system_fonts=True,
        dpi=96,
        width=width,
        height=height,
    )
    return [np.asarray(image.resize((width, height)), dtype=float), picture(bytes(png))]


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("kind", KINDS)
def test_other_programs_draw_pdf_and_svg_as_the_png(kind: str, theme: Any) -> None:
    png = picture(file_of(kind, "png", theme=theme))
    pdf, svg = (file_of(kind, format, theme=theme) for format in ("pdf", "svg"))
    for drawn in drawn_by_others(png, pdf, svg):
        assert drawn.shape == png.shape
        assert _far(drawn, png) < FAR


@pytest.mark.parametrize(
    "layer", ["held", "zone-ukraine", "zone-russia", "line", "town", "rivers", "sources", "figure"]
)
def test_a_layer_that_another_program_leaves_out_is_noticed(layer: str) -> None:
    png = picture(file_of("one", "png"))
    files = []
    for format in ("pdf", "svg"):
        page = figure.page(printed.snapshot("one"))
        for artist in page.findobj():
            if artist.get_gid() == layer:
                artist.set_visible(False)
        files.append(printing.to_bytes(page, format, snapshot=printed.snapshot("one"), dpi=150))
    assert all(_far(drawn, png) > FAR for drawn in drawn_by_others(png, *files))


@pytest.mark.parametrize("theme", list(THEMES))
def test_patterns_are_drawn_by_other_programs(theme: Any) -> None:
    """A pattern is as strong in the keys of PDF and SVG as in the PNG's."""
    page = printed.page("one", theme=theme)
    keys = [artist for artist in page.artists if isinstance(artist, Rectangle)]
    assert len(keys) == 5
    png = picture(file_of("one", "png", theme=theme))
    pdf, svg = (file_of("one", format, theme=theme) for format in ("pdf", "svg"))
    for drawn in drawn_by_others(png, pdf, svg):
        for box in printed.boxes(page, keys):
            rows = slice(round(png.shape[0] - box.y1) + 4, round(png.shape[0] - box.y0) - 3)
            columns = slice(round(box.x0) + 4, round(box.x1) - 3)
            here, there = png[rows, columns], drawn[rows, columns]
            assert np.abs(here.mean(axis=(0, 1)) - there.mean(axis=(0, 1))).max() < 12
            assert there.std(axis=(0, 1)).max() > 0.5 * here.std(axis=(0, 1)).max() > 0.5


def _far(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the cells of 36 × 36 pixels whose mean colours are apart."""
    size = 36
    height, width = (side // size * size for side in one.shape[:2])
    cells = (height // size, size, width // size, size, 3)
    means = [each[:height, :width].reshape(cells).mean(axis=(1, 3)) for each in (one, other)]
    return float((np.abs(means[0] - means[1]).max(axis=2) > 4).mean())


@pytest.mark.parametrize("paper", list(PAPERS))
def test_a_picture_has_the_size_asked_for(paper: str) -> None:
    width_mm, height_mm = PAPERS[paper]
    png = Image.open(io.BytesIO(file_of("one", "png", paper=paper, dpi=100)))
    assert png.size == pytest.approx((width_mm / 0.254, height_mm / 0.254), abs=1)
    page = pypdfium2.PdfDocument(file_of("one", "pdf", paper=paper))[0]
    assert page.get_size() == pytest.approx((width_mm / 25.4 * 72, height_mm / 25.4 * 72), abs=0.1)
    svg = ElementTree.fromstring(file_of("one", "svg", paper=paper))
    assert float(svg.attrib["width"].removesuffix("pt")) == pytest.approx(width_mm / 25.4 * 72)


def test_social_pictures_have_the_pixels_that_are_asked_for() -> None:
    sizes = {
        paper: Image.open(io.BytesIO(file_of("one", "png", paper=paper))).size
        for paper in ("social", "square", "slide")
    }
    assert sizes == {"social": (1200, 630), "square": (1080, 1080), "slide": (2000, 1125)}


def test_settings_of_matplotlib_stay_as_they_were() -> None:
    before = dict(matplotlib.rcParams)
    figure.render(printed.snapshot("one"), "svg")
    assert dict(matplotlib.rcParams) == before


def test_grey_is_grey() -> None:
    pixels = picture(file_of("one", "png", theme="grey"))
    assert np.ptp(pixels, axis=2).max() <= 1
