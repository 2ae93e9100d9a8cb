"""What the backup slice says by itself, and what it demands of the rest."""

from collections.abc import Callable

import pytest

from containers.backup.drill import space
from lambdas.watch_backups.readings import NEVER_HOURS
from stacks.naming import Names
from stacks.settings import Environment, load_environment
from stacks.settings.backup import BackupAlarmsSettings, BackupSettings
from stacks.settings.constraints import Between
from stacks.settings.rules import backup as rules

Load = Callable[[str], Environment]


def test_where_nothing_is_said_nothing_is_kept_besides_rds_own_backups(load_with: Load) -> None:
    backup = load_with("").backup
    assert not any((backup.replicate_automated, backup.logical, backup.drill, backup.aws_backup))
    assert not backup.leaves_the_region


def test_the_documents_figures_are_the_defaults(load_with: Load) -> None:
    environment = load_with("")
    assert environment.backup.retention_days == environment.database.backup_retention_days == 30
    assert (environment.backup.start, str(environment.database.backup_window)) == ("02:15", "02:00-04:00")


def test_prod_has_every_layer_but_the_third_copy_and_dev_none() -> None:
    prod, dev = load_environment("prod").backup, load_environment("dev").backup
    assert (prod.replicate_automated, prod.logical, prod.drill, prod.aws_backup) == (True, True, True, False)
    assert dev == BackupSettings()


@pytest.mark.parametrize("layer", ["replicate_automated", "logical", "aws_backup"])
def test_whatever_is_copied_wants_the_recovery_region(layer: str) -> None:
    assert BackupSettings.model_validate({layer: True}).leaves_the_region


@pytest.mark.parametrize("start", ["02:00", "02:15", "03:30"])
def test_a_backup_may_begin_anywhere_in_the_window_but_in_its_last_half_hour(
    load_with: Load, start: str
) -> None:
    assert load_with(f'backup.logical = true\nbackup.start = "{start}"').backup.start == start


def test_a_window_may_go_on_past_midnight(load_with: Load) -> None:
    window = 'database.backup_window = "23:00-01:00"\nbackup.logical = true\n'
    assert load_with(f'{window}backup.start = "00:30"').backup.start == "00:30"


def test_what_is_switched_off_is_not_judged(load_with: Load) -> None:
    assert load_with('backup.start = "12:00"\nbackup.memory_mb = 1000').backup.start == "12:00"


@pytest.mark.parametrize("text", ["cron(0 6 ? * SUN *)", "cron(30 23 ? * 3 *)", "cron(0 6 */2 * ? *)"])
def test_a_drill_comes_once_a_week_or_more_often(load_with: Load, text: str) -> None:
    assert load_with(f'backup.drill_schedule = "{text}"').backup.drill_schedule == text


def test_the_longest_name_of_a_bucket_is_one_that_s3_takes() -> None:
    longest = Names("a" * 16).backup_bucket(account="1" * 12, region="ap-southeast-1")
    assert len(longest) <= 63


@pytest.mark.parametrize(
    "name", ["age_hours", "replica_age_hours", "automated_copy_age_hours", "drill_age_hours"]
)
def test_no_limit_is_so_large_that_what_was_never_made_would_not_alarm(name: str) -> None:
    (limit,) = [it for it in BackupAlarmsSettings.model_fields[name].metadata if isinstance(it, Between)]
    assert limit.high < NEVER_HOURS


def test_settings_and_the_drill_want_the_same_disk() -> None:
    gib = 1024**3
    for size in range(20, 400):
        wanted = rules.drill_disk(size)
        assert (wanted - 1) * gib < space.needed_bytes(size * gib) <= wanted * gib
    assert rules.LARGEST_DISK_GIB == space.LARGEST_GIB


@pytest.mark.parametrize("disk", [21, 130, 131, 200])
def test_the_largest_database_of_a_disk_fits_on_it_and_the_next_one_does_not(disk: int) -> None:
    largest = rules.largest_database(disk)
    assert rules.drill_disk(largest) <= disk < rules.drill_disk(largest + 1)


def test_a_drill_has_the_disk_that_it_asks_for_and_not_one_gib_less(load_with: Load) -> None:
    wanted = "backup.logical = true\nbackup.drill = true\nbackup.drill_disk_gib = 131"
    assert load_with(wanted).database.allocated_storage_gib == 100
