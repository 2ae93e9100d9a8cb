"""The task's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from containers.pgbouncer.version import Version
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import json_object, number, required, text_list, texts

MONITOR: Final = "monitor"
"""The login that also reads the console, and that asks whether PostgreSQL can be reached."""

RUNTIME_DIRECTORY: Final = Path("/dev/shm/pgbouncer")  # noqa: S108  memory; made 0700 and refused when it is another's
PROGRAM: Final = "pgbouncer"
_PORTS: Final = range(1, 65536)


@dataclass(frozen=True, kw_only=True)
class PoolSizes:
    """Server connections of this task: to the primary, and to the replicas."""

    primary: int
    replicas: int


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What this task pools, for whom, and as which PgBouncer.

    `login_secret_arns` maps a login's name to its secret; `settings` are PgBouncer's own names and values;
    whatever ends in `_seconds` is whole seconds.
    """

    listen_address: str
    listen_port: int
    health_port: int
    primary_host: str
    postgres_port: int
    database: str
    replica_hosts: tuple[str, ...]
    login_secret_arns: Mapping[str, str]
    certificate_secret_arn: str
    settings: Mapping[str, str]
    pool_sizes: PoolSizes
    minimum_version: Version
    refresh_seconds: int
    drain_seconds: int
    metrics_seconds: int
    metrics_namespace: str
    ca_bundle: Path = RDS_CA_BUNDLE
    runtime_directory: Path = RUNTIME_DIRECTORY
    program: str = PROGRAM

    @property
    def read_database(self) -> str:
        """The pooler's name of the database for those who only read."""
        return f"{self.database}_read"


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read the variables that the stack sets, and CA_BUNDLE, RUNTIME_DIRECTORY and PGBOUNCER if they are set.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    return Environment(
        listen_address=required(variables, "LISTEN_ADDRESS"),
        listen_port=_port(variables, "LISTEN_PORT"),
        health_port=_port(variables, "HEALTH_PORT"),
        primary_host=required(variables, "PRIMARY_HOST"),
        postgres_port=_port(variables, "POSTGRES_PORT"),
        database=required(variables, "DATABASE"),
        replica_hosts=text_list(variables, "REPLICA_HOSTS"),
        login_secret_arns=_logins(variables),
        certificate_secret_arn=required(variables, "CERTIFICATE_SECRET_ARN"),
        settings=texts(variables, "PGBOUNCER_SETTINGS"),
        pool_sizes=_pool_sizes(variables),
        minimum_version=_version(variables),
        refresh_seconds=_at_least_one(variables, "REFRESH_SECONDS"),
        drain_seconds=number(variables, "DRAIN_SECONDS"),
        metrics_seconds=_at_least_one(variables, "METRICS_SECONDS"),
        metrics_namespace=required(variables, "METRICS_NAMESPACE"),
        ca_bundle=Path(variables.get("CA_BUNDLE") or RDS_CA_BUNDLE),
        runtime_directory=Path(variables.get("RUNTIME_DIRECTORY") or RUNTIME_DIRECTORY),
        program=variables.get("PGBOUNCER") or PROGRAM,
    )


def _port(variables: Mapping[str, str], name: str) -> int:
    port = number(variables, name)
    if port not in _PORTS:
        raise EnvironmentInvalid(f"{name} is {port}; a port from {_PORTS[0]} to {_PORTS[-1]} is expected.")
    return port


def _at_least_one(variables: Mapping[str, str], name: str) -> int:
    value = number(variables, name)
    if value < 1:
        raise EnvironmentInvalid(f"{name} is {value}; at least 1 is expected.")
    return value


def _logins(variables: Mapping[str, str]) -> Mapping[str, str]:
    arns = texts(variables, "LOGIN_SECRET_ARNS")
    if MONITOR not in arns:
        raise EnvironmentInvalid(
            f"LOGIN_SECRET_ARNS has no {MONITOR}; expected it beside the logins of the applications."
        )
    return arns


def _pool_sizes(variables: Mapping[str, str]) -> PoolSizes:
    sizes = json_object(variables, "POOL_SIZES")
    primary, replicas = sizes.get("primary"), sizes.get("replicas")
    if set(sizes) != {"primary", "replicas"} or not (_is_size(primary) and _is_size(replicas)):
        raise EnvironmentInvalid(
            'POOL_SIZES is not like {"primary": 10, "replicas": 10}, whole numbers from 1.'
        )
    return PoolSizes(primary=int(str(primary)), replicas=int(str(replicas)))


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _version(variables: Mapping[str, str]) -> Version:
    try:
        return Version.parse(required(variables, "MINIMUM_VERSION"))
    except ValueError as error:
        raise EnvironmentInvalid(f"MINIMUM_VERSION: {error}.") from None
