"""Who may log in through the pooler: one password a name, and never a foreign one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer.logins import Versions, candidates, choose, current_secret, userlist
from lambdas.common.errors import SecretInvalid, ServerUnreachable
from lambdas.common.secret_documents import PostgresSecret, parse_postgres_secret
from lambdas.common.secrets_manager import CURRENT, PENDING, PREVIOUS
from tests.unit.pooling.cases import ENVIRONMENT, document

if TYPE_CHECKING:
    from collections.abc import Mapping


def app(**texts: str) -> Versions:
    """The versions of the login `app`, by stage without its prefix."""
    return Versions(login="app", texts={f"AWS{stage.upper()}": text for stage, text in texts.items()})


def secret(username: str, password: str) -> PostgresSecret:
    return parse_postgres_secret(document(username, password), name="test")


def never(asked: PostgresSecret) -> bool:
    raise AssertionError(f"PostgreSQL was asked about {asked.username} although there is nothing to ask")


def unreachable(asked: PostgresSecret) -> bool:
    raise ServerUnreachable(f"no connection as {asked.username}")


def passwords(secrets: Mapping[str, PostgresSecret]) -> dict[str, str]:
    return {name: found.password for name, found in secrets.items()}


ROTATING = app(
    current=document("app", "now"),
    previous=document("app_clone", "before"),
    pending=document("app_clone", "next"),
)


def test_a_login_and_its_twin_are_both_served_and_nobody_is_asked() -> None:
    versions = app(current=document("app", "now"), previous=document("app_clone", "before"))
    found = choose(candidates([versions], ENVIRONMENT), before={}, accepts=never)
    assert passwords(found.secrets) == {"app": "now", "app_clone": "before"}


def test_a_version_with_two_stages_is_one_candidate() -> None:
    versions = app(current=document("app", "now"), pending=document("app", "now"))
    found = choose(candidates([versions], ENVIRONMENT), before={}, accepts=never)
    assert passwords(found.secrets) == {"app": "now"}


@pytest.mark.parametrize("accepted", ["before", "next"])
def test_of_two_passwords_of_one_name_the_accepted_one_is_served(accepted: str) -> None:
    found = choose(
        candidates([ROTATING], ENVIRONMENT), before={}, accepts=lambda asked: asked.password == accepted
    )
    assert passwords(found.secrets) == {"app": "now", "app_clone": accepted}
    assert found.undecided == found.unaccepted == ()


def test_the_entry_of_before_stays_while_postgresql_cannot_be_asked() -> None:
    before = {"app_clone": secret("app_clone", "before")}
    found = choose(candidates([ROTATING], ENVIRONMENT), before=before, accepts=unreachable)
    assert passwords(found.secrets) == {"app": "now", "app_clone": "before"}
    assert found.undecided == ("app_clone",)


def test_an_entry_of_before_that_no_version_holds_any_more_does_not_stay() -> None:
    before = {"app_clone": secret("app_clone", "long ago"), "gone": secret("gone", "x")}
    found = choose(candidates([ROTATING], ENVIRONMENT), before=before, accepts=unreachable)
    assert passwords(found.secrets) == {"app": "now", "app_clone": "next"}


def test_without_an_answer_the_current_version_is_believed_before_the_pending_one() -> None:
    versions = app(current=document("app", "now"), pending=document("app", "next"))
    found = choose(candidates([versions], ENVIRONMENT), before={}, accepts=unreachable)
    assert passwords(found.secrets) == {"app": "now"}


def test_an_unreachable_postgresql_is_waited_for_once() -> None:
    asked: list[str] = []

    def accepts(candidate: PostgresSecret) -> bool:
        asked.append(candidate.username)
        raise ServerUnreachable("down")

    other = Versions(
        login="monitor",
        texts={CURRENT: document("monitor", "a"), PENDING: document("monitor", "b")},
    )
    found = choose(candidates([ROTATING, other], ENVIRONMENT), before={}, accepts=accepts)
    assert len(asked) == 1
    assert found.undecided == ("app_clone", "monitor")


def test_a_name_of_which_no_password_is_accepted_is_told_and_kept_as_it_was() -> None:
    before = {"app_clone": secret("app_clone", "before")}
    found = choose(candidates([ROTATING], ENVIRONMENT), before=before, accepts=lambda _: False)
    assert passwords(found.secrets)["app_clone"] == "before"
    assert found.unaccepted == ("app_clone",)


@pytest.mark.parametrize("changes", [{"host": "other.example"}, {"port": 5433}, {"dbname": "other"}])
@pytest.mark.parametrize("stage", [PENDING, PREVIOUS])
def test_a_version_of_another_server_is_refused_and_the_others_are_served(
    changes: dict[str, object], stage: str
) -> None:
    texts = {CURRENT: document("app", "now"), stage: document("app_clone", "elsewhere", **changes)}
    found = candidates([Versions(login="app", texts=texts)], ENVIRONMENT)
    assert set(found.by_name) == {"app"}
    (reason,) = found.refused
    assert f"secret of app ({stage}) is for" in reason
    assert "elsewhere" not in reason


def test_a_host_is_the_same_whatever_its_case() -> None:
    versions = app(current=document("app", "now", host="Primary.Example"))
    assert set(candidates([versions], ENVIRONMENT).by_name) == {"app"}


@pytest.mark.parametrize("user", ["monitor", "postgres", "app_clone_clone", "apple", 'app"'])
def test_a_version_of_another_user_is_refused(user: str) -> None:
    found = candidates([app(current=document("app", "now"), pending=document(user, "x"))], ENVIRONMENT)
    assert set(found.by_name) == {"app"}
    assert "app or its twin is expected" in found.refused[0]


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", json.dumps({"username": "app"})])
def test_a_malformed_version_is_refused_without_being_quoted(text: str) -> None:
    found = candidates([app(current=document("app", "now"), pending=text)], ENVIRONMENT)
    assert set(found.by_name) == {"app"}
    assert found.refused[0].startswith("secret of app (AWSPENDING)")


@pytest.mark.parametrize("password", ["md5" + "0" * 32, "SCRAM-SHA-256$4096:x$y:z", "cut\0off"])
def test_a_password_that_pgbouncer_would_misread_is_refused(password: str) -> None:
    found = candidates([app(current=document("app", password))], ENVIRONMENT)
    assert not found.by_name
    assert password not in found.refused[0]


def test_a_password_that_only_begins_like_a_hash_is_served() -> None:
    found = candidates([app(current=document("app", "md5abc"))], ENVIRONMENT)
    assert set(found.by_name) == {"app"}


def test_a_login_without_a_current_version_cannot_be_served() -> None:
    with pytest.raises(SecretInvalid, match="secret of app has no AWSCURRENT"):
        current_secret(app(pending=document("app", "next")), ENVIRONMENT)


def test_the_file_is_in_order_with_quotes_doubled() -> None:
    secrets = {"b": secret("b", 'say "hi"'), "a": secret("a", "back\\slash")}
    assert userlist(secrets) == '"a" "back\\slash"\n"b" "say ""hi"""\n'


def test_nothing_shows_a_password_when_it_is_printed() -> None:
    assert "next" not in repr(ROTATING)
    assert "next" not in repr(candidates([ROTATING], ENVIRONMENT))
