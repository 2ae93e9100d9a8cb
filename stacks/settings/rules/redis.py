"""Rules on Redis: failover, windows, the reach of the application's user. Never looks at a server."""

import re
from collections.abc import Iterator

from stacks.settings.cache import DAY, ENOUGH_DAYS, longest_ttl, snapshots_outlive_their_contents
from stacks.settings.environment import Environment
from stacks.settings.rules.finding import Finding

_EVERYTHING = re.compile(r"\*+")
_PREFIX = re.compile(r"[A-Za-z0-9]")
_UNSPEAKABLE = re.compile(r"\s|^[~&%+@]")


def failover_has_somewhere_to_go(environment: Environment) -> Iterator[Finding]:
    """Multi-AZ promotes a replica."""
    if environment.cache.multi_az and environment.cache.replicas == 0:
        yield Finding(
            "cache.replicas",
            "must be at least 1 with cache.multi_az = true: a failover promotes a replica",
            ("cache.multi_az",),
        )


def snapshot_and_maintenance_take_turns(environment: Environment) -> Iterator[Finding]:
    """ElastiCache refuses windows that meet."""
    snapshot, maintenance = environment.cache.snapshot_window, environment.cache.maintenance_window
    if snapshot.overlaps(maintenance):
        yield Finding(
            "cache.maintenance_window",
            f'must not overlap cache.snapshot_window = "{snapshot}"',
            ("cache.snapshot_window",),
        )


def patterns_keep_the_application_in(environment: Environment) -> Iterator[Finding]:
    """A pattern names something: one that matches everything gives the user every key, or every channel."""
    for name in ("key_patterns", "channel_patterns"):
        patterns: tuple[str, ...] = getattr(environment.cache, name)
        for index, pattern in enumerate(patterns):
            key = f"cache.{name}[{index}]"
            if not pattern:
                yield Finding(key, "must not be empty; write a prefix and a star, such as 'session:*'")
            elif _EVERYTHING.fullmatch(pattern):
                yield Finding(key, "matches everything; name a prefix, such as 'session:*'")
            elif _UNSPEAKABLE.search(pattern):
                yield Finding(
                    key, "must have no blanks and no ACL sign (~ & % + @) in front: write 'session:*'"
                )
            elif _PREFIX.match(pattern) is None:
                yield Finding(key, "must start with letters or digits of its own, such as 'session:*'")


def snapshots_last(environment: Environment) -> Iterator[Finding]:
    """A snapshot that is dropped while what it holds is still valid was kept too briefly."""
    cache = environment.cache
    if cache.snapshot_retention_days >= ENOUGH_DAYS or snapshots_outlive_their_contents(cache):
        return
    least = min(ENOUGH_DAYS, -(-longest_ttl(cache) // DAY))
    yield Finding(
        "cache.snapshot_retention_days",
        f"must be at least {least} days: the longest time to live is {longest_ttl(cache)} seconds",
        ("cache.session_ttl_seconds", "cache.config_ttl_seconds", "cache.response_ttl_seconds"),
    )


REDIS = (
    failover_has_somewhere_to_go,
    snapshot_and_maintenance_take_turns,
    patterns_keep_the_application_in,
    snapshots_last,
)
