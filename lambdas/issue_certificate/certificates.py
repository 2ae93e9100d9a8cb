"""Makes authorities and certificates, each with a new key on P-256. It keeps none and decides nothing.

Source of the extensions: RFC 5280, sections 4.2.1 and 6.1; OpenSSL's -x509_strict and Python's
VERIFY_X509_STRICT ask for all of them. P-256 keeps an authority's certificate small: several fit into one
parameter.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lambdas.issue_certificate.state import Authority
from lambdas.issue_certificate.x509_facts import read_bundle, read_certificate, read_key

BEFORE: Final = timedelta(hours=1)
"""Clients' clocks may be slow by this much."""

_SHOWN_DIGITS: Final = 8


def make_authority(prefix: str, *, now: datetime, days: int) -> Authority:
    """Return one that is published nowhere and has signed nothing.

    Its name ends in digits of its own: two authorities with one name confuse what looks an issuer up by it.
    """
    key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
    name = _name(f"{prefix} pooler authority {serial:x}"[: len(prefix) + 18 + _SHOWN_DIGITS])
    builder = (
        _builder(name, key, serial=serial, now=now, not_after=now + timedelta(days=days))
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    (certificate,) = read_bundle(_pem(builder.sign(key, hashes.SHA256())))
    return Authority(certificate=certificate, private_key=_private(key), signs_from=None, trusted_until=now)


def issue_certificate(
    prefix: str, names: Sequence[str], *, signer: Authority, now: datetime, not_after: datetime
) -> tuple[str, str]:
    """Return a certificate for these DNS names and addresses, signed by `signer`, and its key, in PEM."""
    authority, authority_key = read_certificate(signer.certificate.pem), read_key(signer.private_key or "")
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(
            _name(f"{prefix} pooler"), key, serial=x509.random_serial_number(), now=now, not_after=not_after
        )
        .issuer_name(authority.subject)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
    )
    return _pem(builder.sign(authority_key, hashes.SHA256())), _private(key)


def _builder(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, *, serial: int, now: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - BEFORE)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates,
        crl_sign=signs_certificates, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
