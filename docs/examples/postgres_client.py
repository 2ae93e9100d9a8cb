"""How an application connects to PostgreSQL while its credentials rotate, with psycopg."""

import psycopg
from psycopg.conninfo import make_conninfo

from docs.examples.secret_cache import SecretCache


def connect(secret: SecretCache, **parameters: str) -> psycopg.Connection:
    """Connect verify-full; refused with a secret that has changed since, try once more with the new one.

    `parameters` are libpq's, such as `sslrootcert`, and `host` to read from a replica.
    """
    document = secret.get()
    try:
        return _connect(document, parameters)
    except psycopg.OperationalError as error:
        # The server sends no code before a session has begun.
        newer = secret.newer(document) if "authentication failed" in str(error) else None
        if newer is None:
            raise
        return _connect(newer, parameters)


def _connect(document: dict[str, str], parameters: dict[str, str]) -> psycopg.Connection:
    settings = {key: document[key] for key in ("host", "port", "dbname", "password")}
    settings |= {"user": document["username"], "sslmode": "verify-full"}
    return psycopg.connect(make_conninfo("", **{**settings, **parameters}), autocommit=True)
