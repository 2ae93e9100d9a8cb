"""The deployed pool: entered as applications do, and at work while a task dies or PostgreSQL restarts."""

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.integration.pooling.clients import Clients
from tests.plugins.pooler import until
from tests.rehearsal.deployed import ENVIRONMENT, Deployed
from tools.rehearsal.servers import ServerState, states
from tools.servers.postgres import PostgresServer

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("rotation")]

TASKS = 2
CLIENTS = 12
DOWN_SECONDS = 2.0
RECOVERY_SECONDS = 30.0
"""The balancer's health checks, and the start of a new task."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The pool as it is published; what it is entered with comes from parameters and secrets alone."""

    deployed: Deployed
    ca_path: Path

    def connect(self, *, database: str, connect_timeout: int = 30, login: str = "app") -> psycopg.Connection:
        published = self.deployed.endpoints.parameter
        secret = json.loads(self.deployed.reader(login)())
        conninfo = make_conninfo(
            "", host=published("pooler/host"), port=published("pooler/port"), dbname=database,
            user=secret["username"], password=secret["password"], sslmode="verify-full",
            sslrootcert=str(self.ca_path), connect_timeout=connect_timeout,
        )  # fmt: skip
        return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)

    @property
    def tasks(self) -> list[ServerState]:
        """The tasks that run."""
        return [one for one in states(self.deployed.project.layout) if one.kind == "ECS task" and one.pid]


@pytest.fixture
def pool(deployed: Deployed, tmp_path: Path) -> Pool:
    ca_path = tmp_path / "pooler.pem"
    ca_path.write_text(deployed.endpoints.parameter("pooler/ca-bundle"))
    return Pool(deployed=deployed, ca_path=ca_path)


def status(pool: Pool) -> dict[str, object]:
    code, out, err = pool.deployed.project.run("pool", "status", "--env", ENVIRONMENT, "--json")
    assert code == 0, out + err
    return dict(json.loads(out))


def test_applications_find_the_primary_and_the_replica_by_what_is_published(pool: Pool) -> None:
    published = pool.deployed.endpoints.parameter
    for database, replica in (
        (published("pooler/database"), False),
        (published("pooler/read-database"), True),
    ):
        with pool.connect(database=database) as connection:
            found = connection.execute("SELECT pg_is_in_recovery(), current_user").fetchone()
        assert found is not None
        assert found[0] is replica


def test_the_command_shows_every_task_with_its_share_of_the_pool(pool: Pool) -> None:
    tasks = status(pool)["tasks"]
    assert isinstance(tasks, list)
    assert len(tasks) == TASKS
    for task in tasks:
        assert task["problem"] is None
        assert {one["pool"]: one["size"] for one in task["pools"]} == {"primary": 10, "replicas": 10}


def test_a_task_that_is_killed_under_load_is_replaced_and_nobody_fails_after_that(pool: Pool) -> None:
    clients = Clients(pool, pool.deployed.endpoints.parameter("pooler/database"), count=CLIENTS)
    with clients.at_work():
        until(lambda: len(clients.done) > CLIENTS * 5)
        victim, *_ = pool.tasks
        assert victim.pid is not None
        killed_at = time.monotonic()
        os.kill(victim.pid, signal.SIGKILL)
        until(
            lambda: len(pool.tasks) == TASKS and victim not in pool.tasks,
            "no other task has come",
            seconds=RECOVERY_SECONDS,
        )
        replaced_at = time.monotonic()
        until(lambda: clients.finished_since(replaced_at + 2) > CLIENTS * 5)
    last = max((failure.at for failure in clients.failures), default=killed_at)
    print(  # noqa: T201  (what was proven)
        f"{len(clients.done)} statements, {len(clients.failures)} failed, the last {last - killed_at:.2f} s "
        f"after the kill; another task after {replaced_at - killed_at:.1f} s"
    )
    assert not [failure for failure in clients.failures if failure.at > replaced_at]
    assert len(clients.failures) < len(clients.done) / 2


def test_clients_wait_while_the_primary_restarts(pool: Pool) -> None:
    directory = pool.deployed.project.layout.servers / "postgres" / pool.deployed.tier.region
    primary = PostgresServer.open(directory / f"datatier-{ENVIRONMENT}-primary")
    clients = Clients(pool, pool.deployed.endpoints.parameter("pooler/database"), count=CLIENTS)
    with clients.at_work():
        until(lambda: len(clients.done) > CLIENTS * 5)
        down_at = time.monotonic()
        primary.stop()
        until(lambda: time.monotonic() > down_at + DOWN_SECONDS)
        primary.start()
        up_at = time.monotonic()
        until(lambda: clients.finished_since(up_at + 2) > CLIENTS * 5)
    print(clients.report(down_at=down_at, up_at=up_at))  # noqa: T201  (what was proven)
    assert not [failure for failure in clients.failures if failure.at > up_at + 1]
    assert len(clients.lost) <= TASKS * 2, clients.report(down_at=down_at, up_at=up_at)


def test_the_pools_figures_become_metrics(pool: Pool) -> None:
    """They are what the alarms look at."""
    wanted = {
        "PoolUtilization",
        "PoolClientsWaiting",
        "PoolLongestWait",
        "PoolReachable",
        "PoolLoginFailures",
    }
    metrics = pool.deployed.client("cloudwatch")

    def published() -> set[str]:
        found = metrics.list_metrics(Namespace=f"datatier/{ENVIRONMENT}")["Metrics"]
        return {one["MetricName"] for one in found}

    until(lambda: wanted <= published(), lambda: f"missing: {wanted - published()}", seconds=90)
