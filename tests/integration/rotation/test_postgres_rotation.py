"""Logins rotate by alternation and the master in place: what was current works on, nobody is locked out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.bootstrap.environment import LOGINS
from lambdas.common.connections import connect
from lambdas.common.rotation.errors import TooSoon
from lambdas.common.secrets_manager import CURRENT, PENDING
from tests.integration.rotation.aws_rotation import rotate_as_aws_does
from tests.integration.rotation.ground import CLIENT_CACHE_SECONDS, MASTER, STEPS, Ground
from tests.integration.rotation.versions import PREVIOUS

if TYPE_CHECKING:
    from tools.servers.postgres import PostgresServer

ROLE = (
    "SELECT r.rolinherit, r.rolconnlimit, r.rolcreatedb, r.rolvaliduntil::text, "
    "(SELECT array_agg(roleid::regrole::text ORDER BY 1) FROM pg_auth_members WHERE member = r.oid), "
    "(SELECT array_agg(row(setdatabase, one)::text ORDER BY setdatabase, one) FROM pg_db_role_setting, "
    "unnest(setconfig) AS one WHERE setrole = r.oid) FROM pg_roles AS r WHERE rolname = '{}'"
)


def described(ground: Ground, role: str) -> list[tuple[Any, ...]]:
    with ground.tier.admin() as connection:
        return connection.execute(ROLE.format(role).encode()).fetchall()


@pytest.mark.parametrize("login", LOGINS)
def test_a_login_takes_turns_with_its_twin_and_the_one_before_works_until_the_next_rotation(
    ground: Ground, login: str
) -> None:
    first = ground.secret(login)
    second = ground.rotate(login)
    assert (first.username, second.username) == (login, f"{login}_clone")
    assert ground.secret(login, PREVIOUS) == first
    assert ground.accepts(first)
    assert ground.accepts(second)
    third = ground.rotate(login)
    assert third.username == login
    assert ground.accepts(second)
    assert ground.accepts(third)
    assert not ground.accepts(first)


@pytest.mark.parametrize("login", LOGINS)
def test_the_twin_is_what_the_login_is(ground: Ground, login: str) -> None:
    ground.rotate(login)
    assert described(ground, f"{login}_clone") == described(ground, login)


def test_settings_that_somebody_gave_a_login_are_given_to_its_twin_as_they_stand(ground: Ground) -> None:
    database = ground.tier.database.name
    with ground.tier.admin() as connection:
        for setting in (
            'ALTER ROLE app SET search_path = "My schema", public, "a""b"',
            "ALTER ROLE app SET temp_tablespaces = ''",
            "ALTER ROLE app SET application_name = 'it''s \\ %'",
            f"ALTER ROLE app IN DATABASE {database} SET work_mem = '7MB'",
            "ALTER ROLE app CONNECTION LIMIT 77 VALID UNTIL '2099-01-02 03:04:05+00'",
        ):
            connection.execute(setting.encode())
    ground.rotate("app")
    assert described(ground, "app_clone") == described(ground, "app")
    with ground.tier.admin() as connection:
        connection.execute("ALTER ROLE app RESET ALL")
        connection.execute(f"ALTER ROLE app IN DATABASE {database} RESET ALL".encode())
    for _ in range(2):
        ground.rotate("app")
    assert described(ground, "app_clone") == described(ground, "app")


def test_what_only_a_superuser_may_give_is_told_and_hinders_nothing(ground: Ground) -> None:
    with ground.tier.admin() as connection:
        connection.execute("ALTER ROLE app SET own.setting = 'x'")
    assert ground.accepts(ground.rotate("app"))
    assert "WARNING The twin cannot be given this setting" in ground.tier.log.text


def test_what_the_twin_makes_and_reads_is_the_same_as_the_login_does(ground: Ground) -> None:
    ground.tier.write({"1_table": "CREATE TABLE notes (id int);"})
    ground.tier.bootstrap()
    ca = ground.tier.database.server.ca_path
    with connect(ground.rotate("migrator"), application_name="test", ca_bundle=ca) as twin:
        twin.execute("CREATE TABLE later (id int)")
        assert twin.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'later'").fetchall() == [
            ("datatier_owner",)
        ]
    with connect(ground.rotate("app"), application_name="test", ca_bundle=ca) as twin:
        twin.execute("INSERT INTO notes VALUES (1)")
        twin.execute("INSERT INTO later VALUES (1)")


def test_a_bootstrap_between_two_rotations_leaves_both_names_in_order(ground: Ground) -> None:
    ground.rotate("app")
    current = ground.secret("app")
    ground.tier.users["app"], ground.tier.passwords["app"] = current.username, current.password
    ground.tier.bootstrap()
    assert ground.accepts(ground.secret("app"))
    assert ground.accepts(ground.secret("app", PREVIOUS))
    assert described(ground, "app_clone") == described(ground, "app")


def test_awss_function_and_ours_may_take_turns_on_one_secret(ground: Ground) -> None:
    ground.tier.write({"1_table": "CREATE TABLE notes (id int);"})
    ground.tier.bootstrap()
    before = described(ground, "app")
    ca = ground.tier.database.server.ca_path
    for ours in (False, True, True, False, True):
        if ours:
            ground.rotate("app")
        else:
            rotate_as_aws_does(ground, "app", master=MASTER)
            ground.memory.age("app", seconds=CLIENT_CACHE_SECONDS)
        assert described(ground, "app") == before
        for stage in (CURRENT, PREVIOUS):
            with connect(ground.secret("app", stage), application_name="test", ca_bundle=ca) as session:
                session.execute("INSERT INTO notes VALUES (1)")
    (twin,) = described(ground, "app_clone")
    assert set(before[0][4]) <= set(twin[4])
    assert twin[5] == before[0][5]


def test_the_master_rotates_in_place(ground: Ground) -> None:
    before = ground.secret(MASTER)
    after = ground.rotate(MASTER)
    assert after == replace(before, password=after.password)
    assert ground.accepts(after)
    assert not ground.accepts(before)
    assert ground.rotate("app").username == "app_clone"


def test_while_the_master_rotates_its_pending_password_serves_those_who_need_it(ground: Ground) -> None:
    token = ground.memory.begin(MASTER)
    for step in STEPS[:2]:
        ground.step(MASTER, step, token)
    assert not ground.accepts(ground.secret(MASTER))
    assert ground.rotate("app").username == "app_clone"
    for step in STEPS[2:]:
        ground.step(MASTER, step, token)
    assert ground.accepts(ground.secret(MASTER))


def test_a_rotation_before_the_clients_caches_expire_is_refused_with_the_time_to_wait(ground: Ground) -> None:
    ground.rotate("app")
    token = ground.memory.begin("app")
    with pytest.raises(
        TooSoon, match=r"changed \d+ s ago, and applications may keep a secret for 5 min: wait 5"
    ):
        ground.step("app", "createSecret", token)
    ground.memory.age("app", seconds=CLIENT_CACHE_SECONDS)
    ground.step("app", "createSecret", token)
    assert ground.memory.read("app", stage=PENDING) is not None


def test_the_test_that_a_schedule_is_attached_with_passes_with_nothing_pending(followed: Ground) -> None:
    for login in (MASTER, "app"):
        token = followed.memory.begin(login)
        followed.step(login, "testSecret", token)
        followed.memory.give_up(login)


def test_no_password_reaches_the_servers_log_or_its_statistics(ground: Ground, rds: PostgresServer) -> None:
    secrets = [ground.rotate(login).password for login in ("app", "app", MASTER)]
    seen = rds.log.read_text(encoding="utf-8", errors="replace")
    seen += "\n".join(ground.tier.column("SELECT query FROM pg_stat_statements"))
    assert "ALTER ROLE" in seen
    assert "SCRAM-SHA-256$" in seen
    assert [secret for secret in secrets if secret in seen] == []


def test_a_replica_accepts_the_new_password_before_it_is_current(
    followed: Ground, replica: PostgresServer
) -> None:
    token = followed.memory.begin("readonly")
    for step in STEPS[:3]:
        followed.step("readonly", step, token)
    pending = followed.secret("readonly", PENDING)
    assert followed.accepts(replace(pending, host=replica.host))
    followed.step("readonly", STEPS[3], token)
    assert followed.secret("readonly") == pending
