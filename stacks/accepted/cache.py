"""What is accepted of Redis. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, Finding, across
from stacks.settings import Environment
from stacks.settings.cache import ENOUGH_DAYS, longest_ttl, snapshots_outlive_their_contents

UNITS = (("days", 86_400), ("h", 3_600), ("min", 60))


def cache_findings(environment: Environment) -> Iterator[Finding]:
    """Yield what is accepted of the replication group."""
    settings = environment.cache
    group = ("cache/ReplicationGroup",)
    yield Finding(
        "Port 6379 is reachable from two security groups in a VPC without an internet route, by TLS and a "
        "named user only. Another number would hide nothing from someone inside.",
        group,
        (f"{AWS}AEC5",),
    )
    yield Finding(
        "Role-based users with passwords and access lists take the place of the single AUTH token, which "
        "the rule looks for and which cannot be combined with them; the user `default` is switched off.",
        group,
        (f"{AWS}AEC6",),
    )
    if snapshots_outlive_their_contents(settings) and settings.snapshot_retention_days < ENOUGH_DAYS:
        yield Finding(
            f"What Redis holds lives {_duration(longest_ttl(settings))} at most (sessions "
            f"{_duration(settings.session_ttl_seconds)}, configuration "
            f"{_duration(settings.config_ttl_seconds)}, responses "
            f"{_duration(settings.response_ttl_seconds)}): a snapshot older than "
            f"{settings.snapshot_retention_days} days holds nothing that is still valid. The record is "
            "PostgreSQL, which keeps more.",
            group,
            across("ElastiCacheRedisClusterAutomaticBackup", NIST, HIPAA),
        )
    if not (settings.multi_az or environment.termination_protection):
        yield Finding(
            f"{environment.name} runs one node and may start with an empty cache after a failure: it serves "
            "no users. A protected environment has a replica in another zone with automatic failover.",
            group,
            (f"{AWS}AEC4",),
        )


def _duration(seconds: int) -> str:
    """`24 h` of 86400, `2 days` of 172800, `90 s` of 90."""
    for unit, size in UNITS:
        if seconds % size == 0 and seconds > (size if unit == "days" else 0):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
