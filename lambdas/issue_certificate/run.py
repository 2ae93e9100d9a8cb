"""One run: look, do the one thing that comes next, look again, until nothing is left to do.

It may die between any two calls and be run again, and two may run at once: every step is decided from what
stands there, and a write on something that has changed since is refused and decided anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from lambdas.common.logs import Log
from lambdas.issue_certificate import documents
from lambdas.issue_certificate.certificates import issue_certificate, make_authority
from lambdas.issue_certificate.environment import Environment
from lambdas.issue_certificate.errors import NeverSettled, Overtaken
from lambdas.issue_certificate.plan import next_step
from lambdas.issue_certificate.request import Wish
from lambdas.issue_certificate.state import Authority, State, bundle
from lambdas.issue_certificate.steps import (
    Issue,
    KeepAuthorities,
    MakeAuthority,
    PublishParameter,
    PublishSecret,
    PutBundleBeside,
    Step,
)
from lambdas.issue_certificate.stores import Documents, Parameter, Stored, check_size

ROUNDS: Final = 30
"""A first issue takes six steps, a succession by order eight; the rest is for others that write meanwhile."""


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """The state, and the versions of the secrets that it was read from."""

    state: State
    authority: Stored
    certificate: Stored
    trust: Stored


@dataclass(frozen=True, kw_only=True)
class Run:
    """The edges of one run; `now` is the same for all of it, and `pause` waits for who wrote first."""

    environment: Environment
    secrets: Documents
    parameter: Parameter
    now: datetime
    log: Log
    pause: Callable[[], None]

    def settle(self, wish: Wish) -> State:
        """Do all that is to be done, and return how things stand then.

        Raises:
            DatatierError: it cannot be done, or not all of it; another run goes on from there.
        """
        for _ in range(ROUNDS):
            seen = self._look()
            step = next_step(seen.state, wish, terms=self.environment.terms, now=self.now)
            if step is None:
                return seen.state
            try:
                self._do(step, seen)
            except Overtaken as overtaken:
                self.log.info("Another run has written first: looking again", reason=str(overtaken))
                self.pause()
                continue
            if isinstance(step, Issue):
                # Had: what others wish meanwhile is not undone.
                wish = Wish(order=wish.order if wish.order != "certificate" else None)
        raise NeverSettled(
            f"after {ROUNDS} rounds there was still something to do: others write the same secrets. "
            "See that one function alone issues for this environment, and call it again.",
        )

    def _look(self) -> _Seen:
        at = self.environment
        authority = self.secrets.read(at.authority_secret_arn)
        certificate = self.secrets.read(at.certificate_secret_arn)
        trust = self.secrets.read(at.trust_secret_arn)
        return _Seen(
            state=State(
                authorities=documents.read_authorities(authority.text),
                certificate=documents.read_certificate_document(certificate.text),
                trust=documents.read_trust(trust.text),
                parameter=self.parameter.read(at.trust_parameter),
            ),
            authority=authority,
            certificate=certificate,
            trust=trust,
        )

    def _do(self, step: Step, seen: _Seen) -> None:
        at = self.environment
        match step:
            case MakeAuthority(kept=kept):
                new = make_authority(at.prefix, now=self.now, days=at.terms.authority_days)
                check_size(bundle(one.certificate for one in (*kept, new)))
                self._keep((*kept, new), seen)
                self.log.info(
                    "Made an authority", authority=new.certificate.name, until=new.not_after.isoformat()
                )
            case KeepAuthorities(authorities=authorities, reason=reason):
                self._keep(authorities, seen)
                self.log.info("Changed what is kept of the authorities", reason=reason)
            case PublishSecret(bundle=text):
                self.secrets.write(at.trust_secret_arn, documents.write_trust(text), after=seen.trust)
                self.log.info("Published the bundle", secret=at.trust_secret_arn)
            case PublishParameter(bundle=text):
                self.parameter.write(at.trust_parameter, text)
                self.log.info("Published the bundle", parameter=at.trust_parameter)
            case Issue():
                self._issue(step, seen)
            case PutBundleBeside(certificate=certificate, bundle=text):
                document = documents.write_certificate_document(
                    pem=certificate.pem, private_key=certificate.private_key, ca=text, issue=certificate.issue
                )
                self.secrets.write(at.certificate_secret_arn, document, after=seen.certificate)
                self.log.info("Put the bundle beside the certificate", secret=at.certificate_secret_arn)
            case _:
                assert_never(step)

    def _keep(self, authorities: tuple[Authority, ...], seen: _Seen) -> None:
        document = documents.write_authorities(authorities)
        self.secrets.write(self.environment.authority_secret_arn, document, after=seen.authority)

    def _issue(self, step: Issue, seen: _Seen) -> None:
        at = self.environment
        pem, key = issue_certificate(
            at.prefix, step.names, signer=step.signer, now=self.now, not_after=step.not_after
        )
        document = documents.write_certificate_document(
            pem=pem, private_key=key, ca=step.bundle, issue=step.issue
        )
        self.secrets.write(at.certificate_secret_arn, document, after=seen.certificate)
        facts = {
            "names": list(step.names),
            "authority": step.signer.certificate.name,
            "until": step.not_after.isoformat(),
            "reason": step.reason,
        }
        self.log.info("Issued a certificate", **facts)
        if not step.signer.is_ready(self.now):
            self.log.warning(
                "The authority signs before every client may know it: deploy the applications", **facts
            )
