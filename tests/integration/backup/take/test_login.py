"""The login that takes backups reads everything and changes nothing, whatever it sets for its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from tests.integration.backup.take.taking import Taking

SCHEMA = """
CREATE SCHEMA inner_part;
CREATE TABLE inner_part.items (id serial PRIMARY KEY, body text);
INSERT INTO inner_part.items (body) VALUES ('a');
CREATE MATERIALIZED VIEW inner_part.totals AS SELECT count(*) FROM inner_part.items;
"""
CHANGES = (
    "INSERT INTO inner_part.items (id, body) VALUES (7, 'b')",
    "UPDATE inner_part.items SET body = 'b'",
    "DELETE FROM inner_part.items",
    "TRUNCATE inner_part.items",
    "SELECT body FROM inner_part.items FOR UPDATE",
    "COPY inner_part.items FROM STDIN",
    "COPY inner_part.items TO PROGRAM 'true'",
    "SELECT nextval('inner_part.items_id_seq')",
    "SELECT setval('inner_part.items_id_seq', 1)",
    "REFRESH MATERIALIZED VIEW inner_part.totals",
    "CREATE TABLE public.mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE ROLE another",
    "ALTER TABLE inner_part.items ADD COLUMN more int",
    "DROP TABLE inner_part.items",
    "BEGIN; LOCK TABLE inner_part.items IN ROW EXCLUSIVE MODE",
    "SET ROLE datatier_owner",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'migrator'",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_login_cannot_change_anything(taking: Taking, change: str) -> None:
    taking.run(SCHEMA)
    with taking.tier.connect("migrator"), taking.tier.connect("backup") as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(change.encode())


def test_the_login_reads_what_is_created_after_it(taking: Taking) -> None:
    taking.run(SCHEMA)
    assert {table.identity: table.rows for table in taking.take().tables}["inner_part.items"] == 1
