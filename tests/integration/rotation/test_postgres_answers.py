"""What the test through the pooler stands on: a statement with an end, and a name's addresses."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from lambdas.common.answers import ask
from lambdas.common.connections import connect
from lambdas.rotate_postgres.poolers import addresses

if TYPE_CHECKING:
    from tests.integration.rotation.ground import Ground


def test_a_statement_is_waited_for_only_so_long(ground: Ground) -> None:
    ca = ground.tier.database.server.ca_path

    def answer(statement: bytes) -> None:
        with closing(connect(ground.secret("app"), application_name="test", ca_bundle=ca)) as session:
            ask(session, statement, seconds=0.2)

    answer(b"SELECT 1")
    with pytest.raises(psycopg.Error, match=r"no answer came in 0.2 seconds"):
        answer(b"SELECT pg_sleep(600)")
    with pytest.raises(psycopg.Error, match="division by zero"):
        answer(b"SELECT 1/0")
    with pytest.raises(psycopg.Error, match="terminat"):
        answer(b"SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_name_has_its_ipv4_addresses_and_one_that_is_not_known_has_none() -> None:
    assert addresses("localhost", 5432) == {"127.0.0.1"}
    assert addresses("nobody.invalid", 5432) == frozenset()
