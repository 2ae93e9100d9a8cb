"""`prisma migrate deploy` and the engine at the same moment: each migration is applied once, and none hangs.

The races are held still by a gate: a table that the test keeps locked until the other side is seen to wait.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.integration.prisma.sides import applied
from tools.prisma.cli import ended

if TYPE_CHECKING:
    import subprocess

    from lambdas.bootstrap.migrations.run import Result
    from tests.integration.prisma.sides import Sides

PATIENCE_SECONDS = 60.0
"""Of which Prisma's CLI needs four to start, and more where the machine is busy."""

GATE = {"0_gate": "CREATE TABLE gate (id int); CREATE TABLE notes (id int);"}
PLAIN = {f"2_{letter}": f"CREATE TABLE {letter} (id int);" for letter in "abcdefghij"}
THROUGH_THE_GATE = {"1_through": "LOCK TABLE gate; SELECT 1;"}
BUILDS = {
    f"3_build_{number}": f"CREATE INDEX CONCURRENTLY i{number} ON notes ((id + {number}));"
    for number in range(3)
}
WAITS_IN_THE_LOCK = (
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369 AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
ENGINE_ASKS = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND usename = 'migrator' "
    "AND query LIKE '%pg_try_advisory_lock%'"
)
WAITS_AT_THE_GATE = "SELECT 1 FROM pg_locks WHERE relation = 'gate'::regclass AND NOT granted"
INVALID = "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid"


def _wait_for(sides: Sides, query: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not sides.tier.column(query):
        assert time.monotonic() < deadline, f"it never came to this: {query}"
        time.sleep(0.02)


def _end(sides: Sides, process: subprocess.Popen[str]) -> str | None:
    """Wait for the CLI; return the code that it failed with, None when it succeeded."""
    said = sides.judged(ended(process))
    assert (said.exit_code == 0) == (said.code is None), said.text
    return said.code


def test_prisma_arrives_while_the_engine_runs_and_finds_nothing_left_to_do(sides: Sides) -> None:
    sides.write(GATE)
    sides.engine()
    history = THROUGH_THE_GATE | PLAIN
    sides.write(history)
    with ThreadPoolExecutor(1) as pool, sides.tier.admin() as gate:
        with gate.transaction():
            gate.execute("LOCK TABLE gate")
            engine = pool.submit(sides.engine)
            _wait_for(sides, WAITS_AT_THE_GATE)
            prisma = sides.project.start("migrate", "deploy")
            _wait_for(sides, WAITS_IN_THE_LOCK)
        assert engine.result(timeout=60).applied == len(history)
        assert _end(sides, prisma) is None
    assert sides.records()[1:] == [applied(name, script) for name, script in history.items()]


def test_the_engine_arrives_while_prisma_runs_and_finds_nothing_left_to_do(sides: Sides) -> None:
    sides.write(GATE)
    sides.engine()
    history = THROUGH_THE_GATE | PLAIN | BUILDS
    sides.write(history)
    with ThreadPoolExecutor(1) as pool, sides.tier.admin() as gate:
        with gate.transaction():
            gate.execute("LOCK TABLE gate")
            prisma = sides.project.start("migrate", "deploy")
            _wait_for(sides, WAITS_AT_THE_GATE)
            engine = pool.submit(sides.engine)
            _wait_for(sides, ENGINE_ASKS)
        assert _end(sides, prisma) is None
        assert engine.result(timeout=60).applied == 0
    assert sides.records()[1:] == [applied(name, script) for name, script in history.items()]
    assert sides.tier.column(INVALID) == []


def test_prisma_waiting_for_the_lock_does_not_deadlock_with_the_engines_index_builds(sides: Sides) -> None:
    sides.write(GATE)
    sides.engine()
    history = THROUGH_THE_GATE | BUILDS
    sides.write(history)
    with ThreadPoolExecutor(1) as pool, sides.tier.admin() as gate:
        with gate.transaction():
            gate.execute("LOCK TABLE gate")
            engine = pool.submit(sides.engine)
            _wait_for(sides, WAITS_AT_THE_GATE)
            prisma = sides.project.start("migrate", "deploy")
            _wait_for(sides, WAITS_IN_THE_LOCK)
        result: Result = engine.result(timeout=60)
        # The engine lends the lock while it builds: Prisma then sees a migration that is not finished.
        assert _end(sides, prisma) in {None, "P3009"}
    assert result.latest == "3_build_2"
    assert sides.prisma("deploy").exit_code == 0
    assert sides.engine().applied == 0
    assert [(one.name, one.finished, one.rolled_back) for one in sides.records()[1:]] == [
        (name, True, False) for name in history
    ]
    assert sides.tier.column(INVALID) == []
