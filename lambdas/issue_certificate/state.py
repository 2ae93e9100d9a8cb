"""What stands in the three secrets and the parameter, as types. Every repr hides the private keys."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class AuthorityCertificate:
    """An authority as clients know it. `key_id` is its subject key identifier, in hexadecimal."""

    pem: str
    name: str
    key_id: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, kw_only=True)
class Authority:
    """An authority that clients trust, and its key, None once it must never sign again.

    `signs_from` is None until it is published everywhere. All that it has signed has expired by
    `trusted_until`, or is out of use.
    """

    certificate: AuthorityCertificate
    private_key: str | None = field(repr=False)
    signs_from: datetime | None
    trusted_until: datetime

    @property
    def signs(self) -> bool:
        """Whether it has a key at all."""
        return self.private_key is not None

    def is_ready(self, now: datetime) -> bool:
        """Whether clients have known it for long enough, and it may sign."""
        return self.signs and self.signs_from is not None and self.signs_from <= now < self.not_after

    @property
    def not_after(self) -> datetime:
        """When it expires."""
        return self.certificate.not_after


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The pooler's certificate. `names` are sorted; `issuer` is the issuing authority's `key_id`.

    `ca` is the bundle beside it, and `issue` the text of the deployment that asked for it.
    """

    pem: str
    private_key: str = field(repr=False)
    ca: str
    issue: str
    names: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, kw_only=True)
class State:
    """All of it at one moment; authorities stand in the order in which they were made."""

    authorities: tuple[Authority, ...]
    certificate: Certificate | None
    trust: tuple[AuthorityCertificate, ...]
    parameter: str

    @property
    def bundle(self) -> str:
        """What clients should trust: every authority, the oldest first."""
        return bundle(one.certificate for one in self.authorities)


def bundle(certificates: Iterable[AuthorityCertificate]) -> str:
    """Return them one after the other, as programs read a bundle."""
    return "".join(one.pem for one in certificates)
