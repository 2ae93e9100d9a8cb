"""The one topic that alarms go to, and the alarms. Never decides what is worth one.

Only CloudWatch publishes, over TLS, for this environment's alarms; messages are encrypted with a key of ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.tier_stack import TierStack

MINUTE, FIVE_MINUTES = 60, 300


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What an alarm looks at: the highest, lowest or summed value of a period, in seconds."""

    namespace: str
    name: str
    statistic: str
    period: int
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])


def errors_of(function_name: str) -> Metric:
    """Return the metric of a Lambda function's failed runs."""
    return Metric(
        namespace="AWS/Lambda",
        name="Errors",
        dimensions={"FunctionName": function_name},
        statistic="Sum",
        period=FIVE_MINUTES,
    )


class AlarmTopic(Construct):
    """The topic, and the addresses that are told once they have confirmed."""

    def __init__(self, scope: TierStack, id_: str, *, key_arn: str, email: Sequence[str]) -> None:
        super().__init__(scope, id_)
        topic = sns.CfnTopic(self, "Topic", display_name=scope.names.prefix, kms_master_key_id=key_arn)
        self.arn = topic.ref
        sns.CfnTopicPolicy(
            self,
            "Policy",
            topics=[self.arn],
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "Alarms",
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        "Action": "sns:Publish",
                        "Resource": self.arn,
                        "Condition": from_alarms(scope),
                    },
                    {
                        "Sid": "TlsOnly",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "sns:Publish",
                        "Resource": self.arn,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                ],
            },
        )
        for number, address in enumerate(email, start=1):
            sns.CfnSubscription(
                self, f"Email{number}", topic_arn=self.arn, protocol="email", endpoint=address
            )


class Alarm(Construct):
    """Tells the topic when a metric is above zero in a period, and stays silent when there is none.

    `above` or `below` set another limit, and `periods` how many of them in a row. With `silence_alarms`,
    which is for a metric that is always published, it tells of a missing one too; with `silence_breaches` a
    missing one is as bad as one beyond the limit, from the beginning.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        what: str,
        description: str,
        metric: Metric,
        topic: AlarmTopic,
        silence_alarms: bool = False,
        silence_breaches: bool = False,
        above: int = 0,
        below: int | None = None,
        periods: int = 1,
    ) -> None:
        """Declare it; `what` ends its name, `description` says what to do."""
        super().__init__(scope, id_)
        cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=TierStack.around(scope).names.alarm(what),
            alarm_description=description,
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
                for name, value in metric.dimensions.items()
            ],
            statistic=metric.statistic,
            period=metric.period,
            evaluation_periods=periods,
            threshold=above if below is None else below,
            comparison_operator="GreaterThanThreshold" if below is None else "LessThanThreshold",
            treat_missing_data=(
                "breaching" if silence_breaches else "missing" if silence_alarms else "notBreaching"
            ),
            alarm_actions=[topic.arn],
            insufficient_data_actions=[topic.arn] if silence_alarms else None,
        )


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What becomes an alarm, in `Alarm`'s words; `id` is its own in its construct."""

    id: str
    what: str
    description: str
    metric: Metric
    above: int = 0
    below: int | None = None
    periods: int = 1
    silence_alarms: bool = False
    silence_breaches: bool = False

    def declare(self, scope: Construct, topic: AlarmTopic, *, runbook: str = "") -> None:
        """Declare the alarm; `runbook` ends its description."""
        Alarm(
            scope,
            self.id,
            what=self.what,
            description=f"{self.description} {runbook}".rstrip(),
            metric=self.metric,
            topic=topic,
            above=self.above,
            below=self.below,
            periods=self.periods,
            silence_alarms=self.silence_alarms,
            silence_breaches=self.silence_breaches,
        )


def from_alarms(stack: TierStack) -> dict[str, dict[str, str]]:
    """Return the condition that CloudWatch acts for an alarm of this environment, and for nobody else's."""
    alarms = f"arn:{stack.partition}:cloudwatch:{stack.region}:{stack.account}:alarm:{stack.names.alarm('*')}"
    return {"StringEquals": {"aws:SourceAccount": stack.account}, "ArnLike": {"aws:SourceArn": alarms}}
