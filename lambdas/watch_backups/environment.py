"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import number, required


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Both buckets, whose backups they hold, how many hours a drill may take, and where figures go."""

    source_bucket: str
    replica_bucket: str
    recovery_region: str
    database: str
    drill_hours: int
    namespace: str


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read SOURCE_BUCKET, REPLICA_BUCKET, RECOVERY_REGION, DATABASE, DRILL_HOURS and METRICS_NAMESPACE.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    hours = number(variables, "DRILL_HOURS")
    if not hours:
        raise EnvironmentInvalid("DRILL_HOURS is 0; a drill takes at least one hour to be called lost.")
    return Environment(
        source_bucket=required(variables, "SOURCE_BUCKET"),
        replica_bucket=required(variables, "REPLICA_BUCKET"),
        recovery_region=required(variables, "RECOVERY_REGION"),
        database=required(variables, "DATABASE"),
        drill_hours=hours,
        namespace=required(variables, "METRICS_NAMESPACE"),
    )
