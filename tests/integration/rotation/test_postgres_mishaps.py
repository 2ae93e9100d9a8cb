"""What people and machines do to a rotation: each gives one clear message, or a rotation that succeeds."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from lambdas.common import roles_lock
from lambdas.common.errors import (
    LoginRefused,
    RolesBusy,
    SecretInvalid,
    SecretUnreadable,
    ServerUnreachable,
)
from lambdas.common.locks import ROLES_LOCK
from lambdas.common.rotation.errors import (
    EventInvalid,
    NotStaged,
    PendingRefused,
    RotationError,
    StepNotDone,
    TooSoon,
)
from lambdas.common.secrets_manager import CURRENT, PENDING
from tests.integration.rotation.ground import MASTER, STEPS, Ground
from tests.integration.rotation.mishaps import begun, refused
from tools.servers.addresses import free_address

if TYPE_CHECKING:
    from collections.abc import Callable


def spoil(ground: Ground, stage: str, login: str = "app", /, **changes: object) -> None:
    """Change a document by hand; None takes a key away."""
    secret = ground.memory.secrets[login]
    document = json.loads(secret.texts[secret.labels[stage]] or "") | changes
    secret.texts[secret.labels[stage]] = json.dumps(
        {key: value for key, value in document.items() if value is not None}
    )


@pytest.mark.parametrize("login", ["app", MASTER])
def test_every_step_may_come_twice(ground: Ground, login: str) -> None:
    token = ground.memory.begin(login)
    for step in (*STEPS[:1], *STEPS[:2], *STEPS[:3], *STEPS, *STEPS):
        ground.step(login, step, token)
    assert ground.accepts(ground.secret(login))
    ground.memory.complete(login)


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_step_before_its_time_changes_nothing(ground: Ground, step: str) -> None:
    token = ground.memory.begin("app")
    if step == "testSecret":
        ground.step("app", step, token)
    else:
        with refused(ground, StepNotDone, "has no document yet: createSecret comes first"):
            ground.step("app", step, token)
    ground.step("app", "createSecret", token)
    if step != "setSecret":
        with refused(
            ground, StepNotDone, "refuses app_clone with the pending password: setSecret has not run"
        ):
            ground.step("app", step, token)
    for later in STEPS[1:]:
        ground.step("app", later, token)
    assert ground.accepts(ground.secret("app"))


def test_an_unknown_token_and_a_secret_that_does_not_rotate_are_refused(ground: Ground) -> None:
    with refused(ground, NotStaged, "is not AWSPENDING: another rotation has begun since, or none has"):
        ground.step("app", "setSecret", "0b1e7f6e-5a0c-4a63-9f60-7f2f9a3a4d10")
    token = ground.memory.begin("app")
    ground.memory.secrets["app"].enabled = False
    with refused(ground, NotStaged, "has no rotation schedule"):
        ground.step("app", "createSecret", token)


@pytest.mark.parametrize("event", [{}, {"SecretId": "app", "ClientRequestToken": "t", "Step": "dropSecret"}])
def test_an_event_that_is_none_of_secrets_managers_is_refused(
    ground: Ground, event: dict[str, object]
) -> None:
    with refused(ground, EventInvalid, r"Secrets Manager sends them|there is no step 'dropSecret'"):
        ground.run(event)


def test_a_secret_that_is_none_of_this_tiers_is_refused(ground: Ground) -> None:
    ground.memory.add("another", ground.tier.document("app"))
    with refused(ground, EventInvalid, "is none that this function rotates"):
        ground.step("another", "createSecret", ground.memory.begin("another"))


def test_a_document_without_engine_rotates(ground: Ground) -> None:
    spoil(ground, CURRENT, engine=None)
    assert ground.accepts(ground.rotate("app"))


@pytest.mark.parametrize("text", ["", "no JSON: hunter2", "[1]", '{"username": "app"}'])
def test_a_malformed_document_is_refused_and_not_shown(ground: Ground, text: str) -> None:
    token = ground.memory.begin("app")
    secret = ground.memory.secrets["app"]
    secret.texts[secret.labels[CURRENT]] = text
    with pytest.raises(SecretInvalid, match=r"^secret app ") as error:
        ground.step("app", "createSecret", token)
    assert "hunter2" not in str(error.value)


def test_a_missing_master_secret_is_said(ground: Ground) -> None:
    token = begun(ground)
    del ground.memory.secrets[MASTER]
    with refused(ground, SecretInvalid, "the master's secret is missing"):
        ground.step("app", "setSecret", token)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"host": "elsewhere.example"}, "names another server or database than the current one"),
        ({"port": 6543}, "names another server or database than the current one"),
        ({"username": "datatier_master"}, "who is neither it nor its twin"),
        ({"username": "app"}, "names the user app; after app comes app_clone"),
    ],
)
def test_a_pending_document_that_was_turned_elsewhere_is_refused(
    ground: Ground, changes: dict[str, object], match: str
) -> None:
    token = begun(ground)
    spoil(ground, PENDING, **changes)
    for step in STEPS[1:]:
        with refused(ground, PendingRefused, match):
            ground.step("app", step, token)


def test_both_documents_turned_to_another_server_are_refused_by_the_masters(ground: Ground) -> None:
    token = begun(ground)
    for stage in (CURRENT, PENDING):
        spoil(ground, stage, host="elsewhere.example")
    for step in STEPS[1:]:
        with refused(ground, PendingRefused, "names the server elsewhere.example:"):
            ground.step("app", step, token)


def test_the_masters_pending_document_may_name_nobody_else(ground: Ground) -> None:
    token = begun(ground, MASTER)
    spoil(ground, PENDING, MASTER, username="app")
    with refused(ground, PendingRefused, "names another user or server", login=MASTER):
        ground.step(MASTER, "setSecret", token)


def test_a_login_that_was_dropped_by_hand_waits_for_the_bootstrap(ground: Ground) -> None:
    token = begun(ground)
    with ground.tier.admin() as connection:
        connection.execute("DROP OWNED BY app; DROP ROLE app")
    with refused(ground, StepNotDone, "the login app is gone.*Run the bootstrap"):
        ground.step("app", "setSecret", token)
    ground.tier.bootstrap()
    for step in STEPS[1:]:
        ground.step("app", step, token)
    assert ground.accepts(ground.secret("app"))


def test_a_twin_that_was_dropped_by_hand_is_made_again(ground: Ground) -> None:
    ground.rotate("app")
    ground.rotate("app")
    with ground.tier.admin() as connection:
        connection.execute("DROP OWNED BY app_clone; DROP ROLE app_clone")
    assert ground.accepts(ground.rotate("app"))


def test_a_password_that_was_changed_by_hand_is_told_and_the_rotation_mends_it(ground: Ground) -> None:
    with ground.tier.admin() as connection:
        connection.execute("ALTER ROLE app PASSWORD 'by hand'")
    assert ground.accepts(ground.rotate("app"))
    assert "WARNING The current password is refused" in ground.tier.log.text


def test_a_master_whose_password_was_changed_by_hand_says_what_to_do(ground: Ground) -> None:
    master = sql.Identifier(ground.tier.database.master_username)
    with ground.tier.admin() as connection:
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD 'by hand'").format(master))
    token = begun(ground, MASTER)
    with refused(
        ground, StepNotDone, r"refused with its current and with its pending password", login=MASTER
    ):
        ground.step(MASTER, "setSecret", token)
    app = begun(ground)
    with refused(ground, LoginRefused, "is refused"):
        ground.step("app", "setSecret", app)


def test_a_name_of_63_bytes_has_no_twin(ground: Ground) -> None:
    name = "ü" * 31 + "x"
    ground.memory.add(name, ground.tier.document("app"))
    ground.logins = {**ground.logins, name: name}
    spoil(ground, CURRENT, name, username=name)
    with refused(ground, PendingRefused, "PostgreSQL cuts names at 63 bytes"):
        ground.step(name, "createSecret", ground.memory.begin(name))


@pytest.mark.parametrize("name", ["Ünï \"quoted\" 'name'", "x" * 57])
def test_awkward_names_rotate(ground: Ground, name: str) -> None:
    identifier = sql.Identifier(name)
    with ground.tier.admin() as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'first'").format(identifier))
        connection.execute(sql.SQL("GRANT datatier_readwrite TO {}").format(identifier))
    try:
        ground.memory.add(name, ground.tier.document("app"))
        ground.logins = {**ground.logins, name: name}
        spoil(ground, CURRENT, name, username=name, password="first")  # noqa: S106  of this test
        assert ground.accepts(ground.rotate(name))
        assert ground.accepts(ground.rotate(name))
    finally:
        with ground.tier.admin() as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(identifier))


def test_a_server_that_is_down_is_named_and_the_next_try_succeeds(ground: Ground) -> None:
    token = begun(ground)
    (_, nobody), port = free_address(), ground.secret("app").port
    documents = [(CURRENT, MASTER), (CURRENT, "app"), (PENDING, "app")]
    for stage, login in documents:
        spoil(ground, stage, login, port=nobody)
    with refused(ground, ServerUnreachable, "no verified connection as app_clone"):
        ground.step("app", "setSecret", token)
    for stage, login in documents:
        spoil(ground, stage, login, port=port)
    for step in STEPS[1:]:
        ground.step("app", step, token)
    assert ground.accepts(ground.secret("app"))


def test_two_rotations_of_one_login_at_once_leave_one_current_secret_that_works(ground: Ground) -> None:
    token = ground.memory.begin("app")

    def rotate() -> None:
        for step in STEPS:
            ground.step("app", step, token)

    with ThreadPoolExecutor(max_workers=2) as beside:
        for running in [beside.submit(rotate) for _ in range(2)]:
            error = running.exception(60)
            assert error is None or isinstance(error, (RotationError, SecretUnreadable)), error
    assert ground.accepts(ground.secret("app"))


def test_rotations_of_several_logins_and_a_bootstrap_at_once_wait_for_each_other(ground: Ground) -> None:
    work: list[Callable[[], object]] = [
        lambda: ground.rotate("app"),
        lambda: ground.rotate("monitor"),
        lambda: ground.rotate("backup"),
        ground.tier.bootstrap,
    ]
    with ThreadPoolExecutor(max_workers=len(work)) as beside:
        for running in [beside.submit(one) for one in work]:
            running.result(60)
    assert all(ground.accepts(ground.secret(login)) for login in ("app", "monitor", "backup"))


def test_another_program_that_changes_roles_for_too_long_is_told_and_the_next_try_goes_on(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles_lock, "_TIMEOUT", "200ms")
    for login in ("app", MASTER):
        token = begun(ground, login)
        with ground.tier.admin() as other, other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(%s)", [ROLES_LOCK])
            with refused(ground, RolesBusy, "another program has been changing roles for 200ms", login=login):
                ground.step(login, "setSecret", token)
        for step in STEPS[1:]:
            ground.step(login, step, token)
        assert ground.accepts(ground.secret(login))


def test_rights_that_the_master_cannot_give_the_twin_hold_the_rotation_up(ground: Ground) -> None:
    role = "CREATE ROLE of_a_superuser SUPERUSER; GRANT of_a_superuser TO app"
    token = begun(ground)
    try:
        with ground.tier.admin() as connection:
            connection.execute(role)
        with refused(ground, StepNotDone, "login app_clone could not be changed: must be superuser"):
            ground.step("app", "setSecret", token)
    finally:
        with ground.tier.admin() as connection:
            connection.execute("DROP ROLE of_a_superuser")
    ground.step("app", "setSecret", token)


def test_an_attribute_that_only_a_superuser_gives_holds_the_rotation_up_until_both_have_it(
    ground: Ground,
) -> None:
    ground.rotate("backup")
    ground.rotate("backup")
    with ground.tier.admin() as connection:
        connection.execute("ALTER ROLE backup BYPASSRLS")
    ground.memory.age("backup", seconds=3600)
    token = begun(ground, "backup")
    with refused(ground, StepNotDone, "backup has BYPASSRLS, which only a superuser", login="backup"):
        ground.step("backup", "setSecret", token)
    with ground.tier.admin() as connection:
        connection.execute("ALTER ROLE backup_clone BYPASSRLS")
    ground.step("backup", "setSecret", token)


@pytest.mark.parametrize("lock", ["NOLOGIN", "VALID UNTIL '2001-01-01'"])
def test_a_login_that_somebody_has_locked_is_not_let_in_by_a_rotation(ground: Ground, lock: str) -> None:
    for turn in range(2):
        token = begun(ground)
        with ground.tier.admin() as connection:
            connection.execute(f"ALTER ROLE app {lock}".encode())
        with pytest.raises(StepNotDone, match=r"the login app may not log in \((NOLOGIN|expired)\)"):
            ground.step("app", "setSecret", token)
        with ground.tier.admin() as connection:
            connection.execute("ALTER ROLE app LOGIN VALID UNTIL 'infinity'")
        for step in STEPS[1:]:
            ground.step("app", step, token)
        ground.memory.complete("app")
        ground.memory.age("app", seconds=3600)
        assert ground.secret("app").username == ("app_clone" if turn == 0 else "app")


def test_a_twin_that_was_locked_is_unlocked_by_the_rotation_that_needs_it(ground: Ground) -> None:
    ground.rotate("app")
    ground.rotate("app")
    with ground.tier.admin() as connection:
        connection.execute("ALTER ROLE app_clone NOLOGIN")
    assert ground.accepts(ground.rotate("app"))


def test_a_database_that_is_read_only_by_default_is_no_hindrance(ground: Ground) -> None:
    with ground.tier.admin() as connection:
        name = sql.Identifier(ground.tier.database.name)
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    assert ground.accepts(ground.rotate("app"))
    assert ground.accepts(ground.rotate(MASTER))
    with ground.tier.admin() as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))


def test_a_rotation_that_the_service_did_not_see_end_counts_for_the_interval(ground: Ground) -> None:
    token = ground.memory.begin("app")
    for step in STEPS:
        ground.step("app", step, token)
    assert ground.memory.secrets["app"].rotated_at is None
    with refused(ground, TooSoon, "wait 5 min"):
        ground.step("app", "createSecret", ground.memory.begin("app"))


def test_a_pending_master_secret_that_was_turned_elsewhere_is_not_followed(ground: Ground) -> None:
    begun(ground, MASTER, to="testSecret")
    spoil(ground, PENDING, MASTER, host="elsewhere.example")
    token = begun(ground)
    with refused(ground, SecretInvalid, "its pending version names another server or user"):
        ground.step("app", "setSecret", token)
    spoil(ground, PENDING, MASTER, host=ground.tier.database.server.host)
    ground.step("app", "setSecret", token)
