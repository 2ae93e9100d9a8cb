"""What makes one login the twin of another: attributes, memberships and settings, as statements. Pure.

Secrets Manager's own function grants the original to its twin and copies nothing else; a twin of its making
is made a full one here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from psycopg import sql

# Their value is a list of names that are quoted each by itself (pg_dump, `variable_is_guc_list_quote`).
_LISTS: Final = frozenset({
    "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
    "temp_tablespaces", "unix_socket_directories",
})  # fmt: skip

FOREVER: Final = "infinity"
_NOTHING: Final = sql.SQL("")

Place = tuple[str, str]
"""The database that a setting is for, empty for all of them, and the setting's name."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login as pg_roles shows it.

    `expires` is PostgreSQL's text of a time, or FOREVER; `groups` are the roles that it is a member of;
    `beyond` are attributes that only a superuser may give; `locked` says why it may not log in, empty where
    it may.
    """

    inherit: bool
    createdb: bool
    createrole: bool
    connection_limit: int
    expires: str
    groups: frozenset[str]
    settings: Mapping[Place, str]
    beyond: frozenset[str] = frozenset()
    locked: str = ""


def rights(name: str, *, like: Login, now: Login | None, original: str) -> Iterator[sql.Composed]:
    """Make `name`, which is `now` so or None where it is missing, a login that may do what `like` may.

    That it is a member of `original` itself, as Secrets Manager's own function makes it, stays.
    """
    role = sql.Identifier(name)
    if now is None or now.locked or _attributes(now) != _attributes(like):
        yield _definition(role, like, create=now is None)
    groups = frozenset[str]() if now is None else now.groups - {original}
    for group in sorted(like.groups - groups - {name}):
        yield sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), role)
    for group in sorted(groups - like.groups):
        yield sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), role)


def settings(name: str, *, like: Login, now: Login | None) -> Iterator[sql.Composed]:
    """Give `name` the settings of `like`, and no others."""
    role = sql.Identifier(name)
    present: Mapping[Place, str] = {} if now is None else now.settings
    for place in sorted(present.keys() - like.settings.keys()):
        yield sql.SQL("ALTER ROLE {}{} RESET {}").format(role, _where(place), sql.Identifier(place[1]))
    for place, value in sorted(like.settings.items()):
        if present.get(place) != value:
            yield from _set(role, place, value)


def _attributes(login: Login) -> tuple[bool, bool, bool, int, str]:
    return login.inherit, login.createdb, login.createrole, login.connection_limit, login.expires


def _definition(role: sql.Identifier, like: Login, *, create: bool) -> sql.Composed:
    return sql.SQL("{} ROLE {} LOGIN {} {} {} CONNECTION LIMIT {}{}").format(
        sql.SQL("CREATE" if create else "ALTER"),
        role,
        sql.SQL("INHERIT" if like.inherit else "NOINHERIT"),
        sql.SQL("CREATEDB" if like.createdb else "NOCREATEDB"),
        sql.SQL("CREATEROLE" if like.createrole else "NOCREATEROLE"),
        sql.Literal(like.connection_limit),
        _NOTHING
        if create and like.expires == FOREVER
        else sql.SQL(" VALID UNTIL {}").format(sql.Literal(like.expires)),
    )


def _set(role: sql.Identifier, place: Place, value: str) -> Iterator[sql.Composed]:
    _, name = place
    if name in _LISTS:
        # Only the server knows how to take such a text apart: it is given to this transaction, and copied.
        yield sql.SQL(
            "SELECT pg_catalog.set_config({}, {}, true); ALTER ROLE {}{} SET {} FROM CURRENT"
        ).format(sql.Literal(name), sql.Literal(value), role, _where(place), sql.Identifier(name))
        return
    # A setting of an extension is two names with a dot between them.
    yield sql.SQL("ALTER ROLE {}{} SET {} = {}").format(
        role, _where(place), sql.Identifier(*name.split(".")), sql.Literal(value)
    )


def _where(place: Place) -> sql.Composable:
    database, _ = place
    return sql.SQL(" IN DATABASE {}").format(sql.Identifier(database)) if database else _NOTHING
