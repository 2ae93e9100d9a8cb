"""Events of a service that a person is told of: a rule, the log group that keeps them, one alarm on both.

Never does anything about them. The alarm counts what the rule matched, whether or not it was written down.
"""

from collections.abc import Mapping

from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.alarm_topic import FIVE_MINUTES, Alarm, AlarmTopic, Metric
from stacks.constructs.encrypted_log_group import EncryptedLogGroup
from stacks.constructs.tier_stack import TierStack


class ToldEvents(Construct):
    """The rule, the log group that its events are kept in, and the alarm."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        what: str,
        policy: str,
        sentence: str,
        description: str,
        runbook: str,
        pattern: Mapping[str, object],
        topic: AlarmTopic,
        logs_key_arn: str,
        log_retention_days: int,
    ) -> None:
        """Declare them; `what` ends the alarm's name, `policy` that of the right to write into the group.

        `sentence` says what has happened; `description` is the alarm's, and ends where the log group's name
        is to follow.
        """
        super().__init__(scope, id_)
        group = EncryptedLogGroup(self, "Log", key_arn=logs_key_arn, retention_days=log_retention_days)
        here = f"{scope.region}:{scope.account}"
        rule = events.CfnRule(
            self,
            "Rule",
            description=f"{scope.names.prefix}: {sentence}",
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    id="Log", arn=f"arn:{scope.partition}:logs:{here}:log-group:{group.name}"
                )
            ],
        )
        rule.add_resource_dependency(self._let_eventbridge_write(scope, group, policy))
        Alarm(
            self,
            "Failed",
            what=what,
            description=f"{description} {group.name}. {runbook}",
            metric=Metric(
                namespace="AWS/Events",
                name="TriggeredRules",
                dimensions={"RuleName": rule.ref},
                statistic="Sum",
                period=FIVE_MINUTES,
            ),
            topic=topic,
        )

    def _let_eventbridge_write(
        self, scope: TierStack, group: EncryptedLogGroup, name: str
    ) -> logs.CfnResourcePolicy:
        """Let EventBridge write to this one group.

        The policy is the EventBridge guide's ('CloudWatch Logs permissions'), which has no condition: a
        refused delivery would be seen by nobody. What strangers could do is add lines to this group.
        """
        return logs.CfnResourcePolicy(
            self,
            "Delivery",
            policy_name=f"{scope.names.prefix}-{name}",
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
