"""The stand-in for Prisma's native schema engine keeps the CLI's contract, and no password leaves it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tools.prisma.programs import ENGINE, environment, program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier

REACH = ("cli", "can-connect-to-database")


def _engine(*arguments: str, requests: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  (the project's own program, no shell)
        [program("node"), ENGINE, *arguments], env=environment(""), input=requests,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def _refused(url: str) -> tuple[str, str]:
    """Ask whether a database can be reached; return the code and the message of the refusal."""
    done = _engine("--datasource", json.dumps({"url": url}), *REACH)
    assert (done.returncode, done.stdout) == (1, "")
    fields = json.loads(done.stderr.splitlines()[-1])["fields"]
    return fields["error_code"], fields["message"]


@pytest.fixture
def url(tier: Tier) -> str:
    """Return the master's URL; its password is awkward."""
    database = tier.database
    password = quote(database.master_password, safe="")
    trust = f"sslmode=verify-full&sslrootcert={quote(str(database.server.ca_path))}"
    return (
        f"postgresql://{database.master_username}:{password}@{database.server.host}:{database.server.port}/"
        f"{database.name}?{trust}"
    )


def test_a_database_that_cannot_be_entered_is_refused_with_prismas_code_and_without_the_password(
    tier: Tier, url: str, tmp_path: Path
) -> None:
    assert _engine("--datasource", json.dumps({"url": url}), *REACH).returncode == 0
    stranger = tmp_path / "stranger.pem"
    stranger.write_text("")
    for other, code in (
        (url.replace(f"/{tier.database.name}?", "/no_such_database?"), "P1003"),
        (url.replace("postgresql://", "postgresql://x"), "P1000"),
        (url.replace(quote(str(tier.database.server.ca_path)), quote(str(stranger))), "P1001"),
        (url.replace("verify-full", "disable"), "P1010"),
        ("postgresql://m:secret@db.example.com/app", "P1013"),
        ("postgresql://m:secret@127.0.0.1:1/app", "P1001"),
    ):
        found, message = _refused(other)
        assert found == code, message
        assert "secret" not in message
        assert tier.database.master_password not in message


def test_requests_are_answered_one_line_each_and_unknown_ones_do_not_end_it(url: str) -> None:
    parameters = {"datasource": {"tag": "ConnectionString", "url": url}}
    requests = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
        for number, method in ((1, "getDatabaseVersion"), (2, "noSuchRequest"), (3, "getDatabaseVersion"))
    ]
    done = _engine(
        "--datasource", json.dumps({"url": url}), requests="".join(f"{json.dumps(one)}\n" for one in requests)
    )
    first, unknown, third = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0
    assert (first["id"], first["result"].startswith("PostgreSQL 15")) == (1, True)
    assert (unknown["id"], unknown["error"]["data"]["is_panic"]) == (2, False)
    assert "noSuchRequest" in unknown["error"]["data"]["message"]
    assert (third["id"], third["result"]) == (3, first["result"])


def test_a_request_that_the_engine_chokes_on_ends_it_as_a_crash_that_the_cli_reports(url: str) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "getDatabaseVersion", "params": {}}
    done = _engine("--datasource", json.dumps({"url": url}), requests=json.dumps(request) + "\n")
    assert (done.returncode, done.stdout) == (101, "")
    assert "missing field" in json.loads(done.stderr.splitlines()[-1])["fields"]["message"]


@pytest.mark.parametrize(
    "arguments", [("--datasource", "postgresql://m:secret@h/d"), ("--unknown", "secret"), ("lint", "secret")]
)
def test_arguments_that_cannot_be_read_are_refused_without_repeating_them(arguments: tuple[str, ...]) -> None:
    done = _engine(*arguments)
    assert (done.returncode, done.stdout, "secret" in done.stderr) == (2, "", False)
    assert done.stderr.startswith("schema engine: ")
