"""A password is set only where its login is refused, and never over what a rotation has just set."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from lambdas.bootstrap.environment import LOGINS
from lambdas.bootstrap.roles.errors import PasswordNotSet
from lambdas.bootstrap.roles.passwords import LoginSecrets, mend_passwords
from lambdas.common.connections import connect
from lambdas.common.locks import ROLES_LOCK
from lambdas.common.secret_documents import parse_postgres_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from lambdas.common.secret_documents import PostgresSecret
    from tests.integration.bootstrap.tier import Tier

PATIENCE_SECONDS = 30
WAITING = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
VERIFIERS = (
    "SELECT rolname || coalesce(rolpassword, '') FROM pg_authid "
    "WHERE rolname IN ('app', 'backup', 'migrator', 'monitor', 'readonly') ORDER BY rolname"
)


def set_password(tier: Tier, login: str, password: str) -> None:
    with tier.admin() as connection:
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(password))
        )
        # The server counts changes of roles with a delay of its own.
        connection.execute("SELECT pg_stat_force_next_flush()")


def rotate(tier: Tier, login: str) -> None:
    """What a rotation does: the database first, then the secret."""
    set_password(tier, login, "rotated")
    tier.passwords[login] = "rotated"


def while_it_waits_for_the_lock(tier: Tier, run: Callable[[], object], act: Callable[[], None]) -> None:
    """Run something that changes roles, and act at the moment before it gets its lock."""
    with ThreadPoolExecutor(max_workers=1) as beside, tier.admin() as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [ROLES_LOCK])
        running = beside.submit(run)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while tier.column(WAITING) != ["1"]:
            assert time.monotonic() < deadline, "it never waited for the lock"
            assert not running.done(), running.exception()
            time.sleep(0.02)
        act()
        holder.execute("SELECT pg_advisory_unlock(%s)", [ROLES_LOCK])
        running.result()


def mend(tier: Tier) -> list[str]:
    """Returns the users who logged in, the master apart."""
    tried: list[str] = []

    def log_in(secret: PostgresSecret) -> psycopg.Connection:
        tried.append(secret.username)
        return connect(secret, application_name="a test", ca_bundle=tier.database.server.ca_path)

    with log_in(parse_postgres_secret(tier.document("master"), name="master")) as master:
        secrets = LoginSecrets(store=tier, arns={login: login for login in LOGINS})
        mend_passwords(master, secrets=secrets, log_in=log_in, log=tier.log)
    return tried[1:]


def test_a_rotation_between_the_refusal_and_the_lock_keeps_its_new_password(ready: Tier) -> None:
    set_password(ready, "app", "no secret knows this")
    set_password(ready, "monitor", "nor this")
    stale = ready.passwords["app"]
    while_it_waits_for_the_lock(ready, lambda: mend(ready), lambda: rotate(ready, "app"))
    assert ready.passwords["app"] != stale
    for login in LOGINS:
        ready.connect(login).close()
    assert "Passwords set from their secrets {'logins': ['monitor']}" in ready.log.text


def test_a_login_is_made_with_the_secret_of_the_moment_behind_the_lock(tier: Tier) -> None:
    def renew() -> None:
        tier.passwords["app"] = "renewed"

    while_it_waits_for_the_lock(tier, tier.bootstrap, renew)
    tier.connect("app").close()
    assert "Passwords set from their secrets" not in tier.log.text, "it was made with the older secret first"


def test_what_was_changed_by_hand_is_found_although_the_logins_had_been_accepted_before(ready: Tier) -> None:
    ready.bootstrap()
    set_password(ready, "backup", "changed by hand")
    ready.bootstrap()
    ready.connect("backup").close()
    assert "Passwords set from their secrets {'logins': ['backup']}" in ready.log.text


def test_logins_that_were_accepted_are_not_tried_again_while_nothing_changes(ready: Tier) -> None:
    mend(ready)
    assert mend(ready) == []
    ready.passwords["app"] = "another one"
    assert set(mend(ready)) == set(LOGINS)
    mend(ready)
    assert mend(ready) == []


def test_logins_are_tried_again_when_the_master_has_another_password(ready: Tier) -> None:
    mend(ready)
    set_password(ready, ready.database.master_username, "rotated")
    renewed = replace(ready, database=replace(ready.database, master_password="rotated"))  # noqa: S106  a test's
    try:
        assert set(mend(renewed)) == set(LOGINS)
    finally:
        set_password(ready, ready.database.master_username, ready.database.master_password)


def test_only_a_login_whose_password_differs_is_given_its_secrets(ready: Tier) -> None:
    before = ready.column(VERIFIERS)
    ready.passwords["monitor"] = "another one"
    ready.bootstrap()
    after = ready.column(VERIFIERS)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, True, False, True]
    ready.connect("monitor").close()


@pytest.mark.parametrize("attribute", ["SUPERUSER", "REPLICATION"])
def test_a_login_that_the_master_may_not_change_is_named_and_the_others_are_mended(
    ready: Tier, attribute: str
) -> None:
    with ready.admin() as connection:
        connection.execute(f"ALTER ROLE app {attribute}".encode())
        ready.passwords |= {"app": "another one", "readonly": "another one"}
        try:
            with pytest.raises(PasswordNotSet, match=r"the password of login app cannot be set .*\(42501\)"):
                ready.bootstrap()
        finally:
            connection.execute(f"ALTER ROLE app NO{attribute}".encode())
    ready.connect("readonly").close()
    ready.bootstrap()
    ready.connect("app").close()
