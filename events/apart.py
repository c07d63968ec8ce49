"""A stranger's file of events, read in a process of its own (`geo.sandbox`)."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from data.errors import InputError
from events import points, rows
from events.points import Points
from geo import sandbox

_TOLD = ("read", "as_of", "share", "format", "title", "licence", "attribution")


@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """What came of reading a file: its events or one sentence, and its columns where it has any."""

    points: Points | None
    problem: str
    columns: tuple[str, ...]


def read(content: bytes, *, name: str, columns: Mapping[str, str] | None = None) -> Outcome:
    """Read a file of events that came from somebody.

    Parameters
    ----------
    content
        The file, of any kind that `events.points.batches` reads.
    name
        What the user calls it, for messages and as the title of a table of no known format.
    columns
        Which column holds what, as in `events.points.batches`.
    """
    # The readers speak of a file by its name on the disk, which is one of ours.
    alias = secrets.token_hex(12)
    given = {"alias": alias, "name": name, "columns": dict(columns or {})}
    try:
        answer = sandbox.run("events.apart:read_here", given, name=name, files={alias: content})
    except InputError as fault:
        return Outcome(None, str(fault), ())
    said = answer.document
    if said["problem"]:
        return Outcome(None, said["problem"], tuple(said["names"]))
    table, coarse = (pa.ipc.open_stream(part).read_all().to_pandas() for part in answer.parts)
    found = Points(
        table=table,
        coarse=coarse,
        left_out=pd.Series(said["left_out"], dtype="int64", name="rows"),
        first_at=pd.Series(said["first_at"], dtype="str", name="first_at"),
        notes=tuple(said["notes"]),
        **{key: said[key] for key in _TOLD},
    )
    return Outcome(found, "", tuple(said["names"]))


def read_here(
    folder: Path, given: Mapping[str, Any], _parts: list[bytes]
) -> tuple[dict[str, Any], list[bytes]]:
    """Task of a worker: the events of a file, or what is wrong with it."""
    pa.set_cpu_count(1)
    file = folder / given["alias"]
    names: list[str] = []
    with contextlib.suppress(InputError):
        names = [str(column) for column in dict.fromkeys(rows.open_rows(file).columns)]

    def named(text: object) -> str:
        return str(text).replace(str(file), given["name"]).replace(given["alias"], given["name"])

    try:
        found = points.read(file, columns=given["columns"])
    except InputError as fault:
        return {"problem": named(fault), "names": names}, []
    document = {key: getattr(found, key) for key in _TOLD} | {
        "title": named(found.title),
        "left_out": {str(reason): int(count) for reason, count in found.left_out.items()},
        "first_at": {str(reason): str(place) for reason, place in found.first_at.items()},
        "notes": [named(note) for note in found.notes],
        "names": names,
        "problem": "",
    }
    return document, [_packed(found.table), _packed(found.coarse)]


def _packed(frame: pd.DataFrame) -> bytes:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()
