"""One authority after the other, over years: no client is ever shown what its bundle does not verify.

The whole run is simulated, with real keys and certificates, and verified as clients verify.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from cryptography.x509.verification import VerificationError

from lambdas.common.errors import DatatierError
from lambdas.issue_certificate.plan import PUBLISHED_DAYS
from lambdas.issue_certificate.request import Wish
from tests.integration.rotation.faults import Calls, Killed
from tests.unit.issue_certificate.memory import (
    AUTHORITY,
    CERTIFICATE,
    DEPLOYMENT,
    START,
    TERMS,
    TRUST,
    Ground,
    MemoryParameter,
    MemorySecrets,
    days,
    verify,
)
from tests.unit.issue_certificate.watched import Watched

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from lambdas.issue_certificate.stores import Documents, Parameter

YEARS = 12


@dataclass
class Clients:
    """Clients that have read the bundle on each day, and the certificates that may still be served."""

    read: list[tuple[datetime, str]] = field(default_factory=list[tuple["datetime", str]])
    verified: int = 0

    def look(self, ground: Ground) -> None:
        """Every client that read the bundle within the overlap verifies all that has not expired."""
        if not self.read or self.read[-1][1] != ground.bundle():
            self.read.append((ground.now, ground.bundle()))
        # A bundle was read until the day on which the next one was.
        until = [moment for moment, _ in self.read[1:]] + [ground.now]
        known = {
            bundle
            for (_, bundle), last in zip(self.read, until, strict=True)
            if ground.now - last <= TERMS.overlap - days(1)
        }
        live = [one for one in ground.issued if one.not_valid_after_utc > ground.now]
        for bundle in known:
            for certificate in live:
                self._verify(certificate, bundle, ground)

    def _verify(self, certificate: x509.Certificate, bundle: str, ground: Ground) -> None:
        self.verified += 1
        verify(certificate, bundle, now=ground.now)


@pytest.mark.parametrize("chance", [0.0, 0.4])
def test_every_client_that_read_the_bundle_within_the_overlap_verifies_every_certificate(
    chance: float,
) -> None:
    """`chance`: of a run that dies at one of its calls, or does not take place for some days."""
    dice, ground, clients = random.Random(5), Ground(), Clients()  # noqa: S311  (the same every time)
    ground.run(DEPLOYMENT)
    authorities: set[str] = set()
    while ground.now < START + days(365 * YEARS):
        ground.now += days(2 if dice.random() > chance / 4 else dice.randint(3, 9))
        calls = Calls(number=dice.randint(1, 30) if dice.random() < chance else 0)
        with suppress(Killed):
            ground.run(
                secrets=cast("Documents", Watched(MemorySecrets(ground), "secrets", calls)),
                parameter=cast("Parameter", Watched(MemoryParameter(ground), "parameter", calls)),
            )
        clients.look(ground)
        authorities |= {str(one["certificate"]) for one in ground.authorities()}
    assert len(authorities) == 4
    assert len(ground.issued) > 70
    assert len(ground.authorities()) <= 2
    print(  # noqa: T201  (what was proven)
        f"{YEARS} years, {len(ground.issued)} certificates by {len(authorities)} authorities, with every "
        f"bundle read within {TERMS.overlap.days} days: {clients.verified} verifications"
    )


@pytest.fixture
def ground() -> Ground:
    """Return a tier whose certificate has been issued by its first deployment."""
    ground = Ground()
    ground.run(DEPLOYMENT)
    return ground


def is_verified(ground: Ground, bundle: str) -> bool:
    """Whether a client with this bundle accepts the certificate that is served."""
    try:
        verify(ground.certificate(), bundle, now=ground.now)
    except VerificationError:
        return False
    return True


def test_each_stage_of_a_succession_comes_at_its_time(ground: Ground) -> None:
    first, stages = ground.bundle(), list[tuple[str, int]]()

    def stage() -> str:
        bundle = ground.bundle()
        if bundle == first:
            return "one"
        if first not in bundle:
            return "the successor alone"
        return "both, the successor signs" if not is_verified(ground, first) else "both, the first signs"

    while not stages or stages[-1][0] != "the successor alone":
        ground.run()
        if not stages or stages[-1][0] != stage():
            stages.append((stage(), (ground.now - START).days))
        ground.now += days(1)
    assert [name for name, _ in stages] == [
        "one", "both, the first signs", "both, the successor signs", "the successor alone",
    ]  # fmt: skip
    published, signing, alone = (day for _, day in stages[1:])
    assert 1825 * 2 / 3 <= published <= 1825 * 2 / 3 + 1
    assert signing - published >= PUBLISHED_DAYS == TERMS.overlap.days
    assert alone - signing >= 30  # the first one's last certificate ran out in between, and a day more


def test_an_order_makes_a_successor_that_waits(ground: Ground) -> None:
    first = ground.bundle()
    ground.now += days(1)
    ground.run(Wish(order="successor"))
    assert ground.bundle().startswith(first)
    assert len(ground.authorities()) == 2
    ground.run(Wish(order="successor"))  # the call is tried again
    ground.run(Wish(order="certificate"))
    assert len(ground.authorities()) == 2
    assert is_verified(ground, first)


def test_an_order_has_the_successor_take_over_at_once_and_the_old_one_forgotten_within_hours(
    ground: Ground,
) -> None:
    first = ground.bundle()
    ground.now += days(1)
    ground.run(Wish(order="successor"))
    both = ground.bundle()
    ground.now += days(7)  # in which every application is deployed
    ground.run(Wish(order="succession"))
    ground.run(Wish(order="succession"))
    assert ground.bundle() == both  # tasks may still serve the old certificate
    assert ground.authorities()[0]["private_key"] is None
    assert is_verified(ground, both)
    assert not is_verified(ground, first)
    ground.now += days(0.5)
    ground.run()
    assert ground.bundle() == ground.parameter == both.removeprefix(first)
    assert is_verified(ground, ground.bundle())


def test_a_lost_key_is_replaced_without_refusing_anybody_before_the_certificate_is_due(
    ground: Ground,
) -> None:
    first = ground.bundle()
    ground.now += days(5)
    ground.secrets[AUTHORITY].put("by hand", "{}")
    ground.run()
    assert is_verified(ground, first)
    assert ground.bundle().startswith(first)
    assert [one["private_key"] is None for one in ground.authorities()] == [True, False]
    ground.now += days(56)  # the last third of the certificate's life
    ground.run()
    assert not is_verified(ground, first)
    assert any("before every client may know it" in line for line in ground.log.lines)
    ground.now += days(400)
    ground.run()
    assert first not in ground.bundle()


def test_an_old_text_of_the_authorities_that_is_put_back_refuses_nobody(ground: Ground) -> None:
    texts: list[str] = []
    for order in (None, Wish(order="successor"), Wish(order="succession")):
        ground.now += days(1)
        ground.run(order)
        texts = [*ground.secrets[AUTHORITY].versions.values()][1:]
    for text in texts:  # what is found after every write is looked at by `memory`
        again = ground.copy()
        again.secrets[AUTHORITY].put("by hand", text)
        again.now += days(1)
        again.run()
        assert is_verified(again, again.bundle())
        (issuer,) = [
            one
            for one in again.authorities()
            if str(one["certificate"]) in again.bundle() and is_verified(again, str(one["certificate"]))
        ]
        assert str(issuer["trusted_until"]) > again.certificate().not_valid_after_utc.isoformat()
    assert len(texts) > 6


@pytest.mark.parametrize("name", [CERTIFICATE, TRUST])
def test_a_secret_that_is_emptied_by_hand_is_made_anew(ground: Ground, name: str) -> None:
    before = ground.bundle()
    ground.secrets[name].put("by hand", "{}")
    with suppress(DatatierError):
        ground.run()  # a schedule alone knows no names
    ground.run(DEPLOYMENT)
    assert ground.bundle() == before
    assert is_verified(ground, before)


def test_a_secret_whose_label_somebody_has_moved_back_is_gone_on_with(ground: Ground) -> None:
    ground.run(Wish(order="certificate"))
    secret = ground.secrets[CERTIFICATE]
    secret.current, secret.previous = secret.previous, secret.current
    before = ground.certificate()
    ground.run(Wish(order="certificate"))
    assert ground.certificate() != before
