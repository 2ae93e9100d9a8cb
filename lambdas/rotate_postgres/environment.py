"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.common.variables import number, required, text_list, texts


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the function rotates, and where it must log in before a password counts.

    `login_secret_arns` maps a login's name to its secret; `client_cache_seconds` is how long applications may
    keep one.
    """

    master_secret_arn: str
    login_secret_arns: Mapping[str, str]
    replica_hosts: tuple[str, ...]
    client_cache_seconds: int
    password_length: int


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read MASTER_SECRET_ARN, LOGIN_SECRET_ARNS, REPLICA_HOSTS, CLIENT_CACHE_SECONDS and PASSWORD_LENGTH.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    return Environment(
        master_secret_arn=required(variables, "MASTER_SECRET_ARN"),
        login_secret_arns=texts(variables, "LOGIN_SECRET_ARNS"),
        replica_hosts=text_list(variables, "REPLICA_HOSTS"),
        client_cache_seconds=number(variables, "CLIENT_CACHE_SECONDS"),
        password_length=number(variables, "PASSWORD_LENGTH"),
    )
