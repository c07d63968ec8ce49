"""Below the series of attacks: a calendar, statements, launch places, a table of every night."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from data import catalog
from data.language import _, current, ngettext, translated, using
from events import chart_rows, charts, launches, report, schema, statements
from geo import places, webmap, words
from geo.style import Theme
from pages import nights, widgets
from pages.nights import Asked

LARGEST, IN_ORDER = "largest", "order"
_ORDERS = {LARGEST: _("Largest first"), IN_ORDER: _("By date")}

# What the map's ground covers: a mark beyond it would float on nothing.
_GROUND = (20.0, 42.5, 44.0, 54.0)
_MAP_VIEW = [[43.7, 29.0], [54.0, 44.0]]
_LARGEST_DOT_PX = 15.0
_TABLE_PX = 340
_MAP_PX = 600
_APPROXIMATE = _(
    "Outlines of Russian regions are approximate: the ground nearest to their towns (GeoNames), "
    "as far as the map goes, not administrative boundaries."
)


def show(asked: Asked, colours: Theme) -> None:
    """Draw what is below the series."""
    _calendar(asked, colours)
    _statements(asked)
    _launches(asked, colours)
    _nights(asked)
    _sources()


def download(label: str, asked: Asked, *, by: str, name: str, key: str) -> None:
    """A button that saves the sums of the range, for the weapon classes shown."""
    st.download_button(
        label,
        data=partial(_sums, asked, by, current()),
        file_name=f"attacks-{name}-{asked.since}-{asked.until}-by-{by}.csv",
        mime="text/csv",
        key=key,
        on_click="ignore",
        help=_("As CSV, for the weapons shown, with source, licence and cautions"),
    )


def _sums(asked: Asked, by: str, language: str) -> bytes:
    # The file is made outside the run of the page, which knows the language.
    with using(language):
        return report.to_csv(
            nights.reports(), since=asked.since, until=asked.until, by=by, classes=asked.classes
        ).encode()


def lead(classes: Iterable[str]) -> str:
    """The class that stands for the rest: drones where they are among them."""
    return next(iter(classes))


def legend(rows: Iterable[tuple[str, str]]) -> None:
    """Keys of a chart: the CSS of each swatch, and its words."""
    keys = "".join(
        f"<span><i class='atlas-key' style='{style}'></i>{widgets.escape(text)}</span>"
        for style, text in rows
    )
    st.html(f"<p class='atlas-keys'>{keys}</p>")


def _calendar(asked: Asked, colours: Theme) -> None:
    with st.container(key="part-calendar"):
        widgets.heading(_("Nights on a calendar"))
        first, last = nights.bounds()
        since = max(first, dt.date(asked.since.year, 1, 1))
        until = min(last, dt.date(asked.until.year, 12, 31))
        table = charts.by_night(nights.sums(since, until, "day", asked.classes))
        limits, shades = charts.limits_of(table), charts.shades_of(colours)
        spans = [f"1–{limits[0] - 1}"]
        spans += [f"{low}–{high - 1}" for low, high in itertools.pairwise(limits)]
        spans.append(_("{n} and more").format(n=limits[-1]))
        keys = [(f"background:{shade}", span) for shade, span in zip(shades, spans, strict=True)]
        edge = f"background:none;border:1px solid {colours.rule}"
        keys.append((edge, _("none launched")))
        if (table["launched"].isna() & table["reported"]).any():
            keys.append((f"background:none;border:1px solid {colours.quiet}", _("sum not known")))
        legend([*keys, ("display:none", _("blank: no report"))])
        st.vega_lite_chart(
            charts.calendar(table, asked.since, asked.until, colours, font=widgets.FAMILY),
            theme=None,
            width="stretch",
            key="attacks-calendar",
        )
        widgets.small(_("Launched per night. Nights outside the range are small."))


def _statements(asked: Asked) -> None:
    """What was said beside what the reports add up to."""
    with st.container(key="part-statements"):
        widgets.heading(_("Statements beside the sums"))
        rows = [
            _statement(statements.beside(said, nights.reports()))
            for said in statements.load()
            if statements.is_counted(said) and asked.since <= said.first_night
            if said.until <= asked.until
        ]
        if not rows:
            widgets.small(_("No bundled statement speaks of nights in this range."))
            return
        head = (
            _("Nights"),
            _("Said"),
            _("Reports add up to"),
            _("In full; why they may differ"),
            _("Said by"),
        )
        widgets.table(head, rows, figures_from=len(head))


def _statement(item: statements.Beside) -> tuple[str, ...]:
    said = item.statement
    nights = words.day(said.until)
    if said.first_night != said.until:
        nights = _("{first} to {last}").format(first=words.day(said.first_night), last=nights)
    summed = _("no figure") if item.summed is None else words.number(item.summed)
    cells = (
        nights,
        said.said,
        summed,
        f"{translated(said.text)}. {item.told}",
        f"{translated(said.said_by)}; {translated(said.reported_in)}, "
        f"{words.day(said.reported_on)}",
    )
    return tuple(widgets.escape(cell) for cell in cells)


def _launches(asked: Asked, colours: Theme) -> None:
    """Where launches were reported from, and incidents reported in Russia."""
    with st.container(key="part-launches"):
        widgets.heading(_("Named as launch places"))
        named = launches.by_place(nights.reports(), asked.since, asked.until, classes=asked.classes)
        # A statement is on a night if the reader's range touches it.
        incidents = launches.incidents(statements.load())
        incidents = incidents[
            (incidents["since"] <= asked.until) & (incidents["until"] >= asked.since)
        ]
        drawn, beyond = _on_ground(named[named["kind"] == launches.TOWN])
        regions = named[named["kind"] == launches.REGION].merge(_outlines(), how="left")
        on_map = regions["shape"].notna()
        areas = _areas(regions[on_map])
        group = webmap.marked(
            spots={"launch": _dots(drawn), "incident": _diamonds(incidents)},
            areas=areas,
            legend=_map_legend(drawn, regions[on_map], incidents),
            credit=_("Ukrainian Air Force; public reporting"),
            view=("launches", _MAP_VIEW),
        )
        chart, told = st.columns([13, 8], gap="medium")
        with chart:
            widgets.living_map(
                "launch-map", [group], colours, label=_("Map of launch places"), height=_MAP_PX
            )
        with told:
            _places_told(drawn, beyond, regions[on_map], regions[~on_map], named)
            _incidents_told(incidents)


def _outlines() -> pd.DataFrame:
    """What is known of the shape of a region: ``place``, ``shape`` (metres), ``remark``.

    The remark is one of `_REMARKS`.
    """
    oblasts, abroad, russian = places.oblasts(), places.countries(), places.regions()
    tables = (
        (oblasts["name_en"], oblasts.geometry, ""),
        (abroad["name"], abroad.geometry, "cut"),
        (
            russian["name_en"],
            russian.geometry,
            russian["cut"].map({True: "approximate, cut", False: "approximate"}),
        ),
    )
    return pd.concat(
        [
            pd.DataFrame({"place": names, "shape": shapes.to_numpy(), "remark": remark})
            for names, shapes, remark in tables
        ]
    )


def _on_ground(towns: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    west, south, east, north = _GROUND
    inside = towns["lon"].between(west, east) & towns["lat"].between(south, north)
    return towns[inside], towns[~inside]


_REMARKS = {
    "cut": _("the map ends within it"),
    "approximate": _("outline approximate"),
    "approximate, cut": _("outline approximate, the map ends within it"),
}
"""What is to be said of the outline of a region."""


def _night_count(number: int) -> str:
    return ngettext("{n} night", "{n} nights", number).format(n=words.number(number))


def _areas(regions: pd.DataFrame) -> list[webmap.Area]:
    """Filled by the number of nights; those without towns on the map bear their name."""
    most = regions["nights"].max() if len(regions) else 1
    return [
        webmap.Area(
            shape=row["shape"],
            share=row["nights"] / most,
            tip=words.listed(
                [
                    ngettext(
                        "{place}: named as a region in {n} night",
                        "{place}: named as a region in {n} nights",
                        row["nights"],
                    ).format(place=words.place(row["place"]), n=words.number(row["nights"])),
                    *([_REMARKS[row["remark"]]] if row["remark"] else []),
                ],
                between="; ",
            ),
            name=_on_area(row) if row["country"] != "Ukraine" else "",
        )
        for row in regions.to_dict("records")
    ]


def _on_area(row: Mapping[Any, Any]) -> str:
    short = str(words.place(row["place"]))
    for kind in (" Oblast", " Krai", " область", " край"):
        short = short.removesuffix(kind)
    return f"{short} {words.number(row['nights'])}"


def _dots(towns: pd.DataFrame) -> list[webmap.Spot]:
    """Area by the number of nights; the smallest can still be pointed at."""
    most = towns["nights"].max() if len(towns) else 1
    return [
        webmap.Spot(
            lon=row["lon"],
            lat=row["lat"],
            radius_px=round(max(3.5, _LARGEST_DOT_PX * (row["nights"] / most) ** 0.5), 1),
            tip=ngettext(
                "{place}, {region}: named in {n} night",
                "{place}, {region}: named in {n} nights",
                row["nights"],
            ).format(
                place=words.place(row["place"]),
                region=words.place(row["region"]),
                n=words.number(row["nights"]),
            ),
        )
        for row in towns.to_dict("records")
    ]


def _diamonds(incidents: pd.DataFrame) -> list[webmap.Spot]:
    return [
        webmap.Spot(lon=row["lon"], lat=row["lat"], radius_px=8, tip=_incident(row))
        for row in incidents.to_dict("records")
    ]


def _incident(row: Mapping[Any, Any]) -> str:
    when = words.day(row["until"])
    if row["since"] != row["until"]:
        when = f"{row['since'].day}–{when}" if row["since"].month == row["until"].month else when
    told = _("{place}, {when}: {text}. {said_by}; {reported_in}")
    if row["stands_for"] != launches.TOWN:
        told = _("{place} (only the region was named), {when}: {text}. {said_by}; {reported_in}")
    return told.format(
        place=words.place(row["place"]),
        when=when,
        text=translated(row["text"]),
        said_by=translated(row["said_by"]),
        reported_in=translated(row["reported_in"]),
    )


def _map_legend(
    towns: pd.DataFrame, regions: pd.DataFrame, incidents: pd.DataFrame
) -> list[tuple[str, str]]:
    rows = []
    if len(towns):
        most = _night_count(towns["nights"].max())
        rows.append(("launch", _("Town, up to {nights}").format(nights=most)))
    if len(regions):
        most = _night_count(regions["nights"].max())
        rows.append(("region", _("Region, up to {nights}").format(nights=most)))
    if len(incidents):
        rows.append(("incident", _("Incident reported in Russia")))
    return rows


def _places_told(
    drawn: pd.DataFrame,
    beyond: pd.DataFrame,
    regions: pd.DataFrame,
    regions_beyond: pd.DataFrame,
    named: pd.DataFrame,
) -> None:
    """The same in words, and what is not drawn."""
    elsewhere = named[named["kind"].isin([launches.SEA, launches.UNKNOWN])]
    lists = (
        (_("Towns, sized by the nights in which they were named"), drawn),
        (_("Towns beyond the map"), beyond),
        (_("Named as regions, shaded by the nights"), regions),
        (_("Regions beyond the map"), regions_beyond),
        (_("Seas and directions, not drawn"), elsewhere),
    )
    parts = [
        f"<dt>{title}</dt><dd>{widgets.escape(_listed(table))}</dd>"
        for title, table in lists
        if len(table)
    ]
    if not parts:
        widgets.small(_("No launch place was named in this range."))
        return
    st.html(f"<dl class='atlas-account'>{''.join(parts)}</dl>")
    widgets.small(_("Reports do not split their counts by place: nights are counted, not drones."))
    if (regions["country"] == "Russia").any():
        widgets.small(_APPROXIMATE)


def _listed(table: pd.DataFrame) -> str:
    return (
        words.listed(
            f"{words.place(row['place'])} {_night_count(row['nights'])}"
            for row in table.to_dict("records")
        )
        + "."
    )


def _incidents_told(incidents: pd.DataFrame) -> None:
    if len(incidents):
        rows = "".join(
            f"<dd>{widgets.escape(_incident(row))}.</dd>" for row in incidents.to_dict("records")
        )
        title = _("Incidents reported in Russia")
        st.html(f"<dl class='atlas-account'><dt>{title}</dt>{rows}</dl>")


def _nights(asked: Asked) -> None:
    """A row a night, the largest first or in order of time."""
    with st.container(key="part-nights"):
        widgets.heading(_("Every night"))
        st.session_state.setdefault("attacks-order", LARGEST)
        with st.container(key="nights-order", horizontal=True, vertical_alignment="center"):
            order = st.segmented_control(
                _("Order"),
                list(_ORDERS),
                format_func=lambda order: str(_ORDERS[order]),
                required=True,
                key="attacks-order",
                label_visibility="collapsed",
            )
            download(_("Nights as CSV"), asked, by="day", name="nights", key="save-nights")
        table = _night_rows(asked.since, asked.until, asked.classes)
        if order == LARGEST:
            figures = [name for name in map(str, table) if name.endswith(_LAUNCHED)]
            table = table[table["report"]].sort_values([figures[0], "night"], ascending=False)
        # As letters: a table that goes to the browser asks for no language.
        table = table.assign(report=table["report"].map({True: "", False: str(_("none"))}))
        config = st.column_config
        whole = {
            name: config.NumberColumn(str(_figure_name(name)), format="localized", step=1)
            for name in map(str, table)
            if name not in ("night", "report")
        }
        st.container(key="nights").dataframe(
            table,
            column_config=whole
            | {
                "night": config.DateColumn(_("Night to"), format="YYYY-MM-DD", pinned=True),
                "report": config.TextColumn(_("Report")),
            },
            hide_index=True,
            height=_TABLE_PX,
            placeholder="–",
            alt=_("Nights of the range with what was launched and what got through"),
        )


_LAUNCHED, _THROUGH, _HITS = ": launched", ": got through", "hit_locations"


def _figure_name(column: str) -> str:
    """The heading of a column of `_night_rows` with figures."""
    if column == _HITS:
        return _("Hit locations, all weapons")
    told = _("{kind}: launched") if column.endswith(_LAUNCHED) else _("{kind}: got through")
    return told.format(kind=chart_rows.title(column.rpartition(": ")[0]))


@st.cache_data(show_spinner=False, max_entries=16)
def _night_rows(since: dt.date, until: dt.date, classes: tuple[str, ...]) -> pd.DataFrame:
    """A row a date, in order of time; two columns a class, and hit locations once."""
    sums = nights.sums(since, until, "day", classes)
    days = sums.drop_duplicates("from").set_index("from")
    table = pd.DataFrame({"night": [date.date() for date in days.index]}, index=days.index)
    for name in sums["class"].unique():
        own = sums[sums["class"] == name].set_index("from")
        known = own["launched"].notna()
        if known.any() or name == lead(classes):
            table[name + _LAUNCHED] = own["launched"]
            table[name + _THROUGH] = own["got_through"]
    drones = sums[sums["class"] == schema.ATTACK_DRONE].set_index("from")
    if len(drones):
        table[_HITS] = drones["hit_locations"]
    table["report"] = days["days_reported"] > 0
    return table.reset_index(drop=True)


def _sources() -> None:
    entries = [catalog.datasets()[name] for name in ("airforce", "statements")]
    widgets.small(words.sources({"title": one.title, "as_of": one.as_of} for one in entries))
