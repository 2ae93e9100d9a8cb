"""The pool that all clients share: PgBouncer on Fargate, behind one address inside the VPC (docs/adr/0008).

Deployed after the bootstrap, which makes the logins, and before the rotation, which logs in through every
task before a password becomes current. Never asks a database for a password: on RDS nobody may read them.

    applications ──TLS──▶ balancer ──▶ PgBouncer, one a task ──TLS──▶ primary, replicas

Each task serves two databases: the one of the primary, by its own name, and `<name>_read`, of the replicas.
"""

import json
from pathlib import Path

from constructs import Construct

from stacks.alarms import AlarmsStack
from stacks.constructs.certificate_issuer import FUNCTION, CertificateIssuer
from stacks.constructs.container_image import ContainerImage
from stacks.constructs.internal_balancer import InternalBalancer
from stacks.constructs.pooler_alarms import PoolerAlarms
from stacks.constructs.pooler_service import CONTAINER, PoolerService
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.secret_access import may_read
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.credentials import CredentialsStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.naming import POOLED_LOGINS, POOLER_HEALTH_PORT, POOLER_PORT
from stacks.network import NetworkStack
from stacks.settings.pgbouncer import pgbouncer_settings, pool_sizes
from stacks.settings.pooling import PoolingSettings

SOURCES = ("lambdas/__init__.py", "lambdas/common", f"lambdas/{FUNCTION}")
LOCK = f"lambdas/{FUNCTION}/requirements.lock"
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104  of the task, whose security group lets in the balancer and the rotation


class PoolingStack(TierStack):
    """The image, the tasks, their address, their certificate and what is watched of them."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: PoolingSettings,
        root: Path,
        asset: PythonAsset,
        database_name: str,
        network: NetworkStack,
        keys: KeysStack,
        alarms: AlarmsStack,
        database: DatabaseStack,
        credentials: CredentialsStack,
    ) -> None:
        """Declare them; `root` is the repository, `asset` the package of what issues the certificate."""
        super().__init__(
            scope, tier=tier, part="pooling", description="datatier: PgBouncer, which pools connections"
        )
        groups, vpc_id, logs_key_arn = network.poolers, network.vpc.vpc_id, keys.arn("logs")
        balancer = InternalBalancer(
            self,
            "Balancer",
            vpc_id=vpc_id,
            subnet_ids=network.subnet_ids,
            security_group_id=groups.balancer.security_group_id,
            port=POOLER_PORT,
            health_port=POOLER_HEALTH_PORT,
            drain_seconds=settings.drain_seconds,
        )
        issuer = CertificateIssuer(
            self,
            "Certificates",
            settings=settings,
            asset=asset,
            hosts=[balancer.host],
            secrets_key_arn=keys.arn("secrets"),
            logs_key_arn=logs_key_arn,
            topic=alarms.topic,
        )
        logins = {login: credentials.secret_arns[login] for login in POOLED_LOGINS}
        poolers = PoolerService(
            self,
            "Poolers",
            settings=settings,
            image=ContainerImage(
                self, "Image", root=root, container=CONTAINER, architecture=settings.architecture
            ),
            environment={
                "PRIMARY_HOST": database.primary.host,
                "POSTGRES_PORT": database.primary.port,
                "REPLICA_HOSTS": self.to_json_string([replica.host for replica in database.replicas]),
                "DATABASE": database_name,
                "LOGIN_SECRET_ARNS": self.to_json_string(logins),
                "CERTIFICATE_SECRET_ARN": issuer.certificate_arn,
                **self._told(settings),
            },
            statements=may_read(
                self,
                secret_arns=[*logins.values(), issuer.certificate_arn],
                key_arn=keys.arn("secrets"),
            ),
            subnet_ids=network.subnet_ids,
            security_group_id=groups.tasks.security_group_id,
            vpc_id=vpc_id,
            balancer=balancer,
            logs_key_arn=logs_key_arn,
        )
        # Without a certificate a task refuses to serve, and ECS would take the deployment for a failed one.
        poolers.service.node.add_dependency(issuer.issued)
        PoolerAlarms(
            self,
            "Alarms",
            settings=settings,
            replicas=bool(database.replicas),
            target_dimensions=balancer.dimensions,
            topic=alarms.topic,
        )
        self.for_rotation = {
            "POOLER_HOST": balancer.host,
            "POOLER_PORT": str(POOLER_PORT),
            "POOLER_TASKS": self.names.pooler_tasks,
            "POOLER_TRUST_SECRET_ARN": issuer.trust_arn,
            "POOLER_LOGINS": json.dumps(list(POOLED_LOGINS)),
        }
        self._publish(balancer.host, database_name, issuer.trust_arn)

    def _told(self, settings: PoolingSettings) -> dict[str, str]:
        """Return what a task is told of itself, as containers/pgbouncer/environment.py reads it."""
        return {
            "LISTEN_ADDRESS": EVERY_ADDRESS,
            "LISTEN_PORT": str(POOLER_PORT),
            "HEALTH_PORT": str(POOLER_HEALTH_PORT),
            "PGBOUNCER_SETTINGS": json.dumps(pgbouncer_settings(settings), sort_keys=True),
            "POOL_SIZES": json.dumps(pool_sizes(settings), sort_keys=True),
            "MINIMUM_VERSION": settings.minimum_version,
            "REFRESH_SECONDS": str(settings.refresh_seconds),
            "DRAIN_SECONDS": str(settings.drain_seconds),
            "METRICS_SECONDS": str(settings.metrics_seconds),
            "METRICS_NAMESPACE": self.names.metrics,
            "POWERTOOLS_SERVICE_NAME": CONTAINER,
            "AWS_DEFAULT_REGION": self.region,
        }

    def _publish(self, host: str, database_name: str, trust_arn: str) -> None:
        facts = {
            ("Host", "host"): (host, "Host of the pool: connect with sslmode=verify-full and its ca-bundle"),
            ("Port", "port"): (str(POOLER_PORT), "Port of the pool"),
            ("Database", "database"): (database_name, "Database of the pool for reads and writes"),
            ("ReadDatabase", "read-database"): (
                f"{database_name}_read",
                "Database of the pool for who only reads: the read replicas, or the primary without one",
            ),
            ("TrustSecretArn", "trust-secret-arn"): (
                trust_arn,
                "Secret of the authorities that sign the pool's certificate, for who cannot read ca-bundle",
            ),
        }
        for (id_, path), (value, description) in facts.items():
            self.publish(id_, "pooler", path, value=value, description=description)
