"""Runs every statement of a table of privileges as every role of its heading, and writes the table as it is.

Each statement is executed and rolled back. It never looks a privilege up: what the server does is the answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.bootstrap.tier import Tier

SCHEMAS = ("before", "after")
# The privilege was there and something else was missing: a remote server's account, a sequence's first value.
WARNED_INSTEAD = {"01000", "01007"}
_CELL_WIDTH = 4
PAST_THE_CHECK = (errors.UndefinedObject, errors.ObjectNotInPrerequisiteState)
OBJECTS = """
CREATE SCHEMA made;
CREATE TABLE made.notes (id serial PRIMARY KEY, body text);
CREATE TABLE made.parted (id int) PARTITION BY RANGE (id);
CREATE TABLE made.part PARTITION OF made.parted FOR VALUES FROM (0) TO (10);
CREATE SEQUENCE made.numbers;
CREATE VIEW made.seen AS SELECT id, body FROM made.notes;
CREATE MATERIALIZED VIEW made.kept AS SELECT id FROM made.notes;
CREATE FUNCTION made.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION made.as_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION made.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE made.act() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE made.total(int) (sfunc = int4pl, stype = int);
CREATE TYPE made.mood AS ENUM ('calm');
CREATE DOMAIN made.email AS text CHECK (VALUE LIKE '%@%');
CREATE SERVER made_elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE made.far (id int) SERVER made_elsewhere;
"""
# In place of objects that a restore brought without their privileges: nobody is granted anything any more.
FORGET = "DROP OWNED BY datatier_readwrite, datatier_readonly, app, readonly, monitor, backup CASCADE"


def objects(schema: str) -> str:
    """The script that makes one object of each kind."""
    return _in(schema, OBJECTS)


def table_as_it_is(table: str, *, tier: Tier) -> str:
    """Execute every cell of `table` and write it anew.

    It begins with a line for each role, which the role's name ends. Then each line is a heading (`#`), or a
    cell for each role and the statement. A cell that differs between the schemas shows both.
    """
    lines = table.strip("\n").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("#"))
    roles = [line.split()[-1] for line in lines[:first]]
    statements = [_statement(line, len(roles)) for line in lines[first:] if not line.startswith("#")]
    columns = [list(_column(statements, role, tier=tier)) for role in roles]
    rows = iter(
        "".join(cell.ljust(_CELL_WIDTH) for cell in cells) + statement
        for statement, *cells in zip(statements, *columns, strict=True)
    )
    return "\n".join(
        [*lines[:first], *(line if line.startswith("#") else next(rows) for line in lines[first:])]
    )


def _in(schema: str, text: str) -> str:
    return re.sub(r"\bmade(?![a-z])", schema, text)


def _statement(line: str, roles: int) -> str:
    return line.split(maxsplit=roles)[-1]


def _enter(role: str, *, tier: Tier) -> psycopg.Connection:
    """A session of this role: its own login where a password opens one."""
    login = role.removesuffix("_clone")
    if role == "master":
        connection = tier.database.connect()
    elif login in tier.passwords:
        connection = tier.database.connect(role, tier.passwords[login])
    else:
        # People enter RDS with IAM tokens, which no server here takes; the stranger cannot enter at all.
        connection = tier.admin()
        connection.execute(f"SET SESSION AUTHORIZATION {role}".encode())
    # It protects from mistakes; whoever wants to can switch it off, and is stopped by privileges alone.
    connection.execute("SET default_transaction_read_only = off")
    return connection


def _column(statements: list[str], role: str, *, tier: Tier) -> Iterator[str]:
    with _enter(role, tier=tier) as connection:
        for statement in statements:
            if statement == "(connect)":
                yield "yes" if _has_connected(connection) else "-"
                continue
            answers = {schema: _answer(connection, _in(schema, statement)) for schema in SCHEMAS}
            both = set(answers.values())
            yield both.pop() if len(both) == 1 else str(answers)


def _has_connected(connection: psycopg.Connection) -> bool:
    """Whoever entered as somebody else has to ask; the others are in."""
    asked = "SELECT has_database_privilege(current_database(), 'CONNECT')"
    return connection.execute(asked).fetchall() == [(True,)]


def _answer(connection: psycopg.Connection, statement: str) -> str:
    """`yes`, `-`, or the code of an error that has nothing to do with privileges."""
    warnings: list[str] = []
    connection.add_notice_handler(lambda notice: warnings.append(notice.sqlstate or ""))
    try:
        with connection.transaction(force_rollback=True), connection.cursor() as cursor:
            if " STD" not in statement:
                cursor.execute(statement.encode())
            else:
                with cursor.copy(statement.encode()) as copy:
                    if "STDOUT" in statement:
                        list(copy)
    except errors.InsufficientPrivilege:
        return "-"
    except PAST_THE_CHECK:
        return "yes"
    except psycopg.Error as error:
        return error.sqlstate or str(error)
    # GRANT and ANALYZE do nothing and warn where one has no right to them.
    return "-" if WARNED_INSTEAD & set(warnings) else "yes"
