"""An ECS service of a template runs its tasks: behind the balancer, under a name, replaced without a gap."""

from __future__ import annotations

import io
import json
import secrets
import socket
import threading
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.rehearsal.emulated_aws import until
from tests.integration.rehearsal.toy_containers import REPOSITORY, ToyService, client, docker, publish
from tools.rehearsal import ledger
from tools.rehearsal.fidelity import Declared, Judged, judge
from tools.rehearsal.servers import states
from tools.servers.processes import stat_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tests.integration.rehearsal.emulated_aws import EmulatedAws


@pytest.fixture(scope="session")
def image(aws: EmulatedAws) -> str:
    client(aws, "ecr").create_repository(repositoryName=REPOSITORY)
    return publish(aws, "1")


@pytest.fixture
def service(aws: EmulatedAws, image: str) -> Iterator[ToyService]:
    toy = ToyService(aws=aws, name=f"toy-{secrets.token_hex(4)}", image=image)
    yield toy
    aws.stacks.delete_stack(StackName=toy.name)
    until(lambda: not [one for one in states(aws.layout) if one.identifier.startswith(toy.name)])


def test_its_tasks_take_turns_behind_the_balancer(service: ToyService) -> None:
    assert service.deploy(GREETING="hello") == "CREATE_COMPLETE", service.aws.reasons(service.name)
    greetings = [service.greeting() for _ in range(4)]
    assert {one["said"] for one in greetings} == {"hello"}
    addresses = [one["address"] for one in greetings]
    assert set(addresses) == set(service.tasks.values())
    assert addresses[:2] == addresses[2:]
    assert service.health() == {"healthy"}


def test_its_name_stands_for_all_its_tasks_inside_a_lambda(
    service: ToyService, resolver: Callable[[str], object]
) -> None:
    service.deploy()
    name = f"toy.{service.name}.internal"
    assert resolver(name) == sorted(service.tasks.values())
    assert resolver(f"nobody.{service.name}.internal") == "Name or service not known"
    assert resolver("localhost") == ["127.0.0.1"]


def test_a_killed_task_is_replaced_with_all_that_it_had_started(service: ToyService) -> None:
    service.deploy()
    before = set(service.tasks.values())
    killed = min(before)
    assert len(pids_at(killed)) == 2
    service.kill(killed)
    until(lambda: replaced(service, killed))
    until(lambda: service.names == sorted(service.tasks.values()))
    until(lambda: not pids_at(killed))
    assert {service.greeting()["address"] for _ in range(4)} == set(service.tasks.values()), service.story()


def test_an_update_starts_the_new_tasks_before_it_drains_the_old_ones(service: ToyService) -> None:
    service.deploy(GREETING="old")
    old = set(service.tasks.values())
    with service.client() as (connection, greeting), watching(service) as seen:
        assert greeting["said"] == "old"
        assert service.deploy(GREETING="new") == "UPDATE_COMPLETE"
        assert service.greeting()["said"] == "new"
        connection.sendall(b"still there?")
        assert connection.recv(100) == b"still there?"
    until(lambda: not old & running_at(service))
    assert not seen.refused
    assert seen.answered > 0
    assert set(service.tasks.values()) == running_at(service)
    assert "the toy has drained" in service.output()


def test_a_task_that_cannot_start_fails_the_deployment_with_its_last_words(service: ToyService) -> None:
    assert service.deploy(FAULT="start") == "ROLLBACK_COMPLETE"
    reasons = service.aws.reasons(service.name)
    assert "3 tasks in a row have failed" in reasons
    assert "exited with code 3" in reasons
    assert "the toy is told to fail" in reasons


def test_a_task_that_is_never_healthy_fails_the_deployment(service: ToyService) -> None:
    assert service.deploy(FAULT="health") == "ROLLBACK_COMPLETE"
    assert "HTTP 503" in service.aws.reasons(service.name)


def test_an_update_that_fails_leaves_the_old_tasks_at_work(service: ToyService) -> None:
    service.deploy(GREETING="old")
    before = set(service.tasks.values())
    with watching(service) as seen:
        assert service.deploy(FAULT="start") == "UPDATE_ROLLBACK_COMPLETE"
    assert not seen.refused
    assert set(service.tasks.values()) == before, service.story()
    assert service.greeting()["said"] == "old"
    service.kill(min(before))
    until(lambda: replaced(service, min(before)))
    until(lambda: service.names == sorted(service.tasks.values()))
    assert {service.greeting()["said"] for _ in range(4)} == {"old"}
    assert service.deploy(GREETING="new") == "UPDATE_COMPLETE"
    assert service.greeting()["said"] == "new"


def test_stop_task_stops_it_gracefully_and_another_takes_its_place(service: ToyService) -> None:
    service.deploy()
    arn, address = min(service.tasks.items())
    service.ecs.stop_task(cluster=service.name, task=arn, reason="a person wants it")
    until(lambda: replaced(service, address))
    stopped = until(lambda: service.stopped(arn))
    assert stopped == ("a person wants it", 0)
    assert address not in running_at(service)


def test_a_task_that_ignores_being_stopped_is_killed_after_its_time(service: ToyService) -> None:
    service.deploy(count=1, FAULT="stubborn")
    (arn, address), *_ = service.tasks.items()
    service.ecs.stop_task(cluster=service.name, task=arn)
    stopped = until(lambda: service.stopped(arn))
    assert stopped == ("Task stopped by user", 128 + 9)
    assert address not in running_at(service)


def test_it_grows_and_shrinks(service: ToyService) -> None:
    service.deploy(count=1)
    first = set(service.tasks.values())
    assert service.deploy(count=3) == "UPDATE_COMPLETE"
    assert first < set(service.tasks.values())
    assert len(service.tasks) == 3
    assert service.deploy(count=1) == "UPDATE_COMPLETE"
    until(lambda: len(running_at(service)) == 1)


def test_what_a_container_is_given_is_this_machines_and_the_account_is_not_root(
    service: ToyService,
) -> None:
    service.deploy(count=1)
    said = until(service.output)
    assert f"CA_BUNDLE={service.aws.layout.authority / 'ca.pem'}" in str(said)
    assert "uid=0" not in str(said)


def test_an_image_that_was_never_pushed_fails_the_deployment(service: ToyService) -> None:
    service.image = service.image.replace(":1", ":missing")
    assert service.deploy() == "ROLLBACK_COMPLETE"
    assert "CannotPullContainerError" in service.aws.reasons(service.name)


def test_a_listener_whose_port_is_taken_fails_with_the_reason(service: ToyService) -> None:
    with socket.create_server(("0.0.0.0", service.port)):  # noqa: S104  # every address of this machine
        assert service.deploy() == "ROLLBACK_COMPLETE"
    assert "Address already in use" in service.aws.reasons(service.name)


@pytest.mark.parametrize(
    ("kind", "proven", "not_proven"),
    [
        ("AWS::ECS::Service", "DesiredCount", "LaunchType"),
        ("AWS::ECS::TaskDefinition", "ContainerDefinitions", "Memory"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Type", "Scheme"),
        ("AWS::ElasticLoadBalancingV2::Listener", "Port", None),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "HealthCheckPath", "VpcId"),
        ("AWS::ServiceDiscovery::Service", "DnsConfig", None),
        ("AWS::ServiceDiscovery::PrivateDnsNamespace", "Name", "Vpc"),
    ],
)
def test_it_counts_as_executed_by_what_ran_and_for_no_more(
    deployed: dict[str, Judged], kind: str, proven: str, not_proven: str | None
) -> None:
    judged = deployed[kind]
    assert judged.standing == "executed"
    assert proven in judged.honoured
    assert not_proven is None or not_proven not in judged.honoured


def test_the_cdk_learns_from_the_registry_what_is_there(aws: EmulatedAws, image: str) -> None:
    registry = client(aws, "ecr")
    described = registry.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "1"}])
    assert described["imageDetails"]
    with pytest.raises(registry.exceptions.ImageNotFoundException):
        registry.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "2"}])
    assert docker(aws, "inspect", image)[0] == 0
    assert docker(aws, "inspect", "cdkasset-2")[0] == 1
    assert publish(aws, "1") == image


@pytest.fixture(scope="module")
def deployed(aws: EmulatedAws, image: str) -> dict[str, Judged]:
    """How real each resource of a stack is that was deployed and has gone again."""
    toy = ToyService(aws=aws, name=f"toy-{secrets.token_hex(4)}", image=image)
    assert toy.deploy() == "CREATE_COMPLETE", aws.reasons(toy.name)
    template = toy.template(2)
    listed = aws.stacks.describe_stack_resources(StackName=toy.name)["StackResources"]
    declared = [
        Declared(
            region=aws.tier.region,
            stack=toy.name,
            logical_id=one["LogicalResourceId"],
            resource_type=one["ResourceType"],
            physical_id=one.get("PhysicalResourceId", ""),
            properties=frozenset(template[one["LogicalResourceId"]]["Properties"]),
        )
        for one in listed
    ]
    found = judge(declared, ledger.read(aws.layout.ledger))
    aws.stacks.delete_stack(StackName=toy.name)
    until(lambda: not running_at(toy))
    return {one.resource.resource_type: one for one in found.judged}


@pytest.fixture(scope="session")
def resolver(aws: EmulatedAws) -> Callable[[str], object]:
    """Resolves a name inside a Lambda: sorted addresses, or what the resolver says."""
    code = (
        "import socket\n"
        "def handler(event, _):\n"
        "    try:\n"
        "        return sorted({one[4][0] for one in socket.getaddrinfo(event, 1, socket.AF_INET)})\n"
        "    except socket.gaierror as error:\n"
        "        return error.strerror\n"
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("resolve.py", code)
    aws.functions.create_function(
        FunctionName="resolve",
        Runtime="python3.13",
        Handler="resolve.handler",
        Role=f"arn:aws:iam::{'0' * 12}:role/resolve",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )

    def resolve(name: str) -> object:
        answer = aws.functions.invoke(FunctionName="resolve", Payload=json.dumps(name))
        return json.loads(answer["Payload"].read())

    return resolve


@dataclass(kw_only=True)
class Watched:
    """What a client has seen that connects again and again."""

    answered: int = 0
    refused: list[str] = field(default_factory=list[str])


@contextmanager
def watching(service: ToyService) -> Generator[Watched]:
    """Connect again and again meanwhile."""
    seen, over, host = Watched(), threading.Event(), service.host

    def connect() -> None:
        while not over.is_set():
            try:
                with socket.create_connection((host, service.port), timeout=30) as connection:
                    if connection.recv(1000):
                        seen.answered += 1
                    else:
                        seen.refused.append("closed without a word")
            except OSError as error:
                seen.refused.append(str(error))
            over.wait(0.01)  # a client, not a flood: the toy answers for its health too

    thread = threading.Thread(target=connect)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def replaced(service: ToyService, address: str) -> bool:
    """Whether there are two tasks again, and none of them at an address."""
    found = service.tasks.values()
    return len(found) == 2 and address not in found


def running_at(service: ToyService) -> set[str]:
    """The addresses of the service's processes that run, whatever the emulated AWS says."""
    return {
        str(one.endpoint).partition(":")[0]
        for one in states(service.aws.layout)
        if one.identifier.startswith(f"{service.name}/") and one.pid
    }


def pids_at(address: str) -> list[int]:
    """Every process of the task at an address."""
    marked: list[int] = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"LISTEN_ADDRESS={address}".encode() in environ.read_bytes().split(b"\0"):
                marked.append(int(environ.parent.name))
    return [pid for pid in marked if stat_fields(pid) and stat_fields(pid)[0] != "Z"]
