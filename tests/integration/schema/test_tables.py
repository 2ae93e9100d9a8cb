"""What the catalog says of the tables: they can be sharded by tenant_id, and every lookup has its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

# The document's "Example tables", and those that they need.
DOCUMENT_TABLES = {
    "users", "products", "orders", "order_items", "user_roles", "product_categories", "audit_logs",
}  # fmt: skip
NEEDED_TABLES = {"tenants", "roles", "categories"}

# Constraint, its table, its columns in order: for every constraint of a kind.
CONSTRAINTS = """
    SELECT c.conname, c.conrelid::regclass::text,
           ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(number, position)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.position)
    FROM pg_constraint c
    WHERE c.connamespace = 'public'::regnamespace AND c.contype = ANY (%s) AND c.conrelid <> 0
    ORDER BY 1
"""

INDEXES = """
    SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, i.indisunique,
           ARRAY(SELECT coalesce(a.attname::text, '(expression)')
                 FROM unnest(i.indkey) WITH ORDINALITY k(number, position)
                 LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
                 WHERE k.position <= i.indnkeyatts ORDER BY k.position)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND i.indpred IS NULL AND i.indisvalid
"""


def _constraints(connection: Connection, *kinds: str) -> list[tuple[str, str, list[str]]]:
    return connection.execute(CONSTRAINTS, [list(kinds)]).fetchall()


def test_every_table_of_the_document_is_there_and_no_other(connection: Connection) -> None:
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert {name for (name,) in rows} == DOCUMENT_TABLES | NEEDED_TABLES


def test_tenant_id_leads_every_primary_key_and_unique_constraint(connection: Connection) -> None:
    keys = _constraints(connection, "p", "u", "x")
    assert {table for _, table, _ in keys} == DOCUMENT_TABLES | NEEDED_TABLES
    assert [name for name, _, columns in keys if columns[0] != "tenant_id"] == []


def test_tenant_id_leads_every_unique_index(connection: Connection) -> None:
    unique = [(name, columns) for name, _, is_unique, columns in connection.execute(INDEXES) if is_unique]
    assert unique
    assert [name for name, columns in unique if columns[0] != "tenant_id"] == []


def test_tenant_id_is_part_of_every_foreign_key(connection: Connection) -> None:
    keys = _constraints(connection, "f")
    assert keys
    assert [name for name, _, columns in keys if "tenant_id" not in columns] == []


def test_every_foreign_key_has_an_index_that_begins_with_its_columns(connection: Connection) -> None:
    indexes = [(table, columns) for _, table, _, columns in connection.execute(INDEXES)]
    without = [
        name
        for name, table, key in _constraints(connection, "f")
        if not any(table == of and set(columns[: len(key)]) == set(key) for of, columns in indexes)
    ]
    assert without == []


def test_no_index_repeats_the_beginning_of_another_except_where_the_document_asks_for_both(
    connection: Connection,
) -> None:
    indexes = connection.execute(INDEXES).fetchall()
    repeated = {
        name
        for name, table, is_unique, columns in indexes
        for other, of, _, longer in indexes
        if name != other and table == of and not is_unique and longer[: len(columns)] == columns
    }
    # (user_id) begins (user_id, status): the document names both.
    assert repeated == {"idx_orders_user_id"}


def test_the_only_columns_that_may_be_empty_are_a_top_categorys_parent_and_the_systems_own_actor(
    connection: Connection,
) -> None:
    rows = connection.execute("""
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND is_nullable = 'YES'
    """).fetchall()
    assert {name for (name,) in rows} == {"categories.parent_id", "audit_logs.actor_id"}


def test_every_moment_has_a_time_zone_and_every_amount_is_exact(connection: Connection) -> None:
    rows = connection.execute("""
        SELECT column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND (column_name LIKE '%\\_at' OR column_name LIKE '%price')
    """).fetchall()
    assert {kind for name, kind in rows if name.endswith("_at")} == {"timestamp with time zone"}
    assert {kind for name, kind in rows if name.endswith("price")} == {"numeric"}


def test_flexible_attributes_are_jsonb_objects(connection: Connection) -> None:
    rows = connection.execute("""
        SELECT table_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'attributes'
    """).fetchall()
    assert dict(rows) == dict.fromkeys(("tenants", "users", "products", "orders", "order_items"), "jsonb")
