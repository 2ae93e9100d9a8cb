"""The steps that a run is made of, one write each. They only say what; `run` does it."""

from dataclasses import dataclass
from datetime import datetime

from lambdas.issue_certificate.state import Authority, Certificate


@dataclass(frozen=True, kw_only=True)
class MakeAuthority:
    """Make a new one and keep it beside `kept`; it signs nothing yet."""

    kept: tuple[Authority, ...]


@dataclass(frozen=True, kw_only=True)
class KeepAuthorities:
    """Keep these, and what has become of them; `reason` is for the log."""

    authorities: tuple[Authority, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class PublishSecret:
    """Put the bundle into the trust's secret."""

    bundle: str


@dataclass(frozen=True, kw_only=True)
class PublishParameter:
    """Put the bundle into the parameter."""

    bundle: str


@dataclass(frozen=True, kw_only=True)
class Issue:
    """Make a certificate for a new key; `reason` is for the log."""

    signer: Authority
    names: tuple[str, ...]
    issue: str
    not_after: datetime
    bundle: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PutBundleBeside:
    """Put the bundle beside the certificate, which stays."""

    certificate: Certificate
    bundle: str


Step = MakeAuthority | KeepAuthorities | PublishSecret | PublishParameter | Issue | PutBundleBeside
