"""The files of points that people in this field have: their columns, codes, terms and wording.

The columns are those of ACLED's export since the column changes of 20 March 2023 (codebook of
2024), of the UCDP GED codebook 25.1, of VIINA 2.0's codebook (README of 2025; VIINA 1.0 is read as
well), and of the list of incidents behind Bellingcat's "Civilian Harm in Ukraine" map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.delimited import no_header
from data.errors import InputError
from data.language import _
from geo import words

EXACT, TOWN, RAION, OBLAST, COUNTRY, UNKNOWN = PRECISIONS = (
    "exact",
    "town",
    "raion",
    "oblast",
    "country",
    "unknown",
)
COARSE = (OBLAST, COUNTRY)
NOT_UNDERSTOOD = -1
"""In place of a precision's place among `PRECISIONS`: the file states one that is not known."""
ROLES = ("latitude", "longitude", "date", "class", "precision", "id")
NEEDED = ("latitude", "longitude", "date")
_SHORT_ROLES = {"lat": "latitude", "lon": "longitude"}
_LONGEST_NAME = 40
_MOST_NAMES = 40


@dataclass(frozen=True, kw_only=True)
class Format:
    """What is known of one kind of file.

    Attributes
    ----------
    id, title
        Name in the code and name for people.
    licence, attribution
        The publisher's terms, and the wording it asks for.
    columns
        Role (`ROLES`) to the names that may hold it, lower case, the best first.
    precision
        What the file writes for its precision, lower case, to one of `PRECISIONS`.
    classes
        Codes of classes to words; what is not in it stays as it is.
    flags
        Columns of 0 and 1 and the class that each stands for; the first that is set counts.
    no_class
        The class of a row that names none.
    date_column, month_only, longer
        The column that says how exactly the date is known, and what it writes where only the month
        is, or a longer time.
    place_name
        The column that names the place, where the format has one and leaves it blank.
    note
        What a reader of the counts must know.
    """

    id: str
    title: str
    licence: str
    attribution: str
    columns: Mapping[str, tuple[str, ...]]
    precision: Mapping[str, str]
    classes: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[tuple[str, str], ...] = ()
    no_class: str = "not stated"
    date_column: str | None = None
    month_only: tuple[str, ...] = ()
    longer: tuple[str, ...] = ()
    place_name: str | None = None
    note: str | None = None


_WORDS_OF_PRECISION = {
    EXACT: (
        "exact, street, address, building, house, point, coordinates, точно, точна, точная, "
        "вулиця, адреса, будинок, улица, адрес, дом"
    ),
    TOWN: (
        "town, city, settlement, village, place, locality, hamlet, adm3, admin3, місто, село, "
        "селище, населений пункт, город, посёлок, поселок, деревня, населенный пункт, "
        "населённый пункт"
    ),
    RAION: (
        "raion, rayon, district, hromada, county, municipality, adm2, admin2, район, району, "
        "районі, громада, громади, громаді, района, районе"
    ),
    OBLAST: (
        "oblast, region, province, state, governorate, adm1, admin1, область, області, обл, "
        "обласний, обласна, регіон, регіону, области, областной, областная, регион, региона"
    ),
    COUNTRY: (
        "country, national, nation, nationwide, adm0, admin0, країна, країни, країні, держава, "
        "україна, страна, страны, стране, украина"
    ),
    UNKNOWN: (
        "unknown, none, not stated, n a, na, невідомо, не відомо, не вказано, неизвестно, "
        "не указано"
    ),
}
_PRECISE = {word: name for name, words in _WORDS_OF_PRECISION.items() for word in words.split(", ")}
_DATES = (
    "date",
    "event_date",
    "incident_date",
    "date_start",
    "start_date",
    "datetime",
    "timestamp",
    "day",
    "time",
    "дата",
)
_LATITUDES = ("latitude", "lat", "lat_dd", "широта", "y")
_LONGITUDES = ("longitude", "lon", "lng", "long", "lon_dd", "довгота", "долгота", "x")

ACLED = Format(
    id="acled",
    title="ACLED",
    licence=(
        "ACLED's Terms of Use and EULA: non-commercial use with attribution; its rows themselves "
        "must not be passed on"
    ),
    attribution="Armed Conflict Location & Event Data (ACLED), acleddata.com",
    columns={
        "latitude": _LATITUDES,
        "longitude": _LONGITUDES,
        "date": ("event_date", *_DATES),
        "class": ("event_type",),
        "precision": ("geo_precision",),
        "id": ("event_id_cnty",),
    },
    # 1: a named town; 2: near a town, or part of a region; 3: a region, put at its main town.
    precision=_PRECISE | {"1": TOWN, "2": RAION, "3": OBLAST},
    # 1: the day; 2: the week; 3: the month.
    date_column="time_precision",
    month_only=("3",),
    note="State the date on which the ACLED data were downloaded, as its attribution policy asks.",
)

UCDP_GED = Format(
    id="ucdp-ged",
    title="UCDP Georeferenced Event Dataset",
    licence="CC BY 4.0",
    attribution=(
        "Uppsala Conflict Data Program, UCDP GED: Sundberg and Melander (2013), Introducing the "
        "UCDP Georeferenced Event Dataset, Journal of Peace Research 50(4); Davies, Pettersson, "
        "Sollenberg and Öberg (2025), Organized violence 1989–2024, Journal of Peace Research 62(4)"
    ),
    columns={
        "latitude": _LATITUDES,
        "longitude": _LONGITUDES,
        "date": ("date_start", *_DATES),
        "class": ("type_of_violence",),
        "precision": ("where_prec",),
        "id": ("id",),
    },
    # 1: the place itself; 2: within about 25 km of it; 3: its district; 4: its province; 5: a part
    # of the country larger than that, or a point between two places; 6: the country; 7: a sea.
    precision=_PRECISE
    | {
        "1": EXACT,
        "2": RAION,
        "3": RAION,
        "4": OBLAST,
        "5": COUNTRY,
        "6": COUNTRY,
        "7": COUNTRY,
    },
    # 1: the day; 2 and 3: some days or the week; 4: the month; 5: longer, to a year.
    date_column="date_prec",
    month_only=("4",),
    longer=("5",),
    classes={
        "1": "state-based conflict",
        "2": "non-state conflict",
        "3": "one-sided violence",
    },
    note="An event of several days is counted on its first day (date_start).",
)

# A report may carry several flags. Weapons come first, then what was done on the ground, then what
# was hit, so that "air strike" is not lost behind "destruction of property".
_VIINA_FLAGS = (
    ("t_airstrike_b", "air strike"),
    ("t_uav_b", "drone"),
    ("t_artillery_b", "shelling"),
    ("t_ied_b", "mine or explosive device"),
    ("t_armor_b", "tank battle"),
    ("t_firefight_b", "firefight"),
    ("t_raid_b", "raid"),
    ("t_aad_b", "air defence"),
    ("t_hospital_b", "attack on a hospital"),
    ("t_hospitals_b", "attack on a hospital"),
    ("t_property_b", "destruction of property"),
    ("t_control_b", "claim of control"),
    ("t_occupy_b", "occupation"),
    ("t_retreat_b", "retreat"),
    ("t_arrest_b", "arrest"),
    ("t_cyber_b", "cyber operation"),
    ("t_airalert_b", "air alert"),
    ("t_civcas_b", "civilian casualties"),
    ("t_milcas_b", "military casualties"),
    ("t_mil_b", "other report of the war"),
)

VIINA = Format(
    id="viina",
    title="VIINA",
    licence="ODbL 1.0",
    attribution=(
        "Zhukov and Ayers (2023), VIINA 2.0: Violent Incident Information from News Articles on "
        "the 2022 Russian Invasion of Ukraine, Harvard University, github.com/zhukovyuri/VIINA; "
        "contains information from VIINA, which is made available under the Open Database License "
        "(ODbL)"
    ),
    columns={
        "latitude": ("latitude",),
        "longitude": ("longitude",),
        "date": ("date",),
        # Events of one kind, place and day are one row of event_1pd; event_info holds the reports.
        "id": ("event_id", "event_id_1pd"),
        "precision": ("geo_precision",),
    },
    precision={"street": EXACT, "adm3": TOWN, "adm2": RAION, "adm1": OBLAST, "adm0": COUNTRY},
    flags=_VIINA_FLAGS,
    no_class="no class",
    note="VIINA is classified by machine from news reports; a report with several classes counts "
    "under the first of them.",
)

BELLINGCAT = Format(
    id="bellingcat",
    title="Bellingcat, Civilian Harm in Ukraine",
    licence="not stated by the publisher",
    attribution="Bellingcat, Civilian Harm in Ukraine, ukraine.bellingcat.com",
    columns={
        "latitude": ("latitude",),
        "longitude": ("longitude",),
        "date": ("date",),
        "id": ("id",),
    },
    # The incidents are geolocated one by one, and the list states no precision.
    precision={},
    no_class="civilian harm",
    place_name="location",
)

OTHER = Format(
    id="other",
    title="Table of points",
    licence="not stated in the file; ask its publisher",
    attribution="not stated in the file; name its publisher",
    columns={
        "latitude": _LATITUDES,
        "longitude": _LONGITUDES,
        "date": _DATES,
        "class": ("class", "event_type", "type", "category", "kind", "sub_event_type"),
        "precision": ("precision", "geo_precision"),
        "id": ("id", "event_id", "incident_id"),
    },
    precision=_PRECISE,
)


def recognise(names: Sequence[str]) -> Format:
    """The format whose columns these are; `OTHER` where they are nobody's."""
    have = {plain(name) for name in names}
    # Without their ids as well: their precisions are numbers that nobody else's table explains.
    if "event_type" in have and have & {"event_id_cnty", "geo_precision"}:
        return ACLED
    if "where_prec" in have:
        return UCDP_GED
    if {"geo_precision", "date"} <= have and have & {"viina_version", "event_id_1pd", "t_mil_b"}:
        return VIINA
    if {"date", "location", "description", "sources"} <= have:
        return BELLINGCAT
    return OTHER


def choose(
    file_format: Format,
    names: Sequence[str],
    chosen: Mapping[str, str] | None,
    *,
    file: str,
    geometry: bool = False,
) -> dict[str, str]:
    """Which column holds what.

    Parameters
    ----------
    file_format : Format
        Gives the usual names.
    names : sequence of str
        The file's columns.
    chosen : mapping of str to str, optional
        Role (`ROLES`; ``lat`` and ``lon`` will do) to a column that the user names.
    file : str
        Name of the file, for the messages.
    geometry : bool
        Whether the file has point geometries; then latitude and longitude need no column, and
        columns called x and y, which may be in metres, are not taken for them.

    Returns
    -------
    dict
        Role to column. Roles beyond `NEEDED` only where the file has them.

    Raises
    ------
    InputError
        If a needed column is missing, twice there, or not as named.
    """
    if not geometry and not any(plain(name) for name in names):
        raise InputError(no_header(file))
    found = _named(names, chosen or {}, file)
    for role, usual in file_format.columns.items():
        skipped = ("x", "y") if geometry else ()
        name = _first(names, [word for word in usual if word not in skipped])
        if role not in found and name is not None:
            found[role] = name
    needed: tuple[str, ...] = NEEDED
    if geometry and not {"latitude", "longitude"} <= found.keys():
        found = {
            role: name for role, name in found.items() if role not in ("latitude", "longitude")
        }
        needed = ("date",)
    missing = [role for role in needed if role not in found]
    if missing:
        raise InputError(
            _(
                "{file} has no column that is known to hold the {roles}; its columns are {names}: "
                "name the right one, as in {role}=NAME."
            ).format(
                file=file,
                roles=words.listed(missing, between=_(" or the ")),
                names=listed(names),
                role=missing[0],
            )
        )
    for role, name in found.items():
        if list(names).count(name) > 1:
            raise InputError(
                _("{file} has more than one column {name} ({role}); rename all but one.").format(
                    file=file, name=clipped(name), role=role
                )
            )
    return found


def plain(name: str) -> str:
    """A column's name as it is compared: lower case, no space around it."""
    return name.strip().casefold()


def clipped(text: str) -> str:
    """A text of the file as a message may quote it."""
    text = " ".join(text.split())
    return repr(text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…")


def listed(names: Sequence[str]) -> str:
    """Columns as a message lists them."""
    shown = ", ".join(clipped(name)[1:-1] or _("(no name)") for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return (
        _("{shown} and {more} more").format(shown=shown, more=more)
        if more > 0
        else shown or _("none")
    )


def _named(names: Sequence[str], chosen: Mapping[str, str], file: str) -> dict[str, str]:
    found = {}
    for given, name in chosen.items():
        role = _SHORT_ROLES.get(given, given)
        if role not in ROLES:
            raise InputError(
                _("{given} is no column to name; name {roles}.").format(
                    given=clipped(given), roles=", ".join(ROLES)
                )
            )
        column = name if name in names else _first(names, [plain(name)])
        if column is None:
            raise InputError(
                _("{file} has no column {name} ({role}); its columns are {names}.").format(
                    file=file, name=clipped(name), role=role, names=listed(names)
                )
            )
        found[role] = column
    return found


def _first(names: Sequence[str], usual: Sequence[str]) -> str | None:
    have = {plain(name): name for name in reversed(names)}
    return next((have[word] for word in usual if word in have), None)
