"""Where an environment keeps its backups and which tasks take and try them, by the published parameters.

The replica is found without the primary's region, so that it can be read when that one is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from containers.backup.s3_store import CONFIGURATION, S3Store
from tools.access.endpoints import Endpoints
from tools.access.errors import NotDeployed
from tools.backup.errors import NotSetUp

if TYPE_CHECKING:
    from tools.access.cloud import Cloud

Copy = Literal["source", "replica"]
Part = Literal["backup", "drill"]
COPIES: Final[tuple[Copy, ...]] = ("source", "replica")
_PART_OF: Final[dict[Copy, Part]] = {"source": "backup", "replica": "drill"}


@dataclass(frozen=True, kw_only=True)
class TaskPlace:
    """How ECS starts a task: the cluster's name, the task definition, and where in the network."""

    cluster: str
    definition: str
    subnets: tuple[str, ...]
    security_group: str
    public: bool
    """Whether it has a public address: the recovery region has no endpoints, so a drill asks AWS by one."""


@dataclass(frozen=True, kw_only=True)
class Vault:
    """One copy of a database's backups; `title` is what messages call it."""

    cloud: Cloud
    copy: Copy
    bucket: str
    database: str

    @property
    def title(self) -> str:
        """The bucket and where it is."""
        return f"the bucket {self.bucket} ({self.copy}, {self.cloud.region})"

    def store(self) -> S3Store:
        """Return the backups in it."""
        return S3Store(self.cloud.s3(CONFIGURATION), bucket=self.bucket, database=self.database)


def home(cloud: Cloud, part: Part) -> Cloud:
    """Return the region of a part: drills run in the recovery region."""
    return cloud.recovery() if part == "drill" else cloud


def vault(cloud: Cloud, copy: Copy, *, database: str) -> Vault:
    """Find a copy's bucket. Raises NotSetUp, AccessError."""
    part = _PART_OF[copy]
    there = home(cloud, part)
    return Vault(cloud=there, copy=copy, bucket=_parameter(there, part, "bucket"), database=database)


def task_place(cloud: Cloud, part: Part) -> TaskPlace:
    """Find a part's task; `cloud` is the part's `home`. Raises NotSetUp, AccessError."""
    return TaskPlace(
        cluster=_parameter(cloud, part, "cluster"),
        definition=_parameter(cloud, part, "task"),
        subnets=tuple(_parameter(cloud, part, "subnets").split(",")),
        security_group=_parameter(cloud, part, "security-group"),
        public=part == "drill",
    )


def _parameter(cloud: Cloud, part: Part, name: str) -> str:
    try:
        return Endpoints(cloud).parameter(f"{part}/{name}")
    except NotDeployed as error:
        missing = "no backups in S3" if part == "backup" else "no copy of the backups and no drills"
        raise NotSetUp(
            f"{cloud.title} has {missing}: /datatier/{cloud.environment}/{part}/{name} is not there. "
            "Its settings switch them off, or its stacks are not deployed."
        ) from error
