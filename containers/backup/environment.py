"""The task's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from containers.backup.programs import Programs
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import number, required, text_list

SCRATCH: Final = Path("/scratch")
_MOST_STREAMS: Final = 64


@dataclass(frozen=True, kw_only=True)
class TakeEnvironment:
    """What to back up, from which servers, and where to.

    The replicas are asked first, in their order. A table larger than `chunk_mib` MiB is copied in parts.
    """

    bucket: str
    database: str
    primary_host: str
    replica_hosts: tuple[str, ...]
    postgres_port: int
    login_secret_arn: str
    streams: int
    chunk_mib: int
    metrics_namespace: str
    ca_bundle: Path
    programs: Programs


@dataclass(frozen=True, kw_only=True)
class DrillEnvironment:
    """Which database's newest backup to restore, from which bucket, and onto which disk."""

    bucket: str
    database: str
    streams: int
    scratch_directory: Path
    apply_migrations: bool
    metrics_namespace: str
    programs: Programs


def parse_take(variables: Mapping[str, str]) -> TakeEnvironment:
    """Read what the stack sets for `take`.

    Raises EnvironmentInvalid: it names the variable and what it should hold.
    """
    return TakeEnvironment(
        bucket=required(variables, "BUCKET"),
        database=required(variables, "DATABASE"),
        primary_host=required(variables, "PRIMARY_HOST"),
        replica_hosts=text_list(variables, "REPLICA_HOSTS"),
        postgres_port=_within(variables, "POSTGRES_PORT", range(1, 65536)),
        login_secret_arn=required(variables, "LOGIN_SECRET_ARN"),
        streams=_streams(variables),
        chunk_mib=_within(variables, "CHUNK_MIB", range(1, 1024 * 1024)),
        metrics_namespace=required(variables, "METRICS_NAMESPACE"),
        ca_bundle=Path(variables.get("CA_BUNDLE") or RDS_CA_BUNDLE),
        programs=Programs.of(variables),
    )


def parse_drill(variables: Mapping[str, str]) -> DrillEnvironment:
    """Read what the stack sets for `drill`. Raises EnvironmentInvalid: as `parse_take`."""
    return DrillEnvironment(
        bucket=required(variables, "BUCKET"),
        database=required(variables, "DATABASE"),
        streams=_streams(variables),
        scratch_directory=Path(variables.get("SCRATCH_DIRECTORY") or SCRATCH),
        apply_migrations=_flag(variables, "APPLY_MIGRATIONS"),
        metrics_namespace=required(variables, "METRICS_NAMESPACE"),
        programs=Programs.of(variables),
    )


def _streams(variables: Mapping[str, str]) -> int:
    return _within(variables, "STREAMS", range(1, _MOST_STREAMS + 1))


def _within(variables: Mapping[str, str], name: str, allowed: range) -> int:
    value = number(variables, name)
    if value not in allowed:
        raise EnvironmentInvalid(f"{name} is {value}; {allowed[0]} to {allowed[-1]} is expected.")
    return value


def _flag(variables: Mapping[str, str], name: str) -> bool:
    value = required(variables, name)
    if value not in ("true", "false"):
        raise EnvironmentInvalid(f"{name} is {value!r}; 'true' or 'false' is expected.")
    return value == "true"
