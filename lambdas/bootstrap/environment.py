"""The function's environment variables, parsed once into a type.

It reads nothing but the mapping it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final, TypedDict, cast, get_args

from lambdas.bootstrap.migrations.policy import Answer, Policy
from lambdas.bootstrap.roles.design import PASSWORD_LOGINS, Access
from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import json_object, json_value, required

LOGINS: Final = tuple(role.name for role in PASSWORD_LOGINS)
_STRICTNESS: Final = ("edited", "missing", "diverged", "open_transaction")
_LEAST: Final = {"lock_timeout_seconds": 1, "lock_attempts": 1, "dump_wait_seconds": 0}
"""The smallest value of each number in MIGRATIONS; a lock_timeout of 0 would wait for ever."""


class _PolicyFields(TypedDict):
    """MIGRATIONS once each of its values has been looked at."""

    edited: Answer
    missing: Answer
    diverged: Answer
    open_transaction: Answer
    lock_timeout_seconds: int
    lock_attempts: int
    dump_wait_seconds: int


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What one deployment asks of the bootstrap."""

    name: str
    master_secret_arn: str
    login_secret_arns: Mapping[str, str]
    extensions: tuple[str, ...]
    iam_logins: Mapping[str, Access]
    policy: Policy = field(default_factory=Policy)


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read ENVIRONMENT, MASTER_SECRET_ARN, LOGIN_SECRET_ARNS, EXTENSIONS, IAM_LOGINS and MIGRATIONS.

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
    extensions = json_value(variables, "EXTENSIONS")
    if not isinstance(extensions, list) or not all(
        isinstance(name, str) for name in cast("list[object]", extensions)
    ):
        raise EnvironmentInvalid('EXTENSIONS is not a JSON list of names, such as ["pg_stat_statements"].')
    return Environment(
        name=required(variables, "ENVIRONMENT"),
        master_secret_arn=required(variables, "MASTER_SECRET_ARN"),
        login_secret_arns=arns,
        extensions=tuple(cast("list[str]", extensions)),
        iam_logins=cast("Mapping[str, Access]", iam),
        policy=_policy(variables),
    )


def _policy(variables: Mapping[str, str]) -> Policy:
    """Read MIGRATIONS, an object with every field of Policy."""
    value = json_value(variables, "MIGRATIONS")
    expected = sorted(one.name for one in fields(Policy))
    if not isinstance(value, dict) or sorted(cast("dict[str, object]", value)) != expected:
        raise EnvironmentInvalid(f"MIGRATIONS is not a JSON object of exactly {', '.join(expected)}.")
    given = cast("dict[str, object]", value)
    for key in _STRICTNESS:
        if given[key] not in get_args(Answer):
            answers = " or ".join(get_args(Answer))
            raise EnvironmentInvalid(f"MIGRATIONS: {key} is {given[key]!r}; {answers} is expected.")
    for key, least in _LEAST.items():
        number = given[key]
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise EnvironmentInvalid(
                f"MIGRATIONS: {key} is {number!r}; a whole number of {least} or more is expected."
            )
    return Policy(**cast("_PolicyFields", given))


def _texts(variables: Mapping[str, str], name: str) -> dict[str, str]:
    entries = json_object(variables, name)
    if not all(isinstance(text, str) for text in entries.values()):
        raise EnvironmentInvalid(f"{name}: every value is a text.")
    return cast("dict[str, str]", entries)
