"""What holds for all stacks alike."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.synth.template import Tier

PARTS = ("keys", "alarms", "network", "database", "cache", "credentials", "bootstrap", "rotation")

UNTAGGABLE = {
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::ManagedPolicy",
    "AWS::KMS::Alias",
    "AWS::Lambda::Permission",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::SecretTargetAttachment",
    "Custom::DatatierBootstrap",
    "Custom::DatatierCertificate",
}
"""Types for which CloudFormation knows no tags."""


def test_an_environment_is_these_stacks(tier: Tier) -> None:
    names = {template.path.name.removesuffix(".template.json") for template in tier.stacks}
    parts = [*PARTS]
    if tier.environment.pooling.mode == "pgbouncer":
        parts.append("pooling")
    if tier.environment.backup.logical:
        parts += ("backup", "recovery")
    assert names == {f"datatier-{tier.environment.name}-{part}" for part in parts}


def test_everything_that_can_be_tagged_is(tier: Tier) -> None:
    wanted = {**tier.environment.tags, "project": "datatier", "environment": tier.environment.name}
    for resource in tier.resources:
        if resource["Type"] in UNTAGGABLE:
            continue
        tags = resource["Properties"]["Tags"]
        found = tags if isinstance(tags, dict) else {it["Key"]: it["Value"] for it in tags}
        assert wanted.items() <= found.items(), resource["Type"]


def test_stacks_are_protected_where_the_settings_say_so(tier: Tier) -> None:
    manifest = json.loads((tier.directory / "manifest.json").read_text("utf-8"))
    stacks = [it for it in manifest["artifacts"].values() if it["type"] == "aws:cloudformation:stack"]
    protected = {it["properties"].get("terminationProtection", False) for it in stacks}
    assert protected == {tier.environment.termination_protection} == {tier.environment.name == "prod"}


def test_every_log_group_is_encrypted_and_forgets(tier: Tier) -> None:
    for it in tier.all("AWS::Logs::LogGroup"):
        assert "KmsKeyId" in it["Properties"]
        assert it["Properties"]["RetentionInDays"] >= 1


def test_no_role_has_an_inline_or_an_aws_managed_policy(tier: Tier) -> None:
    assert tier.all("AWS::IAM::Policy") == []
    for role in tier.all("AWS::IAM::Role"):
        assert {"Policies", "ManagedPolicyArns"}.isdisjoint(role["Properties"])


def test_every_published_fact_fits_a_parameter_that_costs_nothing(tier: Tier) -> None:
    for it in tier.all("AWS::SSM::Parameter"):
        assert "Tier" not in it["Properties"]
        assert len(str(it["Properties"]["Value"])) <= 4096


def test_every_published_fact_is_a_stack_output_too(tier: Tier) -> None:
    for template in tier.stacks:
        outputs = [json.dumps(value) for value in template.outputs.values()]
        assert all(json.dumps(value) in outputs for value in template.parameters.values())


def test_no_template_holds_anything_of_this_machine(tier: Tier) -> None:
    for template in tier.stacks:
        text = template.path.read_text("utf-8")
        assert not re.search(r"/(home|root|tmp|work|Users)/", text)
