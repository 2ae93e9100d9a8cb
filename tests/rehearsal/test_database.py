"""The deployed database: who may do what, over which connections, and with which parameters in force."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.rehearsal.conftest import Connect
from tools.access.endpoints import Endpoints
from tools.rehearsal.layout import Layout
from tools.rehearsal.tier import Tier
from tools.servers.certificates import Authority
from tools.servers.postgres import PostgresServer

pytestmark = pytest.mark.rehearsal

LOGINS = ("app", "readonly", "migrator", "monitor", "backup", "master")
INDEXES = {
    "idx_users_email",
    "idx_orders_user_id",
    "idx_orders_created_at",
    "idx_orders_user_status",
    "idx_products_search",
}
REPLAY_SECONDS = 20.0


@pytest.mark.parametrize("login", LOGINS)
def test_every_published_login_enters_with_the_certificate_verified(connect: Connect, login: str) -> None:
    with connect(login) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SELECT session_user").fetchone() == (connection.info.user,)


def test_app_writes_reads_changes_and_deletes(connect: Connect) -> None:
    with connect("app", autocommit=False) as connection:
        tenant = connection.execute(
            "INSERT INTO tenants (name) VALUES ('rehearsal') RETURNING tenant_id"
        ).fetchone()
        assert tenant
        connection.execute("UPDATE tenants SET name = 'changed' WHERE tenant_id = %s", tenant)
        found = connection.execute("SELECT name FROM tenants WHERE tenant_id = %s", tenant).fetchone()
        assert found == ("changed",)
        assert connection.execute("DELETE FROM tenants WHERE tenant_id = %s", tenant).rowcount == 1
        connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE intruder (id int)",
        "CREATE SCHEMA intruder",
        "CREATE TEMPORARY TABLE intruder (id int)",
        "ALTER TABLE users ADD COLUMN intruder int",
        "DROP TABLE users",
        "DROP INDEX idx_users_email",
        "TRUNCATE audit_logs",
        "SELECT * FROM _prisma_migrations",
    ],
)
def test_app_is_refused_what_is_not_its_own(connect: Connect, statement: "Any") -> None:  # noqa: ANN401  # LiteralString
    with connect("app", autocommit=False) as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)
        connection.rollback()


def test_readonly_cannot_write(connect: Connect) -> None:
    with (
        connect("readonly") as connection,
        pytest.raises((errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)),
    ):
        connection.execute("INSERT INTO tenants (name) VALUES ('rehearsal')")


def test_the_documents_five_indexes_exist_and_are_valid(connect: Connect) -> None:
    with connect("readonly") as connection:
        rows = connection.execute(
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid"
        ).fetchall()
    assert {name for (name,) in rows} >= INDEXES


def test_a_row_written_on_the_primary_is_read_on_the_replica(
    connect: Connect, tier: Tier, layout: Layout
) -> None:
    replicas = sorted((layout.servers / "postgres" / tier.region).glob("*-replica-*"))
    if not replicas:
        pytest.skip(f"{tier.environment} has no replica")
    name = f"rehearsal {uuid.uuid4()}"
    with connect("app") as primary, connect("readonly", replica=True) as replica:
        recovering = replica.execute("SELECT pg_is_in_recovery()").fetchone()
        assert recovering == (True,)
        primary.execute("INSERT INTO tenants (name) VALUES (%s)", (name,))
        try:
            deadline = time.monotonic() + REPLAY_SECONDS
            while not (found := replica.execute("SELECT 1 FROM tenants WHERE name = %s", (name,)).fetchone()):
                assert time.monotonic() < deadline, "the row did not arrive"
                time.sleep(0.05)
            assert found == (1,)
        finally:
            primary.execute("DELETE FROM tenants WHERE name = %s", (name,))


def test_a_plaintext_connection_is_refused(connect: Connect) -> None:
    with (
        pytest.raises(psycopg.OperationalError, match=r"no encryption|SSL"),
        connect("app", sslmode="disable", sslrootcert=""),
    ):
        pass


def test_a_server_of_another_authority_is_not_trusted(connect: Connect, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger").ca_path
    with (
        pytest.raises(psycopg.OperationalError, match="certificate verify failed"),
        connect("app", sslrootcert=str(stranger)),
    ):
        pass


def test_an_address_that_the_certificate_does_not_name_is_not_trusted(
    connect: Connect, endpoints: Endpoints
) -> None:
    found = endpoints.postgres("app")
    with (
        pytest.raises(psycopg.OperationalError, match="does not match host name"),
        connect("app", host="localhost", hostaddr=found.host),
    ):
        pass


def test_the_parameter_group_is_in_force(
    connect: Connect, primary: PostgresServer, template: Callable[[str], dict[str, Any]]
) -> None:
    groups = [
        resource["Properties"]["Parameters"]
        for resource in template("database").values()
        if resource["Type"] == "AWS::RDS::DBParameterGroup"
    ]
    declared = next(group for group in groups if group.items() <= primary.parameters.items())
    with connect("monitor") as connection:
        shown = dict(
            connection.execute(
                "SELECT name, current_setting(name) FROM pg_settings WHERE source = 'configuration file'"
            ).fetchall()
        )
    assert {name for name in declared if not name.startswith("rds.")} <= shown.keys()
    assert shown["log_min_duration_statement"] == "1s"
