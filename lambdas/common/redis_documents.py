"""Redis secrets in the format of AWS's rotation function, parsed once into a type. It shows no password."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from lambdas.common.errors import SecretInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS: Final = ("username", "password", "user_arn")


@dataclass(frozen=True, kw_only=True)
class RedisSecret:
    """One user: its name, its password, and ElastiCache's ARN of it. Its repr hides the password."""

    username: str
    user_arn: str
    password: str = field(repr=False)

    @property
    def user_id(self) -> str:
        """ElastiCache's id of the user, the last part of its ARN."""
        return self.user_arn.rpartition(":")[2]


def parse_redis_secret(text: str, *, name: str) -> RedisSecret:
    """Read one document; `name` is what messages call it.

    Raises:
        SecretInvalid: not JSON, or a key is missing. The message quotes no value.
    """
    try:
        parsed: object = json.loads(text)
    except json.JSONDecodeError:
        # The decoder's error holds the whole document: it must not travel on as the cause.
        parsed = None
    if not isinstance(parsed, dict):
        raise SecretInvalid(f"secret {name} is not a JSON object; expected the keys {', '.join(_KEYS)}.")
    document = cast("Mapping[str, object]", parsed)
    missing = [key for key in _KEYS if not document.get(key)]
    if missing:
        raise SecretInvalid(f"secret {name} has no {' and no '.join(missing)}; the cache stack sets them.")
    return RedisSecret(**{key: str(document[key]) for key in _KEYS})
