"""The rule on what can be written down but not deployed yet. Never judges by an environment's name."""

from collections.abc import Iterator

from stacks.settings.environment import Environment
from stacks.settings.rules.finding import Finding


def _choices(environment: Environment) -> Iterator[tuple[str, str, str]]:
    """Each unbuilt choice made: its key, what it stands for, and what can be had today."""
    database, cache = environment.database, environment.cache
    if database.engine == "aurora-postgresql":
        yield "database.engine", "Aurora PostgreSQL with reader autoscaling", '"postgres"'
    if database.sharding == "tenant_id":
        yield "database.sharding", "sharding by tenant_id with Aurora PostgreSQL Limitless", '"none"'
    if cache.shards > 1:
        yield "cache.shards", "Redis in cluster mode", "1"


def everything_asked_for_is_built(environment: Environment) -> Iterator[Finding]:
    """One finding for all unbuilt choices together, so that the reader learns the whole distance at once."""
    chosen = list(_choices(environment))
    if not chosen:
        return
    missing = ", ".join(f"{what} ({key})" for key, what, _ in chosen)
    today = ", ".join(f"{key} = {value}" for key, _, value in chosen)
    yield Finding(
        chosen[0][0],
        f"not built yet: {missing}; what can be deployed today is {today}",
        tuple(key for key, _, _ in chosen[1:]),
    )


UNBUILT = (everything_asked_for_is_built,)
