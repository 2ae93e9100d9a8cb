"""`make lock`: resolve every Python requirement again, into locks that hold versions and hashes only."""

from __future__ import annotations

import subprocess
import sys

from tools.state import repository_root

# Each lock beside what it is resolved from; the first adds the development group.
LOCKS = {
    "requirements.lock": ["--group", "dev", "pyproject.toml"],
    "tools/setup/requirements-node.lock": ["tools/setup/requirements-node.in"],
    "tools/rehearsal/requirements-emulator.lock": ["tools/rehearsal/requirements-emulator.in"],
    "tools/rehearsal/requirements-lambda.lock": ["tools/rehearsal/requirements-lambda.in"],
    "lambdas/bootstrap/requirements.lock": ["lambdas/bootstrap/requirements.in"],
    "lambdas/rotate_redis/requirements.lock": ["lambdas/rotate_redis/requirements.in"],
    "lambdas/authenticate_redis/requirements.lock": ["lambdas/authenticate_redis/requirements.in"],
    "lambdas/rotate_postgres/requirements.lock": ["lambdas/rotate_postgres/requirements.in"],
    "lambdas/watch_rotation/requirements.lock": ["lambdas/watch_rotation/requirements.in"],
    "containers/pgbouncer/requirements.lock": ["containers/pgbouncer/requirements.in"],
    "containers/backup/requirements.lock": ["containers/backup/requirements.in"],
    "lambdas/watch_backups/requirements.lock": ["lambdas/watch_backups/requirements.in"],
    "lambdas/issue_certificate/requirements.lock": ["lambdas/issue_certificate/requirements.in"],
}
OPTIONS = [
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--no-annotate",
]


def main() -> int:
    """Write every lock; return the exit code of the first that cannot be resolved."""
    uv = repository_root() / ".venv" / "bin" / "uv"
    for lock, sources in LOCKS.items():
        print(lock, flush=True)  # noqa: T201  (progress)
        done = subprocess.run(  # noqa: S603  (this project's own uv, no shell)
            [uv, "pip", "compile", *OPTIONS, *sys.argv[1:], *sources, "--output-file", lock],
            cwd=repository_root(), check=False, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
