"""Whom PgBouncer trusts for PostgreSQL's certificate, looked at before it is started. It connects nowhere."""

import ssl
from pathlib import Path

from containers.pgbouncer.errors import AuthorityUnreadable


def require(ca_bundle: Path) -> None:
    """Refuse to start without it: PgBouncer would say so once for each connection, and serve nobody.

    Raises:
        AuthorityUnreadable: it is missing, unreadable, or holds no certificate.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_bundle)
    except ssl.SSLError as error:
        raise AuthorityUnreadable(
            f"CA_BUNDLE {ca_bundle} is no bundle of PEM certificates ({error.reason or error})."
        ) from error
    except OSError as error:
        raise AuthorityUnreadable(
            f"CA_BUNDLE {ca_bundle} cannot be read: {error.strerror}. PostgreSQL's certificate is never left "
            "unverified."
        ) from error
