"""Many scenarios at once: a table with a row for each, every format of each in a folder.

A row is finished when its record says so: that is written last, with a fingerprint of all that the
files came from. So whatever stopped the work, it goes on where it was; and a row that was changed,
or whose data were, is made anew.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import itertools
import json
import math
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from PIL import Image

from data import catalog, delimited, language, stored
from data.errors import AtlasError, InputError
from data.language import _, spoken
from geo import asking, batch_index, batch_worker, control, export, impact, link, pullback
from geo.batch_index import ERRORS, FIGURES, INDEX, THUMBNAIL, Done, Fault
from geo.control import ControlMap
from geo.drawing import Drawing
from geo.impact import Impact
from geo.paper import DEFAULT, LEAST_DPI, Look
from geo.scenario import Scenario
from geo.snapshot import Snapshot

COLUMNS = ("name", *asking.FIELDS, "link")
"""What a table may hold, a scenario a row; every one may be left out."""

RECORD = "row.json"
_FILES = ("source", "extent", "line")
_MADE_LIKE = 2  # a new number has every row made anew
_LONGEST_NAME = 60
_LARGEST_CHUNK = 6
_THUMBNAIL_PX = 480
_COLOURS = 128


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table: its number among all rows, its line in the file, its cells by column."""

    number: int
    line: int
    cells: Mapping[str, str]

    @property
    def name(self) -> str:
        """What the row is called; "" where it has no name."""
        return self.cells.get("name", "")

    @property
    def stem(self) -> str:
        """Name of the row's folder and files: number and name, safe on every system."""
        letters = "".join(c if c.isalnum() else "-" for c in self.name.lower())
        words = "-".join(filter(None, letters.split("-")))[:_LONGEST_NAME].rstrip("-")
        return f"{self.number:04d}-{words}" if words else f"{self.number:04d}"


@dataclasses.dataclass(frozen=True)
class Table:
    """What a file asks: rows, those that are none, and what of it was left aside."""

    file: Path
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How the rows of a table are made.

    Attributes
    ----------
    folder
        Where they go.
    formats
        Of `geo.export.FORMATS`.
    look
        How pictures look.
    relative_to
        The folder that the files named in the table are relative to.
    language
        Which is spoken.
    """

    folder: Path
    formats: tuple[str, ...]
    look: Look
    relative_to: Path
    language: str


@dataclasses.dataclass(frozen=True)
class Report:
    """What became of a table.

    Attributes
    ----------
    index
        The page that shows everything.
    done
        The finished rows in their order.
    made
        How many of them were made now; the others were there.
    faults
        The rows that could not be used, in their order.
    notes
        What of the table was left aside, a sentence each.
    """

    index: Path
    done: tuple[Done, ...]
    made: int
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def read(file: Path) -> Table:
    """The rows of a table, numbered in their order.

    Raises
    ------
    InputError
        Where it is no table, has no rows, or none of `COLUMNS`, or one of them twice.
    """
    table = delimited.read(file, error=InputError)
    named = {name: name.strip().replace("-", "_").replace(" ", "_") for name in table.header}
    known = [name for name in table.header if named[name] in COLUMNS]
    if not known:
        raise InputError(
            _("{file} has none of the columns of a scenario; it may have {known}.").format(
                file=file.name, known=", ".join(COLUMNS)
            )
        )
    twice = {named[name] for name in known if [named[one] for one in known].count(named[name]) > 1}
    if twice:
        raise InputError(
            _("{file} has the column {names} twice; keep one.").format(
                file=file.name, names=", ".join(sorted(twice))
            )
        )
    notes = list(table.notes)
    strange = sorted({name for name in table.header if name and name not in known})
    if strange:
        notes.append(
            _("Left aside: {names}; the columns of a scenario are {known}.").format(
                names=", ".join(strange)[:200], known=", ".join(COLUMNS)
            )
        )
    if not table.rows and not table.left_out:
        raise InputError(
            _("{file} has no rows; write a scenario on each line below its header.").format(
                file=file.name
            )
        )
    lines = sorted([line for line, _cells in table.rows] + [line for line, _why in table.left_out])
    number = {line: place for place, line in enumerate(lines, start=1)}
    rows = tuple(
        Row(number[line], line, {named[key]: cells[key] for key in known if cells.get(key)})
        for line, cells in table.rows
    )
    faults = tuple(Fault(number[line], line, "", why) for line, why in table.left_out)
    return Table(file, rows, faults, tuple(notes))


def run(
    file: Path,
    folder: Path,
    *,
    formats: Sequence[str] = export.FORMATS,
    look: Look = DEFAULT,
    jobs: int | None = None,
    tell: Callable[[int, int, int], None] = lambda done, of, broken: None,
) -> Report:
    """Make every row of a table that is not made yet, and an index of all.

    In ``folder`` each row has a folder of its own (`Row.stem`) with a file a format, a thumbnail
    and its record; beside them stand the index, a table of all figures, and one of the rows that
    could not be used. The bytes are the same whatever ``jobs`` is.

    Parameters
    ----------
    file
        As `read` takes it.
    folder
        Is made where its parent is there.
    formats
        Of `geo.export.FORMATS`.
    look
        How pictures look.
    jobs
        How many processes; by default as many as there are cores.
    tell
        Is called with the rows finished or refused so far, their number, and the refused.

    Raises
    ------
    InputError
        Where the table, the folder or a format cannot be used. A row that cannot be used is in
        the report.
    """
    table = read(file)
    plan = Plan(
        folder=folder,
        formats=_checked(formats),
        look=look,
        relative_to=file.absolute().parent,
        language=language.current(),
    )
    _prepare(folder, file)
    faults = list(table.faults)
    missing = [row for row in table.rows if _record(row, plan) is None]
    kept = len(table.rows) - len(missing)
    total = len(table.rows) + len(faults)
    tell(kept + len(faults), total, len(faults))
    made = 0
    with contextlib.closing(_made(missing, plan, jobs or os.cpu_count() or 1)) as results:
        for number, reason in results:
            if reason is None:
                made += 1
            else:
                row = next(row for row in missing if row.number == number)
                faults.append(Fault(row.number, row.line, row.name, reason))
            tell(kept + made + len(faults), total, len(faults))
    done = tuple(filter(None, (_record(row, plan) for row in table.rows)))
    faults.sort(key=lambda fault: fault.number)
    for name, content in batch_index.files(file.name, done, faults, table.notes).items():
        export.save(content, folder / name)
    if not faults:
        (folder / ERRORS).unlink(missing_ok=True)
    return Report(folder / INDEX, done, made, tuple(faults), table.notes)


def make(row: Row, plan: Plan) -> str | None:
    """Make the files of a row; why it could not be used, None where it could."""
    with language.using(plan.language):
        try:
            _make(row, plan)
        except AtlasError as fault:
            return _without_folders(str(fault), plan)
        except Exception as fault:  # One row must not take the others with it.
            text = _("an unexpected fault ({kind}: {why}); please report it.")
            told = text.format(kind=type(fault).__name__, why=" ".join(str(fault).split()))
            return _without_folders(str(told), plan)
        return None


def _without_folders(said: str, plan: Plan) -> str:
    """A sentence that can be passed on: it does not say where on this computer a file lies."""
    for folder in (plan.folder.absolute(), plan.relative_to):
        said = said.replace(f"{folder}{os.sep}", "")
    return said


def _make(row: Row, plan: Plan) -> None:
    folder = plan.folder / row.stem
    remarks: list[str] = []
    snapshot = _snapshot(row, plan, remarks)
    try:
        folder.mkdir(exist_ok=True)
        before = _files_before(folder)
        # Without its record the row counts as unfinished, whatever becomes of this.
        (folder / RECORD).unlink(missing_ok=True)
        for half in folder.glob(".*.part"):
            half.unlink()
    except OSError as fault:
        raise _unwritable(folder, fault) from fault
    sizes, picture = {}, b""
    for format in plan.formats:
        content = export.to_bytes(snapshot, format, look=plan.look)
        if format == "png":
            picture = content
        sizes[f"{row.stem}.{format}"] = len(content)
        export.save(content, folder / f"{row.stem}.{format}")
    if not picture:
        small = dataclasses.replace(plan.look, dpi=LEAST_DPI)
        picture = export.to_bytes(snapshot, "png", look=small)
    content = _thumbnail(picture)
    sizes[THUMBNAIL] = len(content)
    export.save(content, folder / THUMBNAIL)
    for name in before - sizes.keys():
        (folder / name).unlink(missing_ok=True)
    document = {
        "fingerprint": _fingerprint(row, plan),
        "name": row.name,
        "title": snapshot.first.scenario.title(),
        "date": snapshot.first.control.date.isoformat(),
        "source": snapshot.first.control.title,
        "sides": impact.by_side(snapshot.first.sides),
        "sources": snapshot.sources,
        "files": sizes,
        "remarks": remarks,
    }
    text = json.dumps(spoken(document), ensure_ascii=False, indent=1, sort_keys=True)
    export.save(text.encode(), folder / RECORD)


def _files_before(folder: Path) -> set[str]:
    """The files that the folder's record names: of formats that nobody wants any more, too."""
    try:
        names = json.loads((folder / RECORD).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {str(name) for name in names if Path(name).name == name}


def _snapshot(row: Row, plan: Plan, remarks: list[str]) -> Snapshot:
    """The answer to a row, with what was drawn in its link."""
    start: Scenario | None = None
    drawings: tuple[Drawing, ...] = ()
    address = row.cells.get("link")
    if address is not None:
        if "preset" in row.cells:
            raise InputError(_("give a link or a preset: each is a whole scenario."))
        opened = link.from_address(address)
        start, drawings = opened.scenario, opened.drawings
        remarks += opened.complaints
        if opened.both:
            remarks.append(_("The link asks both assessors; this is the answer on one’s map."))
    given = {name: row.cells.get(name) for name in asking.FIELDS}
    asked = asking.ask(given, remarks=remarks, start=start, folder=plan.relative_to)
    ground = _ground(asked, plan.relative_to)
    drawn = tuple(_drawn(drawings, asked, ground, remarks))
    return Snapshot(answers=(_answer(asked, ground),), drawn=drawn)


def _drawn(
    drawings: Sequence[Drawing], asked: Scenario, ground: ControlMap, remarks: list[str]
) -> Iterator[tuple[Drawing, Impact]]:
    for one in drawings:
        try:
            one.check()
            yield one, _answer(one.to_scenario(asked), ground)
        except InputError as fault:
            told = _("The drawing “{name}” is left out: {why}")
            remarks.append(told.format(name=one.name, why=fault))


def _ground(asked: Scenario, folder: Path) -> ControlMap:
    """The control map; one from a file is known by what the table calls that."""
    if asked.source in control.SOURCES:
        return control.load(asked.date, asked.source)
    with asking.naming(asked.source, folder=folder) as file:
        found = control.load(asked.date, str(file))
    repairs = (asking.in_own_words(one, asked.source, folder=folder) for one in found.repairs)
    return dataclasses.replace(found, source=asked.source, repairs=tuple(repairs))


def _answer(asked: Scenario, ground: ControlMap) -> Impact:
    return impact.assess(pullback.pull_back(ground, asked), ground, asked)


def _thumbnail(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as page:
        size = (_THUMBNAIL_PX, max(1, round(page.height * _THUMBNAIL_PX / page.width)))
        small = page.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    file = io.BytesIO()
    small.quantize(_COLOURS, dither=Image.Dither.NONE).save(file, format="PNG", optimize=True)
    return file.getvalue()


def _record(row: Row, plan: Plan) -> Done | None:
    """A row as it was made before; None where it was not, or otherwise, or lacks a file."""
    folder = plan.folder / row.stem
    try:
        document = json.loads((folder / RECORD).read_text("utf-8"))
        if document["fingerprint"] != _fingerprint(row, plan):
            return None
        files = {str(name): int(size) for name, size in document["files"].items()}
        if any((folder / name).stat().st_size != size for name, size in files.items()):
            return None
        return Done(
            number=row.number,
            stem=row.stem,
            name=row.name,
            title=str(document["title"]),
            date=str(document["date"]),
            source=str(document["source"]),
            sides=document["sides"],
            sources=tuple(
                {str(key): str(text) for key, text in one.items()} for one in document["sources"]
            ),
            files=tuple(f"{row.stem}.{format}" for format in plan.formats),
            remarks=tuple(map(str, document["remarks"])),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _fingerprint(row: Row, plan: Plan) -> str:
    """Of all that the files of a row come from: its cells, the version, the data, the options."""
    known = [
        _MADE_LIKE,
        row.stem,
        sorted(row.cells.items()),
        [_file_digest(plan.relative_to, row.cells.get(key)) for key in _FILES],
        catalog.version(),
        sorted(dataset.sha256 for dataset in catalog.datasets().values()),
        [stored.stamp(source) for source in control.SOURCES],
        list(plan.formats),
        dataclasses.astuple(plan.look),
        plan.language,
    ]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def _file_digest(folder: Path, text: str | None) -> str:
    """Of a file that a cell names; "" where it names none."""
    if text is None or not asking.is_file(folder / text):
        return ""
    try:
        return catalog.digest(folder / text)
    except OSError:
        return ""  # What cannot be read is said when the row is made.


def _made(
    rows: Sequence[Row], plan: Plan, jobs: int
) -> Generator[tuple[int, str | None], None, None]:
    """Make rows; number and fault of each as it is finished, in whatever order."""
    jobs = min(jobs, len(rows))
    if jobs <= 1:
        for row in rows:
            yield row.number, make(row, plan)
        return
    chunks = list(_chunks(rows, jobs))
    pool = ProcessPoolExecutor(
        jobs, get_context("spawn"), initializer=batch_worker.begin, initargs=(plan.language,)
    )
    try:
        waiting = {pool.submit(batch_worker.work, chunk, plan): chunk for chunk in chunks}
        for future in as_completed(waiting):
            yield from _results(future, waiting[future])
    finally:
        pool.shutdown(cancel_futures=True)


def _results(
    future: Future[list[tuple[int, str | None]]], chunk: Sequence[Row]
) -> list[tuple[int, str | None]]:
    try:
        return future.result()
    except BrokenProcessPool:
        reason = _("its process was ended, as for want of memory; start again, with fewer --jobs.")
        return [(row.number, str(reason)) for row in chunk]


def _chunks(rows: Sequence[Row], jobs: int) -> Iterator[list[Row]]:
    """Rows in pieces with the same control map, which is then loaded once.

    The pieces get smaller, so that no core waits long for the last one.
    """

    def on_map(row: Row) -> tuple[str, ...]:
        return tuple(row.cells.get(key, "") for key in ("source", "date", "link"))

    left = len(rows)
    for _key, same in itertools.groupby(sorted(rows, key=on_map), key=on_map):
        some = list(same)
        while some:
            size = min(_LARGEST_CHUNK, math.ceil(left / (4 * jobs)))
            yield some[:size]
            left -= len(some[:size])
            some = some[size:]


def _checked(formats: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(name.strip().lower().lstrip(".") for name in formats))
    for name in wanted:
        export.require_format(name)
    return wanted


def _prepare(folder: Path, file: Path) -> None:
    """Make the folder, and refuse one in which something would be lost."""
    if folder.exists() and not folder.is_dir():
        raise InputError(_("{folder} is no folder; give another.").format(folder=folder))
    if not folder.absolute().parent.is_dir():
        raise InputError(
            _("there is no folder {folder}; make it first.").format(folder=folder.absolute().parent)
        )
    if file.resolve() in {(folder / name).resolve() for name in (INDEX, FIGURES, ERRORS)}:
        raise InputError(
            _("{file} would be written over; give another folder or name.").format(file=file)
        )
    try:
        folder.mkdir(exist_ok=True)
    except OSError as fault:
        # Not the system's reason: of a place such as /proc it is that there is no such file.
        raise InputError(
            _("{folder} cannot be made: nothing can be written to {parent}; give another.").format(
                folder=folder, parent=folder.absolute().parent
            )
        ) from fault


def _unwritable(folder: Path, fault: OSError) -> InputError:
    reason = (fault.strerror or str(fault)).lower()
    return InputError(_("{path} could not be written: {why}.").format(path=folder, why=reason))


def summary(report: Report) -> dict[str, Any]:
    """The report as a JSON document."""
    document = {
        "index": str(report.index),
        "finished": len(report.done),
        "made_now": report.made,
        "rows": [one.to_dict() for one in report.done],
        "faults": [dataclasses.asdict(fault) for fault in report.faults],
        "warnings": list(report.notes),
    }
    told: dict[str, Any] = spoken(document)
    return told
