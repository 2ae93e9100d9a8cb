"""A database URL is read as libpq and Prisma read it, verified always, and never quoted with its password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import ServerUnreachable
from tools.migrate.database_url import parse_database_url
from tools.migrate.errors import DatabaseUrlInvalid
from tools.migrate.target import Target

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = str(RDS_CA_BUNDLE)
ELSEWHERE = "postgresql://app:secret@db.example.com/shop"
HERE = "postgresql://app:secret@127.0.0.1/shop"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (ELSEWHERE, Target(host="db.example.com", port=5432, database="shop", user="app", authority=BUNDLE)),
        (
            "postgres://app@[::1]:5433/shop?sslmode=disable",
            Target(host="::1", port=5433, database="shop", user="app"),
        ),
        (
            "postgresql://ap%40p:s%2Fe%3Fc%23%25@h/sh%20op",
            Target(host="h", port=5432, database="sh op", user="ap@p", authority=BUNDLE),
        ),
        (
            "postgresql://app:secret@localhost/shop?host=/var/run/postgresql",
            Target(host="/var/run/postgresql", port=5432, database="shop", user="app"),
        ),
        (
            "postgresql://app:secret@%2Fvar%2Frun/shop",
            Target(host="/var/run", port=5432, database="shop", user="app"),
        ),
        (f"{ELSEWHERE}?sslmode=verify-full&sslrootcert=system", "system"),
        (f"{ELSEWHERE}?sslcert={BUNDLE}", BUNDLE),
    ],
)
def test_what_a_url_says_is_what_is_connected_to(url: str, expected: Target | str) -> None:
    target = parse_database_url(url)
    if isinstance(expected, str):
        assert target.authority == expected
    else:
        assert target.where == expected.where
        assert target.authority == expected.authority


def test_without_a_ca_in_the_url_pgsslrootcert_s_is_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "ca.pem"
    own.touch()
    monkeypatch.setenv("PGSSLROOTCERT", str(own))
    assert parse_database_url(ELSEWHERE).authority == str(own)
    assert parse_database_url(f"{ELSEWHERE}?sslrootcert=system").authority == "system"


def test_a_password_is_decoded_and_never_shown() -> None:
    target = parse_database_url("postgresql://app:s%2Fe%3Fc%23%25+@h/shop?options=-cx%3Dhidden")
    assert target.password == "s/e?c#%+"  # noqa: S105  made up
    assert target.options == {"options": "-cx=hidden"}
    assert "s/e" not in repr(target)
    assert "hidden" not in repr(target)
    assert parse_database_url("postgresql://app@h/shop").password is None


def test_parameters_of_prisma_are_not_passed_on() -> None:
    target = parse_database_url(
        f"{ELSEWHERE}?schema=public&connection_limit=5&pool_timeout=2&pgbouncer=true&socket_timeout=3"
        "&sslaccept=strict&statement_cache_size=0&connect_timeout=7"
    )
    assert target.options == {"connect_timeout": "7"}


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "nonsense"])
def test_a_mode_that_does_not_verify_the_server_is_refused(mode: str) -> None:
    with pytest.raises(DatabaseUrlInvalid, match="sslmode=verify-full"):
        parse_database_url(f"{ELSEWHERE}?sslmode={mode}")


def test_on_this_machine_tls_is_left_out_only_when_that_is_said() -> None:
    assert parse_database_url(HERE).authority == BUNDLE
    assert parse_database_url(f"{HERE}?sslmode=disable").authority is None
    assert parse_database_url(f"{HERE.replace('127.0.0.1', 'localhost')}?sslmode=disable").authority is None
    with pytest.raises(DatabaseUrlInvalid, match="sslmode=disable"):
        parse_database_url(f"{HERE}?sslmode=prefer")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "set DATABASE_URL"),
        ("   ", "set DATABASE_URL"),
        ("shop", "does not start with postgresql://"),
        ("mysql://app:secret@h/shop", "but with mysql://"),
        ("app:secret@h/shop", "does not start with postgresql://"),
        ("postgresql://app:secret@h", "names no database"),
        ("postgresql://app:secret@h/", "names no database"),
        ("postgresql://app:secret@h?schema=public", "names no database"),
        ("postgresql://h/shop", "names no user"),
        ("postgresql://app:secret@/shop", "names no host"),
        ("postgresql://app:secret@h,other/shop", "several hosts"),
        ("postgresql://app:secret@h:54x/shop", "port"),
        ("postgresql://app:secret@h:0/shop", "port"),
        ("postgresql://app:secret@h:65536/shop", "port"),
        ("postgresql://app:sec/ret@h/shop", "%2F"),
        ("postgresql://app:12/secret@h/shop", "%2F"),
        ("postgresql://app:sec#ret@h/shop", "%23"),
        ("postgresql://app:12?secret@h/shop", "%3F"),
        ("postgresql://app:sec?ret=secret@h/shop", "%3F"),
        ("postgresql://app:[secret@h/shop", "brackets"),
        ("postgresql://app:%zzsecret@h/shop", "% in its password"),
        ("postgresql://app:%FFsecret@h/shop", "% in its password"),
        ("postgresql://app:secret%00@h/shop", "% in its password"),
        (f"{ELSEWHERE}?schema=sales", "another schema"),
        (f"{ELSEWHERE}?password=secret", "before"),
        (f"{ELSEWHERE}?ssl-secret=1", "has a parameter, which"),
        (f"{ELSEWHERE}?hostaddr=10.0.0.1", "hostaddr"),
        (f"{ELSEWHERE}?sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem"),
    ],
)
def test_a_wrong_url_is_refused_by_what_is_wrong_and_without_its_password(url: str, said: str) -> None:
    with pytest.raises(DatabaseUrlInvalid) as refused:
        parse_database_url(url)
    message = str(refused.value)
    assert said in message
    assert "secret" not in message
    assert "ret@" not in message
    assert "\n" not in message


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(
        ServerUnreachable, match=r"no connection as app at 127\.0\.0\.1:1/shop"
    ) as unreachable:
        parse_database_url("postgresql://app:secret@127.0.0.1:1/shop?sslmode=disable").connect()
    assert "secret" not in str(unreachable.value)
