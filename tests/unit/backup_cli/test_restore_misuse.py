"""`datatier backup restore` refuses what cannot be meant before it enters any database, in one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from tests.unit.backup_cli.tier import ARGUMENTS, Tier
from tools.backup.choice import Choice
from tools.backup.errors import WrongInput
from tools.backup.resolving import resolve
from tools.backup.table_names import chosen_tables
from tools.cli import app

if TYPE_CHECKING:
    from containers.backup.manifest import Manifest

URL = "postgresql://postgres@127.0.0.1:1/app?sslmode=disable"


def restored(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["backup", "restore", *ARGUMENTS, *arguments])


@pytest.fixture
def manifest(tier: Tier) -> Manifest:
    """Return the manifest of a backup with the one table public.users."""
    tier.take("source", at="2026-11-24T02:10:03")
    _, found = resolve(tier.store("source"), Choice(), where="the bucket")
    return found


def test_tables_are_named_with_their_schema(manifest: Manifest) -> None:
    assert chosen_tables(None, manifest) is None
    assert chosen_tables("public.users, public.users", manifest) == {"public.users"}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("users", "Did you mean public.users?"),
        ("public.user", "Did you mean public.users?"),
        ("zzz.qqq", "wants schema.table"),
        (" , ", "names no table"),
    ],
)
def test_a_table_that_is_not_in_the_backup_is_named_with_the_one_that_may_be_meant(
    manifest: Manifest, text: str, hint: str
) -> None:
    with pytest.raises(WrongInput, match=hint):
        chosen_tables(text, manifest)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "--to"),
        (["--to", "db.example.com"], 2, "does not start with postgresql://"),
        (["--to", "postgresql://me@db.example.com/app?sslmode=require"], 2, "does not verify"),
        (["--to", "tier/"], 2, "names no database"),
        (["--to", URL, "--at", "yesterday"], 2, "'yesterday' is neither"),
        (["--to", URL, "--tables", "public.user"], 2, "Did you mean public.users?"),
        (["--to", URL, "--at", "2026-11-24T021003Z-ffffff"], 1, "there is no complete backup"),
        (["--to", URL, "--at", "2026-01-01"], 1, "was taken at or before 2026-01-01 00:00:00 UTC"),
        (["--to", URL, "--copy", "replica"], 1, "there is no complete backup in the bucket the-replica"),
        (["--to", URL], 1, "no connection as postgres at 127.0.0.1:1/app"),
        (["--to", "tier"], 1, "/datatier/dev/postgres/host is not there"),
    ],
)
@pytest.mark.usefixtures("manifest")
def test_what_cannot_be_done_is_one_message(arguments: list[str], code: int, message: str) -> None:
    done = restored(*arguments)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.output
