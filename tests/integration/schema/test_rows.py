"""What the tables refuse and what they fill in by themselves, seen with real rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString
from uuid import UUID

import pytest
from psycopg import errors

if TYPE_CHECKING:
    from psycopg import Connection

ORDER = """
    INSERT INTO orders (tenant_id, user_id, currency) VALUES (%s, %s, 'EUR')
"""
ITEM = """
    INSERT INTO order_items (tenant_id, order_id, line_number, product_id, quantity, unit_price)
    VALUES (%s, %s, 99, %s, 1, 1)
"""
AUDIT = """
    INSERT INTO audit_logs (tenant_id, action, entity_type, entity_id)
    VALUES (%s, 'order.created', 'order', %s)
"""


def _two(connection: Connection, table: LiteralString) -> tuple[tuple[UUID, UUID], tuple[UUID, UUID]]:
    """Return (tenant_id, id) of one row each of two tenants."""
    query = f"SELECT DISTINCT ON (tenant_id) tenant_id, id FROM {table} ORDER BY tenant_id, id LIMIT 2"  # noqa: S608  (a table's name from this file)
    one, other = connection.execute(query).fetchall()
    return one, other


def test_an_order_cannot_be_for_a_user_of_another_tenant(connection: Connection) -> None:
    (tenant, _), (_, stranger) = _two(connection, "users")
    with pytest.raises(errors.ForeignKeyViolation, match="orders_user_fkey"):
        connection.execute(ORDER, [tenant, stranger])


def test_an_order_cannot_hold_a_product_of_another_tenant(connection: Connection) -> None:
    (tenant, order), _ = _two(connection, "orders")
    _, (_, product) = _two(connection, "products")
    with pytest.raises(errors.ForeignKeyViolation, match="order_items_product_fkey"):
        connection.execute(ITEM, [tenant, order, product])


def test_a_user_cannot_be_given_a_role_of_another_tenant(connection: Connection) -> None:
    (tenant, user), _ = _two(connection, "users")
    _, (_, role) = _two(connection, "roles")
    with pytest.raises(errors.ForeignKeyViolation, match="user_roles_role_fkey"):
        connection.execute("INSERT INTO user_roles VALUES (%s, %s, %s)", [tenant, user, role])


def test_a_category_cannot_stand_under_one_of_another_tenant(connection: Connection) -> None:
    (tenant, category), (_, stranger) = _two(connection, "categories")
    with pytest.raises(errors.ForeignKeyViolation, match="categories_parent_fkey"):
        connection.execute(
            "UPDATE categories SET parent_id = %s WHERE tenant_id = %s AND id = %s",
            [stranger, tenant, category],
        )


def test_one_address_may_belong_to_two_tenants_but_only_once_to_each(connection: Connection) -> None:
    (tenant, _), (other, _) = _two(connection, "users")
    add = "INSERT INTO users (tenant_id, email, display_name) VALUES (%s, 'both@work.example', 'Both')"
    connection.execute(add, [tenant])
    connection.execute(add, [other])
    with pytest.raises(errors.UniqueViolation, match="users_tenant_id_email_key"):
        connection.execute(add, [tenant])


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE users SET email = 'Upper@Case.example'", "users_email_check"),
        ("UPDATE users SET status = 'asleep'", "users_status_check"),
        ("UPDATE products SET price = -0.01", "products_price_check"),
        ("UPDATE products SET price = 'NaN'", "products_price_check"),
        ("UPDATE products SET currency = 'eur'", "products_currency_check"),
        ("UPDATE products SET attributes = '[]'", "products_attributes_check"),
        ("UPDATE orders SET status = 'lost'", "orders_status_check"),
        ("UPDATE order_items SET quantity = 0", "order_items_quantity_check"),
        ("UPDATE order_items SET unit_price = -1", "order_items_unit_price_check"),
        ("UPDATE categories SET slug = 'Not a slug'", "categories_slug_check"),
        ("UPDATE categories SET parent_id = id", "categories_parent_check"),
        ("UPDATE audit_logs SET changes = '1'", "audit_logs_changes_check"),
    ],
)
def test_a_value_that_means_nothing_is_refused(
    connection: Connection, statement: LiteralString, constraint: str
) -> None:
    with pytest.raises(errors.CheckViolation, match=constraint):
        connection.execute(statement)


def test_a_product_cannot_be_without_a_description_and_drop_out_of_the_search(connection: Connection) -> None:
    with pytest.raises(errors.NotNullViolation, match="description"):
        connection.execute("UPDATE products SET description = NULL")


def test_whoever_has_ordered_cannot_be_deleted_and_neither_can_what_was_sold(connection: Connection) -> None:
    with (
        connection.transaction(force_rollback=True),
        pytest.raises(errors.ForeignKeyViolation, match="orders_user"),
    ):
        connection.execute("DELETE FROM users WHERE id IN (SELECT user_id FROM orders)")
    with pytest.raises(errors.ForeignKeyViolation, match="order_items_product"):
        connection.execute("DELETE FROM products WHERE id IN (SELECT product_id FROM order_items)")


def test_history_outlives_what_it_is_about(connection: Connection) -> None:
    (tenant, order), _ = _two(connection, "orders")
    connection.execute(AUDIT, [tenant, order])
    connection.execute("DELETE FROM orders WHERE tenant_id = %s AND id = %s", [tenant, order])
    kept = connection.execute("SELECT count(*) FROM audit_logs WHERE entity_id = %s", [order]).fetchone()
    assert kept is not None
    assert kept[0] >= 1


def test_updated_at_moves_by_itself(connection: Connection) -> None:
    row = connection.execute("""
        UPDATE orders SET status = 'paid', updated_at = '2000-01-01 00:00+00'
        WHERE (tenant_id, id) = (SELECT tenant_id, id FROM orders LIMIT 1)
        RETURNING updated_at = now(), created_at < now()
    """).fetchone()
    assert row == (True, True)


def test_a_new_rows_id_is_a_version_7_uuid_of_this_moment(connection: Connection) -> None:
    row = connection.execute("SELECT uuid_v7(), uuid_v7(), clock_timestamp()").fetchone()
    assert row is not None
    first, second, now = row
    assert first != second
    for made in (first, second):
        assert (made.version, made.variant) == (7, UUID(int=0x8 << 60).variant)
        assert abs((made.int >> 80) / 1000 - now.timestamp()) < 60
