"""Reads where the tier listens and who may enter, from the parameters that the stacks publish."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.secrets_manager import CURRENT, PENDING
from tools.access.errors import NoReplica, NotAllowed, NotDeployed
from tools.access.master import MASTER, accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.access.cloud import Cloud

MISSING = {"ParameterNotFound", "ResourceNotFoundException"}


@dataclass(frozen=True, kw_only=True)
class Login:
    """One user of one server; its password is never shown."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    database: str = ""
    ca: str = field(default="", repr=False)


class Endpoints:
    """The published facts of one environment in one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        """Prepare to ask `cloud`. Raises NotAllowed when this machine's AWS configuration cannot be used."""
        self._cloud = cloud
        try:
            self._ssm = cloud.ssm()
            self._secrets = cloud.secrets()
        except BotoCoreError as error:
            raise NotAllowed(f"cannot ask {cloud.title}: {error}") from error

    def postgres(self, login: str, *, replica: bool = False) -> Login:
        """Return a PostgreSQL login on the primary, or on the first replica.

        Raises:
            AccessError: it is not there, or not to be read.
            DatatierError: for the master it logs in, and no server is reached or no password accepted.
        """
        primary = self.parameter("postgres/host")
        host = self._replica(primary) if replica else primary
        arn = self.parameter(f"postgres/secrets/{login}")
        document = self._document(arn)
        found = Login(
            host=host,
            port=int(self.parameter("postgres/port")),
            database=self.parameter("postgres/database"),
            ca=self.parameter("postgres/ca"),
            username=document["username"],
            password=document["password"],
        )
        if login != MASTER:
            return found
        return accepted(found, current=lambda: self._text(arn), pending=lambda: self._pending(arn))

    def redis(self, user: str, *, reader: bool = False) -> Login:
        """Return a Redis user on the primary, or on the reader endpoint. Raises AccessError."""
        document = self._document(self.parameter(f"redis/secrets/{user}"))
        return Login(
            host=self.parameter("redis/reader-host" if reader else "redis/host"),
            port=int(self.parameter("redis/port")),
            username=document["username"],
            password=document["password"],
        )

    def _replica(self, primary: str) -> str:
        """Return the first replica; where there is none, the stacks publish the primary in its place."""
        host = self.parameter("postgres/replica-hosts").partition(",")[0]
        if host == primary:
            raise NoReplica(f"{self._cloud.title} has no read replica (database.read_replicas = 0)")
        return host

    def parameter(self, name: str) -> str:
        """Return a published value, by its path below the environment's. Raises AccessError."""
        path = f"/datatier/{self._cloud.environment}/{name}"
        answer: Any = self._ask(path, lambda: self._ssm.get_parameter(Name=path))
        return str(answer["Parameter"]["Value"])

    def _document(self, arn: str) -> dict[str, str]:
        document: dict[str, str] = json.loads(self._text(arn))
        return document

    def _text(self, arn: str, stage: str = CURRENT) -> str:
        answer: Any = self._ask(arn, lambda: self._secrets.get_secret_value(SecretId=arn, VersionStage=stage))
        return str(answer["SecretString"])

    def _pending(self, arn: str) -> str | None:
        try:
            return self._text(arn, PENDING)
        except NotDeployed:  # it does not rotate now
            return None

    def _ask(self, what: str, call: Callable[[], object]) -> object:
        try:
            return call()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in MISSING:
                raise NotDeployed(
                    f"{what} is not there: {self._cloud.title} is not deployed, or has no such login"
                ) from error
            raise NotAllowed(f"{what}: {self._cloud.title} refuses to read it: {code}") from error
        except BotoCoreError as error:
            raise NotAllowed(f"{what}: cannot ask {self._cloud.title}: {error}") from error
