"""``python cli.py check``: how far the figures hold (`geo.check`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data import terminal
from geo import options


def run(
    date: options.DateOption = None,
    extent: Annotated[
        str,
        typer.Option("--extent", metavar="all|PLACE", help="Where the figures are compared."),
    ] = "Donetsk Oblast",
    detail: Annotated[
        Path | None,
        typer.Option(
            "--detail", metavar="DIR", help="A folder of source files to compare the tables with."
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Save the method's figure as .png."),
    ] = None,
) -> None:
    """How far the figures hold: what docs/method.md quotes, computed again."""
    from geo import asking, check, check_figure, control, export

    if figure is not None:
        export.format_of(figure, ["png"])
    day = asking.date(date, next(iter(control.SOURCES)), [], mark="--")
    print(check.text(check.report(day, extent=extent, detail_dir=detail)))
    if figure is not None:
        export.save(check_figure.png(day), figure)
        terminal.print_saved([figure])
