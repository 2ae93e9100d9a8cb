"""The network: no way in or out but the paths that are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stacks.settings import load_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Environment
    from tests.synth.template import Tier

VPC_ID = "vpc-0123456789abcdef0"
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
PATHS = {
    ("Client", "Postgres", 5432),
    ("Client", "Redis", 6379),
    ("Client", "Endpoints", 443),
    ("Bootstrap", "Postgres", 5432),
    ("Bootstrap", "Endpoints", 443),
    ("RotatePostgres", "Postgres", 5432),
    ("RotatePostgres", "Endpoints", 443),
    ("AuthenticateRedis", "Redis", 6379),
    ("AuthenticateRedis", "Endpoints", 443),
}
POOLER_PATHS = {
    ("Client", "Balancer", 6432),
    ("Balancer", "Pooler", 6432),
    ("Balancer", "Pooler", 8432),
    ("Pooler", "Postgres", 5432),
    ("Pooler", "Endpoints", 443),
    ("RotatePostgres", "Pooler", 6432),
}
BACKUP_PATHS = {("Backup", "Postgres", 5432), ("Backup", "Endpoints", 443)}
MEMBERS = ("Client", "Postgres", "Redis", "Endpoints", "Bootstrap", "RotatePostgres", "AuthenticateRedis")
TASK_MEMBERS = ("Balancer", "Pooler", "Backup")
S3 = "pl-63a5400a"


def paths(tier: Tier) -> set[tuple[str, str, int]]:
    pooled, backed_up = tier.environment.pooling.mode == "pgbouncer", tier.environment.backup.logical
    return PATHS | (POOLER_PATHS if pooled else set()) | (BACKUP_PATHS if backed_up else set())


def group(reference: dict[str, Any]) -> str:
    """The role of the security group behind `GetAtt`, out of its logical id."""
    logical_id = reference["Fn::GetAtt"][0]
    return next(name for name in (*MEMBERS, *TASK_MEMBERS) if logical_id.startswith(f"SecurityGroups{name}"))


def test_nothing_leads_to_the_internet(tier: Tier) -> None:
    doors = ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::EC2::EIP")
    # A drill goes out by HTTPS, in a network of its own elsewhere (tests/synth/test_recovery.py).
    here = [it for it in tier.stacks if "-recovery." not in it.path.name]
    assert [it for template in here for door in doors for it in template.all(door)] == []


def test_no_subnet_gives_out_public_addresses(tier: Tier) -> None:
    subnets = tier.stack("network").properties("AWS::EC2::Subnet")
    assert [it["AvailabilityZone"] for it in subnets] == list(tier.environment.network.availability_zones)
    assert not any(it["MapPublicIpOnLaunch"] for it in subnets)


def test_security_groups_let_in_exactly_the_paths_that_are_used(tier: Tier) -> None:
    rules = tier.stack("network").properties("AWS::EC2::SecurityGroupIngress")
    found = {(group(r["SourceSecurityGroupId"]), group(r["GroupId"]), r["FromPort"]) for r in rules}
    assert found == paths(tier)
    assert all(r["FromPort"] == r["ToPort"] and r["IpProtocol"] == "tcp" for r in rules)


def test_security_groups_let_out_exactly_the_paths_that_are_used(tier: Tier) -> None:
    rules = tier.stack("network").properties("AWS::EC2::SecurityGroupEgress")
    assert {
        (group(r["GroupId"]), group(r["DestinationSecurityGroupId"]), r["FromPort"])
        for r in rules
        if "DestinationPrefixListId" not in r
    } == paths(tier)


def test_no_security_group_names_an_address_range_that_holds_an_address(tier: Tier) -> None:
    for it in tier.stack("network").properties("AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in it
        # EC2 takes an absent list for "everything out"; this rule names an address that cannot exist.
        cidrs = {rule["CidrIp"] for rule in it.get("SecurityGroupEgress", [])}
        assert cidrs <= {"255.255.255.255/32"}


def test_tasks_and_nobody_else_reach_s3_by_its_prefix_list(prod: Tier) -> None:
    rules = prod.stack("network").properties("AWS::EC2::SecurityGroupEgress")
    found = [it for it in rules if "DestinationPrefixListId" in it]
    assert {group(it["GroupId"]) for it in found} == {"Pooler", "Backup"}
    for it in found:
        assert it["DestinationPrefixListId"] == S3
        assert (it["FromPort"], it["ToPort"]) == (443, 443)


@pytest.mark.parametrize("member", ["Pooler", "Backup"])
def test_without_the_prefix_list_a_task_may_ask_for_443_where_only_s3_can_be_reached(
    synthesize: Callable[[Environment], Tier], member: str
) -> None:
    settings = load_environment("prod")
    unsaid = settings.network.model_copy(update={"s3_prefix_list_id": None})
    network = synthesize(settings.model_copy(update={"network": unsaid})).stack("network")
    (task,) = [
        it["Properties"]
        for id_, it in network.all("AWS::EC2::SecurityGroup").items()
        if id_.startswith(f"SecurityGroups{member}")
    ]
    (rule,) = task["SecurityGroupEgress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("0.0.0.0/0", 443, 443)


def test_every_member_of_the_network_wears_groups_of_ours_and_none_the_default(tier: Tier) -> None:
    worn = [
        *(it["Properties"]["VPCSecurityGroups"] for it in tier.all("AWS::RDS::DBInstance")),
        *(it["Properties"]["SecurityGroupIds"] for it in tier.all("AWS::ElastiCache::ReplicationGroup")),
        *(
            it["Properties"]["VpcConfig"]["SecurityGroupIds"]
            for it in tier.all("AWS::Lambda::Function")
            if "VpcConfig" in it["Properties"]
        ),
        *(
            it["Properties"]["SecurityGroupIds"]
            for it in tier.all("AWS::EC2::VPCEndpoint")
            if it["Properties"]["VpcEndpointType"] == "Interface"
        ),
        *(it["Properties"]["SecurityGroups"] for it in tier.all("AWS::ElasticLoadBalancingV2::LoadBalancer")),
        *(
            it["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"]
            for it in tier.all("AWS::ECS::Service")
        ),
    ]
    assert len(worn) >= 4
    assert all(len(groups) == 1 and "SecurityGroups" in str(groups[0]) for groups in worn)


def endpoints(tier: Tier) -> dict[str, dict[str, Any]]:
    """Every endpoint by the last part of its service's name."""
    found = tier.stack("network").properties("AWS::EC2::VPCEndpoint")
    return {text(it["ServiceName"]).removeprefix("com.amazonaws.us-east-1."): it for it in found}


def text(value: Any) -> str:  # noqa: ANN401  a template's value
    """What a text says, here where the region is known."""
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else "us-east-1" for part in value["Fn::Join"][1])


def test_each_endpoint_is_paid_for_in_the_zones_asked_for_and_dev_has_one(dev: Tier, prod: Tier) -> None:
    assert endpoints(dev).keys() == {"secretsmanager"}
    assert endpoints(prod).keys() == {"secretsmanager", "ecr.api", "ecr.dkr", "logs", "s3"}
    for tier in (dev, prod):
        paid = [it for it in endpoints(tier).values() if it["VpcEndpointType"] == "Interface"]
        for it in paid:
            assert len(it["SubnetIds"]) == len(tier.environment.network.endpoint_zones)
            assert [group(worn) for worn in it["SecurityGroupIds"]] == ["Endpoints"]
            assert it["PrivateDnsEnabled"] is True


def test_s3_is_reached_from_every_subnet_and_by_poolers_for_the_layers_of_images_only(
    prod: Tier, pooled: Callable[..., Tier]
) -> None:
    s3 = endpoints(prod)["s3"]
    assert s3["VpcEndpointType"] == "Gateway"
    assert len(s3["RouteTableIds"]) == len(prod.environment.network.availability_zones)
    (statement,) = endpoints(pooled())["s3"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "s3:GetObject"
    assert text(statement["Resource"]) == "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"


@pytest.mark.parametrize(
    ("service", "actions"),
    [
        ("ecr.api", {"BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"}),
        ("ecr.dkr", {"BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"}),
        ("logs", {"CreateLogStream", "PutLogEvents"}),
    ],
)
def test_the_other_endpoints_let_this_account_fetch_its_images_and_write_its_logs(
    prod: Tier, service: str, actions: set[str]
) -> None:
    account = {"Ref": "AWS::AccountId"}
    statements = endpoints(prod)[service]["PolicyDocument"]["Statement"]
    for it in statements:
        assert it["Condition"]["StringEquals"]["aws:PrincipalAccount"] == account
    (about_resources,) = [it for it in statements if "aws:ResourceAccount" in it["Condition"]["StringEquals"]]
    assert {it.partition(":")[2] for it in about_resources["Action"]} == actions
    others = [it["Action"] for it in statements if it != about_resources]
    assert others == ([] if service == "logs" else ["ecr:GetAuthorizationToken"])


def test_the_endpoint_lets_this_account_read_its_own_secrets_and_rotate_the_tiers(tier: Tier) -> None:
    reads, writes = endpoints(tier)["secretsmanager"]["PolicyDocument"]["Statement"]
    assert reads["Action"] == ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    assert writes["Action"] == ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]
    assert f":secret:datatier/{tier.environment.name}/*" in str(writes["Resource"])
    account = {"Ref": "AWS::AccountId"}
    for statement in (reads, writes):
        assert statement["Condition"] == {
            "StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
        }


def test_every_flow_is_recorded_in_prod(prod: Tier) -> None:
    flow_log = prod.stack("network").one("AWS::EC2::FlowLog")
    assert (flow_log["TrafficType"], flow_log["ResourceType"]) == ("ALL", "VPC")
    assert prod.stack("network").one("AWS::Logs::LogGroup")["RetentionInDays"] == 90


def test_dev_pays_for_no_flow_log(dev: Tier) -> None:
    assert dev.all("AWS::EC2::FlowLog") == []


def test_an_application_learns_the_vpc_and_the_security_group_to_wear(tier: Tier) -> None:
    parameters = tier.stack("network").parameters
    prefix = f"/datatier/{tier.environment.name}/network"
    assert group(parameters[f"{prefix}/client-security-group-id"]) == "Client"
    assert f"{prefix}/vpc-id" in parameters


@pytest.fixture
def moved_in(synthesize: Callable[[Environment], Tier]) -> Callable[..., Tier]:
    """Return a function that synthesizes prod in an existing VPC."""

    def moved_in(**choices: object) -> Tier:
        settings = load_environment("prod")
        existing = {"vpc_id": VPC_ID, "isolated_subnet_ids": SUBNETS, **choices}
        network = settings.network.model_copy(update=existing)
        return synthesize(settings.model_copy(update={"network": network}))

    return moved_in


def test_an_existing_vpc_is_moved_into_and_not_made(moved_in: Callable[..., Tier]) -> None:
    tier = moved_in(create_endpoints=True)
    network = tier.stack("network")
    assert network.all("AWS::EC2::VPC") == network.all("AWS::EC2::Subnet") == {}
    assert {it["VpcId"] for it in network.properties("AWS::EC2::SecurityGroup")} == {VPC_ID}
    assert tier.stack("database").one("AWS::RDS::DBSubnetGroup")["SubnetIds"] == list(SUBNETS)
    # Its route tables are not known, so it brings S3's gateway itself.
    assert endpoints(tier).keys() == {"secretsmanager", "ecr.api", "ecr.dkr", "logs"}
    assert all(it["SubnetIds"] == list(SUBNETS) for it in endpoints(tier).values())
    assert tier.stack("pooling").one("AWS::ServiceDiscovery::PrivateDnsNamespace")["Vpc"] == VPC_ID
    assert "noSubnetRouteTableId" not in (tier.directory / "manifest.json").read_text("utf-8")


def test_where_a_vpc_has_an_endpoint_the_tier_makes_none_and_is_let_into_it(
    moved_in: Callable[..., Tier],
) -> None:
    network = moved_in(create_endpoints=False, endpoint_security_group_id="sg-0123456789abcdef0").stack(
        "network"
    )
    assert network.all("AWS::EC2::VPCEndpoint") == {}
    # All but the endpoints'.
    assert len(network.all("AWS::EC2::SecurityGroup")) == len(MEMBERS) + len(TASK_MEMBERS) - 1
    let_in = network.properties("AWS::EC2::SecurityGroupIngress")
    let_out = network.properties("AWS::EC2::SecurityGroupEgress")
    every = PATHS | POOLER_PATHS | BACKUP_PATHS
    callers = {(source, port) for source, target, port in every if target == "Endpoints"}
    assert {
        (group(it["SourceSecurityGroupId"]), it["FromPort"])
        for it in let_in
        if it["GroupId"] == "sg-0123456789abcdef0"
    } == callers
    assert {
        (group(it["GroupId"]), it["FromPort"])
        for it in let_out
        if it.get("DestinationSecurityGroupId") == "sg-0123456789abcdef0"
    } == callers
