"""Redis on ElastiCache: the replication group, its users, its logs.

Never sets how long a value lives: the times to live are published for applications, which do.
"""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.redis_access import app_access, purge_access
from stacks.constructs.redis_users import ENGINE, RedisUsers
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.keys import KeysStack
from stacks.naming import REDIS_PORT
from stacks.network import NetworkStack
from stacks.settings.cache import CacheSettings

LOGS = {"SlowLog": "slow-log", "EngineLog": "engine-log"}


class CacheStack(TierStack):
    """One replication group without cluster mode: a primary node and the replicas of the settings."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        settings: CacheSettings,
        network: NetworkStack,
        keys: KeysStack,
    ) -> None:
        super().__init__(scope, tier=tier, part="cache", description="datatier: Redis on ElastiCache")
        self._settings = settings
        self.users = RedisUsers(
            self,
            "Users",
            access={
                "app": app_access(
                    key_patterns=settings.key_patterns, channel_patterns=settings.channel_patterns
                ),
                "admin": purge_access(),
            },
            key_arn=keys.arn("secrets"),
        )
        subnets = elasticache.CfnSubnetGroup(
            self, "Subnets", description="Isolated subnets of the data tier", subnet_ids=network.subnet_ids
        )
        self.group = elasticache.CfnReplicationGroup(
            self,
            "ReplicationGroup",
            replication_group_id=self.names.replication_group,
            replication_group_description=f"{self.names.prefix}: sessions, configuration, responses, pub/sub",
            engine=ENGINE,
            engine_version=settings.engine_version,
            auto_minor_version_upgrade=False,  # as for PostgreSQL: the pinned version changes by a deployment
            cache_node_type=settings.node_type,
            num_cache_clusters=1 + settings.replicas,
            automatic_failover_enabled=settings.replicas > 0,
            multi_az_enabled=settings.multi_az,
            port=REDIS_PORT,
            cache_parameter_group_name=self._parameters(),
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[network.groups.redis.security_group_id],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=keys.arn("cache"),
            user_group_ids=[self.users.group_id],
            snapshot_retention_limit=settings.snapshot_retention_days,
            snapshot_window=str(settings.snapshot_window),
            preferred_maintenance_window=str(settings.maintenance_window),
        )
        self.group.apply_removal_policy(RemovalPolicy.SNAPSHOT)
        self._deliver_logs(keys.arn("logs"))
        self._publish()

    @property
    def endpoints(self) -> list[str]:
        """`host:port` of the primary node and of the reader, which is the primary where it is alone."""
        group = self.group
        return [
            f"{group.attr_primary_end_point_address}:{group.attr_primary_end_point_port}",
            f"{group.attr_reader_end_point_address}:{group.attr_reader_end_point_port}",
        ]

    def _parameters(self) -> str:
        group = elasticache.CfnParameterGroup(
            self,
            "Parameters",
            cache_parameter_group_family=f"redis{self._settings.engine_version.partition('.')[0]}",
            description=self.names.prefix,
            properties={"maxmemory-policy": self._settings.maxmemory_policy},
        )
        return group.ref

    def _deliver_logs(self, key_arn: str) -> None:
        """Send the slow log and the engine log to CloudWatch Logs, with the right to write there.

        Without a resource policy of ours ElastiCache widens an account-wide one by itself.
        """
        groups = {
            log_type: EncryptedLogGroup(
                self, id_, key_arn=key_arn, retention_days=self._settings.log_retention_days
            )
            for id_, log_type in LOGS.items()
        }
        here = f"arn:{self.partition}:logs:{self.region}:{self.account}:*"
        delivery = logs.CfnResourcePolicy(
            self,
            "LogDelivery",
            policy_name=f"{self.names.prefix}-redis-logs",
            policy_document=self.to_json_string(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "delivery.logs.amazonaws.com"},
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": [group.streams_arn for group in groups.values()],
                            "Condition": {
                                "StringEquals": {"aws:SourceAccount": self.account},
                                "ArnLike": {"aws:SourceArn": here},
                            },
                        }
                    ],
                }
            ),
        )
        destination = elasticache.CfnReplicationGroup.DestinationDetailsProperty
        configuration = elasticache.CfnReplicationGroup.LogDeliveryConfigurationRequestProperty
        self.group.log_delivery_configurations = [
            configuration(
                destination_type="cloudwatch-logs",
                destination_details=destination(
                    cloud_watch_logs_details=elasticache.CfnReplicationGroup.CloudWatchLogsDestinationDetailsProperty(
                        log_group=group.name
                    )
                ),
                log_format="json",
                log_type=log_type,
            )
            for log_type, group in groups.items()
        ]
        self.group.add_resource_dependency(delivery)

    def _publish(self) -> None:
        group, settings = self.group, self._settings
        hosts = {
            ("Host", "host"): (
                group.attr_primary_end_point_address,
                "Host of the primary node: reads and writes",
            ),
            ("ReaderHost", "reader-host"): (
                group.attr_reader_end_point_address,
                "Host that spreads reads over the replicas",
            ),
            ("Port", "port"): (group.attr_primary_end_point_port, "Port of Redis"),
        }
        for (id_, path), (value, description) in hosts.items():
            self.publish(id_, "redis", path, value=value, description=description)
        lifetimes = {
            "session": settings.session_ttl_seconds,
            "config": settings.config_ttl_seconds,
            "response": settings.response_ttl_seconds,
        }
        for kind, seconds in lifetimes.items():
            self.publish(
                f"Ttl{kind.capitalize()}",
                "redis",
                "ttl",
                kind,
                value=str(seconds),
                description=f"Seconds that a {kind} entry lives",
            )
        for user, secret in self.users.secrets.items():
            self.publish(
                f"{user.capitalize()}SecretArn",
                "redis",
                "secrets",
                user,
                value=secret.arn,
                description=f"Secret of the Redis user {user}",
            )
