"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from lambdas.common.errors import EnvironmentInvalid


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
    arns, hosts = _json(variables, "LOGIN_SECRET_ARNS"), _json(variables, "REPLICA_HOSTS")
    if not isinstance(arns, dict) or not _texts(cast("dict[object, object]", arns).values()):
        raise EnvironmentInvalid("LOGIN_SECRET_ARNS is not a JSON object of login to secret ARN.")
    if not isinstance(hosts, list) or not _texts(cast("list[object]", hosts)):
        raise EnvironmentInvalid("REPLICA_HOSTS is not a JSON list of host names.")
    return Environment(
        master_secret_arn=_required(variables, "MASTER_SECRET_ARN"),
        login_secret_arns=cast("Mapping[str, str]", arns),
        replica_hosts=tuple(cast("list[str]", hosts)),
        client_cache_seconds=_number(variables, "CLIENT_CACHE_SECONDS"),
        password_length=_number(variables, "PASSWORD_LENGTH"),
    )


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise EnvironmentInvalid(f"the environment variable {name} is not set; the rotation stack sets it.")
    return value


def _json(variables: Mapping[str, str], name: str) -> object:
    try:
        return json.loads(_required(variables, name))
    except json.JSONDecodeError as error:
        raise EnvironmentInvalid(f"{name} is not JSON: {error}.") from error


def _texts(values: object) -> bool:
    return all(isinstance(value, str) and value for value in cast("list[object]", values))


def _number(variables: Mapping[str, str], name: str) -> int:
    value = _required(variables, name)
    if not (value.isascii() and value.isdecimal()):
        raise EnvironmentInvalid(f"{name} is {value!r}; a whole number is expected.")
    return int(value)
