"""A folder of migrations is read as Prisma reads it, and what cannot be applied is refused with its file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import (
    FolderMissing,
    ProviderMismatch,
    ScriptMissing,
    ScriptUnreadable,
)
from lambdas.bootstrap.migrations.history import read_history

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, name: str, content: bytes) -> None:
    (folder / name).mkdir()
    (folder / name / "migration.sql").write_bytes(content)


def test_every_folder_is_a_migration_and_files_beside_them_are_not(tmp_path: Path) -> None:
    write(tmp_path, "2_b", b"SELECT 2;\n")
    write(tmp_path, "1_a copy", b"")
    write(tmp_path, "1_a", b"SELECT 1;\n")
    (tmp_path / "migration_lock.toml").write_text('provider = "postgresql"\n')
    (tmp_path / "README.md").write_text("notes")
    history = read_history(tmp_path)
    assert [migration.name for migration in history] == ["1_a", "1_a copy", "2_b"]
    assert history[0].checksum == hashlib.sha256(b"SELECT 1;\n").hexdigest()


def test_a_checksum_of_the_same_text_with_other_line_ends_is_accepted(tmp_path: Path) -> None:
    write(tmp_path, "1", b"SELECT 1;\r\nSELECT 2;\n")
    (migration,) = read_history(tmp_path)
    for text in (b"SELECT 1;\nSELECT 2;\n", b"SELECT 1;\r\nSELECT 2;\r\n", b"SELECT 1;\r\nSELECT 2;\n"):
        assert migration.was_applied_as(hashlib.sha256(text).hexdigest())
    assert not migration.was_applied_as(hashlib.sha256(b"SELECT 1;\nSELECT 3;\n").hexdigest())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbfSELECT 1;", r"1_x/migration\.sql starts with a byte order mark"),
        (b"SELECT 1;\n-- \xe9\n", r"1_x/migration\.sql:2: byte 0xe9 is not UTF-8"),
        (b"SELECT 1;\n\0", r"1_x/migration\.sql:2: a NUL character"),
    ],
)
def test_what_is_not_plain_text_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    write(tmp_path, "1_x", content)
    with pytest.raises(ScriptUnreadable, match=message):
        read_history(tmp_path)


def test_a_folder_without_a_script_is_prismas_p3015(tmp_path: Path) -> None:
    (tmp_path / "1_x").mkdir()
    with pytest.raises(ScriptMissing, match=r"^P3015: prisma/migrations/1_x/migration\.sql does not exist"):
        read_history(tmp_path)


def test_a_history_for_another_database_is_prismas_p3019(tmp_path: Path) -> None:
    (tmp_path / "migration_lock.toml").write_text('# do not edit\nprovider = "mysql"\n')
    with pytest.raises(ProviderMismatch, match=r"^P3019: .* mysql"):
        read_history(tmp_path)


def test_no_folder_at_all_is_not_an_empty_history(tmp_path: Path) -> None:
    assert read_history(tmp_path) == ()
    with pytest.raises(FolderMissing):
        read_history(tmp_path / "none")
