"""Takes a backup from the first server that lets it: from a replica that keeps up, else from the primary."""

import time
from dataclasses import replace
from functools import partial
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from containers.backup.environment import TakeEnvironment
from containers.backup.errors import Conflict, ProgramFailed, SourceError
from containers.backup.manifest import Manifest
from containers.backup.metrics import Metrics
from containers.backup.store import Store
from containers.backup.take.attempt import Attempt, Extent, Source
from lambdas.common.connections import connect, verified
from lambdas.common.errors import ConnectionFailed
from lambdas.common.logs import Log
from lambdas.common.secret_documents import PostgresSecret

APPLICATION: Final = "datatier backup"


def take(environment: TakeEnvironment, *, secret: PostgresSecret, store: Store, log: Log) -> Manifest:
    """Take a backup and publish how it went.

    Raises:
        BackupError, ConnectionFailed: the last server's; nothing that counts is stored.
    """
    metrics = Metrics(namespace=environment.metrics_namespace, database=environment.database)
    began = time.monotonic()
    try:
        manifest = _first_that_lets(environment, secret=secret, store=store, log=log)
    except BaseException:  # told to stop included: there is no backup of this run
        metrics.backup_failed()
        raise
    seconds = time.monotonic() - began
    metrics.backup_succeeded(seconds=seconds, stored_bytes=manifest.stored_bytes)
    log.info(
        "the backup is complete",
        backup=manifest.backup,
        source=manifest.source,
        tables=len(manifest.tables),
        tables_done=len(manifest.tables),
        rows=manifest.rows,
        stored_bytes=manifest.stored_bytes,
        seconds=round(seconds, 1),
    )
    return manifest


def _first_that_lets(
    environment: TakeEnvironment, *, secret: PostgresSecret, store: Store, log: Log
) -> Manifest:
    *replicas, primary = (*environment.replica_hosts, environment.primary_host)
    for host in replicas:
        try:
            there = replace(secret, host=host)
            return _twice(environment, there, replica=True, store=store, log=log)
        except (SourceError, ProgramFailed, ConnectionFailed) as error:
            log.warning("trying the next server", source=host, because=str(error))
    there = replace(secret, host=primary)
    return _twice(environment, there, replica=False, store=store, log=log)


def _twice(
    environment: TakeEnvironment, secret: PostgresSecret, *, replica: bool, store: Store, log: Log
) -> Manifest:
    """Take a backup from one server; once more if the first gave way to somebody."""
    attempt = Attempt(
        source=_source(environment, secret, replica=replica),
        store=store,
        programs=environment.programs,
        extent=Extent(streams=environment.streams, chunk_mib=environment.chunk_mib),
        database=environment.database,
        log=log,
    )
    try:
        return attempt.run()
    except Conflict as error:
        log.warning("trying again", source=secret.host, because=str(error))
        return attempt.run()


def _source(environment: TakeEnvironment, secret: PostgresSecret, *, replica: bool) -> Source:
    there = replace(secret, port=environment.postgres_port, dbname=environment.database)

    def session(login: PostgresSecret) -> Connection[TupleRow]:
        return connect(login, application_name=APPLICATION, ca_bundle=environment.ca_bundle)

    primary = replace(there, host=environment.primary_host)
    return Source(
        host=there.host,
        connect=partial(session, there),
        login={**verified(there, ca_bundle=environment.ca_bundle), "application_name": APPLICATION},
        primary=partial(session, primary) if replica else None,
    )
