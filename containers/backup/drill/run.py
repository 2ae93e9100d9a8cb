"""The drill's task: S3, the restore and the comparison put together. Its figures are published here alone."""

from functools import partial

import boto3

from containers.backup.compare import differences
from containers.backup.drill.course import Done, Ground, drill
from containers.backup.drill.newest import keys_in
from containers.backup.drill.pending import MIGRATIONS
from containers.backup.drill.report import Report
from containers.backup.drill.reports import S3Reports
from containers.backup.drill.scratch import Scratch
from containers.backup.environment import DrillEnvironment
from containers.backup.metrics import Metrics
from containers.backup.programs import Programs
from containers.backup.restore.run import restore
from containers.backup.restore.target import Target
from containers.backup.s3_store import CONFIGURATION, S3Store
from containers.backup.store import Store
from lambdas.common.backup_layout import BackupId
from lambdas.common.logs import Log


def run(environment: DrillEnvironment, log: Log) -> None:
    """Drill the newest backup of the bucket.

    Raises:
        DrillFailed: what was restored differs from what was backed up.
        DatatierError: it did not come so far; see `containers.backup.errors`.
    """
    client = boto3.client("s3", config=CONFIGURATION)
    bucket, database = environment.bucket, environment.database
    ground = Ground(
        store=S3Store(client, bucket=bucket, database=database),
        keys=keys_in(client, bucket=bucket, database=database),
        reports=S3Reports(client, bucket=bucket, database=database),
        programs=environment.programs,
        directory=environment.scratch_directory,
        restore=partial(restored, programs=environment.programs, streams=environment.streams, log=log),
        compare=partial(differences, streams=environment.streams),
        migrations=MIGRATIONS if environment.apply_migrations else None,
    )
    metrics = Metrics(namespace=environment.metrics_namespace, database=database)
    report = drill(ground, log=log, tell=partial(tell, metrics))
    log.info("The drill has succeeded", backup=report.backup, rto_seconds=report.rto_seconds)


def restored(
    store: Store, backup: BackupId, database: Scratch, *, programs: Programs, streams: int, log: Log
) -> Done:
    """Restore all of a backup into the drill's database. Raises as `restore`."""
    target = Target(parameters=database.parameters, programs=programs)
    done = restore(
        store, backup, target, tables=None, streams=streams, progress=lambda _: None, allow_non_empty=False
    )
    log.info("Restored", rows=done.rows)
    return Done(rows=done.rows, restored_bytes=done.restored_bytes)


def tell(metrics: Metrics, report: Report) -> None:
    """Publish a drill's figures."""
    if report.succeeded and report.rto_seconds is not None and report.rpo_seconds is not None:
        metrics.drill_succeeded(rto_seconds=report.rto_seconds, rpo_seconds=report.rpo_seconds)
    else:
        metrics.drill_failed()
