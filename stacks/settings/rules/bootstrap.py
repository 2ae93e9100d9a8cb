"""The rule on the bootstrap's patience. Never looks at a migration."""

from collections.abc import Iterator

from stacks.settings.environment import Environment
from stacks.settings.rules.finding import Finding


def waits_end_before_the_function_does(environment: Environment) -> Iterator[Finding]:
    """Whoever waits longest must still be able to say what was waited for."""
    bootstrap = environment.bootstrap
    migrations = bootstrap.migrations
    locks = migrations.lock_attempts * migrations.lock_timeout_seconds
    if migrations.dump_wait_seconds + locks >= bootstrap.timeout_minutes * 60:
        yield Finding(
            "bootstrap.timeout_minutes",
            f"must be longer than all that is waited for: a dump for {migrations.dump_wait_seconds} s "
            "(bootstrap.migrations.dump_wait_seconds) and one script's locks "
            f"{migrations.lock_attempts} times for {migrations.lock_timeout_seconds} s (lock_attempts, "
            "lock_timeout_seconds)",
            tuple(
                f"bootstrap.migrations.{key}"
                for key in ("dump_wait_seconds", "lock_attempts", "lock_timeout_seconds")
            ),
        )


BOOTSTRAP = (waits_end_before_the_function_does,)
