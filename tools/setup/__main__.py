"""`python3 -m tools.setup`: run every step of the set-up that is not done yet."""

from __future__ import annotations

import fcntl
import sys

MINIMUM = (3, 11)


def main() -> int:
    """Make the machine ready; return the exit code."""
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"Python 3.11 or newer is needed, this is {found}: make PYTHON=python3.x", file=sys.stderr)  # noqa: T201  (before anything is installed)
        return 2
    from tools.setup import node, servers, virtualenv  # noqa: PLC0415  (an older Python cannot read them)
    from tools.setup.errors import SetupError  # noqa: PLC0415  (the same)
    from tools.state import toolchain_directory  # noqa: PLC0415  (the same)

    toolchain_directory().mkdir(parents=True, exist_ok=True)
    try:
        with (toolchain_directory() / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second waits, then finds all done
            for step in (virtualenv.step(), node.step(), servers.step()):
                step.ensure()
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)  # noqa: T201  (the same)
        return 1
    except KeyboardInterrupt:
        print("set-up: interrupted; run it again to go on", file=sys.stderr)  # noqa: T201  (the same)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
