"""Runs one bootstrap in a process that a test may kill: `python killed_bootstrap.py TIER.json`."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from lambdas.bootstrap.environment import LOGINS, Environment
from lambdas.bootstrap.run import bootstrap
from tests.integration.bootstrap.tier import RecordedLog


@dataclass
class Documents:
    """Secrets by name, as Secrets Manager would hand them out."""

    texts: dict[str, str]

    def current(self, arn: str) -> str:
        return self.texts[arn]


if __name__ == "__main__":
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    result = bootstrap(
        Environment(
            name="dev",
            master_secret_arn="master",  # noqa: S106  the name of a secret
            login_secret_arns={login: login for login in LOGINS},
            extensions=(),
            iam_logins={},
        ),
        store=Documents(settings["documents"]),
        log=RecordedLog(),
        migrations=Path(settings["migrations"]),
        ca_bundle=Path(settings["ca_bundle"]),
    )
    os.write(1, f"{result.applied}\n".encode())
