"""The commands that the CDK CLI gives to `docker`, parsed. Pure.

Source: `cdk-assets-lib`, `docker.ts`, of the CDK CLI in pnpm-lock.yaml. Anything else is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tools.rehearsal.errors import InvalidProperty

DOCKERFILE = "Dockerfile"
CURRENT = "."
NO_VALUE = {"--no-cache", "--password-stdin"}
"""Options of these commands that stand alone."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """`build`: the tag to give, the Dockerfile within the context, the context as it is named."""

    tag: str
    dockerfile: str = DOCKERFILE
    context: str = CURRENT


@dataclass(frozen=True, kw_only=True)
class Tag:
    """`tag`: one more name for an image."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Push:
    """`push`: send an image to the registry that its name begins with."""

    tag: str


@dataclass(frozen=True, kw_only=True)
class Inspect:
    """`inspect`: is there such an image?"""

    tag: str


@dataclass(frozen=True, kw_only=True)
class Find:
    """`images --filter reference=*/*:TAG`: names of images by the part behind the colon."""

    tag: str


@dataclass(frozen=True, kw_only=True)
class Login:
    """`login`: the password comes on standard input, and is of no use here."""


Command: TypeAlias = Build | Tag | Push | Inspect | Find | Login


def parse(arguments: Sequence[str]) -> Command:
    """Return the command. Raises InvalidProperty for one that the CDK CLI does not give."""
    rest = list(arguments)
    if rest[:1] == ["--config"]:
        rest = rest[2:]
    name, *rest = rest or [""]
    options, operands = _split(rest)
    match name, operands:
        case "build", [context] if "--tag" in options:
            return Build(tag=options["--tag"], dockerfile=options.get("--file", DOCKERFILE), context=context)
        case "tag", [source, target]:
            return Tag(source=source, target=target)
        case "push", [tag]:
            return Push(tag=tag)
        case "inspect", [tag]:
            return Inspect(tag=tag)
        case "images", [] if options.get("--filter", "").startswith("reference=*/*:"):
            return Find(tag=options["--filter"].rpartition(":")[2])
        case "login", [_]:
            return Login()
        case _:
            raise InvalidProperty(
                f"the rehearsal's stand-in for docker does not know `docker {' '.join(arguments[:2])} …`: "
                "it takes what the CDK CLI needs to publish an image"
            )


def _split(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    operands: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            operands.append(word)
        elif "=" in word or word in NO_VALUE:
            option, _, value = word.partition("=")
            options[option] = value
        else:
            options[word] = left.pop(0) if left else ""
    return options, operands
