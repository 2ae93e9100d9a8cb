"""What every migration file keeps to, so that any tool can apply it and a kill leaves no half."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MIGRATIONS = Path(__file__).parents[3] / "prisma" / "migrations"
SCRIPTS = sorted(MIGRATIONS.glob("*/migration.sql"))

# The document's "Indexing Strategy", word for word.
DOCUMENT = """
CREATE INDEX idx_users_email ON users(email);
CREATE INDEX idx_orders_user_id ON orders(user_id);
CREATE INDEX idx_orders_created_at ON orders(created_at);
CREATE INDEX idx_orders_user_status
ON orders(user_id, status);
CREATE INDEX idx_products_search
ON products USING GIN(to_tsvector('english', name || ' ' || description));
"""


def _statements(text: str) -> list[str]:
    """Return what stands between BEGIN and COMMIT and around them, without comments, one word a blank."""
    return [" ".join(part.split()) for part in re.sub(r"--.*", "", text).split(";") if part.strip()]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.parent.name)
def test_a_migration_is_named_as_prisma_names_it(script: Path) -> None:
    assert re.fullmatch(r"\d{14}_[a-z][a-z_]*", script.parent.name)
    assert [entry.name for entry in script.parent.iterdir()] == ["migration.sql"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.parent.name)
def test_a_migration_is_one_transaction(script: Path) -> None:
    statements = _statements(script.read_text())
    assert (statements[0], statements[-1]) == ("BEGIN", "COMMIT")
    assert [word for word in statements if word in {"BEGIN", "COMMIT", "ROLLBACK"}] == ["BEGIN", "COMMIT"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.parent.name)
def test_a_migration_names_no_role_because_roles_belong_to_the_bootstrap(script: Path) -> None:
    code = " ".join(_statements(script.read_text()))
    assert "datatier_" not in code
    assert "OWNER TO" not in code


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.parent.name)
def test_a_migration_is_plain_text_with_unix_lines(script: Path) -> None:
    raw = script.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf"), "a byte order mark makes PostgreSQL refuse the script"
    assert b"\r" not in raw
    assert raw.endswith(b"\n")


def test_the_migrations_moments_are_distinct_and_every_folder_holds_a_script() -> None:
    folders = sorted(entry for entry in MIGRATIONS.iterdir() if entry.is_dir())
    assert folders == [script.parent for script in SCRIPTS]
    assert len({folder.name[:14] for folder in folders}) == len(folders) > 0


def test_the_history_is_locked_to_postgresql() -> None:
    assert 'provider = "postgresql"' in (MIGRATIONS / "migration_lock.toml").read_text()


@pytest.mark.parametrize("statement", _statements(DOCUMENT))
def test_an_index_of_the_document_is_written_as_the_document_writes_it(statement: str) -> None:
    written = [found for script in SCRIPTS for found in _statements(script.read_text())]
    assert written.count(statement) == 1
