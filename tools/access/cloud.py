"""Which AWS a command speaks to: the rehearsal on this machine, or the caller's account when asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from tools.access.errors import NotDeployed
from tools.rehearsal import clouds, tier
from tools.rehearsal.layout import Layout
from tools.state import state_directory

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

PATIENCE = Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 3, "mode": "standard"})


class ServiceDiscovery(Protocol):
    """What is used of Cloud Map's client."""

    def discover_instances(self, **request: str) -> dict[str, Any]:
        """Tell the registered instances of a service. Raises ClientError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """An AWS to ask: `endpoint` and `authority`, the local CA, are None for the real one."""

    environment: str
    region: str
    endpoint: str | None
    authority: Path | None = None
    recovery_region: str | None = None

    @property
    def title(self) -> str:
        """How a person tells one from the other."""
        where = f"the rehearsal at {self.endpoint}" if self.endpoint else f"AWS, {self.region}"
        return f"{self.environment} in {where}"

    def recovery(self) -> Cloud:
        """Return the same environment in its recovery region."""
        return replace(self, region=self.recovery_region or self.region)

    def ssm(self) -> SSMClient:
        """Return a client of Systems Manager."""
        return self._session().client("ssm", endpoint_url=self.endpoint, config=PATIENCE)

    def secrets(self) -> SecretsManagerClient:
        """Return a client of Secrets Manager."""
        return self._session().client("secretsmanager", endpoint_url=self.endpoint, config=PATIENCE)

    def trails(self) -> CloudTrailClient:
        """Return a client of CloudTrail."""
        return self._session().client("cloudtrail", endpoint_url=self.endpoint, config=PATIENCE)

    def s3(self, config: Config = PATIENCE) -> S3Client:
        """Return a client of S3."""
        return self._session().client("s3", endpoint_url=self.endpoint, config=config)

    def ecs(self) -> ECSClient:
        """Return a client of ECS."""
        return self._session().client("ecs", endpoint_url=self.endpoint, config=PATIENCE)

    def logs(self) -> CloudWatchLogsClient:
        """Return a client of CloudWatch Logs."""
        return self._session().client("logs", endpoint_url=self.endpoint, config=PATIENCE)

    def discovery(self) -> ServiceDiscovery:
        """Return a client of Cloud Map."""
        session: Any = self._session()
        # AWS answers DiscoverInstances at a host of its own, a rehearsal where it answers everything.
        config = PATIENCE.merge(Config(inject_host_prefix=self.endpoint is None))
        return session.client("servicediscovery", endpoint_url=self.endpoint, config=config)

    def _session(self) -> boto3.Session:
        return clouds.session(self.region) if self.endpoint else boto3.Session(region_name=self.region)


def find(environment: str, *, region: str, aws: bool, recovery_region: str | None = None) -> Cloud:
    """Return AWS if it was asked for, else the rehearsal of this environment; never the one for the other.

    Raises:
        NotDeployed: this environment is not up here, and AWS was not asked for.
    """
    if aws:
        return Cloud(environment=environment, region=region, endpoint=None, recovery_region=recovery_region)
    layout = Layout(state=state_directory())
    up = tier.read(layout)
    alive = up is not None and tier.emulator(layout) is not None
    if up and alive and up.environment != environment:
        raise NotDeployed(
            f"{environment} is not up on this machine, {up.environment} is: --env {up.environment} enters it "
            f"and --aws enters {environment} in AWS"
        )
    if up is None or not alive:
        raise NotDeployed(
            f"{environment} is not up on this machine: `make up ENV={environment}` deploys it here, "
            "and --aws enters the one in AWS"
        )
    authority = layout.authority / "ca.pem"
    return Cloud(
        environment=environment,
        region=up.region,
        endpoint=up.endpoint,
        authority=authority,
        recovery_region=up.recovery_region,
    )
