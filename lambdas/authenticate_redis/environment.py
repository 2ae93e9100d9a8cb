"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import text_list, texts


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a Redis listens."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The secret of each user, and every endpoint that its users log in to."""

    user_secret_arns: Mapping[str, str]
    endpoints: tuple[Endpoint, ...]


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read USER_SECRET_ARNS and REDIS_ENDPOINTS, a list of "host:port".

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    endpoints: list[Endpoint] = []
    for text in text_list(variables, "REDIS_ENDPOINTS"):
        host, _, port = text.rpartition(":")
        if not (host and port.isascii() and port.isdecimal()):
            raise EnvironmentInvalid(f"REDIS_ENDPOINTS: {text!r} is not host:port.")
        endpoints.append(Endpoint(host=host, port=int(port)))
    if not endpoints:
        raise EnvironmentInvalid("REDIS_ENDPOINTS is empty: nothing could be tested.")
    return Environment(user_secret_arns=texts(variables, "USER_SECRET_ARNS"), endpoints=tuple(endpoints))
