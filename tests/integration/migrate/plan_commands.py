"""What the tests of `datatier migrate plan` share: a database with rows, and how the answer is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.integration.migrate.commands import Commands, commands_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.plugins.servers import Database

FIRST = {
    "1_tables": "CREATE TABLE notes (id bigint PRIMARY KEY, body text, tag varchar(10));\n"
    "CREATE TABLE small (id bigint);\n"
    "CREATE SCHEMA far;\n"
    "CREATE TABLE far.notes (id bigint);\n"
    "INSERT INTO notes SELECT n, 'x', 'y' FROM generate_series(1, 20000) AS n;\n"
}
BIG = 20_000


def commands_with_rows(database: Database, folder: Path) -> Commands:
    """A folder whose first migration is applied to a database with 20,000 rows."""
    found = commands_of(database, folder)
    found.write(FIRST)
    assert found.type("apply").exit_code == 0
    with database.connect() as connection:
        connection.execute("ANALYZE")
    return found


def planned(commands: Commands, scripts: Mapping[str, str]) -> dict[str, Any]:
    """The plan of further scripts, as a program reads it."""
    commands.write(scripts)
    result = commands.type("plan", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def impact_of(plan: Mapping[str, Any], position: int) -> dict[str, Any]:
    """The only impact of a statement."""
    (impact,) = plan["statements"][position]["impacts"]
    return impact


def works(plan: Mapping[str, Any]) -> list[str]:
    """The work of each statement on its first relation."""
    return [one["impacts"][0]["work"] for one in plan["statements"]]
