"""How an application connects to Redis while its credentials rotate, with redis-py."""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from docs.examples.secret_cache import SecretCache


class RotatingCredentials(redis.CredentialProvider):
    """Gives each new connection the secret as it is then."""

    def __init__(self, secret: SecretCache) -> None:
        self._secret = secret

    def get_credentials(self) -> tuple[str, str]:
        """User name and password."""
        document = self._secret.get()
        return document["username"], document["password"]


def connect(secret: SecretCache, *, host: str, port: int, **parameters: Any) -> redis.Redis:  # noqa: ANN401  redis-py's own
    """Connect over TLS; refused with a secret that has changed since, try once more with the new one.

    `parameters` are redis-py's, such as `ssl_ca_certs` where ElastiCache's authority is not in the system's
    store.
    """
    client = redis.Redis(
        host=host,
        port=port,
        ssl=True,
        credential_provider=RotatingCredentials(secret),
        # By itself it would try a refused password again and again.
        retry=Retry(NoBackoff(), 0),
        **parameters,
    )
    document = secret.get()
    try:
        client.ping()
    except redis.AuthenticationError:
        if secret.newer(document) is None:
            client.close()
            raise
        client.ping()
    return client
