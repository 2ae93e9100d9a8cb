"""The migrations of the next deployment on a restored copy: what they lock, what fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.backup.drill.drilling import SCHEMA
from tools.servers.accounts import hand_over

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.integration.backup.drill.drilling import Drilling, Ended

EMPTY = "ALTER SCHEMA public OWNER TO datatier_owner"
FIRST = (
    "CREATE TABLE users (id bigint PRIMARY KEY, email text); CREATE TABLE orders (id bigint PRIMARY KEY, "
    "user_id bigint REFERENCES users); INSERT INTO users SELECT n, n::text FROM generate_series(1, 20000) n"
)


def tried(drilling: Drilling, scripts: Mapping[str, str], *, schema: str = EMPTY) -> Ended:
    """Drill a backup whose database knows no migration, with a folder of migrations."""
    folder = drilling.folder / "migrations"
    for name, script in scripts.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "migration.sql").write_text(script, encoding="utf-8")
    hand_over(folder)
    drilling.lay(schema)
    return drilling.run(migrations=str(folder))


def locks(ended: Ended, name: str) -> set[tuple[str, str]]:
    """What one migration has locked."""
    assert ended.report is not None
    (found,) = (one for one in ended.report["migrations"] if one["name"] == name)
    return {(lock["table"], lock["mode"]) for lock in found["locks"]}


def names(report: dict[str, Any] | None) -> list[str]:
    """Which migrations were applied."""
    assert report is not None
    return [one["name"] for one in report["migrations"]]


def test_each_migration_is_told_with_its_duration_and_every_lock_however_short(drilling: Drilling) -> None:
    ended = tried(
        drilling,
        {
            "1_first": FIRST,
            "2_column": "ALTER TABLE users ADD COLUMN age int; CREATE INDEX ages ON users (age);",
            "3_key": "CREATE TABLE notes (user_id bigint REFERENCES users); UPDATE orders SET id = 1;",
            "4_block": "BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE; DROP TABLE notes; COMMIT;",
            "5_rename": 'ALTER TABLE orders RENAME TO "Örders";',
        },
    )
    assert ended.code == 0, ended.complaint
    assert ended.report is not None
    assert (ended.report["succeeded"], ended.report["migrations_error"]) == (True, None)
    assert names(ended.report) == ["1_first", "2_column", "3_key", "4_block", "5_rename"]
    assert all(one["seconds"] > 0 for one in ended.report["migrations"])
    assert locks(ended, "1_first") == set()
    assert ("public.users", "ACCESS EXCLUSIVE") in locks(ended, "2_column")
    assert ("public.users", "SHARE ROW EXCLUSIVE") in locks(ended, "3_key")
    assert ("public.orders", "ROW EXCLUSIVE") in locks(ended, "3_key")
    assert ("public.orders", "EXCLUSIVE") in locks(ended, "4_block")
    assert ("public.notes", "ACCESS EXCLUSIVE") in locks(ended, "4_block")
    assert locks(ended, "5_rename") == {("public.orders", "ACCESS EXCLUSIVE")}
    assert drilling.nothing_is_left()


def test_what_runs_outside_any_transaction_is_seen_while_it_runs(drilling: Drilling) -> None:
    slow = (
        "CREATE FUNCTION slow(bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN "
        "PERFORM pg_sleep(0.0001); RETURN $1; END $$;"
    )
    build = "CREATE INDEX CONCURRENTLY built ON users (slow(id));"
    ended = tried(drilling, {"1_first": FIRST + ";" + slow, "2_build": build})
    assert ended.code == 0, ended.complaint
    assert locks(ended, "2_build") == {("public.users", "SHARE UPDATE EXCLUSIVE")}


def test_a_migration_that_fails_is_told_and_the_backup_is_still_good(drilling: Drilling) -> None:
    ended = tried(drilling, {"1_first": FIRST, "2_bad": "SELECT 1/0", "3_never": "SELECT 1"})
    assert ended.code == 0, ended.complaint
    assert ended.report is not None
    assert ended.report["succeeded"] is True
    assert ended.report["error"] is None
    assert names(ended.report) == ["1_first"]
    assert "2_bad" in ended.report["migrations_error"]
    assert "division by zero" in ended.report["migrations_error"]
    assert any("pending migrations would fail" in remark for remark in ended.report["remarks"])
    assert "WARNING The pending migrations would fail" in ended.said
    assert drilling.nothing_is_left()


@pytest.mark.parametrize(
    ("scripts", "reason"),
    [
        ({"1_first": "BEGIN; SELECT 1"}, "leaves a transaction open"),
        ({"1_first": "COPY users FROM stdin"}, "only psql can send"),
        ({"1_first": "SELECT 'x"}, "never ends"),
    ],
)
def test_a_history_that_cannot_be_applied_is_told(
    drilling: Drilling, scripts: dict[str, str], reason: str
) -> None:
    ended = tried(drilling, scripts)
    assert ended.code == 0, ended.complaint
    assert ended.report is not None
    assert ended.report["migrations"] == []
    assert reason in ended.report["migrations_error"]


def test_an_image_without_migrations_is_told(drilling: Drilling) -> None:
    drilling.lay(EMPTY)
    ended = drilling.run(migrations=str(drilling.folder / "nowhere"))
    assert (ended.code, names(ended.report)) == (0, [])
    assert ended.report is not None
    assert "there is no folder prisma/migrations" in ended.report["migrations_error"]


def test_a_database_without_a_record_of_migrations_is_told(drilling: Drilling) -> None:
    ended = tried(drilling, {"1_first": FIRST}, schema=SCHEMA + ";" + EMPTY)
    assert ended.report is not None
    assert "P3005" in ended.report["migrations_error"]


def test_migrations_act_as_the_owner_and_not_as_a_superuser(drilling: Drilling) -> None:
    ended = tried(drilling, {"1_copy": "COPY (SELECT 1) TO PROGRAM 'true'"})
    assert ended.report is not None
    assert "42501" in ended.report["migrations_error"]


def test_the_projects_own_history_applies_to_an_empty_copy(drilling: Drilling, migrations: Path) -> None:
    drilling.lay(EMPTY)
    ended = drilling.run(migrations=str(migrations))
    assert ended.report is not None
    assert (ended.report["succeeded"], ended.report["migrations_error"]) == (True, None)
    assert names(ended.report) == sorted(path.name for path in migrations.iterdir() if path.is_dir())
