"""What all commands share: groups of them, what each prints, and how an interruption ends it."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import InputError

STOPPED = 130
"""Exit status after an interruption."""

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.")
]


def group(about: str) -> typer.Typer:
    """Some commands under one name, without any yet."""
    return typer.Typer(
        help=about,
        add_completion=False,
        no_args_is_help=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


@contextlib.contextmanager
def can_go_on() -> Iterator[None]:
    """Around work that keeps what is finished: an interruption is told in a sentence.

    Raises
    ------
    typer.Exit
        After an interruption, with the status `STOPPED`.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        print("stopped: the same command goes on where this one was.", file=sys.stderr)
        raise typer.Exit(STOPPED) from stop


def whole(text: str, option: str, *, least: int = 1, most: int | None = None) -> int:
    """The whole number that an option was given.

    Raises
    ------
    InputError
        Where it is none, or too small or large.
    """
    number = int(text) if re.fullmatch("[0-9]{1,9}", text.strip()) else -1
    if number < least or (most is not None and number > most):
        span = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise InputError(f"{option} is {text!r}; give a whole number {span}.")
    return number


def print_sources(sources: Iterable[dict[str, str]]) -> None:
    """The sources of what was printed, a line each."""
    print("\nSources")
    for source in sources:
        print(f"  {source['title']}: {source['as_of']}; {source['licence']}")


def print_saved(paths: Iterable[Path]) -> None:
    """The files that were saved, a line each."""
    for number, path in enumerate(paths):
        print(f"{'' if number else chr(10)}Saved {path}")


def print_warnings(sentences: Iterable[str]) -> None:
    """What is to be known beside the answer, on standard error."""
    for sentence in sentences:
        print(f"note: {sentence}", file=sys.stderr)


def print_json(document: dict[str, Any]) -> None:
    """One JSON document."""
    print(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def print_table(
    head: Sequence[str] | None,
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] | None = None,
) -> None:
    """Aligned columns; those of `right` flush right, by default all but the first."""
    lines = [head, *rows] if head else list(rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    flush_right = range(1, len(widths)) if right is None else right
    for line in lines:
        cells: list[str] = []
        for column, (text, width) in enumerate(zip(line, widths, strict=True)):
            align: Callable[[int], str] = text.rjust if column in flush_right else text.ljust
            cells.append(align(width))
        print("  ".join(cells).rstrip())
