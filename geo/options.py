"""The options by which commands ask for a scenario or its control map, and for pictures of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.errors import InputError

DateOption = Annotated[
    str | None,
    typer.Option(
        "--date",
        metavar="D",
        help="Control map of this day, YYYY-MM-DD. By default the newest bundled one up to "
        "2025-12-14.",
    ),
]
SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="deepstate|owl|FILE",
        help="Who assessed control, or a file of Russian-held polygons (GeoJSON, KML, KMZ, "
        "GeoPackage, zipped Shapefile, FlatGeobuf, GeoParquet); the date is then the one in the "
        "file's name, else --date.",
    ),
]
CrsOption = Annotated[
    str | None,
    typer.Option(
        "--crs",
        metavar="EPSG",
        help="The EPSG code of the files given, where they state no CRS themselves.",
    ),
]
UkraineKmOption = Annotated[
    str | None,
    typer.Option("--ukraine-km", metavar="N", help="Ukraine pulls back N km, 0 to 40."),
]
RussiaKmOption = Annotated[
    str | None,
    typer.Option("--russia-km", metavar="N", help="Russia pulls back N km, 0 to 40."),
]
PresetOption = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="Start from a reported proposal, such as mirror-10 or free-economic-zone.",
    ),
]
UkraineLeavesOption = Annotated[
    str | None,
    typer.Option(
        "--ukraine-leaves",
        metavar="PLACE,…",
        help="Ukraine leaves what it holds in these oblasts, raions or hromadas; '' for none.",
    ),
]
RussiaLeavesOption = Annotated[
    str | None,
    typer.Option(
        "--russia-leaves",
        metavar="PLACE,…",
        help="Russia leaves what it holds in these oblasts, raions or hromadas; '' for none.",
    ),
]
ExtentOption = Annotated[
    str | None,
    typer.Option(
        "--extent",
        metavar="all|PLACE|FILE",
        help="Where it applies: everywhere, a place, or the polygons of a file.",
    ),
]
LineOption = Annotated[
    Path | None,
    typer.Option(
        "--line",
        metavar="FILE",
        help="Measure from the lines of a GeoJSON file instead of the line of contact.",
    ),
]

PaperOption = Annotated[
    str,
    typer.Option(
        "--paper",
        metavar="NAME",
        help="Of pictures: a4-landscape, a4-portrait, a3-landscape, a3-portrait, slide, square or "
        "social.",
    ),
]
ThemeOption = Annotated[
    str, typer.Option("--theme", metavar="NAME", help="Colours of pictures: light, dark or grey.")
]
DpiOption = Annotated[
    str, typer.Option("--dpi", metavar="N", help="Dots per inch of a .png, 100 to 600.")
]
ExcelOption = Annotated[
    bool,
    typer.Option("--excel", help="Begin a .csv with the mark by which Excel knows UTF-8."),
]


def crs_code(text: str | None) -> int | None:
    """The EPSG code that ``--crs`` names.

    Raises
    ------
    InputError
        Where there is no such code.
    """
    from geo import upload

    code = None if text is None else upload.epsg_code(text)
    if text is not None and code is None:
        raise InputError(f"--crs is {text!r}; give a known EPSG code, such as 32637.")
    return code
