"""A connection is verified or it is not made."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.common.connections import connect
from lambdas.common.errors import LoginRefused, ServerUnreachable
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier

SSL_REQUEST_BYTES = 8


@pytest.fixture
def master(tier: Tier) -> PostgresSecret:
    return parse_postgres_secret(tier.document("master"), name="master")


def test_a_verified_connection_is_tls_and_says_who_it_is(tier: Tier, master: PostgresSecret) -> None:
    with connect(master, application_name="a test", ca_bundle=tier.database.server.ca_path) as connection:
        row = connection.execute(
            "SELECT ssl, application_name FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE pid = pg_backend_pid()"
        ).fetchone()
    assert row == (True, "a test")


def test_a_wrong_password_is_told_from_a_server_that_is_not_there(tier: Tier, master: PostgresSecret) -> None:
    ca_bundle = tier.database.server.ca_path
    with pytest.raises(LoginRefused, match="password authentication failed"):
        connect(replace(master, password="wrong"), application_name="a test", ca_bundle=ca_bundle)  # noqa: S106  it is wrong
    with pytest.raises(ServerUnreachable, match="refused"):
        connect(replace(master, port=1), application_name="a test", ca_bundle=ca_bundle)


def test_a_server_that_answers_in_plaintext_is_given_up(tier: Tier, master: PostgresSecret) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(max_workers=1) as beside:

        def answer_without_tls() -> bytes:
            peer, _ = listener.accept()
            with peer:
                peer.recv(SSL_REQUEST_BYTES)
                peer.sendall(b"N")
                return peer.recv(1)

        answered = beside.submit(answer_without_tls)
        plain = replace(master, host="127.0.0.1", port=listener.getsockname()[1])
        with pytest.raises(ServerUnreachable, match="does not support SSL"):
            connect(plain, application_name="a test", ca_bundle=tier.database.server.ca_path)
        assert answered.result() == b"", "the client said something after TLS was declined"


def test_no_connection_is_tried_without_the_ca_bundle(master: PostgresSecret, tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable, match=r"the CA bundle .* is missing"):
        connect(master, application_name="a test", ca_bundle=tmp_path / "none.pem")
