"""Changes logins on the server, in one transaction behind the lock that the bootstrap takes too.

It decides nothing about secrets.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.common.connections import server_says
from lambdas.common.logs import Log
from lambdas.common.roles_lock import hold_roles_lock
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.verifiers import change_password
from lambdas.rotate_postgres.twin import Login, rights, settings

_LOGIN: Final = """
SELECT r.rolinherit, r.rolcreatedb, r.rolcreaterole, r.rolconnlimit,
       coalesce(r.rolvaliduntil, 'infinity')::pg_catalog.text,
       ARRAY(SELECT pg_catalog.pg_get_userbyid(m.roleid)::pg_catalog.text FROM pg_catalog.pg_auth_members AS m
              WHERE m.member = r.oid),
       ARRAY(SELECT name FROM (VALUES ('SUPERUSER', r.rolsuper), ('REPLICATION', r.rolreplication),
                                      ('BYPASSRLS', r.rolbypassrls)) AS only_a_superusers (name, given)
              WHERE given),
       CASE WHEN NOT r.rolcanlogin THEN 'NOLOGIN' WHEN r.rolvaliduntil <= pg_catalog.now() THEN 'expired'
            ELSE '' END
  FROM pg_catalog.pg_roles AS r WHERE r.rolname = %s
"""
_SETTINGS: Final = """
SELECT coalesce(d.datname, ''), s.setconfig
  FROM pg_catalog.pg_db_role_setting AS s
  JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
 WHERE r.rolname = %s
"""


def give_password(master: Connection[TupleRow], *, role: str, original: str, password: str, log: Log) -> None:
    """Give a login a password; where it is not the `original` itself, make it the original's twin too.

    The original is always the model, also while its twin is in use: a twin that Secrets Manager's own
    function has made is less. A setting that only a superuser may give is told and left out.

    Raises:
        StepNotDone: there is no original, it is locked, or the master may not give its twin what it has.
        RolesBusy: another program has been changing roles for too long.
    """
    try:
        with _change(master):
            like = read_login(master, original)
            if like is None:
                raise StepNotDone(
                    f"the login {original} is gone. Run the bootstrap, which makes it again: deploy, or "
                    "`datatier up`.",
                )
            if like.locked:
                raise StepNotDone(
                    f"the login {original} may not log in ({like.locked}), and a rotation would let its "
                    f"twin: unlock it first, for example ALTER ROLE {original} LOGIN VALID UNTIL 'infinity'.",
                )
            if role != original:
                _make_twin(master, role, like=like, original=original, log=log)
            change_password(master, role=role, password=password)
    except psycopg.Error as error:
        raise _refused(role, error) from error


def change_own_password(login: Connection[TupleRow], *, role: str, password: str) -> None:
    """Let a login change its own password; the transaction is all of it.

    Raises:
        StepNotDone, RolesBusy: as `give_password`.
    """
    try:
        with _change(login):
            change_password(login, role=role, password=password)
    except psycopg.Error as error:
        raise _refused(role, error) from error


@contextmanager
def _change(connection: Connection[TupleRow]) -> Generator[None]:
    """One transaction behind the lock, whatever settings the database gives its sessions."""
    connection.execute("SET default_transaction_read_only = off; SET ROLE NONE", prepare=False)
    with connection.transaction():
        hold_roles_lock(connection)
        yield


def _make_twin(master: Connection[TupleRow], twin: str, *, like: Login, original: str, log: Log) -> None:
    now = read_login(master, twin)
    missing = like.beyond - (frozenset[str]() if now is None else now.beyond)
    if missing:
        raise StepNotDone(
            f"the login {original} has {', '.join(sorted(missing))}, which only a superuser can give its "
            f"twin {twin}: take it away, or have it given to both. Nothing was changed.",
        )
    for statement in rights(twin, like=like, now=now, original=original):
        master.execute(statement, prepare=False)
    for statement in settings(twin, like=like, now=now):
        try:
            with master.transaction():
                master.execute(statement, prepare=False)
        except psycopg.errors.InsufficientPrivilege as error:
            log.warning("The twin cannot be given this setting", login=twin, reason=server_says(error))


def read_login(master: Connection[TupleRow], name: str) -> Login | None:
    """A login as it is; None where there is none."""
    for inherit, createdb, createrole, limit, expires, groups, beyond, locked in master.execute(
        _LOGIN, [name]
    ).fetchall():
        given = {
            (database, one.partition("=")[0]): one.partition("=")[2]
            for database, configuration in master.execute(_SETTINGS, [name]).fetchall()
            for one in configuration
        }
        return Login(
            inherit=inherit,
            createdb=createdb,
            createrole=createrole,
            connection_limit=limit,
            expires=expires,
            groups=frozenset(groups),
            settings=given,
            beyond=frozenset(beyond),
            locked=locked,
        )
    return None


def _refused(role: str, error: psycopg.Error) -> StepNotDone:
    # A connection that ends may have taken the answer to COMMIT with it.
    kept = "Nothing was changed." if error.sqlstate else "Whether it was changed, the next try finds out."
    return StepNotDone(f"login {role} could not be changed: {server_says(error)}. {kept}")
