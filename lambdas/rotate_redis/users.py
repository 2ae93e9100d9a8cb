"""Asks for users and changes them through ElastiCache's API. It decides nothing, and shows no password."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from lambdas.common.rotation.errors import StepNotDone

if TYPE_CHECKING:
    from mypy_boto3_elasticache.type_defs import UserTypeDef

_REMEDIES: Final = {
    "UserNotFound": "deploy the cache stack, which makes it",
    "InvalidUserState": "it is being changed, and the next try comes later",
    "AccessDenied": "the function's role lacks the permission",
}


class Users(Protocol):
    """What a rotation asks of ElastiCache. Each may raise StepNotDone."""

    def name_of(self, user_id: str) -> str:
        """The name that a user logs in with."""
        ...

    def is_active(self, user_id: str) -> bool:
        """Whether the last change of a user is in force on every node, so that another may follow."""
        ...

    def set_passwords(self, user_id: str, passwords: Sequence[str]) -> None:
        """Give a user one or two passwords in the place of those that it has."""
        ...


class ElastiCacheUsers:
    """AWS ElastiCache; honours AWS_ENDPOINT_URL as every boto3 client does."""

    def __init__(self) -> None:
        import boto3  # noqa: PLC0415  a third of the function's import time: paid when a step needs it

        self.client = boto3.client("elasticache")

    def name_of(self, user_id: str) -> str:
        """See `Users`."""
        return self._describe(user_id).get("UserName", "")

    def is_active(self, user_id: str) -> bool:
        """See `Users`."""
        return self._describe(user_id).get("Status") == "active"

    def set_passwords(self, user_id: str, passwords: Sequence[str]) -> None:
        """See `Users`."""
        with _asking(user_id):
            self.client.modify_user(UserId=user_id, Passwords=list(passwords))

    def _describe(self, user_id: str) -> "UserTypeDef":
        with _asking(user_id):
            (user,) = self.client.describe_users(UserId=user_id)["Users"]
        return user


@contextmanager
def _asking(user_id: str) -> Generator[None]:
    """Word what ElastiCache refuses, by its code alone: a message about a parameter may quote it."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loaded with boto3 above

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        remedy = _REMEDIES.get(code, "ElastiCache's API reference tells why")
        raise StepNotDone(f"ElastiCache refuses user {user_id}: {code}; {remedy}.") from None
    except BotoCoreError as error:
        raise StepNotDone(
            f"no answer from ElastiCache on user {user_id}: {type(error).__name__}. The next try asks again.",
        ) from None
