"""A result as a file: picture, GeoJSON, or a table of settlements."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from data import catalog
from data.errors import InputError
from data.language import _, spoken
from geo import control as control_maps
from geo import crs, timeline, words
from geo.control import ControlMap
from geo.curve import curve
from geo.impact import MEASURES, Impact, credits, true_digits
from geo.pullback import SIDES, line_from
from geo.timeline import Changed

FORMATS = ("png", "geojson", "csv")
LINE_FORMATS = ("geojson",)
# About 0.1 m: RFC 7946 (section 11.2) finds more digits pointless.
_DECIMALS = 6
_LONGEST_NAME = 140
_COLUMNS = (
    "name_en",
    "name_uk",
    "oblast",
    "raion",
    "hromada",
    "side",
    "held_by",
    "residents_2022",
    "population_geonames",
    "distance_km",
    "lon",
    "lat",
    "source",
    "as_of",
    "scenario",
)


def to_bytes(impact: Impact, format: str) -> bytes:
    """A result in one of `FORMATS`; the same result gives the same bytes.

    - ``png``: the page of `geo.figure` at 150 dpi.
    - ``geojson``: RFC 7946; a feature for each side's zone (no geometry where it is empty) and one
      for the line of contact, one for the line drawn where there is one; scenario, sources and
      warnings as members of the collection.
    - ``csv``: a row a settlement inside the zones, nearest to the line first, UTF-8.

    Raises
    ------
    InputError
        Where the format is another.
    """
    writers: dict[str, Callable[[Impact], bytes]] = {
        "png": _png,
        "geojson": _geojson,
        "csv": _csv,
    }
    if format not in writers:
        raise InputError(f"there is no format {format!r}; choose {_listed(FORMATS)}.")
    return writers[format](impact)


def curve_to_csv(impact: Impact) -> bytes:
    """The figures of a scenario against distance: a row a distance and side, UTF-8."""
    table = curve(impact.control, impact.scenario)
    rows = pd.DataFrame([true_digits(row) for row in table.to_dict(orient="records")])
    rows["source"] = impact.control.title
    rows["as_of"] = impact.control.date.isoformat()
    rows["residents_as_of"] = "2022-01-01"
    staying = impact.scenario.changed(ukraine_km=0.0, russia_km=0.0)
    leaving = f"{staying.title()}; " if staying.ukraine_leaves or staying.russia_leaves else ""
    rows["scenario"] = f"{leaving}any distance {impact.scenario.where()} (illustrative)"
    return rows.to_csv(index=False, lineterminator="\n").encode()


def line_to_bytes(control: ControlMap, format: str) -> bytes:
    """The line of contact in one of `LINE_FORMATS`: a feature for each oblast it runs
    through, the shore of the former Kakhovka Reservoir apart.

    Raises
    ------
    InputError
        Where the format is another.
    """
    if format not in LINE_FORMATS:
        raise InputError(
            f"the line of contact cannot be saved as {format!r}; choose {_listed(LINE_FORMATS)}."
        )
    features = [
        _feature(
            row.geometry,
            kind="line of contact",
            oblast=row.oblast,
            along=row.along,
            length_km=round(row.length_km, 1),
            date=control.date.isoformat(),
            source=control.title,
        )
        for row in control_maps.parts_of_line(control).itertuples()
    ]
    return _collection(
        features,
        name=f"Line of contact on {words.day(control.date)} ({control.title})",
        control=control.to_dict(),
        sources=line_sources(control),
        warnings=list(control.repairs),
    )


def changed_to_geojson(found: Changed) -> bytes:
    """Ground that changed hands as GeoJSON (RFC 7946): a feature for each side that gained it."""
    document = found.to_dict()
    features = [
        _feature(
            found.ground.geometry[side],
            kind="ground that changed hands",
            became=words.HELD[side],
            **row,
            **{"from": found.before.date.isoformat(), "to": found.after.date.isoformat()},
            source=found.after.title,
        )
        for side, row in document["passed_to"].items()
    ]
    return _collection(
        features,
        name=timeline.name(found),
        **{name: document[name] for name in ("from", "to", "net_km2")},
        sources=changed_sources(found),
        warnings=list(dict.fromkeys((*found.before.repairs, *found.after.repairs))),
    )


def changed_sources(found: Changed) -> list[dict[str, str]]:
    """What a change is made from, each dataset once."""
    rows = [*line_sources(found.before), *line_sources(found.after)]
    return [row for n, row in enumerate(rows) if row not in rows[:n]]


def series_to_csv(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Tables of `geo.timeline.series` by the name of their assessor: a row a map, UTF-8."""
    whole = pd.concat([table.assign(source=_no_formula(title)) for title, table in tables.items()])
    digits = {"line_km": 1, "held_km2": 1, "kyiv_km2": 1, "kyiv_share": 4}
    columns = ["source", "date", *digits, "changed"]
    names = {"kyiv_km2": "kyiv_held_donetsk_km2", "kyiv_share": "kyiv_held_share_of_donetsk"}
    named = whole.round(digits)[columns].rename(columns=names)
    return named.to_csv(index=False, lineterminator="\n").encode()


def line_sources(control: ControlMap) -> list[dict[str, str]]:
    """What the line of contact is made from: the control map, borders, and the former reservoir."""
    return [
        {key: credit[key] for key in ("title", "as_of", "licence", "url")}
        for credit in credits(control, ["oblasts", "lakes"])
    ]


def format_of(path: Path, formats: Iterable[str] = FORMATS) -> str:
    """The format that a file's name asks for, after a look at where it is to go.

    Raises
    ------
    InputError
        Where the suffix is none of `formats`, the path is a folder, or its folder is not there.
    """
    suffixes = [f".{name}" for name in formats]
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file in it.")
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{path} cannot be saved: its name has to end in {_listed(suffixes)}.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"there is no folder {path.absolute().parent}; make it first.")
    return path.suffix.lower()[1:]


def write(impact: Impact, path: Path) -> None:
    """Write a result to a file in the format of its suffix; all of it or nothing.

    Raises
    ------
    InputError
        Where the suffix is unknown or the file cannot be written.
    """
    save(to_bytes(impact, format_of(path)), path)


def save(content: bytes | Iterable[bytes], path: Path) -> None:
    """Put bytes under a name at once: a file that is there is replaced whole, or stays as it was.

    What comes in pieces is written piece by piece.

    Raises
    ------
    InputError
        Where the folder does not take the file or the disk is full.
    """
    # The file that a link leads to is replaced, not the link.
    target = Path(os.path.realpath(path))
    scratch = target.with_name(f".{target.name[:80]}.{os.getpid()}.part")
    try:
        try:
            with scratch.open("xb") as file:
                file.writelines([content] if isinstance(content, bytes) else content)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as fault:
        reason = (fault.strerror or str(fault)).lower()
        raise InputError(f"{path} could not be written: {reason}.") from fault


def file_name(impact: Impact, format: str) -> str:
    """A name for the file that is safe on every system and tells what is in it."""
    scenario = impact.scenario
    source = scenario.source if scenario.source in control_maps.SOURCES else impact.control.title
    where = {"all": "whole-line", "area": "area"}.get(scenario.extent, scenario.extent)
    deeds = []
    for side in SIDES:
        deeds.append(f"{side}-{getattr(scenario, f'{side}_km'):g}")
        leaves = getattr(scenario, f"{side}_leaves")
        if leaves:
            deeds.append(f"{side}-leaves-{'-'.join(leaves)}")
    parts = [scenario.date.isoformat(), source, *deeds, where]
    if scenario.line is not None:
        parts.append("line-drawn")
    name = "_".join(["pullback-atlas", *(_plain(part) for part in parts)])
    return f"{name[:_LONGEST_NAME].rstrip('_-.')}.{format}"


def _png(impact: Impact) -> bytes:
    # matplotlib takes half a second to load, which the other formats need not wait for.
    from geo import figure

    return figure.png(impact)


def _geojson(impact: Impact) -> bytes:
    title = impact.scenario.title()
    document = impact.to_dict()
    zones = dict(zip(impact.zones["side"], impact.zones.geometry, strict=True))
    features = [
        _feature(
            zones[side],
            kind="zone",
            side=side,
            **{measure: document["sides"][side][measure] for measure in MEASURES},
            date=document["control"]["date"],
            source=document["control"]["source"],
            illustrative=True,
            title=title,
        )
        for side in SIDES
    ]
    features.append(
        _feature(
            impact.control.line,
            kind="line of contact",
            length_km=document["control"]["line_km"],
            date=document["control"]["date"],
            source=document["control"]["source"],
        )
    )
    if impact.scenario.line is not None:
        features.append(
            _feature(
                line_from(impact.control, impact.scenario.line),
                kind="line drawn",
                length_km=document["line_drawn_km"],
            )
        )
    return _collection(
        features,
        name=title,
        note=words.ILLUSTRATIVE,
        scenario=document["scenario"],
        control=document["control"],
        sources=document["sources"],
        warnings=document["warnings"],
    )


def _collection(features: list[dict[str, Any]], **members: Any) -> bytes:
    document = {"type": "FeatureCollection", **spoken(members), "features": features}
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _feature(metres: shapely.Geometry, **properties: Any) -> dict[str, Any]:
    geometry = None if metres.is_empty else shapely.geometry.mapping(_rounded(metres))
    return {"type": "Feature", "properties": spoken(properties), "geometry": geometry}


def _rounded(metres: shapely.Geometry) -> shapely.Geometry:
    """In degrees of `_DECIMALS` digits, still valid; outer rings anticlockwise (RFC 7946 3.1.6)."""
    snapped = shapely.set_precision(crs.to_degrees(metres), 10.0**-_DECIMALS)
    # Snapping leaves the last binary digits of the grid; rounding writes the short number.
    written = shapely.transform(snapped, lambda xy: xy.round(_DECIMALS))
    return shapely.orient_polygons(written)


def _csv(impact: Impact) -> bytes:
    table = impact.settlements.rename(columns={"population": "population_geonames"}).copy()
    control = impact.control
    population = catalog.datasets()["settlements"]
    table["distance_km"] = table["distance_km"].round(2)
    table["source"] = f"{population.attribution}; line of contact: {control.title}"
    table["as_of"] = f"{population.as_of}; {control.date.isoformat()}"
    table["scenario"] = str(_("{title} (illustrative)").format(title=impact.scenario.title()))
    for column in table.columns[[not pd.api.types.is_numeric_dtype(t) for t in table.dtypes]]:
        table[column] = table[column].map(_no_formula)
    return table[list(_COLUMNS)].to_csv(index=False, lineterminator="\n").encode()


def _no_formula(text: str) -> str:
    """A text on one line, that a spreadsheet does not take for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def _plain(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", ascii_text).strip("-.") or "file"


def _listed(names: Iterable[str]) -> str:
    return " or ".join([", ".join(list(names)[:-1]), list(names)[-1]]).removeprefix(" or ")
