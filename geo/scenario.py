"""What the user asks: a date, a source, a distance a side, places a side leaves, and an extent."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import tomllib
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pydantic
import shapely

from data import catalog
from data.errors import DataError, InputError
from data.language import Said, _
from geo import control, lines, packing, places, upload, words

LARGEST_KM = 40.0
# Characters; some 200 corners. Repairing a tangle of more would keep the server busy.
LONGEST_LINKED_AREA = 6000
EXTENT_ALL = "all"
EXTENT_AREA = "area"
DEFAULT_PRESET = "mirror-5"
LINKED = "loaded"
"""What stands in a link for a control map or an area that came from somebody's file."""


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
        How far each side pulls back from the line, 0 to 40 km.
    ukraine_leaves, russia_leaves
        English names of places that a side's forces leave altogether.
    extent
        ``all``, the English name of a place, or ``area`` for the polygon in `area`.
    area
        A GeoJSON geometry (text, degrees) where the extent was drawn or loaded.
    line
        A GeoJSON LineString or MultiLineString (text, degrees) from which distances are measured
        instead of the line of contact, where one was drawn or loaded.
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
    line: str | None = None

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
            raise InputError(
                _("an extent 'area' and its polygon go together; give both or neither.")
            )
        return self

    def changed(self, **changes: Any) -> Scenario:
        """The scenario with some fields changed, checked again."""
        return make(**(self.model_dump() | changes))

    def title(self) -> str:
        """The question in words: "Both sides pull back 5 km in Donetsk Oblast"."""
        deeds = _deeds(self)
        if self._pulls_back():
            return words.listed([deeds, self.where()], between=" ")
        if deeds:
            return deeds
        stay = _("Both sides stay where they stand")
        if self.extent == EXTENT_ALL:
            return stay
        return words.listed([stay, self.where()], between=" ")

    def to_query(self, *, own: Collection[str] = ()) -> dict[str, str]:
        """The scenario as the parameters of a link.

        An area and a line are rounded to 0.0001 of a degree. One that is too long for an address
        (`LONGEST_LINKED_AREA`) is left out, as is an area of ``own``: what came from somebody's
        file is in no link.
        """
        query = {
            "date": self.date.isoformat(),
            "source": LINKED if control.is_loaded(self.source) else self.source,
            "ukraine": _short(self.ukraine_km),
            "russia": _short(self.russia_km),
            "extent": self.extent,
        }
        if self.ukraine_leaves:
            query["ukraine_leaves"] = ",".join(self.ukraine_leaves)
        if self.russia_leaves:
            query["russia_leaves"] = ",".join(self.russia_leaves)
        for key, text in (("area", self.area), ("line", self.line)):
            packed = "" if text is None or text in own else _packed(text, key)
            # The address bar cannot hold more; opened again, the link says what it lacks.
            if packed and len(packed) <= LONGEST_LINKED_AREA:
                query[key] = packed
        if self.area is not None and "area" not in query:
            query["extent"] = LINKED
        return query

    def _pulls_back(self) -> bool:
        return self.ukraine_km > 0 or self.russia_km > 0

    def where(self) -> str:
        """Where it applies, in words: "in Donetsk Oblast", "from the line drawn"."""
        if self.line is None:
            return self.within() or _("along the whole line of contact")
        if self.extent == EXTENT_ALL:
            return _("from the line drawn")
        return _("from the line drawn, {within}").format(within=self.within())

    def within(self) -> str:
        """The extent in words: "in Donetsk Oblast"; nothing for everywhere."""
        if self.extent == EXTENT_ALL:
            return ""
        if self.extent == EXTENT_AREA:
            return _("in the area given")
        return _("in {place}").format(place=words.place(self.extent))

    def measured_from(self) -> str:
        """What distances are measured from, in words."""
        return _("the line of contact") if self.line is None else _("the line drawn")


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
        raise InputError(
            _("there is no preset {name!r}; choose one of {known}.").format(
                name=preset_id, known=", ".join(known)
            )
        )
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
        # The date of a map that is in no link is none to look for among the others.
        if key not in query or (key == "date" and query.get("source") == LINKED):
            continue
        try:
            changed = scenario.changed(**{field: read(query[key])})
            control.require_known(changed.date, changed.source)
            scenario = changed
        except InputError as fault:
            complaints.append(_left_out(fault))
    if "extent" in query:
        try:
            if query["extent"] == LINKED:
                raise InputError(
                    _(
                        "its area came from a file or has too many corners for a link; load or "
                        "draw it again."
                    )
                )
            scenario = scenario.changed(extent=query["extent"], area=_linked(query, "area"))
        except InputError as fault:
            complaints.append(_left_out(fault))
    try:
        if "line" in query:
            scenario = scenario.changed(line=_linked(query, "line"))
    except InputError as fault:
        complaints.append(_left_out(fault))
    return scenario, complaints


def _linked(query: Mapping[str, str], key: str) -> str | None:
    """The area or the line of a link as GeoJSON, looked at; None where the link has none."""
    text = query.get(key)
    if text is None:
        return None
    if len(text) > LONGEST_LINKED_AREA:
        raise InputError(_("what was drawn has too many corners for a link."))
    # Links from before there was a version hold GeoJSON as it is.
    shape = text if text.lstrip()[:1] in ("{", "[") else _unpacked(text, key)
    # As the link would give it back: what is shown and what is sent on are the same.
    shape = _unpacked(_packed(shape, key), key)
    if key == "line":
        lines.in_metres(shape)
    else:
        upload.parse_polygons(shape, name=area_name())
    return shape


def area_name() -> str:
    """What the area of a scenario is called in messages."""
    return _("the area of the extent")


def _packed(text: str, key: str) -> str:
    """A GeoJSON area or line as a text for a link: of each part, its rings."""
    packer = packing.Packer()
    parts = _parts(text, key)
    packer.number(len(parts))
    for part in parts:
        rings = shapely.get_rings(part) if shapely.get_dimensions(part) == 2 else [part]
        packer.number(len(rings))
        for ring in rings:
            packer.points([(x, y) for x, y in shapely.get_coordinates(ring)])
    return packer.text()


def _parts(text: str, key: str) -> np.ndarray:
    """The polygons or the lines that a GeoJSON text holds (degrees), nothing mended or joined."""
    if key == "line":
        return lines.lines_in(text, name=_("the line given"))
    areas = shapely.force_2d(upload.areas_in(text, name=area_name()))
    upload.check_place(areas, area_name())
    parts = shapely.get_parts(areas)
    return parts[~shapely.is_empty(parts)]


def _unpacked(text: str, key: str) -> str:
    try:
        packed = packing.Unpacker(text)
        parts: list[Any] = []
        for _part in range(min(packed.number(), LONGEST_LINKED_AREA)):
            count = min(packed.number(), LONGEST_LINKED_AREA)
            parts.append([packed.points() for _ring in range(count)])
        packed.end()
    except InputError as fault:
        raise InputError(_("what was drawn is damaged; ask for the link again.")) from fault
    kind, coordinates = "Polygon", parts
    if key == "line":
        kind, coordinates = "LineString", [ring for part in parts for ring in part]
    if len(coordinates) == 1:
        return area_from_geojson({"type": kind, "coordinates": coordinates[0]})
    return area_from_geojson({"type": f"Multi{kind}", "coordinates": coordinates})


def _only_leaves(query: Mapping[str, str]) -> bool:
    """Whether places to leave are named and no distance: then nobody pulls back."""
    return bool(query.keys() & {"ukraine_leaves", "russia_leaves"}) and not (
        query.keys() & {"ukraine", "russia"}
    )


def _left_out(fault: InputError) -> str:
    return _("Left out of the link: {fault}").format(fault=fault)


@functools.lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """The reported proposals by id, oldest first."""
    file = catalog.path("proposals")
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["proposal"]
        known = [_preset(row) for row in rows]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as fault:
        raise DataError(
            _("data/{file} cannot be read; {mend}.").format(file=file.name, mend=catalog.RESTORE)
        ) from fault
    return {preset.id: preset for preset in known}


def preset_of(scenario: Scenario) -> str | None:
    """Id of the first preset that asks the same question, whatever the date and source."""
    asked = ("ukraine_km", "russia_km", "ukraine_leaves", "russia_leaves", "extent")
    if scenario.line is not None:
        return None
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
        (words.SIDES["ukraine"], scenario.ukraine_km, scenario.ukraine_leaves),
        (words.SIDES["russia"], scenario.russia_km, scenario.russia_leaves),
    )
    told: list[str] = [
        _("{side} leaves {places}").format(side=side, places=_listed(names))
        for side, _km, names in sides
        if names
    ]
    moving = [(side, words.short(km)) for side, km, _names in sides if km > 0]
    if len(moving) == 2 and scenario.ukraine_km == scenario.russia_km:
        told.append(_("both sides pull back {km} km").format(km=moving[0][1]))
    elif len(moving) == 2:
        (side, km), (other, far) = moving
        told.append(
            _("{side} pulls back {km} km and {other} {far} km").format(
                side=side, km=km, other=other, far=far
            )
        )
    elif moving:
        side, km = moving[0]
        told.append(_("{side} pulls back {km} km").format(side=side, km=km))
    return words.sentence(words.listed(told, between="; ")) if told else ""


def _listed(names: tuple[str, ...]) -> str:
    """Oblasts in words: "Donetsk Oblast", "Kharkiv, Sumy and Mykolaiv oblasts"."""
    if len(names) == 1:
        return words.place(names[0])
    told = _("{first} and {last}")
    named = [words.place(name) for name in names]
    if all(name.endswith(" Oblast") for name in names):
        told = _("{first} and {last} oblasts")
        named = [_without_oblast(name) for name in named]
    return told.format(first=words.listed(named[:-1]), last=named[-1])


def _without_oblast(name: str) -> str:
    return Said(lambda: str(name).removesuffix(" Oblast").removesuffix(" область"))


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
    field = str(first["loc"][0]) if first["loc"] else _("the scenario")
    given = _shown(first.get("input"))
    if field in ("ukraine_km", "russia_km"):
        return _("the distance for {side} is {given}; give 0 to {most} km.").format(
            side=words.SIDES[field.removesuffix("_km")], given=given, most=words.short(LARGEST_KM)
        )
    if field == "date":
        return _("the date is {given}; give a day as YYYY-MM-DD, such as {such}.").format(
            given=given, such=control.DEFAULT_DATE
        )
    if first["type"] == "extra_forbidden":
        return _("there is no field {field!r} in a scenario; it has {known}.").format(
            field=field, known=", ".join(Scenario.model_fields)
        )
    return _("{field} is {given}, which cannot be used: {why}.").format(
        field=field, given=given, why=first["msg"].lower()
    )
