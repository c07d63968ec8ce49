"""GeoJSON (RFC 7946): right-hand rings, six decimals, degrees and therefore no ``crs`` member."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import shapely

from data.language import spoken
from geo import layers, passport, timeline, titles, words
from geo import snapshot as snapshot_of
from geo.control import ControlMap
from geo.impact import Impact, credits
from geo.layers import Layer
from geo.snapshot import Snapshot, change_warnings
from geo.timeline import Changed

_SOURCE_KEYS = ("title", "as_of", "licence", "url")
# Points of settlements stand in the tables.
_LEFT_TO_TABLES = "settlements"


def document(snapshot: Snapshot) -> bytes:
    """What is on screen as one collection.

    A feature for each side's zone (no geometry where it is empty), each line of contact, each line
    drawn, each extent, each drawing and its zones; or for the ground that each side gained. What
    was asked, sources, warnings and the passport are members of the collection.
    """
    own = {passport.KEY: passport.of(snapshot).to_dict()}
    if snapshot.changed is not None:
        return changed(snapshot.changed, **own)
    features = [
        feature
        for layer in layers.of(snapshot)
        if layer.name != _LEFT_TO_TABLES
        for feature in _features(layer)
    ]
    return _collection(
        features,
        name=titles.title(snapshot),
        **_asked(snapshot),
        sources=_told(snapshot.sources),
        warnings=snapshot.warnings,
        **own,
    )


def line(control: ControlMap) -> bytes:
    """The line of contact: a feature for each oblast it runs through."""
    return _collection(
        _features(layers.parts_of_line(control)),
        name=f"Line of contact on {words.day(control.date)} ({control.title})",
        control=control.to_dict(),
        sources=line_sources(control),
        warnings=list(control.repairs),
    )


def changed(found: Changed, **members: Any) -> bytes:
    """Ground that changed hands: a feature for each side that gained it."""
    whole = found.to_dict()
    return _collection(
        _features(layers.changed(found)),
        name=timeline.name(found),
        **{name: whole[name] for name in ("from", "to", "net_km2")},
        sources=change_sources(found),
        warnings=change_warnings(found),
        **members,
    )


def change_sources(found: Changed) -> list[dict[str, str]]:
    """What a change is made from, each dataset once."""
    return _told(snapshot_of.change_sources(found))


def line_sources(control: ControlMap) -> list[dict[str, str]]:
    """What the line of contact is made from: the control map, borders, and the former reservoir."""
    return _told(credits(control, ["oblasts", "lakes"]))


def _told(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{key: row[key] for key in _SOURCE_KEYS} for row in rows]


def _asked(snapshot: Snapshot) -> dict[str, Any]:
    """The question and the control map, of a comparison those of each letter."""
    note = {"note": words.ILLUSTRATIVE}
    if len(snapshot.answers) == 1:
        return note | _question(snapshot.first)
    return note | {"scenarios": {letter: _question(answer) for letter, answer in snapshot.lettered}}


def _question(answer: Impact) -> dict[str, Any]:
    asked = passport.without_file(answer.scenario)
    return {"scenario": asked.model_dump(mode="json"), "control": answer.control.to_dict()}


def _features(layer: Layer) -> list[dict[str, Any]]:
    return [_feature(*pair) for pair in zip(layer.rows, layer.shapes, strict=True)]


def _feature(properties: Mapping[str, Any], degrees: shapely.Geometry | None) -> dict[str, Any]:
    geometry = None if degrees is None else shapely.geometry.mapping(degrees)
    return {"type": "Feature", "properties": spoken(properties), "geometry": geometry}


def _collection(features: Iterable[dict[str, Any]], **members: Any) -> bytes:
    whole = {"type": "FeatureCollection", **spoken(members), "features": list(features)}
    return (json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
