"""The three secrets as JSON documents, read into types and written from them. It quotes no value.

authority   {"authorities": [{"certificate", "private_key", "signs_from", "trusted_until"}]}
certificate {"certificate", "private_key", "ca", "issue"}
trust       {"ca"}

A secret without a version, {} and what CloudFormation generates under "placeholder" stand for nothing yet.
"""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, cast

from cryptography import x509

from lambdas.common.documents import read_document
from lambdas.common.errors import SecretInvalid
from lambdas.issue_certificate.state import Authority, AuthorityCertificate, Certificate
from lambdas.issue_certificate.x509_facts import (
    belong_together,
    issuer_of,
    names_of,
    read_bundle,
    read_certificate,
    read_key,
)

PLACEHOLDER: Final = "placeholder"

_AUTHORITY: Final = "of the pooler's authority"
_CERTIFICATE: Final = "of the pooler's certificate"
_TRUST: Final = "of the pooler's trust"
_RESTORE: Final = "Put the text of its version AWSPREVIOUS back."
_ANEW: Final = (
    "Put {} in its place and deploy or call the function anew (docs/runbooks/pooling-certificates.md)."
)


def read_authorities(text: str | None) -> tuple[Authority, ...]:
    """Read the authorities, none where there is no document yet. Raises SecretInvalid."""
    document = _document(text, name=_AUTHORITY, keys=("authorities",), remedy=_RESTORE)
    if document is None:
        return ()
    entries = document["authorities"]
    if not isinstance(entries, list):
        raise SecretInvalid(f"secret {_AUTHORITY}: authorities is no list. {_RESTORE}")
    with _reading(_AUTHORITY, remedy=_RESTORE):
        return tuple(_authority(entry) for entry in cast("list[object]", entries))


def write_authorities(authorities: Sequence[Authority]) -> str:
    """Return the authority's document."""
    entries = [
        {
            "certificate": one.certificate.pem,
            "private_key": one.private_key,
            "signs_from": one.signs_from.isoformat() if one.signs_from else None,
            "trusted_until": one.trusted_until.isoformat(),
        }
        for one in authorities
    ]
    return json.dumps({"authorities": entries})


def read_certificate_document(text: str | None) -> Certificate | None:
    """Read the certificate, None where there is no document yet. Raises SecretInvalid."""
    keys = ("certificate", "private_key", "ca")
    document = _document(text, name=_CERTIFICATE, keys=keys, remedy=_ANEW)
    if document is None:
        return None
    with _reading(_CERTIFICATE, remedy=_ANEW):
        pem, private_key, ca = (_text(document, key) for key in keys)
        parsed = read_certificate(pem)
        if not belong_together(parsed, read_key(private_key)):
            raise ValueError("the private key is not the certificate's")
        return Certificate(
            pem=pem,
            private_key=private_key,
            ca=ca,
            issue=_text(document, "issue") if "issue" in document else "",
            names=names_of(parsed),
            issuer=issuer_of(parsed),
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
        )


def write_certificate_document(*, pem: str, private_key: str, ca: str, issue: str) -> str:
    """Return the certificate's document."""
    return json.dumps({"certificate": pem, "private_key": private_key, "ca": ca, "issue": issue})


def read_trust(text: str | None) -> tuple[AuthorityCertificate, ...]:
    """Read the bundle that is published, none where there is no document yet. Raises SecretInvalid."""
    document = _document(text, name=_TRUST, keys=("ca",), remedy=_ANEW)
    if document is None:
        return ()
    with _reading(_TRUST, remedy=_ANEW):
        return read_bundle(_text(document, "ca"))


def write_trust(bundle: str) -> str:
    """Return the trust's document."""
    return json.dumps({"ca": bundle})


def _document(
    text: str | None, *, name: str, keys: Sequence[str], remedy: str
) -> Mapping[str, object] | None:
    if text is None:
        return None
    try:
        document = read_document(text, name=name, keys=keys)
    except SecretInvalid as invalid:
        raise SecretInvalid(f"{invalid} {remedy}") from None
    if not document.keys() - {PLACEHOLDER}:
        return None
    missing = [key for key in keys if key not in document]
    if missing:
        raise SecretInvalid(f"secret {name} has no {' and no '.join(missing)}. {remedy}")
    return document


def _authority(entry: object) -> Authority:
    if not isinstance(entry, dict):
        raise ValueError("an authority is no object")  # noqa: TRY004  (one kind of error for one kind of fault)
    fields = cast("Mapping[str, object]", entry)
    pem = _text(fields, "certificate")
    (certificate,) = read_bundle(pem)
    private_key = None if fields.get("private_key") is None else _text(fields, "private_key")
    if private_key is not None and not belong_together(read_certificate(pem), read_key(private_key)):
        raise ValueError("a private key is not its certificate's")
    return Authority(
        certificate=certificate,
        private_key=private_key,
        signs_from=None if fields.get("signs_from") is None else _moment(fields, "signs_from"),
        trusted_until=_moment(fields, "trusted_until"),
    )


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")  # noqa: TRY004  (one kind of error for one kind of fault)
    return value


def _moment(fields: Mapping[str, object], key: str) -> datetime:
    moment = datetime.fromisoformat(_text(fields, key))
    if moment.tzinfo is None:
        raise ValueError(f"{key} has no time zone")
    return moment


@contextmanager
def _reading(name: str, *, remedy: str) -> Generator[None]:
    """Word what cannot be read. The cause is cut: a library's message may quote what it was given."""
    try:
        yield
    except x509.ExtensionNotFound as error:
        raise SecretInvalid(f"secret {name}: its certificate is not one of ours: {error} {remedy}") from None
    except ValueError as error:
        raise SecretInvalid(f"secret {name}: {error}. {remedy}") from None
