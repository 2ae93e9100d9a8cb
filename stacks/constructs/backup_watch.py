"""What looks at both buckets each hour and publishes how old backups and drills are. Never changes anything.

A backup that was never begun sends no word of its failure: only who looks for it notices. It stands outside
the VPC, which has no way to the other region, and in the tier's own region: when that is lost nobody needs
telling.
"""

from aws_cdk import Duration
from aws_cdk import aws_events as events
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
        source: BackupBucket,
        source_key_arn: str,
        recovery: RecoveryPlace,
        logs_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
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
                "SOURCE_BUCKET": source.name,
                "REPLICA_BUCKET": recovery.bucket,
                "RECOVERY_REGION": recovery.region,
                "DATABASE": database_name,
                "DRILL_HOURS": str(settings.drill_hours),
                "METRICS_NAMESPACE": scope.names.metrics,
                "POWERTOOLS_SERVICE_NAME": FUNCTION,
            },
            statements=[
                may_list(source.arn),
                may_list(recovery.bucket_arn),
                may_read(source.arn, BACKUPS_PREFIX),
                may_read(recovery.bucket_arn, BACKUPS_PREFIX, DRILLS_PREFIX),
                may_use_key(scope, ["kms:Decrypt"], key_arn=source_key_arn, bucket_arn=source.arn),
                recovery.may_use_key(["kms:Decrypt"]),
            ],
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
