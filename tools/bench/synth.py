"""What synthesis costs: each environment against an empty CDK app."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import TYPE_CHECKING

from tools.bench.measure import Command, Comparison, compare
from tools.state import repository_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENVIRONMENTS = ("dev", "prod")
# Assets are built at deployment, not at every look at a template: the bench times the look.
NO_BUNDLING: dict[str, list[str]] = {"aws:cdk:bundling-stacks": []}


def comparisons(*, runs: int, progress: Callable[[str], None]) -> Iterator[Comparison]:
    """Yield one comparison for each environment."""
    root = repository_root()
    for environment in ENVIRONMENTS:
        with tempfile.TemporaryDirectory() as folder:
            context = json.loads((root / "cdk.json").read_text()).get("context", {})
            variables = os.environ | {
                "CDK_OUTDIR": folder,
                "CDK_CONTEXT_JSON": json.dumps(context | NO_BUNDLING | {"env": environment}),
            }
            yield compare(
                f"synth of {environment}",
                Command(
                    name=f"app.py, env={environment}", arguments=_python("app.py"), environment=variables
                ),
                Command(
                    name="an empty app", arguments=_python("tools/bench/empty_app.py"), environment=variables
                ),
                runs=runs,
                progress=progress,
            )


def _python(path: str) -> list[str]:
    return [sys.executable, str(repository_root() / path)]
