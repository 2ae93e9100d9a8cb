"""The rotation slice: when each credential is replaced, and by what. Never says how.

A quarter is the document's; which day of it belongs to whom is ours: those that serve nobody come first, so
that a fault shows before it reaches the application.
"""

from math import ceil
from typing import Annotated

from pydantic import Field

from stacks.settings.constraints import Between, Slice
from stacks.settings.network import LOG_RETENTION
from stacks.settings.schedules import HOURS_A_DAY, ScheduleExpression, parse_schedule

_SOURCE = "Source: document, 'Secrets Management' (quarterly); Secrets Manager guide, 'Rotation schedules'."

Expression = Annotated[str, ScheduleExpression()]


def _quarterly(day: int, whose: str) -> str:
    return Field(
        default=f"cron(0 8 {day} 1,4,7,10 ? *)",
        description=f"When the password of {whose} is replaced. {_SOURCE}",
    )


class SchedulesSettings(Slice):
    """When each credential rotates, in UTC; each window opens on the hour."""

    monitor: Expression = _quarterly(4, "the PostgreSQL login `monitor`")
    readonly: Expression = _quarterly(6, "the PostgreSQL login `readonly`")
    backup: Expression = _quarterly(8, "the PostgreSQL login `backup`")
    migrator: Expression = _quarterly(10, "the PostgreSQL login `migrator`")
    app: Expression = _quarterly(12, "the PostgreSQL login `app`")
    redis_admin: Expression = _quarterly(14, "the Redis user `admin`")
    redis_app: Expression = _quarterly(16, "the Redis user `app`")
    master: Expression = _quarterly(18, "the RDS master")


class RotationSettings(Slice):
    """What replaces the credentials, when, and who hears when it does not."""

    client_cache_seconds: Annotated[int, Between(1, 86_400, "seconds")] = Field(
        default=300,
        description="How long an application may keep a secret before it reads it again; a rotation that "
        "comes sooner after the last one is refused. Source: design, 'Secrets'.",
    )
    window_hours: Annotated[int, Between(1, 24, "hours")] = Field(
        default=2,
        description="How long the window of a rotation stays open; Secrets Manager chooses the moment. "
        "Source: Secrets Manager guide, 'Rotation schedules'.",
    )
    schedules: SchedulesSettings = Field(
        default_factory=SchedulesSettings, description="When each credential rotates."
    )
    alarm_each_secret: bool = Field(
        default=False,
        description="Whether each secret that is older than its schedule has a metric and an alarm of its "
        "own, which name it, in place of one for all: eight cost $3.20 a month at most, one $0.40. Source: "
        "Amazon CloudWatch pricing.",
    )
    reserved_concurrency: Annotated[int, Between(1, 100, "calls at a time")] | None = Field(
        default=None,
        description="Calls at a time that each function of the rotation is kept free for and held to; unset, "
        "they share the account's, which is too small to reserve from where its quota is 10. Source: Lambda, "
        "'Configuring reserved concurrency'.",
    )
    timeout_minutes: Annotated[int, Between(1, 15, "minutes")] = Field(
        default=15,
        description="Longest run of one step of a rotation; ElastiCache takes minutes to change a user. "
        "Source: Lambda quotas.",
    )
    memory_mb: Annotated[int, Between(128, 10240, "MB")] = Field(
        default=512,
        description="Memory of each function of the rotation; its CPU share follows. Source: Lambda quotas.",
    )
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=120,
        description="Days that the functions' logs and the failures are kept; more than a quarter, so that "
        "the last rotation can still be read when the next one fails. Source: CloudWatch Logs, "
        "PutRetentionPolicy.",
    )


def longest_days(settings: RotationSettings) -> dict[str, int]:
    """Return how many days old each password may become, by the names of the schedules.

    Between two rotations lie at most the longest pause of the schedule and a window.
    """
    schedules: dict[str, str] = settings.schedules.model_dump()
    return {
        name: ceil((parse_schedule(text).longest_hours + settings.window_hours) / HOURS_A_DAY)
        for name, text in schedules.items()
    }
