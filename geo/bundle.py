"""A ZIP of everything: a result in every format, what its fields say, its sources, its passport."""

from __future__ import annotations

import io
import textwrap
import zipfile
from collections.abc import Iterable, Mapping

from data import catalog
from data.language import _, translated
from geo import layers, passport, tables, titles, words
from geo.snapshot import Snapshot

README, SOURCES, PASSPORT = "README.txt", "sources.json", "passport.json"
# ZIP knows no earlier time; a file of the same result has the same bytes.
_ALWAYS = (1980, 1, 1, 0, 0, 0)
_ANYBODY_READS = 0o100644 << 16
_PLAIN_FILE_OF_UNIX = 3
_WIDTH = 88

ABOUT = {
    "png": _("picture"),
    "pdf": _("page to print"),
    "svg": _("page to edit"),
    "html": _("map to open in a browser, without a network"),
    "geojson": _("zones and lines for any GIS, GeoJSON"),
    "gpkg": _("all layers for QGIS and other GIS, GeoPackage"),
    "kml": _("zones, lines and settlements for Google Earth"),
    "csv": _("settlements, a row each"),
    "figures.csv": _("figures by side and oblast"),
    "parquet": _("zones with their figures, GeoParquet"),
    "zip": _("everything in one file"),
}
"""Format -> what a file of it is."""


def document(snapshot: Snapshot, files: Mapping[str, tuple[str, bytes]]) -> bytes:
    """All files of a result, and three of its own beside them.

    Parameters
    ----------
    files
        Format -> name and content of the file.
    """
    contents = dict(files.values())
    contents[README] = _readme(snapshot, files).encode()
    contents[SOURCES] = tables.sources_json(snapshot)
    contents[PASSPORT] = f"{passport.of(snapshot).to_json()}\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _ALWAYS)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _ANYBODY_READS
            entry.create_system = _PLAIN_FILE_OF_UNIX
            archive.writestr(entry, contents[name])
    return out.getvalue()


def _readme(snapshot: Snapshot, files: Mapping[str, tuple[str, bytes]]) -> str:
    """What is in the archive, in the language spoken now."""
    named = {name: ABOUT[format] for format, (name, _content) in files.items()}
    named |= {
        SOURCES: _("sources with dates, licences and checksums"),
        PASSPORT: _("the scenario, the version and the sources, to open it again"),
    }
    parts = [
        _paragraph(titles.title(snapshot)),
        _paragraph(words.ILLUSTRATIVE),
        _heading(_("Files")),
        _list(named.items()),
        _heading(_("Open it again")),
        _paragraph(
            _(
                "Drop this archive, or any file of it but a CSV, on the dashboard’s page, or run "
                "the command below: the same scenario opens, and what has changed in the data "
                "since is told."
            )
        ),
        "    python cli.py scenario --from FILE",
        _heading(_("Fields")),
        _paragraph(_("Longitude and latitude are in degrees on WGS 84 (EPSG:4326).")),
        _list((name, _field(name)) for name in _fields(snapshot)),
        _heading(_("What the figures leave out")),
        *(_paragraph(text) for text in snapshot.warnings),
        _heading(_("Sources")),
        *(_paragraph(_source(row)) for row in snapshot.sources),
        _paragraph(_("Made by Pullback Atlas {version}.").format(version=catalog.version())),
    ]
    return "\n\n".join(parts) + "\n"


def _fields(snapshot: Snapshot) -> list[str]:
    """Every field that a file of it has, in the order of `geo.layers.FIELDS`."""
    used = {name for layer in layers.of(snapshot) for name in layer.fields}
    used |= {"scenario", "lon", "lat", "as_of", "residents_as_of"}
    return [name for name in layers.FIELDS if name in used]


def _field(name: str) -> str:
    field = layers.FIELDS[name]
    return f"{field.about} ({field.unit})" if field.unit else str(field.about)


def _source(row: Mapping[str, str]) -> str:
    told = [
        row["title"],
        words.as_of(row["as_of"]),
        row["licence"],
        translated(row["attribution"]),
        row["url"],
    ]
    return "; ".join(str(part) for part in told if part)


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(str(text))}"


def _paragraph(text: str, *, indent: str = "") -> str:
    return textwrap.fill(
        str(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _list(entries: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name}\n{_paragraph(about, indent='    ')}" for name, about in entries)
