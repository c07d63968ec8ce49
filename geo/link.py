"""What is on screen as an address, and back: scenario, drawings, the map's view, a version.

A link is read with patience: what is damaged is left out and told of, the rest opens. Links from
before there was a version still open.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Collection, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from data.errors import InputError
from data.language import ENGLISH, LANGUAGES, _
from geo import drawing, words
from geo.drawing import Drawing
from geo.scenario import Scenario, from_query

VERSION = 1
DEFAULT_ADDRESS = "http://localhost:8501"
LONGEST = 60_000
"""Characters of an address that are looked at: servers and browsers take no longer ones."""
# What the map can show (geo.webmap): latitude, longitude, zoom.
_VIEW = ((42.0, 54.5), (18.0, 45.5), (5.0, 13.0))
_APART = "_"
_KNOWN = {"v", "preset", "date", "source", "ukraine", "russia", "ukraine_leaves", "russia_leaves"}
_KNOWN |= {"extent", "area", "line", "drawn", "view", "both", "lang"}


@dataclasses.dataclass(frozen=True)
class View:
    """Where the map looks: its centre (degrees) and zoom."""

    lat: float
    lon: float
    zoom: float

    def to_text(self) -> str:
        """As it stands in a link: ``48.3000_37.4000_8.25``."""
        return f"{self.lat:.4f}{_APART}{self.lon:.4f}{_APART}{self.zoom:.2f}"


@dataclasses.dataclass(frozen=True)
class Opened:
    """What a link holds.

    Attributes
    ----------
    scenario, drawings, view
        What it shows; the defaults where it does not say.
    both
        Whether both assessors answer.
    language
        What is spoken (`data.language.LANGUAGES`).
    complaints
        A sentence about each part that could not be used.
    """

    scenario: Scenario
    drawings: tuple[Drawing, ...]
    view: View | None
    both: bool
    language: str
    complaints: tuple[str, ...]


def to_query(
    scenario: Scenario,
    *,
    drawings: tuple[Drawing, ...] = (),
    view: View | None = None,
    both: bool = False,
    preset: str | None = None,
    language: str = ENGLISH,
    own: Collection[str] = (),
) -> dict[str, str]:
    """The parameters of a link; ``preset`` is the proposal shown, if it is one.

    No area of ``own`` goes into it (`geo.scenario.Scenario.to_query`).
    """
    query = {"v": str(VERSION), **scenario.to_query(own=own)}
    if both:
        query["both"] = "1"
    if preset:
        query["preset"] = preset
    if drawings:
        query["drawn"] = drawing.pack(drawings)
    if view is not None:
        query["view"] = view.to_text()
    if language != ENGLISH:
        query["lang"] = language
    return query


def read(
    query: Mapping[str, str],
    *,
    read: Callable[[Mapping[str, str]], tuple[Scenario, list[str]]] = from_query,
) -> Opened:
    """What a link's parameters hold; never fails.

    ``read`` makes a scenario of them.
    """
    complaints = _version(query)
    scenario, more = read(query)
    complaints += more
    drawings, more = drawing.unpack(query.get("drawn", "")[:LONGEST])
    complaints += more
    view = None
    try:
        view = _view(query["view"]) if "view" in query else None
    except InputError as fault:
        complaints.append(_left_out(fault))
    spoken = language_of(query)
    if query.get("lang", spoken) != spoken:
        known = words.listed(f"{name} ({key})" for key, name in LANGUAGES.items())
        complaints.append(
            _("Left out of the link: the language {given}; there are {known}.").format(
                given=repr(query["lang"][:20]), known=known
            )
        )
    return Opened(scenario, drawings, view, query.get("both") == "1", spoken, tuple(complaints))


def language_of(query: Mapping[str, str]) -> str:
    """The language that a link's parameters ask for; English where they ask for none known."""
    asked = query.get("lang", ENGLISH)
    return asked if asked in LANGUAGES else ENGLISH


def to_address(query: Mapping[str, str], *, base: str = DEFAULT_ADDRESS, page: str = "") -> str:
    """The whole address of the parameters of a link; ``page`` is which of the dashboard's.

    Raises
    ------
    InputError
        Where the base is no address of a web server.
    """
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise InputError(
            _("the address is {given}; give that of the dashboard, such as {such}.").format(
                given=repr(base[:60]), such=DEFAULT_ADDRESS
            )
        )
    return f"{base.rstrip('/')}/{page}?{urlencode(query)}"


def is_loopback(address: str) -> bool:
    """Whether an address leads to the computer on which it is opened, wherever that is."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def from_address(address: str) -> Opened:
    """What an address holds.

    Raises
    ------
    InputError
        Where it is no address with parameters.
    """
    if len(address) > LONGEST:
        raise InputError(_("the link is too long to be one of this atlas; copy it again."))
    try:
        parts = urlsplit(address.strip())
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100)
    except ValueError as fault:
        raise InputError(_("the link cannot be read; copy the whole address.")) from fault
    if not {key for key, _value in pairs} & _KNOWN:
        raise InputError(
            _("the link holds no scenario; copy the whole address, with what follows the “?”.")
        )
    first: dict[str, str] = {}
    for key, value in pairs:
        first.setdefault(key, value)
    return read(first)


def _version(query: Mapping[str, str]) -> list[str]:
    text = query.get("v", str(VERSION))
    if text == str(VERSION):
        return []
    if text.isascii() and text.isdigit() and 0 < len(text) < 4 and int(text) > VERSION:
        return [
            _(
                "This link was made by a newer version of the atlas; what this version knows of it "
                "is shown."
            )
        ]
    return [_("Left out of the link: its version, {given}, is none.").format(given=repr(text[:20]))]


def _view(text: str) -> View:
    try:
        lat, lon, zoom = (float(part) for part in text[:60].split(_APART))
    except ValueError as fault:
        raise InputError(_no_view()) from fault
    for value, (least, most) in zip((lat, lon, zoom), _VIEW, strict=True):
        if not least <= value <= most:
            raise InputError(_no_view())
    return View(round(lat, 4), round(lon, 4), round(zoom, 2))


def _no_view() -> str:
    return _("the map’s view cannot be used; move the map instead.")


def _left_out(fault: InputError) -> str:
    return _("Left out of the link: {why}").format(why=fault)
