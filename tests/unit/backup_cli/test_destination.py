"""Where a restore may go: a URL of one verified server, or the tier; no message shows a password."""

from __future__ import annotations

import pytest

from tools.backup.destination import from_url, tier_database
from tools.backup.errors import WrongInput
from tools.migrate.errors import DatabaseUrlInvalid

SECRET = "hunter2"  # noqa: S105  a test's


@pytest.mark.parametrize(
    ("text", "database"),
    [("tier", ""), ("tier/app_restored", "app_restored"), ("postgresql://u@h/d", None), ("tiers", None)],
)
def test_the_tier_itself_may_be_meant_and_another_database_of_it(text: str, database: str | None) -> None:
    assert tier_database(text) == database


def test_a_tier_s_database_without_a_name_is_refused() -> None:
    with pytest.raises(WrongInput, match="names no database"):
        tier_database("tier/")


def test_tls_is_verified_unless_the_server_is_on_this_machine_and_the_url_says_so() -> None:
    far = from_url("postgresql://postgres@db.example.com/app").parameters
    assert (far["sslmode"], far["port"], far["dbname"]) == ("verify-full", 5432, "app")
    assert str(far["sslrootcert"]).endswith(".pem")
    assert from_url("postgresql://me@127.0.0.1:5433/app?sslmode=disable").parameters["sslmode"] == "disable"
    assert from_url("postgresql://me@/app?host=/run/postgresql").parameters["sslmode"] == "disable"
    with pytest.raises(DatabaseUrlInvalid, match="does not verify whom it speaks to"):
        from_url("postgresql://me@db.example.com/app?sslmode=require")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "db.example.com", f"mysql://me:{SECRET}@h/d", f"postgresql://me:{SECRET}@h:x/d",
        f"postgresql://me:{SECRET}@h", f"postgresql://me:{SECRET}@one,two/d",
        f"postgresql://me:{SECRET}@h/d?pgbouncer=true", f"postgresql://me:{SECRET}#@h/d",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_meant_is_refused_without_its_password(text: str) -> None:
    with pytest.raises((WrongInput, DatabaseUrlInvalid)) as refusal:
        from_url(text)
    assert SECRET not in str(refusal.value)


def test_the_password_of_a_url_is_in_no_repr() -> None:
    found = from_url(f"postgresql://me:{SECRET}@db.example.com/app")
    assert found.parameters["password"] == SECRET
    assert SECRET not in repr(found)
    assert found.title == "me at db.example.com:5432/app"
