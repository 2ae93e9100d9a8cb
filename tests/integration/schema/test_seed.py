"""The seed: the same rows on every run, only where it belongs, and nothing half done."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.schema.seeding import Seeding

TABLES: tuple[LiteralString, ...] = (
    "tenants", "users", "roles", "user_roles", "categories", "products", "product_categories", "orders",
    "order_items", "audit_logs",
)  # fmt: skip

# Rows in any order give the same sum.
CHECKSUM = sql.SQL("SELECT count(*), sum(hashtextextended(t::text, 0)::numeric)::text FROM {} t")


def _contents(seeding: Seeding) -> dict[str, tuple[int, str | None]]:
    with psycopg.connect(seeding.owner, options="-c TimeZone=UTC") as connection:
        rows = {
            table: connection.execute(CHECKSUM.format(sql.Identifier(table))).fetchone() for table in TABLES
        }
    return {table: (row[0], row[1]) for table, row in rows.items() if row is not None}


def _database(seeding: Seeding) -> str:
    return str(conninfo_to_dict(seeding.owner)["dbname"])


def _mark(seeding: Seeding, environment: str) -> None:
    """Mark the database with the environment it belongs to."""
    with psycopg.connect(seeding.owner, autocommit=True) as connection:
        name = sql.Identifier(_database(seeding))
        comment = f"datatier environment: {environment}"
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, comment))


def test_a_second_run_leaves_the_same_rows(unseeded: Seeding) -> None:
    assert unseeded.run().returncode == 0
    first = _contents(unseeded)
    assert unseeded.run().returncode == 0
    assert _contents(unseeded) == first
    assert all(count > 0 for count, _ in first.values())


def test_the_rows_are_the_same_whatever_was_there_before(unseeded: Seeding) -> None:
    assert unseeded.run().returncode == 0
    small = _contents(unseeded)
    assert unseeded.run("--scale", "3").returncode == 0
    large = _contents(unseeded)
    assert large["orders"][0] == 3 * small["orders"][0]
    assert unseeded.run(SEED_SCALE="1").returncode == 0
    assert _contents(unseeded) == small


def test_a_row_changed_by_hand_is_put_right_and_other_tenants_are_left_alone(unseeded: Seeding) -> None:
    assert unseeded.run().returncode == 0
    seeded = _contents(unseeded)
    with psycopg.connect(unseeded.owner) as connection:
        connection.execute("UPDATE products SET price = 0")
        connection.execute("INSERT INTO tenants (name) VALUES ('Mine')")
        connection.execute("""
            INSERT INTO users (tenant_id, email, display_name)
            SELECT tenant_id, 'me@mine.example', 'Me' FROM tenants WHERE name = 'Mine'
        """)
    assert unseeded.run().returncode == 0
    with psycopg.connect(unseeded.owner) as connection:
        assert connection.execute("DELETE FROM users WHERE email = 'me@mine.example'").rowcount == 1
        assert connection.execute("DELETE FROM tenants WHERE name = 'Mine'").rowcount == 1
    assert _contents(unseeded) == seeded


def test_every_tenant_has_people_a_catalogue_orders_and_a_history(seeded: Seeding) -> None:
    with psycopg.connect(seeded.owner) as connection:
        tenants = connection.execute("SELECT count(*) FROM tenants").fetchone()
        for table in TABLES:
            query = sql.SQL("SELECT count(DISTINCT tenant_id) FROM {}").format(sql.Identifier(table))
            assert connection.execute(query).fetchone() == tenants, table


ODDITIES: dict[str, LiteralString] = {
    "an order before its user": """
        SELECT FROM orders o JOIN users u ON (u.tenant_id, u.id) = (o.tenant_id, o.user_id)
        WHERE u.created_at > o.created_at
    """,
    "an order without items": """
        SELECT FROM orders o
        WHERE NOT EXISTS (SELECT FROM order_items i WHERE (i.tenant_id, i.order_id) = (o.tenant_id, o.id))
    """,
    "a product twice in one order": """
        SELECT FROM order_items GROUP BY tenant_id, order_id, product_id HAVING count(*) > 1
    """,
    "a product in another currency than its order": """
        SELECT FROM orders o JOIN order_items i ON (i.tenant_id, i.order_id) = (o.tenant_id, o.id)
        JOIN products p ON (p.tenant_id, p.id) = (i.tenant_id, i.product_id)
        WHERE p.currency <> o.currency
    """,
    "a change before the beginning": "SELECT FROM orders WHERE updated_at < created_at",
    "an address that could exist": "SELECT FROM users WHERE email NOT LIKE '%.example'",
    "a tenant without an administrator": """
        SELECT FROM tenants t WHERE NOT EXISTS (
            SELECT FROM user_roles u JOIN roles r ON (r.tenant_id, r.id) = (u.tenant_id, u.role_id)
            WHERE u.tenant_id = t.tenant_id AND r.name = 'admin')
    """,
}


@pytest.mark.parametrize("oddity", sorted(ODDITIES))
def test_the_seeded_rows_make_sense_together(seeded: Seeding, oddity: str) -> None:
    with psycopg.connect(seeded.owner) as connection:
        assert connection.execute(ODDITIES[oddity]).rowcount == 0


def test_a_seed_that_fails_leaves_no_trace(unseeded: Seeding) -> None:
    with psycopg.connect(unseeded.owner, autocommit=True) as connection:
        connection.execute("ALTER TABLE audit_logs ADD CONSTRAINT never CHECK (action <> 'order.created')")
    done = unseeded.run()
    assert done.returncode == 1
    assert 'violates check constraint "never"' in done.stderr
    assert {count for count, _ in _contents(unseeded).values()} == {0}


@pytest.mark.parametrize("mark", ["prod", "scale", "new"])
def test_a_database_marked_as_no_place_for_a_seed_is_refused_unless_it_is_named(
    unseeded: Seeding, mark: str
) -> None:
    _mark(unseeded, mark)
    done = unseeded.run()
    assert done.returncode == 2
    assert f'its comment says "datatier environment: {mark}"' in done.stderr
    assert f"--allow-production {_database(unseeded)}" in done.stderr
    assert unseeded.run("--allow-production", "another").returncode == 2
    assert _contents(unseeded)["tenants"][0] == 0
    assert unseeded.run("--allow-production", _database(unseeded)).returncode == 0


def test_a_database_marked_dev_is_seeded_but_not_from_a_production_shell(unseeded: Seeding) -> None:
    _mark(unseeded, "dev")
    assert unseeded.run(NODE_ENV="production").returncode == 2
    assert unseeded.run().returncode == 0


def test_a_server_that_another_authority_vouches_for_is_not_trusted(
    unseeded: Seeding, tmp_path: Path
) -> None:
    from tools.servers.certificates import Authority  # noqa: PLC0415  (only this test makes an authority)

    other = Authority(tmp_path / "another").ca_path
    done = unseeded.run(DATABASE_URL=unseeded.url(sslrootcert=str(other)))
    assert done.returncode == 1
    assert "certificate" in done.stderr


def test_a_server_under_a_name_its_certificate_does_not_hold_is_not_trusted(unseeded: Seeding) -> None:
    done = unseeded.run(DATABASE_URL=unseeded.url(host="localhost"))
    assert done.returncode == 1
    assert _contents(unseeded)["tenants"][0] == 0


def test_the_password_never_appears_in_what_is_printed(unseeded: Seeding) -> None:
    password = str(conninfo_to_dict(unseeded.login)["password"])
    wrong = password + "-wrong"
    for done in (unseeded.run(), unseeded.run(DATABASE_URL=unseeded.url(password=wrong))):
        assert password not in done.stdout + done.stderr
    refused = unseeded.run(DATABASE_URL=unseeded.url(password=wrong))
    assert refused.returncode == 1
    assert "password authentication failed" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_database_without_tables_is_told_to_be_migrated_first(unseeded: Seeding) -> None:
    with psycopg.connect(unseeded.owner, autocommit=True) as connection:
        connection.execute("DROP TABLE audit_logs")
    done = unseeded.run()
    assert done.returncode == 1
    assert "Apply prisma/migrations first" in done.stderr
