"""The two names of a login that rotates by alternation: one is in use, the other gets a new password. Pure.

Source of the names: Secrets Manager guide, "Rotation strategy: alternating users".
"""

from typing import Final

CLONE_SUFFIX: Final = "_clone"
NAME_BYTES: Final = 63
"""PostgreSQL cuts longer names off without a word (15 documentation, "Identifiers and Key Words")."""


def original_name(login: str) -> str:
    """`app_clone` is the alternating twin of `app`."""
    return login.removesuffix(CLONE_SUFFIX)


def other_name(login: str) -> str:
    """The twin of either."""
    return original_name(login) if login.endswith(CLONE_SUFFIX) else login + CLONE_SUFFIX


def fits(login: str) -> bool:
    """Whether the server takes a name as it is."""
    return len(login.encode()) <= NAME_BYTES
