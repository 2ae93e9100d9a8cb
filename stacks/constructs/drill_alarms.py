"""What is told of drills and of the copy that they restore: too old, failed, slow. Never measures anything.

Most stand in the tier's own region, where watch_backups reads the drills' reports; what only the recovery
region knows stands there, with a topic of its own (an alarm reaches no topic of another region).
"""

from collections.abc import Mapping

from constructs import Construct

from stacks.constructs.alarm_topic import FIVE_MINUTES, AlarmTopic, Metric, Watched
from stacks.constructs.backup_alarms import RUNBOOK, TWO_HOURS, Figures, not_started
from stacks.constructs.tier_stack import TierStack
from stacks.settings.backup import BackupAlarmsSettings


class DrillAlarms(Construct):
    """The alarms of the tier's own region."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        limits: BackupAlarmsSettings,
        figures: Figures,
        topic: AlarmTopic,
    ) -> None:
        super().__init__(scope, id_)
        for it in (
            Watched(
                id="Age",
                what="drill-age",
                description=f"No drill has succeeded for {limits.drill_age_hours} hours, or nobody has "
                "looked. To try now: `datatier drill`.",
                metric=figures.metric("DrillAgeHours", "Maximum", period=TWO_HOURS),
                above=limits.drill_age_hours,
                silence_breaches=True,
            ),
            Watched(
                id="Failed",
                what="drill-failed",
                description="The newest drill has failed, or was never heard of again: the newest backup is "
                "not proven. What differs: its report, in the recovery region's bucket.",
                metric=figures.metric("DrillFailed", "Maximum", period=TWO_HOURS),
                silence_breaches=True,
            ),
            Watched(
                id="Rto",
                what="drill-rto",
                description="To restore the newest backup and compare it took longer than "
                f"{limits.rto_seconds} s.",
                metric=figures.metric("MeasuredRtoSeconds", "Maximum", period=TWO_HOURS),
                above=limits.rto_seconds,
            ),
        ):
            it.declare(self, topic, runbook=RUNBOOK)


class RecoveryAlarms(Construct):
    """The alarms of the recovery region."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        limits: BackupAlarmsSettings,
        drill_rule: str | None,
        copied: Mapping[str, str],
        topic: AlarmTopic,
    ) -> None:
        """Declare them; `drill_rule` starts the drill, if there is one, `copied` are S3's dimensions."""
        super().__init__(scope, id_)
        Watched(
            id="Latency",
            what="backup-replication-latency",
            description=f"S3's copy of the backups is more than {limits.latency_seconds} s behind.",
            metric=Metric(
                namespace="AWS/S3",
                name="ReplicationLatency",
                dimensions=copied,
                statistic="Maximum",
                period=FIVE_MINUTES,
            ),
            above=limits.latency_seconds,
        ).declare(self, topic, runbook=RUNBOOK)
        if drill_rule is not None:
            not_started(drill_rule, id_="DrillNotStarted", part="drill").declare(self, topic, runbook=RUNBOOK)
