"""The order of migration folders: JavaScript's `localeCompare`, which Prisma sorts with, and not byte order.

It follows the CLDR root collation for what folder names are made of: ASCII and accented Latin letters. Other
scripts come after Latin by code point. It needs no ICU library.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

# Primary order of ASCII in the CLDR root collation; letters follow the digits, whatever their case.
_ASCII: Final = "\t\n\x0b\x0c\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
_RANKS: Final = {character: rank for rank, character in enumerate(_ASCII, start=1)} | {
    letter: rank for rank, letter in enumerate("abcdefghijklmnopqrstuvwxyz", start=len(_ASCII) + 1)
}
_AFTER_LATIN: Final = len(_RANKS) + 1
# Letters that Unicode does not decompose and that the collation counts as variants of these.
_VARIANTS: Final = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ł": "l",
    "ĳ": "ij",
}

# The same for names of plain ASCII alone, which most are: control characters count for nothing.
_ASCII_PRIMARY: Final[dict[int, str | None]] = {
    code: chr(_RANKS[chr(code)]) if chr(code) in _RANKS else None for code in range(128)
}
_ASCII_TERTIARY: Final = {
    code: None if _ASCII_PRIMARY[ord(chr(code).lower())] is None else chr(chr(code).isupper())
    for code in range(128)
}

Key = tuple[str, str, str, str]


def locale_key(name: str) -> Key:
    """A key that sorts names as `names.sort((a, b) => a.localeCompare(b))` does.

    Letters decide first, then accents, then case (lower before upper); control characters count for nothing.
    """
    if name.isascii():
        primary_of_ascii = name.lower().translate(_ASCII_PRIMARY)
        return primary_of_ascii, "\0" * len(primary_of_ascii), name.translate(_ASCII_TERTIARY), name
    primary: list[int] = []
    secondary: list[int] = []
    tertiary: list[int] = []
    for character in unicodedata.normalize("NFD", name):
        if unicodedata.combining(character):
            if secondary:
                secondary[-1] = ord(character)
            continue
        lowered = character.lower()
        variant = _VARIANTS.get(lowered)
        for letter in variant or lowered:
            rank = _RANKS.get(letter)
            if rank is None and unicodedata.category(letter) == "Cc":
                continue
            primary.append(_AFTER_LATIN + ord(letter) if rank is None else rank)
            secondary.append(1 if variant else 0)
            tertiary.append(character != lowered)
    return _text(primary), _text(secondary), _text(tertiary), name


def _text(ranks: Iterable[int]) -> str:
    """Ranks as a text, which is compared faster than a tuple and in the same order."""
    return "".join(map(chr, ranks))
