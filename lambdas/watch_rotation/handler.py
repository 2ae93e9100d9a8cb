"""The function's entry: called by a schedule, it asks how old each secret is and publishes the figures."""

import os
from datetime import UTC, datetime
from typing import Final

from lambdas.common.errors import SecretUnreadable
from lambdas.common.logs import function_log
from lambdas.common.metrics import publish
from lambdas.common.rotation.versions import SecretsManagerVersions
from lambdas.watch_rotation.age import days_overdue
from lambdas.watch_rotation.environment import parse_environment

METRIC: Final = "DaysOverdue"
DIMENSION: Final = "Secret"


def handler(_event: object, _context: object) -> None:
    """Publish DaysOverdue of every secret.

    Raises:
        SecretUnreadable: one could not be asked for; the others' figures are published all the same.
    """
    environment, versions, log = parse_environment(os.environ), SecretsManagerVersions(), function_log()
    failures: list[SecretUnreadable] = []
    for name, arn in environment.secret_arns.items():
        try:
            metadata = versions.describe(arn)
        except SecretUnreadable as failure:
            failures.append(failure)
            continue
        overdue = days_overdue(
            metadata, longest_days=environment.longest_days[name], now=datetime.now(tz=UTC)
        )
        if overdue or not metadata.enabled:
            log.warning("A secret is due", secret=name, days=round(overdue, 1), rotates=metadata.enabled)
        publish(
            METRIC,
            overdue,
            unit="None",
            namespace=environment.namespace,
            dimensions={DIMENSION: name} if environment.each_secret else {},
        )
    if failures:
        raise SecretUnreadable("\n".join(map(str, failures)))
