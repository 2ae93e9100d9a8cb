"""Blanks what must not be shown: passwords in a script's line, and rows that a message quotes. Pure."""

import re
from typing import Final

_PASSWORDS: Final = re.compile(
    r"(?P<before>\bPASSWORD\s*=?\s*(?:[eE]|[uU]&)?)(?P<secret>'(?:[^']|'')*'?|[^\s'\";,)]+)", re.IGNORECASE
)
_NO_PASSWORD: Final = re.compile(r"null|valid|for|is|not|text|varchar|user", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"([^"]*)"')
DATA_EXCEPTION: Final = "22"
"""The class of SQLSTATEs whose messages may quote a value of a row."""


def mask_passwords(text: str) -> str:
    """Cover each password with as many stars, so that a caret beneath the line still points where it did."""
    return _PASSWORDS.sub(_covered, text)


def mask_values(message: str, *, sqlstate: str, script: str) -> str:
    """Leave out what a message quotes from a row; what the script says itself may be shown."""
    if not sqlstate.startswith(DATA_EXCEPTION):
        return message
    return _QUOTED.sub(lambda found: found[0] if found[1] in script else '"…"', message)


def _covered(found: re.Match[str]) -> str:
    secret = found["secret"]
    quoted = secret.startswith("'")
    if not quoted and ("=" not in found["before"] or _NO_PASSWORD.fullmatch(secret)):
        # A column or a word of SQL.
        return found[0]
    inner = secret.strip("'")
    return found["before"] + secret.replace(inner, "*" * len(inner)) if inner else found[0]
