"""A million rows of the deployed tier, backed up while applications write: what is restored after a disaster.

Each writer books an amount and its opposite in one transaction. So whatever is one moment of the database
adds up to nothing, and what is two moments does not.
"""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from tests.rehearsal.deployed import ENVIRONMENT, Deployed

BOOKED_BEFORE = 1_000_000
HISTORY = 20_000
WRITERS = 3
PAUSE_SECONDS = 0.01
TENANT = "00000000-0000-0000-0000-00000000000d"
SEED: tuple[tuple[LiteralString, list[object]], ...] = (
    (
        (
            "INSERT INTO ledger (amount) SELECT CASE n %% 2 WHEN 0 THEN n / 2 ELSE -(n + 1) / 2 END "
            "FROM generate_series(1, %s) AS n"
        ),
        [BOOKED_BEFORE],
    ),
    ("INSERT INTO tenants (tenant_id, name) VALUES (%s, 'before')", [TENANT]),
    (
        (
            "INSERT INTO audit_logs (tenant_id, action, entity_type, entity_id, changes) "
            "SELECT %s, 'seed', 'row', gen_random_uuid(), jsonb_build_object('Größe', n) "
            "FROM generate_series(1, %s) AS n"
        ),
        [TENANT, HISTORY],
    ),
)
"""Nobody writes to the tables of the last two afterwards: they stay as they are."""


@dataclass
class Writers:
    """Applications that book, through the pool, and remember what they were told is kept."""

    deployed: Deployed
    ca_path: Path
    acknowledged: list[int] = field(default_factory=list[int])
    tried: list[int] = field(default_factory=list[int])
    failures: list[str] = field(default_factory=list[str])

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Have them book during the block."""
        over, amounts = threading.Event(), count(BOOKED_BEFORE)
        threads = [
            threading.Thread(target=self._book, args=(over, amounts), daemon=True) for _ in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _book(self, over: threading.Event, amounts: "count[int]") -> None:
        try:
            with through_the_pool(self.deployed, self.ca_path) as connection:
                while not over.wait(PAUSE_SECONDS):
                    amount = next(amounts)
                    self.tried.append(amount)
                    with connection.transaction():
                        connection.execute("INSERT INTO ledger (amount) VALUES (%s)", [amount])
                        connection.execute("INSERT INTO ledger (amount) VALUES (%s)", [-amount])
                    self.acknowledged.append(amount)
        except psycopg.Error as error:
            self.failures.append(str(error))


@dataclass(frozen=True, kw_only=True)
class BackedUp:
    """The tier, the backup's own account of itself, and what was certain when it was taken."""

    deployed: Deployed
    ca_path: Path
    taken: dict[str, Any]
    booked_before: frozenset[int] = field(repr=False)
    """Amounts that were acknowledged before the backup began: it has them."""

    tried: frozenset[int] = field(repr=False)
    """All amounts that anybody has tried to book: it has no other."""

    static: tuple[object, ...]
    """The fingerprint of what nobody has written to since."""

    schema: str = field(repr=False)
    """As pg_dump writes it."""

    def command(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """Run `datatier` on this tier; return what it said."""
        ended, out, err = self.deployed.project.run(*arguments, "--env", ENVIRONMENT)
        assert ended == code, out + err
        return out, err

    def answer(self, *arguments: str) -> dict[str, Any]:
        """Run `datatier … --json` on this tier."""
        return dict(json.loads(self.command(*arguments, "--json")[0]))

    def master(self, database: str | None = None) -> psycopg.Connection:
        """Enter the primary as the master."""
        return master(self.deployed, self.ca_path, database)


@pytest.fixture(scope="session")
def backed_up(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> BackedUp:
    """Return the tier, seeded, and backed up while three applications write to it."""
    folder = tmp_path_factory.mktemp("backed-up")
    (folder / "pool.pem").write_text(deployed.endpoints.parameter("pooler/ca-bundle"))
    (folder / "ca.pem").write_text(deployed.endpoints.postgres("master").ca)
    with master(deployed, folder / "ca.pem") as connection:
        for statement, values in SEED:
            connection.execute(statement, values)
    writers = Writers(deployed=deployed, ca_path=folder / "pool.pem")
    with writers.at_work():
        while len(writers.acknowledged) < WRITERS:
            assert not writers.failures
        before = frozenset(writers.acknowledged)
        code, out, err = deployed.project.run("backup", "now", "--env", ENVIRONMENT, "--json")
        assert code == 0, out + err
    assert writers.failures == []
    with master(deployed, folder / "ca.pem") as connection:
        static = fingerprint(connection)
    return BackedUp(
        deployed=deployed, ca_path=folder / "ca.pem", taken=json.loads(out), booked_before=before,
        tried=frozenset(writers.tried), static=static, schema=schema_of(deployed),
    )  # fmt: skip


def through_the_pool(deployed: Deployed, ca_path: Path) -> psycopg.Connection:
    """Log in as `app`, by what is published."""
    published, login = deployed.endpoints.parameter, json.loads(deployed.reader("app")())
    return psycopg.connect(
        host=published("pooler/host"), port=published("pooler/port"), dbname=published("pooler/database"),
        user=login["username"], password=login["password"], sslmode="verify-full", sslrootcert=str(ca_path),
        autocommit=True, prepare_threshold=None, connect_timeout=30,
    )  # fmt: skip


def master(deployed: Deployed, ca_path: Path, database: str | None = None) -> psycopg.Connection:
    """Log in as the master, in the tier's own database or another one."""
    found = deployed.endpoints.postgres("master")
    return psycopg.connect(
        host=found.host, port=found.port, dbname=database or found.database, user=found.username,
        password=found.password, sslmode="verify-full", sslrootcert=str(ca_path), autocommit=True,
    )  # fmt: skip


def fingerprint(connection: psycopg.Connection) -> tuple[object, ...]:
    """Every value of the tables that nobody writes to, by another way than the backup's own sums."""
    found = connection.execute(
        "SELECT count(*), md5(string_agg(audit_logs::text, ',' ORDER BY id)), "
        "(SELECT md5(string_agg(tenants::text, ',' ORDER BY tenant_id)) FROM tenants) FROM audit_logs"
    ).fetchone()
    assert found is not None
    return found


def booked(connection: psycopg.Connection) -> set[int]:
    """The amounts that writers have booked, after every one was found with its opposite."""
    found = connection.execute("SELECT count(*), sum(amount) FROM ledger").fetchone()
    assert found is not None
    assert (found[0] % 2, found[1]) == (0, 0)
    rows = connection.execute("SELECT amount FROM ledger WHERE amount >= %s", [BOOKED_BEFORE]).fetchall()
    amounts = {amount for (amount,) in rows}
    assert found[0] == BOOKED_BEFORE + 2 * len(amounts)
    return amounts


def schema_of(deployed: Deployed) -> str:
    """Return the deployed database's schema as pg_dump writes it."""
    code, out, err = deployed.project.run(
        "exec", "--as", "master", "--env", ENVIRONMENT, "--", "pg_dump", "--schema-only"
    )
    assert code == 0, err
    # \\restrict and \\unrestrict carry a new word each time.
    return "\n".join(line for line in out.splitlines() if "restrict " not in line)
