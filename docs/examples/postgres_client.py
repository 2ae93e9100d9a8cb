"""How an application connects to PostgreSQL while its credentials rotate, with psycopg."""

import psycopg
from psycopg.conninfo import make_conninfo

from docs.examples.secret_cache import SecretCache


def connect(secret: SecretCache, **parameters: str) -> psycopg.Connection:
    """Connect verify-full; refused with a secret that has changed since, try once more with the new one.

    `parameters` are libpq's, such as `sslrootcert`, and `host` to read from a replica.
    """
    try:
        return _connect(secret.get(), parameters)
    except psycopg.OperationalError:
        if not secret.refresh():
            raise
        return _connect(secret.get(), parameters)


def _connect(document: dict[str, str], parameters: dict[str, str]) -> psycopg.Connection:
    settings = {key: document[key] for key in ("host", "port", "dbname", "password")}
    settings |= {"user": document["username"], "sslmode": "verify-full"}
    return psycopg.connect(make_conninfo("", **{**settings, **parameters}), autocommit=True)
