"""The passport in a file that anyone may have made; runs in a worker of `geo.sandbox` alone.

A file is known by its first bytes and never by its name. Nothing in it is drawn, run or followed:
of each kind the one place is looked at where the atlas writes its passport.
"""

from __future__ import annotations

import contextlib
import html.parser
import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.parsers import expat

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from data.errors import InputError
from data.language import _
from geo import lines, passport, scenario, upload
from geo.archive import Archive
from geo.bundle import PASSPORT
from geo.geopackage import PASSPORT_URI
from geo.passport import KEY, LONGEST, Passport

FILE = "file"
"""What a file is called while it is read."""

MOST_CORNERS = 20_000
"""Corners of an area or a line that are opened; a file of areas is thinned to half as many."""

_UTF8_MARK = b"\xef\xbb\xbf"
_HEAD = 4096
# Sizes of what Parquet's footer may hold, before it is read.
_LARGEST_FOOTER = 16 * 1024 * 1024
_MOST_ENTRIES = 100_000


def find(folder: Path, given: Mapping[str, Any], _parts: list[bytes]) -> tuple[dict, list]:
    """Task: the passport of a file, looked at and written anew.

    Parameters
    ----------
    given
        ``name`` of the file for messages.
    """
    name = given["name"]
    file = folder / FILE
    text = _look(file, name)
    if text is None:
        raise InputError(
            _(
                "{name} holds no scenario of this atlas; give a picture, a page or data saved by "
                "it (PNG, PDF, SVG, HTML, GeoJSON, GeoPackage, KML, GeoParquet or ZIP; a CSV holds "
                "none)."
            ).format(name=name)
        )
    try:
        known = passport.from_json(text)
        _check(known)
    except InputError as fault:
        raise InputError(
            _("{name} cannot be opened: {why}").format(name=name, why=fault)
        ) from fault
    return {"passport": known.to_json()}, []


def _check(known: Passport) -> None:
    """Refuse an area, a line or a drawing from which nothing can be computed.

    Raises
    ------
    InputError
        One sentence.
    """
    for asked in known.scenarios:
        for text, look in ((asked.area, _check_area), (asked.line, _check_line)):
            if text is not None:
                look(text)
    for one in known.drawings:
        one.check()


def _check_area(text: str) -> None:
    _check_corners(upload.areas_in(text, name=scenario.area_name()))
    upload.parse_polygons(text, name=scenario.area_name())


def _check_line(text: str) -> None:
    _check_corners(lines.lines_in(text, name=_("the line given")))
    lines.in_metres(text)


def _check_corners(shapes: Any) -> None:
    if shapely.get_num_coordinates(shapes).sum() > MOST_CORNERS:
        raise InputError(_("what was drawn has too many corners; draw it with fewer."))


def _look(file: Path, name: str) -> str | None:
    """The text of the passport; None where there is none."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    for start, look in _KINDS.items():
        if head.startswith(start):
            return look(file, name)
    text = head.removeprefix(_UTF8_MARK).lstrip()
    if text.startswith(b"{"):
        return _json(file, name)
    if not text.startswith(b"<"):
        return None
    lower = text.lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        return _html(file, name)
    return _xml(file, name)


def _png(file: Path, name: str) -> str | None:
    from PIL import Image, UnidentifiedImageError

    try:
        # Its texts are read when it is opened, each up to 1 MB unpacked; its picture is not.
        with Image.open(file, formats=["PNG"]) as picture:
            found = picture.info.get(KEY)
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as fault:
        raise _damaged(name, "PNG") from fault
    return str(found) if isinstance(found, str) else None


def _pdf(file: Path, name: str) -> str | None:
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        with file.open("rb") as stream:
            info = pypdf.PdfReader(stream, strict=False).metadata
            found = info.get("/Keywords") if info is not None else None
    # pypdf meets what is broken with errors of every kind.
    except (
        PyPdfError,
        OSError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        RecursionError,
        NotImplementedError,
    ) as fault:
        raise _damaged(name, "PDF") from fault
    return str(found) if isinstance(found, str) and found.lstrip().startswith("{") else None


def _sqlite(file: Path, name: str) -> str | None:
    address = f"file:{quote(str(file))}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as base:
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
            base.execute("PRAGMA trusted_schema = OFF")
            # A view, a virtual table or a column worked out when it is read would run what somebody
            # else wrote.
            if any(column[-1] for column in base.execute("PRAGMA table_xinfo(gpkg_metadata)")):
                return None
            base.set_authorizer(_allowed)
            tables = base.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'gpkg_metadata'"
            ).fetchall()
            if not tables or not str(tables[0][0]).upper().startswith("CREATE TABLE"):
                return None
            row = base.execute(
                "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ? LIMIT 1",
                (PASSPORT_URI,),
            ).fetchone()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as fault:
        raise _damaged(name, "GeoPackage") from fault
    return str(row[0]) if row and isinstance(row[0], str) else None


def _allowed(action: int, first: str | None, _second: Any, _base: Any, _by: Any) -> int:
    """What a query may do: read two tables, and call nothing."""
    tables = ("gpkg_metadata", "sqlite_master")
    reads = action == sqlite3.SQLITE_READ and first in tables
    if action == sqlite3.SQLITE_SELECT or reads:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _parquet(file: Path, name: str) -> str | None:
    try:
        whole = pq.ParquetFile(
            file,
            thrift_string_size_limit=_LARGEST_FOOTER,
            thrift_container_size_limit=_MOST_ENTRIES,
        )
        found = (whole.metadata.metadata or {}).get(KEY.encode())
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise _damaged(name, "GeoParquet") from fault
    return None if found is None else found.decode("ascii", "replace")


def _zip(file: Path, name: str) -> str | None:
    archive = Archive(file, name)
    if PASSPORT not in archive.members:
        return None
    return archive.read(PASSPORT).decode("ascii", "replace")


def _json(file: Path, name: str) -> str | None:
    try:
        whole = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as fault:
        raise _damaged(name, "GeoJSON") from fault
    # The passport of an archive, taken out of it, is one too.
    found = whole if "scenarios" in whole and "kind" in whole else whole.get(KEY)
    return None if found is None else json.dumps(found)


class _Script(html.parser.HTMLParser):
    """The text of the first script of our name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] | None = None
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and self.found is None and ("id", KEY) in attrs:
            self.found, self._is_inside = [], True

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._is_inside and self.found is not None:
            self.found.append(data)


def _html(file: Path, name: str) -> str | None:
    reader = _Script()
    try:
        reader.feed(file.read_text("utf-8-sig"))
        reader.close()
    except (UnicodeDecodeError, AssertionError, ValueError) as fault:
        raise _damaged(name, "HTML") from fault
    return None if reader.found is None else "".join(reader.found)


class _Texts:
    """Texts of an XML file that stand where the atlas writes its passport, in SVG and KML."""

    def __init__(self, name: str) -> None:
        self.found: list[str] = []
        self._name = name
        self._path: list[str] = []
        self._is_ours: list[bool] = []
        self._text: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._read
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._refuse

    def _doctype(self, _name: str, _system: Any, _public: Any, has_subset: bool) -> None:
        # SVG has one that names the standard; one that declares anything is none of ours.
        if has_subset:
            self._refuse()

    def _refuse(self, *_given: Any) -> None:
        raise InputError(
            _("{name} declares entities of its own, as no file of this atlas does.").format(
                name=self._name
            )
        )

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        self._is_ours.append(tag == "Data" and attributes.get("name") == KEY)
        in_svg = tag == "description" and "metadata" in self._path
        in_kml = tag == "value" and bool(self._path) and self._is_ours[-2]
        self._path.append(tag)
        if in_svg or in_kml:
            self._text = []

    def _end(self, _tag: str) -> None:
        self._path.pop()
        self._is_ours.pop()
        if self._text is not None:
            self.found.append("".join(self._text).strip())
            self._text = None

    def _read(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _xml(file: Path, name: str) -> str | None:
    texts = _Texts(name)
    try:
        with file.open("rb") as stream:
            texts.parser.ParseFile(stream)
    except expat.ExpatError as fault:
        raise _damaged(name, "XML") from fault
    return next((text for text in texts.found if text.startswith("{")), None)


_KINDS: dict[bytes, Callable[[Path, str], str | None]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"%PDF-": _pdf,
    b"SQLite format 3\0": _sqlite,
    b"PAR1": _parquet,
    b"PK": _zip,
}


def _damaged(name: str, kind: str) -> InputError:
    return InputError(_("{name} is a damaged {kind}; save it again.").format(name=name, kind=kind))
