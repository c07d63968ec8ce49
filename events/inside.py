"""Events inside the zones: how many, of what class, when, and how densely beside the ground around.

One function, `tally`, counts a table of points; what it gives can be added up. The local engine
adds it up over slices of the batches of a file, the Dask engine over parts of the file on many
machines, and both come to the same counts.

An event lies in a zone where its point intersects it, the boundary included: one on the line of
contact itself lies in both. An event known only to its oblast or coarser is in no table of
`events.points` and in no zone.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from data.delimited import guarded
from data.errors import InputError
from data.language import _
from data.projection import MEASURING_CRS
from events import parts, points
from events.points import Batch
from events.tally import NO_OBLAST, Ground, Tally, events_inside, hexagons, nothing, tally
from geo import crs, impact, parallel, words
from geo.control import ControlMap
from geo.pullback import SIDES
from geo.scenario import Scenario

ENGINES = ("local", "dask")
MOST_CLASSES = 10_000
"""A column of more different texts than these is no class, and counting it would take memory."""

Source = str | Path | Sequence[str | Path] | Batch | Iterable[Batch]
Progress = Callable[[float, int], None]

_SLICE_ROWS = 125_000


# -------------------------------------------------------------------------------------- the answer


@dataclass(frozen=True, kw_only=True, eq=False)
class Inside:
    """The events in the zones of a scenario.

    Attributes
    ----------
    scenario, control, zones
        What was asked, on which control map, and the two zones (metres).
    sides : DataFrame
        Indexed by side: ``events`` in its zone, ``area_km2``, ``per_100_km2``; and the same of the
        rest of the oblasts that this zone touches, outside both zones and whoever holds it:
        ``rest_events``, ``rest_km2``, ``rest_per_100_km2``. Densities are NaN where there is no
        ground.
    by_oblast : DataFrame
        The same for every oblast that a zone touches, with ``oblast`` and ``side``; most events
        first.
    by_class, by_month, by_precision : DataFrame
        ``side``, the value, ``events``; most events first, months in their order (``2025-12``).
    points : DataFrame, optional
        The events inside where they are fewer than `MOST_POINTS`: ``side``, ``oblast``, ``date``,
        ``class``, ``precision``, ``lon``, ``lat``.
    cells : GeoDataFrame
        The H3 cells that hold events inside: ``side``, ``cell`` (its H3 index), ``events``, most
        first; metres.
    read : int
        Rows of the file or files.
    left_out, first_at : Series
        Reason to the rows that are no event with a place and a date, and to where the first stands.
    engine : str
        Which of `ENGINES` counted.
    sources : tuple of dict
        ``title``, ``as_of``, ``licence``, ``attribution``, ``url``; the events first.
    warnings : tuple of str
        What the counts leave out, a sentence each.
    """

    scenario: Scenario
    control: ControlMap
    zones: gpd.GeoDataFrame
    sides: pd.DataFrame
    by_oblast: pd.DataFrame
    by_class: pd.DataFrame
    by_month: pd.DataFrame
    by_precision: pd.DataFrame
    points: pd.DataFrame | None
    cells: gpd.GeoDataFrame
    read: int
    left_out: pd.Series
    first_at: pd.Series
    engine: str
    sources: tuple[dict[str, str], ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The document that ``events inside --json`` prints."""
        sides = {str(side): _json_row(row) for side, row in self.sides.to_dict("index").items()}
        for side, row in sides.items():
            for kind in ("class", "month", "oblast", "precision"):
                table = getattr(self, f"by_{kind}")
                of_side = table[(table["side"] == side) & (table["events"] > 0)]
                pairs = zip(of_side[kind], of_side["events"], strict=True)
                row[f"by_{kind}"] = {str(value): int(events) for value, events in pairs}
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "control": self.control.to_dict(),
            "read": self.read,
            "left_out": {str(reason): int(rows) for reason, rows in self.left_out.items()},
            "left_out_first_at": {str(reason): at for reason, at in self.first_at.items()},
            "sides": sides,
            "by_oblast": [_json_row(row) for row in self.by_oblast.to_dict("records")],
            "engine": self.engine,
            "sources": list(self.sources),
            "warnings": list(self.warnings),
        }


def _json_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Figures with the digits that are true; null where there is no ground."""
    document: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, float):
            digits = 1 if key.endswith("_km2") and "per" not in key else 3
            document[key] = None if math.isnan(value) else round(value, digits)
        else:
            document[key] = value if isinstance(value, str) else int(value)
    return document


def count(
    source: Source,
    zones: gpd.GeoDataFrame,
    control: ControlMap,
    scenario: Scenario,
    *,
    engine: str = "local",
    scheduler: str | None = None,
    progress: Progress | None = None,
    columns: Mapping[str, str] | None = None,
) -> Inside:
    """Count the events inside each side's zone.

    Parameters
    ----------
    source : path, sequence of paths, Batch, or iterable of Batch
        What `events.points.batches` reads, a folder of Parquet files, several of these, or what
        has been read from one file (then on the local engine only). Files may be larger than
        memory.
    zones : GeoDataFrame
        As `geo.pullback.pull_back` gives them (metres).
    engine : str
        ``local``: the cores of this machine. ``dask``: the workers of a Dask cluster, each of
        which must see the files under the same path.
    scheduler : str, optional
        Address of the cluster's scheduler, as ``tcp://192.0.2.1:8786``; without it the Dask engine
        starts workers on this machine and stops them again.
    progress : callable, optional
        Called with the share that is done (0 to 1) and the rows read so far.
    columns : mapping of str to str, optional
        Which column holds what, as in `events.points.batches`.

    Raises
    ------
    InputError
        One sentence: what `events.points.batches` says of a file, or what is wrong with the engine.
    """
    if engine not in ENGINES:
        raise InputError(f"there is no engine {engine!r}; choose {' or '.join(ENGINES)}.")
    if scheduler is not None and engine != "dask":
        raise InputError("a scheduler goes with the dask engine; choose that, or give none.")
    ground = Ground.of(zones)
    tell = progress or _silent
    if engine == "dask":
        total, wholes = _on_cluster(_files(source), ground, columns, scheduler, tell)
    else:
        total, wholes = _on_this_machine(_streams(source, columns), ground, tell)
    return _answer(total, wholes, ground, zones, control, scenario, engine=engine)


def _silent(share: float, read: int) -> None:
    """Tells nobody."""


def _files(source: Source) -> list[Path]:
    """The files that are meant, a folder's Parquet files in the order of their names."""
    if isinstance(source, str | Path):
        folder = Path(source)
        if not _is_folder(folder):
            return [folder]
        files = sorted(folder.glob("[!._]*.parquet"))
        if not files:
            raise InputError(f"the folder {folder} has no file *.parquet; give files of events.")
        return files
    listed = [] if isinstance(source, Batch) else list(source)
    if not listed or not all(isinstance(item, str | Path) for item in listed):
        raise InputError("the dask engine reads files itself; give it the path of a file or more.")
    return [file for item in listed if isinstance(item, str | Path) for file in _files(item)]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False  # A name that no file can have: the reader says so.


def _streams(
    source: Source, columns: Mapping[str, str] | None, *, ids: bool = False
) -> list[Iterator[Batch]]:
    """The batches of each file."""
    if isinstance(source, Batch):
        return [iter([source])]
    if not isinstance(source, str | Path):
        first, stream = _peeked(iter(source))
        if isinstance(first, Batch):
            return [stream]
        source = list(stream)
    return [
        points.batches(file, columns=columns, ids=ids, rows=parts.BATCH_ROWS)
        for file in _files(source)
    ]


def _peeked(items: Iterator[Any]) -> tuple[Any, Iterator[Any]]:
    first = next(items, None)
    if first is None:
        raise InputError("there is nothing to count; give a file of events.")
    return first, itertools.chain([first], items)


def _on_this_machine(
    streams: list[Iterator[Batch]], ground: Ground, tell: Progress
) -> tuple[Tally, list[Batch]]:
    """The tally of all files, and the last batch of each, which tells of the whole file."""
    total, wholes, read = nothing(), [], 0
    for done, stream in enumerate(streams):
        last = None
        for batch in _ahead(stream):
            total = _sum([total, tally_batch(batch.table, ground)])
            last = dataclasses.replace(batch, table=batch.table[:0], coarse=batch.coarse[:0])
            tell((done + batch.share) / len(streams), read + batch.read)
        if last is not None:
            wholes.append(last)
            read += last.read
    return total, wholes


def _ahead(stream: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, the next one read while one is counted."""
    with ThreadPoolExecutor(1, "reader") as reader:
        coming = reader.submit(next, stream, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, stream, None)
            yield batch


def tally_batch(table: pd.DataFrame, ground: Ground) -> Tally:
    """The tally of a batch of events in degrees, its slices on all cores at once."""
    starts = range(0, len(table), _SLICE_ROWS)
    slices = (table.iloc[start : start + _SLICE_ROWS] for start in starts)
    return _sum(parallel.each(lambda part: tally(part, ground), slices))


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = nothing()
    for one in tallies:
        total += one
        if any(len(total.counts[side, "class"]) > MOST_CLASSES for side in SIDES):
            raise InputError(
                _(
                    "the events inside have more than {n} different classes; name a column with "
                    "fewer as their class."
                ).format(n=words.number(MOST_CLASSES))
            )
    return total


def _on_cluster(
    files: list[Path],
    ground: Ground,
    columns: Mapping[str, str] | None,
    scheduler: str | None,
    tell: Progress,
) -> tuple[Tally, list[Batch]]:
    """The same over parts of the files on the workers of a cluster."""
    from events import cluster

    wholes = [parts.Whole(file, columns) for file in files]
    listed = [(whole, part) for whole in wholes for part in whole.parts]
    waiting: dict[int, tuple[Tally, points.Counts]] = {}
    total, added, read = nothing(), 0, 0
    with cluster.connected(scheduler) as run:
        given = [(part, dict(columns or {})) for _, part in listed]
        for done, (number, result) in enumerate(run(count_part, given, ground), 1):
            waiting[number] = _counted(result, *listed[number])
            read += waiting[number][1].read
            tell(done / len(listed), read)
            # In the order of the files, so that the answer does not depend on who was faster.
            while added in waiting:
                found, counts = waiting.pop(added)
                total = _sum([total, found])
                listed[added][0].add(counts)
                added += 1
    return total, [whole.finished() for whole in wholes]


def count_part(
    given: tuple[parts.Part, dict[str, str]], shared: Ground
) -> tuple[Tally, points.Counts] | InputError | parts.NotHereError:
    """The tally of a part of a file, and what the part tells of its file; runs on a worker.

    Whoever asked makes a sentence of what is wrong.
    """
    part, columns = given
    try:
        reading = parts.PartReading.of(part, columns)
        tallies = (tally(batch.table, shared) for batch in reading.batches(parts.BATCH_ROWS))
        return _sum(tallies), reading.counts
    except (InputError, parts.NotHereError) as fault:
        return fault


def _counted(result: Any, whole: parts.Whole, part: parts.Part) -> tuple[Tally, points.Counts]:
    """What a worker has counted; raises what is wrong."""
    if isinstance(result, parts.NotHereError):
        raise InputError(
            f"a worker does not see {part.path} as it is here; put the file where every worker has "
            "it under the same path."
        )
    if isinstance(result, InputError):
        raise whole.refusal(result)
    found, counts = result
    return found, counts


# --------------------------------------------------------------------------- putting it together


def _answer(
    total: Tally,
    wholes: list[Batch],
    ground: Ground,
    zones: gpd.GeoDataFrame,
    control: ControlMap,
    scenario: Scenario,
    *,
    engine: str,
) -> Inside:
    by_oblast = _by_oblast(total, ground)
    return Inside(
        scenario=scenario,
        control=control,
        zones=zones,
        sides=_sides(total, by_oblast, ground),
        by_oblast=by_oblast.sort_values(
            ["events", "oblast", "side"], ascending=[False, True, False], ignore_index=True
        ),
        by_class=_table(total, "class"),
        by_month=_table(total, "month").sort_values(
            ["side", "month"], ascending=[False, True], ignore_index=True
        ),
        by_precision=_table(total, "precision"),
        points=total.points,
        cells=_cells(total, ground),
        read=sum(whole.read for whole in wholes),
        left_out=_left_out(wholes),
        first_at=_first_at(wholes),
        engine=engine,
        sources=(*_event_sources(wholes), *impact.credits(control, ("oblasts",))),
        warnings=tuple(_warnings(total, wholes, zones, control)),
    )


def _by_oblast(total: Tally, ground: Ground) -> pd.DataFrame:
    """A row for each side and oblast that its zone touches or has an event in."""
    rows = []
    for side, km2, touched in zip(SIDES, ground.zone_km2, ground.is_touched, strict=True):
        events = total.counts[side, "oblast"]
        for name, zone_km2, rest_km2, is_touched in zip(
            ground.oblasts, km2, ground.rest_km2, touched, strict=True
        ):
            if is_touched or events[name]:
                figures = _figures(events[name], zone_km2, total.rest[name], rest_km2)
                rows.append({"oblast": name, "side": side, **figures})
        if events[NO_OBLAST]:
            figures = _figures(events[NO_OBLAST], 0.0, 0, 0.0)
            rows.append({"oblast": NO_OBLAST, "side": side, **figures})
    columns = ["oblast", "side", *_figures(0, 0.0, 0, 0.0)]
    return pd.DataFrame(rows, columns=columns)


def _sides(total: Tally, by_oblast: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    rows = []
    for side, zone, touched in zip(SIDES, ground.zones, ground.is_touched, strict=True):
        names = [
            name for name, is_touched in zip(ground.oblasts, touched, strict=True) if is_touched
        ]
        rest = sum(total.rest[name] for name in names)
        rest_km2 = float(ground.rest_km2[touched].sum())
        rows.append(_figures(total.events(side), zone.area / crs.KM2, rest, rest_km2))
    return pd.DataFrame(rows, index=pd.Index(SIDES, name="side"))


def _figures(events: int, km2: float, rest_events: int, rest_km2: float) -> dict[str, Any]:
    return {
        "events": int(events),
        "area_km2": float(km2),
        "per_100_km2": _density(events, km2),
        "rest_events": int(rest_events),
        "rest_km2": float(rest_km2),
        "rest_per_100_km2": _density(rest_events, rest_km2),
    }


def _density(events: int, km2: float) -> float:
    return 100 * events / km2 if km2 > 0 else math.nan


def _table(total: Tally, kind: str) -> pd.DataFrame:
    rows = [
        (side, value, events)
        for side in SIDES
        for value, events in sorted(
            total.counts[side, kind].items(), key=lambda of: (-of[1], of[0])
        )
    ]
    return pd.DataFrame(rows, columns=["side", kind, "events"])


def _cells(total: Tally, ground: Ground) -> gpd.GeoDataFrame:
    table = _table(total, "cell")
    return gpd.GeoDataFrame(table, geometry=hexagons(table["cell"]), crs=MEASURING_CRS)


def _left_out(wholes: list[Batch]) -> pd.Series:
    counted: Counter[str] = Counter()
    for whole in wholes:
        counted.update({str(reason): int(rows) for reason, rows in whole.left_out.items()})
    found = {reason: counted[reason] for reason in points.REASONS if counted[reason]}
    return pd.Series(found, dtype="int64", name="rows")


def _first_at(wholes: list[Batch]) -> pd.Series:
    """Where the first row of each reason stands; of several files, in which."""
    found: dict[str, str] = {}
    for number, whole in enumerate(wholes, 1):
        for reason, place in whole.first_at.items():
            found.setdefault(
                str(reason),
                str(place)
                if len(wholes) == 1
                else _("file {number}, {place}").format(number=number, place=place),
            )
    kept = {reason: found[reason] for reason in points.REASONS if reason in found}
    return pd.Series(kept, dtype="str", name="first_at")


def _event_sources(wholes: list[Batch]) -> list[dict[str, str]]:
    """The files as sources; those of one publisher, such as the parts of one table, are one."""
    groups: dict[tuple[str, str, str], list[Batch]] = {}
    for whole in wholes:
        groups.setdefault((whole.format, whole.licence, whole.attribution), []).append(whole)
    return [
        {
            "title": _titles(group),
            "as_of": _span([whole.as_of for whole in group]),
            "licence": licence,
            "attribution": attribution,
            "url": "",
        }
        for (_, licence, attribution), group in groups.items()
    ]


def _titles(group: list[Batch]) -> str:
    titles = list(dict.fromkeys(whole.title for whole in group))
    return (
        titles[0]
        if len(titles) == 1
        else _("{title} and {n} more files").format(
            title=titles[0], n=words.number(len(titles) - 1)
        )
    )


def _span(spans: list[str]) -> str:
    """``2022-02-24 to 2025-07-09`` of several such."""
    days = sorted(day for span in spans for day in span.split(" to ") if day[:1].isdigit())
    if not days:
        return spans[0]
    return days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"


def _warnings(
    total: Tally, wholes: list[Batch], zones: gpd.GeoDataFrame, control: ControlMap
) -> Iterator[str]:
    yield from control.repairs
    yield from dict.fromkeys(note for whole in wholes for note in whole.notes)
    for side in zones["side"][zones.is_empty]:
        yield _("{side}'s zone is empty: no event can lie in it.").format(side=words.SIDES[side])
    yield (
        _(
            "The zones are drawn on the control map of {day}; earlier and later events are counted "
            "in them, wherever the line of contact then was."
        ).format(day=words.day(control.date))
    )
    precision = Counter[str]()
    for side in SIDES:
        precision.update(total.counts[side, "precision"])
    if precision["raion"]:
        yield (
            _(
                "Events inside that are known only to their raion or the surroundings of a town, "
                "and may have happened outside the zone: {n}."
            ).format(n=words.number(precision["raion"]))
        )
    if precision["unknown"]:
        yield _("Events inside whose precision is not stated: {n}.").format(
            n=words.number(precision["unknown"])
        )
    coarse = int(_left_out(wholes).get(points.ONLY_OBLAST, 0))
    if coarse:
        yield _("Events known only to their oblast or coarser, which are in no zone: {n}.").format(
            n=words.number(coarse)
        )


# ----------------------------------------------------------------------------------- rows inside


def rows(
    source: Source,
    zones: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Iterator[pd.DataFrame]:
    """The events inside, a batch at a time, in the order of the files.

    Parameters and errors as of `count`.

    Yields
    ------
    DataFrame
        ``side``, ``oblast``, ``date``, ``class``, ``precision``, ``id``, ``lon``, ``lat``,
        ``source`` (the attribution that its publisher asks for) and ``licence``. An event on the
        line of contact has a row for each side.
    """
    ground = Ground.of(zones)
    tell = progress or _silent
    streams = _streams(source, columns, ids=True)
    read = 0
    for done, stream in enumerate(streams):
        batch = None
        for batch in stream:
            found = events_inside(batch.table, ground)
            yield found.assign(source=batch.attribution, licence=batch.licence)
            tell((done + batch.share) / len(streams), read + batch.read)
        read += batch.read if batch is not None else 0


def rows_csv(
    source: Source,
    zones: gpd.GeoDataFrame,
    control: ControlMap,
    scenario: Scenario,
    *,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """The events inside as a CSV table in UTF-8, a piece at a time, its header first.

    No text in it begins as a formula of a spreadsheet does.
    """
    drawn = f"{scenario.title()}, control on {control.date.isoformat()} (illustrative)"
    text = ("class", "id", "source", "licence", "zone")
    header = True
    for found in rows(source, zones, columns=columns, progress=progress):
        table = found.assign(zone=drawn, date=found["date"].dt.strftime("%Y-%m-%d"))
        for name in text:
            if name in table:
                table[name] = table[name].map(guarded)
        yield table.to_csv(index=False, header=header, lineterminator="\n").encode()
        header = False
