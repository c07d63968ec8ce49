"""Which two maps the time page sets against each other, what lies between them, and the film."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from data import catalog
from data.errors import AtlasError, InputError
from data.language import _, current
from geo import control, timeline
from geo.impact import Impact
from geo.keeping import kept
from geo.scenario import Scenario
from geo.timeline import Changed
from geo.timeline_chart import Dot
from pages import later, loaded, question, widgets
from pages.loaded import Loaded

GROUND, ZONES = "ground", "zones"
FILM_MS = 1000
"""When the browser asks (again) for a film, which takes many seconds to make."""


@dataclasses.dataclass(frozen=True)
class Stop:
    """One map on the slider: its date and its source."""

    date: dt.date
    source: str


@dataclasses.dataclass(frozen=True)
class Asked:
    """What the page shows besides the scenario's own date and source.

    Attributes
    ----------
    then
        The date that the scenario's is set against.
    show
        What the map shows of the two: `GROUND` that changed hands, or the scenario's `ZONES`.
    """

    then: dt.date
    show: str = GROUND


@dataclasses.dataclass(frozen=True, eq=False)
class Reel:
    """A film that a browser can fetch: its address, and the series of its maps."""

    url: str
    series: pd.DataFrame


def asked() -> Asked:
    """What the page shows."""
    asked: Asked = st.session_state["time"]
    return asked


def open_link() -> None:
    """Take the question from the address bar at the start, and when the reader goes back."""
    query = st.query_params.to_dict()
    state = st.session_state
    loaded.tend()
    if question.open_link() or "time" not in state:
        state["time"], state["time_said"] = _from_query(query, question.current())
    scenario = question.current()
    if scenario.source not in control.SOURCES:
        state["time-loaded"] = Stop(scenario.date, scenario.source)
    else:
        state["time-base"] = scenario.source


def _from_query(query: Mapping[str, str], scenario: Scenario) -> tuple[Asked, list[str]]:
    """What a link asks, and a sentence for each part of it that cannot be used."""
    dates = control.dates(base(scenario))
    asked, said = Asked(timeline.before_of(scenario.date, dates)), []
    if "then" in query:
        try:
            then = dt.date.fromisoformat(query["then"])
            control.require_known(then, base(scenario))
            asked = dataclasses.replace(asked, then=then)
        except ValueError:
            text = _("Left out of the link: {text} is no date; write it as 2025-12-14.")
            said.append(text.format(text=repr(query["then"][:40])))
        except InputError as fault:
            said.append(_("Left out of the link: {fault}").format(fault=fault))
    if query.get("show", GROUND) in (GROUND, ZONES):
        asked = dataclasses.replace(asked, show=query.get("show", GROUND))
    else:
        text = _("Left out of the link: the map cannot show {text}; it shows ground or zones.")
        said.append(text.format(text=repr(query["show"][:40])))
    return asked, said


def to_query(asked: Asked) -> dict[str, str]:
    """The question as it stands in a link."""
    query = {"then": asked.then.isoformat()}
    return query | ({"show": asked.show} if asked.show != GROUND else {})


def base(scenario: Scenario) -> str:
    """The bundled source whose maps are on the slider."""
    if scenario.source in control.SOURCES:
        return scenario.source
    return str(st.session_state.get("time-base", next(iter(control.SOURCES))))


def stops(scenario: Scenario, asked: Asked) -> list[Stop]:
    """Every map of the film, and the one that the reader loaded, oldest first.

    Of days that were fetched the two on screen and the newest: there may be hundreds, and each has
    to be worked out before the slider can show it.
    """
    source = base(scenario)
    dates = {*control.bundled_dates(source), control.dates(source)[-1], then(scenario, asked).date}
    if scenario.source == source:
        dates.add(scenario.date)
    known = [Stop(date, source) for date in dates]
    loaded = st.session_state.get("time-loaded")
    if loaded:
        try:
            control.load(loaded.date, loaded.source)
        except InputError:
            # It is gone: the page says so where it is asked for, and goes on without it.
            let_go()
            loaded = None
    # Sorting is stable: of one date, the loaded map comes after the assessor's.
    return sorted([*known, *([loaded] if loaded else [])], key=lambda stop: stop.date)


def let_go(gone: Loaded | None = None) -> None:
    """Forget the loaded map on the slider: that one, or (without one) whichever it is."""
    stop = st.session_state.get("time-loaded")
    if stop and (gone is None or stop.source == gone.id):
        del st.session_state["time-loaded"]


def at(scenario: Scenario) -> Stop:
    """The map on screen."""
    return Stop(scenario.date, scenario.source)


def then(scenario: Scenario, asked: Asked) -> Stop:
    """The other map. A date that only another source has gives way to the nearest one."""
    dates = control.dates(base(scenario))
    return Stop(min(dates, key=lambda day: abs(day - asked.then)), base(scenario))


def part(scenario: Scenario, asked: Asked) -> str:
    """What the parts of the page answer, as text."""
    return f"{scenario.model_dump_json()} {asked.then}"


def shown(scenario: Scenario, asked: Asked) -> str:
    """A name for the picture of the two maps."""
    editions = " ".join(maps(scenario, asked))
    return f"{part(scenario, asked)} {editions} {asked.show} {current()}"


def maps(scenario: Scenario, asked: Asked) -> tuple[str, str]:
    """The maps of the two dates by name (`geo.control.edition`): what rests on them is kept so."""
    return control.edition(then(scenario, asked).date), control.edition(scenario.date)


def found(scenario: Scenario, asked: Asked) -> Changed:
    """What changed between the two maps, the older first."""
    pair = sorted([then(scenario, asked), at(scenario)], key=lambda stop: stop.date)
    is_own = at(scenario).source not in control.SOURCES
    first, last = pair
    return (_own_change if is_own else _kept_change)(first, last, *maps(scenario, asked))


def _change(first: Stop, last: Stop, then: str, now: str) -> Changed:
    """``then`` and ``now`` are the maps by name (`maps`): of others, another change is kept."""
    del then, now
    before, after = (control.load(stop.date, stop.source) for stop in (first, last))
    return timeline.changed(before, after)


_kept_change = st.cache_resource(
    show_spinner=False, max_entries=64, hash_funcs={Stop: dataclasses.astuple}
)(_change)
# What rests on a loaded map goes with it.
_own_change = kept(16)(_change)


@kept(32)
def own_frame(stop: Stop, edition: str) -> list[list[list[int] | str]]:
    """The picture of a map that is not in the film: one that was fetched, or that a reader loaded.

    It goes to his browser, and into no file. Of another ``edition`` (`geo.control.edition`) it is
    another picture.
    """
    del edition
    return timeline.frame(control.load(stop.date, stop.source))


@kept(32)
def own_figures(stop: Stop, edition: str) -> Mapping[str, float]:
    """The same map in figures."""
    del edition
    return timeline.figures(control.load(stop.date, stop.source))


def own_dots() -> list[Dot]:
    """Every map that the reader loaded, for a chart."""
    named = loaded.names()
    return [
        Dot(named[source], each.date, own_figures(Stop(each.date, source), ""))
        for source, each in loaded.maps().items()
    ]


def made_reel(source: str) -> Reel | None:
    """The film of a source where it is made, None before."""
    file = _film_file(source)
    try:
        return _read_reel(file.name, file.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError):
        return None


@functools.lru_cache(maxsize=4)
def _read_reel(name: str, changed_ns: int) -> Reel:
    """A film's file; read again where it was written anew."""
    document = json.loads((widgets.STATIC / "base" / name).read_text("utf-8"))
    return Reel(f"app/static/base/{name}", timeline.series_of(document))


def begin_films(first: str) -> None:
    """Begin the next film that is missing, that of one source first: one at a time.

    Each keeps a worker busy for a while, and there is other work.
    """
    for source in sorted(control.SOURCES, key=lambda source: source != first):
        if made_reel(source) is None:
            later.begin(("film", source), partial(_make_film, source))
            return


def _make_film(source: str) -> bool:
    """Write the film of a bundled source where the app serves it. Slow."""
    widgets.serve(_film_file(source), json.dumps(timeline.film(source)).encode())
    return True


@functools.cache
def _film_file(source: str) -> Path:
    """Its name changes with all that it is made from: the map's table, borders, and the code."""
    parts = [catalog.path(name) for name in (f"control_{source}", "oblasts", "countries", "lakes")]
    parts += [Path(module.__file__ or "") for module in (control, timeline)]
    made_from = hashlib.sha256()
    for part in parts:
        made_from.update(part.read_bytes())
    return widgets.STATIC / "base" / f"film-{source}-{made_from.hexdigest()[:16]}.json"


def answers(scenario: Scenario, asked: Asked) -> tuple[Impact, Impact] | AtlasError:
    """The scenario's answers on the older and the newer map, or why there are none."""
    pair = sorted([then(scenario, asked), at(scenario)], key=lambda stop: stop.date)
    try:
        first, last = (
            question.answer(scenario.changed(date=stop.date, source=stop.source)) for stop in pair
        )
    except AtlasError as error:
        return error
    return first, last


def answers_of(scenario: Scenario, then: Stop) -> tuple[Impact, Impact]:
    """The scenario on the map it is set against, and on its own. Slow."""
    return (
        question.answer(scenario.changed(date=then.date, source=then.source)),
        question.answer(scenario),
    )


def in_film(stop: Stop) -> bool:
    """Whether the film has a picture of a map's date."""
    return stop.source in control.SOURCES and stop.date in control.bundled_dates(stop.source)
