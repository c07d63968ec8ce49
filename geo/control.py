"""Who held what, on which date, by which source: the maps that there are, and one in figures."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from data import catalog, checked, fetched_days, stored, upstream
from data.errors import DataError, InputError
from data.language import _
from geo import contact_line, crs, keeping, parallel, places, sandbox, upload, words
from geo.shapes import polygonal

SOURCES = {"deepstate": "DeepState", "owl": "Owl"}
"""Id of an assessor -> its name on screen: some of its days are bundled, others can be fetched."""

DEFAULT_DATE = dt.date(2025, 12, 14)

LOADED = "loaded-"
"""How the id of a control map begins that somebody loaded; the rest of it cannot be guessed."""

_SHORTEST_PART_KM = 0.05
FRONT, SHORE = "front", "shore of the former Kakhovka Reservoir"


@dataclasses.dataclass(frozen=True, eq=False)
class ControlMap:
    """The ground that each side held on one date, by one source.

    Attributes
    ----------
    source, title
        Id (or path of a file) and name of the assessor.
    date
        The date that the map describes.
    held, kyiv
        Russian-held and Kyiv-held ground within Ukraine (metres); together they are Ukraine.
    line
        The line of contact (metres).
    repairs
        What was closed, given away or repaired, a sentence each.
    fetched_sha256
        Of the stored file, where the map is of a day that was fetched; else "".
    """

    source: str
    title: str
    date: dt.date
    held: shapely.Geometry
    kyiv: shapely.Geometry
    line: shapely.Geometry
    repairs: tuple[str, ...]
    fetched_sha256: str = ""

    @functools.cached_property
    def shore_km(self) -> float:
        """Length (km) of the line along the shore of the former Kakhovka Reservoir.

        Kilometres of water, since June 2023 of its dry bed, lie between the sides there. Zones are
        measured from this stretch as from any other; only the length leaves it out.
        """
        return shapely.intersection(self.line, contact_line.reservoir_shore()).length / crs.KM

    @property
    def line_km(self) -> float:
        """Length of the line of contact in kilometres, without `shore_km`."""
        return self.line.length / crs.KM - self.shore_km

    def to_dict(self) -> dict[str, str | float]:
        """Source, date and length of the line, as every JSON document names its control map."""
        return {
            "source": self.title,
            "date": self.date.isoformat(),
            "line_km": round(self.line_km, 1),
        }


def dates(source: str) -> list[dt.date]:
    """Dates of a source, bundled and fetched, oldest first; of a loaded map, its one date.

    Raises
    ------
    InputError
        Where the source is not one of `SOURCES`, nor a loaded map that is there.
    """
    if is_loaded(source):
        return [_loaded(source).date]
    if source not in SOURCES:
        raise InputError(
            _("there is no source called {source!r}; choose {known}, or give a file.").format(
                source=source, known=words.listed(SOURCES, between=_(" or "))
            )
        )
    return list(_dates(source, fetched_days.days(source)))


def bundled_dates(source: str) -> list[dt.date]:
    """Those of `SOURCES` that come with the project, oldest first, whatever was fetched."""
    return list(_bundled_dates(source))


def fetched_dates(source: str) -> tuple[dt.date, ...]:
    """Dates of a source whose map was fetched, oldest first: it is then at full detail."""
    return fetched_days.days(source) if source in SOURCES else ()


def is_fetched(date: dt.date, source: str) -> bool:
    """Whether the map of a date is one that was fetched."""
    return date in fetched_dates(source)


def edition(date: dt.date) -> str:
    """A name for the maps of a date by all of `SOURCES`, and for those that stand in for one.

    It changes where one of them is fetched or replaced: what is worked out from the maps of a date
    is kept under it.
    """
    named = []
    for source in SOURCES:
        day = nearest_date(source, date)
        named.append(f"{day}{fetched_days.sha256(source, day)[:16]}")
    return " ".join(named)


def newest_date(source: str, *, until: dt.date = DEFAULT_DATE) -> dt.date:
    """The newest bundled date up to `until`: what one fetches changes nobody's starting point."""
    bundled = bundled_dates(source)
    return max((day for day in bundled if day <= until), default=bundled[0])


def nearest_date(source: str, date: dt.date) -> dt.date:
    """Of a source's dates the one nearest to a date; of two as near the older.

    Raises
    ------
    InputError
        As of `dates`.
    """
    return min(dates(source), key=lambda day: abs(day - date))


def beside(date: dt.date, source: str) -> tuple[dt.date, str] | None:
    """Date and source of the bundled map that stands beside another map.

    Beside one of `SOURCES`, the other assessor's map of the same date; None where he has none.
    Beside any other map the one nearest in date: of two as near, that of the first of `SOURCES`.
    """
    if source in SOURCES:
        others = (other for other in SOURCES if other != source and date in dates(other))
        return next(((date, other) for other in others), None)
    near = [(nearest_date(other, date), other) for other in SOURCES]
    return min(near, key=lambda each: abs(each[0] - date))


def require_known(date: dt.date, source: str) -> None:
    """Refuse a source that there is not, and a date that is neither bundled nor fetched.

    Raises
    ------
    InputError
        Naming what there is, and how to fetch a day that may be had.
    """
    if is_loaded(source) or source == LOADED.rstrip("-"):
        raise InputError(_("a control map from a file is in no link; load the file again."))
    known = dates(source)
    if date not in known:
        text = _(
            "{assessor} has no control map of {date}; the nearest of the {n} dates from "
            "{first} to {last} is {nearest}."
        )
        if can_be_fetched(date, source):
            text = _(
                "{assessor} has no control map of {date} here; the nearest of the {n} dates from "
                "{first} to {last} is {nearest}. To fetch that day: {command}."
            )
        raise InputError(
            text.format(
                assessor=SOURCES[source],
                date=words.day(date),
                n=words.number(len(known)),
                first=words.day(known[0]),
                last=words.day(known[-1]),
                nearest=words.day(nearest_date(source, date)),
                command=f"python cli.py data fetch {source} --date {date}",
            )
        )


def can_be_fetched(date: dt.date, source: str) -> bool:
    """Whether a day that is not here may be had from its source."""
    is_day = checked.FIRST_DAY <= date <= checked.today()
    return source in SOURCES and is_day and date not in dates(source) and upstream.allowed()


def load(date: dt.date, source: str, *, crs_code: int | None = None) -> ControlMap:
    """The control map of a date, kept once it was made.

    Parameters
    ----------
    date
        One of `dates(source)`; with a file, the date that the file describes.
    source
        A key of `SOURCES`, what `hold` gave, or the path of a file of Russian-held polygons
        (kinds of files as `geo.upload.look` has them).
    crs_code
        EPSG code that counts where a file states no CRS.

    Raises
    ------
    InputError
        Where there is no such source, date or file, or the file cannot be used.
    DataError
        Where a bundled table is missing or damaged.
    """
    if source in SOURCES:
        require_known(date, source)
        sha256 = fetched_days.sha256(source, date)
        return _load_fetched(date, source, sha256) if sha256 else _load_bundled(date, source)
    if is_loaded(source):
        held = _loaded(source)
        if held.date != date:
            raise InputError(
                _("{title} is a map of {held}, not of {date}; choose that date.").format(
                    title=held.title, held=words.day(held.date), date=words.day(date)
                )
            )
        return held
    file = Path(source)
    if not file.suffix and not file.exists():
        dates(source)
    polygons, repairs = upload.read_polygons(file, crs=crs_code)
    return derive(
        crs.to_metres(polygons), source=source, title=file.name, date=date, repairs=repairs
    )


_held: dict[str, ControlMap] = {}
_held_lock = threading.Lock()


def hold(control_map: ControlMap) -> str:
    """Make a control map that somebody loaded known to `load`; gives the id by which it is known.

    The id is all that is needed to ask for the map: it is for whoever loaded it, and goes into no
    link. A map that was held before is known by the same id again.
    """
    held = is_loaded(control_map.source)
    source = control_map.source if held else LOADED + secrets.token_urlsafe(12)
    keeping.admit(source)
    with _held_lock:
        _held[source] = control_map if held else dataclasses.replace(control_map, source=source)
    return source


def release(source: str) -> None:
    """Let go of a map that was held, and of all that was worked out from it and kept."""
    with _held_lock:
        _held.pop(source, None)
    keeping.forget(source)


def is_loaded(source: str) -> bool:
    """Whether an id is that of a map that somebody loaded."""
    return source.startswith(LOADED)


def title_of(source: str) -> str:
    """The name of any source: a bundled one, a loaded map, or a file.

    Raises
    ------
    InputError
        Where a loaded map is no longer there.
    """
    if is_loaded(source):
        return _loaded(source).title
    return SOURCES.get(source) or Path(source).name


def _loaded(source: str) -> ControlMap:
    held = _held.get(source)
    if held is None:
        raise InputError(_("the control map that was loaded is no longer here; load it again."))
    return held


def from_polygons(
    polygons: np.ndarray, *, title: str, date: dt.date, remarks: tuple[str, ...] = ()
) -> ControlMap:
    """A control map from the polygons of a stranger's file, worked out in a process of its own.

    Parameters
    ----------
    polygons
        Russian-held ground, as `geo.upload.look` gives it (degrees).
    remarks
        What was done to it so far; becomes part of the map's ``repairs``.

    Raises
    ------
    InputError
        As of `derive`; and where the map takes too long to be measured.
    """
    answer = sandbox.run(
        "geo.readers:derive",
        {"title": title, "date": date.isoformat(), "repairs": list(remarks)},
        name=title,
        parts=[shapely.to_wkb(shapely.multipolygons(polygons))],
    )
    held, kyiv, line = (shapely.from_wkb(part) for part in answer.parts)
    return ControlMap("file", title, date, held, kyiv, line, tuple(answer.document["repairs"]))


def date_of_file(source: str) -> dt.date | None:
    """The date in a file name such as ``20251214.geojson``, where there is one."""
    found = re.search(r"(20\d\d)-?(\d\d)-?(\d\d)", Path(source).stem)
    if not found:
        return None
    try:
        return dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def derive(
    polygons: np.ndarray,
    *,
    source: str,
    title: str,
    date: dt.date,
    repairs: tuple[str, ...] = (),
    land: shapely.Geometry | None = None,
    abroad: shapely.Geometry | None = None,
) -> ControlMap:
    """A control map from the polygons of an assessor.

    Parameters
    ----------
    polygons
        Russian-held ground (valid polygons, metres); what lies outside Ukraine is left out.
    land, abroad
        The country and its neighbours on land (metres); by default Ukraine and its neighbours.

    Raises
    ------
    InputError
        Where nothing is held within the country, or everything is: there is no line of contact.
    """
    if not len(polygons):
        raise InputError(_("{title} holds no polygons.").format(title=title))
    crs.require_metres(polygons)
    # Projecting can make edges that all but touch cross by a hair.
    polygons = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    country = places.land() if land is None else land
    if abroad is None:
        abroad = places.abroad() if land is None else shapely.Polygon()
    notes = list(repairs)
    closed, seams_km2 = contact_line.close_seams(polygons)
    if seams_km2 >= 0.5:
        notes.append(
            _("Seams between the assessor’s polygons closed ({km2} km²).").format(
                km2=words.number(seams_km2)
            )
        )
    held = contact_line.without_slips(contact_line.within(closed, country))
    if held.is_empty:
        raise InputError(
            _("{title} shows no Russian-held ground in Ukraine on {date}.").format(
                title=title, date=words.day(date)
            )
        )
    cracks = contact_line.cracks(held, country, abroad)
    if len(cracks):
        area_km2 = float(shapely.area(cracks).sum()) / crs.KM2
        held = contact_line.within(shapely.union_all([held, *cracks]), country)
        notes.append(
            _(
                "Bays, lagoons and strips along coast and border that the assessor leaves "
                "uncoloured behind Russian-held ground count with it ({km2} km² in the whole "
                "country)."
            ).format(km2=words.number(area_km2))
        )
    kyiv = polygonal(shapely.difference(country, held))
    line = contact_line.between(held, country)
    if kyiv.is_empty or line.is_empty:
        raise InputError(
            _("{title} leaves no line of contact in Ukraine on {date}.").format(
                title=title, date=words.day(date)
            )
        )
    return ControlMap(source, title, date, held, kyiv, line, tuple(notes))


@functools.lru_cache(maxsize=8)
def _dates(source: str, fetched: tuple[dt.date, ...]) -> tuple[dt.date, ...]:
    return tuple(sorted({*_bundled_dates(source), *fetched}))


@functools.lru_cache(maxsize=4)
def _bundled_dates(source: str) -> tuple[dt.date, ...]:
    table = _read(source, columns=["date"])
    return tuple(dt.date.fromisoformat(day) for day in table["date"].to_pylist())


def load_bundled(date: dt.date, source: str) -> ControlMap:
    """The bundled control map of one of `bundled_dates`, also where that day was fetched as well.

    For what has to be the same on every machine: the film, the check against recorded figures.
    """
    if date not in bundled_dates(source):
        require_known(date, source)
        raise InputError(
            _("the control map of {date} was fetched and is not bundled; choose another.").format(
                date=words.day(date)
            )
        )
    return _load_bundled(date, source)


# All of two assessors: a film goes through every map of one.
@functools.lru_cache(maxsize=64)
def _load_bundled(date: dt.date, source: str) -> ControlMap:
    table = _read(source, columns=["date", "geometry"])
    row = table["date"].to_pylist().index(date.isoformat())
    polygons = shapely.get_parts(shapely.from_wkb(table["geometry"][row].as_py()))
    return derive(crs.to_metres(polygons), source=source, title=SOURCES[source], date=date)


# By the stored file's hash: a day that is fetched anew is another map.
@functools.lru_cache(maxsize=32)
def _load_fetched(date: dt.date, source: str, sha256: str) -> ControlMap:
    made = derive(
        crs.to_metres(stored.polygons(source, date)),
        source=source,
        title=SOURCES[source],
        date=date,
        repairs=stored.notes(source, date),
    )
    return dataclasses.replace(made, fetched_sha256=sha256)


def _read(source: str, columns: list[str]) -> pa.Table:
    file = catalog.path(f"control_{source}")
    try:
        return pq.read_table(file, columns=columns)
    except (OSError, pa.ArrowException) as fault:
        raise DataError(
            _("data/{file} cannot be read; {mend}.").format(file=file.name, mend=catalog.RESTORE)
        ) from fault


def parts_of_line(control: ControlMap) -> gpd.GeoDataFrame:
    """The line of contact cut by oblast and by what it runs along.

    ``oblast``, ``along`` (`FRONT` or `SHORE`), ``length_km``, geometry (metres).
    """
    oblasts = places.oblasts()
    shore = contact_line.reservoir_shore()
    tables = []
    for along, line in (
        (FRONT, shapely.difference(control.line, shore)),
        (SHORE, shapely.intersection(control.line, shore)),
    ):
        pieces = shapely.intersection(oblasts.geometry.array, line)
        table = {"oblast": oblasts["name_en"], "along": along}
        table["length_km"] = shapely.length(pieces) / crs.KM
        tables.append(gpd.GeoDataFrame(table, geometry=np.asarray(pieces), crs=oblasts.crs))
    parts = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=oblasts.crs)
    return parts[parts["length_km"] > _SHORTEST_PART_KM].reset_index(drop=True)


def figures(control: ControlMap, extent: shapely.Geometry) -> dict[str, float]:
    """A map in figures: ``line_km``, ``shore_km``, ``held_km2`` (Russian-held, whole country),
    ``kyiv_km2`` (the Kyiv-held ground in the extent, metres)."""
    return {
        "line_km": control.line_km,
        "shore_km": control.shore_km,
        "held_km2": control.held.area / crs.KM2,
        "kyiv_km2": shapely.intersection(control.kyiv, extent).area / crs.KM2,
    }


def detail(control: ControlMap) -> str:
    """How closely a map was drawn, in words; "" of one that somebody gave."""
    if control.fetched_sha256:
        return _("full detail, fetched")
    return _("generalised") if control.source in SOURCES else ""


def told(maps: Sequence[ControlMap]) -> str:
    """Maps as a source line names them: ``DeepState and Owl, 14 December 2025, generalised``."""
    alike: dict[tuple[dt.date, str], list[str]] = {}
    for each in maps:
        titles = alike.setdefault((each.date, str(detail(each))), [])
        titles += [each.title] if each.title not in titles else []
    details = {(each.date, str(detail(each))): detail(each) for each in maps}
    named = []
    for key, titles in alike.items():
        by = words.listed(titles, between=_(" and "))
        named.append(words.listed(filter(None, [by, words.day(key[0]), details[key]])))
    return words.listed(named, between="; ")


def series(source: str, extent: shapely.Geometry) -> pd.DataFrame:
    """Every bundled map of a source in figures, oldest first.

    Returns
    -------
    DataFrame
        ``date``, and as in `figures`.
    """

    def row(date: dt.date) -> dict[str, Any]:
        return {"date": date, **figures(load_bundled(date, source), extent)}

    return pd.DataFrame(parallel.each(row, bundled_dates(source)))


def shifted(control: ControlMap, distance_km: float) -> ControlMap:
    """The same map with its whole line moved: forward into Kyiv-held ground, or back if negative.

    For measuring what an error in the line does to a figure. Not kept.

    Raises
    ------
    InputError
        Where nothing is left of one side's ground.
    """
    reached = shapely.buffer(control.line, abs(distance_km) * crs.KM, quad_segs=8)
    if distance_km > 0:
        gained = shapely.intersection(control.kyiv, reached)
        held, kyiv = shapely.union(control.held, gained), shapely.difference(control.kyiv, reached)
    else:
        lost = shapely.intersection(control.held, reached)
        held, kyiv = shapely.difference(control.held, reached), shapely.union(control.kyiv, lost)
    held, kyiv = polygonal(held), polygonal(kyiv)
    line = contact_line.between(held, shapely.union(control.held, control.kyiv))
    if line.is_empty:
        raise InputError(
            _("moving the line by {km} km leaves no line of contact.").format(
                km=words.short(distance_km)
            )
        )
    return dataclasses.replace(control, held=held, kyiv=kyiv, line=line)
