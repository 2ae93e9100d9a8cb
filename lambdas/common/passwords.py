"""New passwords. It never shows one."""

import secrets
import string
from typing import Final

_CHARACTERS: Final = string.ascii_letters + string.digits
"""Safe in a connection string and in a URL; RDS refuses / @ " and space, ElastiCache more."""


def new_password(length: int) -> str:
    """A password of letters and digits; it is made here, so no permission is needed and nobody is asked."""
    return "".join(secrets.choice(_CHARACTERS) for _ in range(length))
