"""The function's entry: a secret and one of its versions in; it logs in with it everywhere, or says why not.

Only rotate_redis calls it, which stands outside the VPC (docs/adr/0007).
"""

import os
from collections.abc import Mapping
from pathlib import Path

from lambdas.authenticate_redis.environment import Environment, parse_environment
from lambdas.authenticate_redis.login import log_in
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import SecretUnreadable
from lambdas.common.logs import function_log
from lambdas.common.redis_documents import parse_redis_secret
from lambdas.common.rotation.errors import EventInvalid
from lambdas.common.rotation.versions import SecretsManagerVersions, Versions
from lambdas.common.secrets_manager import CURRENT, PENDING


def handler(event: Mapping[str, object], _context: object) -> dict[str, str]:
    """Log in with the pending version `VersionId`, or with the current one where that is null.

    Raises:
        DatatierError: it is refused, or a server is not to be reached.
    """
    environment = parse_environment(os.environ)
    authenticate(event, environment=environment, versions=SecretsManagerVersions())
    function_log().info(
        "Logged in everywhere",
        secret=event["SecretId"],
        version=event.get("VersionId"),
        endpoints=[f"{endpoint.host}:{endpoint.port}" for endpoint in environment.endpoints],
    )
    return {}


def authenticate(
    event: Mapping[str, object],
    *,
    environment: Environment,
    versions: Versions,
    ca_bundle: Path = RDS_CA_BUNDLE,
) -> None:
    """Do it with these edges. Raises DatatierError."""
    arn, version = event.get("SecretId"), event.get("VersionId")
    users = [user for user, secret in environment.user_secret_arns.items() if secret == arn]
    if not isinstance(arn, str) or not users or not isinstance(version, str | None):
        raise EventInvalid(f"{arn!r} is no secret whose user this function logs in as.")
    text = versions.read(arn, stage=CURRENT if version is None else PENDING, version=version)
    if text is None:
        raise SecretUnreadable(f"secret {arn} has no such version: {version or CURRENT}.")
    secret = parse_redis_secret(text, name=f"of Redis user {users[0]}")
    for endpoint in environment.endpoints:
        log_in(secret, endpoint, ca_bundle=ca_bundle)
