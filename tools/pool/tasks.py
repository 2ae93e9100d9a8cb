"""Finds every pooler task and asks its console, as `monitor` and over verified TLS, past the balancer."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common import pooler_console
from lambdas.common.connections import open_session, server_says
from lambdas.common.errors import ConnectionFailed
from lambdas.common.pooler_console import CONSOLE, Answer
from stacks.naming import POOLER, Names
from tools.access.endpoints import Endpoints
from tools.access.errors import NotAllowed, NotDeployed
from tools.pool.errors import NoTasks, NotPooled
from tools.pool.state import TaskState, state_of

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

    from tools.access.cloud import Cloud
    from tools.access.endpoints import Login
    from tools.pool.state import Role

_CONNECT_SECONDS = 5
_GONE = {"NamespaceNotFound", "ServiceNotFound"}


@dataclass(frozen=True, kw_only=True)
class Pooler:
    """Where the pooler is and how its console is entered."""

    host: str
    port: int
    names: dict[Role, str]
    authority: str = field(repr=False)
    monitor: Login = field(repr=False)


def states(cloud: Cloud) -> list[TaskState]:
    """Ask every task at once; by address.

    Raises:
        NotPooled: the environment has no pooler.
        NoTasks: it has one, and no task of it is registered.
        AccessError: the caller may not ask.
    """
    pooler = _find(cloud)
    addresses = _addresses(cloud)
    with tempfile.TemporaryDirectory() as folder:
        authority = Path(folder) / "ca.pem"
        authority.write_text(pooler.authority, encoding="utf-8")
        with ThreadPoolExecutor(len(addresses)) as threads:
            return list(threads.map(partial(_ask, pooler, authority), addresses))


def _find(cloud: Cloud) -> Pooler:
    endpoints = Endpoints(cloud)
    try:
        host = endpoints.parameter("pooler/host")
    except NotDeployed as error:
        raise NotPooled(
            f"{cloud.title} has no pooler: its applications pool by themselves (pooling.mode = 'client')"
        ) from error
    return Pooler(
        host=host,
        port=int(endpoints.parameter("pooler/port")),
        names={
            "primary": endpoints.parameter("pooler/database"),
            "replicas": endpoints.parameter("pooler/read-database"),
        },
        authority=endpoints.parameter("pooler/ca-bundle"),
        monitor=endpoints.postgres("monitor"),
    )


def _addresses(cloud: Cloud) -> list[str]:
    """Ask Cloud Map, where ECS registers every task that runs."""
    names = Names(cloud.environment)
    try:
        answer = cloud.discovery().discover_instances(
            NamespaceName=names.namespace, ServiceName=POOLER, HealthStatus="ALL"
        )
    except (BotoCoreError, ClientError) as error:
        code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
        if code in _GONE:
            raise NoTasks(
                f"{cloud.title}: {names.pooler_tasks} is not registered; deploy the tier"
            ) from error
        raise NotAllowed(f"{cloud.title} does not tell the addresses of the poolers: {error}") from error
    found = sorted({one["Attributes"]["AWS_INSTANCE_IPV4"] for one in answer["Instances"]})
    if not found:
        raise NoTasks(
            f"{cloud.title}: not one pooler task runs. Why: the events of the ECS service and its log "
            "(docs/runbooks/pooling.md)"
        )
    return found


def _ask(pooler: Pooler, authority: Path, address: str) -> TaskState:
    where = f"{pooler.monitor.username} at the console of {address}:{pooler.port}"
    try:
        with open_session(
            {
                "host": pooler.host,
                "hostaddr": address,
                "port": pooler.port,
                "dbname": CONSOLE,
                "user": pooler.monitor.username,
                "password": pooler.monitor.password,
                "sslmode": "verify-full",
                "sslrootcert": str(authority),
                "connect_timeout": _CONNECT_SECONDS,
            },
            where=where,
        ) as session:
            pools = pooler_console.pools(_show(session, pooler_console.SHOW_POOLS))
            databases = pooler_console.databases(_show(session, pooler_console.SHOW_DATABASES))
    except ConnectionFailed as error:
        return TaskState(address=address, problem=str(error))
    except psycopg.Error as error:
        return TaskState(address=address, problem=f"{where}: {server_says(error)}")
    return state_of(address, pools=pools, databases=databases, names=pooler.names)


def _show(session: psycopg.Connection[TupleRow], command: str) -> Answer:
    cursor = session.execute(command.encode())
    return Answer(
        columns=tuple(column.name for column in cursor.description or ()), rows=tuple(cursor.fetchall())
    )
