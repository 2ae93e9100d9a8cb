"""How a task ends: drained, in a hurry, killed; or before it has begun, with one clear line."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from containers.pgbouncer.drain import WAITS_FOR_CLIENTS
from tests.plugins.pooler import CERTIFICATE, WAIT_SECONDS, program_version, until
from tools.servers.addresses import free_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.plugins.pooler import Pooler, Poolers


def is_gone(pid: int | None) -> bool:
    """Whether a process has ended."""
    return pid is None or not Path(f"/proc/{pid}/exe").exists()


def listens(address: tuple[str, int]) -> bool:
    """Whether anybody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


def test_a_client_in_a_transaction_finishes_it_while_the_task_drains(poolers: Poolers) -> None:
    pooler = poolers.start()
    with pooler.connect() as client:
        client.execute("BEGIN")
        pooler.send(signal.SIGTERM)
        until(lambda: pooler.health() == 503)
        if program_version() >= WAITS_FOR_CLIENTS:
            until(lambda: not listens((pooler.host, pooler.port)))
            with pytest.raises(psycopg.OperationalError, match="refused"):
                pooler.connect()
        else:
            pooler.wait_for("still takes new clients")
        assert client.execute("SELECT 1").fetchone() == (1,)
        client.execute("COMMIT")
        assert client.execute("SELECT 2").fetchone() == (2,)
        assert pooler.process.poll() is None
    assert pooler.exit_code() == 0
    assert "clients are cut off" not in pooler.text


def test_clients_that_stay_are_cut_off_at_the_bound(poolers: Poolers) -> None:
    pooler = poolers.start(changes={"DRAIN_SECONDS": "1"})
    with pooler.connect() as client:
        client.execute("SELECT 1")
        pooler.send(signal.SIGTERM)
        assert pooler.exit_code() == 0
        pooler.wait_for("clients are cut off")
        with pytest.raises(psycopg.OperationalError):
            client.execute("SELECT 1")


@pytest.mark.parametrize("signals", [[signal.SIGTERM, signal.SIGTERM], [signal.SIGINT]])
def test_a_second_word_or_an_interrupt_ends_the_task_at_once(
    poolers: Poolers, signals: list[signal.Signals]
) -> None:
    pooler = poolers.start(changes={"DRAIN_SECONDS": "600"})
    with pooler.connect() as client:
        client.execute("SELECT 1")
        pgbouncer = pooler.pgbouncer
        for number in signals:
            pooler.send(number)
            pooler.wait_for("the task drains")
        assert pooler.exit_code() == 0
    assert is_gone(pgbouncer)


def test_a_task_without_clients_ends_at_once(poolers: Poolers) -> None:
    pooler = poolers.start(changes={"DRAIN_SECONDS": "600"})
    pooler.send(signal.SIGTERM)
    assert pooler.exit_code() == 0
    assert not pooler.complaints


def test_a_task_whose_pgbouncer_is_killed_ends_with_an_error(poolers: Poolers) -> None:
    pooler = poolers.start()
    assert pooler.pgbouncer is not None
    os.kill(pooler.pgbouncer, signal.SIGKILL)
    assert pooler.exit_code() == 1
    assert pooler.complaints[-1].startswith("PgBouncer ended by itself with -9")


def test_a_killed_task_leaves_no_pgbouncer_and_the_next_starts_in_its_place(poolers: Poolers) -> None:
    pooler = poolers.start()
    pgbouncer = pooler.pgbouncer
    pooler.process.kill()
    pooler.process.wait(WAIT_SECONDS)
    until(lambda: is_gone(pgbouncer))
    again = poolers.start(
        changes={
            "LISTEN_ADDRESS": pooler.host,
            "LISTEN_PORT": str(pooler.port),
            "HEALTH_PORT": str(pooler.health_port),
            "RUNTIME_DIRECTORY": str(pooler.directory / "run"),
        }
    )
    with again.connect() as client:
        assert client.execute("SELECT 1").fetchone() == (1,)


def refusal(pooler: Pooler) -> str:
    """The one line with which a task refused to start; nothing of it runs on."""
    assert pooler.exit_code() == 1, pooler.text
    assert not pooler.is_running()
    assert not listens((pooler.host, pooler.port))
    (line,) = pooler.complaints
    for password in pooler.tier.passwords.values():
        assert password not in pooler.text
    return line


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PGBOUNCER": "/nowhere/pgbouncer"}, "PgBouncer cannot be run"),
        ({"PGBOUNCER": "/bin/true"}, "that is not PgBouncer"),
        ({"MINIMUM_VERSION": "99.0.0"}, "is installed and MINIMUM_VERSION is 99.0.0"),
        ({"CA_BUNDLE": "/nowhere/ca.pem"}, "CA_BUNDLE /nowhere/ca.pem cannot be read"),
        ({"PGBOUNCER_SETTINGS": '{"pool_mode": "sideways"}'}, 'invalid value "sideways"'),
        ({"PGBOUNCER_SETTINGS": '{"no_such": "1"}'}, "no_such"),
        ({"RUNTIME_DIRECTORY": "/proc/pooler"}, "RUNTIME_DIRECTORY /proc/pooler"),
    ],
)
def test_what_is_wrong_with_the_task_is_said_in_one_line(
    poolers: Poolers, changes: Mapping[str, str], words: str
) -> None:
    assert words in refusal(poolers.launch(changes=changes))


@pytest.mark.parametrize("missing", ["PRIMARY_HOST", "LOGIN_SECRET_ARNS", "CERTIFICATE_SECRET_ARN"])
def test_a_variable_that_is_missing_is_named(poolers: Poolers, missing: str) -> None:
    assert missing in refusal(poolers.launch(without=[missing]))


@pytest.mark.parametrize(
    ("secret", "document", "words"),
    [
        ("app", "not json", "secret of app"),
        ("app", '{"username": "app"}', "has no"),
        (CERTIFICATE, '{"certificate": "x"}', "has no private_key and no ca"),
        (CERTIFICATE, json.dumps(dict.fromkeys(("certificate", "private_key", "ca"), "x")), "certificate"),
    ],
)
def test_a_malformed_secret_is_named_and_not_shown(
    poolers: Poolers, secret: str, document: str, words: str
) -> None:
    pooler = poolers.launch(changes={"CERTIFICATE_SECRET_ARN": "broken"} if secret == CERTIFICATE else {})
    poolers.values.versions.add("broken" if secret == CERTIFICATE else secret, document)
    assert words in refusal(pooler)


def test_a_secrets_manager_that_is_out_of_order_at_the_start_is_said(poolers: Poolers) -> None:
    poolers.values.down = True
    assert "Secrets Manager refuses secret" in refusal(poolers.launch())


@pytest.mark.parametrize("name", ["LISTEN_PORT", "HEALTH_PORT"])
def test_a_port_in_use_is_named_and_nothing_is_left(poolers: Poolers, name: str) -> None:
    with socket.create_server(free_address()) as taken:
        address, port = taken.getsockname()
        changes = {"LISTEN_ADDRESS": address, name: str(port)}
        pooler = poolers.launch(changes=changes)
        assert pooler.exit_code() == 1
        assert not pooler.is_running()
        (line,) = pooler.complaints
        assert line.startswith(f"{name} {port} at {address} cannot be listened on")
