"""What the CDK CLI runs as `docker` in a rehearsal: keeps images as their build contexts, builds no layer.

Run as `python -m tools.rehearsal.images.docker …` by the script that `stand_in` writes. Talks to the emulated
registry alone, so that the CLI finds there tomorrow what it has pushed today.
"""

import hashlib
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any, cast

from tools.rehearsal.errors import InvalidProperty, RehearsalError
from tools.rehearsal.images.commands import Build, Find, Inspect, Login, Push, Tag, parse
from tools.rehearsal.images.store import LOCK, Images
from tools.rehearsal.interpreters import RESOLVER, Interpreter
from tools.rehearsal.layout import Layout
from tools.servers.errors import ServerError
from tools.servers.pythons import lent_python
from tools.state import repository_root, state_directory

REFUSED = 2
"""Any code but 1, which the CLI reads as `there is no such image`."""

TAKEN = "ImageTagAlreadyExistsException"


def stand_in(layout: Layout) -> Path:
    """Write the script that the CLI is to run as `docker`, and return it."""
    layout.docker.parent.mkdir(parents=True, exist_ok=True)
    python, root = shlex.quote(sys.executable), shlex.quote(str(repository_root()))
    layout.docker.write_text(
        f'#!/bin/sh\nPYTHONPATH={root} exec {python} -m tools.rehearsal.images.docker "$@"\n',
        encoding="utf-8",
    )
    layout.docker.chmod(0o755)
    return layout.docker


def run(arguments: list[str], *, layout: Layout, directory: Path) -> int:
    """Do a command in a folder; return its exit code. Raises RehearsalError, ServerError."""
    images = Images(layout.images)
    match parse(arguments):
        case Build() as build:
            context = directory / build.context
            _build(images, build, context=context, layout=layout)
        case Tag() as tag:
            images.tag(tag.source, tag.target)
        case Push() as push:
            _push(images, push.tag)
        case Inspect() as inspect:
            return 0 if images.has(inspect.tag) else 1
        case Find() as find:
            sys.stdout.write("".join(f"{name}\n" for name in images.names(find.tag)))
        case Login():
            sys.stdin.read()
    return 0


def _build(images: Images, build: Build, *, context: Path, layout: Layout) -> None:
    """Keep the context; where a lock lies beside the Dockerfile, build the Python environment of it."""
    lock = (context / build.dockerfile).parent / LOCK
    python: Path | None = None
    if lock.is_file():
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
        directory = layout.container_environments / digest
        interpreter = Interpreter(directory=directory, lock=lock, modules=RESOLVER, base=lent_python())
        interpreter.prepare()
        python = interpreter.directory / "bin" / "python"
    images.add(build.tag, context=context, dockerfile=build.dockerfile, python=python)


def _push(images: Images, name: str) -> None:
    # Imported here: the CLI runs this program six times for an image, and one of them needs AWS' client.
    from botocore.exceptions import ClientError  # noqa: PLC0415  # see above

    from tools.rehearsal.clouds import CONFIGURATION, session  # noqa: PLC0415  # see above

    registry, _, rest = name.partition("/")
    repository, _, tag = rest.rpartition(":")
    words = registry.split(".")
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not images.has(name) or words[1:3] != ["dkr", "ecr"] or not endpoint:
        raise InvalidProperty(f"{name} cannot be pushed: it is no image of the emulated ECR")
    maker = cast("Any", session(words[3]))  # the project has no types of this client
    registry_client = maker.client("ecr", endpoint_url=endpoint, config=CONFIGURATION)
    try:
        registry_client.put_image(
            repositoryName=repository, imageTag=tag, imageManifest=json.dumps({"image": name})
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != TAKEN:
            raise InvalidProperty(f"{name} cannot be pushed: {error}") from error


def main() -> int:
    """Run as the CLI runs `docker`."""
    try:
        return run(sys.argv[1:], layout=Layout(state=state_directory()), directory=Path.cwd())
    except (RehearsalError, ServerError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED


if __name__ == "__main__":
    sys.exit(main())
