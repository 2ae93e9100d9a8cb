"""The schedule of one secret's rotation, and Secrets Manager's right to call the function for it.

Attaching it runs the function's testSecret once, so the login must exist; it never rotates by being deployed.
"""

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.constructs.tier_stack import TierStack


class RotationSchedule(Construct):
    """One secret's schedule. CDK's own has no cron, and makes a cycle with a key of another stack."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        secret_arn: str,
        function: lambda_.Function,
        expression: str,
        window_hours: int,
    ) -> None:
        super().__init__(scope, id_)
        permission = lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="secretsmanager.amazonaws.com",
            # For this account's secret, and this one: no stranger's secret is rotated with our rights (the
            # confused deputy).
            source_account=scope.account,
            source_arn=secret_arn,
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Schedule",
            secret_id=secret_arn,
            rotation_lambda_arn=function.function_arn,
            rotate_immediately_on_update=False,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                schedule_expression=expression, duration=f"{window_hours}h"
            ),
        )
        schedule.add_resource_dependency(permission)
