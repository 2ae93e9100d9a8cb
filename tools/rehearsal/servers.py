"""The real servers of a tier, found by their folders, and how far its replicas are behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg

from tools.rehearsal.layout import Layout
from tools.servers.postgres import PostgresServer
from tools.servers.redis import RedisServer

LAG = """
SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END::float
"""


@dataclass(frozen=True, kw_only=True)
class ServerState:
    """One server as `datatier status` shows it; `lag_seconds` is a replica's, None when not measurable."""

    identifier: str
    kind: Literal["PostgreSQL primary", "PostgreSQL replica", "Redis"]
    endpoint: str
    pid: int | None
    lag_seconds: float | None


def find(layout: Layout) -> list[PostgresServer | RedisServer]:
    """Return every server of a tier, running or not; replicas before what they follow."""
    found: list[PostgresServer | RedisServer] = []
    databases = [PostgresServer.open(directory) for directory in _folders(layout, "postgres")]
    databases.sort(key=lambda server: not server.is_replica)
    found.extend(databases)
    found.extend(RedisServer.open(directory) for directory in reversed(list(_folders(layout, "redis"))))
    return found


def states(layout: Layout) -> list[ServerState]:
    """Return how every server is; primaries first."""
    return [_state(server) for server in reversed(find(layout))]


def _state(server: PostgresServer | RedisServer) -> ServerState:
    endpoint = f"{server.host}:{server.port}"
    if isinstance(server, RedisServer):
        return ServerState(
            identifier=server.identifier, kind="Redis", endpoint=endpoint, pid=server.pid, lag_seconds=None
        )
    return ServerState(
        identifier=server.identifier,
        kind="PostgreSQL replica" if server.is_replica else "PostgreSQL primary",
        endpoint=endpoint,
        pid=server.pid,
        lag_seconds=_lag(server) if server.is_replica and server.is_running() else None,
    )


def _lag(replica: PostgresServer) -> float | None:
    try:
        with replica.admin_connection() as connection:
            row = connection.execute(LAG).fetchone()
    except psycopg.Error:
        return None
    return float(row[0]) if row and row[0] is not None else None


def _folders(layout: Layout, kind: str) -> Iterator[Path]:
    for document in sorted((layout.servers / kind).glob("*/*/server.json")):
        yield document.parent
