"""The Prisma CLI and the engine take turns on one history, in any order, and leave the same records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.prisma.sides import applied

if TYPE_CHECKING:
    from tests.integration.prisma.sides import Sides

TABLE = (
    "SELECT concat_ws(' ', column_name, data_type, character_maximum_length, is_nullable, column_default) "
    "FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position"
)
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid IN ('i1'::regclass, 'i2'::regclass)"

# Spaces, capitals, punctuation, digits of unequal length, accents: as people really name folders, and worse.
AWKWARD = (
    "20240126184148_new_models", "20240126184148_new_models copy", "20240126184148_New_models",
    "20240126184148_new-models", "20240126184148_newmodels", "20240126184148_NEW_models", "20240126184148",
    "9_short", "10_short", "1.5_half", "init", "Init", "INIT 2", "(draft)", "[x]", "{y}", "_hidden", "-dash",
    "~tilde", "a'quote", "été", "ete", "Ete", "zürich", "zurich", "straße", "strasse", "a&b", "a+b", "a=b",
    "a@b", "a,b", "a;b", "#1", "%20", "$money", "!now", "日本", "Ωmega",
)  # fmt: skip


def test_each_applies_what_the_other_has_left_and_both_say_so(sides: Sides) -> None:
    first = "CREATE TABLE a (id int);\r\nINSERT INTO a VALUES (1); -- 100 % é\r\n"
    second, third = "CREATE TABLE b (id int);", ""
    sides.write({"1_engine": first})
    assert sides.engine().applied == 1
    sides.write({"2_prisma": second})
    behind = sides.prisma("status")
    assert behind.exit_code == 1
    assert behind.text.index("have not yet been applied:\n2_prisma") > 0
    assert sides.pending() == ["2_prisma"]
    assert sides.prisma("deploy").exit_code == 0
    assert sides.pending() == []
    assert sides.engine().applied == 0
    sides.write({"3_engine": third})
    assert sides.engine().applied == 1
    assert "Database schema is up to date!" in sides.prisma("status").text
    assert sides.records() == [
        applied("1_engine", first),
        applied("2_prisma", second),
        applied("3_engine", third),
    ]


def test_the_same_history_gives_the_same_rows_in_the_same_order_whoever_applies_it(sides: Sides) -> None:
    sides.write({name: f"-- {name}\n" for name in AWKWARD})
    assert sides.engine().applied == len(AWKWARD)
    ours, our_table = sides.records(), sides.tier.column(TABLE)
    with sides.tier.admin() as connection:
        connection.execute("DROP TABLE _prisma_migrations")
    assert sides.prisma("deploy").exit_code == 0
    theirs = sides.records()
    assert [record.name for record in ours] == [record.name for record in theirs]
    assert ours == theirs
    assert our_table == sides.tier.column(TABLE)


def test_scripts_with_transactions_of_their_own_and_indexes_built_concurrently_change_hands(
    sides: Sides,
) -> None:
    def pair(number: int) -> dict[str, str]:
        return {
            f"{number}_wrapped": f"BEGIN;\nCREATE TABLE t{number} (id int);\nCOMMIT;\n",
            f"{number}_x_index": f"CREATE INDEX CONCURRENTLY i{number} ON t{number} (id);",
        }

    sides.write(pair(1))
    assert sides.prisma("deploy").exit_code == 0
    theirs = sides.records()
    sides.write(pair(2))
    assert sides.engine().applied == 2
    assert sides.prisma("deploy").exit_code == 0
    ours = sides.records()[2:]
    assert [(record.logged, record.finished, record.steps) for record in ours] == [
        (record.logged, record.finished, record.steps) for record in theirs
    ]
    assert sides.tier.column(VALID) == ["True", "True"]
