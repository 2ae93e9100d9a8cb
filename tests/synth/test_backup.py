"""The nightly backup: when it begins, what its task is told, and what it may do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from containers.backup.environment import parse_take
from lambdas.common.backup_layout import BACKUPS, DRILLS
from lambdas.watch_backups.environment import parse_environment
from stacks.naming import BACKUPS_PREFIX, DRILLS_PREFIX
from tests.synth.backups import HERE, RULE, TASK, THERE, allowed, container, task_rule, text, variables

if TYPE_CHECKING:
    from tests.synth.template import Tier

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "arn:aws:s3:::datatier-prod-backups-account-us-east-1"
COPY = "arn:aws:s3:::datatier-prod-backups-account-us-west-2"

PRIMARY = "arn:aws:rds:us-east-1:account:db:datatier-prod-primary"
LIST = "rds:DescribeDBInstanceAutomatedBackups"


def test_dev_pays_for_nothing_of_it(dev: Tier) -> None:
    kinds = {it["Type"].split("::")[1] for it in dev.resources}
    assert kinds.isdisjoint({"S3", "Backup", "ECS"})
    assert not any("recovery" in template.path.name for template in dev.stacks)


def test_the_stacks_and_the_programs_mean_the_same_prefixes() -> None:
    assert (BACKUPS_PREFIX, DRILLS_PREFIX) == (BACKUPS, DRILLS)


def test_it_begins_in_the_documents_window(prod: Tier) -> None:
    assert task_rule(prod.stack(HERE))["ScheduleExpression"] == "cron(15 2 * * ? *)"


def test_it_is_not_started_when_its_hours_are_over(prod: Tier) -> None:
    (target,) = task_rule(prod.stack(HERE))["Targets"]
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 1800


def test_its_task_is_told_what_it_understands(prod: Tier) -> None:
    told = parse_take(variables(prod.stack(HERE)))
    assert (told.database, told.bucket) == ("app", "datatier-prod-backups-account-us-east-1")
    assert (told.postgres_port, told.replica_hosts) == (5432, ("deployed",))
    assert (told.streams, told.chunk_mib, told.metrics_namespace) == (2, 1024, "datatier/prod")


def test_its_task_writes_nowhere_and_has_no_rights_on_its_machine(prod: Tier) -> None:
    it = container(prod.stack(HERE))
    assert f"USER {it['User']}" in (ROOT / "containers/backup/Dockerfile").read_text("utf-8").splitlines()
    assert (it["Name"], it["Command"]) == ("backup", ["take"])
    assert (it["ReadonlyRootFilesystem"], it["Privileged"]) == (True, False)
    assert it["LinuxParameters"] == {"InitProcessEnabled": True, "Capabilities": {"Drop": ["ALL"]}}
    assert "MountPoints" not in it
    assert "PortMappings" not in it


def test_the_line_that_says_how_it_ended_is_never_dropped(prod: Tier) -> None:
    assert container(prod.stack(HERE))["LogConfiguration"]["Options"]["mode"] == "blocking"


def test_a_backup_can_be_written_and_neither_deleted_nor_unlocked(prod: Tier) -> None:
    may = allowed(prod.stack(HERE), "TakeTaskRole")
    assert (
        may["s3:PutObject"]
        == may["s3:GetObject"]
        == may["s3:AbortMultipartUpload"]
        == {f"{SOURCE}/backups/*"}
    )
    assert may["s3:ListBucket"] == {SOURCE}
    assert set(may) == {
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
    }


def test_no_role_of_any_stack_may_delete_an_object_or_pass_a_lock_by(prod: Tier) -> None:
    for template in prod.stacks:
        actions = allowed(template, "")
        assert not [
            it for it in actions if it.startswith(("s3:Delete", "s3:Bypass", "s3:*", "s3:PutObjectRet"))
        ]


def test_it_stands_beside_the_database_without_a_public_address(prod: Tier) -> None:
    (target,) = task_rule(prod.stack(HERE))["Targets"]
    place = target["EcsParameters"]["NetworkConfiguration"]["AwsVpcConfiguration"]
    assert place["AssignPublicIp"] == "DISABLED"
    assert len(place["Subnets"]) == len(prod.environment.network.availability_zones)
    assert "SecurityGroupsBackup" in str(place["SecurityGroups"])


def test_the_rule_may_start_this_task_in_this_cluster_and_nothing_else(prod: Tier) -> None:
    template = prod.stack(HERE)
    may = allowed(template, "TakeRuleRole")
    assert set(may) == {"ecs:RunTask", "iam:PassRole"}
    assert "*" not in {it for resources in may.values() for it in resources}


def test_a_person_finds_the_task_and_starts_it_as_the_rule_does(prod: Tier) -> None:
    published = prod.stack(HERE).parameters | prod.stack("network").parameters
    (target,) = task_rule(prod.stack(HERE))["Targets"]
    place = target["EcsParameters"]["NetworkConfiguration"]["AwsVpcConfiguration"]
    prefix = "/datatier/prod/backup"
    assert {it for it in published if it.startswith(prefix)} == {
        f"{prefix}/{it}" for it in ("bucket", "cluster", "task", "subnets", "security-group")
    }
    assert published[f"{prefix}/task"] == target["EcsParameters"]["TaskDefinitionArn"]
    (group,) = place["SecurityGroups"]
    assert published[f"{prefix}/security-group"]["Fn::GetAtt"][0] in group["Fn::ImportValue"]
    for subnet, placed in zip(
        published[f"{prefix}/subnets"]["Fn::Join"][1][::2], place["Subnets"], strict=True
    ):
        assert subnet["Ref"] in placed["Fn::ImportValue"]
    assert text(published[f"{prefix}/bucket"]) == variables(prod.stack(HERE))["BUCKET"]


def test_its_image_holds_the_migrations_that_a_drill_tries(prod: Tier) -> None:
    template = prod.stack(HERE)
    assert template.one(TASK)["RuntimePlatform"]["CpuArchitecture"] == "ARM64"
    there = container(prod.stack(THERE))["Image"]["Fn::Sub"].rpartition(":")[2]
    assert container(template)["Image"]["Fn::Sub"].rpartition(":")[2] == there
    (folder,) = prod.directory.glob(f"asset.{there}")
    assert list((folder / "prisma/migrations").iterdir())
    assert (folder / "lambdas/bootstrap/migrations/apply.py").is_file()
    assert not (folder / "lambdas/bootstrap/handler.py").exists()


def test_s3_is_reached_by_the_gateway_which_lets_through_this_bucket_and_layers_only(prod: Tier) -> None:
    (gateway,) = [
        it
        for it in prod.stack("network").properties("AWS::EC2::VPCEndpoint")
        if it.get("VpcEndpointType") == "Gateway"
    ]
    layers, *ours = gateway["PolicyDocument"]["Statement"]
    assert layers["Resource"] == "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"
    assert {text(it["Resource"]) for it in ours} == {SOURCE, f"{SOURCE}/*"}
    for it in ours:
        assert it["Condition"]["StringEquals"]["aws:PrincipalAccount"] == {"Ref": "AWS::AccountId"}


def test_without_poolers_there_are_the_endpoints_that_its_task_needs(backed_up: Tier) -> None:
    network = backed_up.stack("network")
    services = {text(it["ServiceName"]) for it in network.properties("AWS::EC2::VPCEndpoint")}
    ends = {it.removeprefix("com.amazonaws.").removeprefix("us-east-1.") for it in services}
    assert ends >= {"secretsmanager", "ecr.api", "ecr.dkr", "logs"}
    assert len(services) == 5
    groups = {it["GroupDescription"].split(":")[0] for it in network.properties("AWS::EC2::SecurityGroup")}
    assert "Backup task" in groups
    assert "Poolers" not in groups


def test_its_task_waits_for_the_login_and_for_the_bucket_that_is_copied_to(prod: Tier) -> None:
    manifest = json.loads((prod.directory / "manifest.json").read_text("utf-8"))["artifacts"]
    assert {"datatier-prod-bootstrap", "datatier-prod-recovery"} <= set(
        manifest["datatier-prod-backup"]["dependencies"]
    )
    assert "datatier-prod-recovery" in manifest["datatier-prod-database"]["dependencies"]


def test_what_looks_after_them_is_told_what_it_understands_and_may_only_read(prod: Tier) -> None:
    template = prod.stack(HERE)
    (function,) = template.properties("AWS::Lambda::Function")
    told = parse_environment({k: text(v) for k, v in function["Environment"]["Variables"].items()})
    assert told.buckets is not None
    assert (told.recovery_region, told.buckets.drill_hours) == ("us-west-2", 12)
    assert f"arn:aws:s3:::{told.buckets.source}" == SOURCE
    assert f"arn:aws:s3:::{told.buckets.replica}" == COPY
    assert told.copied_instance == PRIMARY
    assert "VpcConfig" not in function
    may = allowed(template, "WatchRole")
    assert {it for it in may if it.startswith("s3:")} == {"s3:ListBucket", "s3:GetObject"}
    assert may["s3:ListBucket"] == {SOURCE, COPY}
    assert {it for it in may if it.startswith("rds:")} == {LIST}
    assert may[LIST] == {f"arn:aws:rds:us-west-2:account:{kind}:*" for kind in ("auto-backup", "db")}
    (rule,) = [it for it in template.properties(RULE) if "EcsParameters" not in it["Targets"][0]]
    assert rule["ScheduleExpression"] == "rate(1 hour)"


def test_keys_of_the_other_region_are_used_by_their_alias_alone(prod: Tier) -> None:
    template = prod.stack(HERE)
    found = [
        it
        for policy in template.properties("AWS::IAM::ManagedPolicy")
        for it in policy["PolicyDocument"]["Statement"]
        if "key/*" in text(it["Resource"] if isinstance(it["Resource"], dict) else "")
    ]
    assert len(found) == 2
    for it in found:
        condition = it["Condition"]
        assert condition["ForAnyValue:StringEquals"] == {
            "kms:ResourceAliases": "alias/datatier/prod/recovery"
        }
        assert condition["StringEquals"]["kms:ViaService"] == "s3.us-west-2.amazonaws.com"


def test_rds_copies_its_backups_to_the_recovery_region_and_keeps_them_as_long(prod: Tier) -> None:
    (primary,) = [
        it
        for it in prod.stack("database").properties("AWS::RDS::DBInstance")
        if "BackupRetentionPeriod" in it
    ]
    assert primary["AutomaticBackupReplicationRegion"] == "us-west-2"
    assert primary["AutomaticBackupReplicationRetentionPeriod"] == primary["BackupRetentionPeriod"] == 30
    assert text(primary["AutomaticBackupReplicationKmsKeyId"]) == (
        "arn:aws:kms:us-west-2:account:alias/datatier/prod/recovery"
    )


def test_redis_keeps_its_own_daily_snapshots(prod: Tier, dev: Tier) -> None:
    for tier in (prod, dev):
        (group,) = tier.all("AWS::ElastiCache::ReplicationGroup")
        assert group["Properties"]["SnapshotRetentionLimit"] >= 1
        assert group["Properties"]["SnapshotWindow"]
