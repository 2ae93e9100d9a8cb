"""The secrets and the parameter in memory, with Secrets Manager's rule that a version is made once.

After every write it is as a reader finds it: the certificate must be one that the bundles verify.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from lambdas.issue_certificate.environment import Environment
from lambdas.issue_certificate.errors import Overtaken
from lambdas.issue_certificate.plan import Terms
from lambdas.issue_certificate.request import Wish
from lambdas.issue_certificate.run import Run
from lambdas.issue_certificate.stores import Stored
from tests.integration.bootstrap.tier import RecordedLog

if TYPE_CHECKING:
    from lambdas.issue_certificate.state import State
    from lambdas.issue_certificate.stores import Documents, Parameter

AUTHORITY, CERTIFICATE, TRUST = "authority", "certificate", "trust"
PARAMETER = "/datatier/dev/pooler/ca-bundle"
HOST, ADDRESS = "pool-0123456789abcdef.elb.us-east-1.amazonaws.com", "127.3.2.1"
NAMES = (ADDRESS, HOST)
START = datetime(2027, 1, 1, tzinfo=UTC)
TERMS = Terms(certificate_days=90, authority_days=1825)
ENVIRONMENT = Environment(
    authority_secret_arn=AUTHORITY,
    certificate_secret_arn=CERTIFICATE,
    trust_secret_arn=TRUST,
    trust_parameter=PARAMETER,
    terms=TERMS,
    prefix="datatier-dev",
)
DEPLOYMENT = Wish(names=NAMES, issue="1")


def days(number: float) -> timedelta:
    return timedelta(days=number)


@dataclass
class Secret:
    """The versions, and those that are current and previous."""

    versions: dict[str, str] = field(default_factory=lambda: {"made by the stack": "{}"}, repr=False)
    current: str | None = "made by the stack"
    previous: str | None = None

    def copy(self) -> Secret:
        return replace(self, versions=dict(self.versions))

    def put(self, version: str, text: str) -> None:
        self.versions[version] = text
        self.current, self.previous = version, self.current


@dataclass
class Ground:
    """One tier's secrets and parameter at a moment, which tests move on."""

    now: datetime = START
    secrets: dict[str, Secret] = field(
        default_factory=lambda: {name: Secret() for name in (AUTHORITY, CERTIFICATE, TRUST)}
    )
    parameter: str = ""
    issued: list[x509.Certificate] = field(default_factory=list[x509.Certificate])
    log: RecordedLog = field(default_factory=RecordedLog)

    def copy(self) -> Ground:
        """The same tier once more, so that a test may begin at one moment many times."""
        secrets = {name: secret.copy() for name, secret in self.secrets.items()}
        return replace(self, secrets=secrets, issued=list(self.issued), log=RecordedLog())

    def run(
        self,
        wish: Wish | None = None,
        *,
        secrets: Documents | None = None,
        parameter: Parameter | None = None,
    ) -> State:
        """Call the function. Raises DatatierError."""
        return Run(
            environment=ENVIRONMENT,
            secrets=secrets or MemorySecrets(self),
            parameter=parameter or MemoryParameter(self),
            now=self.now,
            log=self.log,
            pause=lambda: None,
        ).settle(wish or Wish())

    def document(self, name: str) -> dict[str, str]:
        """What a secret says now."""
        secret = self.secrets[name]
        return {} if secret.current is None else json.loads(secret.versions[secret.current])

    def bundle(self) -> str:
        """What a client reads that asks now."""
        return self.document(TRUST).get("ca", "")

    def certificate(self) -> x509.Certificate:
        """The certificate that a task serves that asks now."""
        return x509.load_pem_x509_certificate(self.document(CERTIFICATE)["certificate"].encode())

    def authorities(self) -> list[dict[str, str | None]]:
        """What is kept of the authorities."""
        found: list[dict[str, str | None]] = json.loads(json.dumps(self.document(AUTHORITY)))["authorities"]
        return found

    def check(self) -> None:
        """A reader at this moment verifies what it finds, whatever it has read the bundle from."""
        document = self.document(CERTIFICATE)
        if "certificate" not in document:
            return
        certificate = self.certificate()
        if certificate not in self.issued:
            self.issued.append(certificate)
        if certificate.not_valid_after_utc <= self.now:
            return  # nobody has renewed it; no bundle helps
        for bundle in (document["ca"], self.bundle(), self.parameter):
            verify(certificate, bundle, now=self.now)


@dataclass
class MemorySecrets:
    """Secrets Manager."""

    ground: Ground

    def read(self, arn: str) -> Stored:
        secret = self.ground.secrets[arn]
        text = None if secret.current is None else secret.versions[secret.current]
        return Stored(text=text, current=secret.current, previous=secret.previous)

    def write(self, arn: str, text: str, *, after: Stored) -> None:
        secret, version = self.ground.secrets[arn], after.next_version(arn)
        if version not in secret.versions:
            secret.put(version, text)
            self.ground.check()
        elif secret.versions[version] != text:
            raise Overtaken(f"secret {arn} was written by another run meanwhile.")


@dataclass
class MemoryParameter:
    """Parameter Store."""

    ground: Ground

    def read(self, name: str) -> str:
        assert name == PARAMETER
        return self.ground.parameter

    def write(self, name: str, value: str) -> None:
        assert name == PARAMETER
        self.ground.parameter = value
        self.ground.check()


def verify(certificate: x509.Certificate, bundle: str, *, now: datetime, name: str | None = None) -> None:
    """Verify a server as a client does that has read this bundle. Raises VerificationError."""
    store = Store(x509.load_pem_x509_certificates(bundle.encode()))
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for one in alternatives if name is None else [x509.DNSName(name)]:
        subject = x509.DNSName(one.value) if isinstance(one, x509.DNSName) else _address(one)
        PolicyBuilder().store(store).time(now).build_server_verifier(subject).verify(certificate, [])


def _address(name: x509.GeneralName) -> x509.IPAddress:
    return x509.IPAddress(ip_address(str(name.value)))
