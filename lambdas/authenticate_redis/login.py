"""Logs in to one Redis over TLS, the server's name checked, or fails. It never falls back to anything weaker.

ElastiCache's certificates are of Amazon's public authorities, which the Lambda runtime's own store holds. The
bundle of this package is trusted too: it holds Amazon's private ones, and in a rehearsal the rehearsal's.
"""

from pathlib import Path
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError
from redis.retry import Retry

from lambdas.authenticate_redis.environment import Endpoint
from lambdas.common import authorities
from lambdas.common.errors import LoginRefused, ServerUnreachable
from lambdas.common.redis_documents import RedisSecret

_TIMEOUT_SECONDS: Final = 10


def log_in(secret: RedisSecret, endpoint: Endpoint, *, ca_bundle: Path) -> None:
    """AUTH and PING.

    Raises:
        LoginRefused: the server answered and refused the user or its password.
        ServerUnreachable: anything else, a certificate that does not verify included.
    """
    authorities.require(ca_bundle)
    where = f"{secret.username} at {endpoint.host}:{endpoint.port}"
    client = redis.Redis(
        host=endpoint.host,
        port=endpoint.port,
        username=secret.username,
        password=secret.password,
        ssl=True,
        ssl_cert_reqs="required",
        ssl_check_hostname=True,
        ssl_ca_certs=str(ca_bundle),
        # One try: by itself the library would try for longer than the function may run.
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
    )
    try:
        client.ping()
    except (redis.AuthenticationError, NoPermissionError) as error:
        raise LoginRefused(
            f"Redis user {where} is refused: {error} The rotation has not set this password yet, or somebody "
            "has changed the user since; the next try sets it again.",
        ) from error
    except redis.RedisError as error:
        raise ServerUnreachable(f"no verified connection to Redis as {where}: {error}") from error
    finally:
        client.close()
