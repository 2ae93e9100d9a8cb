"""`python -m containers.pgbouncer`: one pooler task. What goes wrong is one line on stderr, no traceback."""

import os
import sys

from containers.pgbouncer.logs import ContainerLog
from containers.pgbouncer.supervise import run
from lambdas.common.errors import DatatierError


def main() -> int:
    """Run the task; returns the exit code."""
    log = ContainerLog()
    try:
        run(os.environ, log)
    except DatatierError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
