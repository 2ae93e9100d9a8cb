"""A toy service on ECS: its image, its template, and what its clients and the emulated AWS see of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tests.integration.rehearsal.emulated_aws import until
from tools.rehearsal.clouds import CONFIGURATION, session, variables
from tools.rehearsal.images.docker import stand_in
from tools.rehearsal.overlay import ACCOUNT
from tools.servers.addresses import free_address
from tools.state import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.integration.rehearsal.emulated_aws import EmulatedAws

CONTEXT = Path(__file__).with_name("toy_image")
REPOSITORY = "toys"


def client(aws: EmulatedAws, service: str) -> Any:  # noqa: ANN401  # boto3's client
    """A client of the emulated AWS for a service that the project has no types of."""
    maker = cast("Any", session(aws.tier.region))
    return maker.client(service, endpoint_url=aws.tier.endpoint, config=CONFIGURATION)


def docker(aws: EmulatedAws, *arguments: str, directory: Path = CONTEXT, given: str = "") -> tuple[int, str]:
    """Run a command as the CDK CLI runs docker; return the exit code and what was said."""
    done = subprocess.run(  # noqa: S603  # our own program
        [stand_in(aws.layout), *arguments],
        cwd=directory,
        env={**os.environ, **variables(aws.tier), VARIABLE: str(aws.layout.state)},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def publish(aws: EmulatedAws, tag: str) -> str:
    """Build and push the toy's image as the CDK CLI does; return its full name."""
    registry = f"{ACCOUNT}.dkr.ecr.{aws.tier.region}.amazonaws.com"
    name = f"{registry}/{REPOSITORY}:{tag}"
    for command in (
        ("login", "--username", "AWS", "--password-stdin", registry),
        ("build", "--tag", f"cdkasset-{tag}", "--platform", "linux/arm64", "."),
        ("tag", f"cdkasset-{tag}", name),
        ("push", name),
    ):
        code, said = docker(aws, *command, given="token")
        assert code == 0, said
    return name


@dataclass(kw_only=True)
class ToyService:
    """A stack with the toy in it."""

    aws: EmulatedAws
    name: str
    image: str
    port: int = field(default_factory=lambda: free_address()[1])
    health_port: int = field(default_factory=lambda: free_address()[1])

    @cached_property
    def ecs(self) -> Any:  # noqa: ANN401  # boto3's client
        return client(self.aws, "ecs")

    @cached_property
    def balancing(self) -> Any:  # noqa: ANN401  # boto3's client
        return client(self.aws, "elbv2")

    def deploy(self, *, count: int = 2, **more: str) -> str:
        """Create or update the stack; return the status that it ends in."""
        return self.aws.deploy(self.name, self.template(count, **more))

    def template(self, count: int, **more: str) -> dict[str, Any]:
        """The resources; `more` are variables of the container."""
        given = {
            "LISTEN_ADDRESS": "0.0.0.0",  # noqa: S104  # what a container listens on
            "LISTEN_PORT": str(self.port),
            "HEALTH_PORT": str(self.health_port),
            **more,
        }
        container = {
            "Name": "toy",
            "Image": self.image,
            "Essential": True,
            "PortMappings": [{"ContainerPort": self.port}],
            "StopTimeout": 5,
            "Environment": [{"Name": name, "Value": value} for name, value in given.items()],
            "LogConfiguration": {
                "LogDriver": "awslogs",
                "Options": {"awslogs-group": {"Ref": "Logs"}, "awslogs-stream-prefix": "toy"},
            },
        }
        return {
            "Logs": resource("AWS::Logs::LogGroup", LogGroupName=f"/toys/{self.name}"),
            "Cluster": resource("AWS::ECS::Cluster", ClusterName=self.name),
            "Definition": resource(
                "AWS::ECS::TaskDefinition",
                Family=self.name,
                NetworkMode="awsvpc",
                RequiresCompatibilities=["FARGATE"],
                Cpu="256",
                Memory="512",
                ContainerDefinitions=[container],
            ),
            "Balancer": resource(
                "AWS::ElasticLoadBalancingV2::LoadBalancer", Name=self.name, Type="network", Scheme="internal"
            ),
            "Group": resource(
                "AWS::ElasticLoadBalancingV2::TargetGroup",
                Port=self.port,
                Protocol="TCP",
                TargetType="ip",
                VpcId="vpc-1",
                HealthCheckProtocol="HTTP",
                HealthCheckPort=str(self.health_port),
                HealthCheckPath="/health",
                HealthCheckTimeoutSeconds=10,
                HealthyThresholdCount=2,
                UnhealthyThresholdCount=2,
                TargetGroupAttributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}],
            ),
            "Listener": resource(
                "AWS::ElasticLoadBalancingV2::Listener",
                LoadBalancerArn={"Ref": "Balancer"},
                Port=self.port,
                Protocol="TCP",
                DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
            ),
            "Names": resource(
                "AWS::ServiceDiscovery::PrivateDnsNamespace", Name=f"{self.name}.internal", Vpc="vpc-1"
            ),
            "Named": resource(
                "AWS::ServiceDiscovery::Service",
                Name="toy",
                NamespaceId={"Ref": "Names"},
                DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 10}]},
            ),
            "Service": {
                **resource(
                    "AWS::ECS::Service",
                    ServiceName=self.name,
                    Cluster={"Ref": "Cluster"},
                    TaskDefinition={"Ref": "Definition"},
                    DesiredCount=count,
                    LaunchType="FARGATE",
                    DeploymentConfiguration={"MinimumHealthyPercent": 100, "MaximumPercent": 200},
                    LoadBalancers=[
                        {
                            "ContainerName": "toy",
                            "ContainerPort": self.port,
                            "TargetGroupArn": {"Ref": "Group"},
                        }
                    ],
                    ServiceRegistries=[{"RegistryArn": {"Fn::GetAtt": ["Named", "Arn"]}}],
                ),
                "DependsOn": ["Listener"],
            },
        }

    @property
    def host(self) -> str:
        """The balancer's DNS name."""
        found = self.balancing.describe_load_balancers(Names=[self.name])["LoadBalancers"]
        return found[0].get("DNSName", "")

    @property
    def group(self) -> str:
        """The ARN of the target group."""
        groups = self.balancing.describe_target_groups()["TargetGroups"]
        return next(one.get("TargetGroupArn", "") for one in groups if one.get("Port") == self.port)

    @property
    def tasks(self) -> dict[str, str]:
        """The addresses of the running tasks, by ARN."""
        arns = self.ecs.list_tasks(cluster=self.name, serviceName=self.name, desiredStatus="RUNNING")[
            "taskArns"
        ]
        if not arns:
            return {}
        described = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]
        return {
            one.get("taskArn", ""): detail.get("value", "")
            for one in described
            if one.get("lastStatus") == "RUNNING"
            for attachment in one.get("attachments", [])
            for detail in attachment.get("details", [])
            if detail.get("name") == "privateIPv4Address"
        }

    def stopped(self, arn: str) -> tuple[str, int] | None:
        """Why a task was stopped and how it ended; None while it has not."""
        (one,) = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])["tasks"]
        if one.get("lastStatus") != "STOPPED":
            return None
        return one.get("stoppedReason", ""), one.get("containers", [])[0].get("exitCode", -1)

    @property
    def names(self) -> list[str]:
        """The addresses that the service's name stands for."""
        document = json.loads(self.aws.layout.names.read_text())
        return sorted(document["names"].get(f"toy.{self.name}.internal", []))

    def greeting(self) -> dict[str, Any]:
        """What the task says that the balancer chooses."""
        with self.client() as (_, greeting):
            return greeting

    @contextmanager
    def client(self) -> Generator[tuple[socket.socket, dict[str, Any]]]:
        """Connect through the balancer."""
        with socket.create_connection((self.host, self.port), timeout=30) as connection:
            yield connection, _greeting(connection)

    def greeting_at(self, host: str, port: int) -> dict[str, Any]:
        """What is said at an address, whether the emulated AWS lives or not."""
        with socket.create_connection((host, port), timeout=30) as connection:
            return _greeting(connection)

    def kill(self, address: str) -> None:
        """Kill the first process of the task at an address, and nothing else of it."""
        greeting = until(lambda: next((one for one in self._some() if one["address"] == address), None))
        assert isinstance(greeting, dict)
        os.kill(greeting["pid"], signal.SIGKILL)

    def _some(self) -> list[dict[str, Any]]:
        return [self.greeting() for _ in self.tasks]

    def story(self) -> str:
        """What ECS says has happened, for a test that finds something else than it expects."""
        (described,) = self.ecs.describe_services(cluster=self.name, services=[self.name])["services"]
        seen = self.balancing.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return "\n".join([*(event["message"] for event in described["events"]), *map(str, seen)])

    def health(self) -> set[str]:
        """How the balancer finds its targets."""
        found = self.balancing.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return {one.get("TargetHealth", {}).get("State", "") for one in found}

    def output(self) -> str:
        """All that the tasks have printed, as CloudWatch Logs knows it."""
        events = client(self.aws, "logs").filter_log_events(logGroupName=f"/toys/{self.name}")["events"]
        return "\n".join(event.get("message", "") for event in events)


def _greeting(connection: socket.socket) -> dict[str, Any]:
    with connection.makefile("rb") as reader:
        found: dict[str, Any] = json.loads(reader.readline())
    return found


def resource(kind: str, **properties: object) -> dict[str, Any]:
    """One resource of a template."""
    return {"Type": kind, "Properties": properties}
