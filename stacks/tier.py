"""Wires one environment's stacks together, in the order of their deployment. Declares nothing itself."""

from pathlib import Path

from aws_cdk import Tags
from constructs import Construct

from stacks import bootstrap, rotation
from stacks.bootstrap import BootstrapStack
from stacks.cache import CacheStack
from stacks.constructs.certificates import RDS_BUNDLE
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.tier_stack import Tier
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.network import NetworkStack
from stacks.rotation import RotationStack
from stacks.settings import Environment

ROOT = Path(__file__).resolve().parents[1]


def declare(scope: Construct, environment: Environment) -> None:
    """Declare every stack of the environment under `scope`."""
    tier = Tier.of(environment)
    password_length = environment.credentials.password_length
    ca_bundle = ROOT / environment.functions.ca_bundle if environment.functions.ca_bundle else RDS_BUNDLE

    def package(sources: tuple[str, ...], lock: str) -> PythonAsset:
        return PythonAsset(
            root=ROOT,
            sources=sources,
            lock=lock,
            python=environment.functions.python,
            architecture=environment.functions.architecture,
            replacements={RDS_BUNDLE.relative_to(ROOT).as_posix(): ca_bundle},
        )

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
    cache = CacheStack(
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
    prepared = BootstrapStack(
        scope,
        tier=tier,
        settings=environment.bootstrap,
        iam_logins=dict(environment.database.iam_logins),
        asset=package(bootstrap.SOURCES, bootstrap.LOCK),
        network=network,
        keys=keys,
        database=database,
        credentials=credentials,
    )
    rotations = RotationStack(
        scope,
        tier=tier,
        settings=environment.rotation,
        alarms=environment.alarms,
        packages={name: package(rotation.sources(name), rotation.lock(name)) for name in rotation.FUNCTIONS},
        network=network,
        keys=keys,
        database=database,
        cache=cache,
        credentials=credentials,
        password_length=password_length,
    )
    # A schedule has its login tried when it is attached.
    rotations.add_stack_dependency(prepared)
    for key, value in tier.tags.items():
        # Stacks carry them already, by their own tags.
        Tags.of(scope).add(key, value, exclude_resource_types=["aws:cdk:stack"])
