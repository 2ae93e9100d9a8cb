"""A task's process gets what its definition says, on an address of its own, and nothing of this shell."""

from pathlib import Path

import pytest

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.definition import Container, LogTo, container_of, ephemeral_storage
from tools.rehearsal.fargate.environment import Place, arguments_of, environment_of
from tools.rehearsal.images.dockerfile import Start
from tools.rehearsal.images.store import Image

PLACE = Place(
    address="127.9.9.9",
    directory=Path("/tier/task"),
    memory=Path("/dev/shm/task"),  # noqa: S108  not touched
    cloud={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_DEFAULT_REGION": "us-east-1"},
    authority=Path("/tier/ca.pem"),
    names=Path("/tier/names.json"),
    programs={"PGBOUNCER": "/usr/sbin/pgbouncer"},
    path="/bin",
)


def container(**more: object) -> Container:
    return container_of({"family": "f", "containerDefinitions": [{"name": "c", "image": "i", **more}]})


def definition_of(*, volumes: list[dict[str, object]], points: list[dict[str, object]]) -> Container:
    declared = [{"name": "c", "image": "i", "mountPoints": points}]
    return container_of({"family": "f", "containerDefinitions": declared, "volumes": volumes})


def image(*entrypoint: str, command: tuple[str, ...] = (), python: str | None = "/env/bin/python") -> Image:
    return Image(
        context=Path("/tier/context"),
        python=Path(python) if python else None,
        start=Start(entrypoint=entrypoint, command=command),
    )


def test_a_definition_is_read_as_it_was_declared() -> None:
    found = container(
        environment=[{"name": "A", "value": "b"}],
        portMappings=[{"containerPort": "6432"}],
        stopTimeout="120",
        logConfiguration={
            "logDriver": "awslogs",
            "options": {"awslogs-group": "/g", "awslogs-stream-prefix": "p"},
        },
        ulimits=[{"Name": "nofile", "SoftLimit": 4096, "HardLimit": 4096}],
    )
    assert (found.environment, found.ports, found.stop_seconds) == ({"A": "b"}, (6432,), 120)
    assert found.logs == LogTo(group="/g", prefix="p")
    assert found.stream("id") == "p/c/id"
    assert found.files == 4096


def test_what_is_not_said_is_fargates() -> None:
    found = container()
    assert (found.stop_seconds, found.logs, found.files) == (30, None, 65_535)


def test_two_containers_are_refused() -> None:
    with pytest.raises(InvalidProperty, match="one container, not 2"):
        container_of({"family": "f", "containerDefinitions": [{"name": "a"}, {"name": "b"}]})


def test_secrets_of_the_definition_are_refused() -> None:
    with pytest.raises(InvalidProperty, match="Secrets"):
        container(secrets=[{"Name": "A", "ValueFrom": "arn"}])


def test_python_is_the_images_own() -> None:
    assert arguments_of(container(), image("python3", "-m", "x")) == ["/env/bin/python", "-m", "x"]
    assert arguments_of(container(), image("/usr/bin/python3.13")) == ["/env/bin/python"]
    assert arguments_of(container(), image("python3", python=None)) == ["python3"]
    assert arguments_of(container(), image("/bin/pythonic-not", "x", python=None)) == [
        "/bin/pythonic-not",
        "x",
    ]


def test_the_definition_goes_before_the_image() -> None:
    whole = image("a", command=("b",), python=None)
    assert arguments_of(container(), whole) == ["a", "b"]
    assert arguments_of(container(command=["c"]), whole) == ["a", "c"]
    assert arguments_of(container(entryPoint=["d"]), whole) == ["d"]


def test_nothing_to_start_is_refused() -> None:
    with pytest.raises(InvalidProperty, match="neither ENTRYPOINT nor CMD"):
        arguments_of(container(), image())


def test_every_address_becomes_the_tasks_own() -> None:
    declared = container(
        environment=[
            {"name": "LISTEN_ADDRESS", "value": "0.0.0.0"},  # noqa: S104  # what a container listens on
            {"name": "CA_BUNDLE", "value": "/in/the/image"},
            {"name": "AWS_DEFAULT_REGION", "value": "us-west-2"},
        ]
    )
    found = environment_of(declared, image("python3"), PLACE)
    assert found["LISTEN_ADDRESS"] == "127.9.9.9"
    assert found["CA_BUNDLE"] == "/tier/ca.pem"
    assert found["AWS_DEFAULT_REGION"] == "us-west-2"
    assert found["RUNTIME_DIRECTORY"] == "/dev/shm/task"  # noqa: S108  not touched
    assert found["PYTHONPATH"] == "/tier/context"
    assert found["PGBOUNCER"] == "/usr/sbin/pgbouncer"
    assert "USER" not in found


def test_a_volume_at_scratch_is_found_by_a_variable() -> None:
    mounted = definition_of(
        volumes=[{"Name": "data"}], points=[{"sourceVolume": "data", "containerPath": "/scratch"}]
    )
    assert environment_of(mounted, image("python3"), PLACE)["SCRATCH_DIRECTORY"] == str(PLACE.scratch)
    assert PLACE.scratch.is_relative_to(PLACE.memory)  # a socket's path in it stays short
    assert "SCRATCH_DIRECTORY" not in environment_of(container(), image("python3"), PLACE)


@pytest.mark.parametrize(
    ("volume", "path", "says"),
    [
        ({"Name": "other"}, "/scratch", "there is no volume data"),
        (
            {"Name": "data", "EFSVolumeConfiguration": {"FilesystemId": "fs"}},
            "/scratch",
            "more than a folder",
        ),
        ({"name": "data"}, "/var/data", "no path of its own but /scratch"),
    ],
)
def test_another_volume_is_refused(volume: dict[str, object], path: str, says: str) -> None:
    with pytest.raises(InvalidProperty, match=says):
        definition_of(volumes=[volume], points=[{"sourceVolume": "data", "containerPath": path}])


def test_a_run_changes_the_command_and_adds_to_the_variables() -> None:
    declared = container(
        command=["take"], environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    )
    ours = {"name": "c", "command": ["drill"], "environment": [{"name": "B", "value": "3"}]}
    found = declared.overridden({"containerOverrides": [ours]})
    assert (found.command, found.environment) == (("drill",), {"A": "1", "B": "3"})
    assert declared.overridden({"containerOverrides": [{"name": "c"}]}) == declared
    assert declared.overridden({}) == declared


def test_a_run_of_another_container_is_refused() -> None:
    with pytest.raises(InvalidProperty, match="named d is not a container in the TaskDefinition"):
        container().overridden({"containerOverrides": [{"name": "d"}]})


@pytest.mark.parametrize("gib", [20, 201, "much", None])
def test_a_disk_that_fargate_does_not_have_is_refused(gib: object) -> None:
    with pytest.raises(InvalidProperty, match="not from 21 to 200"):
        ephemeral_storage(gib)


@pytest.mark.parametrize("gib", [21, "200"])
def test_a_disk_that_fargate_has_is_kept(gib: object) -> None:
    assert ephemeral_storage(gib) == {"sizeInGiB": int(str(gib))}
