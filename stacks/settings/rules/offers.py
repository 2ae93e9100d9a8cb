"""Rules on what AWS offers in the region: releases, classes, node types, runtimes. Never calls AWS."""

from collections.abc import Iterator
from difflib import get_close_matches

from stacks.settings import catalog
from stacks.settings.environment import Environment
from stacks.settings.rules.finding import Finding

OLDEST_PYTHON = (3, 11)
"""The Lambdas are written for it and for every later one."""


def database_release_is_offered(environment: Environment) -> Iterator[Finding]:
    """RDS lets one create the pinned release."""
    releases = [release for release in catalog.postgres_releases() if release.startswith("15.")]
    if environment.database.engine_version not in releases:
        yield Finding("database.engine_version", f"RDS does not offer it; it offers {', '.join(releases)}")


def instance_class_is_offered(environment: Environment) -> Iterator[Finding]:
    """RDS has the class, in this region, for this release."""
    region, release = environment.region, environment.database.engine_version
    offered = catalog.instance_classes(region=region, release=release)
    wanted = environment.database.instance_class
    if offered and wanted not in offered:
        yield Finding(
            "database.instance_class",
            f"RDS does not offer it for PostgreSQL {release} in {region}{_nearest(wanted, offered)}",
            ("region", "database.engine_version"),
        )


def cache_release_is_offered(environment: Environment) -> Iterator[Finding]:
    """ElastiCache lets one create the release."""
    releases = [release for release in catalog.redis_releases() if release.startswith("7.")]
    if environment.cache.engine_version not in releases:
        yield Finding(
            "cache.engine_version", f"ElastiCache does not offer it; it offers {', '.join(releases)}"
        )


def node_type_is_offered(environment: Environment) -> Iterator[Finding]:
    """ElastiCache has the type in this region, and it keeps its data in memory."""
    offered = catalog.cache_node_types(environment.region)
    wanted = environment.cache.node_type
    if offered and wanted not in offered:
        yield Finding(
            "cache.node_type",
            f"ElastiCache does not offer it in {environment.region}{_nearest(wanted, offered)}",
            ("region",),
        )
    elif wanted.startswith("cache.r6gd."):
        yield Finding(
            "cache.node_type",
            "moves data to disk (data tiering), which volatile-ttl does not work with; choose a cache.r6g or "
            "cache.r7g type",
        )


def python_runs_on_lambda(environment: Environment) -> Iterator[Finding]:
    """Lambda has the Python, and the Lambdas are written for it."""
    usable = [
        version
        for version in catalog.lambda_pythons()
        if tuple(int(part) for part in version.split(".")) >= OLDEST_PYTHON
    ]
    if environment.functions.python not in usable:
        yield Finding("functions.python", f"must be one of {', '.join(usable)}")


def _nearest(wanted: str, offered: tuple[str, ...]) -> str:
    family = [name for name in offered if name.rpartition(".")[0] == wanted.rpartition(".")[0]]
    nearest = get_close_matches(wanted, family or offered, n=1, cutoff=0.5)
    return f"; did you mean '{nearest[0]}'?" if nearest else f"; it offers {', '.join(offered)}"


OFFERS = (
    database_release_is_offered,
    instance_class_is_offered,
    cache_release_is_offered,
    node_type_is_offered,
    python_runs_on_lambda,
)
