"""The files of a run are for this account alone, and each is whole at any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer.errors import RuntimeDirectoryUnusable
from containers.pgbouncer.files import LOGINS, RuntimeDirectory
from tests.unit.pooling.cases import mode

if TYPE_CHECKING:
    from pathlib import Path


def test_the_folder_and_its_files_are_private(tmp_path: Path) -> None:
    directory = RuntimeDirectory(tmp_path / "run")
    directory.write(LOGINS, '"a" "b"\n')
    assert mode(directory.path) == 0o700
    assert mode(directory.path / LOGINS) == 0o600


def test_a_folder_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    assert mode(RuntimeDirectory(tmp_path / "run").path) == 0o700


def test_it_is_told_whether_anything_changed(tmp_path: Path) -> None:
    directory = RuntimeDirectory(tmp_path / "run")
    assert directory.write(LOGINS, "one")
    assert not directory.write(LOGINS, "one")
    assert directory.write(LOGINS, "zwei ü")
    assert (directory.path / LOGINS).read_text(encoding="utf-8") == "zwei ü"


def test_a_reader_of_the_old_file_reads_it_to_its_end(tmp_path: Path) -> None:
    directory = RuntimeDirectory(tmp_path / "run")
    directory.write(LOGINS, "old")
    with (directory.path / LOGINS).open() as reader:
        directory.write(LOGINS, "new")
        assert reader.read() == "old"


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / f"{LOGINS}.new").write_text("half")
    directory = RuntimeDirectory(tmp_path / "run")
    assert not list(directory.path.iterdir())


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RuntimeDirectoryUnusable, match="is not a folder of this account"):
        RuntimeDirectory(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeDirectoryUnusable, match=r"file/run cannot be used: Not a directory"):
        RuntimeDirectory(tmp_path / "file" / "run")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    directory = RuntimeDirectory(tmp_path / "run")
    directory.path.rmdir()
    with pytest.raises(RuntimeDirectoryUnusable, match=r"userlist\.txt cannot be written"):
        directory.write(LOGINS, "x")
