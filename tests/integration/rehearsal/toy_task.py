"""A toy task on ECS that no service runs: its image, its template, and what is seen of it in a region."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tests.integration.rehearsal.emulated_aws import until
from tests.integration.rehearsal.toy_containers import docker, resource
from tools.rehearsal.clouds import CONFIGURATION, session
from tools.rehearsal.overlay import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.rehearsal.emulated_aws import EmulatedAws

CONTEXT = Path(__file__).with_name("toy_task_image")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/toy"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}


def task_image(aws: EmulatedAws) -> str:
    """Build and push the image as the CDK CLI does, to the recovery region; return its full name."""
    maker = cast("Any", session(aws.tier.recovery_region))
    registry = maker.client("ecr", endpoint_url=aws.tier.endpoint, config=CONFIGURATION)
    with suppress(registry.exceptions.RepositoryAlreadyExistsException):
        registry.create_repository(repositoryName="toy-tasks")
    name = f"{ACCOUNT}.dkr.ecr.{aws.tier.recovery_region}.amazonaws.com/toy-tasks:1"
    for command in (
        ("build", "--tag", "cdkasset-toy-task", "."),
        ("tag", "cdkasset-toy-task", name),
        ("push", name),
    ):
        code, said = docker(aws, *command, directory=CONTEXT)
        assert code == 0, said
    return name


@dataclass(kw_only=True)
class ToyTask:
    """A stack with a cluster, a task definition, and a rule that runs it each week."""

    aws: EmulatedAws
    image: str
    region: str
    name: str = field(default_factory=lambda: f"toy-{secrets.token_hex(4)}")

    def client(self, service: str) -> Any:  # noqa: ANN401  # boto3's client
        """A client in the task's region."""
        maker = cast("Any", session(self.region))
        return maker.client(service, endpoint_url=self.aws.tier.endpoint, config=CONFIGURATION)

    @cached_property
    def ecs(self) -> Any:  # noqa: ANN401  # boto3's client
        """A client of ECS."""
        return self.client("ecs")

    def deploy(self, **more: object) -> str:
        """Create the stack; return the status that it ends in."""
        stacks = self.client("cloudformation")
        template = json.dumps({"Resources": self.template(**more)})
        stacks.create_stack(StackName=self.name, TemplateBody=template)

        def settled() -> str | None:
            status = stacks.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            return None if status.endswith("IN_PROGRESS") else str(status)

        return str(until(settled))

    def reasons(self) -> str:
        """What failed in the stack, in words."""
        events = self.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def template(self, **more: object) -> dict[str, Any]:
        """The resources; `more` are changes of the task definition."""
        container = {
            "Name": "toy",
            "Image": self.image,
            "StopTimeout": 2,
            "Environment": [{"Name": "TOY", "Value": self.name}],
            "MountPoints": [{"ContainerPath": "/scratch", "SourceVolume": "scratch", "ReadOnly": False}],
            "LogConfiguration": {
                "LogDriver": "awslogs",
                "Options": {"awslogs-group": {"Ref": "Logs"}, "awslogs-stream-prefix": "toy"},
            },
        }
        definition = {
            "Family": self.name,
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "Cpu": "256",
            "Memory": "512",
            "EphemeralStorage": {"SizeInGiB": 40},
            "Volumes": [{"Name": "scratch"}],
            "ContainerDefinitions": [container],
        }
        target = {
            "Id": "toy",
            "Arn": {"Fn::GetAtt": ["Cluster", "Arn"]},
            "RoleArn": ROLE,
            "Input": json.dumps(overrides("end", "0", SAID="a rule")),
            "EcsParameters": {
                "TaskDefinitionArn": {"Ref": "Definition"},
                "TaskCount": 1,
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {"AwsVpcConfiguration": {"Subnets": ["subnet-1"]}},
            },
        }
        return {
            "Logs": resource("AWS::Logs::LogGroup", LogGroupName=f"/toys/{self.name}"),
            "Cluster": resource("AWS::ECS::Cluster", ClusterName=self.name),
            "Definition": resource("AWS::ECS::TaskDefinition", **definition | more),
            "Weekly": resource(
                "AWS::Events::Rule",
                Name=self.name,
                ScheduleExpression="cron(0 6 ? * SUN *)",
                State="ENABLED",
                Targets=[target],
            ),
        }

    def run(self, *command: str, count: int = 1, **environment: str) -> list[str]:
        """Run tasks; return their ARNs."""
        answer = self.ecs.run_task(
            cluster=self.name,
            taskDefinition=self.name,
            launchType="FARGATE",
            count=count,
            startedBy="a test",
            networkConfiguration=NETWORK,
            overrides=overrides(*command, **environment),
        )
        assert answer["failures"] == []
        return [str(one["taskArn"]) for one in answer["tasks"]]

    def described(self, arn: str) -> dict[str, Any]:
        """What DescribeTasks says of one."""
        (found,) = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])["tasks"]
        return dict(found)

    def ended(self, arn: str) -> dict[str, Any]:
        """Wait until a task has stopped; return what is said of it."""
        until(lambda: self.described(arn)["lastStatus"] == "STOPPED")
        return self.described(arn)

    def exit_code(self, arn: str) -> int | None:
        """Wait until a task has stopped; return how its container ended."""
        code: int | None = self.ended(arn)["containers"][0].get("exitCode")
        return code

    def listed(self, **wanted: str) -> list[str]:
        """The ARNs that ListTasks finds."""
        return list(self.ecs.list_tasks(cluster=self.name, **wanted)["taskArns"])

    def output(self) -> str:
        """All that the tasks have printed, as CloudWatch Logs knows it."""
        events = self.client("logs").filter_log_events(logGroupName=f"/toys/{self.name}")["events"]
        return "\n".join(event.get("message", "") for event in events)

    def counted(self, namespace: str, metric: str, **dimensions: str) -> float | None:
        """Return the sum of a metric of the last days; None where nothing was ever counted."""
        wanted = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        series = {"Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": wanted}}
        found = self.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": {**series, "Period": 300, "Stat": "Sum"}}],
            StartTime="2020-01-01T00:00:00Z",
            EndTime="2100-01-01T00:00:00Z",
        )["MetricDataResults"][0]["Values"]
        return sum(found) if found else None

    def folder(self, arn: str) -> Path:
        """The folder of a task on this machine."""
        return self.aws.layout.tasks / self.region / arn.rpartition("/")[2]


def overrides(*command: str, **environment: str) -> Mapping[str, Any]:
    """The overrides of a RunTask."""
    one: dict[str, Any] = {"name": "toy"}
    if command:
        one["command"] = list(command)
    if environment:
        one["environment"] = [{"name": name, "value": value} for name, value in environment.items()]
    return {"containerOverrides": [one]}
