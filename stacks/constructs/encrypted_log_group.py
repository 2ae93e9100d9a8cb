"""A CloudWatch log group that is encrypted and forgets in time. Never left to a service to create."""

from functools import cached_property

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.tier_stack import TierStack


class EncryptedLogGroup(Construct):
    """A log group with the customer-managed key, made before the first writer so that retention holds."""

    def __init__(
        self, scope: Construct, id_: str, *, key_arn: str, retention_days: int, name: str | None = None
    ) -> None:
        super().__init__(scope, id_)
        self.resource = logs.CfnLogGroup(
            self, "Group", log_group_name=name, kms_key_id=key_arn, retention_in_days=retention_days
        )
        TierStack.around(scope).keep(self.resource)

    @property
    def name(self) -> str:
        """Its name."""
        return self.resource.ref

    @property
    def streams_arn(self) -> str:
        """ARN of everything in it, as the writing actions want it: it ends with `:*`."""
        return self.resource.attr_arn

    @property
    def may_write(self) -> iam.PolicyStatement:
        """The right to write streams of it, and nothing else."""
        return iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[self.streams_arn]
        )

    @cached_property
    def for_lambda(self) -> logs.ILogGroup:
        """The group as CDK's own function constructs take it."""
        return logs.LogGroup.from_log_group_name(self, "Reference", self.name)
