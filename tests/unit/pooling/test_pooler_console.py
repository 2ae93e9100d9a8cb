"""Answers of PgBouncer's console, of an old release and of a new one."""

from __future__ import annotations

from lambdas.common.pooler_console import Answer, databases, lists, of_database, pools

OLD = (
    "database", "user", "cl_active", "cl_waiting", "cl_cancel_req", "sv_active", "sv_idle", "sv_used",
    "sv_tested", "sv_login", "maxwait", "maxwait_us", "pool_mode",
)  # fmt: skip
NEW = (
    "database", "user", "cl_active", "cl_waiting", "cl_active_cancel_req", "cl_waiting_cancel_req",
    "sv_active", "sv_active_cancel", "sv_being_canceled", "sv_idle", "sv_used", "sv_tested", "sv_login",
    "maxwait", "maxwait_us", "pool_mode", "load_balance_hosts", "of_a_release_to_come",
)  # fmt: skip


def test_a_pool_reads_the_same_from_any_release() -> None:
    old = Answer(columns=OLD, rows=(("shop", "app", 5, 2, 0, 3, 4, 1, 0, 1, 2, 500_000, "transaction"),))
    new = Answer(
        columns=NEW,
        rows=(("shop", "app", "5", "2", "0", "0", "3", "0", "0", "4", "1", "0", "1", "2", "500000",
               "transaction", None, "?"),),
    )  # fmt: skip
    (pool,) = pools(old)
    assert pools(new) == (pool,)
    assert (pool.clients, pool.waiting, pool.lent, pool.idle, pool.logging_in) == (7, 2, 3, 5, 1)
    assert (pool.servers, pool.longest_wait) == (9, 2.5)


def test_the_consoles_own_pool_is_nobodys() -> None:
    row = ("pgbouncer", "pgbouncer", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, "statement")
    assert pools(Answer(columns=OLD, rows=(row,))) == ()


def test_pools_are_told_apart_by_their_database() -> None:
    rows = tuple((name, "app", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, "transaction") for name in ("shop", "shop_read"))
    found = pools(Answer(columns=OLD, rows=rows))
    assert [pool.database for pool in of_database(found, "shop_read")] == ["shop_read"]


def test_a_database_tells_its_hosts_and_whether_it_is_paused() -> None:
    columns = ("name", "host", "port", "pool_size", "max_connections", "current_connections", "paused")
    rows = (
        ("shop", "one,two", "5432", "10", "10", "3", "1"),
        ("pgbouncer", None, "6432", "2", "0", "0", "0"),
    )
    (database,) = databases(Answer(columns=columns, rows=rows))
    assert (database.host, database.port, database.paused) == ("one,two", 5432, True)
    assert (database.pool_size, database.max_connections, database.connections) == (10, 10, 3)


def test_lists_are_counted() -> None:
    answer = Answer(columns=("list", "items"), rows=(("login_clients", "2"), ("used_clients", 7)))
    assert lists(answer) == {"login_clients": 2, "used_clients": 7}
