"""Reads the roles and grants of a database from its catalogs. It changes nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, LiteralString, cast

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.roles.observed import DefaultGrant, Grant, Membership, Observed, RoleRow, Target
from lambdas.bootstrap.sql_files import statement

if TYPE_CHECKING:
    from lambdas.bootstrap.roles.design import Kind

_WHO: LiteralString = """
SELECT current_database(), session_user, pg_catalog.pg_get_userbyid(nspowner)
FROM pg_catalog.pg_namespace WHERE nspname = 'public'
"""


def observe(connection: Connection[TupleRow]) -> Observed:
    """Everything that the plan compares; the master reads it without reading pg_authid."""
    (database, master, schema_owner) = _rows(connection, sql.SQL(_WHO))[0]
    targets: set[Target] = set()
    grants: set[Grant] = set()
    for kind, schema, name, signature, grantee, *held in _rows(connection, statement("observe_grants")):
        target = Target(cast("Kind", kind), schema, name, signature)
        targets.add(target)
        if grantee is not None:
            grants.add(Grant(target, grantee, *held))
    return Observed(
        database=database,
        master=master,
        roles={row[0]: _role(row) for row in _rows(connection, statement("observe_roles"))},
        memberships=frozenset(
            Membership(*row) for row in _rows(connection, statement("observe_memberships"))
        ),
        public_schema_owner=schema_owner,
        targets=frozenset(targets),
        grants=frozenset(grants),
        default_grants=frozenset(
            DefaultGrant(*row) for row in _rows(connection, statement("observe_default_grants"))
        ),
        foreign=tuple(row[0] for row in _rows(connection, statement("observe_foreign"))),
    )


def _rows(connection: Connection[TupleRow], query: sql.SQL) -> list[TupleRow]:
    return connection.execute(query).fetchall()


def _role(row: Sequence[object]) -> RoleRow:
    (
        name,
        login,
        inherit,
        createdb,
        createrole,
        limit,
        expires,
        superuser,
        replication,
        bypassrls,
        everywhere,
        here,
    ) = row
    return RoleRow(
        name=str(name),
        login=bool(login),
        inherit=bool(inherit),
        createdb=bool(createdb),
        createrole=bool(createrole),
        connection_limit=cast("int", limit),
        expires=bool(expires),
        superuser=bool(superuser),
        replication=bool(replication),
        bypassrls=bool(bypassrls),
        settings=_settings(cast("list[str]", everywhere)),
        here=_settings(cast("list[str]", here)),
    )


def _settings(pairs: list[str]) -> Mapping[str, str]:
    return dict(pair.split("=", 1) for pair in pairs)
