"""What a reader draws on the map: areas in which a scenario applies, lines from which it measures.

Several may stand beside each other, each with a name and distances of its own. They travel in a
link as text: how many they are, then each one by itself, so that a damaged one does not take the
others with it.
"""

from __future__ import annotations

import dataclasses
import functools
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

import shapely

from data.errors import InputError
from data.language import _, ngettext
from geo import crs, packing, places, words
from geo.scenario import EXTENT_ALL, EXTENT_AREA, LARGEST_KM, Scenario, area_from_geojson
from geo.upload import NEAR_UKRAINE

Kind = Literal["area", "line"]
KINDS: tuple[Kind, ...] = ("area", "line")
FEWEST_POINTS = {"area": 3, "line": 2}

MOST_DRAWINGS = 12
MOST_POINTS = 200
"""Corners of a drawing from which anything is computed."""
MOST_KEPT_POINTS = 1_000
"""Corners beyond which a drawing is not even kept."""
LONGEST_NAME = 40
SMALLEST_KM2, LARGEST_KM2 = 1.0, 300_000.0
SHORTEST_LINE_KM, LONGEST_LINE_KM = 1.0, 2_000.0
_TENTHS = 10
_BETWEEN = "."


@dataclasses.dataclass(frozen=True)
class Drawing:
    """An area or a line, drawn.

    Made of anything that can be drawn at all: whether something can be computed from it is for
    `check`. Points are rounded to `geo.packing.DECIMALS` of a degree and distances to 0.1 km, so
    that a link gives back the same.

    Attributes
    ----------
    kind
        ``area``: the scenario applies inside it. ``line``: distances are measured from it.
    name
        What the reader calls it; at most `LONGEST_NAME` characters on one line.
    points
        Longitude and latitude (degrees), one after the other; of an area the corners, each once.
    ukraine_km, russia_km
        How far each side pulls back, 0 to 40 km.

    Raises
    ------
    InputError
        Where it is no drawing: another kind, no numbers, off the globe, far too many points.
    """

    kind: Kind
    name: str
    points: tuple[tuple[float, float], ...]
    ukraine_km: float
    russia_km: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(_("what is drawn is an area or a line."))
        object.__setattr__(self, "name", _plain(self.name))
        for side in words.SIDES:
            object.__setattr__(self, f"{side}_km", _distance(getattr(self, f"{side}_km")))
        object.__setattr__(self, "points", _points(self.kind, self.points))

    @functools.cached_property
    def shape(self) -> shapely.Geometry:
        """The polygon or the line (metres), as it was drawn."""
        return crs.to_metres(self._degrees())

    @functools.cached_property
    def length_km(self) -> float:
        """Length of the line, or of the area's outline, on the ellipsoid (km)."""
        shape = self.shape
        return crs.geodesic_length_km(shape if self.kind == "line" else shape.exterior)

    @functools.cached_property
    def area_km2(self) -> float:
        """Area on the ellipsoid (km²); 0 of a line."""
        return crs.geodesic_area_km2(self.shape) if self.kind == "area" else 0.0

    def check(self) -> None:
        """Refuse what nothing can be computed from.

        Raises
        ------
        InputError
            One sentence: what is wrong and what to do.
        """
        if self._fault:
            raise InputError(self._fault)

    def to_scenario(self, base: Scenario) -> Scenario:
        """What the drawing asks: the base's date and source, its own ground and distances.

        An area measures from the line of contact, a line counts everywhere, and nobody leaves a
        place altogether: what is drawn depends on nothing else that is asked.
        """
        is_area, text = self.kind == "area", self.to_geojson()
        return base.changed(
            extent=EXTENT_AREA if is_area else EXTENT_ALL,
            area=text if is_area else None,
            line=None if is_area else text,
            ukraine_km=self.ukraine_km,
            russia_km=self.russia_km,
            ukraine_leaves=(),
            russia_leaves=(),
        )

    def to_geojson(self) -> str:
        """Polygon or LineString (degrees) as a scenario carries it."""
        return area_from_geojson(shapely.geometry.mapping(self._degrees()))

    def _degrees(self) -> shapely.Geometry:
        return (shapely.Polygon if self.kind == "area" else shapely.LineString)(self.points)

    # Looked at with every step of a slider, and never another.
    @functools.cached_property
    def _fault(self) -> str:
        if len(self.points) > MOST_POINTS:
            return _("It has {n} points; delete some until {most} are left.").format(
                n=words.number(len(self.points)), most=MOST_POINTS
            )
        if len(set(self.points)) < FEWEST_POINTS[self.kind]:
            return _("Its points lie on each other; draw it larger.")
        west, south, east, north = NEAR_UKRAINE
        near = shapely.box(west, south, east, north).covers(self._degrees())
        if not near or not self.shape.intersects(places.land()):
            return _("It lies off Ukraine; move it over Ukraine.")
        crosses = not (
            self.shape.is_valid if self.kind == "area" else shapely.is_simple(self.shape)
        )
        if crosses:
            return _("It crosses itself; move a point so that it does not.")
        return self._fault_of_size()

    def _fault_of_size(self) -> str:
        if self.kind == "area":
            if self.area_km2 < SMALLEST_KM2:
                return _("It is smaller than {least} km²; draw it larger.").format(
                    least=words.number(SMALLEST_KM2)
                )
            if self.area_km2 > LARGEST_KM2:
                return _("It has {n} km²; draw it smaller than {most} km².").format(
                    n=words.number(self.area_km2), most=words.number(LARGEST_KM2)
                )
        elif self.length_km < SHORTEST_LINE_KM:
            return _("It is shorter than {least} km; draw it longer.").format(
                least=words.number(SHORTEST_LINE_KM)
            )
        elif self.length_km > LONGEST_LINE_KM:
            return _("It is {n} km long; draw it shorter than {most} km.").format(
                n=words.number(self.length_km), most=words.number(LONGEST_LINE_KM)
            )
        return ""


def pack(drawings: Iterable[Drawing]) -> str:
    """Drawings as a text for a link; "" for none."""
    texts = [_packed(drawing) for drawing in drawings]
    return _BETWEEN.join([str(len(texts)), *texts]) if texts else ""


def unpack(text: str) -> tuple[tuple[Drawing, ...], list[str]]:
    """The drawings of a link, and a sentence about those that could not be read."""
    if not text:
        return (), []
    count, *texts = text.split(_BETWEEN)
    found: list[Drawing] = []
    for one in texts[:MOST_DRAWINGS]:
        try:
            found.append(_unpacked(one))
        except InputError:
            continue
    told = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else None
    lost = max(told or 0, len(texts)) - len(found)
    if told == len(found) and not lost:
        return tuple(found), []
    if not lost:
        return tuple(found), [_("Left out of the link: a part of its drawings, which is damaged.")]
    return tuple(found), [
        ngettext(
            "Left out of the link: {n} drawing, which is damaged.",
            "Left out of the link: {n} drawings, which are damaged.",
            lost,
        ).format(n=lost)
    ]


def _packed(drawing: Drawing) -> str:
    packer = packing.Packer()
    packer.number(KINDS.index(drawing.kind))
    for side in words.SIDES:
        packer.number(round(getattr(drawing, f"{side}_km") * _TENTHS))
    packer.words(drawing.name)
    packer.points(drawing.points)
    return packer.text()


def _unpacked(text: str) -> Drawing:
    packed = packing.Unpacker(text)
    kind = packed.number()
    if kind >= len(KINDS):
        raise InputError(_("what is drawn is an area or a line."))
    ukraine_km, russia_km = (packed.number() / _TENTHS for _side in words.SIDES)
    name = packed.words()
    points = packed.points()
    packed.end()
    return Drawing(KINDS[kind], name, points, ukraine_km, russia_km)


def _plain(name: str) -> str:
    """A name on one line, of printable characters."""
    if not isinstance(name, str):
        raise InputError(_("the name of a drawing is a text."))
    composed = unicodedata.normalize("NFC", name)
    printable = "".join(c if c.isprintable() else " " for c in composed)
    return " ".join(printable.split())[:LONGEST_NAME].strip()


def _distance(given: object) -> float:
    known = isinstance(given, (int, float)) and not isinstance(given, bool)
    # Compared as it is: a whole number may be too large for a float. NaN lies between no two.
    if not known or not 0 <= given <= LARGEST_KM:  # type: ignore[operator]
        raise InputError(
            _("the distance of a drawing is {given}; give 0 to {most} km.").format(
                given=str(given)[:20], most=f"{LARGEST_KM:g}"
            )
        )
    return round(given * _TENTHS) / _TENTHS  # type: ignore[operator]


def _points(kind: Kind, given: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    if not FEWEST_POINTS[kind] <= len(given) <= MOST_KEPT_POINTS:
        raise InputError(
            _("a drawing has {n} points; draw it with {least} to {most}.").format(
                n=words.number(len(given)), least=FEWEST_POINTS[kind], most=MOST_POINTS
            )
        )
    try:
        pairs = [(float(lon), float(lat)) for lon, lat in given]
    except (TypeError, ValueError, OverflowError) as fault:
        raise InputError(_("the points of a drawing are no pairs of numbers.")) from fault
    if not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in pairs):
        raise InputError(_("a point of a drawing lies off the globe."))
    return packing.rounded(pairs)
