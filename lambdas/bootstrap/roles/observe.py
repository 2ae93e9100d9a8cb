"""Reads the roles and grants of a database from its catalogs. It changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.roles.observed import (
    DefaultGrant,
    ForeignObject,
    Grant,
    Membership,
    Observed,
    RoleRow,
    Target,
)
from lambdas.bootstrap.sql_files import statement

if TYPE_CHECKING:
    from lambdas.bootstrap.roles.design import Kind

_QUERIES: Final = ("database", "roles", "memberships", "grants", "default_grants", "foreign", "elsewhere")


def observe(connection: Connection[TupleRow]) -> Observed:
    """Everything that the plan compares; the master reads it without reading pg_authid."""
    database, roles, memberships, held, default_grants, foreign, elsewhere = _read(connection)
    ((name, master, connection_limit, schema_owner, settings, settings_of_all, large_objects),) = database
    return Observed(
        database=name,
        master=master,
        roles={row[0]: _role(row) for row in roles},
        memberships=frozenset(Membership(*row) for row in memberships),
        public_schema_owner=schema_owner,
        grants=_grants(held),
        default_grants=frozenset(DefaultGrant(*row) for row in default_grants),
        foreign=tuple(ForeignObject(*row) for row in foreign),
        elsewhere=tuple((role, f"{type_} {identity}") for role, type_, identity in elsewhere),
        connection_limit=connection_limit,
        database_settings=_settings(settings),
        settings_of_all=_settings(settings_of_all),
        large_objects=tuple(large_objects),
    )


def _read(connection: Connection[TupleRow]) -> list[list[TupleRow]]:
    """All queries in one round trip: a converged database costs little more than its connection."""
    text = sql.SQL(";\n").join(statement(f"observe_{name}") for name in _QUERIES)
    # The server prepares single statements only, and the driver would try from the sixth time on.
    cursor = connection.execute(text, prepare=False)
    found = [cursor.fetchall()]
    while cursor.nextset():
        found.append(cursor.fetchall())
    return found


def _grants(rows: Iterable[TupleRow]) -> Mapping[Target, frozenset[Grant]]:
    grants: dict[Target, frozenset[Grant]] = {}
    for kind, objects, held in rows:
        together = frozenset(Grant(*one) for one in held)
        for schema, name, signature in objects:
            target = Target(cast("Kind", kind), schema, name, signature)
            # Privileges on columns stand in a row of their own.
            grants[target] = grants[target] | together if target in grants else together
    return grants


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
