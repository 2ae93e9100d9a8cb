"""The package's SQL texts, read from the files beside the code. It composes nothing and takes no values."""

from functools import cache
from pathlib import Path
from typing import Final, LiteralString, cast

from psycopg import sql

_FOLDER: Final = Path(__file__).parent / "sql"


@cache
def statement(name: str) -> sql.SQL:
    """The text of `sql/<name>.sql`.

    It ships with the package, so it is as literal as a string in the code.
    """
    return sql.SQL(cast("LiteralString", (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")))
