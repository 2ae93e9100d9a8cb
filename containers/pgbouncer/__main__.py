"""`python -m containers.pgbouncer`: one pooler task. What goes wrong is one line on stderr, no traceback."""

import os
import sys

from containers.pgbouncer.supervise import run
from lambdas.common.container_log import ContainerLog
from lambdas.common.errors import DatatierError


def main() -> int:
    """Run the task; returns the exit code."""
    log = ContainerLog("pgbouncer")
    try:
        run(os.environ, log)
    except DatatierError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
