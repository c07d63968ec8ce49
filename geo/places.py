"""Oblasts, raions, hromadas, settlements, railways and water, projected once and kept."""

from __future__ import annotations

import dataclasses
import difflib
import functools

import geopandas as gpd
import pandas as pd
import shapely

from data import catalog
from data.errors import DataError, InputError
from data.projection import MEASURING_CRS

# Less is what rounding leaves between an oblast and its hromadas.
_SMALLEST_REST_M2 = 1e6
_LONGEST_ECHO = 60
_LEVEL_WORDS = ("oblast", "raion", "hromada", "область", "район", "громада")


@dataclasses.dataclass(frozen=True)
class Place:
    """A named unit: ``level`` is oblast, raion or hromada; geometry in metres."""

    level: str
    code: str
    name_en: str
    name_uk: str
    geometry: shapely.Geometry


@functools.cache
def oblasts() -> gpd.GeoDataFrame:
    """All oblasts (metres): ``code``, ``name_en``, ``name_uk``, ``residents_2022`` (or blank)."""
    return _layer("oblasts")


@functools.cache
def raions() -> gpd.GeoDataFrame:
    """Raions of the front oblasts and Crimea (metres), with ``oblast`` in English."""
    return _layer("raions")


@functools.cache
def hromadas() -> gpd.GeoDataFrame:
    """Hromadas of nine oblasts (metres), with ``residents_2022`` on 1 January 2022."""
    return _layer("hromadas")


@functools.cache
def units() -> gpd.GeoDataFrame:
    """The finest units known (metres): hromadas, and what they leave of their oblasts.

    ``oblast`` in English and ``residents_2022``, blank where no count is bundled. Together they
    are Ukraine, and each lies in one oblast.
    """
    known = hromadas()[["oblast", "residents_2022", "geometry"]]
    by_oblast = known.groupby("oblast")["geometry"].agg(
        lambda shapes: shapely.coverage_union_all(shapes.array)
    )
    rest = oblasts()[["name_en", "geometry"]].rename(columns={"name_en": "oblast"})
    covered = rest["oblast"].map(by_oblast).fillna(shapely.Polygon())
    rest["geometry"] = rest.geometry.difference(gpd.GeoSeries(covered, crs=rest.crs))
    rest = rest[rest.area > _SMALLEST_REST_M2]
    return gpd.GeoDataFrame(
        pd.concat([known, rest.assign(residents_2022=float("nan"))], ignore_index=True).astype(
            {"residents_2022": float}
        ),
        geometry="geometry",
        crs=known.crs,
    )


@functools.cache
def railways() -> gpd.GeoDataFrame:
    """Main and branch railways around Donetsk Oblast (metres): ``class`` and lines."""
    return _layer("railways")


@functools.cache
def rivers() -> gpd.GeoDataFrame:
    """Rivers (metres): ``name``, ``rank`` (0 the largest) and lines."""
    return _layer("rivers")


@functools.cache
def lakes() -> gpd.GeoDataFrame:
    """Lakes and reservoirs (metres): ``name``, ``rank`` (0 the most prominent)."""
    water = _layer("lakes")
    return water[~water["drained"]].drop(columns="drained").reset_index(drop=True)


@functools.cache
def drained_reservoir() -> shapely.Geometry:
    """The bed of the Kakhovka Reservoir (metres), dry since June 2023."""
    water = _layer("lakes")
    return shapely.union_all(water.geometry.array[water["drained"]])


@functools.cache
def countries() -> gpd.GeoDataFrame:
    """Neighbouring countries (metres): ``name``, ``iso3``."""
    return _layer("countries")


@functools.cache
def settlements() -> gpd.GeoDataFrame:
    """Settlements of 500 or more residents (points in metres), largest first.

    ``name_en``, ``name_uk``, ``oblast``, ``raion``, ``hromada`` ("" where its borders are not
    bundled), ``population`` (GeoNames, undated), ``lon``, ``lat``.
    """
    file = catalog.path("settlements")
    table = pd.read_csv(file, dtype={"name_uk": str}, keep_default_na=False)
    points = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    layer = gpd.GeoDataFrame(table, geometry=points).to_crs(MEASURING_CRS)
    for level, units in (("raion", raions()), ("hromada", hromadas())):
        tree = shapely.STRtree(units.geometry.array)
        point, unit = tree.query(layer.geometry.array, predicate="covered_by")
        names = pd.Series("", index=layer.index)
        names.iloc[point] = units["name_en"].to_numpy()[unit]
        layer[level] = names
    return layer


@functools.cache
def land() -> shapely.Geometry:
    """Ukraine (metres): all oblasts joined, Crimea included."""
    return shapely.coverage_union_all(oblasts().geometry.array)


@functools.cache
def abroad() -> shapely.Geometry:
    """The neighbouring countries (metres), joined."""
    return shapely.union_all(countries().geometry.array)


def find(name: str) -> Place:
    """The oblast, raion or hromada of that name, in English or Ukrainian, or of that code.

    "donetsk", "Donetsk Oblast" and "Донецька область" are the same; where several levels share a
    name the larger unit is meant.

    Raises
    ------
    InputError
        Where there is none; the message suggests similar names.
    """
    names = _names()
    place = names.get(_plain(name))
    if place is not None:
        return place
    close = difflib.get_close_matches(_plain(name[:_LONGEST_ECHO]), list(names), n=3, cutoff=0.6)
    suggestions = list(dict.fromkeys(names[match].name_en for match in close))
    if suggestions:
        hint = f"did you mean {' or '.join(suggestions)}?"
    else:
        known = sorted(oblasts()["name_en"].str.removesuffix(" Oblast"))
        hint = f"give an oblast ({', '.join(known)}), a raion or a hromada."
    shown = name if len(name) <= _LONGEST_ECHO else f"{name[:_LONGEST_ECHO]}…"
    raise InputError(f"there is no place called {shown!r}; {hint}")


@functools.cache
def _names() -> dict[str, Place]:
    """Every spelling that names a place; larger units win."""
    names: dict[str, Place] = {}
    for level, layer in (("oblast", oblasts()), ("raion", raions()), ("hromada", hromadas())):
        for row in layer.itertuples():
            place = Place(level, row.code, row.name_en, row.name_uk, row.geometry)
            for spelling in (row.name_en, row.name_uk, row.code):
                names.setdefault(_plain(spelling), place)
        for row in layer.itertuples():
            place = Place(level, row.code, row.name_en, row.name_uk, row.geometry)
            for spelling in (row.name_en, row.name_uk):
                names.setdefault(_without_level(spelling), place)
        if level != "oblast":
            for town, code in _towns_of(level):
                names.setdefault(_plain(f"{town} {level}"), names[_plain(code)])
    return names


def _towns_of(level: str) -> list[tuple[str, str]]:
    """Town and code of the raions or hromadas that bear a town's name: Kramatorskyi, Kramatorsk."""
    layer = {"raion": raions, "hromada": hromadas}[level]()
    largest = settlements().drop_duplicates(level).set_index(level)["name_en"]
    towns = layer["name_en"].map(largest).fillna("")
    return [
        (town, code)
        for town, unit, code in zip(towns, layer["name_en"], layer["code"], strict=True)
        if town and _stem(town) == _stem(unit)
    ]


def _stem(name: str) -> str:
    return name[:4].casefold()


def _plain(name: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _without_level(name: str) -> str:
    return " ".join(word for word in _plain(name).split() if word not in _LEVEL_WORDS)


def _layer(dataset_id: str) -> gpd.GeoDataFrame:
    file = catalog.path(dataset_id)
    try:
        return gpd.read_parquet(file).to_crs(MEASURING_CRS)
    except (OSError, ValueError) as fault:
        raise DataError(f"data/{file.name} cannot be read; {catalog.RESTORE}.") from fault
