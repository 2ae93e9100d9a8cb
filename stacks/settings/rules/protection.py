"""Rules on a protected environment, which somebody relies on. Never judges by an environment's name."""

from collections.abc import Iterator

from stacks.settings.environment import Environment
from stacks.settings.rules.finding import Finding


def protection_is_whole(environment: Environment) -> Iterator[Finding]:
    """What an environment that serves nobody may save is not saved where termination_protection is on."""
    if not environment.termination_protection:
        return
    network, database, cache = environment.network, environment.database, environment.cache
    wanted = {
        "database.deletion_protection": (
            database.deletion_protection,
            "a replacement could still delete the data",
        ),
        "database.multi_az": (database.multi_az, "without a standby one failed zone stops every write"),
        "cache.multi_az": (cache.multi_az, "without it a failed node ends every session"),
        # An existing VPC's flows may be recorded by whoever owns it.
        "network.flow_logs": (
            network.flow_logs or network.vpc_id is not None,
            "who connected to what could not be told afterwards",
        ),
    }
    for key, (given, reason) in wanted.items():
        if not given:
            yield Finding(
                key,
                f"must be true with termination_protection = true: {reason}",
                ("termination_protection",),
            )


PROTECTION = (protection_is_whole,)
