"""The table `_prisma_migrations`, row for row as Prisma Migrate keeps it. It runs no script."""

import math
import uuid

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.errors import RecordChanged, SessionUnfit
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.lock import LOCK_IS_HELD
from lambdas.bootstrap.migrations.plan import Row
from lambdas.bootstrap.roles.design import READWRITE
from lambdas.bootstrap.sql_files import statement
from lambdas.common.connections import server_says


class Ledger:
    """The record of one database, written through the connection that runs the scripts.

    Everything is done as `role`; None stands for the role that the session has now.
    """

    def __init__(self, connection: Connection[TupleRow], role: str | None = None) -> None:
        self._connection = connection
        if role is not None:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        ((self.role,),) = connection.execute("SELECT current_user").fetchall()

    def exists(self) -> bool:
        """Whether any run has been here before."""
        found = self._connection.execute(
            "SELECT pg_catalog.to_regclass('public._prisma_migrations') IS NOT NULL"
        )
        return found.fetchall()[0][0] is True

    def create(self) -> None:
        """Make the table, closed to the application from its first moment.

        Raises:
            SessionUnfit: the role may make none, because somebody else owns the schema.
        """
        try:
            with self._connection.transaction():
                self._connection.execute(statement("create_migrations_table"))
                granted = self._connection.execute(
                    "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", [READWRITE]
                ).fetchall()
                if granted:
                    # The default privileges would let the application write it.
                    revoke = sql.SQL("REVOKE ALL ON TABLE public._prisma_migrations FROM {}")
                    self._connection.execute(revoke.format(sql.Identifier(READWRITE)))
        except psycopg.errors.InvalidSchemaName as error:
            raise SessionUnfit(
                "the database has no schema public, where the record of migrations stands. Create it with "
                f"{self.role} as its owner; then run again.",
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise SessionUnfit(
                f"{self.role} may not create tables: {server_says(error)}. The master does not own this "
                "database and so could not give it the schema public. Make the master the database's owner, "
                f"or {self.role} the schema's; then run again.",
            ) from error

    def ordinary_tables(self) -> tuple[str, ...]:
        """Tables that a history would have made."""
        return tuple(row[0] for row in self._connection.execute(statement("ordinary_tables")).fetchall())

    def rows(self) -> tuple[Row, ...]:
        """All rows, oldest first.

        Raises:
            SessionUnfit: the table is somebody else's.
        """
        try:
            found = self._connection.execute(
                "SELECT id, migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL, "
                "logs FROM public._prisma_migrations ORDER BY started_at",
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise SessionUnfit(
                f"{self.role} may not read public._prisma_migrations: {server_says(error)}. Somebody else "
                "made it: as its owner, ALTER TABLE public._prisma_migrations OWNER TO "
                f"{self.role}; then run again.",
            ) from error
        return tuple(
            Row(id=row[0], name=row[1], checksum=row[2], finished=row[3], rolled_back=row[4], logs=row[5])
            for row in found.fetchall()
        )

    def is_finished(self, name: str) -> bool:
        """Whether a migration is applied now."""
        return any(row.name == name and row.finished and not row.rolled_back for row in self.rows())

    def start(
        self, migration: Migration, *, logs: str | None, lock_timeout_seconds: float, row_id: str | None
    ) -> str:
        """Open a row in a session made clean, or take an interrupted one up again, and return its id.

        Raises:
            SessionUnfit: the session does not act as its role, or reads backslashes in plain strings.
            RecordChanged: the row to take up was finished, resolved or gone on with meanwhile, or the
                session does not hold Prisma's lock any more.
        """
        row_id = row_id or str(uuid.uuid4())
        cursor = self._connection.execute(
            statement("start_migration").format(
                role=sql.Identifier(self.role),
                lock_timeout=_milliseconds(lock_timeout_seconds),
                id=sql.Literal(row_id),
                checksum=sql.Literal(migration.checksum),
                name=sql.Literal(migration.name),
                logs=sql.Literal(logs),
                lock_is_held=LOCK_IS_HELD,
            ),
        )
        while cursor.nextset():
            pass
        found = cursor.fetchall()
        if not found:
            raise changed(row_id)
        ((acting_as,),) = found
        conforming = self._connection.pgconn.parameter_status(b"standard_conforming_strings")
        if acting_as != self.role or conforming != b"on":
            raise SessionUnfit(
                f"the migrations' session acts as {acting_as} with standard_conforming_strings="
                f"{(conforming or b'?').decode()}; {self.role} and on are needed. Run the bootstrap's "
                f"roles again.",
            )
        return row_id

    def clean_session(self, *, lock_timeout_seconds: float) -> None:
        """Make the session again what a migration begins in."""
        self._connection.execute(
            statement("clean_session").format(
                role=sql.Identifier(self.role), lock_timeout=_milliseconds(lock_timeout_seconds)
            )
        )

    def finishing_statement(self, row_id: str, *, steps: int = 1, before: int = 0) -> str:
        """The UPDATE that marks a row applied if it counts `before` steps, as text to ride in its query."""
        update = statement("finish_migration").format(
            id=sql.Literal(row_id), steps=sql.Literal(steps), before=sql.Literal(before)
        )
        return update.as_string(self._connection)

    def step_statement(self, row_id: str, *, done: int, before: int, logs: str | None) -> str:
        """The UPDATE that records how far a script came that had come to `before`, as text to ride along."""
        update = statement("record_step").format(
            id=sql.Literal(row_id),
            steps=sql.Literal(done),
            before=sql.Literal(before),
            logs=sql.Literal(logs),
        )
        return update.as_string(self._connection)

    def adopt(self, row_id: str, *, checksum: str) -> None:
        """Let a row that is gone on with stand for the file as it is now."""
        self._connection.execute(
            "UPDATE public._prisma_migrations SET checksum = %s WHERE id = %s AND checksum <> %s",
            [checksum, row_id, checksum],
        )

    def write(self, row_id: str, record: str) -> None:
        """Run one of the two statements by itself.

        Raises:
            RecordChanged: the row is finished, resolved or gone: somebody decided otherwise meanwhile.
        """
        if self._connection.execute(record.encode()).rowcount != 1:
            raise changed(row_id)

    def fail(self, row_id: str, *, logs: str | None, left_nothing: bool) -> None:
        """Record a failure as Prisma does; one that left nothing behind is resolved as rolled back."""
        self._connection.execute(
            "UPDATE public._prisma_migrations SET logs = %s, rolled_back_at = CASE WHEN %s THEN now() END "
            "WHERE id = %s",
            [logs, left_nothing, row_id],
        )

    def roll_back(self, row: Row) -> None:
        """What `prisma migrate resolve --rolled-back` does, for a row whose script left nothing behind."""
        self._connection.execute(
            "UPDATE public._prisma_migrations SET rolled_back_at = now() WHERE id = %s AND "
            "finished_at IS NULL",
            [row.id],
        )


def changed(row: str) -> RecordChanged:
    """The error for the row of a migration, or of an id, that is not as its run left it."""
    return RecordChanged(
        f"the row {row} of _prisma_migrations was finished, resolved, gone on with or removed while its "
        "migration ran, by somebody else or by the script itself; what could not be recorded was not kept. "
        "Look at `datatier migrate status`, then run again.",
    )


def _milliseconds(seconds: float) -> sql.Literal:
    # 0 would mean to wait for ever.
    return sql.Literal(max(1, math.ceil(seconds * 1000)))
