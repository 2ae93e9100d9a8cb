"""What is told of the poolers: full pools, clients that wait, refused logins, servers and tasks missing.

Never measures anything: the poolers publish figures as lines of their log, and the balancer counts tasks.
"""

from collections.abc import Iterator, Mapping

from constructs import Construct

from stacks.constructs.alarm_topic import FIVE_MINUTES, MINUTE, AlarmTopic, Metric, Watched
from stacks.constructs.tier_stack import TierStack
from stacks.settings.pooling import PoolingSettings

RUNBOOK = "What to do: docs/runbooks/pooling.md"
LOOK = f"What there is: `datatier pool status`. {RUNBOOK}"
MISSING_PERIODS = 2
"""Periods of five minutes that a task is missing: replacing one takes less."""


class PoolerAlarms(Construct):
    """An alarm for each of them."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        settings: PoolingSettings,
        replicas: bool,
        target_dimensions: Mapping[str, str],
        topic: AlarmTopic,
    ) -> None:
        """Declare them; `replicas` says whether there is one that could be out of reach."""
        super().__init__(scope, id_)
        space = scope.names.metrics
        watched = [
            *_of_a_pool(settings, space, "primary", told_of_silence=True),
            *_of_a_pool(settings, space, "replicas", told_of_silence=False, reachable=replicas),
            Watched(
                id="LoginFailures",
                what="pooler-login-failures",
                description=f"More than {settings.alarms.login_failures} logins in five minutes were refused "
                "by the poolers: a wrong password, or a secret that they cannot read. Who: their log. "
                f"{RUNBOOK}",
                metric=Metric(
                    namespace=space, name="PoolLoginFailures", statistic="Sum", period=FIVE_MINUTES
                ),
                above=settings.alarms.login_failures,
            ),
            Watched(
                id="Tasks",
                what="pooler-tasks-missing",
                description=f"Fewer than {settings.tasks} poolers are healthy; those that are serve "
                f"everybody. Why: the events of the ECS service. {RUNBOOK}",
                metric=Metric(
                    namespace="AWS/NetworkELB",
                    name="HealthyHostCount",
                    dimensions=target_dimensions,
                    statistic="Minimum",
                    period=FIVE_MINUTES,
                ),
                below=settings.tasks,
                periods=MISSING_PERIODS,
                silence_alarms=True,
            ),
        ]
        for it in watched:
            it.declare(self, topic)


def _of_a_pool(
    settings: PoolingSettings, space: str, pool: str, *, told_of_silence: bool, reachable: bool = True
) -> Iterator[Watched]:
    """Yield what is watched of one pool, by the metrics that containers/pgbouncer publishes."""
    limits = settings.alarms

    def metric(name: str, statistic: str) -> Metric:
        return Metric(
            namespace=space, name=name, dimensions={"Pool": pool}, statistic=statistic, period=MINUTE
        )

    yield Watched(
        id=f"{pool.capitalize()}Utilization",
        what=f"pool-{pool}-utilization",
        description=f"In each of {limits.minutes} minutes more than {limits.utilization_percent} per cent of "
        f"the connections of the pool `{pool}` were in use. {LOOK}",
        metric=metric("PoolUtilization", "Maximum"),
        above=limits.utilization_percent,
        periods=limits.minutes,
    )
    yield Watched(
        id=f"{pool.capitalize()}Wait",
        what=f"pool-{pool}-wait",
        description=f"In each of {limits.minutes} minutes a client has waited longer than "
        f"{limits.wait_seconds} s for a connection of the pool `{pool}`. {LOOK}",
        metric=metric("PoolLongestWait", "Maximum"),
        above=limits.wait_seconds,
        periods=limits.minutes,
    )
    if reachable:
        silence = ", or has said nothing" if told_of_silence else ""
        yield Watched(
            id=f"{pool.capitalize()}Unreachable",
            what=f"pool-{pool}-unreachable",
            description=f"For {limits.minutes} minutes a pooler could not log in to PostgreSQL (`{pool}`)"
            f"{silence}. {LOOK}",
            metric=metric("PoolReachable", "Minimum"),
            below=1,
            periods=limits.minutes,
            silence_alarms=told_of_silence,
        )
