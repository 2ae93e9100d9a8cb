"""The cache slice: Redis on ElastiCache. States what is wanted; whether it can be had is in rules.py."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.constraints import Between, Count, Names, Shape, Slice
from stacks.settings.network import LOG_RETENTION
from stacks.settings.windows import CacheMaintenanceWindow, DailyWindow, SnapshotWindow, WeeklyWindow

TTL = Between(1, 31_536_000, "seconds")
PATTERN_COUNT = Count(1, 50, "patterns")
DAY = 86_400
ENOUGH_DAYS = 15
"""What the rule packs want snapshots to be kept for, whatever is in them."""


class CacheSettings(Slice):
    """The replication group, its users' reach and the time to live of what it holds."""

    engine_version: Annotated[str, Shape(r"7\.[0-9]+", "a Redis 7 release, such as '7.1'")] = Field(
        default="7.1",
        description="Release of Redis 7. Source: document, 'Redis 7'; the releases that ElastiCache offers, "
        "as bundled by cfn-lint.",
    )
    node_type: str = Field(
        default="cache.t3.micro",
        description="Size of every node. Source: document, 'Cost Estimation' (cache.t3.micro); the types "
        "that ElastiCache offers in the region, as bundled by cfn-lint.",
    )
    shards: Annotated[int, Between(1, 500, "shards")] = Field(
        default=1,
        description="Shards of the replication group; more than one is cluster mode (not built yet). Source: "
        "design, 'Environments'.",
    )
    replicas: Annotated[int, Between(0, 5, "replicas")] = Field(
        default=0,
        description="Replicas beside the primary node. Source: CreateReplicationGroup, ReplicasPerNodeGroup.",
    )
    multi_az: bool = Field(
        description="Whether a replica in another zone takes over by itself. Source: ElastiCache, "
        "'Minimizing downtime by using Multi-AZ'.",
        examples=[True],
    )
    snapshot_retention_days: Annotated[int, Between(1, 35, "days")] = Field(
        default=7,
        description="Days that daily snapshots are kept. Source: CreateReplicationGroup, "
        "SnapshotRetentionLimit.",
    )
    snapshot_window: SnapshotWindow = Field(
        default=DailyWindow.parse("03:00-04:00"),
        description="Daily window, in UTC, of the snapshot. Source: ElastiCache, 'Scheduling automatic "
        "backups'.",
    )
    maintenance_window: CacheMaintenanceWindow = Field(
        default=WeeklyWindow.parse("sun:05:30-sun:06:30"),
        description="Weekly window, in UTC, of patches. Source: ElastiCache, 'Managing maintenance'.",
    )
    maxmemory_policy: Literal[
        "volatile-ttl",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "noeviction",
    ] = Field(
        default="volatile-ttl",
        description="What a full cache throws away; 'volatile-ttl' drops what expires soonest and so kept "
        "every session through a flood of cached responses. Source: Redis, 'Key eviction'.",
    )
    key_patterns: Annotated[Names, PATTERN_COUNT] = Field(
        default=("session:*", "config:*", "response:*"),
        description="Keys that the user `app` may touch (ACL `~pattern`); every other key is refused. "
        "Source: document, 'Caching Strategy'; Redis, 'ACL'.",
    )
    channel_patterns: Annotated[Names, PATTERN_COUNT] = Field(
        default=("session:*", "config:*", "response:*"),
        description="Channels that the user `app` may publish and subscribe to (ACL `&pattern`). Source: "
        "document, 'Pub/Sub for real-time updates'; Redis, 'ACL'.",
    )
    session_ttl_seconds: Annotated[int, TTL] = Field(
        default=86_400,
        description="Time to live of a user session. Source: document, 'Caching Strategy' (24h).",
    )
    config_ttl_seconds: Annotated[int, TTL] = Field(
        default=3_600,
        description="Time to live of frequently read configuration. Source: document, 'Caching Strategy' "
        "(1h).",
    )
    response_ttl_seconds: Annotated[int, TTL] = Field(
        default=900,
        description="Time to live of API responses for static data. Source: document, 'Caching Strategy' "
        "(15m).",
    )
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=30,
        description="Days that the slow log and the engine log are kept. Source: CloudWatch Logs, "
        "PutRetentionPolicy.",
    )


def longest_ttl(settings: CacheSettings) -> int:
    """Return the seconds that the longest-lived entry lives."""
    return max(settings.session_ttl_seconds, settings.config_ttl_seconds, settings.response_ttl_seconds)


def snapshots_outlive_their_contents(settings: CacheSettings) -> bool:
    """Whether everything in the oldest snapshot has expired when it is dropped."""
    return longest_ttl(settings) <= settings.snapshot_retention_days * DAY
