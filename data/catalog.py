"""Every bundled dataset: where it comes from, under what terms, and whether it is still intact."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from data.errors import DataError
from data.language import _

FOLDER = Path(__file__).parent
CATALOG = FOLDER / "catalog.toml"
UPSTREAM = "upstream"
"""Name of the catalogue's table of what can be fetched; `data.upstream` reads it."""
_PROJECT = FOLDER.parent / "pyproject.toml"
RESTORE = _(
    "restore it with 'git checkout -- data' or with 'python cli.py data build --from FOLDER', "
    "FOLDER holding the source files"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dataset:
    """One entry of the catalogue.

    Attributes
    ----------
    id, title, file
        Name in the code, name for people, file below ``data/``.
    url, licence, attribution
        Where the source is published, its terms, and how it wants to be named.
    as_of
        The date or period that the figures describe, in words.
    rows, sha256
        Of the bundled file.
    derived, generalised
        How the table was made from its source, and how far generalising moved anything.
    """

    id: str
    title: str
    file: str
    url: str
    licence: str
    attribution: str
    as_of: str
    rows: int
    sha256: str
    derived: str
    generalised: str


@functools.lru_cache(maxsize=1)
def datasets() -> dict[str, Dataset]:
    """The catalogue, keyed by dataset id.

    Raises
    ------
    DataError
        Where ``catalog.toml`` is missing or cannot be read.
    """
    entries = _entries()
    try:
        return {name: Dataset(id=name, **entries[name]) for name in entries if name != UPSTREAM}
    except TypeError as fault:
        raise _damaged() from fault


def upstream_tables() -> dict[str, dict[str, Any]]:
    """What the catalogue says of each source that can be fetched, as it stands there.

    Raises
    ------
    DataError
        As of `datasets`.
    """
    tables = _entries().get(UPSTREAM, {})
    return {name: dict(table) for name, table in tables.items()}


def _entries() -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(CATALOG.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise _damaged() from fault


def _damaged() -> DataError:
    return DataError(
        _("data/{file} is missing or damaged; {mend}.").format(file=CATALOG.name, mend=RESTORE)
    )


@functools.lru_cache(maxsize=1)
def version() -> str:
    """The version of the project, as ``pyproject.toml`` says."""
    return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def path(dataset_id: str) -> Path:
    """Path of a bundled table, after checking that it is the one of the catalogue.

    Raises
    ------
    DataError
        Where the file is missing or its SHA-256 differs.
    """
    dataset = datasets()[dataset_id]
    file = FOLDER / dataset.file
    try:
        stamp = file.stat()
    except OSError as fault:
        raise DataError(
            _("data/{file} is missing; {mend}.").format(file=dataset.file, mend=RESTORE)
        ) from fault
    if _digest_at(file, stamp.st_mtime_ns, stamp.st_size) != dataset.sha256:
        raise DataError(
            _("data/{file} is damaged or was changed; {mend}.").format(
                file=dataset.file, mend=RESTORE
            )
        )
    return file


def dump(entries: list[Dataset]) -> str:
    """The catalogue as TOML: the tables given, and what can be fetched as it stands.

    Strings are written as JSON writes them, which TOML reads alike.
    """
    tables = {}
    for entry in sorted(entries, key=lambda e: e.id):
        fields = dataclasses.asdict(entry)
        tables[fields.pop("id")] = fields
    tables |= {f"{UPSTREAM}.{name}": table for name, table in sorted(upstream_tables().items())}
    return "\n".join(_block(name, fields) for name, fields in tables.items())


def _block(name: str, fields: dict[str, Any]) -> str:
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "\n".join([f"[{name}]", *lines]) + "\n"


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@functools.lru_cache(maxsize=64)
def _digest_at(file: Path, _mtime_ns: int, _size: int) -> str:
    return digest(file)
