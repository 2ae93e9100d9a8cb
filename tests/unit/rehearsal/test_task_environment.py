"""A task's process gets what its definition says, on an address of its own, and nothing of this shell."""

from pathlib import Path

import pytest

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.definition import Container, LogTo, container_of
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
