"""What the tests of the pooler's parts share: an environment, secrets, certificates."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from containers.pgbouncer.environment import Environment, PoolSizes
from containers.pgbouncer.version import Version
from lambdas.common.errors import SecretUnreadable
from lambdas.common.secrets_manager import CURRENT

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = Environment(
    listen_address="0.0.0.0",  # noqa: S104  as in AWS
    listen_port=6432,
    health_port=8432,
    primary_host="primary.example",
    postgres_port=5432,
    database="shop",
    replica_hosts=("replica-1.example", "replica-2.example"),
    login_secret_arns={"app": "arn:app", "monitor": "arn:monitor"},
    certificate_secret_arn="arn:certificate",  # noqa: S106  an ARN
    settings={},
    pool_sizes=PoolSizes(primary=10, replicas=7),
    minimum_version=Version(1, 26, 1),
    refresh_seconds=300,
    drain_seconds=100,
    metrics_seconds=60,
    metrics_namespace="datatier/test",
)
NEWEST = Version(1, 26, 1)
OLDEST = Version(1, 18)


def environment(**changes: object) -> Environment:
    """The environment with some of it changed."""
    return replace(ENVIRONMENT, **changes)  # pyright: ignore[reportArgumentType]  (the test names the field)


def document(username: str, password: str, **changes: object) -> str:
    """A login's secret as Secrets Manager holds it."""
    return json.dumps(
        {
            "engine": "postgres",
            "host": "primary.example",
            "port": 5432,
            "dbname": "shop",
            "username": username,
            "password": password,
            **changes,
        }
    )


@dataclass
class Stages:
    """Secrets by ARN and stage; `broken` are ARNs that are not handed out. Remembers what it was asked."""

    texts: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    broken: set[str] = field(default_factory=set[str])
    asked: list[str] = field(default_factory=list[str])

    def put(self, arn: str, text: str, *, stage: str = CURRENT) -> None:
        self.texts[arn, stage] = text

    def read(self, arn: str, *, stage: str) -> str | None:
        self.asked.append(stage)
        if arn in self.broken:
            raise SecretUnreadable(f"Secrets Manager refuses secret {arn}")
        return self.texts.get((arn, stage))


class Issuer:
    """An authority whose certificates may be wrong in any way that a test wants."""

    def __init__(self, name: str = "authority") -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.ca = self._sign(self._name, self._key, days=(-1, 30), ca=True)

    def material(self, *, days: tuple[int, int] = (-1, 30), ca: str | None = None) -> dict[str, str]:
        """A certificate's secret; `days` from now are when it begins and ends."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pooler")])
        return {
            "certificate": self._sign(subject, key, days=days, ca=False),
            "private_key": key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
            "ca": self.ca if ca is None else ca,
        }

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: tuple[int, int], ca: bool
    ) -> str:
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=days[0]))
            .not_valid_after(now + dt.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


def values(ini: str, section: str) -> dict[str, str]:
    """One section of a rendered file."""
    lines = ini.partition(f"[{section}]\n")[2].partition("\n[")[0].splitlines()
    pairs = (line.partition(" =") for line in lines if line)
    return {name: value.strip() for name, _, value in pairs}


def mode(path: Path) -> int:
    """The permissions of a file."""
    return path.stat().st_mode & 0o7777
