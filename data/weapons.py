"""Weapon classes, and the vocabulary of model names.

Names are in Latin letters and in the spelling usual in English-language work on this war: Kh-101
(the source writes X-101), S-300 (C-300), Molniya (Молнія). A model that is not in `MODELS` keeps
the name it came with, gets its class from the source's own category file where that knows it, and
is listed by whoever reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ATTACK_DRONE = "attack drone"
RECONNAISSANCE_DRONE = "reconnaissance drone"
CRUISE_MISSILE = "cruise missile"
BALLISTIC_MISSILE = "ballistic missile"
OTHER = "other"
CLASSES = (ATTACK_DRONE, RECONNAISSANCE_DRONE, CRUISE_MISSILE, BALLISTIC_MISSILE, OTHER)
"""In this order where several are joined: ``cruise missile + ballistic missile``."""
CLASS_JOINT = " + "
LIST_JOINT = "; "
"""Between the names of a cell; `listed` and `items` keep a name that has a semicolon itself."""

FRONT_LINE_DRONES = frozenset({"Lancet", "Molniya", "Kub", "Privet-82"})
"""Attack drones of the front line. Reports name only those shot down, so launched = intercepted."""

MODELS: dict[str, tuple[str, str]] = {
    "Shahed-136/131": ("Shahed-136/131", ATTACK_DRONE),
    "Lancet": ("Lancet", ATTACK_DRONE),
    "Молнія": ("Molniya", ATTACK_DRONE),
    "Kub": ("Kub", ATTACK_DRONE),
    "Привет-82": ("Privet-82", ATTACK_DRONE),
    "Eleron": ("Eleron", RECONNAISSANCE_DRONE),
    "Forpost": ("Forpost", RECONNAISSANCE_DRONE),
    "Granat-4": ("Granat-4", RECONNAISSANCE_DRONE),
    "Merlin-VR": ("Merlin-VR", RECONNAISSANCE_DRONE),
    "Mohajer-6": ("Mohajer-6", RECONNAISSANCE_DRONE),
    "Orion": ("Orion", RECONNAISSANCE_DRONE),
    "Orlan-10": ("Orlan-10", RECONNAISSANCE_DRONE),
    "Orlan-30": ("Orlan-30", RECONNAISSANCE_DRONE),
    "Reconnaissance UAV": ("Reconnaissance drone", RECONNAISSANCE_DRONE),
    "Supercam": ("Supercam", RECONNAISSANCE_DRONE),
    "ZALA": ("ZALA", RECONNAISSANCE_DRONE),
    "Картограф": ("Kartograf", RECONNAISSANCE_DRONE),
    "Фенікс": ("Feniks", RECONNAISSANCE_DRONE),
    "3M22 Zircon": ("3M22 Zircon", CRUISE_MISSILE),
    "Banderol": ("Banderol", CRUISE_MISSILE),
    "Iskander-K": ("Iskander-K", CRUISE_MISSILE),
    "Kalibr": ("Kalibr", CRUISE_MISSILE),
    "P-800 Oniks": ("P-800 Oniks", CRUISE_MISSILE),
    "X-101/X-555": ("Kh-101/Kh-555", CRUISE_MISSILE),
    "X-22": ("Kh-22", CRUISE_MISSILE),
    "X-31": ("Kh-31", CRUISE_MISSILE),
    "X-31P": ("Kh-31P", CRUISE_MISSILE),
    "X-31PD": ("Kh-31PD", CRUISE_MISSILE),
    "X-32": ("Kh-32", CRUISE_MISSILE),
    "X-35": ("Kh-35", CRUISE_MISSILE),
    "X-59": ("Kh-59", CRUISE_MISSILE),
    "X-59/X-69": ("Kh-59/Kh-69", CRUISE_MISSILE),
    "X-59MK2": ("Kh-59MK2", CRUISE_MISSILE),
    "X-69": ("Kh-69", CRUISE_MISSILE),
    "Ballistic Missile": ("Ballistic missile", BALLISTIC_MISSILE),
    "Intercontinental Ballistic Missile": ("Intercontinental ballistic missile", BALLISTIC_MISSILE),
    "Iskander-M": ("Iskander-M", BALLISTIC_MISSILE),
    "Iskander-M/KN-23": ("Iskander-M/KN-23", BALLISTIC_MISSILE),
    "KN-23": ("KN-23", BALLISTIC_MISSILE),
    "X-47 Kinzhal": ("Kh-47M2 Kinzhal", BALLISTIC_MISSILE),
    # Surface-to-air missiles fired at the ground, bombs, and what the report does not identify.
    "C-300": ("S-300", OTHER),
    "C-300/C-400": ("S-300/S-400", OTHER),
    "C-400": ("S-400", OTHER),
    "GBU": ("Guided bomb", OTHER),
    "Aerial Bomb": ("Aerial bomb", OTHER),
    "Unknown Missile": ("Unknown missile", OTHER),
    "Unknown UAV": ("Unknown drone", OTHER),
}
"""Model as the source writes it -> (name in the field's usual Latin spelling, class)."""

NAMES = frozenset(name for name, _ in MODELS.values())
"""Every model name of the vocabulary."""

# Cyrillic letters that look like Latin ones: "Х-101" and "С-300" are typed both ways.
_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХавекмнорстух", "ABEKMHOPCTYXabekmhopctyx")
_ITEM = re.compile(r"((?:[^\\;]|\\.|\\$|;(?! ))*)(; |$)", re.DOTALL)
_CATEGORY_CLASSES = {"cruise missile": CRUISE_MISSILE, "ballistic missile": BALLISTIC_MISSILE}


def listed(names: Iterable[str]) -> str:
    r"""Names as one cell, ``Kalibr; Kh-22``; a name's own ``;`` or ``\`` gets a ``\`` before it."""
    return LIST_JOINT.join(re.sub(r"[\\;]", r"\\\g<0>", name) for name in names)


def items(text: str) -> tuple[str, ...]:
    """Names of a cell that `listed` made: ``"Kalibr; Kh-22"`` -> ``("Kalibr", "Kh-22")``."""
    parts = (part for part, _ in _ITEM.findall(text))
    return tuple(re.sub(r"\\([\\;])", r"\1", part) for part in parts if part)


def model(name: str, category: tuple[str, str] = ("", "")) -> tuple[str, str]:
    """Name and class of a model: by `MODELS`, else by its category, else `OTHER`.

    Parameters
    ----------
    name : str
        As a source writes it; upper or lower case, Cyrillic letters for Latin ones.
    category : tuple of str and str
        What the source's category file says of it: category and type.
    """
    known = _KNOWN.get(_folded(name))
    if known:
        return known
    kind_of_weapon, kind = category
    if "reconnaissance" in kind:
        return name, RECONNAISSANCE_DRONE
    if "loitering" in kind:
        return name, ATTACK_DRONE
    return name, _CATEGORY_CLASSES.get(kind_of_weapon, OTHER)


def is_known(name: str) -> bool:
    """Whether a model is in the vocabulary, by its name there or as the source writes it."""
    return _folded(name) in _KNOWN


def _folded(name: str) -> str:
    return name.translate(_LOOK_ALIKES).lower()


_KNOWN = {_folded(written): entry for written, entry in MODELS.items()}
_KNOWN |= {_folded(entry[0]): entry for entry in MODELS.values()}
