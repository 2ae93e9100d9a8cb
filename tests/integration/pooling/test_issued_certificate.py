"""What is issued is served by real TLS servers and verified as clients verify: libpq, OpenSSL, Python.

By every name that was asked for, and by no other; with both authorities' bundle while they take turns.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest

from containers.pgbouncer.version import of
from lambdas.issue_certificate.request import Wish, normal_names
from tests.unit.issue_certificate.memory import CERTIFICATE, Ground
from tools.servers import binaries
from tools.servers.accounts import hand_over
from tools.servers.addresses import free_address
from tools.servers.pgbouncer import CONFIGURATION, pgbouncer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

HOST, OTHER = (
    "pool-0123456789abcdef.elb.us-east-1.amazonaws.com",
    "other-0123456789abcdef.elb.us-east-1.amazonaws.com",
)
PASSWORD = "of this test"  # noqa: S105  (of this test)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate for a name and an address, its key and the bundle, in files."""

    ground: Ground
    directory: Path
    address: str
    port: int

    @property
    def bundle(self) -> Path:
        return self.directory / "ca.pem"

    def write(self) -> None:
        """Write what the secrets hold now, as a task does."""
        document = self.ground.document(CERTIFICATE)
        for name, text in {
            "server.crt": document["certificate"],
            "server.key": document["private_key"],
            "ca.pem": self.ground.bundle(),
        }.items():
            (self.directory / name).write_text(text)
            (self.directory / name).chmod(0o600)
        hand_over(self.directory)


@pytest.fixture
def issued(servers_directory: Path) -> Iterator[Issued]:
    """Issue for a pooler at an address of its own, now."""
    address, port = free_address()
    ground = Ground(now=datetime.now(tz=UTC).replace(microsecond=0))
    ground.run(Wish(names=normal_names([HOST, address]), issue="1"))
    directory = servers_directory / f"certificate-{port}"
    directory.mkdir(mode=0o755)
    it = Issued(ground=ground, directory=directory, address=address, port=port)
    it.write()
    yield it
    shutil.rmtree(directory)


@contextmanager
def tls_server(issued: Issued) -> Generator[None]:
    """Serve handshakes with Python's ssl until the end."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.directory / "server.crt", issued.directory / "server.key")

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return  # closed: the test is over
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(1)
            except OSError:
                plain.close()  # a client that refuses us

    with socket.create_server((issued.address, issued.port)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


@contextmanager
def pooler(issued: Issued) -> Generator[str]:
    """Run PgBouncer with the certificate, without a server behind it, and yield its version."""
    directory = issued.directory
    (directory / "userlist.txt").write_text(f'"watcher" "{PASSWORD}"\n')
    (directory / CONFIGURATION).write_text(
        f"""[databases]
[pgbouncer]
listen_addr = {issued.address}
listen_port = {issued.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {directory}/userlist.txt
stats_users = watcher
client_tls_sslmode = require
client_tls_key_file = {directory}/server.key
client_tls_cert_file = {directory}/server.crt
client_tls_ca_file = {directory}/server.crt
"""
    )
    with pgbouncer(directory, host=issued.address, port=issued.port):
        yield str(of(binaries.pgbouncer().path("pgbouncer")))


def log_in(issued: Issued, host: str, *, bundle: Path | None = None) -> None:
    """Enter PgBouncer's console as an application enters its database. Raises psycopg.OperationalError."""
    psycopg.connect(
        host=host,
        hostaddr=issued.address,
        port=issued.port,
        dbname="pgbouncer",
        user="watcher",
        password=PASSWORD,
        sslmode="verify-full",
        sslrootcert=str(bundle or issued.bundle),
        connect_timeout=10,
    ).close()


def test_pgbouncers_clients_verify_it_by_name_and_by_address_and_refuse_it_for_another(
    issued: Issued,
) -> None:
    with pooler(issued) as version:
        print(version)  # noqa: T201  (which one it was)
        log_in(issued, HOST)
        log_in(issued, issued.address)
        for wrong in (OTHER, "127.0.0.1"):
            with pytest.raises(psycopg.OperationalError, match=r"server certificate for .* does not match"):
                log_in(issued, wrong)


def test_pgbouncers_clients_go_on_through_a_succession(issued: Issued) -> None:
    """New connections with the bundle of both, before and after the successor has taken over."""
    first = issued.directory / "first.pem"
    first.write_text(issued.ground.bundle())
    issued.ground.run(Wish(order="successor"))
    issued.write()
    with pooler(issued):
        log_in(issued, HOST)
        log_in(issued, HOST, bundle=first)
    issued.ground.run(Wish(order="succession"))
    issued.write()
    with pooler(issued):
        log_in(issued, HOST)
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            log_in(issued, HOST, bundle=first)


def test_pythons_strictest_client_verifies_it(issued: Issued) -> None:
    context = ssl.create_default_context(cafile=issued.bundle)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    with tls_server(issued):
        for name in (HOST, issued.address):
            with (
                socket.create_connection((issued.address, issued.port), timeout=10) as plain,
                context.wrap_socket(plain, server_hostname=name),
            ):
                pass
        with (
            socket.create_connection((issued.address, issued.port), timeout=10) as plain,
            pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
        ):
            context.wrap_socket(plain, server_hostname=OTHER)


def test_openssl_verifies_it_strictly_for_its_purpose_and_names(issued: Issued) -> None:
    program = binaries.openssl()

    def verified(*options: str) -> bool:
        done = subprocess.run(  # noqa: S603  (a program found on this machine, no shell)
            [
                program.path("openssl"), "verify", "-x509_strict", "-check_ss_sig", "-purpose", "sslserver",
                "-CAfile", str(issued.bundle), *options, str(issued.directory / "server.crt"),
            ],
            capture_output=True, text=True, check=False, env=program.environment_at(issued.directory),
        )  # fmt: skip
        sys.stdout.write(done.stdout + done.stderr)
        return done.returncode == 0

    assert verified("-verify_hostname", HOST)
    assert verified("-verify_ip", issued.address)
    assert not verified("-verify_hostname", OTHER)
    assert not verified("-verify_ip", "127.0.0.1")
    assert not verified("-purpose", "sslclient")
