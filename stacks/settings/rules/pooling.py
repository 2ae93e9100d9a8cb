"""Rules on the pooler: shares that come out even, connections that there are, sizes that Fargate has.

They judge what would be deployed: with pooling.mode = "client" that is nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps

from stacks.settings.environment import Environment
from stacks.settings.instances import fewest_connections
from stacks.settings.pgbouncer import pool_sizes
from stacks.settings.rules.fargate import nearest_memory
from stacks.settings.rules.finding import Finding, Rule

MODE = "pooling.mode"

SAFE_VERSION = (1, 26, 1)
"""In every older one who knows one password may log in as another user (CVE-2026-107350)."""

TASKS_WITH_A_SPARE = 2
LAST_PART, PUBLISHED_DAYS = 3, 365
"""When issue_certificate makes the next authority, and how long clients have to learn of it."""


def _where_it_is_deployed(rule: Callable[[Environment], Iterator[Finding]]) -> Rule:
    """Let a rule judge only environments that have a pooler of their own."""

    @wraps(rule)
    def judged(environment: Environment) -> Iterator[Finding]:
        if environment.pooling.mode == "pgbouncer":
            yield from rule(environment)

    return judged


def pools_divide_evenly(environment: Environment) -> Iterator[Finding]:
    """Every task opens as many connections as the others, and at least one."""
    pooling = environment.pooling
    for key in ("pool_size", "read_pool_size"):
        size: int = getattr(pooling, key)
        each, lost = divmod(size, pooling.tasks)
        reads = ("pooling.tasks", MODE)
        if each == 0:
            yield Finding(
                f"pooling.{key}",
                f"must be at least {pooling.tasks}, one connection for each of pooling.tasks",
                reads,
            )
        elif lost:
            yield Finding(
                f"pooling.{key}",
                f"must divide by pooling.tasks = {pooling.tasks}: each task would open {each} connections, "
                f"and {lost} of the {size} would never be; write {size - lost} or "
                f"{size - lost + pooling.tasks}",
                reads,
            )


def connections_are_there(environment: Environment) -> Iterator[Finding]:
    """An update, which runs every task twice, still leaves PostgreSQL's other users their connections."""
    database, pooling = environment.database, environment.pooling
    each, tasks = pool_sizes(pooling), 2 * pooling.tasks
    # Reads go to the primary where there is no replica, and while none is healthy.
    wanted = {"the primary": (each["primary"] + each["replicas"], database.parameters)}
    if database.read_replicas:
        theirs = {**database.parameters, **database.replica_parameters}
        wanted["a replica"] = (each["replicas"], theirs)
    for instance, (connections, parameters) in wanted.items():
        offered, because = _connections_of(database.instance_class, parameters)
        if offered is None or tasks * connections + pooling.reserved_connections <= offered:
            continue
        yield Finding(
            "pooling.read_pool_size" if instance == "a replica" else "pooling.pool_size",
            f"asks {instance} for {tasks * connections} connections while an update runs {tasks} tasks, and "
            f"{pooling.reserved_connections} are kept for others (pooling.reserved_connections): it takes "
            f"{offered} ({because})",
            (
                MODE,
                "pooling.pool_size",
                "pooling.read_pool_size",
                "pooling.tasks",
                "pooling.reserved_connections",
                "database.instance_class",
                "database.read_replicas",
            ),
        )


def _connections_of(instance_class: str, parameters: Mapping[str, str]) -> tuple[int | None, str]:
    """How many connections an instance takes, and why; None where only RDS knows."""
    stated = parameters.get("max_connections")
    if stated is not None:
        return int(stated) if stated.isdecimal() else None, "its parameter max_connections"
    return (
        fewest_connections(instance_class),
        f"{instance_class}, estimated from its memory; its parameter max_connections would say",
    )


def fargate_has_the_size(environment: Environment) -> Iterator[Finding]:
    """Fargate sells CPU and memory in pairs."""
    pooling = environment.pooling
    nearest = nearest_memory(pooling.cpu, pooling.memory_mb)
    if nearest != pooling.memory_mb:
        yield Finding(
            "pooling.memory_mb",
            f"Fargate has no task of pooling.cpu = {pooling.cpu} with it; the nearest that it has is "
            f"{nearest}",
            ("pooling.cpu", MODE),
        )


def one_task_may_fail(environment: Environment) -> Iterator[Finding]:
    """What others rely on does not rest on one task in one zone."""
    if environment.termination_protection and environment.pooling.tasks < TASKS_WITH_A_SPARE:
        yield Finding(
            "pooling.tasks",
            f"must be at least {TASKS_WITH_A_SPARE} with termination_protection = true: with its only task "
            "the way to PostgreSQL is gone",
            ("termination_protection", MODE),
        )


def known_holes_are_mended(environment: Environment) -> Iterator[Finding]:
    """Only a rehearsal, which functions.ca_bundle marks, runs what the machine at hand has."""
    stated = environment.pooling.minimum_version
    if environment.functions.ca_bundle is None and tuple(map(int, stated.split("."))) < SAFE_VERSION:
        yield Finding(
            "pooling.minimum_version",
            f"must be at least {'.'.join(map(str, SAFE_VERSION))}: in an older PgBouncer who knows one "
            "password may log in as another user (CVE-2026-107350)",
            ("functions.ca_bundle", MODE),
        )


def least_authority_days(certificate_days: int) -> int:
    """Days of life that the issuer demands of an authority; it counts by itself, knowing no settings."""
    return LAST_PART * (max(certificate_days, PUBLISHED_DAYS) + certificate_days + 1)


def authority_outlives_its_succession(environment: Environment) -> Iterator[Finding]:
    """In its last third an authority sees its successor become known, and its last certificate end."""
    pooling = environment.pooling
    certificate = pooling.certificate_days
    published, least = max(certificate, PUBLISHED_DAYS), least_authority_days(certificate)
    if pooling.authority_days < least:
        yield Finding(
            "pooling.authority_days",
            f"must be at least {least} with pooling.certificate_days = {certificate}: in its last third the "
            f"next authority is published for {published} days before it signs, and then the last "
            "certificate runs out",
            ("pooling.certificate_days", MODE),
        )


def prefix_list_is_of_use(environment: Environment) -> Iterator[Finding]:
    """Only tasks reach S3, where their image is, and backups."""
    tasks = environment.pooling.mode == "pgbouncer" or environment.backup.logical
    if environment.network.s3_prefix_list_id and not tasks:
        yield Finding(
            "network.s3_prefix_list_id",
            'is for pooling.mode = "pgbouncer" or backup.logical = true: nothing else of the tier reaches S3 '
            "from inside the VPC",
            (MODE, "backup.logical"),
        )


POOLING: tuple[Rule, ...] = (
    *map(
        _where_it_is_deployed,
        (
            pools_divide_evenly,
            connections_are_there,
            fargate_has_the_size,
            one_task_may_fail,
            known_holes_are_mended,
            authority_outlives_its_succession,
        ),
    ),
    prefix_list_is_of_use,
)
