"""Which handler serves which resource type; every type that is not here is left to the emulator as it is."""

from collections.abc import Mapping

from tools.rehearsal.handlers.backup import KeptOfBackup
from tools.rehearsal.handlers.bucket import Bucket
from tools.rehearsal.handlers.cache_access import CacheUser, CacheUserGroup
from tools.rehearsal.handlers.cache_group import CacheReplicationGroup
from tools.rehearsal.handlers.cache_parameters import CacheParameterGroup
from tools.rehearsal.handlers.database_instance import DatabaseInstance
from tools.rehearsal.handlers.database_parameters import DatabaseParameterGroup
from tools.rehearsal.handlers.ecs_service import EcsService
from tools.rehearsal.handlers.ecs_task_definition import TaskDefinition
from tools.rehearsal.handlers.emulated import Emulated
from tools.rehearsal.handlers.function import Function
from tools.rehearsal.handlers.load_balancer import Listener, NetworkLoadBalancer, TargetGroup
from tools.rehearsal.handlers.network import FlowLog, SecurityGroupRule, Vpc
from tools.rehearsal.handlers.rotation_schedule import RotationSchedule
from tools.rehearsal.handlers.secret import Secret
from tools.rehearsal.handlers.secret_attachment import SecretTargetAttachment
from tools.rehearsal.handlers.secret_policy import SecretResourcePolicy
from tools.rehearsal.handlers.service_discovery import Named

HANDLERS: Mapping[str, type[Emulated]] = {
    "AWS::Backup::BackupSelection": KeptOfBackup,
    "AWS::Backup::RestoreTestingPlan": KeptOfBackup,
    "AWS::Backup::RestoreTestingSelection": KeptOfBackup,
    "AWS::EC2::FlowLog": FlowLog,
    "AWS::EC2::SecurityGroupEgress": SecurityGroupRule,
    "AWS::EC2::SecurityGroupIngress": SecurityGroupRule,
    "AWS::EC2::VPC": Vpc,
    "AWS::ECS::Service": EcsService,
    "AWS::ECS::TaskDefinition": TaskDefinition,
    "AWS::ElastiCache::ParameterGroup": CacheParameterGroup,
    "AWS::ElastiCache::ReplicationGroup": CacheReplicationGroup,
    "AWS::ElastiCache::User": CacheUser,
    "AWS::ElastiCache::UserGroup": CacheUserGroup,
    "AWS::ElasticLoadBalancingV2::Listener": Listener,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": NetworkLoadBalancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": TargetGroup,
    "AWS::Lambda::Function": Function,
    "AWS::RDS::DBInstance": DatabaseInstance,
    "AWS::RDS::DBParameterGroup": DatabaseParameterGroup,
    "AWS::S3::Bucket": Bucket,
    "AWS::SecretsManager::ResourcePolicy": SecretResourcePolicy,
    "AWS::SecretsManager::RotationSchedule": RotationSchedule,
    "AWS::SecretsManager::Secret": Secret,
    "AWS::SecretsManager::SecretTargetAttachment": SecretTargetAttachment,
    "AWS::ServiceDiscovery::PrivateDnsNamespace": Named,
    "AWS::ServiceDiscovery::Service": Named,
}

SLOW = (
    "AWS::RDS::",
    "AWS::ElastiCache::",
    "AWS::ECS::Service",
    "AWS::ElasticLoadBalancingV2::",
    "AWS::SecretsManager::RotationSchedule",
)
"""Types whose handlers start servers or wait for a Lambda: beside the emulator's event loop, not on it."""
