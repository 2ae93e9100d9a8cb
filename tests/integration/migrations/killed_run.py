"""Runs, in a fork for each, what a test asks for on its standard input, and kills it where the test says.

`python killed_run.py`: a line of JSON in (`Order`); the fork's process id and a line of JSON out (`Report`).
The interpreter is warm before it forks, so a run costs what the run itself costs.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from tests.integration.migrations.watched_client import Moment, Watch, libpq

FUNCTIONS = libpq()

# Only now, when it is settled which of psycopg's implementations is used.
from lambdas.bootstrap.environment import LOGINS, Environment  # noqa: E402  as said above
from lambdas.bootstrap.run import bootstrap  # noqa: E402  as said above
from lambdas.common.errors import DatatierError  # noqa: E402  as said above
from tests.integration.bootstrap.tier import RecordedLog  # noqa: E402  as said above
from tests.integration.migrations.migrating import Place, migrate  # noqa: E402  as said above

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.bootstrap.migrations.run import Result


class Order(TypedDict):
    """What to run, where, and at which statement (0: none) to die."""

    whole: bool
    number: int
    moment: Moment
    documents: Mapping[str, str]
    migrations: str
    ca_bundle: str


class Report(TypedDict):
    """How it ended: killed, or what it sent, how much it applied, and its failure's message or nothing."""

    killed: bool
    sent: list[str]
    applied: int
    failure: str
    peak_megabytes: int


class Documents(dict[str, str]):
    """Secrets by name, as Secrets Manager would hand them out."""

    def current(self, arn: str) -> str:
        return self[arn]

    def pending(self, _arn: str) -> str | None:
        return None


def run(order: Order) -> Report:
    """Do what is ordered in this process, which may be its end."""
    watch = Watch(FUNCTIONS)
    applied, failure = 0, ""
    with watch.until(order["number"], order["moment"]):
        try:
            applied = _act(order).applied
        except DatatierError as error:
            failure = str(error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Report(killed=False, sent=watch.sent, applied=applied, failure=failure, peak_megabytes=peak)


def _act(order: Order) -> Result:
    if not order["whole"]:
        return migrate(
            Place(
                document=order["documents"]["migrator"],
                migrations=Path(order["migrations"]),
                ca_bundle=Path(order["ca_bundle"]),
            ),
            log=RecordedLog(),
        )
    return bootstrap(
        Environment(
            name="dev",
            master_secret_arn="master",  # noqa: S106  the name of a secret
            login_secret_arns={login: login for login in LOGINS},
            extensions=("pg_stat_statements",),
            iam_logins={"engineer": "readonly"},
        ),
        store=Documents(order["documents"]),
        log=RecordedLog(),
        migrations=Path(order["migrations"]),
        ca_bundle=Path(order["ca_bundle"]),
    )


def in_a_fork(order: Order) -> Report:
    """Run it in a child and wait for its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as stream:
            json.dump(run(order), stream)
        os._exit(0)
    os.close(writing)
    print(child, flush=True)  # noqa: T201  a line for the test that reads it
    with os.fdopen(reading) as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Report(killed=True, sent=[], applied=0, failure="", peak_megabytes=0)
    return json.loads(text)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(in_a_fork(json.loads(line))), flush=True)  # noqa: T201  as above
