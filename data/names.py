"""Ukrainian names in Latin letters, and the English names of the oblasts."""

from __future__ import annotations

import unicodedata

OBLASTS: dict[str, str] = {
    "01": "Crimea",
    "05": "Vinnytsia Oblast",
    "07": "Volyn Oblast",
    "12": "Dnipropetrovsk Oblast",
    "14": "Donetsk Oblast",
    "18": "Zhytomyr Oblast",
    "21": "Zakarpattia Oblast",
    "23": "Zaporizhzhia Oblast",
    "26": "Ivano-Frankivsk Oblast",
    "32": "Kyiv Oblast",
    "35": "Kirovohrad Oblast",
    "44": "Luhansk Oblast",
    "46": "Lviv Oblast",
    "48": "Mykolaiv Oblast",
    "51": "Odesa Oblast",
    "53": "Poltava Oblast",
    "56": "Rivne Oblast",
    "59": "Sumy Oblast",
    "61": "Ternopil Oblast",
    "63": "Kharkiv Oblast",
    "65": "Kherson Oblast",
    "68": "Khmelnytskyi Oblast",
    "71": "Cherkasy Oblast",
    "73": "Chernivtsi Oblast",
    "74": "Chernihiv Oblast",
}
"""KATOTTG oblast number -> English name; Crimea with Sevastopol, Kyiv Oblast with its city."""

_LETTERS = dict(zip("абвгґдезиіклмнопрстуф", "abvhgdezyiklmnoprstuf", strict=True))
_LETTERS |= {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ь": ""}
# Two forms: at the beginning of a word, and elsewhere.
_INITIAL = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_INNER = {"є": "ie", "ї": "i", "й": "i", "ю": "iu", "я": "ia"}
_APOSTROPHES = "'’ʼ`´”\""


def romanise(name_uk: str) -> str:
    """Spell a Ukrainian name in Latin letters.

    The national system (Cabinet of Ministers resolution 55 of 27 January 2010), which is also the
    one of the United Nations and of international maps: Часів Яр -> Chasiv Yar.
    """
    text = unicodedata.normalize("NFC", name_uk)
    for mark in _APOSTROPHES:
        text = text.replace(mark, "")
    text = text.replace("зг", "zgh").replace("Зг", "Zgh")
    spelled: list[str] = []
    for position, letter in enumerate(text):
        low = letter.lower()
        starts_word = position == 0 or not text[position - 1].isalpha()
        latin = (_INITIAL if starts_word else _INNER).get(low) or _LETTERS.get(low, low)
        spelled.append(latin.capitalize() if letter.isupper() else latin)
    return "".join(spelled)


def plain(name: str) -> str:
    """A name as it is compared: its letters alone, in lower case."""
    return "".join(letter for letter in name.lower() if letter.isalpha())


def spellings(name_uk: str) -> set[str]:
    """A Ukrainian name and its Latin form as they are compared, see `plain`."""
    return {plain(name_uk), plain(romanise(name_uk))}
