"""A certificate authority of this machine's own, in the place of the one that RDS and ElastiCache use.

It issues certificates for loopback addresses only; it never leaves the state folder.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

VALIDITY = dt.timedelta(days=365)


class Authority:
    """The authority in `directory`, created there at first use and found again afterwards."""

    def __init__(self, directory: Path) -> None:
        directory = directory.resolve()
        self._key_path = directory / "ca.key"
        self.ca_path = directory / "ca.pem"
        directory.mkdir(parents=True, exist_ok=True)
        if not (self.ca_path.exists() and self._key_path.exists()):
            self._create()

    def issue(self, name: str, addresses: list[str], *, directory: Path) -> tuple[Path, Path]:
        """Write `name`.pem and `name`.key into `directory`, valid for the IP `addresses` alone."""
        key = ec.generate_private_key(ec.SECP256R1())
        ca = x509.load_pem_x509_certificate(self.ca_path.read_bytes())
        alternatives = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        certificate = (
            _builder(name, ca.subject, key)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key().public_key()), critical=False
            )
            .sign(self._key(), hashes.SHA256())
        )
        certificate_path, key_path = directory / f"{name}.pem", directory / f"{name}.key"
        _write(key_path, _private(key), mode=0o600)
        _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
        return certificate_path, key_path

    def _create(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "datatier rehearsal authority")])
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        certificate = (
            _builder("datatier rehearsal authority", subject, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self._key_path, _private(key), mode=0o600)
        _write(self.ca_path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)

    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self._key_path.read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101  (this class wrote it)
        return key


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + VALIDITY)
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Replace `path` in one step, so that a kill leaves the old file or the new one."""
    draft = path.with_suffix(path.suffix + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content)
    draft.replace(path)
