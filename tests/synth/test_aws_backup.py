"""AWS Backup's snapshots, which an environment may have besides: locked, copied, tried, never continuous."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto.events.models import EventPattern

from stacks.settings import load_environment
from tests.synth.acknowledged import acknowledged
from tests.synth.backups import HERE, RULE, THERE, alarms, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Environment
    from tests.synth.template import Tier


@pytest.fixture(scope="module")
def alone(synthesize: Callable[[Environment], Tier]) -> Tier:
    """Prod with snapshots in the place of everything else outside RDS, as for a database beyond any disk."""
    settings = load_environment("prod")
    changes = {"aws_backup": True, "drill": False, "logical": False, "replicate_automated": False}
    return synthesize(settings.model_copy(update={"backup": settings.backup.model_copy(update=changes)}))


def test_nobody_has_it_who_has_not_asked_for_it(tier: Tier) -> None:
    assert not [it for it in tier.resources if it["Type"].startswith("AWS::Backup::")]


def test_snapshots_keep_clear_of_rds_window_are_kept_as_long_and_never_continuous(alone: Tier) -> None:
    (rule,) = alone.stack(HERE).one("AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    assert rule["ScheduleExpression"] == "cron(0 5 * * ? *)"
    assert rule["EnableContinuousBackup"] is False
    assert rule["Lifecycle"] == {"DeleteAfterDays": 30}


def test_snapshots_are_copied_to_the_recovery_regions_vault(alone: Tier) -> None:
    (rule,) = alone.stack(HERE).one("AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    (copy,) = rule["CopyActions"]
    assert text(copy["DestinationBackupVaultArn"]) == (
        "arn:aws:backup:us-west-2:account:backup-vault:datatier-prod"
    )
    assert alone.stack(THERE).one("AWS::Backup::BackupVault")["BackupVaultName"] == "datatier-prod"


@pytest.mark.parametrize("part", [HERE, THERE])
def test_vaults_are_locked_by_governance_and_outlive_their_stack(alone: Tier, part: str) -> None:
    (vault,) = alone.stack(part).all("AWS::Backup::BackupVault").values()
    lock = vault["Properties"]["LockConfiguration"]
    assert lock == {"MinRetentionDays": 30, "MaxRetentionDays": 30}  # with ChangeableForDays it is compliance
    assert "EncryptionKeyArn" in vault["Properties"]
    assert vault["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_restore_is_tried_in_the_databases_own_subnets_and_group(alone: Tier) -> None:
    template = alone.stack(HERE)
    plan = template.one("AWS::Backup::RestoreTestingPlan")
    it = template.one("AWS::Backup::RestoreTestingSelection")
    assert it["RestoreTestingPlanName"] == plan["RestoreTestingPlanName"] == "datatier_prod"
    assert plan["RecoveryPointSelection"]["RecoveryPointTypes"] == ["SNAPSHOT"]
    assert it["ProtectedResourceType"] == "RDS"
    assert [text(arn) for arn in it["ProtectedResourceArns"]] == [
        "arn:aws:rds:us-east-1:account:db:datatier-prod-primary"
    ]
    overrides = it["RestoreMetadataOverrides"]
    assert "Subnets" in str(overrides["dbSubnetGroupName"])
    assert "SecurityGroupsPostgres" in str(overrides["vpcSecurityGroupIds"])


def test_it_stands_by_itself(alone: Tier) -> None:
    assert alone.all("AWS::S3::Bucket") == []
    assert alone.stack(THERE).all("AWS::ECS::TaskDefinition") == {}
    (primary,) = [
        it for it in alone.all("AWS::RDS::DBInstance") if "BackupRetentionPeriod" in it["Properties"]
    ]
    assert "AutomaticBackupReplicationRegion" not in primary["Properties"]


def job(kind: str, **detail: object) -> dict[str, Any]:
    """An event of AWS Backup, with the fields of its guide's examples that tell jobs from one another."""
    return {"source": "aws.backup", "detail-type": f"{kind} Job State Change", "detail": detail}


def in_words(value: Any) -> Any:  # noqa: ANN401  a template's value
    """A value of a template, with the construct's name in the place of an ARN that is made when deployed."""
    if isinstance(value, dict):
        if "Fn::GetAtt" in value:
            return value["Fn::GetAtt"][0][:-8]
        return {key: in_words(inner) for key, inner in value.items()}
    return [in_words(inner) for inner in value] if isinstance(value, list) else value


VAULT, ROLE = "SnapshotsVault", "SnapshotsRole"
OURS = {"iamRoleArn": ROLE}
COPIES = {**OURS, "sourceBackupVaultArn": VAULT, "destinationBackupVaultArn": "theirs"}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (job("Backup", **OURS, backupVaultArn=VAULT, state="FAILED"), True),
        (job("Backup", **OURS, backupVaultArn=VAULT, state="ABORTED"), True),
        (job("Backup", **OURS, backupVaultArn=VAULT, state="EXPIRED"), True),
        (job("Backup", **OURS, backupVaultArn=VAULT, state="COMPLETED"), False),
        (job("Backup", iamRoleArn="theirs", backupVaultArn="theirs", state="FAILED"), False),
        (job("Copy", **COPIES, state="FAILED"), True),
        (job("Copy", **COPIES, state="COMPLETED"), False),
        (job("Copy", **{**COPIES, "sourceBackupVaultArn": "theirs"}, state="FAILED"), False),
        (job("Restore", **OURS, status="FAILED"), True),
        (job("Restore", **OURS, status="ABORTED"), True),
        (job("Restore", **OURS, status="COMPLETED"), False),
        (job("Restore", iamRoleArn="theirs", status="FAILED"), False),
        (job("Scan", **OURS, status="FAILED"), False),
    ],
)
def test_a_failed_snapshot_copy_or_restore_of_ours_is_told(
    alone: Tier, event: dict[str, Any], *, told: bool
) -> None:
    pattern = in_words(alone.stack(HERE).one(RULE)["EventPattern"])
    assert EventPattern(json.dumps(pattern), pattern).matches_event(event) is told  # pyright: ignore[reportArgumentType]  an event in part


def test_its_failures_are_kept_and_raise_an_alarm(alone: Tier) -> None:
    template = alone.stack(HERE)
    ((rule_id, rule),) = template.all(RULE).items()
    (target,) = rule["Properties"]["Targets"]
    (group,) = template.all("AWS::Logs::LogGroup")
    assert target["Arn"]["Fn::Join"][1][-1]["Ref"] == group
    assert group in str(template.one("AWS::Logs::ResourcePolicy")["PolicyDocument"])
    alarm = alarms(alone, HERE)["snapshot-failed"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Events", "TriggeredRules")
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": rule_id}}]
    assert "docs/runbooks/disaster-recovery.md" in text(alarm["AlarmDescription"])


def test_each_of_its_findings_is_accounted_for(alone: Tier) -> None:
    assert alone.found == set(acknowledged(alone.environment))
