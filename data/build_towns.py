"""Towns with a known count of residents on 1 January 2022, and where they are.

Donetsk Oblast has an official list of its towns. Of the other oblasts only each hromada's urban
residents are known, and of its towns only the centre: they are put there together.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.build_settlements import current_name, namesakes
from data.names import romanise
from data.projection import MEASURING_CRS, STORED_CRS
from data.source_files import read_table

TOWN = "town"
CENTRE = "urban residents at the centre"
COLUMNS = ["name_en", "name_uk", "hromada", "residents_2022", "lon", "lat", "known_as"]
COORDINATE_DECIMALS = 5


def table(
    source_dir: Path, settlements: pd.DataFrame, hromadas: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """Towns with a known count, placed within their hromada; largest first.

    A town takes the place of the settlement of its name in its hromada; where there is none, the
    place that its register gives. Registers and GeoNames differ by half a kilometre as a rule and
    by some kilometres at times, and a town and its point on the map should be one. A town that
    neither puts inside its hromada is left out.

    Parameters
    ----------
    settlements
        As `data.build_settlements.read` gives them.
    hromadas
        ``code``, ``oblast``, ``residents_2022``, geometry.

    Returns
    -------
    DataFrame
        ``name_en``, ``name_uk``, ``hromada`` (its code), ``residents_2022``, ``lon``, ``lat``
        (degrees), ``known_as``: `TOWN` where it is the town's own count, `CENTRE` where it is the
        hromada's urban residents.
    Series
        The towns' own counts by ``geonameid``, of those that are settlements.
    list
        What was left out or is doubtful, a sentence each.
    """
    units = hromadas.to_crs(MEASURING_CRS).set_index("code")
    urban = _urban(source_dir, units)
    listed, notes = _listed(source_dir, urban["residents_2022"])
    centres, left = _centres(urban[~urban.index.isin(listed["hromada"])])
    towns = pd.concat([listed, centres]).sort_values(
        ["residents_2022", "hromada", "name_uk"], ascending=[False, True, True], ignore_index=True
    )
    towns["settlement"] = _settlements_of(towns, settlements, units.geometry)
    towns = _placed(towns, settlements, units.geometry)
    found = towns["settlement"] >= 0
    own = towns[found & (towns["known_as"] == TOWN)]
    residents = pd.Series(
        own["residents_2022"].to_numpy(),
        index=settlements["geonameid"].to_numpy()[own["settlement"]],
    )
    placed = towns[towns["lon"].notna()]
    noted = [*notes, *left, *_unplaced(towns), *_too_many(placed, units["residents_2022"])]
    named = placed.assign(name_en=placed["name_uk"].map(romanise))
    return named[COLUMNS].reset_index(drop=True), residents, noted


def _urban(source_dir: Path, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Urban residents and the centre of each hromada, by code; 0 where it has no town."""
    register = read_table(source_dir / "population/hromadas_all_pop2022.csv")
    register = register.set_index("hromada_code").reindex(units.index)
    return pd.DataFrame(
        {
            "name_uk": register["hromada_center"].str.strip(),
            "kind": register["type"],
            "oblast": units["oblast"],
            "residents_2022": register.filter(like="urban_").iloc[:, 0].fillna(0).astype(int),
            "lon": register["lon_center"],
            "lat": register["lat_center"],
        }
    )


def _listed(source_dir: Path, urban: pd.Series) -> tuple[pd.DataFrame, list[str]]:
    """The official list of Donetsk Oblast, each town once."""
    register = read_table(source_dir / "population/donetsk_urban_settlements_pop2022.csv")
    towns = pd.DataFrame(
        {
            "name_uk": register["name_uk"].str.strip(),
            "hromada": register["hromada_code"],
            "residents_2022": register["population_2022_01_01"],
            "lon": register["lon"],
            "lat": register["lat"],
            "known_as": TOWN,
        }
    )
    # Whoever joined the list by name gave namesakes of neighbouring hromadas each other's rows.
    # The wrong row of a pair is the one by which the hromada's towns exceed its urban residents.
    excess = towns.groupby("hromada")["residents_2022"].sum() - urban
    twice = towns.duplicated(["hromada", "name_uk"], keep=False)
    wrong = twice & (towns["residents_2022"] == towns["hromada"].map(excess))
    notes = [
        f"Town row left out: {town.name_uk} with {town.residents_2022:,} residents stands in "
        f"{town.hromada} too, whose towns would then exceed its urban residents."
        for town in towns[wrong].itertuples()
    ]
    return towns[~wrong], notes


def _centres(urban: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The urban residents of hromadas whose towns are not listed, at the hromada's centre."""
    urban = urban[urban["residents_2022"] > 0].assign(known_as=CENTRE)
    urban["name_uk"] = [
        current_name(name_uk, oblast)
        for name_uk, oblast in urban[["name_uk", "oblast"]].itertuples(index=False)
    ]
    # The centre of a rural hromada is a village: its urban residents live elsewhere in it.
    rural = urban["kind"] == "сільська"
    notes = []
    if rural.any():
        notes.append(
            f"{rural.sum()} rural hromadas have a town that is not their centre and whose place is "
            f"not known: {urban.loc[rural, 'residents_2022'].sum():,} urban residents are spread "
            "with the rest."
        )
    return urban[~rural].rename_axis("hromada").reset_index(), notes


def _settlements_of(
    towns: pd.DataFrame, settlements: pd.DataFrame, units: gpd.GeoSeries
) -> np.ndarray:
    """The settlement (position) of each town by name within its hromada, -1 where there is none.

    First by the name that GeoNames puts first, then by the others. Of several, the one whose
    population is nearest to the town's; each settlement is one town at the most.
    """
    points = shapely.points(settlements["x"], settlements["y"])
    tree = shapely.STRtree(points)
    population = settlements["population"].to_numpy()
    found = np.full(len(towns), -1)
    for column in ("first_names", "all_names"):
        for town in np.flatnonzero(found < 0):
            row = towns.iloc[town]
            inside = tree.query(units[row["hromada"]], predicate="intersects")
            free: Iterable[int] = np.setdiff1d(inside, found)
            alike = namesakes(row["name_uk"], free, settlements[column])
            if alike:
                off = np.abs(np.log(population[alike] / row["residents_2022"]))
                found[town] = alike[int(off.argmin())]
    return found


def _placed(towns: pd.DataFrame, settlements: pd.DataFrame, units: gpd.GeoSeries) -> pd.DataFrame:
    """Towns with ``lon``, ``lat`` of their settlement, else of their register, blank if outside."""
    register = gpd.GeoSeries.from_xy(towns["lon"], towns["lat"], crs=STORED_CRS).to_crs(
        MEASURING_CRS
    )
    inside = shapely.intersects(units[towns["hromada"]].array, register.array)
    found = towns["settlement"].to_numpy()
    placed = towns.copy()
    for column in ("lon", "lat"):
        theirs = settlements[column].reindex(found).to_numpy()
        own = towns[column].where(inside).round(COORDINATE_DECIMALS)
        placed[column] = np.where(found >= 0, theirs, own)
    return placed


def _unplaced(towns: pd.DataFrame) -> list[str]:
    """A sentence on the towns that no source puts inside their hromada."""
    left = towns[towns["lon"].isna()]
    if left.empty:
        return []
    names = ", ".join(
        f"{name} ({count:,})"
        for name, count in left[["name_uk", "residents_2022"]].itertuples(index=False)
    )
    return [
        f"{len(left)} towns with {left['residents_2022'].sum():,} residents have no place inside "
        f"their hromada and are spread with the rest: {names}."
    ]


def _too_many(towns: pd.DataFrame, residents: pd.Series) -> list[str]:
    """A sentence on each hromada whose towns have more residents than itself."""
    sums = towns.groupby("hromada")["residents_2022"].sum()
    known = residents.reindex(sums.index)
    return [
        f"The towns of {code} have {sums[code]:,} residents, the hromada {known[code]:,}."
        for code in sums.index[sums > known]
    ]
