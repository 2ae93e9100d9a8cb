"""The PgBouncer that is there is asked for its release, and an old one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer import version
from containers.pgbouncer.errors import ProgramMissing, VersionRefused
from containers.pgbouncer.version import Version
from tools.servers import binaries

if TYPE_CHECKING:
    from pathlib import Path


def program(folder: Path, says: str) -> str:
    """A program that says something when it is asked for its version."""
    path = folder / "pgbouncer"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return str(path)


def test_the_installed_program_has_a_version() -> None:
    assert version.of(binaries.pgbouncer().path("pgbouncer")) >= Version(1, 18)


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ("PgBouncer 1.26.1", Version(1, 26, 1)),
        ("PgBouncer 1.27.0beta1", Version(1, 27)),
        ("PgBouncer 1.30", Version(1, 30)),
        ("pgbouncer 1.8.1", Version(1, 8, 1)),
    ],
)
def test_the_first_line_names_the_release(tmp_path: Path, says: str, found: Version) -> None:
    assert version.of(program(tmp_path, says)) == found


def test_releases_are_ordered_by_number() -> None:
    assert Version(1, 9) < Version(1, 18) < Version(1, 18, 1) < Version(1, 26, 1) < Version(2, 0)


def test_a_program_that_is_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing, match=r"said 'nginx 1\.2'; that is not PgBouncer"):
        version.of(program(tmp_path, "nginx 1.2"))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing, match=r"nowhere.*name it in the variable PGBOUNCER"):
        version.of(str(tmp_path / "nowhere"))


def test_an_older_release_is_refused() -> None:
    with pytest.raises(
        VersionRefused, match=r"^PgBouncer 1\.26\.0 is installed and MINIMUM_VERSION is 1\.26\.1"
    ):
        version.require(Version(1, 26), Version(1, 26, 1))


def test_the_minimum_itself_may_run() -> None:
    version.require(Version(1, 26, 1), Version(1, 26, 1))


@pytest.mark.parametrize("text", ["", "1", "1.x", "1.2.3.4", "v1.2"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        Version.parse(text)
