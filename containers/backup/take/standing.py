"""Up to which moment a replica holds what its primary has committed. It asks and waits, and changes nothing.

A replica that lags, whose replay stands still, or that was promoted answers as any other; only its primary
knows that its rows are old.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from containers.backup.errors import SourceError, SourceLost
from containers.backup.take.snapshot import Connect
from containers.backup.take.told import told
from lambdas.common.errors import ServerUnreachable
from lambdas.common.logs import Log

WAIT_SECONDS: Final = 300.0
"""How long a replica may take to come to where its primary was. One that keeps up is there within a second,
or after the query that its replay waits for (max_standby_streaming_delay, 30 s by default); one that needs
longer than this has hours to make up or stands still, and the next server is the fresher one."""

_POLL_SECONDS: Final = 0.2

# None of them needs a right, on a primary or a replica (PostgreSQL 15, 9.27.3 and 9.27.4). The moment is the
# statement's, so it is never later than the position.
_WRITTEN: Final = (
    "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.now(), CASE WHEN NOT pg_catalog.pg_is_in_recovery() "
    "THEN pg_catalog.pg_current_wal_lsn()::pg_catalog.text END"
)
_REPLAYED: Final = (
    "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text, "
    "coalesce(pg_catalog.pg_last_wal_replay_lsn() >= %s::pg_catalog.pg_lsn, false)"
)
_LAST_COMMIT: Final = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_xact_replay_timestamp()"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Everything that was committed before `moment` is in a snapshot that is taken from now on.

    `asked` is whether the primary said so; otherwise `moment` is that of the replica's last commit.
    """

    moment: datetime
    asked: bool


def standing(replica: Connect, primary: Connect, *, host: str, log: Log) -> Standing:
    """Wait until the replica `host` has replayed what the primary has written when it is asked.

    A primary that is down is why somebody needs a backup: then the replica is read as it stands, and the
    backup is dated by the last commit that it has replayed, which is never later than the truth.

    Raises:
        SourceError: it is no replica, it has not come so far in time, or nobody knows how old it is.
        ConnectionFailed: the replica is not reached, or the primary refuses the login.
    """
    with told(), replica() as session:
        last: datetime | None
        ((recovering, last),) = session.execute(_LAST_COMMIT).fetchall()
        _require_replica(host, recovering=recovering)
        try:
            moment, position = _written(primary)
        except (ServerUnreachable, SourceLost) as error:
            if last is None:
                raise SourceError(
                    f"the primary cannot be asked and {host} has replayed no commit since it was started, so "
                    f"nobody knows how old its rows are: {error}"
                ) from error
            log.warning(
                "the primary cannot be asked: the backup is as old as the replica's last commit",
                source=host,
                last_commit=last.isoformat(),
                because=str(error),
            )
            return Standing(moment=last, asked=False)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            ((recovering, replayed, reached),) = session.execute(_REPLAYED, [position]).fetchall()
            _require_replica(host, recovering=recovering)
            if reached:
                return Standing(moment=moment, asked=True)
            if time.monotonic() >= deadline:
                raise SourceError(
                    f"{host} is behind: {WAIT_SECONDS:g} s after the primary was at {position} it has come "
                    f"to {replayed}. Look at its lag, and whether its replay is paused."
                )
            time.sleep(_POLL_SECONDS)


def _written(primary: Connect) -> tuple[datetime, str]:
    with told(), primary() as session:
        ((recovering, moment, position),) = session.execute(_WRITTEN).fetchall()
    if recovering:
        raise SourceError("PRIMARY_HOST is a replica itself, so nobody knows how far the others are behind.")
    return moment, position


def _require_replica(host: str, *, recovering: bool) -> None:
    if not recovering:
        raise SourceError(
            f"{host} is no replica any more: it was promoted, and its rows are its own. Take it out of the "
            "tier's replicas."
        )
