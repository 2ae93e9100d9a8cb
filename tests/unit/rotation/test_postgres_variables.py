"""rotate_postgres is told of a pooler whole or not at all."""

from __future__ import annotations

import pytest

from lambdas.common.errors import EnvironmentInvalid
from lambdas.rotate_postgres.environment import Pooler, parse_environment

ALONE = {
    "MASTER_SECRET_ARN": "arn:master",
    "LOGIN_SECRET_ARNS": '{"app": "arn:app"}',
    "REPLICA_HOSTS": "[]",
    "CLIENT_CACHE_SECONDS": "300",
    "PASSWORD_LENGTH": "32",
}
POOLED = {
    "POOLER_HOST": "pool.example",
    "POOLER_PORT": "6432",
    "POOLER_TASKS": "pooler.internal",
    "POOLER_TRUST_SECRET_ARN": "arn:trust",
    "POOLER_LOGINS": '["app", "readonly"]',
}


def test_without_a_pooler_none_is_logged_in_through() -> None:
    assert parse_environment(ALONE).pooler is None


def test_a_pooler_is_told_by_five_variables() -> None:
    assert parse_environment(ALONE | POOLED).pooler == Pooler(
        host="pool.example",
        port=6432,
        tasks="pooler.internal",
        trust_secret_arn="arn:trust",  # noqa: S106  the name of a secret
        logins=("app", "readonly"),
    )


@pytest.mark.parametrize("missing", POOLED)
def test_half_a_pooler_is_refused(missing: str) -> None:
    told = {name: value for name, value in POOLED.items() if name != missing}
    with pytest.raises(EnvironmentInvalid, match=missing):
        parse_environment(ALONE | told)


@pytest.mark.parametrize(("name", "value"), [("POOLER_PORT", "many"), ("POOLER_LOGINS", "app")])
def test_a_malformed_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment(ALONE | POOLED | {name: value})
