"""Every credential of a deployed tier rotates under load, by hand and by its schedule, and nobody notices.

A tier of its own in a copy of the project, whose applications keep a secret for two seconds. Secrets
Manager's semantics are the emulator's; the functions, the servers and the applications are real.
"""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
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
from tests.rehearsal.alarms import Ears, lines_of_failures, proven, rule, until
from tests.rehearsal.deployed import CACHE_SECONDS, ENVIRONMENT, Deployed
from tools.rehearsal.passing import fire_rule, let_time_pass
from tools.rotation.credentials import CREDENTIALS

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("rotation")]

ROUNDS = 3
PATIENCE_SECONDS = 120
DAY = 86_400
QUARTER = 92 * DAY
WRITE, READ = "INSERT INTO load VALUES (1)", "SELECT count(*) FROM load"
POOLED = {"app": "pooler/database", "readonly": "pooler/read-database"}
QUERIES = {"app": WRITE, "readonly": READ, "migrator": WRITE, "monitor": "SELECT 1", "backup": READ}


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
    working += [
        through_the_pool(deployed, kind, login) for login in POOLED for kind in (ConnectionPerQuery, Pooled)
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


def through_the_pool(deployed: Deployed, kind: type[Application], login: str) -> Application:
    """An application that finds the pool, and whom it trusts, by what is published."""
    published = deployed.endpoints.parameter
    bundle = deployed.project.directory / "pooler.pem"
    bundle.write_text(published("pooler/ca-bundle"))
    return kind(
        name=f"{login} through the pool, {kind.__name__}", read=deployed.reader(login), query=QUERIES[login],
        host=published("pooler/host"), ca_path=str(bundle), cache_seconds=CACHE_SECONDS,
        through={"port": published("pooler/port"), "dbname": published(POOLED[login])},
    )  # fmt: skip


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
    monkeypatch.setattr(load, "PAUSE_SECONDS", 0.3)
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
    """The deployed rule is what catches the event, and its log group what keeps it."""
    good = deployed.spoil("monitor")
    deployed.cloud.secrets().rotate_secret(SecretId=deployed.arn("monitor"))
    detail = until(lambda: lines_of_failures(deployed), "no event came")[-1]
    assert detail["eventName"] == "RotationFailed"
    assert detail["additionalEventData"]["SecretId"] == deployed.arn("monitor")
    assert "names the server elsewhere.example" in log_of(deployed)
    code, out, _ = deployed.project.run("rotate", "--status", "--env", ENVIRONMENT, "--json")
    (monitor,) = [one for one in json.loads(out)["credentials"] if one["name"] == "monitor"]
    assert (code, monitor["result"], monitor["well"]) == (1, "not finished", False)

    deployed.put("monitor", good)
    code, out, err = deployed.project.run("rotate", "monitor", "--env", ENVIRONMENT, "--now")
    assert code == 0, out + err
    assert "monitor is rotated" in out
    code, _, err = deployed.project.run("rotate", "monitor", "--env", ENVIRONMENT)
    assert (code, "wait" in err or "--now" in err) in ((1, True), (2, True)), err


def test_alarms_go_off_and_return_when_a_quarter_passes_in_which_one_secret_cannot_rotate(
    deployed: Deployed,
) -> None:
    ears = Ears.subscribed(deployed)
    told = ("rotation-failed", "rotate-postgres-errors")
    fire_rule(deployed.tier, rule(deployed, field="Description", holds="as young as their schedules"))
    ears.becomes("rotation-overdue-monitor", "OK")
    ears.calm(*told)
    good = deployed.spoil("monitor")

    let_time_pass(deployed.tier, seconds=QUARTER)
    for alarm in told:
        message = ears.hear(alarm)
        assert "greater than the threshold" in message["NewStateReason"]
        assert "docs/runbooks/rotation.md" in message["AlarmDescription"]
    assert deployed.arn("monitor") in {
        detail["additionalEventData"]["SecretId"] for detail in lines_of_failures(deployed)
    }
    until(lambda: all(rotated_lately(deployed, name) for name in CREDENTIALS if name != "monitor"), "overdue")

    let_time_pass(deployed.tier, seconds=5 * DAY)
    assert "older than its schedule" in ears.hear("rotation-overdue-monitor")["AlarmDescription"]
    ears.calm(*told, "rotation-overdue-readonly", "rotation-overdue-redis-app")
    for alarm in (*told, "rotation-overdue-monitor"):
        judged = proven(deployed, alarm)
        assert judged.standing == "executed"
        assert {"MetricName", "Dimensions", "Threshold", "AlarmActions"} <= set(judged.honoured)

    deployed.put("monitor", good)
    code, out, err = deployed.project.run("rotate", "monitor", "--env", ENVIRONMENT, "--now")
    assert code == 0, out + err
    let_time_pass(deployed.tier, seconds=DAY)
    ears.becomes("rotation-overdue-monitor", "OK")


def rotated_lately(deployed: Deployed, name: str) -> bool:
    when = deployed.described(name).get("LastRotatedDate")
    return when is not None and datetime.now(tz=UTC) - when < timedelta(days=1)
