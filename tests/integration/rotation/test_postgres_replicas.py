"""A replica holds a rotation up until it follows; one that was promoted is passed over, again and again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from lambdas.common.errors import SecretUnreadable, ServerUnreachable
from lambdas.common.rotation.errors import StepNotDone
from lambdas.rotate_postgres import logins
from tests.integration.rotation.faults import FAULTS, Calls, Fault, Killed, WatchedVersions
from tests.integration.rotation.ground import CLIENT_CACHE_SECONDS, MASTER, STEPS, Ground
from tests.integration.rotation.mishaps import begun, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.common.rotation.versions import Versions
    from tools.servers.postgres import PostgresServer

ROTATIONS = 4


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logins, "REPLAY_SECONDS", 0.5)
    yield
    monkeypatch.undo()


def on(server: PostgresServer, *statements: str) -> None:
    with server.admin_connection() as connection:
        for statement in statements:
            connection.execute(statement.encode())


def promoted_label(ground: Ground, login: str, replica: PostgresServer) -> str | None:
    return ground.memory.secrets[login].labels.get(f"promoted:{replica.host}")


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("login", ["readonly", MASTER])
def test_a_replica_that_has_not_replayed_the_change_holds_the_rotation_up(
    followed: Ground, replica: PostgresServer, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(replica, "SELECT pg_wal_replay_pause()")
    token = begun(followed, login, to="testSecret")
    for step in STEPS[2:]:
        with refused(followed, StepNotDone, "has not replayed.*still is a replica", login=login):
            followed.step(login, step, token)
    assert promoted_label(followed, login, replica) is None
    on(replica, "SELECT pg_wal_replay_resume()")
    monkeypatch.undo()
    for step in STEPS[2:]:
        followed.step(login, step, token)
    assert followed.accepts(replace(followed.secret(login), host=replica.host))


@pytest.mark.usefixtures("_hasty")
def test_a_replica_that_is_cut_off_holds_the_rotation_up(followed: Ground, replica: PostgresServer) -> None:
    on(replica, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
    token = begun(followed, "readonly", to="testSecret")
    with refused(followed, StepNotDone, "has not replayed.*look at its lag", login="readonly"):
        followed.step("readonly", "testSecret", token)


@pytest.mark.usefixtures("_hasty")
def test_a_replica_that_stands_where_no_known_password_works_holds_the_rotation_up_and_says_what_to_do(
    ground: Ground, replica: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(replica, "SELECT pg_wal_replay_pause()")
    for _ in range(2):
        ground.rotate("readonly")
    ground.replica_hosts = (replica.host,)
    ground.memory.age("readonly", seconds=CLIENT_CACHE_SECONDS)
    token = begun(ground, "readonly", to="testSecret")
    with refused(ground, StepNotDone, "If it was, take it out of the stack", login="readonly"):
        ground.step("readonly", "testSecret", token)
    on(replica, "SELECT pg_wal_replay_resume()")
    monkeypatch.undo()
    for step in STEPS[2:]:
        ground.step("readonly", step, token)
    assert ground.accepts(replace(ground.secret("readonly"), host=replica.host))


def test_a_replica_that_is_promoted_in_the_middle_is_passed_over(
    followed: Ground, replica: PostgresServer
) -> None:
    token = followed.memory.begin("readonly")
    followed.step("readonly", "createSecret", token)
    on(replica, "SELECT pg_promote()")
    for step in STEPS[1:]:
        followed.step("readonly", step, token)
    assert followed.accepts(followed.secret("readonly"))
    assert "WARNING Not a replica any more" in followed.tier.log.text


def test_a_replica_that_is_promoted_while_it_is_waited_for_is_passed_over(
    followed: Ground, replica: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(replica, "SELECT pg_wal_replay_pause()")
    token = begun(followed, "readonly", to="testSecret")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            # The record of the new password is on its way, and is not replayed by a promotion from here on.
            on(replica, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
            on(replica, "SELECT pg_promote()")

    monkeypatch.setattr("lambdas.rotate_postgres.places.time.sleep", wait)
    followed.step("readonly", "testSecret", token)
    monkeypatch.undo()
    followed.step("readonly", "finishSecret", token)
    assert followed.accepts(followed.secret("readonly"))


def test_logins_rotate_on_and_on_beside_a_promoted_replica_that_stays_in_the_stack(
    followed: Ground, replica: PostgresServer
) -> None:
    on(replica, "SELECT pg_promote()")
    kept = {login: followed.secret(login) for login in ("readonly", "app", MASTER)}
    for _ in range(ROTATIONS):
        for login in kept:
            assert followed.accepts(followed.rotate(login))
    for login, at_that_day in kept.items():
        assert followed.secret(login, f"promoted:{replica.host}") == at_that_day
        assert followed.accepts(replace(at_that_day, host=replica.host))
        assert not followed.accepts(replace(followed.secret(login), host=replica.host))


def test_a_replica_that_is_promoted_between_two_rotations_is_passed_over_from_then_on(
    followed: Ground, replica: PostgresServer
) -> None:
    for _ in range(2):
        followed.rotate("readonly")
    on(replica, "SELECT pg_promote()")
    at_that_day = followed.secret("readonly")
    for _ in range(ROTATIONS):
        assert followed.accepts(followed.rotate("readonly"))
    assert followed.secret("readonly", f"promoted:{replica.host}") == at_that_day


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_while_the_version_is_labelled_costs_one_try(
    followed: Ground, replica: PostgresServer, fault: Fault
) -> None:
    on(replica, "SELECT pg_promote()")
    token = begun(followed, "readonly", to="testSecret")
    counted = Calls()
    followed.step(
        "readonly", "testSecret", token, versions=cast("Versions", WatchedVersions(followed.memory, counted))
    )
    label = counted.names.index("Secrets Manager: label") + 1
    followed.memory.secrets["readonly"].labels.pop(f"promoted:{replica.host}")
    watched = WatchedVersions(followed.memory, Calls(number=label, fault=fault))
    with pytest.raises((Killed, SecretUnreadable)):
        followed.step("readonly", "testSecret", token, versions=cast("Versions", watched))
    for step in STEPS[2:]:
        followed.step("readonly", step, token)
    followed.memory.complete("readonly")
    assert all(followed.accepts(followed.rotate("readonly")) for _ in range(ROTATIONS))


def test_a_replica_that_is_not_to_be_reached_holds_the_rotation_up(
    followed: Ground, replica: PostgresServer
) -> None:
    token = begun(followed, "readonly", to="testSecret")
    replica.stop()
    with refused(followed, ServerUnreachable, replica.host, login="readonly"):
        followed.step("readonly", "finishSecret", token)
    replica.start()
    followed.step("readonly", "finishSecret", token)
    assert followed.accepts(followed.secret("readonly"))
