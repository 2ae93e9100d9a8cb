"""What the task shows its clients: a certificate, its key, and whom the clients trust for it.

It is tried before it is used, by a TLS handshake in memory between the two sides that will use it. It never
shows the key.
"""

import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from containers.pgbouncer.errors import CertificateInvalid
from lambdas.common.documents import read_document
from lambdas.common.errors import SecretInvalid

_KEYS: Final = ("certificate", "private_key", "ca")


@dataclass(frozen=True, kw_only=True)
class Material:
    """PEM texts: the certificate with what leads to its authority, its key, and the authorities."""

    certificate: str
    private_key: str = field(repr=False)
    ca: str


def parse_material(text: str, *, name: str) -> Material:
    """Read the secret; `name` is what messages call it.

    Raises:
        SecretInvalid: not JSON, or a key is missing. The message quotes no value.
    """
    document = read_document(text, name=name, keys=_KEYS)
    missing = [key for key in _KEYS if not isinstance(document.get(key), str) or not document[key]]
    if missing:
        raise SecretInvalid(
            f"secret {name} has no {' and no '.join(missing)}. The function that issues the certificate "
            "writes all three."
        )
    certificate, private_key, ca = (str(document[key]).strip() + "\n" for key in _KEYS)
    return Material(certificate=certificate, private_key=private_key, ca=ca)


def check(material: Material, *, scratch: Path) -> datetime:
    """Try it as PgBouncer and its clients will, but for the name; returns when the certificate ends.

    `scratch` is a folder in memory that nobody else may enter: the library reads a key from files only.

    Raises:
        CertificateInvalid: broken, a key of another certificate, not signed by `ca`, expired or too new.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False  # the name is the load balancer's, which no task knows
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        client.load_verify_locations(cadata=material.ca)
    except (ssl.SSLError, TypeError, ValueError) as error:  # TypeError: it is not ASCII
        raise CertificateInvalid(
            f"the certificate's secret: ca holds no PEM certificate ({error})."
        ) from error
    with tempfile.NamedTemporaryFile("w", dir=scratch, suffix=".new", encoding="utf-8") as both:
        both.write(material.private_key + material.certificate)
        both.flush()
        try:
            server.load_cert_chain(both.name, password=_no_password)
        except (ssl.SSLError, TypeError, ValueError) as error:  # TypeError: it is not ASCII
            # The library's own words name a temporary file and never the key's content.
            reason = getattr(error, "reason", None) or "no PEM"
            raise CertificateInvalid(
                f"the certificate's secret: certificate and private_key cannot be used together ({reason})."
            ) from error
    return _end_of(_shown(client, server))


def _no_password() -> str:
    """An encrypted key is of no use here; without this the library would ask on a terminal."""
    return ""


def _shown(client: ssl.SSLContext, server: ssl.SSLContext) -> ssl.SSLObject:
    """Shake hands; returns the client's side of it."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    waiting = list(sides)
    try:
        while waiting:
            for side in tuple(waiting):
                try:
                    side.do_handshake()
                    waiting.remove(side)
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLCertVerificationError as error:
        raise CertificateInvalid(
            f"clients would not accept the certificate: {error.verify_message}. Have it issued again."
        ) from error
    except ssl.SSLError as error:
        raise CertificateInvalid(f"no TLS comes about with the certificate ({error.reason}).") from error
    return sides[0]


def _end_of(client_side: ssl.SSLObject) -> datetime:
    shown = client_side.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), tz=UTC)
