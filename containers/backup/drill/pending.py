"""Tries the migrations of the next deployment on the restored copy, by the engine that will deploy them.

It acts as the bootstrap does: as `migrator`, for the owner. It changes the copy, so it comes after the
comparison, and what fails here says nothing against the backup.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.drill.locks import LockWatch
from containers.backup.drill.report import Trial, Tried
from containers.backup.drill.scratch import Scratch, create_roles
from lambdas.bootstrap.migrations.history import Migration, read_history
from lambdas.bootstrap.migrations.ledger import Ledger
from lambdas.bootstrap.migrations.plan import plan_history, refuse
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.run import apply_history
from lambdas.bootstrap.roles.design import GROUPS, OBJECT_PRIVILEGES, OWNER, PASSWORD_LOGINS
from lambdas.common.connections import server_says
from lambdas.common.errors import DatatierError
from lambdas.common.logs import Log

# The image and the repository have the same layout.
MIGRATIONS: Final = Path(__file__).parents[3] / "prisma" / "migrations"
MIGRATOR: Final = "migrator"


def try_pending(database: Scratch, *, log: Log, migrations: Path = MIGRATIONS) -> Trial:
    """Apply what the restored `_prisma_migrations` lacks, one migration after the other.

    `seconds` of each is that of a deployment of it alone: a session, the look at what is there, the script.
    The settings `bootstrap.migrations` are taken at their defaults. Nothing is raised: what goes wrong is in
    `error`.
    """
    tried: list[Tried] = []
    try:
        with database.connect() as connection, database.connect() as looker:
            lay_roles(connection)
            history = read_history(migrations)
            # Makes the table where there is none, and refuses a history that does not fit the database.
            names = [one.name for one in _pending(database, history)]
            _apply(database, [one for one in history if one.name not in names], log)
            watch = LockWatch(connection, looker=looker, login=MIGRATOR)
            while names:
                name, *names = names
                began = time.monotonic()
                with watch.watched() as watched:
                    _apply(database, [one for one in history if one.name not in names], log)
                seconds = round(time.monotonic() - began, 3)
                tried.append(Tried(name=name, seconds=seconds, locks=watched.locks))
    except DatatierError as error:
        return Trial(migrations=tuple(tried), error=str(error))
    except psycopg.Error as error:
        return Trial(migrations=tuple(tried), error=server_says(error))
    return Trial(migrations=tuple(tried))


def lay_roles(connection: Connection[TupleRow]) -> None:
    """Make the design's roles as far as migrations need them: what is of a server and not of a backup."""
    create_roles(connection, (*GROUPS, *(role.name for role in PASSWORD_LOGINS)))
    owner, migrator = sql.Identifier(OWNER), sql.Identifier(MIGRATOR)
    ((database,),) = connection.execute("SELECT current_database()").fetchall()
    rights = sql.SQL(", ").join(sql.SQL(right) for right in sorted(OBJECT_PRIVILEGES["database"][OWNER]))  # pyright: ignore[reportArgumentType]  (words of the design)
    grant = sql.SQL("GRANT {} ON DATABASE {} TO {}")
    connection.execute(grant.format(rights, sql.Identifier(database), owner))
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN").format(migrator))
    connection.execute(sql.SQL("GRANT {} TO {}").format(owner, migrator))
    (settings,) = (role.settings for role in PASSWORD_LOGINS if role.name == MIGRATOR)
    for name, value in settings.items():
        change = sql.SQL("ALTER ROLE {} SET {} TO {}")
        connection.execute(change.format(migrator, sql.Identifier(name), sql.Literal(value)))


def _pending(database: Scratch, history: Sequence[Migration]) -> tuple[Migration, ...]:
    with database.connect(user=MIGRATOR) as connection:
        ledger = Ledger(connection, OWNER)
        plan = plan_history(history, ledger.rows() if ledger.exists() else ())
    refuse(plan, Policy())
    return plan.pending


def _apply(database: Scratch, history: Sequence[Migration], log: Log) -> None:
    apply_history(
        lambda: database.connect(user=MIGRATOR), history=history, log=log, policy=Policy(), owner=OWNER
    )
