"""The method, checked: how exact each step is, on the real front, in tables and one figure.

Printed by ``python cli.py check``; ``docs/method.md`` holds what it prints.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from data import catalog
from data.source_files import read_shapes, read_table
from geo import certainty, crs, parallel, places, residents, scenario, words
from geo import control as control_maps
from geo.control import SOURCES, ControlMap
from geo.impact import Impact, assess
from geo.pullback import SIDES, extent_geometry, pull_back
from geo.scenario import EXTENT_ALL, Scenario

DISTANCES_KM = (5.0, 10.0)
EDGE_DISTANCES_KM = (5.0, 10.0, 40.0)
DENSITIES_PER_KM2 = (1000.0, 2500.0)
LINE_WIDTH = 100
"""Characters to which `text` wraps a long last column."""

# West of the Dnipro's mouths the line runs along the Dnipro-Buh estuary (degrees: west, south,
# east, north).
_ESTUARY = (31.0, 46.3, 32.4, 46.9)
_BEHIND_KM = 10.0
_EDGE_STEP_M = 1000.0
_LINE_STEP_M = 50.0
# Planar and geodesic distances on the front differ by less than this share: only points of the line
# that are so near to the nearest one can be nearest on the ellipsoid.
_LARGEST_DISTORTION = 0.003
_GAP = "  "
_NARROWEST = 20


@dataclass(frozen=True)
class Table:
    """A table of texts as they are printed; the first row of cells is the head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def report(
    date: dt.date, *, extent: str = "Donetsk Oblast", detail_dir: Path | None = None
) -> list[Table]:
    """How exact the figures are: the assessors, the projection, the residents, the line.

    Parameters
    ----------
    date
        A bundled date of both assessors.
    extent
        ``all`` or the name of a place; where the figures compared apply.
    detail_dir
        The folder of source files, to set the bundled tables against; without it, the bounds that
        the catalogue states.

    Raises
    ------
    InputError
        Where there is no such date or place.
    DataError
        Where a source file is missing or damaged.
    """
    asked = scenario.make(date=date, extent=extent)
    for source in SOURCES:
        control_maps.require_known(date, source)
    maps = {source: control_maps.load_bundled(date, source) for source in SOURCES}
    found = {
        (source, km): _answer(maps[source], asked, km) for source in SOURCES for km in DISTANCES_KM
    }
    first = next(iter(SOURCES))
    of_first = [found[first, km] for km in DISTANCES_KM]
    return [
        _lines(maps, asked),
        _series(asked),
        _projection(list(maps.values()), asked),
        _generalising(found, detail_dir) if detail_dir else _stated_bounds(),
        _spreading(of_first),
        _two_answers(found),
        _errors(of_first),
    ]


def text(tables: Sequence[Table]) -> str:
    """Tables as they are printed: numbered, columns aligned, a blank line between two."""
    return "\n\n".join(one(number, table) for number, table in enumerate(tables, start=1))


def one(number: int, table: Table) -> str:
    """One table as it is printed; a last column of words is wrapped."""
    _, *columns = zip(*table.rows, strict=True)
    right = [False, *(_is_figures(column) for column in columns)]
    widths = [max(map(len, column)) for column in zip(table.head, *table.rows, strict=True)]
    indent = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
    if not right[-1]:
        widths[-1] = max(LINE_WIDTH - indent, _NARROWEST)
    printed = textwrap.wrap(f"Table {number}. {table.title}", LINE_WIDTH, break_on_hyphens=False)
    for *cells, last in (table.head, *table.rows):
        first, *more = textwrap.wrap(last, widths[-1]) or [""]
        aligned = [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip([*cells, first], widths, right, strict=True)
        ]
        printed.append(_GAP.join(aligned).rstrip())
        printed += [" " * indent + line for line in more]
    return "\n".join(printed)


def _is_figures(column: Iterable[str]) -> bool:
    return all(cell == "" or cell[0] in "0123456789+−±–" or cell == "no data" for cell in column)


def _answer(control: ControlMap, asked: Scenario, km: float) -> Impact:
    """Both sides pull back by a distance, on one control map."""
    source = control.source if control.source in SOURCES else asked.source
    asked = asked.changed(source=source, ukraine_km=km, russia_km=km)
    return assess(pull_back(control, asked), control, asked)


def _where(asked: Scenario) -> str:
    return "the whole country" if asked.extent == EXTENT_ALL else asked.extent


def _lines(maps: dict[str, ControlMap], asked: Scenario) -> Table:
    """What each assessor's line is made of, and how far the two lie apart."""
    columns = []
    for source, control in maps.items():
        other = next(maps[name] for name in maps if name != source)
        apart = certainty.dispute(control, other)
        added = _added(control)
        near = shapely.buffer(control.line, _BEHIND_KM * crs.KM, quad_segs=8)
        columns.append(
            (
                _km(control.line_km),
                _km(shapely.intersection(control.line, _estuary()).length / crs.KM),
                _km(control.shore_km),
                words.number(len(shapely.get_parts(control.line))),
                _km2(_kyiv_held(control, asked)),
                _km2(added.area),
                _km2(shapely.intersection(added, near).area),
                _km2(float(apart.ground["area_km2"].iloc[0]) * crs.KM2),
                f"{apart.median_km:.1f} km",
                f"{apart.most_km:.1f} km",
            )
        )
    names = (
        "Line of contact",
        "of it along the Dnipro-Buh estuary",
        f"and along the {control_maps.SHORE}",
        "Separate lines",
        f"Kyiv-held ground of {_where(asked)}",
        "Ground that repairs add to Russian-held",
        f"of it within {_BEHIND_KM:g} km of the line",
        "Russian-held by this assessor alone",
        "Half of the line lies within … of the other's",
        "Nine tenths of the line",
    )
    return Table(
        f"The line of contact by the two assessors, {words.day(asked.date)}",
        ("", *(control.title for control in maps.values())),
        tuple(zip(names, *columns, strict=True)),
    )


def _kyiv_held(control: ControlMap, asked: Scenario) -> float:
    where = extent_geometry(asked.extent, asked.area)
    kyiv = control.kyiv if where is None else shapely.intersection(control.kyiv, where)
    return float(kyiv.area)


def drawn(control: ControlMap) -> np.ndarray:
    """The assessor's polygons as bundled (metres), before any repair."""
    table = gpd.read_parquet(catalog.path(f"control_{control.source}"))
    row = table.loc[table["date"] == control.date.isoformat(), "geometry"]
    polygons = crs.to_metres(shapely.get_parts(row.array))
    return shapely.make_valid(polygons, method="structure", keep_collapsed=False)


def _added(control: ControlMap) -> shapely.Geometry:
    """Russian-held ground that the assessor does not draw."""
    return shapely.difference(control.held, shapely.union_all(drawn(control)))


def _estuary() -> shapely.Geometry:
    return crs.to_metres(shapely.segmentize(shapely.box(*_ESTUARY), 0.05))


def _series(asked: Scenario) -> Table:
    rows = []
    for source, name in SOURCES.items():
        days = control_maps.bundled_dates(source)
        measured = parallel.each(functools.partial(_of_day, source=source, asked=asked), days)
        lengths, areas = np.array(measured).T
        rows.append((f"{name}: line", *_course(days, lengths, "km")))
        rows.append((f"{name}: ground", *_course(days, areas / crs.KM2, "km²")))
    first, last = words.day(days[0]), words.day(days[-1])
    return Table(
        f"All {len(days)} dates from {first} to {last}: length of the line of contact, and "
        f"Kyiv-held ground of {_where(asked)}; the change between neighbouring dates",
        ("", "First", "Last", "Least", "Most", "Largest change a day", "No change"),
        tuple(rows),
    )


def _of_day(day: dt.date, *, source: str, asked: Scenario) -> tuple[float, float]:
    control = control_maps.load_bundled(day, source)
    return control.line_km, _kyiv_held(control, asked)


def _course(days: Sequence[dt.date], values: np.ndarray, unit: str) -> tuple[str, ...]:
    passed = np.diff(np.array(days, dtype="datetime64[D]")).astype(float)
    change = np.diff(values)
    a_day = change / passed
    most = int(np.abs(a_day).argmax())
    ends = (values[0], values[-1], values.min(), values.max())
    return (
        *(f"{words.number(value)} {unit}" for value in ends),
        f"{_signed(a_day[most], 1)} {unit}, {days[most]} to {days[most + 1]}",
        words.number(int((np.abs(change) < 1e-6).sum())),
    )


def _projection(maps: Sequence[ControlMap], asked: Scenario) -> Table:
    """The zones' edges and areas against the ellipsoid."""
    rows = []
    for km in EDGE_DISTANCES_KM:
        off, areas = [], []
        for control in maps:
            whole = asked.changed(extent=EXTENT_ALL, ukraine_km=km, russia_km=km)
            zones = pull_back(control, whole)
            off += [_edge_errors(zone, control, km) for zone in zones.geometry]
            areas += [
                zone.area / crs.KM2 / crs.geodesic_area_km2(zone) - 1 for zone in zones.geometry
            ]
        edge = np.abs(np.concatenate(off))
        rows.append(
            (
                f"{km:g} km",
                words.number(len(edge)),
                _percent(edge.max(), 3),
                f"{edge.max() * km * crs.KM:,.0f} m",
                _percent(np.quantile(edge, 0.5), 3),
                f"{np.abs(areas).max() * 1000 * crs.KM2:,.0f} m²",
            )
        )
    return Table(
        "Zones against geodesics on WGS 84: distance of points on the outer edge to the line, and "
        "areas; whole front, both sides, both assessors",
        ("Distance", "Points", "Largest error", "in metres", "Half below", "Areas, in 1,000 km²"),
        tuple(rows),
    )


def _edge_errors(zone: shapely.Geometry, control: ControlMap, km: float) -> np.ndarray:
    """By which share the outer edge of a zone is nearer or farther than it should be.

    The outer edge is what neither the line of contact nor the country's outline bounds.
    """
    ground = shapely.union_all([shapely.boundary(control.held), shapely.boundary(control.kyiv)])
    edge = shapely.difference(shapely.boundary(zone), shapely.buffer(ground, 1.0, quad_segs=1))
    points = shapely.get_coordinates(shapely.segmentize(edge, _EDGE_STEP_M))
    line = shapely.get_coordinates(shapely.segmentize(control.line, _LINE_STEP_M))
    reach = km * crs.KM * (1 + _LARGEST_DISTORTION) + _LINE_STEP_M
    point, near = shapely.STRtree(shapely.points(line)).query(
        shapely.points(points), predicate="dwithin", distance=reach
    )
    (lon, lat), (line_lon, line_lat) = _degrees(points), _degrees(line)
    _, _, metres = crs.GEOD.inv(lon[point], lat[point], line_lon[near], line_lat[near])
    nearest = np.full(len(points), np.inf)
    np.minimum.at(nearest, point, metres)
    return nearest / (km * crs.KM) - 1


def _degrees(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = shapely.get_coordinates(crs.to_degrees(shapely.points(points))).T
    return lon, lat


def _stated_bounds() -> Table:
    listed = [*(f"control_{source}" for source in SOURCES), "hromadas", "lakes", "railways"]
    entries = [catalog.datasets()[name] for name in listed]
    return Table(
        "Generalising: the bounds that the catalogue states",
        ("Table", "Generalised"),
        tuple((entry.title, entry.generalised) for entry in entries),
    )


def _generalising(found: dict[tuple[str, float], Impact], detail_dir: Path) -> Table:
    """What the bundled tables say against what their source files say."""
    rows = []
    km = DISTANCES_KM[-1]
    for source in SOURCES:
        ours = found[source, km]
        date = ours.control.date
        file = detail_dir / "control" / source / f"{date:%Y%m%d}.geojson"
        full = _answer(control_maps.load(date, str(file)), ours.scenario, km)
        name = ours.control.title
        lengths = ours.control.line_km, full.control.line_km
        rows.append((f"{name}: line of contact", *_compared(*lengths, "km")))
        for side in SIDES:
            for measure, unit in (("area_km2", "km²"), ("residents_2022", "residents")):
                pair = [float(answer.sides[measure][side]) for answer in (ours, full)]
                label = f"{name}: {words.SIDES[side]}, {km:g} km, {unit}"
                rows.append((label, *_compared(pair[0], pair[1])))
    return Table(
        "Generalising: bundled tables against the source files",
        ("", "Bundled", "Source", "Difference"),
        (*rows, *_units_compared(detail_dir, ours.scenario)),
    )


def _units_compared(detail_dir: Path, asked: Scenario) -> Iterator[tuple[str, ...]]:
    """Hromadas and towns as they are bundled against the lists that they were made from."""
    folder = detail_dir / "population"
    full = read_shapes(folder / "hromadas_front_pop2022.geojson").set_index("katotth")
    bundled = places.hromadas().set_index("code")
    where = asked.extent
    if where in set(bundled["oblast"]):
        bundled = bundled[bundled["oblast"] == where]
    full = full.loc[full.index.intersection(bundled.index)]
    label = where if where in set(bundled["oblast"]) else "nine oblasts"
    yield (
        f"Hromadas of {label}: ground",
        *_compared(bundled.area.sum() / crs.KM2, full.area.sum() / crs.KM2, "km²"),
    )
    listed = read_table(folder / "donetsk_urban_settlements_pop2022.csv")
    placed = places.towns()
    placed = placed[placed["known_as"] == "town"]
    yield ("Towns of Donetsk Oblast with a place", *_compared(len(placed), len(listed)))
    counts = placed["residents_2022"].sum(), listed["population_2022_01_01"].sum()
    yield ("their residents", *_compared(*counts))


def _compared(ours: float, theirs: float, unit: str = "") -> tuple[str, str, str]:
    shown = [f"{words.number(value)} {unit}".rstrip() for value in (ours, theirs)]
    return shown[0], shown[1], _change(ours, theirs)


def _spreading(answers: Sequence[Impact]) -> Table:
    """Residents as `geo.residents` spreads them against other ways to spread them."""
    rows = []
    for answer in answers:
        spreads = _spreads(answer)
        for side, zone in zip(SIDES, answer.zones.geometry, strict=True):
            ours = float(answer.sides["residents_2022"][side])
            in_towns = float(answer.residents_from["in_towns"][side])
            plain, *others = (_residents(zone, pieces) for pieces in spreads)
            rows.append(
                (
                    _row_name(answer, side),
                    words.measure("residents_2022", ours),
                    _share(in_towns, ours),
                    words.measure("residents_2022", plain),
                    _change(plain, ours),
                    *(_change(other, ours) for other in others),
                )
            )
    at = [f"{density:,.0f} per km²" for density in DENSITIES_PER_KM2]
    asked = answers[0]
    return Table(
        f"Residents of 2022 in {_where(asked.scenario)}, {asked.control.title}: towns first at "
        f"{residents.DENSITY_PER_KM2:,.0f} per km², against spreading evenly over each hromada and "
        "against towns of other density",
        ("Within", "Towns first", "in towns", "Evenly", "", *at),
        tuple(rows),
    )


def _spreads(answer: Impact) -> list[gpd.GeoDataFrame]:
    """Hromadas near the zones with their residents: spread evenly, then over towns by density."""
    zones = shapely.union_all(answer.zones.geometry.array)
    near = places.hromadas()
    near = near[shapely.intersects(near.geometry.array, zones)].reset_index(drop=True)
    water = shapely.union_all([*places.lakes().geometry.array, places.drained_reservoir()])

    def over_towns(density: float) -> gpd.GeoDataFrame:
        if near.empty:
            return near
        return residents.spread(near, places.towns(), water, density_per_km2=density)

    return [near, *(over_towns(density) for density in DENSITIES_PER_KM2)]


def _residents(zone: shapely.Geometry, pieces: gpd.GeoDataFrame) -> float:
    """Residents of a zone: of each piece, the share of the ground that the zone covers."""
    shapes = np.asarray(pieces.geometry.array)
    touched = shapely.STRtree(shapes).query(zone, predicate="intersects")
    if not len(touched):
        return 0.0 if zone.is_empty else float("nan")
    shared = shapely.area(shapely.intersection(shapes[touched], zone))
    counts = pieces["residents_2022"].to_numpy(float)[touched]
    return float((counts * shared / shapely.area(shapes[touched])).sum())


def _two_answers(found: dict[tuple[str, float], Impact]) -> Table:
    measures = ("area_km2", "residents_2022", "settlements")
    rows = []
    for km in DISTANCES_KM:
        answers = [found[source, km] for source in SOURCES]
        for side in SIDES:
            cells = [
                words.measure(measure, float(answer.sides[measure][side]))
                for measure in measures
                for answer in answers
            ]
            rows.append((_row_name(answers[0], side), *cells))
    one, other = SOURCES.values()
    heads = [
        cell for what in ("Area", "Residents", "Settlements") for cell in (f"{what}, {one}", other)
    ]
    return Table(
        f"The same question on both maps, {_where(answers[0].scenario)}: area, residents of 2022, "
        "settlements of 500 or more",
        ("Within", *heads),
        tuple(rows),
    )


def _errors(answers: Sequence[Impact]) -> Table:
    measures = ("area_km2", "residents_2022", "settlements")
    rows = []
    for answer in answers:
        plus_minus = certainty.sensitivity(answer)
        for side in SIDES:
            cells = []
            for measure in measures:
                error = float(plus_minus[measure][side])
                figure = float(answer.sides[measure][side])
                share = _share(error, figure)
                cells += [_plus_minus(words.measure(measure, error)), share]
            rows.append((_row_name(answer, side), *cells))
    heads = [cell for measure in measures for cell in (words.MEASURES[measure], "")]
    return Table(
        f"What moving the whole line by {certainty.ERROR_KM:g} km does, "
        f"{_where(answers[0].scenario)}, {answers[0].control.title}",
        ("Within", *heads),
        tuple(rows),
    )


def _plus_minus(shown: str) -> str:
    return shown if shown == "no data" else f"± {shown}"


def _row_name(answer: Impact, side: str) -> str:
    return f"{getattr(answer.scenario, f'{side}_km'):g} km, {words.SIDES[side]}"


def _km(value: float) -> str:
    return f"{words.number(value)} km"


def _km2(area_m2: float) -> str:
    return f"{words.number(area_m2 / crs.KM2)} km²"


def _share(part: float, whole: float) -> str:
    return _percent(part / whole, 1) if whole and not math.isnan(part / whole) else "–"


def _percent(share: float, decimals: int) -> str:
    return f"{100 * share:.{decimals}f} %"


def _change(value: float, base: float) -> str:
    """By how much (%) a value differs from the base, signed."""
    if not base or math.isnan(value / base):
        return "–"
    return f"{_signed(100 * (value / base - 1), 1)} %"


def _signed(value: float, decimals: int) -> str:
    shown = f"{abs(value):.{decimals}f}"
    if float(shown) == 0:
        return shown
    return f"{'+' if value > 0 else '−'}{shown}"
