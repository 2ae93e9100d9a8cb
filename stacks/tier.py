"""Wires one environment's stacks together, in the order of their deployment. Declares nothing itself."""

from pathlib import Path

from aws_cdk import Tags
from constructs import Construct

from stacks import bootstrap
from stacks.bootstrap import BootstrapStack
from stacks.cache import CacheStack
from stacks.constructs.certificates import RDS_BUNDLE
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.tier_stack import Tier
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.network import NetworkStack
from stacks.settings import Environment

ROOT = Path(__file__).resolve().parents[1]


def declare(scope: Construct, environment: Environment) -> None:
    """Declare every stack of the environment under `scope`."""
    tier = Tier.of(environment)
    password_length = environment.credentials.password_length
    ca_bundle = ROOT / environment.functions.ca_bundle if environment.functions.ca_bundle else RDS_BUNDLE
    keys = KeysStack(scope, tier=tier, settings=environment.encryption)
    network = NetworkStack(scope, tier=tier, settings=environment.network, logs_key_arn=keys.arn("logs"))
    database = DatabaseStack(
        scope,
        tier=tier,
        settings=environment.database,
        network=network,
        keys=keys,
        password_length=password_length,
        ca_bundle=ca_bundle,
    )
    CacheStack(
        scope,
        tier=tier,
        settings=environment.cache,
        network=network,
        keys=keys,
        password_length=password_length,
    )
    credentials = CredentialsStack(
        scope, tier=tier, settings=environment.credentials, database=database, keys=keys
    )
    BootstrapStack(
        scope,
        tier=tier,
        settings=environment.bootstrap,
        iam_logins=dict(environment.database.iam_logins),
        asset=PythonAsset(
            root=ROOT,
            sources=bootstrap.SOURCES,
            lock=bootstrap.LOCK,
            python=environment.functions.python,
            architecture=environment.functions.architecture,
            replacements={RDS_BUNDLE.relative_to(ROOT).as_posix(): ca_bundle},
        ),
        network=network,
        keys=keys,
        database=database,
        credentials=credentials,
    )
    for key, value in tier.tags.items():
        # Stacks carry them already, by their own tags.
        Tags.of(scope).add(key, value, exclude_resource_types=["aws:cdk:stack"])
