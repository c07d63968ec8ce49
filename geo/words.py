"""Dates, figures and names as they are written everywhere: on screen, on paper, on a terminal.

All in the language that is spoken (`data.language`).
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Hashable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from data.language import ENGLISH, UKRAINIAN, Said, _, current, translated
from geo import places

if TYPE_CHECKING:
    import pandas as pd

SIDES = {"ukraine": _("Ukraine"), "russia": _("Russia")}
"""Side -> its name."""

HELD = {"ukraine": _("Kyiv-held"), "russia": _("Russian-held")}
"""Side -> what the ground it holds is called."""

MEASURES = {
    "area_km2": _("Area"),
    "residents_2022": _("Residents of 2022"),
    "settlements": _("Settlements of 500+"),
    "rail_km": _("Railways"),
}
"""Column of `geo.impact.Impact.sides` -> its heading, in the order in which they are shown."""

ILLUSTRATIVE = _("Illustrative: no official geometry has been published.")


def day(date: dt.date) -> str:
    """A date in words: ``14 December 2025``."""
    return Said(lambda: format_date(date, "d MMMM y", locale=current()))


def short_day(date: dt.date) -> str:
    """A date of a year that is known, short: ``14 Dec``."""
    return Said(lambda: format_date(date, "d MMM", locale=current()))


def short_month(date: dt.date) -> str:
    """The month of a date, short: ``May 2025``."""
    return Said(lambda: format_date(date, "LLL y", locale=current()))


def month_letter(month: int) -> str:
    """A month, 1 to 12, as one letter."""
    return Said(lambda: str(Locale(current()).months["stand-alone"]["narrow"][month]))


def weekday(number: int) -> str:
    """A day of the week, short; 0 is Monday."""
    return Said(lambda: str(Locale(current()).days["stand-alone"]["abbreviated"][number]))


def as_of(text: str) -> str:
    """A date of a table in words; what is no ISO date (a period, "undated") stays as it is."""
    try:
        return day(dt.date.fromisoformat(text))
    except ValueError:
        first, to, last = text.partition(" to ")
    if to and first[:1].isdigit() and _is_date(first) and _is_date(last):
        return _("{first} to {last}").format(first=first, last=last)
    return translated(text)


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def subtitle(title: str, date: dt.date) -> str:
    """What a result rests on: the control map's date and source, the count, and the caveat."""
    return _(
        "Line of contact on {day} ({assessor}) · residents as counted on 1 January 2022 · "
        "illustrative"
    ).format(day=day(date), assessor=title)


def number(value: float, *, digits: int | None = None, decimals: int = 0) -> str:
    """A figure with thousands separated, rounded to `digits` significant digits if given.

    What is not known is an en dash.
    """
    if value is None or math.isnan(value):
        return Said(lambda: "–")
    if digits is not None:
        value = _significant(value, digits)
    return Said(partial(_number, value, decimals))


def _significant(value: float, digits: int) -> float:
    return round(value, digits - 1 - math.floor(math.log10(abs(value)))) if value else value


def _number(value: float, decimals: int) -> str:
    plain = f"{value:,.{decimals}f}"
    if current() == ENGLISH:
        return plain
    pattern = "#,##0" + (f".{'0' * decimals}" if decimals else "")
    return format_decimal(float(plain.replace(",", "")), format=pattern, locale=current())


def change(share: float) -> str:
    """By how much something grew or shrank, from its share (1 for twice as much): ``+0.25%``."""
    return Said(lambda: format_percent(share, format="+#,##0.00%;-#,##0.00%", locale=current()))


def short(value: float) -> str:
    """A figure with the decimals it has and no more: ``5``, ``7.5``."""
    text = f"{value:g}"
    return number(value, decimals=len(text.partition(".")[2]))


def measure(name: str, value: float) -> str:
    """A figure of `MEASURES` as it is printed, with its unit.

    Residents have three significant digits: spreading counts over the ground gives no more.
    A measure that the tables do not cover is "no data".
    """
    if math.isnan(value):
        return _("no data")
    if name == "area_km2":
        return _("under 1 km²") if 0 < value < 1 else _("{n} km²").format(n=number(value))
    if name == "rail_km":
        return _("{n} km").format(n=number(value))
    return bare(name, value)


def bare(name: str, value: float) -> str:
    """A figure of `MEASURES` without its unit, for a place beside one that has it."""
    if math.isnan(value):
        return _("no data")
    if name == "area_km2" and 0 < value < 1:
        return _("under 1")
    return number(value, digits=3 if name == "residents_2022" else None)


def signed(name: str, difference: float, *, unit: bool = True) -> str:
    """By how much two figures of `MEASURES` differ, with a sign: ``−214 km²``, ``−214``."""
    if math.isnan(difference):
        return Said(lambda: "–")
    told = (measure if unit else bare)(name, abs(difference))
    if 0 < abs(difference) < (0.5 if name != "area_km2" else 1):
        return Said(lambda: f"± {told}")
    sign = "" if difference == 0 else "+" if difference > 0 else "−"
    return Said(lambda: f"{sign}{told}")


def difference(name: str, value: float, first: float, *, unit: bool = True) -> str:
    """By how much a figure differs from the first, as both are printed: ``−4,000``.

    It is the difference of the two rounded figures, not the rounded difference of the two: who
    subtracts what stands on the page finds what stands beside it.
    """
    if math.isnan(value) or math.isnan(first):
        return signed(name, math.nan)
    differing = _printed(name, value) - _printed(name, first)
    if name != "residents_2022":
        return signed(name, differing, unit=unit)
    # Of figures with three digits each, the difference may need more to add up.
    sign = "" if differing == 0 else "+" if differing > 0 else "−"
    return Said(lambda: f"{sign}{number(abs(differing))}")


def _printed(name: str, value: float) -> float:
    """The figure that `bare` prints; what it calls "under 1" as it is."""
    if name == "area_km2" and 0 < value < 1:
        return value
    return float(round(_significant(value, 3) if name == "residents_2022" else value))


def span(name: str, one: float, other: float) -> str:
    """Two answers to the same question as a range: ``1,245–1,457 km²``.

    What rounds to the same is one figure; of an unknown and a known one, the known.
    """
    known = sorted(value for value in (one, other) if not math.isnan(value))
    if len(known) < 2 or measure(name, known[0]) == measure(name, known[1]):
        return measure(name, known[0] if known else math.nan)
    return Said(lambda: f"{bare(name, known[0])}–{measure(name, known[1])}")


def listed(parts: Iterable[object], *, between: str = ", ") -> str:
    """Words in a row: ``one, another, a third``."""
    parts = tuple(parts)
    return Said(lambda: between.join(str(part) for part in parts))


def sources(used: Iterable[Mapping[str, str]]) -> str:
    """What a result rests on: ``Sources: Oblasts (1 January 2022); …``."""
    named = [
        _("{title} ({as_of})").format(title=translated(item["title"]), as_of=as_of(item["as_of"]))
        for item in used
    ]
    return _("Sources: {sources}.").format(sources=listed(named, between="; "))


def place_name(name_en: str, name_uk: str) -> str:
    """A settlement by its name in the language spoken, by the other where it has none."""
    first, second = (name_uk, name_en) if current() == UKRAINIAN else (name_en, name_uk)
    return first or second


def lower(text: str) -> str:
    """A heading within a sentence."""
    return Said(lambda: str(text)[:1].lower() + str(text)[1:])


def chart_locale() -> dict[str, Any]:
    """How Vega-Lite writes figures and dates, for its ``config.locale``."""
    locale = Locale(current())
    months, days = locale.months["stand-alone"], locale.days["stand-alone"]
    return {
        "number": {
            "decimal": locale.number_symbols["latn"]["decimal"],
            "thousands": locale.number_symbols["latn"]["group"],
            "grouping": [3],
            "currency": ["", ""],
        },
        "time": {
            "dateTime": "%e %B %Y, %H:%M",
            "date": "%e %B %Y",
            "time": "%H:%M",
            "periods": ["", ""],
            # Vega's weeks begin on Sunday, Babel's on Monday.
            "days": [days["wide"][(number - 1) % 7] for number in range(7)],
            "shortDays": [days["abbreviated"][(number - 1) % 7] for number in range(7)],
            "months": [months["wide"][number] for number in range(1, 13)],
            "shortMonths": [months["abbreviated"][number] for number in range(1, 13)],
        },
    }


def place(label: str) -> str:
    """An oblast, raion or hromada by the name it has in the language that is spoken."""
    return Said(
        lambda: (
            label
            if current() == ENGLISH
            else _ukrainian_names().get(label) or str(translated(label))
        )
    )


@functools.cache
def _ukrainian_names() -> dict[str, str]:
    known = places.all_places()
    return {one.name_en: one.name_uk for one in known} | {one.label: one.name_uk for one in known}


def sentence(text: object) -> str:
    """A text with a capital letter at its beginning."""
    return Said(lambda: str(text)[:1].upper() + str(text)[1:])


def railways(table: pd.DataFrame) -> str:
    """Railways by class and side, as `geo.impact.Impact.railways` has them; "" where none is."""
    sides = []
    for side, name in SIDES.items():
        rows = table[table["side"] == side].to_dict("records")
        told = [
            _("{kind} {length}").format(
                kind=translated(row["class"]), length=measure("rail_km", row["length_km"])
            )
            for row in rows
        ]
        if told:
            sides.append(_("{side}’s side: {lengths}").format(side=name, lengths=listed(told)))
    if not sides:
        return ""
    return _("Railways: {sides}.").format(sides=listed(sides, between="; "))


def balance(table: pd.DataFrame, assessor: str) -> list[str]:
    """Who gives up what on an assessor's map, from `geo.curve.balance`.

    Sentences, none unless both sides give up ground.
    """
    rows = table.to_dict(orient="index")
    if not all(rows["area_km2"][side] > 0 for side in SIDES):
        return []
    ground = _times(rows["area_km2"]["ratio"], _("as much ground"))
    people = _times(rows["residents_2022"]["ratio"], _("as many residents of 2022"))
    given_up = ground or people
    if ground and people:
        given_up = _("{ground} and {people}").format(ground=ground, people=people)
    sentences: list[str] = [
        _("On {assessor}’s map Russia’s side gives up {what} as Ukraine’s.").format(
            assessor=assessor, what=given_up
        )
    ]
    for side, template in (
        ("ukraine", _("Ukraine’s side would give up as much as Russia’s: {equal}.")),
        ("russia", _("Russia’s side would give up as much as Ukraine’s: {equal}.")),
    ):
        equal = [
            what.format(km=number(rows[key][f"{side}_equal_km"], decimals=1))
            for key, what in (
                ("area_km2", _("ground at {km} km")),
                ("residents_2022", _("residents at {km} km")),
            )
            if _is_equalled(rows[key], side)
        ]
        if equal:
            sentences.append(template.format(equal=listed(equal)))
    return sentences


def _times(ratio: float, as_much: str) -> str:
    """``1.05 times as much ground``; "" where one of the two gives up none or is not known."""
    if not ratio > 0:
        return ""
    if ratio < 0.01:
        return _("less than 0.01 times {as_much}").format(as_much=as_much)
    times = number(ratio, decimals=2) if ratio < 10 else number(ratio, digits=3)
    if f"{ratio:.2f}" == "1.00":
        return _("{as_much}").format(as_much=as_much)
    return _("{times} times {as_much}").format(times=times, as_much=as_much)


def _is_equalled(row: Mapping[Hashable, float], side: str) -> bool:
    """Whether there is a distance at which a side would give up what the other does."""
    return min(row["ukraine"], row["russia"]) > 0 and row[f"{side}_equal_km"] >= 0.05


def deed(distance_km: float, leaves: tuple[str, ...]) -> str:
    """What a side does, after its name: ``pulls back 5 km``, ``leaves``, ``stays``."""
    if leaves and distance_km:
        return _("leaves, pulls back {km} km").format(km=short(distance_km))
    if distance_km:
        return _("pulls back {km} km").format(km=short(distance_km))
    return _("leaves") if leaves else _("stays")
