"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import number, required

_OF_BUCKETS = ("SOURCE_BUCKET", "REPLICA_BUCKET", "DRILL_HOURS")


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """The buckets of the logical backups, and how many hours a drill may take."""

    source: str
    replica: str
    drill_hours: int


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What is looked at, of which database, and where figures go.

    `buckets` is None where no logical backup is taken. `copied_instance` is the ARN of the instance whose
    automated backups RDS copies to `recovery_region`, or None where it copies none.
    """

    buckets: Buckets | None
    copied_instance: str | None
    recovery_region: str
    database: str
    namespace: str


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read RECOVERY_REGION, DATABASE, METRICS_NAMESPACE, and what is there of the rest.

    SOURCE_BUCKET, REPLICA_BUCKET and DRILL_HOURS come together, COPIED_INSTANCE_ARN with or without them.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    copied = variables.get("COPIED_INSTANCE_ARN") or None
    logical = copied is None or any(variables.get(name) for name in _OF_BUCKETS)
    return Environment(
        buckets=_buckets(variables) if logical else None,
        copied_instance=copied,
        recovery_region=required(variables, "RECOVERY_REGION"),
        database=required(variables, "DATABASE"),
        namespace=required(variables, "METRICS_NAMESPACE"),
    )


def _buckets(variables: Mapping[str, str]) -> Buckets:
    hours = number(variables, "DRILL_HOURS")
    if not hours:
        raise EnvironmentInvalid("DRILL_HOURS is 0; a drill takes at least one hour to be called lost.")
    return Buckets(
        source=required(variables, "SOURCE_BUCKET"),
        replica=required(variables, "REPLICA_BUCKET"),
        drill_hours=hours,
    )
