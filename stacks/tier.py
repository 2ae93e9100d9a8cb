"""Wires one environment's stacks together, in the order of their deployment. Declares nothing itself."""

from pathlib import Path

from aws_cdk import Tags
from constructs import Construct

from stacks import backup, bootstrap, pooling, rotation
from stacks.alarms import AlarmsStack
from stacks.backup import BackupStack
from stacks.bootstrap import BootstrapStack
from stacks.cache import CacheStack
from stacks.constructs.certificates import RDS_BUNDLE
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.tier_stack import Tier
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.network import NetworkStack
from stacks.pooling import PoolingStack
from stacks.recovery import RecoveryStack
from stacks.rotation import RotationStack
from stacks.settings import Environment, catalog

ROOT = Path(__file__).resolve().parents[1]


def declare(scope: Construct, environment: Environment) -> None:
    """Declare every stack of the environment under `scope`."""
    tier = Tier.of(environment)
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

    wanted = environment.backup
    recovery = _recovery(scope, tier, environment) if wanted.leaves_the_region else None
    keys = KeysStack(scope, tier=tier, settings=environment.encryption, backed_up=wanted.keeps_here)
    alarms = AlarmsStack(scope, tier=tier, settings=environment.alarms, keys=keys)
    pooled = environment.pooling.mode == "pgbouncer"
    network = NetworkStack(
        scope,
        tier=tier,
        settings=environment.network,
        logs_key_arn=keys.arn("logs"),
        pooled=pooled,
        backed_up=wanted.logical,
    )
    database = DatabaseStack(
        scope,
        tier=tier,
        settings=environment.database,
        network=network,
        keys=keys,
        ca_bundle=ca_bundle,
        copy_backups=wanted.replicate_automated,
    )
    cache = CacheStack(
        scope,
        tier=tier,
        settings=environment.cache,
        network=network,
        keys=keys,
    )
    credentials = CredentialsStack(scope, tier=tier, database=database, keys=keys)
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
    poolers = (
        PoolingStack(
            scope,
            tier=tier,
            settings=environment.pooling,
            root=ROOT,
            asset=package(pooling.SOURCES, pooling.LOCK),
            database_name=environment.database.name,
            network=network,
            keys=keys,
            alarms=alarms,
            database=database,
            credentials=credentials,
        )
        if pooled
        else None
    )
    rotations = RotationStack(
        scope,
        tier=tier,
        settings=environment.rotation,
        alarms=alarms,
        packages={name: package(rotation.sources(name), rotation.lock(name)) for name in rotation.FUNCTIONS},
        network=network,
        keys=keys,
        database=database,
        cache=cache,
        credentials=credentials,
        password_length=environment.credentials.password_length,
        poolers=poolers.for_rotation if poolers else None,
    )
    # A schedule has its login tried when it is attached, through every pooler.
    rotations.add_stack_dependency(prepared)
    if poolers is not None:
        # Poolers log in to PostgreSQL, to see whether it can be reached.
        poolers.add_stack_dependency(prepared)
        rotations.add_stack_dependency(poolers)
    backups = (
        BackupStack(
            scope,
            tier=tier,
            settings=wanted,
            root=ROOT,
            asset=package(backup.SOURCES, backup.LOCK),
            database_name=environment.database.name,
            network=network,
            keys=keys,
            alarms=alarms,
            database=database,
            credentials=credentials,
        )
        if wanted.leaves_the_region
        else None
    )
    if backups is not None:
        # The task logs in as `backup`.
        backups.add_stack_dependency(prepared)
    if recovery is not None:
        # What is copied has to have somewhere to go, and a key there.
        for copying in (database, *((backups,) if backups else ())):
            copying.add_stack_dependency(recovery)
    for key, value in tier.tags.items():
        # Stacks carry them already, by their own tags.
        Tags.of(scope).add(key, value, exclude_resource_types=["aws:cdk:stack"])


def _recovery(scope: Construct, tier: Tier, environment: Environment) -> RecoveryStack:
    network, region = environment.network, environment.recovery_region
    return RecoveryStack(
        scope,
        tier=tier,
        settings=environment.backup,
        root=ROOT,
        database_name=environment.database.name,
        zones=catalog.zones_by_region()[region],
        flow_log_days=network.flow_log_retention_days if network.flow_logs else None,
        email=environment.alarms.email,
    )
