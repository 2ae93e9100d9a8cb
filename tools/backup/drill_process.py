"""`python -m tools.backup.drill_process`: what `datatier drill --here` starts, as an account for PostgreSQL.

It prints what the container's drill prints, and the report as one more line. The report goes to the bucket
too, if the caller may write there and it speaks of the backup: a drill that a person stops leaves none, nor
one that fails by what this machine lacks, for nobody is to be alarmed by that.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import boto3

from containers.backup.compare import differences
from containers.backup.drill.course import Ground, drill
from containers.backup.drill.newest import keys_in
from containers.backup.drill.report import Report, encode
from containers.backup.drill.reports import Reports, S3Reports
from containers.backup.drill.run import restored
from containers.backup.errors import StoreError
from containers.backup.programs import Programs
from containers.backup.s3_store import CONFIGURATION, S3Store
from lambdas.common.container_log import ContainerLog
from lambdas.common.errors import DatatierError
from lambdas.common.variables import number, required
from tools.backup.drill_here import REPORT

if TYPE_CHECKING:
    from datetime import datetime

    from lambdas.common.logs import Log

STOPPED: Final = 130


class IfAllowed:
    """Writes a report that judges the backup, and only says so where that is refused."""

    def __init__(self, reports: Reports, log: Log) -> None:
        self._reports = reports
        self._log = log
        self._stopped = False

    def stop(self, *_: object) -> NoReturn:
        """Heed Ctrl-C: write nothing any more, and end the drill."""
        self._stopped = True
        raise KeyboardInterrupt

    def begin(self, started_at: datetime) -> None:
        """Say nothing yet: whoever watches here sees that it has begun."""

    def finish(self, report: Report) -> None:
        """Write it, unless a person has stopped the drill or it says nothing of the backup."""
        if self._stopped:
            return
        if not report.judges:
            self._log.warning("The report stays here: it says nothing of the backup", reason=report.error)
            return
        try:
            self._reports.finish(report)
        except StoreError as refused:
            self._log.warning("The report stays here", reason=str(refused))


def main() -> int:
    """Run the drill; returns the exit code."""
    log, variables = ContainerLog("drill"), os.environ
    try:
        bucket, database = required(variables, "BUCKET"), required(variables, "DATABASE")
        streams, programs = number(variables, "STREAMS"), Programs.of(variables)
        client = boto3.client("s3", config=CONFIGURATION)
        reports = IfAllowed(S3Reports(client, bucket=bucket, database=database), log)

        signal.signal(signal.SIGINT, reports.stop)
        ground = Ground(
            store=S3Store(client, bucket=bucket, database=database),
            keys=keys_in(client, bucket=bucket, database=database),
            reports=reports,
            programs=programs,
            directory=Path(required(variables, "SCRATCH_DIRECTORY")),
            restore=partial(restored, programs=programs, streams=streams, log=log),
            compare=partial(differences, streams=streams),
        )
        drill(ground, log=log, tell=lambda report: _print({REPORT: json.loads(encode(report))}))
    except DatatierError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    except KeyboardInterrupt:
        return STOPPED
    return 0


def _print(line: object) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
