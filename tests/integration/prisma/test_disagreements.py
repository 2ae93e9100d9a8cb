"""Where the folder and the database disagree: Prisma is silent, the engine refuses or goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.bootstrap.migrations.errors import AppliedScriptEdited, StateError

if TYPE_CHECKING:
    from tests.integration.prisma.sides import Sides

HISTORY = {
    "1_first": "CREATE TABLE a (\n  id int\n);\n",
    "2_second": "CREATE TABLE b (id int);\n",
    "3_third": "CREATE TABLE c (id int);\n",
}


def _rename(sides: Sides, name: str, other: str) -> None:
    (sides.tier.migrations / name).rename(sides.tier.migrations.parent / other)


def _put_back(sides: Sides, other: str, name: str) -> None:
    (sides.tier.migrations.parent / other).rename(sides.tier.migrations / name)


def test_an_edited_script_passes_prisma_and_is_refused_here_unless_only_its_line_ends_changed(
    sides: Sides,
) -> None:
    sides.write(HISTORY)
    assert sides.prisma("deploy").exit_code == 0
    sides.write({"1_first": HISTORY["1_first"].replace("\n", "\r\n")})
    assert sides.engine().applied == 0
    sides.write({"1_first": "CREATE TABLE a (id bigint);"})
    assert sides.prisma("status").exit_code == 0
    assert sides.prisma("deploy").exit_code == 0
    with pytest.raises(AppliedScriptEdited, match="1_first"):
        sides.engine()


def test_a_folder_that_is_gone_passes_prisma_and_is_refused_here(sides: Sides) -> None:
    sides.write(HISTORY)
    assert sides.engine().applied == 3
    _rename(sides, "1_first", "gone")
    assert sides.prisma("status").exit_code == 0
    with pytest.raises(StateError, match="1_first"):
        sides.engine()
    sides.write({"4_fourth": "SELECT 1;"})
    diverged = sides.prisma("status")
    assert (diverged.exit_code, "1_first" in diverged.text) == (1, True)
    with pytest.raises(StateError, match="1_first"):
        sides.engine()
    assert sides.prisma("deploy").exit_code == 0
    _put_back(sides, "gone", "1_first")
    assert sides.engine().applied == 0
    assert sides.prisma("status").exit_code == 0


def test_a_database_ahead_of_the_code_is_left_alone_by_both(sides: Sides) -> None:
    sides.write(HISTORY)
    assert sides.prisma("deploy").exit_code == 0
    before = sides.records()
    _rename(sides, "3_third", "later")
    assert sides.engine().applied == 0
    deployed = sides.prisma("deploy")
    assert (deployed.exit_code, "No pending migrations to apply." in deployed.text) == (0, True)
    assert sides.records() == before


def test_an_older_folder_that_arrives_late_is_applied_by_either(sides: Sides) -> None:
    sides.write(HISTORY)
    assert sides.engine().applied == 3
    sides.write({"1_later": "SELECT 1;"})
    assert sides.prisma("deploy").exit_code == 0
    sides.write({"2_later": "SELECT 1;"})
    assert sides.engine().applied == 1
    assert sides.prisma("status").exit_code == 0
    assert [record.name for record in sides.records()][3:] == ["1_later", "2_later"]
