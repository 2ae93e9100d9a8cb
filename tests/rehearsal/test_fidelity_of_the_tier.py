"""The fidelity report of a real deployment is about that deployment."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tools.rehearsal.fidelity import Fidelity
from tools.rehearsal.layout import Layout
from tools.rehearsal.report import fidelity_of
from tools.rehearsal.tier import Tier

pytestmark = pytest.mark.rehearsal

PARTS = (
    "network", "keys", "alarms", "database", "cache", "credentials", "bootstrap", "pooling", "rotation",
    "recovery", "backup",
)  # fmt: skip
EXECUTED = {
    "AWS::ECS::Service",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Lambda::Function",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBParameterGroup",
    "AWS::SecretsManager::RotationSchedule",
    "Custom::DatatierBootstrap",
}


@pytest.fixture(scope="module")
def fidelity(tier: Tier, layout: Layout) -> Fidelity:
    return fidelity_of(tier, layout)


def test_it_counts_every_resource_of_the_templates(
    fidelity: Fidelity, template: Callable[[str], dict[str, Any]]
) -> None:
    declared = Counter(resource["Type"] for part in PARTS for resource in template(part).values())
    assert Counter(one.resource.resource_type for one in fidelity.judged) == declared


def test_servers_and_code_are_executed(fidelity: Fidelity) -> None:
    executed = {one.resource.resource_type for one in fidelity.judged if one.standing == "executed"}
    assert executed >= EXECUTED


def test_iam_and_networking_are_never_counted_as_proven(fidelity: Fidelity) -> None:
    kept = [
        one for one in fidelity.judged if one.resource.resource_type.startswith(("AWS::IAM::", "AWS::EC2::"))
    ]
    assert kept
    assert all(one.standing != "executed" and not one.honoured for one in kept)


def test_what_rds_does_around_the_server_is_not_counted_as_proven(fidelity: Fidelity) -> None:
    instances = [one for one in fidelity.judged if one.resource.resource_type == "AWS::RDS::DBInstance"]
    for one in instances:
        assert not {"MultiAZ", "StorageEncrypted", "BackupRetentionPeriod", "KmsKeyId"} & set(one.honoured)
