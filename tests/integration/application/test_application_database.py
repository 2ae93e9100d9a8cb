"""The fixtures offered to applications keep the document's three promises: own, reset, isolated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.plugins.application_database import drop, reset

if TYPE_CHECKING:
    from psycopg import Connection

ROWS = "SELECT count(*) FROM tenants"


@pytest.mark.parametrize("attempt", [1, 2])
def test_what_a_test_writes_is_gone_for_the_next(transaction: Connection, attempt: int) -> None:
    assert transaction.execute(ROWS).fetchone() == (0,), f"attempt {attempt} sees another test's rows"
    transaction.execute("INSERT INTO tenants (name) VALUES ('left behind')")
    assert transaction.execute(ROWS).fetchone() == (1,)


def test_each_run_starts_from_a_new_database(application_server: str) -> None:
    name = "app_reset_test"
    try:
        with psycopg.connect(reset(application_server, name)) as connection:
            connection.execute("INSERT INTO tenants (name) VALUES ('an earlier run')")
        with psycopg.connect(reset(application_server, name)) as connection:
            assert connection.execute(ROWS).fetchone() == (0,)
    finally:
        drop(application_server, name)


def test_a_database_that_is_not_for_tests_is_never_dropped(application_server: str) -> None:
    with pytest.raises(ValueError, match="app is no test database"):
        reset(application_server, "app")
