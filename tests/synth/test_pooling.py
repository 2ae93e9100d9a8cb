"""The poolers: what a task is and may do, how many run, and how they are reached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from containers.pgbouncer.settings import judge
from tests.synth.poolers import (
    POLICY,
    SERVICE,
    TARGETS,
    attributes,
    container,
    pooling,
    statements,
    told,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synth.template import Tier


ROOT = Path(__file__).resolve().parents[2]


def test_dev_pays_for_no_pooler(dev: Tier) -> None:
    kinds = {it["Type"].split("::")[1] for it in dev.resources}
    assert kinds.isdisjoint({"ECS", "ElasticLoadBalancingV2", "ServiceDiscovery"})


def test_the_documents_pool_is_that_of_all_tasks_together(prod: Tier) -> None:
    it = told(prod)
    tasks = pooling(prod).one(SERVICE)["DesiredCount"]
    assert (it.pool_sizes.primary * tasks, it.pool_sizes.replicas * tasks) == (20, 20)
    assert (it.settings["server_idle_timeout"], it.settings["server_lifetime"]) == ("10", "3600")
    assert (it.settings["pool_mode"], it.settings["server_login_retry"]) == ("transaction", "1")
    assert int(it.settings["tcp_keepidle"]) < 350


def test_a_task_is_told_what_it_understands_and_nothing_secret(prod: Tier) -> None:
    it = told(prod)
    judge(it.settings)
    assert it.login_secret_arns.keys() == {"app", "readonly", "monitor"}
    assert (it.database, it.replica_hosts) == ("app", ("deployed",))
    assert (it.listen_port, it.health_port, it.postgres_port) == (6432, 8432, 5432)
    assert it.metrics_namespace == "datatier/prod"
    assert "resolve:" not in json.dumps(variables(prod))


def test_a_task_writes_nothing_but_memory_and_has_no_rights_on_its_machine(prod: Tier) -> None:
    it = container(prod)
    assert f"USER {it['User']}" in (ROOT / "containers/pgbouncer/Dockerfile").read_text("utf-8").splitlines()
    assert not it["User"].startswith("0")
    assert it["ReadonlyRootFilesystem"] is True
    assert it["Privileged"] is False
    assert it["LinuxParameters"] == {"InitProcessEnabled": True, "Capabilities": {"Drop": ["ALL"]}}


def test_a_task_has_the_time_that_it_promises_to_its_clients(prod: Tier) -> None:
    drain = told(prod).drain_seconds
    assert drain < container(prod)["StopTimeout"] == 120
    delays = attributes(pooling(prod).one(TARGETS), "TargetGroupAttributes")
    assert int(delays["deregistration_delay.timeout_seconds"]) >= drain


def test_a_task_may_open_as_many_files_as_it_takes_clients(prod: Tier) -> None:
    (limit,) = container(prod)["Ulimits"]
    assert limit["SoftLimit"] == limit["HardLimit"] > 20 * int(told(prod).settings["max_client_conn"])


def test_a_pooler_never_waits_for_its_log(prod: Tier) -> None:
    log = container(prod)["LogConfiguration"]
    assert (log["LogDriver"], log["Options"]["mode"]) == ("awslogs", "non-blocking")
    assert log["Options"]["awslogs-group"]["Ref"] in pooling(prod).all("AWS::Logs::LogGroup")


def test_the_tasks_run_on_arm_unless_the_settings_say_otherwise(
    prod: Tier, pooled: Callable[..., Tier]
) -> None:
    def platform(tier: Tier) -> tuple[str, str]:
        task = pooling(tier).one("AWS::ECS::TaskDefinition")
        assets = tier.directory / f"datatier-{tier.environment.name}-pooling.assets.json"
        (image,) = json.loads(assets.read_text("utf-8"))["dockerImages"].values()
        return task["RuntimePlatform"]["CpuArchitecture"], image["source"]["platform"]

    assert platform(prod) == ("ARM64", "linux/arm64")
    assert platform(pooled(architecture="x86_64")) == ("X86_64", "linux/amd64")


def test_a_task_reads_the_secrets_that_it_serves_and_its_certificate_and_nothing_else(prod: Tier) -> None:
    decrypt, read = sorted(statements(prod, "PoolersTaskRole"), key=lambda it: it["Action"])
    assert read["Action"] == "secretsmanager:GetSecretValue"
    given = variables(prod)
    served = [part for part in given["LOGIN_SECRET_ARNS"]["Fn::Join"][1] if not isinstance(part, str)]
    may_read = {json.dumps(it) for it in read["Resource"]}
    assert may_read == {json.dumps(it) for it in (*served, given["CERTIFICATE_SECRET_ARN"])}
    assert decrypt["Action"] == "kms:Decrypt"
    through = decrypt["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"]
    assert {json.dumps(it) for it in through} == may_read


def test_fargate_may_fetch_this_image_and_write_this_log_for_a_task(prod: Tier) -> None:
    pulls, token, writes = statements(prod, "PoolersExecutionRole")
    assert "cdk-hnb659fds-container-assets-" in json.dumps(pulls["Resource"])
    assert (token["Action"], token["Resource"]) == ("ecr:GetAuthorizationToken", "*")
    assert writes["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert writes["Resource"]["Fn::GetAtt"][0] in pooling(prod).all("AWS::Logs::LogGroup")


def test_only_this_accounts_tasks_may_act_as_a_pooler(prod: Tier) -> None:
    roles = [
        it["AssumeRolePolicyDocument"]["Statement"][0] for it in pooling(prod).properties("AWS::IAM::Role")
    ]
    theirs = [it for it in roles if it["Principal"]["Service"] == "ecs-tasks.amazonaws.com"]
    assert len(theirs) == 2
    for it in theirs:
        assert it["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_tasks_are_replaced_one_by_one_and_a_bad_one_is_taken_back(prod: Tier) -> None:
    it = pooling(prod).one(SERVICE)
    assert (it["LaunchType"], it["DesiredCount"]) == ("FARGATE", 2)
    assert it["AvailabilityZoneRebalancing"] == "ENABLED"
    assert it["DeploymentConfiguration"] == {
        "MinimumHealthyPercent": 100,
        "MaximumPercent": 200,
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
    }


def test_tasks_stand_in_every_isolated_subnet_and_have_no_public_address(prod: Tier) -> None:
    place = pooling(prod).one(SERVICE)["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert place["AssignPublicIp"] == "DISABLED"
    assert len(place["Subnets"]) == len(prod.environment.network.availability_zones)
    assert "SecurityGroupsPooler" in str(place["SecurityGroups"])


def test_no_task_starts_before_it_has_a_certificate_its_rights_and_a_listener(prod: Tier) -> None:
    (service,) = pooling(prod).all(SERVICE).values()
    waits_for = [pooling(prod).document["Resources"][id_] for id_ in service["DependsOn"]]
    assert {it["Type"] for it in waits_for} == {
        "AWS::ElasticLoadBalancingV2::Listener",
        POLICY,
        "Custom::DatatierCertificate",
    }


def test_every_task_is_found_by_dns_under_the_name_that_the_rotation_asks_for(prod: Tier) -> None:
    zone = pooling(prod).one("AWS::ServiceDiscovery::PrivateDnsNamespace")
    registry = pooling(prod).one("AWS::ServiceDiscovery::Service")
    assert f"{registry['Name']}.{zone['Name']}" == "pooler.datatier-prod.internal"
    (record,) = registry["DnsConfig"]["DnsRecords"]
    assert (record["Type"], registry["DnsConfig"]["RoutingPolicy"]) == ("A", "MULTIVALUE")
    assert record["TTL"] <= 10


def test_the_balancer_is_inside_and_a_zone_without_a_task_still_answers(prod: Tier) -> None:
    it = pooling(prod).one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert (it["Type"], it["Scheme"]) == ("network", "internal")
    assert "SecurityGroupsBalancer" in str(it["SecurityGroups"])
    assert attributes(it, "LoadBalancerAttributes")["load_balancing.cross_zone.enabled"] == "true"
    listener = pooling(prod).one("AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Protocol"], listener["Port"]) == ("TCP", 6432)


def test_the_balancer_is_protected_where_the_environment_is(prod: Tier, pooled: Callable[..., Tier]) -> None:
    def protected(tier: Tier) -> str:
        it = pooling(tier).one("AWS::ElasticLoadBalancingV2::LoadBalancer")
        return attributes(it, "LoadBalancerAttributes")["deletion_protection.enabled"]

    assert (protected(prod), protected(pooled())) == ("true", "false")


def test_a_task_is_judged_by_its_own_health_and_keeps_its_clients_whatever_that_is(prod: Tier) -> None:
    it = pooling(prod).one(TARGETS)
    assert (it["TargetType"], it["Protocol"], it["Port"]) == ("ip", "TCP", 6432)
    health = (it["HealthCheckProtocol"], it["HealthCheckPort"], it["HealthCheckPath"])
    assert health == ("HTTP", str(told(prod).health_port), "/health")
    kept = attributes(it, "TargetGroupAttributes")
    for state in ("deregistration_delay", "target_health_state.unhealthy"):
        assert kept[f"{state}.connection_termination.enabled"] == "false"


def test_a_client_learns_where_the_pool_is_and_whom_to_trust(prod: Tier) -> None:
    published = pooling(prod).parameters
    prefix = "/datatier/prod/pooler"
    assert published[f"{prefix}/host"]["Fn::GetAtt"][1] == "DNSName"
    assert published[f"{prefix}/port"] == "6432"
    assert (published[f"{prefix}/database"], published[f"{prefix}/read-database"]) == ("app", "app_read")
    assert told(prod).read_database == published[f"{prefix}/read-database"]
    assert f"{prefix}/trust-secret-arn" in published
    # It changes without a deployment: the function that issues the certificate writes it.
    assert f"{prefix}/ca-bundle" not in published
