"""What the task writes is what a real PgBouncer serves with: verified on both sides, and for nobody else."""

from __future__ import annotations

import secrets
import socket
import ssl
import struct
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest

from containers.pgbouncer.configuration import EMPTY_OPTION_SPINS, SEVERAL_HOSTS
from containers.pgbouncer.environment import PoolSizes
from lambdas.common.verifiers import change_password
from tests.integration.pooling.rendered_pooler import LOGINS, RenderedPooler
from tools.servers import binaries
from tools.servers.addresses import free_address
from tools.servers.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier
    from tools.servers.postgres import PostgresServer

WHO = "SELECT current_user, inet_server_addr()::text, current_setting('transaction_read_only')"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


@pytest.fixture
def pooler(tier: Tier, servers_directory: Path) -> Iterator[RenderedPooler]:
    """Return a pooler that a test may change before it starts it."""
    tier.bootstrap()
    made = RenderedPooler(tier, servers_directory / f"pooler-{secrets.token_hex(3)}", free_address())
    print(f"PgBouncer {made.version}")  # noqa: T201  (which release failed, if one does)
    yield made
    made.stop()


@pytest.fixture
def replica(rds: PostgresServer, servers_directory: Path) -> Iterator[PostgresServer]:
    """Return a streaming replica of the server."""
    server = rds.create_replica(directory=servers_directory / "replica", identifier="replica", parameters={})
    yield server
    server.destroy()


def row(connection: psycopg.Connection, query: str = WHO) -> tuple[object, ...]:
    """The one row of a query."""
    found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return tuple(found)


@contextmanager
def encrypted(pooler: RenderedPooler) -> Generator[ssl.SSLSocket]:
    """A verified TLS session with the pooler in which nothing has been said yet."""
    context = ssl.create_default_context(cafile=pooler.authority.ca_path)
    with socket.create_connection(pooler.address, timeout=10) as plain:
        plain.sendall(SSL_REQUEST)
        assert plain.recv(1) == b"S"
        with context.wrap_socket(plain, server_hostname=pooler.address[0]) as client:
            yield client


def shown_certificate(pooler: RenderedPooler) -> bytes | None:
    """What a client that connects now is shown, after verification."""
    with encrypted(pooler) as client:
        return client.getpeercert(binary_form=True)


def test_every_login_is_served_over_verified_connections_on_both_sides(pooler: RenderedPooler) -> None:
    pooler.start()
    server = pooler.tier.database.server
    for login in LOGINS:
        for database in (pooler.tier.database.name, f"{pooler.tier.database.name}_read"):
            with pooler.connect(login, database=database) as connection:
                user, address, _ = row(connection)
                assert (user, str(address).partition("/")[0]) == (login, server.host)
                assert row(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == (True,)


def test_a_login_that_only_reads_cannot_write_through_the_pooler(pooler: RenderedPooler) -> None:
    pooler.start()
    with pooler.connect("readonly") as connection:
        assert row(connection)[2] == "on"
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TEMPORARY TABLE t ()")


@pytest.mark.parametrize(
    "password",
    [
        '"',
        "''\"\"",
        "back\\slash\\",
        " spaces ",
        "pässwörd-密码-🔑",
        'a"b\\"c\'d%e;f#g=h,i',
        "tab\tnew\nline",
        "x" * 900,
    ],
)
def test_a_password_of_any_characters_logs_in_through_the_pooler(
    pooler: RenderedPooler, password: str
) -> None:
    with pooler.tier.admin() as admin:
        change_password(admin, role="app", password=password)
    pooler.tier.passwords["app"] = password
    pooler.memory.add("app", pooler.tier.document("app"))
    pooler.start()
    with pooler.connect("app") as connection:
        assert row(connection)[0] == "app"
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        pooler.connect("app", password=password + "x")


def test_a_server_that_another_authority_vouches_for_is_never_logged_in_to(
    pooler: RenderedPooler,
) -> None:
    pooler.settings["query_wait_timeout"] = "2"
    pooler.ca_bundle = Authority(pooler.folder / "stranger").ca_path
    pooler.start()
    with pytest.raises(psycopg.OperationalError):
        row(pooler.connect("app"))
    assert "certificate verify failed" in pooler.log


def test_a_client_without_tls_is_refused(pooler: RenderedPooler) -> None:
    pooler.start()
    with pytest.raises(psycopg.OperationalError, match="SSL required"):
        pooler.connect("app", sslmode="disable")


def test_a_client_that_trusts_another_authority_does_not_connect(pooler: RenderedPooler) -> None:
    pooler.start()
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        pooler.connect("app", sslrootcert=str(pooler.tier.database.server.ca_path))


def test_a_client_is_sent_the_certificate_without_the_authority_that_it_has(pooler: RenderedPooler) -> None:
    """OpenSSL would send it only after it has verified its own certificate, anew for each client."""
    program = binaries.openssl()
    pooler.start()
    address = f"{pooler.address[0]}:{pooler.address[1]}"
    shown = subprocess.run(  # noqa: S603  (a program found on this machine, no shell)
        [program.path("openssl"), "s_client", "-starttls", "postgres", "-connect", address, "-showcerts"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
        env=program.environment_at(pooler.folder),
    )  # fmt: skip
    assert shown.stdout.count("BEGIN CERTIFICATE") == 1, shown.stdout


def test_a_client_that_shows_another_servers_certificate_enters_without_it_only(
    pooler: RenderedPooler,
) -> None:
    """Whoever asks is shown the one in ~/.postgresql by libpq; the runbook says how not to."""
    pooler.start()
    stranger = Authority(pooler.folder / "stranger")
    certificate, key = stranger.issue("client", [pooler.address[0]], directory=pooler.folder)
    with pytest.raises(psycopg.OperationalError, match="alert unknown ca"):
        pooler.connect("app", sslcert=str(certificate), sslkey=str(key))
    with pooler.connect("app", sslcert="none") as connection:
        assert row(connection)[0] == "app"


def test_the_console_tells_the_monitor_and_obeys_nobody_over_the_network(pooler: RenderedPooler) -> None:
    pooler.start()
    with pooler.connect("monitor", database="pgbouncer") as console:
        names = {str(row[0]) for row in console.execute("SHOW DATABASES").fetchall()}
        assert names == {pooler.tier.database.name, f"{pooler.tier.database.name}_read", "pgbouncer"}
        with pytest.raises(psycopg.Error, match="admin access needed"):
            console.execute("PAUSE")
    with pytest.raises(psycopg.OperationalError, match="not allowed"):
        pooler.connect("app", database="pgbouncer")


def test_a_renewed_certificate_is_shown_from_the_next_reload_on(pooler: RenderedPooler) -> None:
    pooler.start()
    with pooler.connect("app") as open_before:
        before = shown_certificate(pooler)
        pooler.memory.add("certificate", pooler.certificate())
        pooler.reload()
        after = shown_certificate(pooler)
        assert None not in (before, after)
        assert before != after
        assert row(open_before)[0] == "app"


def test_one_database_never_has_more_server_connections_than_its_pool(pooler: RenderedPooler) -> None:
    pooler.pool_sizes = PoolSizes(primary=2, replicas=1)
    pooler.start()
    clients = [pooler.connect(login) for login in ("app", "readonly") for _ in range(4)]
    for client in clients:
        row(client)
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = ANY(%s)"
    with pooler.tier.admin() as admin:
        found = admin.execute(count.encode(), [["app", "readonly"]]).fetchone()
    assert found is not None
    assert found[0] <= 2
    for client in clients:
        client.close()


def test_reads_follow_the_replica_and_come_back_to_the_primary_when_it_is_gone(
    pooler: RenderedPooler, replica: PostgresServer
) -> None:
    pooler.start(replicas=(replica.host,))
    read = f"{pooler.tier.database.name}_read"
    primary = pooler.tier.database.server
    with pooler.connect("app", database=read) as client:
        _, address, read_only = row(client)
        assert (str(address).partition("/")[0], read_only) == (replica.host, "on")
        pooler.reload(replicas=())
        _, address, _ = row(client)
        assert str(address).partition("/")[0] == primary.host
        pooler.reload(replicas=(replica.host,))
        assert str(row(client)[1]).partition("/")[0] == replica.host


def test_several_hosts_of_one_database_all_answer_verified(
    pooler: RenderedPooler, replica: PostgresServer
) -> None:
    hosts = (replica.host, pooler.tier.database.server.host)
    pooler.start(replicas=hosts)
    read = f"{pooler.tier.database.name}_read"
    clients = [pooler.connect("app", database=read) for _ in range(4)]
    for client in clients:
        client.execute("BEGIN")  # each holds a server connection of its own
    answered = {str(row(client)[1]).partition("/")[0] for client in clients}
    for client in clients:
        client.close()
    assert answered == set(hosts if pooler.version >= SEVERAL_HOSTS else hosts[:1])


def test_an_empty_option_does_not_keep_the_pooler_from_others(pooler: RenderedPooler) -> None:
    pooler.start()
    with suppress(psycopg.OperationalError):
        pooler.connect("app", options="-c=", connect_timeout=2).close()
    with pooler.connect("app", connect_timeout=5) as connection:
        assert row(connection)[0] == "app"


def test_a_driver_that_sends_extra_float_digits_is_asked_for_its_password(pooler: RenderedPooler) -> None:
    pooler.start()
    words = ["user", "app", "database", pooler.tier.database.name, "extra_float_digits", "3"]
    body = struct.pack("!i", 196608) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
    with encrypted(pooler) as client:
        client.sendall(struct.pack("!i", len(body) + 4) + body)
        answer = client.recv(1)
    first, fixed = EMPTY_OPTION_SPINS
    assert answer == (b"E" if first <= pooler.version < fixed else b"R")


def test_a_password_that_changed_is_served_after_a_reload(pooler: RenderedPooler) -> None:
    pooler.start()
    with pooler.tier.admin() as admin:
        change_password(admin, role="app", password="the next one")  # noqa: S106  made up
    old = pooler.tier.passwords["app"]
    pooler.tier.passwords["app"] = "the next one"
    pooler.memory.add("app", pooler.tier.document("app"))
    pooler.reload()
    with pooler.connect("app") as connection:
        assert row(connection)[0] == "app"
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        pooler.connect("app", password=old)
