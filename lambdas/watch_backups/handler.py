"""The function's entry: called every hour, it tells how old backups and drills are, here and in recovery."""

import os
from datetime import UTC, datetime

from lambdas.common.logs import function_log
from lambdas.common.metrics import publish
from lambdas.watch_backups.bucket import S3Bucket
from lambdas.watch_backups.environment import Environment, parse_environment
from lambdas.watch_backups.look import Look
from lambdas.watch_backups.readings import Figure


def handler(_event: object, _context: object) -> None:
    """Publish the figures of both copies and of the drills.

    Raises:
        EnvironmentInvalid: a variable is missing or malformed.
        BucketUnreadable: a bucket could not be read; the other's figures are published all the same.
    """
    environment = parse_environment(os.environ)
    Look(
        source=S3Bucket(environment.source_bucket),
        replica=S3Bucket(environment.replica_bucket, region=environment.recovery_region),
        database=environment.database,
        drill_hours=environment.drill_hours,
        now=datetime.now(tz=UTC),
        tell=lambda figure: _publish(figure, environment),
        log=function_log(),
    ).run()


def _publish(figure: Figure, environment: Environment) -> None:
    copy = {} if figure.copy is None else {"Copy": figure.copy}
    publish(
        figure.name,
        figure.value,
        unit=figure.unit,
        namespace=environment.namespace,
        dimensions={"Database": environment.database, **copy},
    )
