"""A secret becomes current only when every task of the pooler lets its login in."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, cast

import pytest

from lambdas.common.errors import DatatierError, SecretInvalid
from lambdas.common.rotation.errors import StepNotDone
from lambdas.rotate_postgres import logins
from tests.integration.rotation.faults import FAULTS, Calls, Fault, Killed, WatchedVersions
from tests.integration.rotation.ground import MASTER, STEPS, Ground
from tests.integration.rotation.mishaps import begun, refused
from tests.integration.rotation.pooler_tasks import TRUST, Task, Tasks, trust
from tests.plugins.pooler_task import program_version
from tools.servers.addresses import free_address
from tools.servers.certificates import Authority
from tools.servers.leftovers import own_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lambdas.common.rotation.versions import Versions


@pytest.fixture
def tasks(ground: Ground, servers_directory: Path) -> Iterator[Tasks]:
    """Return the pooler before the tier; none of its tasks runs yet."""
    print(f"PgBouncer {program_version()}")  # noqa: T201  (which one ran)
    with own_folder(servers_directory / "poolers") as folder:
        yield Tasks.prepare(ground, folder)


@pytest.fixture
def two(ground: Ground, tasks: Tasks) -> Iterator[tuple[Task, Task]]:
    """Return two tasks whose files of logins are as new as the secrets were when they started."""
    with tasks.started() as one, tasks.started() as other:
        ground.resolve = lambda _name, _port: {one.address, other.address}
        yield one, other


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tasks have little time, for the tests in which they need more."""
    monkeypatch.setattr(logins, "POOLER_SECONDS", 0.5)
    monkeypatch.setattr("lambdas.rotate_postgres.poolers._POLL_SECONDS", 0.05)


def from_then_on(
    number: int, do: Callable[[], object], found: Callable[[], set[str]]
) -> Callable[..., set[str]]:
    """Look names up by `found`, and do something at one of the look-ups."""
    count = 0

    def resolve(_name: str, _port: int) -> set[str]:
        nonlocal count
        count += 1
        if count == number:
            do()
        return found()

    return resolve


@pytest.mark.parametrize("login", ["app", "readonly", "monitor"])
def test_the_pending_login_enters_through_every_task_to_the_primary_and_to_the_replicas(
    ground: Ground, two: tuple[Task, Task], login: str
) -> None:
    token = begun(ground, login, to="testSecret")
    for task in two:
        task.let_in(ground)
    for step in STEPS[2:]:
        ground.step(login, step, token)
    name, database = ground.secret(login).username, ground.tier.database.name
    assert name == f"{login}_clone"
    for task in two:
        for entered in (database, f"{database}_read"):
            assert f"login attempt: db={entered} user={name} tls=" in task.log


@pytest.mark.usefixtures("_hasty")
def test_a_task_that_has_not_read_the_secret_holds_the_rotation_up_until_it_has(
    ground: Ground, two: tuple[Task, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, stale = two
    token = begun(ground, to="testSecret")
    fresh.let_in(ground)
    for step in STEPS[2:]:
        with refused(ground, StepNotDone, f"does not let app_clone in .*at {stale.address}: login app_clone"):
            ground.step("app", step, token)
    stale.let_in(ground)
    monkeypatch.undo()
    for step in STEPS[2:]:
        ground.step("app", step, token)
    assert ground.accepts(ground.secret("app"))


def test_a_task_that_reads_the_secret_when_it_refuses_a_login_is_waited_for(
    ground: Ground, two: tuple[Task, Task]
) -> None:
    def refresh() -> None:
        for task in two:
            assert "login attempt: db=" in task.log or "app_clone" in task.log
            task.let_in(ground)

    ground.resolve = from_then_on(2, refresh, lambda: {task.address for task in two})
    assert ground.accepts(ground.rotate("app"))


def test_a_task_that_goes_away_meanwhile_is_not_waited_for(
    ground: Ground, tasks: Tasks, two: tuple[Task, Task]
) -> None:
    gone, _ = free_address(tasks.port)
    there = {task.address for task in two}
    found = there | {gone}

    def replace() -> None:
        found.discard(gone)
        for task in two:
            task.let_in(ground)

    ground.resolve = from_then_on(2, replace, lambda: set(found))
    assert ground.accepts(ground.rotate("app"))


@pytest.mark.usefixtures("_hasty")
def test_a_task_that_comes_meanwhile_is_tried_too(ground: Ground, two: tuple[Task, Task]) -> None:
    first, second = two
    token = begun(ground, to="testSecret")
    first.let_in(ground)
    found = {first.address}
    ground.resolve = from_then_on(2, lambda: found.add(second.address), lambda: set(found))
    with refused(ground, StepNotDone, f"at {second.address}: "):
        ground.step("app", "testSecret", token)


@pytest.mark.usefixtures("_hasty")
def test_a_pooler_without_tasks_holds_the_rotation_up(ground: Ground, tasks: Tasks) -> None:
    assert tasks.host
    token = begun(ground, to="testSecret")
    ground.resolve = lambda _name, _port: ()
    with refused(ground, StepNotDone, "no task of the pooler has an address under tasks.test"):
        ground.step("app", "testSecret", token)


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("lie", ["another name", "another authority"])
def test_a_certificate_that_is_not_the_poolers_is_not_trusted(
    ground: Ground, tasks: Tasks, tmp_path: Path, lie: str
) -> None:
    another = Authority(tmp_path / "another")
    with ExitStack() as stack:
        task = stack.enter_context(
            tasks.started(named="127.9.9.9") if lie == "another name" else tasks.started(authority=another)
        )
        ground.resolve = lambda _name, _port: {task.address}
        token = begun(ground, to="testSecret")
        task.let_in(ground)
        with refused(ground, StepNotDone, "does not match host name|certificate verify failed"):
            ground.step("app", "testSecret", token)
        if lie == "another authority":
            # The pooler's trust holds both while its authority changes.
            ground.memory.secrets[TRUST].texts["both"] = trust(tasks.authority).replace(
                '"}', trust(another).removeprefix('{"ca": "')
            )
            ground.memory.secrets[TRUST].labels["AWSCURRENT"] = "both"
            ground.step("app", "testSecret", token)


@pytest.mark.usefixtures("_hasty")
def test_a_pooler_that_lets_nobody_read_holds_the_rotation_up(ground: Ground, two: tuple[Task, Task]) -> None:
    one, _ = two
    token = begun(ground, to="testSecret")
    ini = one.folder / "pgbouncer.ini"
    ini.write_text(ini.read_text("utf-8").replace("_read = ", "_written = "), encoding="utf-8")
    for task in two:
        task.let_in(ground)
    with refused(ground, StepNotDone, f"at {one.address}: .*{ground.tier.database.name}_read"):
        ground.step("app", "testSecret", token)


@pytest.mark.parametrize("text", ["{}", '{"ca": ""}', '{"ca": "hunter2"}', "no JSON"])
def test_a_trust_without_a_certificate_is_refused(ground: Ground, tasks: Tasks, text: str) -> None:
    assert tasks.host
    ground.memory.add(TRUST, text)
    token = begun(ground, to="testSecret")
    with refused(ground, SecretInvalid, f"secret {TRUST} (has no certificate|is not a JSON object)") as _:
        ground.step("app", "testSecret", token)
    del ground.memory.secrets[TRUST]
    with refused(ground, SecretInvalid, "the pooler's trust is missing"):
        ground.step("app", "testSecret", token)


@pytest.mark.parametrize("login", ["migrator", "backup", MASTER])
def test_a_login_that_the_pooler_does_not_serve_rotates_without_it(
    ground: Ground, tasks: Tasks, login: str
) -> None:
    assert tasks.host
    ground.resolve = lambda _name, _port: ()
    assert ground.accepts(ground.rotate(login))


def test_the_test_that_a_schedule_is_attached_with_enters_through_the_pooler(
    ground: Ground, two: tuple[Task, Task]
) -> None:
    token = ground.memory.begin("app")
    ground.step("app", "testSecret", token)
    for task in two:
        assert "user=app tls=" in task.log


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_at_any_call_of_the_test_through_the_pooler_the_rotation_goes_on(
    ground: Ground, two: tuple[Task, Task], fault: Fault
) -> None:
    token = begun(ground, to="testSecret")
    for task in two:
        task.let_in(ground)

    def tested(calls: Calls) -> None:
        versions = cast("Versions", WatchedVersions(ground.memory, calls))
        with calls.watched():
            ground.step("app", "testSecret", token, versions=versions)

    undisturbed = Calls()
    tested(undisturbed)
    assert undisturbed.names.count("PostgreSQL: a login") == 5  # the primary, two databases of two tasks
    for number in range(1, len(undisturbed.names) + 1):
        with suppress(Killed, DatatierError):
            tested(Calls(number=number, fault=fault))
        assert ground.accepts(ground.secret("app"))
    for step in STEPS[2:]:
        ground.step("app", step, token)
    assert ground.accepts(ground.secret("app"))
