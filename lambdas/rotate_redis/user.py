"""A Redis user: while it rotates, and until the next rotation, two passwords are in force."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lambdas.common.documents import successor_of
from lambdas.common.passwords import new_password
from lambdas.common.redis_documents import RedisSecret, parse_redis_secret
from lambdas.common.rotation.contract import Request, is_current
from lambdas.common.rotation.errors import PendingRefused, StepNotDone
from lambdas.common.rotation.versions import Versions
from lambdas.rotate_redis.authenticator import Authenticator
from lambdas.rotate_redis.users import Users

_POLL_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class RedisUser:
    """One user and the step that is asked for; `seconds_left` is how long this call may still wait."""

    user: str
    request: Request
    password_length: int
    versions: Versions
    users: Users
    authenticator: Authenticator
    seconds_left: Callable[[], float]

    def successor(self, current: str) -> str:
        """The same document with a new password."""
        self._parse(current)
        return successor_of(current, password=new_password(self.password_length))

    def apply(self, *, current: str, pending: str) -> None:
        """Put the pending password in force beside the current one; the one before that is dropped."""
        before, after = self._pair(current, pending)
        self._check_name(after)
        self._wait(after)
        # The wait may outlive its rotation, and what another has made current since must not be dropped.
        if is_current(self.request, self.versions.describe(self.request.secret_arn)):
            return
        # Always exactly these two: a try that died may have set them already, or those of a try given up.
        self.users.set_passwords(after.user_id, [after.password, before.password])

    def test(self, *, current: str, pending: str) -> None:
        """Log in with the pending password wherever Redis listens, when every node has it."""
        before = self._parse(current)
        after = before if pending == current else self._pair(current, pending)[1]
        self._wait(after)
        version = None if pending == current else self.request.token
        self.authenticator.check(self.request.secret_arn, version)

    def _wait(self, secret: RedisSecret) -> None:
        while not self.users.is_active(secret.user_id):
            if self.seconds_left() < _POLL_SECONDS:
                raise StepNotDone(
                    f"ElastiCache is still changing user {secret.user_id}; it takes minutes. The next try "
                    "asks again: look at the replication group if this repeats.",
                )
            time.sleep(_POLL_SECONDS)

    def _check_name(self, secret: RedisSecret) -> None:
        """A secret that was turned to another user's ARN must not lock that user out."""
        name = self.users.name_of(secret.user_id)
        if name != self.user:
            raise PendingRefused(
                f"the secret of Redis user {self.user} names ElastiCache's user {secret.user_id}, which logs "
                f"in as {name}. Nothing was changed.",
            )

    def _pair(self, current: str, pending: str) -> tuple[RedisSecret, RedisSecret]:
        before, after = self._parse(current), self._parse(pending)
        if (after.username, after.user_arn) != (before.username, before.user_arn):
            raise PendingRefused(
                f"the pending secret of Redis user {self.user} names another user than the current one. "
                "Nothing was changed.",
            )
        return before, after

    def _parse(self, text: str) -> RedisSecret:
        secret = parse_redis_secret(text, name=f"of Redis user {self.user}")
        if secret.username != self.user:
            raise PendingRefused(
                f"the secret of Redis user {self.user} names the user {secret.username}. Nothing was "
                "changed.",
            )
        return secret
