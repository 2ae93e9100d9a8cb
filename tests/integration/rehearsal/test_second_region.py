"""What a stack of the recovery region declares around a task is created there, and nothing of it here."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.integration.rehearsal.emulated_aws import RECOVERY_REGION
from tests.integration.rehearsal.toy_buckets import ToyBuckets
from tests.integration.rehearsal.toy_containers import resource

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws


def network() -> dict[str, Any]:
    """A VPC with a way to the internet, and a gateway endpoint of S3."""
    vpc, table = {"Ref": "Vpc"}, {"Ref": "Table"}
    return {
        "Vpc": resource("AWS::EC2::VPC", CidrBlock="10.9.0.0/16", EnableDnsHostnames=True),
        "Subnet": resource(
            "AWS::EC2::Subnet", VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{RECOVERY_REGION}a"
        ),
        "Gateway": resource("AWS::EC2::InternetGateway"),
        "Attached": resource(
            "AWS::EC2::VPCGatewayAttachment", VpcId=vpc, InternetGatewayId={"Ref": "Gateway"}
        ),
        "Table": resource("AWS::EC2::RouteTable", VpcId=vpc),
        "Route": {
            **resource(
                "AWS::EC2::Route",
                RouteTableId=table,
                DestinationCidrBlock="0.0.0.0/0",
                GatewayId={"Ref": "Gateway"},
            ),
            "DependsOn": "Attached",
        },
        "Association": resource(
            "AWS::EC2::SubnetRouteTableAssociation", RouteTableId=table, SubnetId={"Ref": "Subnet"}
        ),
        "Group": resource("AWS::EC2::SecurityGroup", GroupDescription="toy", VpcId=vpc),
        "Endpoint": resource(
            "AWS::EC2::VPCEndpoint",
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{RECOVERY_REGION}.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[table],
        ),
    }


def backup_plan(name: str) -> dict[str, Any]:
    """All of AWS Backup that a stack may declare."""
    rule = {
        "RuleName": "nightly",
        "TargetBackupVault": {"Ref": "Vault"},
        "ScheduleExpression": "cron(0 2 * * ? *)",
    }
    role = f"arn:aws:iam::{'0' * 12}:role/toy"
    return {
        "Vault": resource("AWS::Backup::BackupVault", BackupVaultName=name),
        "Plan": resource(
            "AWS::Backup::BackupPlan", BackupPlan={"BackupPlanName": name, "BackupPlanRule": [rule]}
        ),
        "Selection": resource(
            "AWS::Backup::BackupSelection",
            BackupPlanId={"Ref": "Plan"},
            BackupSelection={"SelectionName": name, "IamRoleArn": role, "Resources": ["arn:aws:rds:*"]},
        ),
        "Testing": resource(
            "AWS::Backup::RestoreTestingPlan",
            RestoreTestingPlanName=name.replace("-", "_"),
            ScheduleExpression="cron(0 5 ? * SUN *)",
            RecoveryPointSelection={"Algorithm": "LATEST_WITHIN_WINDOW", "RecoveryPointTypes": ["SNAPSHOT"]},
        ),
        "Tested": resource(
            "AWS::Backup::RestoreTestingSelection",
            RestoreTestingPlanName={"Ref": "Testing"},
            RestoreTestingSelectionName="rds",
            ProtectedResourceType="RDS",
            IamRoleArn=role,
        ),
    }


def test_a_network_with_a_way_out_is_there_and_nowhere_else(aws: EmulatedAws) -> None:
    toy = ToyBuckets(aws=aws)
    status, reasons = toy.create(RECOVERY_REGION, toy.name, network())
    assert status == "CREATE_COMPLETE", reasons
    mine = {"Filters": [{"Name": "cidr", "Values": ["10.9.0.0/16"]}]}
    assert len(toy.client("ec2", RECOVERY_REGION).describe_vpcs(**mine)["Vpcs"]) == 1
    assert toy.client("ec2").describe_vpcs(**mine)["Vpcs"] == []
    tables = toy.client("ec2", RECOVERY_REGION).describe_route_tables()["RouteTables"]
    routes = [route for table in tables for route in table["Routes"]]
    assert any(route.get("GatewayId", "").startswith("igw-") for route in routes)


def test_what_aws_backup_would_do_is_kept(aws: EmulatedAws) -> None:
    toy = ToyBuckets(aws=aws)
    status, reasons = toy.create(RECOVERY_REGION, toy.name, backup_plan(f"toy-{secrets.token_hex(4)}"))
    assert status == "CREATE_COMPLETE", reasons
