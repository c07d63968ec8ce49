"""What is on screen, in words: the title and the subtitle of a picture, of a page, of a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from data.language import _, ngettext
from geo import control as control_maps
from geo import words
from geo.control import ControlMap
from geo.scenario import Scenario
from geo.snapshot import Snapshot
from geo.timeline import Changed
from geo.timeline import name as name_of_change


def title(snapshot: Snapshot) -> str:
    """What is asked."""
    if snapshot.changed is not None:
        return name_of_change(snapshot.changed)
    scenarios = [answer.scenario for answer in snapshot.answers]
    if len(scenarios) == 1:
        return scenarios[0].title()
    return of_comparison(
        scenarios,
        assessors=[answer.control.title for answer in snapshot.answers],
        names=[scenario.title() for scenario in scenarios],
    )


def subtitle(snapshot: Snapshot) -> str:
    """What it rests on, and that it is illustrative."""
    if snapshot.changed is not None:
        return of_assessors(snapshot.changed)
    if len(snapshot.answers) == 1:
        control = snapshot.first.control
        return words.subtitle(control.title, control.date)
    return of_maps([answer.control for answer in snapshot.answers])


def of_comparison(
    scenarios: Sequence[Scenario], *, assessors: Sequence[str], names: Sequence[str]
) -> str:
    """What is compared: two by what they differ in, more by how many they are.

    Parameters
    ----------
    scenarios
        Two or more.
    assessors
        Who assessed the control map of each.
    names
        The question of each in words.
    """
    first, *others = scenarios
    if len(others) > 1:
        number = len(scenarios)
        many = ngettext("{n} scenario beside each other", "{n} scenarios beside each other", number)
        return many.format(n=number)
    other = others[0]
    if other == first:
        return first.title()
    if other == first.changed(source=other.source):
        return _("{title}: {one} and {other}").format(
            title=first.title(), one=assessors[0], other=assessors[1]
        )
    on_its_map = first.changed(source=other.source, date=other.date)
    if other == on_its_map and first.source != other.source:
        return _("{title}: {one}, {day}, and {other}, {other_day}").format(
            title=first.title(),
            one=assessors[0],
            day=words.day(first.date),
            other=assessors[1],
            other_day=words.day(other.date),
        )
    if other == first.changed(date=other.date):
        return _("{title}: {one} and {other}").format(
            title=first.title(), one=words.day(first.date), other=words.day(other.date)
        )
    return _("{one}, or: {other}").format(one=names[0], other=names[1])


def of_maps(maps: Sequence[ControlMap]) -> str:
    """What a comparison rests on."""
    return on_maps([(control.title, control.date) for control in maps])


def on_maps(maps: Sequence[tuple[str, dt.date]]) -> str:
    """As `of_maps`, of assessors and dates."""
    named = [words.listed([title, words.day(date)]) for title, date in dict.fromkeys(maps)]
    return _("{maps} · residents as counted on 1 January 2022 · illustrative").format(
        maps=words.listed(named, between="; ")
    )


def of_assessors(found: Changed) -> str:
    """What a change rests on."""
    maps = [found.before, found.after]
    if any(one.fetched_sha256 for one in maps):
        return _("Control as assessed by {maps}").format(maps=control_maps.told(maps))
    titles = ", ".join(dict.fromkeys((found.before.title, found.after.title)))
    return _("Control as {titles} assessed it · generalised to 150 m").format(titles=titles)
