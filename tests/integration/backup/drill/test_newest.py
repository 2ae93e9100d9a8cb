"""Which backup a drill restores: the newest that has arrived whole, and none that is named for the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lambdas.common.backup_layout import BackupId
from tests.integration.backup.drill.drilling import NEWEST, OLDER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.backup.drill.drilling import Drilling

FUTURE = "2099-01-01T000000Z-ffffff"


def lay_at(drilling: Drilling, age: timedelta) -> tuple[str, Path]:
    """Lay a backup of that age; return its name and its folder."""
    moment = datetime.now(UTC) - age
    name = str(BackupId.new(moment))
    at = moment.isoformat()
    return name, drilling.lay(backup=name, snapshot_at=at, finished_at=at)


def test_a_backup_whose_rows_are_still_on_their_way_is_passed_over_and_remarked(drilling: Drilling) -> None:
    drilling.lay()
    name, place = lay_at(drilling, timedelta(minutes=5))
    (place / "schema.sql").unlink()
    ended = drilling.run()
    assert (ended.code, ended.complaint) == (0, "")
    assert ended.report is not None
    assert ended.report["backup"] == NEWEST
    (remark,) = ended.report["remarks"]
    assert f"still on its way: {name}" in remark
    assert "lacks schema.sql" in remark


def test_a_backup_that_lacks_an_object_for_long_fails_the_drill_though_an_older_one_is_whole(
    drilling: Drilling,
) -> None:
    drilling.lay(backup=OLDER)
    name, place = lay_at(drilling, timedelta(hours=2))
    (place / "schema.sql").unlink()
    ended = drilling.run()
    assert ended.complaint.startswith("ObjectMissing: ")
    assert "lacks schema.sql" in ended.complaint
    assert ended.report is not None
    assert (ended.report["backup"], ended.report["succeeded"]) == (name, False)


def test_where_nothing_has_arrived_whole_there_is_no_backup(drilling: Drilling) -> None:
    _, place = lay_at(drilling, timedelta(minutes=5))
    (place / "schema.sql").unlink()
    ended = drilling.run()
    assert ended.complaint.startswith("NoBackup: ")
    assert "Drill again in an hour" in ended.complaint


def test_a_backup_that_claims_to_end_in_the_future_has_no_time_to_arrive(drilling: Drilling) -> None:
    drilling.lay()
    place = drilling.lay(backup=str(BackupId.new(datetime.now(UTC))), finished_at="2099-01-01T00:00:00+00:00")
    (place / "schema.sql").unlink()
    assert drilling.run().complaint.startswith("ObjectMissing: ")


def test_a_backup_that_is_named_for_the_future_is_passed_over_and_remarked(drilling: Drilling) -> None:
    drilling.lay()
    drilling.lay("SELECT 1/0", backup=FUTURE)
    ended = drilling.run()
    assert (ended.code, ended.complaint) == (0, "")
    assert ended.report is not None
    assert ended.report["backup"] == NEWEST
    (remark,) = ended.report["remarks"]
    assert FUTURE in remark


def test_one_that_is_named_for_the_future_alone_is_no_backup(drilling: Drilling) -> None:
    drilling.lay(backup=FUTURE)
    ended = drilling.run()
    assert ended.complaint.startswith("NoBackup: ")
    assert FUTURE in ended.complaint


def test_a_snapshot_that_is_to_come_fails_the_drill(drilling: Drilling) -> None:
    drilling.lay(snapshot_at=(datetime.now(UTC) + timedelta(hours=2)).isoformat())
    ended = drilling.run()
    assert ended.complaint.startswith("ManifestInvalid: ")
    assert "which is to come" in ended.complaint
    assert ended.report is not None
    assert (ended.report["succeeded"], ended.report["rpo_seconds"]) == (False, None)


def test_a_clock_that_is_a_little_behind_makes_no_age_below_zero(drilling: Drilling) -> None:
    drilling.lay(snapshot_at=(datetime.now(UTC) + timedelta(minutes=5)).isoformat())
    ended = drilling.run()
    assert ended.report is not None
    assert (ended.report["succeeded"], ended.report["rpo_seconds"]) == (True, 0)
