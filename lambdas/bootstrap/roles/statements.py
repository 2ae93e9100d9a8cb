"""The few kinds of statement that a plan is made of: data, and each knows its SQL. They decide nothing.

Identifiers are always quoted, values are always literals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, LiteralString, Protocol, cast

from psycopg import sql

from lambdas.bootstrap.roles.design import PUBLIC, Kind
from lambdas.bootstrap.roles.observed import Target

_ONE: Final[dict[Kind, LiteralString]] = {
    "database": "DATABASE",
    "schema": "SCHEMA",
    "table": "TABLE",
    "sequence": "SEQUENCE",
    "function": "ROUTINE",
    "type": "TYPE",
    "server": "FOREIGN SERVER",
}
_MANY: Final[dict[Kind, LiteralString]] = {kind: f"{keyword}S" for kind, keyword in _ONE.items()}
_ALTERED_AS: Final[dict[str, LiteralString]] = {
    "aggregate": "AGGREGATE",
    "collation": "COLLATION",
    "conversion": "CONVERSION",
    "event trigger": "EVENT TRIGGER",
    "foreign table": "FOREIGN TABLE",
    "foreign-data wrapper": "FOREIGN DATA WRAPPER",
    "function": "FUNCTION",
    "materialized view": "MATERIALIZED VIEW",
    "operator": "OPERATOR",
    "operator class": "OPERATOR CLASS",
    "operator family": "OPERATOR FAMILY",
    "procedure": "PROCEDURE",
    "publication": "PUBLICATION",
    "schema": "SCHEMA",
    "sequence": "SEQUENCE",
    "server": "SERVER",
    "statistics object": "STATISTICS",
    "subscription": "SUBSCRIPTION",
    "table": "TABLE",
    "text search configuration": "TEXT SEARCH CONFIGURATION",
    "text search dictionary": "TEXT SEARCH DICTIONARY",
    "type": "TYPE",
    "view": "VIEW",
}
_NOTHING: Final = sql.SQL("")


class Statement(Protocol):
    """One statement of a plan."""

    def as_sql(self) -> sql.Composed:
        """Its text, to be executed as it is."""
        ...


@dataclass(frozen=True)
class DefineRole:
    """CREATE or ALTER ROLE with every attribute off, that a master may state, but LOGIN."""

    create: bool
    name: str
    login: bool
    clear_expiry: bool = False

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("{} ROLE {} {} NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1{}").format(
            sql.SQL("CREATE" if self.create else "ALTER"),
            sql.Identifier(self.name),
            sql.SQL("LOGIN" if self.login else "NOLOGIN"),
            sql.SQL(" VALID UNTIL 'infinity'") if self.clear_expiry else _NOTHING,
        )


@dataclass(frozen=True)
class ChangeMembership:
    """Take `member` into `role` or out of it, or only take its right to hand the membership on."""

    give: bool
    role: str
    member: str
    admin_option_only: bool = False

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("{} {}{} {} {}").format(
            _verb(give=self.give),
            sql.SQL("ADMIN OPTION FOR ") if self.admin_option_only else _NOTHING,
            sql.Identifier(self.role),
            _preposition(give=self.give),
            sql.Identifier(self.member),
        )


@dataclass(frozen=True)
class SetSetting:
    """ALTER ROLE … SET, for every database."""

    role: str
    name: str
    value: str

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("ALTER ROLE {} SET {} = {}").format(
            sql.Identifier(self.role), sql.Identifier(self.name), sql.Literal(self.value)
        )


@dataclass(frozen=True)
class ResetSetting:
    """ALTER ROLE … RESET; `name` None is all of them, `database` None is every database."""

    role: str
    name: str | None
    database: str | None = None

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("ALTER ROLE {}{} RESET {}").format(
            sql.Identifier(self.role),
            sql.SQL(" IN DATABASE {}").format(sql.Identifier(self.database)) if self.database else _NOTHING,
            sql.Identifier(self.name) if self.name else sql.SQL("ALL"),
        )


@dataclass(frozen=True)
class ResetDatabase:
    """ALTER DATABASE: take a setting of its own away, or its connection limit where `name` is None."""

    database: str
    name: str | None = None

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("ALTER DATABASE {} {}").format(
            sql.Identifier(self.database),
            sql.SQL("RESET {}").format(sql.Identifier(self.name))
            if self.name
            else sql.SQL("CONNECTION LIMIT -1"),
        )


@dataclass(frozen=True)
class ChangeOwner:
    """ALTER … OWNER TO for an object of any type; `type` and `identity` are the server's own words for it."""

    type: str
    identity: str
    owner: str

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("ALTER {} {} OWNER TO {}").format(
            sql.SQL(_ALTERED_AS[self.type]),
            # pg_identify_object() quotes every part that needs it.
            sql.SQL(cast("LiteralString", self.identity)),
            sql.Identifier(self.owner),
        )


@dataclass(frozen=True)
class ChangeGrant:
    """GRANT or REVOKE the same privileges on several objects of a kind.

    What the grantee has passed on falls with it: the design lets nobody pass anything on, and without CASCADE
    the server would refuse.
    """

    give: bool
    kind: Kind
    targets: tuple[Target, ...]
    privileges: tuple[str, ...]
    grantee: str

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("{} {} ON {} {} {} {}{}").format(
            _verb(give=self.give),
            _keywords(self.privileges),
            sql.SQL(_ONE[self.kind]),
            sql.SQL(", ").join(_target(target) for target in self.targets),
            _preposition(give=self.give),
            _grantee(self.grantee),
            _NOTHING if self.give else sql.SQL(" CASCADE"),
        )


@dataclass(frozen=True)
class ChangeDefault:
    """ALTER DEFAULT PRIVILEGES FOR ROLE owner; an empty schema is every schema."""

    give: bool
    owner: str
    schema: str
    kind: Kind
    privileges: tuple[str, ...]
    grantee: str

    def as_sql(self) -> sql.Composed:
        """See `Statement`."""
        return sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}{} {} {} ON {} {} {}").format(
            sql.Identifier(self.owner),
            sql.SQL(" IN SCHEMA {}").format(sql.Identifier(self.schema)) if self.schema else _NOTHING,
            _verb(give=self.give),
            _keywords(self.privileges),
            sql.SQL(_MANY[self.kind]),
            _preposition(give=self.give),
            _grantee(self.grantee),
        )


def can_change_hands(type_: str) -> bool:
    """Whether an object of this type, as the server calls it, can be given to another owner."""
    return type_ in _ALTERED_AS


def _verb(*, give: bool) -> sql.SQL:
    return sql.SQL("GRANT" if give else "REVOKE")


def _preposition(*, give: bool) -> sql.SQL:
    return sql.SQL("TO" if give else "FROM")


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
