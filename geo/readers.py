"""Files of areas, of every kind that is read; runs in a worker of `geo.sandbox` alone.

A file is known by its first bytes and never by its name; the library that opens it is told a name
of ours. What a file is used for is asked later, and told by `geo.upload`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely

from data.errors import InputError
from data.language import _, ngettext
from data.projection import STORED_CRS
from geo import control, crs, parallel, places, pullback, scenario, upload, words
from geo.archive import Archive

GEOJSON, KML, KMZ = "GeoJSON", "KML", "KMZ"
GEOPACKAGE, FLATGEOBUF, SHAPEFILE = "GeoPackage", "FlatGeobuf", "Shapefile"
GEOPARQUET, ZIP = "GeoParquet", "ZIP"
SUFFIXES = {
    ".geojson": GEOJSON,
    ".json": GEOJSON,
    ".kml": KML,
    ".kmz": KMZ,
    ".gpkg": GEOPACKAGE,
    ".fgb": FLATGEOBUF,
    ".shp": SHAPEFILE,
    ".parquet": GEOPARQUET,
    ".geoparquet": GEOPARQUET,
    ".zip": ZIP,
}
DRIVERS = ("ESRI Shapefile", "FlatGeobuf", "GPKG", "LIBKML")
"""The drivers of GDAL that the worker has; every other is taken out, those of the network too."""

MOST_ROWS = 100_000
MOST_COLUMNS = 60
LONGEST_EXAMPLE = 60
# Decoded, a column of a Parquet file may be many times what it takes in the file.
LARGEST_COLUMN_BYTES = 100 * 1024 * 1024
Reply = tuple[dict[str, Any], list[bytes]]
"""A document that JSON can hold, and bytes beside it."""

_SAMPLED_ROWS = 200
_MOST_LAYERS = 50
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# GDAL gives every KML these columns, which say how a shape is drawn and not what it is.
_OF_EVERY_KML = {"altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "id"}
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclasses.dataclass
class _Layer:
    """What a reader has found.

    ``geometries`` may hold None, and anything that is no area; ``crs`` is None where the file
    states none.
    """

    kind: str
    geometries: np.ndarray
    rows: int
    columns: list[tuple[str, str, str]]
    crs: pyproj.CRS | None
    layers: list[str] = dataclasses.field(default_factory=list)
    layer: str = ""
    damaged: int = 0
    notes: list[str] = dataclasses.field(default_factory=list)


def warm() -> None:
    """Load what the first task would otherwise wait for; leave GDAL only the drivers it needs."""
    others = [name for name in pyogrio.list_drivers() if name not in DRIVERS]
    pyogrio.set_gdal_config_options({"GDAL_SKIP": ",".join(others)})
    # GDAL looks at what to leave out only when it registers its drivers, which it does here again.
    pyogrio.core._register_drivers()
    crs.to_degrees(crs.to_metres(shapely.Point(37.0, 48.0)))
    places.land(), places.abroad(), places.drained_reservoir()
    # One task, one core.
    parallel.alone()


def look(
    folder: Path, given: Mapping[str, Any], _parts: list[bytes]
) -> tuple[dict[str, Any], list]:
    """Task: what a file holds, and its areas in degrees.

    Parameters
    ----------
    given
        ``name`` of the file for messages; ``layer`` and ``crs`` (EPSG code) where the user chose.
    """
    name = given["name"]
    layer = _read(folder / upload.FILE, name, given.get("layer"))
    document = {
        "kind": layer.kind,
        "rows": layer.rows,
        "columns": layer.columns,
        "layers": layer.layers,
        "layer": layer.layer,
        "notes": [*_misnamed(name, layer.kind), *layer.notes],
    }
    areas, left_out = _areas(layer)
    if not len(areas):
        raise InputError(_no_areas(name, layer))
    stated = layer.crs
    if stated is None and given.get("crs") is not None:
        stated = pyproj.CRS.from_epsg(int(given["crs"]))
    if stated is None:
        bounds = shapely.total_bounds(areas)
        return document | {
            "crs": None,
            "fitting": [code for code in upload.KNOWN_CRS if _fits(bounds, code)],
            "left_out": left_out,
            "repairs": [],
            "reprojected": False,
        }, [b""]
    moved = not stated.equals(pyproj.CRS(STORED_CRS), ignore_axis_order=True)
    if moved:
        areas = _reprojected(areas, stated, name)
    areas = _near(areas, left_out)
    polygons, repairs = upload.checked(areas, name=name)
    return document | {
        "crs": _named(stated),
        "fitting": [],
        "left_out": left_out,
        "repairs": list(repairs),
        "reprojected": moved,
    }, [shapely.to_wkb(shapely.multipolygons(polygons))]


def derive(_folder: Path, given: Mapping[str, Any], parts: list[bytes]) -> Reply:
    """Task: the control map that polygons (WKB of one multipolygon, degrees) make.

    It is also tried: a map that cannot be answered in the time that is left is none to be used.
    """
    polygons = shapely.get_parts(shapely.from_wkb(parts[0]))
    made = control.derive(
        crs.to_metres(polygons),
        source="file",
        title=given["title"],
        date=dt.date.fromisoformat(given["date"]),
        repairs=tuple(given["repairs"]),
    )
    asked = scenario.make(
        date=made.date, ukraine_km=scenario.LARGEST_KM, russia_km=scenario.LARGEST_KM
    )
    pullback.pull_back(made, asked)
    shapes = [shapely.to_wkb(shape) for shape in (made.held, made.kyiv, made.line)]
    return {"repairs": list(made.repairs)}, shapes


# ------------------------------------------------------------------------------- kinds of files


def _read(file: Path, name: str, chosen: str | None) -> _Layer:
    """The layer of a file that is asked for, or the one to begin with."""
    with file.open("rb") as stream:
        start = stream.read(4096)
    text = start.removeprefix(_UTF8_MARK).lstrip()
    if not text:
        raise InputError(_("{name} is empty; give GeoJSON with polygons.").format(name=name))
    if start.startswith(b"PK"):
        return _archive(file, name, chosen)
    if start.startswith(b"SQLite format 3\0"):
        return _geopackage(file, start, name, chosen)
    if start.startswith(b"fgb\x03"):
        return _gdal([_under(file, "layer.fgb")], FLATGEOBUF, name)
    if start.startswith(b"PAR1"):
        return _geoparquet(file, name)
    if start.startswith(struct.pack(">i", 9994)):
        raise InputError(
            _("{name} is only one part of a Shapefile; pack .shp, .shx, .dbf and .prj as ZIP.")
            .format(name=name)
        )  # fmt: skip
    if start.startswith(_UTF16_MARKS) or b"\0" not in start:
        head = start.decode("utf-16", "ignore") if start[:2] in _UTF16_MARKS else ""
        if text.startswith(b"<") or head.lstrip("\ufeff").lstrip().startswith("<"):
            return _kml(file, name, KML)
        return _geojson(file.read_bytes(), name)
    raise InputError(
        _(
            "{name} is none of the files that are read: give GeoJSON, KML, KMZ, GeoPackage, "
            "FlatGeobuf, GeoParquet or a Shapefile packed as ZIP."
        ).format(name=name)
    )


def _geojson(content: bytes, name: str) -> _Layer:
    notes: list[str] = []
    try:
        document = json.loads(content)
    except UnicodeDecodeError:
        notes.append(
            _("{name} is not in UTF-8; its text was read as Windows-1251.").format(name=name)
        )
        document = _json(content.decode("cp1251", "replace"), name)
    except (ValueError, RecursionError) as fault:
        raise InputError(upload.no_json(name)) from fault
    found = [
        (feature, shape)
        for feature in upload.features(document, name)
        for shape in upload.shapes_of(feature, name)
    ]
    rows = len({id(feature) for feature, _shape in found})
    if rows > MOST_ROWS:
        raise InputError(_many_rows(name, rows))
    areas = {place: shape for place, (_f, shape) in enumerate(found) if upload.is_area(shape)}
    if not areas:
        raise InputError(upload.no_polygons(name))
    # What is left out is so whatever its coordinates are; an empty point stands for it.
    geometries = np.array([shape and shapely.Point() for _f, shape in found], dtype=object)
    built = upload.built(list(areas.values()), name)
    geometries[list(areas)] = built
    tables = [feature.get("properties") for feature, _shape in found[:_SAMPLED_ROWS]]
    return _Layer(
        kind=GEOJSON,
        geometries=geometries,
        rows=rows,
        columns=_columns_of([table for table in tables if isinstance(table, dict)]),
        crs=_crs_of_geojson(document, built, name),
        notes=notes,
    )


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InputError(upload.no_json(name)) from fault


def _crs_of_geojson(document: Any, areas: np.ndarray, name: str) -> pyproj.CRS | None:
    """What an older GeoJSON may state; the newer is always in degrees, unless it cannot be."""
    stated = document.get("crs") if isinstance(document, dict) else None
    properties = stated.get("properties") if isinstance(stated, dict) else None
    text = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if re.search(r"CRS84$", text) or not text:
        bounds = shapely.total_bounds(areas)
        fits = not np.isfinite(bounds).all() or upload.is_in_degrees(bounds)
        return pyproj.CRS(STORED_CRS) if fits or text else None
    code = re.search(r"EPSG:{1,2}(?:[\d.]*:)?(\d{4,6})$", text)
    if not code:
        raise InputError(
            _("{name} states a CRS that is not known; save it in EPSG:4326.").format(name=name)
        )
    return _crs(f"EPSG:{code[1]}", name)


def _archive(file: Path, name: str, chosen: str | None) -> _Layer:
    """A zipped Shapefile, or KMZ."""
    archive = Archive(file, name)
    by_stem: dict[str, dict[str, str]] = {}
    for member in archive.members:
        path = PurePosixPath(member)
        by_stem.setdefault(str(path.with_suffix("")), {})[path.suffix.lower()] = member
    shapefiles = {stem: parts for stem, parts in by_stem.items() if ".shp" in parts}
    if shapefiles:
        return _shapefile(file.parent, archive, shapefiles, name, chosen)
    drawings = sorted(
        (member for member in archive.members if member.lower().endswith(".kml")),
        # A reader of KMZ takes the first in the uppermost folder.
        key=lambda member: (member.count("/"), PurePosixPath(member).name != "doc.kml"),
    )
    if drawings:
        target = file.with_name("doc.kml")
        target.write_bytes(archive.read(drawings[0]))
        return _kml(target, name, KMZ)
    raise InputError(
        _("{name} holds neither a Shapefile (.shp, .shx, .dbf) nor KML.").format(name=name)
    )


def _shapefile(
    folder: Path,
    archive: Archive,
    known: Mapping[str, Mapping[str, str]],
    name: str,
    chosen: str | None,
) -> _Layer:
    named = {PurePosixPath(stem).name[-LONGEST_EXAMPLE:]: stem for stem in known}
    layers = list(named)[:_MOST_LAYERS]
    layer = chosen if chosen in layers else layers[0]
    parts = known[named[layer]]
    if ".shx" not in parts:
        raise InputError(
            _("{name} lacks a part of its Shapefile, {part}; pack all of them.").format(
                name=name, part=f"{layer}.shx"
            )
        )
    for suffix in _SHAPEFILE_PARTS:
        if suffix in parts:
            (folder / f"layer{suffix}").write_bytes(archive.read(parts[suffix]))
    found = _gdal([folder / "layer.shp"], SHAPEFILE, name)
    found.layers, found.layer = layers, layer
    return found


def _geopackage(file: Path, start: bytes, name: str, chosen: str | None) -> _Layer:
    if start[68:72] not in (b"GPKG", b"GP10", b"GP11"):
        raise InputError(
            _("{name} is a database, but no GeoPackage; save it as GeoPackage.").format(name=name)
        )
    return _gdal([_under(file, "layer.gpkg")], GEOPACKAGE, name, chosen=chosen)


def _kml(file: Path, name: str, kind: str) -> _Layer:
    _check_xml(file, name)
    found = _gdal([_under(file, "layer.kml")], kind, name, together=True)
    found.columns = [each for each in found.columns if each[2] and each[0] not in _OF_EVERY_KML]
    return found


def _check_xml(file: Path, name: str) -> None:
    """Refuse XML that declares anything (entities are declared so), and what is no KML."""
    roots: list[str] = []

    def begin(tag: str, _attributes: dict[str, str]) -> None:
        roots.append(tag)
        parser.StartElementHandler = None

    def refuse(*_given: Any) -> None:
        raise InputError(
            _("{name} declares entities of its own, as no KML needs to; save it without.").format(
                name=name
            )
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        with file.open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as fault:
        raise InputError(
            _("{name} is damaged KML (line {line}); save it again.").format(
                name=name, line=words.number(fault.lineno)
            )
        ) from fault
    if not roots or roots[0].rpartition(":")[2] != "kml":
        raise InputError(_("{name} is XML, but not KML; save it as KML.").format(name=name))


def _under(file: Path, name: str) -> Path:
    """The same file under a name of ours, by which GDAL knows what to expect."""
    return file.rename(file.with_name(name))


def _gdal(
    files: list[Path], kind: str, name: str, *, chosen: str | None = None, together: bool = False
) -> _Layer:
    """A layer by GDAL; with ``together`` all of them as one, unless one is chosen."""
    (file,) = files
    try:
        listed = pyogrio.list_layers(file)
        layers = [str(layer) for layer, shape in listed if shape is not None][:_MOST_LAYERS]
        if not layers:
            raise InputError(upload.no_polygons(name))
        read = layers if together else [chosen if chosen in layers else _first(file, layers)]
        found = [_gdal_layer(file, layer, kind, name) for layer in read]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as fault:
        raise InputError(
            _("{name} is a damaged {kind}; save it again.").format(name=name, kind=kind)
        ) from fault
    first = found[0]
    if not together:
        first.layers, first.layer = layers, read[0]
        return first
    columns = {column[0]: column for layer in reversed(found) for column in layer.columns}
    return dataclasses.replace(
        first,
        geometries=np.concatenate([layer.geometries for layer in found]),
        rows=sum(layer.rows for layer in found),
        columns=list(columns.values())[:MOST_COLUMNS],
        damaged=sum(layer.damaged for layer in found),
    )


def _first(file: Path, layers: list[str]) -> str:
    """The first layer that says it has areas, else the first."""
    for layer in layers:
        shape = pyogrio.read_info(file, layer=layer)["geometry_type"] or ""
        if "Polygon" in shape or "Surface" in shape:
            return layer
    return layers[0]


def _gdal_layer(file: Path, layer: str, kind: str, name: str) -> _Layer:
    info = pyogrio.read_info(file, layer=layer, force_feature_count=True)
    if info["driver"] not in DRIVERS:
        raise InputError(
            _("{name} is a damaged {kind}; save it again.").format(name=name, kind=kind)
        )
    rows = int(info["features"])
    if rows > MOST_ROWS:
        raise InputError(_many_rows(name, rows))
    _meta, _ids, wkb, _fields = pyogrio.raw.read(file, layer=layer, columns=[])
    geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    given = np.array([each is not None for each in wkb], dtype=bool)
    stated = info["crs"]
    return _Layer(
        kind=kind,
        geometries=geometries,
        rows=rows,
        columns=_columns_of_gdal(file, layer, info),
        crs=None if stated is None else _crs(stated, name),
        damaged=int((given & shapely.is_missing(geometries)).sum()),
    )


def _columns_of_gdal(file: Path, layer: str, info: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    names = [str(name) for name in info["fields"]][:MOST_COLUMNS]
    if not names:
        return []
    meta, _ids, _wkb, fields = pyogrio.raw.read(
        file, layer=layer, read_geometry=False, columns=names, max_features=_SAMPLED_ROWS
    )
    kinds = dict(zip(info["fields"], info["dtypes"], strict=True))
    return [
        (str(name), _kind_of_dtype(str(kinds[name])), _example(values))
        for name, values in zip(meta["fields"], fields, strict=True)
    ]


def _geoparquet(file: Path, name: str) -> _Layer:
    try:
        table = pq.ParquetFile(file)
        about = json.loads((table.schema_arrow.metadata or {}).get(b"geo", b"{}"))
        primary = about.get("primary_column")
        column = about.get("columns", {}).get(primary)
    except (pa.ArrowException, OSError, ValueError, AttributeError) as fault:
        raise InputError(
            _("{name} is a damaged {kind}; save it again.").format(name=name, kind=GEOPARQUET)
        ) from fault
    if not isinstance(column, dict) or primary not in table.schema_arrow.names:
        raise InputError(
            _("{name} is Parquet, but has no column of shapes that it names as such.").format(
                name=name
            )
        )
    rows = table.metadata.num_rows
    if rows > MOST_ROWS:
        raise InputError(_many_rows(name, rows))
    if sum(_sizes(table.metadata)) > LARGEST_COLUMN_BYTES:
        raise InputError(
            _("{name} unpacks to more than {n} MB; give a smaller file.").format(
                name=name, n=LARGEST_COLUMN_BYTES // 1024**2
            )
        )
    try:
        frame = gpd.read_parquet(file, columns=[primary])
        others = [field for field in table.schema_arrow.names if field != primary][:MOST_COLUMNS]
        sample = next(table.iter_batches(_SAMPLED_ROWS, columns=others, use_threads=False), None)
        columns = [] if sample is None else _columns_of_arrow(sample)
    except MemoryError:
        raise  # Arrow's is one of its exceptions too.
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError) as fault:
        raise InputError(
            _("{name} is a damaged {kind}; save it again.").format(name=name, kind=GEOPARQUET)
        ) from fault
    except shapely.errors.ShapelyError as fault:
        if "alloc" in str(fault):  # GEOS says no more than C++ does: std::bad_alloc.
            raise MemoryError from fault
        raise InputError(upload.damaged(name, GEOPARQUET)) from fault
    return _Layer(
        kind=GEOPARQUET,
        geometries=np.asarray(frame.geometry.array),
        rows=rows,
        columns=columns,
        crs=frame.crs if frame.crs is None or _is_on_earth(frame.crs) else None,
    )


def _sizes(metadata: pq.FileMetaData) -> Iterable[int]:
    for group in range(metadata.num_row_groups):
        yield metadata.row_group(group).total_byte_size


# --------------------------------------------------------------------------------------- columns


def _columns_of(tables: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Name, kind and an example of each property of features."""
    values: dict[str, list[Any]] = {}
    for table in tables:
        for key, value in table.items():
            values.setdefault(str(key), []).append(value)
    return [
        (key[:LONGEST_EXAMPLE], _kind_of_values(some), _example(some))
        for key, some in list(values.items())[:MOST_COLUMNS]
    ]


def _columns_of_arrow(batch: pa.RecordBatch) -> list[tuple[str, str, str]]:
    return [
        (field.name[:LONGEST_EXAMPLE], _kind_of_arrow(field.type), _example(column.to_pylist()))
        for field, column in zip(batch.schema, batch.columns, strict=True)
    ]


def _kind_of_values(values: Iterable[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "truth"
    if kinds and kinds <= {int, float}:
        return "number"
    return "text" if kinds <= {str} else "other"


def _kind_of_dtype(dtype: str) -> str:
    if dtype.startswith(("int", "uint", "float")):
        return "number"
    if dtype.startswith("datetime"):
        return "date"
    return {"bool": "truth", "object": "text"}.get(dtype, "other")


def _kind_of_arrow(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_temporal(kind):
        return "date"
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else "other"


def _example(values: Iterable[Any]) -> str:
    """The first value that is one, short and on one line."""
    for value in values:
        if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
            continue
        if isinstance(value, np.datetime64) and np.isnat(value):
            continue
        # Cut first: the text may be as long as the file.
        text = value[: 4 * LONGEST_EXAMPLE] if isinstance(value, str) else repr_short(value)
        line = " ".join(text.split())
        return line if len(line) <= LONGEST_EXAMPLE else line[: LONGEST_EXAMPLE - 1] + "…"
    return ""


def repr_short(value: Any) -> str:
    """A value that is no text, in a few characters."""
    if isinstance(value, list | dict | bytes | np.ndarray):
        return "…"
    return str(value)[: 4 * LONGEST_EXAMPLE]


# ------------------------------------------------------------------------------- shapes and CRS


def _areas(layer: _Layer) -> tuple[np.ndarray, list[str]]:
    """The areas of a layer, flat and each once, and what was left out, a sentence each."""
    left_out: list[str] = []
    # A collection may hold collections.
    given = layer.geometries
    none = int((shapely.is_missing(given) | _is_blank(given)).sum()) - layer.damaged
    if none > 0:
        left_out.append(
            ngettext("{n} row without a shape.", "{n} rows without a shape.", none).format(
                n=words.number(none)
            )
        )
    if layer.damaged:
        left_out.append(
            ngettext("{n} damaged shape.", "{n} damaged shapes.", layer.damaged).format(
                n=words.number(layer.damaged)
            )
        )
    shapes = given[~shapely.is_missing(given) & ~_is_blank(given)]
    for _depth in range(3):
        shapes = shapely.get_parts(shapes)
    kinds = shapely.get_type_id(shapes)
    is_area = np.isin(kinds, _AREAS)
    other = int((~is_area).sum())
    if other:
        left_out.append(
            ngettext(
                "{n} point or line: only areas are used.",
                "{n} points or lines: only areas are used.",
                other,
            ).format(n=words.number(other))
        )
    areas = shapes[is_area]
    if shapely.has_z(areas).any():
        left_out.append(_("Heights: areas are used without."))
        areas = shapely.force_2d(areas)
    different = np.unique(shapely.to_wkb(areas), return_index=True)[1]
    twice = len(areas) - len(different)
    if twice:
        left_out.append(
            ngettext(
                "{n} area that stands there twice.", "{n} areas that stand there twice.", twice
            ).format(n=words.number(twice))
        )
    return areas[np.sort(different)], left_out


def _is_blank(shapes: np.ndarray) -> np.ndarray:
    """Areas and collections with nothing in them (an empty point stands for any point)."""
    return shapely.is_empty(shapes) & (shapely.get_dimensions(shapes) != 0)


def _no_areas(name: str, layer: _Layer) -> str:
    if len(layer.layers) > 1:
        return _("{name} holds no polygons in its layer {layer}; choose another.").format(
            name=name, layer=layer.layer
        )
    return upload.no_polygons(name)


def _near(areas: np.ndarray, left_out: list[str]) -> np.ndarray:
    """The areas that touch Ukraine and what is near it; all of them where none does."""
    with np.errstate(invalid="ignore"):
        bounds = shapely.bounds(areas)
        west, south, east, north = upload.NEAR_UKRAINE
        near = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
        near &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
        # What is not finite is for the check to name.
        near |= ~np.isfinite(bounds).all(axis=1)
    far = int((~near).sum())
    if not far or not near.any():
        return areas
    left_out.append(
        ngettext(
            "{n} area outside Ukraine and its neighbours.",
            "{n} areas outside Ukraine and its neighbours.",
            far,
        ).format(n=words.number(far))
    )
    return areas[near]


def _reprojected(areas: np.ndarray, stated: pyproj.CRS, name: str) -> np.ndarray:
    if int(shapely.get_num_coordinates(areas).sum()) > upload.MOST_VERTICES:
        raise InputError(upload.many_vertices(name, areas))
    if not np.isfinite(shapely.get_coordinates(areas)).all():
        raise InputError(upload.not_finite(name))
    change = pyproj.Transformer.from_crs(stated, STORED_CRS, always_xy=True)
    moved = shapely.transform(areas, lambda x, y: change.transform(x, y), interleaved=False)
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise InputError(
            _("{name} does not lie where its CRS, {crs}, can be used; name another.").format(
                name=name, crs=_named(stated)
            )
        )
    return moved


def _crs(text: str, name: str) -> pyproj.CRS | None:
    """A CRS as GDAL writes it; None where it is one of no place on earth."""
    try:
        found = pyproj.CRS.from_string(text) if text.startswith("EPSG:") else None
        found = found or pyproj.CRS.from_wkt(text)
    except pyproj.exceptions.CRSError as fault:
        raise InputError(
            _("{name} states a CRS that is not known; save it in EPSG:4326.").format(name=name)
        ) from fault
    return found if _is_on_earth(found) else None


def _is_on_earth(stated: pyproj.CRS) -> bool:
    return bool(stated.is_geographic or stated.is_projected)


def _named(stated: pyproj.CRS) -> str:
    code = stated.to_epsg()
    return f"{stated.name} (EPSG:{code})" if code else str(stated.name)


def _fits(bounds: np.ndarray, code: int) -> bool:
    """Whether coordinates, taken to be in a CRS, lie in Ukraine or near it."""
    change = pyproj.Transformer.from_crs(code, STORED_CRS, always_xy=True)
    x, y = change.transform(bounds[[0, 2]], bounds[[1, 3]])
    return upload.is_near(min(x), min(y), max(x), max(y))


def _misnamed(name: str, kind: str) -> list[str]:
    """That a file is not what its name says."""
    suffix = PurePosixPath(name).suffix.lower()
    told = SUFFIXES.get(suffix)
    if told is None or told == kind or (told == ZIP and kind == SHAPEFILE):
        return []
    return [
        _("Its name ends in {suffix}, but it is {kind}, and was read as that.").format(
            suffix=suffix, kind=kind
        )
    ]


def _many_rows(name: str, rows: int) -> str:
    return _("{name} has {n} rows; give a file of at most {most}.").format(
        name=name, n=words.number(rows), most=words.number(MOST_ROWS)
    )
