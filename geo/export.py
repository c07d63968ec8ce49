"""What is on screen as a file: the one door to every format, to names of files, and to the disk.

Each format has a room of its own: `geo.figure` (png, pdf, svg), `geo.webpage` (html),
`geo.geojson`, `geo.geopackage`, `geo.kml`, `geo.tables` (csv, figures.csv, parquet) and
`geo.bundle` (zip). All but a CSV carry a passport (`geo.passport`) and can be opened again.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from data import atomic
from data.errors import InputError
from data.language import _
from geo import bundle, geojson, geopackage, kml, tables
from geo import control as control_maps
from geo.control import ControlMap
from geo.paper import PICTURES, Look
from geo.pullback import SIDES
from geo.scenario import Scenario
from geo.snapshot import Snapshot

FORMATS = tuple(bundle.ABOUT)
LINE_FORMATS = ("geojson", "gpkg", "kml")

_LINES: Mapping[str, Callable[[ControlMap], bytes]] = {
    "geojson": geojson.line,
    "gpkg": geopackage.line,
    "kml": kml.line,
}
_DATA: Mapping[str, Callable[[Snapshot], bytes]] = {
    "geojson": geojson.document,
    "gpkg": geopackage.document,
    "kml": kml.document,
    "parquet": tables.parquet,
}
_CSV: Mapping[str, Callable[..., bytes]] = {
    "csv": tables.settlements_csv,
    "figures.csv": tables.figures_csv,
}
_LONGEST_NAME = 140


def to_bytes(
    snapshot: Snapshot, format: str, *, look: Look | None = None, excel: bool = False
) -> bytes:
    """What is on screen in one of `FORMATS`; the same gives the same bytes.

    - ``png``, ``pdf``, ``svg``: the page of `geo.figure`.
    - ``html``: a page with the map, read without a network.
    - ``geojson``, ``gpkg``, ``kml``: `geo.layers` for a GIS; ``parquet``: the zones alone.
    - ``csv``: a row a settlement; ``figures.csv``: a row a side and oblast.
    - ``zip``: all of these, with a ``README.txt``.

    Parameters
    ----------
    look
        Of pictures: paper, colours, dots per inch.
    excel
        Whether a CSV begins with the mark by which Excel knows UTF-8.

    Raises
    ------
    InputError
        Where the format is another, or there is no room to make it.
    """
    look = look or Look()
    if format in PICTURES:
        # matplotlib takes half a second to load, which the other formats need not wait for.
        from geo import figure

        return figure.render(snapshot, format, look=look)
    if format == "html":
        from geo import webpage

        return webpage.html(snapshot, theme=look.theme)
    if format in _CSV:
        return _CSV[format](snapshot, excel=excel)
    if format in _DATA:
        return _DATA[format](snapshot)
    require_format(format)
    files = {
        name: (file_name(snapshot, name), to_bytes(snapshot, name, look=look, excel=excel))
        for name in FORMATS
        if name != "zip"
    }
    return bundle.document(snapshot, files)


def require_format(name: str) -> None:
    """Refuse what is none of `FORMATS`.

    Raises
    ------
    InputError
        Naming what there is.
    """
    if name not in FORMATS:
        raise InputError(
            _("there is no format {given}; choose {known}.").format(
                given=repr(name), known=listed(FORMATS)
            )
        )


def line_to_bytes(control: ControlMap, format: str) -> bytes:
    """The line of contact in one of `LINE_FORMATS`: a feature for each oblast it runs
    through, the shore of the former Kakhovka Reservoir apart.

    Raises
    ------
    InputError
        Where the format is another.
    """
    if format not in _LINES:
        raise InputError(
            _("the line of contact cannot be saved as {given}; choose {known}.").format(
                given=repr(format), known=listed(LINE_FORMATS)
            )
        )
    return _LINES[format](control)


def format_of(path: Path, formats: Iterable[str] = FORMATS) -> str:
    """The format that a file's name asks for, after a look at where it is to go.

    Raises
    ------
    InputError
        Where the suffix is none of `formats`, the path is a folder, or its folder is not there.
    """
    known = tuple(formats)
    if path.is_dir():
        raise InputError(_("{path} is a folder; give the name of a file in it.").format(path=path))
    # The longest that fits: a table of figures ends in .figures.csv, which is a .csv as well.
    fitting = [name for name in known if re.fullmatch(rf"(?is).+\.{re.escape(name)}", path.name)]
    if not fitting:
        raise InputError(
            _("{path} cannot be saved: its name has to end in {known}.").format(
                path=path, known=listed(f".{name}" for name in known)
            )
        )
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(_("there is no folder {folder}; make it first.").format(folder=folder))
    return max(fitting, key=len)


def write(snapshot: Snapshot, path: Path, *, look: Look | None = None, excel: bool = False) -> None:
    """Write what is on screen to a file in the format of its suffix; all of it or nothing.

    Raises
    ------
    InputError
        Where the suffix is unknown or the file cannot be written.
    """
    save(to_bytes(snapshot, format_of(path), look=look, excel=excel), path)


def save(content: bytes | Iterable[bytes], path: Path) -> None:
    """Put bytes, or pieces of them, under a name at once, as `data.atomic.write` does.

    Raises
    ------
    InputError
        Where the folder does not take the file or the disk is full.
    """
    # The file that a link leads to is replaced, not the link.
    target = Path(os.path.realpath(path))
    try:
        atomic.write(content, target)
    except OSError as fault:
        reason = (fault.strerror or str(fault)).lower()
        raise InputError(
            _("{path} could not be written: {why}.").format(path=path, why=reason)
        ) from fault


def file_name(snapshot: Snapshot, format: str) -> str:
    """A name for the file that is safe on every system and tells what is in it."""
    if snapshot.changed is not None:
        found = snapshot.changed
        titles = dict.fromkeys(_assessor(one) for one in (found.before, found.after))
        parts = ["changed", found.before.date.isoformat(), found.after.date.isoformat(), *titles]
    elif len(snapshot.answers) > 1:
        parts = ["compared"]
        for answer in snapshot.answers:
            parts += _asked(answer.scenario, answer.control)[:-1]
    else:
        parts = _asked(snapshot.first.scenario, snapshot.first.control)
        parts += ["with-drawings"] if snapshot.drawn else []
    name = "_".join(["pullback-atlas", *(_plain(part) for part in parts)])
    return f"{name[:_LONGEST_NAME].rstrip('_-.')}.{format}"


def _asked(scenario: Scenario, control: ControlMap) -> list[str]:
    deeds = []
    for side in SIDES:
        deeds.append(f"{side}-{getattr(scenario, f'{side}_km'):g}")
        leaves = getattr(scenario, f"{side}_leaves")
        if leaves:
            deeds.append(f"{side}-leaves-{'-'.join(leaves)}")
    where = {"all": "whole-line", "area": "area"}.get(scenario.extent, scenario.extent)
    drawn = ["line-drawn"] if scenario.line is not None else []
    return [scenario.date.isoformat(), _assessor(control), *deeds, where, *drawn]


def _assessor(control: ControlMap) -> str:
    return control.source if control.source in control_maps.SOURCES else control.title


def _plain(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", ascii_text).strip("-.") or "file"


def listed(names: Iterable[str]) -> str:
    """Names of which one is to be chosen: ``png, pdf or svg``."""
    *first, last = names
    return _("{first} or {last}").format(first=", ".join(first), last=last) if first else last
