"""Starts one of the tier's tasks by ECS, or finds the one that runs, and follows it by its log to its end.

It never stops a task: that is left to a person, who is told how.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tools.backup.errors import Interrupted, TaskFailed, TaskRefused
from tools.backup.progress import Seen, follow_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime

    from mypy_boto3_logs.type_defs import GetLogEventsRequestTypeDef

    from tools.access.cloud import Cloud
    from tools.backup.places import TaskPlace

LOOK_SECONDS: Final = 1.0
_LAST_LOOKS: Final = 5
"""How often the log is read after the end: its last lines may come a little later than the state."""
_STOPPED: Final = "STOPPED"
_NO_STREAM: Final = "ResourceNotFoundException"


@dataclass(frozen=True, kw_only=True)
class LogPlace:
    """The log group of a task definition's container, and what its streams' names begin with."""

    group: str
    stream_prefix: str


class Task:
    """One task that was started or found."""

    def __init__(self, cloud: Cloud, place: TaskPlace, arn: str, *, found: bool, look_seconds: float) -> None:
        """`found`: it ran already. It is looked at every `look_seconds`."""
        self._look_seconds = look_seconds
        self.arn = arn
        self.found = found
        self._cloud = cloud
        self._place = place
        self._ecs = cloud.ecs()
        self._logs = cloud.logs()
        self._seen = Seen()
        self._token: str | None = None

    @property
    def id(self) -> str:
        """The end of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def how_to_stop(self) -> str:
        """The command that stops it."""
        return (
            f"aws ecs stop-task --region {self._cloud.region} --cluster {self._place.cluster} "
            f"--task {self.id}"
        )

    @property
    def created_at(self) -> datetime | None:
        """When ECS was asked for it, by AWS's clock. Raises TaskRefused."""
        return self._state().get("createdAt")

    def follow(self, tell: Callable[[Seen], None], *, again: str) -> Seen:
        """Wait for its end; `tell` hears how far it is, `again` is the command that follows it again.

        Raises:
            TaskFailed: it ended with another code than 0.
            TaskRefused: ECS tells nothing of it any more.
            Interrupted: Ctrl-C. The task runs on.
        """
        how = f"To follow it again: {again}\nTo stop it: {self.how_to_stop}"
        try:
            return self._follow(tell)
        except KeyboardInterrupt:
            raise Interrupted(f"The task {self.id} runs on.\n{how}") from None
        except TaskRefused as error:
            raise TaskRefused(f"{error}\nThe task {self.id} may run on all the same.\n{how}") from error

    def _follow(self, tell: Callable[[Seen], None]) -> Seen:
        logs = self._log_place()
        while True:
            state = self._state()
            ended = state.get("lastStatus") == _STOPPED
            for _ in range(_LAST_LOOKS if ended else 1):
                self._seen = follow_lines(self._new_lines(logs), so_far=self._seen)
                tell(self._seen)
                time.sleep(self._look_seconds / (_LAST_LOOKS if ended else 1))
            if ended:
                self._judge(state, logs)
                return self._seen

    def _judge(self, state: dict[str, Any], logs: LogPlace) -> None:
        containers: list[dict[str, Any]] = state.get("containers") or [{}]
        container = containers[0]
        code = container.get("exitCode")
        if code == 0:
            return
        reason = container.get("reason") or state.get("stoppedReason") or "no reason is told"
        how = "was stopped before it ran" if code is None else f"ended with code {code}"
        words = self._seen.last_words or reason
        raise TaskFailed(
            f"the task {self.id} {how}: {words}\nIts log: "
            f"aws logs tail {logs.group} --region {self._cloud.region} --log-stream-names "
            f"{logs.stream_prefix}/{self.id}"
        )

    def _state(self) -> dict[str, Any]:
        with _asking(self._cloud, f"the task {self.id}"):
            answer = self._ecs.describe_tasks(cluster=self._place.cluster, tasks=[self.arn])
        found: list[Any] = list(answer["tasks"])
        if not found:
            raise TaskRefused(
                f"{self._cloud.title} tells nothing of the task {self.id} any more: its log has its end."
            )
        return dict(found[0])

    def _log_place(self) -> LogPlace:
        with _asking(self._cloud, self._place.definition):
            answer = self._ecs.describe_task_definition(taskDefinition=self._place.definition)
        container: Any = answer["taskDefinition"].get("containerDefinitions", [{}])[0]
        options = container.get("logConfiguration", {}).get("options", {})
        prefix = f"{options.get('awslogs-stream-prefix', '')}/{container.get('name', '')}"
        return LogPlace(group=options.get("awslogs-group", ""), stream_prefix=prefix)

    def _new_lines(self, place: LogPlace) -> list[str]:
        lines: list[str] = []
        while True:
            request: GetLogEventsRequestTypeDef = {
                "logGroupName": place.group,
                "logStreamName": f"{place.stream_prefix}/{self.id}",
                "startFromHead": True,
            }
            if self._token is not None:
                request["nextToken"] = self._token
            try:
                answer = self._logs.get_log_events(**request)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == _NO_STREAM:
                    return lines  # it has not said anything yet
                raise _refused(self._cloud, f"the log {place.group}", error) from error
            except BotoCoreError as error:
                raise _refused(self._cloud, f"the log {place.group}", error) from error
            lines += [one.get("message", "") for one in answer["events"]]
            # The same token again says that there is no more (GetLogEvents, "nextForwardToken").
            if answer["nextForwardToken"] == self._token:
                return lines
            self._token = answer["nextForwardToken"]


def start(cloud: Cloud, place: TaskPlace, *, look_seconds: float = LOOK_SECONDS) -> Task:
    """Start a task, or return the one of this definition that runs already. Raises TaskRefused."""
    ecs = cloud.ecs()
    family = place.definition.rpartition("/")[2].partition(":")[0]
    with _asking(cloud, f"the cluster {place.cluster}"):
        running = ecs.list_tasks(cluster=place.cluster, family=family, desiredStatus="RUNNING")["taskArns"]
        if running:
            return Task(cloud, place, running[0], found=True, look_seconds=look_seconds)
        answer = ecs.run_task(
            cluster=place.cluster,
            taskDefinition=place.definition,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": list(place.subnets),
                    "securityGroups": [place.security_group],
                    "assignPublicIp": "ENABLED" if place.public else "DISABLED",
                }
            },
            startedBy="datatier",
        )
    if not answer["tasks"]:
        reasons = ", ".join(one.get("reason", "unknown") for one in answer["failures"]) or "no reason is told"
        raise TaskRefused(f"{cloud.title} does not start {family}: {reasons}.")
    arn = answer["tasks"][0].get("taskArn", "")
    return Task(cloud, place, arn, found=False, look_seconds=look_seconds)


@contextmanager
def _asking(cloud: Cloud, what: str) -> Generator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise _refused(cloud, what, error) from error


def _refused(cloud: Cloud, what: str, error: Exception) -> TaskRefused:
    return TaskRefused(f"{cloud.title} refuses {what}: {error}")
