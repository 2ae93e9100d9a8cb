"""Redis, as the document fixes it and as a careful team runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.synth.template import Resource, Tier


def group(tier: Tier) -> Resource:
    return tier.stack("cache").one("AWS::ElastiCache::ReplicationGroup")


def test_redis_7_talks_tls_only_and_is_encrypted_with_a_key_of_ours(tier: Tier) -> None:
    it = group(tier)
    assert (it["Engine"], it["EngineVersion"]) == ("redis", "7.1")
    assert (it["TransitEncryptionEnabled"], it["TransitEncryptionMode"]) == (True, "required")
    assert it["AtRestEncryptionEnabled"] is True
    assert "keys:" in it["KmsKeyId"]["Fn::ImportValue"]


def test_a_full_cache_drops_what_expires_soonest(tier: Tier) -> None:
    it = tier.stack("cache").one("AWS::ElastiCache::ParameterGroup")
    assert it["CacheParameterGroupFamily"] == "redis7"
    assert it["Properties"] == {"maxmemory-policy": "volatile-ttl"}


def test_users_log_in_by_name_and_the_nameless_one_is_off(tier: Tier) -> None:
    users = {it["UserName"]: it for it in tier.stack("cache").properties("AWS::ElastiCache::User")}
    assert users.keys() == {"default", "app", "admin"}
    assert users["default"]["AccessString"] == "off -@all"
    assert "Passwords" not in users["default"]


def test_users_passwords_are_only_references_to_their_secrets(tier: Tier) -> None:
    for it in tier.stack("cache").properties("AWS::ElastiCache::User"):
        for password in it.get("Passwords", []):
            assert password["Fn::Join"][1][0] == "{{resolve:secretsmanager:"


def test_the_group_is_entered_by_its_users_only(tier: Tier) -> None:
    template = tier.stack("cache")
    (user_group,) = template.all("AWS::ElastiCache::UserGroup")
    assert group(tier)["UserGroupIds"] == [{"Ref": user_group}]
    members = template.one("AWS::ElastiCache::UserGroup")["UserIds"]
    assert {it["Ref"] for it in members} == template.all("AWS::ElastiCache::User").keys()


def test_prod_fails_over_to_a_replica_in_another_zone(prod: Tier) -> None:
    it = group(prod)
    assert (it["NumCacheClusters"], it["AutomaticFailoverEnabled"], it["MultiAZEnabled"]) == (2, True, True)


def test_dev_is_the_documents_starting_point(dev: Tier) -> None:
    it = group(dev)
    assert (it["CacheNodeType"], it["NumCacheClusters"]) == ("cache.t3.micro", 1)


def test_snapshots_are_taken_daily_and_once_more_before_deletion(tier: Tier) -> None:
    (resource,) = tier.stack("cache").all("AWS::ElastiCache::ReplicationGroup").values()
    it = resource["Properties"]
    assert it["SnapshotRetentionLimit"] == tier.environment.cache.snapshot_retention_days > 0
    assert it["SnapshotWindow"] == "03:00-04:00"
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Snapshot"


def test_slow_commands_and_engine_messages_are_logged_where_redis_may_write(tier: Tier) -> None:
    template = tier.stack("cache")
    deliveries = group(tier)["LogDeliveryConfigurations"]
    assert {it["LogType"] for it in deliveries} == {"slow-log", "engine-log"}
    targets = {it["DestinationDetails"]["CloudWatchLogsDetails"]["LogGroup"]["Ref"] for it in deliveries}
    assert targets == template.all("AWS::Logs::LogGroup").keys()
    policy = str(template.one("AWS::Logs::ResourcePolicy"))
    assert all(target in policy for target in targets)


def test_an_application_learns_where_redis_is_and_how_long_values_live(tier: Tier) -> None:
    prefix = f"/datatier/{tier.environment.name}/redis"
    published = tier.stack("cache").parameters
    assert published[f"{prefix}/host"]["Fn::GetAtt"][1] == "PrimaryEndPoint.Address"
    assert published[f"{prefix}/reader-host"]["Fn::GetAtt"][1] == "ReaderEndPoint.Address"
    assert published[f"{prefix}/port"]["Fn::GetAtt"][1] == "PrimaryEndPoint.Port"
    lifetimes = {kind: published[f"{prefix}/ttl/{kind}"] for kind in ("session", "config", "response")}
    assert lifetimes == {"session": "86400", "config": "3600", "response": "900"}
    assert {f"{prefix}/secrets/app", f"{prefix}/secrets/admin"} <= published.keys()
