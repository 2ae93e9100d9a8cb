"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.common.variables import number, required, texts


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The secret of each user, and the function inside the VPC that logs in with one."""

    user_secret_arns: Mapping[str, str]
    authenticator: str
    client_cache_seconds: int
    password_length: int


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read USER_SECRET_ARNS, AUTHENTICATOR, CLIENT_CACHE_SECONDS and PASSWORD_LENGTH.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    return Environment(
        user_secret_arns=texts(variables, "USER_SECRET_ARNS"),
        authenticator=required(variables, "AUTHENTICATOR"),
        client_cache_seconds=number(variables, "CLIENT_CACHE_SECONDS"),
        password_length=number(variables, "PASSWORD_LENGTH"),
    )
