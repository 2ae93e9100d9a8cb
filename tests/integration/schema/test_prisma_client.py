"""The client that Prisma generates from `schema.prisma` works with the tables that the migrations made."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from tests.integration.schema.seeding import PATH, ROOT

if TYPE_CHECKING:
    from tests.integration.schema.seeding import Seeding

PROGRAM = ROOT / "tests" / "integration" / "schema" / "prisma_client.mts"


def _run(command: list[str | Path], **environment: str) -> str:
    done = subprocess.run(  # noqa: S603  (the project's own programs, no shell)
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": PATH, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_generated_client_follows_relations_and_leaves_defaults_to_the_database(seeded: Seeding) -> None:
    state = ROOT / ".state"
    state.mkdir(exist_ok=True)
    # Beneath the project, so that the generated code finds the packages it imports.
    with tempfile.TemporaryDirectory(dir=state, prefix="prisma-client-") as folder:
        schema = Path(folder) / "schema.prisma"
        text = (ROOT / "prisma" / "schema.prisma").read_text()
        schema.write_text(re.sub(r"output +=.*", f'output = "{folder}/client"', text))
        _run(["prisma", "generate", "--schema", schema])
        seen = json.loads(_run(["node", PROGRAM, f"{folder}/client"], DATABASE_URL=seeded.url()))
    assert len(set(seen["tenants"])) == 1
    assert re.fullmatch(r"\d+\.\d\d", seen["price"])
    assert seen["attributes"] == {}
    assert UUID(seen["id"]).version == 7
