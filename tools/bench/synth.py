"""What synthesis costs: each environment against an empty CDK app."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import TYPE_CHECKING

from tools.bench.measure import Command, compare
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.bench.measure import Result
    from tools.bench.options import Options

ENVIRONMENTS = ("dev", "prod")
# Assets are built at deployment, not at every look at a template: the bench times the look.
NO_BUNDLING: dict[str, list[str]] = {"aws:cdk:bundling-stacks": []}


def results(options: Options, *, progress: Callable[[str], None]) -> Iterator[Result]:
    """Yield one comparison for each environment."""
    for environment in ENVIRONMENTS:
        with tempfile.TemporaryDirectory() as folder:
            subject, floor = commands(environment, output=folder)
            yield compare(f"synth of {environment}", subject, floor, runs=options.runs, progress=progress)


def commands(environment: str, *, output: str) -> tuple[Command, Command]:
    """Return the synth of an environment and that of an empty app, with the same context."""
    root = repository_root()
    context = json.loads((root / "cdk.json").read_text())["context"]
    variables = os.environ | {
        "CDK_OUTDIR": output,
        "CDK_CONTEXT_JSON": json.dumps(context | NO_BUNDLING | {"env": environment}),
    }
    app, empty = ([sys.executable, str(root / path)] for path in ("app.py", "tools/bench/empty_app.py"))
    return (
        Command(name=f"app.py, env={environment}", arguments=app, environment=variables),
        Command(name="an empty app", arguments=empty, environment=variables),
    )
