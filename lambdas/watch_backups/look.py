"""Looks at both buckets and tells each figure as soon as it is known. It changes nothing in either."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lambdas.common.backup_layout import prefix_of
from lambdas.common.logs import Log
from lambdas.watch_backups.backups import newest_whole
from lambdas.watch_backups.bucket import Bucket
from lambdas.watch_backups.drills import back_to_success, drills
from lambdas.watch_backups.in_turn import InTurn
from lambdas.watch_backups.readings import Figure, backup_age, drill_figures, pending


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at the backups of a database; `tell` hears the figures, one by one."""

    source: Bucket
    replica: Bucket
    database: str
    drill_hours: int
    now: datetime
    tell: Callable[[Figure], None]
    log: Log
    _turn: InTurn = field(default_factory=InTurn, init=False)

    def run(self) -> None:
        """Tell the figures of both copies and of the drills.

        Raises:
            BucketUnreadable: one bucket could not be read; what the other shows is told all the same.
        """
        readable: Bucket | None = None
        with self._turn.going_on():
            self._source()
            readable = self.source
        with self._turn.going_on():
            kept = newest_whole(self.replica, database=self.database, now=self.now, source=readable)
            self.tell(backup_age(kept, copy="replica", now=self.now))
            self.log.info("The replica's newest whole backup", backup=str(kept or "none"))
        with self._turn.going_on():
            looked = back_to_success(drills(self.replica, database=self.database, now=self.now))
            for figure in drill_figures(looked, now=self.now, hours=self.drill_hours):
                self.tell(figure)
        self._turn.end()

    def _source(self) -> None:
        newest = newest_whole(self.source, database=self.database, now=self.now)
        self.tell(backup_age(newest, copy="source", now=self.now))
        self.log.info("The source's newest backup", backup=str(newest or "none"))
        with self._turn.going_on():
            held, copied = frozenset[str](), frozenset[str]()
            if newest is not None:
                prefix = prefix_of(self.database, newest)
                held, copied = self.source.keys(prefix), self.replica.keys(prefix)
            self.tell(pending(held, copied))
