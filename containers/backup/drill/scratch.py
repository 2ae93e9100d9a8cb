"""An empty database to restore into: a PostgreSQL 15 of the drill's own, made for it and removed with it.

Nobody else reaches it, and nothing of it is kept, whether the drill goes well, fails or is told to stop.
"""

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from containers.backup.drill.cluster import create, last_words, parameters, server
from containers.backup.drill.folder import own_folder
from containers.backup.drill.space import require
from containers.backup.errors import TargetRefused
from containers.backup.manifest import Manifest
from containers.backup.programs import Programs
from lambdas.common.connections import open_session
from lambdas.common.logs import Log


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """The database: libpq's parameters of its superuser, and what a report should remark of it.

    `cut` ends the server at once, sessions and all, for whoever is told to stop.
    """

    folder: Path
    parameters: dict[str, str | int]
    remarks: tuple[str, ...]
    cut: Callable[[], None]

    def connect(self, **more: str | int) -> Connection[TupleRow]:
        """Open an autocommit session of the superuser. Raises ServerUnreachable."""
        return open_session({**self.parameters, **more}, where="the drill's database")

    @property
    def last_words(self) -> str:
        """The end of the server's log."""
        return last_words(self.folder)


@contextmanager
def scratch(programs: Programs, directory: Path, *, manifest: Manifest, log: Log) -> Generator[Scratch]:
    """Give a database as empty as one that RDS has just made, with the backup's roles.

    Raises:
        EnvironmentInvalid: the directory cannot be used.
        TargetRefused: another drill is at work in it, or PostgreSQL here lacks an extension of the backup.
        SpaceLacking: the disk cannot hold the database.
        ProgramFailed: PostgreSQL cannot be set up.
    """
    with own_folder(directory, log=log) as folder:
        # After what a killed drill had left is gone.
        require(folder, database_bytes=manifest.database_bytes)
        remarks = create(programs, folder, encoding=manifest.encoding, collation=manifest.collation)
        with server(programs, folder) as cut:
            admin = parameters(folder, database="postgres")
            with open_session(admin, where="the drill's server") as connection:
                _require_extensions(connection, manifest.facts.get("extensions", {}))
                create_roles(connection, manifest.roles)
                name = sql.Identifier(manifest.database)
                connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
            yield Scratch(
                folder=folder,
                parameters=parameters(folder, database=manifest.database),
                remarks=remarks,
                cut=cut,
            )


def create_roles(connection: Connection[TupleRow], names: Collection[str]) -> None:
    """Create the roles that are not there, without login; PostgreSQL's own are there."""
    found = {name for (name,) in connection.execute("SELECT rolname FROM pg_catalog.pg_roles").fetchall()}
    for name in sorted(set(names) - found - {"public", ""}):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def _require_extensions(connection: Connection[TupleRow], wanted: Collection[str]) -> None:
    known = connection.execute("SELECT name FROM pg_catalog.pg_available_extensions").fetchall()
    lacking = sorted(set(wanted) - {name for (name,) in known})
    if lacking:
        raise TargetRefused(
            f"the PostgreSQL of the drill has no extension {', '.join(lacking)}, which the backup needs. Add "
            "its package to containers/backup/Dockerfile."
        )
