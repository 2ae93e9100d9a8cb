"""What a drill does around its restore: it reports whatever happens, and leaves nothing behind."""

from __future__ import annotations

import json
import shutil
import signal
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from containers.backup.drill.folder import NAME
from containers.backup.manifest import FORMAT
from lambdas.common.backup_layout import DRILL_REPORT, DRILL_STARTED, MANIFEST
from tests.integration.backup.drill.drilling import NEWEST, OLDER, SCHEMA
from tools.servers.accounts import hand_over

if TYPE_CHECKING:
    from tests.integration.backup.drill.drilling import Drilling


def test_a_good_drill_reports_what_it_measured_and_leaves_nothing(drilling: Drilling) -> None:
    drilling.lay("SELECT 1/0", backup=OLDER)
    drilling.lay()
    ended = drilling.run(compare="SELECT 'no name' FROM public.shops WHERE name <> 'Ä'")
    assert (ended.code, ended.complaint) == (0, "")
    assert ended.started is not None
    assert ended.report is not None
    assert ended.report["backup"] == NEWEST
    assert ended.report["succeeded"] is True
    assert (ended.report["rows"], ended.report["restored_bytes"]) == (0, 4096)
    assert (ended.report["differences"], ended.report["remarks"]) == ([], [])
    assert ended.report["migrations"] is None
    began = datetime.fromisoformat(ended.report["started_at"])
    snapshot = datetime.fromisoformat("2026-11-26T02:10:04+00:00")
    assert ended.report["rpo_seconds"] == pytest.approx((began - snapshot).total_seconds(), abs=1)
    assert ended.report["rto_seconds"] > 0
    assert ended.started == {"format": 1, "started_at": ended.report["started_at"]}
    assert "TOLD True" in ended.said
    assert drilling.nothing_is_left()


def test_a_difference_fails_the_drill_and_is_named(drilling: Drilling) -> None:
    drilling.lay()
    ended = drilling.run(compare="SELECT 'difference ' || n FROM generate_series(1, 7) AS n")
    assert ended.code == 1
    assert ended.complaint.startswith("DrillFailed: ")
    assert "7 differences: difference 1; difference 2" in ended.complaint
    assert "and 2 more" in ended.complaint
    assert ended.report is not None
    assert ended.report["succeeded"] is False
    assert ended.report["differences"] == [f"difference {number}" for number in range(1, 8)]
    assert ended.report["rto_seconds"] > 0
    assert "TOLD False" in ended.said
    assert drilling.nothing_is_left()


def test_no_backup_at_all_is_a_failure_with_a_report(drilling: Drilling) -> None:
    ended = drilling.run()
    assert ended.code == 1
    assert ended.complaint.startswith("NoBackup: there is no complete backup")
    assert ended.report is not None
    assert (ended.report["succeeded"], ended.report["backup"]) == (False, None)
    assert "no complete backup" in ended.report["error"]


def test_a_backup_without_a_manifest_is_none(drilling: Drilling) -> None:
    (drilling.lay() / MANIFEST).unlink()
    assert drilling.run().complaint.startswith("NoBackup: ")


def test_a_flipped_bit_in_an_object_fails_the_drill(drilling: Drilling) -> None:
    place = drilling.lay() / "schema.sql"
    content = bytearray(place.read_bytes())
    content[-2] ^= 1
    place.write_bytes(content)
    ended = drilling.run()
    assert ended.code == 1
    assert ended.report is not None
    assert ended.report["succeeded"] is False
    assert drilling.nothing_is_left()


def test_a_flipped_bit_in_the_manifest_fails_the_drill(drilling: Drilling) -> None:
    place = drilling.lay() / MANIFEST
    place.write_bytes(place.read_bytes().replace(b'"database_bytes": 1024', b'"database_bytes": 1025'))
    ended = drilling.run()
    assert ended.complaint.startswith("ManifestInvalid: ")
    assert ended.report is not None
    assert (ended.report["backup"], ended.report["succeeded"]) == (NEWEST, False)


def test_a_manifest_of_another_format_is_refused_by_its_number(drilling: Drilling) -> None:
    place = drilling.lay() / MANIFEST
    document = json.loads(place.read_text(encoding="utf-8"))
    place.write_text(json.dumps(document | {"format": FORMAT - 1}), encoding="utf-8")
    ended = drilling.run()
    assert ended.code == 1
    assert f"format {FORMAT - 1}" in ended.complaint


def test_a_backup_of_an_older_server_drills_as_any_other(drilling: Drilling) -> None:
    drilling.lay(server_version=140002)
    assert drilling.run().code == 0


def test_an_extension_that_is_not_here_is_named_before_anything_is_restored(drilling: Drilling) -> None:
    drilling.lay(facts={"extensions": {"plpgsql": "1.0", "timescaledb": "2.9", "aws_s3": "1.1"}})
    ended = drilling.run()
    assert ended.complaint.startswith("TargetRefused: ")
    assert "no extension aws_s3, timescaledb" in ended.complaint
    assert drilling.nothing_is_left()


def test_a_locale_that_is_not_here_is_remarked(drilling: Drilling) -> None:
    drilling.lay(collation="tlh_QO.UTF-8")
    ended = drilling.run()
    assert ended.code == 0
    assert ended.report is not None
    assert [remark.split(":")[0] for remark in ended.report["remarks"]] == [
        "the locale tlh_QO.UTF-8 of the backup is not known here"
    ]


def test_another_encoding_is_kept(drilling: Drilling) -> None:
    drilling.lay(encoding="LATIN1", collation="en_US.ISO-8859-99")
    shown = "SELECT current_setting('server_encoding') WHERE current_setting('server_encoding') <> 'LATIN1'"
    assert drilling.run(compare=shown).code == 0


def test_roles_exist_and_none_may_log_in(drilling: Drilling) -> None:
    drilling.lay(roles=("datatier_owner", "o'\"x", "Ünder", "pg_read_all_data", "public"))
    wrong = (
        "SELECT name FROM unnest(ARRAY['datatier_owner', 'o''\"x', 'Ünder']) AS name WHERE NOT EXISTS "
        "(SELECT FROM pg_roles WHERE rolname = name AND NOT rolcanlogin AND NOT rolsuper)"
    )
    assert drilling.run(compare=wrong).code == 0


def test_a_database_name_may_be_anything(drilling: Drilling) -> None:
    drilling.lay(database="Shöp \"x' y")
    assert drilling.run(compare="SELECT 'other' WHERE current_database() <> 'Shöp \"x'' y'").code == 0


def test_the_server_listens_on_no_port(drilling: Drilling) -> None:
    drilling.lay()
    assert drilling.run(compare="SELECT 'listens' WHERE current_setting('listen_addresses') <> ''").code == 0


def test_a_disk_that_is_too_small_is_refused_before_anything_is_restored(drilling: Drilling) -> None:
    drilling.lay("SELECT 1/0", database_bytes=shutil.disk_usage(drilling.scratch).total)
    ended = drilling.run()
    assert ended.complaint.startswith("SpaceLacking: ")
    assert "backup.drill_disk_gib" in ended.complaint
    assert ended.report is not None
    assert ended.report["succeeded"] is False
    assert drilling.nothing_is_left()


@pytest.mark.usefixtures("small_disk")
def test_a_disk_that_fills_up_in_the_middle_is_told_with_what_to_do(drilling: Drilling) -> None:
    drilling.lay("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 200000)")
    ended = drilling.run(reserve=1024)
    assert ended.code == 1
    assert ended.complaint.startswith("SpaceLacking: ")
    assert "backup.drill_disk_gib" in ended.complaint
    assert ended.report is not None
    assert ended.report["succeeded"] is False
    assert drilling.nothing_is_left()


def test_a_server_that_cannot_write_is_never_a_success(drilling: Drilling) -> None:
    # A limit on the size of a file, which no account may pass: another end of a disk.
    drilling.lay("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 200000)")
    ended = drilling.ended(drilling.start("prlimit", f"--fsize={32 * 1024**2}"))
    assert ended.code == 1
    assert ended.report is not None
    assert ended.report["succeeded"] is False
    assert ended.report["error"]
    assert drilling.nothing_is_left()


def test_sigterm_while_a_success_is_reported_takes_nothing_back(drilling: Drilling) -> None:
    drilling.lay()
    ended = drilling.run(stop_at_report=True)
    assert (ended.code, ended.complaint) == (0, "")
    assert "TOLD True" in ended.said
    assert ended.report is not None
    assert ended.report["succeeded"] is True


def test_sigterm_in_the_middle_ends_in_order_and_reports(drilling: Drilling) -> None:
    drilling.lay()
    process = drilling.hold()
    assert drilling.servers()
    process.send_signal(signal.SIGTERM)
    ended = drilling.ended(process)
    assert ended.code == 1
    assert ended.complaint.startswith("Stopped: ")
    assert "Traceback" not in ended.complaint
    assert ended.report is not None
    assert ended.report["succeeded"] is False
    assert "SIGTERM" in ended.report["error"]
    assert drilling.nothing_is_left()


def test_sigkill_leaves_no_server_and_the_next_drill_clears_up(drilling: Drilling) -> None:
    drilling.lay()
    process = drilling.hold()
    process.kill()
    ended = drilling.ended(process)
    assert ended.started is not None
    assert ended.report is None
    assert (drilling.scratch / NAME).is_dir()
    again = drilling.run()
    assert again.code == 0
    assert "had left its folder" in again.said
    assert drilling.nothing_is_left()


def test_a_second_drill_in_the_same_folder_is_refused_and_disturbs_nothing(drilling: Drilling) -> None:
    drilling.lay()
    first = drilling.hold()
    second = drilling.run()
    assert second.complaint.startswith("TargetRefused: another drill is at work")
    assert drilling.servers()
    first.send_signal(signal.SIGTERM)
    assert drilling.ended(first).code == 1
    assert drilling.nothing_is_left()


def test_a_store_that_takes_no_report_fails_the_drill_and_is_told(drilling: Drilling) -> None:
    drilling.lay()
    ended = drilling.run(reachable=False)
    assert ended.complaint.startswith("StoreUnreachable: ")
    assert "TOLD False" in ended.said
    assert (drilling.newest(DRILL_STARTED), drilling.newest(DRILL_REPORT)) == (None, None)


@pytest.mark.parametrize("place", ["missing", "x" * 90])
def test_a_scratch_directory_that_cannot_be_used_is_refused_in_one_line(
    drilling: Drilling, place: str
) -> None:
    drilling.lay(SCHEMA)
    drilling.scratch = drilling.scratch / place
    if place != "missing":
        drilling.scratch.mkdir(parents=True)
        hand_over(drilling.scratch)
    ended = drilling.run()
    assert ended.complaint.startswith("EnvironmentInvalid: SCRATCH_DIRECTORY")
    assert ended.complaint.count("\n") == 1
