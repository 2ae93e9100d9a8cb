"""The package's SQL texts, read from the files beside the code. It composes nothing and takes no values."""

from pathlib import Path
from typing import Final

from psycopg import sql

from lambdas.common.sql_texts import sql_text

_FOLDER: Final = Path(__file__).parent / "sql"


def statement(name: str) -> sql.SQL:
    """The text of `sql/<name>.sql`."""
    return sql_text(_FOLDER / f"{name}.sql")
