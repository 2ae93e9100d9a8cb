"""What the CDK CLI gives to docker is understood, and nothing else is taken for it."""

import json
from pathlib import Path

import pytest

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.images import docker
from tools.rehearsal.images.commands import Build, Command, Find, Inspect, Login, Push, Tag, parse
from tools.rehearsal.images.dockerfile import Start, start_of
from tools.rehearsal.images.store import Images
from tools.rehearsal.layout import Layout

NAME = "000000000000.dkr.ecr.us-east-1.amazonaws.com/assets:1"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["build", "--tag", "t", "."], Build(tag="t")),
        (
            ["build", "--build-arg", "A=--tag", "--tag", "t", "--file", "c/Dockerfile", "--platform",
             "linux/arm64", "--output=type=docker", "--no-cache", "."],
            Build(tag="t", dockerfile="c/Dockerfile"),
        ),
        (["--config", "/folder", "build", "--tag", "t", "."], Build(tag="t")),
        (["tag", "a", "b"], Tag(source="a", target="b")),
        (["push", NAME], Push(tag=NAME)),
        (["inspect", "t"], Inspect(tag="t")),
        (["login", "--username", "AWS", "--password-stdin", "host"], Login()),
        (["images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=*/*:1"], Find(tag="1")),
    ],
)  # fmt: skip
def test_the_clis_commands_are_understood(arguments: list[str], command: Command) -> None:
    assert parse(arguments) == command


@pytest.mark.parametrize("arguments", [[], ["run", "image"], ["build", "."], ["tag", "a"], ["images"]])
def test_anything_else_is_refused(arguments: list[str]) -> None:
    with pytest.raises(InvalidProperty, match="stand-in for docker"):
        parse(arguments)


def test_an_image_is_started_by_its_last_stage() -> None:
    text = """
    FROM a AS first
    ENTRYPOINT ["/first"]
    # ENTRYPOINT ["/comment"]
    FROM b
    entrypoint ["python3", \\
        "-m", "program"]
    CMD ["--flag"]
    """
    found = start_of(text, name="Dockerfile")
    assert found == Start(entrypoint=("python3", "-m", "program"), command=("--flag",))


def test_a_stage_without_a_start_has_none_of_the_stage_before() -> None:
    assert start_of('FROM a\nCMD ["x"]\nFROM b\n', name="Dockerfile") == Start()


def test_a_start_through_a_shell_is_refused() -> None:
    with pytest.raises(InvalidProperty, match="without a shell"):
        start_of("FROM a\nENTRYPOINT python3 -m program\n", name="Dockerfile")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "sub").mkdir(parents=True)
    (folder / "Dockerfile").write_text('FROM a\nCMD ["x"]\n')
    (folder / "sub" / "file").write_text("content")
    (folder / "sub" / "file").chmod(0o600)
    return folder


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path / "state")


def run(layout: Layout, directory: Path, *arguments: str) -> int:
    return docker.run(list(arguments), layout=layout, directory=directory)


def test_an_image_is_its_context_under_every_name_that_it_gets(layout: Layout, context: Path) -> None:
    assert run(layout, context, "inspect", "asset") == 1
    run(layout, context, "build", "--tag", "asset", ".")
    run(layout, context, "tag", "asset", NAME)
    assert run(layout, context, "inspect", NAME) == 0
    image = Images(layout.images).get(NAME)
    (context / "sub" / "file").write_text("changed later")
    kept = image.context / "sub" / "file"
    assert kept.read_text() == "content"
    assert kept.stat().st_mode & 0o777 == 0o644
    assert (image.python, image.start) == (None, Start(command=("x",)))


def test_names_are_found_by_their_tag(
    layout: Layout, context: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(layout, context, "build", "--tag", NAME, ".")
    run(layout, context, "images", "--filter", "reference=*/*:1")
    assert capsys.readouterr().out == f"{NAME}\n"


def test_a_dockerfile_that_is_not_there_is_named(layout: Layout, context: Path) -> None:
    with pytest.raises(InvalidProperty, match="has no other/Dockerfile"):
        run(layout, context, "build", "--tag", "t", "--file", "other/Dockerfile", ".")


def test_an_image_that_was_never_built_is_named_as_ecs_names_it(layout: Layout) -> None:
    with pytest.raises(InvalidProperty, match=f"CannotPullContainerError: there is no image {NAME}"):
        Images(layout.images).get(NAME)


def test_what_cannot_be_pushed_is_said(layout: Layout, context: Path) -> None:
    run(layout, context, "build", "--tag", "local:1", ".")
    with pytest.raises(InvalidProperty, match="local:1 cannot be pushed"):
        run(layout, context, "push", "local:1")


def test_the_cli_is_given_a_program_that_it_can_start(layout: Layout) -> None:
    program = docker.stand_in(layout)
    assert program.stat().st_mode & 0o111
    assert json.dumps(program.read_text()).count("tools.rehearsal.images.docker") == 1
