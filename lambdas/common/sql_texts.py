"""SQL that ships beside the code, read from its file. It composes nothing and takes no values."""

from functools import cache
from pathlib import Path
from typing import LiteralString, cast

from psycopg import sql


@cache
def sql_text(path: Path) -> sql.SQL:
    """Return the text of a file of the package: it is as literal as a string in the code."""
    return sql.SQL(cast("LiteralString", path.read_text(encoding="utf-8")))
