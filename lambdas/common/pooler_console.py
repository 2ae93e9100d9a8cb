"""What PgBouncer's console answers, parsed into types. Pure: it asks nobody.

Releases add columns and move them: a row is read by the names of its columns, and a column that a release
does not have yet counts as nothing. Source: PgBouncer's documentation, "Usage", and the answers of 1.18.0,
1.24.1 and 1.26.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SHOW_POOLS: Final = "SHOW POOLS"
SHOW_DATABASES: Final = "SHOW DATABASES"
SHOW_LISTS: Final = "SHOW LISTS"
CONSOLE: Final = "pgbouncer"
"""The console's own database; it has a pool, a row among the databases, and nobody's data."""

_MICROSECONDS: Final = 1_000_000
_CLIENTS: Final = (
    "cl_active",
    "cl_waiting",
    "cl_active_cancel_req",
    "cl_waiting_cancel_req",
    "cl_cancel_req",
)
_LENT: Final = ("sv_active", "sv_tested", "sv_active_cancel", "sv_being_canceled")
_AT_REST: Final = ("sv_idle", "sv_used")
"""`used` is PgBouncer's word for a connection that has been idle for longer than server_check_delay."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as it came: the names of the columns, and the values of each row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def records(self) -> list[dict[str, object]]:
        """Each row by the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """One row of SHOW POOLS: what one user has of one database.

    `lent` are connections to PostgreSQL that a client holds, `idle` those at rest, `logging_in` those that
    are being made; `longest_wait` is in seconds.
    """

    database: str
    user: str
    clients: int
    waiting: int
    lent: int
    idle: int
    logging_in: int
    longest_wait: float

    @property
    def servers(self) -> int:
        """Connections to PostgreSQL, those that are being made included."""
        return self.lent + self.idle + self.logging_in


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What all users together have of one database: pools are kept a user, and a rotation doubles them."""

    clients: int
    waiting: int
    lent: int
    servers: int
    longest_wait: float


@dataclass(frozen=True, kw_only=True)
class Database:
    """One row of SHOW DATABASES; `host` is None for the console, and holds commas where there are several."""

    name: str
    host: str | None
    port: int
    pool_size: int
    max_connections: int
    connections: int
    paused: bool


def pools(answer: Answer) -> tuple[Pool, ...]:
    """SHOW POOLS, without the console's own."""
    return tuple(
        Pool(
            database=str(record["database"]),
            user=str(record["user"]),
            clients=_sum(record, _CLIENTS),
            waiting=_number(record, "cl_waiting"),
            lent=_sum(record, _LENT),
            idle=_sum(record, _AT_REST),
            logging_in=_number(record, "sv_login"),
            longest_wait=_number(record, "maxwait") + _number(record, "maxwait_us") / _MICROSECONDS,
        )
        for record in answer.records()
        if record["database"] != CONSOLE
    )


def databases(answer: Answer) -> tuple[Database, ...]:
    """SHOW DATABASES, without the console."""
    return tuple(
        Database(
            name=str(record["name"]),
            host=None if record.get("host") is None else str(record["host"]),
            port=_number(record, "port"),
            pool_size=_number(record, "pool_size"),
            max_connections=_number(record, "max_connections"),
            connections=_number(record, "current_connections"),
            paused=_number(record, "paused") != 0,
        )
        for record in answer.records()
        if record["name"] != CONSOLE
    )


def lists(answer: Answer) -> Mapping[str, int]:
    """SHOW LISTS: how many of each there are, such as `login_clients`."""
    return {str(record["list"]): _number(record, "items") for record in answer.records()}


def of_database(found: Sequence[Pool], name: str) -> tuple[Pool, ...]:
    """The pools of one database."""
    return tuple(pool for pool in found if pool.database == name)


def usage_of(found: Sequence[Pool], database: str) -> Usage:
    """The sum over the users of one database; `longest_wait` is the longest of any."""
    users = of_database(found, database)
    return Usage(
        clients=sum(pool.clients for pool in users),
        waiting=sum(pool.waiting for pool in users),
        lent=sum(pool.lent for pool in users),
        servers=sum(pool.servers for pool in users),
        longest_wait=max((pool.longest_wait for pool in users), default=0.0),
    )


def _sum(record: Mapping[str, object], columns: Sequence[str]) -> int:
    return sum(_number(record, column) for column in columns)


def _number(record: Mapping[str, object], column: str) -> int:
    """A count; 0 where the release does not have the column, or has nothing in it."""
    value = record.get(column)
    return 0 if value is None else int(str(value))
