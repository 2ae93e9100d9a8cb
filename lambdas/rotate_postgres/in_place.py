"""The master, which rotates in place: no other role may make its twin.

Between setSecret and finishSecret its pending password is the one that works, so who needs the master tries
CURRENT, then PENDING.
"""

from dataclasses import dataclass

from lambdas.common.documents import successor_of
from lambdas.common.errors import LoginRefused
from lambdas.common.passwords import new_password
from lambdas.common.rotation.errors import PendingRefused, StepNotDone
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from lambdas.rotate_postgres.places import Places
from lambdas.rotate_postgres.server import change_own_password


@dataclass(frozen=True, kw_only=True)
class InPlaceLogin:
    """A login that changes its own password."""

    password_length: int
    places: Places

    def successor(self, current: str) -> str:
        """The same document with a new password."""
        _parse(current)
        return successor_of(current, password=new_password(self.password_length))

    def apply(self, *, current: str, pending: str) -> None:
        """Have the login change its password to the pending one."""
        before, after = _pair(current, pending)
        if self.places.accepts(after):
            return
        try:
            session = self.places.log_in(before)
        except LoginRefused as error:
            raise StepNotDone(
                f"{before.username} is refused with its current and with its pending password: somebody has "
                "changed it. Set it on the instance (docs/runbooks/rotation.md); the next try goes on.",
            ) from error
        with session as master:
            change_own_password(master, role=after.username, password=after.password)

    def test(self, *, current: str, pending: str) -> None:
        """Log in with the pending password on the primary and on every replica."""
        self.places.check(_pair(current, pending)[1])


def _pair(current: str, pending: str) -> tuple[PostgresSecret, PostgresSecret]:
    before, after = _parse(current), _parse(pending)
    if (after.username, after.host, after.port) != (before.username, before.host, before.port):
        raise PendingRefused(
            "the pending secret of the master names another user or server than the current one. Nothing was "
            "changed.",
        )
    return before, after


def _parse(text: str) -> PostgresSecret:
    return parse_postgres_secret(text, name="master")
