"""A reader's own control map or area: what the file holds, what it is to be; then it is used."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

import shapely
import streamlit as st

from data import language
from data.errors import AtlasError, InputError
from data.language import _, ngettext
from geo import control, crs, sandbox, upload, webmap, words
from geo.scenario import EXTENT_AREA
from geo.style import Theme
from geo.upload import Found
from pages import compared, loaded, moments, question, scenario, widgets

SUFFIXES = ("geojson", "json", "kml", "kmz", "gpkg", "zip", "fgb", "parquet", "geoparquet")
_LARGEST_MB = upload.LARGEST_FILE_BYTES // 1024**2
MAP, AREA = "map", "area"
OTHER_CRS = 0

_LONGEST_NAME = 60
_SHOWN_COLUMNS = 30
_EARLIEST = dt.date(2014, 2, 20)


@dataclasses.dataclass(frozen=True)
class Upload:
    """A file as it was given."""

    name: str
    content: bytes

    @property
    def id(self) -> str:
        """The same for the same bytes."""
        return hashlib.sha256(self.content).hexdigest()


def show() -> None:
    """Draw the page."""
    colours = widgets.theme()
    widgets.dress(colours, largest_mb=_LARGEST_MB)
    question.open_link()
    loaded.tend()
    # Whoever is here is about to give a file: the worker that reads it starts now.
    sandbox.warm()
    with st.container(key="page"), st.container(key="scene"):
        rail = st.container(key="rail")
        with st.container(key="answer"):
            given = st.session_state.get("load-upload")
            found = _main(given, colours)
        with rail:
            _rail(found)
    question.write_link()


def _main(given: Upload | None, colours: Theme) -> Found | None:
    with st.container(key="notices"):
        for text in st.session_state.pop("load-said", ()):
            widgets.notice(text)
    if given is None:
        widgets.headline(
            _("Load a map or an area"),
            _("A control map of your own, or an area in which a scenario applies"),
        )
        _about()
        _list()
        return None
    widgets.headline(given.name, _("What the file holds; nothing of it is used yet"))
    try:
        with st.spinner(_("Reading the file …")):
            found = _found(given)
    except AtlasError as error:
        named = str(error).startswith(given.name)
        widgets.notice(str(error) if named else words.sentence(error))
        _list()
        return None
    if found.crs is None:
        widgets.notice(
            _(
                "The file does not say in which coordinate reference system it is. Choose it, and "
                "its areas are shown here."
            ),
            kind="note",
        )
    else:
        _map(found, colours)
    _facts(found)
    _columns(found)
    _list()
    return found


def _about() -> None:
    told = (
        (
            _("Files"),
            _(
                "GeoJSON, KML or KMZ, GeoPackage, a Shapefile packed as ZIP, FlatGeobuf or "
                "GeoParquet, up to 10 MB. Only their areas are used, not points or lines."
            ),
        ),
        (
            _("Control map"),
            _(
                "The Russian-held ground on a date; the rest of Ukraine then counts as Kyiv-held. "
                "It stands beside the bundled assessors."
            ),
        ),
        (
            _("An area"),
            _("Where a scenario applies; distance is measured from the whole line of contact."),
        ),
        (
            _("Yours alone"),
            _(
                "The file stays in your session. Nobody else can see it, no link holds it, and it "
                "is gone when you close or reload the page."
            ),
        ),
    )
    _rows(told)


def _rows(told: Iterable[tuple[str, str]]) -> None:
    """Names and what is said of each."""
    rows = "".join(
        f"<tr><th scope='row'>{widgets.escape(name)}</th><td>{widgets.escape(text)}</td></tr>"
        for name, text in told
    )
    st.html(f"<table class='atlas-table atlas-facts'><tbody>{rows}</tbody></table>")


def _found(given: Upload) -> Found:
    """What the file holds, read once for each choice of layer, CRS and language."""
    choice = (st.session_state.get("load-layer"), st.session_state.get("load-crs"))
    asked = (given.id, given.name, choice, language.current())
    known = st.session_state.get("load-found")
    if known is None or known[0] != asked:
        try:
            result: Found | str = upload.look(
                given.content, name=given.name, layer=choice[0], crs=choice[1]
            )
        except InputError as error:
            # Not itself: it holds the file, and would grow with every time that it is raised.
            result = str(error)
        known = (asked, result)
        st.session_state["load-found"] = known
    if isinstance(known[1], str):
        raise InputError(known[1])
    found: Found = known[1]
    return found


def _map(found: Found, colours: Theme) -> None:
    """The areas where they lie."""
    shapes = crs.to_metres(shapely.union_all(found.polygons))
    west, south, east, north = (float(v) for v in shapely.total_bounds(found.polygons))
    tip = _("{name}: {km2} km²").format(name=found.name, km2=words.number(shapes.area / crs.KM2))
    group = webmap.marked(
        spots={},
        areas=[webmap.Area(shape=shapes, share=0.5, tip=tip)],
        legend=[("region", _("Areas of the file"))],
        credit=found.name,
        view=(f"{found.name}-{found.layer}-{west}", [[south, west], [north, east]]),
    )
    widgets.living_map(
        "load-map", [group], colours, label=_("Map of the areas in the file"), height=420
    )


def _facts(found: Found) -> None:
    """What was read, in rows."""
    areas = len(found.polygons)
    told: list[tuple[str, str]] = [
        (
            _("Read"),
            ngettext("{kind}, {n} row", "{kind}, {n} rows", found.rows).format(
                kind=found.kind, n=words.number(found.rows)
            )
            + (f" · {found.layer}" if found.layer else ""),
        ),
        (_("Coordinate reference system"), found.crs or _("not stated")),
    ]
    if found.is_reprojected:
        told.append(("", _("Reprojected to longitude and latitude (WGS 84).")))
    if found.crs is not None:
        km2 = crs.to_metres(shapely.union_all(found.polygons)).area / crs.KM2
        told.append(
            (
                _("Areas"),
                ngettext("{n} polygon, {km2} km²", "{n} polygons, {km2} km²", areas).format(
                    n=words.number(areas), km2=words.number(km2)
                ),
            )
        )
    for label, texts, none in (
        (_("Repaired"), found.repairs, _("nothing")),
        (_("Left out"), found.left_out, _("nothing")),
        (_("Note"), found.notes, ""),
    ):
        for place, text in enumerate(texts or ((none,) if none and found.crs else ())):
            told.append((label if place == 0 else "", text))
    _rows(told)


def _columns(found: Found) -> None:
    if not found.columns:
        widgets.small(_("The file has no columns besides its shapes."))
        return
    kinds = {
        "text": _("text"),
        "number": _("number"),
        "date": _("date"),
        "truth": _("yes or no"),
        "other": _("other"),
    }
    widgets.heading(_("Columns found"))
    widgets.table(
        (_("Column"), _("Kind"), _("For example")),
        [
            (widgets.escape(name), kinds[kind], widgets.escape(example or "–"))
            for name, kind, example in found.columns[:_SHOWN_COLUMNS]
        ],
        figures_from=3,
    )
    more = len(found.columns) - _SHOWN_COLUMNS
    if more > 0:
        widgets.small(
            ngettext("And {n} more column.", "And {n} more columns.", more).format(
                n=words.number(more)
            )
        )


def _list() -> None:
    """What this session has loaded."""
    if not loaded.everything():
        return
    widgets.heading(_("Loaded in this session"))
    for each in loaded.everything():
        with st.container(key=f"loaded-{each.id}", horizontal=True, vertical_alignment="center"):
            if each.map is not None:
                kind = _("control map of {date}").format(date=words.day(each.map.date))
            else:
                kind = _("area")
            widgets.small(f"{each.title} · {kind} · {words.measure('area_km2', each.km2)}")
            st.button(_("Show"), key=f"show-{each.id}", on_click=_asked_to_show, args=(each,))
            st.button(_("Remove"), key=f"remove-{each.id}", on_click=_remove, args=(each,))
    if st.session_state.pop("load-go", False):
        st.switch_page(st.Page(scenario.show, url_path=scenario.PATH, default=True))


# ------------------------------------------------------------------------------------- the rail


def _rail(found: Found | None) -> None:
    """The controls: the file, which part of it, what it is."""
    st.file_uploader(
        _("File"),
        type=list(SUFFIXES),
        max_upload_size=_LARGEST_MB,
        key=f"load-file-{st.session_state.get('load-turn', 0)}",
        on_change=_given,
    )
    given: Upload | None = st.session_state.get("load-upload")
    if given is None:
        return
    layers = _layers(found)
    if len(layers) > 1:
        shown = st.session_state.get("load-layer") or (found.layer if found else layers[0])
        _choose(_("Layer"), "layer", layers, shown, str)
    if found is not None and (found.crs is None or st.session_state.get("load-crs")):
        _choose_crs(found)
    if found is not None and found.crs is not None:
        _use(found)


def _layers(found: Found | None) -> list[str]:
    """The layers of the file; also where the one that was chosen cannot be read."""
    if found is not None:
        st.session_state["load-layers"] = list(found.layers)
    layers: list[str] = st.session_state.get("load-layers", [])
    return layers


def _choose(label: str, key: str, options: list[Any], value: Any, named: Any) -> None:
    widget = f"load-choose-{key}"
    st.session_state[widget] = value

    def picked() -> None:
        st.session_state[f"load-{key}"] = st.session_state[widget]

    st.selectbox(label, options, format_func=named, key=widget, on_change=picked)


def _choose_crs(found: Found) -> None:
    """The CRS of a file that states none: those that fit first, or any by its EPSG code."""
    chosen: int | None = st.session_state.get("load-crs")
    codes = upload.common_crs()
    order = sorted(codes, key=lambda code: code not in found.fitting)
    named = {
        code: f"{name} · {_('fits')}" if code in found.fitting else name
        for code, name in codes.items()
    }
    widget = "load-choose-crs"
    st.session_state[widget] = chosen

    def picked() -> None:
        given = str(st.session_state[widget] or "")
        code = upload.epsg_code(given)
        if code is None and given:
            st.session_state["load-said"] = [
                _("{given} is no EPSG code that is known; give a number such as 4326.").format(
                    given=given[:_LONGEST_NAME]
                )
            ]
        st.session_state["load-crs"] = code

    st.selectbox(
        _("Coordinate reference system"),
        order,
        format_func=lambda code: named.get(code, str(code)),
        key=widget,
        index=None,
        placeholder=_("Choose, or type an EPSG code"),
        accept_new_options=True,
        on_change=picked,
    )


def _use(found: Found) -> None:
    """What it is, and the button that takes it over."""
    kinds = {MAP: _("Control map"), AREA: _("An area")}
    kind = st.segmented_control(
        _("This is"),
        list(kinds),
        format_func=kinds.__getitem__,
        required=True,
        default=MAP,
        key="load-kind",
        width="stretch",
    )
    if kind == MAP:
        widgets.small(_("Its areas are the Russian-held ground on that date."))
        guess = control.date_of_file(found.name)
        is_known = guess is not None and _EARLIEST <= guess <= dt.date.today()
        st.date_input(
            _("It shows"),
            value=guess if is_known else question.current().date,
            min_value=_EARLIEST,
            max_value=dt.date.today(),
            format="YYYY-MM-DD",
            key="load-date",
        )
    else:
        widgets.small(_("A scenario is cut to it; distance is measured from the whole line."))
    st.text_input(
        _("Name"), value=PurePosixPath(found.name).stem[:_LONGEST_NAME], max_chars=_LONGEST_NAME,
        key="load-name",
    )  # fmt: skip
    full = len(loaded.everything()) >= loaded.MOST
    if full:
        widgets.small(
            ngettext(
                "{n} thing is loaded; remove it first.",
                "{n} things are loaded; remove one first.",
                loaded.MOST,
            ).format(n=words.number(loaded.MOST))
        )
    if st.button(_("Use it"), key="load-use", type="primary", disabled=full, width="stretch"):
        _take(found, kind == MAP)
    st.button(_("Leave it"), key="load-leave", on_click=_clear, width="stretch")


def _take(found: Found, is_map: bool) -> None:
    """Take the file over as what it is, and show it."""
    title = words_of(st.session_state["load-name"]) or found.name
    try:
        if is_map:
            with st.spinner(_("Working out the line of contact …")):
                made = control.from_polygons(
                    found.polygons,
                    title=title,
                    date=st.session_state["load-date"],
                    remarks=found.remarks,
                )
            taken = loaded.add_map(made)
        else:
            taken = loaded.add_area(title, found.polygons)
    except AtlasError as error:
        st.session_state["load-said"] = [words.sentence(error)]
        st.rerun()
    _put_on_screen(taken)
    if st.session_state["complaints"]:
        # It cannot be used after all: the sentence says why.
        loaded.remove(taken)
        st.session_state["load-said"] = st.session_state["complaints"]
        st.session_state["complaints"] = []
        st.rerun()
    _clear()
    st.switch_page(st.Page(scenario.show, url_path=scenario.PATH, default=True))


def words_of(text: object) -> str:
    """A title that a reader gave, on one line and without what no font has."""
    line = " ".join(str(text).split())
    return "".join(letter for letter in line if letter.isprintable())[:_LONGEST_NAME]


def _put_on_screen(each: loaded.Loaded) -> None:
    if each.map is not None:
        st.session_state["both"] = False
        question.change(source=each.map.source, date=each.map.date)
    else:
        question.change(extent=EXTENT_AREA, area=each.area)


def _asked_to_show(each: loaded.Loaded) -> None:
    _put_on_screen(each)
    st.session_state["load-go"] = True


def _remove(each: loaded.Loaded) -> None:
    """Take it away; what is on screen and rests on it goes back to what everybody has."""
    for page in (question, compared, moments):
        page.let_go(each)
    loaded.remove(each)


def _given() -> None:
    """Keep the file beyond a visit to another page, until it is used, left or replaced."""
    turn = st.session_state.get("load-turn", 0)
    file = st.session_state[f"load-file-{turn}"]
    if file is not None and file.size > upload.LARGEST_FILE_BYTES:
        # Neither the session nor the widget is to hold what is not even looked at.
        _clear()
        told = _("{name} is larger than 10 MB; simplify it first.").format(name=_name(file))
        st.session_state["load-said"] = [told]
        return
    _forget_choices()
    st.session_state["load-upload"] = None if file is None else _upload(file)


def _upload(file: Any) -> Upload:
    return Upload(_name(file), file.getvalue())


def _name(file: Any) -> str:
    name = words_of(str(file.name).replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:])
    return name.lstrip(".") or _("file")


def _clear() -> None:
    """Forget the file that was looked at."""
    _forget_choices()
    st.session_state["load-upload"] = None
    # A new widget: the old one would go on holding the file.
    st.session_state["load-turn"] = st.session_state.get("load-turn", 0) + 1


def _forget_choices() -> None:
    for key in ("layer", "crs", "layers", "found", "name", "date", "kind"):
        st.session_state.pop(f"load-{key}", None)


if __name__ == "__main__":
    widgets.through_the_door()
