"""The topic that every alarm of the tier goes to. Never declares an alarm: what is watched stands elsewhere.

A stack of its own, before the others, because the poolers' alarms and the rotation's share it.
"""

from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.keys import KeysStack
from stacks.settings.alarms import AlarmsSettings


class AlarmsStack(TierStack):
    """One topic, and who is told."""

    def __init__(self, scope: Construct, *, tier: Tier, settings: AlarmsSettings, keys: KeysStack) -> None:
        super().__init__(scope, tier=tier, part="alarms", description="datatier: who is told of an alarm")
        self.topic = AlarmTopic(self, "Alarms", key_arn=keys.arn("logs"), email=settings.email)
        self.publish(
            "AlarmTopicArn",
            "alarms",
            "topic-arn",
            value=self.topic.arn,
            description="Topic of every alarm: subscribe whatever is to be told",
        )
