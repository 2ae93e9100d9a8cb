"""What looks at the backups each hour and publishes how old they and the drills are. Never changes anything.

It reads both buckets, and asks RDS in the recovery region how far its own copy reaches: a backup that was
never begun sends no word of its failure, and only who looks for it notices. It stands outside the VPC, which
has no way to the other region, and in the tier's own region: when that is lost nobody needs telling.
"""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.backup_bucket import BackupBucket
from stacks.constructs.object_access import may_list, may_read, may_use_key
from stacks.constructs.python_asset import PythonAsset
from stacks.constructs.python_function import PythonFunction
from stacks.constructs.recovery_place import RecoveryPlace
from stacks.constructs.tier_stack import TierStack
from stacks.naming import BACKUPS_PREFIX, DRILLS_PREFIX
from stacks.settings.backup import BackupSettings

FUNCTION = "watch_backups"
EVERY = "rate(1 hour)"
MINUTES_TO_LOOK = 3
"""It reads listings and reports, and gives one region up in seconds to go on with the other."""

MEMORY_MB = 256


@dataclass(frozen=True, kw_only=True)
class Logical:
    """Where the logical backups are: their bucket, and its key."""

    bucket: BackupBucket
    key_arn: str


class BackupWatch(Construct):
    """The function, and the rule that calls it."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        settings: BackupSettings,
        asset: PythonAsset,
        database_name: str,
        logical: Logical | None,
        copied_instance: str | None,
        recovery: RecoveryPlace,
        logs_key_arn: str,
    ) -> None:
        """Declare them; `copied_instance` is the ARN of the instance whose automated backups RDS copies."""
        super().__init__(scope, id_)
        told: dict[str, str] = {}
        may: list[iam.PolicyStatement] = []
        if logical is not None:
            told |= {
                "SOURCE_BUCKET": logical.bucket.name,
                "REPLICA_BUCKET": recovery.bucket,
                "DRILL_HOURS": str(settings.drill_hours),
            }
            may += _may_look(scope, logical, recovery)
        if copied_instance is not None:
            told["COPIED_INSTANCE_ARN"] = copied_instance
            may.append(recovery.may_list_automated_backups())
        self.function = PythonFunction(
            self,
            "Watch",
            name=scope.names.function(FUNCTION),
            asset=asset,
            handler=f"lambdas.{FUNCTION}.handler.handler",
            description=f"{scope.names.prefix}: measures how old backups and drills are",
            timeout=Duration.minutes(MINUTES_TO_LOOK),
            memory_mb=MEMORY_MB,
            environment={
                **told,
                "RECOVERY_REGION": recovery.region,
                "DATABASE": database_name,
                "METRICS_NAMESPACE": scope.names.metrics,
                "POWERTOOLS_SERVICE_NAME": FUNCTION,
            },
            statements=may,
            logs_key_arn=logs_key_arn,
            log_retention_days=settings.log_retention_days,
        )
        arn = self.function.function.function_arn
        rule = events.CfnRule(
            self,
            "Rule",
            description=f"{scope.names.prefix}: how old are the backups and the drills",
            schedule_expression=EVERY,
            targets=[events.CfnRule.TargetProperty(id="Watch", arn=arn)],
        )
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=arn,
            principal="events.amazonaws.com",
            source_account=scope.account,
            source_arn=rule.attr_arn,
        )

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.function.function_name


def _may_look(scope: TierStack, logical: Logical, recovery: RecoveryPlace) -> list[iam.PolicyStatement]:
    source = logical.bucket.arn
    return [
        may_list(source),
        may_list(recovery.bucket_arn),
        may_read(source, BACKUPS_PREFIX),
        may_read(recovery.bucket_arn, BACKUPS_PREFIX, DRILLS_PREFIX),
        may_use_key(scope, ["kms:Decrypt"], key_arn=logical.key_arn, bucket_arn=source),
        recovery.may_use_key(["kms:Decrypt"]),
    ]
