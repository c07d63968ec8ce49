"""What the user asks: a date, a source, a distance a side, places a side leaves, and an extent."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

import pydantic

from data import catalog
from data.errors import DataError, InputError
from geo import control, places

LARGEST_KM = 40.0
# Characters; some 200 corners. Repairing a tangle of more would keep the server busy.
LONGEST_LINKED_AREA = 6000
EXTENT_ALL = "all"
EXTENT_AREA = "area"
DEFAULT_PRESET = "mirror-5"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preset:
    """A reported proposal and the scenario it translates to; every zone is illustrative."""

    id: str
    date: dt.date
    date_text: str
    put_forward_by: str
    title: str
    content: str
    ukraine_km: float
    russia_km: float
    ukraine_leaves: tuple[str, ...]
    russia_leaves: tuple[str, ...]
    extent: str
    left_open: str
    reported_in: str


class Scenario(pydantic.BaseModel):
    """One question, immutable.

    Attributes
    ----------
    date, source
        Which control map: a date and a bundled source (`geo.control.SOURCES`) or a file's path.
    ukraine_km, russia_km
        How far each side pulls back from the line of contact, 0 to 40 km.
    ukraine_leaves, russia_leaves
        English names of places that a side's forces leave altogether.
    extent
        ``all``, the English name of a place, or ``area`` for the polygon in `area`.
    area
        A GeoJSON geometry (text, degrees) where the extent was drawn or loaded.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    date: dt.date
    source: str = "deepstate"
    ukraine_km: float = pydantic.Field(default=0.0, ge=0, le=LARGEST_KM, allow_inf_nan=False)
    russia_km: float = pydantic.Field(default=0.0, ge=0, le=LARGEST_KM, allow_inf_nan=False)
    ukraine_leaves: tuple[str, ...] = ()
    russia_leaves: tuple[str, ...] = ()
    extent: str = EXTENT_ALL
    area: str | None = None

    @pydantic.field_validator("date", mode="before")
    @classmethod
    def _iso_date(cls, given: Any) -> Any:
        # Left to itself, pydantic reads a bare number as seconds since 1970.
        return dt.date.fromisoformat(given.strip()) if isinstance(given, str) else given

    @pydantic.field_validator("ukraine_leaves", "russia_leaves")
    @classmethod
    def _known_places(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(places.find(name).label for name in names))

    @pydantic.field_validator("extent")
    @classmethod
    def _known_extent(cls, extent: str) -> str:
        if extent in (EXTENT_ALL, EXTENT_AREA):
            return extent
        return places.find(extent).label

    @pydantic.model_validator(mode="after")
    def _area_where_needed(self) -> Scenario:
        if (self.extent == EXTENT_AREA) != (self.area is not None):
            raise InputError("an extent 'area' and its polygon go together; give both or neither.")
        return self

    def changed(self, **changes: Any) -> Scenario:
        """The scenario with some fields changed, checked again."""
        return make(**(self.model_dump() | changes))

    def title(self) -> str:
        """The question in words: "Both sides pull back 5 km in Donetsk Oblast"."""
        deeds = _deeds(self)
        where = "" if self.extent == EXTENT_ALL and not self._pulls_back() else f" {self.where()}"
        if not deeds:
            return f"Both sides stay where they stand{where}"
        if not self._pulls_back():
            return deeds
        return f"{deeds}{where}"

    def to_query(self) -> dict[str, str]:
        """The scenario as the parameters of a link."""
        query = {
            "date": self.date.isoformat(),
            "source": self.source,
            "ukraine": _short(self.ukraine_km),
            "russia": _short(self.russia_km),
            "extent": self.extent,
        }
        if self.ukraine_leaves:
            query["ukraine_leaves"] = ",".join(self.ukraine_leaves)
        if self.russia_leaves:
            query["russia_leaves"] = ",".join(self.russia_leaves)
        if self.area is not None:
            query["area"] = self.area
        return query

    def _pulls_back(self) -> bool:
        return self.ukraine_km > 0 or self.russia_km > 0

    def where(self) -> str:
        """Where it applies, in words: "in Donetsk Oblast"."""
        if self.extent == EXTENT_ALL:
            return "along the whole line of contact"
        return "in the area given" if self.extent == EXTENT_AREA else f"in {self.extent}"


def make(**fields: Any) -> Scenario:
    """A scenario from its fields.

    Raises
    ------
    InputError
        One sentence about the first field that cannot be used, and what can.
    """
    try:
        return Scenario(**fields)
    except pydantic.ValidationError as fault:
        raise InputError(_sentence(fault)) from fault


def default() -> Scenario:
    """What one sees first: both sides 5 km, Donetsk Oblast, the newest date up to 14.12.2025."""
    return from_preset(DEFAULT_PRESET)


def from_preset(preset_id: str, **changes: Any) -> Scenario:
    """The scenario of a reported proposal, with some fields changed.

    Raises
    ------
    InputError
        Where there is no such preset, or a change cannot be used.
    """
    known = presets()
    if preset_id not in known:
        raise InputError(f"there is no preset {preset_id!r}; choose one of {', '.join(known)}.")
    preset = known[preset_id]
    source = changes.get("source", "deepstate")
    fields = {
        "date": control.newest_date(source if source in control.SOURCES else "deepstate"),
        "ukraine_km": preset.ukraine_km,
        "russia_km": preset.russia_km,
        "ukraine_leaves": preset.ukraine_leaves,
        "russia_leaves": preset.russia_leaves,
        "extent": preset.extent,
    }
    return make(**(fields | changes))


def from_query(query: Mapping[str, str]) -> tuple[Scenario, list[str]]:
    """The scenario of a link, and a sentence about each part that could not be used.

    A damaged part is left at the default; the rest of the link counts.
    """
    complaints: list[str] = []
    scenario = default()
    try:
        if "preset" in query:
            scenario = from_preset(query["preset"])
        elif _only_leaves(query):
            scenario = scenario.changed(ukraine_km=0.0, russia_km=0.0, extent=EXTENT_ALL)
    except InputError as fault:
        complaints.append(_left_out(fault))
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "source": ("source", str),
        "date": ("date", str),
        "ukraine": ("ukraine_km", str),
        "russia": ("russia_km", str),
        "ukraine_leaves": ("ukraine_leaves", _names),
        "russia_leaves": ("russia_leaves", _names),
    }
    for key, (field, read) in readers.items():
        if key not in query:
            continue
        try:
            changed = scenario.changed(**{field: read(query[key])})
            control.require_bundled(changed.date, changed.source)
            scenario = changed
        except InputError as fault:
            complaints.append(_left_out(fault))
    if "extent" in query:
        try:
            area = query.get("area")
            if area is not None and len(area) > LONGEST_LINKED_AREA:
                raise InputError("the area drawn has too many corners for a link.")
            scenario = scenario.changed(extent=query["extent"], area=area)
        except InputError as fault:
            complaints.append(_left_out(fault))
    return scenario, complaints


def _only_leaves(query: Mapping[str, str]) -> bool:
    """Whether places to leave are named and no distance: then nobody pulls back."""
    return bool(query.keys() & {"ukraine_leaves", "russia_leaves"}) and not (
        query.keys() & {"ukraine", "russia"}
    )


def _left_out(fault: InputError) -> str:
    return f"Left out of the link: {fault}"


@functools.lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """The reported proposals by id, oldest first."""
    file = catalog.path("proposals")
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["proposal"]
        known = [_preset(row) for row in rows]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as fault:
        raise DataError(f"data/{file.name} cannot be read; {catalog.RESTORE}.") from fault
    return {preset.id: preset for preset in known}


def preset_of(scenario: Scenario) -> str | None:
    """Id of the first preset that asks the same question, whatever the date and source."""
    asked = ("ukraine_km", "russia_km", "ukraine_leaves", "russia_leaves", "extent")
    for preset in presets().values():
        if all(getattr(preset, field) == getattr(scenario, field) for field in asked):
            return preset.id
    return None


def area_from_geojson(shape: Mapping[str, Any]) -> str:
    """The text form of a polygon's GeoJSON that a scenario carries."""
    return json.dumps(shape, separators=(",", ":"), sort_keys=True)


def _preset(row: Mapping[str, Any]) -> Preset:
    fields = {field.name: row[field.name] for field in dataclasses.fields(Preset)}
    for name in ("ukraine_leaves", "russia_leaves"):
        fields[name] = tuple(fields[name])
    return Preset(**fields)


def _deeds(scenario: Scenario) -> str:
    """What the two sides do, without where: "Both sides pull back 5 km"."""
    sides = (
        ("Ukraine", scenario.ukraine_km, scenario.ukraine_leaves),
        ("Russia", scenario.russia_km, scenario.russia_leaves),
    )
    leaving = [f"{side} leaves {_listed(names)}" for side, _, names in sides if names]
    moving = [(side, km) for side, km, _ in sides if km > 0]
    pulling = ""
    if len(moving) == 2 and scenario.ukraine_km == scenario.russia_km:
        pulling = f"both sides pull back {_short(scenario.ukraine_km)} km"
    elif moving:
        (side, km), *others = moving
        pulling = f"{side} pulls back {_short(km)} km"
        pulling += "".join(f" and {other} {_short(far)} km" for other, far in others)
    text = "; ".join([*leaving, *([pulling] if pulling else [])])
    return text[:1].upper() + text[1:]


def _listed(names: tuple[str, ...]) -> str:
    """Oblasts in words: "Donetsk Oblast", "Kharkiv, Sumy and Mykolaiv oblasts"."""
    if len(names) == 1:
        return names[0]
    if all(name.endswith(" Oblast") for name in names):
        *first, last = (name.removesuffix(" Oblast") for name in names)
        return f"{', '.join(first)} and {last} oblasts"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _short(km: float) -> str:
    return f"{km:g}"


def _shown(value: object) -> str:
    """What was given, quoted, no longer than a sentence can bear."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _sentence(fault: pydantic.ValidationError) -> str:
    """The first complaint of pydantic, as a person would say it."""
    first = fault.errors(include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else "the scenario"
    given = _shown(first.get("input"))
    if field in ("ukraine_km", "russia_km"):
        side = field.removesuffix("_km").capitalize()
        return f"the distance for {side} is {given}; give 0 to {LARGEST_KM:g} km."
    if field == "date":
        return f"the date is {given}; give a day as YYYY-MM-DD, such as {control.DEFAULT_DATE}."
    if first["type"] == "extra_forbidden":
        return (
            f"there is no field {field!r} in a scenario; it has {', '.join(Scenario.model_fields)}."
        )
    return f"{field} is {given}, which cannot be used: {first['msg'].lower()}."
