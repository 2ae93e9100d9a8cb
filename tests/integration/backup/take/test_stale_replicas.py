"""A replica is read only where it is as fresh as the backup says, or else the backup says how old it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from containers.backup.errors import SourceError
from containers.backup.take import standing
from lambdas.common.backup_layout import BackupId
from lambdas.common.errors import ConnectionFailed
from tests.integration.backup.take.pair import Pair, running_pair
from tests.integration.backup.take.taking import Taking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from containers.backup.manifest import Manifest
    from tools.servers.certificates import Authority
    from tools.servers.postgres import PostgresServer

WAIT_SECONDS = 60.0
GONE = "127.255.255.254"


@pytest.fixture(scope="module")
def pair(servers_directory: Path, authority: Authority, master_password: str) -> Iterator[Pair]:
    """Return a pair whose replica each test leaves as it has found it."""
    with running_pair(servers_directory, authority, master_password, name="stale") as made:
        yield made


@pytest.fixture
def taking(pair: Pair, tmp_path: Path) -> Iterator[Taking]:
    """Return the pair's tier with 10 rows, of which the replica has replayed all and now stands still."""
    made = Taking(tier=pair.tier, folder=tmp_path / "store", replicas=(pair.replica.host,))
    made.run("DROP TABLE IF EXISTS items; CREATE TABLE items AS SELECT generate_series(1, 10) AS id")
    pair.replayed()
    pause(pair)
    yield made
    order(pair, "SELECT pg_wal_replay_resume()")


def order(pair: Pair, statement: str) -> str:
    with pair.replica.admin_connection() as connection:
        return str(connection.execute(statement.encode()).fetchall()[0][0])


def checkpoint(server: PostgresServer) -> None:
    """Have a server, when it is started again, begin its replay here."""
    with server.admin_connection() as connection:
        connection.execute("CHECKPOINT")


def pause(pair: Pair) -> None:
    order(pair, "SELECT pg_wal_replay_pause()")
    deadline = time.monotonic() + WAIT_SECONDS
    while order(pair, "SELECT pg_get_wal_replay_pause_state()") != "paused":
        assert time.monotonic() < deadline


def items(manifest: Manifest) -> int:
    (found,) = [table.rows for table in manifest.tables if table.name == "items"]
    return found


def warnings(taking: Taking) -> list[str]:
    return [line for line in taking.log.lines if line.startswith("WARNING")]


def test_a_replica_that_stands_still_is_passed_over_for_the_primary(
    pair: Pair, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "WAIT_SECONDS", 1.0)
    taking.run("INSERT INTO items VALUES (11)")
    manifest = taking.take()
    assert (manifest.source, items(manifest)) == (pair.tier.database.server.host, 11)
    (said,) = warnings(taking)
    assert f"{pair.replica.host} is behind" in said


def test_a_replica_that_catches_up_is_waited_for_and_dated_by_when_the_primary_was_asked(
    pair: Pair, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking.run("INSERT INTO items VALUES (11)")
    paused: list[datetime] = []

    def resume(_: float) -> None:
        if not paused:
            paused.append(datetime.now(UTC))
            order(pair, "SELECT pg_wal_replay_resume()")

    monkeypatch.setattr(standing.time, "sleep", resume)
    manifest = taking.take()
    assert (manifest.source, items(manifest)) == (pair.replica.host, 11)
    assert datetime.fromisoformat(manifest.snapshot_at) <= paused[0]
    assert warnings(taking) == []


def test_where_the_primary_is_down_a_backup_is_as_old_as_the_replicas_last_commit(
    pair: Pair, taking: Taking
) -> None:
    (before,) = pair.tier.column("SELECT now()")
    taking.run("INSERT INTO items VALUES (11)")
    taking.primary = GONE
    manifest = taking.take()
    assert (manifest.source, items(manifest)) == (pair.replica.host, 10)
    moment = datetime.fromisoformat(manifest.snapshot_at)
    assert moment < datetime.fromisoformat(before)
    # Nor does its name pass for that of a newer one.
    assert timedelta() <= moment - BackupId.parse(manifest.backup).moment < timedelta(seconds=1)
    (said,) = warnings(taking)
    assert "the primary cannot be asked" in said


def test_where_the_primary_is_down_a_replica_that_cannot_tell_its_age_is_not_read(
    pair: Pair, taking: Taking
) -> None:
    order(pair, "SELECT pg_wal_replay_resume()")
    checkpoint(pair.tier.database.server)
    pair.replayed()
    checkpoint(pair.replica)
    pair.replica.stop()
    pair.replica.start()
    assert order(pair, "SELECT pg_last_xact_replay_timestamp() IS NULL") == "True"
    taking.primary = GONE
    with pytest.raises(ConnectionFailed):
        taking.take()
    assert taking.store.backups() == []
    (said,) = warnings(taking)
    assert "nobody knows how old its rows are" in said


def test_a_primary_that_is_a_replica_itself_vouches_for_nobody(pair: Pair, taking: Taking) -> None:
    taking.primary = pair.replica.host
    taking.run("INSERT INTO items VALUES (11)")
    secret = taking.secret
    assert secret.host == pair.tier.database.server.host
    manifest = taking.take()
    assert "PRIMARY_HOST is a replica itself" in warnings(taking)[0]
    assert manifest.source == pair.replica.host


def test_a_replica_that_was_promoted_is_passed_over_and_named(
    servers_directory: Path, authority: Authority, master_password: str, tmp_path: Path
) -> None:
    with running_pair(servers_directory, authority, master_password, name="promoted") as pair:
        taking = Taking(tier=pair.tier, folder=tmp_path / "store", replicas=(pair.replica.host,))
        taking.run("CREATE TABLE items AS SELECT generate_series(1, 10) AS id")
        pair.replayed()
        order(pair, "SELECT pg_promote()")
        manifest = taking.take()
        assert (manifest.source, items(manifest)) == (pair.tier.database.server.host, 10)
        (said,) = warnings(taking)
        assert f"{pair.replica.host} is no replica any more" in said
        # Nor where nobody can be asked.
        taking.primary = GONE
        with pytest.raises((ConnectionFailed, SourceError)):
            taking.take()
        assert len(taking.store.backups()) == 1
