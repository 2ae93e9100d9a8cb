"""A backup that is taken while others write holds one moment of the database, in all its tables and parts."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.integration.backup.take.watched_store import once

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.integration.backup.take.taking import Taking

WRITERS = 2
SCHEMA = """
CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL, filler text NOT NULL);
INSERT INTO accounts SELECT n, 0, repeat('x', 200) FROM generate_series(1, 8000) n;
CREATE TABLE given (id bigserial PRIMARY KEY, account int REFERENCES accounts, amount int);
CREATE TABLE taken (id bigint PRIMARY KEY, account int REFERENCES accounts, amount int);
"""
TRANSFER = """
WITH one AS (INSERT INTO given (account, amount) VALUES (%(giver)s, %(amount)s) RETURNING id),
     other AS (INSERT INTO taken SELECT id, %(taker)s, %(amount)s FROM one),
     down AS (UPDATE accounts SET balance = balance - %(amount)s WHERE id = %(giver)s)
UPDATE accounts SET balance = balance + %(amount)s WHERE id = %(taker)s
"""
IMBALANCE = """
SELECT (SELECT sum(balance) FROM public.accounts),
       (SELECT count(*) FROM public.given g FULL JOIN public.taken t USING (id)
         WHERE g.amount IS DISTINCT FROM t.amount),
       (SELECT count(*) FROM public.accounts a WHERE balance <>
           (SELECT coalesce(sum(amount), 0) FROM public.taken t WHERE t.account = a.id)
         - (SELECT coalesce(sum(amount), 0) FROM public.given g WHERE g.account = a.id))
"""


@contextmanager
def writing(taking: Taking) -> Generator[list[int]]:
    """Have transfers made during the block; the list holds how many each writer has made."""
    made, stop = [0] * WRITERS, threading.Event()

    def write(writer: int) -> None:
        with taking.tier.connect("app") as connection:
            while not stop.is_set():
                number = made[writer]
                giver, taker = 1 + (number * 37 + writer) % 4000, 4001 + (number * 91 + writer) % 4000
                connection.execute(TRANSFER, {"giver": giver, "taker": taker, "amount": 1 + number % 50})
                made[writer] += 1

    writers = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    for one in writers:
        one.start()
    try:
        while min(made) < 20:
            assert all(one.is_alive() for one in writers)
        yield made
    finally:
        stop.set()
        for one in writers:
            one.join()


def test_a_backup_while_others_write_is_of_one_moment(taking: Taking) -> None:
    taking.run(SCHEMA)
    with writing(taking) as made:
        before = sum(made)

        def more() -> None:
            target = sum(made) + 50
            while sum(made) < target:
                continue

        taking.store.during = once(more, at="begin", of="data")
        manifest = taking.take()
        after = sum(made)
    rows = {table.name: table.rows for table in manifest.tables}
    assert before <= rows["given"] <= after - 50
    with taking.restored(manifest) as found:
        assert found.execute(IMBALANCE.encode()).fetchall() == [(0, 0, 0)]
        (((last,),), ((most,),)) = (
            found.execute("SELECT last_value FROM public.given_id_seq").fetchall(),
            found.execute("SELECT max(id) FROM public.given").fetchall(),
        )
        assert last >= most
