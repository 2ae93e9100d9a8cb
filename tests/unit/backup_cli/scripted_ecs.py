"""An ECS whose tasks live by a script, and a log that grows with them; answers have the shape of AWS's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from tools.access.cloud import Cloud
from tools.backup import tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_logs import CloudWatchLogsClient

GROUP = "/datatier/dev/backup"
ARN = "arn:aws:ecs:us-east-1:123456789012:task/datatier-dev-backup/0123abcd"


@dataclass
class Script:
    """Each look shows the next step: the lines that are new then. After the last the task has ended."""

    steps: list[list[str]]
    exit_code: int | None = 0
    reason: str = ""
    running: bool = False
    """A task of this definition runs already."""
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    at_look: Callable[[], None] = field(default=lambda: None)
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _looks: int = 0
    _lines: list[str] = field(default_factory=list[str])

    def list_tasks(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401  as botocore's
        assert request["desiredStatus"] == "RUNNING"
        return {"taskArns": [ARN] if self.running else []}

    def run_task(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401  as botocore's
        self.requests.append(request)
        return {"tasks": [] if self.failures else [{"taskArn": ARN}], "failures": self.failures}

    def describe_task_definition(self, **_: Any) -> dict[str, Any]:  # noqa: ANN401  as botocore's
        options = {"awslogs-group": GROUP, "awslogs-stream-prefix": "task"}
        container = {"name": "backup", "logConfiguration": {"options": options}}
        return {"taskDefinition": {"containerDefinitions": [container]}}

    def describe_tasks(self, **_: Any) -> dict[str, Any]:  # noqa: ANN401  as botocore's
        self.at_look()
        if self._looks < len(self.steps):
            self._lines += self.steps[self._looks]
            self._looks += 1
            state: dict[str, Any] = {"lastStatus": "RUNNING", "containers": [{}]}
        else:
            code = {} if self.exit_code is None else {"exitCode": self.exit_code}
            state = {"lastStatus": "STOPPED", "stoppedReason": self.reason, "containers": [code]}
        return {"tasks": [{**state, "createdAt": datetime.now(tz=UTC)}]}

    def get_log_events(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401  as botocore's
        assert (request["logGroupName"], request["logStreamName"]) == (GROUP, "task/backup/0123abcd")
        if not self._lines:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetLogEvents")
        begin = int(request.get("nextToken", "f/0")[2:])
        events = [{"message": line} for line in self._lines[begin : begin + 2]]
        return {"events": events, "nextForwardToken": f"f/{begin + len(events)}"}


@dataclass(frozen=True, kw_only=True)
class ScriptedCloud(Cloud):
    """A cloud whose ECS and logs are a script's."""

    script: Script

    def ecs(self) -> ECSClient:
        return cast("ECSClient", self.script)

    def logs(self) -> CloudWatchLogsClient:
        return cast("CloudWatchLogsClient", self.script)


def cloud_of(script: Script) -> ScriptedCloud:
    """Return `dev` with that ECS."""
    return ScriptedCloud(environment="dev", region="us-east-1", endpoint=None, script=script)


def play(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every cloud that ECS, looked at without a pause."""

    def client(_: Cloud) -> Script:
        return script

    def no_pause(_: float) -> None:
        pass

    monkeypatch.setattr(Cloud, "ecs", client)
    monkeypatch.setattr(Cloud, "logs", client)
    monkeypatch.setattr(tasks.time, "sleep", no_pause)
