"""Compares a Prisma schema file with a database, by Prisma's own engine. It changes neither."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.prisma.errors import DifferenceUnknown
from tools.prisma.programs import environment, program

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAM: Final = Path(__file__).with_name("difference.mjs")
_AGREE, _DIFFER = 0, 2
_PATIENCE_SECONDS: Final = 300


def difference(schema: Path, url: str, *, extra: Mapping[str, str] | None = None) -> str:
    """Return the SQL that would make the database of `url` agree with the schema; empty when they agree.

    Much that the schema language cannot express is in no answer, because the engine leaves it alone: indexes
    on expressions, checks, triggers, views. `extra` are further environment variables, such as PGPASSWORD.

    Raises:
        DifferenceUnknown: what the engine said instead of an answer.
    """
    done = subprocess.run(  # noqa: S603  (the project's own program, no shell)
        [program("node"), _PROGRAM, schema.resolve()], env={**environment(url), **(extra or {})},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS,
    )  # fmt: skip
    if done.returncode not in (_AGREE, _DIFFER):
        raise DifferenceUnknown(f"{schema} could not be compared: {done.stderr.strip()}")
    return done.stdout
