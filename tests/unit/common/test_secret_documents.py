"""Secrets are parsed once, and neither they nor their errors show a password."""

from __future__ import annotations

import json
import traceback

import pytest

from lambdas.common.errors import SecretInvalid
from lambdas.common.secret_documents import parse_postgres_secret

DOCUMENT = {
    "engine": "postgres",
    "host": "db.internal",
    "port": 5432,
    "dbname": "app",
    "username": "app",
    "password": "hunter2'\"",
}


def test_a_document_of_awss_own_format_is_read_and_hides_its_password() -> None:
    secret = parse_postgres_secret(json.dumps(DOCUMENT), name="app")
    assert (secret.host, secret.port, secret.dbname, secret.username) == ("db.internal", 5432, "app", "app")
    assert secret.password == DOCUMENT["password"]
    assert "hunter2" not in repr(secret) + str(secret)


def test_a_port_written_as_text_is_a_port() -> None:
    assert parse_postgres_secret(json.dumps(DOCUMENT | {"port": "6543"}), name="app").port == 6543


@pytest.mark.parametrize("port", ["", "x", 0, 65536, -1, "٣"])
def test_anything_else_is_not(port: object) -> None:
    with pytest.raises(SecretInvalid, match="port"):
        parse_postgres_secret(json.dumps(DOCUMENT | {"port": port}), name="app")


@pytest.mark.parametrize("key", ["host", "port", "dbname", "username", "password"])
def test_a_missing_key_is_named(key: str) -> None:
    document = {name: value for name, value in DOCUMENT.items() if name != key}
    with pytest.raises(SecretInvalid, match=f"secret app has no {key}"):
        parse_postgres_secret(json.dumps(document), name="app")


@pytest.mark.parametrize("text", ['{"password": "hunter2"', '["hunter2"]', "hunter2"])
def test_what_is_no_document_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(SecretInvalid) as failure:
        parse_postgres_secret(text, name="app")
    assert "hunter2" not in "".join(traceback.format_exception(failure.value)).replace(repr(text), "")
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
