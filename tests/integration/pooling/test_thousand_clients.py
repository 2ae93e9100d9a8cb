"""A thousand clients at once on twenty connections: nobody is refused, and PostgreSQL never has more."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg.conninfo import make_conninfo

from tests.plugins.pooler import POLL_SECONDS

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier
    from tests.plugins.pooler import Pooler, Poolers

CLIENTS = 1000
CONNECTIONS = 20
STATEMENTS = 4
AT_ONCE = 50
"""Clients that log in at the same time; all of them stay."""


class Census:
    """Counts the connections of the pooled login while something happens."""

    def __init__(self, tier: Tier) -> None:
        self._tier = tier
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._count)
        self.most = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _count(self) -> None:
        with self._tier.admin() as connection:
            while not self._stop.wait(POLL_SECONDS):
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [self._tier.users["app"]]
                ).fetchone()
                assert row is not None
                self.most = max(self.most, int(row[0]))


async def work(tier: Tier, tasks: list[Pooler]) -> list[str]:
    """Have every client log in and stay, and when all are there, each run its statements; return failures."""
    turns, everybody = asyncio.Semaphore(AT_ONCE), asyncio.Barrier(CLIENTS)
    failures: list[str] = []

    async def client(number: int) -> None:
        task = tasks[number % len(tasks)]
        conninfo = make_conninfo(
            "", host=task.host, port=task.port, dbname=tier.database.name, user=tier.users["app"],
            password=tier.passwords["app"], sslmode="verify-full", sslrootcert=str(task.ca_path),
            connect_timeout=120,
        )  # fmt: skip
        connection = None
        try:
            async with turns:
                connection = await psycopg.AsyncConnection.connect(
                    conninfo, autocommit=True, prepare_threshold=None
                )
        except psycopg.Error as error:
            failures.append(f"refused: {error}")
        await everybody.wait()
        if connection is None:
            return
        try:
            for _ in range(STATEMENTS):
                await connection.execute("SELECT pg_sleep(0.01)")
        except psycopg.Error as error:
            failures.append(str(error))
        finally:
            await connection.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return failures


def test_a_thousand_clients_share_twenty_connections(poolers: Poolers) -> None:
    first = poolers.start()
    tasks = [first, poolers.start(port=first.port)]
    with Census(poolers.tier) as census:
        failures = asyncio.run(work(poolers.tier, tasks))
    print(f"{CLIENTS} clients, at most {census.most} connections, {len(failures)} failures")  # noqa: T201  (what was proven)
    assert failures == []
    assert 0 < census.most <= CONNECTIONS
