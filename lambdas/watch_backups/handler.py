"""The function's entry: called every hour, it tells how old backups and drills are, here and in recovery."""

import os
from datetime import UTC, datetime

from lambdas.common.logs import function_log
from lambdas.common.metrics import publish
from lambdas.watch_backups.automated import RdsBackups
from lambdas.watch_backups.bucket import S3Bucket
from lambdas.watch_backups.environment import Buckets, Environment, parse_environment
from lambdas.watch_backups.in_turn import InTurn
from lambdas.watch_backups.look import Look
from lambdas.watch_backups.readings import Figure, copy_age


def handler(_event: object, _context: object) -> None:
    """Publish the figures of the backups that there are, of both copies and of the drills.

    Raises:
        EnvironmentInvalid: a variable is missing or malformed.
        BackupsUnreadable: a bucket, or RDS's list, could not be read; what else there is to tell is published
            all the same.
    """
    environment, now, turn = parse_environment(os.environ), datetime.now(tz=UTC), InTurn()
    if environment.copied_instance is not None:
        with turn.going_on():
            _look_at_copies(environment.copied_instance, environment, now)
    if environment.buckets is not None:
        with turn.going_on():
            _look_at_buckets(environment.buckets, environment, now)
    turn.end()


def _look_at_copies(instance: str, environment: Environment, now: datetime) -> None:
    reach = RdsBackups(region=environment.recovery_region).reach(instance)
    _publish(copy_age(reach, now=now), environment)
    function_log().info("RDS's copy of the automated backups", reaches=str(reach or "no moment"))


def _look_at_buckets(buckets: Buckets, environment: Environment, now: datetime) -> None:
    Look(
        source=S3Bucket(buckets.source),
        replica=S3Bucket(buckets.replica, region=environment.recovery_region),
        database=environment.database,
        drill_hours=buckets.drill_hours,
        now=now,
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
