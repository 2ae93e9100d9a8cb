"""Logins rotate under load, three times in a row, and no application notices; controls show what would."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.environment import LOGINS
from lambdas.common.connections import connect
from lambdas.common.master_login import MasterLogin
from lambdas.common.passwords import new_password
from lambdas.common.secrets_manager import CURRENT, PENDING
from lambdas.common.verifiers import change_password
from tests.integration.rotation import ground as grounds
from tests.integration.rotation.ground import MASTER, Ground
from tests.integration.rotation.load import (
    Application,
    ConnectionPerQuery,
    IdleThenBusy,
    Pooled,
    at_work,
    settle,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from tools.servers.postgres import PostgresServer

ROUNDS = 3
CACHE_SECONDS = 1.0
KINDS: tuple[type[Application], ...] = (ConnectionPerQuery, Pooled, IdleThenBusy)
WRITE = "INSERT INTO notes VALUES (1)"
READ = "SELECT count(*) FROM notes"
QUERIES = {"app": WRITE, "readonly": READ, "migrator": WRITE, "monitor": "SELECT 1", "backup": READ}


class NeedsTheMaster(ConnectionPerQuery):
    """Logs in as the master with AWSCURRENT, then with AWSPENDING, as the bootstrap does."""

    ground: Ground

    def work(self, stop: threading.Event) -> None:
        memory, ca_path = self.ground.memory, self.ground.tier.database.server.ca_path
        login = MasterLogin(
            current=self.read,
            pending=lambda: memory.read(MASTER, stage=PENDING),
            log_in=lambda secret: connect(secret, application_name=self.name, ca_bundle=ca_path),
        )
        while not stop.is_set():
            with self.counted(), login.connect() as connection:
                connection.execute(self.query.encode())
            stop.wait(0.05)


@pytest.fixture
def busy(followed: Ground) -> Ground:
    """Return a tier with a replica and a table that everybody works on."""
    followed.tier.write({"1_table": "CREATE TABLE notes (id int);"})
    followed.tier.bootstrap()
    return followed


def reader(ground: Ground, login: str) -> Callable[[], str]:
    def read() -> str:
        text = ground.memory.read(login, stage=CURRENT)
        assert text is not None
        return text

    return read


def applications(ground: Ground, replica: PostgresServer, *, cache_seconds: float) -> list[Application]:
    """Each kind for `app` on the primary and `readonly` on the replica; one for every other login."""

    def application(kind: type[Application], login: str, host: str) -> Application:
        return kind(
            name=f"{login}, {kind.__name__}",
            read=reader(ground, login),
            query=QUERIES[login],
            host=host,
            ca_path=str(ground.tier.database.server.ca_path),
            cache_seconds=cache_seconds,
        )

    primary = ground.tier.database.server.host
    return [
        *(application(kind, "app", primary) for kind in KINDS),
        *(application(kind, "readonly", replica.host) for kind in KINDS),
        *(application(ConnectionPerQuery, login, primary) for login in ("migrator", "monitor", "backup")),
    ]


def report(working: list[Application]) -> tuple[int, list[str]]:
    done = sum(application.tally.done for application in working)
    failures = [f"{one.name}: {failure}" for one in working for failure in one.tally.failures]
    print(f"{done} operations, {len(failures)} failures")  # noqa: T201  (what was proven)
    return done, failures


def test_every_login_rotates_three_times_and_no_query_fails(
    busy: Ground, replica: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The interval that is enforced is the applications' cache time, which is short here.
    monkeypatch.setattr(grounds, "CLIENT_CACHE_SECONDS", CACHE_SECONDS)
    working = applications(busy, replica, cache_seconds=CACHE_SECONDS)
    master = NeedsTheMaster(
        name="master", read=reader(busy, MASTER), query="SELECT 1",
        host=busy.tier.database.server.host, ca_path="", cache_seconds=0,
    )  # fmt: skip
    master.ground = busy
    working.append(master)
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            for login in (*LOGINS, MASTER):
                busy.rotate(login, aged=False)
            # Whoever took the secret from its cache in the last moment has logged in by then.
            time.sleep(CACHE_SECONDS + 0.5)
    done, failures = report(working)
    assert failures == []
    assert done > 100
    assert all(one.tally.done for one in working)


def test_the_control_that_rotates_a_single_user_is_noticed(busy: Ground, replica: PostgresServer) -> None:
    working = applications(busy, replica, cache_seconds=CACHE_SECONDS)[:3]
    secret = busy.memory.secrets["app"]
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            document = json.loads(secret.texts[secret.labels[CURRENT]] or "") | {"password": new_password(32)}
            with busy.tier.admin() as connection:
                change_password(connection, role="app", password=document["password"])
            secret.texts[secret.labels[CURRENT]] = json.dumps(document)
            time.sleep(CACHE_SECONDS)
    assert report(working)[1] != []


def test_the_control_that_rotates_sooner_than_clients_read_again_is_noticed(
    busy: Ground, replica: PostgresServer
) -> None:
    working = applications(busy, replica, cache_seconds=60)[:3]
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            busy.rotate("app")
        time.sleep(CACHE_SECONDS)
    assert report(working)[1] != []
