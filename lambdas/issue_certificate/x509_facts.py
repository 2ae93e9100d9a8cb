"""Reads certificates and keys in PEM: the facts by which the rest decides. It issues nothing.

Everything here raises ValueError for what it cannot read, with a message that quotes nothing of it.
"""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lambdas.issue_certificate.state import AuthorityCertificate

_PEM: Final = serialization.Encoding.PEM


def read_bundle(text: str) -> tuple[AuthorityCertificate, ...]:
    """Read authorities that stand one after the other; none where there is nothing but space."""
    if not text.strip():
        return ()
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("it holds what is no certificate in PEM") from None
    return tuple(_authority(one) for one in found)


def read_certificate(text: str) -> x509.Certificate:
    """Read one certificate."""
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise ValueError("the certificate is no PEM") from None


def read_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key on an elliptic curve, which is all that this function makes."""
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError):
        # What the library says may hold a part of what it was given.
        raise ValueError("the private key is no PEM of a key without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the private key is not on an elliptic curve")  # noqa: TRY004  (see the module)
    return key


def belong_together(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bool:
    """Whether the certificate is the key's."""
    return certificate.public_key() == key.public_key()


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The DNS names and addresses that clients may reach it by, sorted."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(one) for one in found.get_values_for_type(x509.IPAddress)]
    return tuple(sorted([*found.get_values_for_type(x509.DNSName), *addresses]))


def issuer_of(certificate: x509.Certificate) -> str:
    """The issuing authority's key identifier, in hexadecimal."""
    found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    return (found.key_identifier or b"").hex()


def _authority(certificate: x509.Certificate) -> AuthorityCertificate:
    try:
        extensions = certificate.extensions
        authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        key_id = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
        (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except x509.ExtensionNotFound as error:
        raise ValueError(f"a certificate in it is no authority's: {error}") from None
    if not authority:
        raise ValueError("a certificate in it is no authority's: its basic constraints say so")
    return AuthorityCertificate(
        pem=certificate.public_bytes(_PEM).decode(),
        name=str(name.value),
        key_id=key_id,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
