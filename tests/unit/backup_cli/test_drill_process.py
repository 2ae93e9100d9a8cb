"""A drill on somebody's own machine reports into the bucket only what it has found of the backup."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from containers.backup.drill.report import Report
from containers.backup.errors import StoreRefused
from tests.integration.bootstrap.tier import RecordedLog
from tools.backup.drill_process import IfAllowed

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
GOOD = Report(backup="2026-11-26T021003Z-4f1c2a", started_at=NOW, finished_at=NOW, rto_seconds=1.0)


@dataclass
class Kept:
    """Reports in a list; the bucket may refuse them."""

    refuses: bool = False
    written: list[Report] = field(default_factory=list[Report])

    def begin(self, started_at: datetime) -> None:
        raise AssertionError(started_at)

    def finish(self, report: Report) -> None:
        if self.refuses:
            raise StoreRefused("AccessDenied")
        self.written.append(report)


@pytest.mark.parametrize(
    "report",
    [
        GOOD,
        replace(GOOD, differences=("one table",), error="it differs"),
        replace(GOOD, rto_seconds=None, error="its digest differs", unsound=True),
    ],
)
def test_what_is_found_of_the_backup_is_written(report: Report) -> None:
    kept = Kept()
    reports = IfAllowed(kept, RecordedLog())
    reports.begin(NOW)
    reports.finish(report)
    assert kept.written == [report]


@pytest.mark.parametrize("came_so_far", [None, 1.0])
def test_what_this_machine_lacks_alarms_nobody(came_so_far: float | None) -> None:
    kept, log = Kept(), RecordedLog()
    IfAllowed(kept, log).finish(replace(GOOD, rto_seconds=came_so_far, error="the disk is full"))
    assert kept.written == []
    assert "says nothing of the backup" in log.text


def test_a_drill_that_a_person_stops_leaves_no_report() -> None:
    kept = Kept()
    reports = IfAllowed(kept, RecordedLog())
    with pytest.raises(KeyboardInterrupt):
        reports.stop()
    reports.finish(GOOD)
    assert kept.written == []


def test_where_the_bucket_refuses_the_report_that_is_all_that_is_said() -> None:
    log = RecordedLog()
    IfAllowed(Kept(refuses=True), log).finish(GOOD)
    assert "The report stays here" in log.text
