"""Which single step comes next, from what stands in the secrets and what is wanted: pure.

The order of the steps keeps three promises. The certificate that a reader finds is verified by the bundle
that was published before. An authority signs only once every client that has read the bundle within the
overlap knows it. An authority leaves the bundle only when nothing that it has signed is in use.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from lambdas.issue_certificate.errors import NoSuccessor, NothingIssued
from lambdas.issue_certificate.request import Wish
from lambdas.issue_certificate.state import Authority, Certificate, State
from lambdas.issue_certificate.steps import (
    Issue,
    KeepAuthorities,
    MakeAuthority,
    PublishParameter,
    PublishSecret,
    PutBundleBeside,
    Step,
)

PUBLISHED_DAYS: Final = 365
"""How long an authority is published at least before it signs: applications that read the bundle when they
are deployed, and are deployed once a year, know it by then. A choice of this project."""

TAKEN_UP: Final = timedelta(hours=1)
"""By then every task has read a new certificate: tasks look every REFRESH_SECONDS, five minutes."""

_LAST_PART: Final = 3
"""What has less than a third of its life left is due."""

_CLOCKS: Final = timedelta(days=1)
"""An authority stays trusted for this much longer than its last certificate lives."""

_RETRIES: Final = timedelta(hours=2)
"""An order given again within an hour is the same order; validity begins an hour before the making."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long certificates and authorities live, in days."""

    certificate_days: int
    authority_days: int

    @property
    def overlap(self) -> timedelta:
        """How long a successor is published before it signs."""
        return timedelta(days=max(self.certificate_days, PUBLISHED_DAYS))

    @property
    def least_authority_days(self) -> int:
        """In its last third an authority outlives the overlap and its own last certificate, and a day."""
        return _LAST_PART * (self.overlap.days + self.certificate_days + _CLOCKS.days)


def next_step(state: State, wish: Wish, *, terms: Terms, now: datetime) -> Step | None:
    """Return the one thing to do now, None when all is as it should be.

    Raises:
        NothingIssued: there is no certificate and no name for one.
        NoSuccessor: the only authority is to be retired.
    """
    if state.certificate is None and wish.names is None:
        raise NothingIssued(
            "there is no certificate whose names a renewal could take: deploy the pooling stack, or call the "
            "function as a deployment does, with the names (docs/runbooks/pooling-certificates.md).",
        )
    return (
        _remembrance(state, now=now)
        or _new_authority(state, wish, now=now)
        or _publication(state)
        or _signing_date(state, terms=terms, now=now)
        or _succession(state, wish, now=now)
        or _certificate(state, wish, terms=terms, now=now)
        or _bundle_beside(state)
        or _farewell(state, now=now)
    )


def _remembrance(state: State, *, now: datetime) -> Step | None:
    """Keep the authority of the certificate in use, whatever older text somebody has put back, or emptied."""
    certificate = state.certificate
    if certificate is None or certificate.not_after <= now:
        return None
    until = certificate.not_after + _CLOCKS
    if any(one.certificate.key_id == certificate.issuer for one in state.authorities):
        # One without a key is retired, and its time is set.
        kept = tuple(
            replace(one, trusted_until=until)
            if one.certificate.key_id == certificate.issuer and one.signs and one.trusted_until < until
            else one
            for one in state.authorities
        )
    else:
        without_key = tuple(
            Authority(certificate=one, private_key=None, signs_from=None, trusted_until=until)
            for one in state.trust
            if one.key_id == certificate.issuer
        )
        kept = (*without_key, *state.authorities)
    return _kept(
        state, kept, reason=f"who signed the certificate in use is trusted until {until.isoformat()}"
    )


def _new_authority(state: State, wish: Wish, *, now: datetime) -> Step | None:
    signing = [one for one in state.authorities if one.signs]
    if not signing:
        return MakeAuthority(kept=state.authorities)
    newest = signing[-1]
    made = newest.certificate.not_before
    # One that waits and was made just now is the one that this order has made before.
    again = not newest.is_ready(now) and now - made <= _RETRIES
    if (wish.order == "successor" and not again) or _is_in_last_part(made, newest.not_after, now=now):
        return MakeAuthority(kept=state.authorities)
    return None


def _publication(state: State) -> Step | None:
    wanted = state.bundle
    if "".join(one.pem for one in state.trust) != wanted:
        return PublishSecret(bundle=wanted)
    # Whether Parameter Store keeps the last end of line is left to it.
    if state.parameter.strip() != wanted.strip():
        return PublishParameter(bundle=wanted)
    return None


def _signing_date(state: State, *, terms: Terms, now: datetime) -> Step | None:
    """Count the overlap of a new authority from its publication, which has just been seen."""
    in_use = state.certificate is not None and state.certificate.not_after > now
    date = now + terms.overlap if in_use else now
    dated = tuple(
        replace(one, signs_from=date) if one.signs and one.signs_from is None else one
        for one in state.authorities
    )
    return _kept(state, dated, reason=f"the new authority signs from {date.isoformat()}")


def _succession(state: State, wish: Wish, *, now: datetime) -> Step | None:
    if wish.order != "succession":
        return None
    if len(state.authorities) == 1:
        raise NoSuccessor(
            'there is one authority only: make its successor first, with {"Force": "successor"}, and have '
            "every client read the bundle again before it takes over.",
        )
    *others, newest = state.authorities
    retired = [
        replace(one, private_key=None, trusted_until=min(one.trusted_until, now + TAKEN_UP))
        if one.signs
        else one
        for one in others
    ]
    ready = newest if newest.is_ready(now) else replace(newest, signs_from=now)
    return _kept(state, (*retired, ready), reason="the newest authority takes over at once")


def _certificate(state: State, wish: Wish, *, terms: Terms, now: datetime) -> Step | None:
    reason = _reason(state, wish, now=now)
    if reason is None:
        return None
    signer = _signer(state, terms=terms, now=now)
    not_after = min(now + timedelta(days=terms.certificate_days), signer.not_after)
    trusted_until = not_after + _CLOCKS
    if signer.trusted_until < trusted_until:
        # Before it signs: what dies in between leaves it trusted for too long, never too short.
        longer = replace(signer, trusted_until=trusted_until)
        return KeepAuthorities(
            authorities=tuple(longer if one is signer else one for one in state.authorities),
            reason=f"{signer.certificate.name} is trusted until {trusted_until.isoformat()}",
        )
    present = state.certificate
    return Issue(
        signer=signer,
        names=wish.names or (present.names if present else ()),
        issue=wish.issue if wish.issue is not None else (present.issue if present else ""),
        not_after=not_after,
        bundle=state.bundle,
        reason=reason,
    )


def _reason(state: State, wish: Wish, *, now: datetime) -> str | None:
    """Why a certificate is issued now, None when none is."""
    certificate = state.certificate
    if certificate is None:
        return "there is none"
    if wish.names is not None and wish.names != certificate.names:
        return "other names are wanted"
    if wish.issue is not None and wish.issue != certificate.issue:
        return "the deployment asks for a new one"
    return "a new one is ordered" if wish.order == "certificate" else _due(state, certificate, now=now)


def _due(state: State, certificate: Certificate, *, now: datetime) -> str | None:
    if _is_in_last_part(certificate.not_before, certificate.not_after, now=now):
        return "less than a third of its life is left"
    issued_by = [one for one in state.authorities if one.certificate.key_id == certificate.issuer]
    if not any(one.signs for one in issued_by) and any(one.is_ready(now) for one in state.authorities):
        return "its authority signs no more"
    return None


def _signer(state: State, *, terms: Terms, now: datetime) -> Authority:
    """The newest one that clients know; an earlier promise is kept unless certificates would be cut short."""
    signing = [one for one in state.authorities if one.signs]
    life = timedelta(days=terms.certificate_days)
    able = [one for one in signing if one.not_after - now >= life] or signing
    ready = [one for one in able if one.is_ready(now)]
    return ready[-1] if ready else able[0]


def _bundle_beside(state: State) -> Step | None:
    if state.certificate is None or state.certificate.ca == state.bundle:
        return None
    return PutBundleBeside(certificate=state.certificate, bundle=state.bundle)


def _farewell(state: State, *, now: datetime) -> Step | None:
    """Let go of whom nothing in use was signed by, once a newer one signs."""
    ready = [number for number, one in enumerate(state.authorities) if one.is_ready(now)]
    newest_ready = ready[-1] if ready else 0
    issuer = state.certificate.issuer if state.certificate else ""
    staying = tuple(
        one
        for number, one in enumerate(state.authorities)
        if number >= newest_ready or one.certificate.key_id == issuer or now < one.trusted_until
    )
    return _kept(state, staying, reason="nothing in use is signed by the old authority any more")


def _kept(state: State, authorities: tuple[Authority, ...], *, reason: str) -> Step | None:
    if authorities == state.authorities:
        return None
    return KeepAuthorities(authorities=authorities, reason=reason)


def _is_in_last_part(not_before: datetime, not_after: datetime, *, now: datetime) -> bool:
    return (not_after - now) * _LAST_PART < not_after - not_before
