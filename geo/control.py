"""Who held what, on which date, by which source; and the line of contact between them.

The line of contact is the part of the edge of Russian-held ground that faces Kyiv-held ground. An
assessor's drawing of the coast and of the state border lies up to some kilometres beside the one of
the oblasts, and his polygons may be cut along old lines with gaps between them. What lies in such
cracks is nobody's front: it is given to the side it belongs to before any edge is taken.
"""

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
from geo import crs, keeping, parallel, places, sandbox, upload, words
from geo.shapes import own, polygonal

SOURCES = {"deepstate": "DeepState", "owl": "Owl"}
"""Id of an assessor -> its name on screen: some of its days are bundled, others can be fetched."""

DEFAULT_DATE = dt.date(2025, 12, 14)

LOADED = "loaded-"
"""How the id of a control map begins that somebody loaded; the rest of it cannot be guessed."""

# Owl cuts its polygons along old lines and leaves up to a few hundred metres between them.
SEAM_M = 600.0
SHORTEST_SEAM_M = 4000.0
HAIR_M = 2.0
# Two drawings of one border or coast lie this far apart without there being ground between them.
SLIVER_M = 800.0
# Kyiv-held ground cut off at the coast is a bay or a lagoon that the assessor does not colour,
# unless it is larger than the largest of these, Tendra Bay; at a land border it is a strip between
# two drawings of that border, unless it is wider than the widest of these.
LARGEST_BAY_KM2 = 500.0
WIDEST_STRIP_M = 8000.0
# A hole in Russian-held ground smaller than this is a flaw of the drawing, not a pocket.
SMALLEST_POCKET_KM2 = 1.0
SMALLEST_INCURSION_KM2 = 0.01
# Held ground that is nowhere wider than this is a slip of the pen.
THINNEST_M = 20.0
# What closing a crack may leave of its edges runs from border to border and is shorter than this.
SHORTEST_PIECE_M = 300.0
# The assessors draw the line along the southern shore of the former reservoir. The line and the
# reservoir are both generalised to 150 m, so what lies within twice that follows the shore.
SHORE_M = 300.0
_SHORTEST_PART_KM = 0.05
_CRUMB_M2 = 1.0
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
        return shapely.intersection(self.line, _reservoir_shore()).length / crs.KM

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


def is_fetched(date: dt.date, source: str) -> bool:
    """Whether the map of a date is one that was fetched: it is then at full detail."""
    return source in SOURCES and date in fetched_days.days(source)


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
    closed, seams_km2 = _close_seams(polygons)
    if seams_km2 >= 0.5:
        notes.append(
            _("Seams between the assessor’s polygons closed ({km2} km²).").format(
                km2=words.number(seams_km2)
            )
        )
    held = polygonal(shapely.intersection(closed, country), above_m2=_CRUMB_M2)
    parts = shapely.get_parts(held)
    real = shapely.area(parts) >= SMALLEST_INCURSION_KM2 * crs.KM2
    real &= ~shapely.is_empty(shapely.buffer(parts, -THINNEST_M / 2, quad_segs=1))
    held = shapely.union_all(parts[real])
    if held.is_empty:
        raise InputError(
            _("{title} shows no Russian-held ground in Ukraine on {date}.").format(
                title=title, date=words.day(date)
            )
        )
    cracks = _cracks(held, country, abroad)
    if len(cracks):
        area_km2 = float(shapely.area(cracks).sum()) / crs.KM2
        joined = shapely.union_all([held, *cracks])
        held = polygonal(shapely.intersection(joined, country), above_m2=_CRUMB_M2)
        notes.append(
            _(
                "Bays, lagoons and strips along coast and border that the assessor leaves "
                "uncoloured behind Russian-held ground count with it ({km2} km² in the whole "
                "country)."
            ).format(km2=words.number(area_km2))
        )
    kyiv = polygonal(shapely.difference(country, held))
    line = _shared_edge(held, country)
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


def _close_seams(polygons: np.ndarray) -> tuple[shapely.Geometry, float]:
    """Join polygons across gaps narrower than `SEAM_M`, and say how much ground that adds (km²).

    A gap is a seam where it lies between two polygons, or where it is longer than any real salient
    so narrow could be. Other narrow gaps are the front's own shape and stay.
    """
    # Closing rounds every corner by a metre; simplifying takes those needless vertices away again.
    union = shapely.simplify(_closed(shapely.union_all(polygons), HAIR_M), HAIR_M / 4)
    # A hair more than the ground itself, so that no two edges of the overlay nearly coincide.
    gaps = shapely.get_parts(
        shapely.difference(_closed(union, SEAM_M), shapely.buffer(union, HAIR_M / 2))
    )
    # Parts of the union: in the file, polygons may touch, overlap or stand twice.
    edges, part = _edges(shapely.get_parts(union))
    gap, edge = shapely.STRtree(edges).query(gaps, predicate="dwithin", distance=HAIR_M)
    gap, _ = np.unique(np.stack([gap, part[edge]]), axis=1)
    between_two = np.bincount(gap, minlength=len(gaps)) >= 2
    long = shapely.length(gaps) / 2 >= SHORTEST_SEAM_M
    seams = gaps[between_two | long]
    closed = shapely.union_all([union, *shapely.buffer(seams, HAIR_M)])
    return closed, (closed.area - union.area) / crs.KM2


def _edges(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges of some polygons, each by itself, and which polygon each belongs to."""
    rings, owner = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    edges = shapely.linestrings(np.stack([corners[:-1][joined], corners[1:][joined]], axis=1))
    return edges, owner[ring[1:][joined]]


def _closed(geometry: shapely.Geometry, width_m: float) -> shapely.Geometry:
    """The geometry with all gaps narrower than `width_m` filled."""
    return shapely.buffer(shapely.buffer(geometry, width_m / 2, quad_segs=4), -width_m / 2)


def _cracks(
    held: shapely.Geometry, country: shapely.Geometry, abroad: shapely.Geometry
) -> np.ndarray:
    """Ground outside `held` that is no front: strips along coast and border, and tiny holes."""
    kyiv = shapely.difference(country, held)
    opened = shapely.buffer(kyiv, -SLIVER_M / 2, join_style="mitre")
    core = shapely.get_parts(shapely.buffer(opened, SLIVER_M / 2 + 1.0, join_style="mitre"))
    main = core[int(shapely.area(core).argmax())] if len(core) else shapely.Polygon()
    outer = own(shapely.boundary(country))

    thin = shapely.get_parts(polygonal(shapely.difference(kyiv, shapely.union_all(core))))
    strips = thin[shapely.dwithin(outer, thin, 1.0) & shapely.dwithin(own(held), thin, 1.0)]

    rest = shapely.get_parts(
        polygonal(shapely.difference(kyiv, shapely.union_all([main, *strips])))
    )
    behind = own(shapely.union_all([held, *shapely.buffer(strips, 1.0)]))
    rest = rest[~shapely.dwithin(own(main), rest, 1.0) & shapely.dwithin(behind, rest, 1.0)]
    area_km2 = shapely.area(rest) / crs.KM2
    width_m = 2 * shapely.length(shapely.maximum_inscribed_circle(rest, tolerance=100.0))
    at_border = shapely.dwithin(own(abroad), rest, SLIVER_M)
    at_coast = shapely.dwithin(outer, rest, 1.0) & ~at_border
    flaws = rest[
        (area_km2 < SMALLEST_POCKET_KM2)
        | (at_coast & (area_km2 < LARGEST_BAY_KM2))
        | (at_border & (width_m < WIDEST_STRIP_M))
    ]
    # A hair of overlap, so that the union leaves no line of zero width between them.
    return shapely.buffer(np.concatenate([strips, flaws]), 1.0, join_style="mitre")


def _shared_edge(held: shapely.Geometry, country: shapely.Geometry) -> shapely.Geometry:
    """The part of the edge of `held` that lies inside the country."""
    outer = shapely.boundary(country)
    edge = shapely.difference(shapely.boundary(held), shapely.buffer(outer, 2.0, quad_segs=1))
    pieces = shapely.get_parts(shapely.line_merge(edge))
    keep = shapely.is_closed(pieces) | (shapely.length(pieces) >= SHORTEST_PIECE_M)
    return shapely.multilinestrings(pieces[keep])


@functools.cache
def _reservoir_shore() -> shapely.Geometry:
    return shapely.buffer(places.drained_reservoir(), SHORE_M)


def parts_of_line(control: ControlMap) -> gpd.GeoDataFrame:
    """The line of contact cut by oblast and by what it runs along.

    ``oblast``, ``along`` (`FRONT` or `SHORE`), ``length_km``, geometry (metres).
    """
    oblasts = places.oblasts()
    shore = _reservoir_shore()
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
    line = _shared_edge(held, shapely.union(control.held, control.kyiv))
    if line.is_empty:
        raise InputError(
            _("moving the line by {km} km leaves no line of contact.").format(
                km=words.short(distance_km)
            )
        )
    return dataclasses.replace(control, held=held, kyiv=kyiv, line=line)
