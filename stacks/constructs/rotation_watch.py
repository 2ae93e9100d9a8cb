"""Whether each secret is as young as its schedule says, asked twice a day. Never rotates one.

No metric of AWS's says how old a secret is, and no alarm looks back further than a week: a function has to
ask. It needs no trail, and notices what sends no event: a schedule that somebody took away.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.alarm_topic import Alarm, AlarmTopic, Metric
from stacks.constructs.python_function import PythonFunction
from stacks.constructs.tier_stack import TierStack

METRIC, DIMENSION = "DaysOverdue", "Secret"
"""Days that each secret is older than its schedule, zero while it is younger.

With EACH_SECRET the dimension holds the secret's name; without, all values go into one metric, which costs an
eighth, and its maximum tells that one of them is late.
"""

EVERY = "rate(12 hours)"
"""Twice in the period of the alarm, so that a late run leaves no period empty."""

DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret that is watched."""

    arn: str
    longest_days: int


def told(stack: TierStack, secrets: Mapping[str, Secret], *, each: bool) -> dict[str, str]:
    """Return what the function is told: which secrets, how many days old each may become, how to publish."""
    return {
        "SECRET_ARNS": stack.to_json_string({name: secret.arn for name, secret in secrets.items()}),
        "LONGEST_DAYS": stack.to_json_string({name: it.longest_days for name, it in secrets.items()}),
        "EACH_SECRET": "true" if each else "false",
        "POWERTOOLS_METRICS_NAMESPACE": stack.names.metrics,
    }


class RotationWatch(Construct):
    """The rule that calls the function, and the alarms on what it publishes."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        function: PythonFunction,
        secrets: Mapping[str, Secret],
        each: bool,
        topic: AlarmTopic,
    ) -> None:
        super().__init__(scope, id_)
        rule = events.CfnRule(
            self,
            "Rule",
            description=f"{scope.names.prefix}: are the secrets as young as their schedules say",
            schedule_expression=EVERY,
            targets=[events.CfnRule.TargetProperty(id="Watch", arn=function.function.function_arn)],
        )
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.function.function_arn,
            principal="events.amazonaws.com",
            source_account=scope.account,
            source_arn=rule.attr_arn,
        )
        for name in secrets if each else (None,):
            Alarm(
                self,
                f"{(name or 'any').title().replace('_', '')}Overdue",
                what=f"rotation-overdue-{name.replace('_', '-')}" if name else "rotation-overdue",
                description=f"{f'The password of {name}' if name else 'A password'} is older than its "
                "schedule, or nobody has looked for days. Which: `datatier rotate --status`. What to do: "
                "docs/runbooks/rotation.md",
                metric=Metric(
                    namespace=scope.names.metrics,
                    name=METRIC,
                    dimensions={DIMENSION: name} if name else {},
                    statistic="Maximum",
                    period=DAY,
                ),
                topic=topic,
                silence_alarms=True,
            )
