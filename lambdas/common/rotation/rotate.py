"""The four steps of a rotation, whatever rotates. Each may be killed anywhere and come again.

createSecret writes the document that follows, setSecret lets the server accept it, testSecret logs in with it
everywhere, finishSecret makes it current. The one that is current is never touched.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from lambdas.common.errors import SecretInvalid
from lambdas.common.logs import Log
from lambdas.common.rotation.contract import Metadata, Request, check_interval, is_current
from lambdas.common.rotation.errors import StepNotDone
from lambdas.common.rotation.versions import Versions
from lambdas.common.secrets_manager import CURRENT, PENDING


class Credential(Protocol):
    """What rotates, by its documents' texts. Each may raise a RotationError or a ConnectionFailed."""

    def successor(self, current: str) -> str:
        """The document that follows the current one."""
        ...

    def apply(self, *, current: str, pending: str) -> None:
        """Let the server accept the pending document; nothing where it does already."""
        ...

    def test(self, *, current: str, pending: str) -> None:
        """Log in with the pending document wherever its users do."""
        ...


class Credentials(Protocol):
    """The secrets that a function rotates."""

    def of(self, arn: str) -> Credential:
        """Raises EventInvalid: the secret is none of this function's."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """What the steps share; `client_cache_seconds` is how long applications may keep a secret."""

    versions: Versions
    credentials: Credentials
    client_cache_seconds: float
    log: Log

    def run(self, request: Request) -> None:
        """Do the step that Secrets Manager asks for.

        Raises:
            DatatierError: the step is not done; Secrets Manager tries again.
        """
        credential = self.credentials.of(request.secret_arn)
        metadata = self.versions.describe(request.secret_arn)
        if is_current(request, metadata):
            self._tell("The version is current already", request)
            return
        step = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }[request.step]
        step(request, metadata, credential)
        self._tell("Rotation step done", request)

    def _create(self, request: Request, metadata: Metadata, credential: Credential) -> None:
        if self._pending(request) is None:
            check_interval(
                metadata,
                current_since=self.versions.current_since(request.secret_arn),
                seconds=self.client_cache_seconds,
                now=datetime.now(tz=UTC),
            )
            document = credential.successor(self._current(request))
            self.versions.put_pending(request.secret_arn, request.token, document)

    def _set(self, request: Request, _metadata: Metadata, credential: Credential) -> None:
        pending = self._pending(request)
        if pending is None:
            raise StepNotDone(f"version {request.token} has no document yet: createSecret comes first.")
        credential.apply(current=self._current(request), pending=pending)

    def _test(self, request: Request, _metadata: Metadata, credential: Credential) -> None:
        current = self._current(request)
        # Secrets Manager tests a schedule when it is attached; nothing has been created then.
        credential.test(current=current, pending=self._pending(request) or current)

    def _finish(self, request: Request, metadata: Metadata, credential: Credential) -> None:
        pending = self._pending(request)
        if pending is None:
            raise StepNotDone(f"version {request.token} has no document yet: createSecret comes first.")
        # Whatever order the steps came in, nothing becomes current that nobody has logged in with.
        credential.test(current=self._current(request), pending=pending)
        # AWSPREVIOUS and AWSPENDING are moved by Secrets Manager itself.
        self.versions.make_current(request.secret_arn, request.token, instead_of=metadata.version(CURRENT))

    def _current(self, request: Request) -> str:
        text = self.versions.read(request.secret_arn, stage=CURRENT)
        if text is None:
            raise SecretInvalid(f"secret {request.secret_arn} has no {CURRENT} version.")
        return text

    def _pending(self, request: Request) -> str | None:
        return self.versions.read(request.secret_arn, stage=PENDING, version=request.token)

    def _tell(self, what: str, request: Request) -> None:
        self.log.info(what, step=request.step, secret=request.secret_arn, version=request.token)
