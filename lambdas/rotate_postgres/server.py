"""Changes logins on the server, in one transaction behind the lock that the bootstrap takes too.

It decides nothing about secrets.
"""

from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.common.connections import server_says
from lambdas.common.logs import Log
from lambdas.common.roles_lock import hold_roles_lock
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.verifiers import change_password
from lambdas.rotate_postgres.twin import Login, twin_statements

_LOGIN: Final = """
SELECT r.rolinherit, r.rolcreatedb, r.rolcreaterole, r.rolconnlimit,
       coalesce(r.rolvaliduntil, 'infinity')::pg_catalog.text,
       ARRAY(SELECT pg_catalog.pg_get_userbyid(m.roleid)::pg_catalog.text FROM pg_catalog.pg_auth_members AS m
              WHERE m.member = r.oid)
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
    function has made is less. What only a superuser may give is told and left out.

    Raises:
        StepNotDone: there is no original, or the master may not do it; nothing was changed.
        RolesBusy: another program has been changing roles for too long.
    """
    try:
        with master.transaction():
            hold_roles_lock(master)
            like = read_login(master, original)
            if like is None:
                raise StepNotDone(
                    f"the login {original} is gone. Run the bootstrap, which makes it again: deploy, or "
                    "`datatier up`.",
                )
            if role != original:
                now = read_login(master, role)
                for statement in twin_statements(role, like=like, now=now, original=original):
                    _give(master, statement, twin=role, log=log)
            change_password(master, role=role, password=password)
    except psycopg.Error as error:
        raise _refused(role, error) from error


def change_own_password(login: Connection[TupleRow], *, role: str, password: str) -> None:
    """Let a login change its own password.

    Raises:
        StepNotDone, RolesBusy: as `give_password`.
    """
    try:
        with login.transaction():
            hold_roles_lock(login)
            change_password(login, role=role, password=password)
    except psycopg.Error as error:
        raise _refused(role, error) from error


def _give(master: Connection[TupleRow], statement: sql.Composed, *, twin: str, log: Log) -> None:
    try:
        with master.transaction():
            master.execute(statement, prepare=False)
    except psycopg.errors.InsufficientPrivilege as error:
        log.warning("The twin cannot be made like its login in this", login=twin, reason=server_says(error))


def read_login(master: Connection[TupleRow], name: str) -> Login | None:
    """A login as it is; None where there is none."""
    for inherit, createdb, createrole, limit, expires, groups in master.execute(_LOGIN, [name]).fetchall():
        settings = {
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
            settings=settings,
        )
    return None


def _refused(role: str, error: psycopg.Error) -> StepNotDone:
    return StepNotDone(f"login {role} could not be changed: {server_says(error)}. Nothing was changed.")
