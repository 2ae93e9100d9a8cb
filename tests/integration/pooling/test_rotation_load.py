"""Logins rotate under load through two pooler tasks, and nobody notices; a control shows what would."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, LiteralString

import pytest

from lambdas.bootstrap.environment import LOGINS
from lambdas.common.passwords import new_password
from lambdas.common.secrets_manager import CURRENT
from lambdas.common.verifiers import change_password
from lambdas.rotate_postgres.environment import Pooler as PoolerEnvironment
from tests.integration.rotation import ground as grounds
from tests.integration.rotation.ground import Ground
from tests.integration.rotation.load import (
    Application,
    ConnectionPerQuery,
    IdleThenBusy,
    Pooled,
    at_work,
    settle,
)
from tests.plugins.pooler import SERVED, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.plugins.pooler import Pooler, Poolers
    from tools.servers.postgres import PostgresServer

ROUNDS = 3
CACHE_SECONDS = 1.0
KINDS: tuple[type[Application], ...] = (ConnectionPerQuery, Pooled, IdleThenBusy)
TRUST, TASKS = "trust", "tasks.test"
QUERIES = {
    "app": "INSERT INTO notes VALUES (1)",
    "readonly": "SELECT count(*) FROM notes",
    "monitor": "SELECT 1",
}


class LongIdle(IdleThenBusy):
    """Sleeps longer than the document's idle timeout of 10 s."""

    idle_seconds = 13.0


class Pool:
    """Two tasks before one tier whose logins rotate, and the applications that go through them."""

    def __init__(self, poolers: Poolers, replica: PostgresServer) -> None:
        first = poolers.start(replicas=[replica.host])
        second = poolers.start(replicas=[replica.host], port=first.port)
        self.tasks = (first, second)
        self.ground = Ground(
            poolers.tier,
            replica_hosts=(replica.host,),
            memory=poolers.values.versions,
            pooler=PoolerEnvironment(
                host=first.host, port=first.port, tasks=TASKS, trust_secret_arn=TRUST, logins=SERVED
            ),
            resolve=lambda _name, _port: {task.host for task in self.tasks},
        )
        self.ground.memory.add(TRUST, json.dumps({"ca": poolers.authority.ca_path.read_text()}))

    def applications(
        self, kinds: tuple[type[Application], ...], *, cache_seconds: float = CACHE_SECONDS
    ) -> list[Application]:
        """Each kind for `app` on the primary and for `readonly` on the replica, through either task."""
        database = self.ground.tier.database.name
        return [
            self._application(kind, login, task, name, cache_seconds=cache_seconds)
            for login, name in (("app", database), ("readonly", f"{database}_read"))
            for number, kind in enumerate(kinds)
            for task in (self.tasks[number % 2],)
        ]

    def kill_connections(self, working: list[Application]) -> int:
        """End the poolers' connections on the primary, while no statement is at work; say how many."""
        with ExitStack() as held:
            for one in working:
                held.enter_context(one.turn)
            killed = self._counted("pg_terminate_backend(pid)")
            until(lambda: not self.connections(), "connections came back while nobody asked for one")
        return killed

    def connections(self) -> int:
        """The poolers' connections on the primary that served an application."""
        return self._counted("*")

    def _counted(self, what: LiteralString) -> int:
        with self.ground.tier.admin() as connection:
            row = connection.execute(
                f"SELECT count({what}) FROM pg_stat_activity "  # noqa: S608  (this file's own words)
                "WHERE usename = ANY(%s) AND application_name LIKE %s",
                [["app", "app_clone"], "app, %"],
            ).fetchone()
        assert row is not None
        return int(row[0])

    def _application(
        self, kind: type[Application], login: str, task: Pooler, database: str, *, cache_seconds: float
    ) -> Application:
        return kind(
            name=f"{login}, {kind.__name__}",
            read=self._reader(login),
            query=QUERIES[login],
            host=task.host,
            ca_path=str(task.ca_path),
            cache_seconds=cache_seconds,
            through={"port": str(task.port), "dbname": database},
        )

    def _reader(self, login: str) -> Callable[[], str]:
        def read() -> str:
            text = self.ground.memory.read(login, stage=CURRENT)
            assert text is not None
            return text

        return read


@pytest.fixture
def pool(poolers: Poolers, pooled_replica: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """Return the pool; afterwards the logins have the passwords again that the other tests know."""
    # The interval that is enforced is the applications' cache time, which is short here.
    monkeypatch.setattr(grounds, "CLIENT_CACHE_SECONDS", CACHE_SECONDS)
    with poolers.tier.admin() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (id int)")
        connection.execute("GRANT SELECT, INSERT ON notes TO datatier_readwrite, datatier_readonly")
    yield Pool(poolers, pooled_replica)
    poolers.tier.bootstrap()


def report(what: str, working: list[Application]) -> list[str]:
    done = sum(application.tally.done for application in working)
    failures = [f"{one.name}: {failure}" for one in working for failure in one.tally.failures]
    print(f"{what}: {done} operations, {len(failures)} failures")  # noqa: T201  (what was proven)
    assert all(one.tally.done for one in working)
    return failures


def test_every_login_rotates_three_times_through_warm_pools_and_no_query_fails(pool: Pool) -> None:
    working = pool.applications(KINDS)
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            for login in LOGINS:
                pool.ground.rotate(login, aged=False)
            # Whoever took the secret from its cache in the last moment has logged in by then.
            time.sleep(CACHE_SECONDS + 0.5)
    assert report("warm pools", working) == []


def test_logins_rotate_while_the_pools_are_idle_and_no_query_fails(pool: Pool) -> None:
    working = pool.applications((LongIdle, LongIdle))
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            until(lambda: not pool.connections(), "the idle timeout has closed no connection")
            for login in SERVED:
                pool.ground.rotate(login, aged=False)
            settle(working)
    assert report("idle pools", working) == []


def test_logins_rotate_while_connections_are_killed_and_no_query_fails(pool: Pool) -> None:
    working = pool.applications(KINDS)
    killed = 0
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            for login in SERVED:
                pool.ground.rotate(login, aged=False)
                killed += pool.kill_connections(working)
            time.sleep(CACHE_SECONDS + 0.5)
            killed += pool.kill_connections(working)
    assert killed > ROUNDS
    assert report(f"{killed} connections killed", working) == []


def test_the_control_that_rotates_a_single_user_is_noticed(pool: Pool) -> None:
    working = pool.applications(KINDS)
    secret = pool.ground.memory.secrets["app"]
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            document = json.loads(secret.texts[secret.labels[CURRENT]] or "") | {"password": new_password(32)}
            with pool.ground.tier.admin() as connection:
                change_password(connection, role=document["username"], password=document["password"])
            secret.texts[secret.labels[CURRENT]] = json.dumps(document)
            pool.kill_connections(working)
            time.sleep(CACHE_SECONDS)
    assert report("control", working) != []
