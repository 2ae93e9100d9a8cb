"""The real servers of a tier, tasks and load balancers among them, found by their folders; and replicas' lag.

Never believes that a folder is whole: one whose `server.json` cannot be read is known by its process.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict, TypeVar

import psycopg

from tools.rehearsal.errors import StateUnreadable
from tools.rehearsal.fargate.task import Task
from tools.rehearsal.layout import Layout
from tools.servers.balancer.server import LoadBalancer
from tools.servers.errors import ServerError
from tools.servers.postgres import PostgresIdentity, PostgresServer
from tools.servers.program import ProgramIdentity
from tools.servers.redis import RedisServer
from tools.servers.server import Identity

Server: TypeAlias = PostgresServer | RedisServer | Task | LoadBalancer

P = TypeVar("P", Task, LoadBalancer)

_KINDS: dict[type, Literal["Redis", "ECS task", "NLB"]] = {
    RedisServer: "Redis",
    Task: "ECS task",
    LoadBalancer: "NLB",
}

LAG = """
SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END::float
"""


@dataclass(frozen=True, kw_only=True)
class ServerState:
    """One server as `datatier status` shows it.

    `endpoint` is None when the folder no longer says it. `lag_seconds` is a replica's, None when not
    measurable.
    """

    identifier: str
    kind: Literal["PostgreSQL primary", "PostgreSQL replica", "Redis", "ECS task", "NLB"]
    endpoint: str | None
    pid: int | None
    lag_seconds: float | None

    @property
    def well(self) -> bool:
        """Whether it runs and its folder says what it is."""
        return self.pid is not None and self.endpoint is not None


def find(layout: Layout) -> list[Server]:
    """Return every server of a tier, running or not; clients before what they connect to, replicas too.

    Raises StateUnreadable if the folder cannot be looked into.
    """
    return [server for server in _all(layout) if server.host]


def nameless(layout: Layout) -> list[Server]:
    """Return the servers whose folders no longer say what they are. They can be stopped, and nothing else."""
    return [server for server in _all(layout) if not server.host]


def _all(layout: Layout) -> list[Server]:
    databases = [_postgres(directory) for directory in _folders(layout, "postgres")]
    databases.sort(key=lambda server: not server.is_replica)
    return [
        *(_program(LoadBalancer, directory) for directory in _folders(layout, layout.balancers.name)),
        *(_program(Task, directory) for directory in _folders(layout, layout.tasks.name)),
        *databases,
        *(_redis(directory) for directory in reversed(_folders(layout, "redis"))),
    ]


def states(layout: Layout) -> list[ServerState]:
    """Return how every server is; primaries first."""
    return [_state(server) for server in reversed(_all(layout)) if server.host or server.is_running()]


def _state(server: Server) -> ServerState:
    endpoint = (f"{server.host}:{server.port}" if server.port else server.host) if server.host else None
    if not isinstance(server, PostgresServer):
        return ServerState(
            identifier=server.identifier, kind=_KINDS[type(server)], endpoint=endpoint, pid=server.pid,
            lag_seconds=None,
        )  # fmt: skip
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


def _postgres(directory: Path) -> PostgresServer:
    try:
        return PostgresServer.open(directory)
    except ServerError:
        identity = PostgresIdentity(**_nobody(directory), master_username="", database="")
        return PostgresServer(directory, identity)


def _redis(directory: Path) -> RedisServer:
    try:
        return RedisServer.open(directory)
    except ServerError:
        return RedisServer(directory, Identity(**_nobody(directory)))


def _program(kind: type[P], directory: Path) -> P:
    try:
        return kind.open(directory)
    except ServerError:
        return kind(directory, ProgramIdentity(identifier=directory.name, host="", port=0))


class _Nobody(TypedDict):
    identifier: str
    host: str
    port: int
    authority: str
    parameters: dict[str, str]


def _nobody(directory: Path) -> _Nobody:
    """Return the identity of a server whose own is lost: its folder's name, and port 0, which none has."""
    return {"identifier": directory.name, "host": "", "port": 0, "authority": "", "parameters": {}}


def _folders(layout: Layout, kind: str) -> list[Path]:
    try:
        return [path for path in sorted((layout.servers / kind).glob("*/*")) if path.is_dir()]
    except OSError as error:
        raise StateUnreadable(f"{layout.servers} cannot be read: {error.strerror}") from error
