"""Redis secrets in the format of AWS's rotation function, parsed once into a type. It shows no password."""

from dataclasses import dataclass, field
from typing import Final

from lambdas.common.documents import read_document
from lambdas.common.errors import SecretInvalid

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
    document = read_document(text, name=name, keys=_KEYS)
    missing = [key for key in _KEYS if not document.get(key)]
    if missing:
        raise SecretInvalid(f"secret {name} has no {' and no '.join(missing)}; the cache stack sets them.")
    return RedisSecret(**{key: str(document[key]) for key in _KEYS})
