"""A Redis user: while it rotates, and until the next rotation, two passwords are in force."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from lambdas.common.passwords import new_password
from lambdas.common.redis_documents import RedisSecret, parse_redis_secret
from lambdas.common.rotation.errors import PendingRefused, StepNotDone
from lambdas.rotate_redis.authenticator import Authenticator
from lambdas.rotate_redis.users import Users

_POLL_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class RedisUser:
    """One user and the version that rotates; `seconds_left` is how long this call may still wait."""

    user: str
    secret_arn: str
    token: str
    password_length: int
    users: Users
    authenticator: Authenticator
    seconds_left: Callable[[], float]

    def successor(self, current: str) -> str:
        """The same document with a new password."""
        self._parse(current)
        document = cast("dict[str, object]", json.loads(current))
        return json.dumps(document | {"password": new_password(self.password_length)})

    def apply(self, *, current: str, pending: str) -> None:
        """Put the pending password in force beside the current one; the one before that is dropped."""
        before, after = self._pair(current, pending)
        self._wait(after)
        # Always exactly these two: a try that died may have set them already, or those of a try given up.
        self.users.set_passwords(after.user_id, [after.password, before.password])

    def test(self, *, current: str, pending: str) -> None:
        """Log in with the pending password wherever Redis listens, when every node has it."""
        before = self._parse(current)
        after = before if pending == current else self._pair(current, pending)[1]
        self._wait(after)
        self.authenticator.check(self.secret_arn, None if pending == current else self.token)

    def _wait(self, secret: RedisSecret) -> None:
        while not self.users.is_active(secret.user_id):
            if self.seconds_left() < _POLL_SECONDS:
                raise StepNotDone(
                    f"ElastiCache is still changing user {secret.user_id}; it takes minutes. The next try "
                    "asks again: look at the replication group if this repeats.",
                )
            time.sleep(_POLL_SECONDS)

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
