"""What each step of rotating a PostgreSQL login costs beside the SQL and API calls that it makes.

The function's own code runs in this process against a real server without a replica, over verified
connections, and its calls are timed in the same run. Secrets Manager is in memory: what is asked of it is
counted, and the time that AWS would take to answer is in no figure. Nothing is logged.
"""

from __future__ import annotations

import statistics
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from lambdas.common.rotation.contract import Metadata, Request, Step
from lambdas.common.secrets_manager import CURRENT, PENDING
from lambdas.rotate_postgres.environment import Environment
from lambdas.rotate_postgres.handler import rotation
from tools.bench.calls import API_CALLS, LOGINS, ROUND_TRIPS, Calls
from tools.bench.engine import Silence
from tools.bench.measure import Reading
from tools.bench.scratch import scratch_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from tools.bench.measure import Result
    from tools.bench.options import Options

LOGIN, MASTER = "app", "master"
ROTATIONS = {"app to its twin": LOGIN, "app back again": LOGIN, "master in place": MASTER}
"""The rotations of one round, in this order."""
STEPS: tuple[Step, ...] = get_args(Step)
ENVIRONMENT = Environment(
    master_secret_arn=MASTER, login_secret_arns={LOGIN: LOGIN}, replica_hosts=(), client_cache_seconds=0,
    password_length=32,
)  # fmt: skip
RATIO = "handler / calls"


@dataclass
class MemoryVersions:
    """Secrets Manager as far as the steps see it: for each secret, label → version and version → text."""

    labels: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    texts: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]], repr=False)

    def add(self, arn: str, text: str) -> None:
        """Create a secret."""
        self.labels[arn], self.texts[arn] = {CURRENT: "first"}, {"first": text}

    def begin(self, arn: str) -> str:
        """Begin a rotation and return its token."""
        token = self.labels[arn][PENDING] = str(uuid.uuid4())
        return token

    def describe(self, arn: str) -> Metadata:
        """See `Versions`."""
        labels = self.labels[arn].items()
        stages = {version: tuple(label for label, at in labels if at == version) for _, version in labels}
        return Metadata(enabled=True, stages=stages, rotated_at=None)

    def read(self, arn: str, *, stage: str, version: str | None = None) -> str | None:
        """See `Versions`."""
        at = self.labels[arn].get(stage)
        return self.texts[arn].get(at) if at and version in (None, at) else None

    def current_since(self, _arn: str) -> datetime | None:
        """Not known; the minimum interval is off."""
        return None

    def put_pending(self, arn: str, token: str, text: str) -> None:
        """See `Versions`."""
        self.texts[arn][token] = text

    def make_current(self, arn: str, token: str, *, instead_of: str | None) -> None:
        """See `Versions`."""
        self.texts[arn].pop(instead_of or "", None)
        self.labels[arn][CURRENT] = token

    def label(self, arn: str, token: str, label: str, *, instead_of: str | None) -> None:
        """Nothing is measured that labels a version of its own."""
        del instead_of
        self.labels[arn][label] = token


def results(options: Options, *, progress: Callable[[str], None]) -> Iterator[Result]:
    """Yield each step of a login by alternation, there and back, and of the master in place."""
    progress("starting a PostgreSQL server")
    with scratch_server() as scratch, scratch.database() as database:
        versions = MemoryVersions()
        for login in (LOGIN, MASTER):
            versions.add(login, database.current(login))
        progress("rotations: once unmeasured, which makes the twin")
        _round(versions, database.ca_path)
        rounds: list[dict[str, dict[str, float]]] = []
        for number in range(1, options.runs + 1):
            progress(f"rotations: round {number} of {options.runs}")
            rounds.append(_round(versions, database.ca_path))
    readings = [
        Reading(
            name=name,
            figures={what: statistics.median(one[name][what] for one in rounds) for what in figures},
        )
        for name, figures in rounds[0].items()
    ]
    # What has the same figures shares a table.
    yield from sorted(readings, key=lambda reading: RATIO in reading.figures)


def _round(versions: MemoryVersions, ca_bundle: Path) -> dict[str, dict[str, float]]:
    """Do every rotation once; return the figures of each step."""
    found: dict[str, dict[str, float]] = {}
    for name, login in ROTATIONS.items():
        token = versions.begin(login)
        for step in STEPS:
            request = Request(secret_arn=login, token=token, step=step)
            found[f"{name}, {step}"] = _run(request, versions, ca_bundle)
    return found


def _run(request: Request, versions: MemoryVersions, ca_bundle: Path) -> dict[str, float]:
    calls = Calls()
    with calls.watched(versions):
        started = time.perf_counter()
        rotation(ENVIRONMENT, versions=versions, log=Silence(), ca_bundle=ca_bundle).run(request)
        seconds = time.perf_counter() - started
    figures = {"handler, ms": seconds * 1000, "its calls, ms": calls.seconds * 1000}
    if calls.counts[LOGINS]:
        # A step that asks Secrets Manager alone has no ratio: its calls take AWS's time, which is not here.
        figures[RATIO] = seconds / calls.seconds
    counts = {kind: calls.counts[kind] for kind in (LOGINS, ROUND_TRIPS)}
    return figures | counts | {f"{API_CALLS}, AWS's time left out": calls.counts[API_CALLS]}
