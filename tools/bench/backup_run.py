"""`python -m tools.bench.backup_run take|restore FOLDER`: one backup or one restore, as a task does it.

The database comes in libpq's variables. It is a program of its own so that its memory can be measured.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from containers.backup.environment import TakeEnvironment
from containers.backup.restore.run import restore
from containers.backup.restore.target import Target
from containers.backup.take.run import take
from lambdas.common.secret_documents import PostgresSecret
from tools.backup.folder_store import FolderStore
from tools.backup.restoring import programs_of
from tools.bench.engine import Silence
from tools.servers import binaries

STREAMS = 2
CHUNK_MIB = 128
DATABASE = "bench"
"""What the backups are called; databases have names of their own."""


def main() -> None:
    """Do what the words say."""
    work, folder = sys.argv[1:]
    store = FolderStore(Path(folder), database=DATABASE)
    if work == "take":
        _take(store)
    else:
        _restore(store)


def _take(store: FolderStore) -> None:
    given = os.environ
    secret = PostgresSecret(
        host=given["PGHOST"],
        port=int(given["PGPORT"]),
        dbname=given["PGDATABASE"],
        username=given["PGUSER"],
        password=given["PGPASSWORD"],
    )
    environment = TakeEnvironment(
        bucket="",
        database=secret.dbname,  # read there, stored as DATABASE
        primary_host=secret.host,
        replica_hosts=(),
        postgres_port=secret.port,
        login_secret_arn="",
        streams=STREAMS,
        chunk_mib=CHUNK_MIB,
        metrics_namespace="bench",
        ca_bundle=Path(given["PGSSLROOTCERT"]),
        programs=programs_of(binaries.postgres()),
    )
    take(environment, secret=secret, store=store, log=Silence())


def _restore(store: FolderStore) -> None:
    given = os.environ
    parameters = {
        "host": given["PGHOST"],
        "port": given["PGPORT"],
        "dbname": given["PGDATABASE"],
        "user": given["PGUSER"],
        "password": given["PGPASSWORD"],
        "sslmode": given["PGSSLMODE"],
        "sslrootcert": given["PGSSLROOTCERT"],
    }
    target = Target(parameters=parameters, programs=programs_of(binaries.postgres()))
    restore(
        store,
        store.backups()[-1],
        target,
        tables=None,
        streams=STREAMS,
        progress=lambda _: None,
        allow_non_empty=False,
    )


if __name__ == "__main__":
    main()
