"""PostgreSQL that goes away in the middle leaves no backup; a replica that must replay is asked once more."""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING

import pytest

from containers.backup.errors import Conflict, SourceLost
from lambdas.common.errors import ConnectionFailed
from tests.integration.backup.take.pair import Pair, running_pair
from tests.integration.backup.take.taking import Taking
from tests.integration.backup.take.watched_store import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tools.servers.certificates import Authority

WAIT_SECONDS = 60.0
ROWS = 60_000
SCHEMA = """
DROP TABLE IF EXISTS items, small;
CREATE TABLE items (id int PRIMARY KEY, body text);
INSERT INTO items SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, 60000) n;
CREATE TABLE small (id int);
"""
MORE = "ALTER TABLE items ADD COLUMN more int DEFAULT 7"
VACUUM = "DELETE FROM items WHERE id % 2 = 0; COMMIT; VACUUM items"


@pytest.fixture(scope="module")
def pair(servers_directory: Path, authority: Authority, master_password: str) -> Iterator[Pair]:
    """Return servers that these tests may break."""
    with running_pair(servers_directory, authority, master_password, name="lost") as made:
        yield made


@pytest.fixture
def taking(pair: Pair, tmp_path: Path) -> Iterator[Taking]:
    """Return the pair's tier, with rows, to be read from the replica first."""
    made = Taking(tier=pair.tier, folder=tmp_path / "store", replicas=(pair.replica.host,))
    made.run(SCHEMA)
    pair.replayed()
    yield made
    pair.tier.database.server.start()
    pair.replica.start()


def test_a_replica_is_read_and_the_primary_is_not(pair: Pair, taking: Taking) -> None:
    seen: list[str] = []
    taking.store.during = once(lambda: seen.extend(taking.sessions()), at="block", of="data")
    manifest = taking.take()
    assert manifest.source == pair.replica.host
    assert seen == []
    assert manifest.rows >= ROWS
    with taking.restored(manifest):
        pass


@pytest.mark.parametrize("change", [MORE, VACUUM])
@pytest.mark.parametrize("step", ["begin", "block", "end"])
def test_a_replica_that_must_replay_is_asked_once_more(
    pair: Pair, taking: Taking, change: str, step: str
) -> None:
    taking.store.during = once(lambda: write(pair, change), at=step, of="data")
    manifest = taking.take()
    assert manifest.source == pair.replica.host
    assert [line for line in taking.log.lines if line.startswith("WARNING trying again")]
    assert len(taking.store.backups()) == 1
    with taking.restored(manifest):
        pass


def write(pair: Pair, change: str) -> None:
    """Change the primary, and wait until the replica has replayed it, whoever reads there."""
    with pair.tier.connect("migrator") as connection:
        for statement in change.split("; "):
            if statement != "COMMIT":
                connection.execute(statement.encode())
    pair.replayed()


def test_after_two_conflicts_the_primary_is_read(pair: Pair, taking: Taking) -> None:
    changes = iter(
        ["ALTER TABLE small ADD COLUMN a int DEFAULT 1", "ALTER TABLE small ADD COLUMN b int DEFAULT 2"]
    )

    def during(step: str, key: str) -> None:
        if step == "begin" and key == "data/000001.copy.zst" and (change := next(changes, None)):
            write(pair, change)

    taking.store.during = during
    manifest = taking.take()
    assert manifest.source == pair.tier.database.server.host
    said = [line for line in taking.log.lines if line.startswith("WARNING")]
    assert ["again" in line for line in said] == [True, False]
    # The replay comes when it comes: in the middle of the rows, or just while the schema is read.
    assert all("conflict with recovery" in line or "was changed while the schema" in line for line in said)
    with taking.restored(manifest):
        pass


def test_a_replica_that_is_down_is_passed_over(pair: Pair, taking: Taking) -> None:
    pair.replica.stop()
    assert taking.take().source == pair.tier.database.server.host


def test_unlogged_tables_are_read_from_the_primary_which_alone_has_their_rows(
    pair: Pair, taking: Taking
) -> None:
    taking.run("CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS id")
    pair.replayed()
    try:
        manifest = taking.take()
    finally:
        taking.run("DROP TABLE fleeting")
    assert manifest.source == pair.tier.database.server.host
    assert {table.name: table.rows for table in manifest.tables}["fleeting"] == 1
    assert any("unlogged" in line for line in taking.log.lines)


def crash(taking: Taking) -> None:
    """Kill a server process as the kernel would: PostgreSQL ends every session and recovers."""
    (pid, *_) = taking.tier.column("SELECT pid FROM pg_stat_activity WHERE usename = 'backup'")
    os.kill(int(pid), 9)


def stop(taking: Taking) -> None:
    taking.tier.database.server.stop()


@pytest.mark.parametrize("lose", [crash, stop])
@pytest.mark.parametrize(
    ("step", "key"), [("begin", "schema"), ("begin", "data"), ("block", "data"), ("stored", "data")]
)
def test_a_server_that_is_lost_in_the_middle_leaves_no_backup(
    taking: Taking, capfd: pytest.CaptureFixture[str], lose: Callable[[Taking], None], step: str, key: str
) -> None:
    taking.replicas = ()
    taking.streams = 1
    taking.store.during = once(lambda: lose(taking), at=step, of=key)
    with pytest.raises((SourceLost, ConnectionFailed)):
        taking.take()
    assert taking.store.backups() == []
    assert '"BackupSucceeded": 0' in capfd.readouterr().out
    taking.tier.database.server.start()
    settle(taking)
    assert len(taking.store.backups()) == 0
    taking.take()
    assert len(taking.store.backups()) == 1


def settle(taking: Taking) -> None:
    """Wait until a server that recovers lets anybody in."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return taking.tier.connect("backup").close()
        except Exception:
            if time.monotonic() > deadline:
                raise


def test_a_conflict_at_the_last_server_is_told_as_one(pair: Pair, taking: Taking) -> None:
    def during(step: str, key: str) -> None:
        if step == "begin" and key == "data/000001.copy.zst":
            write(pair, f"ALTER TABLE small ADD COLUMN c{secrets.token_hex(3)} int DEFAULT 1")

    taking.store.during = during
    taking.primary = pair.replica.host
    taking.replicas = ()
    with pytest.raises(Conflict):
        taking.take()
    assert taking.store.backups() == []
