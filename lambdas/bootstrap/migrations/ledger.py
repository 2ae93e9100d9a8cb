"""The table `_prisma_migrations`, row for row as Prisma Migrate keeps it. It runs no script."""

import uuid

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.bootstrap.migrations.errors import SessionUnfit
from lambdas.bootstrap.migrations.history import Migration
from lambdas.bootstrap.migrations.plan import ONE_TRANSACTION, Row
from lambdas.bootstrap.roles.design import OWNER
from lambdas.bootstrap.sql_files import statement
from lambdas.common.connections import server_says


class Ledger:
    """The record of one database, written through the connection that runs the scripts."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection

    def exists(self) -> bool:
        """Whether any run has been here before."""
        found = self._connection.execute(
            "SELECT pg_catalog.to_regclass('public._prisma_migrations') IS NOT NULL"
        )
        return found.fetchall()[0][0] is True

    def create(self) -> None:
        """Make the table, closed to the application from its first moment.

        Raises:
            SessionUnfit: the owner of objects may make none, because somebody else owns the schema.
        """
        try:
            self._connection.execute(statement("create_migrations_table"))
        except psycopg.errors.InsufficientPrivilege as error:
            raise SessionUnfit(
                f"{OWNER} may not create tables: {server_says(error)}. The master does not own this database "
                "and so could not give it the schema public. Make the master the database's owner, or "
                f"{OWNER} the schema's; then run again.",
            ) from error

    def ordinary_tables(self) -> tuple[str, ...]:
        """Tables that a history would have made."""
        return tuple(row[0] for row in self._connection.execute(statement("ordinary_tables")).fetchall())

    def rows(self) -> tuple[Row, ...]:
        """All rows, oldest first."""
        found = self._connection.execute(
            "SELECT id, migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL, logs "
            "FROM public._prisma_migrations ORDER BY started_at",
        )
        return tuple(
            Row(id=row[0], name=row[1], checksum=row[2], finished=row[3], rolled_back=row[4], logs=row[5])
            for row in found.fetchall()
        )

    def start(self, migration: Migration, *, one_transaction: bool) -> str:
        """Open a row in a session made clean, and return its id.

        Raises:
            SessionUnfit: the session does not act as the owner, or reads backslashes in plain strings.
        """
        row_id = str(uuid.uuid4())
        cursor = self._connection.execute(
            statement("start_migration").format(
                owner=sql.Identifier(OWNER),
                id=sql.Literal(row_id),
                checksum=sql.Literal(migration.checksum),
                name=sql.Literal(migration.name),
                logs=sql.Literal(ONE_TRANSACTION if one_transaction else None),
            ),
        )
        while cursor.nextset():
            pass
        ((acting_as,),) = cursor.fetchall()
        conforming = self._connection.pgconn.parameter_status(b"standard_conforming_strings")
        if acting_as != OWNER or conforming != b"on":
            raise SessionUnfit(
                f"the migrations' session acts as {acting_as} with standard_conforming_strings="
                f"{(conforming or b'?').decode()}; {OWNER} and on are needed. Run the bootstrap's "
                f"roles again.",
            )
        return row_id

    def expect_doubt(self, row_id: str) -> None:
        """Take back that the script is one transaction, before it is sent as something else."""
        self._connection.execute("UPDATE public._prisma_migrations SET logs = NULL WHERE id = %s", [row_id])

    def finishing_statement(self, row_id: str) -> str:
        """The UPDATE that marks a row applied, as text to ride in its script's own query."""
        return statement("finish_migration").format(id=sql.Literal(row_id)).as_string(self._connection)

    def finish(self, row_id: str) -> None:
        """Mark a row applied by itself, for a script that refuses company."""
        self._connection.execute(statement("finish_migration").format(id=sql.Literal(row_id)))

    def fail(self, row_id: str, *, logs: str, left_nothing: bool) -> None:
        """Record a failure as Prisma does; one that left nothing behind is resolved as rolled back."""
        self._connection.execute(
            "UPDATE public._prisma_migrations SET logs = %s, rolled_back_at = CASE WHEN %s THEN now() END "
            "WHERE id = %s",
            [logs, left_nothing, row_id],
        )

    def resolve_interrupted(self, row: Row) -> None:
        """What `prisma migrate resolve --rolled-back` does, for a row whose run was killed."""
        self._connection.execute(
            "UPDATE public._prisma_migrations SET rolled_back_at = now() WHERE id = %s AND "
            "finished_at IS NULL",
            [row.id],
        )
