"""`python -m containers.backup take|drill`: one task. What goes wrong is one line on stderr, no traceback.

SIGTERM ends it as Ctrl-C does: what was begun is left incomplete, and counts for nothing.
"""

import os
import signal
import sys
from typing import NoReturn

from lambdas.common.container_log import ContainerLog
from lambdas.common.errors import DatatierError

USAGE = "say what to do: python -m containers.backup take, or drill"
STOPPED = 143
"""As a shell tells of a program that SIGTERM has ended."""


def main(words: list[str]) -> int:
    """Run the task; returns the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    log = ContainerLog("backup")
    try:
        match words:
            case ["take"]:
                _take(log)
            case ["drill"]:
                _drill(log)
            case _:
                sys.stderr.write(f"{USAGE}\n")
                return 2
    except DatatierError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stopped before the end: nothing of it counts\n")
        return STOPPED
    return 0


def _take(log: ContainerLog) -> None:
    import boto3  # noqa: PLC0415  wrong words should be told at once

    from containers.backup.environment import parse_take  # noqa: PLC0415  as boto3
    from containers.backup.metrics import Metrics  # noqa: PLC0415  as boto3
    from containers.backup.s3_store import CONFIGURATION, S3Store  # noqa: PLC0415  as boto3
    from containers.backup.take.run import take  # noqa: PLC0415  as boto3
    from lambdas.common.secret_documents import parse_postgres_secret  # noqa: PLC0415  as boto3
    from lambdas.common.secrets_manager import SecretsManager  # noqa: PLC0415  as boto3

    environment = parse_take(os.environ)
    arn = environment.login_secret_arn
    try:
        secret = parse_postgres_secret(SecretsManager().current(arn), name=arn)
    except DatatierError:
        Metrics(namespace=environment.metrics_namespace, database=environment.database).backup_failed()
        raise
    client = boto3.client("s3", config=CONFIGURATION)
    store = S3Store(client, bucket=environment.bucket, database=environment.database)
    take(environment, secret=secret, store=store, log=log)


def _drill(log: ContainerLog) -> None:
    from containers.backup.drill.run import run  # noqa: PLC0415  as boto3
    from containers.backup.environment import parse_drill  # noqa: PLC0415  as boto3

    run(parse_drill(os.environ), log)


def _stop(_signal: int, _frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # or the second would end what the first has begun
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
