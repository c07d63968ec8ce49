"""Every bundled dataset: where it comes from, under what terms, and whether it is still intact."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import tomllib
from pathlib import Path

from data.errors import DataError
from data.language import _

FOLDER = Path(__file__).parent
CATALOG = FOLDER / "catalog.toml"
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
    try:
        entries = tomllib.loads(CATALOG.read_text(encoding="utf-8"))
        return {name: Dataset(id=name, **entry) for name, entry in entries.items()}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as fault:
        raise DataError(
            _("data/{file} is missing or damaged; {mend}.").format(file=CATALOG.name, mend=RESTORE)
        ) from fault


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
    """The catalogue as TOML; strings are written as JSON writes them, which TOML reads alike."""
    blocks = []
    for entry in sorted(entries, key=lambda e: e.id):
        fields = dataclasses.asdict(entry)
        lines = [f"[{fields.pop('id')}]"]
        lines += [f"{key} = {json.dumps(v, ensure_ascii=False)}" for key, v in fields.items()]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@functools.lru_cache(maxsize=64)
def _digest_at(file: Path, _mtime_ns: int, _size: int) -> str:
    return digest(file)
