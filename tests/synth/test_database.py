"""PostgreSQL, as the document fixes it and as a careful team runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.synth.template import Resource, Tier

INSTANCE = "AWS::RDS::DBInstance"


def instances(tier: Tier) -> list[Resource]:
    return tier.stack("database").properties(INSTANCE)


def primary(tier: Tier) -> Resource:
    (only,) = [it for it in instances(tier) if "SourceDBInstanceIdentifier" not in it]
    return only


def replicas(tier: Tier) -> list[Resource]:
    return [it for it in instances(tier) if "SourceDBInstanceIdentifier" in it]


def parameters(tier: Tier, instance: Resource) -> dict[str, str]:
    group = tier.stack("database").all("AWS::RDS::DBParameterGroup")[instance["DBParameterGroupName"]["Ref"]]
    return group["Properties"]["Parameters"]


def test_the_primary_is_the_pinned_postgresql_15_on_100_gb_of_gp3(tier: Tier) -> None:
    it = primary(tier)
    assert (it["Engine"], it["EngineVersion"]) == ("postgres", "15.17")
    assert (it["StorageType"], it["AllocatedStorage"]) == ("gp3", "100")


def test_backups_run_daily_between_2_and_4_utc_and_reach_back_30_days(tier: Tier) -> None:
    it = primary(tier)
    assert (it["PreferredBackupWindow"], it["BackupRetentionPeriod"]) == ("02:00-04:00", 30)


def test_backups_outlive_the_instance(tier: Tier) -> None:
    (resource,) = [
        it
        for it in tier.all(INSTANCE)
        if it["Properties"]["DBInstanceIdentifier"] == f"datatier-{tier.environment.name}-primary"
    ]
    assert resource["Properties"]["DeleteAutomatedBackups"] is False
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")


def test_storage_grows_by_itself_up_to_a_ceiling_on_every_instance(tier: Tier) -> None:
    ceiling = tier.environment.database.max_allocated_storage_gib
    assert {it["MaxAllocatedStorage"] for it in instances(tier)} == {ceiling}


def test_everything_is_encrypted_with_a_key_of_ours(tier: Tier) -> None:
    it = primary(tier)
    assert it["StorageEncrypted"] is True
    assert "keys:" in it["KmsKeyId"]["Fn::ImportValue"]
    assert all("keys:" in each["PerformanceInsightsKMSKeyId"]["Fn::ImportValue"] for each in instances(tier))


def test_no_instance_is_public(tier: Tier) -> None:
    assert {it["PubliclyAccessible"] for it in instances(tier)} == {False}


def test_the_master_password_is_only_a_reference_to_its_secret(tier: Tier) -> None:
    parts = primary(tier)["MasterUserPassword"]["Fn::Join"][1]
    assert parts[0] == "{{resolve:secretsmanager:"
    assert parts[2] == ":SecretString:password::}}"


def test_minor_upgrades_wait_for_a_change_of_the_pinned_version(tier: Tier) -> None:
    assert {it["AutoMinorVersionUpgrade"] for it in instances(tier)} == {False}
    assert {it["EngineVersion"] for it in instances(tier)} == {tier.environment.database.engine_version}


def test_instances_are_watched(tier: Tier) -> None:
    for it in instances(tier):
        assert it["DatabaseInsightsMode"] == "standard"
        assert it["MonitoringInterval"] == 60
        assert it["CopyTagsToSnapshot"] is True


def test_enhanced_monitoring_may_write_before_the_instance_is_made(tier: Tier) -> None:
    template = tier.stack("database")
    policies = template.all("AWS::IAM::ManagedPolicy")
    for resource in template.all(INSTANCE).values():
        role = {"Ref": resource["Properties"]["MonitoringRoleArn"]["Fn::GetAtt"][0]}
        waited_for = [
            policies[id_]["Properties"]["Roles"] for id_ in resource["DependsOn"] if id_ in policies
        ]
        assert waited_for == [[role]]


def test_logs_go_to_groups_that_exist_before_the_instance_and_forget(tier: Tier) -> None:
    template = tier.stack("database")
    groups = template.all("AWS::Logs::LogGroup")
    for resource in template.all(INSTANCE).values():
        name = resource["Properties"]["DBInstanceIdentifier"]
        waited_for = {
            groups[id_]["Properties"]["LogGroupName"] for id_ in resource["DependsOn"] if id_ in groups
        }
        assert waited_for == {
            f"/aws/rds/instance/{name}/{log}" for log in resource["Properties"]["EnableCloudwatchLogsExports"]
        }
    assert {it["Properties"]["RetentionInDays"] for it in groups.values()} == {30}


def test_people_may_connect_with_an_iam_token_under_their_own_login_only(tier: Tier) -> None:
    assert {it["EnableIAMDatabaseAuthentication"] for it in instances(tier)} == {True}
    policies = tier.stack("database").properties("AWS::IAM::ManagedPolicy")
    (connect,) = [it for it in policies if "rds-db:connect" in str(it)]
    (statement,) = connect["PolicyDocument"]["Statement"]
    resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    assert len(resources) == len(instances(tier))
    assert all(str(it["Fn::Join"][1][-1]) == "/engineer" for it in resources)
    assert "Roles" not in connect


def test_the_server_certificate_comes_from_the_authority_that_is_published(tier: Tier) -> None:
    assert {it["CACertificateIdentifier"] for it in instances(tier)} == {"rds-ca-rsa2048-g1"}
    certificate = tier.stack("database").parameters[f"/datatier/{tier.environment.name}/postgres/ca"]
    assert certificate.count("BEGIN CERTIFICATE") == 1


def test_dev_is_the_documents_starting_point(dev: Tier) -> None:
    it = primary(dev)
    assert (it["DBInstanceClass"], it["MultiAZ"], replicas(dev)) == ("db.t3.medium", False, [])


def test_prod_has_a_standby_and_a_replica_and_cannot_be_deleted(prod: Tier) -> None:
    assert primary(prod)["MultiAZ"] is True
    assert [it["DBInstanceIdentifier"] for it in replicas(prod)] == ["datatier-prod-replica-1"]
    assert primary(prod)["DeletionProtection"] is True


def test_a_replica_can_go_and_come_again_under_its_name(prod: Tier) -> None:
    resources = prod.stack("database").document["Resources"].values()
    named = [it for it in resources if "datatier-prod-replica-1" in str(it["Properties"].get("LogGroupName"))]
    replica = [it for it in resources if "SourceDBInstanceIdentifier" in it["Properties"]]
    assert (len(named), len(replica)) == (2, 1)
    assert {it["DeletionPolicy"] for it in (*named, *replica)} == {"Delete"}
    assert replica[0]["Properties"]["DeletionProtection"] is False


def test_a_replica_states_nothing_that_it_inherits(prod: Tier) -> None:
    inherited = {"MasterUsername", "MasterUserPassword", "DBName", "KmsKeyId", "StorageEncrypted"}
    inherited |= {"BackupRetentionPeriod", "DBSubnetGroupName", "AllocatedStorage"}
    for it in replicas(prod):
        assert inherited.isdisjoint(it)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rds.force_ssl", "1"),
        ("log_min_duration_statement", "1000"),
        ("log_min_duration_sample", "0"),
        ("log_statement_sample_rate", "0.01"),
        ("shared_preload_libraries", "pg_stat_statements,auto_explain"),
        ("auto_explain.log_min_duration", "1000"),
        ("idle_in_transaction_session_timeout", "300000"),
        ("password_encryption", "scram-sha-256"),
        ("log_parameter_max_length", "0"),
    ],
)
def test_every_instance_runs_with_the_tiers_parameters(tier: Tier, name: str, value: str) -> None:
    assert {parameters(tier, it)[name] for it in instances(tier)} == {value}


def test_only_replicas_hold_vacuum_back_for_their_readers(prod: Tier) -> None:
    assert "hot_standby_feedback" not in parameters(prod, primary(prod))
    assert {parameters(prod, it)["hot_standby_feedback"] for it in replicas(prod)} == {"1"}


def test_an_application_learns_where_postgresql_is(tier: Tier) -> None:
    published: dict[str, Any] = tier.stack("database").parameters
    prefix = f"/datatier/{tier.environment.name}/postgres"
    assert published[f"{prefix}/host"]["Fn::GetAtt"][1] == "Endpoint.Address"
    assert published[f"{prefix}/port"]["Fn::GetAtt"][1] == "Endpoint.Port"
    assert published[f"{prefix}/database"] == "app"
    assert f"{prefix}/secrets/master" in published
    hosts = str(published[f"{prefix}/replica-hosts"])
    assert ("Replica" in hosts, "Primary" in hosts) == (bool(replicas(tier)), not replicas(tier))
