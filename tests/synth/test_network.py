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
MEMBERS = ("Client", "Postgres", "Redis", "Endpoints", "Bootstrap", "RotatePostgres", "AuthenticateRedis")


def group(reference: dict[str, Any]) -> str:
    """The role of the security group behind `GetAtt`, out of its logical id."""
    logical_id = reference["Fn::GetAtt"][0]
    return next(name for name in MEMBERS if logical_id.startswith(f"SecurityGroups{name}"))


def test_nothing_leads_to_the_internet(tier: Tier) -> None:
    doors = ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::EC2::EIP")
    assert [it for door in doors for it in tier.all(door)] == []


def test_no_subnet_gives_out_public_addresses(tier: Tier) -> None:
    subnets = tier.stack("network").properties("AWS::EC2::Subnet")
    assert [it["AvailabilityZone"] for it in subnets] == list(tier.environment.network.availability_zones)
    assert not any(it["MapPublicIpOnLaunch"] for it in subnets)


def test_security_groups_let_in_exactly_the_paths_that_are_used(tier: Tier) -> None:
    rules = tier.stack("network").properties("AWS::EC2::SecurityGroupIngress")
    assert {(group(r["SourceSecurityGroupId"]), group(r["GroupId"]), r["FromPort"]) for r in rules} == PATHS
    assert all(r["FromPort"] == r["ToPort"] and r["IpProtocol"] == "tcp" for r in rules)


def test_security_groups_let_out_exactly_the_paths_that_are_used(tier: Tier) -> None:
    rules = tier.stack("network").properties("AWS::EC2::SecurityGroupEgress")
    assert {
        (group(r["GroupId"]), group(r["DestinationSecurityGroupId"]), r["FromPort"]) for r in rules
    } == PATHS


def test_no_security_group_names_an_address_range_that_holds_an_address(tier: Tier) -> None:
    for it in tier.stack("network").properties("AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in it
        # EC2 takes an absent list for "everything out"; this rule names an address that cannot exist.
        cidrs = {rule["CidrIp"] for rule in it.get("SecurityGroupEgress", [])}
        assert cidrs <= {"255.255.255.255/32"}


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
    ]
    assert len(worn) >= 4
    assert all(len(groups) == 1 and "SecurityGroups" in str(groups[0]) for groups in worn)


def test_the_one_endpoint_is_secrets_managers_in_the_zones_asked_for(tier: Tier) -> None:
    endpoint = tier.stack("network").one("AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Interface"
    assert endpoint["ServiceName"] == "com.amazonaws.us-east-1.secretsmanager"
    assert len(endpoint["SubnetIds"]) == len(tier.environment.network.endpoint_zones)
    assert [group(it) for it in endpoint["SecurityGroupIds"]] == ["Endpoints"]


def test_the_endpoint_lets_this_account_read_its_own_secrets_and_rotate_the_tiers(tier: Tier) -> None:
    reads, writes = tier.stack("network").one("AWS::EC2::VPCEndpoint")["PolicyDocument"]["Statement"]
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
        existing = {"vpc_id": VPC_ID, "isolated_subnet_ids": ("subnet-0a", "subnet-0b"), **choices}
        network = settings.network.model_copy(update=existing)
        return synthesize(settings.model_copy(update={"network": network}))

    return moved_in


def test_an_existing_vpc_is_moved_into_and_not_made(moved_in: Callable[..., Tier]) -> None:
    tier = moved_in(create_endpoints=True)
    network = tier.stack("network")
    assert network.all("AWS::EC2::VPC") == network.all("AWS::EC2::Subnet") == {}
    assert {it["VpcId"] for it in network.properties("AWS::EC2::SecurityGroup")} == {VPC_ID}
    assert tier.stack("database").one("AWS::RDS::DBSubnetGroup")["SubnetIds"] == ["subnet-0a", "subnet-0b"]
    assert network.one("AWS::EC2::VPCEndpoint")["SubnetIds"] == ["subnet-0a", "subnet-0b"]
    assert "noSubnetRouteTableId" not in (tier.directory / "manifest.json").read_text("utf-8")


def test_where_a_vpc_has_an_endpoint_the_tier_makes_none_and_is_let_into_it(
    moved_in: Callable[..., Tier],
) -> None:
    network = moved_in(create_endpoints=False, endpoint_security_group_id="sg-0123456789abcdef0").stack(
        "network"
    )
    assert network.all("AWS::EC2::VPCEndpoint") == {}
    assert len(network.all("AWS::EC2::SecurityGroup")) == len(MEMBERS) - 1  # all but the endpoints'
    let_in = network.properties("AWS::EC2::SecurityGroupIngress")
    let_out = network.properties("AWS::EC2::SecurityGroupEgress")
    callers = {(source, port) for source, target, port in PATHS if target == "Endpoints"}
    assert {
        (group(it["SourceSecurityGroupId"]), it["FromPort"])
        for it in let_in
        if it["GroupId"] == "sg-0123456789abcdef0"
    } == callers
    assert {
        (group(it["GroupId"]), it["FromPort"])
        for it in let_out
        if it["DestinationSecurityGroupId"] == "sg-0123456789abcdef0"
    } == callers
