"""Every credential of a deployed tier rotates under load, by hand and by its schedule, and nobody notices.

A tier of its own in a copy of the project, whose applications keep a secret for two seconds. Secrets
Manager's semantics are the emulator's; the functions, the servers and the applications are real.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.rotation import load
from tests.integration.rotation.load import (
    Application,
    ConnectionPerQuery,
    IdleThenBusy,
    Pooled,
    RedisConnectionPerCommand,
    RedisPersistent,
    at_work,
    settle,
)
from tests.rehearsal.test_lifecycle import Project, project
from tools.access.cloud import Cloud
from tools.access.endpoints import Endpoints
from tools.rehearsal import clouds
from tools.rehearsal import tier as tiers
from tools.rotation.credentials import CREDENTIALS

__all__ = ("project",)  # a fixture

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("rotation")]

ENVIRONMENT = "prod"
CACHE_SECONDS = 2.0
ROUNDS = 3
PATIENCE_SECONDS = 120
TABLE = "CREATE TABLE load (id int);\n"
WRITE, READ = "INSERT INTO load VALUES (1)", "SELECT count(*) FROM load"
QUERIES = {"app": WRITE, "readonly": READ, "migrator": WRITE, "monitor": "SELECT 1", "backup": READ}


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The tier that is up, as its applications find it."""

    project: Project
    cloud: Cloud

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.cloud)

    def client(self, service: str) -> Any:  # noqa: ANN401  boto3 types clients by literal names only
        session: Any = clouds.session(self.cloud.region)
        return session.client(service, endpoint_url=self.cloud.endpoint)

    def arn(self, name: str) -> str:
        return self.endpoints.parameter(CREDENTIALS[name])

    def reader(self, name: str) -> Callable[[], str]:
        secrets, arn = self.cloud.secrets(), self.arn(name)
        return lambda: secrets.get_secret_value(SecretId=arn)["SecretString"]

    def described(self, name: str) -> dict[str, Any]:
        return dict(self.cloud.secrets().describe_secret(SecretId=self.arn(name)))


@pytest.fixture
def deployed(project: Project) -> Deployed:
    """Return a tier of prod with a table that everybody works on."""
    settings = project.directory / "environments" / f"{ENVIRONMENT}.toml"
    text = settings.read_text()
    assert "\n[rotation]\n" in text
    settings.write_text(
        text.replace("\n[rotation]\n", f"\n[rotation]\nclient_cache_seconds = {CACHE_SECONDS:.0f}\n")
    )
    folder = project.migration.parents[1] / "20991231000000_load"
    folder.mkdir()
    (folder / "migration.sql").write_text(TABLE)
    code, out, err = project.run("up", ENVIRONMENT)
    assert code == 0, out + err
    tier = tiers.read(project.layout)
    assert tier is not None
    return Deployed(
        project=project,
        cloud=Cloud(
            environment=ENVIRONMENT, region=tier.region, endpoint=tier.endpoint,
            authority=project.layout.authority / "ca.pem",
        ),
    )  # fmt: skip


def applications(deployed: Deployed) -> list[Application]:
    """Each kind for `app` on the primary, for `readonly` on the replica and for Redis; one for the others."""
    ca_path = str(deployed.project.layout.authority / "ca.pem")

    def application(kind: type[Application], login: str, *, replica: bool = False) -> Application:
        return kind(
            name=f"{login}, {kind.__name__}", read=deployed.reader(login), query=QUERIES[login],
            host=deployed.endpoints.postgres(login, replica=replica).host, ca_path=ca_path,
            cache_seconds=CACHE_SECONDS,
        )  # fmt: skip

    working = [
        *(application(kind, "app") for kind in (ConnectionPerQuery, Pooled, IdleThenBusy)),
        *(application(kind, "readonly", replica=True) for kind in (ConnectionPerQuery, Pooled, IdleThenBusy)),
        *(application(ConnectionPerQuery, login) for login in ("migrator", "monitor", "backup")),
    ]
    found = deployed.endpoints.redis("app")
    for kind in (RedisConnectionPerCommand, RedisPersistent):
        one = kind(
            name=f"redis-app, {kind.__name__}", read=deployed.reader("redis-app"), query="session:load",
            host=found.host, ca_path=ca_path, cache_seconds=CACHE_SECONDS,
        )  # fmt: skip
        one.port = found.port
        working.append(one)
    return working


def rotated(deployed: Deployed, names: Sequence[str], *, before: dict[str, Any]) -> None:
    """Wait until Secrets Manager has rotated each of them since `before`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    for name in names:
        while deployed.described(name).get("LastRotatedDate") == before[name]:
            assert time.monotonic() < deadline, f"{name} is not rotated: {log_of(deployed)}"
            time.sleep(0.2)


def dates(deployed: Deployed, names: Sequence[str]) -> dict[str, Any]:
    return {name: deployed.described(name).get("LastRotatedDate") for name in names}


def log_of(deployed: Deployed) -> str:
    """What the rotation's functions have said."""
    logs = deployed.client("logs")
    lines: list[str] = []
    for group in logs.describe_log_groups(logGroupNamePrefix="/aws/cloudformation/")["logGroups"]:
        if "-rotation/" in group["logGroupName"]:
            name = group["logGroupName"]
            for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
                events = logs.get_log_events(logGroupName=name, logStreamName=stream["logStreamName"])
                lines += [event["message"] for event in events["events"]]
    return "\n".join(lines)


def test_every_credential_rotates_under_load_and_a_failure_is_told(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The functions need the machine too.
    monkeypatch.setattr(load, "PAUSE_SECONDS", 0.1)
    names = list(CREDENTIALS)
    passwords = [json.loads(deployed.reader(name)())["password"] for name in names]
    working = applications(deployed)
    with at_work(working):
        settle(working)
        for _ in range(ROUNDS):
            before = dates(deployed, names)
            for name in names:
                deployed.cloud.secrets().rotate_secret(SecretId=deployed.arn(name))
            rotated(deployed, names, before=before)
            passwords += [json.loads(deployed.reader(name)())["password"] for name in names]
            # Whoever took a secret from its cache in the last moment has logged in by then.
            time.sleep(CACHE_SECONDS + 1)
        the_schedule_fires(deployed)
    done = sum(one.tally.done for one in working)
    failures = [f"{one.name}: {failure}" for one in working for failure in one.tally.failures]
    print(f"{done} operations, {len(failures)} failures, {ROUNDS} rotations of {len(names)} credentials")  # noqa: T201  (what was proven)
    assert failures == []
    assert done > 200

    said = log_of(deployed)
    assert "Rotation step done" in said
    assert [password for password in passwords if password in said] == []
    a_failed_rotation_is_told_and_the_next_one_succeeds(deployed)


def the_schedule_fires(deployed: Deployed) -> None:
    """A shorter schedule, attached without rotating at once, as the template attaches its own."""
    before = dates(deployed, ["app"])
    deployed.cloud.secrets().rotate_secret(
        SecretId=deployed.arn("app"),
        RotationRules={"ScheduleExpression": "rate(1 minute)"},
        RotateImmediately=False,
    )
    assert dates(deployed, ["app"]) == before
    rotated(deployed, ["app"], before=before)


def a_failed_rotation_is_told_and_the_next_one_succeeds(deployed: Deployed) -> None:
    """The deployed rule's pattern is what catches the event; the queue only makes it visible here."""
    queue, events = deployed.client("sqs"), deployed.client("events")
    url = queue.create_queue(QueueName="seen")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    (rule,) = [one for one in events.list_rules()["Rules"] if "RotationFailed" in one.get("EventPattern", "")]
    events.put_targets(Rule=rule["Name"], Targets=[{"Id": "seen", "Arn": arn}])
    secrets = deployed.cloud.secrets()
    good = deployed.reader("monitor")()
    spoiled = json.dumps({**json.loads(good), "host": "elsewhere.example"})
    secrets.put_secret_value(SecretId=deployed.arn("monitor"), SecretString=spoiled)
    time.sleep(CACHE_SECONDS)  # a value that was put by hand counts as a change
    secrets.rotate_secret(SecretId=deployed.arn("monitor"))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (messages := queue.receive_message(QueueUrl=url).get("Messages", [])):
        assert time.monotonic() < deadline, "no event came"
        time.sleep(0.5)
    detail = json.loads(messages[0]["Body"])["detail"]
    assert detail["eventName"] == "RotationFailed"
    assert "names the server elsewhere.example" in log_of(deployed)
    code, out, _ = deployed.project.run("rotate", "--status", "--env", ENVIRONMENT, "--json")
    (monitor,) = [one for one in json.loads(out)["credentials"] if one["name"] == "monitor"]
    assert (code, monitor["result"], monitor["well"]) == (1, "not finished", False)

    secrets.put_secret_value(SecretId=deployed.arn("monitor"), SecretString=good)
    time.sleep(CACHE_SECONDS)
    code, out, err = deployed.project.run("rotate", "monitor", "--env", ENVIRONMENT, "--now")
    assert code == 0, out + err
    assert "monitor is rotated" in out
    code, _, err = deployed.project.run("rotate", "monitor", "--env", ENVIRONMENT)
    assert (code, "wait" in err or "--now" in err) in ((1, True), (2, True)), err
