"""Sources and method: where every number comes from, what was proposed, what was said."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import catalog, fetch_file, fetched_days, upstream
from data.errors import AtlasError
from data.language import _, ngettext, translated
from data.upstream import Upstream
from geo import markup, words
from geo.scenario import from_preset, presets
from pages import question, widgets

METHOD = (
    _(
        "A control map says which ground an assessor counts as Russian-held on a date; the rest of "
        "Ukraine is Kyiv-held. The line of contact is the part of its edge that faces Kyiv-held "
        "land: never coast, never the state border, never a seam between the assessor’s polygons. "
        "Along the shore of the former Kakhovka Reservoir, dry since June 2023, kilometres of its "
        "bed lie between the sides: zones are measured from there too, but its length does not "
        "count."
    ),
    _(
        "A pullback is the ground within the chosen distance of that line, on the side that pulls "
        "back. Distance is measured from the whole line; the place chosen under “Where” only clips "
        "the result. A side that leaves a place leaves all the ground it holds there."
    ),
    _(
        "Everything is measured in one equal-area projection centred on the front (48.5° N, "
        "36° E): distances of 10 km hold to 0.2 %, areas to 0.01 %."
    ),
    _(
        "Residents are the official figures for 1 January 2022, before the full-scale invasion; "
        "far fewer live near the line today. Of each hromada, first the towns with a known count "
        "are put at their place; the rest is spread over the land that is neither water nor those "
        "towns."
    ),
    _(
        "Beside each figure stands the other assessor’s, and as ± what moving the whole line by "
        "one kilometre does to it. The file docs/method.md tells all of this in full."
    ),
    _("No official coordinates of any proposal were published. Every zone is illustrative."),
)
IS_NOT = _(
    "This is not a live war map, not a targeting aid, and not the position of anyone: it "
    "describes what public proposals would mean on the ground, for both sides alike."
)


def show() -> None:
    """Draw the page."""
    widgets.dress(widgets.theme())
    question.open_link()
    with st.container(key="prose"):
        widgets.headline(
            _("Sources and method"), _("Where every figure comes from, and how it is made")
        )
        for paragraph in (*METHOD, IS_NOT):
            _paragraph(paragraph)
        for title, section in (
            (_("Proposals, by date"), _proposals),
            (_("Statements, as they were made"), _statements),
            (_("Data"), _data),
            (_("What can be fetched"), _upstreams),
        ):
            st.html(f'<h2 class="atlas-h2">{title}</h2>')
            try:
                section()
            except AtlasError as error:
                widgets.notice(str(error))
    question.write_link()


def _paragraph(text: str) -> None:
    st.html(f'<p class="atlas-p">{widgets.escape(text)}</p>')


def _proposals() -> None:
    rows = [
        (
            widgets.escape(translated(proposal.date_text)),
            widgets.escape(translated(proposal.put_forward_by)),
            widgets.escape(translated(proposal.content)),
            widgets.escape(from_preset(proposal.id).title()),
            widgets.escape(translated(proposal.left_open)),
            widgets.escape(translated(proposal.reported_in)),
        )
        for proposal in presets().values()
    ]
    head = (
        _("Date"),
        _("Put forward by"),
        _("Reported content"),
        _("As a scenario"),
        _("Left open"),
        _("Reported in"),
    )
    widgets.table(head, rows, figures_from=len(head))


def _statements() -> None:
    frame = pd.read_csv(catalog.path("statements"), dtype=str, keep_default_na=False)
    rows = [
        (
            widgets.escape(_period(row["from"], row["to"])),
            widgets.escape(translated(row["text"])),
            widgets.escape(translated(row["said_by"])),
            widgets.escape(f"{translated(row['reported_in'])}, {words.as_of(row['reported_on'])}"),
        )
        for row in frame.to_dict("records")
    ]
    head = (_("Period"), _("Statement"), _("Said by"), _("Reported in"))
    widgets.table(head, rows, figures_from=4)


def _period(start: str, end: str) -> str:
    first = words.as_of(start)
    return (
        first
        if start == end or not end
        else _("{first} to {last}").format(first=first, last=words.as_of(end))
    )


def _data() -> None:
    rows = [
        (
            _linked(entry),
            widgets.escape(words.as_of(entry.as_of)),
            widgets.escape(translated(entry.attribution)),
            widgets.escape(translated(entry.licence)),
            widgets.escape(f"{translated(entry.derived)} {_moved(entry)}"),
            words.number(entry.rows),
        )
        for entry in catalog.datasets().values()
    ]
    head = (
        _("Dataset"),
        _("As of"),
        _("Source"),
        _("Terms"),
        _("How it was derived"),
        _("Rows"),
    )
    widgets.table(head, rows, figures_from=5)


def _upstreams() -> None:
    if upstream.allowed():
        widgets.small(
            _(
                "Nothing is fetched unless somebody asks for it. What is fetched stays on this "
                "machine, and is used at full detail."
            )
        )
    else:
        widgets.small(_("Fetching is switched off here; what was fetched before is still used."))
    rows = [
        (
            markup.linked(translated(each.title), each.page),
            widgets.escape(translated(each.attribution)),
            widgets.escape(translated(each.licence)),
            widgets.escape(translated(each.terms)),
            widgets.escape(", ".join(each.hosts)),
            widgets.escape(_here(each)),
        )
        for each in upstream.upstreams().values()
    ]
    head = (_("Upstream"), _("Source"), _("Licence"), _("Terms"), _("Fetched from"), _("Here"))
    widgets.table(head, rows, figures_from=len(head))


def _here(source: Upstream) -> str:
    """What was fetched of a source."""
    if source.kind == upstream.FILE and fetch_file.path(source.id).exists():
        return _("one file")
    days = fetched_days.days(source.id)
    if not days:
        return _("nothing fetched")
    told = ngettext("{n} day, the newest {last}", "{n} days, the newest {last}", len(days))
    return told.format(n=words.number(len(days)), last=words.day(days[-1]))


def _linked(entry: catalog.Dataset) -> str:
    """The title, leading to the first of its publishers' addresses where there is one."""
    return markup.linked(translated(entry.title), entry.url)


def _moved(entry: catalog.Dataset) -> str:
    if entry.generalised == "not applicable":
        return ""
    return _("Generalised: {how}").format(how=translated(entry.generalised))


if __name__ == "__main__":
    widgets.through_the_door()
