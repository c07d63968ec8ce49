"""Oblasts, raions and hromadas from one geometry, so that neighbours share their edges.

The finest units that the sources give are put side by side without gaps or overlaps, generalised
together, and only then joined to raions and oblasts: a hromada never sticks out of its oblast.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.errors import DataError
from data.names import OBLASTS, romanise
from data.projection import MEASURING_CRS, STORED_CRS
from data.source_files import read_shapes, read_table

TOLERANCE_M = 120.0
COORDINATE_DECIMALS = 6
# Two publishers draw the same border up to some kilometres apart; what lies between is given away.
LARGEST_BORDER_GAP_KM2 = 200.0
SMALLEST_UNIT_KM2 = 20.0
SLIVER_M = 400.0
GAP_WIDTH_M = 2000.0
# Sevastopol, 4 % of Crimea, is in no detailed file; elsewhere less is two drawings of a border.
SMALLEST_FREE_SHARE = 0.03


def read_units(source_dir: Path) -> gpd.GeoDataFrame:
    """The finest units of Ukraine at full detail.

    Returns
    -------
    GeoDataFrame
        Columns ``code``, ``level`` (hromada, raion or oblast: the finest level known there),
        ``name_uk``, ``oblast``, ``raion_code``, ``residents_2022``; geometry in `MEASURING_CRS`.
    """
    hromadas = _read_hromadas(source_dir)
    raions = read_shapes(source_dir / "boundaries/raions_front.geojson")
    coarse = read_shapes(source_dir / "boundaries/oblasts.geojson")
    coarse["oblast"] = coarse["koatuu"].str[:2].map(OBLASTS)
    if coarse["oblast"].isna().any() or len(coarse) != len(OBLASTS):
        raise DataError(f"oblasts.geojson does not hold the {len(OBLASTS)} oblasts expected.")

    crimea = raions[raions["katotth"].str.startswith("UA01")]
    crimea_units = gpd.GeoDataFrame(
        {
            "code": crimea["katotth"],
            "level": "raion",
            "name_uk": crimea["name"],
            "oblast": OBLASTS["01"],
            "raion_code": crimea["katotth"].str[:6],
            "residents_2022": np.nan,
        },
        geometry=crimea.geometry,
        crs=MEASURING_CRS,
    )
    detailed = pd.concat(
        [hromadas, _hromadas_without_polygon(source_dir, hromadas, raions), crimea_units]
    )
    covered = shapely.union_all(detailed.geometry.array)
    free = coarse.geometry.difference(covered)
    rest = coarse[free.area / coarse.area > SMALLEST_FREE_SHARE].copy()
    rest["geometry"] = free[rest.index]
    rest = _give_gaps_away(rest, covered)
    rest_units = gpd.GeoDataFrame(
        {
            "code": "UA" + rest["koatuu"].str[:2],
            "level": "oblast",
            "name_uk": rest["name:uk"],
            "oblast": rest["oblast"],
            "raion_code": None,
            "residents_2022": np.nan,
        },
        geometry=rest.geometry,
        crs=MEASURING_CRS,
    )
    return pd.concat([detailed, rest_units], ignore_index=True)


def generalise(units: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, float, float]:
    """Units as a clean, simplified coverage in `STORED_CRS`, rounded to about a decimetre.

    Returns
    -------
    tuple
        The units, how far simplifying moved the farthest edge (metres), and by which share it
        changed a unit's area at the most.
    """
    clean = shapely.coverage_clean(
        units.geometry.array, gap_width=GAP_WIDTH_M, merge_strategy="min_index"
    )
    simple = shapely.coverage_simplify(clean, TOLERANCE_M)
    stored = gpd.GeoSeries(simple, crs=MEASURING_CRS).to_crs(STORED_CRS)
    rounded = round_coordinates(stored.array)
    if not (shapely.is_valid(rounded).all() and shapely.coverage_is_valid(rounded)):
        raise DataError(
            "generalised boundaries overlap or cross; lower the tolerance of the build."
        )
    moved_m = shapely.hausdorff_distance(shapely.boundary(clean), shapely.boundary(simple)).max()
    grown = np.abs(shapely.area(simple) / shapely.area(clean) - 1.0).max()
    stored_units = units.set_geometry(gpd.GeoSeries(rounded, index=units.index, crs=STORED_CRS))
    return stored_units, float(moved_m), float(grown)


def tables(source_dir: Path) -> tuple[dict[str, gpd.GeoDataFrame], str]:
    """The tables ``oblasts``, ``raions`` and ``hromadas`` in `STORED_CRS`, and what moved."""
    units, moved_m, grown = generalise(read_units(source_dir))
    raion_names = _raion_names(source_dir)

    hromadas = units[units["level"] == "hromada"].copy()
    hromadas["name_en"] = hromadas["name_uk"].map(_hromada_name_en)
    hromadas["raion"] = hromadas["raion_code"].map(raion_names["name_en"])
    hromadas["residents_2022"] = hromadas["residents_2022"].astype("int64")

    with_raion = units[units["raion_code"].notna()]
    raions = _join(with_raion, "raion_code").rename(columns={"raion_code": "code"})
    raions = raions.join(raion_names, on="code")
    # A lone hromada of an oblast that is otherwise known as a whole (Slavutych) makes no raion.
    raions = raions[raions.groupby("oblast")["code"].transform("size") > 1]

    oblasts = _join(units, "oblast").rename(columns={"oblast": "name_en"})
    numbers = {name: number for number, name in OBLASTS.items()}
    oblasts["code"] = "UA" + oblasts["name_en"].map(numbers)
    oblasts["name_uk"] = oblasts["code"].map(_oblast_names_uk(source_dir))
    columns = {
        "oblasts": ["code", "name_en", "name_uk", "residents_2022"],
        "raions": ["code", "name_en", "name_uk", "oblast", "residents_2022"],
        "hromadas": ["code", "name_en", "name_uk", "raion", "oblast", "residents_2022"],
    }
    built = {"oblasts": oblasts, "raions": raions, "hromadas": hromadas}
    moved = (
        f"One coverage, simplified together (Visvalingam, {TOLERANCE_M:.0f} m): neighbours share "
        f"their edges, no edge moved by more than {moved_m:.0f} m, no hromada's area by more than "
        f"{grown:.1%}. Where hromadas of the source overlap, the first keeps the ground."
    )
    ordered = {
        name: table[[*columns[name], "geometry"]].sort_values("code", ignore_index=True)
        for name, table in built.items()
    }
    return ordered, moved


def round_coordinates(geometries: np.ndarray) -> np.ndarray:
    """Coordinates in degrees rounded alike everywhere, so that shared corners stay shared."""
    return shapely.transform(
        np.asarray(geometries), lambda points: np.round(points, COORDINATE_DECIMALS)
    )


def _read_hromadas(source_dir: Path) -> gpd.GeoDataFrame:
    source = read_shapes(source_dir / "population/hromadas_front_pop2022.geojson")
    return gpd.GeoDataFrame(
        {
            "code": source["katotth"],
            "level": "hromada",
            "name_uk": source["hromada_full_name"],
            "oblast": source["katotth"].str[2:4].map(OBLASTS),
            "raion_code": source["katotth"].str[:6],
            "residents_2022": source["population_2022"].astype(float),
        },
        geometry=source.geometry,
        crs=MEASURING_CRS,
    )


def _hromadas_without_polygon(
    source_dir: Path, hromadas: gpd.GeoDataFrame, raions: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Hromadas that have a count but no polygon, as the part of their raion that no other takes."""
    counts = read_table(source_dir / "population/hromadas_all_pop2022.csv")
    counts = counts[
        counts["hromada_code"].str[:6].isin(raions["katotth"].str[:6])
        & ~counts["hromada_code"].isin(hromadas["code"])
    ]
    rows = []
    fields = counts[["hromada_code", "hromada_full_name", "total_popultaion_2022"]]
    for code, name_uk, residents in fields.itertuples(index=False, name=None):
        raion = raions[raions["katotth"].str[:6] == code[:6]]
        siblings = hromadas[hromadas["raion_code"] == code[:6]]
        free = shapely.difference(
            shapely.union_all(raion.geometry.array), shapely.union_all(siblings.geometry.array)
        )
        parts = shapely.get_parts(free)
        parts = parts[shapely.area(parts) / 1e6 >= SMALLEST_UNIT_KM2]
        if len(parts) == 0:
            raise DataError(f"{name_uk} has no polygon and its raion leaves no room.")
        rows.append(
            {
                "code": code,
                "level": "hromada",
                "name_uk": name_uk,
                "oblast": OBLASTS[code[2:4]],
                "raion_code": code[:6],
                "residents_2022": float(residents),
                "geometry": shapely.union_all(parts),
            }
        )
    return gpd.GeoDataFrame(rows, columns=hromadas.columns, geometry="geometry", crs=MEASURING_CRS)


def _give_gaps_away(rest: gpd.GeoDataFrame, covered: shapely.Geometry) -> gpd.GeoDataFrame:
    """Holes between the coarse oblasts and the detailed units go to the coarse side."""
    everything = shapely.union_all([covered, *rest.geometry])
    filled = shapely.union_all(
        [shapely.Polygon(part.exterior) for part in shapely.get_parts(everything)]
    )
    geometries = rest.geometry.tolist()
    for gap in shapely.get_parts(filled.difference(everything)):
        if gap.area / 1e6 > LARGEST_BORDER_GAP_KM2:
            raise DataError(f"a gap of {gap.area / 1e6:.0f} km² between oblasts needs a look.")
        shared = [gap.boundary.intersection(other.boundary).length for other in geometries]
        if max(shared) > 0:
            taker = int(np.argmax(shared))
            geometries[taker] = shapely.union(geometries[taker], gap)
    # What the difference cuts off, or leaves along a coast, is a sliver of two drawings.
    thick = [g.intersection(g.buffer(-SLIVER_M).buffer(2 * SLIVER_M)) for g in geometries]
    tidy = [
        shapely.union_all([p for p in shapely.get_parts(g) if p.area / 1e6 >= SMALLEST_UNIT_KM2])
        for g in thick
    ]
    return rest.set_geometry(gpd.GeoSeries(tidy, index=rest.index, crs=rest.crs))


def _join(units: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Units joined by `key`; the sum of residents is blank where any of them has no count."""
    groups = units.groupby(key, sort=True)
    frame = pd.DataFrame(
        {
            "residents_2022": groups["residents_2022"].agg(lambda s: s.sum(skipna=False)),
            "oblast": groups["oblast"].first(),
            "geometry": groups["geometry"].agg(lambda s: shapely.coverage_union_all(s.array)),
        }
    )
    frame["residents_2022"] = frame["residents_2022"].astype("Int64")
    if key == "oblast":
        frame = frame.drop(columns="oblast")
    return gpd.GeoDataFrame(frame.reset_index(), geometry="geometry", crs=units.crs)


def _raion_names(source_dir: Path) -> pd.DataFrame:
    """Raion code -> ``name_en``, ``name_uk``; spelled alike everywhere, as the UN does."""
    raions = read_shapes(source_dir / "boundaries/raions_front.geojson")
    known = pd.Series(
        raions["name"].str.removesuffix(" район").to_numpy(), index=raions["katotth"].str[:6]
    )
    hromadas = read_shapes(source_dir / "population/hromadas_front_pop2022.geojson")
    by_hromada = hromadas.groupby(hromadas["katotth"].str[:6])["raion_name"].first()
    short = pd.concat([known, by_hromada[~by_hromada.index.isin(known.index)]])
    return pd.DataFrame({"name_en": short.map(romanise) + " Raion", "name_uk": short + " район"})


def _hromada_name_en(name_uk: str) -> str:
    """Часовоярська міська громада -> Chasovoiarska urban hromada."""
    kinds = {"міська": "urban", "селищна": "settlement", "сільська": "rural"}
    *name, kind, _ = name_uk.split(" ")
    return f"{romanise(' '.join(name))} {kinds[kind]} hromada"


def _oblast_names_uk(source_dir: Path) -> dict[str, str]:
    oblasts = read_shapes(source_dir / "boundaries/oblasts.geojson")
    return {
        "UA" + koatuu[:2]: name
        for koatuu, name in zip(oblasts["koatuu"], oblasts["name:uk"], strict=True)
    }
