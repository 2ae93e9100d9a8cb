"""A bootstrap that meets another one, or what a killed one left: every migration is applied exactly once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import LockNotObtained
from lambdas.bootstrap.migrations.row_state import ONE_TRANSACTION
from lambdas.bootstrap.migrations.run import apply_history
from tests.integration.migrations.gates import PATIENCE_SECONDS
from tests.integration.migrations.kill_points import killed_runs, order

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier


def test_two_bootstraps_at_once_apply_each_migration_once(tier: Tier) -> None:
    tier.write({f"{number}_step": f"CREATE TABLE t{number} (id int);" for number in range(1, 10)})
    with killed_runs() as runs, ThreadPoolExecutor(max_workers=1) as beside:
        running = beside.submit(runs.run, order(tier, whole=True, number=0, moment="sent"))
        here = tier.bootstrap().applied
        elsewhere = running.result(PATIENCE_SECONDS)
    assert elsewhere["failure"] == ""
    assert here + elsewhere["applied"] == 9
    assert tier.applied() == [f"{number}_step" for number in range(1, 10)]
    assert tier.column("SELECT count(*) FROM _prisma_migrations") == ["9"]


def test_what_a_killed_run_left_is_told_and_its_row_is_taken_up_again(tier: Tier) -> None:
    tier.bootstrap()
    tier.write({"1_first": "CREATE TABLE a (id int);"})
    with tier.admin() as connection:
        connection.execute(
            "INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES "
            "('x', 'y', '1_first', %s), ('z', 'y', '0_gone', %s)",
            [ONE_TRANSACTION, ONE_TRANSACTION],
        )
    assert tier.bootstrap().applied == 1
    assert tier.column(
        "SELECT row(id, finished_at IS NOT NULL, rolled_back_at IS NOT NULL)::text "
        "FROM _prisma_migrations ORDER BY id"
    ) == ["(x,t,f)", "(z,f,t)"]
    for name in ("1_first", "0_gone"):
        told = f"left this migration unfinished; nothing of it was kept {{'migration': '{name}'}}"
        assert tier.log.text.count(told) == 1


def test_a_run_waits_for_another_run_and_gives_up_with_prismas_code(tier: Tier) -> None:
    tier.bootstrap()
    with tier.connect("migrator") as holder, tier.connect("migrator") as connection:
        holder.execute("SELECT pg_advisory_lock(72707369)")
        with pytest.raises(LockNotObtained, match=r"^P1002"):
            apply_history(lambda: connection, history=(), log=tier.log, lock_wait_seconds=0.2)
        assert connection.closed
