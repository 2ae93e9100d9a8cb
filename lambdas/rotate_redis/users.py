"""Changes users through ElastiCache's API. It decides nothing, and shows no password."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from lambdas.common.rotation.errors import StepNotDone


class Users(Protocol):
    """What a rotation asks of ElastiCache. Each may raise StepNotDone."""

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

    def is_active(self, user_id: str) -> bool:
        """See `Users`."""
        with _asking(user_id):
            users = self.client.describe_users(UserId=user_id)["Users"]
        return bool(users) and users[0].get("Status") == "active"

    def set_passwords(self, user_id: str, passwords: Sequence[str]) -> None:
        """See `Users`."""
        with _asking(user_id):
            self.client.modify_user(UserId=user_id, Passwords=list(passwords))


@contextmanager
def _asking(user_id: str) -> Generator[None]:
    """Word what ElastiCache refuses, by its code alone: a message about a parameter may quote it."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loaded with boto3 above

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise StepNotDone(
            f"ElastiCache refuses user {user_id}: {code}. UserNotFound: deploy the cache stack; "
            "InvalidUserState: it is being changed, and the next try comes later.",
        ) from None
    except BotoCoreError as error:
        raise StepNotDone(
            f"ElastiCache does not answer for user {user_id}: {type(error).__name__}."
        ) from None
