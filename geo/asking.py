"""A scenario from texts: the options of the command line, the cells of a table."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import shapely

from data.days import day
from data.errors import InputError
from data.language import _
from geo import control, lines, scenario, upload
from geo.scenario import Scenario

FIELDS = (
    "date",
    "source",
    "ukraine_km",
    "russia_km",
    "ukraine_leaves",
    "russia_leaves",
    "extent",
    "line",
    "preset",
)
"""What a scenario may be asked with."""

_NO_FOLDER = Path()


def ask(
    given: Mapping[str, str | None],
    *,
    remarks: list[str],
    start: Scenario | None = None,
    crs: int | None = None,
    folder: Path = _NO_FOLDER,
    mark: str = "",
) -> Scenario:
    """The scenario that some texts ask for; each changes its part of a preset or of a start.

    Where only places that a side leaves are given, nobody pulls back, and everywhere counts.

    Parameters
    ----------
    given
        Texts by `FIELDS`; None where there is none.
    remarks
        Takes a sentence on what was repaired or left aside.
    start
        What to begin with instead of a preset.
    crs
        EPSG code that counts where a file states no CRS.
    folder
        What paths are relative to.
    mark
        What stands before the name of a field in a message: ``--`` of an option.

    Raises
    ------
    InputError
        One sentence about the first text that cannot be used, and what can.
    """
    preset, name, day = given.get("preset"), given.get("source"), given.get("date")
    if name is None:
        name = start.source if start else next(iter(control.SOURCES))
    else:
        name = source(name, folder=folder, mark=mark)
    changes: dict[str, Any] = {"source": name}
    if start is None or day is not None or name != start.source:
        text = day if day or start is None else start.date.isoformat()
        changes["date"] = date(text, name, remarks, mark=mark)
    for field in ("ukraine_km", "russia_km"):
        if given.get(field) is not None:
            changes[field] = given[field]
    for field in ("ukraine_leaves", "russia_leaves"):
        named = given.get(field)
        if named is not None:
            changes[field] = tuple(one.strip() for one in re.split("[,;]", named) if one.strip())
    leaves = any(changes.get(field) for field in ("ukraine_leaves", "russia_leaves"))
    begun = preset is not None or start is not None
    if leaves and not begun and not {"ukraine_km", "russia_km"} & changes.keys():
        changes |= {"ukraine_km": 0.0, "russia_km": 0.0, "extent": scenario.EXTENT_ALL}
    where, along = given.get("extent"), given.get("line")
    if where is not None:
        changes |= {"area": None} | _extent(where, crs, remarks, folder=folder, mark=mark)
    if along is not None:
        with naming(along, folder=folder) as file:
            changes["line"] = lines.read(file)
    if start is not None:
        return start.changed(**changes)
    return scenario.from_preset(scenario.DEFAULT_PRESET if preset is None else preset, **changes)


def source(text: str, *, folder: Path = _NO_FOLDER, mark: str = "") -> str:
    """The id of a bundled source, or the name of a file that is there, as it was given.

    Raises
    ------
    InputError
        Where it is neither.
    """
    if text.lower() in control.SOURCES:
        return text.lower()
    if not is_file(folder / text):
        raise InputError(
            _("{mark}source is {given}; give {known} or the path of a file.").format(
                mark=mark, given=repr(text), known=", ".join(control.SOURCES)
            )
        )
    return text


def date(text: str | None, named: str, remarks: list[str], *, mark: str = "") -> dt.date:
    """The day asked for; with a file, the one in its name, which describes it better.

    Raises
    ------
    InputError
        Where the text is no day.
    """
    asked = None if text is None else day(text, name=f"{mark}date")
    if named in control.SOURCES:
        return asked or control.newest_date(named)
    in_name = control.date_of_file(named)
    if asked and in_name and asked != in_name:
        remarks.append(
            _("{mark}date {asked} left aside: the name of {file} says {day}.").format(
                mark=mark, asked=asked, file=named, day=in_name
            )
        )
    return in_name or asked or control.DEFAULT_DATE


def is_file(path: Path) -> bool:
    """Whether a file is there."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file system takes
        return False


@contextlib.contextmanager
def naming(text: str, *, folder: Path) -> Iterator[Path]:
    """Where to open the file that a text names; what is raised meanwhile says the text alone."""
    try:
        yield folder / text
    except InputError as fault:
        raise InputError(in_own_words(str(fault), text, folder=folder)) from fault


def in_own_words(said: str, text: str, *, folder: Path) -> str:
    """A sentence on the file that a text names, without the folder in which that lies."""
    return str(said).replace(str(folder / text), text) if folder.is_absolute() else said


def _extent(
    text: str, crs: int | None, remarks: list[str], *, folder: Path, mark: str
) -> dict[str, str]:
    """An extent as the fields of a scenario: everywhere, a place, or a file's polygons."""
    if text.strip().lower() == scenario.EXTENT_ALL:
        return {"extent": scenario.EXTENT_ALL}
    file = folder / text
    if not file.suffix and not is_file(file):
        if text == scenario.EXTENT_AREA:
            raise InputError(
                _("{mark}extent wants all, a place, or a file of the area.").format(mark=mark)
            )
        return {"extent": text}
    with naming(text, folder=folder):
        polygons, repairs = upload.read_polygons(file, crs=crs)
    remarks += [in_own_words(one, text, folder=folder) for one in repairs]
    area = shapely.geometry.mapping(shapely.union_all(polygons))
    return {"extent": scenario.EXTENT_AREA, "area": scenario.area_from_geojson(area)}
