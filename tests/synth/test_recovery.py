"""The recovery region: its key, its network, the drill in it, and what a person finds there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from containers.backup.environment import parse_drill
from tests.synth.backups import TASK, THERE, allowed, container, task_rule, text, variables

if TYPE_CHECKING:
    from tests.synth.template import Tier

COPY = "arn:aws:s3:::datatier-prod-backups-account-us-west-2"


def test_it_stands_in_the_recovery_region(prod: Tier) -> None:
    manifest = json.loads((prod.directory / "manifest.json").read_text("utf-8"))["artifacts"]
    regions = {
        name: it["environment"].rpartition("/")[2]
        for name, it in manifest.items()
        if it["type"] == "aws:cloudformation:stack"
    }
    assert regions.pop("datatier-prod-recovery") == "us-west-2"
    assert set(regions.values()) == {"us-east-1"}


def test_it_needs_nothing_of_the_other_region(prod: Tier) -> None:
    template = prod.stack(THERE)
    assert "Fn::ImportValue" not in json.dumps(template.document)
    manifest = json.loads((prod.directory / "manifest.json").read_text("utf-8"))["artifacts"]
    needed = manifest["datatier-prod-recovery"].get("dependencies", [])
    assert [it for it in needed if not it.endswith(".assets")] == []


def test_its_key_turns_and_is_never_removed(prod: Tier) -> None:
    (key,) = prod.stack(THERE).all("AWS::KMS::Key").values()
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_drill_is_held_each_week_and_told_what_it_understands(prod: Tier) -> None:
    template = prod.stack(THERE)
    assert task_rule(template)["ScheduleExpression"] == "cron(0 6 ? * SUN *)"
    told = parse_drill(variables(template))
    assert f"arn:aws:s3:::{told.bucket}" == COPY
    assert (told.database, told.streams, told.apply_migrations) == ("app", 2, True)
    assert container(template)["Command"] == ["drill"]


def test_a_drill_has_a_disk_of_its_own_and_writes_nowhere_else(prod: Tier) -> None:
    template = prod.stack(THERE)
    task, it = template.one(TASK), container(template)
    assert task["EphemeralStorage"] == {"SizeInGiB": 200}
    assert it["ReadonlyRootFilesystem"] is True
    (mount,) = it["MountPoints"]
    assert mount["ContainerPath"] == str(parse_drill(variables(template)).scratch_directory)
    assert [volume["Name"] for volume in task["Volumes"]] == [mount["SourceVolume"]]
    assert "PortMappings" not in it


def test_a_drill_reads_the_copies_and_writes_nothing_but_its_report(prod: Tier) -> None:
    may = allowed(prod.stack(THERE), "DrillTaskRole")
    assert may["s3:GetObject"] == {f"{COPY}/backups/*", f"{COPY}/drills/*"}
    assert may["s3:PutObject"] == may["s3:AbortMultipartUpload"] == {f"{COPY}/drills/*"}
    assert may["s3:ListBucket"] == {COPY}
    assert may.keys() == {
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListBucket",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }


def test_nobody_can_come_in_to_a_drill_and_it_goes_out_by_https_only(prod: Tier) -> None:
    template = prod.stack(THERE)
    group = template.one("AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    (out,) = group["SecurityGroupEgress"]
    assert (out["IpProtocol"], out["FromPort"], out["ToPort"]) == ("tcp", 443, 443)
    assert template.all("AWS::EC2::SecurityGroupIngress") == {}


def test_its_network_costs_nothing_while_nobody_uses_it(prod: Tier) -> None:
    template = prod.stack(THERE)
    assert template.all("AWS::EC2::NatGateway") == template.all("AWS::EC2::EIP") == {}
    gateway = template.one("AWS::EC2::VPCEndpoint")
    assert gateway["VpcEndpointType"] == "Gateway"
    reached = {text(it["Resource"]) for it in gateway["PolicyDocument"]["Statement"]}
    assert reached == {"arn:aws:s3:::prod-us-west-2-starport-layer-bucket/*", COPY, f"{COPY}/*"}


def test_only_the_drill_gets_a_public_address(prod: Tier) -> None:
    template = prod.stack(THERE)
    for subnet in template.properties("AWS::EC2::Subnet"):
        assert subnet["MapPublicIpOnLaunch"] is False
    (target,) = task_rule(template)["Targets"]
    place = target["EcsParameters"]["NetworkConfiguration"]["AwsVpcConfiguration"]
    assert place["AssignPublicIp"] == "ENABLED"
    assert len(place["Subnets"]) == 2


def test_its_flows_are_recorded_where_the_tiers_are(prod: Tier) -> None:
    assert prod.environment.network.flow_logs
    assert prod.stack(THERE).one("AWS::EC2::FlowLog")["TrafficType"] == "ALL"


def test_a_person_finds_the_drill_and_the_copies_there(prod: Tier) -> None:
    published = prod.stack(THERE).parameters
    (target,) = task_rule(prod.stack(THERE))["Targets"]
    place = target["EcsParameters"]["NetworkConfiguration"]["AwsVpcConfiguration"]
    drill = "/datatier/prod/drill"
    names = {f"{drill}/{it}" for it in ("bucket", "cluster", "task", "subnets", "security-group")}
    assert published.keys() == {*names, "/datatier/prod/alarms/topic-arn"}
    assert published[f"{drill}/task"] == target["EcsParameters"]["TaskDefinitionArn"]
    assert published[f"{drill}/subnets"]["Fn::Join"][1][::2] == place["Subnets"]
    assert published[f"{drill}/security-group"] == place["SecurityGroups"][0]
