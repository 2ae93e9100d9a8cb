"""Clients of the emulated AWS with credentials that are worth nothing anywhere else.

Never reads this machine's AWS configuration.
"""

from functools import cache
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config

from tools.rehearsal.overlay import ACCOUNT
from tools.rehearsal.tier import Tier

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

SECRET_KEY = "rehearsal"  # noqa: S105  # the emulator takes any
CONFIGURATION = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=30)


def variables(tier: Tier) -> dict[str, str]:
    """Return the environment variables that point any AWS tool at the tier."""
    return {
        "AWS_ENDPOINT_URL": tier.endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": tier.region,
        "AWS_DEFAULT_REGION": tier.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def _session(tier: Tier, region: str | None) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=ACCOUNT, aws_secret_access_key=SECRET_KEY, region_name=region or tier.region
    )


@cache  # a client takes longer to make than to use
def cloudformation(tier: Tier, region: str | None = None) -> "CloudFormationClient":
    """Return a CloudFormation client for the tier's region, or another."""
    service: Literal["cloudformation"] = "cloudformation"
    return _session(tier, region).client(service, endpoint_url=tier.endpoint, config=CONFIGURATION)


@cache  # a client takes longer to make than to use
def secretsmanager(tier: Tier) -> "SecretsManagerClient":
    """Return a Secrets Manager client."""
    service: Literal["secretsmanager"] = "secretsmanager"
    return _session(tier, None).client(service, endpoint_url=tier.endpoint, config=CONFIGURATION)


@cache  # a client takes longer to make than to use
def ssm(tier: Tier) -> "SSMClient":
    """Return a Systems Manager client, for parameters."""
    service: Literal["ssm"] = "ssm"
    return _session(tier, None).client(service, endpoint_url=tier.endpoint, config=CONFIGURATION)
