"""The typed environment: everything that one `environments/<name>.toml` decides. Never reads a file."""

from typing import Annotated

from pydantic import Field

from stacks.settings.alarms import AlarmsSettings
from stacks.settings.backup import BackupSettings
from stacks.settings.cache import CacheSettings
from stacks.settings.constraints import Count, Shape, Slice
from stacks.settings.database import DatabaseSettings
from stacks.settings.encryption import CredentialsSettings, EncryptionSettings
from stacks.settings.functions import BootstrapSettings, FunctionsSettings
from stacks.settings.network import NetworkSettings
from stacks.settings.pooling import PoolingSettings
from stacks.settings.rotation import RotationSettings

NAME = Shape(
    r"[a-z](-?[a-z0-9]){0,15}",
    "1 to 16 lower-case letters, digits and single hyphens, starting with a letter",
)
"""Short, because it is part of identifiers that ElastiCache limits to 40 characters and IAM to 64."""

TAG_KEY = Shape(
    r"(?!aws:)[\w .:/=+@-]{1,128}", "a tag key of 1 to 128 characters that does not start with 'aws:'"
)
TAG_VALUE = Shape(r"[\w .:/=+@-]{0,256}", "a tag value of at most 256 letters, digits, spaces and _.:/=+-@")


class Environment(Slice):
    """One environment, checked as a whole."""

    name: Annotated[str, NAME] = Field(
        description="Name of the environment: the name of its file, part of every identifier. Source: the "
        "file name."
    )
    region: str = Field(
        default="us-east-1",
        description="Region that the tier runs in. Source: AWS regions, as bundled by cfn-lint.",
    )
    recovery_region: str = Field(
        default="us-west-2",
        description="Region that holds everything needed to come back when region is lost; another region of "
        "the same partition. Source: document, 'Backup Strategy' (cross-region replication).",
    )
    account: Annotated[str, Shape(r"[0-9]{12}", "an AWS account id, 12 digits in quotes")] | None = Field(
        default=None,
        description="Account that the tier is deployed to; unset, whichever account deploys. Source: AWS "
        "account ids.",
    )
    termination_protection: bool = Field(
        description="Whether CloudFormation refuses to delete the stacks. Source: CloudFormation, 'Protect a "
        "stack from being deleted'.",
        examples=[True],
    )
    tags: Annotated[dict[Annotated[str, TAG_KEY], Annotated[str, TAG_VALUE]], Count(0, 40, "tags")] = Field(
        default_factory=dict[str, str],
        description="Tags of every resource, at most 40 so that AWS's 50 leave room. Source: 'Tag naming "
        "limits and requirements'.",
    )
    network: NetworkSettings = Field(description="The VPC and its zones.")
    encryption: EncryptionSettings = Field(description="Customer-managed keys.")
    database: DatabaseSettings = Field(description="PostgreSQL on RDS.")
    cache: CacheSettings = Field(description="Redis on ElastiCache.")
    credentials: CredentialsSettings = Field(
        default_factory=CredentialsSettings, description="Generated passwords."
    )
    bootstrap: BootstrapSettings = Field(
        default_factory=BootstrapSettings, description="The Lambda that prepares the database."
    )
    pooling: PoolingSettings = Field(
        default_factory=PoolingSettings, description="How clients share connections to PostgreSQL."
    )
    rotation: RotationSettings = Field(
        default_factory=RotationSettings, description="How credentials are replaced by themselves."
    )
    backup: BackupSettings = Field(
        default_factory=BackupSettings, description="What is kept of PostgreSQL besides RDS's own backups."
    )
    alarms: AlarmsSettings = Field(default_factory=AlarmsSettings, description="Who is told of an alarm.")
    functions: FunctionsSettings = Field(
        default_factory=FunctionsSettings, description="What the Lambdas run on."
    )
