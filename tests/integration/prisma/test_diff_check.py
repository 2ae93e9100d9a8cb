"""`datatier migrate diff-check` compares schema.prisma with the migrations, and leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.plugins.servers import MASTER
from tools.cli.migrate.diff_check import diff_check
from tools.state import VARIABLE, repository_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.servers.postgres import PostgresServer

PROJECT = ("--schema", "prisma/schema.prisma", "--migrations", "prisma/migrations")
LEFT = "SELECT datname FROM pg_database WHERE datname LIKE 'datatier_diff_check%'"
SCHEMA = """
datasource db {
  provider = "postgresql"
}

model notes {
  id    Int     @id
  owner Int
  body  String?
  size  Int?    @default(dbgenerated())

  @@index([owner, body], map: "covering")
}
"""
# What the schema language has no words for, and its engine does not see; INCLUDE columns it takes for keys.
WITHOUT_WORDS = """
CREATE TABLE notes (
  id int PRIMARY KEY, owner int NOT NULL CHECK (owner > 0), body text,
  size int GENERATED ALWAYS AS (length(body)) STORED,
  EXCLUDE USING btree (body WITH =)
);
CREATE INDEX covering ON notes (owner) INCLUDE (body);
CREATE INDEX partial ON notes (owner) WHERE body IS NOT NULL;
CREATE UNIQUE INDEX partial_unique ON notes (owner) WHERE body IS NULL;
CREATE INDEX expression ON notes (lower(body));
CREATE VIEW long_notes AS SELECT * FROM notes WHERE size > 100;
CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM notes;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE SEQUENCE numbers;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION nothing();
"""

command = typer.Typer()
command.command()(diff_check)


def _check(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.fixture
def server(rds: PostgresServer, master_password: str) -> str:
    """Return the master's URL."""
    trust = f"sslmode=verify-full&sslrootcert={quote(str(rds.ca_path))}"
    return f"postgresql://{MASTER}:{quote(master_password, safe='')}@{rds.host}:{rds.port}/postgres?{trust}"


def _write(folder: Path, scripts: Mapping[str, str], schema: str = SCHEMA) -> tuple[str, ...]:
    """Write a history and a schema; return the options that name them."""
    for name, script in scripts.items():
        (folder / "migrations" / name).mkdir(parents=True)
        (folder / "migrations" / name / "migration.sql").write_text(script)
    (folder / "schema.prisma").write_text(schema)
    return ("--schema", str(folder / "schema.prisma"), "--migrations", str(folder / "migrations"))


def _left(rds: PostgresServer) -> list[object]:
    with rds.admin_connection() as connection:
        return [row[0] for row in connection.execute(LEFT.encode()).fetchall()]


def test_the_projects_schema_and_migrations_agree_on_a_server_started_for_it_and_removed(
    servers_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(servers_directory / "state"))
    monkeypatch.chdir(repository_root())
    done = _check(*PROJECT)
    assert (done.exit_code, "agree (4 migrations)" in done.stdout) == (0, True), done.output
    assert not list((servers_directory / "state" / "diff-check").glob("*/"))


def test_a_disagreement_is_the_sql_that_would_end_it(
    tmp_path: Path, server: str, rds: PostgresServer
) -> None:
    options = _write(tmp_path, {"1_first": "CREATE TABLE notes (id int PRIMARY KEY, owner bigint NOT NULL);"})
    done = _check(*options, "--database-url", server)
    assert done.exit_code == 1
    assert 'ADD COLUMN     "body" TEXT' in done.stdout
    assert 'CREATE INDEX "covering" ON "notes"("owner", "body");' in done.stdout
    assert "disagree" in done.stderr
    told = json.loads(_check(*options, "--database-url", server, "--json").stdout)
    assert (told["agree"], told["error"], told["sql"].strip()) == (False, None, done.stdout.strip())
    assert _left(rds) == []


def test_what_the_schema_language_cannot_express_is_no_disagreement(tmp_path: Path, server: str) -> None:
    options = _write(tmp_path, {"1_first": WITHOUT_WORDS})
    done = _check(*options, "--database-url", server)
    assert (done.exit_code, done.stderr) == (0, ""), done.output


def test_a_history_that_fails_says_so_and_leaves_nothing(
    tmp_path: Path, server: str, rds: PostgresServer
) -> None:
    options = _write(tmp_path, {"1_first": "CREATE TABEL notes ();"})
    done = _check(*options, "--database-url", server)
    assert (done.exit_code, done.stderr.startswith("P3018: migration 1_first failed at")) == (1, True)
    broken = _write(tmp_path / "broken", {"1_first": "SELECT 1;"}, schema="model {")
    done = _check(*broken, "--database-url", server)
    assert (done.exit_code, "could not be compared" in done.stderr) == (1, True)
    assert _left(rds) == []


def test_what_cannot_be_meant_is_refused_before_a_server_is_touched(tmp_path: Path, server: str) -> None:
    options = _write(tmp_path, {"1_first": "SELECT 1;"})
    for arguments, said in (
        (("--schema", str(tmp_path / "none"), *options[2:]), "there is no file"),
        ((*options[:2], "--migrations", str(tmp_path / "none")), "there is no folder"),
        ((*options, "--database-url", server.replace("verify-full", "require")), "verify"),
        ((*options, "--database-url", "mysql://a:secret@b/c"), "does not start with postgresql://"),
    ):
        done = _check(*arguments)
        assert (done.exit_code, said in done.stderr, "secret" in done.stderr) == (2, True, False), done.output


def test_a_login_that_may_not_create_databases_is_told_what_to_do(
    tmp_path: Path, server: str, rds: PostgresServer
) -> None:
    options = _write(tmp_path, {"1_first": "SELECT 1;"})
    with rds.admin_connection() as connection:
        connection.execute("CREATE ROLE diff_check_guest LOGIN PASSWORD 'guest'")
        try:
            guest = "postgresql://diff_check_guest:guest" + server[server.index("@") :]
            done = _check(*options, "--database-url", guest)
        finally:
            connection.execute("DROP ROLE diff_check_guest")
    assert done.exit_code == 1
    assert "permission denied to create database (42501). Give a login with CREATEDB" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_check_leaves_no_database(
    tmp_path: Path, server: str, rds: PostgresServer, how: signal.Signals
) -> None:
    options = _write(tmp_path, {"1_slow": f"SELECT pg_sleep(600), '{tmp_path.name}';"})
    program = "import typer; from tools.cli.migrate.diff_check import diff_check; typer.run(diff_check)"
    process = subprocess.Popen(  # noqa: S603  (the command itself, no shell)
        [sys.executable, "-c", program, *options, "--database-url", server], cwd=repository_root(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process, rds.admin_connection() as connection:
        asked = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%%' AND query LIKE %s"
        deadline = time.monotonic() + 60
        while not connection.execute(asked, [f"%{tmp_path.name}%"]).fetchall():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(how)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr.startswith("Interrupted.")) == (130, True), stderr
    assert _left(rds) == []
