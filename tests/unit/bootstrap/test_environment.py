"""The function says which variable is wrong and what it should hold."""

from __future__ import annotations

import json

import pytest

from lambdas.bootstrap.environment import LOGINS, parse_environment
from lambdas.bootstrap.handler import Event, handler
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.roles.passwords import Password
from lambdas.common.errors import EnvironmentInvalid, SecretInvalid
from lambdas.common.secret_documents import PostgresSecret

MIGRATIONS = {
    "edited": "allow",
    "missing": "refuse",
    "diverged": "refuse",
    "open_transaction": "refuse",
    "lock_timeout_seconds": 7,
    "lock_attempts": 3,
    "dump_wait_seconds": 0,
}
VARIABLES = {
    "ENVIRONMENT": "dev",
    "MASTER_SECRET_ARN": "arn:master",
    "LOGIN_SECRET_ARNS": json.dumps({login: f"arn:{login}" for login in LOGINS}),
    "EXTENSIONS": '["pg_stat_statements"]',
    "IAM_LOGINS": '{"engineer": "readonly"}',
    "MIGRATIONS": json.dumps(MIGRATIONS),
}


def changed(**migrations: object) -> str:
    return json.dumps({**MIGRATIONS, **migrations})


def test_all_of_it_is_read() -> None:
    environment = parse_environment(VARIABLES)
    assert environment.name == "dev"
    assert environment.master_secret_arn == "arn:master"  # noqa: S105  a name, not a secret
    assert environment.login_secret_arns["app"] == "arn:app"
    assert environment.extensions == ("pg_stat_statements",)
    assert environment.iam_logins == {"engineer": "readonly"}
    assert environment.policy == Policy(
        edited="allow", lock_timeout_seconds=7, lock_attempts=3, dump_wait_seconds=0
    )


@pytest.mark.parametrize("name", VARIABLES)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"{name} is not set"):
        parse_environment({**VARIABLES, name: ""})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("EXTENSIONS", "pgcrypto", "EXTENSIONS is not JSON"),
        ("EXTENSIONS", "{}", "EXTENSIONS is not a JSON list"),
        ("EXTENSIONS", "[1]", "EXTENSIONS is not a JSON list"),
        ("IAM_LOGINS", "[]", "IAM_LOGINS is not a JSON object"),
        ("IAM_LOGINS", '{"engineer": "admin"}', "engineer is 'admin'; readonly or readwrite"),
        ("IAM_LOGINS", '{"app": "readonly"}', "app is a login with a password"),
        ("LOGIN_SECRET_ARNS", '{"app": "arn"}', "exactly .*backup.* are expected"),
        ("LOGIN_SECRET_ARNS", '{"app": 1}', "every value is a text"),
        ("MIGRATIONS", "[]", "MIGRATIONS is not a JSON object of exactly .*lock_attempts"),
        ("MIGRATIONS", "{}", "MIGRATIONS is not a JSON object of exactly"),
        ("MIGRATIONS", json.dumps({**MIGRATIONS, "more": 1}), "MIGRATIONS is not a JSON object of exactly"),
        ("MIGRATIONS", changed(edited="warn"), "edited is 'warn'; refuse or allow is expected"),
        ("MIGRATIONS", changed(diverged=[]), r"diverged is \[\]; refuse or allow is expected"),
        ("MIGRATIONS", changed(lock_timeout_seconds=0), "lock_timeout_seconds is 0; .* 1 or more"),
        ("MIGRATIONS", changed(lock_attempts=True), "lock_attempts is True; a whole number of 1 or more"),
        ("MIGRATIONS", changed(dump_wait_seconds="5"), "dump_wait_seconds is '5'; a whole number of 0"),
    ],
)
def test_a_malformed_variable_is_named_with_what_is_expected(name: str, value: str, message: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=message):
        parse_environment({**VARIABLES, name: value})


def test_deleting_the_stack_needs_neither_settings_nor_a_database() -> None:
    class NeverAsked:
        def get_remaining_time_in_millis(self) -> int:
            raise AssertionError

    event: Event = {"RequestType": "Delete", "PhysicalResourceId": "kept"}
    assert handler(event, NeverAsked()) == {"PhysicalResourceId": "kept"}


def test_a_secret_of_another_login_is_not_used() -> None:
    secret = PostgresSecret(host="h", port=1, dbname="d", username="app", password="p")  # noqa: S106  made up
    assert Password(login="app", secret=secret).username == "app"
    with pytest.raises(SecretInvalid, match="names the user app; readonly or readonly_clone is expected"):
        Password(login="readonly", secret=secret)
