"""`python -m …task PLAN`: the task `take` over a folder instead of a bucket, which ends itself at a step.

Signals, exit codes and messages are the task's own. Each step is a line of `steps`: they can be counted.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import containers.backup.__main__ as task
from containers.backup.environment import parse_take
from containers.backup.take.run import take
from lambdas.common.secret_documents import parse_postgres_secret
from tests.integration.backup.take.watched_store import WatchedStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.common.container_log import ContainerLog

PAUSE_SECONDS = 60.0


def steps(plan: Mapping[str, Any]) -> WatchedStore:
    """A store that ends this process at the step of the plan's number, by the plan's signal."""
    folder, done = Path(plan["folder"]), Path(plan["steps"])
    store = WatchedStore(folder, database=os.environ["DATABASE"])
    passed: list[str] = []

    def during(step: str, key: str) -> None:
        passed.append(f"{step} {key}")
        done.write_text("\n".join(passed), encoding="utf-8")
        if len(passed) == plan["at"]:
            os.kill(os.getpid(), signal.Signals(plan["signal"]))
            if plan["signal"] == signal.SIGKILL:
                time.sleep(PAUSE_SECONDS)

    store.during = during
    return store


def main(plan: Mapping[str, Any]) -> int:
    """Take a backup as the plan says; the end is the task's own."""

    def take_into_a_folder(log: ContainerLog) -> None:
        environment = parse_take(os.environ)
        secret = parse_postgres_secret(os.environ["SECRET"], name="backup")
        take(environment, secret=secret, store=steps(plan), log=log)

    task._take = take_into_a_folder  # pyright: ignore[reportPrivateUsage]  all but the store is the real one
    return task.main(["take"])


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
