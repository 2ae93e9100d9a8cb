"""`python -m tools.bench.engine FOLDER`: one run of the migration engine in a process of its own.

It connects as the variables PG* say, applies the folder, and prints one JSON line: the seconds from the first
look at the folder to the end of the last session, and the process' peak memory. It measures nothing else.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.bootstrap.migrations.history import read_history
from lambdas.bootstrap.migrations.run import Result, apply_history
from lambdas.bootstrap.roles.design import OWNER
from lambdas.common.connections import connect
from lambdas.common.secret_documents import PostgresSecret

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

KIBIBYTES_A_MEBIBYTE = 1024


class Silence:
    """A log that keeps nothing."""

    def info(self, msg: str, **facts: object) -> None:
        """Pass it over."""

    def warning(self, msg: str, **facts: object) -> None:
        """Pass it over."""


def apply_folder(folder: Path, login: PostgresSecret, *, ca_bundle: Path) -> Result:
    """Bring the login's database to the end of a folder of migrations, as the bootstrap does."""

    def open_session() -> Connection[TupleRow]:
        return connect(login, application_name="datatier bench", ca_bundle=ca_bundle)

    return apply_history(open_session, history=read_history(folder), log=Silence(), owner=OWNER)


def _peak_mib() -> float:
    """Return this program's peak: getrusage would count what its parent held when it was forked."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / KIBIBYTES_A_MEBIBYTE


def main() -> None:
    """Apply the folder named by the only argument."""
    login = PostgresSecret(
        host=os.environ["PGHOST"],
        port=int(os.environ["PGPORT"]),
        dbname=os.environ["PGDATABASE"],
        username=os.environ["PGUSER"],
        password=os.environ["PGPASSWORD"],
    )
    started = time.perf_counter()
    apply_folder(Path(sys.argv[1]), login, ca_bundle=Path(os.environ["PGSSLROOTCERT"]))
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mib": _peak_mib()}))  # noqa: T201  (what it is run for)


if __name__ == "__main__":
    main()
