"""Rotations that Secrets Manager gave up: kept, and told at once. Never tries one again.

They come by CloudTrail: without a trail in the account there is no event. Secrets Manager waits for the
rotation function (Lambda guide, 'Using AWS Lambda with AWS Secrets Manager': a synchronous invocation), so no
queue of Lambda's would ever hold a failed step; this event is the letter that is left of it.
"""

from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.alarm_topic import FIVE_MINUTES, Alarm, AlarmTopic, Metric
from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.tier_stack import TierStack

EVENTS = ("RotationFailed", "TestRotationFailed", "RotationAbandoned")
"""Secrets Manager guide, 'CloudTrail entries'.

The second is of the test when a schedule is attached. The third says that a value was put by hand while a
rotation was under way: its pending version is let go, and of the master that may be the password that works.
"""


class RotationFailures(Construct):
    """The rule, the log group that its events are kept in, and the alarm."""

    def __init__(
        self, scope: TierStack, id_: str, *, topic: AlarmTopic, logs_key_arn: str, log_retention_days: int
    ) -> None:
        super().__init__(scope, id_)
        group = EncryptedLogGroup(self, "Log", key_arn=logs_key_arn, retention_days=log_retention_days)
        here = f"{scope.region}:{scope.account}"
        ours = f"arn:{scope.partition}:secretsmanager:{here}:secret:{scope.names.secrets}"
        rule = events.CfnRule(
            self,
            "Rule",
            description=f"{scope.names.prefix}: a rotation has failed or was abandoned",
            event_pattern={
                "source": ["aws.secretsmanager"],
                "detail-type": ["AWS Service Event via CloudTrail"],
                "detail": {
                    "eventSource": ["secretsmanager.amazonaws.com"],
                    "eventName": list(EVENTS),
                    # By the beginning of the name: whether the ARN ends with its six letters is not written.
                    "additionalEventData": {"SecretId": [{"prefix": ours}]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Log", arn=f"arn:{scope.partition}:logs:{here}:log-group:{group.name}"
                )
            ],
        )
        rule.add_resource_dependency(self._let_eventbridge_write(scope, group))
        Alarm(
            self,
            "Failed",
            what="rotation-failed",
            description="A rotation has failed, or was abandoned for a value put by hand. The current "
            "password still works, but perhaps not the master's. Which secret, which step: the log group "
            f"{group.name}. What to do: docs/runbooks/rotation.md",
            metric=Metric(
                namespace="AWS/Events",
                name="TriggeredRules",
                dimensions={"RuleName": rule.ref},
                statistic="Sum",
                period=FIVE_MINUTES,
            ),
            topic=topic,
        )

    def _let_eventbridge_write(self, scope: TierStack, group: EncryptedLogGroup) -> logs.CfnResourcePolicy:
        """Let EventBridge write to this one group.

        The policy is the EventBridge guide's ('CloudWatch Logs permissions'), which has no condition: a
        refused delivery would be seen by nobody. What strangers could do is add lines to this group.
        """
        return logs.CfnResourcePolicy(
            self,
            "Delivery",
            policy_name=f"{scope.names.prefix}-rotation-failures",
            policy_document=scope.to_json_string(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": group.streams_arn,
                        }
                    ],
                }
            ),
        )
