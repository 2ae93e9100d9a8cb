"""The function's environment variables, parsed once into a type.

It reads nothing but the mapping it is given.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast, get_args

from lambdas.bootstrap.roles.design import PASSWORD_LOGINS, Access
from lambdas.common.errors import EnvironmentInvalid

LOGINS: Final = tuple(role.name for role in PASSWORD_LOGINS)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What one deployment asks of the bootstrap."""

    name: str
    master_secret_arn: str
    login_secret_arns: Mapping[str, str]
    extensions: tuple[str, ...]
    iam_logins: Mapping[str, Access]


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read ENVIRONMENT, MASTER_SECRET_ARN, LOGIN_SECRET_ARNS, EXTENSIONS and IAM_LOGINS.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    arns = _texts(variables, "LOGIN_SECRET_ARNS")
    if set(arns) != set(LOGINS):
        raise EnvironmentInvalid(
            f"LOGIN_SECRET_ARNS names the logins {sorted(arns)}; exactly {sorted(LOGINS)} are expected.",
        )
    iam = _texts(variables, "IAM_LOGINS")
    for login, access in iam.items():
        if access not in get_args(Access):
            raise EnvironmentInvalid(
                f"IAM_LOGINS: {login} is {access!r}; {' or '.join(get_args(Access))} is expected."
            )
        if login in LOGINS:
            raise EnvironmentInvalid(f"IAM_LOGINS: {login} is a login with a password; choose another name.")
    extensions = _json(variables, "EXTENSIONS")
    if not isinstance(extensions, list) or not all(
        isinstance(name, str) for name in cast("list[object]", extensions)
    ):
        raise EnvironmentInvalid('EXTENSIONS is not a JSON list of names, such as ["pg_stat_statements"].')
    return Environment(
        name=_required(variables, "ENVIRONMENT"),
        master_secret_arn=_required(variables, "MASTER_SECRET_ARN"),
        login_secret_arns=arns,
        extensions=tuple(cast("list[str]", extensions)),
        iam_logins=cast("Mapping[str, Access]", iam),
    )


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise EnvironmentInvalid(f"the environment variable {name} is not set; the bootstrap stack sets it.")
    return value


def _json(variables: Mapping[str, str], name: str) -> object:
    try:
        return json.loads(_required(variables, name))
    except json.JSONDecodeError as error:
        raise EnvironmentInvalid(f"{name} is not JSON: {error}.") from error


def _texts(variables: Mapping[str, str], name: str) -> dict[str, str]:
    value = _json(variables, name)
    if not isinstance(value, dict):
        raise EnvironmentInvalid(f"{name} is not a JSON object.")
    entries = cast("dict[str, object]", value)
    if not all(isinstance(text, str) for text in entries.values()):
        raise EnvironmentInvalid(f"{name}: every value is a text.")
    return cast("dict[str, str]", entries)
