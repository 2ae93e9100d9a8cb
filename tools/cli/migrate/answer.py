"""How the commands of `datatier migrate` end: for a program one JSON document, for a person one message."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from lambdas.common.errors import DatatierError
from tools.cli.answers import answering

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

_PRISMA_CODE: Final = re.compile(r"(P\d{4}): ")


@contextmanager
def ending(document: Mapping[str, object], *, as_json: bool) -> Generator[None]:
    """Say on stderr what went wrong, with the exit code that belongs to it; with `as_json`, also on stdout.

    `document` is what is printed then, its `error` filled in; it is read when the error comes.
    """
    with answering():
        try:
            yield
        except DatatierError as error:
            if as_json:
                show_document({**document, "error": error_document(error)})
            raise


def error_document(error: DatatierError) -> dict[str, str]:
    """The error as programs read it: Prisma's code where it has one, else the name of its kind."""
    code = _PRISMA_CODE.match(str(error))
    return {"code": code[1] if code else type(error).__name__, "text": str(error)}


def show_document(document: Mapping[str, object]) -> None:
    """Print a document, whole and undecorated."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def attention(text: str) -> None:
    """Say on stderr what needs attention, and end with 1."""
    typer.echo(text, err=True)
    raise typer.Exit(1)
