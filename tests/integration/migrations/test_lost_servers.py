"""A server restarts, crashes or gives way to its replica in the middle of a script: nothing is doubled."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import MigrationInterrupted
from tests.integration.migrations.gates import (
    GATE,
    PATIENCE_SECONDS,
    closed_gate,
    wait_at_gate,
    wait_for,
    wait_until,
)
from tests.integration.migrations.ground import Ground
from tests.integration.migrations.migrating import apply
from tools.servers.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tests.integration.migrations.conftest import NewServer

SCRIPTS = {
    "1_first": "CREATE TABLE a (id int);",
    "2_slow": f"INSERT INTO a VALUES (1);\n{GATE};\nINSERT INTO a VALUES (2);",  # noqa: S608  no input
    "3_last": "INSERT INTO a VALUES (3);",
}
ROWS = "SELECT id FROM a ORDER BY id"
POSITION = "SELECT pg_current_wal_lsn()"


@pytest.fixture
def primary(
    new_server: NewServer, master_password: str, tmp_path: Path
) -> Iterator[tuple[PostgresServer, Tier]]:
    """Return a server that the test may end, and a database on it where the migrations may begin."""
    server = new_server("lost-primary")
    migrations, none = tmp_path / "migrations", tmp_path / "none"
    migrations.mkdir()
    none.mkdir()
    ground = Ground(server=server, master_password=master_password)
    ground.lay(none)
    tier = ground.copy(migrations)
    ground.admin.close()
    yield server, tier
    server.destroy()


@contextmanager
def interrupted(tier: Tier) -> Generator[None]:
    """Apply beside the block, which ends the server; the run must say that it was cut off."""
    with ThreadPoolExecutor(max_workers=1) as beside, closed_gate(tier):
        running = beside.submit(apply, tier)
        wait_at_gate(tier)
        yield
        with pytest.raises(MigrationInterrupted, match="the connection ended while migration 2_slow"):
            running.result(PATIENCE_SECONDS)


def crash(server: PostgresServer) -> None:
    """End every process of the server at once, as a machine that fails does; nothing is said to clients."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGQUIT)
    wait_until(lambda: not server.is_running(), "the server did not end")


@pytest.mark.parametrize("end", [PostgresServer.stop, crash], ids=["restart", "crash"])
def test_after_a_restart_in_the_middle_of_a_script_the_next_run_finishes(
    primary: tuple[PostgresServer, Tier], end: Callable[[PostgresServer], None]
) -> None:
    server, tier = primary
    tier.write(SCRIPTS)
    with interrupted(tier):
        end(server)
    server.start()
    assert tier.column(ROWS) == []
    assert apply(tier).applied == 2
    assert tier.column(ROWS) == ["1", "2", "3"]
    assert tier.applied() == ["1_first", "2_slow", "3_last"]


@pytest.fixture
def replica(primary: tuple[PostgresServer, Tier], servers_directory: Path) -> Iterator[PostgresServer]:
    """Return a streaming replica of the primary."""
    server, _ = primary
    replica = server.create_replica(
        directory=servers_directory / "lost-replica", identifier="lost-replica", parameters=server.parameters
    )
    yield replica
    replica.destroy()


def on(replica: PostgresServer, tier: Tier) -> Tier:
    """The same database on the replica."""
    return replace(tier, database=replace(tier.database, server=replica))


def follow(replica: PostgresServer, tier: Tier) -> None:
    """Return when the replica has replayed what is committed now."""
    (position,) = tier.column(POSITION)
    wait_for(on(replica, tier), f"SELECT pg_last_wal_replay_lsn() >= '{position}'", "True")


def promoted(replica: PostgresServer, tier: Tier) -> Tier:
    """The same database on the replica, which is the primary from now on."""
    moved = on(replica, tier)
    moved.column("SELECT pg_promote()")
    return moved


def test_after_a_failover_in_the_middle_of_a_script_the_next_run_finishes_on_the_replica(
    primary: tuple[PostgresServer, Tier], replica: PostgresServer
) -> None:
    server, tier = primary
    tier.write(SCRIPTS)
    with interrupted(tier):
        follow(replica, tier)
        crash(server)
    tier = promoted(replica, tier)
    assert tier.applied() == ["1_first"]
    assert apply(tier).applied == 2
    assert tier.column(ROWS) == ["1", "2", "3"]
    assert tier.applied() == ["1_first", "2_slow", "3_last"]


def test_what_had_been_applied_and_not_replicated_is_applied_again_on_the_replica(
    primary: tuple[PostgresServer, Tier], replica: PostgresServer
) -> None:
    server, tier = primary
    tier.write({"1_first": SCRIPTS["1_first"]})
    apply(tier)
    follow(replica, tier)
    replica.stop()
    tier.write(SCRIPTS)
    assert apply(tier).applied == 2
    crash(server)
    replica.start()
    tier = promoted(replica, tier)
    assert tier.applied() == ["1_first"]
    assert apply(tier).applied == 2
    assert tier.column(ROWS) == ["1", "2", "3"]
    assert tier.applied() == ["1_first", "2_slow", "3_last"]
