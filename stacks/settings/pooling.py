"""The pooling slice: how a thousand clients share twenty connections. Never says to what.

Figures that hold for the whole tier are divided among the tasks; every other one is each task's own.
"""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.constraints import Between, OneOf, Shape, Slice
from stacks.settings.network import LOG_RETENTION

_DOCUMENT = "Source: document, 'Connection Pooling'"
_PGBOUNCER = "Source: PgBouncer, 'Configuration'"

CONNECTIONS = Between(1, 5_000, "connections")
VERSION = Shape(r"1(\.[0-9]{1,4}){2}", "a release of PgBouncer, such as '1.26.1'")


class PoolingAlarmsSettings(Slice):
    """From when on somebody is told."""

    utilization_percent: Annotated[int, Between(1, 100, "per cent")] = Field(
        default=80,
        description="Connections in use, of those that there may be, in each of `minutes`. Source: document, "
        "'When to Scale' (connection pool exhaustion).",
    )
    wait_seconds: Annotated[int, Between(1, 600, "seconds")] = Field(
        default=5,
        description="How long the client that waits longest has waited, in each of `minutes`. Source: "
        "document, 'When to Scale' (connection pool exhaustion).",
    )
    minutes: Annotated[int, Between(1, 60, "minutes")] = Field(
        default=5,
        description="Minutes in a row that a pool is too full, a wait too long, or PostgreSQL out of reach; "
        "a failover of the primary takes one or two. Source: the RDS guide, 'Failing over a Multi-AZ DB "
        "instance'.",
    )
    login_failures: Annotated[int, Between(0, 100_000, "logins")] = Field(
        default=10,
        description="Refused logins in five minutes; a few are a rotation's own, which has each task read "
        "its secrets by them. Source: design, 'Secrets'.",
    )


class PoolingSettings(Slice):
    """Who pools connections, how many, and what the pooler runs on."""

    mode: Literal["client", "pgbouncer"] = Field(
        default="client",
        description="'client': each application pools its own, with Prisma's pool, and nothing is deployed; "
        "'pgbouncer': all share the tier's pool, on ECS Fargate (docs/adr/0008). Source: document, "
        "'Connection Pooling' (PgBouncer or Prisma).",
    )
    pool_size: Annotated[int, CONNECTIONS] = Field(
        default=20,
        description="Connections to the primary of all tasks together: default_pool_size and "
        f"max_db_connections of the primary's database. {_DOCUMENT} (20).",
    )
    read_pool_size: Annotated[int, CONNECTIONS] = Field(
        default=20,
        description="Connections to the read replicas of all tasks together, or to the primary where there "
        f"is none: the same of the replicas' database. {_DOCUMENT} (20).",
    )
    reserved_connections: Annotated[int, Between(10, 1_000, "connections")] = Field(
        default=30,
        description="Connections of each instance that the pools leave to others: migrations, rotation, "
        "backups, people, RDS itself. Source: PostgreSQL 15, 'superuser_reserved_connections'.",
    )
    idle_timeout_seconds: Annotated[int, Between(1, 86_400, "seconds")] = Field(
        default=10,
        description="A connection to PostgreSQL that nobody has used for this long is closed "
        f"(server_idle_timeout). {_DOCUMENT} (10 seconds).",
    )
    max_lifetime_seconds: Annotated[int, Between(60, 86_400, "seconds")] = Field(
        default=3_600,
        description="A connection to PostgreSQL this old is closed when it is next free (server_lifetime). "
        f"{_DOCUMENT} (3600 seconds).",
    )
    pool_mode: Literal["transaction", "session"] = Field(
        default="transaction",
        description="How long a client keeps a connection to PostgreSQL: for a transaction, or until it "
        f"leaves, which shares nothing among clients that stay. {_PGBOUNCER}, pool_mode.",
    )
    max_client_connections: Annotated[int, Between(10, 50_000, "clients")] = Field(
        default=2_000,
        description="Clients of each task (max_client_conn): one task must hold them all while the other is "
        f"replaced. {_PGBOUNCER}, max_client_conn.",
    )
    query_wait_timeout_seconds: Annotated[int, Between(1, 3_600, "seconds")] = Field(
        default=120,
        description="How long a client waits for a connection before it is refused: longer than a failover "
        f"(query_wait_timeout). {_PGBOUNCER}, query_wait_timeout.",
    )
    connect_timeout_seconds: Annotated[int, Between(1, 60, "seconds")] = Field(
        default=5,
        description="How long PostgreSQL may take to answer a new connection before another is tried "
        f"(server_connect_timeout). {_PGBOUNCER}, server_connect_timeout.",
    )
    login_retry_seconds: Annotated[int, Between(1, 60, "seconds")] = Field(
        default=1,
        description="Pause after a connection that PostgreSQL refused; PgBouncer's own 15 would stretch "
        f"every failover (server_login_retry). {_PGBOUNCER}, server_login_retry.",
    )
    max_prepared_statements: Annotated[int, Between(0, 10_000, "statements")] = Field(
        default=200,
        description="Prepared statements that are followed across connections; 0 refuses them "
        f"(max_prepared_statements). {_PGBOUNCER}, max_prepared_statements.",
    )
    keepalive_idle_seconds: Annotated[int, Between(1, 349, "seconds")] = Field(
        default=60,
        description="After how long a silent connection is asked whether it still stands (tcp_keepidle): the "
        "balancer forgets it after 350. Source: Network Load Balancer, 'Connection idle timeout'.",
    )
    unanswered_seconds: Annotated[int, Between(5, 600, "seconds")] = Field(
        default=30,
        description="How long what was sent may stay unacknowledged before the connection is given up, as "
        f"when a server is gone without a word (tcp_user_timeout). {_PGBOUNCER}, tcp_user_timeout.",
    )
    tasks: Annotated[int, Between(1, 4, "tasks")] = Field(
        default=2,
        description="Poolers, spread over the zones; an update runs twice as many for a while, and DNS tells "
        "of eight at most. Source: AWS Cloud Map, 'Routing policy'.",
    )
    cpu: Annotated[int, OneOf((256, 512, 1_024, 2_048), "CPU units")] = Field(
        default=256,
        description="CPU of a task, of which PgBouncer uses one core (1024) at most. Source: Amazon ECS, "
        "'Fargate task sizes'.",
    )
    memory_mb: Annotated[int, Between(512, 16_384, "MiB")] = Field(
        default=512,
        description="Memory of a task, one of those that its CPU allows. Source: Amazon ECS, 'Fargate task "
        "sizes'.",
    )
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64",
        description="Instruction set of the tasks and of their image, whatever machine builds it. Source: "
        "AWS Fargate pricing.",
    )
    minimum_version: Annotated[str, VERSION] = Field(
        default="1.26.1",
        description="An older PgBouncer refuses to run: 1.26.1 mends CVE-2026-6664 and CVE-2026-107350. "
        "Source: PgBouncer, 'Changelog'.",
    )
    drain_seconds: Annotated[int, Between(1, 110, "seconds")] = Field(
        default=100,
        description="How long clients of a task that stops have to leave: below the 120 after which Fargate "
        "kills. Source: Amazon ECS, 'Container timeouts'.",
    )
    refresh_seconds: Annotated[int, Between(10, 3_600, "seconds")] = Field(
        default=300,
        description="How often a task reads the secrets without being asked; after a refused login it reads "
        "at once. Source: AWS Secrets Manager pricing ($0.05 for 10,000 calls).",
    )
    metrics_seconds: Annotated[int, Between(5, 60, "seconds")] = Field(
        default=60,
        description="How often a task publishes its figures; the alarms look every minute. Source: "
        "CloudWatch, 'Embedded metric format'.",
    )
    container_insights: Literal["disabled", "enabled", "enhanced"] = Field(
        default="enabled",
        description="CPU, memory and tasks by CloudWatch's Container Insights, which is paid by the metric. "
        "Source: Amazon CloudWatch pricing.",
    )
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=30,
        description="Days that the poolers' log is kept. Source: CloudWatch Logs, PutRetentionPolicy.",
    )
    certificate_days: Annotated[int, Between(7, 397, "days")] = Field(
        default=90,
        description="Days that the poolers' certificate is valid; it is renewed in time. Source: design, "
        "'TLS and passwords'.",
    )
    authority_days: Annotated[int, Between(365, 3_650, "days")] = Field(
        default=1_825,
        description="Days that the authority is valid which signs it and which clients trust. Source: "
        "design, 'TLS and passwords'.",
    )
    alarms: PoolingAlarmsSettings = Field(
        default_factory=PoolingAlarmsSettings, description="From when on somebody is told of the pools."
    )
