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
from data.language import _
from data.projection import MEASURING_CRS, STORED_CRS
from geo import residents

# Less is what rounding leaves between an oblast and its hromadas.
_SMALLEST_REST_M2 = 1e6
_LONGEST_ECHO = 60
# Share of its letters that a suggested name has in order: a misspelling's, not a stranger's.
_CLOSE = 0.7
_KIND_WORDS = ("urban", "settlement", "rural", "міська", "селищна", "сільська")
_LEVEL_WORDS = ("oblast", "raion", "hromada", "область", "район", "громада")


@dataclasses.dataclass(frozen=True)
class Place:
    """A named unit: ``level`` is oblast, raion or hromada; geometry in metres.

    ``label`` is its English name, with its raion where another unit has the same name.
    """

    level: str
    code: str
    name_en: str
    name_uk: str
    label: str
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
    """The finest units known (metres): pieces of hromadas, and what these leave of their oblasts.

    ``oblast`` in English, ``hromada`` (its code, "" outside), ``kind``: "town", "water" and "land"
    of a hromada as `geo.residents.spread` cuts it, or "oblast"; ``residents_2022`` (float), blank
    where no count is bundled. Together they are Ukraine, and each lies in one oblast.
    """
    known = hromadas()
    pieces = residents.spread(known, towns(), _water_of_2022())
    pieces["oblast"] = pieces["hromada"].map(known.set_index("code")["oblast"])
    rest = oblasts()[["name_en", "geometry"]].rename(columns={"name_en": "oblast"})
    known_area = known.area.groupby(known["oblast"]).sum()
    rest = rest[rest.area - rest["oblast"].map(known_area).fillna(0) > _SMALLEST_REST_M2]
    covered = shapely.coverage_union_all(known.geometry.array[known["oblast"].isin(rest["oblast"])])
    rest["geometry"] = rest.geometry.difference(covered)
    rest = rest.assign(hromada="", kind="oblast", residents_2022=float("nan"))
    columns = ["oblast", "hromada", "kind", "residents_2022", "geometry"]
    return gpd.GeoDataFrame(
        pd.concat([pieces[columns], rest[columns]], ignore_index=True),
        geometry="geometry",
        crs=known.crs,
    )


@functools.cache
def towns() -> gpd.GeoDataFrame:
    """Towns with a known count of residents (points in metres), largest first.

    ``name_en``, ``name_uk``, ``hromada`` (its code), ``residents_2022``, ``lon``, ``lat``,
    ``known_as``: "town" where it is the town's own count, "urban residents at the centre" where
    it is that of all towns of the hromada, of which only the centre is known.
    """
    return _points(pd.read_csv(catalog.path("towns")))


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


def _water_of_2022() -> shapely.Geometry:
    """Lakes and reservoirs of 1 January 2022 (metres), the Kakhovka Reservoir among them."""
    return shapely.union_all(_layer("lakes").geometry.array)


@functools.cache
def countries() -> gpd.GeoDataFrame:
    """Neighbouring countries (metres): ``name``, ``iso3``."""
    return _layer("countries")


@functools.cache
def regions() -> gpd.GeoDataFrame:
    """Regions of Russia that reports name (metres): ``name_en``, ``cut`` where the land ends first.

    Approximate: the ground nearest to their towns, on Russia's bundled land; no boundaries.
    """
    return _layer("regions")


@functools.cache
def settlements() -> gpd.GeoDataFrame:
    """Settlements of 500 or more residents (points in metres), largest first.

    ``name_en``, ``name_uk``, ``oblast``, ``raion``, ``hromada`` ("" where its borders are not
    bundled), ``population`` (GeoNames, undated), ``residents_2022`` (nullable Int64: the official
    count of towns of Donetsk Oblast, blank elsewhere), ``lon``, ``lat``.
    """
    table = pd.read_csv(
        catalog.path("settlements"),
        dtype={"name_uk": "str", "residents_2022": "Int64"},
        keep_default_na=False,
        na_values={"residents_2022": [""]},
    )
    layer = _points(table)
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
        Where there is none, with similar names; and where several units of one level have it.
    """
    names = _names()
    found = names.get(_plain(name), ())
    if len(found) == 1:
        return found[0]
    # What cannot be printed is quoted as "\U0010ffff", ten times as long.
    most = _LONGEST_ECHO if name.isprintable() else _LONGEST_ECHO // 10
    shown = name if len(name) <= most else f"{name[:most]}…"
    if found:
        choice = "; or ".join(place.label for place in found)
        raise InputError(
            _("{name!r} is the name of {n} places; give {choice}.").format(
                name=shown, n=len(found), choice=choice
            )
        )
    close = difflib.get_close_matches(_plain(name[:_LONGEST_ECHO]), list(names), n=3, cutoff=_CLOSE)
    suggestions = list(dict.fromkeys(names[match][0].label for match in close))
    if suggestions:
        raise InputError(
            _("there is no place called {name!r}; did you mean {places}?").format(
                name=shown, places="; or ".join(suggestions)
            )
        )
    known = sorted(oblasts()["name_en"].str.removesuffix(" Oblast"))
    raise InputError(
        _(
            "there is no place called {name!r}; give an oblast ({oblasts}), a raion or a hromada."
        ).format(name=shown, oblasts=", ".join(known))
    )


@functools.cache
def all_places() -> tuple[Place, ...]:
    """Every oblast, raion and hromada that can be named, larger levels first."""
    listed: list[Place] = []
    for level, layer in (("oblast", oblasts()), ("raion", raions()), ("hromada", hromadas())):
        shared = layer["name_en"].duplicated(keep=False)
        label = layer["name_en"].where(
            ~shared, layer["name_en"] + " (" + layer.get("raion", "") + ")"
        )
        fields = (layer["code"], layer["name_en"], layer["name_uk"], label, layer.geometry)
        listed += [Place(level, *row) for row in zip(*fields, strict=True)]
    return tuple(listed)


@functools.cache
def _names() -> dict[str, tuple[Place, ...]]:
    """Every spelling that names a place; larger units win, units of one level share."""
    names: dict[str, tuple[Place, ...]] = {}
    for level in ("oblast", "raion", "hromada"):
        units = [place for place in all_places() if place.level == level]
        for spell in (_full_spellings, _short_spellings, _town_spellings):
            of_level: dict[str, dict[str, Place]] = {}
            for place in units:
                for spelling in spell(place):
                    of_level.setdefault(spelling, {})[place.code] = place
            for spelling, places in of_level.items():
                names.setdefault(spelling, tuple(places.values()))
    return names


def _full_spellings(place: Place) -> tuple[str, ...]:
    return tuple(_plain(name) for name in (place.name_en, place.name_uk, place.code, place.label))


def _short_spellings(place: Place) -> tuple[str, ...]:
    """Without "urban" or "rural", and without the level."""
    names = (place.name_en, place.name_uk)
    return tuple(_without(words, name) for words in (_KIND_WORDS, _LEVEL_WORDS) for name in names)


def _town_spellings(place: Place) -> tuple[str, ...]:
    """Units that bear the name of their largest town: Kramatorsk raion for Kramatorskyi Raion."""
    town = _largest_towns(place.level).get(place.code, "")
    if not town or _stem(town) != _stem(place.name_en):
        return ()
    alone = (_plain(town),) if place.level == "hromada" else ()
    return (_plain(f"{town} {place.level}"), *alone)


@functools.cache
def _largest_towns(level: str) -> dict[str, str]:
    """Code of a raion or hromada -> its largest settlement."""
    if level == "oblast":
        return {}
    layer = {"raion": raions, "hromada": hromadas}[level]()
    points = settlements()
    tree = shapely.STRtree(layer.geometry.array)
    point, unit = tree.query(points.geometry.array, predicate="covered_by")
    towns = pd.Series(points["name_en"].to_numpy()[point], index=layer["code"].to_numpy()[unit])
    first = towns[~towns.index.duplicated()]
    return dict(zip(first.index.astype(str), first.astype(str), strict=True))


def _stem(name: str) -> str:
    return name[:4].casefold()


def _plain(name: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _without(words: tuple[str, ...], name: str) -> str:
    return " ".join(word for word in _plain(name).split() if word not in words)


def _points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """A table with ``lon`` and ``lat`` as points in metres."""
    points = gpd.points_from_xy(table["lon"], table["lat"], crs=STORED_CRS)
    return gpd.GeoDataFrame(table, geometry=points).to_crs(MEASURING_CRS)


def _layer(dataset_id: str) -> gpd.GeoDataFrame:
    file = catalog.path(dataset_id)
    try:
        return gpd.read_parquet(file).to_crs(MEASURING_CRS)
    except (OSError, ValueError) as fault:
        raise DataError(
            _("data/{file} cannot be read; {mend}.").format(file=file.name, mend=catalog.RESTORE)
        ) from fault
