"""An index build longer than a Lambda lives, through the emulated Step Functions and CDK's own framework.

A tier of its own in a copy of the project, with the shortest Lambda that the settings allow: one minute, in
which it can wait for nothing else. Takes about four minutes.
"""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.rehearsal.test_lifecycle import Project, project, statuses
from tools.rehearsal import tier as tiers
from tools.rehearsal.clouds import session
from tools.servers.postgres import PostgresServer

if TYPE_CHECKING:
    import subprocess

__all__ = ("project",)  # a fixture

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("long builds")]

ENVIRONMENT = "dev"
BUILD = "20991231000000_long_build"
AFTER = "20991231000001_after"
UNIQUE = "20991231000002_unique"
PATIENCE_SECONDS = 180
FORGOTTEN_SECONDS = PATIENCE_SECONDS + 60
"""When the server ends the transaction of a test that has failed; the deployment waits for that."""

SHORT = """
[bootstrap]
timeout_minutes = 1
migrations = { dump_wait_seconds = 0, lock_attempts = 2 }
"""
NEW_ROW = "INSERT INTO tenants (name) VALUES ('twice')"


def test_a_build_longer_than_a_lambda_is_recorded_by_the_same_deployment(project: Project) -> None:
    settings = project.directory / "environments" / f"{ENVIRONMENT}.toml"
    settings.write_text(f"{settings.read_text()}\n{SHORT}")
    code, out, err = project.run("up", ENVIRONMENT)
    assert code == 0, out + err

    write(project, BUILD, "CREATE INDEX CONCURRENTLY long_build ON tenants (name);\n")
    write(project, AFTER, "CREATE TABLE after_the_build (id int);\n")
    with held_up(project) as waiting, project.start("up", ENVIRONMENT) as process:
        asked = seen(project, process, "TaskFailed")
        waiting.execute("COMMIT")
        out, err = process.communicate()
    assert process.returncode == 0, out + err
    # The framework's way to be called again: it fails with the event, which holds what onEvent has answered.
    assert "WaitingSince" in json.loads(json.loads(asked["taskFailedEventDetails"]["cause"])["errorMessage"])
    assert statuses(project)[f"datatier-{ENVIRONMENT}-bootstrap"] == "UPDATE_COMPLETE"
    assert applied(project)[-2:] == [BUILD, AFTER]
    assert column(project, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'long_build'::regclass") == [
        True
    ]

    write(project, UNIQUE, "CREATE UNIQUE INDEX CONCURRENTLY failing ON tenants (name);\n")
    with held_up(project) as waiting, project.start("up", ENVIRONMENT) as process:
        seen(project, process, "ExecutionStarted")
        waiting.execute("COMMIT")
        out, err = process.communicate()
    assert process.returncode == 1, out
    assert err.splitlines()[0].startswith(f"P3018: migration {UNIQUE}")
    assert "could not create unique index" in err
    assert statuses(project)[f"datatier-{ENVIRONMENT}-bootstrap"] == "UPDATE_ROLLBACK_COMPLETE"


def write(of: Project, name: str, script: str) -> None:
    folder = of.migration.parents[1] / name
    folder.mkdir()
    (folder / "migration.sql").write_text(script)


@contextmanager
def database(of: Project) -> Generator[psycopg.Connection]:
    tier = tiers.read(of.layout)
    assert tier is not None
    server = of.layout.servers / "postgres" / tier.region / f"{tier.prefix}primary"
    opened = PostgresServer.open(server)
    with opened.admin_connection() as maintenance:
        rows = maintenance.execute(
            "SELECT datname FROM pg_database "
            "WHERE NOT datistemplate AND datname NOT IN ('postgres', 'rdsadmin')"
        ).fetchall()
    ((name,),) = rows
    with opened.admin_connection(str(name)) as connection:
        yield connection


@contextmanager
def held_up(of: Project) -> Generator[psycopg.Connection]:
    """An open transaction that has written to the table: every build on it waits for its end."""
    with database(of) as connection:
        connection.execute(f"SET idle_in_transaction_session_timeout = '{FORGOTTEN_SECONDS}s'".encode())
        connection.execute("BEGIN")
        connection.execute(NEW_ROW)
        yield connection


def seen(of: Project, process: "subprocess.Popen[str]", kind: str) -> dict[str, Any]:
    """Wait until the state machine that is running has written such an event down; return it."""
    tier = tiers.read(of.layout)
    assert tier is not None
    client = session(tier.region).client("stepfunctions", endpoint_url=tier.endpoint)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            (machine,) = client.list_state_machines()["stateMachines"]
            running = client.list_executions(
                stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
            )["executions"]
            for execution in running:
                history = client.get_execution_history(executionArn=execution["executionArn"])["events"]
                for event in history:
                    if event["type"] == kind:
                        return event
            time.sleep(0.5)
    finally:
        client.close()
    raise AssertionError(f"no {kind} within {PATIENCE_SECONDS} s")


def applied(of: Project) -> list[object]:
    return column(
        of, "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY finished_at"
    )


def column(of: Project, query: str) -> list[object]:
    with database(of) as connection:
        return [row[0] for row in connection.execute(query.encode()).fetchall()]
