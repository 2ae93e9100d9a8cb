"""Which login a secret is of, and so how it rotates."""

from dataclasses import dataclass
from typing import Final

from lambdas.common.connections import LogIn
from lambdas.common.errors import SecretInvalid
from lambdas.common.logs import Log
from lambdas.common.master_login import MasterLogin
from lambdas.common.rotation.contract import rotated_as
from lambdas.common.rotation.rotate import Credential
from lambdas.common.rotation.versions import Versions
from lambdas.common.secrets_manager import CURRENT, PENDING
from lambdas.rotate_postgres.alternating import AlternatingLogin
from lambdas.rotate_postgres.environment import Environment
from lambdas.rotate_postgres.in_place import InPlaceLogin
from lambdas.rotate_postgres.places import Places

REPLAY_SECONDS: Final = 60
"""How long a replica may take to replay a change; the alarm on its lag stands at the same."""


@dataclass(frozen=True, kw_only=True)
class Logins:
    """The logins of one tier."""

    environment: Environment
    versions: Versions
    log_in: LogIn
    log: Log

    def of(self, arn: str) -> Credential:
        """The login whose secret this is.

        Raises:
            EventInvalid: the secret is none of this tier's logins.
        """
        places = Places(
            log_in=self.log_in,
            replica_hosts=self.environment.replica_hosts,
            replay_seconds=REPLAY_SECONDS,
            log=self.log,
        )
        length = self.environment.password_length
        if arn == self.environment.master_secret_arn:
            return InPlaceLogin(password_length=length, places=places)
        return AlternatingLogin(
            login=rotated_as(arn, self.environment.login_secret_arns),
            password_length=length,
            places=places,
            master=MasterLogin(
                current=self._current_master, pending=self._pending_master, log_in=self.log_in
            ),
            log=self.log,
        )

    def _current_master(self) -> str:
        text = self.versions.read(self.environment.master_secret_arn, stage=CURRENT)
        if text is None:
            raise SecretInvalid("the master's secret is missing or has no current version.")
        return text

    def _pending_master(self) -> str | None:
        return self.versions.read(self.environment.master_secret_arn, stage=PENDING)
