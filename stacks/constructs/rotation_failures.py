"""Rotations that Secrets Manager gave up: kept, and told at once. Never tries one again.

They come by CloudTrail: without a trail in the account there is no event. Secrets Manager waits for the
rotation function (Lambda guide, 'Using AWS Lambda with AWS Secrets Manager': a synchronous invocation), so no
queue of Lambda's would ever hold a failed step; this event is the letter that is left of it.
"""

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.tier_stack import TierStack
from stacks.constructs.told_events import ToldEvents

EVENTS = ("RotationFailed", "TestRotationFailed", "RotationAbandoned")
"""Secrets Manager guide, 'CloudTrail entries'.

The second is of the test when a schedule is attached. The third says that a value was put by hand while a
rotation was under way: its pending version is let go, and of the master that may be the password that works.
"""


class RotationFailures(ToldEvents):
    """Those of this environment's secrets."""

    def __init__(
        self, scope: TierStack, id_: str, *, topic: AlarmTopic, logs_key_arn: str, log_retention_days: int
    ) -> None:
        ours = (
            f"arn:{scope.partition}:secretsmanager:{scope.region}:{scope.account}:"
            f"secret:{scope.names.secrets}"
        )
        super().__init__(
            scope,
            id_,
            what="rotation-failed",
            policy="rotation-failures",
            sentence="a rotation has failed or was abandoned",
            description="A rotation has failed, or was abandoned for a value put by hand. The current "
            "password still works, but perhaps not the master's. Which secret, which step: the log group",
            runbook="What to do: docs/runbooks/rotation.md",
            pattern={
                "source": ["aws.secretsmanager"],
                "detail-type": ["AWS Service Event via CloudTrail"],
                "detail": {
                    "eventSource": ["secretsmanager.amazonaws.com"],
                    "eventName": list(EVENTS),
                    # By the beginning of the name: whether the ARN ends with its six letters is not written.
                    "additionalEventData": {"SecretId": [{"prefix": ours}]},
                },
            },
            topic=topic,
            logs_key_arn=logs_key_arn,
            log_retention_days=log_retention_days,
        )
