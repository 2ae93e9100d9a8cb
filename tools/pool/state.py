"""What the console of one task says, put into the terms of the tier. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from lambdas.common.pooler_console import usage_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdas.common.pooler_console import Database, Pool, Usage

Role = Literal["primary", "replicas"]


@dataclass(frozen=True, kw_only=True)
class PoolState:
    """One pool of one task.

    `connections` to PostgreSQL are open, `lent` of them to clients, and there may be `size`; `longest_wait`
    is in seconds, `utilization` in per cent of the size.
    """

    pool: Role
    database: str
    hosts: tuple[str, ...]
    clients: int
    waiting: int
    longest_wait: float
    lent: int
    connections: int
    size: int
    paused: bool

    @property
    def utilization(self) -> float:
        """How much of the pool is lent."""
        return 100 * self.lent / self.size if self.size else 0.0


@dataclass(frozen=True, kw_only=True)
class TaskState:
    """One task: its pools, or what keeps it from answering."""

    address: str
    pools: tuple[PoolState, ...] = ()
    problem: str | None = None

    @property
    def well(self) -> bool:
        """Whether it answers and nobody waits because a pool is paused."""
        return self.problem is None and not any(pool.paused and pool.waiting for pool in self.pools)

    def document(self) -> dict[str, object]:
        """What `--json` prints."""
        pools = [{**asdict(pool), "utilization": round(pool.utilization, 1)} for pool in self.pools]
        return {"address": self.address, "problem": self.problem, "pools": pools}


def state_of(
    address: str, *, pools: Sequence[Pool], databases: Sequence[Database], names: dict[Role, str]
) -> TaskState:
    """Sum the users of each database up; `names` are the databases of the primary and of the replicas."""
    found = {database.name: database for database in databases}
    return TaskState(
        address=address,
        pools=tuple(
            _pool(role, found[name], usage_of(pools, name)) for role, name in names.items() if name in found
        ),
    )


def _pool(role: Role, database: Database, usage: Usage) -> PoolState:
    return PoolState(
        pool=role,
        database=database.name,
        hosts=tuple((database.host or "").split(",")),
        clients=usage.clients,
        waiting=usage.waiting,
        longest_wait=usage.longest_wait,
        lent=usage.lent,
        connections=usage.servers,
        size=database.max_connections or database.pool_size,
        paused=database.paused,
    )
