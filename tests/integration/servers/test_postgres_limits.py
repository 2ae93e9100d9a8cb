"""The local PostgreSQL holds its users to what RDS holds them to; else the rehearsal would prove nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import errors

from tools.servers.errors import ParameterRefused
from tools.servers.postgres import PostgresServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.servers import Database
    from tools.servers.certificates import Authority


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE intruder SUPERUSER",
        "GRANT pg_write_server_files TO CURRENT_USER",
        "GRANT pg_execute_server_program TO CURRENT_USER",
        "GRANT rdsadmin TO CURRENT_USER",
        "ALTER ROLE rdsadmin PASSWORD 'x'",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "SELECT rolpassword FROM pg_authid",
        "COPY (SELECT 1) TO '/tmp/x'",
        "CREATE EXTENSION plpython3u",
        "CREATE ROLE bypass BYPASSRLS",
    ],
)
def test_the_master_is_refused_what_rds_refuses(database: Database, statement: str) -> None:
    with (
        database.connect() as connection,
        pytest.raises((errors.InsufficientPrivilege, errors.UndefinedFile)),
    ):
        connection.execute(statement.encode())


def test_the_master_creates_roles_databases_and_the_extensions_of_rds(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("CREATE ROLE reader")
        connection.execute("GRANT pg_monitor TO reader")
        connection.execute("DROP ROLE reader")


def test_plaintext_is_refused(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        database.connect(sslmode="disable", sslrootcert="")


def test_a_certificate_for_another_address_is_refused(
    database: Database, servers_directory: Path, authority: Authority
) -> None:
    other = PostgresServer.create_primary(
        directory=servers_directory / "other", identifier="other", master_username="m",
        master_password="x", database="app", parameters={}, authority=authority,  # noqa: S106  (a server that lives for one test)
    )  # fmt: skip
    try:
        with pytest.raises(psycopg.OperationalError, match="does not match host name"):
            database.connect(hostaddr=database.server.host, host=other.host)
    finally:
        other.destroy()


def test_a_row_reaches_the_replica_and_the_replica_takes_no_writes(
    database: Database, servers_directory: Path
) -> None:
    replica = database.server.create_replica(
        directory=servers_directory / "replica",
        identifier="replica-1",
        parameters={"hot_standby_feedback": "1"},
    )
    try:
        with database.connect() as primary:
            primary.execute("CREATE TABLE t AS SELECT 42 AS answer")
            position = primary.execute("SELECT pg_current_wal_lsn()::text").fetchone()
        assert position
        with database.connect(host=replica.host, port=replica.port) as connection:
            replayed = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
            while connection.execute(replayed, position).fetchone() != (True,):
                pass
            assert connection.execute("SELECT answer FROM t").fetchone() == (42,)
            assert connection.execute("SHOW hot_standby_feedback").fetchone() == ("on",)
            with pytest.raises(errors.ReadOnlySqlTransaction):
                connection.execute("INSERT INTO t VALUES (1)")
    finally:
        replica.destroy()
    with database.server.admin_connection() as connection:
        assert connection.execute("SELECT slot_name FROM pg_replication_slots").fetchall() == []


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"work_memm": "1"}, "work_memm"),
        ({"work_mem": "-5"}, "work_mem"),
        ({"auto_explain.log_min_duration": "soon"}, "auto_explain.log_min_duration"),
        ({"rds.unheard_of": "1"}, "rds.unheard_of"),
        ({"max_connections": "{DBInstanceClassMemory/9531392}"}, "max_connections"),
    ],
)
def test_a_bad_parameter_is_refused_by_name_and_the_former_ones_stay(
    database: Database, parameters: dict[str, str], named: str
) -> None:
    before = database.server.parameters
    with pytest.raises(ParameterRefused, match=named):
        database.server.apply_parameters(before | parameters)
    assert database.server.parameters == before
    with database.connect() as connection:
        assert connection.execute("SHOW log_statement").fetchone() == ("all",)


def test_a_static_parameter_waits_for_a_reboot_and_a_dynamic_one_does_not(database: Database) -> None:
    server, before = database.server, database.server.parameters
    try:
        assert server.apply_parameters(before | {"max_locks_per_transaction": "70", "work_mem": "5000"}) == [
            "max_locks_per_transaction"
        ]
        with database.connect() as connection:
            assert connection.execute("SHOW work_mem").fetchone() == ("5000kB",)
            assert connection.execute("SHOW max_locks_per_transaction").fetchone() == ("64",)
    finally:
        server.apply_parameters(before)


def test_a_server_is_found_again_from_its_folder(database: Database) -> None:
    found = PostgresServer.open(database.server.directory)
    assert found.is_running()
    assert found.pid == database.server.pid
    assert (found.host, found.port) == (database.server.host, database.server.port)
