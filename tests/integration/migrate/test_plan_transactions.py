"""`datatier migrate plan` and transactions: which locks last, and what is committed already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.migrate.plan_commands import commands_with_rows, planned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.integration.migrate.commands import Commands
    from tests.plugins.servers import Database

ADD = "ALTER TABLE notes ADD COLUMN n int;\n"
FILL = "UPDATE notes SET n = 1;\n"
ONE_ROW = "INSERT INTO notes (id) VALUES (0);\n"


@pytest.fixture
def commands(database: Database, tmp_path: Path) -> Commands:
    """Return a folder whose first migration is applied to a database with 20,000 rows."""
    return commands_with_rows(database, tmp_path / "migrations")


def held(plan: Mapping[str, Any]) -> list[list[tuple[str, str, int]]]:
    return [
        [(one["relation"], one["lock"], one["since_line"]) for one in statement["held"]]
        for statement in plan["statements"]
    ]


def test_a_lock_that_lasts_while_a_later_statement_runs_long_is_told(commands: Commands) -> None:
    plan = planned(commands, {"2_more": ADD + FILL})
    assert held(plan) == [[], [("notes", "ACCESS EXCLUSIVE", 1)]]
    assert (plan["dangerous"], plan["prolonging"]) == (0, 1)
    shown = commands.type("plan").stdout
    assert "!!        Meanwhile notes stays locked ACCESS EXCLUSIVE, since line 1." in shown
    assert "1 statement prolongs locks on large tables" in shown


def test_the_server_does_hold_that_lock(commands: Commands) -> None:
    with commands.database.connect() as connection:
        connection.execute("BEGIN")
        connection.execute(ADD)
        connection.execute(FILL)
        ((modes,),) = connection.execute(
            "SELECT array_agg(mode ORDER BY mode) FROM pg_locks "
            "WHERE pid = pg_backend_pid() AND relation = 'notes'::regclass"
        ).fetchall()
    assert "AccessExclusiveLock" in modes


@pytest.mark.parametrize(
    "scripts",
    [
        {"2_add": ADD, "3_fill": FILL},
        {"2_more": f"BEGIN;\n{ADD}COMMIT;\n{FILL}"},
        {"2_more": f"{ADD}CREATE INDEX CONCURRENTLY i ON notes (body);\n{FILL}"},
        {"2_more": f"{FILL}{ADD}".replace("n = 1", "tag = 'z'")},
        {"2_more": ADD + ONE_ROW},
        {"2_more": f"{ADD}CREATE INDEX i ON small (id);\n"},
    ],
)
def test_nothing_is_prolonged_across_transactions_or_by_what_is_short(
    commands: Commands, scripts: Mapping[str, str]
) -> None:
    plan = planned(commands, scripts)
    assert not any(held(plan))
    assert plan["prolonging"] == 0


def test_what_a_script_that_stopped_has_committed_is_not_pending_any_more(commands: Commands) -> None:
    stopping = (
        "SET search_path = far, public;\n"
        "CREATE TABLE made (id bigint);\n"
        "CREATE INDEX CONCURRENTLY i ON public.notes (body);\n"
        "ALTER TABLE made ADD COLUMN n int;\n"
        "SELECT 1 / 0;\n"
        "ALTER TABLE made ADD COLUMN m int;\n"
    )
    commands.write({"2_more": stopping})
    assert commands.type("apply").exit_code == 1
    plan = planned(commands, {})
    assert [one["line"] for one in plan["statements"]] == [5, 6]
    (last,) = plan["statements"][1]["impacts"]
    assert (last["relation"], last["state"]) == ("far.made", "there")
