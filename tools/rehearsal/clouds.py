"""Clients of the emulated AWS with credentials that are worth nothing anywhere else.

Never reads this machine's AWS configuration: no profile, no file of ~/.aws, no AWS_ variable, no proxy.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.overlay import ACCOUNT
from tools.rehearsal.tier import Tier

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

SECRET_KEY = "rehearsal"  # noqa: S105  # the emulator takes any
CONFIGURATION = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=30)
FILES = ("config_file", "credentials_file")


def variables(tier: Tier) -> dict[str, str]:
    """Return the environment variables that point any AWS tool at the tier."""
    return variables_at(tier.endpoint, tier.region)


def variables_at(endpoint: str, region: str) -> dict[str, str]:
    """Return the environment variables that point any AWS tool at one region of the emulated AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def session(region: str) -> boto3.Session:
    """Return a session for clients of the emulated AWS; each still needs the tier's `endpoint_url`."""
    own = Session(
        session_vars={
            name: (None, None, os.devnull if name in FILES else default, conversion)
            for name, (_, _, default, conversion) in Session.SESSION_VARIABLES.items()
        }
    )
    own.set_default_client_config(Config(proxies={}))  # none, where None would mean the environment's
    return boto3.Session(
        botocore_session=own,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key=SECRET_KEY,
        region_name=region,
    )


@contextmanager
def asking(tier: Tier, what: str) -> Generator[None]:
    """Turn what the AWS client raises within into the rehearsal's own error. Raises EmulatorRefused."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise EmulatorRefused(
            f"the emulated AWS at {tier.endpoint} could not be asked for {what}: {error}\n"
            "Run the command again; if that changes nothing, `make down` and `make up` start afresh"
        ) from error


@cache  # a client takes longer to make than to use
def cloudformation(tier: Tier, region: str | None = None) -> "CloudFormationClient":
    """Return a CloudFormation client for the tier's region, or another."""
    service: Literal["cloudformation"] = "cloudformation"
    return session(region or tier.region).client(service, endpoint_url=tier.endpoint, config=CONFIGURATION)


@cache  # a client takes longer to make than to use
def secretsmanager(tier: Tier) -> "SecretsManagerClient":
    """Return a Secrets Manager client."""
    service: Literal["secretsmanager"] = "secretsmanager"
    return session(tier.region).client(service, endpoint_url=tier.endpoint, config=CONFIGURATION)


@cache  # a client takes longer to make than to use
def ssm(tier: Tier) -> "SSMClient":
    """Return a Systems Manager client, for parameters."""
    service: Literal["ssm"] = "ssm"
    return session(tier.region).client(service, endpoint_url=tier.endpoint, config=CONFIGURATION)
