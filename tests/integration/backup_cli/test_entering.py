"""A restore logs in with the password of its URL, of PGPASSWORD, or of whoever is asked; on a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest

from lambdas.common.errors import LoginRefused, ServerUnreachable
from tools.backup.destination import Destination, entered, from_url
from tools.backup.errors import WrongInput

if TYPE_CHECKING:
    from tests.plugins.servers import Database


def url(database: Database, password: str | None = None, **parameters: str) -> str:
    trust = urlencode({"sslrootcert": str(database.server.ca_path), **parameters})
    login = database.master_username + ("" if password is None else f":{quote(password, safe='')}")
    return f"postgresql://{login}@{database.server.host}:{database.server.port}/{database.name}?{trust}"


def nobody() -> str:
    pytest.fail("a person was asked")


@pytest.fixture(autouse=True)
def no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Leave libpq no password of this machine."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", f"{tmp_path}/none")


def accepted(destination: Destination) -> object:
    return destination.parameters["password"]


def test_the_password_of_the_url_is_used(database: Database) -> None:
    found = entered(from_url(url(database, database.master_password)), ask=nobody)
    assert accepted(found) == database.master_password


def test_without_one_pgpassword_is_used_and_nobody_is_asked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", database.master_password)
    assert accepted(entered(from_url(url(database)), ask=nobody)) == database.master_password


def test_without_any_a_person_is_asked(database: Database) -> None:
    found = entered(from_url(url(database)), ask=lambda: database.master_password)
    assert accepted(found) == database.master_password
    assert database.master_password not in repr(found)


def test_without_any_and_without_a_person_pgpassword_is_named(database: Database) -> None:
    with pytest.raises(WrongInput, match="set PGPASSWORD"):
        entered(from_url(url(database)), ask=None)


def test_a_wrong_password_is_refused_without_being_shown(database: Database) -> None:
    with pytest.raises(LoginRefused) as refusal:
        entered(from_url(url(database, "hunter2")), ask=nobody)
    assert "hunter2" not in str(refusal.value)


def test_a_server_of_another_authority_is_not_spoken_to(database: Database, tmp_path: object) -> None:
    assert tmp_path
    stranger = url(database, database.master_password).partition("?")[0]
    with pytest.raises(ServerUnreachable, match="certificate verify failed"):
        entered(from_url(stranger), ask=nobody)
