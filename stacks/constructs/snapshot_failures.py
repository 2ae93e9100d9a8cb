"""Jobs of AWS Backup that failed, be it a snapshot, its copy or a restore test: kept, and told at once.

Never tries one again. AWS Backup sends its events as well as it can ('Monitoring AWS Backup events using
Amazon EventBridge': best effort), and none of a job that it never began.
"""

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.backup_alarms import RUNBOOK
from stacks.constructs.tier_stack import TierStack
from stacks.constructs.told_events import ToldEvents

JOBS = ("Backup Job State Change", "Copy Job State Change", "Restore Job State Change")
FAILED = ("FAILED", "ABORTED", "EXPIRED")
"""A snapshot can end in each of them, a restore in the first two, a copy in the first (AWS Backup API,
'DescribeBackupJob', 'DescribeRestoreJob', 'DescribeCopyJob'). EXPIRED was not begun within its window."""


class SnapshotFailures(ToldEvents):
    """Those that have to do with one vault, or were done by one role."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        vault_arn: str,
        role_arn: str,
        topic: AlarmTopic,
        logs_key_arn: str,
        log_retention_days: int,
    ) -> None:
        """Declare them; `vault_arn` is what is copied from, `role_arn` restores.

        A failed restore names no vault, and says `status` where the others say `state` (AWS Backup,
        'Monitoring AWS Backup events using Amazon EventBridge'): it is known by the role, which is the plan's
        alone.
        """
        failed = list(FAILED)
        super().__init__(
            scope,
            id_,
            what="snapshot-failed",
            policy="snapshot-failures",
            sentence="a job of AWS Backup has failed",
            description="A job of AWS Backup has failed: a snapshot, its copy to the recovery region, or a "
            "restore test. Which one and why: the log group",
            runbook=RUNBOOK,
            pattern={
                "source": ["aws.backup"],
                "detail-type": list(JOBS),
                "detail": {
                    "$or": [
                        {"backupVaultArn": [vault_arn], "state": failed},
                        {"sourceBackupVaultArn": [vault_arn], "state": failed},
                        {"iamRoleArn": [role_arn], "status": failed},
                    ]
                },
            },
            topic=topic,
            logs_key_arn=logs_key_arn,
            log_retention_days=log_retention_days,
        )
