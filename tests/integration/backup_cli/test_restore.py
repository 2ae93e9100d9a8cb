"""`datatier backup restore` fills a real database, proves it, and refuses one that holds something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from containers.backup.compare import differences
from containers.backup.environment import TakeEnvironment
from containers.backup.take.run import take
from lambdas.common.container_log import ContainerLog
from lambdas.common.secret_documents import PostgresSecret
from tests.plugins.servers import MASTER, Database
from tests.unit.backup_cli.tier import ARGUMENTS, BUCKETS, Tier
from tools.backup import restoring
from tools.backup.restoring import programs_of
from tools.cli import app
from tools.servers import binaries
from tools.servers.postgres_cluster import create_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection
    from psycopg.rows import TupleRow

    from containers.backup.compare import Before
    from containers.backup.manifest import Manifest
    from tools.servers.postgres import PostgresServer

EMPTY = "app_restored"
SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, total numeric);
CREATE INDEX orders_by_customer ON orders (customer);
INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 100) AS n;
INSERT INTO orders SELECT n, 1 + n % 100, n * 1.5 FROM generate_series(1, 1000) AS n;
"""


APP = "app"
"""The database's name in the settings of dev."""


@pytest.fixture
def databases(rds: PostgresServer, master_password: str) -> Iterator[dict[str, Database]]:
    """Return the tier's database, filled, and an empty one beside it."""
    with rds.admin_connection() as connection:
        for name in (APP, EMPTY):
            create_database(connection, name, owner=MASTER)
        found = {
            name: Database(server=rds, name=name, master_username=MASTER, master_password=master_password)
            for name in (APP, EMPTY)
        }
        with found[APP].connect() as session:
            session.execute(SCHEMA)
        yield found
        for name in (APP, EMPTY):
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def backup(tier: Tier, databases: dict[str, Database]) -> str:
    """Return the name of a backup, which the tier's own program has taken into the source's bucket."""
    source = databases[APP]
    server = source.server
    environment = TakeEnvironment(
        bucket=BUCKETS["source"], database=APP, primary_host=server.host, replica_hosts=(),
        postgres_port=server.port, login_secret_arn="", streams=2, chunk_mib=64, metrics_namespace="test",
        ca_bundle=server.ca_path, programs=programs_of(binaries.postgres()),
    )  # fmt: skip
    secret = PostgresSecret(
        host=server.host,
        port=server.port,
        dbname=APP,
        username=source.master_username,
        password=source.master_password,
    )
    return take(environment, secret=secret, store=tier.store("source"), log=ContainerLog("test")).backup


def url(database: Database) -> str:
    login = f"{database.master_username}:{quote(database.master_password, safe='')}"
    place = f"{database.server.host}:{database.server.port}/{database.name}"
    return f"postgresql://{login}@{place}?sslrootcert={quote(str(database.server.ca_path))}"


def restored(database: Database, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["backup", "restore", *ARGUMENTS, "--to", url(database), *arguments])


def count(database: Database, table: str) -> int:
    with database.connect() as session:
        ((rows,),) = session.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return rows


def test_an_empty_database_becomes_what_was_backed_up(backup: str, databases: dict[str, Database]) -> None:
    done = restored(databases[EMPTY])
    assert done.exit_code == 0, done.output
    assert "1,100 rows of 2 tables" in done.stdout
    assert f"{backup} of the bucket the-source" in done.stderr
    assert (count(databases[EMPTY], "customers"), count(databases[EMPTY], "orders")) == (100, 1000)
    assert databases[EMPTY].master_password not in done.output


@pytest.mark.usefixtures("backup")
def test_a_table_that_was_dropped_comes_back_into_its_database(databases: dict[str, Database]) -> None:
    with databases[APP].connect() as session:
        session.execute("DROP TABLE orders")
    done = restored(databases[APP], "--tables", "public.orders", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["rows"], document["tables"], document["differences"]) == (1000, 1, [])
    assert count(databases[APP], "orders") == 1000


@pytest.mark.usefixtures("backup")
def test_what_hung_on_a_table_that_was_dropped_is_named_as_left_out(databases: dict[str, Database]) -> None:
    with databases[APP].connect() as session:
        session.execute("DROP TABLE customers CASCADE")
    done = restored(databases[APP], "--tables", "public.customers")
    assert done.exit_code == 0, done.output
    assert "100 rows of 1 tables" in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("left out")]
    assert "orders_customer_fkey" in line
    again = restored(databases[EMPTY], "--tables", "public.customers", "--json")
    assert [one for one in json.loads(again.stdout)["left_out"] if "orders_customer_fkey" in one]


@pytest.mark.usefixtures("backup")
def test_a_database_that_holds_something_is_refused_and_stays_as_it_is(
    databases: dict[str, Database],
) -> None:
    done = restored(databases[APP])
    assert done.exit_code == 1
    assert "is not empty" in done.stderr
    assert "Traceback" not in done.output
    assert count(databases[APP], "orders") == 1000


@pytest.mark.usefixtures("backup")
def test_a_backup_that_was_altered_is_not_restored(tier: Tier, databases: dict[str, Database]) -> None:
    client, bucket = tier.clients["source"], BUCKETS["source"]
    rows = [one.get("Key", "") for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    key = next(key for key in rows if "/data/" in key)
    body = bytearray(client.get_object(Bucket=bucket, Key=key)["Body"].read())
    body[len(body) // 2] ^= 1
    client.put_object(Bucket=bucket, Key=key, Body=bytes(body))
    done = restored(databases[EMPTY])
    assert done.exit_code == 1
    assert "was altered" in done.stderr


@pytest.mark.usefixtures("backup")
def test_what_a_database_held_before_is_no_difference_where_it_may_hold_something(
    databases: dict[str, Database],
) -> None:
    with databases[EMPTY].connect() as session:
        session.execute("CREATE TABLE mine AS SELECT lo_from_bytea(0, 'of somebody') AS id")
    done = restored(databases[EMPTY], "--into-non-empty")
    assert done.exit_code == 0, done.output
    assert "the same as in the backup; what the database holds besides was not compared" in done.stdout
    assert count(databases[EMPTY], "mine") == 1


@pytest.fixture
def partitioned(databases: dict[str, Database]) -> None:
    """Add a partitioned table to what is backed up afterwards."""
    with databases[APP].connect() as session:
        session.execute(
            "CREATE TABLE events (id int PRIMARY KEY, kind varchar(9) CHECK (kind IN ('a', 'b'))) "
            "PARTITION BY RANGE (id)"
        )
        session.execute("CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10)")
        session.execute("INSERT INTO events VALUES (1, 'a'), (2, 'b')")


@pytest.mark.usefixtures("partitioned", "backup")
def test_a_partitioned_table_comes_back_with_its_partitions(databases: dict[str, Database]) -> None:
    with databases[APP].connect() as session:
        session.execute("DROP TABLE events")
    done = restored(databases[APP], "--tables", "public.events")
    assert done.exit_code == 0, done.output
    assert "2 rows of 1 tables" in done.stdout
    assert "owners and grants of these tables" in done.stdout
    assert count(databases[APP], "events") == 2


@pytest.mark.usefixtures("partitioned", "backup")
def test_a_partition_that_was_altered_since_is_a_difference(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases[APP].connect() as session:
        session.execute("DROP TABLE events")

    def altered(
        manifest: Manifest, connection: Connection[TupleRow], *, streams: int, before: Before | None
    ) -> list[str]:
        with databases[APP].connect() as session:
            session.execute("DELETE FROM events_1")
        return differences(manifest, connection, streams=streams, before=before)

    monkeypatch.setattr(restoring, "differences", altered)
    done = restored(databases[APP], "--tables", "public.events")
    assert done.exit_code == 1
    assert "differs: rows: public.events_1 has 0 rows; the backup has 2" in done.stderr


@pytest.mark.usefixtures("backup")
def test_ctrl_c_while_comparing_says_that_all_is_restored(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "differences", interrupted)
    done = restored(databases[EMPTY])
    assert done.exit_code == 130
    assert "and was not compared to the end" in done.stderr
    assert "Drop" not in done.stderr
