"""PostgreSQL goes and comes back, and clients wait; a replica that is dead or promoted takes no reads."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil

from tests.integration.pooling.clients import Clients
from tests.plugins.pooler import until

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.plugins.pooler import Pooler, Poolers
    from tools.servers.postgres import PostgresServer

DOWN_SECONDS = 2.0
ALLOWED = 2
"""Sent in the instant between the end of PostgreSQL and the pause, or between the clients' going on and
PgBouncer's first login: those are told that logins have been failing."""


def reads_from(pooler: Pooler) -> str:
    """The address of the server that answers a read."""
    with pooler.connect(database=pooler.read_database) as connection:
        row = connection.execute("SELECT host(inet_server_addr())").fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def silent(server: PostgresServer) -> Generator[None]:
    """Have a server neither answer nor hang up during the block, as one whose machine has gone."""
    postmaster = psutil.Process(server.pid)
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def test_clients_wait_while_postgresql_restarts(poolers: Poolers) -> None:
    pooler = poolers.start()
    server = poolers.tier.database.server
    clients = Clients(pooler, poolers.tier.database.name, count=24)
    with clients.at_work():
        until(lambda: len(clients.done) > 100)
        down_at = time.monotonic()
        server.stop()
        until(lambda: time.monotonic() > down_at + DOWN_SECONDS)
        server.start()
        up_at = time.monotonic()
        until(lambda: clients.finished_since(up_at + 1) > 100, lambda: pooler.text)
    print(clients.report(down_at=down_at, up_at=up_at))  # noqa: T201  (what was proven)
    assert not [failure for failure in clients.failures if failure.at > up_at + 1]
    assert len(clients.lost) <= ALLOWED, clients.report(down_at=down_at, up_at=up_at)
    assert "clients wait" in pooler.text


def test_a_restart_in_a_moment_without_load_fails_nobody(poolers: Poolers) -> None:
    pooler = poolers.start()
    with pooler.connect() as client:
        client.execute("SELECT 1")
        poolers.tier.database.server.stop()
        pooler.wait_for("clients wait")
        poolers.tier.database.server.start()
        assert client.execute("SELECT 2").fetchone() == (2,)


def test_reads_go_on_when_a_replica_dies_and_return_to_it(
    poolers: Poolers, pooled_replica: PostgresServer
) -> None:
    pooler = poolers.start(replicas=[pooled_replica.host])
    assert reads_from(pooler) == pooled_replica.host
    clients = Clients(pooler, pooler.read_database, count=16)
    with clients.at_work():
        until(lambda: len(clients.done) > 100)
        down_at = time.monotonic()
        pooled_replica.stop()
        gone_at = time.monotonic()
        until(lambda: clients.finished_since(gone_at + 1) > 100, lambda: pooler.text)
    print(clients.report(down_at=down_at, up_at=gone_at))  # noqa: T201  (what was proven)
    assert not [failure for failure in clients.failures if failure.at > gone_at + 1]
    assert len(clients.lost) <= ALLOWED, clients.report(down_at=down_at, up_at=gone_at)
    assert reads_from(pooler) == poolers.tier.database.server.host
    pooled_replica.start()
    until(lambda: reads_from(pooler) == pooled_replica.host, lambda: pooler.text)


def test_a_promoted_replica_takes_no_reads(poolers: Poolers, pooled_replica: PostgresServer) -> None:
    pooler = poolers.start(replicas=[pooled_replica.host])
    assert reads_from(pooler) == pooled_replica.host
    clients = Clients(pooler, pooler.read_database, count=16)
    with clients.at_work():
        until(lambda: len(clients.done) > 100)
        promoted_at = time.monotonic()
        with pooled_replica.admin_connection() as admin:
            admin.execute("SELECT pg_promote()")
        until(lambda: reads_from(pooler) == poolers.tier.database.server.host, lambda: pooler.text)
        led_at = time.monotonic()
        until(lambda: clients.finished_since(led_at + 1) > 100, lambda: pooler.text)
    print(clients.report(down_at=promoted_at, up_at=led_at))  # noqa: T201  (what was proven)
    assert not [failure for failure in clients.failures if failure.at > led_at]
    assert not clients.lost
    assert '"is": "PRIMARY"' in pooler.text


def test_reads_go_to_the_replica_while_the_primary_is_down(
    poolers: Poolers, pooled_replica: PostgresServer
) -> None:
    pooler = poolers.start(replicas=[pooled_replica.host])
    poolers.tier.database.server.stop()
    pooler.wait_for("clients wait")
    assert reads_from(pooler) == pooled_replica.host
    poolers.tier.database.server.start()


def test_the_end_of_the_monitors_session_alone_fails_nobody(poolers: Poolers) -> None:
    pooler = poolers.start()
    clients = Clients(pooler, poolers.tier.database.name, count=12)
    with clients.at_work():
        until(lambda: len(clients.done) > 50)
        began = time.monotonic()
        for _ in range(3):
            with poolers.tier.admin() as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'monitor'"
                )
            until(lambda: clients.finished_since(time.monotonic() - 0.05) > 0)
        until(lambda: clients.finished_since(began + 1) > 100)
    assert len(clients.failures) <= ALLOWED, clients.failures


def test_server_connections_that_are_killed_fail_only_what_was_in_flight(poolers: Poolers) -> None:
    pooler = poolers.start()
    clients = Clients(pooler, poolers.tier.database.name, count=12)
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'"
    with clients.at_work():
        until(lambda: len(clients.done) > 50)
        for _ in range(3):
            with poolers.tier.admin() as admin:
                admin.execute(kill.encode())
            moment = time.monotonic()
            until(lambda: clients.finished_since(moment + 0.2) > 10)  # noqa: B023  called at once
    assert not clients.lost


def test_clients_wait_while_postgresql_says_nothing_at_all(poolers: Poolers) -> None:
    pooler = poolers.start()
    clients = Clients(pooler, poolers.tier.database.name, count=12)
    with clients.at_work():
        until(lambda: len(clients.done) > 50)
        with silent(poolers.tier.database.server):
            down_at = time.monotonic()
            pooler.wait_for("clients wait")
        up_at = time.monotonic()
        until(lambda: clients.finished_since(up_at + 1) > 50, lambda: pooler.text)
    print(clients.report(down_at=down_at, up_at=up_at))  # noqa: T201  (what was proven)
    assert not [failure for failure in clients.failures if failure.at > up_at + 1]
    assert len(clients.lost) <= ALLOWED, clients.failures
