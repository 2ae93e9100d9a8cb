"""A task as ECS runs it: it serves, follows the secrets, and tells its health."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from lambdas.common.verifiers import change_password
from tests.plugins.pooler import SERVED, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.bootstrap.tier import Tier
    from tests.plugins.pooler import Pooler, Poolers


@pytest.fixture
def former_password(pooled_tier: Tier) -> Iterator[str]:
    """Return the password of `app`, which it has again afterwards."""
    password = pooled_tier.passwords["app"]
    yield password
    set_password(pooled_tier, password)


def set_password(tier: Tier, password: str) -> None:
    """Change the password of `app` as somebody does by hand: PostgreSQL knows it, no secret does."""
    with tier.admin() as admin:
        change_password(admin, role="app", password=password)
    tier.passwords["app"] = password


def who(pooler: Pooler, login: str = "app", database: str | None = None) -> str:
    """Log in and ask PostgreSQL who this is."""
    with pooler.connect(login, database=database) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    return str(row[0])


def test_every_login_reads_and_writes_through_a_task(poolers: Poolers) -> None:
    pooler = poolers.start()
    for login in SERVED:
        for database in (None, pooler.read_database):
            assert who(pooler, login, database) == login
    assert pooler.health() == 200
    assert not pooler.complaints


def test_nothing_secret_is_printed_or_in_the_list_of_processes(poolers: Poolers) -> None:
    pooler = poolers.start()
    with pytest.raises(psycopg.OperationalError):
        pooler.connect(password="wrong")  # noqa: S106  made up
    who(pooler)
    passwords = [poolers.tier.passwords[login] for login in SERVED]
    processes = (pooler.process.pid, pooler.pgbouncer)
    lines = (Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace") for pid in processes)
    seen = [pooler.text, *lines]
    assert not [password for password in passwords if any(password in text for text in seen)]
    assert "AWS_" not in Path(f"/proc/{pooler.pgbouncer}/environ").read_text(encoding="utf-8")


def test_a_password_that_changed_is_served_right_after_the_first_refusal(
    poolers: Poolers, former_password: str
) -> None:
    pooler = poolers.start()
    assert who(pooler) == "app"
    set_password(poolers.tier, "the next one")
    poolers.values.versions.add("app", poolers.tier.document("app"))
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        who(pooler)
    pooler.wait_for("PgBouncer has read its files again")
    assert who(pooler) == "app"
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        pooler.connect(password=former_password)


def test_a_password_that_postgresql_refuses_the_pooler_is_read_anew(
    poolers: Poolers, former_password: str
) -> None:
    pooler = poolers.start()
    set_password(poolers.tier, "only postgresql knows it")
    with pytest.raises(psycopg.OperationalError):
        pooler.connect(password=former_password).execute("SELECT 1")
    poolers.values.versions.add("app", poolers.tier.document("app"))
    until(lambda: _logs_in(pooler), lambda: pooler.text)


def test_wrong_passwords_of_a_stranger_do_not_cost_a_call_each(poolers: Poolers) -> None:
    pooler = poolers.start()
    before = poolers.values.calls
    for _ in range(40):
        with pytest.raises(psycopg.OperationalError):
            pooler.connect(user="stranger", password="guess")  # noqa: S106  made up
    passes = (poolers.values.calls - before) / (3 * len(SERVED) + 1)
    assert passes <= 4


def test_an_outage_of_secrets_manager_keeps_what_is_served(poolers: Poolers) -> None:
    pooler = poolers.start()
    poolers.values.down = True
    with pytest.raises(psycopg.OperationalError):
        pooler.connect(password="wrong")  # noqa: S106  made up
    pooler.wait_for("a secret cannot be read anew")
    assert who(pooler) == "app"
    assert pooler.health() == 200


def test_health_is_of_the_pooler_and_never_of_postgresql(poolers: Poolers) -> None:
    pooler = poolers.start()
    poolers.tier.database.server.stop()
    pooler.wait_for("clients wait")
    assert pooler.health() == 200
    poolers.tier.database.server.start()
    assert who(pooler) == "app"


def test_a_task_starts_while_postgresql_is_down_and_its_clients_wait(poolers: Poolers) -> None:
    poolers.tier.database.server.stop()
    pooler = poolers.start()
    assert pooler.health() == 200
    poolers.tier.database.server.start()
    assert who(pooler) == "app"


def test_figures_are_published_for_both_pools(poolers: Poolers) -> None:
    pooler = poolers.start(changes={"METRICS_SECONDS": "1"})
    with pytest.raises(psycopg.OperationalError):
        pooler.connect(password="wrong")  # noqa: S106  made up
    with pooler.connect() as connection:
        connection.execute("BEGIN")
        until(lambda: _highest(pooler, "PoolUtilization") == {"primary": 10, "replicas": 0})
        connection.execute("ROLLBACK")
    until(lambda: _highest(pooler, "PoolReachable") == {"primary": 1, "replicas": 1})
    until(lambda: _highest(pooler, "PoolLoginFailures") == {None: 1})
    assert _highest(pooler, "PoolClients") == {"primary": 1, "replicas": 0}
    assert _highest(pooler, "PoolServerConnections")["primary"] == 1


def _highest(pooler: Pooler, name: str) -> dict[str | None, float]:
    found: dict[str | None, float] = {}
    for line in pooler.documents:
        if name in line:
            pool = None if line.get("Pool") is None else str(line["Pool"])
            found[pool] = max(found.get(pool, 0), float(json.dumps(line[name])))
    return found


def _logs_in(pooler: Pooler) -> bool:
    try:
        return who(pooler) == "app"
    except psycopg.OperationalError:
        return False
