"""What a fetched control map must be before it counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import shapely

from data.errors import RefusedError
from data.language import _, ngettext
from data.projection import MEASURING_CRS, STORED_CRS
from data.read_control import MOST_VERTICES, Areas, malformed, too_many

FIRST_DAY = dt.date(2022, 2, 24)
LARGEST_AREA_CHANGE = 0.10
"""Of Russian-held ground, against the good day nearest in date, as a part of one."""

# Ukraine with Crimea (22.1-40.3°E, 44.3-52.4°N) and a little beyond.
WEST, SOUTH, EAST, NORTH = 21.5, 44.0, 41.0, 52.8
_KM2 = 1e6
_MOST_MEETINGS = 12
_EDGES_AT_ONCE = 100


class AreaChangedError(RefusedError):
    """The ground differs from the last good day by more than is usual: whoever asks may confirm."""


@dataclasses.dataclass(frozen=True)
class Good:
    """A day that counts, to measure another by: its date and Russian-held ground (km²)."""

    date: dt.date
    area_km2: float


@dataclasses.dataclass(frozen=True, eq=False)
class Ground:
    """A control map that may be kept.

    Attributes
    ----------
    polygons
        Russian-held ground (degrees), valid.
    area_km2
        Of all of it, overlaps once.
    notes
        What was done to it: kind and figure, for `said`.
    """

    polygons: np.ndarray
    area_km2: float
    notes: tuple[tuple[str, float], ...]


def require_date(date: dt.date) -> None:
    """Refuse a date that no control map can have.

    Raises
    ------
    RefusedError
        Where it lies in the future or before the full-scale invasion.
    """
    if date > today():
        raise RefusedError(_("{date} is in the future.").format(date=date.isoformat()))
    if date < FIRST_DAY:
        raise RefusedError(
            _("{date} is before {first}, the first day of the full-scale invasion.").format(
                date=date.isoformat(), first=FIRST_DAY.isoformat()
            )
        )


def today() -> dt.date:
    """The date in Kyiv, which is the one the assessors mean."""
    return dt.datetime.now(ZoneInfo("Europe/Kyiv")).date()


def check(areas: Areas, date: dt.date, *, near: Good | None, confirm_area: bool) -> Ground:
    """The ground of a file, once all is right with it.

    Parameters
    ----------
    areas
        What a reader found.
    date
        The day that was asked for.
    near
        The good day nearest in date.
    confirm_area
        Take it though its ground differs much from that day's.

    Raises
    ------
    RefusedError
        Saying what is wrong; `AreaChangedError` where only the ground is another than expected.
    """
    require_date(date)
    if areas.stated is not None and areas.stated != date:
        raise RefusedError(
            _("the file says that it is the map of {stated}, not of {date}.").format(
                stated=areas.stated.isoformat(), date=date.isoformat()
            )
        )
    if shapely.get_num_coordinates(areas.polygons).sum() > MOST_VERTICES:
        raise too_many()
    require_place(areas.polygons)
    _require_untangled(areas.polygons)
    polygons, repaired = _repaired(areas.polygons)
    area_km2 = measure_km2(polygons)
    change = _change(area_km2, near, confirm_area=confirm_area)
    notes = {"left_out": areas.left_out, "repaired": repaired, "confirmed": change}
    return Ground(polygons, area_km2, tuple((kind, n) for kind, n in notes.items() if n))


def said(kind: str, number: float) -> str:
    """A note in words."""
    if kind == "repaired":
        return ngettext(
            "{n} area that crossed itself was repaired.",
            "{n} areas that crossed themselves were repaired.",
            number,
        ).format(n=round(number))
    if kind == "left_out":
        return ngettext(
            "{n} feature that is no area was left out.",
            "{n} features that are no areas were left out.",
            number,
        ).format(n=round(number))
    return _("its ground differs by {n} % from the nearest good day, as was confirmed.").format(
        n=f"{100 * number:+.1f}"
    )


def measure_km2(polygons: np.ndarray) -> float:
    """The ground of polygons in degrees (km²), overlaps once."""
    return float(gpd.GeoSeries(polygons, crs=STORED_CRS).to_crs(MEASURING_CRS).union_all().area) / (
        _KM2
    )


def require_place(polygons: np.ndarray) -> None:
    """Refuse what does not lie in Ukraine, and name swapped axes, the usual cause.

    Raises
    ------
    RefusedError
        Saying where it lies.
    """
    if not len(polygons):
        raise malformed()
    x, y = shapely.get_coordinates(polygons).T
    if _inside(x, y):
        return
    if _inside(y, x):
        raise RefusedError(_("its axes are swapped: latitude stands where longitude belongs."))
    raise RefusedError(
        _("it reaches beyond Ukraine: {west} to {east}°E, {south} to {north}°N.").format(
            west=f"{x.min():.1f}", east=f"{x.max():.1f}", south=f"{y.min():.1f}",
            north=f"{y.max():.1f}",
        )
    )  # fmt: skip


def _require_untangled(polygons: np.ndarray) -> None:
    """Refuse edges that cross so often that repairing them could take all time and memory.

    An edge of a map meets itself, its two neighbours, and an edge of a polygon beside it or two.
    """
    edges = _edges(polygons)
    tree, met = shapely.STRtree(edges), 0
    for part in np.array_split(edges, max(len(edges) // _EDGES_AT_ONCE, 1)):
        met += tree.query(part, predicate="intersects").shape[1]
        if met > _MOST_MEETINGS * len(edges) + _EDGES_AT_ONCE**2:
            raise RefusedError(_("its edges cross each other too often for a map."))


def _edges(polygons: np.ndarray) -> np.ndarray:
    """Every edge of every ring, a line each."""
    rings = shapely.get_rings(polygons)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return shapely.linestrings(np.stack([points[:-1][same], points[1:][same]], axis=1))


def _inside(lon: np.ndarray, lat: np.ndarray) -> bool:
    return bool(
        lon.min() >= WEST and lon.max() <= EAST and lat.min() >= SOUTH and lat.max() <= NORTH
    )


def _repaired(polygons: np.ndarray) -> tuple[np.ndarray, int]:
    """Valid polygons, and how many of those given were not; valid ones stay to the last digit."""
    broken = ~shapely.is_valid(polygons)
    if not broken.any():
        return polygons, 0
    mended = polygons.copy()
    mended[broken] = shapely.make_valid(polygons[broken], method="structure", keep_collapsed=False)
    parts = shapely.get_parts(shapely.get_parts(mended))
    kept = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
    if not len(kept):
        raise RefusedError(_("nothing is left of its areas once they are repaired."))
    return kept, int(broken.sum())


def _change(area_km2: float, near: Good | None, *, confirm_area: bool) -> float:
    """By how much the ground differs from a good day's, where that had to be confirmed, else 0."""
    if near is None:
        return 0.0
    change = area_km2 / near.area_km2 - 1.0
    if abs(change) <= LARGEST_AREA_CHANGE:
        return 0.0
    if confirm_area:
        return change
    raise AreaChangedError(
        _(
            "its ground, {area} km², differs by {change} % from the {good} km² of {date}, the "
            "nearest good day; more than {most} % counts only once it is confirmed."
        ).format(
            area=f"{area_km2:,.0f}",
            change=f"{100 * change:+.1f}",
            good=f"{near.area_km2:,.0f}",
            date=near.date.isoformat(),
            most=f"{100 * LARGEST_AREA_CHANGE:.0f}",
        )
    )
