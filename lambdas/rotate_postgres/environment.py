"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lambdas.common.variables import number, required, text_list, texts

_POOLER: Final = "POOLER_"


@dataclass(frozen=True, kw_only=True)
class Pooler:
    """The pooler before the database.

    `host` is the name that its certificate is for and that clients connect to; `tasks` is a name whose
    addresses are those of all its tasks; `logins` are those that it serves.
    """

    host: str
    port: int
    tasks: str
    trust_secret_arn: str
    logins: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the function rotates, and where it must log in before a password counts.

    `login_secret_arns` maps a login's name to its secret; `client_cache_seconds` is how long applications may
    keep one; `pooler` is None where applications pool for themselves.
    """

    master_secret_arn: str
    login_secret_arns: Mapping[str, str]
    replica_hosts: tuple[str, ...]
    client_cache_seconds: int
    password_length: int
    pooler: Pooler | None = None


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read MASTER_SECRET_ARN, LOGIN_SECRET_ARNS, REPLICA_HOSTS, CLIENT_CACHE_SECONDS and PASSWORD_LENGTH.

    And of a pooler POOLER_HOST, POOLER_PORT, POOLER_TASKS, POOLER_TRUST_SECRET_ARN and POOLER_LOGINS: all of
    them or none.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    return Environment(
        master_secret_arn=required(variables, "MASTER_SECRET_ARN"),
        login_secret_arns=texts(variables, "LOGIN_SECRET_ARNS"),
        replica_hosts=text_list(variables, "REPLICA_HOSTS"),
        client_cache_seconds=number(variables, "CLIENT_CACHE_SECONDS"),
        password_length=number(variables, "PASSWORD_LENGTH"),
        pooler=_pooler(variables),
    )


def _pooler(variables: Mapping[str, str]) -> Pooler | None:
    if not any(name.startswith(_POOLER) for name in variables):
        return None
    return Pooler(
        host=required(variables, "POOLER_HOST"),
        port=number(variables, "POOLER_PORT"),
        tasks=required(variables, "POOLER_TASKS"),
        trust_secret_arn=required(variables, "POOLER_TRUST_SECRET_ARN"),
        logins=text_list(variables, "POOLER_LOGINS"),
    )
