"""Sources and notes at the foot of a printed page."""

from __future__ import annotations

from data.language import _, translated
from geo import words
from geo.snapshot import Snapshot

PUBLISHERS = {
    "© OpenStreetMap contributors": _("© OpenStreetMap contributors 2026 (ODbL 1.0)"),
    "State Statistics Service of Ukraine via KSE": _(
        "residents on 1 January 2022: State Statistics Service of Ukraine via KSE (MIT)"
    ),
    "GeoNames": _("settlements, undated: GeoNames (CC BY 4.0)"),
    "Natural Earth": _("water, undated: Natural Earth (public domain)"),
}
"""Publisher in the catalogue's attributions -> how a small page names it, with date and licence."""


def sources(snapshot: Snapshot) -> str:
    """Every source with its date and terms; tables of one origin share a mention."""
    titles: dict[tuple[str, str, str], list[str]] = {}
    for entry in snapshot.map_sources:
        origin = (entry["attribution"], entry["as_of"], entry["licence"].rstrip("."))
        named = titles.setdefault(origin, [])
        if entry["title"] not in named:
            named.append(entry["title"])
    mentions = []
    for (attribution, as_of, licence), names in titles.items():
        told = [translated(name) for name in names]
        mentions.append(
            _("{titles} ({as_of}): {attribution}; {licence}.").format(
                titles=words.listed([told[0], *map(words.lower, told[1:])]),
                as_of=words.as_of(as_of),
                attribution=translated(attribution),
                licence=translated(licence),
            )
        )
    return _("Sources: {sources}").format(sources=words.listed(mentions, between=" "))


def short_sources(snapshot: Snapshot) -> str:
    """As `sources`, in as few words as the terms allow: publishers instead of tables."""
    mentions: dict[str, str] = {}
    for entry in snapshot.map_sources:
        for publisher in entry["attribution"].split("; "):
            if publisher in PUBLISHERS:
                mentions[publisher] = PUBLISHERS[publisher]
            else:
                mentions[f"{publisher} {entry['as_of']}"] = _(
                    "{publisher}, {as_of} ({licence})"
                ).format(
                    publisher=translated(publisher),
                    as_of=words.as_of(entry["as_of"]),
                    licence=translated(entry["licence"]),
                )
    told = _("Sources: {sources}.")
    return told.format(sources=words.listed(mentions.values(), between="; "))


def notes(snapshot: Snapshot) -> list[str]:
    """What the figures leave out, and the night; a paragraph each."""
    paragraphs = []
    if snapshot.warnings:
        all_notes = words.listed(snapshot.warnings, between=" ")
        paragraphs.append(str(_("Notes: {notes}").format(notes=all_notes)))
    if snapshot.night:
        paragraphs.append(str(snapshot.night))
    return paragraphs
