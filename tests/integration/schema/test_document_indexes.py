"""The document's five indexes: exactly its definitions, each used by the query that it is for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from psycopg import Connection

# The document's "Indexing Strategy", as PostgreSQL writes a definition back.
DEFINITIONS = {
    "idx_users_email": "CREATE INDEX idx_users_email ON public.users USING btree (email)",
    "idx_orders_user_id": "CREATE INDEX idx_orders_user_id ON public.orders USING btree (user_id)",
    "idx_orders_created_at": "CREATE INDEX idx_orders_created_at ON public.orders USING btree (created_at)",
    "idx_orders_user_status": (
        "CREATE INDEX idx_orders_user_status ON public.orders USING btree (user_id, status)"
    ),
    "idx_products_search": (
        "CREATE INDEX idx_products_search ON public.products USING gin "
        "(to_tsvector('english'::regconfig, ((name || ' '::text) || description)))"
    ),
}

QUERIES: dict[str, str] = {
    "idx_users_email": """
        SELECT tenant_id, id, display_name FROM users
        WHERE email = 'daniel.abebe.1@harbourpine.example'
    """,
    "idx_orders_user_id": """
        SELECT id, status, created_at FROM orders
        WHERE user_id = '{user}'
    """,
    "idx_orders_created_at": """
        SELECT id, user_id, status, created_at FROM orders
        WHERE created_at >= '2026-10-25 00:00+00'
        ORDER BY created_at DESC LIMIT 50
    """,
    "idx_orders_user_status": """
        SELECT id, created_at FROM orders
        WHERE user_id = '{user}' AND status = 'shipped'
    """,
    "idx_products_search": """
        SELECT id, name, price FROM products
        WHERE to_tsvector('english', name || ' ' || description)
           @@ websearch_to_tsquery('english', 'steel lamps')
    """,
}


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _nodes(child))]


def _indexes_used(connection: Connection, query: str) -> set[str]:
    row = connection.execute(b"EXPLAIN (FORMAT JSON) " + query.encode()).fetchone()
    assert row is not None
    explained = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return {node["Index Name"] for node in _nodes(explained[0]["Plan"]) if "Index Name" in node}


def _busiest_user(connection: Connection) -> str:
    row = connection.execute(
        "SELECT user_id::text FROM orders GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 1"
    ).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_an_index_of_the_document_has_exactly_its_definition(connection: Connection, name: str) -> None:
    row = connection.execute("SELECT pg_get_indexdef(%s::regclass)", [name]).fetchone()
    assert row == (DEFINITIONS[name],)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_an_index_of_the_document_is_used_by_the_query_it_is_for(connection: Connection, name: str) -> None:
    query = QUERIES[name].replace("{user}", _busiest_user(connection))
    assert _indexes_used(connection, query) == {name}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_the_query_of_an_index_finds_rows(connection: Connection, name: str) -> None:
    query = QUERIES[name].replace("{user}", _busiest_user(connection)).replace("'shipped'", "'delivered'")
    assert connection.execute(query.encode()).fetchall()


def test_a_search_finds_the_words_of_a_name_and_of_a_description_in_other_forms(
    connection: Connection,
) -> None:
    rows = connection.execute("""
        SELECT name, description FROM products
        WHERE to_tsvector('english', name || ' ' || description)
           @@ websearch_to_tsquery('english', 'lamps guarantees')
    """).fetchall()
    assert rows
    assert all("lamp" in name.lower() and "guarantee" in description for name, description in rows)
