"""Rules on backups: within the window, on tasks that there are, on a disk that holds them. Looks at none."""

import math
from collections.abc import Iterator
from fractions import Fraction

from stacks.settings.environment import Environment
from stacks.settings.rules.fargate import nearest_memory
from stacks.settings.rules.finding import Finding
from stacks.settings.windows import MINUTES_A_DAY

LEAST_MINUTES = 30
"""Left of the window when the backup begins: as long as RDS wants its own to be (the RDS guide)."""

DISK_FACTOR, DISK_RESERVE_GIB = Fraction(13, 10), 1
"""Disk that a drill wants for each GiB of the database, and besides: containers/backup/drill/space.py's."""

LARGEST_DISK_GIB = 200
"""Of a Fargate task (Amazon ECS, 'Fargate task ephemeral storage')."""


def drill_disk(database_gib: int) -> int:
    """Return the least disk, in GiB, that a drill restores a database of that many GiB on."""
    return math.ceil(database_gib * DISK_FACTOR + DISK_RESERVE_GIB)


def largest_database(disk_gib: int) -> int:
    """Return the largest database, in GiB, that a drill restores on a disk of that many GiB."""
    return math.floor((disk_gib - DISK_RESERVE_GIB) / DISK_FACTOR)


def backup_begins_within_the_window(environment: Environment) -> Iterator[Finding]:
    """A backup weighs on the database at the hours that were chosen for it."""
    backup, window = environment.backup, environment.database.backup_window
    if not backup.logical:
        return
    hour, minute = map(int, backup.start.split(":"))
    begins = (hour * 60 + minute - window.start) % MINUTES_A_DAY
    if begins > window.minutes - LEAST_MINUTES:
        latest = (window.start + window.minutes - LEAST_MINUTES) % MINUTES_A_DAY
        yield Finding(
            "backup.start",
            f'must lie in database.backup_window = "{window}" and leave {LEAST_MINUTES} minutes of it: '
            f"{_clock(window.start)} at the earliest, {_clock(latest)} at the latest",
            ("backup.logical", "database.backup_window"),
        )


def drill_has_something_to_restore(environment: Environment) -> Iterator[Finding]:
    """A drill restores what the nightly task wrote and S3 copied."""
    if environment.backup.drill and not environment.backup.logical:
        yield Finding(
            "backup.drill",
            "wants backup.logical = true: it restores what that writes",
            ("backup.logical",),
        )


def drill_has_the_disk(environment: Environment) -> Iterator[Finding]:
    """The restored database lies on the task's own disk, whole, and the sort of an index beside it."""
    backup, size = environment.backup, environment.database.allocated_storage_gib
    disk, wanted = backup.drill_disk_gib, drill_disk(size)
    if backup.drill and disk < wanted:
        yield Finding(
            "backup.drill_disk_gib",
            f"is for a database of at most {largest_database(disk)} GiB, and "
            f"database.allocated_storage_gib = {size}: a drill wants {float(DISK_FACTOR)} times that and "
            f"{DISK_RESERVE_GIB} GiB; {_instead(wanted)}",
            ("backup.drill", "database.allocated_storage_gib"),
        )


def fargate_has_the_tasks(environment: Environment) -> Iterator[Finding]:
    """Fargate sells CPU and memory in pairs."""
    backup = environment.backup
    for task, there, cpu, memory in (
        ("", backup.logical, backup.cpu, backup.memory_mb),
        ("drill_", backup.drill, backup.drill_cpu, backup.drill_memory_mb),
    ):
        nearest = nearest_memory(cpu, memory)
        if there and nearest != memory:
            yield Finding(
                f"backup.{task}memory_mb",
                f"Fargate has no task of backup.{task}cpu = {cpu} with it; the nearest that it has is "
                f"{nearest}",
                (f"backup.{task}cpu", "backup.drill" if task else "backup.logical"),
            )


def _instead(wanted_gib: int) -> str:
    if wanted_gib <= LARGEST_DISK_GIB:
        return f"set it to at least {wanted_gib}"
    return (
        f"Fargate has at most {LARGEST_DISK_GIB} GiB, for {largest_database(LARGEST_DISK_GIB)}: set "
        "backup.drill = false and backup.aws_backup = true, whose restore tests make an instance"
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


BACKUP = (
    backup_begins_within_the_window,
    drill_has_something_to_restore,
    drill_has_the_disk,
    fargate_has_the_tasks,
)
