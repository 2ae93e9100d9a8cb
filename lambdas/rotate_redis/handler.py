"""The function's entry: an event of Secrets Manager in, one step done. What fails is raised."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lambdas.common.invocation import Invocation
from lambdas.common.logs import Log, function_log
from lambdas.common.rotation.contract import Request, parse_event, rotated_as
from lambdas.common.rotation.rotate import Credential, Rotation
from lambdas.common.rotation.versions import SecretsManagerVersions, Versions
from lambdas.rotate_redis.authenticator import CALL_SECONDS, Authenticator, AuthenticatorFunction
from lambdas.rotate_redis.environment import Environment, parse_environment
from lambdas.rotate_redis.user import RedisUser
from lambdas.rotate_redis.users import ElastiCacheUsers, Users

_ANSWER_SECONDS: Final = CALL_SECONDS + 15
"""Kept of a call for what follows a wait: the other function's run, and a clear message."""


@dataclass(frozen=True, kw_only=True)
class RedisUsers:
    """The users of one tier, for the one step that is asked for."""

    environment: Environment
    request: Request
    versions: Versions
    users: Users
    authenticator: Authenticator
    seconds_left: Callable[[], float]

    def of(self, arn: str) -> Credential:
        """The user whose secret this is. Raises EventInvalid: it is none of this tier's."""
        return RedisUser(
            user=rotated_as(arn, self.environment.user_secret_arns),
            request=self.request,
            password_length=self.environment.password_length,
            versions=self.versions,
            users=self.users,
            authenticator=self.authenticator,
            seconds_left=self.seconds_left,
        )


def handler(event: Mapping[str, object], context: Invocation) -> None:
    """Do one step.

    Raises:
        DatatierError: the step is not done.
    """
    environment = parse_environment(os.environ)
    rotate(
        event,
        environment=environment,
        versions=SecretsManagerVersions(),
        users=ElastiCacheUsers(),
        authenticator=AuthenticatorFunction(environment.authenticator),
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000 - _ANSWER_SECONDS,
        log=function_log(),
    )


def rotate(
    event: Mapping[str, object],
    *,
    environment: Environment,
    versions: Versions,
    users: Users,
    authenticator: Authenticator,
    seconds_left: Callable[[], float],
    log: Log,
) -> None:
    """Do one step through these edges. Raises DatatierError."""
    request = parse_event(event)
    Rotation(
        versions=versions,
        credentials=RedisUsers(
            environment=environment,
            request=request,
            versions=versions,
            users=users,
            authenticator=authenticator,
            seconds_left=seconds_left,
        ),
        client_cache_seconds=environment.client_cache_seconds,
        log=log,
    ).run(request)
