"""What is told of backups: too old, failed, not copied, or silent. Never measures anything.

The tasks say how they ended, and watch_backups says each hour how old things are. S3 publishes how far a copy
is behind in the copy's region, and what it could not copy in the source's (Amazon S3, 'Using S3 Replication
metrics'): an alarm stands where its metric is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from constructs import Construct

from stacks.constructs.alarm_topic import FIVE_MINUTES, AlarmTopic, Metric, Watched, errors_of
from stacks.constructs.replication import RULE
from stacks.constructs.tier_stack import TierStack
from stacks.settings.backup import BackupAlarmsSettings

RUNBOOK = "What to do: docs/runbooks/disaster-recovery.md"
HOUR = 3_600
TWO_HOURS = 2 * HOUR
"""Of what is published each hour: a run that comes a little late leaves no period empty."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of one database, as the tasks and watch_backups publish them."""

    namespace: str
    database: str

    def metric(self, name: str, statistic: str, *, period: int, **dimensions: str) -> Metric:
        """Return one of them."""
        return Metric(
            namespace=self.namespace,
            name=name,
            dimensions={"Database": self.database, **dimensions},
            statistic=statistic,
            period=period,
        )


@dataclass(frozen=True, kw_only=True)
class Nightly:
    """What logical backups are told of by: the rule that starts their task, S3's dimensions of their copy."""

    rule: str
    copied: Mapping[str, str]


class BackupAlarms(Construct):
    """The alarms of the tier's own region, but for those of the drills and of AWS Backup's jobs."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        limits: BackupAlarmsSettings,
        figures: Figures,
        watch: str,
        nightly: Nightly | None,
        automated: bool,
        topic: AlarmTopic,
    ) -> None:
        """Declare them; `watch` looks, and RDS copies its own backups where they are `automated`."""
        super().__init__(scope, id_)
        there = scope.tier.recovery_region
        for it in (
            *(_of_the_night(limits, figures, there, nightly) if nightly else ()),
            *((_of_rds(limits, figures, there),) if automated else ()),
            Watched(
                id="WatchErrors",
                what="watch-backups-errors",
                description=f"{watch} has failed: how old the backups are is not known. Why: its log.",
                metric=errors_of(watch),
            ),
        ):
            it.declare(self, topic, runbook=RUNBOOK)


def copy_dimensions(source: str, destination: str) -> dict[str, str]:
    """Return the dimensions of S3's own metrics of the replication."""
    return {"SourceBucket": source, "DestinationBucket": destination, "RuleId": RULE}


def not_started(rule: str, *, id_: str, part: str) -> Watched:
    """Tell of a rule that could not start its task."""
    return Watched(
        id=id_,
        what=f"{part}-not-started",
        description=f"The {part} task could not be started when it was due: its role, its network, or "
        "Fargate has no room.",
        metric=Metric(
            namespace="AWS/Events",
            name="FailedInvocations",
            dimensions={"RuleName": rule},
            statistic="Sum",
            period=FIVE_MINUTES,
        ),
    )


def _of_the_night(
    limits: BackupAlarmsSettings, figures: Figures, there: str, nightly: Nightly
) -> Iterator[Watched]:
    yield from _of_age(limits, figures, there)
    yield from _of_copying(limits, figures, there, nightly.copied)
    yield from _of_the_task(figures, nightly.rule)


def _of_rds(limits: BackupAlarmsSettings, figures: Figures, there: str) -> Watched:
    return Watched(
        id="AutomatedCopyAge",
        what="automated-copy-age",
        description=f"RDS's copy of its own backups in {there} ends more than "
        f"{limits.automated_copy_age_hours} hours ago, or is not there, or nobody has looked: point-in-time "
        "recovery there would lose as much. What RDS says: `aws rds describe-db-instance-automated-backups "
        f"--region {there}`.",
        metric=figures.metric("AutomatedCopyAgeHours", "Maximum", period=TWO_HOURS),
        above=limits.automated_copy_age_hours,
        silence_breaches=True,
    )


def _of_age(limits: BackupAlarmsSettings, figures: Figures, there: str) -> Iterator[Watched]:
    for copy, hours, where in (
        ("source", limits.age_hours, "here"),
        ("replica", limits.replica_age_hours, f"in {there}"),
    ):
        yield Watched(
            id=f"{copy.capitalize()}Age",
            what=f"backup-age-{copy}",
            description=f"The newest complete backup {where} is older than {hours} hours, or nobody has "
            "looked. Which there are: `datatier backup list`.",
            metric=figures.metric("BackupAgeHours", "Maximum", period=TWO_HOURS, Copy=copy),
            above=hours,
            silence_breaches=True,
        )


def _of_copying(
    limits: BackupAlarmsSettings, figures: Figures, there: str, copied: Mapping[str, str]
) -> Iterator[Watched]:
    yield Watched(
        id="Pending",
        what="backup-replication-pending",
        description=f"For {limits.pending_hours} hours objects of the newest backup have lacked in {there}, "
        "or nobody has looked.",
        # The least value of them all: at no moment was everything there.
        metric=figures.metric("ReplicationPendingObjects", "Minimum", period=limits.pending_hours * HOUR),
        silence_breaches=True,
    )
    yield Watched(
        id="NotCopied",
        what="backup-replication-failed",
        description=f"S3 could not copy objects to {there}, and does not try them again: the role's rights, "
        "the key there, or the bucket there.",
        metric=Metric(
            namespace="AWS/S3",
            name="OperationsFailedReplication",
            dimensions=copied,
            statistic="Sum",
            period=FIVE_MINUTES,
        ),
    )


def _of_the_task(figures: Figures, rule: str) -> Iterator[Watched]:
    yield Watched(
        id="Failed",
        what="backup-failed",
        description="A backup has failed; the next one comes at night, or by `datatier backup now`. Why: the "
        "log of its task.",
        metric=figures.metric("BackupSucceeded", "Minimum", period=HOUR),
        below=1,
    )
    yield not_started(rule, id_="NotStarted", part="backup")
