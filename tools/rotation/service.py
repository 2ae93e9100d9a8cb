"""Asks Secrets Manager for the state of each credential, and to rotate one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.rotation.contract import check_interval
from lambdas.common.secrets_manager import CURRENT, PENDING
from tools.access.endpoints import Endpoints
from tools.access.errors import NotAllowed
from tools.rotation.credentials import CREDENTIALS, Credential
from tools.rotation.errors import NotFinished, NotRotating

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tools.access.cloud import Cloud

_LOOK_SECONDS = 1.0
_ALREADY = "InvalidRequestException"


@dataclass(frozen=True, kw_only=True)
class Rotations:
    """The credentials of one environment in one cloud."""

    cloud: Cloud
    client_cache_seconds: float

    def find(self, name: str) -> Credential:
        """Look one up. Raises AccessError."""
        arn = Endpoints(self.cloud).parameter(CREDENTIALS[name])
        try:
            return Credential.described(name, arn, self.cloud.secrets().describe_secret(SecretId=arn))
        except (BotoCoreError, ClientError) as error:
            raise NotAllowed(f"{arn}: {self.cloud.title} does not describe it: {error}") from error

    def all(self) -> list[Credential]:
        """Look every one up. Raises AccessError."""
        return [self.find(name) for name in CREDENTIALS]

    def failures_are_told(self) -> bool | None:
        """Whether a trail carries the events of failed rotations; None where it may not be looked at.

        A rehearsal needs none.
        """
        if self.cloud.endpoint is not None:
            return True
        trails = self.cloud.trails()
        try:
            return any(
                trails.get_trail_status(Name=trail.get("TrailARN", ""))["IsLogging"]
                for trail in trails.describe_trails()["trailList"]
            )
        except (BotoCoreError, ClientError):
            return None

    def check(self, credential: Credential, *, now: datetime) -> None:
        """Refuse what Secrets Manager would try in vain.

        Raises:
            NotRotating: it has no schedule.
            TooSoon: applications may still use the version before the current one; with the time to wait.
        """
        if not credential.metadata.enabled:
            raise NotRotating(
                f"{credential.name} does not rotate: its secret has no schedule. Deploying the rotation "
                "stack attaches one.",
            )
        check_interval(
            credential.metadata,
            current_since=self._current_since(credential),
            seconds=self.client_cache_seconds,
            now=now,
        )

    def _current_since(self, credential: Credential) -> datetime | None:
        try:
            versions = self.cloud.secrets().list_secret_version_ids(SecretId=credential.arn)["Versions"]
        except (BotoCoreError, ClientError):
            return None  # the function looks again
        dates = [one.get("CreatedDate") for one in versions if CURRENT in one.get("VersionStages", [])]
        return dates[0] if dates else None

    def start(self, credential: Credential) -> str:
        """Have Secrets Manager rotate it; return the version that becomes current.

        A rotation that is not finished is gone on with. Raises NotAllowed.
        """
        client = self.cloud.secrets()
        try:
            return client.rotate_secret(SecretId=credential.arn)["VersionId"]
        except ClientError as error:
            refused = error.response.get("Error", {})
            version = self.find(credential.name).metadata.version(PENDING)
            if refused.get("Code") == _ALREADY and version is not None:
                return version
            raise NotAllowed(f"{self.cloud.title} does not rotate {credential.name}: {error}") from error
        except BotoCoreError as error:
            raise NotAllowed(f"{self.cloud.title} does not rotate {credential.name}: {error}") from error

    def wait(
        self, credential: Credential, version: str, *, seconds: float, tell: Callable[[float], None]
    ) -> Credential:
        """Wait until a version is current; `tell` hears how many seconds it has been.

        Raises:
            NotFinished: it is not, after so many seconds.
        """
        began = time.monotonic()
        while True:
            found = self.find(credential.name)
            stages = found.metadata.stages.get(version, ())
            # The service itself has the last word: it takes the pending label away and sets the dates.
            if CURRENT in stages and PENDING not in stages:
                return found
            waited = time.monotonic() - began
            if waited >= seconds:
                raise NotFinished(
                    f"{credential.name} is not rotated after {seconds:g} seconds. The current password "
                    "works, and Secrets Manager tries again by itself, five times in all. What failed stands "
                    "in the log of the rotation's function: docs/runbooks/rotation.md.",
                )
            tell(waited)
            time.sleep(_LOOK_SECONDS)
