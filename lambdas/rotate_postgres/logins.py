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
from lambdas.rotate_postgres.poolers import Poolers, Resolve, addresses
from lambdas.rotate_postgres.promotion import PastVersions

REPLAY_SECONDS: Final = 60
"""How long a replica may take to replay a change; the alarm on its lag stands at the same."""

POOLER_SECONDS: Final = 60
"""How long the pooler's tasks may take to let a new login in; one that refuses it reads its secret anew."""


@dataclass(frozen=True, kw_only=True)
class Logins:
    """The logins of one tier."""

    environment: Environment
    versions: Versions
    log_in: LogIn
    log: Log
    resolve: Resolve = addresses

    def of(self, arn: str) -> Credential:
        """The login whose secret this is.

        Raises:
            EventInvalid: the secret is none of this tier's logins.
        """
        length = self.environment.password_length
        if arn == self.environment.master_secret_arn:
            return InPlaceLogin(password_length=length, places=self._places(arn, poolers=None))
        login = rotated_as(arn, self.environment.login_secret_arns)
        return AlternatingLogin(
            login=login,
            password_length=length,
            places=self._places(arn, poolers=self._poolers(login)),
            master=MasterLogin(
                current=self._current_master, pending=self._pending_master, log_in=self.log_in
            ),
            log=self.log,
        )

    def _places(self, arn: str, *, poolers: Poolers | None) -> Places:
        return Places(
            log_in=self.log_in,
            replica_hosts=self.environment.replica_hosts,
            replay_seconds=REPLAY_SECONDS,
            past=PastVersions(arn=arn, versions=self.versions),
            poolers=poolers,
            log=self.log,
        )

    def _poolers(self, login: str) -> Poolers | None:
        pooler = self.environment.pooler
        if pooler is None or login not in pooler.logins:
            return None
        return Poolers(
            pooler=pooler,
            trust=lambda: self._current(pooler.trust_secret_arn, whose="the pooler's trust"),
            patience_seconds=POOLER_SECONDS,
            resolve=self.resolve,
        )

    def _current_master(self) -> str:
        return self._current(self.environment.master_secret_arn, whose="the master's secret")

    def _current(self, arn: str, *, whose: str) -> str:
        text = self.versions.read(arn, stage=CURRENT)
        if text is None:
            raise SecretInvalid(f"{whose} is missing or has no current version.")
        return text

    def _pending_master(self) -> str | None:
        return self.versions.read(self.environment.master_secret_arn, stage=PENDING)
