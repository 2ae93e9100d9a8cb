"""A bootstrap may be killed anywhere, or run twice at once: every migration is applied exactly once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.environment import LOGINS
from lambdas.bootstrap.migrations.errors import FailedEarlier, MigrationInterrupted

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.integration.bootstrap.tier import Tier

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("killed_bootstrap.py")
PATIENCE_SECONDS = 30
# Waits inside the migration until the test lets it go on.
GATE = "SELECT pg_advisory_lock_shared(4711), pg_advisory_unlock_shared(4711)"
WAITING = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks "
    "WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
)


@contextmanager
def started(tier: Tier, tmp_path: Path) -> Generator[subprocess.Popen[bytes]]:
    """A bootstrap in a process of its own, gone at the end whatever happens."""
    settings = tmp_path / "tier.json"
    settings.touch(mode=0o600)
    settings.write_text(
        json.dumps(
            {
                "documents": {login: tier.document(login) for login in ("master", *LOGINS)},
                "migrations": str(tier.migrations),
                "ca_bundle": str(tier.database.server.ca_path),
            }
        ),
        encoding="utf-8",
    )
    process = subprocess.Popen(  # noqa: S603  this Python and a file beside this one
        [sys.executable, PROGRAM, settings],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(tier: Tier, query: str, expected: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while tier.column(query) != [expected]:
        assert time.monotonic() < deadline, f"{query} never gave {expected}"
        time.sleep(0.02)


@pytest.mark.parametrize("wrap", ["{}", "BEGIN;\n{}\nCOMMIT;\n"], ids=["plain", "wrapped"])
def test_after_a_kill_in_the_middle_of_a_script_the_next_run_finishes(
    tier: Tier, tmp_path: Path, wrap: str
) -> None:
    tier.write(
        {
            "1_first": "CREATE TABLE a (id int);",
            "2_slow": wrap.format(f"CREATE TABLE b (id int);\n{GATE};\nCREATE TABLE c (id int);\n"),
            "3_last": "ALTER TABLE c ADD COLUMN d int;",
        }
    )
    with tier.admin() as gate:
        gate.execute("SELECT pg_advisory_lock(4711)")
        with started(tier, tmp_path) as process:
            wait_for(tier, WAITING, "1")
            process.send_signal(signal.SIGKILL)
            process.wait()
    # Whether the server finishes the orphaned script or gives it up is its affair: both must come out right.
    tier.bootstrap()
    assert tier.applied() == ["1_first", "2_slow", "3_last"]
    assert tier.column("SELECT attname FROM pg_attribute WHERE attrelid = 'c'::regclass AND attnum > 0") == [
        "id",
        "d",
    ]
    assert tier.bootstrap().applied == 0


def test_after_the_server_gave_up_a_script_its_row_is_resolved_and_the_script_runs_again(
    tier: Tier, tmp_path: Path
) -> None:
    tier.write({"1_slow": f"CREATE TABLE b (id int);\n{GATE};\n"})
    with tier.admin() as gate:
        gate.execute("SELECT pg_advisory_lock(4711)")
        with started(tier, tmp_path) as process:
            wait_for(tier, WAITING, "1")
            process.send_signal(signal.SIGKILL)
            process.wait()
        gate.execute(CUT.encode())
        wait_for(tier, WAITING, "0")
        assert tier.applied() == []
    assert tier.bootstrap().applied == 1
    states = "SELECT rolled_back_at IS NOT NULL FROM _prisma_migrations ORDER BY started_at"
    assert tier.column(states) == ["True", "False"]
    assert "A killed run had left this migration unfinished" in tier.log.text


def test_a_row_that_prismas_own_cli_left_unfinished_is_not_guessed_at(tier: Tier) -> None:
    tier.bootstrap()
    tier.write({"1_first": "CREATE TABLE a (id int);"})
    with tier.admin() as connection:
        connection.execute(
            "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '1_first')"
        )
    with pytest.raises(Exception, match=r"^P3009"):
        tier.bootstrap()


def test_a_connection_cut_in_the_middle_says_so_and_the_next_run_finishes(tier: Tier) -> None:
    tier.write({"1_cut": f"CREATE TABLE a (id int);\n{GATE};\n"})
    with tier.admin() as gate, ThreadPoolExecutor(max_workers=1) as beside:
        gate.execute("SELECT pg_advisory_lock(4711)")
        cut = beside.submit(cut_when_waiting, tier)
        with pytest.raises(MigrationInterrupted, match="the connection ended while migration 1_cut"):
            tier.bootstrap()
        cut.result()
    assert tier.applied() == []
    assert tier.bootstrap().applied == 1


def test_a_sole_statement_outside_transactions_that_was_cut_waits_for_a_person(tier: Tier) -> None:
    building = (
        "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
        "AND query LIKE 'CREATE INDEX CONCURRENTLY%'"
    )
    tier.write({"1_table": "CREATE TABLE a (id int);"})
    tier.bootstrap()
    tier.write({"2_index": "CREATE INDEX CONCURRENTLY i ON a (id);"})
    with ThreadPoolExecutor(max_workers=1) as beside, tier.admin() as writer:
        writer.execute("BEGIN; LOCK TABLE a IN ROW EXCLUSIVE MODE")
        running = beside.submit(tier.bootstrap)
        wait_for(tier, f"SELECT count(*) {building}", "1")
        tier.column(f"SELECT pg_terminate_backend(pid) {building}")
        with pytest.raises(MigrationInterrupted, match="must be looked at"):
            running.result()
    with pytest.raises(FailedEarlier, match=r"^P3009: migration 2_index "):
        tier.bootstrap()


def cut_when_waiting(tier: Tier) -> None:
    wait_for(tier, WAITING, "1")
    tier.column(CUT)


def test_two_at_once_apply_each_migration_once(tier: Tier, tmp_path: Path) -> None:
    tier.write(
        {
            f"{number}_step": f"CREATE TABLE t{number} (id int); SELECT pg_sleep(0.02);"
            for number in range(1, 10)
        }
    )
    with started(tier, tmp_path) as process:
        here = tier.bootstrap().applied
        printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0
    assert here + int(printed) == 9
    assert tier.column("SELECT count(*) FROM _prisma_migrations") == ["9"]
    assert len(tier.applied()) == 9
