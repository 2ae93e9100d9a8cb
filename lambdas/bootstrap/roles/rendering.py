"""Statements of a role plan as SQL: identifiers always quoted, values always literals. It decides nothing."""

from collections.abc import Callable, Iterable
from typing import Final, LiteralString, cast

from psycopg import sql

from lambdas.bootstrap.roles.design import PUBLIC, Kind
from lambdas.bootstrap.roles.observed import Target
from lambdas.bootstrap.roles.statements import (
    AlterRole,
    ChangeDefault,
    ChangeGrant,
    CreateRole,
    GrantRole,
    OwnSchema,
    ResetSetting,
    RevokeRole,
    SetSetting,
    Statement,
)

_ATTRIBUTES: Final = "NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1"
_ONE: Final[dict[Kind, LiteralString]] = {
    "database": "DATABASE",
    "schema": "SCHEMA",
    "table": "TABLE",
    "sequence": "SEQUENCE",
    "function": "ROUTINE",
}
_MANY: Final[dict[Kind, LiteralString]] = {
    "schema": "SCHEMAS",
    "table": "TABLES",
    "sequence": "SEQUENCES",
    "function": "ROUTINES",
}


def render(statement: Statement) -> sql.Composed:
    """The SQL of one statement."""
    return _RENDERERS[type(statement)](statement)


def _create_role(statement: CreateRole) -> sql.Composed:
    return sql.SQL("CREATE ROLE {} {} " + _ATTRIBUTES).format(
        sql.Identifier(statement.name),
        sql.SQL("LOGIN" if statement.login else "NOLOGIN"),
    )


def _alter_role(statement: AlterRole) -> sql.Composed:
    return sql.SQL("ALTER ROLE {} {} " + _ATTRIBUTES + "{}").format(
        sql.Identifier(statement.name),
        sql.SQL("LOGIN" if statement.login else "NOLOGIN"),
        sql.SQL(" VALID UNTIL 'infinity'" if statement.clear_expiry else ""),
    )


def _grant_role(statement: GrantRole) -> sql.Composed:
    return sql.SQL("GRANT {} TO {}").format(sql.Identifier(statement.role), sql.Identifier(statement.member))


def _revoke_role(statement: RevokeRole) -> sql.Composed:
    return sql.SQL("REVOKE {}{} FROM {}").format(
        sql.SQL("ADMIN OPTION FOR " if statement.admin_option_only else ""),
        sql.Identifier(statement.role),
        sql.Identifier(statement.member),
    )


def _set_setting(statement: SetSetting) -> sql.Composed:
    return sql.SQL("ALTER ROLE {} SET {} = {}").format(
        sql.Identifier(statement.role),
        sql.Identifier(statement.name),
        sql.Literal(statement.value),
    )


def _reset_setting(statement: ResetSetting) -> sql.Composed:
    return sql.SQL("ALTER ROLE {}{} RESET {}").format(
        sql.Identifier(statement.role),
        sql.SQL("")
        if statement.database is None
        else sql.SQL(" IN DATABASE {}").format(sql.Identifier(statement.database)),
        sql.SQL("ALL") if statement.name is None else sql.Identifier(statement.name),
    )


def _own_schema(statement: OwnSchema) -> sql.Composed:
    return sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(
        sql.Identifier(statement.schema),
        sql.Identifier(statement.owner),
    )


def _change_grant(statement: ChangeGrant) -> sql.Composed:
    return sql.SQL("{} {} ON {} {} {} {}").format(
        sql.SQL("GRANT" if statement.give else "REVOKE"),
        _keywords(statement.privileges),
        sql.SQL(_ONE[statement.kind]),
        sql.SQL(", ").join(_target(target) for target in statement.targets),
        sql.SQL("TO" if statement.give else "FROM"),
        _grantee(statement.grantee),
    )


def _change_default(statement: ChangeDefault) -> sql.Composed:
    return sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}{} {} {} ON {} {} {}").format(
        sql.Identifier(statement.owner),
        sql.SQL(" IN SCHEMA {}").format(sql.Identifier(statement.schema))
        if statement.schema
        else sql.SQL(""),
        sql.SQL("GRANT" if statement.give else "REVOKE"),
        _keywords(statement.privileges),
        sql.SQL(_MANY[statement.kind]),
        sql.SQL("TO" if statement.give else "FROM"),
        _grantee(statement.grantee),
    )


def _target(target: Target) -> sql.Composable:
    name = sql.Identifier(target.schema, target.name) if target.schema else sql.Identifier(target.name)
    if target.kind != "function":
        return name
    # The server wrote this list of types, quoted where needed (pg_get_function_identity_arguments).
    return name + sql.SQL("({})").format(sql.SQL(cast("LiteralString", target.signature)))


def _keywords(words: Iterable[str]) -> sql.Composed:
    # Privilege names come from the design or from aclexplode(), never from a person.
    return sql.SQL(", ").join(sql.SQL(cast("LiteralString", word)) for word in words)


def _grantee(name: str) -> sql.Composable:
    return sql.SQL("PUBLIC") if name == PUBLIC else sql.Identifier(name)


_RENDERERS: Final[dict[type[Statement], Callable[[Statement], sql.Composed]]] = cast(
    "dict[type[Statement], Callable[[Statement], sql.Composed]]",
    {
        CreateRole: _create_role,
        AlterRole: _alter_role,
        GrantRole: _grant_role,
        RevokeRole: _revoke_role,
        SetSetting: _set_setting,
        ResetSetting: _reset_setting,
        OwnSchema: _own_schema,
        ChangeGrant: _change_grant,
        ChangeDefault: _change_default,
    },
)
